//! Generated from the WIT package. Nothing of it is part of the crate's own API.
#![allow(
    missing_docs,
    unsafe_code,
    clippy::all,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::unreachable,
    clippy::expect_used,
    clippy::panic
)]

wit_bindgen::generate!({
    path: "wit",
    world: "room-type",
    additional_derives: [PartialEq],
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "parlor_sdk::__private::bindings",
});
