//! `lobby`: shows rooms as they come, change and go (§7.1 of the protocol notes).
//!
//! `watch.rs` follows the feed of listings, `board.rs` holds what is shown and finds out what a change is
//! to whom, `filter.rs` is what a client wants to see.

mod board;
mod filter;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use parlor_plugin::{
    Audience, Definition, Document, Encoding, JoiningClient, Message, MessageType, OptionalHooks, Payload,
    RoomContext, SendOptions, Waiting,
};
use parlor_room::code::{BuiltInResult, BuiltInRoom, BuiltInType};
use parlor_room::settings::RoomSettings;
use parlor_room::world::World;
use serde_json::Value;

use self::board::{Board, News, Step, packed_id};
use self::filter::Filter;
use self::watch::{ListWanted, Told, Watch};
use crate::reading::{self, Options, unknown};

/// Most changes of one round that are told one by one; more, and everybody gets the list anew.
const MOST_STEPS: usize = 64;
/// Between rounds of messages, where the operator wants no patches by themselves.
const DEFAULT_INTERVAL: Duration = Duration::from_millis(50);

/// Clients without a filter that are to get the list.
const FRESH: &str = "fresh";
/// Clients without a filter that have it.
const FOLLOWING: &str = "following";

/// The room type `lobby`. Its clients see the public rooms of the types that are listed in realtime.
#[derive(Debug, Default)]
pub struct Lobby(());

impl Lobby {
    /// The type, ready to be served.
    pub fn new() -> Self {
        Self::default()
    }
}

impl BuiltInType for Lobby {
    fn definition(&self) -> Definition {
        Definition {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            encoding: Encoding::MessagePack,
            schema: None,
            optional_hooks: OptionalHooks::default(),
        }
    }

    fn start(&self, world: &Arc<dyn World>, settings: &RoomSettings) -> Box<dyn BuiltInRoom> {
        let interval = settings.patch_interval.unwrap_or(DEFAULT_INTERVAL);
        Box::new(LobbyRoom {
            watch: Watch::new(Arc::clone(world), interval),
            board: Board::default(),
            spectators: IndexMap::new(),
        })
    }
}

#[derive(Debug)]
struct LobbyRoom {
    watch: Watch,
    board: Board,
    /// By session.
    spectators: IndexMap<String, Spectator>,
}

#[derive(Debug)]
struct Spectator {
    filter: Option<Filter>,
    list: List,
}

/// Whether a client has the list of rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    /// It gets it in the next round.
    Wanted,
    /// It has it, and is told of changes.
    Sent,
}

impl BuiltInRoom for LobbyRoom {
    fn on_create(&mut self, _room: &mut dyn RoomContext, _options: Document) -> BuiltInResult<()> {
        Ok(())
    }

    fn on_join(&mut self, room: &mut dyn RoomContext, client: JoiningClient) -> BuiltInResult<()> {
        let options = Options::read(&client.options)?;
        let filter = Filter::read(options.get("filter").cloned().unwrap_or(Value::Null))?;
        self.want_list(room, client.session, filter)
    }

    /// `filter`: from now on the client sees other rooms, and gets the list of them.
    fn on_message(&mut self, room: &mut dyn RoomContext, message: Message) -> BuiltInResult<Payload> {
        if message.kind != MessageType::Text("filter".to_owned()) {
            return Err(unknown(&message.kind).into());
        }
        let filter = Filter::read(reading::payload(&message.payload)?)?;
        self.want_list(room, message.sender, filter)?;
        Ok(Payload::Empty)
    }

    fn on_leave(
        &mut self,
        _room: &mut dyn RoomContext,
        session: &str,
        _close_code: u16,
    ) -> BuiltInResult<()> {
        self.spectators.swap_remove(session);
        Ok(())
    }

    fn event(&mut self) -> Option<Waiting<'_, ()>> {
        let wanted = self.spectators.values().any(|one| one.list == List::Wanted);
        let wanted = if wanted { ListWanted::Yes } else { ListWanted::No };
        Some(Box::pin(self.watch.due(wanted)))
    }

    /// One round: everybody learns what has changed since the last.
    fn on_event(&mut self, room: &mut dyn RoomContext) -> BuiltInResult<()> {
        for told in self.watch.take_told() {
            match told {
                Told::All(rooms) => {
                    self.board.replace(&rooms);
                    self.all_want_list(room)?;
                }
                Told::Changes(changes) => {
                    let steps = self.board.apply(changes.into_iter());
                    if steps.len() > MOST_STEPS {
                        self.all_want_list(room)?;
                    } else {
                        self.tell_steps(room, &steps)?;
                    }
                }
            }
        }
        self.send_lists(room)
    }
}

