//! The settings tables that both files share. Every key is optional; what is not said stays
//! as the crate that uses it has it by default.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use parlor_matchmaker::MatchmakerSettings;
use parlor_plugin::PluginSettings;
use parlor_room::settings::RoomSettings;
use parlor_schema::TreeLimits;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use crate::places::cache_folder;

use super::source::{ConfigError, Source};
use super::units::{ByteSize, TimeSpan};

/// How a room behaves as long as its code says nothing else. The author of a package may set
/// it in `room.toml`, the operator over it in `parlor.toml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Behaviour {
    /// Clients and reserved seats together.
    pub max_clients: Option<MaxClients>,
    /// Time between patches.
    pub patch_interval: Option<PatchInterval>,
    /// How long a seat waits for its client's connection.
    pub seat_reservation_time: Option<TimeSpan>,
}

/// What one room may use. Only the operator says so: for all types in `[limits]`, for one in
/// `[rooms.NAME.settings]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoomBounds {
    /// Timers at once.
    pub max_timers: Option<u32>,
    /// Lines of log in one second.
    pub log_lines_per_second: Option<u32>,
    /// Values in the synchronised state.
    pub max_state_values: Option<u64>,
    /// Bytes of text in the synchronised state.
    pub max_state_text: Option<ByteSize>,
    /// Pairs of instance and tag that are shown to one client.
    pub max_shown: Option<u32>,
    /// What may wait for one client that is still joining.
    pub waiting_bytes: Option<ByteSize>,
    /// Messages of clients that may wait for the room.
    pub mailbox: Option<MailboxSize>,
    /// Messages of one client in one second.
    pub max_messages_per_second: Option<Rate>,
}

/// `[rooms.NAME.settings]`: behaviour and bounds in one table.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RoomTypeSection {
    max_clients: Option<MaxClients>,
    patch_interval: Option<PatchInterval>,
    seat_reservation_time: Option<TimeSpan>,
    max_timers: Option<u32>,
    log_lines_per_second: Option<u32>,
    max_state_values: Option<u64>,
    max_state_text: Option<ByteSize>,
    max_shown: Option<u32>,
    waiting_bytes: Option<ByteSize>,
    mailbox: Option<MailboxSize>,
    max_messages_per_second: Option<Rate>,
}

/// `[limits]`: the engine's bounds, which hold for all rooms alike, and bounds of rooms that a
/// type may have otherwise.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LimitsSection {
    /// Rooms at once, of all types together.
    pub max_rooms: Option<u32>,
    /// Linear memory of one room.
    pub memory: Option<ByteSize>,
    /// Linear memories of one room.
    pub memories: Option<u32>,
    /// Tables of one room.
    pub tables: Option<u32>,
    /// Elements of one table.
    pub table_elements: Option<u32>,
    /// Core modules in one component.
    pub core_instances: Option<u32>,
    /// Machine stack of one hook.
    pub stack: Option<ByteSize>,
    /// Processor time of one hook.
    pub hook_time: Option<TimeSpan>,
    /// Time of one hook by the clock on the wall.
    pub hook_wait: Option<TimeSpan>,
    /// After this a hook lets others run.
    pub time_slice: Option<TimeSpan>,
    /// How long a room waits for another one.
    pub other_room_wait: Option<TimeSpan>,
    max_timers: Option<u32>,
    log_lines_per_second: Option<u32>,
    max_state_values: Option<u64>,
    max_state_text: Option<ByteSize>,
    max_shown: Option<u32>,
    waiting_bytes: Option<ByteSize>,
    mailbox: Option<MailboxSize>,
    max_messages_per_second: Option<Rate>,
}

impl RoomTypeSection {
    /// The two halves.
    pub fn split(self) -> (Behaviour, RoomBounds) {
        (
            Behaviour {
                max_clients: self.max_clients,
                patch_interval: self.patch_interval,
                seat_reservation_time: self.seat_reservation_time,
            },
            RoomBounds {
                max_timers: self.max_timers,
                log_lines_per_second: self.log_lines_per_second,
                max_state_values: self.max_state_values,
                max_state_text: self.max_state_text,
                max_shown: self.max_shown,
                waiting_bytes: self.waiting_bytes,
                mailbox: self.mailbox,
                max_messages_per_second: self.max_messages_per_second,
            },
        )
    }
}

