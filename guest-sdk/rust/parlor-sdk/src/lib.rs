#![doc = include_str!("../README.md")]

// The macros name this crate from outside; its own tests use them too.
#[allow(unused_extern_crates)]
extern crate self as parlor_sdk;

mod client;
mod component;
mod context;
pub mod data;
pub mod log;
mod matchmaking;
pub mod message;
mod outgoing;
pub mod presence;
mod query;
pub mod random;
mod refusal;
mod room;
mod rooms;
mod runtime;
pub mod state;
#[cfg(test)]
mod tests;
mod timer;

#[doc(hidden)]
pub mod bindings;

pub use client::{Client, SessionId};
pub use context::Context;
pub use data::Data;
pub use matchmaking::{IdError, Matchmaking};
pub use message::{AnyMessage, Message, MessageType};
pub use outgoing::{Broadcast, Send};
pub use parlor_sdk_macros::{Data, Message, State, room};
pub use presence::{Presence, PresenceError};
pub use query::{Query, RoomListing};
pub use refusal::{Admission, Outcome, Refusal, Reply, Seat, SeatOutcome};
pub use room::{JoinRequest, Room, Saveable};
pub use rooms::{ReservedSeat, RoomError, RoomSender, Rooms, SeatRequest};
pub use state::tracking::State;
pub use state::{Bag, InstanceId, List, Map, Set, Shared, Visible};
pub use timer::TimerHandle;

/// The page for those who come from Colyseus: its examples are tests of this crate.
#[cfg(doctest)]
#[doc = include_str!("../../../../docs/migrating-from-colyseus.md")]
mod migrating {}

/// What a room needs at hand: `use parlor_sdk::prelude::*;`.
pub mod prelude {
    pub use crate::data::{Document, Payload};
    pub use crate::{
        AnyMessage, Bag, Client, Context, Data, InstanceId, JoinRequest, List, Map, Matchmaking, Message,
        MessageType, PresenceError, Refusal, Room, RoomError, RoomListing, RoomSender, Seat, SeatRequest,
        SessionId, Set, Shared, State, TimerHandle, room,
    };
    pub use crate::{debug, error, info, random, warn};
}

/// What the macros' output refers to.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings;
    pub use crate::component::{Component, Exported, Place, used};
    pub use crate::message::{read_fields, read_value, unknown};
    pub use crate::state::{is_saving, tracking};
    pub use serde;
}
