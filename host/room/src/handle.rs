//! How the rest of the host speaks to a room: a handle, and the commands that go through it.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLockReadGuard};
use std::time::Duration;

use bytes::Bytes;
use parlor_plugin::{BuildId, Document, HookError, Payload, RoomMessage};
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::client::ClientFrame;
use parlor_protocol::ids::{ReconnectionToken, RoomId, RoomTypeName, SessionId};
use parlor_protocol::join::Dialect;
use tokio::sync::{mpsc, oneshot};

use crate::listing::{Listing, LiveListing};
use crate::outbox::{Close, ConnectionId, Outbox};
use crate::replace::KeptOld;
use crate::room_type::RoomType;

/// A seat that the matchmaker asks for.
#[derive(Debug)]
pub struct SeatRequest {
    /// The name that the client will have in the room.
    pub session: SessionId,
    /// The client's options: a MessagePack map.
    pub options: Bytes,
    /// What `authenticate` answered, valid.
    pub auth: Option<Document>,
}

/// Why a room gave no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeatError {
    /// Clients and seats have reached the limit.
    #[error("the room is full")]
    Full,
    /// The room, or its operator, locked it.
    #[error("the room is locked")]
    Locked,
    /// A client or a seat of the room has that session already.
    #[error("the session is in the room already")]
    SessionTaken,
    /// No client with that reconnection token waits to come back.
    #[error("the reconnection token is invalid or has expired")]
    UnknownToken,
    /// The room has ended or is about to.
    #[error("the room has been disposed")]
    Disposed,
}

/// Whether a client wants to be told the shape of the state (`skipHandshake` in its URL).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeWanted {
    /// It does.
    Yes,
    /// It knows it from its last connection.
    No,
}

/// A connection that wants to be the connection of a client.
#[derive(Debug)]
pub struct Arrival {
    /// The session that the matchmaker answered with.
    pub session: SessionId,
    /// Given when a client comes back.
    pub token: Option<ReconnectionToken>,
    /// In which form the client reads JOIN_ROOM.
    pub dialect: Dialect,
    /// Whether it asked to be spared the handshake.
    pub handshake: HandshakeWanted,
    /// Where its frames go.
    pub outbox: Outbox,
}

/// What a room is asked to do. Commands are carried out one after the other.
#[derive(Debug)]
pub enum Command {
    /// Keep seats for clients that will connect: all of them or none.
    Reserve(Vec<SeatRequest>, oneshot::Sender<Result<(), SeatError>>),
    /// Which client may come back with this token?
    FindHeldSeat(ReconnectionToken, oneshot::Sender<Result<SessionId, SeatError>>),
    /// Another room has sent something, and waits for an answer unless there is no sender for one. Its payload is
    /// valid; so is that of the answer, which is MessagePack.
    Message(RoomMessage, Option<oneshot::Sender<Result<Payload, HookError>>>),
    /// Something was published on a channel to which the room has subscribed. A MessagePack value.
    Published {
        /// The channel's name.
        channel: Arc<str>,
        /// What was published.
        payload: Bytes,
    },
    /// Go on with another version of the room type.
    Replace(Arc<RoomType>, oneshot::Sender<Result<(), KeptOld>>),
    /// A connection arrived. The answer, JOIN_ROOM or a refusal, goes through its outbox.
    Connect(Arrival),
    /// A connected client sent something.
    Frame {
        /// Whose connection it came on.
        session: SessionId,
        /// Which of the client's connections, should it have had several.
        connection: ConnectionId,
        /// What it said.
        frame: ClientFrame,
    },
    /// A client broke a rule that its connection watches over: it leaves, and its connection is closed.
    Expel {
        /// Whose connection it is.
        session: SessionId,
        /// Which of the client's connections.
        connection: ConnectionId,
        /// What the client is told.
        close: Close,
    },
    /// The host is going down: nobody gets in any more, and after the grace time the room ends.
    Shutdown {
        /// How long those who are here may play on.
        grace: Duration,
    },
    /// A connection is gone.
    Closed {
        /// Whose connection it was.
        session: SessionId,
        /// Which of the client's connections.
        connection: ConnectionId,
        /// The code that the client, or the transport, gave.
        code: CloseCode,
    },
}

/// The way into a room. Commands travel boxed: the channel sets space for 32 of them aside in every room, quiet ones
/// too, which would otherwise be some kilobytes.
pub type Mailbox = mpsc::Sender<Box<Command>>;

