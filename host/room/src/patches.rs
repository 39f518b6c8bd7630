//! When state goes out, and to whom: patches are encoded once and handed to every
//! client that has what came before. Clients to whom more is shown get it behind that.

use std::collections::HashMap;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use parlor_protocol::frame::server;
use parlor_protocol::ids::SessionId;
use parlor_schema::{Decoders, Patch, PatchV2, StateTree, ViewId};
use tokio::time::Instant;

use crate::client::{FirstTime, Reader, Sync};
use crate::outbox::Outbox;

/// Bytes of patches that may wait for `broadcast-patch`; beyond them clients get a snapshot instead.
const MAX_UNSENT: usize = 1 << 20;
/// The most that a patch may be early: as much as timers are late at times.
const HEAD_START: Duration = Duration::from_millis(2);

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

/// A patch as frames, shared by all who get it.
#[derive(Debug)]
struct Frames {
    /// For all clients but those of SDK 0.15; none if only these need one.
    current: Option<Bytes>,
    /// For those.
    v2: FramesV2,
    /// For clients that see more: what all get, and what they see of it.
    own: HashMap<ViewId, Bytes>,
}

/// What clients of SDK 0.15 get.
#[derive(Debug)]
enum FramesV2 {
    /// What all others get.
    Same,
    Own(Bytes),
    /// A frame that takes in a client whatever it has missed.
    Renewal(Bytes),
    /// Nothing: such a frame follows.
    Superseded,
}

impl Frames {
    /// What clients must be told of the changes since the last boundary, if anything.
    fn of(state: &mut StateTree, oldest: Decoders) -> Option<Self> {
        let patch = state.patch_for(oldest);
        let parts = state.take_parts();
        if patch.is_none() && parts.is_empty() {
            return None;
        }
        let (current, v2) = match patch {
            Some(Patch { current, v2 }) => (current, v2),
            None => (None, PatchV2::Same),
        };
        let current = current.map(|body| server::patch(&body));
        let own = parts.into_iter().map(|(view, part)| {
            let frame = match &current {
                Some(frame) => extended(frame, &part),
                None => server::patch(&part),
            };
            (view, frame)
        });
        Some(Self {
            own: own.collect(),
            current,
            v2: match v2 {
                PatchV2::Same => FramesV2::Same,
                PatchV2::Own(body) => FramesV2::Own(server::patch(&body)),
                PatchV2::Renewal(body) => FramesV2::Renewal(server::state(&body)),
            },
        })
    }

    fn for_client(&self, reader: Reader) -> Option<&Bytes> {
        match (reader, &self.v2) {
            (Reader::V2, FramesV2::Own(frame) | FramesV2::Renewal(frame)) => Some(frame),
            (Reader::V2, FramesV2::Superseded) => None,
            (Reader::Current(Some(view)), _) => self.own.get(&view).or(self.current.as_ref()),
            (Reader::V2, FramesV2::Same) | (Reader::Current(None), _) => self.current.as_ref(),
        }
    }

    /// Bytes, without a renewal: that is as large as a snapshot, and never more than one is kept.
    fn len(&self) -> usize {
        let v2 = match &self.v2 {
            FramesV2::Same | FramesV2::Renewal(_) | FramesV2::Superseded => 0,
            FramesV2::Own(frame) => frame.len(),
        };
        let own: usize = self.own.values().map(Bytes::len).sum();
        self.current.as_ref().map_or(0, Bytes::len) + v2 + own
    }
}

