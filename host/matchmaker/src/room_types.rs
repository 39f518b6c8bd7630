//! The room types that this host serves, by name.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use parlor_protocol::ids::RoomTypeName;
use parlor_room::room_type::RoomType;
use rustc_hash::FxHasher;
use tokio::sync::{Mutex, MutexGuard};

use crate::criteria::{Criteria, SortKey};

/// How many rooms of one type may be created at the same time for different filters.
const CREATION_LANES: usize = 16;

/// What an operator sets for matchmaking into one room type.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    /// A MessagePack map that is laid over the client's options when a room is created; empty: none.
    pub options: Bytes,
    /// Options of the client that a room must share for the client to be seated there.
    pub filter_by: Vec<String>,
    /// Which of several fitting rooms is best; none: the oldest.
    pub sort_by: Vec<SortKey>,
    /// Whether lobbies see these rooms come, change and go.
    pub realtime_listing: Realtime,
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

/// A room type under its name: the code may change, the name and the matching stay.
#[derive(Debug)]
pub(crate) struct Served {
    pub matching: Matching,
    current: RwLock<Arc<RoomType>>,
    lanes: [Mutex<()>; CREATION_LANES],
}

impl Served {
    /// The version that new rooms get.
    pub fn current(&self) -> Arc<RoomType> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until nobody else creates a room for the same criteria, so that clients who ask at
    /// the same time share one.
    pub async fn creation_lane(&self, criteria: &Criteria) -> Option<MutexGuard<'_, ()>> {
        let mut hasher = FxHasher::default();
        criteria.hash(&mut hasher);
        let lane = hasher.finish() as usize % CREATION_LANES;
        match self.lanes.get(lane) {
            Some(lane) => Some(lane.lock().await),
            None => None,
        }
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

    /// Serves a type under its name. A type that is served already keeps its matching and its
    /// rooms; rooms created from now on get the new version.
    pub fn serve(&self, room_type: Arc<RoomType>, matching: Matching) {
        let mut types = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(served) = types.get(&room_type.name) {
            *served.current.write().unwrap_or_else(PoisonError::into_inner) = room_type;
            return;
        }
        let name = room_type.name.clone();
        let lanes = std::array::from_fn(|_| Mutex::new(()));
        types.insert(
            name,
            Arc::new(Served {
                matching,
                current: RwLock::new(room_type),
                lanes,
            }),
        );
    }
}
