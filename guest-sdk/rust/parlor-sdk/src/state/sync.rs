//! A room's state, kept in step with the host's.

use super::recorder::{Batch, Node, Numbers, Recorder};
use super::shared::settle;
use super::tracking::RoomState;
use serde::{Deserialize, Serialize};

/// What the host knows of a state, and the changes that it does not know yet.
pub(crate) struct Sync<S: RoomState> {
    known: S::Known,
    recorder: Recorder,
}

/// What the host has of a restored room's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handover {
    /// Everything, as it was when the room was saved.
    Kept,
    /// The same, but the room has made something else of it.
    Migrated,
    /// Nothing.
    Emptied,
}

/// How the instances of a state are numbered.
#[derive(Serialize, Deserialize)]
pub(crate) struct Numbering {
    /// In the order of the state's fields.
    instances: Vec<Node>,
    /// The number for the next new instance.
    next: Node,
}

impl<S: RoomState> Sync<S> {
    /// For a new room, of which the host knows nothing. None if there is no state.
    pub(crate) fn begin(state: &mut S) -> Option<Self> {
        let mut recorder = Recorder::new(S::schema()?);
        let known = state.attach_root(&mut recorder);
        settle(&mut recorder);
        Some(Self { known, recorder })
    }

    /// For a restored room.
    pub(crate) fn resume(
        state: &mut S,
        numbering: Option<Numbering>,
        handover: Handover,
    ) -> Result<Option<Self>, String> {
        let (Some(schema), Some(Numbering { instances, next })) = (S::schema(), numbering) else {
            return Ok(Self::begin(state));
        };
        let mut recorder = Recorder::new(schema);
        match handover {
            Handover::Emptied => return Ok(Self::begin(state)),
            Handover::Migrated => {
                recorder.begin_again(next);
                let known = state.attach_root(&mut recorder);
                settle(&mut recorder);
                return Ok(Some(Self { known, recorder }));
            }
            Handover::Kept => recorder.adopt(next, instances),
        }
        let known = state.attach_root(&mut recorder);
        settle(&mut recorder);
        recorder.finish_adoption()?;
        Ok(Some(Self { known, recorder }))
    }

    /// Hands what changed since the last call to `apply`, all at once; nothing changed, no call.
    pub(crate) fn report(&mut self, state: &mut S, apply: impl FnOnce(Batch<'_>)) {
        state.update_root(&mut self.known, &mut self.recorder);
        settle(&mut self.recorder);
        if !self.recorder.batch().is_empty() {
            apply(self.recorder.batch());
            self.recorder.clear();
        }
    }

    /// For a room that is saved, after everything was reported.
    pub(crate) fn numbering(&self, state: &S) -> Numbering {
        let mut numbers = Numbers::default();
        state.numbers_of_root(&self.known, &mut numbers);
        Numbering {
            instances: numbers.into_list(),
            next: self.recorder.next(),
        }
    }
}
