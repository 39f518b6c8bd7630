//! What a room is, apart from its code: clients, seats, state, timers, settings. The
//! guest reaches it through its imports (`imports.rs`), the room task between hooks.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use indexmap::IndexMap;
use parlor_plugin::{Encoding, IdError, OtherRooms, Presence};
use parlor_protocol::close::CloseCode;
use parlor_protocol::ids::{RoomId, RoomTypeName, SessionId};
use parlor_schema::StateTree;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rustc_hash::FxBuildHasher;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::client::{Client, Phase};
use crate::clock::{Ticks, Timers};
use crate::editions::{Edition, EditionId};
use crate::handle::{Command, RoomHandle};
use crate::listing::{Listing, LiveListing, Lock};
use crate::log::LogBudget;
use crate::outbox::{Close, Outbox};
use crate::patches::Patches;
use crate::room_type::RoomType;
use crate::seats::Seats;
use crate::settings::RoomSettings;
use crate::world::{IdClaim, World};

/// Who is in a room, in the order in which they came. Each message looks its sender up more than once, and the host made
/// the ids, so that nobody can choose them to collide.
pub(crate) type Clients = IndexMap<SessionId, Client, FxBuildHasher>;

/// Everything of a room but its code. It lives in the guest's store, so that imports
/// reach it without a lock.
#[derive(Debug)]
pub struct RoomCore {
    pub(crate) phase: RoomPhase,
    pub(crate) settings: RoomSettings,
    pub(crate) created: Instant,
    pub(crate) clients: Clients,
    pub(crate) seats: Seats,
    pub(crate) state: Option<StateTree>,
    pub(crate) patches: Patches,
    /// Which form of the state that is.
    pub(crate) edition: EditionId,
    /// Those that clients read who joined under former versions, oldest first.
    pub(crate) editions: Vec<Edition>,
    pub(crate) timers: Timers,
    pub(crate) ticks: Option<Ticks>,
    pub(crate) max_clients: Option<u32>,
    pub(crate) seat_reservation: Duration,
    pub(crate) auto_dispose: AutoDispose,
    pub(crate) locked: Locked,
    pub(crate) log: LogBudget,
    pub(crate) wishes: Wishes,
    handle: RoomHandle,
    encoding: Encoding,
    world: Arc<dyn World>,
    claim: Option<IdClaim>,
    other_rooms: Option<Arc<dyn OtherRooms>>,
    presence: Option<Arc<dyn Presence>>,
    // Most rooms never ask.
    random: Option<Box<StdRng>>,
    earliest_hold_end: Option<Instant>,
}

/// How far the room has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoomPhase {
    /// `on-create` has not returned: nobody knows the room.
    Creating,
    Running,
    /// The host is going down: those who are here play on for a while.
    Stopping,
    /// Its clients are being taken out.
    Ending,
}

/// Whether the room ends when its last client has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AutoDispose {
    On,
    Off,
}

/// Whether the room locked itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Locked {
    Yes,
    No,
}

/// What a hook asked for that is done when it has returned.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    /// Clients that are to go, and how. Of one client the first wish counts.
    pub departures: IndexMap<SessionId, Close>,
    pub patch: Option<PatchNow>,
    pub checkpoint: Option<CheckpointNow>,
    pub disconnect: Option<CloseCode>,
}

impl Wishes {
    /// True if nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.departures.is_empty()
            && self.patch.is_none()
            && self.checkpoint.is_none()
            && self.disconnect.is_none()
    }
}

/// Send a patch without waiting for the interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PatchNow;

/// Write the room down without waiting for the interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CheckpointNow;

