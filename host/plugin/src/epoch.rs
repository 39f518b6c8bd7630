//! Time for hooks: the thread that advances the engine's epoch, and the meter of one hook.
//!
//! Compiled guest code compares the engine's epoch with its deadline at every loop and call.
//! Nobody advances the epoch while no hook runs: the thread parks, and a host without rooms
//! is not woken up.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// No hook has started or gone on since the last tick.
const IDLE: u8 = 0;
/// A hook has started or gone on since the last tick.
const BUSY: u8 = 1;
/// The thread sleeps until it is woken.
const PARKED: u8 = 2;
/// The thread ends.
const STOPPED: u8 = 3;

/// Nobody was seen to run for longer than a tick.
const CALM: u8 = 0;
/// Somebody was, since the last tick.
const PRESSED: u8 = 1;
/// Somebody was, not long ago.
const HURRYING: u8 = 2;

/// Calm ticks without a hook after which the thread parks. More than one, so that a room that
/// ticks at a usual rate finds it awake and waking it costs one load.
const IDLE_TICKS: u32 = 6;
/// Ticks in a hurry after somebody was last seen to run for longer than one.
const HURRIED_TICKS: u32 = 32;

/// From one tick to the next. Nearly all hooks are over before any tick comes, and a thread that wakes up for each
/// of them costs a host with little to do more than its rooms; so ticks come seldom until a hook is seen to run long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// While hooks are short: the longest that one can run before others get their turn.
    pub(crate) calm: Duration,
    /// While some are long.
    pub(crate) hurried: Duration,
}

/// The thread that advances the epoch. Dropping it stops the thread.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
    handle: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    /// One of [`IDLE`], [`BUSY`], [`PARKED`], [`STOPPED`].
    state: AtomicU8,
    /// One of [`CALM`], [`PRESSED`], [`HURRYING`].
    haste: AtomicU8,
}

impl Ticker {
    /// `advance` is called at each tick while hooks run.
    pub(crate) fn start(pace: Pace, advance: impl Fn() + Send + 'static) -> Result<Self, std::io::Error> {
        let shared = Arc::new(Shared {
            state: AtomicU8::new(IDLE),
            haste: AtomicU8::new(CALM),
        });
        let seen = Arc::clone(&shared);
        let handle = thread::Builder::new()
            .name("parlor-epoch".into())
            .spawn(move || run(&seen, pace, advance))?;
        Ok(Self {
            shared,
            thread: handle.thread().clone(),
            handle: Some(handle),
        })
    }

    /// To be called before guest code runs or goes on. After this the epoch advances at least once
    /// before the thread parks, which a guest that still runs then notices and calls this again: so the
    /// thread never sleeps while guest code runs.
    pub(crate) fn wake(&self) {
        // The usual case is one load of a line that changes only once per tick.
        if self.shared.state.load(Ordering::Acquire) == BUSY {
            return;
        }
        self.wake_slowly();
    }

    #[cold]
    fn wake_slowly(&self) {
        let from_rest = |state| (state != STOPPED).then_some(BUSY);
        let before = self
            .shared
            .state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, from_rest);
        if before == Ok(PARKED) {
            self.thread.unpark();
        }
    }

    /// Guest code has noticed a tick: it runs for long, and others shall get their turn sooner from now on.
    #[cold]
    pub(crate) fn hurry(&self) {
        self.wake();
        if self.shared.haste.swap(PRESSED, Ordering::AcqRel) == CALM {
            self.thread.unpark();
        }
    }

    #[cfg(test)]
    fn is_parked(&self) -> bool {
        self.shared.state.load(Ordering::Acquire) == PARKED
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.state.store(STOPPED, Ordering::Release);
        self.thread.unpark();
        if let Some(handle) = self.handle.take() {
            // The thread only loops; if it panicked nonetheless there is nothing left to end.
            let _ = handle.join();
        }
    }
}

fn run(shared: &Shared, pace: Pace, advance: impl Fn()) {
    let Shared { state, haste } = shared;
    let (mut idle, mut hurried) = (0, 0_u32);
    loop {
        let was_calm = hurried == 0;
        thread::park_timeout(if was_calm { pace.calm } else { pace.hurried });
        if state.load(Ordering::Acquire) == STOPPED {
            return;
        }
        if haste.swap(HURRYING, Ordering::AcqRel) == PRESSED {
            hurried = HURRIED_TICKS;
            // Who was noticed begins a new slice just now.
            if was_calm {
                continue;
            }
        } else {
            hurried = hurried.saturating_sub(1);
        }
        if hurried == 0 {
            // Not if it is pressed again: the next round sees that.
            let _ = haste.compare_exchange(HURRYING, CALM, Ordering::AcqRel, Ordering::Acquire);
        }
        match state.compare_exchange(BUSY, IDLE, Ordering::AcqRel, Ordering::Acquire) {
            Err(STOPPED) => return,
            Err(_) if hurried == 0 => idle += 1,
            _ => idle = 0,
        }
        advance();
        let parked = || state.compare_exchange(IDLE, PARKED, Ordering::AcqRel, Ordering::Acquire);
        if idle >= IDLE_TICKS && parked().is_ok() {
            while state.load(Ordering::Acquire) == PARKED {
                thread::park();
            }
            idle = 0;
        }
    }
}

