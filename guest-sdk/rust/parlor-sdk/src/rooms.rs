//! Other rooms: find them, make them, seat clients in them, talk to them.

use crate::bindings::parlor::room::matchmaker as wit;
use crate::client::SessionId;
use crate::data::{Document, IntoPayload};
use crate::message::{FromPayload, MessageType};
use crate::query::Query;
use crate::refusal::Refusal;
use serde::Serialize;
use std::fmt;

/// The other rooms of this host. Which types a room may reach beside its own is the operator's to say.
///
/// What is asked here waits for the other room, at most 2 seconds unless configured, and this room waits with it: best
/// not in every tick. Two rooms that ask each other at the same time both get [`RoomError::TimedOut`].
#[derive(Clone, Copy, Debug)]
pub struct Rooms(());

impl Rooms {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// Looks for rooms of one type.
    pub fn query(self, room_type: &str) -> Query {
        Query::new(Some(room_type.to_owned()))
    }

    /// Looks for rooms of every type that this room may reach.
    pub fn query_all(self) -> Query {
        Query::new(None)
    }

    /// Makes a room and gives its id. Its `create` has run when this returns. A room that nobody enters ends after
    /// its seat reservation time.
    ///
    /// # Errors
    /// See [`RoomError`]; a refusal is that of the new room's `create`.
    pub fn create(self, room_type: &str, options: impl Serialize) -> Result<String, RoomError> {
        wit::create(room_type, &options_document(&options).into_wit()).map_err(RoomError::from)
    }

    /// Reserves seats in a room, all or none. They expire like any seat.
    ///
    /// ```no_run
    /// # use parlor_sdk::prelude::*;
    /// # fn hook<R: Room>(ctx: &Context<R>, id: &str) -> Result<(), Refusal> {
    /// let team = ctx.clients().map(|client| SeatRequest::new(()).session(client));
    /// for seat in ctx.rooms().reserve(id, team)? {
    ///     ctx.send(&seat.session, "seat", seat.reservation);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`RoomError`].
    pub fn reserve(
        self,
        room: &str,
        seats: impl IntoIterator<Item = SeatRequest>,
    ) -> Result<Vec<ReservedSeat>, RoomError> {
        let seats: Vec<wit::SeatRequest> = seats.into_iter().map(|seat| seat.0).collect();
        let reserved = wit::reserve(room, &seats).map_err(RoomError::from)?;
        Ok(reserved.into_iter().map(ReservedSeat::from).collect())
    }

    /// Asks another room, and reads its answer: what its `on_room_message` returns.
    ///
    /// ```no_run
    /// # use parlor_sdk::prelude::*;
    /// # fn hook<R: Room>(ctx: &Context<R>, id: &str) -> Result<(), Refusal> {
    /// let score: u32 = ctx.rooms().request(id, "score", "red")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// See [`RoomError`]. After [`RoomError::TimedOut`] nobody knows whether the other room has done anything.
    pub fn request<Reply: FromPayload>(
        self,
        to: &str,
        kind: impl Into<MessageType>,
        payload: impl IntoPayload,
    ) -> Result<Reply, RoomError> {
        let kind = kind.into().into_wit();
        let reply = wit::request(to, &kind, &payload.into_payload().into_wit()).map_err(RoomError::from)?;
        Reply::from_payload(reply.into())
            .map_err(|refusal| RoomError::Failed(format!("the reply: {}", refusal.message())))
    }

    /// Sends another room something. It is in the other's mailbox when this returns.
    ///
    /// # Errors
    /// See [`RoomError`].
    pub fn notify(
        self,
        to: &str,
        kind: impl Into<MessageType>,
        payload: impl IntoPayload,
    ) -> Result<(), RoomError> {
        let kind = kind.into().into_wit();
        wit::notify(to, &kind, &payload.into_payload().into_wit()).map_err(RoomError::from)
    }
}

pub(crate) fn send_on(who: &str, to: &str, options: &impl Serialize) -> Result<(), RoomError> {
    wit::send_on(who, to, &options_document(options).into_wit()).map_err(RoomError::from)
}

/// Options are a map; nothing is an empty one.
fn options_document(options: &impl Serialize) -> Document {
    let document = Document::of(options);
    if document.is_nil() {
        return Document::empty_map();
    }
    document
}

/// A seat that is asked for in another room.
#[derive(Debug)]
pub struct SeatRequest(wit::SeatRequest);

