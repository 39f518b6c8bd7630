//! `#[derive(State)]` for structs.

use crate::data;
use crate::state_attributes::{Container, Field as Attributes, Role};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DataStruct, DeriveInput, Error, Fields, Ident, Result, Type, parse_quote};

struct Field<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    name: String,
    role: Role,
    view: Option<i32>,
}

/// The struct's implementation of `State`, and serde's traits.
pub fn derive(input: &DeriveInput, data: &DataStruct) -> Result<TokenStream> {
    let fields = read_fields(input, data)?;
    let name = &input.ident;
    let label = name.to_string();
    let base = base_of(&fields)?;
    let (base_fields, extends, deref) = match base {
        Some(base) => (
            {
                let ty = base.ty;
                quote!(<#ty as tracking::State>::FIELDS)
            },
            {
                let ty = base.ty;
                quote!(::core::option::Option::Some(schema.index_of::<#ty>()))
            },
            deref(name, base),
        ),
        None => (
            quote!(0),
            quote!(::core::option::Option::None),
            TokenStream::new(),
        ),
    };
    let own: Vec<&Field<'_>> = fields
        .iter()
        .filter(|field| matches!(field.role, Role::Synced(_)))
        .collect();
    let own_count = u8::try_from(own.len()).map_err(|_| Error::new_spanned(name, TOO_MANY))?;
    let descriptions = own.iter().map(|field| description(field));
    let tracked = tracked(&fields);
    let (known, attach, update, detach, numbers) = (
        tracked.known,
        tracked.attach,
        tracked.update,
        tracked.detach,
        tracked.numbers,
    );
    let (note, forget, visible) = id_of(&fields)?.map_or_else(Default::default, |id| found_by(name, id));
    let mirror = data::mirror(&named_for_clients(input, &fields))?;
    let (serialize, deserialize) = data::impls(name, &quote!(__Mirror::serialize(self, serializer)));
    Ok(quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, unused_variables, unused_attributes, unused_qualifications, clippy::all)]
        const _: () = {
            use ::parlor_sdk::__private::tracking;
            const __BASE: u8 = #base_fields;
            const _: () = assert!(<#name as tracking::State>::FIELDS <= 63, #TOO_MANY);
            impl tracking::State for #name {
                type Known = (#(#known,)*);
                const NAME: &'static str = #label;
                const FIELDS: u8 = __BASE + #own_count;

                fn extends(schema: &mut tracking::Schema) -> ::core::option::Option<u16> {
                    #extends
                }
                fn fields(schema: &mut tracking::Schema) -> ::std::vec::Vec<tracking::SchemaField> {
                    ::std::vec![#(#descriptions),*]
                }
                fn attach_fields(&mut self, node: tracking::Node, recorder: &mut tracking::Recorder) -> Self::Known {
                    #note
                    (#(#attach,)*)
                }
                fn update_fields(&mut self, known: &mut Self::Known, node: tracking::Node, recorder: &mut tracking::Recorder) {
                    #note
                    #(#update)*
                }
                fn detach_fields(&mut self) {
                    #forget
                    #(#detach)*
                }
                fn numbers_of_fields(&self, known: &Self::Known, numbers: &mut tracking::Numbers) {
                    #(#numbers)*
                }
            }
            impl tracking::Extends<#name> for #name {
                fn base(&self) -> &#name { self }
                fn base_mut(&mut self) -> &mut #name { self }
            }
            #deref
            #visible
            #mirror
            #serialize
            #deserialize
        };
    })
}

const TOO_MANY: &str = "a state struct has at most 63 fields, inherited ones counted";

fn read_fields<'a>(input: &DeriveInput, data: &'a DataStruct) -> Result<Vec<Field<'a>>> {
    let Fields::Named(named) = &data.fields else {
        return Err(Error::new_spanned(
            &input.ident,
            "the fields of a state struct need names, which clients see",
        ));
    };
    let container = Container::read(&input.attrs)?;
    if let Some(base) = &container.base {
        let help = "`base` is for enums; in a struct, put `#[state(extends)]` on a field of the base's type";
        return Err(Error::new_spanned(base, help));
    }
    named
        .named
        .iter()
        .map(|field| {
            let ident = field
                .ident
                .as_ref()
                .ok_or_else(|| Error::new_spanned(field, "a field without a name"))?;
            let Attributes { role, rename, view } = Attributes::read(&field.attrs)?;
            let plain = ident.to_string();
            let plain = plain.trim_start_matches("r#");
            let name = match (rename, container.rename_all) {
                (Some(rename), _) => rename.value(),
                (None, Some(case)) => case.apply(plain),
                (None, None) => plain.to_owned(),
            };
            Ok(Field {
                ident,
                ty: &field.ty,
                name,
                role,
                view,
            })
        })
        .collect()
}

fn base_of<'a, 'b>(fields: &'b [Field<'a>]) -> Result<Option<&'b Field<'a>>> {
    let mut bases = fields.iter().filter(|field| matches!(field.role, Role::Base));
    let base = bases.next();
    match bases.next() {
        Some(second) => Err(Error::new_spanned(second.ident, "a struct extends one other")),
        None => Ok(base),
    }
}

