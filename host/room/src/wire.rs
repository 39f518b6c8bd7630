//! Between what guests say and what clients and other guests read: documents become MessagePack, or take the form that a
//! room declared, and messages become frames.

use std::borrow::Cow;

use bytes::Bytes;
use parlor_plugin::{Document, Encoding, MessageType, Payload};
use parlor_protocol::frame::FrameError;
use parlor_protocol::frame::server;
use parlor_protocol::message::TypeRef;
use parlor_protocol::msgpack::{self, MsgpackError};
use parlor_schema::Plain;
use serde_json::{Map, Value};

/// MessagePack's word for nothing.
const NIL: u8 = 0xc0;

/// What a room sent is not what it says it is.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Not one whole value.
    #[error("the document is not one valid value: {0}")]
    Document(#[from] MsgpackError),
    /// Another value where a map belongs.
    #[error("it must be a map: {0}")]
    NoMap(String),
    /// An empty text, or one that is too long.
    #[error("the message type is not valid: {0}")]
    Type(#[from] FrameError),
}

/// As [`document`]; what is in that form already is not copied.
pub(crate) fn into_document(bytes: Vec<u8>, encoding: Encoding) -> Document {
    match encoding {
        Encoding::MessagePack => Document::MessagePack(bytes),
        Encoding::Json => document(&bytes, encoding),
    }
}

/// A document in the form that the room declared. `bytes` is valid MessagePack.
pub fn document(bytes: &[u8], encoding: Encoding) -> Document {
    match encoding {
        Encoding::MessagePack => Document::MessagePack(bytes.to_vec()),
        Encoding::Json => Document::Json(msgpack::to_json(bytes).unwrap_or_else(|_| "null".to_owned())),
    }
}

/// A document's MessagePack, validated.
///
/// # Errors
/// It is not one valid value.
pub fn message_pack(document: &Document) -> Result<Cow<'_, [u8]>, WireError> {
    match document {
        Document::MessagePack(bytes) => {
            msgpack::validate(bytes)?;
            Ok(Cow::Borrowed(bytes))
        }
        Document::Json(text) => Ok(Cow::Owned(msgpack::from_json(text)?)),
    }
}

/// A valid document in the form that the room declared.
pub(crate) fn recode(document: Document, encoding: Encoding) -> Document {
    match (document, encoding) {
        (Document::MessagePack(bytes), Encoding::Json) => self::document(&bytes, encoding),
        // What is valid can be packed.
        (Document::Json(text), Encoding::MessagePack) => {
            Document::MessagePack(msgpack::from_json(&text).unwrap_or_else(|_| vec![NIL]))
        }
        (document, _) => document,
    }
}

/// A valid payload in the form that the room declared.
pub fn recode_payload(payload: Payload, encoding: Encoding) -> Payload {
    match payload {
        Payload::Value(value) => Payload::Value(recode(value, encoding)),
        Payload::Values(values) => {
            Payload::Values(values.into_iter().map(|value| recode(value, encoding)).collect())
        }
        other => other,
    }
}

/// A payload that a room sent, validated, as MessagePack.
///
/// # Errors
/// A document in it is not one valid value.
pub fn valid_payload(payload: Payload) -> Result<Payload, WireError> {
    Ok(match payload {
        Payload::Value(value) => Payload::Value(valid_document(value)?),
        Payload::Values(values) => {
            Payload::Values(values.into_iter().map(valid_document).collect::<Result<_, _>>()?)
        }
        other => other,
    })
}

/// A document that a room sent, validated, as MessagePack.
///
/// # Errors
/// It is not one valid value.
pub fn valid_document(document: Document) -> Result<Document, WireError> {
    Ok(Document::MessagePack(match document {
        Document::MessagePack(bytes) => {
            msgpack::validate(&bytes)?;
            bytes
        }
        Document::Json(text) => msgpack::from_json(&text)?,
    }))
}

/// A document that has to be a map, as MessagePack.
///
/// # Errors
/// It is not one valid value, or no map.
pub fn map(document: Document) -> Result<Vec<u8>, WireError> {
    match valid_document(document)? {
        Document::MessagePack(bytes) if msgpack::is_map(&bytes) => Ok(bytes),
        _ => Err(WireError::NoMap("it is another value".to_owned())),
    }
}

/// A document as a value to be looked at.
///
/// # Errors
/// It is not one valid value.
pub fn value_of(document: &Document) -> Result<Value, WireError> {
    Ok(match document {
        Document::MessagePack(bytes) => msgpack::to_json_value(bytes)?,
        Document::Json(text) => {
            serde_json::from_str(text).map_err(|error| MsgpackError::Json(error.to_string()))?
        }
    })
}

/// A document that has to be a map.
pub(crate) fn object(document: &Document) -> Result<Map<String, Value>, WireError> {
    let text = match document {
        Document::MessagePack(bytes) => Cow::Owned(msgpack::to_json(bytes)?),
        Document::Json(text) => Cow::Borrowed(text.as_str()),
    };
    serde_json::from_str(&text).map_err(|error| WireError::NoMap(error.to_string()))
}

/// The frame of a message to a client.
pub(crate) fn message_frame(kind: &MessageType, payload: &Payload) -> Result<Bytes, WireError> {
    let kind = message_type(kind)?;
    Ok(match payload {
        Payload::Raw(bytes) => server::bytes(kind, bytes),
        other => server::message(kind, value(other)?.as_deref()),
    })
}

/// A payload as one MessagePack value; none if it is empty. Raw bytes become a byte string.
pub(crate) fn value(payload: &Payload) -> Result<Option<Cow<'_, [u8]>>, WireError> {
    Ok(match payload {
        Payload::Empty => None,
        Payload::Value(document) => Some(message_pack(document)?),
        Payload::Values(documents) => {
            let values = documents
                .iter()
                .map(message_pack)
                .collect::<Result<Vec<_>, _>>()?;
            Some(Cow::Owned(msgpack::list(values.iter().map(AsRef::as_ref))))
        }
        Payload::Raw(bytes) => Some(Cow::Owned(msgpack::from_plain(&Plain::Bytes(bytes.clone())))),
    })
}

/// A message's type, checked.
///
/// # Errors
/// It is empty or too long.
pub fn message_type(kind: &MessageType) -> Result<TypeRef<'_>, WireError> {
    Ok(match kind {
        MessageType::Text(text) => TypeRef::text(text)?,
        MessageType::Number(number) => TypeRef::Number(*number),
    })
}
