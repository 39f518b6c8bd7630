//! Frames from clients.

use bytes::Bytes;

use super::{FrameError, opcode};
use crate::message::MessageType;
use crate::msgpack::{self, Limits};
use crate::wire::{self, Reader};

/// One frame from a client, its payload already plain MessagePack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientFrame {
    /// The client has read JOIN and waits for its snapshot.
    JoinAcknowledged,
    /// The client leaves for good.
    Leave,
    /// A message.
    Message {
        /// Its type.
        kind: MessageType,
        /// One plain MessagePack value; none if nothing was sent beside the type.
        payload: Option<Vec<u8>>,
    },
    /// A message of uninterpreted bytes.
    Bytes {
        /// Its type.
        kind: MessageType,
        /// To the end of the frame; may be empty.
        bytes: Vec<u8>,
    },
    /// A latency probe, or the reply to the host's own.
    Ping,
    /// A message that wants an answer.
    Request {
        /// The client's own number for it, counted from 0 for each room it is in.
        id: u32,
        /// Its type.
        kind: MessageType,
        /// As in a message.
        payload: Option<Vec<u8>>,
    },
    /// An opcode that this host does not know. Every SDK ignores such frames, and so should the host.
    Unknown(u8),
}

impl ClientFrame {
    /// Reads one WebSocket message. Nothing of the result lies in the frame's memory.
    ///
    /// # Errors
    /// [`FrameError`] if a part is missing or malformed. What follows the byte of a frame without a body is ignored,
    /// as upstream does.
    pub fn decode(frame: &[u8], limits: &Limits) -> Result<Self, FrameError> {
        let mut reader = Reader::new(frame);
        let opcode = reader.peek().ok_or(FrameError::Empty)?;
        reader.byte("opcode")?;
        match opcode {
            opcode::JOIN_ROOM => Ok(Self::JoinAcknowledged),
            opcode::LEAVE_ROOM => Ok(Self::Leave),
            opcode::PING => Ok(Self::Ping),
            opcode::ROOM_DATA => Ok(Self::Message {
                kind: MessageType::read(&mut reader)?,
                payload: payload(&reader, limits)?,
            }),
            opcode::ROOM_DATA_BYTES => Ok(Self::Bytes {
                kind: MessageType::read(&mut reader)?,
                bytes: reader.rest().to_vec(),
            }),
            opcode::ROOM_REQUEST => Ok(Self::Request {
                id: read_request_id(&mut reader)?,
                kind: MessageType::read(&mut reader)?,
                payload: payload(&reader, limits)?,
            }),
            unknown => Ok(Self::Unknown(unknown)),
        }
    }

    /// The number of a request, also of one whose rest cannot be read: it can still be answered.
    #[must_use]
    pub fn request_id(frame: &[u8]) -> Option<u32> {
        let mut reader = Reader::new(frame);
        let opcode = reader.byte("opcode").ok()?;
        if opcode != opcode::ROOM_REQUEST {
            return None;
        }
        read_request_id(&mut reader).ok()
    }

    /// Writes the frame as an SDK would. For load programs and tests.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = Vec::new();
        match self {
            Self::JoinAcknowledged => out.push(opcode::JOIN_ROOM),
            Self::Leave => out.push(opcode::LEAVE_ROOM),
            Self::Ping => out.push(opcode::PING),
            Self::Message { kind, payload } => {
                out.push(opcode::ROOM_DATA);
                kind.write(&mut out);
                out.extend_from_slice(payload.as_deref().unwrap_or_default());
            }
            Self::Bytes { kind, bytes } => {
                out.push(opcode::ROOM_DATA_BYTES);
                kind.write(&mut out);
                out.extend_from_slice(bytes);
            }
            Self::Request { id, kind, payload } => {
                out.push(opcode::ROOM_REQUEST);
                wire::write_number(&mut out, *id);
                kind.write(&mut out);
                out.extend_from_slice(payload.as_deref().unwrap_or_default());
            }
            Self::Unknown(opcode) => out.push(*opcode),
        }
        Bytes::from(out)
    }
}

pub(super) fn read_request_id(reader: &mut Reader<'_>) -> Result<u32, FrameError> {
    let number = reader.integer("request id")?;
    u32::try_from(number).map_err(|_| FrameError::NumberOutOfRange {
        what: "request id",
        number,
    })
}

fn payload(reader: &Reader<'_>, limits: &Limits) -> Result<Option<Vec<u8>>, FrameError> {
    if reader.rest().is_empty() {
        return Ok(None);
    }
    Ok(Some(msgpack::transcode(reader.rest(), limits)?.into_owned()))
}
