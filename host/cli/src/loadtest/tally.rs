//! What all clients count together. One thread, so no locks.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use hdrhistogram::Histogram;
use tokio::sync::watch;

/// The longest time that is told apart: a minute, in microseconds.
const LONGEST: u64 = 60_000_000;
/// Digits of a time that are kept.
const DIGITS: u8 = 3;
/// Different texts of faults that are kept; further ones are counted as one.
const MAX_TEXTS: usize = 20;

/// Numbers that only grow.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Messages to the room.
    pub sent: u64,
    /// Requests to the room.
    pub requests: u64,
    /// What was due and not sent, because the server did not read what was sent before.
    pub held_back: u64,
    /// Messages of the room.
    pub messages: u64,
    /// Answers to requests.
    pub responses: u64,
    /// Patches of the state.
    pub patches: u64,
    /// Snapshots of the state.
    pub snapshots: u64,
    /// Bytes of all frames that came.
    pub bytes: u64,
}

/// A time in which things were counted.
#[derive(Debug)]
pub struct Measured {
    /// How long it was.
    pub time: Duration,
    /// What came and went in it.
    pub counts: Counts,
    /// From sending to the answer, in microseconds.
    pub round_trips: Histogram<u64>,
}

/// The counter of all clients.
#[derive(Debug)]
pub struct Tally {
    counts: Cell<Counts>,
    joins: RefCell<Histogram<u64>>,
    round_trips: RefCell<Histogram<u64>>,
    /// Clients that are in a room now.
    playing: Cell<u32>,
    /// Clients that have come in, or never will.
    settled: watch::Sender<u32>,
    marked: Cell<(Instant, Counts)>,
    faults: RefCell<BTreeMap<String, u64>>,
    closes: RefCell<BTreeMap<u16, u64>>,
}

impl Counts {
    /// What has been added since `before`.
    pub fn since(&self, before: &Self) -> Self {
        Self {
            sent: self.sent - before.sent,
            requests: self.requests - before.requests,
            held_back: self.held_back - before.held_back,
            messages: self.messages - before.messages,
            responses: self.responses - before.responses,
            patches: self.patches - before.patches,
            snapshots: self.snapshots - before.snapshots,
            bytes: self.bytes - before.bytes,
        }
    }
}

impl Tally {
    /// Nothing yet.
    pub fn new() -> Result<Self> {
        Ok(Self {
            counts: Cell::default(),
            joins: RefCell::new(Histogram::new_with_max(LONGEST, DIGITS)?),
            round_trips: RefCell::new(Histogram::new_with_max(LONGEST, DIGITS)?),
            playing: Cell::new(0),
            settled: watch::Sender::new(0),
            marked: Cell::new((Instant::now(), Counts::default())),
            faults: RefCell::default(),
            closes: RefCell::default(),
        })
    }

    /// Everything so far.
    pub fn counts(&self) -> Counts {
        self.counts.get()
    }

    /// Counts something.
    pub fn count(&self, count: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.get();
        count(&mut counts);
        self.counts.set(counts);
    }

    /// A client has come in, so long after it asked.
    pub fn came(&self, took: Duration) {
        self.joins.borrow_mut().saturating_record(microseconds(took));
        self.playing.set(self.playing.get() + 1);
        self.settled.send_modify(|settled| *settled += 1);
    }

    /// A client could not come in.
    pub fn stayed_out(&self, why: String) {
        self.fault(why);
        self.settled.send_modify(|settled| *settled += 1);
    }

    /// A client that was in is in no more.
    pub fn went(&self) {
        self.playing.set(self.playing.get() - 1);
    }

    /// A connection was closed with this code.
    pub fn closed(&self, code: u16) {
        *self.closes.borrow_mut().entry(code).or_default() += 1;
    }

    /// Something went wrong.
    pub fn fault(&self, what: String) {
        let mut faults = self.faults.borrow_mut();
        let what = if faults.len() < MAX_TEXTS || faults.contains_key(&what) {
            what
        } else {
            "other faults".to_owned()
        };
        *faults.entry(what).or_default() += 1;
    }

    /// An answer came so long after what it answers.
    pub fn answered(&self, took: Duration) {
        self.round_trips
            .borrow_mut()
            .saturating_record(microseconds(took));
    }

    /// How many clients are in a room.
    pub fn playing(&self) -> u32 {
        self.playing.get()
    }

    /// How many things went wrong.
    pub fn faults(&self) -> u64 {
        self.faults.borrow().values().sum()
    }

    /// Waits until so many have come in or never will.
    pub async fn all_settled(&self, clients: u32) {
        let mut settled = self.settled.subscribe();
        // Its sender is here, so it is never closed.
        let _settled = settled.wait_for(|settled| *settled >= clients).await;
    }

    /// From here on is measured.
    pub fn mark(&self) {
        self.marked.set((Instant::now(), self.counts()));
        self.round_trips.borrow_mut().reset();
    }

    /// What was counted since the mark, or since the beginning.
    pub fn measured(&self) -> Measured {
        let (begun, counts) = self.marked.get();
        Measured {
            time: begun.elapsed(),
            counts: self.counts().since(&counts),
            round_trips: self.round_trips.borrow().clone(),
        }
    }

    /// How long clients took to come in, in microseconds.
    pub fn joins(&self) -> Histogram<u64> {
        self.joins.borrow().clone()
    }

    /// What went wrong, and how often.
    pub fn fault_texts(&self) -> BTreeMap<String, u64> {
        self.faults.borrow().clone()
    }

    /// With which codes connections were closed, and how often.
    pub fn closes(&self) -> BTreeMap<u16, u64> {
        self.closes.borrow().clone()
    }
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(LONGEST)
}
