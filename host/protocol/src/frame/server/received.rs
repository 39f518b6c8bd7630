//! Reading what a server sent: for load programs and tests.

use bytes::Bytes;

use super::{STATUS_ERROR, STATUS_OK, STATUS_REJECTED};
use crate::frame::{FrameError, client::read_request_id, opcode};
use crate::join::Dialect;
use crate::message::MessageType;
use crate::wire::Reader;

/// Most bytes of an error's text that a reader takes.
const MAX_ERROR_BYTES: usize = 1 << 20;

/// One frame from a server. Payloads are as they came, not validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerFrame {
    /// The client is in.
    Join(JoinFrame),
    /// For `onError`.
    Error {
        /// What went wrong, §1.5 or the application's own.
        code: u16,
        /// For people.
        message: String,
    },
    /// Please leave.
    Leave,
    /// A message.
    Message {
        /// Its type.
        kind: MessageType,
        /// One MessagePack value, if any.
        payload: Option<Bytes>,
    },
    /// A message of uninterpreted bytes.
    Bytes {
        /// Its type.
        kind: MessageType,
        /// To the end of the frame.
        bytes: Bytes,
    },
    /// A full snapshot.
    State(Bytes),
    /// The changes of one tick.
    Patch(Bytes),
    /// A probe, or the answer to one.
    Pong,
    /// The answer to a request.
    Response {
        /// The request's id.
        id: u32,
        /// How it ended.
        outcome: Outcome,
    },
    /// Anything else, by its first byte.
    Unknown(u8),
}

/// How a request ended (§4.1), its value as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The resolved value, if any.
    Ok(Option<Bytes>),
    /// The reason.
    Rejected(Bytes),
    /// A map of `name`, `message` and perhaps `code`.
    Error(Bytes),
}

/// JOIN_ROOM before anybody has decided in which dialect it is (§4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinFrame {
    /// The token for the next reconnection.
    pub token: String,
    /// `schema`, or `none` for rooms without state.
    pub serializer: String,
    /// Everything after the serializer id.
    pub rest: Bytes,
}

impl JoinFrame {
    fn read(frame: &Bytes, reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            token: short_text(reader, "token")?,
            serializer: short_text(reader, "serializer id")?,
            rest: frame.slice_ref(reader.rest()),
        })
    }

    /// The handshake, read as a client of this dialect does; none if the server left it out.
    ///
    /// # Errors
    /// [`FrameError`] if its length is malformed or beyond the frame's end.
    pub fn handshake(&self, dialect: Dialect) -> Result<Option<Bytes>, FrameError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        match dialect {
            Dialect::Compat015 | Dialect::Legacy => Ok(Some(self.rest.clone())),
            Dialect::Tagged | Dialect::Polyglot => {
                let mut reader = Reader::new(&self.rest);
                let number = reader.integer("handshake length")?;
                let length = usize::try_from(number).map_err(|_| FrameError::NumberOutOfRange {
                    what: "handshake length",
                    number,
                })?;
                let handshake = reader.take("handshake", length)?;
                Ok((!handshake.is_empty()).then(|| self.rest.slice_ref(handshake)))
            }
        }
    }
}

fn short_text(reader: &mut Reader<'_>, what: &'static str) -> Result<String, FrameError> {
    let length = usize::from(reader.byte(what)?);
    let text = std::str::from_utf8(reader.take(what, length)?).map_err(|_| FrameError::NotUtf8 { what })?;
    Ok(text.to_owned())
}

impl ServerFrame {
    /// Reads one WebSocket message.
    ///
    /// # Errors
    /// [`FrameError`] if a part is missing or malformed.
    pub fn decode(frame: &Bytes) -> Result<Self, FrameError> {
        let mut reader = Reader::new(frame);
        let opcode = reader.peek().ok_or(FrameError::Empty)?;
        reader.byte("opcode")?;
        Ok(match opcode {
            opcode::JOIN_ROOM => Self::Join(JoinFrame::read(frame, &mut reader)?),
            opcode::ERROR => Self::Error {
                code: read_code(&mut reader)?,
                message: reader.text("error message", MAX_ERROR_BYTES)?.to_owned(),
            },
            opcode::LEAVE_ROOM => Self::Leave,
            opcode::PING => Self::Pong,
            opcode::ROOM_DATA => Self::Message {
                kind: MessageType::read(&mut reader)?,
                payload: some_rest(frame, &reader),
            },
            opcode::ROOM_DATA_BYTES => Self::Bytes {
                kind: MessageType::read(&mut reader)?,
                bytes: frame.slice_ref(reader.rest()),
            },
            opcode::ROOM_STATE => Self::State(frame.slice_ref(reader.rest())),
            opcode::ROOM_STATE_PATCH => Self::Patch(frame.slice_ref(reader.rest())),
            opcode::ROOM_RESPONSE => {
                let id = read_request_id(&mut reader)?;
                let status = reader.byte("response status")?;
                let rest = frame.slice_ref(reader.rest());
                let outcome = match status {
                    STATUS_OK => Outcome::Ok((!rest.is_empty()).then_some(rest)),
                    STATUS_REJECTED => Outcome::Rejected(rest),
                    STATUS_ERROR => Outcome::Error(rest),
                    unknown => return Err(FrameError::BadStatus(unknown)),
                };
                Self::Response { id, outcome }
            }
            unknown => Self::Unknown(unknown),
        })
    }
}

fn read_code(reader: &mut Reader<'_>) -> Result<u16, FrameError> {
    let number = reader.integer("error code")?;
    u16::try_from(number).map_err(|_| FrameError::NumberOutOfRange {
        what: "error code",
        number,
    })
}

fn some_rest(frame: &Bytes, reader: &Reader<'_>) -> Option<Bytes> {
    (!reader.rest().is_empty()).then(|| frame.slice_ref(reader.rest()))
}
