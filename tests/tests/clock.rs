//! What a room's clock costs while nothing is due: the room's task is not even woken.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use parlor_matchmaker::Matchmaker;
use parlor_plugin::{
    Definition, Document, Encoding, JoiningClient, Message, OptionalHooks, Payload, RoomContext,
};
use parlor_protocol::ids::{RoomId, RoomTypeName};
use parlor_room::Room;
use parlor_room::code::{BuiltInCapacity, BuiltInResult, BuiltInRoom, BuiltInType};
use parlor_room::room_type::RoomType;
use parlor_room::settings::RoomSettings;
use parlor_room::world::World;
use serde_json::Map;

const TIMERS: u32 = 1000;
const HOUR: Duration = Duration::from_secs(3600);

/// Sets a thousand timers of an hour, and counts those that fire.
#[derive(Clone, Debug, Default)]
struct Alarms(Arc<AtomicU32>);

impl BuiltInType for Alarms {
    fn definition(&self) -> Definition {
        Definition {
            version: "1.0.0".to_owned(),
            encoding: Encoding::MessagePack,
            schema: None,
            optional_hooks: OptionalHooks::default(),
        }
    }

    fn start(&self, _world: &Arc<dyn World>, _settings: &RoomSettings) -> Box<dyn BuiltInRoom> {
        Box::new(self.clone())
    }
}

impl BuiltInRoom for Alarms {
    fn on_create(&mut self, room: &mut dyn RoomContext, _options: Document) -> BuiltInResult<()> {
        room.set_auto_dispose(false)?;
        for _ in 0..TIMERS {
            room.set_timeout("alarm".to_owned(), None, u32::try_from(HOUR.as_millis()).unwrap())?;
        }
        Ok(())
    }

    fn on_join(&mut self, _room: &mut dyn RoomContext, _client: JoiningClient) -> BuiltInResult<()> {
        Ok(())
    }

    fn on_message(&mut self, _room: &mut dyn RoomContext, _message: Message) -> BuiltInResult<Payload> {
        Ok(Payload::Empty)
    }

    fn on_timer(
        &mut self,
        _room: &mut dyn RoomContext,
        _tag: &str,
        _payload: Option<Document>,
    ) -> BuiltInResult<()> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_idle_timers_wake_nobody() {
    let alarms = Alarms::default();
    let fired = Arc::clone(&alarms.0);
    let name = RoomTypeName::parse("alarms").unwrap();
    let room_type = RoomType::built_in(
        name,
        Arc::new(alarms),
        BuiltInCapacity::new(1),
        RoomSettings::default(),
    )
    .unwrap();
    let world = Matchmaker::default().world();
    let (_handle, room) = Room::create(room_type, RoomId::random(), &[0x80], Map::new(), world)
        .await
        .unwrap();
    let wakeups = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&wakeups);
    let running = tokio::spawn(async move {
        let mut running = pin!(room.run());
        poll_fn(|context| {
            counted.fetch_add(1, Ordering::Relaxed);
            running.as_mut().poll(context)
        })
        .await
    });
    // The seat that its creator might have taken is given up in this time.
    tokio::time::sleep(HOUR / 2).await;
    let settled = wakeups.load(Ordering::Relaxed);
    tokio::time::sleep(HOUR / 2 - Duration::from_secs(1)).await;
    // tokio's own wheel of timers moves a deadline that is far away a few times on its way.
    let woken = wakeups.load(Ordering::Relaxed) - settled;
    assert!(woken <= 6, "woken {woken} times in half an hour");
    assert_eq!(fired.load(Ordering::Relaxed), 0);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(fired.load(Ordering::Relaxed), TIMERS);
    let for_all = wakeups.load(Ordering::Relaxed) - settled - woken;
    assert!(
        for_all <= 3,
        "woken {for_all} times for timers that were due together"
    );
    running.abort();
}
