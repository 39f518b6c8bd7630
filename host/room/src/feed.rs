//! The feed of listings: whoever shows rooms as they come, change and go (a lobby, say) subscribes to it.
//!
//! A subscriber that wants to know all rooms subscribes first, then asks for the rooms that there are
//! ([`World::realtime_listings`](crate::world::World::realtime_listings)), then follows the feed: a change that
//! is in both does no harm.

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use parlor_protocol::ids::{RoomId, RoomTypeName};

use crate::listing::ListedRoom;

/// Changes that the feed keeps for a slow subscriber.
pub const FEED_CAPACITY: usize = 1024;

/// What happened to the listing of a room whose type is listed in realtime. Of one room, changes come
/// in the order in which they happened: created, changed any number of times, removed. What one hook
/// changes comes as one change.
#[derive(Clone, Debug)]
pub enum ListingChange {
    /// There is a new room. Private and unlisted rooms are in the feed too: look at the listing.
    Created(ListedRoom),
    /// Its listing is another one now: occupancy, lock, visibility, limit or metadata.
    Changed(ListedRoom),
    /// The room has ended.
    Removed {
        /// Its id.
        id: RoomId,
        /// The name of its type.
        room_type: RoomTypeName,
    },
}

/// Where changes of listings come from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ListingFeed(broadcast::Sender<ListingChange>);

impl Default for ListingFeed {
    fn default() -> Self {
        Self(broadcast::Sender::new(FEED_CAPACITY))
    }
}

impl ListingFeed {
    /// Tells all subscribers. Costs next to nothing when there are none: the change is not even made.
    pub fn tell(&self, change: impl FnOnce() -> ListingChange) {
        if self.0.receiver_count() > 0 {
            // The last subscriber may have gone meanwhile.
            let _ = self.0.send(change());
        }
    }

    /// All changes from now on.
    pub fn subscribe(&self) -> ListingChanges {
        ListingChanges(self.0.subscribe())
    }
}

/// Why there is no next change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The subscriber was more than [`FEED_CAPACITY`] changes behind, and so many are lost to it. It goes on with the
    /// oldest that is kept, and should ask for all listings again.
    #[error("{0} changes of listings were missed")]
    Missed(u64),
    /// Nobody will change anything any more: the host is going down.
    #[error("the feed of listings has ended")]
    Ended,
}

/// A subscription to the feed. Dropping it ends it.
#[derive(Debug)]
pub struct ListingChanges(broadcast::Receiver<ListingChange>);

impl ListingChanges {
    /// Waits for the next change. May be dropped while it waits, and loses nothing.
    ///
    /// # Errors
    /// See [`FeedError`].
    pub async fn next(&mut self) -> Result<ListingChange, FeedError> {
        self.0.recv().await.map_err(|error| match error {
            RecvError::Lagged(missed) => FeedError::Missed(missed),
            RecvError::Closed => FeedError::Ended,
        })
    }

    /// The next change, if it is there already.
    ///
    /// # Errors
    /// See [`FeedError`].
    pub fn try_next(&mut self) -> Result<Option<ListingChange>, FeedError> {
        match self.0.try_recv() {
            Ok(change) => Ok(Some(change)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Lagged(missed)) => Err(FeedError::Missed(missed)),
            Err(TryRecvError::Closed) => Err(FeedError::Ended),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone(number: usize) -> ListingChange {
        ListingChange::Removed {
            id: RoomId::parse(&format!("r{number}")).unwrap(),
            room_type: RoomTypeName::parse("t").unwrap(),
        }
    }

    #[test]
    fn who_falls_behind_is_told_and_goes_on_with_what_is_kept() {
        let feed = ListingFeed::default();
        feed.tell(|| panic!("nobody listens"));
        let mut changes = feed.subscribe();
        assert!(changes.try_next().unwrap().is_none());
        for number in 0..FEED_CAPACITY + 3 {
            feed.tell(|| gone(number));
        }
        assert_eq!(changes.try_next().unwrap_err(), FeedError::Missed(3));
        match changes.try_next().unwrap() {
            Some(ListingChange::Removed { id, .. }) => assert_eq!(id.as_str(), "r3"),
            other => panic!("{other:?}"),
        }
        drop(feed);
        while changes.try_next().is_ok_and(|change| change.is_some()) {}
        assert_eq!(changes.try_next().unwrap_err(), FeedError::Ended);
    }
}
