//! What rooms reach outside of themselves.

use std::sync::Arc;

use parlor_plugin::{Encoding, OtherRooms, Presence, Waiting};
use parlor_protocol::ids::RoomId;
use parlor_room::feed::ListingChanges;
use parlor_room::handle::RoomHandle;
use parlor_room::listing::ListedRoom;
use parlor_room::room_type::RoomType;
use parlor_room::world::{IdTaken, World};

use crate::other_rooms::Neighbours;
use crate::premises::Premises;
use crate::query::Query;

/// The rooms of this host, as the world of each of them.
#[derive(Debug)]
pub(crate) struct HostWorld {
    premises: Arc<Premises>,
}

impl HostWorld {
    pub fn new(premises: Arc<Premises>) -> Self {
        Self { premises }
    }
}

impl World for HostWorld {
    fn other_rooms(&self, of: &RoomHandle, encoding: Encoding) -> Arc<dyn OtherRooms> {
        Arc::new(Neighbours::new(Arc::clone(&self.premises), of, encoding))
    }

    fn presence(&self, of: &RoomHandle) -> Arc<dyn Presence> {
        self.premises.spaces.presence(of)
    }

    fn listing_changed(&self, of: &RoomHandle) {
        self.premises.driver.changed(of);
    }

    fn realtime_listings(&self) -> Waiting<'_, Vec<ListedRoom>> {
        Box::pin(async move {
            let query = Query {
                room_types: Some(self.premises.types.realtime()),
                conditions: Vec::new(),
                sort: Vec::new(),
                limit: usize::MAX,
            };
            self.premises.driver.find(&query).await.unwrap_or_else(|error| {
                tracing::error!("{error}");
                Vec::new()
            })
        })
    }

    fn listing_changes(&self) -> ListingChanges {
        self.premises.driver.changes()
    }

    fn claim<'a>(&'a self, id: &'a RoomId) -> Waiting<'a, Result<(), IdTaken>> {
        Box::pin(async move {
            match self.premises.driver.claim(id).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(IdTaken),
                Err(error) => {
                    // Nobody can tell whether it is free.
                    tracing::error!("{error}");
                    Err(IdTaken)
                }
            }
        })
    }

    fn fell_back(&self, room: &RoomHandle, failed: &Arc<RoomType>, back: &Arc<RoomType>) {
        self.premises.fell_back(room, failed, back);
    }

    fn release(&self, id: &RoomId) {
        self.premises.driver.release(id);
    }
}
