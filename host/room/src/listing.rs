//! What a room shows of itself to the matchmaker and to those who list rooms.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::SystemTime;

use parlor_plugin::BuildId;
use parlor_protocol::ids::{ProcessId, RoomId, RoomTypeName};
use parlor_protocol::matchmake::RoomListing;
use serde_json::{Map, Value};

/// Whether new seats may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// They may.
    Open,
    /// The room is full; it opens again when somebody leaves.
    Full,
    /// The room locked itself, until it says otherwise.
    Locked,
}

/// A room, seen from outside.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Clients and reserved seats.
    pub clients: u32,
    /// None: no limit.
    pub max_clients: Option<u32>,
    /// Whether new seats may be asked for.
    pub lock: Lock,
    /// Out of matchmaking and listings: joined by id only.
    pub private: bool,
    /// Out of listings, but found by matchmaking.
    pub unlisted: bool,
    /// Options at creation by which the room is to be found. The room's metadata wins over them.
    pub creation_fields: Map<String, Value>,
    /// What the room says about itself; none until it does.
    pub metadata: Option<Map<String, Value>>,
    /// When the room was created.
    pub created: SystemTime,
}

impl Listing {
    /// A member of the metadata, or a field by which the room was created.
    pub fn metadata_field(&self, name: &str) -> Option<&Value> {
        self.metadata
            .as_ref()
            .and_then(|own| own.get(name))
            .or_else(|| self.creation_fields.get(name))
    }

    /// The metadata that others see: the room's own and the fields by which it was created.
    pub fn shown_metadata(&self) -> Option<Value> {
        if self.metadata.is_none() && self.creation_fields.is_empty() {
            return None;
        }
        let mut shown = self.creation_fields.clone();
        shown.extend(self.metadata.clone().unwrap_or_default());
        Some(Value::Object(shown))
    }

    /// Whether anybody may see the room in a list of rooms.
    pub fn is_public(&self) -> bool {
        !self.private && !self.unlisted
    }
}

/// A room and what it showed of itself at one moment. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ListedRoom {
    /// The room's id.
    pub id: RoomId,
    /// The name of its type.
    pub room_type: RoomTypeName,
    /// The host that it runs on.
    pub process: ProcessId,
    /// What it shows.
    pub listing: Arc<Listing>,
}

impl ListedRoom {
    /// The room as clients see it in a list (§1.2, §7.1).
    pub fn shown(&self) -> RoomListing {
        let listing = &self.listing;
        RoomListing {
            clients: listing.clients,
            max_clients: listing.max_clients,
            locked: listing.lock != Lock::Open,
            private: listing.private,
            unlisted: listing.unlisted,
            created_at: listing.created,
            name: self.room_type.clone(),
            process_id: self.process.clone(),
            room_id: self.id.clone(),
            metadata: listing.shown_metadata(),
        }
    }
}

/// The listing of a running room: its room writes it and everybody reads it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LiveListing(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Copied when it changes only if somebody still holds what it was before.
    current: RwLock<Arc<Listing>>,
    touched: AtomicBool,
    /// Which build of its type's code the room runs.
    build: Mutex<BuildId>,
}

impl LiveListing {
    pub(crate) fn new(listing: Listing, build: BuildId) -> Self {
        Self(Arc::new(Shared {
            current: RwLock::new(Arc::new(listing)),
            touched: AtomicBool::new(false),
            build: Mutex::new(build),
        }))
    }

    /// What it is now. The guard must not be held across an await.
    pub fn read(&self) -> RwLockReadGuard<'_, Arc<Listing>> {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut Listing)) {
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut current));
        self.0.touched.store(true, Ordering::Relaxed);
    }

    /// Which build of its type's code the room runs.
    pub fn build(&self) -> BuildId {
        *self.0.build.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room runs another build from now on.
    pub(crate) fn runs(&self, build: BuildId) {
        *self.0.build.lock().unwrap_or_else(PoisonError::into_inner) = build;
    }

    /// Whether it was written to since this was asked last. Only its room asks.
    pub(crate) fn take_touched(&self) -> bool {
        self.0.touched.load(Ordering::Relaxed) && self.0.touched.swap(false, Ordering::Relaxed)
    }
}
