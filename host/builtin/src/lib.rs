//! Room types that need no component: [`Lobby`], [`Queue`] and [`Relay`] (§7 of the protocol notes).
//!
//! Each is a [`BuiltInType`](parlor_room::code::BuiltInType): its hooks are those of a component, and what
//! they do goes through the same [`RoomContext`](parlor_plugin::RoomContext). Around them everything is as
//! for other rooms: matchmaking, seats, limits, reconnection.
//!
//! - `lobby/`: who is in it sees rooms come, change and go.
//! - `queue/`: clients wait until they fit together, and are sent on to a match. Who fits is decided by plain
//!   functions (`grouping.rs`).
//! - `relay.rs`: passes messages on, so that a game needs no code on the server.
//! - `reading.rs` takes apart what clients say; nothing of it is trusted.

mod lobby;
mod queue;
mod reading;
mod relay;

pub use lobby::Lobby;
pub use queue::grouping::{IncompleteGroups, Rules};
pub use queue::{Queue, QueueSettings};
pub use relay::Relay;
