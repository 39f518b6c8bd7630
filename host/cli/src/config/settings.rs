//! The settings tables that both files share. Every key is optional; what is not said stays
//! as the crate that uses it has it by default.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::units::{ByteSize, TimeSpan};

/// How a room behaves. The author of a package may say so in `room.toml`, the operator over
/// it in `parlor.toml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Behaviour {
    /// Clients and reserved seats together.
    pub max_clients: Option<MaxClients>,
    /// Time between patches.
    pub patch_interval: Option<PatchInterval>,
    /// How long a seat waits for its client's connection.
    pub seat_reservation_time: Option<TimeSpan>,
    /// Whether the room ends when its last client has left.
    pub auto_dispose: Option<bool>,
}

/// What a room may use. Only the operator says so.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RoomLimits {
    /// Linear memory and tables of one room.
    pub memory: Option<ByteSize>,
    /// Processor time of one hook.
    pub hook_time: Option<TimeSpan>,
    /// Timers of one room at once.
    pub max_timers: Option<u32>,
    /// Values in one room's synchronised state.
    pub max_state_values: Option<u32>,
    /// Lines that one room may log in a second.
    pub log_lines_per_second: Option<u32>,
}

/// `[rooms.NAME.settings]`: behaviour and limits in one table.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RoomTypeSection {
    max_clients: Option<MaxClients>,
    patch_interval: Option<PatchInterval>,
    seat_reservation_time: Option<TimeSpan>,
    auto_dispose: Option<bool>,
    memory: Option<ByteSize>,
    hook_time: Option<TimeSpan>,
    max_timers: Option<u32>,
    max_state_values: Option<u32>,
    log_lines_per_second: Option<u32>,
}

impl RoomTypeSection {
    /// The two halves.
    pub fn split(self) -> (Behaviour, RoomLimits) {
        (
            Behaviour {
                max_clients: self.max_clients,
                patch_interval: self.patch_interval,
                seat_reservation_time: self.seat_reservation_time,
                auto_dispose: self.auto_dispose,
            },
            RoomLimits {
                memory: self.memory,
                hook_time: self.hook_time,
                max_timers: self.max_timers,
                max_state_values: self.max_state_values,
                log_lines_per_second: self.log_lines_per_second,
            },
        )
    }
}

impl Behaviour {
    /// What `self` leaves open is taken from `other`.
    pub fn or(self, other: &Self) -> Self {
        Self {
            max_clients: self.max_clients.or(other.max_clients),
            patch_interval: self.patch_interval.or(other.patch_interval),
            seat_reservation_time: self.seat_reservation_time.or(other.seat_reservation_time),
            auto_dispose: self.auto_dispose.or(other.auto_dispose),
        }
    }
}

impl RoomLimits {
    /// What `self` leaves open is taken from `other`.
    pub fn or(self, other: &Self) -> Self {
        Self {
            memory: self.memory.or(other.memory),
            hook_time: self.hook_time.or(other.hook_time),
            max_timers: self.max_timers.or(other.max_timers),
            max_state_values: self.max_state_values.or(other.max_state_values),
            log_lines_per_second: self.log_lines_per_second.or(other.log_lines_per_second),
        }
    }
}

/// At least one: a room without places could never be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxClients(pub u32);

impl<'de> Deserialize<'de> for MaxClients {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        match u32::try_from(number) {
            Ok(number) if number > 0 => Ok(Self(number)),
            _ => Err(de::Error::custom(format!("{number} is not between 1 and {}", u32::MAX))),
        }
    }
}

/// Time between patches, at least 1 ms, or `"never"`: only when the room asks for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchInterval {
    /// Patches go out on the room's demand alone.
    Never,
    /// Patches go out this often, if anything changed.
    Every(TimeSpan),
}

impl<'de> Deserialize<'de> for PatchInterval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntervalVisitor;
        impl Visitor<'_> for IntervalVisitor {
            type Value = PatchInterval;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time like \"50ms\", or \"never\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<PatchInterval, E> {
                if text == "never" {
                    return Ok(PatchInterval::Never);
                }
                let span = TimeSpan::parse(text).map_err(|error| E::custom(format!("{error}, or \"never\"")))?;
                if span.0.as_millis() < 1 {
                    return Err(E::custom("a patch interval is at least \"1ms\"; without one write \"never\""));
                }
                Ok(PatchInterval::Every(span))
            }
        }
        deserializer.deserialize_any(IntervalVisitor)
    }
}
