//! Where the host's own words go: standard error, for people or for machines.

use std::env;
use std::io::{self, IsTerminal};

use anyhow::{Result, anyhow};
use tracing_subscriber::EnvFilter;

use crate::config::host_file::{LogFormat, LogSection};

/// Goes before `[log] filter`.
const FILTER_VARIABLE: &str = "PARLOR_LOG";

/// Starts logging. `asked` is the command line's word and goes before the configuration's.
///
/// # Errors
/// The environment's filter is not one; the configuration's has been checked where it was read.
pub fn start(asked: Option<LogFormat>, section: &LogSection) -> Result<()> {
    let filter = match (env::var(FILTER_VARIABLE), &section.filter) {
        (Ok(text), _) => text.parse().map_err(|error| {
            anyhow!("{FILTER_VARIABLE}={text}: {error}; write something like \"info,parlor_server=debug\"")
        })?,
        (Err(_), Some(text)) => text.parse()?,
        (Err(_), None) => EnvFilter::new("info"),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    let started = match asked.or(section.format).unwrap_or(LogFormat::Text) {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).try_init(),
    };
    started.map_err(|error| anyhow!("cannot start logging: {error}"))
}
