//! What an operator may set for presence.

use std::collections::HashMap;
use std::fmt;

use parlor_plugin::PresenceError;
use parlor_protocol::ids::RoomTypeName;

/// Which room types share what, and how much of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresenceSettings {
    /// Bounds of each space.
    pub limits: PresenceLimits,
    /// Types that share a space with others, and its name. Any other type has a space of its own.
    pub shared: HashMap<RoomTypeName, String>,
}

impl PresenceSettings {
    /// The space of a room type.
    pub(super) fn space(&self, room_type: &RoomTypeName) -> SpaceName {
        match self.shared.get(room_type) {
            Some(name) => SpaceName::Shared(name.clone()),
            None => SpaceName::Own(room_type.clone()),
        }
    }
}

/// Names one presence space. A type's own is never one that others can name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SpaceName {
    /// Of one room type alone.
    Own(RoomTypeName),
    /// Of all types that the operator gave this name.
    Shared(String),
}

impl fmt::Display for SpaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(room_type) => write!(f, "of the room type \"{room_type}\""),
            Self::Shared(name) => write!(f, "\"{name}\""),
        }
    }
}

/// Bounds of one space. What would go beyond one is refused with [`PresenceError::Full`], which names it,
/// and nothing is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceLimits {
    /// Texts, members of sets, fields of hashes and elements of lists, all together.
    pub max_entries: usize,
    /// Bytes of keys and all that is under them.
    pub max_bytes: usize,
    /// Bytes of one key, member, field or channel name.
    pub max_key: usize,
    /// Bytes of one text, field's value or element.
    pub max_value: usize,
    /// Bytes of one published value, as MessagePack.
    pub max_message: usize,
    /// Channels to which one room may have subscribed at once.
    pub max_subscriptions: usize,
}

impl Default for PresenceLimits {
    fn default() -> Self {
        Self {
            max_entries: 100_000,
            max_bytes: 16 << 20,
            max_key: 1 << 10,
            max_value: 64 << 10,
            max_message: 64 << 10,
            max_subscriptions: 256,
        }
    }
}

impl PresenceLimits {
    pub(super) fn key(&self, key: &str) -> Result<(), PresenceError> {
        within(
            "a key, member, field or channel",
            key.len(),
            self.max_key,
            "max-key",
        )
    }

    pub(super) fn keys(&self, keys: &[String]) -> Result<(), PresenceError> {
        keys.iter().try_for_each(|key| self.key(key))
    }

    pub(super) fn value(&self, value: &str) -> Result<(), PresenceError> {
        within("a value", value.len(), self.max_value, "max-value")
    }

    pub(super) fn message(&self, payload: &[u8]) -> Result<(), PresenceError> {
        within("a message", payload.len(), self.max_message, "max-message")
    }
}

fn within(what: &str, bytes: usize, limit: usize, setting: &str) -> Result<(), PresenceError> {
    if bytes <= limit {
        return Ok(());
    }
    Err(PresenceError::Full(format!(
        "{what} may have {limit} bytes (`{setting}`), this one has {bytes}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_share_by_name_and_nobody_can_name_a_types_own_space() {
        let name = |text| RoomTypeName::parse(text).unwrap();
        let shared = [("red", "colours"), ("blue", "colours"), ("thief", "chess")];
        let settings = PresenceSettings {
            limits: PresenceLimits::default(),
            shared: shared
                .map(|(room_type, space)| (name(room_type), space.to_owned()))
                .into(),
        };
        let space = |text| settings.space(&name(text));
        assert_eq!(space("red"), space("blue"));
        assert_eq!(space("chess"), SpaceName::Own(name("chess")));
        for (one, other) in [
            ("chess", "thief"),
            ("chess", "go"),
            ("red", "thief"),
            ("red", "chess"),
        ] {
            assert_ne!(space(one), space(other), "{one}, {other}");
        }
    }
}
