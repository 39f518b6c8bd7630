//! Who hears whom: all there is of a room.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{MissedTickBehavior, interval};

use crate::patch::patch;

/// Frames that may wait for one client. One that falls behind further is forgotten.
const QUEUE: usize = 4096;
/// Between two patches.
const BEAT: Duration = Duration::from_millis(50);

/// All rooms. They are never forgotten: a run is short.
#[derive(Debug, Default)]
pub struct Rooms {
    made: AtomicU64,
    by_id: Mutex<HashMap<String, Arc<Room>>>,
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It goes back.
    Echo,
    /// It goes to all.
    Broadcast,
}

/// A set of clients.
#[derive(Debug)]
pub struct Room {
    pub kind: Kind,
    members: Mutex<HashMap<u64, Sender<Bytes>>>,
    come: AtomicU64,
}

impl Rooms {
    /// A new room; its id. A `ticker` begins to tick.
    pub fn create(&self, name: &str, options: &Value) -> String {
        let id = format!("r{}", self.made.fetch_add(1, Ordering::Relaxed));
        let room = Arc::new(Room {
            kind: if name == "relay" {
                Kind::Broadcast
            } else {
                Kind::Echo
            },
            members: Mutex::default(),
            come: AtomicU64::new(0),
        });
        if name == "ticker" {
            let number = |key| options.get(key).and_then(Value::as_u64);
            let entities = number("entities").unwrap_or(100);
            let changing = number("changing").unwrap_or(entities);
            tokio::spawn(tick(Arc::downgrade(&room), patch(entities, changing)));
        }
        lock(&self.by_id).insert(id.clone(), room);
        id
    }

    /// The room with this id.
    pub fn find(&self, id: &str) -> Option<Arc<Room>> {
        lock(&self.by_id).get(id).cloned()
    }
}

impl Room {
    /// A client comes; its number, and what the others say.
    pub fn enter(&self) -> (u64, Receiver<Bytes>) {
        let number = self.come.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = channel(QUEUE);
        lock(&self.members).insert(number, sender);
        (number, receiver)
    }

    /// It goes.
    pub fn leave(&self, number: u64) {
        lock(&self.members).remove(&number);
    }

    /// Says the same to all.
    pub fn broadcast(&self, frame: &Bytes) {
        lock(&self.members).retain(|_, member| member.try_send(frame.clone()).is_ok());
    }
}

/// Sends the same patch with each beat.
async fn tick(room: Weak<Room>, patch: Bytes) {
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        beat.tick().await;
        let Some(room) = room.upgrade() else { return };
        room.broadcast(&patch);
    }
}

/// Nothing panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
