//! What a person sees while something takes long: a spinner where standard error is a
//! terminal, plain lines where it is a file or a pipe.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Where steps are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// One line that moves, replaced by the result.
    Spinner,
    /// A line at the beginning and one at the end.
    Lines,
}

/// A long step that is under way.
#[derive(Debug)]
pub struct Step {
    what: String,
    started: Instant,
    spinner: Option<ProgressBar>,
}

impl Progress {
    /// What suits standard error.
    pub fn detect() -> Self {
        if io::stderr().is_terminal() {
            Self::Spinner
        } else {
            Self::Lines
        }
    }

    /// Begins a step: `"arena: compiling"`.
    pub fn step(self, what: impl Into<String>) -> Step {
        let what = what.into();
        let spinner = match self {
            Self::Spinner => {
                let spinner = ProgressBar::new_spinner();
                if let Ok(style) =
                    ProgressStyle::with_template("{spinner} {prefix} {elapsed:>4}  {wide_msg:.dim}")
                {
                    spinner.set_style(style);
                }
                spinner.set_prefix(what.clone());
                spinner.enable_steady_tick(Duration::from_millis(120));
                Some(spinner)
            }
            Self::Lines => {
                say(format_args!("{what} …"));
                None
            }
        };
        Step {
            what,
            started: Instant::now(),
            spinner,
        }
    }
}

impl Step {
    /// What it is doing right now; only a spinner shows that.
    pub fn note(&self, detail: impl Into<String>) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message(detail.into());
        }
    }

    /// The form in which Cargo is to give its messages, which end up where this step is shown.
    pub fn message_format(&self) -> &'static str {
        match self.spinner {
            Some(_) => "json-diagnostic-rendered-ansi",
            None => "json",
        }
    }

    /// Something that has to be read, while the step goes on.
    pub fn tell(&self, line: impl Display) {
        match &self.spinner {
            Some(spinner) => spinner.suspend(|| say(line)),
            None => say(line),
        }
    }

    /// Ends the step well: `"312 KiB"`.
    pub fn done(self, result: impl Display) {
        self.end("done", result);
    }

    /// Ends the step badly; the reason is the caller's to show.
    pub fn failed(self) {
        self.end("FAILED", "");
    }

    fn end(self, word: &str, result: impl Display) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
        let seconds = self.started.elapsed().as_secs_f64();
        let result = result.to_string();
        let gap = if result.is_empty() { "" } else { ": " };
        say(format_args!(
            "{} {word} in {seconds:.1} s{gap}{result}",
            self.what
        ));
    }
}

/// A line on standard error. Nobody is left to be told if that is closed.
pub fn say(line: impl Display) {
    let _closed = writeln!(io::stderr(), "{line}");
}

/// `312 KiB`.
pub fn human_size(bytes: u64) -> String {
    if bytes < 1 << 20 {
        format!("{} KiB", bytes.div_ceil(1 << 10))
    } else {
        format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
    }
}

/// A line on standard output: a command's result.
pub fn print(line: impl Display) {
    let mut out = io::stdout().lock();
    let _closed = writeln!(out, "{line}").and_then(|()| out.flush());
}
