//! How clients leave for good, and how a room ends. Whoever leaves, `on-leave` runs to its end before the
//! connection is closed, so what the room says there still arrives.

use std::time::Duration;

use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::server;
use parlor_protocol::ids::SessionId;
use parlor_protocol::matchmake::MatchmakeError;
use tokio::time::Instant;

use crate::client::Departure;
use crate::core::RoomPhase;
use crate::handle::{Arrival, Command, SeatError};
use crate::replace::KeptOld;
use crate::task::{End, Room, Stop};

impl Room {
    /// Calls `on-leave` for a client, takes it out of the room, and closes its connection.
    pub(crate) async fn depart(&mut self, departure: Departure) {
        let Departure { session, close } = departure;
        let Some(outbox) = self.core().begin_leaving(&session) else {
            return;
        };
        self.tell_of_leaving(&session, close.code).await;
        self.core().forget_client(&session);
        if let Some(outbox) = outbox {
            outbox.close_with(close);
        }
    }

    /// Calls `on-leave`. A trap in it is remembered, so that the hook is not called again for this client.
    pub(crate) async fn tell_of_leaving(&mut self, session: &SessionId, code: CloseCode) {
        let trapped_before = self.trapped.is_some();
        let result = self.instance.on_leave(session.as_str(), code.0).await;
        self.settle("on-leave", result);
        if !trapped_before && self.trapped.is_some() {
            self.left_with_trap.push(session.clone());
        }
    }

    /// The host is going down: seats that nobody has taken are gone, and nobody gets a new one.
    pub(crate) async fn shut_down(&mut self, grace: Duration) {
        if self.shutdown.is_some() {
            return;
        }
        let now = Instant::now();
        // A time that no clock can say is as good as none.
        self.shutdown = Some(now.checked_add(grace).unwrap_or(now));
        self.core().shut_out(RoomPhase::Stopping);
        let result = self.instance.on_shutdown(grace.as_secs_f64() * 1000.0).await;
        self.settle("on-shutdown", result);
    }

    /// Takes the clients out, calls `on-dispose`, and answers what came too late. From the first moment
    /// on nobody gets in.
    pub(crate) async fn end(mut self: Box<Self>, stop: Stop) -> End {
        self.mailbox.close();
        self.core().shut_out(RoomPhase::Ending);
        while let Ok(command) = self.mailbox.try_recv() {
            refuse_after_end(*command);
        }
        match stop {
            Stop::Crash(trap) => self.trapped = Some(trap),
            Stop::Disconnect(code) => self.disconnect_all(code).await,
            Stop::Empty => self.dispose().await,
        }
        let trapped = self.trapped.take();
        if let Some(trap) = &trapped {
            self.log_trap(trap, "the room has ended");
            for client in self.core().clients.values() {
                if let Some(outbox) = client.outbox() {
                    outbox.close(CloseCode::ROOM_FAILED, "the room has failed");
                }
            }
        }
        // What was on its way into the mailbox when it was closed.
        while let Some(command) = self.mailbox.recv().await {
            refuse_after_end(*command);
        }
        trapped.map_or(End::Disposed, End::Crashed)
    }

    async fn disconnect_all(&mut self, code: CloseCode) {
        while let Some(session) = self.core().clients.keys().next().cloned() {
            self.depart(Departure::new(session, code)).await;
        }
        self.dispose().await;
    }

    async fn dispose(&mut self) {
        let result = self.instance.on_dispose().await;
        self.settle("on-dispose", result);
    }
}

/// Answers what came too late.
fn refuse_after_end(command: Command) {
    match command {
        Command::Reserve(_, reply) => drop(reply.send(Err(SeatError::Disposed))),
        Command::FindHeldSeat(_, reply) => drop(reply.send(Err(SeatError::Disposed))),
        Command::Connect(arrival) => refuse(&arrival),
        // Dropping its end tells the other room.
        Command::Message(_, reply) => drop(reply),
        Command::Replace(_, reply) => drop(reply.send(Err(KeptOld::Ended))),
        Command::Frame { .. }
        | Command::Closed { .. }
        | Command::Published { .. }
        | Command::Expel { .. }
        | Command::Shutdown { .. } => {}
    }
}

/// Turns a connection away that has no seat here (§2 of the protocol notes).
pub(crate) fn refuse(arrival: &Arrival) {
    let code = match arrival.token {
        Some(_) => CloseCode::FAILED_TO_RECONNECT,
        None => CloseCode::WITH_ERROR,
    };
    refuse_with(arrival, &MatchmakeError::SeatExpired, code);
}

pub(crate) fn refuse_with(arrival: &Arrival, error: &MatchmakeError, code: CloseCode) {
    let frame = server::error(error.code_for(arrival.dialect), &error.to_string());
    // A fresh queue has space for it.
    let _ = arrival.outbox.push_message(frame);
    arrival.outbox.close(code, "");
}
