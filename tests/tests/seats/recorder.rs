//! A room type that writes down which hooks are called, and does what the test says through `on-room-message`.

use std::sync::{Arc, Mutex, MutexGuard};

use parlor_plugin::{
    Definition, Document, Encoding, HeldSeat, JoiningClient, Message, MessageType, OptionalHooks, Payload,
    RoomContext, RoomMessage,
};
use parlor_room::code::{BuiltInResult, BuiltInRoom, BuiltInType};
use parlor_room::settings::RoomSettings;
use parlor_room::world::World;

/// One call of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    Join(String),
    Drop(String, u16),
    Reconnect(String),
    Leave(String, u16),
    Dispose,
}

/// What the test and its room share.
#[derive(Clone, Debug)]
pub struct Record(Arc<Mutex<Notes>>);

#[derive(Debug)]
struct Notes {
    calls: Vec<Call>,
    /// What `on-drop` answers.
    seat: HeldSeat,
}

impl Default for Record {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Notes {
            calls: Vec::new(),
            seat: HeldSeat::Release,
        })))
    }
}

impl Record {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap()
    }

    fn write(&self, call: Call) {
        self.notes().calls.push(call);
    }

    pub fn calls(&self) -> Vec<Call> {
        self.notes().calls.clone()
    }

    /// From now on `on-drop` answers this.
    pub fn answer_drops(&self, seat: HeldSeat) {
        self.notes().seat = seat;
    }
}

impl BuiltInType for Record {
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

/// Types of the messages by which the test has the room do something.
pub const KICK: &str = "kick";
pub const LOCK: &str = "lock";
pub const UNLOCK: &str = "unlock";
pub const LIMIT: &str = "limit";
pub const MAY_END: &str = "may-end";

/// The close code of a kick.
pub const KICKED: u16 = 4100;

impl BuiltInRoom for Record {
    fn on_create(&mut self, room: &mut dyn RoomContext, _options: Document) -> BuiltInResult<()> {
        room.set_auto_dispose(false)?;
        Ok(())
    }

    fn on_join(&mut self, _room: &mut dyn RoomContext, client: JoiningClient) -> BuiltInResult<()> {
        self.write(Call::Join(client.session));
        Ok(())
    }

    fn on_message(&mut self, _room: &mut dyn RoomContext, _message: Message) -> BuiltInResult<Payload> {
        Ok(Payload::Empty)
    }

    fn on_room_message(
        &mut self,
        room: &mut dyn RoomContext,
        message: RoomMessage,
    ) -> BuiltInResult<Payload> {
        let MessageType::Text(kind) = message.kind else {
            panic!("no text")
        };
        let Payload::Raw(bytes) = message.payload else {
            panic!("no bytes")
        };
        match kind.as_str() {
            KICK => {
                // Somebody who is gone already is an error that changes nothing.
                let _ = room.leave(String::from_utf8(bytes).unwrap(), KICKED, String::new())?;
            }
            LOCK => room.lock()?,
            UNLOCK => room.unlock()?,
            LIMIT => room.set_max_clients(Some(u32::from(bytes[0])))?,
            MAY_END => room.set_auto_dispose(true)?,
            other => panic!("what is {other}?"),
        }
        Ok(Payload::Empty)
    }

    fn on_drop(
        &mut self,
        _room: &mut dyn RoomContext,
        session: &str,
        close_code: u16,
    ) -> BuiltInResult<HeldSeat> {
        self.write(Call::Drop(session.to_owned(), close_code));
        Ok(self.notes().seat)
    }

    fn on_reconnect(&mut self, _room: &mut dyn RoomContext, session: &str) -> BuiltInResult<()> {
        self.write(Call::Reconnect(session.to_owned()));
        Ok(())
    }

    fn on_leave(&mut self, _room: &mut dyn RoomContext, session: &str, close_code: u16) -> BuiltInResult<()> {
        self.write(Call::Leave(session.to_owned(), close_code));
        Ok(())
    }

    fn on_dispose(&mut self, _room: &mut dyn RoomContext) -> BuiltInResult<()> {
        self.write(Call::Dispose);
        Ok(())
    }
}
