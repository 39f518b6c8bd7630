//! The spaces that are in use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use parlor_plugin::Presence;
use parlor_room::handle::RoomHandle;

use super::driver::{Driver, Listener, Store};
use super::memory::MemoryDriver;
use super::room_presence::RoomPresence;
use super::settings::{PresenceLimits, PresenceSettings, SpaceName};
use super::subscribers::Subscribers;

/// All presence spaces of this host. As many as there are room types, at most.
#[derive(Debug)]
pub(crate) struct Spaces {
    settings: PresenceSettings,
    driver: Box<dyn Driver>,
    open: Mutex<HashMap<SpaceName, Arc<Space>>>,
}

/// One space: its values, and who listens to its channels.
#[derive(Debug)]
pub(super) struct Space {
    pub limits: PresenceLimits,
    pub store: Arc<dyn Store>,
    pub subscribers: Arc<Subscribers>,
}

impl Spaces {
    /// Spaces in the memory of this process.
    pub fn new(settings: PresenceSettings) -> Self {
        Self {
            settings,
            driver: Box::new(MemoryDriver),
            open: Mutex::default(),
        }
    }

    /// What a room shares with others. A room that has taken another id asks anew.
    pub fn presence(&self, of: &RoomHandle) -> Arc<dyn Presence> {
        let space = self.space(self.settings.space(of.room_type()));
        Arc::new(RoomPresence::new(space, of.into()))
    }

    pub(super) fn space(&self, name: SpaceName) -> Arc<Space> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let space = open.entry(name).or_insert_with_key(|name| {
            tracing::debug!("the presence space {name} is opened");
            let limits = self.settings.limits.clone();
            let subscribers = Arc::new(Subscribers::new(limits.max_subscriptions));
            let listener = Arc::clone(&subscribers) as Arc<dyn Listener>;
            Arc::new(Space {
                store: self.driver.open(name, &limits, listener),
                subscribers,
                limits,
            })
        });
        Arc::clone(space)
    }
}
