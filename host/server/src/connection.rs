//! One client's WebSocket: one task between the socket and the room.
//!
//! What the room has queued is written while the client's next frame is awaited, and neither waits for the other. When
//! the room's mailbox is full, what has been read is kept and nothing more is read, so that TCP slows the client down;
//! writing goes on.

mod delivery;
mod farewell;
mod liveness;
mod rate;
mod reception;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use farewell::{Refusal, close, refuse};
pub(crate) use wire::{Silence, Wire};

use std::future::poll_fn;
use std::num::NonZeroU32;
use std::pin::pin;
use std::task::{Context, Poll};

use parlor_protocol::close::CloseCode;
use parlor_protocol::ids::{ReconnectionToken, SessionId};
use parlor_protocol::join::Dialect;
use parlor_room::handle::{Arrival, Command, HandshakeWanted, Mailbox};
use parlor_room::outbox::{Batch, OutboxReader, outbox};
use tokio::time::Interval;

use crate::connection::farewell::Ending;
use crate::connection::liveness::{Pulse, intervals};
use crate::connection::reception::Reception;
use crate::connection::wire::PROTOCOL_ERROR;
use crate::server::Stopping;
use crate::settings::ServerSettings;
use crate::websocket::Unreadable;

/// A seat that a connection claims, and the room that has it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub session: SessionId,
    pub token: Option<ReconnectionToken>,
    pub dialect: Dialect,
    pub handshake: HandshakeWanted,
    /// None: no limit.
    pub max_messages_per_second: Option<NonZeroU32>,
    pub mailbox: Mailbox,
}

/// Serves a connection until it ends, and tells the room.
pub(crate) async fn run(wire: Wire, entry: Entry, settings: &ServerSettings, stop: Stopping) {
    let session = entry.session.clone();
    let mailbox = entry.mailbox.clone();
    let mut connection = Connection::begin(wire, entry, settings);
    let id = connection.outgoing.connection();
    let ending = connection.serve(stop).await;
    tracing::debug!(%session, ?ending, "connection ends");
    let wire = connection.into_wire();
    let farewell = async {
        match ending {
            Ending::ByHost(_) => wire.finish(settings.close_grace).await,
            Ending::ByClient(code) => wire.answer_close(code, settings.close_grace).await,
            Ending::Lost => drop(wire),
        }
    };
    let report = mailbox.send(Box::new(Command::Closed {
        session,
        connection: id,
        code: ending.code(),
    }));
    // A room that has ended need not know.
    let _ = tokio::join!(farewell, report);
}

struct Connection<'a> {
    wire: Wire,
    /// What the room queues for this client, and what is answered here.
    outgoing: OutboxReader,
    /// Taken from `outgoing` and not yet given to `wire`; empty but for moments.
    taken: Batch,
    reception: Reception<'a>,
    intervals: Interval,
}

impl<'a> Connection<'a> {
    fn begin(wire: Wire, entry: Entry, settings: &'a ServerSettings) -> Self {
        let (outbox, outgoing) = outbox(settings.outbound_queue_bytes);
        let mut connection = Self {
            wire,
            taken: Batch::default(),
            reception: Reception::new(&entry, outbox.clone(), settings),
            outgoing,
            intervals: intervals(settings.ping_interval),
        };
        let Entry {
            session,
            token,
            dialect,
            handshake,
            ..
        } = entry;
        connection.reception.deliver(Command::Connect(Arrival {
            session,
            token,
            dialect,
            handshake,
            outbox,
        }));
        connection
    }

    async fn serve(&mut self, mut stop: Stopping) -> Ending {
        let mut stopped = pin!(stop.stopped());
        poll_fn(|cx| {
            if !self.reception.is_condemned() && stopped.as_mut().poll(cx).is_ready() {
                self.reception
                    .condemn(CloseCode::SHUTDOWN, "the server is shutting down");
            }
            self.poll(cx)
        })
        .await
    }

    /// Does what can be done without waiting: writes, delivers, reads. One poll for all of it, instead of a select over
    /// futures that are made anew for each message.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ending> {
        loop {
            if self.wire.takes_more() && self.outgoing.poll_next(cx, &mut self.taken).is_ready() {
                let ending = self.taken.close.as_ref().map(|close| Ending::ByHost(close.code));
                self.reception.answered();
                self.wire.write(&mut self.taken);
                if let Some(ending) = ending {
                    return Poll::Ready(ending);
                }
            }
            let broken = match self.wire.poll_write(cx) {
                Poll::Ready(Ok(bytes)) => {
                    self.outgoing.written(bytes);
                    continue;
                }
                Poll::Ready(Err(_)) => true,
                Poll::Pending => false,
            };
            if self.intervals.poll_tick(cx).is_ready() {
                if self.tick() == Pulse::Dead {
                    return Poll::Ready(Ending::Lost);
                }
                continue;
            }
            let blocked = self.wire.is_writing();
            if self.reception.wants_more() {
                match self.wire.poll_read(cx, |message| self.reception.hear(message)) {
                    Poll::Ready(Silence::Closed(code)) => return Poll::Ready(Ending::ByClient(code)),
                    Poll::Ready(Silence::Gone) => return Poll::Ready(Ending::Lost),
                    Poll::Ready(Silence::Unreadable(what)) => self.cannot_read(what),
                    Poll::Pending => {}
                }
            }
            // What a client said before it went, perhaps a close frame, has been read now.
            if broken {
                return Poll::Ready(Ending::Lost);
            }
            // An answer to a ping may be written, or what waited for space in the mailbox has left.
            let more = !blocked && self.wire.is_writing();
            if more || self.reception.poll_delivery(cx).is_ready() {
                continue;
            }
            return Poll::Pending;
        }
    }

    fn cannot_read(&mut self, what: Unreadable) {
        match what {
            Unreadable::TooBig => {
                let limit = self.reception.settings.max_frame_bytes;
                self.reception.condemn(
                    CloseCode::MESSAGE_TOO_BIG,
                    format!("a message may have at most {limit} bytes"),
                );
            }
            Unreadable::Broken(violation) => self.reception.condemn(PROTOCOL_ERROR, violation.to_string()),
        }
    }

    /// A ping interval is over.
    fn tick(&mut self) -> Pulse {
        self.wire.tick();
        let pulse = self.reception.tick();
        if pulse == Pulse::Ask {
            self.wire.ping();
        }
        pulse
    }

    /// Drops all but the socket. Without its reader the queue takes nothing more.
    fn into_wire(self) -> Wire {
        self.wire
    }
}
