//! Timers of one room: one ordered set of deadlines, so that a thousand timers cost
//! nothing while none is due.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use parlor_plugin::{Document, TimerId};
use tokio::time::Instant;

/// Most ticks in a row that make up for time lost.
const CATCH_UP: u32 = 5;

/// A timer that fired: what `on-timer` gets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Due {
    pub tag: String,
    pub payload: Option<Document>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    Once,
    Forever,
}

#[derive(Clone, Debug)]
struct Timer {
    what: Due,
    period: Duration,
    repeat: Repeat,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Running { due: Instant },
    Paused { left: Duration },
}

/// The room already has as many timers as it may have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyTimers;

/// All timers of a room.
#[derive(Clone, Debug)]
pub(crate) struct Timers {
    limit: usize,
    next_id: u32,
    timers: HashMap<u32, Timer>,
    deadlines: BTreeSet<(Instant, u32)>,
}

impl Timers {
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            next_id: 0,
            timers: HashMap::new(),
            deadlines: BTreeSet::new(),
        }
    }

    pub fn set(
        &mut self,
        what: Due,
        period: Duration,
        repeat: Repeat,
        now: Instant,
    ) -> Result<TimerId, TooManyTimers> {
        if self.timers.len() >= self.limit {
            return Err(TooManyTimers);
        }
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let period = period.max(Duration::from_millis(1));
        let due = now + period;
        self.timers.insert(
            id,
            Timer {
                what,
                period,
                repeat,
                phase: Phase::Running { due },
            },
        );
        self.deadlines.insert((due, id));
        Ok(TimerId(id))
    }

    /// The same timers with everything due so much later.
    pub fn later(&self, by: Duration) -> Self {
        let mut later = self.clone();
        later.deadlines.clear();
        for (id, timer) in &mut later.timers {
            if let Phase::Running { due } = &mut timer.phase {
                *due += by;
                later.deadlines.insert((*due, *id));
            }
        }
        later
    }

    pub fn clear(&mut self, id: TimerId) {
        if let Some(Timer {
            phase: Phase::Running { due },
            ..
        }) = self.timers.remove(&id.0)
        {
            self.deadlines.remove(&(due, id.0));
        }
    }

    pub fn pause(&mut self, id: TimerId, now: Instant) {
        if let Some(timer) = self.timers.get_mut(&id.0)
            && let Phase::Running { due } = timer.phase
        {
            self.deadlines.remove(&(due, id.0));
            timer.phase = Phase::Paused {
                left: due.saturating_duration_since(now),
            };
        }
    }

    /// How long a timer has run since it was set, was reset or last fired.
    pub fn elapsed(&self, id: TimerId, now: Instant) -> Option<Duration> {
        let timer = self.timers.get(&id.0)?;
        let left = match timer.phase {
            Phase::Running { due } => due.saturating_duration_since(now),
            Phase::Paused { left } => left,
        };
        Some(timer.period.saturating_sub(left))
    }

    pub fn resume(&mut self, id: TimerId, now: Instant) {
        if let Some(timer) = self.timers.get_mut(&id.0)
            && let Phase::Paused { left } = timer.phase
        {
            timer.phase = Phase::Running { due: now + left };
            self.deadlines.insert((now + left, id.0));
        }
    }

    pub fn reset(&mut self, id: TimerId, now: Instant) {
        if let Some(timer) = self.timers.get_mut(&id.0) {
            match &mut timer.phase {
                Phase::Running { due } => {
                    self.deadlines.remove(&(*due, id.0));
                    *due = now + timer.period;
                    self.deadlines.insert((*due, id.0));
                }
                Phase::Paused { left } => *left = timer.period,
            }
        }
    }

    /// When the next timer is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.deadlines.first().map(|(due, _)| *due)
    }

    /// Takes the earliest timer that is due at `now`. An interval is set again on its beat;
    /// beats that were missed whole are skipped.
    pub fn take_due(&mut self, now: Instant) -> Option<Due> {
        let (due, id) = *self.deadlines.first().filter(|(due, _)| *due <= now)?;
        self.deadlines.remove(&(due, id));
        let timer = self.timers.get_mut(&id)?;
        if timer.repeat == Repeat::Once {
            return self.timers.remove(&id).map(|timer| timer.what);
        }
        let next = next_beat(due, timer.period, now);
        timer.phase = Phase::Running { due: next };
        self.deadlines.insert((next, id));
        Some(timer.what.clone())
    }
}

