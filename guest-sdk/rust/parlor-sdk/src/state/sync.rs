//! A room's state, kept in step with the host's.

use super::recorder::{Node, Numbers, Recorder};
use super::shared::settle;
use super::tracking::{Change, RoomState};
use serde::{Deserialize, Serialize};

/// What the host knows of a state, and the changes that it does not know yet.
pub(crate) struct Sync<S: RoomState> {
    known: S::Known,
    recorder: Recorder,
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

    /// For a restored room, of whose state the host knows everything.
    pub(crate) fn resume(state: &mut S, numbering: Option<Numbering>) -> Result<Option<Self>, String> {
        let (schema, Numbering { instances, next }) = match (S::schema(), numbering) {
            (Some(schema), Some(numbering)) => (schema, numbering),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err("the saved room had no state, this one has".to_owned()),
            (None, Some(_)) => return Err("the saved room had a state, this one has none".to_owned()),
        };
        let mut recorder = Recorder::new(schema);
        recorder.adopt(next, instances);
        let known = state.attach_root(&mut recorder);
        settle(&mut recorder);
        recorder.finish_adoption()?;
        Ok(Some(Self { known, recorder }))
    }

    /// Hands what changed since the last call to `apply`, all at once; nothing changed, no call.
    pub(crate) fn report(&mut self, state: &mut S, apply: impl FnOnce(&[Change])) {
        state.update_root(&mut self.known, &mut self.recorder);
        settle(&mut self.recorder);
        if !self.recorder.changes().is_empty() {
            apply(self.recorder.changes());
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
