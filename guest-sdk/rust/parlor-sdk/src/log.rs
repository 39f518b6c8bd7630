//! The room's log, kept by the host together with the room's id and type.
//!
//! ```no_run
//! # use parlor_sdk::prelude::*;
//! # let round = 3;
//! info!("round {round} is over");
//! ```

use crate::bindings::parlor::room::log as wit;
use std::fmt::Arguments;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For finding errors; usually not recorded.
    Debug,
    /// What happens.
    Info,
    /// Something that should not be.
    Warn,
    /// Something that went wrong.
    Error,
}

/// Writes a line. The macros are handier.
pub fn write(level: Level, message: Arguments<'_>) {
    let level = match level {
        Level::Debug => wit::Level::Debug,
        Level::Info => wit::Level::Info,
        Level::Warn => wit::Level::Warn,
        Level::Error => wit::Level::Error,
    };
    match message.as_str() {
        Some(text) => wit::write(level, text),
        None => wit::write(level, &message.to_string()),
    }
}

/// Writes a line for finding errors to the room's log.
#[macro_export]
macro_rules! debug {
    ($($text:tt)+) => { $crate::log::write($crate::log::Level::Debug, format_args!($($text)+)) };
}

/// Writes what happens to the room's log.
#[macro_export]
macro_rules! info {
    ($($text:tt)+) => { $crate::log::write($crate::log::Level::Info, format_args!($($text)+)) };
}

/// Writes something that should not be to the room's log.
#[macro_export]
macro_rules! warn {
    ($($text:tt)+) => { $crate::log::write($crate::log::Level::Warn, format_args!($($text)+)) };
}

/// Writes something that went wrong to the room's log.
#[macro_export]
macro_rules! error {
    ($($text:tt)+) => { $crate::log::write($crate::log::Level::Error, format_args!($($text)+)) };
}
