//! The state in the words of former versions of the room's code. SDKs take in the shape of the state once: a client
//! that joined under another version is told on by the schema that it knows, until it comes back anew.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parlor_protocol::close::CloseCode;
use parlor_protocol::ids::SessionId;
use parlor_schema::{Decoders, Has, Kinship, Schema, StateError, StateTree, Succession, ViewId};
use tokio::time::Instant;

use crate::client::{Client, Loss, Phase, Sync};
use crate::core::RoomCore;
use crate::patches::Patches;

/// Editions beside the current one. Clients of the oldest have to come back anew for one more.
const MAX_EDITIONS: usize = 8;

/// Seats of clients that have to come back anew are held for so long.
const RETURN_WITHIN: Duration = Duration::from_secs(60);

/// What a client is told that has to come back anew.
pub(crate) const RETURN: &str = "the room's state has another shape now: come back with client.reconnect()";

/// Which form of the state a client was told. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EditionId(u64);

impl EditionId {
    pub fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A tree that obeys the schema of another version and follows the room's state, with the patches of the clients that
/// read it.
#[derive(Debug)]
pub(crate) struct Edition {
    pub id: EditionId,
    pub state: StateTree,
    pub patches: Patches,
    kinship: Kinship,
    /// By the clients to whom anything was shown.
    pub views: HashMap<SessionId, ViewId>,
}

impl Edition {
    pub fn view(&self, session: &SessionId) -> Option<ViewId> {
        self.views.get(session).copied()
    }

    pub fn close_view(&mut self, session: &SessionId) {
        if let Some(view) = self.views.remove(session) {
            self.state.close_view(view);
        }
    }

    /// Takes in what the state is now, and what is shown of it to those who read this edition.
    fn follow(&mut self, now: &StateTree, viewers: &[(SessionId, ViewId, Has)]) -> Result<(), StateError> {
        self.state.follow(now, &self.kinship)?;
        if viewers.is_empty() {
            return Ok(());
        }
        let twins = self.state.twins(now, &self.kinship);
        for (session, like, has) in viewers {
            let view = self.views.get(session).copied();
            let view = view.unwrap_or_else(|| self.state.open_view(*has));
            self.views.insert(session.clone(), view);
            self.state.show_like(view, now, *like, &twins);
        }
        Ok(())
    }
}

/// What becomes the current edition.
struct Current {
    id: EditionId,
    /// None for a version without state.
    state: Option<StateTree>,
    patches: Patches,
    views: HashMap<SessionId, ViewId>,
}

impl RoomCore {
    /// The state obeys another schema from now on, and is empty. All clients stay with what they were told.
    pub(crate) fn begin_state(&mut self, schema: Option<&Arc<Schema>>) {
        let state = schema.map(|schema| StateTree::new(Arc::clone(schema), self.settings.tree));
        self.put_state(Current {
            id: EditionId::unique(),
            state,
            patches: Patches::new(None),
            views: HashMap::new(),
        });
    }

    /// The state obeys a schema that it obeyed before. If clients read that edition still, it is the current one again, as
    /// it is; else the state is empty.
    pub(crate) fn return_to_state(&mut self, schema: Option<&Arc<Schema>>) {
        let known = schema.and_then(|schema| {
            let same = |edition: &Edition| {
                *Kinship::between(edition.state.schema(), schema).succession() == Succession::Same
            };
            self.editions.iter().rposition(same)
        });
        let Some(position) = known else {
            return self.begin_state(schema);
        };
        let edition = self.editions.remove(position);
        self.put_state(Current {
            id: edition.id,
            state: Some(edition.state),
            patches: edition.patches,
            views: edition.views,
        });
    }

    fn put_state(&mut self, current: Current) {
        let Current {
            id,
            state,
            mut patches,
            mut views,
        } = current;
        self.patches.pass_on(&mut patches);
        let former = std::mem::replace(&mut self.edition, id);
        let former_state = std::mem::replace(&mut self.state, state);
        let former_patches = std::mem::replace(&mut self.patches, patches);
        let mut former_views = HashMap::new();
        for (session, client) in &mut self.clients {
            let view = std::mem::replace(&mut client.view, views.remove(session));
            former_views.extend(view.map(|view| (session.clone(), view)));
        }
        if let (Some(state), Some(now)) = (former_state, &self.state) {
            self.editions.push(Edition {
                id: former,
                kinship: Kinship::between(state.schema(), now.schema()),
                state,
                patches: former_patches,
                views: former_views,
            });
        }
    }

