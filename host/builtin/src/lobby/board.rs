//! What a lobby shows: the public rooms, packed once for everybody who sees them.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;
use parlor_protocol::ids::RoomId;
use parlor_protocol::matchmake::RoomListing;
use parlor_protocol::msgpack;
use parlor_room::listing::ListedRoom;
use parlor_schema::Plain;

use super::filter::Filter;

/// Longest list of rooms in one message, in bytes: what is beyond it a client learns of when it changes.
const LONGEST_LIST: usize = 512 * 1024;

/// A public room as clients see it.
#[derive(Debug)]
pub(crate) struct Shown {
    listing: RoomListing,
    /// The listing in MessagePack.
    packed: Vec<u8>,
}

/// All public rooms, oldest first within what was told at once.
#[derive(Debug, Default)]
pub(crate) struct Board(IndexMap<RoomId, Arc<Shown>>);

/// One room that shows something else than before.
#[derive(Debug)]
pub(crate) struct Step {
    pub id: RoomId,
    pub before: Option<Arc<Shown>>,
    pub after: Option<Arc<Shown>>,
}

/// What one client is to be told of a [`Step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// The room is there, or shows something else: `+`.
    Shows,
    /// It is not to be seen any more: `-`.
    Gone,
    Nothing,
}

impl Shown {
    /// The room as clients see it; none if they must not.
    pub fn of(room: &ListedRoom) -> Option<Arc<Self>> {
        if !room.listing.is_public() {
            return None;
        }
        let mut listing = room.shown();
        let packed = listing.to_message_pack().or_else(|error| {
            tracing::warn!(
                target: "room", room = %room.id, room_type = %room.room_type,
                "lobbies show the room without its metadata: {error}"
            );
            listing.metadata = None;
            listing.to_message_pack()
        });
        // Without metadata nothing in it can nest.
        let packed = packed.ok()?;
        Some(Arc::new(Self { listing, packed }))
    }

    /// `[roomId, listing]`
    pub fn change(&self) -> Vec<u8> {
        let id = packed_id(&self.listing.room_id);
        msgpack::list([id.as_slice(), &self.packed].into_iter())
    }
}

/// A room's id in MessagePack.
pub(crate) fn packed_id(id: &RoomId) -> Vec<u8> {
    msgpack::from_plain(&Plain::Text(id.to_string()))
}

impl Board {
    /// Forgets everything and shows these rooms.
    pub fn replace(&mut self, rooms: &[ListedRoom]) {
        self.0 = rooms
            .iter()
            .filter_map(|room| Some((room.id.clone(), Shown::of(room)?)))
            .collect();
    }

    /// Takes changes in: of each room, what it shows now. Gives those that clients can see, in the same order.
    pub fn apply(&mut self, changes: impl Iterator<Item = (RoomId, Option<Arc<Shown>>)>) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut gone = HashSet::new();
        for (id, after) in changes {
            let before = match &after {
                Some(shown) => self.0.insert(id.clone(), Arc::clone(shown)),
                None => {
                    let before = self.0.get(&id).cloned();
                    if before.is_some() {
                        gone.insert(id.clone());
                    }
                    before
                }
            };
            let same = match (&before, &after) {
                (None, None) => true,
                (Some(before), Some(after)) => before.packed == after.packed,
                _ => false,
            };
            if !same {
                steps.push(Step { id, before, after });
            }
        }
        if !gone.is_empty() {
            self.0.retain(|id, _| !gone.contains(id));
        }
        steps
    }

    /// The rooms that a client with this filter sees, packed; as many as fit into one message.
    pub fn list(&self, filter: Option<&Filter>) -> Vec<u8> {
        let mut length = 0;
        let seen: Vec<&[u8]> = self
            .0
            .values()
            .filter(|shown| admits(filter, shown))
            .map(|shown| shown.packed.as_slice())
            .take_while(|packed| {
                length += packed.len();
                length <= LONGEST_LIST
            })
            .collect();
        msgpack::list(seen.into_iter())
    }
}

impl Step {
    /// What a client with this filter is to be told.
    pub fn news(&self, filter: Option<&Filter>) -> News {
        let seen = |shown: &Option<Arc<Shown>>| shown.as_deref().is_some_and(|shown| admits(filter, shown));
        match (seen(&self.before), seen(&self.after)) {
            (_, true) => News::Shows,
            (true, false) => News::Gone,
            (false, false) => News::Nothing,
        }
    }
}

