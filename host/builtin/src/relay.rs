//! `relay`: passes every message on to the others (§7.2 of the protocol notes).

use std::sync::Arc;

use indexmap::IndexMap;
use parlor_plugin::{
    Audience, Definition, Document, Encoding, HeldSeat, JoiningClient, Message, OptionalHooks, Payload,
    Refusal, RoomContext, SendOptions,
};
use parlor_protocol::msgpack;
use parlor_room::code::{BuiltInError, BuiltInResult, BuiltInRoom, BuiltInType};
use parlor_room::settings::RoomSettings;
use parlor_room::world::World;
use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, NodeId, Plain, Primitive, Schema, SchemaError,
    StructDefinition, StructIndex, Value,
};

use crate::reading::{Options, invalid};

/// Longest time for which a client may ask its room to hold seats, in seconds.
const LONGEST_HOLD: f64 = 40.0;
/// Longest name of a player, in bytes.
const LONGEST_NAME: usize = 128;
/// Most metadata that a client may give its room, in bytes of MessagePack.
const MOST_METADATA: usize = 4096;

const STATE: StructIndex = StructIndex(0);
const PLAYER: StructIndex = StructIndex(1);
const PLAYERS: FieldIndex = FieldIndex(0);
const CONNECTED: FieldIndex = FieldIndex(0);
const NAME: FieldIndex = FieldIndex(1);
const SESSION: FieldIndex = FieldIndex(2);

/// The room type `relay`: every message goes to everyone but its sender, as `[session, payload]` under the
/// same type. The state tells who is there: `players`, a map by session of `{connected, name, sessionId}`.
#[derive(Debug)]
pub struct Relay {
    schema: Arc<Schema>,
}

impl Relay {
    /// The type, ready to be served.
    ///
    /// # Errors
    /// Its state's schema breaks a rule, which it does not.
    pub fn new() -> Result<Self, SchemaError> {
        let field = |name: &str, kind| Field {
            name: name.to_owned(),
            kind,
            view: None,
        };
        let state = StructDefinition {
            name: "State".to_owned(),
            extends: None,
            fields: vec![field("players", FieldType::Map(Element::Struct(PLAYER)))],
        };
        let player = StructDefinition {
            name: "Player".to_owned(),
            extends: None,
            fields: vec![
                field("connected", FieldType::Primitive(Primitive::Boolean)),
                field("name", FieldType::Primitive(Primitive::String)),
                field("sessionId", FieldType::Primitive(Primitive::String)),
            ],
        };
        let schema = Schema::new(vec![state, player], STATE)?;
        Ok(Self {
            schema: Arc::new(schema),
        })
    }
}

impl BuiltInType for Relay {
    fn definition(&self) -> Definition {
        Definition {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            encoding: Encoding::MessagePack,
            schema: Some(Arc::clone(&self.schema)),
            optional_hooks: OptionalHooks::default(),
        }
    }

    fn start(&self, _world: &Arc<dyn World>, settings: &RoomSettings) -> Box<dyn BuiltInRoom> {
        Box::new(RelayRoom {
            max_clients: settings.max_clients,
            hold: 0,
            players: IndexMap::new(),
            last_node: 0,
        })
    }
}

#[derive(Debug)]
struct RelayRoom {
    /// The operator's limit, under which the creator's has to be.
    max_clients: Option<u32>,
    /// How long a seat is held, in milliseconds.
    hold: u32,
    players: IndexMap<String, NodeId>,
    last_node: u32,
}

impl BuiltInRoom for RelayRoom {
    /// `maxClients`, `allowReconnectionTime` (in seconds) and `metadata` are the creator's to say.
    fn on_create(&mut self, room: &mut dyn RoomContext, options: Document) -> BuiltInResult<()> {
        let options = Options::read(&options)?;
        if let Some(limit) = options.number("maxClients")? {
            if !(1.0..=f64::from(u32::MAX)).contains(&limit) || limit.fract() != 0.0 {
                return Err(invalid("the option `maxClients` must be a whole number, at least 1").into());
            }
            let limit = limit as u32;
            room.set_max_clients(Some(self.max_clients.map_or(limit, |most| limit.min(most))))?;
        }
        if let Some(seconds) = options.number("allowReconnectionTime")? {
            if seconds < 0.0 {
                return Err(invalid("the option `allowReconnectionTime` must not be negative").into());
            }
            self.hold = (seconds.min(LONGEST_HOLD) * 1000.0) as u32;
        }
        if let Some(metadata) = options.get("metadata") {
            room.set_metadata(Document::MessagePack(pack_metadata(metadata)?))?;
        }
        Ok(())
    }

