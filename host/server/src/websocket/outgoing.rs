//! From messages to what is written.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::AsyncWrite;

use super::frame::{Opcode, head_len, write_head};
use super::scratch::with_write_buffer;

/// Longer payloads are written from where they are. Up to here a copy is cheaper than to name two places to the kernel.
const COPIED: usize = 4 * 1024;
/// Bytes that are gathered for one write.
const GATHERED: usize = 16 * 1024;
/// A queue that grew beyond this gives its memory back when it is empty.
const KEPT: usize = 64;

/// Frames that are to be written, the first of them perhaps in part.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    frames: VecDeque<Frame>,
    /// Bytes of the first frame that are written.
    written: usize,
}

#[derive(Debug)]
struct Frame {
    opcode: Opcode,
    payload: Bytes,
}

impl Frame {
    fn len(&self) -> usize {
        head_len(self.payload.len()) + self.payload.len()
    }
}

impl Outgoing {
    /// A message.
    pub fn binary(&mut self, payload: Bytes) {
        self.push(Opcode::Binary, payload);
    }

    /// A question whether anybody is there.
    pub fn ping(&mut self) {
        self.push(Opcode::Ping, Bytes::new());
    }

    /// The answer to a ping. Of several that wait the last is enough (§5.5.3).
    pub fn pong(&mut self, payload: &[u8]) {
        let payload = Bytes::copy_from_slice(payload);
        // The first frame may be under way.
        let mut waiting = self.frames.iter_mut().skip(1);
        match waiting.rfind(|frame| frame.opcode == Opcode::Pong) {
            Some(frame) => frame.payload = payload,
            None => self.push(Opcode::Pong, payload),
        }
    }

    /// The last frame. `reason` has at most 123 bytes.
    pub fn close(&mut self, code: Option<u16>, reason: &str) {
        let mut payload = BytesMut::new();
        if let Some(code) = code {
            payload.put_u16(code);
            payload.put_slice(reason.as_bytes());
        }
        self.push(Opcode::Close, payload.freeze());
    }

    /// Forgets what has not been begun.
    pub fn drop_waiting(&mut self) {
        self.frames.truncate(usize::from(self.written > 0));
    }

    fn push(&mut self, opcode: Opcode, payload: Bytes) {
        self.frames.push_back(Frame { opcode, payload });
    }

    /// Writes everything, with as few calls as it takes.
    pub fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<io::Result<()>> {
        while !self.frames.is_empty() {
            let written = ready!(with_write_buffer(|gathered| self.poll_some(cx, stream, gathered)))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        if self.frames.capacity() > KEPT {
            self.frames = VecDeque::new();
        }
        Poll::Ready(Ok(()))
    }

    /// One write: short frames together, up to and with the first long one.
    fn poll_some(
        &self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncWrite + Unpin),
        gathered: &mut Vec<u8>,
    ) -> Poll<io::Result<usize>> {
        let mut long = None;
        for frame in &self.frames {
            write_head(gathered, frame.opcode, frame.payload.len());
            if frame.payload.len() > COPIED {
                long = Some(&frame.payload);
                break;
            }
            gathered.extend_from_slice(&frame.payload);
            if gathered.len() >= GATHERED {
                break;
            }
        }
        let stream = Pin::new(stream);
        let unwritten = gathered.get(self.written..).unwrap_or_default();
        let Some(long) = long else {
            return stream.poll_write(cx, unwritten);
        };
        let payload = long
            .get(self.written.saturating_sub(gathered.len())..)
            .unwrap_or_default();
        if unwritten.is_empty() {
            return stream.poll_write(cx, payload);
        }
        stream.poll_write_vectored(cx, &[IoSlice::new(unwritten), IoSlice::new(payload)])
    }

    fn advance(&mut self, written: usize) {
        self.written += written;
        while let Some(first) = self.frames.front() {
            match self.written.checked_sub(first.len()) {
                Some(further) => {
                    self.written = further;
                    self.frames.pop_front();
                }
                None => return,
            }
        }
    }
}