fn admits(filter: Option<&Filter>, shown: &Shown) -> bool {
    filter.is_none_or(|filter| filter.admits(&shown.listing))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use parlor_protocol::ids::{ProcessId, RoomTypeName};
    use parlor_room::listing::{Listing, Lock};
    use serde_json::{Map, Value, json};

    use super::*;

    fn room(id: &str, clients: u32) -> ListedRoom {
        ListedRoom {
            id: RoomId::parse(id).unwrap(),
            room_type: RoomTypeName::parse("duel").unwrap(),
            process: ProcessId::parse("p").unwrap(),
            listing: Arc::new(Listing {
                clients,
                max_clients: None,
                lock: Lock::Open,
                private: false,
                unlisted: false,
                creation_fields: Map::new(),
                metadata: None,
                created: SystemTime::UNIX_EPOCH,
            }),
        }
    }

    fn with(room: ListedRoom, change: impl FnOnce(&mut Listing)) -> ListedRoom {
        let mut listing = (*room.listing).clone();
        change(&mut listing);
        ListedRoom {
            listing: Arc::new(listing),
            ..room
        }
    }

    fn ids(board: &Board, filter: Option<&Filter>) -> Vec<String> {
        let list = msgpack::to_json_value(&board.list(filter)).unwrap();
        let rooms = list.as_array().unwrap();
        rooms
            .iter()
            .map(|room| room["roomId"].as_str().unwrap().to_owned())
            .collect()
    }

    fn tell(board: &mut Board, room: &ListedRoom) -> Vec<Step> {
        board.apply([(room.id.clone(), Shown::of(room))].into_iter())
    }

    #[test]
    fn only_what_can_be_seen_is_a_step() {
        let mut board = Board::default();
        let private = |listing: &mut Listing| listing.private = true;
        let unlisted = |listing: &mut Listing| listing.unlisted = true;
        for (what, told, steps, seen) in [
            ("a private one", with(room("a", 1), private), None, &[] as &[&str]),
            ("public now", room("a", 1), Some(News::Shows), &["a"]),
            ("the same again", room("a", 1), None, &["a"]),
            ("fuller", room("a", 2), Some(News::Shows), &["a"]),
            ("another", room("b", 1), Some(News::Shows), &["a", "b"]),
            ("unlisted", with(room("a", 2), unlisted), Some(News::Gone), &["b"]),
            ("still", with(room("a", 3), unlisted), None, &["b"]),
        ] {
            let got = tell(&mut board, &told);
            assert_eq!(got.first().map(|step| step.news(None)), steps, "{what}");
            assert_eq!(ids(&board, None), seen, "{what}");
        }
        let gone = board.apply([(RoomId::parse("b").unwrap(), None)].into_iter());
        assert_eq!(gone[0].news(None), News::Gone);
        assert!(ids(&board, None).is_empty());
    }

    #[test]
    fn a_room_that_leaves_a_filter_is_gone_for_it() {
        let mut board = Board::default();
        let filter = Filter::read(json!({"metadata": {"open": true}})).unwrap();
        let with_open = |open: bool| {
            with(room("a", 1), |listing| {
                listing.metadata = Some(Map::from_iter([("open".to_owned(), Value::Bool(open))]));
            })
        };
        for (told, news) in [
            (room("a", 1), News::Nothing),
            (with_open(true), News::Shows),
            (with_open(false), News::Gone),
            (room("a", 1), News::Nothing),
        ] {
            let steps = tell(&mut board, &told);
            assert_eq!(steps[0].news(filter.as_ref()), news);
            assert_eq!(
                ids(&board, filter.as_ref()).len(),
                usize::from(news == News::Shows)
            );
        }
    }

    #[test]
    fn metadata_that_nests_too_deep_is_left_out() {
        let mut deep = json!(1);
        for _ in 0..msgpack::MAX_DEPTH - 2 {
            deep = json!([deep]);
        }
        let told = with(room("a", 1), |listing| {
            listing.metadata = Some(Map::from_iter([("deep".to_owned(), deep)]));
        });
        let shown = Shown::of(&told).unwrap();
        msgpack::validate(&shown.change()).unwrap();
        assert_eq!(shown.listing.metadata, None);
    }

    #[test]
    fn a_list_stays_within_one_message() {
        let mut board = Board::default();
        let rooms: Vec<ListedRoom> = (0..8000).map(|n| room(&format!("room-{n}"), 1)).collect();
        board.replace(&rooms);
        let list = board.list(None);
        assert!(list.len() <= LONGEST_LIST + 5 && list.len() > LONGEST_LIST - 500);
        assert_eq!(ids(&board, None)[0], "room-0");
    }
}
