//! The body of a matchmaking request: the client's options (§1.1).

use serde_json::{Map, Value};

use super::MatchmakeError;
use crate::ids::ReconnectionToken;
use crate::msgpack;

/// Join options: a JSON object, nested at most as deep as messages may be. Of members with the same name the last
/// stays, so that what filters see is what the room sees.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientOptions {
    members: Map<String, Value>,
    packed: Vec<u8>,
}

impl Default for ClientOptions {
    /// No options.
    fn default() -> Self {
        Self {
            members: Map::new(),
            packed: msgpack::EMPTY_MAP.to_vec(),
        }
    }
}

impl ClientOptions {
    /// Reads a body. A missing one, or one of white space, is `{}`; the content type does not matter.
    ///
    /// # Errors
    /// [`MatchmakeError::MalformedBody`] for anything but a JSON object, or one nested too deep.
    pub fn parse(body: &[u8]) -> Result<Self, MatchmakeError> {
        if body.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        let value: Value = serde_json::from_slice(body).map_err(|_| MatchmakeError::MalformedBody)?;
        let packed = msgpack::from_json_value(&value).map_err(|_| MatchmakeError::MalformedBody)?;
        match value {
            Value::Object(members) => Ok(Self { members, packed }),
            _ => Err(MatchmakeError::MalformedBody),
        }
    }

    /// One option, for filters.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// All options.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// All options as one plain MessagePack map, for the room.
    #[must_use]
    pub fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// The token in the body of `reconnect`.
    ///
    /// # Errors
    /// [`MatchmakeError::ReconnectionExpired`] if it is missing or could be no token.
    pub fn reconnection_token(&self) -> Result<ReconnectionToken, MatchmakeError> {
        self.get("reconnectionToken")
            .and_then(Value::as_str)
            .and_then(|token| ReconnectionToken::parse(token).ok())
            .ok_or(MatchmakeError::ReconnectionExpired)
    }
}
