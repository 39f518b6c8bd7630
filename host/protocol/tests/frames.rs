//! Frames both ways: bytes captured from the real SDKs and servers, and round trips.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use bytes::Bytes;
use common::{hex, js};
use parlor_protocol::frame::server::{self, Outcome};
use parlor_protocol::msgpack::Limits;
use parlor_protocol::{ClientFrame, FrameError, MessageType, Response, ServerFrame};
use proptest::prelude::*;

fn text(text: &str) -> MessageType {
    MessageType::text(text).unwrap()
}

fn decode(frame: &str) -> Result<ClientFrame, FrameError> {
    ClientFrame::decode(&hex(frame), &Limits::default())
}

fn message(kind: MessageType, payload: Option<&str>) -> ClientFrame {
    ClientFrame::Message {
        kind,
        payload: payload.map(|payload| hex(payload).to_vec()),
    }
}

#[test]
fn frames_from_clients() {
    let long = "x".repeat(255);
    let cases: Vec<(&str, ClientFrame)> = vec![
        ("0a", ClientFrame::JoinAcknowledged),
        ("0c", ClientFrame::Leave),
        ("12", ClientFrame::Ping),
        ("0d a5'hello' 81a16101", message(text("hello"), Some("81a16101"))),
        (
            "0d a5'hello' de0001a16101",
            message(text("hello"), Some("de0001a16101")),
        ),
        (
            "0d a5'hello' d4724091a16101",
            message(text("hello"), Some("81a16101")),
        ),
        ("0d07a3'num'", message(MessageType::Number(7), Some("a3'num'"))),
        ("0d a1'7'", message(text("7"), None)),
        ("0d00", message(MessageType::Number(0), None)),
        ("0dcc80", message(MessageType::Number(128), None)),
        ("0dcd0001 c0", message(MessageType::Number(256), Some("c0"))),
        ("0dce00000100", message(MessageType::Number(65536), None)),
        ("0dd27fffff7f", message(MessageType::Number(0x7fff_ff7f), None)),
        // 4294967295, as the SDKs write it.
        (
            "0dcb 0000e0ffffffef41",
            message(MessageType::Number(u32::MAX), None),
        ),
        ("0dca 0000804e", message(MessageType::Number(1 << 30), None)),
        ("0d da0100'a'", message(text("a"), None)),
        ("0d db01000000'a'", message(text("a"), None)),
        (
            "11a162 0103",
            ClientFrame::Bytes {
                kind: text("b"),
                bytes: vec![1, 3],
            },
        ),
        (
            "1107",
            ClientFrame::Bytes {
                kind: MessageType::Number(7),
                bytes: Vec::new(),
            },
        ),
        (
            "1500a46563686f d4724091a17101",
            ClientFrame::Request {
                id: 0,
                kind: text("echo"),
                payload: Some(hex("81a17101").to_vec()),
            },
        ),
        (
            "15ccc807",
            ClientFrame::Request {
                id: 200,
                kind: MessageType::Number(7),
                payload: None,
            },
        ),
        ("13 0102", ClientFrame::Unknown(0x13)),
        ("8d a161", ClientFrame::Unknown(0x8d)),
        ("00", ClientFrame::Unknown(0)),
    ];
    for (frame, expected) in cases {
        assert_eq!(decode(frame), Ok(expected), "{frame}");
    }
    let longest = decode(&format!("0dd9ff'{long}'")).unwrap();
    assert_eq!(longest, message(text(&long), None));
}

