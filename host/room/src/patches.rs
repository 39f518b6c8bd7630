//! When state goes out, and to whom: patches are encoded once and handed to every
//! client that has what came before.

use std::time::Duration;

use bytes::Bytes;
use parlor_protocol::frame::server;
use parlor_protocol::ids::SessionId;
use parlor_schema::StateTree;
use tokio::time::Instant;

use crate::client::{FirstTime, Sync};
use crate::outbox::Outbox;

/// Bytes of patches that may wait for `broadcast-patch`; beyond them clients get a snapshot instead.
const MAX_UNSENT: usize = 1 << 20;

/// A message that goes out after the next patch.
#[derive(Debug)]
pub(crate) struct Deferred {
    pub to: Vec<SessionId>,
    pub frame: Bytes,
}

impl Deferred {
    /// What it costs to keep it.
    pub fn bytes(&self) -> usize {
        self.frame.len() + size_of::<Self>() + self.to.len() * size_of::<SessionId>()
    }
}

/// The patches of one room.
#[derive(Debug)]
pub(crate) struct Patches {
    /// None: only on demand.
    pub interval: Option<Duration>,
    deferred: Vec<Deferred>,
    deferred_bytes: usize,
    last: Option<Instant>,
    /// Encoded, because somebody needed a snapshot in between, but not due yet.
    unsent: Vec<Bytes>,
    /// Number of the first of `unsent`.
    first: u64,
    /// Clients that lost patches and could not be given a snapshot yet.
    lagging: usize,
}

impl Patches {
    pub fn new(interval: Option<Duration>) -> Self {
        Self {
            interval,
            deferred: Vec::new(),
            deferred_bytes: 0,
            last: None,
            unsent: Vec::new(),
            first: 0,
            lagging: 0,
        }
    }

    /// Number of the patch that comes next.
    fn next(&self) -> u64 {
        self.first + self.unsent.len() as u64
    }

    /// True if an interval would have something to send.
    pub fn waiting(&self) -> bool {
        !self.unsent.is_empty() || !self.deferred.is_empty() || self.lagging > 0
    }

    /// The next beat of the patch loop: at once after a quiet time, else an interval
    /// after the last patch. None: on demand only.
    pub fn next_due(&self, now: Instant) -> Option<Instant> {
        let interval = self.interval?;
        Some(self.last.map_or(now, |last| (last + interval).max(now)))
    }

    /// Encodes what changed, so that a snapshot taken now and the patches to come neither
    /// overlap nor leave a gap (§2.1 of the protocol notes).
    pub fn close_boundary(&mut self, state: &mut StateTree) {
        if let Some(body) = state.patch() {
            self.unsent.push(server::patch(&body));
            let waiting: usize = self.unsent.iter().map(Bytes::len).sum();
            if waiting > MAX_UNSENT {
                self.first = self.next();
                self.unsent.clear();
            }
        }
    }

    /// A snapshot at the boundary for one client. The boundary must be closed.
    pub fn snapshot(&self, state: &mut StateTree, first_time: FirstTime, outbox: &Outbox) -> Sync {
        let body = match first_time {
            FirstTime::Yes => state.snapshot(),
            FirstTime::No => state.resync(),
        };
        Sync::after(outbox.push_state(server::state(&body)), self.next())
    }

    /// Brings one client up to date. A client that lost patches gets a snapshot as soon
    /// as its queue is empty.
    pub fn bring_up(&mut self, state: &mut StateTree, sync: &mut Sync, outbox: &Outbox) {
        if let Sync::UpTo(has) = *sync {
            *sync = match has
                .checked_sub(self.first)
                .and_then(|skip| self.unsent.get(skip as usize..))
            {
                Some(missing) => missing.iter().fold(*sync, |sync, frame| match sync {
                    Sync::UpTo(has) => Sync::after(outbox.push_state(frame.clone()), has + 1),
                    Sync::Lost => Sync::Lost,
                }),
                None => Sync::Lost,
            };
        }
        if *sync == Sync::Lost && outbox.is_empty() {
            *sync = self.snapshot(state, FirstTime::No, outbox);
        }
        self.lagging += usize::from(*sync == Sync::Lost);
    }

    /// A round of [`Self::bring_up`] begins.
    pub fn begin_round(&mut self, state: &mut StateTree) {
        self.close_boundary(state);
        self.lagging = 0;
    }

    /// Forgets what everybody has now, and starts the next interval.
    pub fn sent(&mut self, now: Instant) {
        self.first = self.next();
        self.unsent.clear();
        self.last = Some(now);
    }

    /// Keeps a message until the next patch.
    pub fn defer(&mut self, message: Deferred) {
        self.deferred_bytes += message.bytes();
        self.deferred.push(message);
    }

    /// What the messages that wait for the next patch cost.
    pub fn deferred_bytes(&self) -> usize {
        self.deferred_bytes
    }

    /// The messages that waited for a patch, oldest first.
    pub fn take_deferred(&mut self) -> Vec<Deferred> {
        self.deferred_bytes = 0;
        std::mem::take(&mut self.deferred)
    }
}