    /// The new state is there: shows what was shown of the former, and sends those off who cannot be told of it.
    pub(crate) fn settle_editions(&mut self, now: Instant) {
        self.show_again();
        if let Some(state) = &self.state {
            self.editions.retain_mut(|edition| {
                edition.kinship = Kinship::between(edition.state.schema(), state.schema());
                !matches!(edition.kinship.succession(), Succession::Unreadable(_))
            });
        } else {
            self.editions.clear();
        }
        self.drop_unread_editions();
        if self.editions.len() > MAX_EDITIONS {
            self.editions.remove(0);
        }
        self.send_off_untold(now);
        self.tell_editions(now);
    }

    /// What was shown to clients in the newest former edition is shown in the current one, where that was empty.
    fn show_again(&mut self) {
        let (Some(former), Some(state)) = (self.editions.last(), &mut self.state) else {
            return;
        };
        if former.views.is_empty() {
            return;
        }
        let twins = former.state.twins(state, &former.kinship);
        for (session, told) in &former.views {
            if let Some(client) = self.clients.get_mut(session)
                && client.view.is_none()
            {
                let view = state.open_view(Has::Nothing);
                state.show_as_told(view, &former.state, *told, &twins);
                client.view = Some(view);
            }
        }
    }

    /// Whether there is an edition that the client reads.
    pub(crate) fn can_be_told(&self, client: &Client) -> bool {
        client.edition == self.edition || self.editions.iter().any(|edition| edition.id == client.edition)
    }

    /// Closes the connections of those who can be told no more, and keeps their seats. The room's code does not hear of
    /// it, unless one stays away.
    fn send_off_untold(&mut self, now: Instant) {
        let untold = self
            .clients
            .iter()
            .filter(|(_, client)| !self.can_be_told(client));
        let untold: Vec<SessionId> = untold.map(|(session, _)| session.clone()).collect();
        for session in untold {
            let Some(client) = self.clients.get_mut(&session) else {
                continue;
            };
            let (Phase::Joining { outbox, .. } | Phase::Joined { outbox, .. }) = &client.phase else {
                continue;
            };
            outbox.close(CloseCode::STATE_CHANGED, RETURN);
            client.phase = Phase::Held {
                until: None,
                code: CloseCode::STATE_CHANGED,
                loss: Loss::Unheard,
            };
            self.hold_until(&session, now + RETURN_WITHIN);
        }
    }

    /// Lets the other editions follow the state. Costs in proportion to the state for each of them; nothing if there
    /// are none.
    pub(crate) fn tell_editions(&mut self, now: Instant) {
        let Some(state) = &self.state else { return };
        let (clients, known) = (&self.clients, self.editions.len());
        self.editions.retain_mut(|edition| {
            let mut viewers = Vec::new();
            if state.schema().has_tags() {
                for (session, client) in clients {
                    if let Some(view) = client.view.filter(|_| client.edition == edition.id) {
                        viewers.push((session.clone(), view, client.has_shared()));
                    }
                }
            }
            // Both keep the same bounds, but what hangs at several places counts several times in an edition.
            let told = edition.follow(state, &viewers);
            if let Err(error) = &told {
                tracing::warn!(target: "room", "clients of a former version have to come back anew: {error}");
            }
            told.is_ok()
        });
        if self.editions.len() < known {
            self.send_off_untold(now);
        }
    }

    /// The client has been told the current shape of the state.
    pub(crate) fn moved_to_current_edition(&mut self, session: &SessionId) {
        let current = self.edition;
        let Some(client) = self.clients.get_mut(session) else {
            return;
        };
        let former = std::mem::replace(&mut client.edition, current);
        if let Some(edition) = self.editions.iter_mut().find(|edition| edition.id == former) {
            edition.close_view(session);
            self.drop_unread_editions();
        }
    }

    /// Forgets the editions that nobody reads.
    pub(crate) fn drop_unread_editions(&mut self) {
        let clients = &self.clients;
        self.editions
            .retain(|edition| clients.values().any(|client| client.edition == edition.id));
    }
}

impl Client {
    /// What of the shared state a view may build upon that is opened for the client now.
    pub(crate) fn has_shared(&self) -> Has {
        let follows = matches!(
            self.phase,
            Phase::Joined {
                sync: Sync::UpTo(_),
                ..
            }
        );
        if follows && self.decoders == Decoders::Current {
            Has::Shared
        } else {
            Has::Nothing
        }
    }
}
