//! What a room says about itself to the matchmaker.

use parlor_plugin::{ClientLimit, Document, MatchmakingChanges, Violation};
use serde_json::Value;

use crate::core::{Locked, RoomCore};
use crate::wire;

impl RoomCore {
    /// Adds members to the metadata; a member that is null is taken out.
    pub(crate) fn add_metadata(&mut self, metadata: &Document) -> Result<(), Violation> {
        let added = wire::object(metadata).map_err(|error| violation("merge-metadata", &error))?;
        self.listing().update(|listing| {
            let metadata = listing.metadata.get_or_insert_default();
            for (name, value) in added {
                if value == Value::Null {
                    metadata.remove(&name);
                } else {
                    metadata.insert(name, value);
                }
            }
        });
        Ok(())
    }

    /// Several settings at once: who lists rooms sees all of them or none.
    pub(crate) fn change_matchmaking(&mut self, changes: MatchmakingChanges) -> Result<(), Violation> {
        let metadata = changes.metadata.as_ref().map(wire::object).transpose();
        let metadata = metadata.map_err(|error| violation("set-matchmaking", &error))?;
        match changes.locked {
            Some(true) => self.locked = Locked::Yes,
            Some(false) => self.locked = Locked::No,
            None => {}
        }
        match changes.max_clients {
            Some(ClientLimit::Unlimited) => self.max_clients = None,
            Some(ClientLimit::AtMost(limit)) => self.max_clients = Some(limit),
            None => {}
        }
        let (lock, max_clients) = (self.lock(), self.max_clients);
        self.listing().update(|listing| {
            if metadata.is_some() {
                listing.metadata = metadata;
            }
            listing.private = changes.private.unwrap_or(listing.private);
            listing.unlisted = changes.unlisted.unwrap_or(listing.unlisted);
            listing.lock = lock;
            listing.max_clients = max_clients;
        });
        Ok(())
    }
}

fn violation(function: &str, error: &wire::WireError) -> Violation {
    Violation(format!("{function}: {error}"))
}
