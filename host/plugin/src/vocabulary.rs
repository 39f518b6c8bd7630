//! The words of `parlor:room` as Rust types: what travels between a room and its guest.
//! They mean what `wit/` says, whichever version of the package a component was built for.

use std::fmt;
use std::ops::BitOr;

/// A message's type, as clients write it. The text is never empty and has at most 255 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MessageType {
    /// `room.send("move", …)`
    Text(String),
    /// `room.send(7, …)`
    Number(u32),
}

/// One structured value: a map, a list, a number, …
///
/// What the host hands to a guest is valid. What a guest hands to the host is not checked by
/// this crate: [`RoomContext`](crate::RoomContext) gets it as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// Plain MessagePack without extensions of any SDK.
    MessagePack(Vec<u8>),
    /// JSON text.
    Json(String),
}

/// A message's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Nothing was sent beside the type.
    Empty,
    /// One value.
    Value(Document),
    /// Several values; clients that know one value per message get them as a list.
    Values(Vec<Document>),
    /// Uninterpreted bytes.
    Raw(Vec<u8>),
}

/// The form in which a room wants structured values handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// [`Document::MessagePack`]
    MessagePack,
    /// [`Document::Json`]
    Json,
}

/// What a client is told when the room says no. Not a fault: the room goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused with {code}: {message}")]
pub struct Refusal {
    /// 4000–4999 is the application's own range; 400–599 from `authenticate` and `on-create`
    /// become the HTTP status of the reply.
    pub code: u16,
    /// For the client's eyes.
    pub message: String,
}

/// What `authenticate` decides on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRequest {
    /// The name by which the client asked.
    pub room_type: String,
    /// A map, given by the client.
    pub options: Document,
    /// Bearer token, if the client sent one.
    pub token: Option<String>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The peer's address as text.
    pub remote_address: String,
}

/// A client that takes its seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoiningClient {
    /// Names the client inside the room.
    pub session: String,
    /// The client's own map.
    pub options: Document,
    /// What `authenticate` returned.
    pub auth: Option<Document>,
}

/// A client's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The sending client's session.
    pub sender: String,
    /// The message's type (`type` in the WIT, a keyword in Rust).
    pub kind: MessageType,
    /// The message's content.
    pub payload: Payload,
    /// Whether the client waits for the returned payload; otherwise it is dropped.
    pub expects_reply: bool,
}

/// What to do with the seat of a client whose connection was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldSeat {
    /// Give it up now.
    Release,
    /// Keep it for so many milliseconds, at most one day.
    HoldFor(u32),
    /// Keep it until the room releases it.
    HoldUntilReleased,
}

/// Everything that a room needs to go on in another instance, in its own format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// From languages in which bytes are at hand.
    Bytes(Vec<u8>),
    /// From languages in which they are not.
    Text(String),
}

/// What the host has of the synchronised state when a room goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateHandover {
    /// All of it, as it was when the room was saved.
    Kept,
    /// Nothing: the schema was another one. `restore` fills it.
    Emptied,
}

/// Who gets a broadcast. A client that matches twice gets it once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Names of groups; empty: everyone in the room.
    pub groups: Vec<String>,
    /// Sessions that are left out.
    pub except: Vec<String>,
}

/// How a message is queued: a set of [`AFTER_NEXT_PATCH`](Self::AFTER_NEXT_PATCH) and
/// [`VOLATILE`](Self::VOLATILE).
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct SendOptions(u8);

impl SendOptions {
    /// Queue at once, for everybody.
    pub const NONE: Self = Self(0);
    /// Hold the message back until the next state patch has gone out.
    pub const AFTER_NEXT_PATCH: Self = Self(1);
    /// Leave out clients to whom something is still waiting to be written.
    pub const VOLATILE: Self = Self(1 << 1);

    /// Whether every option in `other` is set here.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for SendOptions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for SendOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            ("after-next-patch", Self::AFTER_NEXT_PATCH),
            ("volatile", Self::VOLATILE),
        ];
        f.debug_set()
            .entries(
                names
                    .iter()
                    .filter(|(_, option)| self.contains(*option))
                    .map(|(name, _)| name),
            )
            .finish()
    }
}

/// Why something could not be done to one client. The guest gets it as an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// No client of this room has this session.
    #[error("no such client")]
    NoSuchClient,
    /// More is waiting for this client than may wait; its connection is being closed.
    #[error("the client's queue is full")]
    QueueFull,
    /// The client is in as many groups as it may be in.
    #[error("the client is in as many groups as it may be in")]
    TooManyGroups,
}

/// Why a room could not get the id that it wants. The guest gets it as an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Another room has it.
    #[error("another room has that id")]
    Taken,
    /// It is no id.
    #[error("an id is made of 1 to 64 letters, digits, `-` and `_`")]
    NotValid,
    /// `on-create` is over.
    #[error("the id is fixed once the room has been created")]
    TooLate,
}

/// How many clients a room may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientLimit {
    /// Any number.
    Unlimited,
    /// So many, reserved seats counted.
    AtMost(u32),
}

/// Settings of matchmaking that change in one step; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatchmakingChanges {
    /// Replaces the metadata.
    pub metadata: Option<Document>,
    /// Found by its id only.
    pub private: Option<bool>,
    /// Left out of listings.
    pub unlisted: Option<bool>,
    /// No new seats.
    pub locked: Option<bool>,
    /// How many clients.
    pub max_clients: Option<ClientLimit>,
}

/// Why something could not be shown to a client, or hidden from it. The guest gets it as an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// No client of this room has this session.
    #[error("no such client")]
    NoSuchClient,
    /// Nothing with this number hangs in the tree.
    #[error("no such instance in the state")]
    NoSuchNode,
    /// More is shown to the client than may be.
    #[error("as much is shown to this client as may be")]
    TooMuch,
    /// The room has no state.
    #[error("the room has no state")]
    NoState,
}

/// How much a line of the room's log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For the author while writing.
    Debug,
    /// Worth knowing.
    Info,
    /// Worth looking into.
    Warn,
    /// Something went wrong.
    Error,
}

/// Names a timer of one room; never used twice in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId(pub u32);
