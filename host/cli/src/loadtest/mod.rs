//! Clients by the hundred that do what a small file says: what `parlor loadtest` plays.
//!
//! All of them share one thread. What one of them does is in [`player`], what all of them count in [`tally`].

mod player;
mod script;
mod summary;
mod tally;

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use crate::hosting;
use player::Player;
pub use script::Script;
pub use summary::Summary;
use tally::{Counts, Tally};

/// How many clients leave at a time.
const DOORS: usize = 64;
/// Between two lines of live figures.
const BEAT: Duration = Duration::from_secs(1);

/// Plays the script to its end, or until the user wants it to end. `tell` gets a line of live figures every second.
/// Has to run inside a `LocalSet`.
pub async fn play(script: Script, tell: impl FnMut(String)) -> Result<Summary> {
    let stopped = hosting::stop_signal()?;
    let script = Rc::new(script);
    let tally = Rc::new(Tally::new()?);
    let (leave, leaving) = watch::channel(false);
    let doors = Rc::new(Semaphore::new(DOORS));
    let mut players = JoinSet::new();
    for number in 0..script.clients {
        let player = Player::new(&script, &tally, number);
        players.spawn_local(player.play(leaving.clone(), Rc::clone(&doors)));
    }

    let playing = async {
        tally.all_settled(script.clients).await;
        // What comes from here on is measured.
        tally.mark();
        if tally.playing() > 0 {
            sleep(script.time).await;
        }
    };
    let ended = async {
        tokio::select! {
            () = playing => {}
            () = stopped => {}
        }
    };
    Live::new(tell).until(ended, &tally).await;

    let measured = tally.measured();
    leave.send_replace(true);
    while let Some(left) = players.join_next().await {
        left.context("a client's task broke")?;
    }
    Ok(Summary::new(&script, measured, &tally))
}

/// Tells how it goes.
struct Live<F> {
    tell: F,
    beat: Interval,
    told: Counts,
}

impl<F: FnMut(String)> Live<F> {
    fn new(tell: F) -> Self {
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self {
            tell,
            beat,
            told: Counts::default(),
        }
    }

    /// Tells until something has happened.
    async fn until(mut self, event: impl Future<Output = ()>, tally: &Tally) {
        let mut event = Box::pin(event);
        // The first beat comes at once, with nothing to tell.
        self.beat.tick().await;
        loop {
            tokio::select! {
                () = &mut event => return,
                _ = self.beat.tick() => {
                    let line = self.line(tally);
                    (self.tell)(line);
                }
            }
        }
    }

    fn line(&mut self, tally: &Tally) -> String {
        let counts = tally.counts();
        let since = counts.since(&self.told);
        self.told = counts;
        let faults = match tally.faults() {
            0 => String::new(),
            faults => format!("; {faults} faults"),
        };
        format!(
            "{} clients: {} sent, {} messages, {} patches, {} in{faults}",
            tally.playing(),
            since.sent + since.requests,
            since.messages + since.responses,
            since.patches,
            summary::size(since.bytes as f64),
        )
    }
}
