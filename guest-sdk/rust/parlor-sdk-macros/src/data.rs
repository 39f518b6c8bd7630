//! serde's traits without serde: the type is described a second time, next to itself, with
//! serde's own derives, which are then used as the type's.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Ident, Result, parse_quote};

/// `#[derive(Data)]`.
pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let mirror = mirror(input)?;
    let name = &input.ident;
    let (serialize, deserialize) = impls(name, &quote!(__Mirror::serialize(self, serializer)));
    Ok(quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, unused_attributes, unused_qualifications, clippy::all)]
        const _: () = {
            #mirror
            #serialize
            #deserialize
        };
    })
}

/// The same type under another name, known to serde as a description of the first.
pub fn mirror(input: &DeriveInput) -> Result<TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "generic types need serde's own derives",
        ));
    }
    let name = input.ident.to_string();
    let mut mirror = input.clone();
    mirror.ident = parse_quote!(__Mirror);
    mirror.vis = syn::Visibility::Inherited;
    mirror.attrs.retain(is_serde);
    mirror.attrs.push(
        parse_quote!(#[serde(crate = "::parlor_sdk::__private::serde", remote = #name, rename = #name)]),
    );
    match &mut mirror.data {
        Data::Struct(data) => data
            .fields
            .iter_mut()
            .for_each(|field| field.attrs.retain(is_serde)),
        Data::Enum(data) => {
            for variant in &mut data.variants {
                variant.attrs.retain(is_serde);
                variant.discriminant = None;
                variant
                    .fields
                    .iter_mut()
                    .for_each(|field| field.attrs.retain(is_serde));
            }
        }
        Data::Union(_) => return Err(Error::new_spanned(&input.ident, "unions cannot be sent")),
    }
    Ok(quote! {
        #[allow(dead_code)]
        #[derive(::parlor_sdk::__private::serde::Serialize, ::parlor_sdk::__private::serde::Deserialize)]
        #mirror
    })
}

/// The two implementations; `serialize` is the body of one.
pub fn impls(name: &Ident, serialize: &TokenStream) -> (TokenStream, TokenStream) {
    let serialize = quote! {
        impl ::parlor_sdk::__private::serde::Serialize for #name {
            fn serialize<__S: ::parlor_sdk::__private::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                #serialize
            }
        }
    };
    let deserialize = quote! {
        impl<'de> ::parlor_sdk::__private::serde::Deserialize<'de> for #name {
            fn deserialize<__D: ::parlor_sdk::__private::serde::Deserializer<'de>>(
                deserializer: __D,
            ) -> ::core::result::Result<Self, __D::Error> {
                __Mirror::deserialize(deserializer)
            }
        }
    };
    (serialize, deserialize)
}

/// Whether the attribute is serde's.
pub fn is_serde(attribute: &Attribute) -> bool {
    attribute.path().is_ident("serde")
}
