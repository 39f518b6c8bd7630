//! Messages and their types.

use crate::bindings::parlor::room::types;
use crate::data::{Payload, Quoted};
use crate::refusal::Refusal;
use serde::de::DeserializeOwned;
use std::fmt;

/// A message's type, as clients write it: `room.send("move", …)` or `room.send(7, …)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MessageType {
    /// At most 255 bytes, never empty.
    Text(String),
    /// A number.
    Number(u32),
}

impl MessageType {
    /// The type's text; none for a number.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) => None,
        }
    }

    pub(crate) fn into_wit(self) -> types::MessageType {
        match self {
            Self::Text(text) => types::MessageType::Text(text),
            Self::Number(number) => types::MessageType::Number(number),
        }
    }
}

impl From<types::MessageType> for MessageType {
    fn from(kind: types::MessageType) -> Self {
        match kind {
            types::MessageType::Text(text) => Self::Text(text),
            types::MessageType::Number(number) => Self::Number(number),
        }
    }
}

impl From<&str> for MessageType {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for MessageType {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for MessageType {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<&MessageType> for MessageType {
    fn from(kind: &MessageType) -> Self {
        kind.clone()
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", Quoted(text)),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// What clients may send. Derived for enums with `#[derive(Message)]`: one variant for each
/// type of message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of messages",
    note = "`#[derive(Message)]` makes an enum one; `AnyMessage` takes everything as it comes"
)]
pub trait Message: Sized {
    /// Reads a message.
    ///
    /// # Errors
    /// A refusal for the sender, if there is no such type or the payload does not fit it.
    fn from_parts(kind: MessageType, payload: Payload) -> Result<Self, Refusal>;
}

/// For rooms that take no messages.
impl Message for () {
    fn from_parts(kind: MessageType, _payload: Payload) -> Result<Self, Refusal> {
        Err(unknown(&kind))
    }
}

/// Any message, unread: for rooms that pass messages on, and for the variant
/// `#[message(other)]` of an enum.
#[derive(Clone, Debug, PartialEq)]
pub struct AnyMessage {
    /// The type.
    pub kind: MessageType,
    /// What came with it.
    pub payload: Payload,
}

impl Message for AnyMessage {
    fn from_parts(kind: MessageType, payload: Payload) -> Result<Self, Refusal> {
        Ok(Self { kind, payload })
    }
}

/// What the one value of a message variant may be: what serde can read, or [`Payload`] for
/// whatever comes, bytes included.
pub trait FromPayload: Sized {
    /// Reads the payload.
    ///
    /// # Errors
    /// If it does not fit.
    fn from_payload(payload: Payload) -> Result<Self, Refusal>;
}

impl<T: DeserializeOwned> FromPayload for T {
    fn from_payload(payload: Payload) -> Result<Self, Refusal> {
        payload.read()
    }
}

impl FromPayload for Payload {
    fn from_payload(payload: Payload) -> Result<Self, Refusal> {
        Ok(payload)
    }
}

/// Called by the derived code: a variant with one value.
pub fn read_value<T: FromPayload>(kind: &MessageType, payload: Payload) -> Result<T, Refusal> {
    T::from_payload(payload).map_err(|refusal| about(refusal, kind))
}

/// Called by the derived code: a variant with named fields.
pub fn read_fields<T: DeserializeOwned>(kind: &MessageType, payload: Payload) -> Result<T, Refusal> {
    payload.read_fields().map_err(|refusal| about(refusal, kind))
}

/// Called by the derived code: no variant fits.
pub fn unknown(kind: &MessageType) -> Refusal {
    Refusal::invalid(format!("this room knows no message {kind}"))
}

fn about(refusal: Refusal, kind: &MessageType) -> Refusal {
    refusal.about(&format!("message {kind}"))
}
