//! What rooms are looked for, and in which order they are wanted.

use std::cmp::Ordering;

use parlor_plugin::{Comparison, Direction};
use parlor_protocol::ids::RoomTypeName;
use parlor_room::listing::{ListedRoom, Listing};
use serde_json::Value;

use crate::field::{Field, Scalar};

/// Something that must hold for a room. A room without the field does not match.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub field: Field,
    pub comparison: Comparison,
    /// A list of values for [`Comparison::OneOf`], else one value.
    pub value: Value,
}

impl Condition {
    pub fn new(field: Field, comparison: Comparison, value: impl Into<Value>) -> Self {
        Self {
            field,
            comparison,
            value: value.into(),
        }
    }

    /// Matchmaking may seat clients there.
    pub fn joinable() -> Vec<Self> {
        [Field::Locked, Field::Private]
            .map(|field| Self::new(field, Comparison::Equal, false))
            .into()
    }

    /// Anybody may see and enter it.
    pub fn public() -> Vec<Self> {
        let listed = Self::new(Field::Unlisted, Comparison::Equal, false);
        Self::joinable().into_iter().chain([listed]).collect()
    }

    /// Whether it holds for a room.
    pub fn holds(&self, listing: &Listing) -> bool {
        let Some(has) = self.field.of(listing) else {
            return false;
        };
        let wanted = Scalar::from(&self.value);
        let order = || has.order(wanted);
        match self.comparison {
            Comparison::Equal => has.same(wanted),
            Comparison::NotEqual => !has.same(wanted),
            Comparison::Less => order().is_some_and(Ordering::is_lt),
            Comparison::AtMost => order().is_some_and(Ordering::is_le),
            Comparison::Greater => order().is_some_and(Ordering::is_gt),
            Comparison::AtLeast => order().is_some_and(Ordering::is_ge),
            Comparison::OneOf => match &self.value {
                Value::Array(wanted) => wanted.iter().any(|wanted| has.same(Scalar::from(wanted))),
                _ => false,
            },
        }
    }
}

/// One key by which matching rooms are ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// What is compared.
    pub field: Field,
    /// Which end comes first.
    pub direction: Direction,
}

/// What rooms are looked for.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// None: of every type.
    pub room_types: Option<Vec<RoomTypeName>>,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// The first that tells two rooms apart decides; then the older comes first.
    pub sort: Vec<SortKey>,
    /// At most so many rooms.
    pub limit: usize,
}

impl Query {
    /// Whether a room with this listing matches; its type is looked at elsewhere.
    pub fn matches(&self, listing: &Listing) -> bool {
        self.conditions.iter().all(|condition| condition.holds(listing))
    }

    /// Takes the best out of matching rooms, best first. Each room comes with its age: smaller is older.
    pub fn best(&self, mut matching: Vec<(u64, ListedRoom)>) -> Vec<ListedRoom> {
        let compare = |a: &(u64, ListedRoom), b: &(u64, ListedRoom)| {
            compare(&self.sort, &a.1.listing, &b.1.listing).then(a.0.cmp(&b.0))
        };
        if matching.len() > self.limit && self.limit > 0 {
            matching.select_nth_unstable_by(self.limit - 1, compare);
        }
        matching.truncate(self.limit);
        matching.sort_unstable_by(compare);
        matching.into_iter().map(|(_, room)| room).collect()
    }
}

