//! `parlor serve`: serves what is built already.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use parlor_matchmaker::Deployment;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::host_file::{HostConfig, LogFormat, ReloadWhen, parse_address};
use crate::config::room_types::{Origin, RoomTypeConfig};
use crate::hosting::{self, Host, say_takeover};
use crate::kernel;
use crate::logging;
use crate::sources::Depth;
use crate::terminal::{print, say};
use crate::watch::Watcher;

/// Serves the room types of a `parlor.toml`.
///
/// Builds nothing: `parlor build` does that. Prints one line on standard output when clients
/// may come, and stays in the foreground until it gets SIGINT or SIGTERM.
#[derive(Debug, clap::Args)]
pub struct ServeArguments {
    /// What to serve
    #[arg(long, value_name = "FILE", default_value = "parlor.toml")]
    config: PathBuf,
    /// Where to listen, instead of where the file says
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = parse_address)]
    listen: Option<SocketAddr>,
}

/// Runs the command.
pub fn run(arguments: &ServeArguments, log_format: Option<LogFormat>) -> Result<()> {
    let mut config = HostConfig::read(&arguments.config)?;
    if let Some(address) = arguments.listen {
        config.server.listen = address;
    }
    logging::start(log_format, &config.log)?;
    if config.rooms.is_empty() {
        bail!(
            "{} names no room types; add [rooms.NAME]",
            arguments.config.display()
        );
    }
    kernel::prepare();
    hosting::runtime()?.block_on(serve(&config))
}

async fn serve(config: &HostConfig) -> Result<()> {
    let stop = hosting::stop_signal()?;
    let (host, server) = Host::start(config).await?;
    let mut faults = 0;
    for room_type in &config.rooms {
        if let Err(error) = host.load(room_type).await {
            say(error);
            faults += 1;
        }
    }
    if faults > 0 {
        bail!("{faults} of {} room types cannot be served", config.rooms.len());
    }
    print(format_args!(
        "parlor: ready at {}",
        hosting::place(server.local_addr(), config.rooms.len())
    ));
    let mut reloader = Reloader::new(&host, config)?;
    // As a task of its own it runs on the threads that its connections run on, and hands them over without waking
    // another thread up.
    let serving = tokio::spawn(server.serve(stop));
    tokio::select! {
        served = serving => served.context("the server broke")?,
        () = reloader.run() => {}
    }
    Ok(())
}

/// Reads components again while the host serves.
struct Reloader<'a> {
    host: &'a Host,
    config: &'a HostConfig,
    hangup: Signal,
    watcher: Option<Watcher>,
}

impl<'a> Reloader<'a> {
    fn new(host: &'a Host, config: &'a HostConfig) -> Result<Self> {
        let watcher = match config.reload {
            ReloadWhen::Signal => None,
            ReloadWhen::Change => {
                let mut watcher = Watcher::new()?;
                watcher.watch(component_folders(config));
                Some(watcher)
            }
        };
        let hangup = signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?;
        Ok(Self {
            host,
            config,
            hangup,
            watcher,
        })
    }

    async fn run(&mut self) {
        loop {
            let changed = async {
                match &mut self.watcher {
                    Some(watcher) => watcher.changed().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.hangup.recv() => {}
                _ = changed => {}
            }
            // A component that is the same as before costs a look.
            for room_type in &self.config.rooms {
                match self.host.load(room_type).await {
                    Ok(Deployment::Unchanged | Deployment::First) => {}
                    Ok(Deployment::TookOver(takeover)) => say_takeover(&room_type.name, &takeover),
                    Err(error) => say(format_args!(
                        "{error}\n{}: what ran before goes on",
                        room_type.name
                    )),
                }
            }
        }
    }
}

/// Where components lie: folders, because files are replaced.
fn component_folders(config: &HostConfig) -> BTreeSet<(PathBuf, Depth)> {
    let component = |room_type: &RoomTypeConfig| match &room_type.origin {
        Origin::Package(package) => Some(package.component()),
        Origin::Component(path) => Some(path.clone()),
        Origin::BuiltIn(_) => None,
    };
    let components = config.rooms.iter().filter_map(component);
    components
        .filter_map(|component| component.parent()?.canonicalize().ok())
        .map(|folder| (folder, Depth::Shallow))
        .collect()
}
