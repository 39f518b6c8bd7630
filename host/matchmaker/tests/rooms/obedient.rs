//! A room that does what its options say, and answers other rooms.

use std::sync::Arc;

use parlor_plugin::{
    Definition, Document, Encoding, JoiningClient, MatchmakingChanges, Message, MessageType, OptionalHooks,
    Payload, Refusal, RoomContext, RoomMessage,
};
use parlor_protocol::msgpack;
use parlor_room::code::{BuiltInError, BuiltInResult, BuiltInRoom, BuiltInType};
use parlor_room::settings::RoomSettings;
use parlor_room::world::World;
use serde_json::{Value, json};

#[derive(Debug)]
pub struct Obedient {
    pub encoding: Encoding,
}

#[derive(Debug)]
struct Room;

impl BuiltInType for Obedient {
    fn definition(&self) -> Definition {
        Definition {
            version: "1.0.0".to_owned(),
            encoding: self.encoding,
            schema: None,
            optional_hooks: OptionalHooks::default(),
        }
    }

    fn start(&self, _world: &Arc<dyn World>, _settings: &RoomSettings) -> Box<dyn BuiltInRoom> {
        Box::new(Room)
    }
}

/// Whatever form a document came in.
pub fn read(document: &Document) -> Value {
    match document {
        Document::MessagePack(bytes) => msgpack::to_json_value(bytes).unwrap(),
        Document::Json(text) => serde_json::from_str(text).unwrap(),
    }
}

impl BuiltInRoom for Room {
    /// `refuse` refuses with that code; `metadata`, `private`, `locked` are set.
    fn on_create(&mut self, room: &mut dyn RoomContext, options: Document) -> BuiltInResult<()> {
        let options = read(&options);
        if let Some(code) = options["refuse"].as_u64() {
            return Err(BuiltInError::Refusal(Refusal {
                code: u16::try_from(code).unwrap(),
                message: "as asked".to_owned(),
            }));
        }
        let changes = MatchmakingChanges {
            metadata: options
                .get("metadata")
                .map(|metadata| Document::Json(metadata.to_string())),
            private: options["private"].as_bool(),
            locked: options["locked"].as_bool(),
            ..MatchmakingChanges::default()
        };
        if let Some(limit) = options["maxClients"].as_u64() {
            room.set_max_clients(u32::try_from(limit).ok())?;
        }
        Ok(room.set_matchmaking(changes)?)
    }

    fn on_join(&mut self, _: &mut dyn RoomContext, _: JoiningClient) -> BuiltInResult<()> {
        Ok(())
    }

    fn on_message(&mut self, _: &mut dyn RoomContext, _: Message) -> BuiltInResult<Payload> {
        Ok(Payload::Empty)
    }

    /// `refuse` and `fault` end so, `bad` answers with what is no document; all else comes back, with what the room saw
    /// of it.
    fn on_room_message(
        &mut self,
        room: &mut dyn RoomContext,
        message: RoomMessage,
    ) -> BuiltInResult<Payload> {
        let MessageType::Text(kind) = &message.kind else {
            return Ok(message.payload);
        };
        match kind.as_str() {
            "refuse" => Err(BuiltInError::Refusal(Refusal {
                code: 4321,
                message: "not now".to_owned(),
            })),
            "fault" => Err(BuiltInError::Fault("broken".to_owned())),
            "bad" => Ok(Payload::Value(Document::MessagePack(vec![0xc1]))),
            "metadata" => {
                if let Payload::Value(metadata) = message.payload {
                    room.set_metadata(metadata)?;
                }
                Ok(Payload::Empty)
            }
            "describe" => {
                let form = match &message.payload {
                    Payload::Value(Document::Json(_)) => "json",
                    Payload::Value(Document::MessagePack(_)) => "message-pack",
                    _ => "other",
                };
                let seen = json!([message.sender, message.sender_type, message.expects_reply, form]);
                Ok(Payload::Value(Document::Json(seen.to_string())))
            }
            _ => Ok(message.payload),
        }
    }
}
