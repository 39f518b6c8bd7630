//! The type of a message: a text or a number, as clients write it (§4).

use std::fmt;

use crate::frame::FrameError;
use crate::wire::{self, Reader};

/// Most bytes the text of a message type may have, by the room interface.
pub const MAX_TYPE_BYTES: usize = 255;

/// `room.send("move", …)` or `room.send(7, …)`. The number 7 and the text "7" are different types.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageType {
    /// Never empty, at most 255 bytes: made by [`MessageType::text`].
    Text(Box<str>),
    /// Any `u32`.
    Number(u32),
}

impl MessageType {
    /// A text type.
    ///
    /// # Errors
    /// As [`TypeRef::text`].
    pub fn text(text: &str) -> Result<Self, FrameError> {
        TypeRef::text(text)?;
        Ok(Self::Text(Box::from(text)))
    }

    /// Reads a type. The first byte decides: `a0`–`bf`, `d9`, `da`, `db` begin a text, anything else a number.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        match reader.peek() {
            None => Err(FrameError::Truncated { what: "message type" }),
            Some(0xa0..=0xbf | 0xd9..=0xdb) => Self::text(reader.text("message type", MAX_TYPE_BYTES)?),
            Some(_) => {
                let number = reader.integer("message type")?;
                u32::try_from(number)
                    .map(Self::Number)
                    .map_err(|_| FrameError::NumberOutOfRange {
                        what: "message type",
                        number,
                    })
            }
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        TypeRef::from(self).write(out);
    }
}

/// A message's type where somebody else has it: writing a frame needs no copy of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeRef<'a> {
    /// Never empty, at most 255 bytes: made by [`TypeRef::text`].
    Text(&'a str),
    /// Any `u32`.
    Number(u32),
}

impl<'a> TypeRef<'a> {
    /// A text type.
    ///
    /// # Errors
    /// [`FrameError::EmptyType`] and [`FrameError::TypeTooLong`]: a client could not read such a type back.
    pub fn text(text: &'a str) -> Result<Self, FrameError> {
        if text.is_empty() {
            return Err(FrameError::EmptyType);
        }
        if text.len() > MAX_TYPE_BYTES {
            return Err(FrameError::TypeTooLong { length: text.len() });
        }
        Ok(Self::Text(text))
    }

    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => wire::write_text(out, text),
            Self::Number(number) => wire::write_number(out, number),
        }
    }

    pub(crate) fn encoded_len(self) -> usize {
        match self {
            Self::Text(text) => wire::text_len(text),
            Self::Number(number) => wire::number_len(number),
        }
    }
}

impl<'a> From<&'a MessageType> for TypeRef<'a> {
    fn from(kind: &'a MessageType) -> Self {
        match kind {
            MessageType::Text(text) => Self::Text(text),
            MessageType::Number(number) => Self::Number(*number),
        }
    }
}

impl From<u32> for MessageType {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}