impl SeatRequest {
    /// A seat for a client with these options.
    pub fn new(options: impl Serialize) -> Self {
        Self(wit::SeatRequest {
            session: None,
            options: options_document(&options).into_wit(),
            auth: None,
        })
    }

    /// The client is to have this name there. Without it the host makes one up.
    pub fn session(mut self, session: impl AsRef<str>) -> Self {
        self.0.session = Some(session.as_ref().to_owned());
        self
    }

    /// What is [`Client::auth`](crate::Client::auth) there: `authenticate` is not asked.
    pub fn auth(mut self, auth: impl Serialize) -> Self {
        self.0.auth = Some(Document::of(&auth).into_wit());
        self
    }
}

/// A seat that was reserved.
#[derive(Clone, Debug, PartialEq)]
pub struct ReservedSeat {
    /// The client's name there.
    pub session: SessionId,
    /// What the client's SDK takes as `consumeSeatReservation(…)`: to be sent to the client.
    pub reservation: Document,
}

impl From<wit::Seat> for ReservedSeat {
    fn from(seat: wit::Seat) -> Self {
        Self {
            session: seat.session.into(),
            reservation: seat.reservation.into(),
        }
    }
}

/// The room that has sent a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSender {
    /// Its id.
    pub id: String,
    /// The name of its type.
    pub room_type: String,
}

/// Why something could not be done with another room. In a hook that may refuse, `?` passes it on: another room's refusal
/// as it is, everything else with the code 4000 and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomError {
    /// The operator does not let this room type reach that one.
    NotAllowed,
    /// There is no such room (any more).
    NoSuchRoom,
    /// There is no such room type.
    NoSuchRoomType,
    /// As many clients and seats as may be.
    Full,
    /// The room is locked.
    Locked,
    /// No client of this room has that session.
    NoSuchClient,
    /// The other room's own decision.
    Refused(Refusal),
    /// What was asked for makes no sense; says why.
    NotValid(String),
    /// The other room did not answer in time.
    TimedOut,
    /// An accident on the other side, or on the way to it.
    Failed(String),
}

impl fmt::Display for RoomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed => f.write_str("this room may not reach that room type"),
            Self::NoSuchRoom => f.write_str("there is no such room"),
            Self::NoSuchRoomType => f.write_str("there is no such room type"),
            Self::Full => f.write_str("the room is full"),
            Self::Locked => f.write_str("the room is locked"),
            Self::NoSuchClient => f.write_str("there is no such client"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::NotValid(why) | Self::Failed(why) => f.write_str(why),
            Self::TimedOut => f.write_str("the other room did not answer in time"),
        }
    }
}

impl std::error::Error for RoomError {}

impl From<RoomError> for Refusal {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::Refused(refusal) => refusal,
            other => other.to_string().into(),
        }
    }
}

impl From<wit::MatchmakerError> for RoomError {
    fn from(error: wit::MatchmakerError) -> Self {
        match error {
            wit::MatchmakerError::NotAllowed => Self::NotAllowed,
            wit::MatchmakerError::NoSuchRoom => Self::NoSuchRoom,
            wit::MatchmakerError::NoSuchRoomType => Self::NoSuchRoomType,
            wit::MatchmakerError::Full => Self::Full,
            wit::MatchmakerError::Locked => Self::Locked,
            wit::MatchmakerError::NoSuchClient => Self::NoSuchClient,
            wit::MatchmakerError::Refused(refusal) => {
                Self::Refused(Refusal::new(refusal.code, refusal.message))
            }
            wit::MatchmakerError::NotValid(why) => Self::NotValid(why),
            wit::MatchmakerError::TimedOut => Self::TimedOut,
            wit::MatchmakerError::Failed(why) => Self::Failed(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_refusals_that_say_as_much() {
        let own = Refusal::new(4001, "not now");
        assert_eq!(Refusal::from(RoomError::Refused(own.clone())), own);
        let full = Refusal::from(RoomError::Full);
        assert_eq!((full.code(), full.message()), (4000, "the room is full"));
    }

    #[test]
    fn no_options_are_an_empty_map() {
        assert_eq!(options_document(&()), Document::empty_map());
        assert_eq!(options_document(&None::<u8>), Document::empty_map());
        assert_eq!(options_document(&3), Document::of(&3));
    }
}
