//! The answer to a successful request: a seat.

use serde::Serialize;
use serde_json::Value;

use crate::ids::{ProcessId, RoomId, RoomTypeName, SessionId};

/// A reserved seat. Its JSON is the union that every SDK reads (§1.4): 0.17 and 0.18 take the top level, 0.15 and
/// 0.16 take `room`, and the process id that a client repeats in its WebSocket path tells which it took
/// ([`ProcessId::parse_segment`]). It never has `protocol`, which 0.16 would use as the URL's scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatReply {
    /// The room type.
    pub name: RoomTypeName,
    /// The room.
    pub room: RoomId,
    /// The client's session.
    pub session: SessionId,
    /// The process the room runs in.
    pub process: ProcessId,
    /// Host, and perhaps port and path, under which clients reach that process, if not the one they asked.
    pub public_address: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Union<'a> {
    name: &'a RoomTypeName,
    room_id: &'a RoomId,
    process_id: &'a ProcessId,
    session_id: &'a SessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_address: Option<&'a str>,
    room: Nested<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Nested<'a> {
    name: &'a RoomTypeName,
    room_id: &'a RoomId,
    process_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_address: Option<&'a str>,
}

impl SeatReply {
    /// The body of the reply, to be sent with status 200.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts under text keys: nothing in it can fail.
        serde_json::to_string(&self.union()).unwrap_or_default()
    }

    /// The same as a value, for a room that hands the seat to its client.
    #[must_use]
    pub fn to_json_value(&self) -> Value {
        serde_json::to_value(self.union()).unwrap_or_default()
    }

    fn union(&self) -> Union<'_> {
        let public_address = self.public_address.as_deref();
        Union {
            name: &self.name,
            room_id: &self.room,
            process_id: &self.process,
            session_id: &self.session,
            public_address,
            room: Nested {
                name: &self.name,
                room_id: &self.room,
                process_id: self.process.nested(),
                public_address,
            },
        }
    }
}