impl LimitsSection {
    /// The part that a room type may have otherwise.
    pub fn room_bounds(&self) -> RoomBounds {
        RoomBounds {
            max_timers: self.max_timers,
            log_lines_per_second: self.log_lines_per_second,
            max_state_values: self.max_state_values,
            max_state_text: self.max_state_text,
            max_shown: self.max_shown,
            waiting_bytes: self.waiting_bytes,
            mailbox: self.mailbox,
            max_messages_per_second: self.max_messages_per_second,
        }
    }

    /// Bounds of what rooms do with each other.
    ///
    /// # Errors
    /// A wait in which no room could answer.
    pub fn matchmaker_settings(&self, source: &Source) -> Result<MatchmakerSettings, ConfigError> {
        let default = MatchmakerSettings::default();
        let other_room_wait = self
            .other_room_wait
            .map_or(default.other_room_wait, |span| span.0);
        if other_room_wait < Duration::from_millis(1) {
            return Err(source.complaint_about("limits.other-room-wait", "must be at least \"1ms\""));
        }
        Ok(MatchmakerSettings {
            other_room_wait,
            ..default
        })
    }

    /// The engine's settings as these tables have them.
    pub fn plugin_settings(&self, cache: &CacheSection) -> PluginSettings {
        let default = PluginSettings::default();
        PluginSettings {
            max_rooms: self.max_rooms.unwrap_or(default.max_rooms),
            room_memory: self.memory.map_or(default.room_memory, |size| size.0),
            room_memories: self.memories.unwrap_or(default.room_memories),
            room_tables: self.tables.unwrap_or(default.room_tables),
            table_elements: self
                .table_elements
                .map_or(default.table_elements, |count| count as usize),
            core_instances: self.core_instances.unwrap_or(default.core_instances),
            stack: self.stack.map_or(default.stack, ByteSize::as_usize),
            hook_time: self.hook_time.map_or(default.hook_time, |span| span.0),
            hook_wait: self.hook_wait.map_or(default.hook_wait, |span| span.0),
            epoch_tick: self.time_slice.map_or(default.epoch_tick, |span| span.0),
            cache_folder: cache.folder.clone(),
            cache_files: cache.files.map_or(default.cache_files, |count| count as usize),
        }
    }
}

/// The key of `parlor.toml` behind a field of [`PluginSettings`].
pub fn key_of_plugin_setting(setting: &str) -> String {
    let table = if setting.starts_with("cache_") {
        "cache"
    } else {
        "limits"
    };
    let key = match setting {
        "room_memory" => "memory",
        "room_memories" => "memories",
        "room_tables" => "tables",
        "epoch_tick" => "time-slice",
        "cache_folder" => "folder",
        "cache_files" => "files",
        other => return format!("{table}.{}", other.replace('_', "-")),
    };
    format!("{table}.{key}")
}

/// `[cache]`: compiled components.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CacheSection {
    /// Where they are kept; none: nowhere.
    pub folder: Option<PathBuf>,
    /// How many, before the least recently used goes.
    pub files: Option<u32>,
}

impl CacheSection {
    /// Where compiled components are kept unless the file says otherwise.
    pub fn users_folder() -> Option<PathBuf> {
        cache_folder().map(|folder| folder.join("components"))
    }

    /// As it is without a `[cache]`.
    pub fn in_user_cache() -> Self {
        Self {
            folder: Self::users_folder(),
            files: None,
        }
    }
}

impl Behaviour {
    /// What `self` leaves open is taken from `other`.
    pub fn or(self, other: &Self) -> Self {
        Self {
            max_clients: self.max_clients.or(other.max_clients),
            patch_interval: self.patch_interval.or(other.patch_interval),
            seat_reservation_time: self.seat_reservation_time.or(other.seat_reservation_time),
        }
    }
}

