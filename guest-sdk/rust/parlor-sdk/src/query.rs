//! Looking for other rooms.

use crate::bindings::parlor::room::matchmaker as wit;
use crate::data::Document;
use crate::rooms::RoomError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Most rooms that a query gives.
const MOST: u32 = 1_000;

/// What rooms to look for. Fields are `clients`, `maxClients`, `createdAt`, `locked`, `private`, `unlisted`, and the
/// members of the rooms' metadata; a room without the field does not match. All conditions must hold.
///
/// ```no_run
/// # use parlor_sdk::prelude::*;
/// # fn hook<R: Room>(ctx: &Context<R>) -> Result<(), Refusal> {
/// let rooms = ctx.rooms().query("battle").filter("mode", "duel").at_least("level", 3).sort_by("-clients").find()?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "a query looks for nothing until `find`"]
pub struct Query(wit::RoomQuery);

impl Query {
    pub(crate) fn new(room_type: Option<String>) -> Self {
        Self(wit::RoomQuery {
            room_type,
            conditions: Vec::new(),
            sort: Vec::new(),
            limit: MOST,
        })
    }

    fn compare(
        mut self,
        field: &str,
        comparison: wit::Comparison,
        value: &(impl Serialize + ?Sized),
    ) -> Self {
        self.0.conditions.push(wit::Condition {
            field: field.to_owned(),
            comparison,
            value: Document::of(value).into_wit(),
        });
        self
    }

    /// The field is this text, number or truth value.
    pub fn filter(self, field: &str, value: impl Serialize) -> Self {
        self.compare(field, wit::Comparison::Equal, &value)
    }

    /// The field is something else.
    pub fn not(self, field: &str, value: impl Serialize) -> Self {
        self.compare(field, wit::Comparison::NotEqual, &value)
    }

    /// The field is smaller: numbers by size, texts by their letters.
    pub fn less(self, field: &str, value: impl Serialize) -> Self {
        self.compare(field, wit::Comparison::Less, &value)
    }

    /// The field is smaller, or the same.
    pub fn at_most(self, field: &str, value: impl Serialize) -> Self {
        self.compare(field, wit::Comparison::AtMost, &value)
    }

    /// The field is larger.
    pub fn greater(self, field: &str, value: impl Serialize) -> Self {
        self.compare(field, wit::Comparison::Greater, &value)
    }

    /// The field is larger, or the same.
    pub fn at_least(self, field: &str, value: impl Serialize) -> Self {
        self.compare(field, wit::Comparison::AtLeast, &value)
    }

    /// The field is one of these values, at most 64.
    pub fn one_of<T: Serialize>(self, field: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<T> = values.into_iter().collect();
        self.compare(field, wit::Comparison::OneOf, &values)
    }

    /// Orders the rooms by a field, the smallest first; with `-` in front the largest. Said again: by a second field where
    /// the first is the same. Then the older room comes first.
    pub fn sort_by(mut self, key: &str) -> Self {
        let (direction, field) = match key.strip_prefix('-') {
            Some(field) => (wit::Direction::Descending, field),
            None => (wit::Direction::Ascending, key),
        };
        self.0.sort.push(wit::SortKey {
            field: field.to_owned(),
            direction,
        });
        self
    }

    /// At most so many rooms; 1 000 unless told otherwise, and never more.
    pub fn limit(mut self, rooms: u32) -> Self {
        self.0.limit = rooms;
        self
    }

    /// The rooms that match: private and locked ones too, unless a condition says otherwise.
    ///
    /// # Errors
    /// See [`RoomError`].
    pub fn find(self) -> Result<Vec<RoomListing>, RoomError> {
        let found = wit::query(&self.0).map_err(RoomError::from)?;
        Ok(found.into_iter().map(RoomListing::from).collect())
    }
}

/// A room, seen from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomListing {
    /// The room's id.
    pub id: String,
    /// The name of its type.
    pub room_type: String,
    /// Clients and reserved seats.
    pub clients: u32,
    /// None: no limit.
    pub max_clients: Option<u32>,
    /// Full, or locked by itself.
    pub locked: bool,
    /// Found by its id only.
    pub private: bool,
    /// Left out of listings.
    pub unlisted: bool,
    /// When it was created, in milliseconds since 1970.
    pub created: f64,
    metadata: Option<Document>,
}

impl RoomListing {
    /// What the room says about itself; none if it says nothing, or something that is not a `T`.
    pub fn metadata<T: DeserializeOwned>(&self) -> Option<T> {
        self.metadata.as_ref()?.read().ok()
    }
}

impl From<wit::Listing> for RoomListing {
    fn from(listing: wit::Listing) -> Self {
        Self {
            id: listing.id,
            room_type: listing.room_type,
            clients: listing.clients,
            max_clients: listing.max_clients,
            locked: listing.locked,
            private: listing.private,
            unlisted: listing.unlisted,
            created: listing.created,
            metadata: listing.metadata.map(Document::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_what_was_said() {
        let query = Query::new(Some("battle".to_owned()))
            .filter("mode", "duel")
            .at_least("level", 3)
            .one_of("map", ["a", "b"])
            .sort_by("-clients")
            .sort_by("level")
            .limit(5)
            .0;
        let condition = |field: &str, comparison, value: Document| wit::Condition {
            field: field.to_owned(),
            comparison,
            value: value.into_wit(),
        };
        let key = |field: &str, direction| wit::SortKey {
            field: field.to_owned(),
            direction,
        };
        let expected = wit::RoomQuery {
            room_type: Some("battle".to_owned()),
            conditions: vec![
                condition("mode", wit::Comparison::Equal, Document::of("duel")),
                condition("level", wit::Comparison::AtLeast, Document::of(&3)),
                condition("map", wit::Comparison::OneOf, Document::of(&["a", "b"])),
            ],
            sort: vec![
                key("clients", wit::Direction::Descending),
                key("level", wit::Direction::Ascending),
            ],
            limit: 5,
        };
        assert_eq!(query, expected);
    }
}