/// Orders two rooms: the better first. In ascending order a room without the field comes last.
fn compare(keys: &[SortKey], a: &Listing, b: &Listing) -> Ordering {
    keys.iter()
        .map(|key| {
            let order = match (key.field.of(a), key.field.of(b)) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(a), Some(b)) => a.rank(b),
            };
            match key.direction {
                Direction::Ascending => order,
                Direction::Descending => order.reverse(),
            }
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parlor_protocol::ids::{ProcessId, RoomId};
    use serde_json::json;

    use super::*;
    use crate::listing_for_tests;

    fn holds(field: &str, comparison: Comparison, value: Value) -> bool {
        let listing = listing_for_tests(json!({"mode": "duel", "level": 7, "open": true, "tags": [1]}), 2);
        Condition::new(Field::named(field), comparison, value).holds(&listing)
    }

    #[test]
    fn conditions_compare_fields_with_values() {
        use Comparison::{AtLeast, AtMost, Equal, Greater, Less, NotEqual, OneOf};
        for (field, comparison, value, expected) in [
            ("mode", Equal, json!("duel"), true),
            ("mode", Equal, json!("team"), false),
            ("mode", NotEqual, json!("team"), true),
            ("mode", NotEqual, json!(1), true),
            ("mode", Less, json!("e"), true),
            ("mode", Less, json!(9), false),
            ("level", Equal, json!(7.0), true),
            ("level", Equal, json!("7"), false),
            ("level", Less, json!(7), false),
            ("level", AtMost, json!(7), true),
            ("level", Greater, json!(6.5), true),
            ("level", AtLeast, json!(7.5), false),
            ("level", OneOf, json!([6, 7]), true),
            ("level", OneOf, json!([6, "7"]), false),
            ("level", OneOf, json!(7), false),
            ("open", Equal, json!(true), true),
            ("open", AtLeast, json!(true), false),
            ("tags", Equal, json!([1]), true),
            ("missing", Equal, json!(null), false),
            ("missing", NotEqual, json!(1), false),
            ("clients", AtLeast, json!(2), true),
            ("maxClients", Equal, json!(3), true),
            ("createdAt", AtLeast, json!(0), true),
            ("locked", Equal, json!(false), true),
            ("private", Equal, json!(true), false),
            ("unlisted", NotEqual, json!(true), true),
        ] {
            assert_eq!(
                holds(field, comparison, value.clone()),
                expected,
                "{field} {comparison:?} {value}"
            );
        }
    }

    #[test]
    fn a_room_without_a_limit_has_room_for_any_number() {
        let mut listing = listing_for_tests(json!({}), 0);
        listing.max_clients = None;
        for (comparison, expected) in [(Comparison::AtLeast, true), (Comparison::AtMost, false)] {
            assert_eq!(
                Condition::new(Field::MaxClients, comparison, 1_000_000).holds(&listing),
                expected
            );
        }
    }

    fn order(sort: &[(&str, Direction)], limit: usize, rooms: &[Value]) -> Vec<String> {
        let rooms = rooms.iter().enumerate().map(|(at, metadata)| {
            let room = ListedRoom {
                id: RoomId::parse(&at.to_string()).unwrap(),
                room_type: RoomTypeName::parse("t").unwrap(),
                process: ProcessId::parse("p").unwrap(),
                listing: Arc::new(listing_for_tests(metadata.clone(), 0)),
            };
            (at as u64, room)
        });
        let query = Query {
            room_types: None,
            conditions: Vec::new(),
            sort: sort
                .iter()
                .map(|(field, direction)| SortKey {
                    field: Field::named(field),
                    direction: *direction,
                })
                .collect(),
            limit,
        };
        let best = query.best(rooms.collect());
        best.iter().map(|room| room.id.to_string()).collect()
    }

    #[test]
    fn the_first_key_that_differs_decides_then_the_age() {
        use Direction::{Ascending, Descending};
        let rooms = [
            json!({"a": 2, "b": "x"}),
            json!({"a": 1, "b": "z"}),
            json!({"b": "y"}),
            json!({"a": 2, "b": "w"}),
            json!({"a": 1, "b": "z"}),
        ];
        for (sort, limit, expected) in [
            (&[][..], 9, &["0", "1", "2", "3", "4"][..]),
            (&[], 2, &["0", "1"]),
            (&[("a", Ascending)], 9, &["1", "4", "0", "3", "2"]),
            (&[("a", Ascending)], 3, &["1", "4", "0"]),
            (
                &[("a", Descending), ("b", Ascending)],
                9,
                &["2", "3", "0", "1", "4"],
            ),
            (&[("b", Descending)], 1, &["1"]),
            (&[("b", Descending)], 0, &[]),
        ] {
            assert_eq!(order(sort, limit, &rooms), expected, "{sort:?} {limit}");
        }
    }
}