impl RoomCore {
    /// A room of this type, empty and without code, and the mailbox from which it is to be run. By
    /// `creation_fields` matchmaking will find it.
    pub fn new(
        room_type: &RoomType,
        id: RoomId,
        creation_fields: Map<String, Value>,
        world: Arc<dyn World>,
    ) -> (Self, mpsc::Receiver<Box<Command>>) {
        let settings = room_type.settings.clone();
        let state = room_type.definition.schema.clone();
        let listing = LiveListing::new(
            Listing {
                clients: 0,
                max_clients: settings.max_clients,
                lock: Lock::Open,
                private: false,
                unlisted: false,
                creation_fields,
                metadata: None,
                created: SystemTime::now(),
            },
            room_type.code.build(),
        );
        let (sender, mailbox) = mpsc::channel(settings.mailbox_capacity);
        let core = Self {
            phase: RoomPhase::Creating,
            handle: RoomHandle::new(
                id,
                room_type.name.clone(),
                sender,
                listing,
                settings.max_messages_per_second,
            ),
            encoding: room_type.definition.encoding,
            world,
            claim: None,
            other_rooms: None,
            presence: None,
            created: Instant::now(),
            clients: Clients::default(),
            seats: Seats::default(),
            state: state.map(|schema| StateTree::new(schema, settings.tree)),
            patches: Patches::new(settings.patch_interval),
            edition: EditionId::unique(),
            editions: Vec::new(),
            timers: Timers::new(settings.max_timers),
            ticks: None,
            max_clients: settings.max_clients,
            seat_reservation: settings.seat_reservation,
            auto_dispose: AutoDispose::On,
            locked: Locked::No,
            log: LogBudget::new(settings.log_lines_per_second),
            wishes: Wishes::default(),
            random: None,
            earliest_hold_end: None,
            settings,
        };
        (core, mailbox)
    }

    /// A room in name only: for an instance that has no room to run, or none any more.
    pub(crate) fn vacant(&self) -> Self {
        Self {
            phase: self.phase,
            handle: self.handle.clone(),
            world: Arc::clone(&self.world),
            claim: None,
            other_rooms: None,
            presence: None,
            created: self.created,
            clients: Clients::default(),
            seats: Seats::default(),
            state: None,
            patches: Patches::new(None),
            edition: self.edition,
            editions: Vec::new(),
            timers: Timers::new(0),
            ticks: None,
            encoding: self.encoding,
            max_clients: None,
            seat_reservation: self.seat_reservation,
            auto_dispose: AutoDispose::Off,
            locked: Locked::Yes,
            log: LogBudget::new(self.settings.log_lines_per_second),
            wishes: Wishes::default(),
            random: None,
            earliest_hold_end: None,
            settings: self.settings.clone(),
        }
    }

    pub(crate) fn listing(&self) -> &LiveListing {
        self.handle.live_listing()
    }

    /// How others speak to this room.
    pub(crate) fn handle(&self) -> &RoomHandle {
        &self.handle
    }

    pub(crate) fn id(&self) -> &RoomId {
        self.handle.id()
    }

    pub(crate) fn name(&self) -> &RoomTypeName {
        self.handle.room_type()
    }

    /// Takes another id, as long as nobody knows the room.
    pub(crate) async fn rename(&mut self, id: &str) -> Result<(), IdError> {
        if self.phase != RoomPhase::Creating {
            return Err(IdError::TooLate);
        }
        let id = RoomId::parse(id).map_err(|_| IdError::NotValid)?;
        if id == *self.id() {
            return Ok(());
        }
        self.claim = Some(
            IdClaim::new(&self.world, id.clone())
                .await
                .map_err(|_| IdError::Taken)?,
        );
        self.handle = self.handle.renamed(id);
        // They know the room by its id. Subscriptions stay, so presence has to learn of the new one.
        self.other_rooms = None;
        if self.presence.take().is_some() {
            self.shared();
        }
        Ok(())
    }

    /// `on-create` is over, and others may know the room.
    pub(crate) fn begin_running(&mut self) {
        self.phase = RoomPhase::Running;
    }

    /// Nobody gets in any more; others are told at once.
    pub(crate) fn shut_out(&mut self, phase: RoomPhase) {
        self.phase = phase;
        self.seats = Seats::default();
        self.publish_occupancy();
        self.announce();
    }

    /// The room is registered: its id needs no claim any more, and what it shows is known.
    pub(crate) fn registered(&mut self) {
        self.claim = None;
        self.listing().take_touched();
    }

    /// What lies around the room.
    pub(crate) fn world(&self) -> &Arc<dyn World> {
        &self.world
    }

    /// The other rooms, as this one may reach them.
    pub(crate) fn neighbours(&mut self) -> Arc<dyn OtherRooms> {
        let (world, handle, encoding) = (&self.world, &self.handle, self.encoding);
        Arc::clone(
            self.other_rooms
                .get_or_insert_with(|| world.other_rooms(handle, encoding)),
        )
    }

    /// What rooms share, as this one sees it.
    pub(crate) fn shared(&mut self) -> Arc<dyn Presence> {
        let (world, handle) = (&self.world, &self.handle);
        Arc::clone(self.presence.get_or_insert_with(|| world.presence(handle)))
    }

