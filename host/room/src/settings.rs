//! What an operator may set for the rooms of one type.

use std::num::NonZeroU32;
use std::time::Duration;

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
            tree: parlor_schema::TreeLimits::default(),
        }
    }
}
