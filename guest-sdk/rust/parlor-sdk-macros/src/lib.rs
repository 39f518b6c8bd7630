//! The macros of `parlor-sdk`. Use them through that crate, where their traits are.

mod data;
mod message;
mod names;
mod room;
mod state;
mod state_attributes;
mod state_enum;
mod state_struct;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use syn::{DeriveInput, ItemImpl, parse_macro_input};

fn expanded(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct part of a room's synchronised state; also serde's `Serialize` and `Deserialize`.
///
/// Fields are strings, booleans, numbers, other state structs, [`Option`]s of these (none: unset),
/// and the collections `Map`, `List`, `Set`, `Bag` of these.
///
/// On a field:
/// - `#[state(number)]`, or `int8` … `biguint64`, `float32`, `float64`: how numbers are sent,
///   also inside collections. Without it `u8` is sent as `uint8`, `f64` as `float64` and so on.
///   JavaScript clients read `int64` and `uint64` as numbers, exact up to 2^53, and `bigint64` and
///   `biguint64` as `bigint`. A value that does not fit ends the room.
/// - `#[state(rename = "hitPoints")]`: its name for clients.
/// - `#[state(skip)]`: clients do not get it. It is still saved with the room.
/// - `#[state(extends)]`: this struct extends the field's struct: for clients its fields are this
///   struct's own. In Rust `Deref` leads to them: `dog.legs`.
///
/// On a struct: `#[state(rename_all = "camelCase")]` names all fields so for clients.
///
/// On an enum whose variants each hold one struct: `#[state(base = Animal)]` makes it an element
/// that is any of them; they extend the base, or are it. In Rust `Deref` leads to the base's fields.
///
/// On an enum without fields: clients get the variant's name in kebab-case as a string; `rename_all` says
/// otherwise.
///
/// Attributes of serde may be given too, for saved rooms and dumps.
#[proc_macro_derive(State, attributes(state, serde))]
pub fn derive_state(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(state::derive(&input))
}

/// Makes an enum the messages that a room takes: one variant for each type of message.
///
/// The variant's name in kebab-case is the message's type: `JoinGroup` takes what clients send as
/// `room.send("join-group", …)`. `#[message(rename_all = "snake_case")]` on the enum and
/// `#[message(name = "…")]` or `#[message(number = 7)]` on a variant say otherwise.
///
/// - `Move { x: f64, y: f64 }` takes a map with these members.
/// - `Chat(String)` takes one value, `Chat(Option<String>)` one or none.
/// - `Swap(u32, u32)` takes a list.
/// - `Ready` takes whatever comes, and does not look at it.
/// - `Frame(Payload)` takes whatever comes, bytes included, unread.
/// - `#[message(other)] Other(AnyMessage)` takes the messages that no other variant takes. Without
///   it they are refused.
///
/// What does not fit is refused with code 4217 and a text that names the member; the room does
/// not see it. Attributes of serde may stand on fields.
#[proc_macro_derive(Message, attributes(message, serde))]
pub fn derive_message(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(message::derive(&input))
}

/// Makes a struct or an enum something that can be sent, received, saved and put into options
/// and timers: serde's `Serialize` and `Deserialize`, without a dependency on serde.
/// Attributes of serde may be given.
#[proc_macro_derive(Data, attributes(serde))]
pub fn derive_data(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(data::derive(&input))
}

/// Stands over `impl Room for …`: fills in the associated types that are not written, and exports
/// the room from the component.
#[proc_macro_attribute]
pub fn room(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as ItemImpl);
    expanded(room::expand(item))
}