impl RoomBounds {
    /// What `self` leaves open is taken from `other`.
    pub fn or(self, other: &Self) -> Self {
        Self {
            max_timers: self.max_timers.or(other.max_timers),
            log_lines_per_second: self.log_lines_per_second.or(other.log_lines_per_second),
            max_state_values: self.max_state_values.or(other.max_state_values),
            max_state_text: self.max_state_text.or(other.max_state_text),
            max_shown: self.max_shown.or(other.max_shown),
            waiting_bytes: self.waiting_bytes.or(other.waiting_bytes),
            mailbox: self.mailbox.or(other.mailbox),
            max_messages_per_second: self.max_messages_per_second.or(other.max_messages_per_second),
        }
    }
}

/// What rooms of a type get: both, over the defaults.
pub fn room_settings(behaviour: &Behaviour, bounds: &RoomBounds) -> RoomSettings {
    let default = RoomSettings::default();
    RoomSettings {
        patch_interval: match behaviour.patch_interval {
            None => default.patch_interval,
            Some(PatchInterval::Never) => None,
            Some(PatchInterval::Every(span)) => Some(span.0),
        },
        seat_reservation: behaviour
            .seat_reservation_time
            .map_or(default.seat_reservation, |span| span.0),
        max_clients: behaviour.max_clients.map(|limit| limit.0).or(default.max_clients),
        mailbox_capacity: bounds
            .mailbox
            .map_or(default.mailbox_capacity, |size| size.0 as usize),
        max_messages_per_second: bounds
            .max_messages_per_second
            .map(|rate| rate.0)
            .or(default.max_messages_per_second),
        waiting_bytes: bounds
            .waiting_bytes
            .map_or(default.waiting_bytes, ByteSize::as_usize),
        max_timers: bounds
            .max_timers
            .map_or(default.max_timers, |count| count as usize),
        log_lines_per_second: bounds
            .log_lines_per_second
            .unwrap_or(default.log_lines_per_second),
        recovery: default.recovery,
        trial: default.trial,
        state_changes: default.state_changes,
        tree: TreeLimits {
            max_values: bounds.max_state_values.unwrap_or(default.tree.max_values),
            max_text_bytes: bounds
                .max_state_text
                .map_or(default.tree.max_text_bytes, |size| size.0),
            max_shown: bounds
                .max_shown
                .map_or(default.tree.max_shown, |count| count as usize),
            ..default.tree
        },
    }
}

/// At least one: a room without places could never be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxClients(pub u32);

/// At least one: a room without a mailbox would never hear of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailboxSize(pub u32);

/// At least one: a client must be able to say that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(pub NonZeroU32);

/// At least one: a type without rooms could never be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxRooms(pub u32);

impl<'de> Deserialize<'de> for MaxRooms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        at_least_one(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for MaxClients {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        at_least_one(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for MailboxSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        at_least_one(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        not_zero(deserializer).map(Self)
    }
}

/// A whole number, and not 0.
pub(super) fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    not_zero(deserializer).map(NonZeroU32::get)
}

/// The same, as what it is.
pub(super) fn not_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroU32, D::Error> {
    let number = i64::deserialize(deserializer)?;
    match u32::try_from(number).ok().and_then(NonZeroU32::new) {
        Some(number) => Ok(number),
        None => Err(de::Error::custom(format!(
            "{number} will not do; it must be at least 1 and at most {}",
            u32::MAX
        ))),
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
                let span =
                    TimeSpan::parse(text).map_err(|error| E::custom(format!("{error}, or \"never\"")))?;
                if span.0.as_millis() < 1 {
                    return Err(E::custom(
                        "a patch interval is at least \"1ms\"; without one write \"never\"",
                    ));
                }
                Ok(PatchInterval::Every(span))
            }
        }
        deserializer.deserialize_any(IntervalVisitor)
    }
}
