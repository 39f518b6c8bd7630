//! Keeps the load generator awake, and knows how much of the time it had something to do.
//!
//! A reader that sleeps is woken by whoever sends to it, and where both are on one machine the kernel charges that to the
//! sender: to servers that are slower than the load, and not to those that keep it busy. A client on another machine
//! costs a server nothing of the kind.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{spawn_local, yield_now};

/// A round that took no longer found nothing to do: it asked the kernel once.
const IDLE_ROUND: Duration = Duration::from_micros(4);

/// The load generator's thread, which never sleeps.
#[derive(Debug, Clone)]
pub struct Awake(Rc<Rounds>);

#[derive(Debug)]
struct Rounds {
    /// When the running one began.
    began: Cell<Instant>,
    /// How long those before took that found something to do.
    busy: Cell<Duration>,
}

impl Awake {
    /// Stays awake from now on. Only inside of a `LocalSet`.
    pub fn stay() -> Self {
        let rounds = Rc::new(Rounds {
            began: Cell::new(Instant::now()),
            busy: Cell::default(),
        });
        let awake = Self(Rc::clone(&rounds));
        spawn_local(async move {
            loop {
                // All others get their turn, and sockets and timers are asked, before this goes on.
                yield_now().await;
                let now = Instant::now();
                let round = now.duration_since(rounds.began.replace(now));
                if round > IDLE_ROUND {
                    rounds.busy.set(rounds.busy.get() + round);
                }
            }
        });
        awake
    }

    /// How long there was something to do so far. Whoever asks is at work.
    pub fn busy(&self) -> Duration {
        self.0.busy.get() + self.0.began.get().elapsed()
    }
}
