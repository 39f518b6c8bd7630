//! What a host has for rooms: the types that it serves, the rooms that run, and the register that tells of all rooms.

use std::sync::Arc;
use std::time::Duration;

use parlor_protocol::ids::ProcessId;

use crate::driver::Driver;
use crate::memory::MemoryDriver;
use crate::presence::{PresenceSettings, Spaces};
use crate::room_types::RoomTypes;
use crate::rooms::Rooms;

/// What holds for the rooms of all types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchmakerSettings {
    /// How long a room waits for another one. Default 2 s.
    pub other_room_wait: Duration,
    /// What rooms share.
    pub presence: PresenceSettings,
}

impl Default for MatchmakerSettings {
    fn default() -> Self {
        Self {
            other_room_wait: Duration::from_secs(2),
            presence: PresenceSettings::default(),
        }
    }
}

/// Shared by the matchmaker and the worlds of all rooms.
#[derive(Debug)]
pub(crate) struct Premises {
    pub process: ProcessId,
    pub settings: MatchmakerSettings,
    pub types: RoomTypes,
    pub rooms: Arc<Rooms>,
    pub driver: Box<dyn Driver>,
    pub spaces: Spaces,
}

impl Premises {
    pub fn new(process: ProcessId, settings: MatchmakerSettings) -> Self {
        Self {
            driver: Box::new(MemoryDriver::new(process.clone())),
            spaces: Spaces::new(settings.presence.clone()),
            process,
            settings,
            types: RoomTypes::default(),
            rooms: Arc::default(),
        }
    }
}
