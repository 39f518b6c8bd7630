//! `queue`: clients wait until they fit together, and are sent on to a match (§7.3 of the protocol notes).
//!
//! Once a second the room puts all that wait into groups (`grouping.rs`). For a group that plays, `placing.rs`
//! creates a room and reserves its seats beside the room's task; each member gets its seat as `seat`, takes it,
//! says `confirm`, and is let go.

pub(crate) mod grouping;
mod placing;

use std::sync::Arc;

use indexmap::IndexMap;
use parlor_plugin::{
    Definition, Document, Encoding, JoiningClient, LogLevel, Message, MessageType, OptionalHooks, Payload,
    Refusal, ReservedSeat, RoomContext, RoomError, SeatWish, SendOptions, Waiting,
};
use parlor_protocol::close::CloseCode;
use parlor_protocol::ids::RoomTypeName;
use parlor_protocol::msgpack;
use parlor_room::code::{BuiltInResult, BuiltInRoom, BuiltInType};
use parlor_room::settings::RoomSettings;
use parlor_room::world::World;
use parlor_schema::Plain;
use serde_json::Value;

use self::grouping::{Candidate, Readiness, Rules, groups};
use self::placing::{Placed, Placements};
use crate::reading::{Options, invalid, unknown};

/// Time between two cycles, in milliseconds.
const CYCLE: f64 = 1000.0;
/// Cycles in which a client that got its seat has to confirm it.
const CYCLES_TO_CONFIRM: u32 = 30;
/// Longest name of a team, in bytes.
const LONGEST_TEAM: usize = 64;

/// The room type `queue`.
#[derive(Debug)]
pub struct Queue {
    settings: Arc<QueueSettings>,
}

/// What an operator sets for a queue. Clients have no say in it.
#[derive(Clone, Debug)]
pub struct QueueSettings {
    /// The type of the rooms in which groups play.
    pub match_room: RoomTypeName,
    /// How groups are made.
    pub rules: Rules,
}

impl Queue {
    /// The type, ready to be served.
    pub fn new(settings: QueueSettings) -> Self {
        Self {
            settings: Arc::new(settings),
        }
    }

    /// What the operator set.
    pub fn settings(&self) -> &QueueSettings {
        &self.settings
    }
}

impl BuiltInType for Queue {
    fn definition(&self) -> Definition {
        Definition {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            encoding: Encoding::MessagePack,
            schema: None,
            optional_hooks: OptionalHooks::default(),
        }
    }

    fn start(&self, _world: &Arc<dyn World>, _settings: &RoomSettings) -> Box<dyn BuiltInRoom> {
        Box::new(QueueRoom {
            settings: Arc::clone(&self.settings),
            queued: IndexMap::new(),
            placements: Placements::default(),
        })
    }
}

#[derive(Debug)]
struct QueueRoom {
    settings: Arc<QueueSettings>,
    /// By session, in the order in which they came.
    queued: IndexMap<String, Queued>,
    placements: Placements,
}

/// A client in the queue.
#[derive(Debug)]
struct Queued {
    rank: f64,
    team: Option<String>,
    /// For its seat in the match.
    options: Document,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// For a group. `told`: how large it has heard that its group is.
    Waits { cycles: u32, told: u32 },
    /// A room is being created for its group.
    IsPlaced,
    /// It has got its seat and is to say so.
    Confirms { cycles: u32 },
}

impl BuiltInRoom for QueueRoom {
    fn on_create(&mut self, room: &mut dyn RoomContext, _options: Document) -> BuiltInResult<()> {
        room.set_tick_interval(Some(CYCLE))?;
        Ok(())
    }

    fn on_join(&mut self, room: &mut dyn RoomContext, client: JoiningClient) -> BuiltInResult<()> {
        let options = Options::read(&client.options)?;
        let queued = Queued {
            rank: options.number("rank")?.unwrap_or_default(),
            team: read_team(&options)?,
            options: client.options,
            stage: Stage::Waits { cycles: 0, told: 1 },
        };
        self.queued.insert(client.session.clone(), queued);
        tell_size(room, client.session, 1)
    }

    fn on_message(&mut self, room: &mut dyn RoomContext, message: Message) -> BuiltInResult<Payload> {
        if message.kind != MessageType::Text("confirm".to_owned()) {
            return Err(unknown(&message.kind).into());
        }
        match self.queued.get(&message.sender).map(|queued| &queued.stage) {
            Some(Stage::Confirms { .. }) => {
                let _ = room.leave(message.sender, CloseCode::NORMAL.0, String::new())?;
                Ok(Payload::Empty)
            }
            _ => Err(invalid("there is no seat to confirm yet").into()),
        }
    }

    fn on_leave(
        &mut self,
        _room: &mut dyn RoomContext,
        session: &str,
        _close_code: u16,
    ) -> BuiltInResult<()> {
        self.queued.shift_remove(session);
        Ok(())
    }

    /// One cycle.
    fn on_tick(&mut self, room: &mut dyn RoomContext, _delta: f64) -> BuiltInResult<()> {
        self.let_go_who_never_confirms(room)?;
        self.regroup(room)
    }

    fn event(&mut self) -> Option<Waiting<'_, ()>> {
        self.placements.next()
    }

    fn on_event(&mut self, room: &mut dyn RoomContext) -> BuiltInResult<()> {
        while let Some(placed) = self.placements.take() {
            match placed {
                Placed {
                    members,
                    seats: Ok(seats),
                } => self.hand_out(room, members, seats)?,
                Placed {
                    members,
                    seats: Err(error),
                } => self.give_up(room, members, &error)?,
            }
        }
        Ok(())
    }
}

