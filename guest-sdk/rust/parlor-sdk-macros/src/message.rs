//! `#[derive(Message)]`.

use crate::data::is_serde;
use crate::names::Case;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Data, DeriveInput, Error, Fields, Ident, LitInt, LitStr, Result, Variant};

/// By what clients name a variant.
enum Key {
    Text(String),
    Number(u32),
    Other,
}

/// The enum's implementation of `Message`.
pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(
            &input.ident,
            "messages are an enum with one variant for each type",
        ));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "messages cannot be generic"));
    }
    let case = read_case(&input.attrs)?;
    let (mut texts, mut numbers, mut other) = (Vec::new(), Vec::new(), None);
    for variant in &data.variants {
        match read_key(variant, case)? {
            Key::Text(text) => texts.push((text, variant)),
            Key::Number(number) => numbers.push((number, variant)),
            Key::Other if other.is_some() => {
                return Err(Error::new_spanned(variant, "a second `#[message(other)]`"));
            }
            Key::Other => other = Some(variant),
        }
    }
    refuse_twins(texts.iter().map(|(text, variant)| (text.as_str(), *variant)))?;
    let name = &input.ident;
    let text_arms = texts
        .iter()
        .map(|(text, variant)| Ok((text, read(variant)?)))
        .collect::<Result<Vec<_>>>()?;
    let text_arms = text_arms
        .iter()
        .map(|(text, read)| quote!(#text => return #read,));
    let number_arms = numbers
        .iter()
        .map(|(number, variant)| Ok((number, read(variant)?)))
        .collect::<Result<Vec<_>>>()?;
    let number_arms = number_arms
        .iter()
        .map(|(number, read)| quote!(#number => return #read,));
    let rest = match other {
        Some(variant) => {
            let ident = &variant.ident;
            quote!(::core::result::Result::Ok(Self::#ident(::parlor_sdk::AnyMessage { kind, payload })))
        }
        None => quote!(::core::result::Result::Err(::parlor_sdk::__private::unknown(
            &kind
        ))),
    };
    Ok(quote! {
        impl ::parlor_sdk::Message for #name {
            #[allow(clippy::all, unused_variables)]
            fn from_parts(
                kind: ::parlor_sdk::MessageType,
                payload: ::parlor_sdk::data::Payload,
            ) -> ::core::result::Result<Self, ::parlor_sdk::Refusal> {
                match &kind {
                    ::parlor_sdk::MessageType::Text(text) => match text.as_str() {
                        #(#text_arms)*
                        _ => {}
                    },
                    ::parlor_sdk::MessageType::Number(number) => match *number {
                        #(#number_arms)*
                        _ => {}
                    },
                }
                #rest
            }
        }
    })
}

fn read_case(attributes: &[Attribute]) -> Result<Case> {
    let mut case = Case::Kebab;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("message"))
    {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("rename_all") {
                return Err(meta.error("expected `rename_all = \"…\"`"));
            }
            case = Case::parse(&meta.value()?.parse::<LitStr>()?)?;
            Ok(())
        })?;
    }
    Ok(case)
}

fn read_key(variant: &Variant, case: Case) -> Result<Key> {
    let mut key = Key::Text(case.apply(&variant.ident.to_string()));
    for attribute in variant
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("message"))
    {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                let name: LitStr = meta.value()?.parse()?;
                if name.value().is_empty() || name.value().len() > 255 {
                    return Err(Error::new(name.span(), "a message's type has 1 to 255 bytes"));
                }
                key = Key::Text(name.value());
            } else if meta.path.is_ident("number") {
                key = Key::Number(meta.value()?.parse::<LitInt>()?.base10_parse()?);
            } else if meta.path.is_ident("other") {
                key = Key::Other;
            } else {
                return Err(meta.error("expected `name = \"…\"`, `number = …` or `other`"));
            }
            Ok(())
        })?;
    }
    if matches!(key, Key::Other)
        && !matches!(&variant.fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1)
    {
        return Err(Error::new_spanned(variant, "write `Other(AnyMessage)`"));
    }
    Ok(key)
}

fn refuse_twins<'a>(keys: impl Iterator<Item = (&'a str, &'a Variant)>) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    for (text, variant) in keys {
        if !seen.insert(text) {
            return Err(Error::new_spanned(
                variant,
                format!("a second variant for messages of the type {text:?}"),
            ));
        }
    }
    Ok(())
}

/// The code that reads the payload of a variant.
fn read(variant: &Variant) -> Result<TokenStream> {
    let ident = &variant.ident;
    let private = quote!(::parlor_sdk::__private);
    Ok(match &variant.fields {
        Fields::Unit => quote!(::core::result::Result::Ok(Self::#ident)),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            quote!(#private::read_value(&kind, payload).map(Self::#ident))
        }
        Fields::Unnamed(fields) => {
            let types = fields.unnamed.iter().map(|field| &field.ty);
            let names: Vec<Ident> = (0..fields.unnamed.len())
                .map(|index| format_ident!("value_{index}"))
                .collect();
            quote! {
                #private::read_value::<(#(#types,)*)>(&kind, payload).map(|(#(#names,)*)| Self::#ident(#(#names),*))
            }
        }
        Fields::Named(fields) => {
            let label = variant.ident.to_string();
            let outer: Vec<&Attribute> = variant
                .attrs
                .iter()
                .filter(|attribute| is_serde(attribute))
                .collect();
            let members = fields.named.iter().map(|field| {
                let (ident, ty) = (&field.ident, &field.ty);
                let attributes = field.attrs.iter().filter(|attribute| is_serde(attribute));
                quote!(#(#attributes)* #ident: #ty)
            });
            let names: Vec<&Option<Ident>> = fields.named.iter().map(|field| &field.ident).collect();
            quote!({
                #[derive(#private::serde::Deserialize)]
                #[serde(crate = "::parlor_sdk::__private::serde", rename = #label)]
                #(#outer)*
                struct __Fields { #(#members),* }
                #private::read_fields(&kind, payload).map(|__Fields { #(#names),* }| Self::#ident { #(#names),* })
            })
        }
    })
}
