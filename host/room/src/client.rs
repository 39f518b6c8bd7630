//! One client of a room: its connection, if it has one, and how far it has come.

use bytes::Bytes;
use parlor_plugin::Document;
use parlor_protocol::close::CloseCode;
use parlor_protocol::ids::{ReconnectionToken, SessionId};
use parlor_schema::{Decoders, ViewId};
use tokio::time::Instant;

use crate::editions::EditionId;
use crate::outbox::{Close, ConnectionId, Outbox, QueueFull, StateDelivery};

/// Groups that one client may be in.
pub(crate) const MAX_GROUPS: usize = 64;

/// A client's place in the room. It outlives its connection.
#[derive(Debug)]
pub(crate) struct Client {
    token: ReconnectionToken,
    /// The one that brought the client back. It stays good until the client has acknowledged its JOIN_ROOM,
    /// which may have been lost together with the new token in it.
    former: Option<ReconnectionToken>,
    pub phase: Phase,
    /// Which bodies of state it reads.
    pub decoders: Decoders,
    /// Which form of the state it was told.
    pub edition: EditionId,
    /// What it brought along to the matchmaker: a MessagePack map.
    pub options: Bytes,
    /// What `authenticate` said of it.
    pub auth: Option<Document>,
    pub groups: Vec<Box<str>>,
    /// What it may see of fields with a view tag in the current form of the state, from the first time that something
    /// was shown to it.
    pub view: Option<ViewId>,
}

#[derive(Debug)]
pub(crate) enum Phase {
    /// Connected, but it has not acknowledged JOIN_ROOM yet. What is sent to it waits.
    Joining {
        outbox: Outbox,
        waiting: Vec<Bytes>,
        waiting_bytes: usize,
        arrival: FirstTime,
    },
    /// It has the state and gets patches.
    Joined { outbox: Outbox, sync: Sync },
    /// Its connection was lost with `code`, its seat is kept. `until`: none while the room has
    /// not said, or has said "until released".
    Held {
        until: Option<Instant>,
        code: CloseCode,
        loss: Loss,
    },
    /// `on-leave` runs. It gets what is sent to it alone, and nothing else.
    Leaving { outbox: Option<Outbox> },
}

/// Whether the room's code has heard that a connection was lost, and so hears when the client is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    Heard,
    /// The host itself sent the client off.
    Unheard,
}

/// How the state is told to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// SDKs from 0.16 on. With a view if anything was ever shown to it.
    Current(Option<ViewId>),
    /// SDK 0.15, which sees what everybody sees.
    V2,
}

/// Whether a client may hold an older state already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstTime {
    Yes,
    No,
}

/// How much of the state a client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sync {
    /// Everything before the patch with this number.
    UpTo(u64),
    /// Patches to it were dropped; it needs a fresh snapshot.
    Lost,
}

/// When a message may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Never.
    Queue,
    /// When something is still waiting to be written.
    Volatile,
}

impl Client {
    /// A client that has just taken its seat.
    pub fn new(
        options: Bytes,
        auth: Option<Document>,
        decoders: Decoders,
        edition: EditionId,
        phase: Phase,
    ) -> Self {
        Self {
            token: ReconnectionToken::random(),
            former: None,
            phase,
            decoders,
            edition,
            options,
            auth,
            groups: Vec::new(),
            view: None,
        }
    }

    /// What it can read, and what it may see in the form of the state that it was told.
    pub fn reader(&self, view: Option<ViewId>) -> Reader {
        match self.decoders {
            Decoders::Current => Reader::Current(view),
            Decoders::V2 => Reader::V2,
        }
    }

    /// What the client is shown as part of its reconnection token; new with every connection.
    pub fn token(&self) -> &ReconnectionToken {
        &self.token
    }

    /// Whether that token brings this client back.
    pub fn accepts(&self, token: &ReconnectionToken) -> bool {
        self.token == *token || self.former.as_ref() == Some(token)
    }

    /// The client is back by a token that it had.
    pub fn renew_token(&mut self, used: ReconnectionToken) {
        self.former = Some(used);
        self.token = ReconnectionToken::random();
    }

    /// The client has its new token.
    pub fn forget_former_token(&mut self) {
        self.former = None;
    }

    /// Whether its connection is its first, and it has not acknowledged JOIN_ROOM.
    pub fn is_new(&self) -> bool {
        matches!(
            self.phase,
            Phase::Joining {
                arrival: FirstTime::Yes,
                ..
            }
        )
    }

    /// The client's live connection.
    pub fn outbox(&self) -> Option<&Outbox> {
        match &self.phase {
            Phase::Joining { outbox, .. } | Phase::Joined { outbox, .. } => Some(outbox),
            Phase::Leaving { outbox } => outbox.as_ref(),
            Phase::Held { .. } => None,
        }
    }

    /// True if that connection is the one the client has now.
    pub fn is_on(&self, connection: ConnectionId) -> bool {
        self.outbox()
            .is_some_and(|outbox| outbox.connection() == connection)
    }

    /// Sends a message frame, or keeps it until the first snapshot. `bound` limits, in bytes, what is kept.
    pub fn deliver(&mut self, frame: Bytes, urgency: Urgency, bound: usize) -> Result<(), QueueFull> {
        match &mut self.phase {
            Phase::Joining {
                outbox,
                waiting,
                waiting_bytes,
                ..
            } => {
                if urgency == Urgency::Volatile {
                    return Ok(());
                }
                if *waiting_bytes + frame.len() > bound {
                    outbox.close(
                        CloseCode::TOO_SLOW,
                        "too slow: the join was not acknowledged in time",
                    );
                    return Err(QueueFull);
                }
                *waiting_bytes += frame.len();
                waiting.push(frame);
                Ok(())
            }
            Phase::Joined { outbox, .. } | Phase::Leaving { outbox: Some(outbox) } => {
                if urgency == Urgency::Volatile && !outbox.is_empty() {
                    return Ok(());
                }
                outbox.push_message(frame)
            }
            Phase::Held { .. } | Phase::Leaving { outbox: None } => Ok(()),
        }
    }

    /// Whether broadcasts reach it.
    pub fn hears_broadcasts(&self) -> bool {
        matches!(self.phase, Phase::Joining { .. } | Phase::Joined { .. })
    }
}

impl Sync {
    /// Notes what became of a state frame after which the client has everything before `next`.
    pub fn after(delivery: StateDelivery, next: u64) -> Self {
        match delivery {
            StateDelivery::Queued => Self::UpTo(next),
            StateDelivery::Dropped => Self::Lost,
        }
    }
}

/// A client on its way out: `on-leave` is still to be called, then its connection is closed.
#[derive(Clone, Debug)]
pub(crate) struct Departure {
    pub session: SessionId,
    pub close: Close,
}

impl Departure {
    /// A departure that needs no words.
    pub fn new(session: SessionId, code: CloseCode) -> Self {
        Self {
            session,
            close: Close::with(code),
        }
    }
}
