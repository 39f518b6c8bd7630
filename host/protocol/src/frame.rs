//! What travels in one WebSocket message (§4). The first byte is the opcode.

pub mod client;
pub mod server;

pub use client::ClientFrame;
pub use server::{JoinFrame, Outcome, Response, ServerFrame};

use thiserror::Error;

use crate::msgpack::MsgpackError;

/// First bytes of frames (§4). The upper three bits are modifiers of features this host does not offer; a frame
/// that has one set is an unknown one.
pub mod opcode {
    /// Server: you are in. Client, alone: understood.
    pub const JOIN_ROOM: u8 = 0x0a;
    /// Server: a code and a text for `onError`.
    pub const ERROR: u8 = 0x0b;
    /// Client: leaves with consent. Server: please leave.
    pub const LEAVE_ROOM: u8 = 0x0c;
    /// A message with an optional MessagePack payload.
    pub const ROOM_DATA: u8 = 0x0d;
    /// The full snapshot of the state.
    pub const ROOM_STATE: u8 = 0x0e;
    /// Changes since the last patch or snapshot.
    pub const ROOM_STATE_PATCH: u8 = 0x0f;
    /// A message of uninterpreted bytes.
    pub const ROOM_DATA_BYTES: u8 = 0x11;
    /// Latency probe, answered by the same byte.
    pub const PING: u8 = 0x12;
    /// Client: a message that wants an answer.
    pub const ROOM_REQUEST: u8 = 0x15;
    /// Server: the answer.
    pub const ROOM_RESPONSE: u8 = 0x16;
}

/// Why bytes are not a frame. `what` names the part that was being read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A WebSocket message without a single byte.
    #[error("the frame is empty")]
    Empty,
    /// The frame ends inside a part.
    #[error("the frame ends inside its {what}")]
    Truncated {
        /// The part.
        what: &'static str,
    },
    /// A byte that begins no number.
    #[error("{what}: no number begins with byte {prefix:#04x}")]
    BadNumber {
        /// The part.
        what: &'static str,
        /// The byte.
        prefix: u8,
    },
    /// A fraction, NaN, or more than 2⁵³.
    #[error("{what} must be a whole number")]
    NotWhole {
        /// The part.
        what: &'static str,
    },
    /// A number that its part cannot take.
    #[error("{what} {number} is out of range")]
    NumberOutOfRange {
        /// The part.
        what: &'static str,
        /// The number.
        number: i64,
    },
    /// A byte that begins no text.
    #[error("{what}: no text begins with byte {prefix:#04x}")]
    BadText {
        /// The part.
        what: &'static str,
        /// The byte.
        prefix: u8,
    },
    /// A text longer than its part may be.
    #[error("{what} has {length} bytes; at most {limit} are allowed")]
    TextTooLong {
        /// The part.
        what: &'static str,
        /// Bytes claimed.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A text that is not UTF-8.
    #[error("{what} is not valid UTF-8")]
    NotUtf8 {
        /// The part.
        what: &'static str,
    },
    /// A message type without characters; clients would read it as a number.
    #[error("the message type is empty")]
    EmptyType,
    /// A message type of more than 255 bytes.
    #[error("the message type has {length} bytes; at most 255 are allowed")]
    TypeTooLong {
        /// Bytes given.
        length: usize,
    },
    /// A response status other than 0, 1 and 2.
    #[error("unknown response status {0}")]
    BadStatus(u8),
    /// The payload is not MessagePack that may pass.
    #[error("payload: {0}")]
    Payload(#[from] MsgpackError),
}
