//! Following the feed of listings: what has changed since clients were told last, and when to tell them.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use parlor_plugin::Waiting;
use parlor_protocol::ids::RoomId;
use parlor_room::feed::{FeedError, ListingChange, ListingChanges};
use parlor_room::listing::ListedRoom;
use parlor_room::world::World;

use super::board::Shown;

/// What there is to tell.
#[derive(Debug)]
pub(crate) enum Told {
    /// Everything is another now: these are all rooms.
    All(Vec<ListedRoom>),
    /// Of each room that has changed, what it shows now, in the order in which they first changed.
    Changes(IndexMap<RoomId, Option<Arc<Shown>>>),
}

/// Gathers changes, so that many in a short time become one round of messages. It keeps of each room
/// the last change only: never more than there are rooms.
pub(crate) struct Watch {
    world: Arc<dyn World>,
    feed: ListingChanges,
    /// The question for all rooms, while it is open.
    asking: Option<Waiting<'static, Vec<ListedRoom>>>,
    all: Option<Vec<ListedRoom>>,
    changed: IndexMap<RoomId, Option<Arc<Shown>>>,
    interval: Duration,
    last: Option<Instant>,
}

/// Whether somebody waits for a list, changes or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListWanted {
    Yes,
    No,
}

impl Watch {
    /// Rounds of messages are at least `interval` apart.
    pub fn new(world: Arc<dyn World>, interval: Duration) -> Self {
        let feed = world.listing_changes();
        let mut watch = Self {
            world,
            feed,
            asking: None,
            all: None,
            changed: IndexMap::new(),
            interval,
            last: None,
        };
        watch.ask();
        watch
    }

    /// Asks for all rooms, having subscribed before: what changes meanwhile comes after them.
    fn ask(&mut self) {
        let world = Arc::clone(&self.world);
        self.asking = Some(Box::pin(async move { world.realtime_listings().await }));
        self.changed.clear();
    }

    /// Waits until there is something to tell and the interval is over. May be dropped at any time.
    pub async fn due(&mut self, list_wanted: ListWanted) {
        loop {
            if let Some(asking) = &mut self.asking {
                self.all = Some(asking.await);
                self.asking = None;
            }
            self.catch_up();
            if self.asking.is_some() {
                continue;
            }
            let nothing = self.all.is_none() && self.changed.is_empty() && list_wanted == ListWanted::No;
            let due = self.last.map(|last| last + self.interval);
            let next = if nothing {
                self.feed.next().await
            } else {
                match due {
                    Some(due) if due > Instant::now() => tokio::select! {
                        next = self.feed.next() => next,
                        () = tokio::time::sleep_until(due.into()) => return,
                    },
                    _ => return,
                }
            };
            match next {
                // The host is going down.
                Err(FeedError::Ended) if nothing => std::future::pending().await,
                Err(FeedError::Ended) => return,
                next => self.take(next),
            }
        }
    }

    /// Takes in all that the feed has already.
    fn catch_up(&mut self) {
        loop {
            match self.feed.try_next() {
                Ok(Some(change)) => self.take(Ok(change)),
                Err(FeedError::Missed(missed)) => self.take(Err(FeedError::Missed(missed))),
                Ok(None) | Err(FeedError::Ended) => break,
            }
        }
    }

    fn take(&mut self, next: Result<ListingChange, FeedError>) {
        match next {
            Ok(ListingChange::Created(room) | ListingChange::Changed(room)) => {
                let shown = Shown::of(&room);
                self.changed.insert(room.id, shown);
            }
            Ok(ListingChange::Removed { id, .. }) => {
                self.changed.insert(id, None);
            }
            Err(FeedError::Missed(_)) => {
                self.feed = self.world.listing_changes();
                self.ask();
            }
            Err(FeedError::Ended) => {}
        }
    }

    /// What there is to tell now, in the order in which it is to be applied. The next round waits for the interval.
    pub fn take_told(&mut self) -> Vec<Told> {
        self.last = Some(Instant::now());
        let all = self.all.take().map(Told::All);
        let changes = Told::Changes(std::mem::take(&mut self.changed));
        all.into_iter().chain([changes]).collect()
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("changed", &self.changed.len())
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}
