//! A real room, driven by the commands that matchmaker and connections send it, on a clock that only the test moves.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parlor_matchmaker::Matchmaker;
use parlor_plugin::{MessageType, Payload, RoomMessage};
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::client::ClientFrame;
use parlor_protocol::frame::server::ServerFrame;
use parlor_protocol::ids::{ReconnectionToken, RoomId, RoomTypeName, SessionId};
use parlor_protocol::join::Dialect;
use parlor_room::code::BuiltInCapacity;
use parlor_room::handle::{Arrival, Command, HandshakeWanted, RoomHandle, SeatError, SeatRequest};
use parlor_room::outbox::{Batch, Outbox, OutboxReader, outbox};
use parlor_room::room_type::RoomType;
use parlor_room::settings::RoomSettings;
use parlor_room::{End, Room};
use serde_json::Map;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::recorder::Record;

/// An empty map.
const NO_OPTIONS: &[u8] = &[0x80];

pub struct Stage {
    pub record: Record,
    pub room: RoomHandle,
    pub end: JoinHandle<End>,
}

/// A connection that asked to be a client's.
pub struct Connection {
    session: SessionId,
    outbox: Outbox,
    reader: OutboxReader,
    /// How it was closed.
    pub closed: Option<CloseCode>,
}

/// What a connection was told when it arrived.
#[derive(Debug)]
pub enum Answer {
    Joined(ReconnectionToken),
    Refused(CloseCode),
}

impl Stage {
    pub async fn open(seat_time: Duration, max_clients: u32) -> Self {
        let record = Record::default();
        let settings = RoomSettings {
            seat_reservation: seat_time,
            max_clients: Some(max_clients),
            ..RoomSettings::default()
        };
        let name = RoomTypeName::parse("recorder").unwrap();
        let room_type =
            RoomType::built_in(name, Arc::new(record.clone()), BuiltInCapacity::new(1), settings).unwrap();
        let world = Matchmaker::default().world();
        let (room, task) = Room::create(room_type, RoomId::random(), NO_OPTIONS, Map::new(), world)
            .await
            .unwrap();
        let end = tokio::spawn(task.run());
        Self { record, room, end }
    }

    pub async fn reserve(&self, session: &SessionId) -> Result<(), SeatError> {
        let seat = SeatRequest {
            session: session.clone(),
            options: NO_OPTIONS.into(),
            auth: None,
        };
        self.room.reserve(vec![seat]).await
    }

    /// A connection arrives; it is told one thing, and only one.
    pub async fn connect(
        &self,
        session: &SessionId,
        token: Option<ReconnectionToken>,
    ) -> (Connection, Answer) {
        let (outbox, reader) = outbox(1 << 16);
        let arrival = Arrival {
            session: session.clone(),
            token,
            dialect: Dialect::Tagged,
            handshake: HandshakeWanted::Yes,
            outbox: outbox.clone(),
        };
        self.tell(Command::Connect(arrival)).await;
        let mut connection = Connection {
            session: session.clone(),
            outbox,
            reader,
            closed: None,
        };
        let frames = connection.read();
        let answer = match (frames.as_slice(), connection.closed) {
            ([ServerFrame::Join(join)], None) => {
                Answer::Joined(ReconnectionToken::parse(&join.token).unwrap())
            }
            ([ServerFrame::Error { code: 524, .. }], Some(code)) => Answer::Refused(code),
            other => panic!("{session} was told {other:?}"),
        };
        (connection, answer)
    }

    pub async fn say(&self, connection: &Connection, frame: ClientFrame) {
        self.tell(Command::Frame {
            session: connection.session.clone(),
            connection: connection.outbox.connection(),
            frame,
        })
        .await;
    }

    /// The connection breaks.
    pub async fn lose(&self, connection: &Connection) {
        self.tell(Command::Closed {
            session: connection.session.clone(),
            connection: connection.outbox.connection(),
            code: CloseCode::ABNORMAL,
        })
        .await;
    }

    /// Has the room do something.
    pub async fn instruct(&self, kind: &str, bytes: &[u8]) {
        self.send(kind, bytes).await;
        self.settle().await;
    }

    async fn send(&self, kind: &str, bytes: &[u8]) {
        let message = RoomMessage {
            sender: "test".to_owned(),
            sender_type: "test".to_owned(),
            kind: MessageType::Text(kind.to_owned()),
            payload: Payload::Raw(bytes.to_vec()),
            expects_reply: false,
        };
        let command = Command::Message(message, None);
        self.room.mailbox().send(Box::new(command)).await.unwrap();
    }

    /// The same, when the room may end by it.
    pub async fn instruct_last(&self, kind: &str) {
        self.send(kind, &[]).await;
    }

    /// Time goes by, and what falls due is done.
    pub async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
        self.settle().await;
    }

    async fn tell(&self, command: Command) {
        self.room.mailbox().send(Box::new(command)).await.unwrap();
        self.settle().await;
    }

    /// Returns when the room has done everything that it has to do now. It looks at its clock between two answers.
    async fn settle(&self) {
        for _ in 0..2 {
            let (reply, answer) = oneshot::channel();
            let question = Command::FindHeldSeat(ReconnectionToken::random(), reply);
            self.room.mailbox().send(Box::new(question)).await.unwrap();
            assert_eq!(answer.await.unwrap(), Err(SeatError::UnknownToken));
        }
    }
}

impl Connection {
    /// What has come since the last look.
    pub fn read(&mut self) -> Vec<ServerFrame> {
        let mut batch = Batch::default();
        let taken = {
            let next = std::pin::pin!(poll_fn(|cx| self.reader.poll_next(cx, &mut batch)));
            next.poll(&mut Context::from_waker(Waker::noop()))
        };
        if taken == Poll::Pending {
            return Vec::new();
        }
        self.reader
            .written(batch.frames.iter().map(|frame| frame.len()).sum());
        if let Some(close) = batch.close {
            assert_eq!(self.closed.replace(close.code), None, "closed twice");
        }
        let decode = |frame: &bytes::Bytes| ServerFrame::decode(frame).unwrap();
        batch.frames.iter().map(decode).collect()
    }
}
