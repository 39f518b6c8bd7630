//! How a room appears in `GET /matchmake/{name}` (§1.2) and in lobbies.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::ids::{ProcessId, RoomId, RoomTypeName};
use crate::msgpack::{self, MsgpackError, iso_date, write, write_moment};

/// One room. Its JSON has the members that SDK 0.15 knows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomListing {
    /// Clients in the room; a reserved seat counts.
    pub clients: u32,
    /// None: as many as like; null in JSON.
    pub max_clients: Option<u32>,
    /// No new seats.
    pub locked: bool,
    /// Found by its id only.
    pub private: bool,
    /// Not in listings.
    pub unlisted: bool,
    /// ISO 8601 text in JSON.
    #[serde(serialize_with = "as_date")]
    pub created_at: SystemTime,
    /// The room type.
    pub name: RoomTypeName,
    /// Where it runs.
    pub process_id: ProcessId,
    /// Its id.
    pub room_id: RoomId,
    /// What the room says about itself, an object; left out in JSON if it said nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

fn as_date<S: Serializer>(moment: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    // A room cannot have been made before 1970; a clock that says so gets 1970.
    iso_date(moment.duration_since(UNIX_EPOCH).unwrap_or_default()).serialize(serializer)
}

impl RoomListing {
    /// The body of `GET /matchmake/{name}`.
    #[must_use]
    pub fn list_to_json(rooms: &[Self]) -> String {
        // Keys are text and numbers are whole: nothing in it can fail.
        serde_json::to_string(rooms).unwrap_or_else(|_| "[]".to_owned())
    }

    /// The room as lobbies show it, in MessagePack (§7.1): without a limit `maxClients` is infinite, and
    /// `createdAt` is a timestamp.
    ///
    /// # Errors
    /// The metadata nests too deep for a message in which it is one of several rooms.
    pub fn to_message_pack(&self) -> Result<Vec<u8>, MsgpackError> {
        let mut out = Vec::with_capacity(256);
        write::map(&mut out, 9 + usize::from(self.metadata.is_some()));
        write::text(&mut out, "clients");
        write::unsigned(&mut out, self.clients.into());
        write::text(&mut out, "maxClients");
        match self.max_clients {
            Some(limit) => write::unsigned(&mut out, limit.into()),
            None => write::float64(&mut out, f64::INFINITY),
        }
        for (name, value) in [
            ("locked", self.locked),
            ("private", self.private),
            ("unlisted", self.unlisted),
        ] {
            write::text(&mut out, name);
            write::boolean(&mut out, value);
        }
        if let Some(metadata) = &self.metadata {
            write::text(&mut out, "metadata");
            out.extend_from_slice(&msgpack::from_json_value(metadata)?);
        }
        write::text(&mut out, "createdAt");
        write_moment(&mut out, self.created_at);
        for (name, value) in [
            ("name", self.name.as_str()),
            ("processId", self.process_id.as_str()),
            ("roomId", self.room_id.as_str()),
        ] {
            write::text(&mut out, name);
            write::text(&mut out, value);
        }
        msgpack::validate(&msgpack::list([out.as_slice()].into_iter()))?;
        Ok(out)
    }
}
