//! A WebSocket against a server that says what the test wants.

#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use parlor_loadclient::{Client, ClientError, Endpoint, Entrance, Event, Seat, WebSocket, matchmake};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const SWITCHING: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const JOIN: &[u8] = b"\x82\x0b\x0a\x03tok\x04none\x00";

/// Accepts one connection, takes one request, says `script`, and gives what it was asked and what came after.
async fn server(script: Vec<u8>) -> (Endpoint, JoinHandle<(String, Vec<u8>)>) {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        stream.write_all(&script).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        (request, rest)
    });
    (endpoint, serving)
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
    }
    String::from_utf8(request).unwrap()
}

fn script(frames: &[&[u8]]) -> Vec<u8> {
    [SWITCHING]
        .iter()
        .chain(frames)
        .copied()
        .flatten()
        .copied()
        .collect()
}

fn seat() -> Seat {
    Seat {
        room_id: "R".to_owned(),
        session_id: "S".to_owned(),
        process_id: "P".to_owned(),
        public_address: None,
    }
}

/// Everything that comes until the end, closes as their code.
async fn listen(socket: &mut WebSocket) -> Result<Vec<Vec<u8>>, ClientError> {
    let mut heard = Vec::new();
    loop {
        while let Some(event) = socket.event()? {
            match event {
                Event::Message(message) => heard.push(message.to_vec()),
                Event::Closed(code) => {
                    heard.push(code.to_be_bytes().to_vec());
                    return Ok(heard);
                }
            }
        }
        socket.exchange().await?;
    }
}

#[tokio::test]
async fn messages_come_whole_however_they_are_cut() {
    let long = vec![7; 70_000];
    let mut head = vec![0x82, 127];
    head.extend_from_slice(&70_000_u64.to_be_bytes());
    let frames: [&[u8]; 8] = [
        b"\x82\x01a", // together with the reply to the request
        &head,
        &long,
        b"\x02\x02bc", // the first part of three
        b"\x89\x01!",  // a ping between them
        b"\x00\x01d",
        b"\x80\x01e",
        b"\x88\x02\x0f\xa0", // close with 4000
    ];
    let (endpoint, serving) = server(script(&frames)).await;
    let mut socket = WebSocket::connect(&endpoint, "/P/R?sessionId=S").await.unwrap();
    let heard = listen(&mut socket).await.unwrap();
    assert_eq!(
        heard,
        [
            b"a".to_vec(),
            long,
            b"bcde".to_vec(),
            4000_u16.to_be_bytes().to_vec()
        ]
    );
    drop(socket);
    let (request, answers) = serving.await.unwrap();
    assert!(
        request.starts_with("GET /P/R?sessionId=S HTTP/1.1\r\n"),
        "{request}"
    );
    // A pong, and the close given back.
    assert_eq!(answers.iter().filter(|byte| **byte == 0x8a).count(), 1);
    assert_eq!(answers.get(7), Some(&0x88), "{answers:x?}");
}

#[tokio::test]
async fn an_end_without_a_word_is_1006() {
    let (endpoint, _serving) = server(script(&[b"\x82\x05abc"])).await;
    let mut socket = WebSocket::connect(&endpoint, "/").await.unwrap();
    assert_eq!(
        listen(&mut socket).await.unwrap(),
        [1006_u16.to_be_bytes().to_vec()]
    );
}

#[tokio::test]
async fn a_server_that_wants_no_websocket_is_told_apart() {
    let (endpoint, _serving) = server(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    let error = WebSocket::connect(&endpoint, "/").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no WebSocket: the server answered with status 404"
    );
}

#[tokio::test]
async fn a_client_acknowledges_its_join_and_leaves() {
    let (endpoint, serving) = server(script(&[JOIN, b"\x88\x02\x0f\xa0"])).await;
    let client = Client::join(&endpoint, seat()).await.unwrap();
    assert_eq!(client.reconnection_token(), "tok");
    let closing = client.leave(std::time::Duration::from_secs(10)).await.unwrap();
    assert_eq!(closing.code, 4000);
    let (request, said) = serving.await.unwrap();
    assert!(
        request.starts_with("GET /P/R?sessionId=S HTTP/1.1\r\n"),
        "{request}"
    );
    // Masked with a key that begins with 37.
    assert_eq!(
        said.get(..7).map(|frame| frame[6] ^ 0x37),
        Some(0x0a),
        "{said:x?}"
    );
    assert_eq!(
        said.get(7..14).map(|frame| frame[6] ^ 0x37),
        Some(0x0c),
        "{said:x?}"
    );
}

#[tokio::test]
async fn a_client_that_is_refused_says_how() {
    let refused = b"\x82\x09\x0b\xcd\x87\x13\xa4full\x88\x02\x0f\xa2".to_vec();
    let (endpoint, _serving) = server(script(&[&refused])).await;
    let error = Client::join(&endpoint, seat()).await.unwrap_err();
    assert_eq!(error.to_string(), "the room sent error 4999: full");
    let (endpoint, _serving) = server(script(&[b"\x88\x02\x0f\xa2"])).await;
    let error = Client::join(&endpoint, seat()).await.unwrap_err();
    assert_eq!(error.to_string(), "closed with 4002");
}

#[tokio::test]
async fn the_matchmaker_is_asked_as_an_sdk_asks() {
    let body =
        json!({"name": "x", "roomId": "R", "sessionId": "S", "processId": "P", "room": {}}).to_string();
    let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let (endpoint, serving) = server(reply.into_bytes()).await;
    let options = json!({"mode": "duo"});
    let found = matchmake(&endpoint, Entrance::JoinOrCreate("x"), &options, Some("secret")).await;
    assert_eq!(found.unwrap(), seat());
    let (request, rest) = serving.await.unwrap();
    assert!(
        request.starts_with("POST /matchmake/joinOrCreate/x HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("\r\nAuthorization: Bearer secret\r\n"),
        "{request}"
    );
    assert!(
        request.ends_with(r#"{"mode":"duo"}"#) || rest == br#"{"mode":"duo"}"#,
        "{request}"
    );

    let refusal = b"HTTP/1.1 521 x\r\nContent-Length: 25\r\n\r\n{\"code\":521,\"error\":\"no\"}".to_vec();
    let (endpoint, _serving) = server(refusal).await;
    let error = matchmake(&endpoint, Entrance::Join("x"), &options, None)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "refused with 521: no");
}
