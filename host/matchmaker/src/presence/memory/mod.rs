//! The store in this process. Its values are gone when the host ends.

mod collections;
mod kinds;
#[cfg(test)]
mod model;
mod values;

use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use parlor_plugin::{Answer, ListEnd, PresenceError};

use super::driver::{Driver, Listener, Store};
use super::settings::{PresenceLimits, SpaceName};
use values::Values;

/// Expired keys that one call frees beside its own work.
const FREED_PER_CALL: usize = 16;

/// Opens spaces in this process.
#[derive(Debug)]
pub(super) struct MemoryDriver;

impl Driver for MemoryDriver {
    fn open(&self, _: &SpaceName, limits: &PresenceLimits, listener: Arc<dyn Listener>) -> Arc<dyn Store> {
        Arc::new(MemoryStore {
            values: Mutex::new(Values::new(limits)),
            listener,
        })
    }
}

/// One space. What has expired is seen no more from that moment on; its memory is freed by later
/// calls, so that nothing wakes up for it, and before anything is refused for want of space.
#[derive(Debug)]
struct MemoryStore {
    values: Mutex<Values>,
    listener: Arc<dyn Listener>,
}

impl MemoryStore {
    fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Values, Instant) -> Result<T, PresenceError>,
    ) -> Answer<'static, T> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        values.free_expired(now, FREED_PER_CALL);
        Box::pin(ready(work(&mut values, now)))
    }
}

/// Writes one method for each function, under the lock and with the time.
macro_rules! locked {
    ($($method:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(
            fn $method(&self, $($argument: $kind),*) -> Answer<'_, $answer> {
                self.with(|values, now| values.$method(now, $($argument),*))
            }
        )*
    };
}

impl Store for MemoryStore {
    fn publish(&self, channel: String, payload: Bytes) -> Answer<'_, ()> {
        self.listener.published(&channel, &payload);
        Box::pin(ready(Ok(())))
    }

    locked! {
        set(key: String, value: String, expires_after: Option<u32>) -> ();
        get(key: String) -> Option<String>;
        remove(key: String) -> bool;
        exists(key: String) -> bool;
        expire(key: String, after: Option<u32>) -> bool;
        increment(key: String, by: i64) -> i64;
        set_add(key: String, member: String) -> bool;
        set_remove(key: String, member: String) -> bool;
        set_contains(key: String, member: String) -> bool;
        set_members(key: String) -> Vec<String>;
        set_size(key: String) -> u32;
        set_intersection(keys: Vec<String>) -> Vec<String>;
        hash_set(key: String, field: String, value: String) -> ();
        hash_get(key: String, field: String) -> Option<String>;
        hash_remove(key: String, field: String) -> bool;
        hash_entries(key: String) -> Vec<(String, String)>;
        hash_size(key: String) -> u32;
        hash_increment(key: String, field: String, by: i64) -> i64;
        list_push(key: String, value: String, at: ListEnd) -> u32;
        list_pop(key: String, at: ListEnd) -> Option<String>;
        list_length(key: String) -> u32;
    }
}
