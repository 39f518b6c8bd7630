//! Presence as one room sees it: checks what it is given, and hands it on.

use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;
use parlor_plugin::{Answer, Document, ListEnd, Presence, PresenceError};
use parlor_protocol::msgpack;

use super::spaces::Space;
use super::subscribers::Subscriber;

#[derive(Debug)]
pub(super) struct RoomPresence {
    space: Arc<Space>,
    room: Subscriber,
}

impl RoomPresence {
    pub fn new(space: Arc<Space>, room: Subscriber) -> Self {
        space.subscribers.rename(&room);
        Self { space, room }
    }
}

fn at_once<T: Send + 'static>(result: Result<T, PresenceError>) -> Answer<'static, T> {
    Box::pin(ready(result))
}

/// A document as validated MessagePack.
fn packed(document: Document) -> Result<Bytes, PresenceError> {
    let packed = match document {
        Document::MessagePack(bytes) => msgpack::validate(&bytes).map(|()| bytes),
        Document::Json(text) => msgpack::from_json(&text),
    };
    packed
        .map(Bytes::from)
        .map_err(|error| PresenceError::NotValid(error.to_string()))
}

/// Writes one method for each function that the store does. In brackets before an argument: the method
/// of [`PresenceLimits`](super::settings::PresenceLimits) that checks it.
macro_rules! hand_on {
    ($($method:ident($($([$check:ident])? $argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(
            fn $method(&self, $($argument: $kind),*) -> Answer<'_, $answer> {
                $($(
                    if let Err(error) = self.space.limits.$check(&$argument) {
                        return at_once(Err(error));
                    }
                )?)*
                self.space.store.$method($($argument),*)
            }
        )*
    };
}

impl Presence for RoomPresence {
    fn publish(&self, channel: String, payload: Document) -> Answer<'_, ()> {
        let Space { limits, store, .. } = &*self.space;
        let checked = limits.key(&channel).and_then(|()| {
            let payload = packed(payload)?;
            limits.message(&payload).map(|()| payload)
        });
        match checked {
            Ok(payload) => store.publish(channel, payload),
            Err(error) => at_once(Err(error)),
        }
    }

    fn subscribe(&self, channel: String) -> Answer<'_, ()> {
        let Space {
            limits, subscribers, ..
        } = &*self.space;
        at_once(
            limits
                .key(&channel)
                .and_then(|()| subscribers.subscribe(&self.room, &channel)),
        )
    }

    fn unsubscribe(&self, channel: String) -> Answer<'_, ()> {
        self.space.subscribers.unsubscribe(self.room.key, &channel);
        at_once(Ok(()))
    }

    hand_on! {
        set([key] key: String, [value] value: String, expires_after: Option<u32>) -> ();
        get([key] key: String) -> Option<String>;
        remove([key] key: String) -> bool;
        exists([key] key: String) -> bool;
        expire([key] key: String, after: Option<u32>) -> bool;
        increment([key] key: String, by: i64) -> i64;
        set_add([key] key: String, [key] member: String) -> bool;
        set_remove([key] key: String, [key] member: String) -> bool;
        set_contains([key] key: String, [key] member: String) -> bool;
        set_members([key] key: String) -> Vec<String>;
        set_size([key] key: String) -> u32;
        set_intersection([keys] keys: Vec<String>) -> Vec<String>;
        hash_set([key] key: String, [key] field: String, [value] value: String) -> ();
        hash_get([key] key: String, [key] field: String) -> Option<String>;
        hash_remove([key] key: String, [key] field: String) -> bool;
        hash_entries([key] key: String) -> Vec<(String, String)>;
        hash_size([key] key: String) -> u32;
        hash_increment([key] key: String, [key] field: String, by: i64) -> i64;
        list_push([key] key: String, [value] value: String, at: ListEnd) -> u32;
        list_pop([key] key: String, at: ListEnd) -> Option<String>;
        list_length([key] key: String) -> u32;
    }
}

