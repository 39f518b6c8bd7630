//! What clients have the room ask of others.

use crate::answer::{Answer, Outcome};
use parlor_sdk::prelude::*;

/// `[field, comparison, value]`, the comparison as `wit/` names it.
#[derive(Data)]
pub struct Condition(String, String, Document);

#[derive(Data)]
pub struct Seat {
    #[serde(default)]
    session: Option<String>,
    #[serde(default)]
    options: Option<Document>,
    #[serde(default)]
    auth: Option<Document>,
}

#[derive(Data)]
struct Found {
    id: String,
    name: String,
    clients: u32,
    max_clients: Option<u32>,
    locked: bool,
    private: bool,
    unlisted: bool,
    metadata: Option<Document>,
    created: f64,
}

#[derive(Data)]
struct Reserved {
    session: String,
    reservation: Document,
}

pub fn query(
    rooms: parlor_sdk::Rooms,
    name: Option<String>,
    conditions: Vec<Condition>,
    sort: Vec<String>,
    limit: Option<u32>,
) -> Result<Answer, Refusal> {
    let mut query = match name {
        Some(name) => rooms.query(&name),
        None => rooms.query_all(),
    };
    for Condition(field, comparison, value) in conditions {
        query = match comparison.as_str() {
            "equal" => query.filter(&field, value),
            "not-equal" => query.not(&field, value),
            "less" => query.less(&field, value),
            "at-most" => query.at_most(&field, value),
            "greater" => query.greater(&field, value),
            "at-least" => query.at_least(&field, value),
            "one-of" => match value.read::<Vec<Document>>() {
                Ok(values) => query.one_of(&field, values),
                Err(error) => return Err(error.to_string().into()),
            },
            other => return Err(format!("no comparison `{other}`").into()),
        };
    }
    query = sort.iter().fold(query, |query, key| query.sort_by(key));
    if let Some(limit) = limit {
        query = query.limit(limit);
    }
    let found = query.find().map(|found| {
        let found = found.into_iter().map(|room| Found {
            metadata: room.metadata(),
            id: room.id,
            name: room.room_type,
            clients: room.clients,
            max_clients: room.max_clients,
            locked: room.locked,
            private: room.private,
            unlisted: room.unlisted,
            created: room.created,
        });
        Document::of(&found.collect::<Vec<_>>())
    });
    Ok(Answer::of(found))
}

pub fn reserve(rooms: parlor_sdk::Rooms, room: &str, seats: Vec<Seat>) -> Answer {
    let seats = seats.into_iter().map(|seat| {
        let mut request = SeatRequest::new(seat.options);
        if let Some(session) = seat.session {
            request = request.session(session);
        }
        match seat.auth {
            Some(auth) => request.auth(auth),
            None => request,
        }
    });
    let reserved = rooms.reserve(room, seats).map(|reserved| {
        let reserved = reserved.into_iter().map(|seat| Reserved {
            session: seat.session.to_string(),
            reservation: seat.reservation,
        });
        Outcome::from(Document::of(&reserved.collect::<Vec<_>>()))
    });
    Answer::of(reserved)
}

pub fn ask(rooms: parlor_sdk::Rooms, room: &str, kind: String, payload: Payload) -> Answer {
    let reply = rooms.request::<Payload>(room, kind, payload);
    Answer::of(reply.map(|reply| match reply {
        Payload::Value(value) => value,
        other => Document::of(&format!("{other:?}")),
    }))
}
