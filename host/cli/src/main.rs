//! The binary `parlor`: serves room types that are WebAssembly components, builds them,
//! begins new ones, and tells what is wrong.

mod build;
mod commands;
mod config;
mod discover;
mod logging;
mod output;
mod places;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::build::progress::say;
use crate::config::host_file::{LogFormat, LogSection};

/// A host for multiplayer rooms that are WebAssembly components.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Arguments {
    /// How the log is written to standard error
    #[arg(long, global = true, value_enum)]
    log_format: Option<LogFormat>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Build(commands::build::BuildArguments),
    New(commands::new::NewArguments),
    Doctor(commands::doctor::DoctorArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logging::start(arguments.log_format, &LogSection::default());
    let result = match &arguments.command {
        Command::Build(arguments) => commands::build::run(arguments),
        Command::New(arguments) => commands::new::run(arguments),
        Command::Doctor(arguments) => commands::doctor::run(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            show(&error);
            ExitCode::FAILURE
        }
    }
}

/// The error and everything behind it, outermost first.
fn show(error: &anyhow::Error) {
    say(format_args!("error: {error}"));
    for cause in error.chain().skip(1) {
        say(format_args!("  because: {cause}"));
    }
}
