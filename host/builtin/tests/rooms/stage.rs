//! A room without a server: a world that the test makes up, and clients that write and read frames.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use parlor_matchmaker::Matchmaker;
use parlor_plugin::{
    Document, Encoding, MessageType as Kind, OtherRooms, Payload, Presence, ReservedSeat, RoomError,
    RoomQuery, RoomSummary, SeatWish, Waiting,
};
use parlor_protocol::frame::client::ClientFrame;
use parlor_protocol::frame::server::ServerFrame;
use parlor_protocol::ids::{ProcessId, RoomId, RoomTypeName, SessionId};
use parlor_protocol::join::Dialect;
use parlor_protocol::message::MessageType;
use parlor_protocol::msgpack;
use parlor_room::Room;
use parlor_room::code::{BuiltInCapacity, BuiltInType};
use parlor_room::feed::{ListingChange, ListingChanges, ListingFeed};
use parlor_room::handle::{Arrival, Command, HandshakeWanted, RoomHandle, SeatRequest};
use parlor_room::listing::{ListedRoom, Listing, Lock};
use parlor_room::outbox::{Batch, Outbox, OutboxReader, outbox};
use parlor_room::room_type::RoomType;
use parlor_room::settings::RoomSettings;
use parlor_room::world::{IdTaken, World};
use serde_json::{Map, Value, json};

/// How long a wait may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The world around the room under test.
#[derive(Debug, Default)]
pub struct Around {
    feed: ListingFeed,
    rooms: Mutex<Vec<ListedRoom>>,
    /// What the queue asked for.
    pub asked: Arc<Mutex<Asked>>,
    matchmaker: Matchmaker,
}

/// What a room asked other rooms for, and what it is to hear.
#[derive(Debug, Default)]
pub struct Asked {
    pub created: Vec<String>,
    pub seats: Vec<Vec<(String, Value)>>,
    pub refuse: Option<RoomError>,
}

impl Around {
    /// A room is there, or shows something else than before.
    pub fn show(&self, room: ListedRoom) {
        let mut rooms = self.rooms.lock().unwrap();
        match rooms.iter_mut().find(|known| known.id == room.id) {
            Some(known) => {
                *known = room.clone();
                self.feed.tell(|| ListingChange::Changed(room));
            }
            None => {
                rooms.push(room.clone());
                self.feed.tell(|| ListingChange::Created(room));
            }
        }
    }

    pub fn remove(&self, id: &str) {
        let mut rooms = self.rooms.lock().unwrap();
        let place = rooms.iter().position(|room| room.id.as_str() == id).unwrap();
        let room = rooms.remove(place);
        self.feed.tell(|| ListingChange::Removed {
            id: room.id,
            room_type: room.room_type,
        });
    }
}

/// A room for the lists, of the type `duel`.
pub fn listed(id: &str, change: impl FnOnce(&mut Listing)) -> ListedRoom {
    let mut listing = Listing {
        clients: 1,
        max_clients: Some(4),
        lock: Lock::Open,
        private: false,
        unlisted: false,
        creation_fields: Map::new(),
        metadata: None,
        created: std::time::SystemTime::UNIX_EPOCH,
    };
    change(&mut listing);
    ListedRoom {
        id: RoomId::parse(id).unwrap(),
        room_type: RoomTypeName::parse("duel").unwrap(),
        process: ProcessId::parse("here").unwrap(),
        listing: Arc::new(listing),
    }
}

impl World for Around {
    fn other_rooms(&self, _of: &RoomHandle, _encoding: Encoding) -> Arc<dyn OtherRooms> {
        Arc::new(Others(Arc::clone(&self.asked)))
    }

    fn presence(&self, of: &RoomHandle) -> Arc<dyn Presence> {
        self.matchmaker.world().presence(of)
    }

    fn listing_changed(&self, _of: &RoomHandle) {}

    fn realtime_listings(&self) -> Waiting<'_, Vec<ListedRoom>> {
        let rooms = self.rooms.lock().unwrap().clone();
        Box::pin(async {
            // As if they came from elsewhere.
            tokio::task::yield_now().await;
            rooms
        })
    }

    fn listing_changes(&self) -> ListingChanges {
        self.feed.subscribe()
    }

    fn claim<'a>(&'a self, _id: &'a RoomId) -> Waiting<'a, Result<(), IdTaken>> {
        Box::pin(async { Ok(()) })
    }

    fn release(&self, _id: &RoomId) {}

    fn fell_back(&self, _room: &RoomHandle, _failed: &Arc<RoomType>, _back: &Arc<RoomType>) {}
}

#[derive(Debug)]
struct Others(Arc<Mutex<Asked>>);

impl OtherRooms for Others {
    fn query(&self, _query: RoomQuery) -> Waiting<'_, Result<Vec<RoomSummary>, RoomError>> {
        Box::pin(async { Err(RoomError::NotAllowed) })
    }

    fn create(&self, room_type: String, _options: Document) -> Waiting<'_, Result<String, RoomError>> {
        let mut asked = self.0.lock().unwrap();
        asked.created.push(room_type);
        let answer = match asked.refuse.clone() {
            Some(error) => Err(error),
            None => Ok(format!("match{}", asked.created.len())),
        };
        Box::pin(async {
            tokio::task::yield_now().await;
            answer
        })
    }

    fn reserve(
        &self,
        room: String,
        seats: Vec<SeatWish>,
    ) -> Waiting<'_, Result<Vec<ReservedSeat>, RoomError>> {
        let wishes: Vec<(String, Value)> = seats
            .into_iter()
            .map(|seat| (seat.session.unwrap(), document(&seat.options)))
            .collect();
        let reserved = wishes
            .iter()
            .map(|(session, _)| ReservedSeat {
                session: session.clone(),
                reservation: pack(&json!({"sessionId": session, "roomId": room})),
            })
            .collect();
        self.0.lock().unwrap().seats.push(wishes);
        Box::pin(async { Ok(reserved) })
    }

    fn request(&self, _: String, _: Kind, _: Payload) -> Waiting<'_, Result<Payload, RoomError>> {
        Box::pin(async { Err(RoomError::NotAllowed) })
    }

    fn notify(&self, _: String, _: Kind, _: Payload) -> Waiting<'_, Result<(), RoomError>> {
        Box::pin(async { Err(RoomError::NotAllowed) })
    }
}