/// The first beat after `now` of a clock that last beat at `due`.
fn next_beat(due: Instant, period: Duration, now: Instant) -> Instant {
    let next = due + period;
    if next > now {
        return next;
    }
    let missed = now.saturating_duration_since(due).as_nanos() / period.as_nanos().max(1);
    due + period.saturating_mul(u32::try_from(missed).unwrap_or(u32::MAX)) + period
}

/// What a tick is told when beats had to be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The whole time since the tick before.
    Elastic,
    /// The interval, as ever: the time beyond is lost.
    Fixed,
}

/// The beat of the simulation loop. A tick stands for a beat, not for the moment at which
/// it came to run, so a room on time always sees the same `delta`.
#[derive(Clone, Debug)]
pub(crate) struct Ticks {
    interval: Duration,
    step: Step,
    next: Instant,
    last: Instant,
}

impl Ticks {
    pub fn new(interval: Duration, step: Step, now: Instant) -> Self {
        Self {
            interval,
            step,
            next: now + interval,
            last: now,
        }
    }

    /// The same beat, so much later.
    pub fn later(&self, by: Duration) -> Self {
        Self {
            next: self.next + by,
            last: self.last + by,
            ..self.clone()
        }
    }

    pub fn next_due(&self) -> Instant {
        self.next
    }

    /// The beat of the last tick; before the first, the moment from which they are counted.
    pub fn beat(&self) -> Instant {
        self.last
    }

