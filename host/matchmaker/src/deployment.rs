//! A new version of a room type takes over: in new rooms at once, in running ones between two of their hooks.

use std::sync::Arc;

use parlor_plugin::BuildId;
use parlor_protocol::ids::RoomId;
use parlor_room::handle::RoomHandle;
use parlor_room::room_type::RoomType;
use parlor_room::{KeptOld, Succession};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::premises::Premises;
use crate::room_types::{Matching, Served};
use crate::seating::Matchmaker;
use crate::versions::{Entrance, Share, Verdict};

/// Rooms that are replaced at the same time. Each of them pauses for as long as its own replacement takes.
const AT_ONCE: usize = 16;

/// What became of a version that was brought in.
#[derive(Debug)]
pub enum Deployment {
    /// The type was not served before.
    First,
    /// It is the version that rooms have; new rooms get its settings.
    Unchanged,
    /// It took over.
    TookOver(Takeover),
}

/// A version that took over.
#[derive(Debug)]
pub struct Takeover {
    /// What its state is to clients of the version that most rooms had.
    pub state: Succession,
    /// In which share of the rooms; the others follow later.
    pub share: Share,
    /// Rooms that go on with it.
    pub replaced: usize,
    /// Rooms that went on with what they had, and why.
    pub kept: Vec<(RoomId, KeptOld)>,
}

/// The version failed, now or before, and is not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("build {0} failed in too many rooms and is marked as bad")]
pub struct BadVersion(pub BuildId);

impl Matchmaker {
    /// Serves a room type. Under a name that is served already, new rooms get this version, and those that run go
    /// on with it, all of them or first the share that [`Rollout`](crate::Rollout) says; the matching stays.
    /// Returns when the rooms of the first share have been replaced.
    ///
    /// # Errors
    /// The version is marked as bad, perhaps because too many of those rooms could not go on with it.
    pub async fn deploy(&self, next: Arc<RoomType>, matching: Matching) -> Result<Deployment, BadVersion> {
        let premises = self.premises();
        let Some(served) = premises.types.serve(&next, matching) else {
            return Ok(Deployment::First);
        };
        let state = served.versions().current().succession(&next);
        let share = served.matching.rollout.canary;
        let bad = BadVersion(next.code.build());
        let (share, before) = {
            let mut versions = served.versions();
            let before = Arc::clone(versions.current());
            match versions.enter(&next, share) {
                Entrance::Unchanged => return Ok(Deployment::Unchanged),
                Entrance::Bad => return Err(bad),
                Entrance::In(share) => (share, before),
            }
        };
        if share != Share::ALL {
            let (premises, served, next) = (Arc::clone(premises), Arc::clone(&served), Arc::clone(&next));
            tokio::spawn(async move { premises.promote_later(&served, &next).await });
        }
        let (replaced, kept) = premises.bring_up_to_date(&served, Course::On(&before)).await;
        if served.versions().bad().any(|build| build == bad.0) {
            return Err(bad);
        }
        Ok(Deployment::TookOver(Takeover {
            state,
            share,
            replaced,
            kept,
        }))
    }
}

/// Where rooms are taken.
#[derive(Clone, Copy)]
enum Course<'a> {
    /// On to a version that may fail: then back to this one.
    On(&'a Arc<RoomType>),
    /// Back to what worked.
    Back,
}

impl Served {
    /// The version that a room is to have, if it has another.
    fn wants(&self, room: &RoomHandle) -> Option<Arc<RoomType>> {
        let wanted = Arc::clone(self.versions().of_room(room.id()));
        (room.build() != wanted.code.build()).then_some(wanted)
    }
}

impl Premises {
    async fn promote_later(self: Arc<Self>, served: &Arc<Served>, candidate: &RoomType) {
        tokio::time::sleep(served.matching.rollout.canary_time).await;
        let (before, promoted) = {
            let mut versions = served.versions();
            let before = Arc::clone(versions.current());
            (before, versions.promote(candidate.code.build()))
        };
        if let Some(version) = promoted {
            let (replaced, kept) = self.bring_up_to_date(served, Course::On(&before)).await;
            tracing::info!(
                room_type = %version.name, version = version.definition.version, build = %version.code.build(),
                replaced, kept = kept.len(), "the version has proved itself: all rooms have it now"
            );
        }
    }

    /// Gives each running room the version that it is to have.
    async fn bring_up_to_date(
        self: &Arc<Self>,
        served: &Arc<Served>,
        course: Course<'_>,
    ) -> (usize, Vec<(RoomId, KeptOld)>) {
        let name = served.versions().current().name.clone();
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut tasks = JoinSet::new();
        for room in self.rooms.of_type(&name) {
            if served.wants(&room).is_none() {
                continue;
            }
            let (served, places) = (Arc::clone(served), Arc::clone(&places));
            tasks.spawn(async move {
                // The semaphore is never closed.
                let _place = places.acquire_owned().await;
                let mut last: Option<(Arc<RoomType>, Result<(), KeptOld>)> = None;
                // A version may turn out to be bad while a room is being given it. A room that has fallen back already
                // is not given the same one again.
                while let Some(wanted) = served.wants(&room)
                    && last
                        .as_ref()
                        .is_none_or(|(had, _)| had.code.build() != wanted.code.build())
                {
                    let outcome = room.replace(Arc::clone(&wanted)).await;
                    last = Some((wanted, outcome));
                }
                (room, last)
            });
        }
        let (mut replaced, mut kept) = (0, Vec::new());
        while let Some(outcome) = tasks.join_next().await {
            // A task that panicked is like a room that ended.
            let Ok((room, Some((wanted, outcome)))) = outcome else {
                continue;
            };
            match outcome {
                Ok(()) => replaced += 1,
                // It needs no new code any more.
                Err(KeptOld::Ended) => {}
                Err(why) => {
                    if let (Course::On(back), KeptOld::Restore(_)) = (course, &why) {
                        tracing::warn!(
                            target: "room", room = %room.id(), room_type = %name,
                            "the room keeps the old version: {why}"
                        );
                        self.fell_back(&room, &wanted, back);
                    }
                    kept.push((room.id().clone(), why));
                }
            }
        }
        (replaced, kept)
    }

    /// A room went back from a version that failed on trial, or did not get that far.
    pub fn fell_back(self: &Arc<Self>, room: &RoomHandle, failed: &RoomType, back: &Arc<RoomType>) {
        let Some(served) = self.types.get(room.room_type().as_str()) else {
            return;
        };
        let build = failed.code.build();
        let allowed = served.matching.rollout.max_fallbacks;
        if served.versions().fell_back(build, back, allowed) == Verdict::Bad {
            tracing::error!(
                room_type = %failed.name, version = failed.definition.version, %build,
                "the version failed in more than {allowed} rooms and is marked as bad: all rooms go back to version {} (build {})",
                back.definition.version, back.code.build()
            );
            let premises = Arc::clone(self);
            tokio::spawn(async move { premises.bring_up_to_date(&served, Course::Back).await });
        }
    }
}
