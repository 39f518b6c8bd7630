//! What a command prints as its result, on standard output.

use std::fmt::Display;
use std::io::{self, Write};

/// A line on standard output. Nobody is left to be told if that is closed.
pub fn print(line: impl Display) {
    let mut out = io::stdout().lock();
    let _closed = writeln!(out, "{line}").and_then(|()| out.flush());
}
