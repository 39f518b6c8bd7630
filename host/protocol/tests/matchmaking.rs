//! The JSON of matchmaking, ids and close codes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::HashSet;
use std::time::{Duration, UNIX_EPOCH};

use parlor_protocol::close::{CloseCode, reason};
use parlor_protocol::matchmake::{ClientOptions, MatchmakeError, Method, RoomListing, SeatReply};
use parlor_protocol::{
    Dialect, IdError, ProcessId, ReconnectionToken, RoomId, RoomTypeName, SeatForm, SessionId,
};
use proptest::prelude::*;
use serde_json::json;

fn room(id: &str) -> RoomId {
    RoomId::parse(id).unwrap()
}

#[test]
fn a_seat_is_told_to_every_sdk() {
    let mut seat = SeatReply {
        name: RoomTypeName::parse("my").unwrap(),
        room: room("R"),
        session: SessionId::parse("S").unwrap(),
        process: ProcessId::parse("n1").unwrap(),
        public_address: None,
    };
    let value: serde_json::Value = serde_json::from_str(&seat.to_json()).unwrap();
    assert_eq!(
        value,
        json!({"name": "my", "roomId": "R", "processId": "n1", "sessionId": "S",
               "room": {"name": "my", "roomId": "R", "processId": "n1-legacy"}})
    );
    seat.public_address = Some("eu.example.org/rooms".to_owned());
    let value: serde_json::Value = serde_json::from_str(&seat.to_json()).unwrap();
    assert_eq!(value["publicAddress"], "eu.example.org/rooms");
    assert_eq!(value["room"]["publicAddress"], "eu.example.org/rooms");
    assert_eq!(value.get("protocol"), None);
}

