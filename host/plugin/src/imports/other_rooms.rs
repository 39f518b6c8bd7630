//! The interface `matchmaker`, handed on to the room's [`OtherRooms`](crate::OtherRooms).

use std::time::Instant;

use crate::bindings::parlor::room as wit;
use crate::context::RoomContext;
use crate::guest::Guest;
use crate::imports::trap;
use crate::other_rooms::{
    Comparison, Condition, Direction, ReservedSeat, RoomError, RoomQuery, RoomSummary, SeatWish,
};
use crate::vocabulary::{ClientError, MessageType, Payload, SendOptions};
use crate::waiting::{Waiting, until};

type Answer<T> = wasmtime::Result<Result<T, wit::matchmaker::MatchmakerError>>;

/// The type of the message by which a client learns of its seat in another room (§7.3 of the protocol notes).
const SEAT: &str = "seat";

impl<C: RoomContext> wit::matchmaker::Host for Guest<C> {
    async fn query(&mut self, query: wit::matchmaker::RoomQuery) -> Answer<Vec<wit::matchmaker::Listing>> {
        let rooms = trap(self.context.other_rooms())?;
        let end = self.gives_up_at();
        Ok(answer(end, rooms.query(query.into()))
            .await
            .map(|found| found.into_iter().map(Into::into).collect())
            .map_err(Into::into))
    }

    async fn create(&mut self, room_type: String, options: wit::types::Document) -> Answer<String> {
        let rooms = trap(self.context.other_rooms())?;
        let end = self.gives_up_at();
        Ok(answer(end, rooms.create(room_type, options.into()))
            .await
            .map_err(Into::into))
    }

    async fn reserve(
        &mut self,
        room: String,
        seats: Vec<wit::matchmaker::SeatRequest>,
    ) -> Answer<Vec<wit::matchmaker::Seat>> {
        let rooms = trap(self.context.other_rooms())?;
        let seats = seats.into_iter().map(Into::into).collect();
        let end = self.gives_up_at();
        Ok(answer(end, rooms.reserve(room, seats))
            .await
            .map(|seats| seats.into_iter().map(Into::into).collect())
            .map_err(Into::into))
    }

    async fn send_on(&mut self, who: String, to: String, options: wit::types::Document) -> Answer<()> {
        let auth = match trap(self.context.auth(&who))? {
            Ok(auth) => auth,
            Err(error) => return Ok(Err(unreachable_client(error).into())),
        };
        let wish = SeatWish {
            session: None,
            options: options.into(),
            auth,
        };
        let rooms = trap(self.context.other_rooms())?;
        let end = self.gives_up_at();
        let reserved = answer(end, rooms.reserve(to, vec![wish])).await;
        let seat = match reserved.map(|mut seats| seats.pop()) {
            Ok(Some(seat)) => seat,
            Ok(None) => return Ok(Err(RoomError::Failed("no seat was given".to_owned()).into())),
            Err(error) => return Ok(Err(error.into())),
        };
        let payload = Payload::Value(seat.reservation);
        let sent = self.context.send(
            who,
            MessageType::Text(SEAT.to_owned()),
            payload,
            SendOptions::NONE,
        );
        Ok(trap(sent)?.map_err(|error| unreachable_client(error).into()))
    }

    async fn request(
        &mut self,
        to: String,
        kind: wit::types::MessageType,
        payload: wit::types::Payload,
    ) -> Answer<wit::types::Payload> {
        let rooms = trap(self.context.other_rooms())?;
        let end = self.gives_up_at();
        Ok(answer(end, rooms.request(to, kind.into(), payload.into()))
            .await
            .map(Into::into)
            .map_err(Into::into))
    }

    async fn notify(
        &mut self,
        to: String,
        kind: wit::types::MessageType,
        payload: wit::types::Payload,
    ) -> Answer<()> {
        let rooms = trap(self.context.other_rooms())?;
        let end = self.gives_up_at();
        Ok(answer(end, rooms.notify(to, kind.into(), payload.into()))
            .await
            .map_err(Into::into))
    }
}

/// What another room answers before the hook has to go on.
async fn answer<T>(end: Instant, work: Waiting<'_, Result<T, RoomError>>) -> Result<T, RoomError> {
    until(end, work).await.unwrap_or(Err(RoomError::TimedOut))
}

fn unreachable_client(error: ClientError) -> RoomError {
    match error {
        ClientError::NoSuchClient => RoomError::NoSuchClient,
        ClientError::QueueFull | ClientError::TooManyGroups => RoomError::Failed(error.to_string()),
    }
}

impl From<RoomError> for wit::matchmaker::MatchmakerError {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::NotAllowed => Self::NotAllowed,
            RoomError::NoSuchRoom => Self::NoSuchRoom,
            RoomError::NoSuchRoomType => Self::NoSuchRoomType,
            RoomError::Full => Self::Full,
            RoomError::Locked => Self::Locked,
            RoomError::NoSuchClient => Self::NoSuchClient,
            RoomError::Refused(refusal) => Self::Refused(refusal.into()),
            RoomError::NotValid(why) => Self::NotValid(why),
            RoomError::TimedOut => Self::TimedOut,
            RoomError::Failed(why) => Self::Failed(why),
        }
    }
}

impl From<RoomSummary> for wit::matchmaker::Listing {
    fn from(room: RoomSummary) -> Self {
        Self {
            id: room.id,
            room_type: room.room_type,
            clients: room.clients,
            max_clients: room.max_clients,
            locked: room.locked,
            private: room.private,
            unlisted: room.unlisted,
            metadata: room.metadata.map(Into::into),
            created: room.created,
        }
    }
}

impl From<wit::matchmaker::RoomQuery> for RoomQuery {
    fn from(query: wit::matchmaker::RoomQuery) -> Self {
        Self {
            room_type: query.room_type,
            conditions: query.conditions.into_iter().map(Into::into).collect(),
            sort: query
                .sort
                .into_iter()
                .map(|key| (key.field, key.direction.into()))
                .collect(),
            limit: query.limit,
        }
    }
}

impl From<wit::matchmaker::Condition> for Condition {
    fn from(condition: wit::matchmaker::Condition) -> Self {
        Self {
            field: condition.field,
            comparison: condition.comparison.into(),
            value: condition.value.into(),
        }
    }
}

impl From<wit::matchmaker::Comparison> for Comparison {
    fn from(comparison: wit::matchmaker::Comparison) -> Self {
        use wit::matchmaker::Comparison as Wit;
        match comparison {
            Wit::Equal => Self::Equal,
            Wit::NotEqual => Self::NotEqual,
            Wit::Less => Self::Less,
            Wit::AtMost => Self::AtMost,
            Wit::Greater => Self::Greater,
            Wit::AtLeast => Self::AtLeast,
            Wit::OneOf => Self::OneOf,
        }
    }
}

impl From<wit::matchmaker::Direction> for Direction {
    fn from(direction: wit::matchmaker::Direction) -> Self {
        match direction {
            wit::matchmaker::Direction::Ascending => Self::Ascending,
            wit::matchmaker::Direction::Descending => Self::Descending,
        }
    }
}

impl From<wit::matchmaker::SeatRequest> for SeatWish {
    fn from(request: wit::matchmaker::SeatRequest) -> Self {
        Self {
            session: request.session,
            options: request.options.into(),
            auth: request.auth.map(Into::into),
        }
    }
}

impl From<ReservedSeat> for wit::matchmaker::Seat {
    fn from(seat: ReservedSeat) -> Self {
        Self {
            session: seat.session,
            reservation: seat.reservation.into(),
        }
    }
}
