//! Where the host's own words go: standard error, for people or for machines.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::host_file::{LogFormat, LogSection};

/// Overrides `[log] filter`.
const FILTER_VARIABLE: &str = "PARLOR_LOG";

/// Starts logging. `asked` is the command line's word, `section` the configuration's.
/// A second call changes nothing.
pub fn start(asked: Option<LogFormat>, section: &LogSection) {
    let filter = std::env::var(FILTER_VARIABLE)
        .ok()
        .or_else(|| section.filter.clone())
        .and_then(|text| text.parse::<EnvFilter>().ok())
        .unwrap_or_else(|| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // The only failure is a logger that is already there, which then stays.
    let _already_started = match asked.or(section.format).unwrap_or(LogFormat::Text) {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).try_init(),
    };
}