#[test]
fn listings() {
    let mut listing = RoomListing {
        clients: 2,
        max_clients: None,
        locked: false,
        private: false,
        unlisted: false,
        created_at: UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
        name: RoomTypeName::parse("battle").unwrap(),
        process_id: ProcessId::parse("p").unwrap(),
        room_id: room("r"),
        metadata: None,
    };
    let bare = json!({"clients": 2, "maxClients": null, "locked": false, "private": false, "unlisted": false,
        "createdAt": "2023-11-14T22:13:20.123Z", "name": "battle", "processId": "p", "roomId": "r"});
    assert_eq!(serde_json::to_value(&listing).unwrap(), bare);
    listing.max_clients = Some(4);
    listing.metadata = Some(json!({"mode": "duel"}));
    let text = RoomListing::list_to_json(&[listing]);
    assert!(
        text.starts_with("[{") && text.contains(r#""maxClients":4"#) && text.contains(r#""mode":"duel""#)
    );
    assert_eq!(RoomListing::list_to_json(&[]), "[]");
}

#[test]
fn every_refusal_has_its_code_status_and_text() {
    use MatchmakeError as E;
    let refused = |code| E::Refused {
        code,
        message: "no".to_owned(),
    };
    let cases: &[(E, u16, &str)] = &[
        (
            E::UnknownRoomType("x".into()),
            520,
            r#"{"code":520,"error":"provided room name \"x\" not defined"}"#,
        ),
        (
            E::InvalidMethod("x".into()),
            520,
            r#"{"code":520,"error":"invalid method \"x\""}"#,
        ),
        (
            E::NoRoomFound,
            521,
            r#"{"code":521,"error":"no rooms found with provided criteria"}"#,
        ),
        (
            E::RoomNotFound("x".into()),
            522,
            r#"{"code":522,"error":"room \"x\" not found"}"#,
        ),
        (
            E::RoomLocked(room("x")),
            522,
            r#"{"code":522,"error":"room \"x\" is locked"}"#,
        ),
        (
            E::RoomDisposed(room("x")),
            522,
            r#"{"code":522,"error":"room \"x\" has been disposed."}"#,
        ),
        (
            E::RoomFull(room("x")),
            523,
            r#"{"code":523,"error":"x is already full."}"#,
        ),
        (
            E::Unhandled("broke".into()),
            523,
            r#"{"code":523,"error":"broke"}"#,
        ),
        (
            E::ReconnectionExpired,
            524,
            r#"{"code":524,"error":"reconnection token invalid or expired."}"#,
        ),
        (
            E::SeatExpired,
            524,
            r#"{"code":524,"error":"seat reservation expired."}"#,
        ),
        (E::SeatConsumed, 524, r#"{"code":524,"error":"already consumed"}"#),
        (
            E::AuthenticationFailed,
            525,
            r#"{"code":525,"error":"onAuth failed"}"#,
        ),
        (
            E::BadOption {
                option: "level".into(),
                problem: "must be a number".into(),
            },
            400,
            r#"{"code":400,"error":"the option \"level\" must be a number"}"#,
        ),
        (
            E::NotCreatedByClients(RoomTypeName::parse("x").unwrap()),
            403,
            r#"{"code":403,"error":"rooms of the type \"x\" are not created by clients"}"#,
        ),
        (
            E::TooManyRooms {
                name: RoomTypeName::parse("x").unwrap(),
                limit: 2,
            },
            527,
            r#"{"code":527,"error":"there are as many rooms of the type \"x\" as this server allows (2)"}"#,
        ),
        (E::Application("no".into()), 526, r#"{"code":526,"error":"no"}"#),
        (
            E::InvalidPayload("x".into()),
            523,
            r#"{"code":4217,"error":"room onMessage for \"x\" not registered."}"#,
        ),
        (refused(401), 401, r#"{"code":401,"error":"no"}"#),
        (refused(599), 599, r#"{"code":599,"error":"no"}"#),
        (refused(4321), 523, r#"{"code":4321,"error":"no"}"#),
        (refused(200), 523, r#"{"code":200,"error":"no"}"#),
        (refused(0), 523, r#"{"code":0,"error":"no"}"#),
        (E::MalformedBody, 400, r#"{"error":"malformed request body"}"#),
        (
            E::BodyTooLarge { limit: 9 },
            413,
            r#"{"code":413,"error":"the request body is larger than 9 bytes"}"#,
        ),
        (
            E::TooManyConnections,
            429,
            r#"{"code":429,"error":"too many connections from your address"}"#,
        ),
        (
            E::ServerFull,
            503,
            r#"{"code":503,"error":"the server has as many connections as it may have"}"#,
        ),
        (
            E::ShuttingDown,
            503,
            r#"{"code":503,"error":"the server is shutting down"}"#,
        ),
    ];
    for (error, status, body) in cases {
        assert_eq!((error.status(), error.to_json().as_str()), (*status, *body));
    }
}

#[test]
fn refusals_as_0_15_reads_them() {
    use MatchmakeError as E;
    let refused = |code, message: &str| E::Refused {
        code,
        message: message.into(),
    };
    let cases: &[(E, u16, &str)] = &[
        (
            E::UnknownRoomType("x".into()),
            200,
            r#"{"code":4210,"error":"provided room name \"x\" not defined"}"#,
        ),
        (
            E::NoRoomFound,
            200,
            r#"{"code":4211,"error":"no rooms found with provided criteria"}"#,
        ),
        (
            E::SeatExpired,
            200,
            r#"{"code":4214,"error":"seat reservation expired."}"#,
        ),
        (E::Application("no".into()), 200, r#"{"code":4216,"error":"no"}"#),
        // A room may say "not allowed" in the protocol's words. All other codes of its own stay.
        (refused(525, "no"), 200, r#"{"code":4215,"error":"no"}"#),
        (refused(401, "no"), 200, r#"{"code":401,"error":"no"}"#),
        (
            refused(4321, ""),
            200,
            r#"{"code":4321,"error":"refused with code 4321"}"#,
        ),
        (
            E::MalformedBody,
            400,
            r#"{"code":400,"error":"malformed request body"}"#,
        ),
        (
            E::ShuttingDown,
            503,
            r#"{"code":503,"error":"the server is shutting down"}"#,
        ),
    ];
    for (error, status, body) in cases {
        assert_eq!(
            (error.status_015(), error.to_json_015().as_str()),
            (*status, *body)
        );
    }
    assert_eq!(E::SeatExpired.code_for(Dialect::Legacy), 524);
}

#[test]
fn methods() {
    for (text, takes_id) in [
        ("joinOrCreate", false),
        ("create", false),
        ("join", false),
        ("joinById", true),
        ("reconnect", true),
    ] {
        let method: Method = text.parse().unwrap();
        assert_eq!((method.as_str(), method.takes_room_id()), (text, takes_id));
    }
    assert_eq!(
        "Join".parse::<Method>(),
        Err(MatchmakeError::InvalidMethod("Join".into()))
    );
}

#[test]
fn option_bodies() {
    for empty in ["", " \r\n", "{}"] {
        assert_eq!(
            ClientOptions::parse(empty.as_bytes()).unwrap().packed(),
            [0x80],
            "{empty:?}"
        );
    }
    let options = ClientOptions::parse(br#"{"level": 3, "name": "x", "level": 4}"#).unwrap();
    assert_eq!(options.get("level"), Some(&json!(4)));
    assert_eq!(options.packed(), b"\x82\xa5level\x04\xa4name\xa1x");
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(32), "]".repeat(32));
    for bad in [
        "{",
        "[]",
        "1",
        "null",
        "\"{}\"",
        "{} x",
        "\u{feff}{}",
        &deep,
        &"[".repeat(100_000),
    ] {
        assert_eq!(
            ClientOptions::parse(bad.as_bytes()),
            Err(MatchmakeError::MalformedBody)
        );
    }
    assert_eq!(
        ClientOptions::parse(b"{\"a\":\"\xff\"}"),
        Err(MatchmakeError::MalformedBody)
    );
}

#[test]
fn the_token_of_a_reconnection() {
    let token = |body: &str| {
        ClientOptions::parse(body.as_bytes())
            .unwrap()
            .reconnection_token()
    };
    assert_eq!(
        token(r#"{"reconnectionToken":"abc"}"#),
        Ok(ReconnectionToken::parse("abc").unwrap())
    );
    for bad in [
        "{}",
        r#"{"reconnectionToken":7}"#,
        r#"{"reconnectionToken":"room:abc"}"#,
    ] {
        assert_eq!(token(bad), Err(MatchmakeError::ReconnectionExpired), "{bad}");
    }
}

#[test]
fn ids() {
    let good = "azAZ09_-";
    assert_eq!(RoomId::parse(good).unwrap().as_str(), good);
    assert_eq!(RoomId::parse(""), Err(IdError::Empty { what: "room id" }));
    assert!(matches!(
        RoomId::parse("a:b"),
        Err(IdError::BadCharacter { character: ':', .. })
    ));
    assert!(matches!(
        RoomId::parse("é"),
        Err(IdError::BadCharacter { character: 'é', .. })
    ));
    assert!(RoomId::parse(&"x".repeat(64)).is_ok() && RoomId::parse(&"x".repeat(65)).is_err());
    assert!(SessionId::parse(&"x".repeat(32)).is_ok());
    assert!(matches!(
        SessionId::parse(&"x".repeat(33)),
        Err(IdError::TooLong {
            length: 33,
            limit: 32,
            ..
        })
    ));
    assert!(RoomTypeName::parse(&"x".repeat(64)).is_ok() && RoomTypeName::parse("my room").is_err());
    assert_eq!(
        format!("{:?}", ReconnectionToken::random()),
        "ReconnectionToken(…)"
    );
    assert_eq!(RoomId::random().as_str().len(), 9);
    assert_eq!(ReconnectionToken::random().as_str().len(), 21);
    let many: HashSet<SessionId> = (0..1000).map(|_| SessionId::random()).collect();
    assert_eq!(many.len(), 1000);
    assert_eq!(serde_json::from_str::<RoomId>("\"abc\"").unwrap(), room("abc"));
    assert!(serde_json::from_str::<RoomId>("\"a b\"").is_err());
}

#[test]
fn the_path_tells_which_half_of_the_reply_was_read() {
    let process = ProcessId::parse("n1").unwrap();
    assert_eq!(
        ProcessId::parse_segment("n1"),
        Ok((process.clone(), SeatForm::Flat))
    );
    assert_eq!(
        ProcessId::parse_segment("n1-legacy"),
        Ok((process, SeatForm::Nested))
    );
    assert_eq!(ProcessId::parse("n1-legacy"), Err(IdError::ReservedSuffix));
    assert!(ProcessId::parse_segment("-legacy").is_err());
    assert!(ProcessId::parse_segment("a-legacy-legacy").is_err());
    let longest = ProcessId::parse(&"x".repeat(25)).unwrap();
    assert_eq!(longest.nested().len(), 32);
    assert!(ProcessId::parse(&"x".repeat(26)).is_err());
}

#[test]
fn close_codes() {
    for code in [
        1000, 1001, 1002, 1003, 1007, 1009, 1011, 1014, 3000, 4000, 4010, 4999,
    ] {
        assert_eq!(CloseCode(code).sendable(), CloseCode(code));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, u16::MAX] {
        assert_eq!(CloseCode(code).sendable(), CloseCode::WITH_ERROR, "{code}");
        assert!(!CloseCode(code).is_for_rooms(), "{code}");
    }
    for (code, for_rooms) in [
        (1000, true),
        (1001, false),
        (1011, true),
        (2999, false),
        (3000, true),
    ] {
        assert_eq!(CloseCode(code).is_for_rooms(), for_rooms, "{code}");
    }
    assert!(CloseCode::CONSENTED.is_consented() && !CloseCode::NORMAL.is_consented());
    assert!(!CloseCode::TOO_SLOW.invites_reconnection() && CloseCode::TOO_SLOW.is_sendable());
    assert!(CloseCode::MAY_TRY_RECONNECT.invites_reconnection());
    assert_eq!(CloseCode::received(None), CloseCode::ABNORMAL);
    assert_eq!(CloseCode::received(Some(None)), CloseCode::NO_STATUS);
    assert_eq!(CloseCode::received(Some(Some(4000))), CloseCode::CONSENTED);
}

proptest! {
    #[test]
    fn reasons_fit_a_close_frame(text in ".{0,200}") {
        let cut = reason(&text);
        prop_assert!(cut.len() <= 123 && text.starts_with(cut));
        prop_assert!(text.len() <= 123 || cut.len() > 119);
    }

    #[test]
    fn option_bodies_never_panic(body in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = ClientOptions::parse(&body);
    }
}
