//! One client of each room sends, and all of the room hear it.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use parlor_loadclient::{Client, ClientError, Heard, Outgoing};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval_at};

use super::Form;
use crate::crowd::{Arrival, Players, Size, gather};
use crate::measuring::{Plan, Target};
use crate::report::Report;
use crate::tally::Tally;

/// Messages that everyone in the room gets
#[derive(Debug, clap::Args)]
pub struct Broadcast {
    #[command(flatten)]
    size: Size,
    /// Messages per second in each room. Without it: as many as go, with a window
    #[arg(long)]
    rate: Option<f64>,
    /// Without a rate: how many messages of each room are under way at a time
    #[arg(long, default_value_t = 8)]
    window: usize,
    /// How payloads are written
    #[arg(long, value_enum, default_value = "map")]
    form: Form,
}

/// When a room's messages were sent, in order: all of its clients hear them in that order. A run is short, so nothing
/// is thrown away.
type Sent = Rc<RefCell<Vec<Instant>>>;

impl Broadcast {
    /// Plays it.
    pub async fn play(&self, target: &Target, plan: Plan) -> Result<Report> {
        let tally = Rc::new(Tally::new()?);
        let message = self.form.message()?;
        let rooms: Vec<Sent> = (0..self.size.rooms).map(|_| Sent::default()).collect();
        let mut players = Players::default();
        let mut speakers = Vec::new();
        gather(&target.endpoint, "relay", &json!({}), self.size, |arrival| {
            let Arrival { client, room, number } = arrival;
            let Some(sent) = rooms.get(room) else { return };
            let ears = Ears::new(Rc::clone(sent), Rc::clone(&tally));
            // Nobody speaks before all are there to listen.
            if number == 0 {
                speakers.push((client, ears));
            } else {
                players.play(listen(client, ears));
            }
        })
        .await?;
        for (room, (client, ears)) in speakers.into_iter().enumerate() {
            match self.rate {
                None => players.play(speak(client, ears, message.clone(), self.window)),
                Some(rate) => {
                    let period = Duration::from_secs_f64(1.0 / rate);
                    // Rooms speak one after the other, not all at once.
                    let first = Instant::now() + period * room as u32 / self.size.rooms as u32;
                    players.play(speak_at(client, ears, message.clone(), first, period));
                }
            }
        }
        let measured = plan.measure(target, || tally.reset());
        let span = players.while_playing(measured).await?;
        let mut report = Report::default();
        report.set_rates("frames", tally.count(), &span);
        report.set_times("delivery", &tally);
        report.set_busy(&span);
        Ok(report)
    }
}

/// What a client has heard of its room.
struct Ears {
    sent: Sent,
    heard: usize,
    tally: Rc<Tally>,
}

impl Ears {
    fn new(sent: Sent, tally: Rc<Tally>) -> Self {
        Self {
            sent,
            heard: 0,
            tally,
        }
    }

    /// Takes everything that has come.
    fn listen(&mut self, client: &mut Client) -> Result<(), ClientError> {
        let now = Instant::now();
        let sent = self.sent.borrow();
        while let Some(event) = client.socket().event()? {
            if let Heard::Message(frame) = Heard::of(event)? {
                self.tally.add(frame.len());
                if let Some(sent) = sent.get(self.heard) {
                    self.tally.time(now - *sent);
                }
                self.heard += 1;
            }
        }
        Ok(())
    }

    /// Says one thing.
    fn speak(&self, client: &mut Client, message: &Outgoing) {
        self.sent.borrow_mut().push(Instant::now());
        client.socket().queue(message);
    }

    fn unheard(&self) -> usize {
        self.sent.borrow().len() - self.heard
    }
}

async fn listen(mut client: Client, mut ears: Ears) -> Result<Infallible, ClientError> {
    loop {
        client.socket().exchange().await?;
        ears.listen(&mut client)?;
    }
}

/// Keeps `window` messages under way.
async fn speak(
    mut client: Client,
    mut ears: Ears,
    message: Outgoing,
    window: usize,
) -> Result<Infallible, ClientError> {
    loop {
        while ears.unheard() < window {
            ears.speak(&mut client, &message);
        }
        client.socket().exchange().await?;
        ears.listen(&mut client)?;
    }
}

/// Says one thing in each period.
async fn speak_at(
    mut client: Client,
    mut ears: Ears,
    message: Outgoing,
    first: Instant,
    period: Duration,
) -> Result<Infallible, ClientError> {
    let mut beat = interval_at(first.into(), period);
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = beat.tick() => ears.speak(&mut client, &message),
            exchanged = client.socket().exchange() => {
                exchanged?;
                ears.listen(&mut client)?;
            }
        }
    }
}