fn id_of<'a, 'b>(fields: &'b [Field<'a>]) -> Result<Option<&'b Field<'a>>> {
    let mut ids = fields.iter().filter(|field| matches!(field.role, Role::Id));
    let id = ids.next();
    match ids.next() {
        Some(second) => Err(Error::new_spanned(second.ident, "a struct has one id")),
        None => Ok(id),
    }
}

/// Code that notes an instance's number, that forgets it, and by which the instance can be shown.
fn found_by(name: &Ident, id: &Field<'_>) -> (TokenStream, TokenStream, TokenStream) {
    let (ident, ty) = (id.ident, id.ty);
    let visible = quote! {
        impl tracking::Visible for #name {
            fn finder(&self) -> ::std::boxed::Box<dyn ::core::ops::Fn() -> ::core::option::Option<tracking::Node>> {
                #ty::finder(&self.#ident)
            }
        }
    };
    (
        quote_spanned!(ty.span()=> #ty::note(&self.#ident, node);),
        quote_spanned!(ty.span()=> #ty::forget(&self.#ident);),
        visible,
    )
}

fn description(field: &Field<'_>) -> TokenStream {
    let (ty, name) = (field.ty, &field.name);
    let plain = quote_spanned!(ty.span()=> <#ty as tracking::Field>::field_type(schema));
    let field_type = match &field.role {
        Role::Synced(Some(primitive)) => {
            let check = quote_spanned!(ty.span()=> tracking::assert_numeric::<#ty>(););
            quote!({ #check tracking::as_primitive(#plain, tracking::Primitive::#primitive) })
        }
        _ => plain,
    };
    let view = match field.view {
        Some(tag) => quote!(::core::option::Option::Some(#tag)),
        None => quote!(::core::option::Option::None),
    };
    quote!(tracking::SchemaField { name: ::std::string::String::from(#name), type_: #field_type, view_tag: #view })
}

/// The code for each tracked field, in the order of declaration but the base first.
#[derive(Default)]
struct Tracked {
    known: Vec<TokenStream>,
    attach: Vec<TokenStream>,
    update: Vec<TokenStream>,
    detach: Vec<TokenStream>,
    numbers: Vec<TokenStream>,
}

fn tracked(fields: &[Field<'_>]) -> Tracked {
    let mut code = Tracked::default();
    let base = fields.iter().filter(|field| matches!(field.role, Role::Base));
    let own = fields
        .iter()
        .filter(|field| matches!(field.role, Role::Synced(_)));
    let mut position = 0_u8;
    for (index, field) in base.chain(own).enumerate() {
        let (ident, ty) = (field.ident, field.ty);
        let slot = syn::Index::from(index);
        if matches!(field.role, Role::Base) {
            code.known.push(quote!(<#ty as tracking::State>::Known));
            code.attach
                .push(quote!(tracking::State::attach_fields(&mut self.#ident, node, recorder)));
            code.update.push(
                quote!(tracking::State::update_fields(&mut self.#ident, &mut known.#slot, node, recorder);),
            );
            code.detach
                .push(quote!(tracking::State::detach_fields(&mut self.#ident);));
            code.numbers
                .push(quote!(tracking::State::numbers_of_fields(&self.#ident, &known.#slot, numbers);));
            continue;
        }
        let place = quote!(tracking::Place { node, field: __BASE + #position });
        position = position.saturating_add(1);
        code.known
            .push(quote_spanned!(ty.span()=> <#ty as tracking::Field>::Known));
        code.attach
            .push(quote!(tracking::Field::attach_field(&mut self.#ident, #place, recorder)));
        code.update.push(
            quote!(tracking::Field::update_field(&mut self.#ident, &mut known.#slot, #place, recorder);),
        );
        code.detach
            .push(quote!(tracking::Field::detach_field(&mut self.#ident);));
        code.numbers
            .push(quote!(tracking::Field::numbers_of_field(&self.#ident, &known.#slot, numbers);));
    }
    code
}

fn deref(name: &Ident, base: &Field<'_>) -> TokenStream {
    let (ident, ty) = (base.ident, base.ty);
    quote! {
        impl ::core::ops::Deref for #name {
            type Target = #ty;
            fn deref(&self) -> &#ty { &self.#ident }
        }
        impl ::core::ops::DerefMut for #name {
            fn deref_mut(&mut self) -> &mut #ty { &mut self.#ident }
        }
        impl tracking::Extends<#ty> for #name {
            fn base(&self) -> &#ty { &self.#ident }
            fn base_mut(&mut self) -> &mut #ty { &mut self.#ident }
        }
    }
}

/// For serde, fields have the names that clients see, and a base's fields are the struct's own.
fn named_for_clients(input: &DeriveInput, fields: &[Field<'_>]) -> DeriveInput {
    let mut input = input.clone();
    if let Data::Struct(data) = &mut input.data {
        for (field, described) in data.fields.iter_mut().zip(fields) {
            let name = &described.name;
            match described.role {
                Role::Base => field.attrs.push(parse_quote!(#[serde(flatten)])),
                Role::Id => field.attrs.push(parse_quote!(#[serde(skip)])),
                Role::Synced(_) if *described.ident != name => {
                    field.attrs.push(parse_quote!(#[serde(rename = #name)]));
                }
                Role::Synced(_) | Role::Private => {}
            }
        }
    }
    input
}
