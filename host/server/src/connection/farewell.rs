//! How connections end, and those that end before they begin.

use std::time::Duration;

use axum::extract::ws::WebSocket;
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::server;
use parlor_protocol::matchmake::MatchmakeError;
use parlor_room::outbox::{Batch, Close};

use crate::connection::wire::Wire;

/// RFC 6455 §7.4.1: what came in is not WebSocket.
pub(crate) const PROTOCOL_ERROR: CloseCode = CloseCode(1002);

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

/// Tells a client that it has no seat here (§2), and closes with `code`.
pub(crate) async fn refuse(socket: WebSocket, code: CloseCode, grace: Duration) {
    let error = MatchmakeError::SeatExpired;
    let frame = server::error(error.code(), &error.to_string());
    let close = Close {
        code,
        reason: error.to_string(),
    };
    let mut wire = Wire::new(socket);
    wire.write(&mut Batch {
        frames: vec![frame],
        close: Some(close),
    });
    wire.finish(grace).await;
}

/// Closes a WebSocket and waits for the answer, at most `grace`.
pub(crate) async fn close(socket: WebSocket, code: CloseCode, grace: Duration) {
    let mut wire = Wire::new(socket);
    wire.write(&mut Batch {
        frames: Vec::new(),
        close: Some(Close {
            code,
            reason: String::new(),
        }),
    });
    wire.finish(grace).await;
}

/// The close code of a refusal (§2): a client that wanted to come back is told that it cannot.
pub(crate) fn refusal(token: Option<&str>) -> CloseCode {
    if token.is_some() {
        CloseCode::FAILED_TO_RECONNECT
    } else {
        CloseCode::WITH_ERROR
    }
}
