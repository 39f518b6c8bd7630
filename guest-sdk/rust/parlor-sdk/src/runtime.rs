//! A running room: calls the author's hooks, then reports what they changed.

use crate::client::{Client, SessionId};
use crate::context::Context;
use crate::data::{Document, Payload};
use crate::message::{Message, MessageType};
use crate::refusal::{Admission, Outcome, Refusal, Reply, Seat, SeatOutcome};
use crate::room::{Room, read_options};
use crate::state::tracking::{Change, Numbers, RoomState};
use crate::state::{Recorder, restoring, saving, settle};
use serde::{Deserialize, Serialize};

type Known<R> = <<R as Room>::State as RoomState>::Known;

/// A running room. The host sees it through [`Component`](crate::component::Component), tests directly.
pub struct Running<R: Room> {
    room: R,
    context: Context<R>,
    /// None for rooms without state.
    sync: Option<Sync<R>>,
}

struct Sync<R: Room> {
    known: Known<R>,
    recorder: Recorder,
}

/// What a room needs to go on elsewhere.
#[derive(Serialize, Deserialize)]
struct Saved<R> {
    room: R,
    /// Numbers of the state's instances, in the order of the state's fields.
    numbers: Vec<u32>,
    /// The number for the next new instance.
    next: u32,
    clients: Vec<SavedClient>,
}

#[derive(Serialize, Deserialize)]
struct SavedClient {
    session: SessionId,
    auth: Option<Document>,
}

impl<R: Room> Running<R> {
    /// Creates the room.
    pub(crate) fn create(options: &Document) -> Result<Self, Refusal> {
        let context = Context::new();
        let mut room = R::create(&context, read_options(options)?)?;
        let sync = R::State::schema().map(|schema| {
            let mut recorder = Recorder::new(schema);
            let known = room.state_mut().attach_root(&mut recorder);
            settle(&mut recorder);
            Sync { known, recorder }
        });
        Ok(Self { room, context, sync })
    }

    pub(crate) fn join(
        &mut self,
        session: String,
        options: &Document,
        auth: Option<Document>,
    ) -> Result<(), Refusal> {
        let client = Client::new(session.into(), auth);
        let options = read_options(options)?;
        self.context.admit(client.clone());
        let outcome = self
            .room
            .on_join(&self.context, &client, options)
            .into_admission();
        if outcome.is_err() {
            self.context.forget(client.session());
        }
        outcome
    }

    pub(crate) fn message(
        &mut self,
        sender: String,
        kind: MessageType,
        payload: Payload,
    ) -> Result<Payload, Refusal> {
        let client = self.context.client_or_stranger(sender);
        let message = R::Message::from_parts(kind, payload)?;
        self.room.on_message(&self.context, &client, message).into_reply()
    }

    pub(crate) fn drop_client(&mut self, session: String, close_code: u16) -> Result<Seat, String> {
        let client = self.context.client_or_stranger(session);
        self.room.on_drop(&self.context, &client, close_code).into_seat()
    }

    pub(crate) fn reconnect(&mut self, session: String) -> Result<(), String> {
        let client = self.context.client_or_stranger(session);
        self.room.on_reconnect(&self.context, &client).into_outcome()
    }

    pub(crate) fn leave(&mut self, session: String, close_code: u16) -> Result<(), String> {
        let client = self.context.client_or_stranger(session);
        self.context.forget(client.session());
        self.room
            .on_leave(&self.context, &client, close_code)
            .into_outcome()
    }

    pub(crate) fn tick(&mut self, delta: f64) -> Result<(), String> {
        self.room.on_tick(&self.context, delta).into_outcome()
    }

    pub(crate) fn timer(&mut self, timer: &Document) -> Result<(), String> {
        let timer = timer
            .read()
            .map_err(|error| format!("a timer of another version of this room: {error}"))?;
        self.room.on_timer(&self.context, timer).into_outcome()
    }

    pub(crate) fn before_patch(&mut self) -> Result<(), String> {
        self.room.on_before_patch(&self.context).into_outcome()
    }

    pub(crate) fn dispose(&mut self) -> Result<(), String> {
        self.room.on_dispose(&self.context).into_outcome()
    }

    /// Hands what changed since the last call to `apply`, all at once; nothing changed, no call.
    pub(crate) fn report(&mut self, apply: impl FnOnce(&[Change])) {
        let Some(Sync { known, recorder }) = &mut self.sync else {
            return;
        };
        self.room.state_mut().update_root(known, recorder);
        settle(recorder);
        if !recorder.changes().is_empty() {
            apply(recorder.changes());
            recorder.clear();
        }
    }

    pub(crate) fn save(&self) -> Vec<u8> {
        let mut numbers = Numbers::default();
        let mut next = 1;
        if let Some(sync) = &self.sync {
            self.room.state().numbers_of_root(&sync.known, &mut numbers);
            next = sync.recorder.next();
        }
        let clients = self.context.clients().map(|client| SavedClient {
            session: client.session().clone(),
            auth: client.auth_document().cloned(),
        });
        let saved = Saved {
            room: &self.room,
            numbers: numbers.into_list(),
            next,
            clients: clients.collect(),
        };
        saving(|| Document::of(&saved)).into_bytes()
    }

    pub(crate) fn restore(bytes: Vec<u8>) -> Result<Self, String> {
        let document = Document::from_bytes(bytes);
        let saved = restoring(|| document.read::<Saved<R>>());
        let Saved {
            mut room,
            numbers,
            next,
            clients,
        } = saved.map_err(|error| format!("the saved room: {error}"))?;
        let mut context = Context::new();
        for SavedClient { session, auth } in clients {
            context.admit(Client::new(session, auth));
        }
        let sync = R::State::schema().map(|schema| {
            let mut recorder = Recorder::new(schema);
            recorder.adopt(next, numbers);
            let known = room.state_mut().attach_root(&mut recorder);
            settle(&mut recorder);
            recorder.finish_adoption().map(|()| Sync { known, recorder })
        });
        Ok(Self {
            room,
            context,
            sync: sync.transpose()?,
        })
    }
}
