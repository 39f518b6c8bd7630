//! Between what guests say and what clients read: documents become MessagePack, and
//! messages become frames.

use std::borrow::Cow;

use bytes::Bytes;
use parlor_plugin::{Document, Encoding, MessageType, Payload};
use parlor_protocol::frame::FrameError;
use parlor_protocol::frame::server;
use parlor_protocol::message;
use parlor_protocol::msgpack::{self, MsgpackError};
use parlor_schema::Plain;
use serde_json::{Map, Value};

/// What a room sent is not what it says it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    #[error("the document is not one valid value: {0}")]
    Document(#[from] MsgpackError),
    #[error("it must be a map: {0}")]
    NoMap(String),
    #[error("the message type is not valid: {0}")]
    Type(#[from] FrameError),
}

/// A document in the form that the room declared. `bytes` is valid MessagePack.
pub(crate) fn document(bytes: &[u8], encoding: Encoding) -> Document {
    match encoding {
        Encoding::MessagePack => Document::MessagePack(bytes.to_vec()),
        Encoding::Json => Document::Json(msgpack::to_json(bytes).unwrap_or_else(|_| "null".to_owned())),
    }
}

/// A document's MessagePack, validated.
pub(crate) fn message_pack(document: &Document) -> Result<Cow<'_, [u8]>, WireError> {
    match document {
        Document::MessagePack(bytes) => {
            msgpack::validate(bytes)?;
            Ok(Cow::Borrowed(bytes))
        }
        Document::Json(text) => Ok(Cow::Owned(msgpack::from_json(text)?)),
    }
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
        Payload::Raw(bytes) => server::bytes(&kind, bytes),
        other => server::message(&kind, value(other)?.as_deref()),
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

fn message_type(kind: &MessageType) -> Result<message::MessageType, WireError> {
    Ok(match kind {
        MessageType::Text(text) => message::MessageType::text(text)?,
        MessageType::Number(number) => message::MessageType::Number(*number),
    })
}
