//! Which rooms a client wants to see.

use parlor_plugin::Refusal;
use parlor_protocol::matchmake::RoomListing;
use serde_json::{Map, Value};

use crate::reading::invalid;

/// Members of the metadata that one filter may ask for.
const MOST_MEMBERS: usize = 32;

/// `{name?, metadata?}`: the name of a room type, and members that its metadata must have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter {
    name: Option<String>,
    metadata: Map<String, Value>,
}

impl Filter {
    /// Reads what a client gave; none: it wants to see every room.
    pub fn read(value: Value) -> Result<Option<Self>, Refusal> {
        let mut members = match value {
            Value::Null => return Ok(None),
            Value::Object(members) => members,
            _ => return Err(invalid("a filter is a map of `name` and `metadata`, or null")),
        };
        let name = match members.remove("name") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name),
            Some(_) => return Err(invalid("`name` of a filter must be text")),
        };
        let metadata = match members.remove("metadata") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(metadata)) if metadata.len() <= MOST_MEMBERS => metadata,
            Some(_) => {
                return Err(invalid(format!(
                    "`metadata` of a filter must be a map of at most {MOST_MEMBERS} members"
                )));
            }
        };
        if name.is_none() && metadata.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { name, metadata }))
    }

    /// Whether the client wants to see this room.
    pub fn admits(&self, room: &RoomListing) -> bool {
        self.name.as_ref().is_none_or(|name| name == room.name.as_str())
            && self.metadata.iter().all(|(member, wanted)| {
                let has = room.metadata.as_ref().and_then(|metadata| metadata.get(member));
                has.is_some_and(|has| same(has, wanted))
            })
    }
}

/// Equality as a client sees it: 1 and 1.0 are one number.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use parlor_protocol::ids::{ProcessId, RoomId, RoomTypeName};
    use serde_json::json;

    use super::*;

    fn room(name: &str, metadata: Option<Value>) -> RoomListing {
        RoomListing {
            clients: 1,
            max_clients: None,
            locked: false,
            private: false,
            unlisted: false,
            created_at: SystemTime::UNIX_EPOCH,
            name: RoomTypeName::parse(name).unwrap(),
            process_id: ProcessId::parse("p").unwrap(),
            room_id: RoomId::parse("r").unwrap(),
            metadata,
        }
    }

    #[test]
    fn name_and_every_member_of_the_metadata_must_be_the_same() {
        let seen = room("duel", Some(json!({"map": "dust", "level": 2, "mods": ["a"]})));
        for (filter, admits) in [
            (json!({"name": "duel"}), true),
            (json!({"name": "due"}), false),
            (json!({"metadata": {"map": "dust"}}), true),
            (json!({"metadata": {"level": 2.0, "mods": ["a"]}}), true),
            (json!({"metadata": {"map": "dust", "level": 3}}), false),
            (json!({"metadata": {"gone": null}}), false),
            (json!({"name": "duel", "metadata": {"map": "ice"}}), false),
        ] {
            let filter = Filter::read(filter).unwrap().unwrap();
            assert_eq!(filter.admits(&seen), admits, "{filter:?}");
            assert_eq!(
                filter.admits(&room("duel", None)),
                filter.metadata.is_empty() && admits
            );
        }
    }

    #[test]
    fn nothing_to_filter_by_is_no_filter() {
        for nothing in [
            json!(null),
            json!({}),
            json!({"name": null, "metadata": {}, "other": 1}),
        ] {
            assert_eq!(Filter::read(nothing), Ok(None));
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let many: Map<String, Value> = (0..=MOST_MEMBERS).map(|n| (n.to_string(), json!(n))).collect();
        for wrong in [
            json!("duel"),
            json!([1]),
            json!({"name": 1}),
            json!({"metadata": [1]}),
            json!({"metadata": many}),
        ] {
            assert!(Filter::read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
