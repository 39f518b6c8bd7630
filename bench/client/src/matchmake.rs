//! Asking for a seat (§1).

use serde::Deserialize;
use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::error::ClientError;
use crate::http;

/// How a client wants to come into a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance<'a> {
    /// Into any room of this type, or into a new one.
    JoinOrCreate(&'a str),
    /// Into a new room of this type.
    Create(&'a str),
    /// Into a room of this type that is there.
    Join(&'a str),
    /// Into the room with this id.
    JoinById(&'a str),
}

impl Entrance<'_> {
    fn path(self) -> String {
        match self {
            Self::JoinOrCreate(name) => format!("/matchmake/joinOrCreate/{name}"),
            Self::Create(name) => format!("/matchmake/create/{name}"),
            Self::Join(name) => format!("/matchmake/join/{name}"),
            Self::JoinById(id) => format!("/matchmake/joinById/{id}"),
        }
    }
}

/// A reserved seat, as SDKs 0.17 and 0.18 read it (§1.4).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seat {
    /// The room.
    pub room_id: String,
    /// The client's session.
    pub session_id: String,
    /// Leads the WebSocket's path.
    pub process_id: String,
    /// Where the room's process is reached, if not at the endpoint.
    #[serde(default)]
    pub public_address: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// Asks the matchmaker at `endpoint` for a seat. `options` is a JSON object; `token` goes into the Authorization
/// header.
///
/// # Errors
/// [`ClientError::Refused`] if there is none for this client, and whatever can happen to a connection.
pub async fn matchmake(
    endpoint: &Endpoint,
    entrance: Entrance<'_>,
    options: &Value,
    token: Option<&str>,
) -> Result<Seat, ClientError> {
    let reply = http::post(endpoint, &entrance.path(), token, options).await?;
    if reply.status != 200 {
        let whole = || String::from_utf8_lossy(&reply.body).into_owned();
        let text =
            serde_json::from_slice(&reply.body).map_or_else(|_| whole(), |refusal: Refusal| refusal.error);
        return Err(ClientError::Refused {
            code: reply.status,
            text,
        });
    }
    serde_json::from_slice(&reply.body)
        .map_err(|error| ClientError::BadReply(format!("it is no seat: {error}")))
}
