//! `parlor serve`: serves what is built already.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::config::host_file::{HostConfig, LogFormat, parse_address};
use crate::hosting::{self, Host};
use crate::logging;
use crate::terminal::{print, say};

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
    server.serve(stop).await;
    Ok(())
}
