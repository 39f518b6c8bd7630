//! Clients that come and go.

use std::convert::Infallible;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use parlor_loadclient::{Client, ClientError, Endpoint, Entrance, matchmake};
use serde_json::json;

use crate::crowd::{Players, Size, gather, stay};
use crate::measuring::{Plan, Target};
use crate::report::Report;
use crate::tally::Tally;

/// Clients that join a room and leave it at once
#[derive(Debug, clap::Args)]
pub struct Churn {
    /// How many rooms there are to join
    #[arg(long, default_value_t = 10)]
    rooms: usize,
    /// How many come and go at a time
    #[arg(long, default_value_t = 16)]
    lanes: usize,
}

/// How long one client may take to leave.
const LEAVING: Duration = Duration::from_secs(30);

impl Churn {
    /// Plays it.
    pub async fn play(&self, target: &Target, plan: Plan) -> Result<Report> {
        let tally = Rc::new(Tally::new()?);
        let mut players = Players::default();
        let mut ids = Vec::new();
        // One client stays in each room, so that the room does.
        let size = Size {
            rooms: self.rooms,
            clients: 1,
        };
        gather(&target.endpoint, "idle", &json!({}), size, |arrival| {
            ids.push(arrival.client.seat().room_id.clone());
            players.play(stay(arrival.client));
        })
        .await?;
        for lane in 0..self.lanes {
            // Lanes begin in different rooms, and each goes through all.
            let mut rooms = ids.clone();
            rooms.rotate_left(lane % self.rooms.max(1));
            players.play(come_and_go(target.endpoint.clone(), rooms, Rc::clone(&tally)));
        }
        let measured = plan.measure(target, || tally.reset());
        let span = players.while_playing(measured).await?;
        let mut report = Report::default();
        report.set_rates("cycles", tally.count(), &span);
        report.set_times("join", &tally);
        report.set_busy(&span);
        Ok(report)
    }
}

async fn come_and_go(
    endpoint: Endpoint,
    rooms: Vec<String>,
    tally: Rc<Tally>,
) -> Result<Infallible, ClientError> {
    loop {
        for room in &rooms {
            let asked = Instant::now();
            let seat = matchmake(&endpoint, Entrance::JoinById(room), &json!({}), None).await?;
            let client = Client::join(&endpoint, seat).await?;
            tally.time(asked.elapsed());
            client.leave(LEAVING).await?;
            tally.add(0);
        }
    }
}
