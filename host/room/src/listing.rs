//! What a room shows of itself to the matchmaker and to those who list rooms.

use std::time::SystemTime;

use serde_json::{Map, Value};

/// Whether new seats may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// They may.
    Open,
    /// The room is full; it opens again when somebody leaves.
    Full,
    /// The room locked itself, until it says otherwise.
    Locked,
}

/// A room, seen from outside.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Clients and reserved seats.
    pub clients: u32,
    /// None: no limit.
    pub max_clients: Option<u32>,
    /// Whether new seats may be asked for.
    pub lock: Lock,
    /// Out of matchmaking and listings: joined by id only.
    pub private: bool,
    /// Out of listings, but found by matchmaking.
    pub unlisted: bool,
    /// Options at creation by which the room is to be found. The room's metadata wins over them.
    pub creation_fields: Map<String, Value>,
    /// What the room says about itself; none until it does.
    pub metadata: Option<Map<String, Value>>,
    /// When the room was created.
    pub created: SystemTime,
}

impl Listing {
    /// A member of the metadata, or a field by which the room was created.
    pub fn metadata_field(&self, name: &str) -> Option<&Value> {
        self.metadata
            .as_ref()
            .and_then(|own| own.get(name))
            .or_else(|| self.creation_fields.get(name))
    }

    /// The metadata that others see: the room's own and the fields by which it was created.
    pub fn shown_metadata(&self) -> Option<Value> {
        if self.metadata.is_none() && self.creation_fields.is_empty() {
            return None;
        }
        let mut shown = self.creation_fields.clone();
        shown.extend(self.metadata.clone().unwrap_or_default());
        Some(Value::Object(shown))
    }
}
