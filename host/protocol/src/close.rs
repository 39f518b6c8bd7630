//! WebSocket close codes (§4.5) and what may go out.

use std::fmt;

/// A close code, sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CloseCode(pub u16);

/// Most bytes of a close reason: a control frame holds 125, two are the code.
pub const MAX_REASON_BYTES: usize = 123;

impl CloseCode {
    /// Normal end. No SDK comes back by itself.
    pub const NORMAL: Self = Self(1000);
    /// The peer goes away: a browser tab closing. SDKs 0.17 and 0.18 come back by themselves.
    pub const GOING_AWAY: Self = Self(1001);
    /// Received only: the peer closed without a code. SDKs 0.17 and 0.18 come back by themselves.
    pub const NO_STATUS: Self = Self(1005);
    /// Received only: the connection broke. SDKs 0.17 and 0.18 come back by themselves.
    pub const ABNORMAL: Self = Self(1006);
    /// A frame of a kind this protocol does not use: text.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// A frame larger than the host takes (§2).
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// Leaving with consent: the answer to LEAVE_ROOM, and what a room's own `disconnect` usually sends.
    pub const CONSENTED: Self = Self(4000);
    /// The host shuts down.
    pub const SHUTDOWN: Self = Self(4001);
    /// The client did something wrong, or something failed while joining.
    pub const WITH_ERROR: Self = Self(4002);
    /// The seat to reconnect to is not there.
    pub const FAILED_TO_RECONNECT: Self = Self(4003);
    /// The client may come back: SDKs 0.17 and 0.18 do by themselves.
    pub const MAY_TRY_RECONNECT: Self = Self(4010);
    /// Parlor's own: the client does not read as fast as the room sends, and what waits for it has reached its
    /// bound. After HTTP's 408. Not among the codes on which SDKs come back by themselves (1001, 1005, 1006,
    /// 4010): a client that was too slow would be too slow again. The SDK reports it to `onLeave`.
    pub const TOO_SLOW: Self = Self(4408);

    /// Parlor's own: the room's state has another shape than the client was told, and SDKs take in a shape only once for
    /// each of their rooms; so not among the codes on which they come back by themselves. The seat is held:
    /// `client.reconnect(room.reconnectionToken)` makes a new room of the SDK and brings the client back. After HTTP's
    /// 426.
    pub const STATE_CHANGED: Self = Self(4426);

    /// The room has failed: its code trapped. "Unexpected condition" of RFC 6455; SDKs report it to `onLeave` and do
    /// not come back by themselves.
    pub const ROOM_FAILED: Self = Self(1011);

    /// The code of a received close frame; `None` if there was no close frame at all, `Some(None)` if it had no code.
    #[must_use]
    pub fn received(frame: Option<Option<u16>>) -> Self {
        match frame {
            None => Self::ABNORMAL,
            Some(None) => Self::NO_STATUS,
            Some(Some(code)) => Self(code),
        }
    }

    /// Whether the client meant to leave: its seat is not held.
    #[must_use]
    pub fn is_consented(self) -> bool {
        self == Self::CONSENTED
    }

    /// Whether SDKs 0.17 and 0.18 reconnect by themselves after this code.
    #[must_use]
    pub fn invites_reconnection(self) -> bool {
        matches!(
            self,
            Self::GOING_AWAY | Self::NO_STATUS | Self::ABNORMAL | Self::MAY_TRY_RECONNECT
        )
    }

    /// Whether RFC 6455 lets an endpoint put this code into a close frame.
    #[must_use]
    pub fn is_sendable(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }

    /// Whether a room may choose this code: 1000, 1011 and the ranges of libraries and applications.
    #[must_use]
    pub fn is_for_rooms(self) -> bool {
        matches!(self.0, 1000 | 1011 | 3000..=4999)
    }

    /// The code itself if it may be sent, otherwise [`Self::WITH_ERROR`]: 1005, 1006 and 1015 never go out.
    #[must_use]
    pub fn sendable(self) -> Self {
        if self.is_sendable() {
            self
        } else {
            Self::WITH_ERROR
        }
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// As much of a reason as fits a close frame, cut between characters.
#[must_use]
pub fn reason(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_REASON_BYTES))
        .unwrap_or(text)
}
