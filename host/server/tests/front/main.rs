//! A bound server without rooms, spoken to by raw HTTP and WebSockets.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod crowd;
mod http;
mod websocket;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parlor_matchmaker::Matchmaker;
use parlor_server::{Server, ServerError, ServerSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::connect_async;

struct Host {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

fn settings() -> ServerSettings {
    ServerSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        max_body_bytes: 1000,
        close_grace: Duration::from_millis(500),
        ..Default::default()
    }
}

async fn host() -> Host {
    host_with(settings()).await
}

async fn host_with(settings: ServerSettings) -> Host {
    let server = Server::bind(settings, Arc::new(Matchmaker::default()))
        .await
        .unwrap();
    let address = server.local_addr();
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(server.serve(async move { drop(stopped.await) }));
    Host {
        address,
        stop,
        serving,
    }
}

/// Nothing here takes long; what hangs is to fail.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what)
        .await
        .expect("takes too long")
}

struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

impl Host {
    async fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Reply {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        );
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = String::new();
        soon(stream.read_to_string(&mut reply)).await.unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    async fn post(&self, path: &str, body: &str) -> Reply {
        self.ask("POST", path, "", body).await
    }

    fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }
}

#[tokio::test]
async fn an_address_in_use_says_what_to_do() {
    let host = host().await;
    let settings = ServerSettings {
        listen: host.address,
        ..settings()
    };
    let error = Server::bind(settings, Arc::new(Matchmaker::default()))
        .await
        .unwrap_err();
    assert!(matches!(error, ServerError::AddressInUse { address } if address == host.address));
    assert!(error.to_string().contains("choose another port"));
}

#[tokio::test]
async fn stopping_ends_every_connection() {
    let host = host().await;
    let (_probe, _) = connect_async(host.url("/")).await.unwrap();
    let mut idle = TcpStream::connect(host.address).await.unwrap();
    idle.write_all(b"GET /__healthcheck HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    idle.read_u8().await.unwrap();
    host.stop.send(()).unwrap();
    soon(host.serving).await.unwrap();
    assert!(TcpStream::connect(host.address).await.is_err());
    let mut rest = Vec::new();
    soon(idle.read_to_end(&mut rest)).await.unwrap();
}
