//! What one room may do with the others: `matchmaker` of `wit/`.

use std::future::Future;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use parlor_plugin::{
    Condition as AskedCondition, Direction, Document, Encoding, HookError, MessageType, OtherRooms, Payload,
    ReservedSeat, RoomError, RoomMessage, RoomQuery, RoomSummary, SeatWish, TrapKind, Waiting,
};
use parlor_protocol::ids::{RoomId, RoomTypeName, SessionId};
use parlor_protocol::msgpack;
use parlor_room::handle::{Command, RoomHandle, SeatError, SeatRequest};
use parlor_room::listing::{ListedRoom, Lock};
use parlor_room::wire::{self, WireError};
use serde_json::{Map, Value};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::creation::CreationError;
use crate::driver::DriverError;
use crate::field::Field;
use crate::premises::Premises;
use crate::query::{Condition, Query, SortKey};
use crate::room_types::{Reach, Served};

/// Most rooms that one query gives.
const MAX_FOUND: u32 = 1_000;
/// Most conditions, and most sort keys, of one query; most values of one `one-of`.
const MAX_CONDITIONS: usize = 64;
/// Most seats that are reserved at once.
const MAX_SEATS: usize = 1_000;
/// Most bytes in one message, or in the options or `auth` of one room or seat. What waits in a room's mailbox is bounded
/// by this times its capacity.
const MAX_BYTES: usize = 1 << 20;

type Outcome<T> = Result<T, RoomError>;

/// The other rooms, as one room may reach them.
#[derive(Debug)]
pub(crate) struct Neighbours {
    premises: Arc<Premises>,
    room: RoomId,
    room_type: RoomTypeName,
    encoding: Encoding,
    reach: Reach,
}

impl Neighbours {
    pub fn new(premises: Arc<Premises>, of: &RoomHandle, encoding: Encoding) -> Self {
        let served = premises.types.get(of.room_type().as_str());
        Self {
            reach: served.map_or_else(Reach::default, |served| served.matching.may_reach.clone()),
            room: of.id().clone(),
            room_type: of.room_type().clone(),
            premises,
            encoding,
        }
    }

    fn reaches(&self, room_type: &str) -> Outcome<()> {
        let reached = match &self.reach {
            Reach::All => true,
            Reach::Only(names) => names.iter().any(|name| name.as_str() == room_type),
        };
        if reached || self.room_type.as_str() == room_type {
            Ok(())
        } else {
            Err(RoomError::NotAllowed)
        }
    }

    fn served(&self, room_type: &str) -> Outcome<Arc<Served>> {
        self.reaches(room_type)?;
        self.premises
            .types
            .get(room_type)
            .ok_or(RoomError::NoSuchRoomType)
    }

    fn other(&self, id: &str) -> Outcome<RoomHandle> {
        let room = self.premises.rooms.get(id).ok_or(RoomError::NoSuchRoom)?;
        self.reaches(room.room_type().as_str())?;
        Ok(room)
    }

    /// Waits as long as the operator lets rooms wait.
    async fn patiently<T>(&self, work: impl Future<Output = T>) -> Outcome<T> {
        timeout(self.premises.settings.other_room_wait, work)
            .await
            .map_err(|_| RoomError::TimedOut)
    }

    fn document(&self, value: &Value) -> Document {
        match self.encoding {
            Encoding::Json => Document::Json(value.to_string()),
            // What is no deeper than a room may send, or than a seat, can be packed.
            Encoding::MessagePack => {
                Document::MessagePack(msgpack::from_json_value(value).unwrap_or_default())
            }
        }
    }

    fn summary(&self, room: &ListedRoom) -> RoomSummary {
        let listing = &room.listing;
        let created = listing.created.duration_since(UNIX_EPOCH).unwrap_or_default();
        RoomSummary {
            id: room.id.to_string(),
            room_type: room.room_type.to_string(),
            clients: listing.clients,
            max_clients: listing.max_clients,
            locked: listing.lock != Lock::Open,
            private: listing.private,
            unlisted: listing.unlisted,
            metadata: listing.shown_metadata().map(|metadata| self.document(&metadata)),
            created: created.as_secs_f64() * 1000.0,
        }
    }

    async fn find(&self, query: RoomQuery) -> Outcome<Vec<RoomSummary>> {
        let room_types = match &query.room_type {
            Some(name) => Some(vec![self.served(name)?.current().name.clone()]),
            None => match &self.reach {
                Reach::All => None,
                Reach::Only(names) => Some(with(names, &self.room_type)),
            },
        };
        let query = read_query(query, room_types)?;
        let found = self.patiently(self.premises.driver.find(&query)).await?;
        let found = found.map_err(|error| unavailable(&error))?;
        Ok(found.iter().map(|room| self.summary(room)).collect())
    }

