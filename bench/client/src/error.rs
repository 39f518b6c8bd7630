//! What goes wrong for a client.

use std::io;
use std::time::Duration;

use parlor_protocol::FrameError;
use thiserror::Error;

/// Why a client is not, or no longer, in a room.
#[derive(Debug, Error)]
pub enum ClientError {
    /// Nobody answers there.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// `host:port`.
        address: String,
        /// From the operating system.
        source: io::Error,
    },
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(#[from] io::Error),
    /// What came is not HTTP as this client reads it.
    #[error("the server's reply cannot be read: {0}")]
    BadReply(String),
    /// The matchmaker said no.
    #[error("refused with {code}: {text}")]
    Refused {
        /// The HTTP status, which is the error's code (§1.5).
        code: u16,
        /// The reply's `error`, or its whole body.
        text: String,
    },
    /// The server does not speak WebSocket there.
    #[error("no WebSocket: the server answered with status {0}")]
    NoWebSocket(u16),
    /// Bytes that are not WebSocket.
    #[error("the server broke the WebSocket protocol: {0}")]
    BadWebSocket(&'static str),
    /// A frame of the Colyseus protocol that cannot be read.
    #[error("the server sent a frame that cannot be read: {0}")]
    BadFrame(#[from] FrameError),
    /// An ERROR frame.
    #[error("the room sent error {code}: {text}")]
    Told {
        /// Its code.
        code: u16,
        /// Its text.
        text: String,
    },
    /// The connection was closed.
    #[error("closed with {0}")]
    Closed(u16),
    /// It took too long.
    #[error("{what} took longer than {limit:?}")]
    TooSlow {
        /// What was waited for.
        what: &'static str,
        /// How long.
        limit: Duration,
    },
}