#[test]
fn malformed_frames() {
    use FrameError as E;
    let what = "message type";
    let cases: Vec<(String, E)> = vec![
        (String::new(), E::Empty),
        ("0d".into(), E::Truncated { what }),
        ("11".into(), E::Truncated { what }),
        ("15".into(), E::Truncated { what: "request id" }),
        ("1500".into(), E::Truncated { what }),
        ("0d a5'hell'".into(), E::Truncated { what }),
        ("0d cd00".into(), E::Truncated { what }),
        ("0d a0".into(), E::EmptyType),
        ("0d d900".into(), E::EmptyType),
        ("0d 80".into(), E::BadNumber { what, prefix: 0x80 }),
        ("0d d4".into(), E::BadNumber { what, prefix: 0xd4 }),
        ("0d ff".into(), E::NumberOutOfRange { what, number: -1 }),
        (
            "0d cf0000000001000000".into(),
            E::NumberOutOfRange {
                what,
                number: 1 << 32,
            },
        ),
        ("0d ca0000003f".into(), E::NotWhole { what }),
        ("0d cb000000000000f87f".into(), E::NotWhole { what }),
        ("0d cb000000000000f07f".into(), E::NotWhole { what }),
        ("0d a1ff".into(), E::NotUtf8 { what }),
        (
            format!("0d da0001'{}'", "x".repeat(256)),
            E::TextTooLong {
                what,
                length: 256,
                limit: 255,
            },
        ),
        (
            "0d dbffffffff".into(),
            E::TextTooLong {
                what,
                length: 0xffff_ffff,
                limit: 255,
            },
        ),
        (
            "0d a161 0102".into(),
            E::Payload(parlor_protocol::msgpack::MsgpackError::TrailingBytes { at: 1 }),
        ),
    ];
    for (frame, expected) in cases {
        assert_eq!(decode(&frame), Err(expected), "{frame}");
    }
    assert_eq!(MessageType::text(""), Err(E::EmptyType));
    assert_eq!(
        MessageType::text(&"x".repeat(256)),
        Err(E::TypeTooLong { length: 256 })
    );
}

#[test]
fn frames_to_clients() {
    const T32: &str = "0dd920'tttttttttttttttttttttttttttttttt'";
    let number = MessageType::Number;
    let cases: Vec<(Bytes, &str)> = vec![
        (
            server::message(&text("hello"), Some(&hex("81a16101"))),
            "0da568656c6c6f81a16101",
        ),
        (server::message(&number(7), Some(&hex("a3'num'"))), "0d07a36e756d"),
        (server::message(&text("hello"), None), "0da568656c6c6f"),
        (server::message(&text(&"t".repeat(32)), None), T32),
        (server::message(&number(128), None), "0dcc80"),
        (server::message(&number(0x1234), None), "0dcd3412"),
        (server::message(&number(u32::MAX), None), "0dceffffffff"),
        (server::error(4999, "custom"), "0bcd8713a6637573746f6d"),
        (
            server::error(524, "seat reservation expired."),
            "0bcd0c02 b9'seat reservation expired.'",
        ),
        (server::bytes(&text("b"), &[1, 2, 3]), "11a162010203"),
        (server::leave(), "0c"),
        (server::pong(), "12"),
        (server::state(&hex("80018101")), "0e80018101"),
        (server::patch(&hex("0005")), "0f0005"),
        (server::response(0, Response::Ok(Some(&hex("01")))), "16000001"),
        (server::response(300, Response::Ok(None)), "16cd2c0100"),
        (
            server::response(1, Response::Rejected(&hex("a2'no'"))),
            "160101a2'no'",
        ),
        (
            server::response(
                2,
                Response::Error {
                    name: "no_handler",
                    message: "none",
                    code: None,
                },
            ),
            "16 02 02 82 a4'name' aa'no_handler' a7'message' a4'none'",
        ),
        (
            server::response(
                2,
                Response::Error {
                    name: "Error",
                    message: "",
                    code: Some(4001),
                },
            ),
            "16 02 02 83 a4'name' a5'Error' a7'message' a0 a4'code' cd0fa1",
        ),
    ];
    for (frame, expected) in cases {
        assert_eq!(frame, hex(expected), "{expected}");
    }
}

