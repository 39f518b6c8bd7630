//! What clients are told: frames, patches, and the state as they come to have it.

use bytes::Bytes;
use parlor_protocol::ids::SessionId;
use parlor_schema::{StateTree, ViewId};
use tokio::time::Instant;

use crate::client::{Client, Phase, Sync, Urgency};
use crate::clock::Ticks;
use crate::core::{Clients, RoomCore};
use crate::editions::Edition;
use crate::patches::{Deferred, Patches};

impl RoomCore {
    /// Sends a frame to one client. To a session that is not here, nothing.
    pub(crate) fn deliver(&mut self, session: &SessionId, frame: Bytes, urgency: Urgency) {
        let bound = self.settings.waiting_bytes;
        if let Some(client) = self.clients.get_mut(session) {
            // A full queue closes its connection, and the room hears of it from there.
            let _ = client.deliver(frame, urgency, bound);
        }
    }

    /// Whether the patch loop has a reason to run.
    pub(crate) fn wants_patch(&self) -> bool {
        let wanted = |patches: &Patches, state: &StateTree| patches.waiting() || state.has_changes();
        self.patches.waiting()
            || self.state.as_ref().is_some_and(StateTree::has_changes)
            || self
                .editions
                .iter()
                .any(|edition| wanted(&edition.patches, &edition.state))
    }

    /// Sends the patch that is due, and what was to follow it.
    pub(crate) fn send_patches(&mut self, now: Instant) {
        self.tell_editions(now);
        let tick = self.ticks.as_ref().map(Ticks::beat);
        if let Some(state) = &mut self.state {
            let (current, clients) = (self.edition, &mut self.clients);
            let read_by = |client: &Client| client.edition == current;
            round(&mut self.patches, state, clients, read_by, |_, client| {
                client.view
            });
        }
        for Edition {
            id,
            state,
            patches,
            views,
            ..
        } in &mut self.editions
        {
            let read_by = |client: &Client| client.edition == *id;
            round(patches, state, &mut self.clients, read_by, |session, _| {
                views.get(session).copied()
            });
            patches.sent(now, tick);
        }
        self.patches.sent(now, tick);
        let deferred = self.patches.take_deferred();
        self.send_deferred(deferred);
    }

    /// Sends messages that waited for a patch.
    pub(crate) fn send_deferred(&mut self, messages: Vec<Deferred>) {
        for deferred in messages {
            for session in &deferred.to {
                self.deliver(session, deferred.frame.clone(), Urgency::Queue);
            }
        }
    }

    /// Gives a client that acknowledged its JOIN_ROOM the state and what waited for it.
    pub(crate) fn complete_join(&mut self, session: &SessionId) {
        let edition = self.clients.get(session).map(|client| client.edition);
        let former = edition.filter(|edition| *edition != self.edition);
        if former.is_some() {
            self.tell_editions(Instant::now());
        }
        let Some(client) = self.clients.get_mut(session) else {
            return;
        };
        let former = former.and_then(|id| self.editions.iter_mut().find(|edition| edition.id == id));
        let (state, patches, view) = match former {
            Some(edition) => {
                let view = edition.view(session);
                (Some(&mut edition.state), &mut edition.patches, view)
            }
            None => (self.state.as_mut(), &mut self.patches, client.view),
        };
        let reader = client.reader(view);
        let Phase::Joining {
            outbox,
            waiting,
            arrival,
            ..
        } = &mut client.phase
        else {
            return;
        };
        let sync = match state {
            Some(state) => {
                patches.close_boundary(state);
                patches.snapshot(state, reader, *arrival, outbox)
            }
            None => Sync::UpTo(0),
        };
        for frame in std::mem::take(waiting) {
            if outbox.push_message(frame).is_err() {
                break;
            }
        }
        client.phase = Phase::Joined {
            outbox: outbox.clone(),
            sync,
        };
        client.forget_former_token();
    }

    /// Takes a client out of the room.
    pub(crate) fn forget_client(&mut self, session: &SessionId) {
        let Some(client) = self.clients.shift_remove(session) else {
            return;
        };
        if let (Some(state), Some(view)) = (&mut self.state, client.view) {
            state.close_view(view);
        }
        if client.edition != self.edition {
            self.editions
                .iter_mut()
                .for_each(|edition| edition.close_view(session));
            self.drop_unread_editions();
        }
    }
}

/// Brings the clients that read one edition up to date; of its view `view` tells.
fn round(
    patches: &mut Patches,
    state: &mut StateTree,
    clients: &mut Clients,
    reads: impl Fn(&Client) -> bool,
    view: impl Fn(&SessionId, &Client) -> Option<ViewId>,
) {
    patches.begin_round(state);
    for (session, client) in clients {
        let view = view(session, client);
        let (reads, reader) = (reads(client), client.reader(view));
        match &mut client.phase {
            Phase::Joined { outbox, sync } if reads => patches.bring_up(state, reader, sync, outbox),
            // It gets a snapshot before it gets patches again.
            _ => view.into_iter().for_each(|view| state.unfollow(view)),
        }
    }
}