    /// The room's own source of numbers, seeded when first asked for.
    pub(crate) fn random(&mut self) -> &mut StdRng {
        self.random.get_or_insert_with(|| Box::new(StdRng::from_os_rng()))
    }

    /// Goes on under another version.
    pub(crate) fn adopt(&mut self, version: &RoomType) {
        self.settings = version.settings.clone();
        self.encoding = version.definition.encoding;
        self.other_rooms = None;
        self.listing().runs(version.code.build());
    }

    /// Tells the world that a version failed here and another took its place again.
    pub(crate) fn report_fallback(&self, failed: &Arc<RoomType>, back: &Arc<RoomType>) {
        self.world.fell_back(&self.handle, failed, back);
    }

    /// Clients and reserved seats.
    pub(crate) fn occupancy(&self) -> usize {
        self.clients.len() + self.seats.len()
    }

    /// Whether one more may ask for a seat.
    pub(crate) fn lock(&self) -> Lock {
        let closed = matches!(self.phase, RoomPhase::Stopping | RoomPhase::Ending);
        if closed || self.locked == Locked::Yes {
            return Lock::Locked;
        }
        match self.max_clients {
            Some(limit) if self.occupancy() >= limit as usize => Lock::Full,
            _ => Lock::Open,
        }
    }

    /// Writes down for others how full the room is.
    pub(crate) fn publish_occupancy(&self) {
        let (clients, lock) = (self.occupancy(), self.lock());
        let same = {
            let listing = self.listing().read();
            listing.clients as usize == clients
                && listing.lock == lock
                && listing.max_clients == self.max_clients
        };
        if !same {
            self.listing().update(|listing| {
                listing.clients = u32::try_from(clients).unwrap_or(u32::MAX);
                listing.lock = lock;
                listing.max_clients = self.max_clients;
            });
        }
    }

    /// Tells others that the listing has changed, if it has since this was called last.
    pub(crate) fn announce(&self) {
        if self.listing().take_touched() {
            self.world.listing_changed(&self.handle);
        }
    }

    /// Marks a client as leaving, and gives its connection, if it has one. None: it is not
    /// here, or leaving already.
    pub(crate) fn begin_leaving(&mut self, session: &SessionId) -> Option<Option<Outbox>> {
        let client = self.clients.get_mut(session)?;
        let outbox = match &mut client.phase {
            Phase::Leaving { .. } => return None,
            Phase::Held { .. } => None,
            Phase::Joined { outbox, .. } => Some(outbox.clone()),
            // What waited for its first snapshot goes out without one: there will be none.
            Phase::Joining { outbox, waiting, .. } => {
                for frame in std::mem::take(waiting) {
                    if outbox.push_message(frame).is_err() {
                        break;
                    }
                }
                Some(outbox.clone())
            }
        };
        client.phase = Phase::Leaving {
            outbox: outbox.clone(),
        };
        Some(outbox)
    }

    /// Keeps a dropped client's seat until then.
    pub(crate) fn hold_until(&mut self, session: &SessionId, end: Instant) {
        if let Some(Client {
            phase: Phase::Held { until, .. },
            ..
        }) = self.clients.get_mut(session)
        {
            *until = Some(end);
            self.earliest_hold_end = Some(self.earliest_hold_end.map_or(end, |earliest| earliest.min(end)));
        }
    }

    /// No held seat ends before this.
    pub(crate) fn holds_due(&self) -> Option<Instant> {
        self.earliest_hold_end
    }

    /// Clients whose seat was held until now and who did not come back are to go.
    pub(crate) fn end_holds(&mut self, now: Instant) {
        if self.earliest_hold_end.is_none_or(|earliest| earliest > now) {
            return;
        }
        self.earliest_hold_end = None;
        for (session, client) in &self.clients {
            match client.phase {
                Phase::Held {
                    until: Some(until),
                    code,
                    ..
                } if until <= now => {
                    self.wishes
                        .departures
                        .entry(session.clone())
                        .or_insert(Close::with(code));
                }
                Phase::Held {
                    until: Some(until), ..
                } => {
                    let earliest = self.earliest_hold_end.get_or_insert(until);
                    *earliest = until.min(*earliest);
                }
                _ => {}
            }
        }
    }
}
