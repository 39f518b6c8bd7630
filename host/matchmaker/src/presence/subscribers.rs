//! Who hears what is published in one space: the rooms of this host, by channel.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use parlor_plugin::PresenceError;
use parlor_protocol::ids::RoomId;
use parlor_room::handle::{Command, Mailbox, RoomHandle, RoomKey};
use tokio::sync::mpsc::error::TrySendError;

use super::driver::Listener;

/// A room that misses messages is written to the log at most this often.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(1);

/// A room that may subscribe.
#[derive(Clone, Debug)]
pub(super) struct Subscriber {
    pub key: RoomKey,
    pub id: RoomId,
    pub mailbox: Mailbox,
}

impl From<&RoomHandle> for Subscriber {
    fn from(room: &RoomHandle) -> Self {
        Self {
            key: room.key(),
            id: room.id().clone(),
            mailbox: room.mailbox().clone(),
        }
    }
}

/// All subscriptions of one space. They end with their room.
#[derive(Debug)]
pub(super) struct Subscribers {
    max_subscriptions: usize,
    index: Mutex<Index>,
}

#[derive(Debug, Default)]
struct Index {
    channels: HashMap<Arc<str>, BTreeSet<RoomKey>>,
    rooms: HashMap<RoomKey, Subscription>,
}

#[derive(Debug)]
struct Subscription {
    room: Subscriber,
    channels: BTreeSet<Arc<str>>,
    missed: Missed,
}

impl Subscribers {
    pub fn new(max_subscriptions: usize) -> Self {
        Self {
            max_subscriptions,
            index: Mutex::default(),
        }
    }

    /// Hands the room what is published on the channel from now on. Once is enough.
    pub fn subscribe(self: &Arc<Self>, room: &Subscriber, channel: &str) -> Result<(), PresenceError> {
        let mut index = self.lock();
        let Index { channels, rooms } = &mut *index;
        let subscription = rooms.entry(room.key).or_insert_with(|| {
            self.forget_when_it_ends(room);
            Subscription {
                room: room.clone(),
                channels: BTreeSet::new(),
                missed: Missed::default(),
            }
        });
        if subscription.channels.contains(channel) {
            return Ok(());
        }
        if subscription.channels.len() >= self.max_subscriptions {
            return Err(PresenceError::Full(format!(
                "the room has subscribed to as many channels as it may: {} (`max-subscriptions`)",
                self.max_subscriptions
            )));
        }
        let channel: Arc<str> = match channels.get_key_value(channel) {
            Some((channel, _)) => Arc::clone(channel),
            None => Arc::from(channel),
        };
        subscription.channels.insert(Arc::clone(&channel));
        channels.entry(channel).or_default().insert(room.key);
        Ok(())
    }

    /// Ends a subscription, if there is one. What was published before still comes.
    pub fn unsubscribe(&self, room: RoomKey, channel: &str) {
        let mut index = self.lock();
        if let Some(subscription) = index.rooms.get_mut(&room)
            && subscription.channels.remove(channel)
        {
            index.leave(room, channel);
        }
    }

    /// The room has taken another id.
    pub fn rename(&self, room: &Subscriber) {
        if let Some(subscription) = self.lock().rooms.get_mut(&room.key) {
            subscription.room.id = room.id.clone();
        }
    }

    /// One task for each room, asleep until the room's mailbox is closed.
    fn forget_when_it_ends(self: &Arc<Self>, room: &Subscriber) {
        let (all, room) = (Arc::clone(self), room.clone());
        tokio::spawn(async move {
            room.mailbox.closed().await;
            all.forget(room.key);
        });
    }

