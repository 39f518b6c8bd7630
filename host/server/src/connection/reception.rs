//! What is done with what a client says, before its room hears of it.

use std::task::{Context, Poll};

use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::FrameError;
use parlor_protocol::frame::client::ClientFrame;
use parlor_protocol::frame::server::{self, Response};
use parlor_protocol::ids::{ReconnectionToken, SessionId};
use parlor_room::handle::Command;
use parlor_room::outbox::{Close, Outbox};
use tokio::time::Instant;

use crate::connection::Entry;
use crate::connection::delivery::{Delivery, Undeliverable};
use crate::connection::farewell::Refusal;
use crate::connection::liveness::{Joining, Liveness, Presence, Pulse};
use crate::connection::rate::{Rate, Verdict};
use crate::settings::ServerSettings;
use crate::websocket::{Flow, Message};

/// Decodes frames, answers what needs no room, and hands the rest to the room.
#[derive(Debug)]
pub(super) struct Reception<'a> {
    pub settings: &'a ServerSettings,
    session: SessionId,
    outbox: Outbox,
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

impl<'a> Reception<'a> {
    pub fn new(entry: &Entry, outbox: Outbox, settings: &'a ServerSettings) -> Self {
        Self {
            settings,
            session: entry.session.clone(),
            outbox,
            delivery: Delivery::new(entry.mailbox.clone()),
            liveness: Liveness::new(settings.max_unanswered_pings),
            rate: Rate::new(entry.max_messages_per_second),
            joining: Joining::NotAsked,
            condemned: Condemned::No,
            room: Presence::Here,
        }
    }

    /// Whether anything is to be read.
    pub fn wants_more(&self) -> bool {
        !self.delivery.is_waiting() && !self.is_condemned()
    }

    pub fn is_condemned(&self) -> bool {
        self.condemned == Condemned::Yes
    }

    /// The room has said something: the first that it says is JOIN_ROOM.
    pub fn answered(&mut self) {
        self.joining.asked(self.settings.join_timeout);
    }

    /// The client has said something.
    pub fn hear(&mut self, message: Message<'_>) -> Flow {
        self.liveness.heard();
        match message {
            Message::Binary(bytes) => self.receive(bytes),
            Message::Text => self.condemn(
                CloseCode::UNSUPPORTED_DATA,
                "text frames are not part of the protocol",
            ),
            Message::Ping(_) | Message::Pong | Message::Close(_) => {}
        }
        if self.wants_more() { Flow::Go } else { Flow::Hold }
    }

    fn receive(&mut self, bytes: &[u8]) {
        if let Verdict::Beyond(limit) = self.rate.count(Instant::now) {
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
            connection: self.outbox.connection(),
            frame,
        });
    }

    /// Whoever waits for an answer gets one (§4.2).
    fn receive_malformed(&mut self, bytes: &[u8], error: &FrameError) {
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
            connection: self.outbox.connection(),
            close: Close {
                code: CloseCode::WITH_ERROR,
                reason,
            },
        });
    }

    pub fn deliver(&mut self, command: Command) {
        if let Err(undeliverable) = self.delivery.give(Box::new(command)) {
            self.give_up(&undeliverable);
        }
    }

    /// Ready once what waited for space in the mailbox has left. Never ready when nothing waits.
    pub fn poll_delivery(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.delivery.poll_flush(cx).map(|delivered| {
            if let Err(undeliverable) = delivered {
                self.give_up(&undeliverable);
            }
        })
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
    pub fn condemn(&mut self, code: CloseCode, reason: impl Into<String>) {
        self.condemned = Condemned::Yes;
        self.outbox.close(code, reason);
    }

    /// A ping interval is over.
    pub fn tick(&mut self) -> Pulse {
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
        if !self.wants_more() {
            self.liveness.heard();
        }
        self.liveness.tick()
    }
}
