//! The threads that compile components. Rooms that play go before them.

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// Of the scheduler's 19 steps down: where there is not enough for all, a room's thread gets some nine times as much.
const NICENESS: i32 = 10;

/// One thread per processor; they sleep when there is nothing to compile.
#[derive(Debug)]
pub(crate) struct Compilers(ThreadPool);

impl Compilers {
    pub fn start() -> Result<Self, ThreadPoolBuildError> {
        ThreadPoolBuilder::new()
            .thread_name(|index| format!("parlor-compile-{index}"))
            // It concerns the calling thread alone. Where it is refused, compiling competes with rooms as equals do.
            .start_handler(|_| {
                let _ = rustix::process::nice(NICENESS);
            })
            .build()
            .map(Self)
    }

    /// Blocks until the work is done, with all that it splits off.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0.install(work)
    }
}
