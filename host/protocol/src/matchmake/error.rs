//! Refusals of the matchmaker: codes, statuses and texts of §1.5.

use serde::Serialize;
use thiserror::Error;

use crate::ids::{RoomId, RoomTypeName};
use crate::join::Dialect;

/// Why there is no seat. `Display` is the text that clients see.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MatchmakeError {
    /// 520.
    #[error("provided room name \"{0}\" not defined")]
    UnknownRoomType(String),
    /// 520.
    #[error("invalid method \"{0}\"")]
    InvalidMethod(String),
    /// 521: `join` found nothing.
    #[error("no rooms found with provided criteria")]
    NoRoomFound,
    /// 522.
    #[error("room \"{0}\" not found")]
    RoomNotFound(String),
    /// 522.
    #[error("room \"{0}\" is locked")]
    RoomLocked(RoomId),
    /// 522.
    #[error("room \"{0}\" has been disposed.")]
    RoomDisposed(RoomId),
    /// 523: still full after all tries.
    #[error("{0} is already full.")]
    RoomFull(RoomId),
    /// 523: a fault of the room or the host. The text is for clients: no internals.
    #[error("{0}")]
    Unhandled(String),
    /// 524.
    #[error("reconnection token invalid or expired.")]
    ReconnectionExpired,
    /// 524, also on the socket.
    #[error("seat reservation expired.")]
    SeatExpired,
    /// 524, on the socket: a seat is good for one connection.
    #[error("already consumed")]
    SeatConsumed,
    /// 525.
    #[error("onAuth failed")]
    AuthenticationFailed,
    /// The application's own refusal, with its own code.
    #[error("{message}")]
    Refused {
        /// As the room gave it.
        code: u16,
        /// As the room gave it.
        message: String,
    },
    /// 526: the application's own refusal, without a code.
    #[error("{0}")]
    Application(String),
    /// 4217, on the socket only: nobody handles this message type.
    #[error("room onMessage for \"{0}\" not registered.")]
    InvalidPayload(String),
    /// 400: a filter can do nothing with an option.
    #[error("the option \"{option}\" {problem}")]
    BadOption {
        /// The option's name.
        option: String,
        /// What is wrong with it.
        problem: String,
    },
    /// 403: the operator lets only rooms have such rooms made.
    #[error("rooms of the type \"{0}\" are not created by clients")]
    NotCreatedByClients(RoomTypeName),
    /// 527, a number of our own: the operator allows no more rooms of the type.
    #[error("there are as many rooms of the type \"{name}\" as this server allows ({limit})")]
    TooManyRooms {
        /// The room type.
        name: RoomTypeName,
        /// How many there may be.
        limit: u32,
    },
    /// 400: the body is not a JSON object.
    #[error("malformed request body")]
    MalformedBody,
    /// 413.
    #[error("the request body is larger than {limit} bytes")]
    BodyTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// 429.
    #[error("too many connections from your address")]
    TooManyConnections,
    /// 503.
    #[error("the server has as many connections as it may have")]
    ServerFull,
    /// 503.
    #[error("the server is shutting down")]
    ShuttingDown,
}

/// For what has no legal status of its own.
const UNHANDLED: u16 = 523;
/// From the codes of 0.17 and 0.18 to those of 0.15.
const TO_015: u16 = 4210 - 520;

impl MatchmakeError {
    /// What the client finds as the error's code, in JSON or in an ERROR frame.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::UnknownRoomType(_) | Self::InvalidMethod(_) => 520,
            Self::NoRoomFound => 521,
            Self::RoomNotFound(_) | Self::RoomLocked(_) | Self::RoomDisposed(_) => 522,
            Self::RoomFull(_) | Self::Unhandled(_) => UNHANDLED,
            Self::ReconnectionExpired | Self::SeatExpired | Self::SeatConsumed => 524,
            Self::AuthenticationFailed => 525,
            Self::Refused { code, .. } => *code,
            Self::Application(_) => 526,
            Self::InvalidPayload(_) => 4217,
            Self::MalformedBody | Self::BadOption { .. } => 400,
            Self::NotCreatedByClients(_) => 403,
            Self::TooManyRooms { .. } => 527,
            Self::BodyTooLarge { .. } => 413,
            Self::TooManyConnections => 429,
            Self::ServerFull | Self::ShuttingDown => 503,
        }
    }

    /// The HTTP status of the reply: the code where it is the status of an error (400–599), otherwise 523. A status
    /// below 400 would make the SDKs take the reply for a seat.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self.code() {
            code @ 400..=599 => code,
            _ => UNHANDLED,
        }
    }

    /// The body of the reply.
    #[must_use]
    pub fn to_json(&self) -> String {
        let code = (!matches!(self, Self::MalformedBody)).then(|| self.code());
        body(code, self.to_string())
    }

    /// What a client that reads this dialect finds as the error's code. SDK 0.15 has other numbers for 520 to 526,
    /// whoever gave them.
    #[must_use]
    pub fn code_for(&self, dialect: Dialect) -> u16 {
        match (dialect, self.code()) {
            (Dialect::Compat015, code @ 520..=526) => code + TO_015,
            (_, code) => code,
        }
    }

    /// The HTTP status of the reply to SDK 0.15: 200 for all that the matchmaker or a room refuses, because this SDK
    /// looks for those in the body.
    #[must_use]
    pub fn status_015(&self) -> u16 {
        match self {
            Self::MalformedBody | Self::BodyTooLarge { .. } | Self::ShuttingDown => self.status(),
            _ => 200,
        }
    }

    /// The body of the reply to SDK 0.15. It always has a text: without one the SDK takes it for a seat.
    #[must_use]
    pub fn to_json_015(&self) -> String {
        let code = self.code_for(Dialect::Compat015);
        let error = match self.to_string() {
            text if text.is_empty() => format!("refused with code {code}"),
            text => text,
        };
        body(Some(code), error)
    }
}

fn body(code: Option<u16>, error: String) -> String {
    // A number and a text under text keys: nothing in it can fail.
    serde_json::to_string(&Body { code, error }).unwrap_or_default()
}

#[derive(Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    error: String,
}
