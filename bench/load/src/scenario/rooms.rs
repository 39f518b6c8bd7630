//! Many rooms in which nothing happens.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use parlor_loadclient::{Client, ClientError, Closing, Entrance, Heard};
use serde_json::json;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::crowd::come;
use crate::measuring::{Plan, Stopwatch, Target};
use crate::process::{Memory, Process};
use crate::report::Report;
use crate::seconds;
use crate::tally::Tally;

/// Rooms with one client each that do nothing
#[derive(Debug, clap::Args)]
pub struct Rooms {
    /// How many rooms
    #[arg(long, default_value_t = 1000)]
    rooms: usize,
    /// The type of the rooms
    #[arg(long, default_value = "idle")]
    room_type: String,
    /// How many are being created at a time
    #[arg(long, default_value_t = 16)]
    lanes: usize,
    /// How many rooms are opened and left before, so that the server knows what it is to do
    #[arg(long, default_value_t = 100)]
    rehearsal: usize,
    /// How long to wait before rooms count as idle: joining has consequences, such as a checkpoint
    #[arg(long, value_name = "SECONDS", default_value = "6", value_parser = seconds)]
    settle: Duration,
    /// How long they are then measured: some times as long as servers take from one ping of a client to the next
    #[arg(long, value_name = "SECONDS", default_value = "12", value_parser = seconds)]
    idle: Duration,
}

/// How long a client may take to leave when all do.
const LEAVING: Duration = Duration::from_secs(60);
/// How many leave at a time.
const DOORS: usize = 64;
/// What a server says to who leaves with consent.
const CONSENTED: u16 = 4000;

impl Rooms {
    /// Plays it. The warm-up is how long the server gets before its memory is looked at when all have left.
    pub async fn play(&self, target: &Target, plan: Plan) -> Result<Report> {
        let rehearsal = self
            .arrive(target, self.rehearsal, &Rc::new(Tally::new()?))
            .await?;
        rehearsal.leave().await?;
        sleep(plan.warm_up).await;
        let before = memory(target)?;
        let joins = Rc::new(Tally::new()?);
        let mut report = Report::default();

        let stopwatch = Stopwatch::start(target)?;
        let guests = self.arrive(target, self.rooms, &joins).await?;
        let creating = stopwatch.stop(target)?;
        report.set_rates("rooms", self.rooms as f64, &creating);
        report.set_times("join", &joins);
        report.set_busy(&creating);

        sleep(self.settle).await;
        let grown = self.per_room(before, memory(target)?);
        report.set_known("resident_kib_per_room", grown.map(|memory| memory.resident_kib));
        report.set_known(
            "proportional_kib_per_room",
            grown.map(|memory| memory.proportional_kib),
        );
        let stopwatch = Stopwatch::start(target)?;
        sleep(self.idle).await;
        let idle = stopwatch.stop(target)?;
        let idle_ms = idle
            .server_seconds()
            .map(|seconds| seconds * 1e3 / idle.seconds());
        report.set_known("idle_cpu_ms_per_second", idle_ms);
        let per_room = idle_ms.map(|milliseconds| milliseconds * 1e3 / self.rooms as f64);
        report.set_known("idle_cpu_us_per_room_second", per_room);

        guests.leave().await?;
        sleep(plan.warm_up).await;
        let kept = self.per_room(before, memory(target)?);
        report.set_known("left_kib_per_room", kept.map(|memory| memory.resident_kib));
        Ok(report)
    }

    /// Opens `count` rooms, some at a time.
    async fn arrive(&self, target: &Target, count: usize, joins: &Rc<Tally>) -> Result<Guests> {
        let left = Rc::new(Cell::new(count));
        let (leave, leaving) = watch::channel(false);
        let doors = Rc::new(Semaphore::new(DOORS));
        let staying = Rc::new(RefCell::new(Staying::new()));
        let mut creators = JoinSet::new();
        for _ in 0..self.lanes.min(count) {
            let (endpoint, room_type) = (target.endpoint.clone(), self.room_type.clone());
            let (left, joins) = (Rc::clone(&left), Rc::clone(joins));
            let (leaving, doors, staying) = (leaving.clone(), Rc::clone(&doors), Rc::clone(&staying));
            creators.spawn_local(async move {
                while let Some(now_left) = left.get().checked_sub(1) {
                    left.set(now_left);
                    let asked = Instant::now();
                    let client = come(&endpoint, Entrance::Create(&room_type), &json!({})).await?;
                    joins.time(asked.elapsed());
                    // From now on it answers pings.
                    let stays = stay(client, leaving.clone(), Rc::clone(&doors));
                    staying.borrow_mut().spawn_local(stays);
                }
                anyhow::Ok(())
            });
        }
        while let Some(created) = creators.join_next().await {
            created??;
        }
        Ok(Guests { leave, staying })
    }

    fn per_room(&self, before: Option<Memory>, now: Option<Memory>) -> Option<Memory> {
        let (before, now) = (before?, now?);
        let rooms = self.rooms as f64;
        Some(Memory {
            resident_kib: (now.resident_kib - before.resident_kib) / rooms,
            proportional_kib: (now.proportional_kib - before.proportional_kib) / rooms,
        })
    }
}

fn memory(target: &Target) -> Result<Option<Memory>> {
    target.process.as_ref().map(Process::memory).transpose()
}

/// Clients that have a room each, and how they left.
type Staying = JoinSet<Result<Closing, ClientError>>;

/// Clients that stay until they are told to leave.
struct Guests {
    leave: watch::Sender<bool>,
    staying: Rc<RefCell<Staying>>,
}

impl Guests {
    /// All of them go.
    async fn leave(self) -> Result<()> {
        self.leave.send_replace(true);
        let mut staying = self.staying.take();
        while let Some(left) = staying.join_next().await {
            let closing = left?.context("a client fell out of its room")?;
            ensure!(
                closing.code == CONSENTED,
                "a client that left was closed with {} instead of {CONSENTED}",
                closing.code
            );
        }
        Ok(())
    }
}

async fn stay(
    mut client: Client,
    mut leaving: watch::Receiver<bool>,
    doors: Rc<Semaphore>,
) -> Result<Closing, ClientError> {
    loop {
        tokio::select! {
            _ = leaving.wait_for(|leave| *leave) => {
                // It is never closed.
                let _door = doors.acquire().await;
                return client.leave(LEAVING).await;
            }
            exchanged = client.socket().exchange() => exchanged?,
        }
        while let Some(event) = client.socket().event()? {
            Heard::of(event)?;
        }
    }
}
