//! The clients of a room.

use crate::data::Document;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde::ser::{Serialize, Serializer};
use std::borrow::Borrow;
use std::cell::{Ref, RefCell, RefMut};
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// Names one client inside the room: kept across a reconnection, never reused while the room
/// lives. Cheap to clone; may be a field of the state, where clients read it as a string.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Rc<str>);

impl SessionId {
    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SessionId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for SessionId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl<D> From<&Client<D>> for SessionId {
    fn from(client: &Client<D>) -> Self {
        client.session().clone()
    }
}

impl Deref for SessionId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for SessionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for SessionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for SessionId {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl PartialEq<&str> for SessionId {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// One client of the room. Cheap to clone; clones are the same client. Lends its session id wherever a text
/// is asked for: `players.get_mut(client)`.
///
/// What the room has to remember of a client is its `D`. A room that writes `&Client<Player>` in its hooks gets
/// a `Player::default()` for each client. It stays with the client when the client comes back, is saved with the room,
/// and goes with the client. Players never see it: what they are to see belongs into the state.
///
/// ```
/// # use parlor_sdk::prelude::*;
/// #[derive(Data, Default)]
/// struct Player {
///     warnings: u8,
/// }
///
/// # #[derive(Data, Default)]
/// # struct Chat;
/// #[room]
/// impl Room for Chat {
///     fn on_message(&mut self, ctx: &Context<Self>, client: &Client<Player>, _message: AnyMessage) {
///         client.data_mut().warnings += 1;
///         if client.data().warnings > 2 {
///             ctx.kick(client, 4000, "three warnings");
///         }
///     }
/// }
/// ```
pub struct Client<D = ()> {
    session: SessionId,
    auth: Option<Rc<Document>>,
    data: Rc<RefCell<D>>,
}

impl<D> Client<D> {
    pub(crate) fn new(session: SessionId, auth: Option<Document>, data: D) -> Self {
        Self {
            session,
            auth: auth.map(Rc::new),
            data: Rc::new(RefCell::new(data)),
        }
    }

    /// What the room remembers of the client.
    ///
    /// # Panics
    /// While what [`data_mut`](Self::data_mut) gave for this client is still held.
    pub fn data(&self) -> Ref<'_, D> {
        RefCell::borrow(&self.data)
    }

    /// The same, to change it.
    ///
    /// # Panics
    /// While what [`data`](Self::data) or `data_mut` gave for this client is still held.
    pub fn data_mut(&self) -> RefMut<'_, D> {
        RefCell::borrow_mut(&self.data)
    }

    pub(crate) fn data_cell(&self) -> &RefCell<D> {
        &self.data
    }

    /// The client's session id, by which the official SDKs know it as `sessionId`.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// What `authenticate` returned for this client; none if it returned nothing, or something
    /// that is not a `T`.
    pub fn auth<T: DeserializeOwned>(&self) -> Option<T> {
        self.auth.as_ref()?.read().ok()
    }

    pub(crate) fn auth_document(&self) -> Option<&Document> {
        self.auth.as_deref()
    }
}

impl<D> Clone for Client<D> {
    fn clone(&self) -> Self {
        Self {
            session: self.session.clone(),
            auth: self.auth.clone(),
            data: Rc::clone(&self.data),
        }
    }
}

impl<D> AsRef<str> for Client<D> {
    fn as_ref(&self) -> &str {
        &self.session
    }
}

/// The same session.
impl<D> PartialEq for Client<D> {
    fn eq(&self, other: &Self) -> bool {
        self.session == other.session
    }
}

impl<D> Eq for Client<D> {}

impl<D> fmt::Debug for Client<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.session).finish()
    }
}

impl<D> fmt::Display for Client<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.session.fmt(f)
    }
}
