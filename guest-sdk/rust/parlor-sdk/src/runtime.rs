//! A running room: calls the author's hooks, then reports what they changed.

use crate::client::{Client, SessionId};
use crate::context::Context;
use crate::data::{Document, Payload};
use crate::message::{Message, MessageType};
use crate::refusal::{Admission, Outcome, Refusal, Reply, Seat, SeatOutcome};
use crate::room::{Room, read_options};
use crate::rooms::RoomSender;
use crate::state::tracking::Node;
use crate::state::{Batch, Handover, Look, Numbering, Sync, restoring, saving};
use serde::{Deserialize, Serialize};

/// A running room. The host sees it through [`Component`](crate::component::Component), tests directly.
pub struct Running<R: Room> {
    room: R,
    context: Context<R>,
    /// None for rooms without state.
    sync: Option<Sync<R::State>>,
}

/// What a room needs to go on elsewhere.
#[derive(Serialize, Deserialize)]
struct Saved<R, D> {
    room: R,
    numbering: Option<Numbering>,
    clients: Vec<SavedClient<D>>,
}

#[derive(Serialize, Deserialize)]
struct SavedClient<D> {
    session: SessionId,
    auth: Option<Document>,
    data: D,
}

impl<R: Room> Running<R> {
    /// Creates the room.
    pub(crate) fn create(options: &Document) -> Result<Self, Refusal> {
        let context = Context::new();
        let mut room = R::create(&context, read_options(options)?)?;
        let sync = Sync::begin(room.state_mut());
        Ok(Self { room, context, sync })
    }

    pub(crate) fn join(
        &mut self,
        session: String,
        options: &Document,
        auth: Option<Document>,
    ) -> Result<(), Refusal> {
        let client = Client::new(session.into(), auth, R::ClientData::default());
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
        expects_reply: bool,
    ) -> Result<Payload, Refusal> {
        let client = self.context.client_or_stranger(sender);
        let message = R::Message::from_parts(kind, payload)?;
        self.context.note_request(expects_reply);
        self.room.on_message(&self.context, &client, message).into_reply()
    }

    pub(crate) fn room_message(
        &mut self,
        sender: &RoomSender,
        kind: MessageType,
        payload: Payload,
        expects_reply: bool,
    ) -> Result<Payload, Refusal> {
        let message = R::RoomMessage::from_parts(kind, payload)?;
        self.context.note_request(expects_reply);
        self.room
            .on_room_message(&self.context, sender, message)
            .into_reply()
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

    pub(crate) fn published(&mut self, channel: &str, message: &Document) -> Result<(), String> {
        let message = message
            .read()
            .map_err(|error| format!("what was published on {channel:?}: {error}"))?;
        self.room
            .on_published(&self.context, channel, message)
            .into_outcome()
    }

    pub(crate) fn before_patch(&mut self) -> Result<(), String> {
        self.room.on_before_patch(&self.context).into_outcome()
    }

    pub(crate) fn restored(&mut self) -> Result<(), String> {
        self.room.on_restore(&self.context).into_outcome()
    }

    pub(crate) fn shutdown(&mut self, grace: f64) -> Result<(), String> {
        self.room.on_shutdown(&self.context, grace).into_outcome()
    }

    pub(crate) fn dispose(&mut self) -> Result<(), String> {
        self.room.on_dispose(&self.context).into_outcome()
    }

    /// Hands what changed since the last call to `apply`, all at once; nothing changed, no call.
    pub(crate) fn report(&mut self, apply: impl FnOnce(Batch<'_>)) {
        if let Some(sync) = &mut self.sync {
            sync.report(self.room.state_mut(), apply);
        }
    }

    /// Hands what is to be shown and hidden to `apply`, with the numbers that instances have by now. Called
    /// after what changed was reported.
    pub(crate) fn look(&mut self, mut apply: impl FnMut(&Look, Node)) {
        for look in self.context.take_looks() {
            if let Some(node) = (look.finder)() {
                apply(&look, node);
            }
        }
    }

    pub(crate) fn save(&self) -> Vec<u8> {
        let numbering = self.sync.as_ref().map(|sync| sync.numbering(self.room.state()));
        let clients = self.context.clients().map(|client| SavedClient {
            session: client.session().clone(),
            auth: client.auth_document().cloned(),
            data: client.data_cell(),
        });
        let saved = Saved {
            room: &self.room,
            numbering,
            clients: clients.collect(),
        };
        saving(|| Document::of(&saved)).into_bytes()
    }

    /// What this version cannot read is read as what [`Room::migrate`] takes.
    pub(crate) fn restore(bytes: Vec<u8>, handover: Handover) -> Result<Self, String> {
        let document = Document::from_bytes(bytes);
        let saved = match restoring(|| document.read::<Saved<R, R::ClientData>>()) {
            Ok(saved) => return Self::resume(saved, handover),
            Err(error) if R::HAS_MIGRATE => {
                let older = restoring(|| document.read::<Saved<R::Older, R::ClientData>>());
                older.map_err(|older| {
                    format!("the saved room: {error}; nor is it what `migrate` takes: {older}")
                })?
            }
            Err(error) => return Err(format!("the saved room: {error}")),
        };
        let saved = Saved {
            room: R::migrate(saved.room)?,
            numbering: saved.numbering,
            clients: saved.clients,
        };
        Self::resume(
            saved,
            match handover {
                Handover::Kept | Handover::Migrated => Handover::Migrated,
                Handover::Emptied => Handover::Emptied,
            },
        )
    }

    fn resume(saved: Saved<R, R::ClientData>, handover: Handover) -> Result<Self, String> {
        let Saved {
            mut room,
            numbering,
            clients,
        } = saved;
        let mut context = Context::new();
        for SavedClient { session, auth, data } in clients {
            context.admit(Client::new(session, auth, data));
        }
        let sync = Sync::resume(room.state_mut(), numbering, handover)?;
        Ok(Self { room, context, sync })
    }
}
