//! The binary `parlor`: serves room types that are WebAssembly components, builds them,
//! begins new ones, tells what is wrong, and plays many clients at once.

mod build;
mod commands;
mod config;
mod discover;
mod hosting;
mod kernel;
mod loadtest;
mod logging;
mod places;
mod schema_tree;
mod sources;
mod terminal;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

use crate::config::host_file::LogFormat;
use crate::terminal::say;

/// Rooms are made of many small pieces. The C library's allocator asks the kernel for space anew with nearly every room.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
    Serve(commands::serve::ServeArguments),
    Dev(commands::dev::DevArguments),
    Build(commands::build::BuildArguments),
    New(commands::new::NewArguments),
    Check(commands::check::CheckArguments),
    Doctor(commands::doctor::DoctorArguments),
    Loadtest(commands::loadtest::LoadtestArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let log_format = arguments.log_format;
    let result = match &arguments.command {
        Command::Serve(arguments) => commands::serve::run(arguments, log_format),
        Command::Dev(arguments) => commands::dev::run(arguments, log_format),
        Command::Build(arguments) => commands::build::run(arguments),
        Command::New(arguments) => commands::new::run(arguments),
        Command::Check(arguments) => commands::check::run(arguments, log_format),
        Command::Doctor(arguments) => commands::doctor::run(arguments),
        Command::Loadtest(arguments) => commands::loadtest::run(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            show(&error);
            ExitCode::FAILURE
        }
    }
}

/// The error and everything behind it, outermost first. What an outer one says already is
/// not said again.
fn show(error: &anyhow::Error) {
    let mut said = error.to_string();
    say(format_args!("error: {said}"));
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            say(format_args!("  because: {cause}"));
        }
        said = cause;
    }
}
