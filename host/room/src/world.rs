//! What a room reaches outside of itself: other rooms, what rooms share, and the register of
//! ids. The matchmaker is all of that; a room knows it by this trait.

use std::fmt::Debug;
use std::sync::Arc;

use parlor_plugin::{OtherRooms, Presence};
use parlor_protocol::ids::RoomId;

use crate::handle::RoomHandle;

/// Everything around a room.
pub trait World: Debug + Send + Sync {
    /// The other rooms, as this one may reach them.
    fn other_rooms(&self, of: &RoomHandle) -> Arc<dyn OtherRooms>;

    /// What rooms share, as this one sees it. Subscriptions end when the room's mailbox is closed.
    fn presence(&self, of: &RoomHandle) -> Arc<dyn Presence>;

    /// Keeps an id for a room that is being created.
    ///
    /// # Errors
    /// A room has it, or is about to.
    fn claim(&self, id: &RoomId) -> Result<(), IdTaken>;

    /// Ends a claim: the room has the id now, or was never there.
    fn release(&self, id: &RoomId);
}

/// Another room has that id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("another room has that id")]
pub struct IdTaken;

/// An id that a room chose while it was being created. Dropped, it is free again unless the room
/// is registered by then.
#[derive(Debug)]
pub(crate) struct IdClaim {
    world: Arc<dyn World>,
    id: RoomId,
}

impl IdClaim {
    pub fn new(world: &Arc<dyn World>, id: RoomId) -> Result<Self, IdTaken> {
        world.claim(&id)?;
        Ok(Self {
            world: Arc::clone(world),
            id,
        })
    }
}

impl Drop for IdClaim {
    fn drop(&mut self) {
        self.world.release(&self.id);
    }
}