    fn forget(&self, room: RoomKey) {
        let mut index = self.lock();
        let Some(subscription) = index.rooms.remove(&room) else {
            return;
        };
        for channel in &subscription.channels {
            index.leave(room, channel);
        }
        drop(index);
        if let Some(count) = subscription.missed.rest() {
            subscription.room.complain(count);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Subscribers {
    /// Under the lock, so that all rooms hear everything in the same order.
    fn published(&self, channel: &str, payload: &Bytes) {
        let mut index = self.lock();
        let Index { channels, rooms } = &mut *index;
        let Some((channel, listening)) = channels.get_key_value(channel) else {
            return;
        };
        for key in listening {
            let Some(Subscription { room, missed, .. }) = rooms.get_mut(key) else {
                continue;
            };
            let published = Command::Published {
                channel: Arc::clone(channel),
                payload: payload.clone(),
            };
            // A room that has ended is about to be forgotten.
            if let Err(TrySendError::Full(_)) = room.mailbox.try_send(Box::new(published))
                && let Some(count) = missed.one_more(Instant::now())
            {
                room.complain(count);
            }
        }
    }
}

impl Index {
    fn leave(&mut self, room: RoomKey, channel: &str) {
        if let Some(listening) = self.channels.get_mut(channel) {
            listening.remove(&room);
            if listening.is_empty() {
                self.channels.remove(channel);
            }
        }
    }
}

impl Subscriber {
    fn complain(&self, count: u64) {
        tracing::warn!(
            room = %self.id, count,
            "the room's mailbox was full: it missed messages that were published"
        );
    }
}

/// Messages that a room missed and that the log does not tell of yet.
#[derive(Debug, Default)]
struct Missed {
    untold: u64,
    told: Option<Instant>,
}

impl Missed {
    /// Counts one; gives the count when it is time to tell.
    fn one_more(&mut self, now: Instant) -> Option<u64> {
        self.untold += 1;
        if let Some(told) = self.told
            && now.duration_since(told) < COMPLAINT_INTERVAL
        {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.untold))
    }

    /// What is left to tell.
    fn rest(&self) -> Option<u64> {
        (self.untold > 0).then_some(self.untold)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    fn room(capacity: usize) -> (Subscriber, mpsc::Receiver<Box<Command>>) {
        let (mailbox, commands) = mpsc::channel(capacity);
        let room = Subscriber {
            key: RoomKey::unique(),
            id: RoomId::random(),
            mailbox,
        };
        (room, commands)
    }

    fn heard(commands: &mut mpsc::Receiver<Box<Command>>) -> Vec<(String, Bytes)> {
        let mut heard = Vec::new();
        while let Ok(Command::Published { channel, payload }) = commands.try_recv().map(|command| *command) {
            heard.push((channel.to_string(), payload));
        }
        heard
    }

    fn publish(subscribers: &Subscribers, channel: &str, numbers: std::ops::Range<u8>) {
        for number in numbers {
            subscribers.published(channel, &Bytes::from(vec![number]));
        }
    }

    fn numbers(channel: &str, numbers: std::ops::Range<u8>) -> Vec<(String, Bytes)> {
        numbers
            .map(|number| (channel.to_owned(), Bytes::from(vec![number])))
            .collect()
    }

    #[tokio::test]
    async fn rooms_hear_their_channels_in_order_and_once() {
        let subscribers = Arc::new(Subscribers::new(2));
        let ((one, mut ones), (two, mut twos)) = (room(16), room(16));
        publish(&subscribers, "news", 0..1);
        subscribers.subscribe(&one, "news").unwrap();
        subscribers.subscribe(&one, "news").unwrap();
        subscribers.subscribe(&two, "news").unwrap();
        subscribers.subscribe(&two, "other").unwrap();
        publish(&subscribers, "news", 1..4);
        publish(&subscribers, "other", 4..6);
        subscribers.unsubscribe(two.key, "news");
        publish(&subscribers, "news", 6..7);
        let own = [numbers("news", 1..4), numbers("news", 6..7)].concat();
        assert_eq!(heard(&mut ones), own);
        assert_eq!(
            heard(&mut twos),
            [numbers("news", 1..4), numbers("other", 4..6)].concat()
        );
    }

    #[tokio::test]
    async fn one_subscription_too_many_is_refused_with_the_bound() {
        let subscribers = Arc::new(Subscribers::new(2));
        let (one, _commands) = room(1);
        for channel in ["a", "b", "a"] {
            subscribers.subscribe(&one, channel).unwrap();
        }
        match subscribers.subscribe(&one, "c") {
            Err(PresenceError::Full(what)) => assert!(what.contains("2 (`max-subscriptions`)"), "{what}"),
            other => panic!("{other:?}"),
        }
        subscribers.unsubscribe(one.key, "b");
        subscribers.subscribe(&one, "c").unwrap();
    }

    #[tokio::test]
    async fn a_room_with_a_full_mailbox_misses_what_the_others_get() {
        let subscribers = Arc::new(Subscribers::new(2));
        let ((slow, mut slows), (quick, mut quicks)) = (room(2), room(16));
        subscribers.subscribe(&slow, "news").unwrap();
        subscribers.subscribe(&quick, "news").unwrap();
        publish(&subscribers, "news", 0..5);
        assert_eq!(heard(&mut slows), numbers("news", 0..2));
        assert_eq!(heard(&mut quicks), numbers("news", 0..5));
        publish(&subscribers, "news", 5..6);
        assert_eq!(heard(&mut slows), numbers("news", 5..6));
    }

    #[tokio::test]
    async fn nothing_is_left_of_rooms_that_have_ended() {
        let subscribers = Arc::new(Subscribers::new(8));
        let mut commands = Vec::new();
        for number in 0..1_000 {
            let (room, receiver) = room(1);
            for channel in [
                "all".to_owned(),
                format!("own {number}"),
                format!("some {}", number % 7),
            ] {
                subscribers.subscribe(&room, &channel).unwrap();
            }
            commands.push(receiver);
        }
        assert_eq!(subscribers.lock().rooms.len(), 1_000);
        publish(&subscribers, "all", 0..3);
        drop(commands);
        // Each watching task lets go of its share when it is done.
        while Arc::strong_count(&subscribers) > 1 {
            tokio::task::yield_now().await;
        }
        let index = subscribers.lock();
        assert!(index.rooms.is_empty() && index.channels.is_empty(), "{index:?}");
    }

    #[test]
    fn a_room_that_misses_much_is_told_of_once_a_second() {
        let start = Instant::now();
        let mut missed = Missed::default();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        for (milliseconds, told) in [
            (0, Some(1)),
            (1, None),
            (999, None),
            (1_000, Some(3)),
            (1_500, None),
        ] {
            assert_eq!(missed.one_more(at(milliseconds)), told, "after {milliseconds} ms");
        }
        assert_eq!(missed.rest(), Some(1));
        assert_eq!(missed.one_more(at(2_000)), Some(2));
        assert_eq!(missed.rest(), None);
    }
}
