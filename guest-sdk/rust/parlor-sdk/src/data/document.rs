//! One structured value.

use super::error::ReadError;
use super::reader;
use super::token::{Reader, Token};
use crate::bindings::parlor::room::types;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};
use std::cell::RefCell;
use std::fmt;

/// One structured value as it travels: a map, a list, a text, a number. Read on demand, or
/// passed on without being read; also as a part of another value, say as a field of a message.
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
    #[allow(clippy::panic)]
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        let mut bytes = Vec::with_capacity(64);
        match rmp_serde::encode::write_named(&mut bytes, value) {
            Ok(()) => Self(bytes),
            Err(rmp_serde::encode::Error::Syntax(reason)) => panic!("a value that cannot be sent: {reason}"),
            // Of a list or map whose length is not known beforehand: writing to memory does not fail.
            Err(_) => panic!("a value that cannot be sent"),
        }
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

    pub(crate) fn empty_map() -> Self {
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

/// By this name a reader knows that it is to hand out a value unread.
pub(super) const DOCUMENT: &str = "$parlor::Document";
/// By this name rmp-serde knows an extension.
const EXTENSION: &str = "_ExtStruct";

/// A document inside another value becomes a part of it.
impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Part(&RefCell::new(Reader { rest: &self.0 })).serialize(serializer)
    }
}

/// The next value of the reader, on its way into another.
struct Part<'a, 'de>(&'a RefCell<Reader<'de>>);

impl Serialize for Part<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let token = self.0.borrow_mut().token().map_err(S::Error::custom)?;
        match token {
            Token::Nil => serializer.serialize_unit(),
            Token::Bool(value) => serializer.serialize_bool(value),
            Token::Unsigned(value) => serializer.serialize_u64(value),
            Token::Signed(value) => serializer.serialize_i64(value),
            Token::Float(value) => serializer.serialize_f64(value),
            Token::Text(text) => serializer.serialize_str(text),
            Token::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Token::Extension(kind, bytes) => {
                serializer.serialize_newtype_struct(EXTENSION, &(kind, Bytes(bytes)))
            }
            Token::Array(count) => {
                let mut list = serializer.serialize_seq(Some(count))?;
                for _ in 0..count {
                    list.serialize_element(&Part(self.0))?;
                }
                list.end()
            }
            Token::Map(count) => {
                let mut map = serializer.serialize_map(Some(count))?;
                for _ in 0..count {
                    map.serialize_entry(&Part(self.0), &Part(self.0))?;
                }
                map.end()
            }
        }
    }
}

struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// A part of a value, unread. Only out of what this SDK reads: messages, options, saved rooms.
impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl Visitor<'_> for Whole {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Document, E> {
                Ok(Document(bytes.to_vec()))
            }
        }
        deserializer.deserialize_newtype_struct(DOCUMENT, Whole)
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
