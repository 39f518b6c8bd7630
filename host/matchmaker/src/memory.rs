//! The register of rooms of one host, in memory. Listings are not copied into it: it reads what the rooms show where
//! they show it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use parlor_plugin::Waiting;
use parlor_protocol::ids::{ProcessId, RoomId, RoomTypeName};
use parlor_room::feed::{ListingChange, ListingChanges, ListingFeed};
use parlor_room::handle::RoomHandle;
use parlor_room::listing::ListedRoom;

use crate::driver::{Answer, Driver, Turn};
use crate::lanes::Lanes;
use crate::query::Query;
use crate::room_types::Realtime;

/// The driver of a host that is alone.
#[derive(Debug)]
pub(crate) struct MemoryDriver {
    process: ProcessId,
    index: RwLock<Index>,
    lanes: Lanes,
    feed: ListingFeed,
}

#[derive(Debug, Default)]
struct Index {
    /// Ids that rooms chose which are being created.
    claimed: HashSet<RoomId>,
    rooms: HashMap<RoomId, Registered>,
    /// Rooms by type and age.
    by_type: HashMap<RoomTypeName, BTreeMap<u64, RoomHandle>>,
    /// Counts rooms; what it was when a room came tells its age.
    next: u64,
}

#[derive(Debug)]
struct Registered {
    room_type: RoomTypeName,
    age: u64,
    realtime: Realtime,
}

impl MemoryDriver {
    pub fn new(process: ProcessId) -> Self {
        Self {
            process,
            index: RwLock::default(),
            lanes: Lanes::default(),
            feed: ListingFeed::default(),
        }
    }

    fn listed(&self, room: &RoomHandle) -> ListedRoom {
        ListedRoom {
            id: room.id().clone(),
            room_type: room.room_type().clone(),
            process: self.process.clone(),
            listing: Arc::clone(&room.listing()),
        }
    }

    fn find_now(&self, query: &Query) -> Vec<ListedRoom> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let matching = |rooms: &BTreeMap<u64, RoomHandle>, limit: usize| {
            let rooms = rooms.iter().filter(|(_, room)| query.matches(&room.listing()));
            let found = rooms.take(limit).map(|(age, room)| (*age, self.listed(room)));
            found.collect::<Vec<_>>()
        };
        // Rooms of one type lie in the order of their age: without another order the first ones will do.
        let enough = if query.sort.is_empty() {
            query.limit
        } else {
            usize::MAX
        };
        let found = match &query.room_types {
            Some(names) => names
                .iter()
                .filter_map(|name| index.by_type.get(name))
                .flat_map(|rooms| matching(rooms, enough))
                .collect(),
            None => index
                .by_type
                .values()
                .flat_map(|rooms| matching(rooms, enough))
                .collect(),
        };
        query.best(found)
    }
}

/// For what is there at once.
fn now<'a, T: Send + 'a>(value: T) -> Answer<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl Driver for MemoryDriver {
    fn claim<'a>(&'a self, id: &'a RoomId) -> Answer<'a, bool> {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        now(!index.rooms.contains_key(id) && index.claimed.insert(id.clone()))
    }

    fn release(&self, id: &RoomId) {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        index.claimed.remove(id);
    }

    fn insert<'a>(&'a self, room: &'a RoomHandle, realtime: Realtime) -> Answer<'a, ()> {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        let age = index.next;
        index.next += 1;
        let registered = Registered {
            room_type: room.room_type().clone(),
            age,
            realtime,
        };
        index.rooms.insert(room.id().clone(), registered);
        let rooms = index.by_type.entry(room.room_type().clone()).or_default();
        rooms.insert(age, room.clone());
        if realtime == Realtime::Yes {
            self.feed.tell(|| ListingChange::Created(self.listed(room)));
        }
        now(())
    }

    fn changed(&self, room: &RoomHandle) {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let registered = index.rooms.get(room.id());
        if registered.is_some_and(|registered| registered.realtime == Realtime::Yes) {
            self.feed.tell(|| ListingChange::Changed(self.listed(room)));
        }
    }

    fn remove(&self, id: &RoomId) {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        let Some(Registered {
            room_type,
            age,
            realtime,
        }) = index.rooms.remove(id)
        else {
            return;
        };
        if let Some(rooms) = index.by_type.get_mut(&room_type) {
            rooms.remove(&age);
        }
        if realtime == Realtime::Yes {
            let id = id.clone();
            self.feed.tell(|| ListingChange::Removed { id, room_type });
        }
    }

    fn find<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<ListedRoom>> {
        now(self.find_now(query))
    }

    fn take_turn(&self, room_type: &RoomTypeName, lane: &str) -> Answer<'_, Turn> {
        let (lanes, room_type, lane) = (self.lanes.clone(), room_type.clone(), lane.to_owned());
        let turn = async move { Ok(lanes.take_turn(&room_type, &lane).await) };
        Box::pin(turn) as Waiting<'_, _>
    }

    fn changes(&self) -> ListingChanges {
        self.feed.subscribe()
    }
}
