//! The versions of one room type: the one that rooms get, the one that is being tried, and those that failed.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use parlor_plugin::BuildId;
use parlor_protocol::ids::RoomId;
use parlor_room::room_type::RoomType;
use rustc_hash::FxHasher;

/// Builds that are remembered as bad; the oldest is forgotten for one more.
const REMEMBERED: usize = 64;

/// A share of the rooms in percent, from 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(u8);

impl Share {
    /// All rooms.
    pub const ALL: Self = Self(100);

    /// None if it is not from 1 to 100.
    pub fn percent(percent: u8) -> Option<Self> {
        (1..=100).contains(&percent).then_some(Self(percent))
    }

    /// Whether a room is among them. The same rooms are, whatever the version.
    fn holds(self, room: &RoomId) -> bool {
        let mut hasher = FxHasher::default();
        room.as_str().hash(&mut hasher);
        // The upper half: the lower bits of this hash are weak.
        (hasher.finish() >> 32) % 100 < u64::from(self.0)
    }
}

/// How a new version of a room type is brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// The rooms that get it first, running ones and new ones. Default: all.
    pub canary: Share,
    /// How long those go on with it before the others follow. Default: 30 s.
    pub canary_time: Duration,
    /// Rooms that may fall back to the version before; with one more all go back, and the version is
    /// bad. Default: 2.
    pub max_fallbacks: u32,
}

impl Rollout {
    /// For who changes the code all the time: in all rooms at once, and a room for which it is not fit is no reason to
    /// keep it from new ones.
    pub const IN_DEVELOPMENT: Self = Self {
        canary: Share::ALL,
        canary_time: Duration::ZERO,
        max_fallbacks: u32::MAX,
    };
}

impl Default for Rollout {
    fn default() -> Self {
        Self {
            canary: Share::ALL,
            canary_time: Duration::from_secs(30),
            max_fallbacks: 2,
        }
    }
}

/// A type's versions.
#[derive(Debug)]
pub(crate) struct Versions {
    current: Arc<RoomType>,
    /// Of the rooms in this share.
    candidate: Option<(Arc<RoomType>, Share)>,
    bad: VecDeque<BuildId>,
    /// How many rooms fell back from the newest version.
    fallbacks: u32,
}

/// What becomes of a version that is brought in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// It is there already.
    Unchanged,
    /// It was bad before.
    Bad,
    /// It takes over in this share of the rooms.
    In(Share),
}

/// What follows from a room's fall-back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing yet.
    Tolerated,
    /// The version is bad: all rooms go back.
    Bad,
}

impl Versions {
    pub fn new(first: Arc<RoomType>) -> Self {
        Self {
            current: first,
            candidate: None,
            bad: VecDeque::new(),
            fallbacks: 0,
        }
    }

    /// The version that most rooms get.
    pub fn current(&self) -> &Arc<RoomType> {
        &self.current
    }

    /// The version that this room is to have.
    pub fn of_room(&self, room: &RoomId) -> &Arc<RoomType> {
        match &self.candidate {
            Some((candidate, share)) if share.holds(room) => candidate,
            _ => &self.current,
        }
    }

    /// The version on trial in a share of the rooms.
    pub fn candidate(&self) -> Option<&Arc<RoomType>> {
        self.candidate.as_ref().map(|(candidate, _)| candidate)
    }

    pub fn bad(&self) -> impl Iterator<Item = BuildId> {
        self.bad.iter().copied()
    }

    /// Brings a version in, in place of a candidate that has not been promoted.
    pub fn enter(&mut self, next: &Arc<RoomType>, share: Share) -> Entrance {
        let build = next.code.build();
        let newest = match &mut self.candidate {
            Some((candidate, _)) => candidate,
            None => &mut self.current,
        };
        if newest.code.build() == build {
            // Its settings may be others.
            *newest = Arc::clone(next);
            return Entrance::Unchanged;
        }
        if self.bad.contains(&build) {
            return Entrance::Bad;
        }
        self.fallbacks = 0;
        if build == self.current.code.build() {
            self.candidate = None;
            return Entrance::In(Share::ALL);
        }
        if share == Share::ALL {
            self.candidate = None;
            self.current = Arc::clone(next);
        } else {
            self.candidate = Some((Arc::clone(next), share));
        }
        Entrance::In(share)
    }

    /// All rooms are to have the candidate, if it still is that build.
    pub fn promote(&mut self, build: BuildId) -> Option<Arc<RoomType>> {
        let (candidate, _) = self
            .candidate
            .take_if(|(candidate, _)| candidate.code.build() == build)?;
        self.current = Arc::clone(&candidate);
        Some(candidate)
    }

    /// A room fell back from `failed` to `back`.
    pub fn fell_back(&mut self, failed: BuildId, back: &Arc<RoomType>, allowed: u32) -> Verdict {
        let newest = self.candidate().unwrap_or(&self.current).code.build();
        if failed != newest {
            return Verdict::Tolerated;
        }
        self.fallbacks = self.fallbacks.saturating_add(1);
        if self.fallbacks <= allowed {
            return Verdict::Tolerated;
        }
        self.fallbacks = 0;
        if self.bad.len() >= REMEMBERED {
            self.bad.pop_front();
        }
        self.bad.push_back(failed);
        if self.candidate.take().is_none() {
            self.current = Arc::clone(back);
        }
        Verdict::Bad
    }
}
