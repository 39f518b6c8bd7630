//! What rooms share: values under keys, and channels.
//!
//! `settings.rs` says which room types share a *space* and how large it may become; `spaces.rs` keeps
//! the spaces that are in use. In a space, values live in a store (`driver.rs` is the trait,
//! `memory/` the one in this process), and `subscribers.rs` hands what is published to rooms. A room
//! reaches both through `room_presence.rs`, which checks what it was given.

mod driver;
mod memory;
mod room_presence;
mod settings;
mod spaces;
mod subscribers;

pub use settings::{PresenceLimits, PresenceSettings};
pub(crate) use spaces::Spaces;
