//! Who plays where: finds or creates the room for a client and reserves its seat; and what rooms may do with each other.
//!
//! - `seating.rs` puts the five methods of §1.6 of the protocol notes together ([`Matchmaker::seat`]). A seat is always the
//!   room's own to give (its task counts them), so no race between two clients can overfill a room.
//! - `criteria.rs` says which rooms fit a client, `query.rs` and `field.rs` how listings are compared: for clients and
//!   for rooms that look for others alike.
//! - `driver.rs` is the register of all rooms, `memory.rs` the one of a host that is alone; `rooms.rs` knows those that
//!   run here, `room_types.rs` those that can, `creation.rs` makes them.
//! - `deployment.rs` lets a new version of a type take over, `versions.rs` knows which version a room is to have.
//! - `other_rooms.rs` is what a room may do with other rooms; `presence/` is what rooms share.

mod creation;
mod criteria;
mod deployment;
mod driver;
mod field;
mod lanes;
mod memory;
mod other_rooms;
mod premises;
mod presence;
mod query;
mod room_types;
mod rooms;
mod seating;
mod status;
mod versions;
mod world;

pub use criteria::{Filter, Test};
pub use deployment::{BadVersion, Deployment, Takeover};
pub use field::Field;
pub use premises::MatchmakerSettings;
pub use presence::{PresenceLimits, PresenceSettings};
pub use query::SortKey;
pub use room_types::{CreatedBy, Matching, Reach, Realtime};
pub use seating::{Asking, Matchmaker};
pub use versions::{Rollout, Share};

/// A listing with this metadata and so many of 3 clients.
#[cfg(test)]
fn listing_for_tests(metadata: serde_json::Value, clients: u32) -> parlor_room::listing::Listing {
    let serde_json::Value::Object(metadata) = metadata else {
        panic!("metadata is a map");
    };
    parlor_room::listing::Listing {
        clients,
        max_clients: Some(3),
        lock: parlor_room::listing::Lock::Open,
        private: false,
        unlisted: false,
        creation_fields: serde_json::Map::new(),
        metadata: Some(metadata),
        created: std::time::SystemTime::UNIX_EPOCH,
    }
}