    async fn make(&self, room_type: &str, options: Document) -> Outcome<String> {
        let served = self.served(room_type)?;
        let options = read_map("the options", options)?;
        let premises = Arc::clone(&self.premises);
        // In a task of its own, so that rooms that create rooms that create rooms do not stack up. When this one gives
        // up waiting, the task ends, and the new room was never there.
        let mut task = JoinSet::new();
        task.spawn(async move { premises.create(&served, &options, Map::new()).await });
        let made = self.patiently(task.join_next()).await?;
        let Some(Ok(made)) = made else {
            return Err(RoomError::Failed("the host is going down".to_owned()));
        };
        made.map(|room| room.id().to_string())
            .map_err(|error| not_made(room_type, error))
    }

    async fn seat(&self, room: &str, wishes: Vec<SeatWish>) -> Outcome<Vec<ReservedSeat>> {
        let room = self.other(room)?;
        if wishes.len() > MAX_SEATS {
            return Err(not_valid(format!(
                "{} seats asked for; {MAX_SEATS} at most",
                wishes.len()
            )));
        }
        let requests = wishes.into_iter().map(read_wish).collect::<Outcome<Vec<_>>>()?;
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let sessions: Vec<SessionId> = requests.iter().map(|seat| seat.session.clone()).collect();
        self.patiently(room.reserve(requests))
            .await?
            .map_err(|error| match error {
                SeatError::Full => RoomError::Full,
                SeatError::Locked => RoomError::Locked,
                SeatError::SessionTaken => {
                    not_valid("a session that is in the room already, or stands here twice")
                }
                SeatError::Disposed | SeatError::UnknownToken => RoomError::NoSuchRoom,
            })?;
        let reserved = sessions.into_iter().map(|session| ReservedSeat {
            session: session.to_string(),
            reservation: self.document(&self.premises.seat_reply(&room, session).to_json_value()),
        });
        Ok(reserved.collect())
    }

    fn message(
        &self,
        kind: MessageType,
        payload: Payload,
        reply: Option<&oneshot::Sender<Result<Payload, HookError>>>,
    ) -> Outcome<RoomMessage> {
        wire::message_type(&kind).map_err(|error| not_valid(error.to_string()))?;
        bounded("the payload", payload_bytes(&payload))?;
        Ok(RoomMessage {
            sender: self.room.to_string(),
            sender_type: self.room_type.to_string(),
            kind,
            payload: wire::valid_payload(payload).map_err(|error| not_valid(error.to_string()))?,
            expects_reply: reply.is_some(),
        })
    }

    async fn ask(&self, to: &str, kind: MessageType, payload: Payload) -> Outcome<Payload> {
        if to == self.room.as_str() {
            return Err(not_valid("a room cannot ask itself: it would wait for itself"));
        }
        let room = self.other(to)?;
        let (reply, answer) = oneshot::channel();
        let message = self.message(kind, payload, Some(&reply))?;
        let exchange = async {
            let sent = room
                .mailbox()
                .send(Box::new(Command::Message(message, Some(reply))))
                .await;
            sent.map_err(|_| RoomError::NoSuchRoom)?;
            answer.await.map_err(|_| RoomError::NoSuchRoom)
        };
        match self.patiently(exchange).await?? {
            Ok(payload) => Ok(wire::recode_payload(payload, self.encoding)),
            Err(HookError::Refusal(refusal)) => Err(RoomError::Refused(refusal)),
            Err(HookError::Fault(what)) => Err(RoomError::Failed(what)),
            Err(HookError::Trap(_)) => Err(RoomError::Failed("the room has failed and ended".to_owned())),
        }
    }

    async fn tell(&self, to: &str, kind: MessageType, payload: Payload) -> Outcome<()> {
        let room = self.other(to)?;
        let message = Box::new(Command::Message(self.message(kind, payload, None)?, None));
        if to == self.room.as_str() {
            // Nobody empties its mailbox while it waits.
            return room.mailbox().try_send(message).map_err(|_| RoomError::TimedOut);
        }
        let sent = self.patiently(room.mailbox().send(message)).await?;
        sent.map_err(|_| RoomError::NoSuchRoom)
    }
}

impl OtherRooms for Neighbours {
    fn query(&self, query: RoomQuery) -> Waiting<'_, Outcome<Vec<RoomSummary>>> {
        Box::pin(self.find(query))
    }

    fn create(&self, room_type: String, options: Document) -> Waiting<'_, Outcome<String>> {
        Box::pin(async move { self.make(&room_type, options).await })
    }

    fn reserve(&self, room: String, seats: Vec<SeatWish>) -> Waiting<'_, Outcome<Vec<ReservedSeat>>> {
        Box::pin(async move { self.seat(&room, seats).await })
    }

    fn request(&self, to: String, kind: MessageType, payload: Payload) -> Waiting<'_, Outcome<Payload>> {
        Box::pin(async move { self.ask(&to, kind, payload).await })
    }

    fn notify(&self, to: String, kind: MessageType, payload: Payload) -> Waiting<'_, Outcome<()>> {
        Box::pin(async move { self.tell(&to, kind, payload).await })
    }
}

fn not_valid(why: impl Into<String>) -> RoomError {
    RoomError::NotValid(why.into())
}

