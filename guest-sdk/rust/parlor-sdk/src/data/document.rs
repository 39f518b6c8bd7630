//! One structured value.

use super::error::ReadError;
use super::reader;
use crate::bindings::parlor::room::types;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One structured value as it travels: a map, a list, a text, a number. Read on demand, or
/// passed on without being read.
#[derive(Clone, Debug, PartialEq)]
pub struct Document(Vec<u8>);

/// What `()` and `None` are written as.
const NIL: u8 = 0xc0;
const EMPTY_MAP: u8 = 0x80;

impl Document {
    /// Reads the value.
    ///
    /// # Errors
    /// If it is not a `T`; the error names the place.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ReadError> {
        reader::read(&self.0)
    }

    /// Writes a value down.
    ///
    /// # Panics
    /// If the value's own `Serialize` fails, which the derived ones never do.
    #[allow(clippy::expect_used)]
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        let mut bytes = Vec::with_capacity(64);
        rmp_serde::encode::write_named(&mut bytes, value).expect("a value that cannot be sent");
        Self(bytes)
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn nil() -> Self {
        Self(vec![NIL])
    }

    pub(super) fn empty_map() -> Self {
        Self(vec![EMPTY_MAP])
    }

    pub(crate) fn is_nil(&self) -> bool {
        self.0 == [NIL]
    }

    /// A list of values.
    pub(super) fn list(values: Vec<Document>) -> Self {
        let mut bytes = Vec::new();
        // The length, in the one form that fits every length.
        bytes.push(0xdd);
        bytes.extend(u32::try_from(values.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(values.into_iter().flat_map(|value| value.0));
        Self(bytes)
    }

    pub(crate) fn into_wit(self) -> types::Document {
        types::Document::MessagePack(self.0)
    }
}

impl serde::Serialize for Document {
    /// As bytes: a document inside a document stays unread.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Document {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}

impl From<types::Document> for Document {
    /// This SDK asks the host for MessagePack; JSON never arrives.
    fn from(document: types::Document) -> Self {
        match document {
            types::Document::MessagePack(bytes) => Self(bytes),
            types::Document::Json(text) => Self::of(&text),
        }
    }
}
