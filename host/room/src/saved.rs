//! A room written down: what its code saved of itself, and the host's half of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parlor_plugin::Saved;
use parlor_protocol::ids::SessionId;
use parlor_schema::{Checkpoint, StateTree};
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::client::Client;
use crate::clock::{Ticks, Timers};
use crate::core::{AutoDispose, Locked, RoomCore, Wishes};
use crate::room_type::RoomType;

/// Everything from which a room can go on in another instance.
#[derive(Debug)]
pub(crate) struct SavedRoom {
    /// Whose code wrote `guest`.
    pub room_type: Arc<RoomType>,
    pub guest: GuestHalf,
    pub host: HostHalf,
}

/// What the room's code goes on from.
#[derive(Debug)]
pub(crate) enum GuestHalf {
    Saved(Saved),
    /// Nothing: the room begins anew.
    Unborn,
}

/// What a room's code sets through its imports, as it was.
#[derive(Debug)]
pub(crate) struct HostHalf {
    taken: Instant,
    state: Option<Checkpoint>,
    timers: Timers,
    ticks: Option<Ticks>,
    /// Who was there, and in which groups.
    clients: HashMap<SessionId, Vec<Box<str>>>,
    max_clients: Option<u32>,
    seat_reservation: Duration,
    auto_dispose: AutoDispose,
    locked: Locked,
    patch_interval: Option<Duration>,
    private: bool,
    unlisted: bool,
    metadata: Option<Map<String, Value>>,
}

/// How the clients of a room differ from those it had when it was written down.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// Here now, unknown to the saved room.
    pub came: Vec<SessionId>,
    /// Known to the saved room, and gone.
    pub went: Vec<SessionId>,
}

impl RoomCore {
    /// Writes down the host's half. Costs as much as the state is large.
    pub(crate) fn half(&self) -> HostHalf {
        let listing = self.listing().read();
        let groups = |(session, client): (&SessionId, &Client)| (session.clone(), client.groups.clone());
        HostHalf {
            taken: Instant::now(),
            state: self.state.as_ref().map(StateTree::checkpoint),
            timers: self.timers.clone(),
            ticks: self.ticks.clone(),
            clients: self.clients.iter().map(groups).collect(),
            max_clients: self.max_clients,
            seat_reservation: self.seat_reservation,
            auto_dispose: self.auto_dispose,
            locked: self.locked,
            patch_interval: self.patches.interval,
            private: listing.private,
            unlisted: listing.unlisted,
            metadata: listing.metadata.clone(),
        }
    }

    /// The half of a room in which nothing has happened yet.
    pub(crate) fn beginning(&self) -> HostHalf {
        let state = self.state.as_ref();
        let empty = state.map(|state| StateTree::new(Arc::clone(state.schema()), self.settings.tree));
        HostHalf {
            taken: Instant::now(),
            state: empty.as_ref().map(StateTree::checkpoint),
            timers: Timers::new(self.settings.max_timers),
            ticks: None,
            clients: HashMap::new(),
            max_clients: self.settings.max_clients,
            seat_reservation: self.settings.seat_reservation,
            auto_dispose: AutoDispose::On,
            locked: Locked::No,
            patch_interval: self.settings.patch_interval,
            private: false,
            unlisted: false,
            metadata: None,
        }
    }

    /// Goes back to what was written down. Clients stay, and learn the difference with the next patch; so do
    /// timers, with the time that they had left.
    pub(crate) fn go_back(&mut self, half: &HostHalf) -> Difference {
        let late = half.taken.elapsed();
        if let (Some(state), Some(checkpoint)) = (&mut self.state, &half.state) {
            state.revert(checkpoint);
        }
        self.timers = half.timers.later(late);
        self.ticks = half.ticks.as_ref().map(|ticks| ticks.later(late));
        self.max_clients = half.max_clients;
        self.seat_reservation = half.seat_reservation;
        self.auto_dispose = half.auto_dispose;
        self.locked = half.locked;
        self.patches.interval = half.patch_interval;
        self.wishes = Wishes::default();
        self.listing().update(|listing| {
            listing.private = half.private;
            listing.unlisted = half.unlisted;
            listing.metadata.clone_from(&half.metadata);
        });
        let mut difference = Difference::default();
        for (session, client) in &mut self.clients {
            match half.clients.get(session) {
                Some(groups) => client.groups.clone_from(groups),
                None => {
                    client.groups.clear();
                    difference.came.push(session.clone());
                }
            }
        }
        let went = half
            .clients
            .keys()
            .filter(|session| !self.clients.contains_key(*session));
        difference.went.extend(went.cloned());
        self.publish_occupancy();
        difference
    }
}
