//! The socket itself: writes what it was given while it reads.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use parlor_protocol::close::{self, CloseCode};
use parlor_room::outbox::{Batch, Close};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::websocket::{Flow, Incoming, Message, Outgoing, Unreadable, with_read_buffer};

/// How long a client that is closed for what it sent gets to read why. Nothing of it is read any more, and what is
/// unread when the socket goes makes TCP throw away what the client has not yet received.
const UNREAD_LINGER: Duration = Duration::from_secs(1);
/// RFC 6455 §7.4.1: what came in is not WebSocket.
pub(crate) const PROTOCOL_ERROR: CloseCode = CloseCode(1002);

/// Why nothing more comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// The client has sent a close frame.
    Closed(CloseCode),
    /// What comes in cannot be read from here on; writing is still possible.
    Unreadable(Unreadable),
    /// The socket is gone.
    Gone,
}

/// How writing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    Idle,
    Underway,
    /// Under way for longer than a client should take.
    Stalled,
}

/// Whether a close frame has been written, or is about to be: nothing may follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    Yes,
}

/// Whether anything more can come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Open,
    /// The client's close frame was the last.
    Closed,
    /// What comes cannot be read.
    Broken,
}

/// How a connection was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Farewell {
    /// The client has answered, or is gone.
    Heard,
    /// Everything is written, and what the client says cannot be read.
    Unheard,
}

/// A WebSocket, and what is to be written to it.
pub(crate) struct Wire {
    stream: TcpStream,
    incoming: Incoming,
    outgoing: Outgoing,
    /// Bytes of the frames that were given since writing was last idle.
    given: usize,
    writing: Writing,
    closing: Closing,
    reading: Reading,
}

impl Wire {
    /// `received` has come behind the request that opened the WebSocket; messages may have `max_message` bytes.
    pub fn new(stream: TcpStream, received: &Bytes, max_message: usize) -> Self {
        Self {
            stream,
            incoming: Incoming::new(received, max_message),
            outgoing: Outgoing::default(),
            given: 0,
            writing: Writing::Idle,
            closing: Closing::No,
            reading: Reading::Open,
        }
    }

    /// Whether it is time to give it more. While a batch is being written, what follows is better kept in the queue,
    /// where newer state can still replace older; but a client that reads too slowly must not hide from its
    /// connection that it is to be closed.
    pub fn takes_more(&self) -> bool {
        self.writing != Writing::Underway
    }

    /// Whether there is something to write.
    pub fn is_writing(&self) -> bool {
        self.writing != Writing::Idle
    }

    /// Takes all of `batch`. A close is written after all frames; nothing may be given after it.
    pub fn write(&mut self, batch: &mut Batch) {
        for frame in batch.frames.drain(..) {
            self.given += frame.len();
            self.outgoing.binary(frame);
        }
        self.begin_writing();
        if let Some(close) = batch.close.take() {
            self.close(&close);
        }
    }

    /// Writes a close frame behind everything else.
    pub fn close(&mut self, close: &Close) {
        if self.closing == Closing::No {
            self.closing = Closing::Yes;
            self.outgoing
                .close(Some(close.code.sendable().0), close::reason(&close.reason));
            self.begin_writing();
        }
    }

    /// Sends a WebSocket ping behind what is being written.
    pub fn ping(&mut self) {
        if self.closing == Closing::No {
            self.outgoing.ping();
            self.begin_writing();
        }
    }

    fn begin_writing(&mut self) {
        if self.writing == Writing::Idle {
            self.writing = Writing::Underway;
        }
    }

    /// Called at intervals after which a write that is still under way counts as stalled.
    pub fn tick(&mut self) {
        if self.writing == Writing::Underway {
            self.writing = Writing::Stalled;
        }
    }

