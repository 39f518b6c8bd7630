//! The benchmark's load generator. Plays one scenario against one server that is running already, on one thread,
//! and prints one JSON object of figures; `bench/run` starts it, pins it and compares.
//!
//! It has to be cheaper than whatever it measures: messages are made and masked once, frames are looked at where they
//! were received, all that has arrived is answered with one write.

mod awake;
mod crowd;
mod measuring;
mod process;
mod report;
mod scenario;
mod tally;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use parlor_loadclient::Endpoint;
use tokio::runtime;
use tokio::task::LocalSet;

use crate::awake::Awake;
use crate::measuring::{Plan, Target};
use crate::process::Process;
use crate::scenario::{broadcast, churn, echo, rooms, state};

/// Plays one scenario of the benchmark and prints its figures as JSON.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the server is
    #[arg(long)]
    endpoint: Endpoint,
    /// The server's process, if it runs on this machine: its CPU time and memory are measured
    #[arg(long)]
    pid: Option<u32>,
    /// How long to play before measuring
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    warm_up: Duration,
    /// How long to measure
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    time: Duration,
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Debug, Subcommand)]
enum Scenario {
    Echo(echo::Echo),
    Broadcast(broadcast::Broadcast),
    State(state::State),
    Rooms(rooms::Rooms),
    Churn(churn::Churn),
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told if that is closed.
            let _closed = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let report = LocalSet::new().block_on(&runtime, play(arguments))?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(&report)?).context("cannot print the result")
}

async fn play(arguments: Arguments) -> Result<report::Report> {
    let target = Target {
        endpoint: arguments.endpoint,
        process: arguments.pid.map(Process::with_id),
        load: Awake::stay(),
    };
    let plan = Plan {
        warm_up: arguments.warm_up,
        time: arguments.time,
    };
    match arguments.scenario {
        Scenario::Echo(echo) => echo.play(&target, plan).await,
        Scenario::Broadcast(broadcast) => broadcast.play(&target, plan).await,
        Scenario::State(state) => state.play(&target, plan).await,
        Scenario::Rooms(rooms) => rooms.play(&target, plan).await,
        Scenario::Churn(churn) => churn.play(&target, plan).await,
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "write seconds, as 1 or 0.5".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
