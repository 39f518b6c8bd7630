//! What the room counts, and how much of it the last checkpoint has.

use std::cell::RefCell;
use std::collections::BTreeMap;

use parlor_sdk::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Messages by session.
pub type Counts = BTreeMap<SessionId, u32>;

/// Being saved, it notes what was saved: so the room can tell its clients to what it would go back.
#[derive(Default)]
pub struct Ledger {
    counts: Counts,
    saved: RefCell<Counts>,
    /// Breaks the next `save`.
    pub breaks_save: bool,
}

impl Ledger {
    pub fn begin(&mut self, client: &Client) {
        self.counts.insert(client.session().clone(), 0);
    }

    pub fn end(&mut self, client: &Client) {
        self.counts.remove(client.session());
    }

    /// One more of this client's.
    pub fn count(&mut self, client: &Client) -> u32 {
        let count = self.counts.entry(client.session().clone()).or_default();
        *count += 1;
        *count
    }

    pub fn saved(&self) -> Counts {
        self.saved.borrow().clone()
    }
}

impl Serialize for Ledger {
    #[allow(clippy::panic)]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.breaks_save {
            panic!("this room was asked to panic");
        }
        self.saved.replace(self.counts.clone());
        self.counts.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Ledger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let counts = Counts::deserialize(deserializer)?;
        Ok(Self {
            saved: RefCell::new(counts.clone()),
            counts,
            breaks_save: false,
        })
    }
}