    /// Ready once everything that was given is with the operating system, with the bytes of its frames. Never ready
    /// without something to write.
    ///
    /// # Errors
    /// Nothing more can be written. What the client said before, perhaps a close frame, may still be there to be read.
    pub fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.writing == Writing::Idle {
            return Poll::Pending;
        }
        let written = ready!(self.outgoing.poll_write(cx, &mut self.stream));
        self.writing = Writing::Idle;
        Poll::Ready(written.map(|()| mem::take(&mut self.given)))
    }

    /// Hands over what the client says, until `each` wants no more. Ready when nothing more will come. Pings are answered
    /// here: see [`Self::is_writing`].
    pub fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        mut each: impl FnMut(Message<'_>) -> Flow,
    ) -> Poll<Silence> {
        if self.reading != Reading::Open {
            return Poll::Pending;
        }
        let Self {
            stream,
            incoming,
            outgoing,
            closing,
            ..
        } = self;
        let (mut pinged, mut closed) = (false, None);
        let mut take = |message: Message<'_>| {
            match message {
                Message::Ping(payload) if *closing == Closing::No => {
                    outgoing.pong(payload);
                    pinged = true;
                }
                Message::Close(code) => closed = Some(CloseCode::received(Some(code))),
                _ => {}
            }
            each(message)
        };
        let silence = with_read_buffer(|buffer| {
            loop {
                let taken = if incoming.is_held() {
                    incoming.take(&mut [], &mut take)
                } else {
                    let mut buffer = ReadBuf::new(buffer);
                    match ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer)) {
                        Ok(()) if !buffer.filled().is_empty() => {
                            incoming.take(buffer.filled_mut(), &mut take)
                        }
                        _ => return Poll::Ready(Silence::Gone),
                    }
                };
                match taken {
                    Ok(Flow::Go) => {}
                    Ok(Flow::Hold) => return Poll::Pending,
                    Err(unreadable) => return Poll::Ready(Silence::Unreadable(unreadable)),
                }
            }
        });
        if pinged {
            self.begin_writing();
        }
        let silence = closed.map_or(silence, |code| Poll::Ready(Silence::Closed(code)));
        match silence {
            Poll::Ready(Silence::Closed(_)) => self.reading = Reading::Closed,
            Poll::Ready(Silence::Unreadable(_) | Silence::Gone) => self.reading = Reading::Broken,
            Poll::Pending => {}
        }
        silence
    }

    /// Writes what it was given, a close last, and waits for the client's answer: at most `grace`, then the
    /// socket goes.
    pub async fn finish(mut self, grace: Duration) {
        let end = async {
            if poll_fn(|cx| self.poll_end(cx)).await == Farewell::Unheard {
                sleep(UNREAD_LINGER).await;
            }
        };
        // Too late is the same as never.
        let _ = timeout(grace, end).await;
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Farewell> {
        if let Poll::Ready(Err(_)) = self.poll_write(cx) {
            return Poll::Ready(Farewell::Heard);
        }
        // What a client says to a closing connection, nobody hears.
        if self.poll_read(cx, |_| Flow::Go) == Poll::Ready(Silence::Gone) {
            return Poll::Ready(Farewell::Heard);
        }
        match (self.writing, self.reading) {
            (Writing::Idle, Reading::Closed) => Poll::Ready(Farewell::Heard),
            (Writing::Idle, Reading::Broken) => Poll::Ready(Farewell::Unheard),
            _ => Poll::Pending,
        }
    }

    /// Answers the client's close frame: at most `grace`, then the socket goes. What was to be written is dropped.
    pub async fn answer_close(mut self, code: CloseCode, grace: Duration) {
        self.outgoing.drop_waiting();
        let answer = match code {
            CloseCode::NO_STATUS => None,
            code if code.is_sendable() => Some(code.0),
            _ => Some(PROTOCOL_ERROR.0),
        };
        if self.closing == Closing::No {
            self.closing = Closing::Yes;
            self.outgoing.close(answer, "");
            self.begin_writing();
        }
        self.finish(grace).await;
    }
}