impl QueueRoom {
    fn regroup(&mut self, room: &mut dyn RoomContext) -> BuiltInResult<()> {
        let waiting: Vec<(&String, Candidate<'_>)> = self
            .queued
            .iter()
            .filter_map(|(session, queued)| Some((session, queued.candidate()?)))
            .collect();
        let candidates: Vec<Candidate<'_>> = waiting.iter().map(|(_, one)| one.clone()).collect();
        let groups: Vec<(Vec<String>, Readiness)> = groups(&self.settings.rules, &candidates)
            .into_iter()
            .map(|group| {
                let sessions = group.members.iter().filter_map(|at| waiting.get(*at));
                (
                    sessions.map(|(session, _)| (*session).clone()).collect(),
                    group.readiness,
                )
            })
            .collect();
        for queued in self.queued.values_mut() {
            if let Stage::Waits { cycles, .. } = &mut queued.stage {
                *cycles = cycles.saturating_add(1);
            }
        }
        for (members, readiness) in groups {
            // What cannot be started now waits for the next cycle.
            if readiness == Readiness::Plays && self.placements.has_space() {
                self.start(room, members)?;
            } else {
                self.tell_group(room, members)?;
            }
        }
        Ok(())
    }

    /// Creates the room in which these play.
    fn start(&mut self, room: &mut dyn RoomContext, members: Vec<String>) -> BuiltInResult<()> {
        let mut wishes = Vec::with_capacity(members.len());
        for session in &members {
            if let Some(queued) = self.queued.get_mut(session) {
                queued.stage = Stage::IsPlaced;
                wishes.push(SeatWish {
                    session: Some(session.clone()),
                    options: queued.options.clone(),
                    auth: room.auth(session)?.ok().flatten(),
                });
            }
        }
        let match_room = self.settings.match_room.to_string();
        self.placements
            .start(room.other_rooms()?, match_room, members, wishes);
        Ok(())
    }

    /// Tells members how many they are, if they do not know.
    fn tell_group(&mut self, room: &mut dyn RoomContext, members: Vec<String>) -> BuiltInResult<()> {
        let size = u32::try_from(members.len()).unwrap_or(u32::MAX);
        for session in members {
            if let Some(Queued {
                stage: Stage::Waits { told, .. },
                ..
            }) = self.queued.get_mut(&session)
                && *told != size
            {
                *told = size;
                tell_size(room, session, size)?;
            }
        }
        Ok(())
    }

    /// Gives each member its seat. The seat of a member that has left meanwhile expires by itself.
    fn hand_out(
        &mut self,
        room: &mut dyn RoomContext,
        members: Vec<String>,
        seats: Vec<ReservedSeat>,
    ) -> BuiltInResult<()> {
        for (session, seat) in members.into_iter().zip(seats) {
            if let Some(queued) = self.queued.get_mut(&session) {
                queued.stage = Stage::Confirms { cycles: 0 };
                let kind = MessageType::Text("seat".to_owned());
                // Who cannot be sent to is on the way out.
                let _ = room.send(session, kind, Payload::Value(seat.reservation), SendOptions::NONE)?;
            }
        }
        Ok(())
    }

    /// There is no match: its members have to queue up again.
    fn give_up(
        &mut self,
        room: &mut dyn RoomContext,
        members: Vec<String>,
        error: &RoomError,
    ) -> BuiltInResult<()> {
        let line = format!(
            "a group of {} finds no place in a new room of type \"{}\": {error}",
            members.len(),
            self.settings.match_room
        );
        room.log(LogLevel::Error, &line);
        for session in members {
            if self.queued.contains_key(&session) {
                let reason = "the match could not be made".to_owned();
                let _ = room.leave(session, CloseCode::ROOM_FAILED.0, reason)?;
            }
        }
        Ok(())
    }

    fn let_go_who_never_confirms(&mut self, room: &mut dyn RoomContext) -> BuiltInResult<()> {
        for (session, queued) in &mut self.queued {
            if let Stage::Confirms { cycles } = &mut queued.stage {
                *cycles += 1;
                if *cycles == CYCLES_TO_CONFIRM {
                    let reason = "the seat was not confirmed in time".to_owned();
                    let _ = room.leave(session.clone(), CloseCode::WITH_ERROR.0, reason)?;
                }
            }
        }
        Ok(())
    }
}

impl Queued {
    fn candidate(&self) -> Option<Candidate<'_>> {
        match self.stage {
            Stage::Waits { cycles, .. } => Some(Candidate {
                rank: self.rank,
                team: self.team.as_deref(),
                cycles,
            }),
            Stage::IsPlaced | Stage::Confirms { .. } => None,
        }
    }
}

/// `teamId`: text or a number.
fn read_team(options: &Options) -> Result<Option<String>, Refusal> {
    match options.get("teamId") {
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        _ => Ok(options.text("teamId", LONGEST_TEAM)?.map(str::to_owned)),
    }
}

fn tell_size(room: &mut dyn RoomContext, session: String, size: u32) -> BuiltInResult<()> {
    let size = Document::MessagePack(msgpack::from_plain(&Plain::Unsigned(size.into())));
    let kind = MessageType::Text("clients".to_owned());
    // Who cannot be sent to is on the way out.
    let _ = room.send(session, kind, Payload::Value(size), SendOptions::NONE)?;
    Ok(())
}
