//! What an operator may set for the rooms of one type.

use std::num::NonZeroU32;
use std::time::Duration;

/// What becomes of a room whose code trapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTrap {
    /// It goes on from its last checkpoint, or from its beginning where there is none.
    Restart,
    /// It begins anew, with the clients that it has.
    Fresh,
    /// It ends: its clients are closed with 1011.
    Close,
}

/// How a room comes back after a trap of its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// What becomes of it.
    pub on_trap: OnTrap,
    /// Traps within `window` from which a room comes back; one more ends it. Default: 5.
    pub budget: u32,
    /// Default: 60 s.
    pub window: Duration,
    /// The pause before the second recovery within the window; the first comes at once, and each further pause is
    /// twice the one before. Default: 50 ms.
    pub backoff: Duration,
    /// Time between checkpoints of a room in which something happens. None: no checkpoints. Default: 5 s.
    pub checkpoint_interval: Option<Duration>,
}

impl Default for Recovery {
    fn default() -> Self {
        Self {
            on_trap: OnTrap::Restart,
            budget: 5,
            window: Duration::from_secs(60),
            backoff: Duration::from_millis(50),
            checkpoint_interval: Some(Duration::from_secs(5)),
        }
    }
}

/// How long a version that took over is watched. A trap before both have passed takes the room back to
/// the version that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialRules {
    /// Hooks called. Default: 100.
    pub calls: u32,
    /// Default: 10 s.
    pub time: Duration,
}

impl Default for TrialRules {
    fn default() -> Self {
        Self {
            calls: 100,
            time: Duration::from_secs(10),
        }
    }
}

/// Which changes of the state a new version may bring to rooms that run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateChanges {
    /// Any. Clients that cannot be told of the new state by what they know of it have to come back anew.
    All,
    /// Those of which clients can be told: fields and structs that come, go, or stand elsewhere.
    Readable,
    /// None.
    None,
}

/// Bounds and defaults of a room. Values that a room sets through its imports replace
/// the defaults, never the bounds.
#[derive(Clone, Debug)]
pub struct RoomSettings {
    /// Time between patches, until the room sets it. None: only on the room's demand.
    pub patch_interval: Option<Duration>,
    /// How long a seat waits for its client's connection, until the room sets it.
    pub seat_reservation: Duration,
    /// Clients and reserved seats together, until the room sets it. None: no limit.
    pub max_clients: Option<u32>,
    /// Messages of one client in one second; one more and it leaves with 4002. None: no limit.
    pub max_messages_per_second: Option<NonZeroU32>,
    /// Commands that may wait for the room. Connections wait when it is full, and with
    /// them, through TCP, their clients.
    pub mailbox_capacity: usize,
    /// Bytes that may wait for one client that is still joining or reconnecting; and those of messages that wait
    /// for the next patch.
    pub waiting_bytes: usize,
    /// Timers at once; one more ends the room.
    pub max_timers: usize,
    /// Lines of log in one second; the rest of the second's are dropped.
    pub log_lines_per_second: u32,
    /// How it comes back after a trap.
    pub recovery: Recovery,
    /// How new code is watched.
    pub trial: TrialRules,
    /// Which states it may bring.
    pub state_changes: StateChanges,
    /// Bounds of the synchronised state.
    pub tree: parlor_schema::TreeLimits,
}

impl Default for RoomSettings {
    fn default() -> Self {
        Self {
            patch_interval: Some(Duration::from_millis(50)),
            seat_reservation: Duration::from_secs(15),
            max_clients: None,
            max_messages_per_second: None,
            mailbox_capacity: 256,
            waiting_bytes: 1 << 20,
            max_timers: 10_000,
            log_lines_per_second: 1_000,
            recovery: Recovery::default(),
            trial: TrialRules::default(),
            state_changes: StateChanges::All,
            tree: parlor_schema::TreeLimits::default(),
        }
    }
}
