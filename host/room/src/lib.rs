//! One room: a task that owns the room's code, a guest as a rule, and everything the room's clients see.
//!
//! ```text
//! connection ──Command──▶ mailbox ─▶ Room (task.rs) ──hook──▶ guest
//!     ▲                                 │  ▲                    │ imports (imports.rs)
//!     └──── Outbox ◀── frames ──────── RoomCore (core.rs) ◀─────┘
//! ```
//!
//! - [`handle`] is how the rest of the host speaks to a room, [`outbox`] how a room
//!   speaks to a connection. Neither end ever waits for the other's task.
//! - `core.rs` holds the room without its code: clients, seats, timers, state. It lives in the
//!   guest's store, so imports reach it without a lock.
//! - [`code`] is what a room type is made of: a component, or hooks that are built into the host.
//! - `task.rs` takes commands one by one, keeps the clock and calls hooks; `joining.rs`, `messages.rs` and
//!   `ending.rs` are its parts for clients that come and are lost, for what they say, and for how clients and
//!   rooms end.
//! - `replace.rs` puts other code under a running room: a new version, or a new instance after a trap;
//!   `saved.rs` is what it goes on from.
//! - [`world`] is what a room reaches outside of itself; `neighbours.rs` takes what comes from there.
//! - `telling.rs` is what clients are told and `patches.rs` decides which state frame goes to whom; `editions.rs` keeps
//!   the state in the words of former versions, for clients that joined under them.

pub mod code;
pub mod feed;
pub mod handle;
pub mod listing;
pub mod outbox;
pub mod room_type;
pub mod running;
pub mod settings;
pub mod wire;
pub mod world;

mod client;
mod clock;
mod core;
mod editions;
mod ending;
mod imports;
mod joining;
mod log;
mod matchmaking;
mod messages;
mod neighbours;
mod patches;
mod recovery;
mod replace;
mod saved;
mod seats;
mod task;
mod telling;

pub use crate::core::RoomCore;
pub use parlor_schema::Succession;
pub use replace::KeptOld;
pub use task::{End, Room};
