//! Fields of a listing, and how their values compare: shared by what operators declare, what clients
//! ask for, and what rooms ask for.

use std::cmp::Ordering;
use std::time::UNIX_EPOCH;

use parlor_room::listing::{Listing, Lock};
use serde_json::{Number, Value};

/// A field by which rooms are found and ordered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `clients`: clients and reserved seats.
    Clients,
    /// `maxClients`: infinite where there is no limit.
    MaxClients,
    /// `createdAt`: milliseconds since 1970.
    CreatedAt,
    /// `locked`: full, or locked by itself.
    Locked,
    /// `private`
    Private,
    /// `unlisted`
    Unlisted,
    /// A member of the metadata, or an option by which the room was created.
    Metadata(String),
}

impl Field {
    /// A field by its name: what is not the host's own is the metadata's.
    pub fn named(name: &str) -> Self {
        match name {
            "clients" => Self::Clients,
            "maxClients" => Self::MaxClients,
            "createdAt" => Self::CreatedAt,
            "locked" => Self::Locked,
            "private" => Self::Private,
            "unlisted" => Self::Unlisted,
            member => Self::Metadata(member.to_owned()),
        }
    }

    /// What this room has there, if anything.
    pub(crate) fn of<'a>(&self, listing: &'a Listing) -> Option<Scalar<'a>> {
        Some(match self {
            Self::Clients => Scalar::whole(listing.clients),
            Self::MaxClients => listing
                .max_clients
                .map_or(Scalar::Float(f64::INFINITY), Scalar::whole),
            Self::CreatedAt => {
                let since = listing.created.duration_since(UNIX_EPOCH).unwrap_or_default();
                Scalar::Float(since.as_secs_f64() * 1000.0)
            }
            Self::Locked => Scalar::Truth(listing.lock != Lock::Open),
            Self::Private => Scalar::Truth(listing.private),
            Self::Unlisted => Scalar::Truth(listing.unlisted),
            Self::Metadata(member) => Scalar::from(listing.metadata_field(member)?),
        })
    }
}

/// A value as comparisons see it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scalar<'a> {
    Truth(bool),
    Whole(i128),
    Float(f64),
    Text(&'a str),
    /// Null, a list or a map: equal to the same, in no order.
    Other(&'a Value),
}

impl<'a> From<&'a Value> for Scalar<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Bool(truth) => Self::Truth(*truth),
            Value::Number(number) => whole(number).map_or_else(
                || Self::Float(number.as_f64().unwrap_or(f64::INFINITY)),
                Self::Whole,
            ),
            Value::String(text) => Self::Text(text),
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Other(value),
        }
    }
}

fn whole(number: &Number) -> Option<i128> {
    let signed = number.as_i64().map(i128::from);
    signed.or_else(|| number.as_u64().map(i128::from))
}

impl Scalar<'_> {
    fn whole(number: u32) -> Self {
        Self::Whole(number.into())
    }

    /// Equality as a client sees it: 1 and 1.0 are one number, 1 and "1" are not the same.
    pub fn same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Truth(a), Self::Truth(b)) => a == b,
            (Self::Other(a), Self::Other(b)) => a == b,
            _ => self.order(other) == Some(Ordering::Equal),
        }
    }

    /// Which is smaller; none for what has no order: other things than two numbers or two texts.
    pub fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Whole(a), Self::Float(b)) => Some(compare_mixed(a, b)),
            (Self::Float(a), Self::Whole(b)) => Some(compare_mixed(b, a).reverse()),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// An order of everything: truths, numbers, texts, the rest. For sorting, which must not meet a contradiction.
    pub fn rank(self, other: Self) -> Ordering {
        let kind = |value| match value {
            Self::Truth(false) => 0,
            Self::Truth(true) => 1,
            Self::Whole(_) | Self::Float(_) => 2,
            Self::Text(_) => 3,
            Self::Other(_) => 4,
        };
        self.order(other).unwrap_or_else(|| kind(self).cmp(&kind(other)))
    }
}

/// Exact: a double cannot hold every whole number, and rounding would make three numbers contradict each other.
fn compare_mixed(whole: i128, float: f64) -> Ordering {
    let floor = float.floor();
    // Saturates at the borders, which no number of 64 bits reaches.
    whole.cmp(&(floor as i128)).then(if float > floor {
        Ordering::Less
    } else {
        Ordering::Equal
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_exactly_and_kinds_do_not_mix() {
        let order = |a: &str, b: &str| {
            let [a, b]: [Value; 2] = [a, b].map(|text| serde_json::from_str(text).unwrap());
            Scalar::from(&a).order(Scalar::from(&b))
        };
        for (a, b, expected) in [
            ("1", "1.0", Some(Ordering::Equal)),
            ("1", "1.5", Some(Ordering::Less)),
            ("-1", "-1.5", Some(Ordering::Greater)),
            ("9007199254740993", "9007199254740992.0", Some(Ordering::Greater)),
            (
                "18446744073709551615",
                "18446744073709551614",
                Some(Ordering::Greater),
            ),
            ("1e300", "18446744073709551615", Some(Ordering::Greater)),
            ("-0.0", "0", Some(Ordering::Equal)),
            (r#""a""#, r#""b""#, Some(Ordering::Less)),
            ("1", r#""1""#, None),
            ("true", "false", None),
            ("null", "null", None),
        ] {
            assert_eq!(order(a, b), expected, "{a} {b}");
            assert_eq!(order(b, a), expected.map(Ordering::reverse), "{b} {a}");
        }
    }

    #[test]
    fn everything_has_a_rank() {
        let values = [
            "false",
            "true",
            "-1",
            "0.5",
            "9007199254740992.0",
            "9007199254740993",
            r#""a""#,
            "[1]",
        ];
        let values = values.map(|text| serde_json::from_str::<Value>(text).unwrap());
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                assert_eq!(Scalar::from(a).rank(Scalar::from(b)), i.cmp(&j), "{a} {b}");
            }
        }
    }
}
