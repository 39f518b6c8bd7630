//! A room of a thousand intervals, and a clock that jumps from one to the next.

use std::sync::Arc;

use parlor_matchmaker::Matchmaker;
use parlor_plugin::{
    Definition, Document, Encoding, JoiningClient, Message, OptionalHooks, Payload, RoomContext,
};
use parlor_protocol::ids::RoomId;
use parlor_room::Room;
use parlor_room::code::{BuiltInCapacity, BuiltInResult, BuiltInRoom, BuiltInType};
use parlor_room::room_type::RoomType;
use parlor_room::settings::RoomSettings;
use parlor_room::world::World;
use serde_json::Map;
use tokio::sync::mpsc::{self, UnboundedSender};

use crate::host::runtime;

const TIMERS: u32 = 1000;
/// Milliseconds; the n-th timer has n more, so most fire alone.
const SHORTEST: u32 = 10_000;

/// The type of that room. Its code is the host's own: what a hook of a component costs, the other paths tell.
#[derive(Clone, Debug)]
struct Beats(UnboundedSender<()>);

impl BuiltInType for Beats {
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

impl BuiltInRoom for Beats {
    fn on_create(&mut self, room: &mut dyn RoomContext, _options: Document) -> BuiltInResult<()> {
        room.set_auto_dispose(false)?;
        for number in 0..TIMERS {
            room.set_interval("beat".to_owned(), None, SHORTEST + number)?;
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
        self.0.send(()).unwrap();
        Ok(())
    }
}

/// Lets so many timers fire.
pub fn walk(rounds: u32) {
    runtime().block_on(async {
        let (sender, mut fired) = mpsc::unbounded_channel();
        let room_type = RoomType::built_in(
            "beats".parse().unwrap(),
            Arc::new(Beats(sender)),
            BuiltInCapacity::new(1),
            RoomSettings::default(),
        );
        let world = Matchmaker::default().world();
        let (_handle, room) = Room::create(room_type.unwrap(), RoomId::random(), &[0x80], Map::new(), world)
            .await
            .unwrap();
        let running = tokio::spawn(room.run());
        for _ in 0..rounds {
            fired.recv().await.unwrap();
        }
        running.abort();
    });
}
