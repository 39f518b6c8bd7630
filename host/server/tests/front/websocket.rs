//! WebSockets that lead to no room.

use futures_util::{SinkExt, StreamExt};
use parlor_protocol::frame::server::{error, pong};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::{host, soon};

#[tokio::test]
async fn a_seat_that_is_not_there_is_refused_on_the_websocket() {
    let host = host().await;
    let cases = [
        ("/p/room?sessionId=abc", 524, 4002),
        ("/p/room", 524, 4002),
        ("/p-legacy/room?sessionId=a%20b", 524, 4002),
        ("/p%20p/r%20r?sessionId=abc", 524, 4002),
        (
            "/p/room?sessionId=abc&reconnectionToken=t&skipHandshake=true",
            524,
            4003,
        ),
        ("/p/room?reconnectionToken=%", 524, 4003),
        ("/compat015/p/room?sessionId=abc", 4214, 4002),
        ("/compat015/p%20p/room?reconnectionToken=t", 4214, 4003),
    ];
    for (path, error_code, code) in cases {
        let (mut client, reply) = connect_async(host.url(path)).await.unwrap();
        assert_eq!(reply.headers()["access-control-allow-origin"], "*");
        let first = soon(client.next()).await.unwrap().unwrap();
        assert_eq!(
            first,
            Message::Binary(error(error_code, "seat reservation expired.")),
            "{path}"
        );
        let Message::Close(Some(close)) = soon(client.next()).await.unwrap().unwrap() else {
            panic!("{path}")
        };
        assert_eq!(u16::from(close.code), code, "{path}");
        assert!(soon(client.next()).await.is_none());
    }
}

#[tokio::test]
async fn the_latency_probe_echoes_and_ends_after_silence() {
    let host = host().await;
    let (mut client, _) = connect_async(host.url("/")).await.unwrap();
    for sent in [
        Message::Binary(pong()),
        Message::binary(vec![1, 2, 3]),
        Message::text("x"),
    ] {
        soon(client.send(sent)).await.unwrap();
        assert_eq!(
            soon(client.next()).await.unwrap().unwrap(),
            Message::Binary(pong())
        );
    }
    let Message::Close(Some(close)) = soon(client.next()).await.unwrap().unwrap() else {
        panic!("no close")
    };
    assert_eq!(u16::from(close.code), 1000);
}
