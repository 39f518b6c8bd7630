//! What a store of presence has to do. The one in memory serves one host; one behind a network could
//! serve several.

use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;
use parlor_plugin::{Answer, ListEnd};

use super::settings::{PresenceLimits, SpaceName};

/// Opens spaces.
pub(crate) trait Driver: Debug + Send + Sync {
    /// The space of this name; opened once per host. Whatever is published there, by this host or another, is
    /// given to `listener` once, in the order in which it was published.
    fn open(&self, space: &SpaceName, limits: &PresenceLimits, listener: Arc<dyn Listener>)
    -> Arc<dyn Store>;
}

/// Who wants to know what is published in a space.
pub(crate) trait Listener: Debug + Send + Sync {
    /// Something was published. Does not wait.
    fn published(&self, channel: &str, payload: &Bytes);
}

/// The values and channels of one space. What the functions do is written in `wit/presence.wit`; each is done
/// whole before or after any other. The store keeps the bounds of the whole space; the length of single keys
/// and values was checked before.
///
/// A number is a text in decimal digits, with `-` in front if it is negative and nothing else: no
/// zeros or `+` before it. A sum beyond 64 bits is `WrongKind`.
pub(crate) trait Store: Debug + Send + Sync {
    /// Hands a valid MessagePack value on.
    fn publish(&self, channel: String, payload: Bytes) -> Answer<'_, ()>;

    fn set(&self, key: String, value: String, expires_after: Option<u32>) -> Answer<'_, ()>;
    fn get(&self, key: String) -> Answer<'_, Option<String>>;
    fn remove(&self, key: String) -> Answer<'_, bool>;
    fn exists(&self, key: String) -> Answer<'_, bool>;
    fn expire(&self, key: String, after: Option<u32>) -> Answer<'_, bool>;
    fn increment(&self, key: String, by: i64) -> Answer<'_, i64>;

    fn set_add(&self, key: String, member: String) -> Answer<'_, bool>;
    fn set_remove(&self, key: String, member: String) -> Answer<'_, bool>;
    fn set_contains(&self, key: String, member: String) -> Answer<'_, bool>;
    fn set_members(&self, key: String) -> Answer<'_, Vec<String>>;
    fn set_size(&self, key: String) -> Answer<'_, u32>;
    fn set_intersection(&self, keys: Vec<String>) -> Answer<'_, Vec<String>>;

    fn hash_set(&self, key: String, field: String, value: String) -> Answer<'_, ()>;
    fn hash_get(&self, key: String, field: String) -> Answer<'_, Option<String>>;
    fn hash_remove(&self, key: String, field: String) -> Answer<'_, bool>;
    fn hash_entries(&self, key: String) -> Answer<'_, Vec<(String, String)>>;
    fn hash_size(&self, key: String) -> Answer<'_, u32>;
    fn hash_increment(&self, key: String, field: String, by: i64) -> Answer<'_, i64>;

    fn list_push(&self, key: String, value: String, at: ListEnd) -> Answer<'_, u32>;
    fn list_pop(&self, key: String, at: ListEnd) -> Answer<'_, Option<String>>;
    fn list_length(&self, key: String) -> Answer<'_, u32>;
}
