//! `#[derive(State)]`.

use crate::{state_enum, state_struct};
use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Error, Result};

/// The struct or enum as part of the state.
pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "state types cannot be generic: clients need to know their fields",
        ));
    }
    match &input.data {
        Data::Struct(data) => state_struct::derive(input, data),
        Data::Enum(data) => state_enum::derive(input, data),
        Data::Union(_) => Err(Error::new_spanned(
            &input.ident,
            "unions cannot be part of the state",
        )),
    }
}
