//! Every client sends, and gets back what it sent.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Instant;

use anyhow::Result;
use parlor_loadclient::{Client, ClientError, Heard, Outgoing};
use serde_json::json;

use super::Form;
use crate::crowd::{Players, Size, gather};
use crate::measuring::{Plan, Target};
use crate::report::Report;
use crate::tally::Tally;

/// Messages that come back to their sender
#[derive(Debug, clap::Args)]
pub struct Echo {
    #[command(flatten)]
    size: Size,
    /// The type of the rooms
    #[arg(long, default_value = "echo")]
    room_type: String,
    /// How many messages of each client are under way at a time
    #[arg(long, default_value_t = 8)]
    window: usize,
    /// How payloads are written
    #[arg(long, value_enum, default_value = "map")]
    form: Form,
}

impl Echo {
    /// Plays it.
    pub async fn play(&self, target: &Target, plan: Plan) -> Result<Report> {
        let tally = Rc::new(Tally::new()?);
        let message = Rc::new(self.form.message()?);
        let mut players = Players::default();
        gather(
            &target.endpoint,
            &self.room_type,
            &json!({}),
            self.size,
            |arrival| {
                let (message, tally) = (Rc::clone(&message), Rc::clone(&tally));
                players.play(talk(arrival.client, message, self.window, tally));
            },
        )
        .await?;
        let measured = plan.measure(target, || tally.reset());
        let span = players.while_playing(measured).await?;
        let mut report = Report::default();
        report.set_rates("messages", tally.count(), &span);
        report.set_times("round_trip", &tally);
        report.set_busy(&span);
        Ok(report)
    }
}

/// Keeps `window` messages under way. Answers to one client come in the order in which it sent.
async fn talk(
    mut client: Client,
    message: Rc<Outgoing>,
    window: usize,
    tally: Rc<Tally>,
) -> Result<Infallible, ClientError> {
    let socket = client.socket();
    let mut under_way = VecDeque::with_capacity(window);
    loop {
        let now = Instant::now();
        while under_way.len() < window {
            socket.queue(&message);
            under_way.push_back(now);
        }
        socket.exchange().await?;
        let now = Instant::now();
        while let Some(event) = socket.event()? {
            if let Heard::Message(frame) = Heard::of(event)? {
                tally.add(frame.len());
                if let Some(sent) = under_way.pop_front() {
                    tally.time(now - sent);
                }
            }
        }
    }
}
