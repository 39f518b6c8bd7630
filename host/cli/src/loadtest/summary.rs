//! What came of a load test, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::script::Script;
use super::tally::{Measured, Tally};

/// What came of a load test. Rates and round trips are of the time from when all clients had come to when they left;
/// faults and closes of all of it.
#[derive(Debug, Serialize)]
pub struct Summary {
    room: String,
    endpoint: String,
    clients: u32,
    joined: u64,
    join: Option<Times>,
    seconds: f64,
    sent: Rate,
    requests: Rate,
    held_back: u64,
    messages: Rate,
    responses: Rate,
    patches: Rate,
    snapshots: u64,
    bytes: Rate,
    round_trips: Option<Times>,
    faults: BTreeMap<String, u64>,
    closes: BTreeMap<u16, u64>,
}

/// How many, and how many of them in a second.
#[derive(Debug, Serialize)]
struct Rate {
    count: u64,
    per_second: f64,
}

/// How long things took, in milliseconds.
#[derive(Debug, Serialize)]
struct Times {
    count: u64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

impl Summary {
    /// Puts it together.
    pub fn new(script: &Script, measured: Measured, tally: &Tally) -> Self {
        let Measured {
            time,
            counts,
            round_trips,
        } = measured;
        let seconds = time.as_secs_f64();
        let rate = |count: u64| Rate {
            count,
            per_second: if seconds > 0.0 {
                count as f64 / seconds
            } else {
                0.0
            },
        };
        let joins = tally.joins();
        Self {
            room: script.room.clone(),
            endpoint: script.endpoint.to_string(),
            clients: script.clients,
            joined: joins.len(),
            join: Times::of(&joins),
            seconds,
            sent: rate(counts.sent),
            requests: rate(counts.requests),
            held_back: counts.held_back,
            messages: rate(counts.messages),
            responses: rate(counts.responses),
            patches: rate(counts.patches),
            snapshots: counts.snapshots,
            bytes: rate(counts.bytes),
            round_trips: Times::of(&round_trips),
            faults: tally.fault_texts(),
            closes: tally.closes(),
        }
    }

    /// How many things went wrong.
    pub fn faults(&self) -> u64 {
        self.faults.values().sum()
    }
}

impl Times {
    /// None of nothing.
    fn of(microseconds: &Histogram<u64>) -> Option<Self> {
        let milliseconds = |value: u64| value as f64 / 1e3;
        (!microseconds.is_empty()).then(|| Self {
            count: microseconds.len(),
            p50_ms: milliseconds(microseconds.value_at_quantile(0.5)),
            p99_ms: milliseconds(microseconds.value_at_quantile(0.99)),
            max_ms: milliseconds(microseconds.max()),
        })
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "p50 {:.2} ms, p99 {:.2} ms, longest {:.2} ms",
            self.p50_ms, self.p99_ms, self.max_ms
        )
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:.1}/s)", self.count, self.per_second)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} at {}, {:.1} s", self.room, self.endpoint, self.seconds)?;
        write!(f, "  clients      {} of {} joined", self.joined, self.clients)?;
        match &self.join {
            Some(times) => writeln!(f, ": {times}")?,
            None => writeln!(f)?,
        }
        writeln!(
            f,
            "  sent         {} messages, {} requests",
            self.sent, self.requests
        )?;
        if self.held_back > 0 {
            writeln!(f, "  held back    {}: the server did not read", self.held_back)?;
        }
        writeln!(
            f,
            "  received     {} messages, {} replies, {} patches, {} snapshots",
            self.messages, self.responses, self.patches, self.snapshots
        )?;
        writeln!(
            f,
            "  bytes        {} ({}/s)",
            size(self.bytes.count as f64),
            size(self.bytes.per_second)
        )?;
        match &self.round_trips {
            Some(times) => writeln!(f, "  round trips  {}: {times}", times.count)?,
            None => writeln!(
                f,
                "  round trips  none; a `request` or `answered-by` in the script measures them"
            )?,
        }
        let closes: Vec<String> = self
            .closes
            .iter()
            .map(|(code, count)| format!("{count} with {code}"))
            .collect();
        writeln!(
            f,
            "  closed       {}",
            if closes.is_empty() {
                "none".to_owned()
            } else {
                closes.join(", ")
            }
        )?;
        write!(f, "  faults       {}", self.faults())?;
        for (what, count) in &self.faults {
            write!(f, "\n    {count} × {what}")?;
        }
        Ok(())
    }
}

/// `1.2 MiB`.
pub fn size(bytes: f64) -> String {
    const UNITS: [(&str, f64); 3] = [("GiB", 1073741824.0), ("MiB", 1048576.0), ("KiB", 1024.0)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes / unit),
        None => format!("{bytes:.0} B"),
    }
}
