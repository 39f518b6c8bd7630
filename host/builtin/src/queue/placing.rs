//! Creating rooms for groups, beside the queue's own task: other rooms answer when they can.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parlor_plugin::{Document, OtherRooms, ReservedSeat, RoomError, SeatWish, Waiting};
use parlor_protocol::msgpack;
use tokio::task::{Id, JoinError, JoinSet};

/// Groups for which rooms are created at the same time.
const MOST_AT_ONCE: usize = 64;

type Seats = Result<Vec<ReservedSeat>, RoomError>;

/// The groups whose rooms are being created. Dropped, it ends what is under way.
#[derive(Debug, Default)]
pub(crate) struct Placements {
    running: JoinSet<Seats>,
    members: HashMap<Id, Vec<String>>,
    done: VecDeque<Placed>,
}

/// What became of a group.
#[derive(Debug)]
pub(crate) struct Placed {
    /// Their sessions.
    pub members: Vec<String>,
    /// A seat for each, in the same order.
    pub seats: Seats,
}

impl Placements {
    /// Whether one more may be started.
    pub fn has_space(&self) -> bool {
        self.running.len() < MOST_AT_ONCE
    }

    /// Creates a room of that type and reserves a seat for each member, all or none.
    pub fn start(
        &mut self,
        others: Arc<dyn OtherRooms>,
        room_type: String,
        members: Vec<String>,
        wishes: Vec<SeatWish>,
    ) {
        let task = self.running.spawn(async move {
            let no_options = Document::MessagePack(msgpack::EMPTY_MAP.to_vec());
            let room = others.create(room_type, no_options).await?;
            others.reserve(room, wishes).await
        });
        self.members.insert(task.id(), members);
    }

    /// Resolves when [`Self::take`] has something to give; none: nothing is under way. May be dropped at any time.
    pub fn next(&mut self) -> Option<Waiting<'_, ()>> {
        if self.running.is_empty() && self.done.is_empty() {
            return None;
        }
        Some(Box::pin(async {
            if self.done.is_empty()
                && let Some(ended) = self.running.join_next_with_id().await
            {
                self.note(ended);
            }
        }))
    }

    /// A group whose room is there, or is known never to be.
    pub fn take(&mut self) -> Option<Placed> {
        while let Some(ended) = self.running.try_join_next_with_id() {
            self.note(ended);
        }
        self.done.pop_front()
    }

    fn note(&mut self, ended: Result<(Id, Seats), JoinError>) {
        let (id, seats) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                let failure = RoomError::Failed(format!("the room's creation was cut short: {error}"));
                (error.id(), Err(failure))
            }
        };
        if let Some(members) = self.members.remove(&id) {
            self.done.push_back(Placed { members, seats });
        }
    }
}