fn pack(value: &Value) -> Document {
    Document::MessagePack(msgpack::from_json_value(value).unwrap())
}

fn document(document: &Document) -> Value {
    match document {
        Document::MessagePack(bytes) => msgpack::to_json_value(bytes).unwrap(),
        Document::Json(text) => serde_json::from_str(text).unwrap(),
    }
}

/// A running room.
pub struct Stage {
    pub around: Arc<Around>,
    pub room: RoomHandle,
}

/// One client: `None` where the connection was closed.
pub struct Client {
    pub session: SessionId,
    room: RoomHandle,
    outbox: Outbox,
    reader: OutboxReader,
    batch: VecDeque<Bytes>,
    close: Option<(u16, String)>,
}

impl Stage {
    pub async fn open(built_in: impl BuiltInType + 'static, settings: RoomSettings) -> Self {
        Self::create(built_in, settings, json!({}), Arc::default())
            .await
            .unwrap()
    }

    pub async fn create(
        built_in: impl BuiltInType + 'static,
        settings: RoomSettings,
        options: Value,
        around: Arc<Around>,
    ) -> Result<Self, parlor_plugin::HookError> {
        let name = RoomTypeName::parse("under_test").unwrap();
        let room_type =
            RoomType::built_in(name, Arc::new(built_in), BuiltInCapacity::new(1), settings).unwrap();
        let options = msgpack::from_json_value(&options).unwrap();
        let world = Arc::clone(&around) as Arc<dyn World>;
        let (room, task) = Room::create(room_type, RoomId::random(), &options, Map::new(), world).await?;
        tokio::spawn(task.run());
        Ok(Self { around, room })
    }

    /// Takes a seat, connects, and acknowledges.
    pub async fn join(&self, options: Value) -> Client {
        let mut client = self.connect(options).await;
        assert!(
            matches!(client.frame().await, Some(ServerFrame::Join(_))),
            "no JOIN_ROOM"
        );
        client.frame_to(ClientFrame::JoinAcknowledged).await;
        client
    }

    pub async fn connect(&self, options: Value) -> Client {
        let session = SessionId::random();
        let seat = SeatRequest {
            session: session.clone(),
            options: msgpack::from_json_value(&options).unwrap().into(),
            auth: None,
        };
        self.room.reserve(vec![seat]).await.unwrap();
        let (sender, reader) = outbox(1 << 20);
        let arrival = Arrival {
            session: session.clone(),
            token: None,
            dialect: Dialect::Polyglot,
            handshake: HandshakeWanted::Yes,
            outbox: sender.clone(),
        };
        self.room
            .mailbox()
            .send(Box::new(Command::Connect(arrival)))
            .await
            .unwrap();
        Client {
            session,
            room: self.room.clone(),
            outbox: sender,
            reader,
            batch: VecDeque::new(),
            close: None,
        }
    }
}

impl Client {
    /// The next frame; none: the connection was closed.
    pub async fn frame(&mut self) -> Option<ServerFrame> {
        while self.batch.is_empty() {
            if self.close.is_some() {
                return None;
            }
            let mut batch = Batch::default();
            tokio::time::timeout(PATIENCE, poll_fn(|cx| self.reader.poll_next(cx, &mut batch)))
                .await
                .expect("nothing came");
            self.reader.written(batch.frames.iter().map(Bytes::len).sum());
            self.close = batch.close.map(|close| (close.code.0, close.reason));
            self.batch.extend(batch.frames);
        }
        let frame = self.batch.pop_front()?;
        Some(ServerFrame::decode(&frame).unwrap())
    }

    /// The next message: its type, and its payload as JSON. Frames of state are passed over.
    pub async fn message(&mut self) -> (String, Value) {
        loop {
            match self.frame().await {
                Some(ServerFrame::Message { kind, payload }) => {
                    let payload =
                        payload.map_or(Value::Null, |payload| msgpack::to_json_value(&payload).unwrap());
                    return (kind.to_string(), payload);
                }
                Some(ServerFrame::Error { code, message }) => {
                    return (format!("error {code}"), message.into());
                }
                Some(_) => {}
                None => return ("closed".to_owned(), json!(self.close.clone().unwrap().0)),
            }
        }
    }

    pub async fn send(&self, kind: &str, payload: Value) {
        let payload = Bytes::from(msgpack::from_json_value(&payload).unwrap());
        self.frame_to(ClientFrame::Message {
            kind: MessageType::text(kind).unwrap(),
            payload: Some(payload.to_vec()),
        })
        .await;
    }

    pub async fn frame_to(&self, frame: ClientFrame) {
        let command = Command::Frame {
            session: self.session.clone(),
            connection: self.outbox.connection(),
            frame,
        };
        self.room.mailbox().send(Box::new(command)).await.unwrap();
    }

    /// The connection breaks.
    pub async fn drop_connection(self) {
        let command = Command::Closed {
            session: self.session.clone(),
            connection: self.outbox.connection(),
            code: parlor_protocol::close::CloseCode::ABNORMAL,
        };
        self.room.mailbox().send(Box::new(command)).await.unwrap();
    }
}
