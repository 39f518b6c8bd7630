//! The rooms that run on this host.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use indexmap::IndexMap;
use parlor_protocol::ids::{RoomId, RoomTypeName};
use parlor_room::handle::RoomHandle;
use parlor_room::world::IdTaken;

use crate::criteria::{Criteria, SortKey, compare};

/// All rooms, by id, and by type in the order of their creation.
#[derive(Debug, Default)]
pub(crate) struct Rooms(RwLock<Index>);

#[derive(Debug, Default)]
struct Index {
    /// Ids that rooms chose which are being created.
    claimed: HashSet<RoomId>,
    types: HashMap<RoomId, RoomTypeName>,
    by_type: HashMap<RoomTypeName, IndexMap<RoomId, RoomHandle>>,
}

impl Rooms {
    pub fn insert(&self, room: RoomHandle) {
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        index.types.insert(room.id().clone(), room.room_type().clone());
        index
            .by_type
            .entry(room.room_type().clone())
            .or_default()
            .insert(room.id().clone(), room);
    }

    /// Keeps an id for a room that is being created.
    pub fn claim(&self, id: &RoomId) -> Result<(), IdTaken> {
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if index.types.contains_key(id) || !index.claimed.insert(id.clone()) {
            return Err(IdTaken);
        }
        Ok(())
    }

    /// Ends a claim.
    pub fn release(&self, id: &RoomId) {
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        index.claimed.remove(id);
    }

    pub fn remove(&self, id: &RoomId) {
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(room_type) = index.types.remove(id)
            && let Some(rooms) = index.by_type.get_mut(&room_type)
        {
            rooms.shift_remove(id);
        }
    }

    pub fn get(&self, id: &str) -> Option<RoomHandle> {
        let index = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let room_type = index.types.get(id)?;
        index.by_type.get(room_type)?.get(id).cloned()
    }

    /// Rooms of one type that fit, the best first.
    pub fn fitting(&self, room_type: &str, criteria: &Criteria, sort_by: &[SortKey]) -> Vec<RoomHandle> {
        let index = self.0.read().unwrap_or_else(PoisonError::into_inner);
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
        let index = self.0.read().unwrap_or_else(PoisonError::into_inner);
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
