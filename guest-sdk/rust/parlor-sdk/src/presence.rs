//! What rooms share: channels, and values under keys.

use crate::bindings::parlor::room::presence as wit;
use crate::data::Document;
use crate::refusal::Refusal;
use serde::Serialize;
use std::fmt;

/// Why something was not done with what rooms share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresenceError {
    /// The key holds a value of another kind, or one that is no whole number.
    WrongKind,
    /// Something would grow beyond its bound; says which.
    Full(String),
    /// What is to be published is no valid document; says why.
    NotValid(String),
    /// The store cannot be reached, or took too long.
    Unavailable(String),
}

impl fmt::Display for PresenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongKind => f.write_str("the key holds a value of another kind"),
            Self::Full(what) => f.write_str(what),
            Self::NotValid(why) => write!(f, "this cannot be published: {why}"),
            Self::Unavailable(why) => write!(f, "what rooms share cannot be reached: {why}"),
        }
    }
}

impl std::error::Error for PresenceError {}

/// For hooks that end with `?`. The client gets code 4000 and the text.
impl From<PresenceError> for Refusal {
    fn from(error: PresenceError) -> Self {
        error.to_string().into()
    }
}

impl From<wit::PresenceError> for PresenceError {
    fn from(error: wit::PresenceError) -> Self {
        match error {
            wit::PresenceError::WrongKind => Self::WrongKind,
            wit::PresenceError::Full(what) => Self::Full(what),
            wit::PresenceError::NotValid(why) => Self::NotValid(why),
            wit::PresenceError::Unavailable(why) => Self::Unavailable(why),
        }
    }
}

type Result<T> = std::result::Result<T, PresenceError>;

/// What this room shares with others: all rooms of its type, and of the types to which the
/// operator gave the same `presence`. Given by [`Context::presence`](crate::Context::presence).
///
/// A key holds one kind of value: a text (here), a [`hash`](Self::hash), a [`set`](Self::set_of) or a [`list`](Self::list).
/// Each call is done whole before or after those of other rooms, so a counter counts right whoever increments it.
///
/// ```no_run
/// # use parlor_sdk::prelude::*;
/// # fn hook<R: Room>(ctx: &Context<R>, client: &Client) -> Result<(), Refusal> {
/// let shared = ctx.presence();
/// shared.set("champion", "alice")?;
/// shared.set_for(60_000, "event", "double points")?;
/// let games = shared.increment("games", 1)?;
/// shared.hash("wins").increment("alice", 1)?;
/// shared.set_of("online").insert(client)?;
/// shared.list("waiting").push_back("bob")?;
/// shared.subscribe("news")?;
/// shared.publish("news", format!("game {games} begins"))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Presence(());

impl Presence {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// Hands a value to every room that has subscribed to the channel, this one included: their
    /// [`on_published`](crate::Room::on_published) is called. A room with a full mailbox misses it.
    ///
    /// # Errors
    /// The value is too large.
    pub fn publish(self, channel: &str, message: impl Serialize) -> Result<()> {
        Ok(wit::publish(channel, &Document::of(&message).into_wit())?)
    }

    /// Calls [`on_published`](crate::Room::on_published) from now on with what is published on the channel, until the
    /// room ends.
    ///
    /// # Errors
    /// The room has subscribed to as many channels as it may: 256, unless configured.
    pub fn subscribe(self, channel: &str) -> Result<()> {
        Ok(wit::subscribe(channel)?)
    }

    /// Ends a subscription. What was published before still comes.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub fn unsubscribe(self, channel: &str) -> Result<()> {
        Ok(wit::unsubscribe(channel)?)
    }

    /// Puts a text under a key, in place of what was there. It stays until it is removed.
    ///
    /// # Errors
    /// The text is too long, or there is no more space.
    pub fn set(self, key: &str, value: impl ToString) -> Result<()> {
        Ok(wit::set(key, &value.to_string(), None)?)
    }

    /// The same for a text that vanishes after so many milliseconds.
    ///
    /// # Errors
    /// The text is too long, or there is no more space.
    pub fn set_for(self, milliseconds: u32, key: &str, value: impl ToString) -> Result<()> {
        Ok(wit::set(key, &value.to_string(), Some(milliseconds))?)
    }

    /// The text under a key.
    ///
    /// # Errors
    /// The key holds something else.
    pub fn get(self, key: &str) -> Result<Option<String>> {
        Ok(wit::get(key)?)
    }

    /// Takes a key of any kind out; whether there was one.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub fn remove(self, key: &str) -> Result<bool> {
        Ok(wit::remove(key)?)
    }

    /// Whether anything is under a key.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub fn exists(self, key: &str) -> Result<bool> {
        Ok(wit::exists(key)?)
    }

    /// Lets a key of any kind vanish after so many milliseconds; none: it stays. Whether there is such a key.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub fn expire(self, key: &str, milliseconds: impl Into<Option<u32>>) -> Result<bool> {
        Ok(wit::expire(key, milliseconds.into())?)
    }

    /// Adds to the whole number under a key, 0 if there is none; gives the sum.
    ///
    /// # Errors
    /// The key holds something else, or the sum has more than 64 bits.
    pub fn increment(self, key: &str, by: i64) -> Result<i64> {
        Ok(wit::increment(key, by)?)
    }

    /// The hash under a key. It need not be there: it begins with its first field and ends with its last.
    pub fn hash(self, key: &str) -> SharedHash<'_> {
        SharedHash { key }
    }

    /// The set under a key. It begins with its first member and ends with its last.
    pub fn set_of(self, key: &str) -> SharedSet<'_> {
        SharedSet { key }
    }

    /// The list under a key. It begins with its first element and ends with its last.
    pub fn list(self, key: &str) -> SharedList<'_> {
        SharedList { key }
    }

    /// What is in all of these sets.
    ///
    /// # Errors
    /// One of the keys holds something else.
    pub fn intersection(self, keys: &[&str]) -> Result<Vec<String>> {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        Ok(wit::set_intersection(&keys)?)
    }
}

