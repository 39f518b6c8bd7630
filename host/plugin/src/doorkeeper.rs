//! Who is asked whether a client may come in: instances without a room, kept from one `authenticate` to the next. To make
//! one costs several times what most answers do.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::alone::Alone;
use crate::bindings::exports::parlor::room::hooks as exported;
use crate::error::HookError;
use crate::instance::Instance;
use crate::vocabulary::Document;

/// How often one is asked before another takes its place: what a guest forgets to free does not add up for good.
const ANSWERS: u32 = 256;
/// How many of one component wait to be asked: about as many as are asked at a time.
const WAITING: usize = 4;

/// Those of one component that wait to be asked.
pub(crate) struct Doorkeepers {
    /// How many of all components may wait.
    places: Arc<Semaphore>,
    waiting: Mutex<Vec<(Doorkeeper, OwnedSemaphorePermit)>>,
}

/// An instance without a room.
pub(crate) struct Doorkeeper {
    instance: Instance<Alone>,
    answers: u32,
    /// Bytes that it could take when nobody had asked it.
    memory: usize,
}

impl Doorkeepers {
    /// None waits yet. `places` are shared by all components.
    pub(crate) fn new(places: Arc<Semaphore>) -> Self {
        Self {
            places,
            waiting: Mutex::default(),
        }
    }

    /// One that has answered before, if one waits.
    pub(crate) fn take(&self) -> Option<Doorkeeper> {
        self.waiting().pop().map(|(doorkeeper, _)| doorkeeper)
    }

    /// It waits for the next client, if it is fit for that and there is a place.
    pub(crate) fn give_back(&self, doorkeeper: Doorkeeper) {
        if !doorkeeper.is_fit() {
            return;
        }
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return;
        };
        let mut waiting = self.waiting();
        if waiting.len() < WAITING {
            waiting.push((doorkeeper, place));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(Doorkeeper, OwnedSemaphorePermit)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doorkeeper {
    /// One that nobody has asked yet.
    pub(crate) fn new(instance: Instance<Alone>) -> Self {
        Self {
            memory: instance.memory_left(),
            instance,
            answers: 0,
        }
    }

    /// Whether it may be asked again.
    fn is_fit(&self) -> bool {
        self.answers < ANSWERS && self.instance.is_ready() && self.instance.memory_left() >= self.memory / 2
    }

    /// Asks whether a client may have a seat.
    pub(crate) async fn ask(
        &mut self,
        request: &exported::JoinRequest,
    ) -> Result<Option<Document>, HookError> {
        self.answers += 1;
        self.instance.context_mut().begin(&request.room_type);
        self.instance.authenticate(request).await
    }
}
