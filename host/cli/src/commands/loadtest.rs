//! `parlor loadtest`: many clients at once that do what a file says.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use parlor_loadclient::Endpoint;
use tokio::task::LocalSet;

use crate::config::units::TimeSpan;
use crate::loadtest::{self, Script};
use crate::terminal::{Progress, print, say};

/// Plays many clients against a server, as a small file says.
///
/// The clients speak as the SDKs do, to any server of the protocol; `docs/load-testing.md` says
/// what the file may hold. Shows live figures on standard error and a summary on standard
/// output. Ends with status 1 if anything went wrong for any client.
#[derive(Debug, clap::Args)]
pub struct LoadtestArguments {
    /// What the clients do
    #[arg(value_name = "FILE")]
    script: PathBuf,
    /// Where the server is, instead of where the file says
    #[arg(long, value_name = "URL")]
    endpoint: Option<Endpoint>,
    /// How many clients play, instead of what the file says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    clients: Option<u32>,
    /// How long they play, instead of what the file says: 30s, 5m
    #[arg(long, value_name = "TIME", value_parser = time)]
    time: Option<Duration>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &LoadtestArguments) -> Result<()> {
    let mut script = Script::read(&arguments.script)?;
    if let Some(endpoint) = &arguments.endpoint {
        script.endpoint = endpoint.clone();
    }
    script.clients = arguments.clients.unwrap_or(script.clients);
    script.time = arguments.time.unwrap_or(script.time);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot start the runtime")?;
    let progress = Progress::detect();
    let step = progress.step(format!("{} clients", script.clients));
    let tell = |line: String| match progress {
        Progress::Spinner => step.note(line),
        Progress::Lines => say(line),
    };
    let played = LocalSet::new().block_on(&runtime, loadtest::play(script, tell));
    let summary = match played {
        Ok(summary) => summary,
        Err(error) => {
            step.failed();
            return Err(error);
        }
    };
    step.done("all have left");
    if arguments.json {
        print(serde_json::to_string(&summary)?);
    } else {
        print(&summary);
    }
    match summary.faults() {
        0 => Ok(()),
        1 => bail!("1 thing went wrong"),
        faults => bail!("{faults} things went wrong"),
    }
}

fn time(text: &str) -> Result<Duration, String> {
    TimeSpan::parse(text).map(|span| span.0)
}
