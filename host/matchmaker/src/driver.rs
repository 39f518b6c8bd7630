//! What the matchmaker keeps where all hosts of a cluster could see it: the register of rooms. A driver keeps
//! it; [`MemoryDriver`](crate::memory::MemoryDriver) does for one host alone.
//!
//! What a driver elsewhere has to ask for over a network is a future here. What it is only told is not: it must take note
//! and return, since rooms wait for it between hooks.

use std::any::Any;
use std::fmt;

use parlor_plugin::Waiting;
use parlor_protocol::ids::{RoomId, RoomTypeName};
use parlor_room::feed::ListingChanges;
use parlor_room::handle::RoomHandle;
use parlor_room::listing::ListedRoom;

use crate::query::Query;
use crate::room_types::Realtime;

/// The register cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the register of rooms: {0}")]
pub(crate) struct DriverError(pub String);

/// What a driver answers.
pub(crate) type Answer<'a, T> = Waiting<'a, Result<T, DriverError>>;

/// The register of rooms.
pub(crate) trait Driver: fmt::Debug + Send + Sync {
    /// Keeps an id for a room that is being created. False: a room has it, or is about to.
    fn claim<'a>(&'a self, id: &'a RoomId) -> Answer<'a, bool>;

    /// Ends a claim.
    fn release(&self, id: &RoomId);

    /// A room of this host runs. Its listing may be read at any time until it is removed.
    fn insert<'a>(&'a self, room: &'a RoomHandle, realtime: Realtime) -> Answer<'a, ()>;

    /// What a room of this host shows of itself has changed.
    fn changed(&self, room: &RoomHandle);

    /// A room of this host has ended.
    fn remove(&self, id: &RoomId);

    /// The best of the rooms that match, best first.
    fn find<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<ListedRoom>>;

    /// Waits until nobody else makes a room in this lane, or as long as §1.6 of the protocol notes says; then
    /// the caller has its turn until it drops it.
    fn take_turn(&self, room_type: &RoomTypeName, lane: &str) -> Answer<'_, Turn>;

    /// The feed of listings, from now on.
    fn changes(&self) -> ListingChanges;
}

/// The right to make a room in a lane; whatever the driver has to keep for it.
pub(crate) struct Turn {
    _kept: Box<dyn Any + Send>,
}

impl Turn {
    pub fn new(kept: impl Any + Send) -> Self {
        Self {
            _kept: Box::new(kept),
        }
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turn")
    }
}