/// Adds up the processor time of one hook over the slices in which it runs. Time that the
/// operating system gives to others meanwhile does not count.
///
/// The first slice of a hook, usually one calm tick long at most, is not measured: nearly all hooks end in it, and reading the
/// clock would cost them as much as everything else here.
#[derive(Debug)]
pub(crate) struct Meter {
    /// The thread's processor time when the running slice began; [`UNMEASURED`] in a hook's first. A slice stays on
    /// one thread, the next may run on another.
    slice_start: AtomicU64,
    /// Nanoseconds of the slices that have ended.
    used: AtomicU64,
    /// When the hook paused first, in nanoseconds since [`CLOCK`]; [`UNMEASURED`] until it does.
    first_pause: AtomicU64,
}

const UNMEASURED: u64 = u64::MAX;

/// Where the meters' time on the wall begins.
static CLOCK: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            slice_start: AtomicU64::new(UNMEASURED),
            used: AtomicU64::new(0),
            first_pause: AtomicU64::new(UNMEASURED),
        }
    }

    /// A hook begins.
    pub(crate) fn begin(&self) {
        self.slice_start.store(UNMEASURED, Ordering::Relaxed);
        self.used.store(0, Ordering::Relaxed);
        self.first_pause.store(UNMEASURED, Ordering::Relaxed);
    }

    /// The hook pauses for the first time: its time on the wall begins.
    pub(crate) fn begin_waiting(&self) {
        self.first_pause
            .store(nanoseconds(CLOCK.elapsed()), Ordering::Relaxed);
    }

    /// When the hook's time on the wall began, or would begin now.
    pub(crate) fn waits_since(&self) -> Instant {
        match self.first_pause.load(Ordering::Relaxed) {
            UNMEASURED => Instant::now(),
            since => *CLOCK + Duration::from_nanos(since),
        }
    }

    /// The hook goes on after a pause.
    pub(crate) fn resume(&self) {
        self.slice_start.store(thread_time(), Ordering::Relaxed);
    }

    /// The hook is about to pause. Returns what it has used so far.
    pub(crate) fn pause(&self) -> Duration {
        let slice = match self.slice_start.load(Ordering::Relaxed) {
            UNMEASURED => 0,
            start => thread_time().saturating_sub(start),
        };
        let used = self.used.load(Ordering::Relaxed).saturating_add(slice);
        self.used.store(used, Ordering::Relaxed);
        Duration::from_nanos(used)
    }
}

/// Nanoseconds of processor time that this thread has used.
fn thread_time() -> u64 {
    nanoseconds(ThreadTime::now().as_duration())
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(UNMEASURED - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn ticks_while_woken_and_parks_when_idle() {
        let (sender, ticks) = mpsc::channel();
        let pace = Pace {
            calm: Duration::from_millis(1),
            hurried: Duration::from_millis(1),
        };
        let ticker = Ticker::start(pace, move || sender.send(()).unwrap()).unwrap();
        for _ in 0..2 {
            ticker.wake();
            // More ticks than it takes to park arrive only because of the wake in between.
            for _ in 0..IDLE_TICKS {
                ticks
                    .recv_timeout(Duration::from_secs(5))
                    .expect("no tick although a hook runs");
            }
            while !ticker.is_parked() {
                thread::yield_now();
            }
            while ticks.try_recv().is_ok() {}
        }
        drop(ticker);
        assert!(
            ticks.recv().is_err(),
            "the thread goes on after its ticker is gone"
        );
    }

    #[test]
    fn hurries_when_somebody_runs_long() {
        let (sender, ticks) = mpsc::channel();
        let pace = Pace {
            calm: Duration::from_secs(3600),
            hurried: Duration::from_millis(1),
        };
        let ticker = Ticker::start(pace, move || sender.send(()).unwrap()).unwrap();
        for _ in 0..2 {
            ticker.hurry();
            for _ in 0..HURRIED_TICKS {
                ticks
                    .recv_timeout(Duration::from_secs(5))
                    .expect("no tick although a hook runs long");
            }
            while ticker.shared.haste.load(Ordering::Acquire) != CALM {
                thread::yield_now();
            }
        }
    }

    #[test]
    fn a_meter_leaves_out_the_first_slice_and_pauses() {
        let work = || {
            let start = ThreadTime::now();
            while start.elapsed() < Duration::from_millis(2) {}
        };
        let meter = Meter::new();
        meter.begin();
        work();
        assert_eq!(meter.pause(), Duration::ZERO);
        work();
        let around = ThreadTime::now();
        meter.resume();
        work();
        let used = meter.pause();
        assert!(
            used >= Duration::from_millis(2) && used <= around.elapsed(),
            "{used:?}"
        );
        meter.begin();
        assert_eq!(meter.pause(), Duration::ZERO);
    }
}
