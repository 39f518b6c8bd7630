//! One client's WebSocket: one task between the socket and the room.
//!
//! What the room has queued is written while the client's next frame is awaited, and neither waits for the other. When
//! the room's mailbox is full, the one frame that has been read is kept and nothing more is read, so that TCP slows
//! the client down; writing goes on.

mod delivery;
mod farewell;
mod liveness;
mod rate;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use farewell::{Refusal, close, refuse};

use std::num::NonZeroU32;
use std::pin::pin;

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::FrameError;
use parlor_protocol::frame::client::ClientFrame;
use parlor_protocol::frame::server::{self, Response};
use parlor_protocol::ids::{ReconnectionToken, SessionId};
use parlor_protocol::join::Dialect;
use parlor_room::handle::{Arrival, Command, HandshakeWanted, Mailbox};
use parlor_room::outbox::{Batch, Close, ConnectionId, Outbox, OutboxReader, outbox};
use tokio::time::Instant;

use crate::connection::delivery::{Delivery, Undeliverable};
use crate::connection::farewell::{Ending, PROTOCOL_ERROR};
use crate::connection::liveness::{Joining, Liveness, Presence, Pulse, intervals};
use crate::connection::rate::{Rate, Verdict};
use crate::connection::wire::{Event, Reading, Unreadable, Wire};
use crate::server::Stopping;
use crate::settings::ServerSettings;

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
pub(crate) async fn run(socket: WebSocket, entry: Entry, settings: &ServerSettings, stop: Stopping) {
    let session = entry.session.clone();
    let mailbox = entry.mailbox.clone();
    let mut connection = Connection::begin(socket, entry, settings);
    let id = connection.id;
    let ending = connection.serve(stop).await;
    tracing::debug!(%session, ?ending, "connection ends");
    let wire = connection.into_wire();
    let farewell = async {
        match ending {
            Ending::ByHost(_) => wire.finish(settings.close_grace).await,
            Ending::ByClient(_) => wire.answer_close(settings.close_grace).await,
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
    id: ConnectionId,
    session: SessionId,
    settings: &'a ServerSettings,
    wire: Wire,
    /// What the room queues for this client, and what is answered here.
    outbox: Outbox,
    outgoing: OutboxReader,
    /// Taken from `outgoing` and not yet given to `wire`; empty but for moments.
    taken: Batch,
    delivery: Delivery,
    liveness: Liveness,
    rate: Rate,
    joining: Joining,
    condemned: Condemned,
    room: Presence,
}

/// Whether the host has decided to close this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condemned {
    No,
    Yes,
}

impl<'a> Connection<'a> {
    fn begin(socket: WebSocket, entry: Entry, settings: &'a ServerSettings) -> Self {
        let (outbox, outgoing) = outbox(settings.outbound_queue_bytes);
        let mut connection = Self {
            id: outgoing.connection(),
            session: entry.session.clone(),
            settings,
            wire: Wire::new(socket),
            outbox: outbox.clone(),
            outgoing,
            taken: Batch::default(),
            delivery: Delivery::new(entry.mailbox.clone()),
            liveness: Liveness::new(settings.max_unanswered_pings),
            rate: Rate::new(entry.max_messages_per_second),
            joining: Joining::NotAsked,
            condemned: Condemned::No,
            room: Presence::Here,
        };
        let Entry {
            session,
            token,
            dialect,
            handshake,
            ..
        } = entry;
        connection.deliver(Command::Connect(Arrival {
            session,
            token,
            dialect,
            handshake,
            outbox,
        }));
        connection
    }

    async fn serve(&mut self, mut stop: Stopping) -> Ending {
        let mut ticks = intervals(self.settings.ping_interval);
        // Kept over all turns of the loop: what waits anew at each turn queues anew at each turn.
        let mut stopped = pin!(stop.stopped());
        loop {
            let reading = self.reading();
            tokio::select! {
                () = self.outgoing.next(&mut self.taken), if self.wire.takes_more() => {
                    if let Some(ending) = self.pass_on() {
                        return ending;
                    }
                }
                event = self.wire.event(reading) => {
                    if let Some(ending) = self.handle(event) {
                        return ending;
                    }
                }
                delivered = self.delivery.flush(), if self.delivery.is_waiting() => {
                    if let Err(undeliverable) = delivered {
                        self.give_up(&undeliverable);
                    }
                }
                _ = ticks.tick() => {
                    if self.tick() == Pulse::Dead {
                        return Ending::Lost;
                    }
                }
                () = &mut stopped, if self.condemned == Condemned::No => {
                    self.condemn(CloseCode::SHUTDOWN, "the server is shutting down");
                }
            }
        }
    }

    fn reading(&self) -> Reading {
        if self.delivery.is_waiting() || self.condemned == Condemned::Yes {
            Reading::Paused
        } else {
            Reading::Wanted
        }
    }

    /// Gives the wire what the room has queued.
    fn pass_on(&mut self) -> Option<Ending> {
        self.joining.asked(self.settings.join_timeout);
        let ending = self.taken.close.as_ref().map(|close| Ending::ByHost(close.code));
        self.wire.write(&mut self.taken);
        ending
    }

    fn handle(&mut self, event: Event) -> Option<Ending> {
        match event {
            Event::Written => {
                self.outgoing.written(self.wire.batch());
                self.wire.clear();
            }
            Event::Received(message) => {
                self.liveness.heard();
                match message {
                    Message::Binary(bytes) => self.receive(&bytes),
                    Message::Text(_) => {
                        self.condemn(
                            CloseCode::UNSUPPORTED_DATA,
                            "text frames are not part of the protocol",
                        );
                    }
                    Message::Close(frame) => {
                        let code = CloseCode::received(Some(frame.map(|frame| frame.code)));
                        return Some(Ending::ByClient(code));
                    }
                    // The WebSocket layer answers pings.
                    Message::Ping(_) | Message::Pong(_) => {}
                }
            }
            Event::Unreadable(Unreadable::TooBig) => {
                let limit = self.settings.max_frame_bytes;
                self.condemn(
                    CloseCode::MESSAGE_TOO_BIG,
                    format!("a message may have at most {limit} bytes"),
                );
            }
            Event::Unreadable(Unreadable::Broken(what)) => self.condemn(PROTOCOL_ERROR, what),
            Event::Gone => return Some(Ending::Lost),
        }
        None
    }

    fn receive(&mut self, bytes: &Bytes) {
        if let Verdict::Beyond(limit) = self.rate.count(Instant::now()) {
            return self.expel(format!("more than {limit} messages in one second"));
        }
        let frame = match ClientFrame::decode(bytes, &self.settings.msgpack_limits) {
            Ok(ClientFrame::Ping) => {
                // A queue that is full closes the connection by itself.
                let _ = self.outbox.push_message(server::pong());
                return;
            }
            Ok(ClientFrame::Unknown(_)) => return,
            Ok(frame) => frame,
            Err(error) => return self.receive_malformed(bytes, &error),
        };
        if frame == ClientFrame::JoinAcknowledged {
            self.joining = Joining::Done;
        }
        let session = self.session.clone();
        self.deliver(Command::Frame {
            session,
            connection: self.id,
            frame,
        });
    }

    /// Whoever waits for an answer gets one (§4.2).
    fn receive_malformed(&mut self, bytes: &Bytes, error: &FrameError) {
        let message = error.to_string();
        match ClientFrame::request_id(bytes) {
            Some(id) => {
                let failed = Response::Error {
                    name: "malformed",
                    message: &message,
                    code: None,
                };
                // A queue that is full closes the connection by itself.
                let _ = self.outbox.push_message(server::response(id, failed));
            }
            None => self.expel(message),
        }
    }

    /// The client broke a rule: nothing more is read, and the room lets it leave and closes the connection.
    fn expel(&mut self, reason: String) {
        self.condemned = Condemned::Yes;
        let session = self.session.clone();
        self.deliver(Command::Expel {
            session,
            connection: self.id,
            close: Close {
                code: CloseCode::WITH_ERROR,
                reason,
            },
        });
    }

    fn deliver(&mut self, command: Command) {
        if let Err(undeliverable) = self.delivery.give(Box::new(command)) {
            self.give_up(&undeliverable);
        }
    }

    /// The room has ended. One that took this connection in says so through its queue; one that did not cannot.
    fn give_up(&mut self, Undeliverable(command): &Undeliverable) {
        if let Command::Connect(arrival) = &**command {
            let token = arrival.token.as_ref().map(ReconnectionToken::as_str);
            let refusal = Refusal::no_seat(token, arrival.dialect);
            // The queue is empty.
            let _ = self.outbox.push_message(refusal.frame());
            self.condemn(refusal.code, refusal.error.to_string());
        }
    }

    /// Closes the connection once what is queued has been written, if the room has not done so already.
    fn condemn(&mut self, code: CloseCode, reason: impl Into<String>) {
        self.condemned = Condemned::Yes;
        self.outbox.close(code, reason);
    }

    /// A ping interval is over.
    fn tick(&mut self) -> Pulse {
        self.wire.tick();
        if self.joining.is_overdue() {
            self.condemn(CloseCode::WITH_ERROR, "JOIN_ROOM was not acknowledged in time");
        }
        if self.delivery.is_closed() {
            // A room that ends closes its mailbox first and its connections right after.
            match self.room {
                Presence::Here => self.room = Presence::Gone,
                Presence::Gone => self.condemn(CloseCode::ROOM_FAILED, "the room has ended"),
            }
        }
        if self.reading() == Reading::Paused {
            self.liveness.heard();
        }
        let pulse = self.liveness.tick();
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
