//! Which rooms fit a client, and which of them is best (§1.6 of the protocol notes).

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::time::UNIX_EPOCH;

use parlor_protocol::matchmake::ClientOptions;
use parlor_room::listing::{Listing, Lock};
use serde_json::{Map, Value};

/// Names that cannot be filtered by: they are the host's own.
const RESERVED: [&str; 7] = [
    "clients",
    "locked",
    "private",
    "metadata",
    "name",
    "processId",
    "roomId",
];

/// Options of a client that a room must share.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Criteria(Map<String, Value>);

/// One key by which fitting rooms are ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// `clients`, `maxClients`, `createdAt`, or a member of the metadata.
    pub field: String,
    /// Which end comes first.
    pub order: SortOrder,
}

/// Which end comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortOrder {
    /// The smallest.
    Ascending,
    /// The largest.
    Descending,
}

impl Criteria {
    /// The declared filter fields that are among the options. A field that the client left out
    /// does not restrict it.
    pub fn new(filter_by: &[String], options: &ClientOptions) -> Self {
        let chosen = filter_by
            .iter()
            .filter(|field| !RESERVED.contains(&field.as_str()));
        Self(
            chosen
                .filter_map(|field| Some((field.clone(), options.get(field)?.clone())))
                .collect(),
        )
    }

    /// Whether matchmaking may seat the client in a room with this listing.
    pub fn admit(&self, listing: &Listing) -> bool {
        listing.lock == Lock::Open
            && !listing.private
            && self
                .0
                .iter()
                .all(|(name, wanted)| field(listing, name).is_some_and(|has| same(&has, wanted)))
    }

    /// Fields of the options that a new room is to be found by.
    pub fn into_fields(self) -> Map<String, Value> {
        self.0
    }
}

impl Hash for Criteria {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (name, value) in &self.0 {
            name.hash(state);
            value.hash(state);
        }
    }
}

/// Orders two fitting rooms: the better first. Equal rooms keep their order.
pub(crate) fn compare(keys: &[SortKey], a: &Listing, b: &Listing) -> Ordering {
    keys.iter()
        .map(|key| {
            let order = compare_values(field(a, &key.field), field(b, &key.field));
            match key.order {
                SortOrder::Ascending => order,
                SortOrder::Descending => order.reverse(),
            }
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// A field of the listing: the host's own first, then what the room, or its creation, says.
fn field(listing: &Listing, name: &str) -> Option<Value> {
    match name {
        "clients" => Some(listing.clients.into()),
        "maxClients" => listing.max_clients.map(Value::from),
        "createdAt" => listing
            .created
            .duration_since(UNIX_EPOCH)
            .ok()
            .map(|since| (since.as_secs_f64() * 1000.0).into()),
        _ => listing.metadata_field(name).cloned(),
    }
}

/// Equality as a client sees it: 1 and 1.0 are one number.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// Missing values come last in ascending order.
fn compare_values(a: Option<Value>, b: Option<Value>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(Value::String(a)), Some(Value::String(b))) => a.cmp(&b),
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a.cmp(&b),
        (Some(a), Some(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => Ordering::Equal,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn listing(mode: &str, clients: u32) -> Listing {
        Listing {
            clients,
            max_clients: Some(3),
            lock: Lock::Open,
            private: false,
            unlisted: false,
            creation_fields: Map::from_iter([("mode".to_owned(), mode.into())]),
            metadata: None,
            created: SystemTime::UNIX_EPOCH,
        }
    }

    fn options(json: &str) -> ClientOptions {
        ClientOptions::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn rooms_share_the_declared_options_of_the_client() {
        let filter_by = ["mode".to_owned(), "maxClients".to_owned(), "locked".to_owned()];
        for (asked, fits) in [
            (r#"{"mode":"duel"}"#, true),
            (r#"{"mode":"team"}"#, false),
            (r#"{"mode":1}"#, false),
            (r#"{"mode":"duel","maxClients":3.0}"#, true),
            (r#"{"mode":"duel","maxClients":4}"#, false),
            (r#"{"mode":"duel","locked":true,"other":null}"#, true),
            ("{}", true),
        ] {
            assert_eq!(
                Criteria::new(&filter_by, &options(asked)).admit(&listing("duel", 1)),
                fits,
                "{asked}"
            );
        }
    }

    #[test]
    fn locked_and_private_rooms_fit_nobody() {
        let anybody = Criteria::new(&[], &options("{}"));
        for change in [
            (|listing| listing.lock = Lock::Full) as fn(&mut Listing),
            |listing| listing.lock = Lock::Locked,
            |listing| listing.private = true,
        ] {
            let mut listing = listing("duel", 1);
            assert!(anybody.admit(&listing));
            change(&mut listing);
            assert!(!anybody.admit(&listing));
        }
    }

    #[test]
    fn the_first_key_that_differs_decides() {
        let keys = [
            SortKey {
                field: "clients".into(),
                order: SortOrder::Descending,
            },
            SortKey {
                field: "mode".into(),
                order: SortOrder::Ascending,
            },
        ];
        let mut listings = [listing("b", 1), listing("c", 2), listing("a", 1)];
        listings.sort_by(|a, b| compare(&keys, a, b));
        let order = listings.map(|listing| listing.metadata_field("mode").cloned());
        assert_eq!(order, ["c", "a", "b"].map(|mode| Some(Value::from(mode))));
    }
}
