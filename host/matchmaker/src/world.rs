//! What rooms reach outside of themselves.

use std::sync::Arc;

use parlor_plugin::{
    Answer, Document, ListEnd, MessageType, OtherRooms, Payload, Presence, PresenceError, ReservedSeat,
    RoomError, RoomQuery, RoomSummary, SeatWish, Waiting,
};
use parlor_protocol::ids::{RoomId, RoomTypeName};
use parlor_room::feed::ListingChanges;
use parlor_room::handle::RoomHandle;
use parlor_room::listing::ListedRoom;
use parlor_room::world::{IdTaken, World};

use crate::rooms::Rooms;

/// The rooms of this host, as the world of each of them.
#[derive(Debug)]
pub(crate) struct HostWorld {
    rooms: Arc<Rooms>,
}

impl HostWorld {
    pub fn new(rooms: Arc<Rooms>) -> Self {
        Self { rooms }
    }
}

impl World for HostWorld {
    fn other_rooms(&self, _of: &RoomHandle) -> Arc<dyn OtherRooms> {
        Arc::new(Nowhere)
    }

    fn presence(&self, _of: &RoomHandle) -> Arc<dyn Presence> {
        Arc::new(Nowhere)
    }

    fn listing_changed(&self, of: &RoomHandle) {
        self.rooms.changed(of);
    }

    fn listings(&self, room_type: Option<RoomTypeName>) -> Waiting<'_, Vec<ListedRoom>> {
        let found = self.rooms.listings(room_type.as_ref().map(RoomTypeName::as_str));
        Box::pin(async { found })
    }

    fn listing_changes(&self) -> ListingChanges {
        self.rooms.changes()
    }

    fn claim(&self, id: &RoomId) -> Result<(), IdTaken> {
        self.rooms.claim(id)
    }

    fn release(&self, id: &RoomId) {
        self.rooms.release(id);
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

nowhere! { OtherRooms, RoomError::NoSuchRoom;
    query(RoomQuery) -> Waiting<'_, Result<Vec<RoomSummary>, RoomError>>;
    create(String, Document) -> Waiting<'_, Result<String, RoomError>>;
    reserve(String, Vec<SeatWish>) -> Waiting<'_, Result<Vec<ReservedSeat>, RoomError>>;
    request(String, MessageType, Payload) -> Waiting<'_, Result<Payload, RoomError>>;
    notify(String, MessageType, Payload) -> Waiting<'_, Result<(), RoomError>>;
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
