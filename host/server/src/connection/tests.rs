//! What a connection does with what its two sides do.

mod table;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use parlor_protocol::close::CloseCode;
use parlor_protocol::frame::client::ClientFrame;
use parlor_protocol::frame::{opcode, server};
use parlor_protocol::message::MessageType;
use parlor_room::handle::Command;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::settings::ServerSettings;
use table::{MESSAGES_PER_SECOND, Table, connect, connect_to, patient, soon};

fn message(number: u32) -> ClientFrame {
    ClientFrame::Message {
        kind: MessageType::from(number),
        payload: None,
    }
}

#[tokio::test]
async fn frames_go_both_ways_and_pings_are_answered_here() {
    let mut table = connect(patient(), 8).await;
    let arrival = table.arrival().await;
    table.send(vec![opcode::PING]).await;
    assert_eq!(table.read().await, Message::Binary(server::pong()));
    // An opcode that nobody knows is ignored.
    table.send(vec![0x1f, 1, 2]).await;
    table.send(vec![opcode::JOIN_ROOM]).await;
    table.send(message(7).encode()).await;
    assert_eq!(table.frame().await, ClientFrame::JoinAcknowledged);
    assert_eq!(table.frame().await, message(7));
    for number in 0..100_u8 {
        arrival.outbox.push_message(vec![number].into()).unwrap();
    }
    for number in 0..100_u8 {
        assert_eq!(table.read().await, Message::Binary(vec![number].into()));
    }
}

#[tokio::test]
async fn what_a_client_may_not_send_closes_with_a_reason() {
    let limit = 1000;
    let cases: [(Message, u16, &str); 2] = [
        (Message::text("hello"), 1003, "text frames"),
        (Message::binary(vec![0; limit + 1]), 1009, "1000 bytes"),
    ];
    for (sent, code, reason) in cases {
        let mut table = connect(
            ServerSettings {
                max_frame_bytes: limit,
                ..patient()
            },
            8,
        )
        .await;
        table.arrival().await;
        soon(table.client.send(sent)).await.unwrap();
        let (closed, why) = table.read_close().await;
        assert_eq!(closed, code);
        assert!(why.contains(reason), "{why}");
        assert_eq!(table.closed().await, code);
    }
}

#[tokio::test]
async fn who_breaks_a_rule_is_expelled_by_the_room() {
    let cases: [(&[u8], &str); 3] = [
        (&[], "the frame is empty"),
        (&[opcode::ROOM_DATA], "ends inside"),
        (&[opcode::ROOM_DATA, 7, 0xc1], "payload"),
    ];
    for (sent, reason) in cases {
        let mut table = connect(patient(), 8).await;
        let outbox = table.arrival().await.outbox;
        table.send(sent.to_vec()).await;
        // Nothing of what comes after it counts.
        table.send(message(1).encode()).await;
        let Command::Expel { close, .. } = table.command().await else {
            panic!("not expelled")
        };
        outbox.push_message(Bytes::from_static(b"farewell")).unwrap();
        outbox.close_with(close);
        assert_eq!(table.read().await, Message::binary(&b"farewell"[..]));
        let (closed, why) = table.read_close().await;
        assert_eq!(closed, 4002);
        assert!(why.contains(reason), "{why}");
        assert_eq!(table.closed().await, 4002);
    }
}

#[tokio::test]
async fn a_malformed_request_is_answered() {
    let mut table = connect(patient(), 8).await;
    table.arrival().await;
    table.send(vec![opcode::ROOM_REQUEST, 5, 7, 0xc1]).await;
    let Message::Binary(answer) = table.read().await else {
        panic!("no answer")
    };
    assert_eq!(answer[..3], [opcode::ROOM_RESPONSE, 5, 2]);
    table.send(message(1).encode()).await;
    assert_eq!(table.frame().await, message(1));
}

#[tokio::test]
async fn too_many_messages_in_a_second_are_one_too_many() {
    let mut table = connect(patient(), 2 * MESSAGES_PER_SECOND as usize).await;
    table.arrival().await;
    // However slow this machine is: a second begins with its first message.
    loop {
        for _ in 0..=MESSAGES_PER_SECOND {
            table.send(message(0).encode()).await;
        }
        let expelled = loop {
            match table.room.try_recv().map(|command| *command) {
                Ok(Command::Expel { close, .. }) => break Some(close),
                Ok(_) => {}
                Err(_) => break None,
            }
        };
        if let Some(close) = expelled {
            assert_eq!(close.code, CloseCode::WITH_ERROR);
            assert_eq!(close.reason, "more than 1000 messages in one second");
            break;
        }
    }
}

