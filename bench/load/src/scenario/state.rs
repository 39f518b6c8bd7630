//! A state that moves, and clients that watch it.

use std::convert::Infallible;
use std::rc::Rc;

use anyhow::{Result, ensure};
use parlor_loadclient::{Client, ClientError, Heard};
use serde_json::json;

use crate::crowd::{Players, Size, gather};
use crate::measuring::{Plan, Target};
use crate::report::Report;
use crate::tally::Tally;

/// Entities that move twenty times a second
#[derive(Debug, clap::Args)]
pub struct State {
    #[command(flatten)]
    size: Size,
    /// The type of the rooms
    #[arg(long, default_value = "ticker")]
    room_type: String,
    /// How many entities each room has
    #[arg(long, default_value_t = 100)]
    entities: u32,
    /// How many of them move in each tick; all, if not given
    #[arg(long)]
    changing: Option<u32>,
}

impl State {
    /// Plays it.
    pub async fn play(&self, target: &Target, plan: Plan) -> Result<Report> {
        let patches = Rc::new(Tally::new()?);
        let mut players = Players::default();
        let changing = self.changing.unwrap_or(self.entities);
        let options = json!({"entities": self.entities, "changing": changing});
        gather(
            &target.endpoint,
            &self.room_type,
            &options,
            self.size,
            |arrival| {
                players.play(watch(arrival.client, Rc::clone(&patches)));
            },
        )
        .await?;
        let measured = plan.measure(target, || patches.reset());
        let span = players.while_playing(measured).await?;
        ensure!(
            patches.count() > 0.0,
            "not one patch came in {:.1} s",
            span.seconds()
        );
        let mut report = Report::default();
        let clients = (self.size.rooms * self.size.clients) as f64;
        let room_seconds = self.size.rooms as f64 * span.seconds();
        let cpu = span.server_seconds();
        report.set_known(
            "cpu_ms_per_room_second",
            cpu.map(|seconds| seconds * 1e3 / room_seconds),
        );
        report.set(
            "patches_per_client_second",
            patches.count() / clients / span.seconds(),
        );
        report.set("bytes_per_patch", patches.bytes() / patches.count());
        report.set_busy(&span);
        Ok(report)
    }
}

/// Counts patches; what is in them is the decoder's concern, not the wire's.
async fn watch(mut client: Client, patches: Rc<Tally>) -> Result<Infallible, ClientError> {
    loop {
        client.socket().exchange().await?;
        while let Some(event) = client.socket().event()? {
            if let Heard::Patch(bytes) = Heard::of(event)? {
                patches.add(bytes);
            }
        }
    }
}
