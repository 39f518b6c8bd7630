//! The clients of a room.

use crate::data::Document;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde::ser::{Serialize, Serializer};
use std::borrow::Borrow;
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

impl From<&Client> for SessionId {
    fn from(client: &Client) -> Self {
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

/// One client of the room. Cheap to clone. Lends its session id wherever a text is asked for:
/// `players.get_mut(client)`.
#[derive(Clone, Debug)]
pub struct Client {
    session: SessionId,
    auth: Option<Rc<Document>>,
}

impl Client {
    pub(crate) fn new(session: SessionId, auth: Option<Document>) -> Self {
        Self {
            session,
            auth: auth.map(Rc::new),
        }
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

impl AsRef<str> for Client {
    fn as_ref(&self) -> &str {
        &self.session
    }
}

/// The same session.
impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        self.session == other.session
    }
}

impl Eq for Client {}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.session.fmt(f)
    }
}
