//! What a message carries.

use super::document::Document;
use crate::bindings::parlor::room::types;
use crate::refusal::Refusal;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a message carries beside its type. May be sent on as it came.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Nothing: `room.send("ready")`.
    Empty,
    /// One value: `room.send("move", { x: 1, y: 2 })`.
    Value(Document),
    /// Several values, from clients that know such a thing.
    Values(Vec<Document>),
    /// Bytes without a form: `room.sendBytes("frame", bytes)`.
    Raw(Vec<u8>),
}

impl Payload {
    /// A payload out of whatever can be sent.
    pub fn of(payload: impl IntoPayload) -> Self {
        payload.into_payload()
    }

    /// Reads the payload as one value. An empty one reads as nothing (`None`, `()`), several
    /// values read as a list.
    ///
    /// # Errors
    /// A refusal for the sender that names the place, if it is not a `T`.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, Refusal> {
        self.read_or(Document::nil())
    }

    /// Like `read`, for what is written with named fields: an empty payload has none of them.
    pub(crate) fn read_fields<T: DeserializeOwned>(self) -> Result<T, Refusal> {
        self.read_or(Document::empty_map())
    }

    fn read_or<T: DeserializeOwned>(self, empty: Document) -> Result<T, Refusal> {
        let document = match self {
            Self::Empty => empty,
            Self::Value(document) => document,
            Self::Values(documents) => Document::list(documents),
            Self::Raw(_) => return Err(Refusal::invalid("raw bytes where a value is expected")),
        };
        document
            .read()
            .map_err(|error| Refusal::invalid(error.to_string()))
    }

    pub(crate) fn into_wit(self) -> types::Payload {
        match self {
            Self::Empty => types::Payload::Empty,
            Self::Value(document) => types::Payload::Value(document.into_wit()),
            Self::Values(documents) => {
                types::Payload::Values(documents.into_iter().map(Document::into_wit).collect())
            }
            Self::Raw(bytes) => types::Payload::Raw(bytes),
        }
    }
}

impl From<types::Payload> for Payload {
    fn from(payload: types::Payload) -> Self {
        match payload {
            types::Payload::Empty => Self::Empty,
            types::Payload::Value(document) => Self::Value(document.into()),
            types::Payload::Values(documents) => {
                Self::Values(documents.into_iter().map(Document::from).collect())
            }
            types::Payload::Raw(bytes) => Self::Raw(bytes),
        }
    }
}

/// What can be sent: every value that serde can write, `()` for nothing, or a [`Payload`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent",
    note = "derive `Data` for it; references, strings, numbers, `Vec`s and `Option`s of such can be sent too"
)]
pub trait IntoPayload {
    /// The payload.
    fn into_payload(self) -> Payload;
}

impl<T: Serialize> IntoPayload for T {
    fn into_payload(self) -> Payload {
        let document = Document::of(&self);
        // A `()` says nothing; an `Option` that is none says null.
        if size_of::<T>() == 0 && document.is_nil() {
            Payload::Empty
        } else {
            Payload::Value(document)
        }
    }
}

impl IntoPayload for Payload {
    fn into_payload(self) -> Payload {
        self
    }
}

impl IntoPayload for &Payload {
    fn into_payload(self) -> Payload {
        self.clone()
    }
}
