//! Bytes that were received and not yet looked at.

use std::io;

use tokio::net::TcpStream;

/// What an idle connection has.
const LEAST: usize = 512;

/// Grows to hold the longest frame, and never shrinks.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// Where the unread part is.
    start: usize,
    end: usize,
}

impl Buffer {
    pub fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    pub fn take(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// The bytes that lie between `from` and `from + count` from the first that is unread.
    pub fn slice(&self, from: usize, count: usize) -> &[u8] {
        self.bytes
            .get(self.start + from..)
            .and_then(|rest| rest.get(..count))
            .unwrap_or_default()
    }

    /// The same, of bytes that were taken last: `back` bytes before the first that is unread.
    pub fn taken(&self, back: usize, count: usize) -> &[u8] {
        self.start
            .checked_sub(back)
            .and_then(|from| self.bytes.get(from..))
            .and_then(|rest| rest.get(..count))
            .unwrap_or_default()
    }

    pub fn clear(&mut self) {
        self.start = self.end;
    }

    /// Adds bytes that came together with something else.
    pub fn extend(&mut self, more: &[u8]) {
        self.bytes.truncate(self.end);
        self.bytes.extend_from_slice(more);
        self.end = self.bytes.len();
    }

    /// Reads what has arrived, without waiting. Nothing read is the end of the stream.
    pub fn receive(&mut self, stream: &TcpStream) -> io::Result<usize> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        } else if self.end == self.bytes.len() && self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.bytes.len() {
            self.bytes.resize((self.bytes.len() * 2).max(LEAST), 0);
        }
        let free = self.bytes.get_mut(self.end..).unwrap_or_default();
        let count = stream.try_read(free)?;
        self.end += count;
        Ok(count)
    }
}
