//! The rooms that run on this host, to be spoken to, and their end when the host goes down.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use parlor_protocol::ids::{RoomId, RoomTypeName};
use parlor_room::handle::{Command, RoomHandle};
use tokio::sync::watch;
use tokio::time::Instant;

/// All of them, by id.
#[derive(Debug)]
pub(crate) struct Rooms {
    index: RwLock<Index>,
    /// Rooms that run or are being created.
    alive: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Index {
    rooms: HashMap<RoomId, RoomHandle>,
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

impl Default for Rooms {
    fn default() -> Self {
        Self {
            index: RwLock::default(),
            alive: watch::Sender::new(0),
        }
    }
}

impl Rooms {
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
        index.rooms.values().cloned().collect()
    }

    /// Waits until the last room has ended.
    pub async fn ended(&self) {
        // The sender lives as long as this does.
        let _ = self.alive.subscribe().wait_for(|alive| *alive == 0).await;
    }

    pub fn insert(&self, room: RoomHandle) {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = index.closing {
            let grace = end.saturating_duration_since(Instant::now());
            // Its mailbox is empty.
            let _ = room.mailbox().try_send(Box::new(Command::Shutdown { grace }));
        }
        index.rooms.insert(room.id().clone(), room);
    }

    pub fn remove(&self, id: &RoomId) {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        index.rooms.remove(id);
    }

    /// Those of one type.
    pub fn of_type(&self, room_type: &RoomTypeName) -> Vec<RoomHandle> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let rooms = index.rooms.values();
        rooms
            .filter(|room| room.room_type() == room_type)
            .cloned()
            .collect()
    }

    pub fn get(&self, id: &str) -> Option<RoomHandle> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        index.rooms.get(id).cloned()
    }
}
