//! Does with other rooms what its clients say, and answers with what came out.

mod answer;
mod asking;

use answer::Answer;
use asking::{Condition, Seat};
use parlor_sdk::prelude::*;
use std::thread::sleep;
use std::time::Duration;

/// How a room begins.
#[derive(Data)]
struct Options {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    metadata: Option<Document>,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    locked: bool,
    #[serde(default)]
    max_clients: Option<u32>,
    /// Refuses to begin with this code.
    #[serde(default)]
    refuse: Option<u16>,
    #[serde(default)]
    slow_ms: u64,
}

#[derive(Message)]
enum Input {
    Query {
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        conditions: Vec<Condition>,
        #[serde(default)]
        sort: Vec<String>,
        #[serde(default)]
        limit: Option<u32>,
    },
    Create {
        name: String,
        #[serde(default)]
        options: Option<Document>,
    },
    Reserve {
        room: String,
        seats: Vec<Seat>,
    },
    SendOn {
        room: String,
        #[serde(default)]
        options: Option<Document>,
    },
    Ask {
        room: String,
        kind: String,
        #[serde(default)]
        payload: Option<Document>,
    },
    Tell {
        room: String,
        kind: String,
        #[serde(default)]
        payload: Option<Document>,
    },
    Heard,
    Rename(String),
    Merge(Document),
    Matchmaking {
        #[serde(default)]
        metadata: Option<Document>,
        #[serde(default)]
        private: Option<bool>,
        #[serde(default)]
        unlisted: Option<bool>,
        #[serde(default)]
        locked: Option<bool>,
        #[serde(default)]
        max_clients: Option<u32>,
    },
}

/// What other rooms may send.
#[derive(Message)]
enum FromRoom {
    Echo(Payload),
    Note(Document),
    Refuse,
    Panic,
    Sleep(u64),
    /// Asks the sender in turn.
    AskBack,
}

#[derive(Data)]
struct Heard {
    sender: String,
    name: String,
    note: Document,
}

#[derive(Data, Default)]
struct Neighbours {
    heard: Vec<Heard>,
}

#[room]
impl Room for Neighbours {
    fn create(ctx: &Context<Self>, options: Options) -> Result<Self, Refusal> {
        sleep(Duration::from_millis(options.slow_ms));
        if let Some(code) = options.refuse {
            return Err(Refusal::new(code, "not today"));
        }
        if let Some(id) = options.id {
            ctx.set_id(&id)?;
        }
        if let Some(metadata) = options.metadata {
            ctx.set_metadata(metadata);
        }
        ctx.set_private(options.private);
        ctx.set_max_clients(options.max_clients);
        if options.locked {
            ctx.lock();
        }
        Ok(Self::default())
    }

    fn on_join(&mut self, ctx: &Context<Self>, client: &Client, options: Document) {
        ctx.send(client, "joined", (options, client.auth::<Document>()));
    }

    fn on_message(&mut self, ctx: &Context<Self>, client: &Client, message: Input) -> Result<(), Refusal> {
        let rooms = ctx.rooms();
        let value = |payload: Option<Document>| payload.map_or(Payload::Empty, Payload::Value);
        let (kind, answer) = match message {
            Input::Query {
                name,
                conditions,
                sort,
                limit,
            } => ("query", asking::query(rooms, name, conditions, sort, limit)?),
            Input::Create { name, options } => ("create", Answer::of(rooms.create(&name, options))),
            Input::Reserve { room, seats } => ("reserve", asking::reserve(rooms, &room, seats)),
            Input::SendOn { room, options } => ("send-on", Answer::of(ctx.send_on(client, &room, options))),
            Input::Ask { room, kind, payload } => ("ask", asking::ask(rooms, &room, kind, value(payload))),
            Input::Tell { room, kind, payload } => {
                ("tell", Answer::of(rooms.notify(&room, kind, value(payload))))
            }
            Input::Heard => {
                ctx.send(client, "heard", &self.heard);
                return Ok(());
            }
            Input::Rename(id) => return Ok(ctx.set_id(&id)?),
            Input::Merge(metadata) => {
                ctx.merge_metadata(metadata);
                return Ok(());
            }
            Input::Matchmaking {
                metadata,
                private,
                unlisted,
                locked,
                max_clients,
            } => {
                let mut changes = Matchmaking::new();
                if let Some(metadata) = metadata {
                    changes = changes.metadata(metadata);
                }
                if let Some(on) = private {
                    changes = changes.private(on);
                }
                if let Some(on) = unlisted {
                    changes = changes.unlisted(on);
                }
                if let Some(on) = locked {
                    changes = changes.locked(on);
                }
                if let Some(limit) = max_clients {
                    changes = changes.max_clients(limit);
                }
                ctx.set_matchmaking(changes);
                return Ok(());
            }
        };
        ctx.send(client, kind, answer);
        Ok(())
    }

    fn on_room_message(
        &mut self,
        ctx: &Context<Self>,
        sender: &RoomSender,
        message: FromRoom,
    ) -> Result<Payload, Refusal> {
        match message {
            FromRoom::Echo(payload) => Ok(payload),
            FromRoom::Note(note) => {
                self.heard.push(Heard {
                    sender: sender.id.clone(),
                    name: sender.room_type.clone(),
                    note: note.clone(),
                });
                ctx.broadcast("noted", note);
                Ok(Payload::of(ctx.is_request()))
            }
            FromRoom::Refuse => Err(Refusal::new(4321, "not for rooms")),
            #[expect(clippy::panic, reason = "what it is for")]
            FromRoom::Panic => panic!("as asked"),
            FromRoom::Sleep(milliseconds) => {
                sleep(Duration::from_millis(milliseconds));
                Ok(Payload::Empty)
            }
            FromRoom::AskBack => {
                let answer = asking::ask(ctx.rooms(), &sender.id, "echo".to_owned(), Payload::of(1));
                ctx.broadcast("asked-back", answer);
                Ok(Payload::Empty)
            }
        }
    }
}
