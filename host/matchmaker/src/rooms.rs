//! The rooms that run on this host.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use indexmap::IndexMap;
use parlor_protocol::ids::{ProcessId, RoomId, RoomTypeName};
use parlor_room::feed::{ListingChange, ListingChanges, ListingFeed};
use parlor_room::handle::{Command, RoomHandle};
use parlor_room::listing::ListedRoom;
use parlor_room::world::IdTaken;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::criteria::{Criteria, SortKey, compare};
use crate::room_types::Realtime;

/// All rooms, by id, and by type in the order of their creation.
#[derive(Debug)]
pub(crate) struct Rooms {
    process: ProcessId,
    index: RwLock<Index>,
    feed: ListingFeed,
    /// Rooms that run or are being created.
    alive: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Index {
    /// Ids that rooms chose which are being created.
    claimed: HashSet<RoomId>,
    /// Those whose listing is part of the feed.
    realtime: HashSet<RoomId>,
    types: HashMap<RoomId, RoomTypeName>,
    by_type: HashMap<RoomTypeName, IndexMap<RoomId, RoomHandle>>,
    /// The host is going down, and its rooms end at this time at the latest.
    closing: Option<Instant>,
}

/// A room that is being created, or runs. Dropped, it is no more.
#[derive(Debug)]
pub(crate) struct Alive(Arc<Rooms>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.alive.send_modify(|alive| *alive = alive.saturating_sub(1));
    }
}

/// The host is going down: there will be no more rooms.
#[derive(Debug)]
pub(crate) struct Closing;

impl Rooms {
    pub fn new(process: ProcessId) -> Self {
        Self {
            process,
            index: RwLock::default(),
            feed: ListingFeed::default(),
            alive: watch::Sender::new(0),
        }
    }

    /// Counts a room that is about to be created.
    pub fn begin(self: &Arc<Self>) -> Result<Alive, Closing> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        if index.closing.is_some() {
            return Err(Closing);
        }
        self.alive.send_modify(|alive| *alive += 1);
        Ok(Alive(Arc::clone(self)))
    }

    /// Whether the host is going down.
    pub fn is_closing(&self) -> bool {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        index.closing.is_some()
    }

    /// From now on there will be no new rooms. Gives those that are to be told; rooms that are being created
    /// are told by [`Self::insert`].
    pub fn close(&self, grace: Duration) -> Vec<RoomHandle> {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        index.closing = Some(now.checked_add(grace).unwrap_or(now));
        index.rooms().collect()
    }

    /// Waits until the last room has ended.
    pub async fn ended(&self) {
        // The sender lives as long as this does.
        let _ = self.alive.subscribe().wait_for(|alive| *alive == 0).await;
    }

    pub fn insert(&self, room: RoomHandle, realtime: Realtime) {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        if realtime == Realtime::Yes {
            index.realtime.insert(room.id().clone());
            self.feed.tell(|| ListingChange::Created(self.listed(&room)));
        }
        if let Some(end) = index.closing {
            let grace = end.saturating_duration_since(Instant::now());
            // Its mailbox is empty.
            let _ = room.mailbox().try_send(Command::Shutdown { grace });
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
            None => index.rooms().collect(),
        }
    }
}

impl Index {
    fn rooms(&self) -> impl Iterator<Item = RoomHandle> {
        self.by_type.values().flat_map(IndexMap::values).cloned()
    }
}
