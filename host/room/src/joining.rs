//! How clients come, go and come back.

use std::time::Duration;

use parlor_plugin::{HeldSeat, JoiningClient, Refusal};
use parlor_protocol::close::CloseCode;
use parlor_protocol::ids::{ReconnectionToken, SessionId};
use parlor_protocol::join::{Greeting, join_frame};
use parlor_protocol::matchmake::MatchmakeError;
use tokio::time::Instant;

use crate::client::{Client, Departure, FirstTime, Loss, Phase};
use crate::editions::RETURN;
use crate::ending::{refuse, refuse_with};
use crate::handle::{Arrival, HandshakeWanted};
use crate::task::{Room, Settled};
use crate::wire;

/// Longest time for which a seat is held, unless it is held until released.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

impl Room {
    /// A connection wants to be a client's.
    pub(crate) async fn arrive(&mut self, arrival: Arrival) {
        match arrival.token.clone() {
            None => self.join(arrival).await,
            Some(token) => self.rejoin(arrival, &token).await,
        }
    }

    async fn join(&mut self, arrival: Arrival) {
        let Some(seat) = self.core().seats.consume(&arrival.session) else {
            refuse(&arrival);
            return;
        };
        let session = arrival.session.clone();
        let encoding = self.room_type.definition.encoding;
        let auth = seat.auth.map(|auth| wire::recode(auth, encoding));
        let phase = joining(&arrival, FirstTime::Yes);
        let decoders = arrival.dialect.decoders();
        let edition = self.core().edition;
        let client = Client::new(seat.options.clone(), auth.clone(), decoders, edition, phase);
        self.core().clients.insert(session.clone(), client);
        let joining = JoiningClient {
            session: session.to_string(),
            options: wire::document(&seat.options, encoding),
            auth,
        };
        let result = self.instance.on_join(joining).await;
        match not_taken_in(self.settle("on-join", result)) {
            None => self.greet(&session, &arrival),
            Some(error) => {
                self.core().forget_client(&session);
                refuse_with(&arrival, &error, CloseCode::WITH_ERROR);
            }
        }
    }

    /// The token is checked before anything is touched: a wrong one changes nothing.
    async fn rejoin(&mut self, arrival: Arrival, token: &ReconnectionToken) {
        let session = arrival.session.clone();
        let known = |client: &Client| client.accepts(token);
        let core = self.core();
        let Some(client) = core.clients.get(&session).filter(|client| known(client)) else {
            refuse(&arrival);
            return;
        };
        let keeps_shape = arrival.handshake == HandshakeWanted::No;
        if keeps_shape && !core.can_be_told(client) {
            // It has the decoder of its last connection still.
            let error = MatchmakeError::Refused {
                code: CloseCode::STATE_CHANGED.0,
                message: RETURN.to_owned(),
            };
            refuse_with(&arrival, &error, CloseCode::STATE_CHANGED);
            return;
        }
        self.drop_stale_connection(&session).await;
        let core = self.core();
        // The room may have used the drop to send the client away.
        let is_wanted = !core.wishes.departures.contains_key(&session);
        let held = core
            .clients
            .get_mut(&session)
            .and_then(|client| match client.phase {
                Phase::Held { loss, .. } if is_wanted => Some((client, loss)),
                _ => None,
            });
        let Some((client, loss)) = held else {
            refuse(&arrival);
            return;
        };
        client.renew_token(token.clone());
        client.phase = joining(&arrival, FirstTime::No);
        client.decoders = arrival.dialect.decoders();
        if !keeps_shape {
            core.moved_to_current_edition(&session);
        }
        if loss == Loss::Heard {
            let result = self.instance.on_reconnect(session.as_str()).await;
            // A fault is logged; the client is back all the same.
            self.settle("on-reconnect", result);
        }
        self.greet(&session, &arrival);
    }

    /// A client that comes back while its old connection still looks alive: the old one is
    /// dropped first, and the room decides as ever whether the seat is held.
    async fn drop_stale_connection(&mut self, session: &SessionId) {
        let stale = self
            .core()
            .clients
            .get(session)
            .and_then(|client| client.outbox().cloned());
        if let Some(stale) = stale {
            stale.close(CloseCode::WITH_ERROR, "another connection took the seat over");
            self.lose_connection(session.clone(), CloseCode::ABNORMAL).await;
        }
    }

    /// Sends JOIN_ROOM (§4.3).
    fn greet(&mut self, session: &SessionId, arrival: &Arrival) {
        let room_type = std::sync::Arc::clone(&self.room_type);
        let Some(client) = self.core().clients.get(session) else {
            return;
        };
        let greeting = match (&room_type.handshake, arrival.handshake) {
            (None, _) => Greeting::Stateless,
            (Some(_), HandshakeWanted::No) => Greeting::SkipHandshake,
            (Some(handshake), HandshakeWanted::Yes) => Greeting::Handshake(handshake),
        };
        // The queue is empty but for what closes it.
        let _ = arrival
            .outbox
            .push_message(join_frame(arrival.dialect, client.token(), greeting));
    }

    /// A connection is gone. Without consent the room decides about the seat, unless the client was never
    /// quite in: then it knows no token to come back with.
    pub(crate) async fn lose_connection(&mut self, session: SessionId, code: CloseCode) {
        let Some(client) = self.core().clients.get_mut(&session) else {
            return;
        };
        if code.is_consented() || client.is_new() {
            return self.depart(Departure::new(session, code)).await;
        }
        client.phase = Phase::Held {
            until: None,
            code,
            loss: Loss::Heard,
        };
        let result = self.instance.on_drop(session.as_str(), code.0).await;
        let held = match self.settle("on-drop", result) {
            Settled::Done(held) => held,
            Settled::Refused(_) | Settled::Faulted => HeldSeat::Release,
        };
        match held {
            HeldSeat::Release => self.depart(Departure::new(session, code)).await,
            HeldSeat::HoldUntilReleased => {}
            HeldSeat::HoldFor(milliseconds) => {
                let time = Duration::from_millis(milliseconds.into()).min(LONGEST_HOLD);
                self.core().hold_until(&session, Instant::now() + time);
            }
        }
    }
}

/// What a client is told that the room did not take in.
pub(crate) fn not_taken_in(joined: Settled<()>) -> Option<MatchmakeError> {
    match joined {
        Settled::Done(()) => None,
        Settled::Refused(Refusal { code, message }) => Some(MatchmakeError::Refused { code, message }),
        Settled::Faulted => Some(MatchmakeError::Application(
            "the room could not take the client in".to_owned(),
        )),
    }
}

fn joining(arrival: &Arrival, arrival_kind: FirstTime) -> Phase {
    Phase::Joining {
        outbox: arrival.outbox.clone(),
        waiting: Vec::new(),
        waiting_bytes: 0,
        arrival: arrival_kind,
    }
}
