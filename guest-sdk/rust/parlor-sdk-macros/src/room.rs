//! `#[room]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Error, FnArg, GenericArgument, ImplItem, ItemImpl, PathArguments, Result, Signature, Type, parse_quote,
};

/// The complete implementation, and the component's exports.
pub fn expand(mut item: ItemImpl) -> Result<TokenStream> {
    match &item.trait_ {
        Some((None, path, _))
            if path
                .segments
                .last()
                .is_some_and(|segment| segment.ident == "Room") => {}
        _ => {
            return Err(Error::new_spanned(
                &item.self_ty,
                "`#[room]` stands over `impl Room for …`",
            ));
        }
    }
    if !item.generics.params.is_empty() {
        return Err(Error::new_spanned(&item.generics, "a room cannot be generic"));
    }
    complete_create(&mut item);
    complete_types(&mut item);
    complete_client_data(&mut item);
    complete_state(&mut item);
    let has_before_patch = method(&item, "on_before_patch").is_some();
    item.items
        .push(parse_quote!(const HAS_BEFORE_PATCH: bool = #has_before_patch;));
    let has_migrate = method(&item, "migrate").is_some();
    item.items
        .push(parse_quote!(const HAS_MIGRATE: bool = #has_migrate;));
    item.items.push(parse_quote!(
        const VERSION: &'static str = ::core::env!("CARGO_PKG_VERSION");
    ));
    let room = item.self_ty.clone();
    Ok(quote! {
        #[allow(refining_impl_trait)]
        #item

        // Elsewhere nothing calls the hooks; they are not to be called unused for that.
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = ::parlor_sdk::__private::used::<#room>;

        #[cfg(target_arch = "wasm32")]
        #[doc(hidden)]
        #[allow(unsafe_code, missing_docs, clippy::all)]
        const _: () = {
            ::std::thread_local! {
                static PLACE: ::parlor_sdk::__private::Place<#room> = ::core::default::Default::default();
            }
            impl ::parlor_sdk::__private::Exported for #room {
                fn with_place<T>(work: impl FnOnce(&::parlor_sdk::__private::Place<Self>) -> T) -> T {
                    PLACE.with(work)
                }
            }
            type Component = ::parlor_sdk::__private::Component<#room>;
            ::parlor_sdk::__private::bindings::export_component!(
                Component with_types_in ::parlor_sdk::__private::bindings
            );
        };
    })
}

fn method<'a>(item: &'a ItemImpl, name: &str) -> Option<&'a Signature> {
    item.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == name => Some(&function.sig),
        _ => None,
    })
}

fn has_type(item: &ItemImpl, name: &str) -> bool {
    item.items
        .iter()
        .any(|item| matches!(item, ImplItem::Type(written) if written.ident == name))
}

/// Associated types, the method whose last argument says what they are, and how many arguments it has.
const INFERRED: [(&str, &str, usize); 7] = [
    ("Options", "create", 2),
    ("JoinOptions", "on_join", 4),
    ("Message", "on_message", 4),
    ("RoomMessage", "on_room_message", 4),
    ("Timer", "on_timer", 3),
    ("Published", "on_published", 4),
    ("Older", "migrate", 1),
];

fn complete_types(item: &mut ItemImpl) {
    for (name, source, arguments) in INFERRED {
        if has_type(item, name) {
            continue;
        }
        let inferred = method(item, source).filter(|signature| signature.inputs.len() == arguments);
        let ty: Type = match inferred.and_then(|signature| signature.inputs.last()) {
            Some(FnArg::Typed(argument)) if !is_projection(&argument.ty) => (*argument.ty).clone(),
            _ => parse_quote!(()),
        };
        let name = syn::Ident::new(name, ty.span());
        item.items.push(parse_quote!(type #name = #ty;));
    }
}

/// The data of a room's clients is what its methods call it: `&Client<Player>`.
fn complete_client_data(item: &mut ItemImpl) {
    if has_type(item, "ClientData") {
        return;
    }
    let said = item.items.iter().find_map(|item| match item {
        ImplItem::Fn(function) => function.sig.inputs.iter().find_map(client_data),
        _ => None,
    });
    let data = said.unwrap_or_else(|| parse_quote!(()));
    item.items.push(parse_quote!(type ClientData = #data;));
}

fn client_data(argument: &FnArg) -> Option<Type> {
    let FnArg::Typed(argument) = argument else {
        return None;
    };
    let Type::Reference(reference) = &*argument.ty else {
        return None;
    };
    let Type::Path(path) = &*reference.elem else {
        return None;
    };
    let client = path
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == "Client")?;
    let PathArguments::AngleBracketed(arguments) = &client.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) if !is_projection(ty) => Some(ty.clone()),
        _ => None,
    }
}

/// `Self::Options` says nothing about what it is.
fn is_projection(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.first().is_some_and(|segment| segment.ident == "Self"))
}

fn complete_create(item: &mut ItemImpl) {
    if method(item, "create").is_none() {
        item.items.push(parse_quote! {
            fn create(_ctx: &::parlor_sdk::Context<Self>, _options: Self::Options) -> ::core::result::Result<Self, ::parlor_sdk::Refusal> {
                ::core::result::Result::Ok(::core::default::Default::default())
            }
        });
    }
}

fn complete_state(item: &mut ItemImpl) {
    let written = item.items.iter().find_map(|item| match item {
        ImplItem::Type(written) if written.ident == "State" => Some(written.span()),
        _ => None,
    });
    let (read, write) = match written {
        // At the place of `type State`, so that a missing field is reported there.
        Some(span) => (
            quote_spanned!(span=> &self.state),
            quote_spanned!(span=> &mut self.state),
        ),
        None => {
            item.items.push(parse_quote!(
                type State = ();
            ));
            // There is one `()` as good as any other.
            (
                quote!(&()),
                quote!(::std::boxed::Box::leak(::std::boxed::Box::new(()))),
            )
        }
    };
    item.items
        .push(parse_quote!(fn state(&self) -> &Self::State { #read }));
    item.items
        .push(parse_quote!(fn state_mut(&mut self) -> &mut Self::State { #write }));
}
