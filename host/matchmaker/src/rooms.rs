//! The rooms that run on this host.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexMap;
use parlor_protocol::ids::{ProcessId, RoomId, RoomTypeName};
use parlor_room::feed::{ListingChange, ListingChanges, ListingFeed};
use parlor_room::handle::RoomHandle;
use parlor_room::listing::ListedRoom;
use parlor_room::world::IdTaken;

use crate::criteria::{Criteria, SortKey, compare};
use crate::room_types::Realtime;

/// All rooms, by id, and by type in the order of their creation.
#[derive(Debug)]
pub(crate) struct Rooms {
    process: ProcessId,
    index: RwLock<Index>,
    feed: ListingFeed,
}

#[derive(Debug, Default)]
struct Index {
    /// Ids that rooms chose which are being created.
    claimed: HashSet<RoomId>,
    /// Those whose listing is part of the feed.
    realtime: HashSet<RoomId>,
    types: HashMap<RoomId, RoomTypeName>,
    by_type: HashMap<RoomTypeName, IndexMap<RoomId, RoomHandle>>,
}

impl Rooms {
    pub fn new(process: ProcessId) -> Self {
        Self {
            process,
            index: RwLock::default(),
            feed: ListingFeed::default(),
        }
    }

    pub fn insert(&self, room: RoomHandle, realtime: Realtime) {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        if realtime == Realtime::Yes {
            index.realtime.insert(room.id().clone());
            self.feed.tell(|| ListingChange::Created(self.listed(&room)));
        }
        index.types.insert(room.id().clone(), room.room_type().clone());
        index
            .by_type
            .entry(room.room_type().clone())
            .or_default()
            .insert(room.id().clone(), room);
    }

    /// Keeps an id for a room that is being created.
    pub fn claim(&self, id: &RoomId) -> Result<(), IdTaken> {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        if index.types.contains_key(id) || !index.claimed.insert(id.clone()) {
            return Err(IdTaken);
        }
        Ok(())
    }

    /// Ends a claim.
    pub fn release(&self, id: &RoomId) {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        index.claimed.remove(id);
    }

    pub fn remove(&self, id: &RoomId) {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        let Some(room_type) = index.types.remove(id) else {
            return;
        };
        if let Some(rooms) = index.by_type.get_mut(&room_type) {
            rooms.shift_remove(id);
        }
        if index.realtime.remove(id) {
            let id = id.clone();
            self.feed.tell(|| ListingChange::Removed { id, room_type });
        }
    }

    /// The room shows something else of itself.
    pub fn changed(&self, room: &RoomHandle) {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        if index.realtime.contains(room.id()) {
            self.feed.tell(|| ListingChange::Changed(self.listed(room)));
        }
    }

    /// The feed of listings, from now on.
    pub fn changes(&self) -> ListingChanges {
        self.feed.subscribe()
    }

    /// All rooms, or those of one type, as they are now.
    pub fn listings(&self, room_type: Option<&str>) -> Vec<ListedRoom> {
        self.all(room_type).iter().map(|room| self.listed(room)).collect()
    }

    fn listed(&self, room: &RoomHandle) -> ListedRoom {
        ListedRoom {
            id: room.id().clone(),
            room_type: room.room_type().clone(),
            process: self.process.clone(),
            listing: Arc::clone(&room.listing()),
        }
    }

    pub fn get(&self, id: &str) -> Option<RoomHandle> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let room_type = index.types.get(id)?;
        index.by_type.get(room_type)?.get(id).cloned()
    }

    /// Rooms of one type that fit, the best first.
    pub fn fitting(&self, room_type: &str, criteria: &Criteria, sort_by: &[SortKey]) -> Vec<RoomHandle> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let Some(rooms) = index.by_type.get(room_type) else {
            return Vec::new();
        };
        let mut fitting: Vec<RoomHandle> = rooms
            .values()
            .filter(|room| criteria.admit(&room.listing()))
            .cloned()
            .collect();
        if !sort_by.is_empty() {
            fitting.sort_by(|a, b| compare(sort_by, &a.listing(), &b.listing()));
        }
        fitting
    }

    /// All rooms, or those of one type, oldest first within a type.
    pub fn all(&self, room_type: Option<&str>) -> Vec<RoomHandle> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        match room_type {
            Some(name) => index
                .by_type
                .get(name)
                .into_iter()
                .flat_map(IndexMap::values)
                .cloned()
                .collect(),
            None => index
                .by_type
                .values()
                .flat_map(IndexMap::values)
                .cloned()
                .collect(),
        }
    }
}
