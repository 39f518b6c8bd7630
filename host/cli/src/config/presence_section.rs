//! `[presence]` of `parlor.toml`: how much rooms may share.

use parlor_matchmaker::PresenceLimits;
use serde::Deserialize;

use super::units::ByteSize;

/// Every key of the table; [`PresenceLimits`] says what each is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PresenceSection {
    max_entries: Option<u32>,
    max_bytes: Option<ByteSize>,
    max_key: Option<ByteSize>,
    max_value: Option<ByteSize>,
    max_message: Option<ByteSize>,
    max_subscriptions: Option<u32>,
}

impl PresenceSection {
    /// Over the defaults.
    pub fn limits(&self) -> PresenceLimits {
        let default = PresenceLimits::default();
        let count = |value: Option<u32>, default: usize| value.map_or(default, |count| count as usize);
        let bytes = |value: Option<ByteSize>, default: usize| value.map_or(default, ByteSize::as_usize);
        PresenceLimits {
            max_entries: count(self.max_entries, default.max_entries),
            max_bytes: bytes(self.max_bytes, default.max_bytes),
            max_key: bytes(self.max_key, default.max_key),
            max_value: bytes(self.max_value, default.max_value),
            max_message: bytes(self.max_message, default.max_message),
            max_subscriptions: count(self.max_subscriptions, default.max_subscriptions),
        }
    }
}