impl LobbyRoom {
    /// Remembers what a client wants to see. The list comes with the next round, so that no client can make
    /// the lobby pack lists as fast as it asks for them.
    fn want_list(
        &mut self,
        room: &mut dyn RoomContext,
        session: String,
        filter: Option<Filter>,
    ) -> BuiltInResult<()> {
        let spectator = Spectator {
            filter,
            list: List::Wanted,
        };
        regroup(room, &session, &spectator)?;
        self.spectators.insert(session, spectator);
        Ok(())
    }

    fn all_want_list(&mut self, room: &mut dyn RoomContext) -> BuiltInResult<()> {
        for (session, spectator) in &mut self.spectators {
            if spectator.list == List::Sent {
                spectator.list = List::Wanted;
                regroup(room, session, spectator)?;
            }
        }
        Ok(())
    }

    /// Tells those who have the list of each step: those without a filter together, the others one by one.
    fn tell_steps(&self, room: &mut dyn RoomContext, steps: &[Step]) -> BuiltInResult<()> {
        for step in steps {
            if let Some((kind, payload)) = message(step, step.news(None)) {
                room.broadcast(kind, payload, group(FOLLOWING), SendOptions::NONE)?;
            }
            for (session, spectator) in &self.spectators {
                if let (Some(filter), List::Sent) = (&spectator.filter, spectator.list)
                    && let Some((kind, payload)) = message(step, step.news(Some(filter)))
                {
                    // Who cannot be sent to is on the way out.
                    let _ = room.send(session.clone(), kind, payload, SendOptions::NONE)?;
                }
            }
        }
        Ok(())
    }

    /// Gives the list to those who want it.
    fn send_lists(&mut self, room: &mut dyn RoomContext) -> BuiltInResult<()> {
        let wanting = |spectator: &&mut Spectator| spectator.list == List::Wanted;
        if self
            .spectators
            .values_mut()
            .filter(wanting)
            .any(|spectator| spectator.filter.is_none())
        {
            let (kind, list) = rooms(self.board.list(None));
            room.broadcast(kind, list, group(FRESH), SendOptions::NONE)?;
        }
        for (session, spectator) in &mut self.spectators {
            if spectator.list == List::Sent {
                continue;
            }
            if let Some(filter) = &spectator.filter {
                let (kind, list) = rooms(self.board.list(Some(filter)));
                let _ = room.send(session.clone(), kind, list, SendOptions::NONE)?;
            }
            spectator.list = List::Sent;
            regroup(room, session, spectator)?;
        }
        Ok(())
    }
}

/// Puts a client into the group that it belongs to now. A client with a filter is in none.
fn regroup(room: &mut dyn RoomContext, session: &str, spectator: &Spectator) -> BuiltInResult<()> {
    let now = match (&spectator.filter, spectator.list) {
        (Some(_), _) => None,
        (None, List::Wanted) => Some(FRESH),
        (None, List::Sent) => Some(FOLLOWING),
    };
    for name in [FRESH, FOLLOWING] {
        // Who is not here any more is in no group either.
        let _ = if now == Some(name) {
            room.join_group(session.to_owned(), name.to_owned())?
        } else {
            room.leave_group(session.to_owned(), name.to_owned())?
        };
    }
    Ok(())
}

fn group(name: &str) -> Audience {
    Audience {
        groups: vec![name.to_owned()],
        except: Vec::new(),
    }
}

fn rooms(list: Vec<u8>) -> (MessageType, Payload) {
    let payload = Payload::Value(Document::MessagePack(list));
    (MessageType::Text("rooms".to_owned()), payload)
}

/// The message that tells of a step.
fn message(step: &Step, news: News) -> Option<(MessageType, Payload)> {
    let (kind, packed) = match (news, &step.after) {
        (News::Nothing, _) => return None,
        (News::Shows, Some(shown)) => ("+", shown.change()),
        (News::Shows | News::Gone, _) => ("-", packed_id(&step.id)),
    };
    let payload = Payload::Value(Document::MessagePack(packed));
    Some((MessageType::Text(kind.to_owned()), payload))
}
