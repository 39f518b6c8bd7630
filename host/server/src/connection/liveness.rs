//! Whether anybody is there.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// Between these a ping interval is one that a timer can keep.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);
const LONGEST_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// An interval ends at one of so many moments, the same for all connections: those that end together wake the host up
/// once, and not so many do that whoever plays would feel it.
const BEATS_PER_INTERVAL: u32 = 64;

/// Ping intervals, the first from now on and up to a beat longer.
pub(crate) fn intervals(length: Duration) -> Interval {
    static FIRST_BEAT: LazyLock<Instant> = LazyLock::new(Instant::now);
    let length = length.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
    let end = next_beat(*FIRST_BEAT, Instant::now() + length, length / BEATS_PER_INTERVAL);
    let mut intervals = interval_at(end, length);
    intervals.set_missed_tick_behavior(MissedTickBehavior::Delay);
    intervals
}

/// The first of the beats since `first` that is not before `time`.
fn next_beat(first: Instant, time: Instant, beat: Duration) -> Instant {
    let since = time.saturating_duration_since(first).as_nanos();
    let into = since.checked_rem(beat.as_nanos()).unwrap_or_default();
    let missing = if into == 0 { 0 } else { beat.as_nanos() - into };
    // Less than a beat, which is less than half an hour.
    time + Duration::from_nanos(u64::try_from(missing).unwrap_or_default())
}

/// What to do at the end of a ping interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pulse {
    /// The client was heard in this interval.
    Heard,
    /// It was not: ask.
    Ask,
    /// It was asked often enough.
    Dead,
}

/// Counts the intervals in which nothing was heard.
#[derive(Debug)]
pub(crate) struct Liveness {
    max_unanswered: u32,
    silent_intervals: u32,
}

impl Liveness {
    pub fn new(max_unanswered: u32) -> Self {
        Self {
            max_unanswered,
            silent_intervals: 0,
        }
    }

    /// Something came from the client, or could not be read for reasons that are not its own.
    pub fn heard(&mut self) {
        self.silent_intervals = 0;
    }

    /// An interval is over.
    pub fn tick(&mut self) -> Pulse {
        let silent = self.silent_intervals;
        self.silent_intervals += 1;
        match silent {
            0 => Pulse::Heard,
            asked if asked <= self.max_unanswered => Pulse::Ask,
            _ => Pulse::Dead,
        }
    }
}

/// How far the client has come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joining {
    /// The room has not answered yet.
    NotAsked,
    /// JOIN_ROOM has been sent; its acknowledgement is due then.
    Until(Instant),
    /// Acknowledged.
    Done,
}

impl Joining {
    /// The room has said something: the first that it says is JOIN_ROOM.
    pub fn asked(&mut self, timeout: Duration) {
        if *self == Self::NotAsked {
            // A time that no clock can say is never.
            *self = Instant::now()
                .checked_add(timeout)
                .map_or(Self::Done, Self::Until);
        }
    }

    pub fn is_overdue(self) -> bool {
        matches!(self, Self::Until(due) if due <= Instant::now())
    }
}

/// Whether the room was still there when it was last looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Here,
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_end_on_common_beats() {
        let first = Instant::now();
        let beat = Duration::from_millis(50);
        for (time, expected) in [(0, 0), (1, 50), (49, 50), (50, 50), (51, 100), (3_020, 3_050)] {
            let [time, expected] = [time, expected].map(|ms| first + Duration::from_millis(ms));
            assert_eq!(next_beat(first, time, beat), expected);
        }
        assert_eq!(next_beat(first, first, Duration::ZERO), first);
    }

    #[test]
    fn silence_is_asked_about_and_then_deadly() {
        let mut liveness = Liveness::new(2);
        assert_eq!(
            [(); 4].map(|()| liveness.tick()),
            [Pulse::Heard, Pulse::Ask, Pulse::Ask, Pulse::Dead]
        );
    }

    #[test]
    fn an_answer_begins_the_count_anew() {
        let mut liveness = Liveness::new(1);
        for _ in 0..5 {
            assert_eq!([(); 2].map(|()| liveness.tick()), [Pulse::Heard, Pulse::Ask]);
            liveness.heard();
        }
    }

    #[test]
    fn only_an_unanswered_join_is_overdue() {
        let long = Duration::from_secs(3600);
        let cases: [(&[Duration], bool); 5] = [
            (&[], false),
            (&[Duration::ZERO], true),
            (&[long], false),
            // What is said later changes nothing.
            (&[Duration::ZERO, long], true),
            (&[Duration::MAX], false),
        ];
        for (asked, overdue) in cases {
            let mut joining = Joining::NotAsked;
            for timeout in asked {
                joining.asked(*timeout);
            }
            assert_eq!(joining.is_overdue(), overdue, "{asked:?}");
        }
        assert!(!Joining::Done.is_overdue());
    }
}
