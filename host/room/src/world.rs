//! What a room reaches outside of itself: other rooms, what rooms share, and the register of
//! rooms. The matchmaker is all of that; a room knows it by this trait.

use std::fmt::Debug;
use std::sync::Arc;

use parlor_plugin::{Encoding, OtherRooms, Presence, Waiting};
use parlor_protocol::ids::RoomId;

use crate::feed::ListingChanges;
use crate::handle::RoomHandle;
use crate::listing::ListedRoom;
use crate::room_type::RoomType;

/// Everything around a room.
pub trait World: Debug + Send + Sync {
    /// The other rooms, as this one may reach them. What they answer is in this encoding.
    fn other_rooms(&self, of: &RoomHandle, encoding: Encoding) -> Arc<dyn OtherRooms>;

    /// What rooms share, as this one sees it. Asked anew by a room that has taken another id. Subscriptions belong to
    /// the room, not to what this returns, and end when its mailbox is closed.
    fn presence(&self, of: &RoomHandle) -> Arc<dyn Presence>;

    /// What a room shows of itself has changed. Called between hooks; must not wait.
    fn listing_changed(&self, of: &RoomHandle);

    /// The rooms of which the feed tells, as they are now: private, unlisted and locked ones too; oldest first
    /// within a type.
    fn realtime_listings(&self) -> Waiting<'_, Vec<ListedRoom>>;

    /// The feed of listings, from now on.
    fn listing_changes(&self) -> ListingChanges;

    /// Keeps an id for a room that is being created.
    ///
    /// # Errors
    /// A room has it, or is about to.
    fn claim<'a>(&'a self, id: &'a RoomId) -> Waiting<'a, Result<(), IdTaken>>;

    /// A room went back from a version of its code that failed on trial to the one that it had.
    fn fell_back(&self, room: &RoomHandle, failed: &Arc<RoomType>, back: &Arc<RoomType>);

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
    pub async fn new(world: &Arc<dyn World>, id: RoomId) -> Result<Self, IdTaken> {
        world.claim(&id).await?;
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
