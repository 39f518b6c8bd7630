//! A real client on loopback on one side of a connection, the test as its room on the other.

use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use parlor_matchmaker::Matchmaker;
use parlor_protocol::frame::client::ClientFrame;
use parlor_protocol::join::Dialect;
use parlor_room::handle::{Arrival, Command, HandshakeWanted, Mailbox};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::connection::{Entry, run};
use crate::http::Front;
use crate::server::serve_connection;
use crate::settings::ServerSettings;
use crate::upgrade;
use crate::websocket::Upgrade;

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// More than any test sends by chance.
pub(super) const MESSAGES_PER_SECOND: u32 = 1000;

/// Both sides of one connection.
pub(super) struct Table {
    pub client: Client,
    pub room: mpsc::Receiver<Box<Command>>,
    pub front: Arc<Front>,
}

/// Nothing here takes long; what hangs is to fail.
pub(super) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what)
        .await
        .expect("takes too long")
}

/// No pings and no bounds of time that a test does not ask for.
pub(super) fn patient() -> ServerSettings {
    let long = Duration::from_secs(3600);
    ServerSettings {
        ping_interval: long,
        join_timeout: long,
        ..ServerSettings::default()
    }
}

pub(super) async fn connect(settings: ServerSettings, mailbox_capacity: usize) -> Table {
    let (mailbox, room) = mpsc::channel(mailbox_capacity);
    connect_to(settings, mailbox, room).await
}

pub(super) async fn connect_to(
    settings: ServerSettings,
    mailbox: Mailbox,
    room: mpsc::Receiver<Box<Command>>,
) -> Table {
    let front = Arc::new(Front::new(settings, Arc::new(Matchmaker::default())));
    let served = Arc::clone(&front);
    // The only sender goes to the only connection, so that the room hears when it has ended.
    let mailbox = Arc::new(std::sync::Mutex::new(Some(mailbox)));
    let router = Router::new().route(
        "/",
        get(async move |upgrade: Upgrade| {
            let entry = Entry {
                session: "s".parse().unwrap(),
                token: None,
                dialect: Dialect::Tagged,
                handshake: HandshakeWanted::Yes,
                mailbox: mailbox.lock().unwrap().take().unwrap(),
                max_messages_per_second: NonZeroU32::new(MESSAGES_PER_SECOND),
            };
            let place = served.crowd.enter(Ipv4Addr::LOCALHOST.into()).unwrap();
            upgrade::open(served, place, Ok(upgrade), |front, wire| async move {
                run(wire, entry, &front.settings, front.stop.watch()).await;
            })
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let serving = Arc::clone(&front);
    tokio::spawn(async move {
        let (stream, peer) = listener.accept().await.unwrap();
        serve_connection(stream, peer, router, serving).await;
    });
    let (client, _) = connect_async(url).await.unwrap();
    Table { client, room, front }
}

impl Table {
    pub async fn command(&mut self) -> Command {
        *soon(self.room.recv()).await.expect("the connection has ended")
    }

    pub async fn arrival(&mut self) -> Arrival {
        match self.command().await {
            Command::Connect(arrival) => arrival,
            other => panic!("{other:?}"),
        }
    }

    pub async fn frame(&mut self) -> ClientFrame {
        match self.command().await {
            Command::Frame { frame, .. } => frame,
            other => panic!("{other:?}"),
        }
    }

    /// The code with which the connection ended, and nothing after it.
    pub async fn closed(&mut self) -> u16 {
        let Command::Closed { code, .. } = self.command().await else {
            panic!("not closed")
        };
        assert!(soon(self.room.recv()).await.is_none());
        code.0
    }

    pub async fn send(&mut self, bytes: impl Into<Bytes>) {
        soon(self.client.send(Message::Binary(bytes.into())))
            .await
            .unwrap();
    }

    /// The next frame from the host, pings aside.
    pub async fn read(&mut self) -> Message {
        loop {
            match soon(self.client.next()).await.expect("no more frames").unwrap() {
                Message::Ping(_) => {}
                message => return message,
            }
        }
    }

    /// The close frame, which has to be next and last. Reading on answers it.
    pub async fn read_close(&mut self) -> (u16, String) {
        let Message::Close(Some(frame)) = self.read().await else {
            panic!("not closed")
        };
        let _ = soon(self.client.next()).await;
        (frame.code.into(), frame.reason.to_string())
    }
}
