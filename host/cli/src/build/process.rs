//! Running a tool: its lines as they come, its end, or an end to it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::BuildError;

/// A line that a tool printed.
#[derive(Debug)]
pub enum Line {
    /// To standard output.
    Out(String),
    /// To standard error.
    Err(String),
}

/// How a tool ended.
#[derive(Debug)]
pub enum Ended {
    /// By itself.
    With(ExitStatus),
    /// By us: it took longer than it might.
    OutOfTime,
}

impl Ended {
    /// Whether it did what it was asked.
    pub fn well(&self) -> bool {
        matches!(self, Self::With(status) if status.success())
    }
}

/// Runs to the end, handing over each line as it comes. Input is closed.
pub fn run(
    command: &mut Command,
    bound: Option<Duration>,
    mut on_line: impl FnMut(Line),
) -> Result<Ended, BuildError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let fault = |source| BuildError::Start {
        program: program.clone(),
        source,
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(fault)?;
    let (sender, lines) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        forward(stdout, sender.clone(), Line::Out);
    }
    if let Some(stderr) = child.stderr.take() {
        forward(stderr, sender.clone(), Line::Err);
    }
    drop(sender);
    let deadline = bound.map(|bound| Instant::now() + bound);
    loop {
        let line = match deadline {
            None => lines.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
            Some(deadline) => lines.recv_timeout(deadline.saturating_duration_since(Instant::now())),
        };
        match line {
            Ok(line) => on_line(line),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill().map_err(fault)?;
                child.wait().map_err(fault)?;
                return Ok(Ended::OutOfTime);
            }
        }
    }
    child.wait().map(Ended::With).map_err(fault)
}

/// Runs to the end and returns standard output, trimmed, if the tool ended well.
pub fn read(command: &mut Command) -> Option<String> {
    let mut text = String::new();
    let ended = run(command, Some(Duration::from_secs(60)), |line| {
        if let Line::Out(line) = line {
            text.push_str(&line);
            text.push('\n');
        }
    });
    ended.ok().filter(Ended::well).map(|_| text.trim().to_owned())
}

/// A tool's lines need not be UTF-8; what is not is shown as well as it can be.
fn forward(stream: impl Read + Send + 'static, sender: mpsc::Sender<Line>, wrap: fn(String) -> Line) {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        while matches!(stream.read_until(b'\n', &mut bytes), Ok(count) if count > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            bytes.clear();
            if sender.send(wrap(line)).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        command
    }

    #[test]
    fn lines_of_both_streams_and_the_status_come_through() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let ended = run(
            &mut shell("echo a; echo b >&2; printf c; exit 3"),
            None,
            |line| match line {
                Line::Out(line) => out.push(line),
                Line::Err(line) => err.push(line),
            },
        );
        assert!(matches!(ended, Ok(Ended::With(status)) if status.code() == Some(3)));
        assert_eq!(
            (out, err),
            (vec!["a".to_owned(), "c".to_owned()], vec!["b".to_owned()])
        );
    }

    #[test]
    fn a_tool_that_hangs_is_ended() {
        let mut command = Command::new("sleep");
        command.arg("1000");
        let ended = run(&mut command, Some(Duration::from_millis(50)), |_| {});
        assert!(matches!(ended, Ok(Ended::OutOfTime)));
    }

    #[test]
    fn a_tool_that_is_not_there_is_named() {
        let error = run(&mut Command::new("no-such-tool"), None, |_| {})
            .unwrap_err()
            .to_string();
        assert!(error.contains("no-such-tool"), "{error}");
    }
}