#[tokio::test]
async fn the_room_closes_after_everything_is_written() {
    let mut table = connect(patient(), 8).await;
    let outbox = table.arrival().await.outbox;
    outbox.push_message(Bytes::from_static(b"last")).unwrap();
    outbox.close(CloseCode::CONSENTED, "é".repeat(100));
    assert_eq!(table.read().await, Message::binary(&b"last"[..]));
    assert_eq!(table.read_close().await, (4000, "é".repeat(61)));
    assert_eq!(table.closed().await, 4000);
}

#[tokio::test]
async fn the_room_hears_how_a_client_went() {
    let code = |code: u16| {
        Some(CloseFrame {
            code: code.into(),
            reason: "".into(),
        })
    };
    for (frame, expected) in [(code(1000), 1000), (code(4000), 4000), (None, 1005)] {
        let mut table = connect(patient(), 8).await;
        table.arrival().await;
        soon(table.client.close(frame)).await.unwrap();
        assert_eq!(table.closed().await, expected);
    }
    let Table {
        client,
        mut room,
        front: _front,
    } = connect(patient(), 8).await;
    assert!(matches!(*soon(room.recv()).await.unwrap(), Command::Connect(_)));
    drop(client);
    let Command::Closed { code, .. } = *soon(room.recv()).await.unwrap() else {
        panic!("not closed")
    };
    assert_eq!(code, CloseCode::ABNORMAL);
}

#[tokio::test]
async fn a_full_mailbox_holds_reading_up_but_not_writing() {
    let mut table = connect(patient(), 1).await;
    let arrival = table.arrival().await;
    for number in 0..50 {
        table.send(message(number).encode()).await;
    }
    arrival
        .outbox
        .push_message(Bytes::from_static(b"still here"))
        .unwrap();
    assert_eq!(table.read().await, Message::binary(&b"still here"[..]));
    for number in 0..50 {
        assert_eq!(table.frame().await, message(number));
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_in_bounded_time() {
    let settings = ServerSettings {
        ping_interval: Duration::from_millis(20),
        max_unanswered_pings: u32::MAX,
        close_grace: Duration::from_millis(20),
        ..patient()
    };
    let mut table = connect(settings, 8).await;
    let arrival = table.arrival().await;
    // What the operating system's buffers hold does not count.
    let frame = Bytes::from(vec![0; 64 * 1024]);
    while arrival.outbox.push_message(frame.clone()).is_ok() {
        tokio::task::yield_now().await;
    }
    assert_eq!(table.closed().await, CloseCode::TOO_SLOW.0);
}

#[tokio::test]
async fn a_silent_client_is_asked_and_then_cut() {
    let settings = ServerSettings {
        ping_interval: Duration::from_millis(20),
        ..patient()
    };
    let mut table = connect(settings.clone(), 8).await;
    table.arrival().await;
    // A client that nobody polls answers no ping.
    assert_eq!(table.closed().await, 1006);

    let mut table = connect(settings, 8).await;
    table.arrival().await;
    for _ in 0..10 {
        assert!(matches!(
            soon(table.client.next()).await,
            Some(Ok(Message::Ping(_)))
        ));
    }
    assert!(table.room.try_recv().is_err());
}

#[tokio::test]
async fn join_has_to_be_acknowledged() {
    let settings = ServerSettings {
        ping_interval: Duration::from_millis(20),
        join_timeout: Duration::from_millis(20),
        ..patient()
    };
    let mut table = connect(settings, 8).await;
    let arrival = table.arrival().await;
    arrival.outbox.push_message(Bytes::from_static(b"join")).unwrap();
    assert_eq!(table.read().await, Message::binary(&b"join"[..]));
    assert_eq!(table.read_close().await.0, 4002);
    assert_eq!(table.closed().await, 4002);
}

#[tokio::test]
async fn a_room_that_is_gone_is_told_to_the_client() {
    let (mailbox, room) = mpsc::channel(8);
    drop(room);
    let mut table = connect_to(patient(), mailbox, mpsc::channel(1).1).await;
    let refusal = server::error(524, "seat reservation expired.");
    assert_eq!(table.read().await, Message::Binary(refusal));
    assert_eq!(
        table.read_close().await,
        (4002, "seat reservation expired.".to_owned())
    );

    let settings = ServerSettings {
        ping_interval: Duration::from_millis(20),
        ..patient()
    };
    let mut table = connect(settings, 8).await;
    let arrival = table.arrival().await;
    table.room.close();
    assert_eq!(table.read_close().await, (1011, "the room has ended".to_owned()));
    drop(arrival);
}

#[tokio::test]
async fn a_host_that_stops_says_so() {
    let mut table = connect(patient(), 8).await;
    table.arrival().await;
    let front = Arc::clone(&table.front);
    let stopping = tokio::spawn(async move { front.stop.stop().await });
    assert_eq!(table.read_close().await.0, 4001);
    assert_eq!(table.closed().await, 4001);
    soon(stopping).await.unwrap();
}