/// Texts by field, under one key. Errors: the key holds another kind of value, or there is no
/// more space.
#[derive(Clone, Copy, Debug)]
pub struct SharedHash<'a> {
    key: &'a str,
}

impl SharedHash<'_> {
    /// Sets a field.
    pub fn set(self, field: impl AsRef<str>, value: impl ToString) -> Result<()> {
        Ok(wit::hash_set(self.key, field.as_ref(), &value.to_string())?)
    }

    /// What is in a field.
    pub fn get(self, field: impl AsRef<str>) -> Result<Option<String>> {
        Ok(wit::hash_get(self.key, field.as_ref())?)
    }

    /// Takes a field out; whether it was there.
    pub fn remove(self, field: impl AsRef<str>) -> Result<bool> {
        Ok(wit::hash_remove(self.key, field.as_ref())?)
    }

    /// Adds to the whole number in a field, 0 if there is none; gives the sum.
    pub fn increment(self, field: impl AsRef<str>, by: i64) -> Result<i64> {
        Ok(wit::hash_increment(self.key, field.as_ref(), by)?)
    }

    /// All fields with what is in them, in no particular order.
    pub fn entries(self) -> Result<Vec<(String, String)>> {
        Ok(wit::hash_entries(self.key)?)
    }

    /// How many fields there are.
    pub fn len(self) -> Result<u32> {
        Ok(wit::hash_size(self.key)?)
    }

    /// Whether there are no fields.
    pub fn is_empty(self) -> Result<bool> {
        self.len().map(|length| length == 0)
    }
}

/// Texts without order, none twice, under one key. Errors: the key holds another kind of value, or there
/// is no more space.
#[derive(Clone, Copy, Debug)]
pub struct SharedSet<'a> {
    key: &'a str,
}

impl SharedSet<'_> {
    /// Adds a member; whether it is new.
    pub fn insert(self, member: impl AsRef<str>) -> Result<bool> {
        Ok(wit::set_add(self.key, member.as_ref())?)
    }

    /// Takes a member out; whether it was there.
    pub fn remove(self, member: impl AsRef<str>) -> Result<bool> {
        Ok(wit::set_remove(self.key, member.as_ref())?)
    }

    /// Whether it is a member.
    pub fn contains(self, member: impl AsRef<str>) -> Result<bool> {
        Ok(wit::set_contains(self.key, member.as_ref())?)
    }

    /// All members, in no particular order.
    pub fn members(self) -> Result<Vec<String>> {
        Ok(wit::set_members(self.key)?)
    }

    /// How many members there are.
    pub fn len(self) -> Result<u32> {
        Ok(wit::set_size(self.key)?)
    }

    /// Whether there are no members.
    pub fn is_empty(self) -> Result<bool> {
        self.len().map(|length| length == 0)
    }
}

/// Texts in order, under one key: a queue or a stack. Errors: the key holds another kind of value, or there
/// is no more space.
#[derive(Clone, Copy, Debug)]
pub struct SharedList<'a> {
    key: &'a str,
}

impl SharedList<'_> {
    /// Adds before the first; how long the list is now.
    pub fn push_front(self, value: impl ToString) -> Result<u32> {
        Ok(wit::list_push(self.key, &value.to_string(), wit::End::Front)?)
    }

    /// Adds after the last; how long the list is now.
    pub fn push_back(self, value: impl ToString) -> Result<u32> {
        Ok(wit::list_push(self.key, &value.to_string(), wit::End::Back)?)
    }

    /// Takes the first.
    pub fn pop_front(self) -> Result<Option<String>> {
        Ok(wit::list_pop(self.key, wit::End::Front)?)
    }

    /// Takes the last.
    pub fn pop_back(self) -> Result<Option<String>> {
        Ok(wit::list_pop(self.key, wit::End::Back)?)
    }

    /// How long the list is.
    pub fn len(self) -> Result<u32> {
        Ok(wit::list_length(self.key)?)
    }

    /// Whether the list is empty.
    pub fn is_empty(self) -> Result<bool> {
        self.len().map(|length| length == 0)
    }
}