/// The patches of one room.
#[derive(Debug)]
pub(crate) struct Patches {
    /// None: only on demand.
    pub interval: Option<Duration>,
    deferred: Vec<Deferred>,
    deferred_bytes: usize,
    /// The beat of the last patch: when it was due, if it was not long after that that it went out.
    last: Option<Instant>,
    /// Encoded, because somebody needed a snapshot in between, but not due yet.
    unsent: Vec<Frames>,
    /// Number of the first of `unsent`.
    first: u64,
    /// Clients that lost patches and could not be given a snapshot yet.
    lagging: usize,
    /// The oldest decoder among the clients that have the state, so that bodies for SDK 0.15 cost nothing where
    /// it is not.
    oldest: Decoders,
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
            oldest: Decoders::Current,
        }
    }

    /// Another form of the state takes the place of this one: it goes on with the beat, and with the messages that wait.
    pub fn pass_on(&mut self, next: &mut Self) {
        next.interval = self.interval;
        next.last = self.last;
        next.deferred = std::mem::take(&mut self.deferred);
        next.deferred_bytes = std::mem::take(&mut self.deferred_bytes);
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
    /// after the beat of the last patch. None: on demand only.
    pub fn next_due(&self, now: Instant) -> Option<Instant> {
        let interval = self.interval?;
        Some(self.last.map_or(now, |last| (last + interval).max(now)))
    }

    /// Encodes what changed, so that a snapshot taken now and the patches to come neither
    /// overlap nor leave a gap (§2.1 of the protocol notes).
    pub fn close_boundary(&mut self, state: &mut StateTree) {
        if let Some(frames) = Frames::of(state, self.oldest) {
            if matches!(frames.v2, FramesV2::Renewal(_)) {
                for earlier in &mut self.unsent {
                    earlier.v2 = FramesV2::Superseded;
                }
            }
            self.unsent.push(frames);
            let waiting: usize = self.unsent.iter().map(Frames::len).sum();
            if waiting > MAX_UNSENT {
                self.first = self.next();
                self.unsent.clear();
            }
        }
    }

    /// A snapshot at the boundary for one client, of what it may see. The boundary must be closed.
    pub fn snapshot(
        &mut self,
        state: &mut StateTree,
        reader: Reader,
        first_time: FirstTime,
        outbox: &Outbox,
    ) -> Sync {
        let body = match (reader, first_time) {
            (Reader::Current(None), FirstTime::Yes) => state.snapshot(),
            (Reader::Current(None), FirstTime::No) => state.resync(),
            (Reader::Current(Some(view)), FirstTime::Yes) => state.snapshot_for(view),
            (Reader::Current(Some(view)), FirstTime::No) => state.resync_for(view),
            // This SDK keeps nothing from one connection to the next.
            (Reader::V2, _) => {
                self.oldest = Decoders::V2;
                state.snapshot_v2()
            }
        };
        Sync::after(outbox.push_state(server::state(&body)), self.next())
    }

    /// Brings one client up to date. A client that lost patches gets a snapshot as soon
    /// as its queue is empty.
    pub fn bring_up(&mut self, state: &mut StateTree, reader: Reader, sync: &mut Sync, outbox: &Outbox) {
        if reader == Reader::V2 {
            self.oldest = Decoders::V2;
            if *sync == Sync::Lost && outbox.is_empty() {
                *sync = self.renewal(state);
            }
        }
        if let Sync::UpTo(has) = *sync {
            *sync = match has
                .checked_sub(self.first)
                .and_then(|skip| self.unsent.get(skip as usize..))
            {
                Some(missing) => missing.iter().fold(*sync, |sync, frames| match sync {
                    Sync::UpTo(has) => match frames.for_client(reader) {
                        Some(frame) => Sync::after(outbox.push_state(frame.clone()), has + 1),
                        None => Sync::UpTo(has + 1),
                    },
                    Sync::Lost => Sync::Lost,
                }),
                None => Sync::Lost,
            };
        }
        if *sync == Sync::Lost && reader != Reader::V2 && outbox.is_empty() {
            *sync = self.snapshot(state, reader, FirstTime::No, outbox);
        }
        if *sync == Sync::Lost {
            self.lagging += 1;
            if let Reader::Current(Some(view)) = reader {
                state.unfollow(view);
            }
        }
    }

    /// Where a client of SDK 0.15 that lost patches can come in again: at a renewal, which all of that age get. If
    /// there is none, the next patch will be one.
    fn renewal(&self, state: &mut StateTree) -> Sync {
        let renews = |frames: &Frames| matches!(frames.v2, FramesV2::Renewal(_));
        match self.unsent.iter().rposition(renews) {
            Some(at) => Sync::UpTo(self.first + at as u64),
            None => {
                state.renew_v2();
                Sync::Lost
            }
        }
    }

    /// A round of [`Self::bring_up`] begins.
    pub fn begin_round(&mut self, state: &mut StateTree) {
        self.close_boundary(state);
        self.lagging = 0;
        self.oldest = Decoders::Current;
    }

    /// How long before its beat a patch may go out together with a tick, which saves the room from being woken
    /// twice.
    pub fn head_start(&self) -> Duration {
        self.interval
            .map_or(Duration::ZERO, |interval| (interval / 8).min(HEAD_START))
    }

    /// Forgets what everybody has now, and starts the next interval. `tick` is the beat of the last tick, if there
    /// are ticks.
    pub fn sent(&mut self, now: Instant, tick: Option<Instant>) {
        self.first = self.next();
        self.unsent.clear();
        self.last = Some(self.beat(now, tick));
    }

    /// The beat that a patch of this moment stands for. One that was due less than an interval ago keeps the beat,
    /// so that delays do not add up. Others begin a new one: with the ticks, so that both come in one go.
    fn beat(&self, now: Instant, tick: Option<Instant>) -> Instant {
        let interval = self.interval.unwrap_or_default();
        let kept = self
            .last
            .map(|last| last + interval)
            .filter(|due| *due <= now + self.head_start() && now < *due + interval);
        let ticks = tick.filter(|tick| *tick <= now && now < *tick + interval);
        kept.or(ticks).unwrap_or(now)
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

/// A frame with more behind it.
fn extended(frame: &Bytes, part: &[u8]) -> Bytes {
    let mut extended = BytesMut::with_capacity(frame.len() + part.len());
    extended.extend_from_slice(frame);
    extended.extend_from_slice(part);
    extended.freeze()
}

#[cfg(test)]
mod tests;