#[test]
fn frames_to_clients_are_read_back() {
    let long = "m".repeat(70_000);
    let read = |frame: Bytes| ServerFrame::decode(&frame).unwrap();
    assert_eq!(
        read(server::error(4999, &long)),
        ServerFrame::Error {
            code: 4999,
            message: long
        }
    );
    assert_eq!(read(server::leave()), ServerFrame::Leave);
    assert_eq!(read(server::pong()), ServerFrame::Pong);
    assert_eq!(
        read(server::state(b"abc")),
        ServerFrame::State(Bytes::from_static(b"abc"))
    );
    assert_eq!(read(server::patch(b"")), ServerFrame::Patch(Bytes::new()));
    assert_eq!(read(hex("8e00")), ServerFrame::Unknown(0x8e));
    assert_eq!(
        read(server::response(
            9,
            Response::Error {
                name: "a",
                message: "b",
                code: None
            }
        )),
        ServerFrame::Response {
            id: 9,
            outcome: Outcome::Error(hex("82a4'name'a161a7'message'a162"))
        },
    );
    for (frame, error) in [
        ("", FrameError::Empty),
        ("160003", FrameError::BadStatus(3)),
        ("0a05'abc'", FrameError::Truncated { what: "token" }),
        (
            "0a0101",
            FrameError::Truncated {
                what: "serializer id",
            },
        ),
        (
            "0bce00000100a0",
            FrameError::NumberOutOfRange {
                what: "error code",
                number: 65536,
            },
        ),
        (
            "0b00",
            FrameError::Truncated {
                what: "error message",
            },
        ),
        (
            "0b0000",
            FrameError::BadText {
                what: "error message",
                prefix: 0,
            },
        ),
    ] {
        assert_eq!(ServerFrame::decode(&hex(frame)), Err(error), "{frame}");
    }
}

fn kind() -> impl Strategy<Value = MessageType> {
    prop_oneof![
        any::<u32>().prop_map(MessageType::Number),
        (0u32..300).prop_map(MessageType::Number),
        ".{1,60}".prop_map(|name| text(&name)),
        prop::collection::vec("[a-z]", 200..255).prop_map(|letters| text(&letters.concat())),
    ]
}

fn payload() -> impl Strategy<Value = Option<Bytes>> {
    prop::option::of(js().prop_map(|value| Bytes::from(value.plain())))
}

fn raw() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..200).prop_map(Bytes::from)
}

fn client_frame() -> impl Strategy<Value = ClientFrame> {
    prop_oneof![
        Just(ClientFrame::JoinAcknowledged),
        Just(ClientFrame::Leave),
        Just(ClientFrame::Ping),
        (kind(), payload()).prop_map(|(kind, payload)| ClientFrame::Message {
            kind,
            payload: payload.map(Vec::from)
        }),
        (kind(), raw()).prop_map(|(kind, bytes)| ClientFrame::Bytes {
            kind,
            bytes: bytes.into()
        }),
        (any::<u32>(), kind(), payload()).prop_map(|(id, kind, payload)| ClientFrame::Request {
            id,
            kind,
            payload: payload.map(Vec::from)
        }),
        (0x20u8..).prop_map(ClientFrame::Unknown),
    ]
}

proptest! {
    #[test]
    fn client_frames_round_trip(frame in client_frame()) {
        let limits = Limits { depth: 32, output: 1 << 24 };
        prop_assert_eq!(ClientFrame::decode(&frame.encode(), &limits), Ok(frame));
    }

    #[test]
    fn messages_to_clients_round_trip(kind in kind(), payload in payload(), bytes in raw(), id in any::<u32>()) {
        let read = |frame: Bytes| ServerFrame::decode(&frame).unwrap();
        prop_assert_eq!(
            read(server::message(&kind, payload.as_deref())),
            ServerFrame::Message { kind: kind.clone(), payload: payload.clone() }
        );
        prop_assert_eq!(read(server::bytes(&kind, &bytes)), ServerFrame::Bytes { kind, bytes: bytes.clone() });
        prop_assert_eq!(
            read(server::response(id, Response::Ok(payload.as_deref()))),
            ServerFrame::Response { id, outcome: Outcome::Ok(payload) }
        );
        prop_assert_eq!(
            read(server::response(id, Response::Rejected(&bytes))),
            ServerFrame::Response { id, outcome: Outcome::Rejected(bytes) }
        );
    }

    #[test]
    fn errors_round_trip(code in any::<u16>(), message in ".{0,300}") {
        prop_assert_eq!(
            ServerFrame::decode(&server::error(code, &message)),
            Ok(ServerFrame::Error { code, message })
        );
    }

    #[test]
    fn any_bytes_are_a_frame_or_an_error(opcode in 0x0au8..0x18, body in raw(), anything in raw()) {
        let mut likely = vec![opcode];
        likely.extend_from_slice(&body);
        for frame in [Bytes::from(likely), anything] {
            let _ = ClientFrame::decode(&frame, &Limits::default());
            if let Ok(ServerFrame::Join(join)) = ServerFrame::decode(&frame) {
                let _ = join.handshake(parlor_protocol::Dialect::Tagged);
            }
        }
    }
}
