//! What a room may do with other rooms: the interface `matchmaker` of `wit/`, as a trait that the matchmaker
//! implements.

use std::fmt::Debug;

use crate::vocabulary::{Document, MessageType, Payload, Refusal};
use crate::waiting::Waiting;

/// Why something could not be done with another room. The guest gets it as an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// The operator does not let this room type reach that one.
    #[error("the operator does not let this room type reach that one")]
    NotAllowed,
    /// There is no such room (any more).
    #[error("there is no such room")]
    NoSuchRoom,
    /// There is no such room type.
    #[error("there is no such room type")]
    NoSuchRoomType,
    /// As many clients and seats as may be.
    #[error("the room is full")]
    Full,
    /// The room is locked.
    #[error("the room is locked")]
    Locked,
    /// No client of this room has this session.
    #[error("no such client")]
    NoSuchClient,
    /// The other room's own decision.
    #[error(transparent)]
    Refused(Refusal),
    /// What was asked for makes no sense.
    #[error("{0}")]
    NotValid(String),
    /// The other room did not answer in time.
    #[error("the other room did not answer in time")]
    TimedOut,
    /// An accident on the other side, or on the way to it.
    #[error("{0}")]
    Failed(String),
}

/// A room, seen from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomSummary {
    /// The room's id.
    pub id: String,
    /// The name of its type.
    pub room_type: String,
    /// Clients and reserved seats.
    pub clients: u32,
    /// None: no limit.
    pub max_clients: Option<u32>,
    /// Full, or locked by itself.
    pub locked: bool,
    /// Found by its id only.
    pub private: bool,
    /// Left out of listings.
    pub unlisted: bool,
    /// A map, in the encoding of the room that asks.
    pub metadata: Option<Document>,
    /// Milliseconds since 1970.
    pub created: f64,
}

/// How a field of a listing is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same.
    Equal,
    /// Another one.
    NotEqual,
    /// Smaller.
    Less,
    /// Smaller, or the same.
    AtMost,
    /// Larger.
    Greater,
    /// Larger, or the same.
    AtLeast,
    /// In a list of values.
    OneOf,
}

/// What must hold for a room to be found.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// A field of the listing, or a member of the metadata.
    pub field: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub value: Document,
}

/// Which end comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest.
    Ascending,
    /// The largest.
    Descending,
}

/// What rooms to look for. Nothing of it has been checked.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomQuery {
    /// None: all types that the room may reach.
    pub room_type: Option<String>,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// The first that tells two rooms apart decides.
    pub sort: Vec<(String, Direction)>,
    /// At most so many rooms.
    pub limit: u32,
}

/// A seat that a room asks for in another.
#[derive(Clone, Debug, PartialEq)]
pub struct SeatWish {
    /// The client's name there; none: made up.
    pub session: Option<String>,
    /// The client's options there: a map.
    pub options: Document,
    /// What reaches `on-join`.
    pub auth: Option<Document>,
}

/// A seat that was reserved.
#[derive(Clone, Debug, PartialEq)]
pub struct ReservedSeat {
    /// The client's name there.
    pub session: String,
    /// What the client's SDK takes as `consumeSeatReservation(…)`, in the encoding of the room that asks.
    pub reservation: Document,
}

/// A message from one room to another.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomMessage {
    /// The sending room's id.
    pub sender: String,
    /// The name of its type.
    pub sender_type: String,
    /// The message's type.
    pub kind: MessageType,
    /// The message's content, in the encoding of the room that gets it.
    pub payload: Payload,
    /// Whether the other room waits for the returned payload.
    pub expects_reply: bool,
}

/// The other rooms, as one room may reach them. Every method ends within a time that the
/// implementation bounds.
pub trait OtherRooms: Debug + Send + Sync {
    /// `matchmaker.query`
    fn query(&self, query: RoomQuery) -> Waiting<'_, Result<Vec<RoomSummary>, RoomError>>;
    /// `matchmaker.create`; gives the new room's id.
    fn create(&self, room_type: String, options: Document) -> Waiting<'_, Result<String, RoomError>>;
    /// `matchmaker.reserve`: all or none.
    fn reserve(
        &self,
        room: String,
        seats: Vec<SeatWish>,
    ) -> Waiting<'_, Result<Vec<ReservedSeat>, RoomError>>;
    /// `matchmaker.request`
    fn request(
        &self,
        to: String,
        kind: MessageType,
        payload: Payload,
    ) -> Waiting<'_, Result<Payload, RoomError>>;
    /// `matchmaker.notify`
    fn notify(&self, to: String, kind: MessageType, payload: Payload) -> Waiting<'_, Result<(), RoomError>>;
}
