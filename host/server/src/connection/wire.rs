//! The WebSocket itself: writes what it was given while it reads.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{SinkExt, StreamExt};
use parlor_protocol::close;
use parlor_room::outbox::{Batch, Close};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::error::{Error as WsError, ProtocolError};

/// How long a client that is closed for what it sent gets to read why. Nothing of it is read any more, and what is
/// unread when the socket goes makes TCP throw away what the client has not yet received.
const UNREAD_LINGER: Duration = Duration::from_secs(1);

/// What happened on the socket.
#[derive(Debug)]
pub(crate) enum Event {
    /// Everything that was given to the wire has been handed to the operating system.
    Written,
    /// The client said something.
    Received(Message),
    /// What comes in cannot be read from here on; writing is still possible.
    Unreadable(Unreadable),
    /// The socket is gone.
    Gone,
}

/// Why nothing more can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// A message beyond the bound.
    TooBig,
    /// Not WebSocket; what about it.
    Broken(String),
}

/// Whether to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Wanted,
    Paused,
}

/// How writing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    Idle,
    Underway,
    /// Under way for longer than a client should take.
    Stalled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ping {
    None,
    Due,
}

/// A WebSocket, and what is to be written to it.
pub(crate) struct Wire {
    socket: WebSocket,
    batch: Batch,
    /// So many frames of `batch` are with the WebSocket layer.
    fed: usize,
    ping: Ping,
    writing: Writing,
    readable: bool,
}

impl Wire {
    pub fn new(socket: WebSocket) -> Self {
        Self {
            socket,
            batch: Batch::default(),
            fed: 0,
            ping: Ping::None,
            writing: Writing::Idle,
            readable: true,
        }
    }

    /// Whether it is time to give it more. While a batch is being written, what follows is better kept in the queue,
    /// where newer state can still replace older; but a client that reads too slowly must not hide from its
    /// connection that it is to be closed.
    pub fn takes_more(&self) -> bool {
        self.writing != Writing::Underway
    }

    /// Takes all of `batch`. A close is written after all frames; nothing may be given after it.
    pub fn write(&mut self, batch: &mut Batch) {
        if self.writing == Writing::Idle {
            self.clear();
            std::mem::swap(&mut self.batch, batch);
            self.writing = Writing::Underway;
        } else {
            self.batch.frames.append(&mut batch.frames);
            self.batch.close = batch.close.take();
        }
    }

    /// What has been given since the last [`Self::clear`].
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Lets go of what has been written.
    pub fn clear(&mut self) {
        self.batch.frames.clear();
        self.batch.close = None;
        self.fed = 0;
    }

    /// Sends a WebSocket ping with, or before, what is written next.
    pub fn ping(&mut self) {
        self.ping = Ping::Due;
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

    /// Writes and reads until something has happened. May be dropped meanwhile.
    pub async fn event(&mut self, reading: Reading) -> Event {
        poll_fn(|cx| self.poll_event(cx, reading)).await
    }

    fn poll_event(&mut self, cx: &mut Context<'_>, reading: Reading) -> Poll<Event> {
        let mut broken = false;
        if self.writing != Writing::Idle {
            match self.poll_write(cx) {
                Poll::Ready(written) => {
                    self.writing = Writing::Idle;
                    match written {
                        Ok(()) => return Poll::Ready(Event::Written),
                        Err(_) => broken = true,
                    }
                }
                Poll::Pending => {}
            }
        }
        let event = if reading == Reading::Wanted && self.readable {
            self.poll_read(cx)
        } else {
            Poll::Pending
        };
        match event {
            // What a client said before it went, perhaps a close frame, is still there to be read.
            Poll::Pending if broken => Poll::Ready(Event::Gone),
            event => event,
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        if self.ping == Ping::Due {
            ready!(self.socket.poll_ready_unpin(cx))?;
            self.ping = Ping::None;
            self.socket.start_send_unpin(Message::Ping(Bytes::new()))?;
        }
        while let Some(frame) = self.batch.frames.get(self.fed) {
            ready!(self.socket.poll_ready_unpin(cx))?;
            self.fed += 1;
            self.socket.start_send_unpin(Message::Binary(frame.clone()))?;
        }
        if self.batch.close.is_some() {
            ready!(self.socket.poll_ready_unpin(cx))?;
            if let Some(close) = self.batch.close.take() {
                self.socket
                    .start_send_unpin(Message::Close(Some(close_frame(&close))))?;
            }
        }
        self.socket.poll_flush_unpin(cx)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        Poll::Ready(match ready!(self.socket.poll_next_unpin(cx)) {
            Some(Ok(message)) => Event::Received(message),
            None => Event::Gone,
            Some(Err(error)) => {
                // After an error the WebSocket layer reads nothing more.
                self.readable = false;
                unreadable(error).map_or(Event::Gone, Event::Unreadable)
            }
        })
    }

    /// Writes what it was given, a close last, and waits for the client's answer: at most `grace`, then the
    /// socket goes.
    pub async fn finish(mut self, grace: Duration) {
        let end = async {
            loop {
                match self.event(Reading::Wanted).await {
                    Event::Written if !self.readable => return sleep(UNREAD_LINGER).await,
                    Event::Gone => return,
                    // What a client says to a closing connection, nobody hears.
                    Event::Written | Event::Received(_) | Event::Unreadable(_) => {}
                }
            }
        };
        // Too late is the same as never.
        let _ = timeout(grace, end).await;
    }

    /// Answers the client's close frame: at most `grace`, then the socket goes. What was to be written is dropped.
    pub async fn answer_close(mut self, grace: Duration) {
        self.clear();
        self.writing = Writing::Idle;
        self.finish(grace).await;
    }
}

fn close_frame(close: &Close) -> CloseFrame {
    CloseFrame {
        code: close.code.sendable().0,
        reason: close::reason(&close.reason).into(),
    }
}

/// Whether an error means that only reading is over; none: the socket is gone.
fn unreadable(error: axum::Error) -> Option<Unreadable> {
    match *error.into_inner().downcast::<WsError>().ok()? {
        WsError::Capacity(_) => Some(Unreadable::TooBig),
        WsError::Protocol(
            ProtocolError::ResetWithoutClosingHandshake | ProtocolError::ReceivedAfterClosing,
        ) => None,
        error @ (WsError::Protocol(_) | WsError::Utf8(_)) => Some(Unreadable::Broken(error.to_string())),
        _ => None,
    }
}
