//! A thousand joins and leaves in fifty rooms, over real sockets: no room, seat or task is left, and after a second
//! thousand neither.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlor_builtin::Relay;
use parlor_matchmaker::{Asking, Matching, Matchmaker};
use parlor_protocol::frame::opcode;
use parlor_protocol::ids::RoomTypeName;
use parlor_protocol::matchmake::{ClientOptions, Method, SeatReply};
use parlor_room::code::BuiltInCapacity;
use parlor_room::room_type::RoomType;
use parlor_room::settings::RoomSettings;
use parlor_server::{Server, ServerSettings};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const ROOMS: usize = 50;
const JOINS: usize = 1000;
/// Nothing here takes long; what hangs is to fail.
const PATIENCE: Duration = Duration::from_secs(60);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Host {
    matchmaker: Arc<Matchmaker>,
    address: String,
}

impl Host {
    async fn seat(&self, method: Method, target: &str) -> SeatReply {
        let asking = Asking {
            options: ClientOptions::parse(b"{}").unwrap(),
            token: None,
            headers: Vec::new(),
            remote_address: "127.0.0.1".to_owned(),
        };
        self.matchmaker.seat(method, target, asking).await.unwrap()
    }

    async fn enter(&self, seat: &SeatReply) -> Socket {
        let url = format!(
            "ws://{}/{}/{}?sessionId={}",
            self.address, seat.process, seat.room, seat.session
        );
        let (mut socket, _) = connect_async(url).await.unwrap();
        let first = next(&mut socket).await;
        assert!(matches!(&first, Some(Message::Binary(bytes)) if bytes[0] == opcode::JOIN_ROOM));
        socket
            .send(Message::binary(vec![opcode::JOIN_ROOM]))
            .await
            .unwrap();
        socket
    }

    async fn round(&self) {
        let mut keepers = Vec::new();
        for _ in 0..ROOMS {
            let seat = self.seat(Method::Create, "relay").await;
            keepers.push((self.enter(&seat).await, seat));
        }
        let rooms: BTreeSet<&str> = keepers.iter().map(|(_, seat)| seat.room.as_str()).collect();
        assert_eq!(rooms.len(), ROOMS);
        for _ in 0..JOINS / ROOMS {
            for (_, keeper) in &keepers {
                let seat = self.seat(Method::JoinById, keeper.room.as_str()).await;
                leave(self.enter(&seat).await).await;
            }
        }
        for (keeper, _) in keepers {
            leave(keeper).await;
        }
    }

    /// Waits until nothing is left but what was there before.
    async fn assert_empty(&self, tasks: usize) {
        let gone = async {
            while !self.matchmaker.listings(None).await.unwrap().is_empty()
                || Handle::current().metrics().num_alive_tasks() > tasks
            {
                tokio::task::yield_now().await;
            }
        };
        let left = tokio::time::timeout(PATIENCE, gone).await;
        let alive = Handle::current().metrics().num_alive_tasks();
        assert!(left.is_ok(), "{alive} tasks, before {tasks}");
    }
}

async fn next(socket: &mut Socket) -> Option<Message> {
    let message = tokio::time::timeout(PATIENCE, socket.next()).await;
    message.expect("takes too long").map(Result::unwrap)
}

async fn leave(mut socket: Socket) {
    socket
        .send(Message::binary(vec![opcode::LEAVE_ROOM]))
        .await
        .unwrap();
    loop {
        match next(&mut socket).await {
            Some(Message::Close(Some(close))) => assert_eq!(u16::from(close.code), 4000),
            Some(_) => {}
            None => return,
        }
    }
}

#[tokio::test]
async fn nothing_is_left_of_thousands_who_came_and_went() {
    let matchmaker = Arc::new(Matchmaker::default());
    let relay = RoomType::built_in(
        RoomTypeName::parse("relay").unwrap(),
        Arc::new(Relay::new().unwrap()),
        BuiltInCapacity::new(ROOMS as u32),
        RoomSettings::default(),
    )
    .unwrap();
    matchmaker.deploy(relay, Matching::default()).await.unwrap();
    let settings = ServerSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        ..ServerSettings::default()
    };
    let server = Server::bind(settings, Arc::clone(&matchmaker)).await.unwrap();
    let host = Host {
        matchmaker,
        address: server.local_addr().to_string(),
    };
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(server.serve(async move { drop(stopped.await) }));
    let tasks = Handle::current().metrics().num_alive_tasks();
    for _ in 0..2 {
        host.round().await;
        host.assert_empty(tasks).await;
    }
    stop.send(()).unwrap();
    serving.await.unwrap();
}
