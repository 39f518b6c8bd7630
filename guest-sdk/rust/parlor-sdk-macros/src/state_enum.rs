//! `#[derive(State)]` for enums: an element that is one of several structs with a common base, or a
//! word out of a list.

use crate::data;
use crate::names::Case;
use crate::state_attributes::Container;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, Ident, Result, Type, Variant, parse_quote};

/// The enum's implementation of `Element`, and serde's traits.
pub fn derive(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    let name = &input.ident;
    if data.variants.is_empty() {
        return Err(Error::new_spanned(name, "an enum without variants has no values"));
    }
    if data
        .variants
        .iter()
        .all(|variant| matches!(variant.fields, Fields::Unit))
    {
        return derive_words(input, data);
    }
    let base = Container::read(&input.attrs)?.base.ok_or_else(|| {
        Error::new_spanned(
            name,
            "an enum of structs needs `#[state(base = …)]`, the struct that they extend",
        )
    })?;
    let variants = data
        .variants
        .iter()
        .map(read_variant)
        .collect::<Result<Vec<_>>>()?;
    let (idents, types): (Vec<&Ident>, Vec<&Type>) = variants.into_iter().unzip();
    let mirror = data::mirror(input)?;
    // Clients and dumps see the struct alone; only a saved room needs to know which it is.
    let (serialize, deserialize) = data::impls(
        name,
        &quote! {
            if ::parlor_sdk::__private::is_saving() {
                return __Mirror::serialize(self, serializer);
            }
            match self {
                #(Self::#idents(inner) => ::parlor_sdk::__private::serde::Serialize::serialize(inner, serializer),)*
            }
        },
    );
    Ok(quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, missing_docs, unused_attributes, unused_qualifications, clippy::all)]
        const _: () = {
            use ::parlor_sdk::__private::tracking;
            pub enum __Known {
                #(#idents(<#types as tracking::Element>::Known),)*
            }
            impl tracking::Element for #name {
                type Known = __Known;

                fn element_type(schema: &mut tracking::Schema) -> tracking::ElementType {
                    let base = schema.index_of::<#base>();
                    #(schema.index_of::<#types>();)*
                    tracking::ElementType::Struct(base)
                }
                fn attach(&mut self, recorder: &mut tracking::Recorder) -> __Known {
                    match self {
                        #(Self::#idents(inner) => __Known::#idents(tracking::Element::attach(inner, recorder)),)*
                    }
                }
                fn value(known: &__Known) -> tracking::Value {
                    match known {
                        #(__Known::#idents(known) => <#types as tracking::Element>::value(known),)*
                    }
                }
                fn update(&mut self, known: &mut __Known, recorder: &mut tracking::Recorder) -> tracking::Placement {
                    match (&mut *self, &mut *known) {
                        #((Self::#idents(inner), __Known::#idents(known)) => {
                            return tracking::Element::update(inner, known, recorder);
                        })*
                        #[allow(unreachable_patterns)]
                        _ => {}
                    }
                    *known = tracking::Element::attach(self, recorder);
                    tracking::Placement::Changed
                }
                fn detach(&mut self) {
                    match self {
                        #(Self::#idents(inner) => tracking::Element::detach(inner),)*
                    }
                }
                fn numbers(&self, known: &__Known, numbers: &mut tracking::Numbers) {
                    match (self, known) {
                        #((Self::#idents(inner), __Known::#idents(known)) => {
                            tracking::Element::numbers(inner, known, numbers);
                        })*
                        #[allow(unreachable_patterns)]
                        _ => {}
                    }
                }
            }
            impl ::core::ops::Deref for #name {
                type Target = #base;
                fn deref(&self) -> &#base {
                    match self {
                        #(Self::#idents(inner) => tracking::Extends::<#base>::base(inner),)*
                    }
                }
            }
            impl ::core::ops::DerefMut for #name {
                fn deref_mut(&mut self) -> &mut #base {
                    match self {
                        #(Self::#idents(inner) => tracking::Extends::<#base>::base_mut(inner),)*
                    }
                }
            }
            #(impl ::core::convert::From<#types> for #name {
                fn from(inner: #types) -> Self { Self::#idents(inner) }
            })*
            #mirror
            #serialize
            #deserialize
        };
    })
}

/// Variants without fields are words for clients.
fn derive_words(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    let name = &input.ident;
    let container = Container::read(&input.attrs)?;
    if let Some(base) = container.base {
        return Err(Error::new_spanned(
            base,
            "`base` is for enums whose variants hold structs",
        ));
    }
    let case = container.rename_all.unwrap_or(Case::Kebab);
    let idents: Vec<&Ident> = data.variants.iter().map(|variant| &variant.ident).collect();
    let words: Vec<String> = idents
        .iter()
        .map(|ident| case.apply(&ident.to_string()))
        .collect();
    let mut named = input.clone();
    if let Data::Enum(data) = &mut named.data {
        for (variant, word) in data.variants.iter_mut().zip(&words) {
            variant.attrs.push(parse_quote!(#[serde(rename = #word)]));
        }
    }
    let mirror = data::mirror(&named)?;
    let (serialize, deserialize) = data::impls(name, &quote!(__Mirror::serialize(self, serializer)));
    Ok(quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, unused_attributes, unused_qualifications, clippy::all)]
        const _: () = {
            use ::parlor_sdk::__private::tracking;
            impl tracking::Word for #name {
                fn word(&self) -> &'static str {
                    match self {
                        #(Self::#idents => #words,)*
                    }
                }
            }
            impl tracking::Element for #name {
                type Known = &'static str;

                fn element_type(_schema: &mut tracking::Schema) -> tracking::ElementType {
                    tracking::ElementType::Primitive(tracking::Primitive::String)
                }
                fn attach(&mut self, _recorder: &mut tracking::Recorder) -> &'static str {
                    tracking::Word::word(self)
                }
                fn value(known: &&'static str) -> tracking::Value {
                    tracking::Value::Text(::std::string::String::from(*known))
                }
                fn update(&mut self, known: &mut &'static str, _recorder: &mut tracking::Recorder) -> tracking::Placement {
                    let word = tracking::Word::word(self);
                    if word == *known {
                        return tracking::Placement::Kept;
                    }
                    *known = word;
                    tracking::Placement::Changed
                }
                fn detach(&mut self) {}
                fn numbers(&self, _known: &&'static str, _numbers: &mut tracking::Numbers) {}
            }
            #mirror
            #serialize
            #deserialize
        };
    })
}

fn read_variant(variant: &Variant) -> Result<(&Ident, &Type)> {
    let Fields::Unnamed(fields) = &variant.fields else {
        return Err(Error::new_spanned(variant, ONE_STRUCT));
    };
    let mut fields = fields.unnamed.iter();
    match (fields.next(), fields.next()) {
        (Some(field), None) => Ok((&variant.ident, &field.ty)),
        _ => Err(Error::new_spanned(variant, ONE_STRUCT)),
    }
}

const ONE_STRUCT: &str = "a variant of a state enum holds one state struct: `Dog(Dog)`";
