//! The room types that this host serves, by name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use parlor_protocol::ids::RoomTypeName;
use parlor_room::room_type::RoomType;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::criteria::Filter;
use crate::query::SortKey;
use crate::versions::{Rollout, Versions};

/// What an operator sets for matchmaking into one room type.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    /// A MessagePack map that is laid over the client's options when a room is created; empty: none.
    pub options: Bytes,
    /// Which rooms fit a client, by its options.
    pub filter_by: Vec<Filter>,
    /// Which of several fitting rooms is best; none: the oldest.
    pub sort_by: Vec<SortKey>,
    /// Whether lobbies see these rooms come, change and go.
    pub realtime_listing: Realtime,
    /// How many rooms of this type there may be at once on this host; none: as many as rooms at all.
    pub max_rooms: Option<u32>,
    /// Who may have rooms made.
    pub created_by: CreatedBy,
    /// How a new version is brought in.
    pub rollout: Rollout,
    /// Which other rooms these rooms may reach.
    pub may_reach: Reach,
}

/// Whether a room's listing is part of the feed of listings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Realtime {
    /// Its changes are told as they happen.
    Yes,
    /// They are not.
    #[default]
    No,
}

/// Who may have rooms of a type made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CreatedBy {
    /// Clients, and rooms that may reach the type.
    #[default]
    Anyone,
    /// Rooms only.
    Rooms,
}

/// Which room types a room may reach beside its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All.
    All,
    /// These.
    Only(Vec<RoomTypeName>),
}

impl Default for Reach {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

/// A room type under its name: the code may change, the name and the matching stay.
#[derive(Debug)]
pub(crate) struct Served {
    pub matching: Matching,
    versions: Mutex<Versions>,
    /// One permit for each room that there may still be.
    places: Option<Arc<Semaphore>>,
}

/// There are as many rooms of a type as may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    pub limit: u32,
}

/// A room's place among those of its type; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Served {
    /// The version that most rooms get.
    pub fn current(&self) -> Arc<RoomType> {
        Arc::clone(self.versions().current())
    }

    /// Its versions. The guard must not be held across an await.
    pub fn versions(&self) -> MutexGuard<'_, Versions> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more room.
    pub fn take_place(&self) -> Result<Place, TooMany> {
        let limit = self.matching.max_rooms.unwrap_or(u32::MAX);
        let places = self.places.as_ref().map(Arc::clone);
        let permit = places.map(Semaphore::try_acquire_owned).transpose();
        permit
            .map(|permit| Place { _permit: permit })
            .map_err(|_| TooMany { limit })
    }
}

/// All room types of this host.
#[derive(Debug, Default)]
pub(crate) struct RoomTypes(RwLock<HashMap<RoomTypeName, Arc<Served>>>);

impl RoomTypes {
    pub fn get(&self, name: &str) -> Option<Arc<Served>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }

    /// The names of the types that are listed in realtime.
    pub fn realtime(&self) -> Vec<RoomTypeName> {
        let types = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let listed = types
            .iter()
            .filter(|(_, served)| served.matching.realtime_listing == Realtime::Yes);
        listed.map(|(name, _)| name.clone()).collect()
    }

    /// Serves a type under its name, or gives what is served under that name already.
    pub fn serve(&self, room_type: &Arc<RoomType>, matching: Matching) -> Option<Arc<Served>> {
        let mut types = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(served) = types.get(&room_type.name) {
            return Some(Arc::clone(served));
        }
        let name = room_type.name.clone();
        let places = matching
            .max_rooms
            .map(|limit| Arc::new(Semaphore::new(limit as usize)));
        types.insert(
            name,
            Arc::new(Served {
                matching,
                versions: Mutex::new(Versions::new(Arc::clone(room_type))),
                places,
            }),
        );
        None
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<Served>> {
        let types = self.0.read().unwrap_or_else(PoisonError::into_inner);
        types.values().cloned().collect()
    }
}