    fn on_join(&mut self, room: &mut dyn RoomContext, client: JoiningClient) -> BuiltInResult<()> {
        let options = Options::read(&client.options)?;
        let name = options.text("name", LONGEST_NAME)?.unwrap_or_default();
        self.last_node = self
            .last_node
            .checked_add(1)
            .ok_or_else(|| BuiltInError::Fault("there were too many players in this room".to_owned()))?;
        let node = NodeId(self.last_node);
        let set = |field, value| Change::Set { node, field, value };
        let changes = vec![
            Change::Create {
                node,
                definition: PLAYER,
            },
            set(CONNECTED, Value::Boolean(true)),
            set(NAME, Value::Text(name.to_owned())),
            set(SESSION, Value::Text(client.session.clone())),
            Change::MapSet {
                node: NodeId::ROOT,
                field: PLAYERS,
                key: client.session.clone(),
                value: Value::Node(node),
            },
        ];
        apply(room, changes)?;
        self.players.insert(client.session, node);
        Ok(())
    }

    fn on_message(&mut self, room: &mut dyn RoomContext, message: Message) -> BuiltInResult<Payload> {
        let sender = Document::MessagePack(msgpack::from_plain(&Plain::Text(message.sender.clone())));
        let content = match message.payload {
            Payload::Value(document) => document,
            Payload::Empty => Document::MessagePack(msgpack::from_plain(&Plain::Null)),
            Payload::Raw(bytes) => Document::MessagePack(msgpack::from_plain(&Plain::Bytes(bytes))),
            Payload::Values(_) => return Err(invalid("one value is expected here").into()),
        };
        let others = Audience {
            groups: Vec::new(),
            except: vec![message.sender],
        };
        // As several values: a list of both, however deep the content is nested by itself.
        let payload = Payload::Values(vec![sender, content]);
        room.broadcast(message.kind, payload, others, SendOptions::NONE)?;
        Ok(Payload::Empty)
    }

    fn on_drop(
        &mut self,
        room: &mut dyn RoomContext,
        session: &str,
        _close_code: u16,
    ) -> BuiltInResult<HeldSeat> {
        if self.hold == 0 {
            return Ok(HeldSeat::Release);
        }
        self.show_connected(room, session, false)?;
        Ok(HeldSeat::HoldFor(self.hold))
    }

    fn on_reconnect(&mut self, room: &mut dyn RoomContext, session: &str) -> BuiltInResult<()> {
        self.show_connected(room, session, true)
    }

    fn on_leave(&mut self, room: &mut dyn RoomContext, session: &str, _close_code: u16) -> BuiltInResult<()> {
        if self.players.swap_remove(session).is_none() {
            return Ok(());
        }
        let gone = Change::MapRemove {
            node: NodeId::ROOT,
            field: PLAYERS,
            key: session.to_owned(),
        };
        apply(room, vec![gone])
    }
}

impl RelayRoom {
    fn show_connected(
        &self,
        room: &mut dyn RoomContext,
        session: &str,
        connected: bool,
    ) -> BuiltInResult<()> {
        let Some(node) = self.players.get(session) else {
            return Ok(());
        };
        let change = Change::Set {
            node: *node,
            field: CONNECTED,
            value: Value::Boolean(connected),
        };
        apply(room, vec![change])
    }
}

fn apply(room: &mut dyn RoomContext, changes: Vec<Change>) -> BuiltInResult<()> {
    let applied = room.apply(changes)?;
    applied.map_err(|error| BuiltInError::Fault(format!("the state cannot be changed: {error}")))
}

fn pack_metadata(metadata: &serde_json::Value) -> Result<Vec<u8>, Refusal> {
    let packed = msgpack::from_json_value(metadata)
        .map_err(|error| invalid(format!("the option `metadata` cannot be used: {error}")))?;
    if !metadata.is_object() || packed.len() > MOST_METADATA {
        let message = format!("the option `metadata` must be a map of at most {MOST_METADATA} bytes");
        return Err(invalid(message));
    }
    Ok(packed)
}
