//! WASI 0.2 for toolchains that import it unasked: present and powerless.
//!
//! No folder, no environment, no arguments, an empty stdin. Clocks and random numbers work. The
//! sockets interfaces are there because some toolchains import them always: making a socket gives
//! "access denied" before anything is opened, and no name can be looked up. HTTP is not there at all. What is written to stdout and stderr goes to the room's log, line by line.

use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, WasiCtxView};

use crate::guest::{Drain, LONGEST_LINE};
use crate::vocabulary::LogLevel;

/// Bytes that wait for the log while one hook runs; what is more is dropped.
const WAITING: usize = 64 << 10;
/// Streams, pollables and the like that one instance may hold.
const RESOURCES: usize = 1024;
/// Bytes of randomness in one call.
const RANDOM_BYTES: u64 = 64 << 10;

/// One instance's WASI, made when the guest first calls any of it: most never do.
pub(crate) struct Wasi {
    context: WasiCtx,
    table: ResourceTable,
    stdout: Output,
    stderr: Output,
}

impl Wasi {
    pub(crate) fn new() -> Self {
        let (stdout, stderr) = (Output::default(), Output::default());
        // Said once more although it is the default: here it is a promise to the operator.
        let context = WasiCtx::builder()
            .stdout(stdout.clone())
            .stderr(stderr.clone())
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .max_random_size(RANDOM_BYTES)
            .build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        Self {
            context,
            table,
            stdout,
            stderr,
        }
    }

    pub(crate) fn view(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.context,
            table: &mut self.table,
        }
    }

    /// Hands what was written so far to `log`.
    pub(crate) fn drain(&mut self, what: Drain, mut log: impl FnMut(LogLevel, &str)) {
        self.stdout.drain(what, |line| log(LogLevel::Info, line));
        self.stderr.drain(what, |line| log(LogLevel::Warn, line));
    }
}

/// What was written to one stream and has not reached the log yet.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Buffer>>);

#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    dropped: usize,
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, bytes: &[u8]) {
        let mut buffer = self.lock();
        let kept = bytes.len().min(WAITING.saturating_sub(buffer.bytes.len()));
        buffer.bytes.extend(bytes.iter().take(kept));
        buffer.dropped += bytes.len() - kept;
    }

    fn drain(&self, what: Drain, mut log: impl FnMut(&str)) {
        let buffer = {
            let mut buffer = self.lock();
            if buffer.bytes.is_empty() {
                return;
            }
            let mut taken = mem::take(&mut *buffer);
            if what == Drain::Lines && taken.dropped == 0 {
                let end = taken
                    .bytes
                    .iter()
                    .rposition(|byte| *byte == b'\n')
                    .map_or(0, |at| at + 1);
                buffer.bytes = taken.bytes.split_off(end);
            }
            taken
        };
        let text = buffer.bytes.strip_suffix(b"\n").unwrap_or(&buffer.bytes);
        if !buffer.bytes.is_empty() {
            for line in text.split(|byte| *byte == b'\n') {
                for piece in pieces(line) {
                    log(&String::from_utf8_lossy(piece));
                }
            }
        }
        if buffer.dropped > 0 {
            log(&format!(
                "({} bytes more were written and dropped)",
                buffer.dropped
            ));
        }
    }
}

/// An empty line is a line; a long one is several.
fn pieces(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let empty = line.is_empty().then_some(line);
    empty.into_iter().chain(line.chunks(LONGEST_LINE))
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.append(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WAITING)
    }
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.append(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(output: &Output, what: Drain) -> Vec<String> {
        let mut lines = Vec::new();
        output.drain(what, |line| lines.push(line.to_owned()));
        lines
    }

    #[test]
    fn whole_lines_first_the_rest_at_the_end() {
        let output = Output::default();
        output.append(b"one\n\ntwo\nthr");
        assert_eq!(lines(&output, Drain::Lines), ["one", "", "two"]);
        output.append(b"ee");
        assert_eq!(lines(&output, Drain::Lines), [""; 0]);
        assert_eq!(lines(&output, Drain::All), ["three"]);
        assert_eq!(lines(&output, Drain::All), [""; 0]);
        output.append(b"\n");
        assert_eq!(lines(&output, Drain::Lines), [""]);
    }

    #[test]
    fn lines_and_what_waits_are_bounded() {
        let output = Output::default();
        output.append(&[b'x'; LONGEST_LINE + 1]);
        let got = lines(&output, Drain::All);
        assert_eq!(got.iter().map(String::len).collect::<Vec<_>>(), [LONGEST_LINE, 1]);
        output.append(&vec![b'\n'; WAITING + 7]);
        let got = lines(&output, Drain::All);
        assert_eq!(got.last().unwrap(), "(7 bytes more were written and dropped)");
        output.append(b"again\xff\n");
        assert_eq!(lines(&output, Drain::All), ["again\u{fffd}"]);
    }
}
