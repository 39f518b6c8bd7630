//! How connections end, and those that end before they begin.

use std::time::Duration;

use bytes::Bytes;
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::server;
use parlor_protocol::join::Dialect;
use parlor_protocol::matchmake::MatchmakeError;
use parlor_room::outbox::{Batch, Close};

use crate::connection::wire::Wire;

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The host closes it; the close frame is on the wire's list.
    ByHost(CloseCode),
    /// The client has sent a close frame.
    ByClient(CloseCode),
    /// The socket is gone, or nobody is there any more.
    Lost,
}

impl Ending {
    /// What the room is told.
    pub fn code(self) -> CloseCode {
        match self {
            Self::ByHost(code) | Self::ByClient(code) => code,
            Self::Lost => CloseCode::ABNORMAL,
        }
    }
}

/// Why and how a connection gets no client (§2).
#[derive(Debug)]
pub(crate) struct Refusal {
    /// What the ERROR frame says.
    pub error: MatchmakeError,
    pub code: CloseCode,
    dialect: Dialect,
}

impl Refusal {
    /// There is no such seat; a client that wanted to come back by `token` is told that it cannot.
    pub fn no_seat(token: Option<&str>, dialect: Dialect) -> Self {
        Self {
            error: MatchmakeError::SeatExpired,
            code: match token {
                Some(_) => CloseCode::FAILED_TO_RECONNECT,
                None => CloseCode::WITH_ERROR,
            },
            dialect,
        }
    }

    /// The host is going down. A client that wanted to come back by `token` is to stop trying.
    pub fn stopping(token: Option<&str>, dialect: Dialect) -> Self {
        Self {
            error: MatchmakeError::ShuttingDown,
            code: match token {
                Some(_) => CloseCode::FAILED_TO_RECONNECT,
                None => CloseCode::SHUTDOWN,
            },
            dialect,
        }
    }

    /// The ERROR frame.
    pub fn frame(&self) -> Bytes {
        server::error(self.error.code_for(self.dialect), &self.error.to_string())
    }
}

/// Tells a client why it has no place here, and closes.
pub(crate) async fn refuse(mut wire: Wire, refusal: Refusal, grace: Duration) {
    wire.write(&mut Batch {
        frames: vec![refusal.frame()],
        close: Some(Close {
            code: refusal.code,
            reason: refusal.error.to_string(),
        }),
    });
    wire.finish(grace).await;
}

/// Closes a WebSocket and waits for the answer, at most `grace`.
pub(crate) async fn close(mut wire: Wire, code: CloseCode, grace: Duration) {
    wire.close(&Close::with(code));
    wire.finish(grace).await;
}
