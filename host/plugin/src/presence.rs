//! What rooms share: the interface `presence` of `wit/`, as a trait that a store implements.

use std::fmt::Debug;

use crate::vocabulary::Document;
use crate::waiting::Waiting;

/// Why the store did not do what was asked. The guest gets it as an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresenceError {
    /// The key holds a value of another kind, or one that is no whole number.
    #[error("the key holds a value of another kind")]
    WrongKind,
    /// Something would grow beyond its bound; says what.
    #[error("{0}")]
    Full(String),
    /// What is to be published is no valid document; says why.
    #[error("{0}")]
    NotValid(String),
    /// The store cannot be reached, or took too long.
    #[error("{0}")]
    Unavailable(String),
}

/// The end of a list at which something is added or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListEnd {
    /// Before the first.
    Front,
    /// After the last.
    Back,
}

/// What the store answers.
pub type Answer<'a, T> = Waiting<'a, Result<T, PresenceError>>;

/// One presence space, as one room sees it. Times are in milliseconds.
pub trait Presence: Debug + Send + Sync {
    /// `presence.publish`
    fn publish(&self, channel: String, payload: Document) -> Answer<'_, ()>;
    /// `presence.subscribe`, for the room that this was made for.
    fn subscribe(&self, channel: String) -> Answer<'_, ()>;
    /// `presence.unsubscribe`
    fn unsubscribe(&self, channel: String) -> Answer<'_, ()>;

    /// `presence.set`
    fn set(&self, key: String, value: String, expires_after: Option<u32>) -> Answer<'_, ()>;
    /// `presence.get`
    fn get(&self, key: String) -> Answer<'_, Option<String>>;
    /// `presence.remove`
    fn remove(&self, key: String) -> Answer<'_, bool>;
    /// `presence.exists`
    fn exists(&self, key: String) -> Answer<'_, bool>;
    /// `presence.expire`
    fn expire(&self, key: String, after: Option<u32>) -> Answer<'_, bool>;
    /// `presence.increment`
    fn increment(&self, key: String, by: i64) -> Answer<'_, i64>;

    /// `presence.set-add`
    fn set_add(&self, key: String, member: String) -> Answer<'_, bool>;
    /// `presence.set-remove`
    fn set_remove(&self, key: String, member: String) -> Answer<'_, bool>;
    /// `presence.set-contains`
    fn set_contains(&self, key: String, member: String) -> Answer<'_, bool>;
    /// `presence.set-members`
    fn set_members(&self, key: String) -> Answer<'_, Vec<String>>;
    /// `presence.set-size`
    fn set_size(&self, key: String) -> Answer<'_, u32>;
    /// `presence.set-intersection`
    fn set_intersection(&self, keys: Vec<String>) -> Answer<'_, Vec<String>>;

    /// `presence.hash-set`
    fn hash_set(&self, key: String, field: String, value: String) -> Answer<'_, ()>;
    /// `presence.hash-get`
    fn hash_get(&self, key: String, field: String) -> Answer<'_, Option<String>>;
    /// `presence.hash-remove`
    fn hash_remove(&self, key: String, field: String) -> Answer<'_, bool>;
    /// `presence.hash-entries`
    fn hash_entries(&self, key: String) -> Answer<'_, Vec<(String, String)>>;
    /// `presence.hash-size`
    fn hash_size(&self, key: String) -> Answer<'_, u32>;
    /// `presence.hash-increment`
    fn hash_increment(&self, key: String, field: String, by: i64) -> Answer<'_, i64>;

    /// `presence.list-push`; gives the new length.
    fn list_push(&self, key: String, value: String, at: ListEnd) -> Answer<'_, u32>;
    /// `presence.list-pop`
    fn list_pop(&self, key: String, at: ListEnd) -> Answer<'_, Option<String>>;
    /// `presence.list-length`
    fn list_length(&self, key: String) -> Answer<'_, u32>;
}
