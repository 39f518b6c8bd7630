//! The interface `presence`, handed on to the room's [`Presence`](crate::Presence).

use crate::bindings::parlor::room as wit;
use crate::context::RoomContext;
use crate::guest::Guest;
use crate::imports::trap;
use crate::presence::{ListEnd, PresenceError};
use crate::waiting::until;

type Answer<T> = wasmtime::Result<Result<T, wit::presence::PresenceError>>;

impl From<PresenceError> for wit::presence::PresenceError {
    fn from(error: PresenceError) -> Self {
        match error {
            PresenceError::WrongKind => Self::WrongKind,
            PresenceError::Full(what) => Self::Full(what),
            PresenceError::NotValid(why) => Self::NotValid(why),
            PresenceError::Unavailable(why) => Self::Unavailable(why),
        }
    }
}

impl From<wit::presence::End> for ListEnd {
    fn from(end: wit::presence::End) -> Self {
        match end {
            wit::presence::End::Front => Self::Front,
            wit::presence::End::Back => Self::Back,
        }
    }
}

fn too_slow() -> PresenceError {
    PresenceError::Unavailable("the store took too long".to_owned())
}

/// Writes one method for each function of the interface.
macro_rules! hand_on {
    ($($method:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        impl<C: RoomContext> wit::presence::Host for Guest<C> {
            $(
                async fn $method(&mut self, $($argument: $kind),*) -> Answer<$answer> {
                    let presence = trap(self.context.presence())?;
                    let end = self.gives_up_at();
                    let answer = until(end, presence.$method($($argument.into()),*)).await;
                    Ok(answer.unwrap_or_else(|| Err(too_slow())).map_err(Into::into))
                }
            )*
        }
    };
}

type Milliseconds = Option<u32>;

hand_on! {
    publish(channel: String, payload: wit::types::Document) -> ();
    subscribe(channel: String) -> ();
    unsubscribe(channel: String) -> ();
    set(key: String, value: String, expires_after: Milliseconds) -> ();
    get(key: String) -> Option<String>;
    remove(key: String) -> bool;
    exists(key: String) -> bool;
    expire(key: String, after: Milliseconds) -> bool;
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
    list_push(key: String, value: String, at: wit::presence::End) -> u32;
    list_pop(key: String, at: wit::presence::End) -> Option<String>;
    list_length(key: String) -> u32;
}
