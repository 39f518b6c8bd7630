//! Creation one after the other: clients who ask for the same at the same time share a room (§1.6 of the
//! protocol notes).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use parlor_protocol::ids::RoomTypeName;
use tokio::sync::Mutex as Turnstile;
use tokio::time::timeout;

use crate::driver::Turn;

/// How long a client waits for the room that another one makes: long enough for any ordinary `on-create`.
const PATIENCE: Duration = Duration::from_millis(500);
/// More patience for each who waits before it,
const PATIENCE_EACH: Duration = Duration::from_millis(200);
/// but not for more than so many.
const MOST_COUNTED: u32 = 3;

type Key = (RoomTypeName, Box<str>);

/// The lanes in which a room is being made. A lane is there as long as somebody has its turn or waits for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes(Arc<Mutex<HashMap<Key, Lane>>>);

#[derive(Debug, Default)]
struct Lane {
    turnstile: Arc<Turnstile<()>>,
    /// Who has the turn, and who waits.
    clients: u32,
}

impl Lanes {
    /// Waits for the turn. Who has waited too long goes on without it, so that a slow `on-create` holds nobody up
    /// for good.
    pub async fn take_turn(&self, room_type: &RoomTypeName, lane: &str) -> Turn {
        let key = (room_type.clone(), Box::from(lane));
        let (turnstile, before) = {
            let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let lane = lanes.entry(key.clone()).or_default();
            let before = lane.clients;
            lane.clients += 1;
            (Arc::clone(&lane.turnstile), before)
        };
        // Made before the wait: a client that gives up counts no longer.
        let place = Place {
            lanes: self.clone(),
            key,
        };
        let patience = PATIENCE + PATIENCE_EACH * before.saturating_sub(1).min(MOST_COUNTED);
        let guard = timeout(patience, turnstile.lock_owned()).await.ok();
        Turn::new((guard, place))
    }
}

/// One client's place in a lane.
#[derive(Debug)]
struct Place {
    lanes: Lanes,
    key: Key,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lanes = self.lanes.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get_mut(&self.key) {
            lane.clients -= 1;
            if lane.clients == 0 {
                lanes.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn battle() -> RoomTypeName {
        RoomTypeName::parse("battle").unwrap()
    }

    #[tokio::test]
    async fn turns_come_one_after_the_other_and_leave_nothing_behind() {
        let lanes = Lanes::default();
        let first = lanes.take_turn(&battle(), "a").await;
        let waiter = tokio::spawn({
            let lanes = lanes.clone();
            async move { lanes.take_turn(&battle(), "a").await }
        });
        // Another lane is free.
        drop(lanes.take_turn(&battle(), "b").await);
        while lanes.0.lock().unwrap().values().all(|lane| lane.clients < 2) {
            tokio::task::yield_now().await;
        }
        assert!(!waiter.is_finished());
        drop(first);
        drop(waiter.await.unwrap());
        assert!(lanes.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn nobody_waits_for_good() {
        let lanes = Lanes::default();
        let never_ends = lanes.take_turn(&battle(), "a").await;
        drop(lanes.take_turn(&battle(), "a").await);
        drop(never_ends);
        assert!(lanes.0.lock().unwrap().is_empty());
    }
}
