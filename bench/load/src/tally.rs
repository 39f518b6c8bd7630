//! What all clients of a run count together. One thread, so no locks.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;

/// The longest time that is told apart: a minute.
const LONGEST: u64 = 60_000_000_000;
/// Digits of a time that are kept.
const DIGITS: u8 = 3;

/// Counts of one kind of thing, with its bytes and times.
#[derive(Debug)]
pub struct Tally {
    count: Cell<u64>,
    bytes: Cell<u64>,
    times: RefCell<Histogram<u64>>,
}

impl Tally {
    /// Nothing yet.
    pub fn new() -> Result<Self> {
        Ok(Self {
            count: Cell::new(0),
            bytes: Cell::new(0),
            times: RefCell::new(Histogram::new_with_max(LONGEST, DIGITS)?),
        })
    }

    /// One more, of so many bytes.
    pub fn add(&self, bytes: usize) {
        self.count.set(self.count.get() + 1);
        self.bytes.set(self.bytes.get() + bytes as u64);
    }

    /// How long one took; beyond a minute counts as a minute.
    pub fn time(&self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(LONGEST);
        self.times.borrow_mut().saturating_record(nanoseconds);
    }

    /// Forgets everything: now measuring begins.
    pub fn reset(&self) {
        self.count.set(0);
        self.bytes.set(0);
        self.times.borrow_mut().reset();
    }

    /// How many.
    pub fn count(&self) -> f64 {
        self.count.get() as f64
    }

    /// How many bytes.
    pub fn bytes(&self) -> f64 {
        self.bytes.get() as f64
    }

    /// The time within which this share of them was, in milliseconds.
    pub fn milliseconds(&self, share: f64) -> f64 {
        let nanoseconds = self.times.borrow().value_at_quantile(share);
        Duration::from_nanos(nanoseconds).as_secs_f64() * 1e3
    }
}
