//! Seats that the matchmaker reserved and no connection has taken yet.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use indexmap::IndexMap;
use parlor_plugin::Document;
use parlor_protocol::ids::SessionId;
use tokio::time::Instant;

use crate::core::RoomCore;
use crate::handle::{SeatError, SeatRequest};
use crate::listing::Lock;

/// A reserved seat: what its client brought along to the matchmaker.
#[derive(Debug)]
pub(crate) struct Seat {
    /// A MessagePack map.
    pub options: Bytes,
    pub auth: Option<Document>,
    until: Instant,
}

/// All reserved seats of a room.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    seats: IndexMap<SessionId, Seat>,
    /// No seat expires before this.
    earliest: Option<Instant>,
}

impl Seats {
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    pub fn reserve(
        &mut self,
        session: SessionId,
        options: Bytes,
        auth: Option<Document>,
        now: Instant,
        time: Duration,
    ) {
        let until = now + time;
        self.earliest = Some(self.earliest.map_or(until, |earliest| earliest.min(until)));
        self.seats.insert(session, Seat { options, auth, until });
    }

    pub fn contains(&self, session: &SessionId) -> bool {
        self.seats.contains_key(session)
    }

    /// Takes the seat away; a second connection finds none.
    pub fn consume(&mut self, session: &SessionId) -> Option<Seat> {
        let seat = self.seats.swap_remove(session);
        if self.seats.is_empty() {
            self.earliest = None;
        }
        seat
    }

    /// When to call [`Self::expire`] next.
    pub fn next_due(&self) -> Option<Instant> {
        self.earliest
    }

    /// Drops the seats whose time is over; tells how many.
    pub fn expire(&mut self, now: Instant) -> usize {
        let before = self.seats.len();
        self.seats.retain(|_, seat| seat.until > now);
        self.earliest = self.seats.values().map(|seat| seat.until).min();
        before - self.seats.len()
    }
}

impl RoomCore {
    /// Keeps these seats, or none of them.
    pub(crate) fn reserve(&mut self, requests: Vec<SeatRequest>, now: Instant) -> Result<(), SeatError> {
        match self.lock() {
            Lock::Open => {}
            Lock::Full => return Err(SeatError::Full),
            Lock::Locked => return Err(SeatError::Locked),
        }
        let limit = self.max_clients.map_or(usize::MAX, |limit| limit as usize);
        if self.occupancy().saturating_add(requests.len()) > limit {
            return Err(SeatError::Full);
        }
        let mut named = HashSet::new();
        let mut taken = |session| {
            self.clients.contains_key(session) || self.seats.contains(session) || !named.insert(session)
        };
        if requests.iter().any(|request| taken(&request.session)) {
            return Err(SeatError::SessionTaken);
        }
        for SeatRequest {
            session,
            options,
            auth,
        } in requests
        {
            self.seats
                .reserve(session, options, auth, now, self.seat_reservation);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(name: &str) -> SessionId {
        name.parse().unwrap()
    }

    #[test]
    fn a_seat_is_taken_once_or_expires() {
        let now = Instant::now();
        let mut seats = Seats::default();
        seats.reserve(session("a"), Bytes::new(), None, now, Duration::from_secs(2));
        seats.reserve(session("b"), Bytes::new(), None, now, Duration::from_secs(1));
        assert_eq!(seats.next_due(), Some(now + Duration::from_secs(1)));
        assert_eq!(seats.expire(now + Duration::from_secs(1)), 1);
        assert!(seats.consume(&session("b")).is_none());
        assert!(seats.consume(&session("a")).is_some());
        assert!(seats.consume(&session("a")).is_none());
        assert_eq!(seats.next_due(), None);
    }
}
