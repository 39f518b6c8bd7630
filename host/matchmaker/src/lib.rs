//! Who plays where: finds or creates the room for a client and reserves its seat.
//!
//! `criteria.rs` says which rooms fit, `rooms.rs` knows those that run, `room_types.rs`
//! those that can. [`Matchmaker::seat`] puts the five methods of §1.6 of the
//! protocol notes together. A seat is always the room's own to give (its task counts
//! them), so no race between two clients can overfill a room.

mod criteria;
mod room_types;
mod rooms;
mod seating;
mod world;

pub use criteria::{SortKey, SortOrder};
pub use room_types::{Matching, Realtime};
pub use seating::{Asking, Matchmaker};
