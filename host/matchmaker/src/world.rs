//! What rooms reach outside of themselves.

use std::sync::Arc;

use parlor_plugin::{Answer, Document, Encoding, ListEnd, OtherRooms, Presence, PresenceError, Waiting};
use parlor_protocol::ids::RoomId;
use parlor_room::feed::ListingChanges;
use parlor_room::handle::RoomHandle;
use parlor_room::listing::ListedRoom;
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

    fn presence(&self, _of: &RoomHandle) -> Arc<dyn Presence> {
        Arc::new(Nowhere)
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

    fn release(&self, id: &RoomId) {
        self.premises.driver.release(id);
    }
}

/// PLACEHOLDER on the way to the real thing: being replaced.
#[derive(Debug)]
struct Nowhere;

macro_rules! nowhere {
    ($trait:ident, $error:expr; $($method:ident($($kind:ty),*) -> $answer:ty;)*) => {
        impl $trait for Nowhere {
            $(fn $method(&self, $(_: $kind),*) -> $answer {
                Box::pin(async { Err($error) })
            })*
        }
    };
}

nowhere! { Presence, PresenceError::Unavailable("there is no store".to_owned());
    publish(String, Document) -> Answer<'_, ()>;
    subscribe(String) -> Answer<'_, ()>;
    unsubscribe(String) -> Answer<'_, ()>;
    set(String, String, Option<u32>) -> Answer<'_, ()>;
    get(String) -> Answer<'_, Option<String>>;
    remove(String) -> Answer<'_, bool>;
    exists(String) -> Answer<'_, bool>;
    expire(String, Option<u32>) -> Answer<'_, bool>;
    increment(String, i64) -> Answer<'_, i64>;
    set_add(String, String) -> Answer<'_, bool>;
    set_remove(String, String) -> Answer<'_, bool>;
    set_contains(String, String) -> Answer<'_, bool>;
    set_members(String) -> Answer<'_, Vec<String>>;
    set_size(String) -> Answer<'_, u32>;
    set_intersection(Vec<String>) -> Answer<'_, Vec<String>>;
    hash_set(String, String, String) -> Answer<'_, ()>;
    hash_get(String, String) -> Answer<'_, Option<String>>;
    hash_remove(String, String) -> Answer<'_, bool>;
    hash_entries(String) -> Answer<'_, Vec<(String, String)>>;
    hash_size(String) -> Answer<'_, u32>;
    hash_increment(String, String, i64) -> Answer<'_, i64>;
    list_push(String, String, ListEnd) -> Answer<'_, u32>;
    list_pop(String, ListEnd) -> Answer<'_, Option<String>>;
    list_length(String) -> Answer<'_, u32>;
}
