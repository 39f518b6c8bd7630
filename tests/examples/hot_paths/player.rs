//! The side that is not counted: clients in a process of their own, in step with the host.

use std::net::SocketAddr;
use std::time::Duration;

use parlor_loadclient::{Client, Endpoint, Entrance, Heard, ObjectForm, Outgoing, matchmake, payload};
use parlor_protocol::{ClientFrame, MessageType};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::HotPath;

/// Each of them has two numbers.
const ENTITIES: u32 = 50;
const WATCHERS: usize = 50;
/// How long a client may take to leave, and how long everything may take: what is counted is slow.
const LEAVING: Duration = Duration::from_secs(60);
const ALL: Duration = Duration::from_secs(600);

/// Plays so many rounds of a path.
pub fn play(path: HotPath, rounds: u32, host: &Endpoint, conductor: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let playing = async {
        match path {
            HotPath::Message => talk(host, rounds, 1).await,
            HotPath::EightMessages => talk(host, rounds / 8, 8).await,
            HotPath::Patch => watch(host, rounds, conductor).await,
            HotPath::Join => come_and_go(host, rounds).await,
            HotPath::Timer => panic!("nobody plays that"),
        }
    };
    let played = runtime.unwrap().block_on(async { timeout(ALL, playing).await });
    played.unwrap_or_else(|_| panic!("`{}`: the host did not answer any more", path.name()));
}

/// Sends `window` messages at once, and the next when all have come back.
async fn talk(host: &Endpoint, rounds: u32, window: usize) {
    let body = json!({"x": 12.5, "y": -3.25, "facing": 90, "running": true});
    let message = ClientFrame::Message {
        kind: MessageType::text("move").unwrap(),
        payload: Some(payload(&body, ObjectForm::Record)),
    };
    let message = Outgoing::new(&message.encode());
    let mut client = come(host, Entrance::Create("echo"), &json!({})).await;
    for _ in 0..rounds {
        (0..window).for_each(|_| client.socket().queue(&message));
        let mut back = 0;
        while back < window {
            client.socket().exchange().await.unwrap();
            while let Some(event) = client.socket().event().unwrap() {
                back += usize::from(matches!(Heard::of(event).unwrap(), Heard::Message(_)));
            }
        }
    }
}

/// Lets the next beat come when all clients have the patch of the last.
async fn watch(host: &Endpoint, rounds: u32, conductor: SocketAddr) {
    let options = json!({"entities": ENTITIES});
    let mut clients = vec![come(host, Entrance::Create("ticker"), &options).await];
    let room = clients[0].seat().room_id.clone();
    while clients.len() < WATCHERS {
        clients.push(come(host, Entrance::JoinById(&room), &json!({})).await);
    }
    let mut conductor = TcpStream::connect(conductor).await.unwrap();
    conductor.set_nodelay(true).unwrap();
    for _ in 0..rounds {
        conductor.write_all(&[0]).await.unwrap();
        for client in &mut clients {
            let mut patches = 0;
            while patches == 0 {
                client.socket().exchange().await.unwrap();
                while let Some(event) = client.socket().event().unwrap() {
                    patches += u32::from(matches!(Heard::of(event).unwrap(), Heard::Patch(_)));
                }
            }
            assert_eq!(patches, 1, "a beat brings one patch");
        }
    }
}

async fn come_and_go(host: &Endpoint, rounds: u32) {
    for _ in 0..rounds {
        let client = come(host, Entrance::Create("idle"), &json!({})).await;
        client.leave(LEAVING).await.unwrap();
    }
}

async fn come(host: &Endpoint, entrance: Entrance<'_>, options: &Value) -> Client {
    let seat = matchmake(host, entrance, options, None).await.unwrap();
    Client::join(host, seat).await.unwrap()
}