/// Tells rooms of this process apart, whatever happens to their ids: those may be replaced, and used
/// again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomKey(u64);

impl RoomKey {
    /// One that no other room has.
    pub fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A running room, as others see it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RoomHandle {
    key: RoomKey,
    id: RoomId,
    room_type: RoomTypeName,
    mailbox: Mailbox,
    listing: LiveListing,
    max_messages_per_second: Option<NonZeroU32>,
}

impl RoomHandle {
    pub(crate) fn new(
        id: RoomId,
        room_type: RoomTypeName,
        mailbox: Mailbox,
        listing: LiveListing,
        max_messages_per_second: Option<NonZeroU32>,
    ) -> Self {
        Self {
            key: RoomKey::unique(),
            id,
            room_type,
            mailbox,
            listing,
            max_messages_per_second,
        }
    }

    /// The same room under another id.
    pub(crate) fn renamed(&self, id: RoomId) -> Self {
        Self { id, ..self.clone() }
    }

    /// What the room shows of itself, whenever it is read.
    pub fn live_listing(&self) -> &LiveListing {
        &self.listing
    }

    /// Stays when the room takes another id.
    pub fn key(&self) -> RoomKey {
        self.key
    }

    /// The room's id.
    pub fn id(&self) -> &RoomId {
        &self.id
    }

    /// The name of its type.
    pub fn room_type(&self) -> &RoomTypeName {
        &self.room_type
    }

    /// What the room shows of itself, as of now. The guard must not be held across an await.
    pub fn listing(&self) -> RwLockReadGuard<'_, Arc<Listing>> {
        self.listing.read()
    }

    /// How many messages a client may send it in one second; none: no limit. Connections watch over it.
    pub fn max_messages_per_second(&self) -> Option<NonZeroU32> {
        self.max_messages_per_second
    }

    /// Which build of its type's code the room runs.
    pub fn build(&self) -> BuildId {
        self.listing.build()
    }

    /// The room's mailbox, for connections that wait for space in it.
    pub fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Asks for seats, all or none, and waits for the answer.
    ///
    /// # Errors
    /// The room is full, locked or gone, or has one of the sessions already.
    pub async fn reserve(&self, seats: Vec<SeatRequest>) -> Result<(), SeatError> {
        self.ask(|reply| Command::Reserve(seats, reply)).await
    }

    /// The same ahead of everybody else: called before others know of the room. The answer comes when it runs.
    pub fn reserve_first(
        &self,
        seats: Vec<SeatRequest>,
    ) -> impl Future<Output = Result<(), SeatError>> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        // Hardly anybody has its mailbox yet, so there is space.
        let sent = self.mailbox.try_send(Box::new(Command::Reserve(seats, reply)));
        async move {
            sent.map_err(|_| SeatError::Disposed)?;
            answer.await.unwrap_or(Err(SeatError::Disposed))
        }
    }

    /// Asks which client may come back with `token`.
    ///
    /// # Errors
    /// No client holds that token, or the room is gone.
    pub async fn find_held_seat(&self, token: ReconnectionToken) -> Result<SessionId, SeatError> {
        self.ask(|reply| Command::FindHeldSeat(token, reply)).await
    }

    /// Tells the room that the host is going down in `grace`. Waits for space in the mailbox, not for the room.
    pub async fn shut_down(&self, grace: Duration) {
        // A room that has ended need not know.
        let _ = self.mailbox.send(Box::new(Command::Shutdown { grace })).await;
    }

    /// Lets the room go on with another version of its type, and waits until it does.
    ///
    /// # Errors
    /// Why it kept the version that it had; it goes on with that as if nothing had been tried.
    pub async fn replace(&self, next: Arc<RoomType>) -> Result<(), KeptOld> {
        let (reply, answer) = oneshot::channel();
        self.mailbox
            .send(Box::new(Command::Replace(next, reply)))
            .await
            .map_err(|_| KeptOld::Ended)?;
        answer.await.unwrap_or(Err(KeptOld::Ended))
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, SeatError>>) -> Command,
    ) -> Result<T, SeatError> {
        let (reply, answer) = oneshot::channel();
        self.mailbox
            .send(Box::new(command(reply)))
            .await
            .map_err(|_| SeatError::Disposed)?;
        answer.await.unwrap_or(Err(SeatError::Disposed))
    }
}