#[cfg(test)]
mod tests {
    use parlor_protocol::ids::{RoomId, RoomTypeName};
    use parlor_room::handle::{Command, RoomKey};
    use tokio::sync::mpsc;

    use super::super::settings::{PresenceLimits, PresenceSettings, SpaceName};
    use super::super::spaces::Spaces;
    use super::*;

    fn room() -> (RoomPresence, mpsc::Receiver<Box<Command>>) {
        let spaces = Spaces::new(PresenceSettings {
            limits: PresenceLimits {
                max_key: 4,
                max_value: 8,
                max_message: 8,
                ..PresenceLimits::default()
            },
            ..PresenceSettings::default()
        });
        let space = spaces.space(SpaceName::Own(RoomTypeName::parse("duel").unwrap()));
        let (mailbox, commands) = mpsc::channel(8);
        let room = Subscriber {
            key: RoomKey::unique(),
            id: RoomId::random(),
            mailbox,
        };
        (RoomPresence::new(space, room), commands)
    }

    #[tokio::test]
    async fn what_is_published_is_checked_and_arrives_as_message_pack() {
        let (room, mut commands) = room();
        room.subscribe("news".into()).await.unwrap();
        let cases = [
            (
                Document::MessagePack(vec![0x93, 1, 2, 3]),
                Ok(vec![0x93, 1, 2, 3]),
            ),
            (
                Document::Json("{\"a\": [true]}".into()),
                Ok(vec![0x81, 0xa1, b'a', 0x91, 0xc3]),
            ),
            (Document::MessagePack(vec![0x93, 1, 2]), Err("valid")),
            (Document::MessagePack(vec![1, 2]), Err("valid")),
            (Document::Json("{".into()), Err("valid")),
            (Document::Json("\"much too long\"".into()), Err("max-message")),
        ];
        for (document, wanted) in cases {
            let published = room.publish("news".into(), document.clone()).await;
            match (published, wanted) {
                (Ok(()), Ok(bytes)) => match commands.try_recv().map(|command| *command) {
                    Ok(Command::Published { channel, payload }) => {
                        assert_eq!((&*channel, &payload[..]), ("news", &bytes[..]));
                    }
                    other => panic!("{other:?}"),
                },
                (Err(PresenceError::NotValid(_)), Err("valid")) => {}
                (Err(PresenceError::Full(what)), Err(key)) => assert!(what.contains(key), "{what}"),
                other => panic!("{document:?}: {other:?}"),
            }
        }
        assert!(commands.try_recv().is_err());
    }

    #[tokio::test]
    async fn what_is_too_long_is_refused_wherever_it_stands() {
        let (room, _commands) = room();
        let (long, much) = ("12345", "123456789");
        let [key, long, much] = ["key", long, much].map(str::to_owned);
        let refusals = [
            (room.set(long.clone(), key.clone(), None).await, "max-key"),
            (room.set(key.clone(), much.clone(), None).await, "max-value"),
            (
                room.hash_set(key.clone(), long.clone(), key.clone()).await,
                "max-key",
            ),
            (
                room.hash_set(key.clone(), key.clone(), much.clone()).await,
                "max-value",
            ),
            (room.set_add(key.clone(), long.clone()).await.map(drop), "max-key"),
            (
                room.set_intersection(vec![key.clone(), long.clone()])
                    .await
                    .map(drop),
                "max-key",
            ),
            (
                room.list_push(key.clone(), much, ListEnd::Back).await.map(drop),
                "max-value",
            ),
            (room.subscribe(long.clone()).await, "max-key"),
            (
                room.publish(long, Document::MessagePack(vec![1])).await,
                "max-key",
            ),
        ];
        for (answer, bound) in refusals {
            match answer {
                Err(PresenceError::Full(what)) => assert!(what.contains(bound), "{what}"),
                other => panic!("{bound}: {other:?}"),
            }
        }
        assert_eq!(room.exists(key).await, Ok(false));
    }
}