fn unavailable(error: &DriverError) -> RoomError {
    RoomError::Failed(error.to_string())
}

fn not_made(room_type: &str, error: CreationError) -> RoomError {
    match error {
        CreationError::Hook(HookError::Refusal(refusal)) => RoomError::Refused(refusal),
        CreationError::Hook(HookError::Trap(trap)) if trap.kind == TrapKind::NoCapacity => {
            tracing::warn!(room_type, "no capacity: {}", trap.message);
            RoomError::Failed("this server has as many rooms as it may have".to_owned())
        }
        CreationError::Hook(error) => {
            tracing::error!(room_type, hook = "on-create", "{error}");
            RoomError::Failed(format!("`on-create` of the room type \"{room_type}\" failed"))
        }
        CreationError::TooMany(too_many) => RoomError::Failed(format!(
            "there are as many rooms of the type \"{room_type}\" as this server allows ({})",
            too_many.limit
        )),
        CreationError::Options(error) => not_valid(format!("the options: {error}")),
        CreationError::Closing => RoomError::Failed("the host is going down".to_owned()),
        CreationError::Driver(error) => unavailable(&error),
    }
}

fn with(names: &[RoomTypeName], own: &RoomTypeName) -> Vec<RoomTypeName> {
    let own = (!names.contains(own)).then(|| own.clone());
    names.iter().cloned().chain(own).collect()
}

fn bounded(what: &str, bytes: usize) -> Outcome<()> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    Err(not_valid(format!(
        "{what} has {bytes} bytes; {MAX_BYTES} at most"
    )))
}

fn document_bytes(document: &Document) -> usize {
    match document {
        Document::MessagePack(bytes) => bytes.len(),
        Document::Json(text) => text.len(),
    }
}

fn payload_bytes(payload: &Payload) -> usize {
    match payload {
        Payload::Empty => 0,
        Payload::Value(value) => document_bytes(value),
        Payload::Values(values) => values.iter().map(document_bytes).sum(),
        Payload::Raw(bytes) => bytes.len(),
    }
}

fn read_map(what: &str, document: Document) -> Outcome<Vec<u8>> {
    bounded(what, document_bytes(&document))?;
    wire::map(document).map_err(|error| not_valid(format!("{what}: {error}")))
}

fn read_wish(wish: SeatWish) -> Outcome<SeatRequest> {
    let session = match &wish.session {
        Some(name) => name
            .parse()
            .map_err(|error| not_valid(format!("the session: {error}")))?,
        None => SessionId::random(),
    };
    let auth = wish.auth.map(|auth| {
        bounded("auth", document_bytes(&auth))?;
        wire::valid_document(auth).map_err(|error| not_valid(format!("auth: {error}")))
    });
    Ok(SeatRequest {
        session,
        options: Bytes::from(read_map("the options", wish.options)?),
        auth: auth.transpose()?,
    })
}

fn read_query(query: RoomQuery, room_types: Option<Vec<RoomTypeName>>) -> Outcome<Query> {
    if query.limit > MAX_FOUND {
        return Err(not_valid(format!(
            "{} rooms asked for; {MAX_FOUND} at most",
            query.limit
        )));
    }
    if query.conditions.len() > MAX_CONDITIONS || query.sort.len() > MAX_CONDITIONS {
        return Err(not_valid(format!(
            "{} conditions and {} sort keys; {MAX_CONDITIONS} of each at most",
            query.conditions.len(),
            query.sort.len()
        )));
    }
    let sort_key = |(field, direction): (String, Direction)| SortKey {
        field: Field::named(&field),
        direction,
    };
    Ok(Query {
        room_types,
        conditions: query
            .conditions
            .into_iter()
            .map(read_condition)
            .collect::<Outcome<_>>()?,
        sort: query.sort.into_iter().map(sort_key).collect(),
        limit: query.limit as usize,
    })
}

fn read_condition(asked: AskedCondition) -> Outcome<Condition> {
    use parlor_plugin::Comparison::OneOf;
    let AskedCondition {
        field,
        comparison,
        value,
    } = asked;
    let complain = |problem: String| not_valid(format!("the condition on `{field}`: {problem}"));
    let value = wire::value_of(&value).map_err(|error: WireError| complain(error.to_string()))?;
    let simple = |value: &Value| matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_));
    match (&value, comparison) {
        (Value::Array(values), OneOf) if values.len() > MAX_CONDITIONS => {
            return Err(complain(format!(
                "{} values; {MAX_CONDITIONS} at most",
                values.len()
            )));
        }
        (Value::Array(values), OneOf) if values.iter().all(simple) => {}
        (_, OneOf) => {
            return Err(complain(
                "needs a list of texts, numbers and truth values".to_owned(),
            ));
        }
        (value, _) if simple(value) => {}
        _ => return Err(complain("needs a text, a number or a truth value".to_owned())),
    }
    Ok(Condition {
        field: Field::named(&field),
        comparison,
        value,
    })
}