    /// If a tick is due: the milliseconds between its beat and that of the tick before. A room
    /// that is more than [`CATCH_UP`] beats late goes on at the latest one; one of fixed steps
    /// does the last [`CATCH_UP`] of them, and those before are lost.
    pub fn take_due(&mut self, now: Instant) -> Option<f64> {
        if self.next > now {
            return None;
        }
        let late = now.saturating_duration_since(self.next);
        let beat = if late >= self.interval * CATCH_UP {
            let latest = next_beat(self.next, self.interval, now) - self.interval;
            match self.step {
                Step::Elastic => latest,
                Step::Fixed => latest - self.interval * (CATCH_UP - 1),
            }
        } else {
            self.next
        };
        let delta = match self.step {
            Step::Elastic => beat.saturating_duration_since(self.last),
            Step::Fixed => self.interval,
        };
        self.last = beat;
        self.next = beat + self.interval;
        Some(delta.as_secs_f64() * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn timer(tag: &str) -> Due {
        Due {
            tag: tag.into(),
            payload: None,
        }
    }

    fn fired(timers: &mut Timers, now: Instant) -> Vec<String> {
        std::iter::from_fn(|| timers.take_due(now))
            .map(|due| due.tag)
            .collect()
    }

    #[test]
    fn timers_fire_in_the_order_in_which_they_are_due() {
        let start = Instant::now();
        let mut timers = Timers::new(10);
        timers.set(timer("late"), 20 * MS, Repeat::Once, start).unwrap();
        timers.set(timer("early"), 10 * MS, Repeat::Once, start).unwrap();
        assert_eq!(timers.next_due(), Some(start + 10 * MS));
        assert_eq!(fired(&mut timers, start + 9 * MS), [""; 0]);
        assert_eq!(fired(&mut timers, start + 20 * MS), ["early", "late"]);
        assert_eq!(timers.next_due(), None);
    }

    #[test]
    fn an_interval_keeps_its_beat_and_skips_what_it_missed() {
        let start = Instant::now();
        let mut timers = Timers::new(10);
        timers
            .set(timer("beat"), 10 * MS, Repeat::Forever, start)
            .unwrap();
        assert_eq!(fired(&mut timers, start + 13 * MS), ["beat"]);
        assert_eq!(timers.next_due(), Some(start + 20 * MS));
        assert_eq!(fired(&mut timers, start + 57 * MS), ["beat"]);
        assert_eq!(timers.next_due(), Some(start + 60 * MS));
    }

    #[test]
    fn pause_keeps_the_time_left_and_reset_gives_all_of_it_back() {
        let start = Instant::now();
        let mut timers = Timers::new(10);
        let id = timers.set(timer("t"), 10 * MS, Repeat::Once, start).unwrap();
        timers.pause(id, start + 4 * MS);
        assert_eq!(fired(&mut timers, start + 50 * MS), [""; 0]);
        timers.resume(id, start + 50 * MS);
        assert_eq!(timers.next_due(), Some(start + 56 * MS));
        timers.reset(id, start + 52 * MS);
        assert_eq!(timers.next_due(), Some(start + 62 * MS));
        timers.clear(id);
        assert_eq!(timers.next_due(), None);
        timers.resume(id, start);
        assert_eq!(timers.next_due(), None);
    }

    #[test]
    fn there_is_a_bound() {
        let mut timers = Timers::new(1);
        timers.set(timer("t"), MS, Repeat::Once, Instant::now()).unwrap();
        assert_eq!(
            timers.set(timer("t"), MS, Repeat::Once, Instant::now()),
            Err(TooManyTimers)
        );
    }

    #[test]
    fn ticks_catch_up_a_little_and_tell_the_time_between_beats() {
        let start = Instant::now();
        let mut ticks = Ticks::new(10 * MS, Step::Elastic, start);
        let mut deltas = |late| std::iter::from_fn(|| ticks.take_due(start + late)).collect::<Vec<_>>();
        assert_eq!(deltas(9 * MS), [0.0; 0]);
        assert_eq!(deltas(11 * MS), [10.0]);
        assert_eq!(deltas(44 * MS), [10.0, 10.0, 10.0]);
        assert_eq!(deltas(503 * MS), [460.0]);
        assert_eq!(deltas(511 * MS), [10.0]);
    }

    #[test]
    fn fixed_steps_are_all_alike_and_lose_what_cannot_be_made_up_for() {
        let start = Instant::now();
        let mut ticks = Ticks::new(10 * MS, Step::Fixed, start);
        let mut deltas = |late| std::iter::from_fn(|| ticks.take_due(start + late)).collect::<Vec<_>>();
        assert_eq!(deltas(44 * MS), [10.0; 4]);
        assert_eq!(deltas(91 * MS), [10.0; 5]);
        assert_eq!(deltas(503 * MS), [10.0; 5]);
        assert_eq!(deltas(509 * MS), [0.0; 0]);
        assert_eq!(deltas(511 * MS), [10.0]);
    }

    #[test]
    fn beats_do_not_drift_however_late_the_room_looks() {
        let start = Instant::now();
        let mut ticks = Ticks::new(16_667 * MS / 1000, Step::Fixed, start);
        let mut timers = Timers::new(1);
        timers.set(timer("beat"), 7 * MS, Repeat::Forever, start).unwrap();
        let (mut now, mut beats, mut fires) = (start, 0, 0);
        // An hour of looking 1 to 6 ms late.
        while now < start + Duration::from_secs(3600) {
            let due = ticks.next_due().min(timers.next_due().unwrap());
            now = due + MS * (1 + beats % 6);
            beats += std::iter::from_fn(|| ticks.take_due(now)).count() as u32;
            fires += fired(&mut timers, now).len() as u32;
        }
        assert_eq!(ticks.next_due(), start + 16_667 * MS / 1000 * (beats + 1));
        assert_eq!(timers.next_due(), Some(start + 7 * MS * (fires + 1)));
    }

    #[test]
    fn a_timer_tells_how_long_it_has_run() {
        let start = Instant::now();
        let mut timers = Timers::new(10);
        let id = timers.set(timer("t"), 10 * MS, Repeat::Once, start).unwrap();
        assert_eq!(timers.elapsed(id, start + 4 * MS), Some(4 * MS));
        timers.pause(id, start + 5 * MS);
        assert_eq!(timers.elapsed(id, start + 50 * MS), Some(5 * MS));
        timers.clear(id);
        assert_eq!(timers.elapsed(id, start), None);
    }
}
