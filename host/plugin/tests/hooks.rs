//! Hooks and imports: what goes in comes out, both ways.

// Helpers of tests may fail loudly, like the tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{PROBE, Recorder, component, engine, message, probe, probe_room};
use parlor_plugin::{
    Audience, Document, Encoding, HeldSeat, HookError, JoinRequest, JoiningClient, LoadError, MessageType,
    OptionalHooks, Payload, Refusal, RoomMessage, Saved, SendOptions, StateHandover, TrapKind,
};
use parlor_schema::{Change, FieldIndex, NodeId, StructIndex, Value};

fn no_thanks(code: u16) -> Refusal {
    Refusal {
        code,
        message: "no, thank you".into(),
    }
}

fn is_refusal<T: std::fmt::Debug>(result: Result<T, HookError>, code: u16) {
    match result {
        Err(HookError::Refusal(refusal)) => assert_eq!(refusal, no_thanks(code)),
        other => panic!("{other:?}"),
    }
}

fn is_fault<T: std::fmt::Debug>(result: Result<T, HookError>, text: &str) {
    match result {
        Err(HookError::Fault(fault)) => assert_eq!(fault, text),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn messages_of_every_form_come_back() {
    let mut room = probe_room().await;
    room.on_create(Document::MessagePack(vec![0x80])).await.unwrap();
    let payloads = [
        Payload::Empty,
        Payload::Value(Document::MessagePack(vec![0x93, 1, 2, 3])),
        Payload::Value(Document::Json("{\"x\":1}".into())),
        Payload::Values(vec![Document::Json("1".into()), Document::MessagePack(vec![2])]),
        Payload::Raw(vec![0; 5000]),
    ];
    for payload in payloads {
        for kind in [MessageType::Text("move".into()), MessageType::Number(77)] {
            let sent = parlor_plugin::Message {
                kind: kind.clone(),
                payload: payload.clone(),
                ..message(0)
            };
            assert_eq!(room.on_message(sent).await.unwrap(), payload);
            let (sent_kind, sent, audience, options) = room.context_mut().broadcasts.pop().unwrap();
            assert_eq!((sent_kind, sent), (kind, payload.clone()));
            assert_eq!(audience, Audience::default());
            assert_eq!(options, SendOptions::VOLATILE);
        }
    }
}

#[tokio::test]
async fn messages_of_other_rooms_come_back() {
    let mut room = probe_room().await;
    let payload = Payload::Values(vec![Document::Json("1".into()), Document::MessagePack(vec![2])]);
    let mut message = RoomMessage {
        sender: "lobby-1".into(),
        sender_type: "lobby".into(),
        kind: MessageType::Text("move".into()),
        payload: payload.clone(),
        expects_reply: true,
    };
    assert_eq!(room.on_room_message(message.clone()).await.unwrap(), payload);
    message.expects_reply = false;
    is_refusal(room.on_room_message(message).await, 4001);
}

#[tokio::test]
async fn answers_of_every_hook() {
    let mut room = probe_room().await;
    room.on_create(Document::Json("{}".into())).await.unwrap();
    let options = Document::Json("{}".into());
    let client = JoiningClient {
        session: "alice".into(),
        options: options.clone(),
        auth: Some(options),
    };
    is_refusal(room.on_join(client).await, 4001);
    is_fault(room.on_message(message(12)).await, "left");
    assert_eq!(
        room.on_drop("alice", 1006).await.unwrap(),
        HeldSeat::HoldFor(1006)
    );
    room.on_reconnect("alice").await.unwrap();
    is_fault(room.on_leave("alice", 4000).await, "left");
    room.on_tick(16.0).await.unwrap();
    is_fault(
        room.on_timer("round", Some(Document::Json("1".into()))).await,
        "round",
    );
    is_fault(room.on_timer("", None).await, "");
    let news = room.on_published("news", Document::MessagePack(vec![1])).await;
    is_fault(news, "news");
    room.on_before_patch().await.unwrap();
    room.on_shutdown(500.0).await.unwrap();
    room.on_dispose().await.unwrap();
}

#[tokio::test]
async fn errors_of_imports_reach_the_guest() {
    let mut room = probe_room().await;
    // One of the two calls fails.
    is_refusal(room.on_message(message(11)).await, 4201);
    let context = room.context();
    assert_eq!(context.errors, [("alice".to_owned(), 4002, "left".to_owned())]);
    let set = Change::Set {
        node: NodeId(0),
        field: FieldIndex(0),
        value: Value::Float(1.5),
    };
    assert_eq!(context.changes, [set]);
}

#[tokio::test]
async fn another_instance_goes_on_from_what_was_saved() {
    let code = probe(&engine());
    let mut first = code.instantiate(Recorder::default()).await.unwrap();
    for _ in 0..3 {
        first.on_message(message(0)).await.unwrap();
    }
    let saved = first.save().await.unwrap();
    assert_eq!(saved, Saved::Bytes(vec![3, 0, 0, 0]));
    let mut second = code.instantiate(Recorder::default()).await.unwrap();
    second.restore(saved, StateHandover::Kept).await.unwrap();
    second.on_message(message(0)).await.unwrap();
    assert_eq!(second.save().await.unwrap(), Saved::Bytes(vec![4, 0, 0, 0]));
}

#[tokio::test]
async fn definitions() {
    let code = probe(&engine());
    let plain = code.define("a room without state").await.unwrap();
    assert_eq!(plain.version, "1.2.3");
    assert_eq!(plain.encoding, Encoding::MessagePack);
    assert!(plain.schema.is_none());
    assert_eq!(plain.optional_hooks, OptionalHooks { before_patch: false });

    let with_state = code.define("battle").await.unwrap();
    assert_eq!(with_state.encoding, Encoding::Json);
    assert_eq!(with_state.optional_hooks, OptionalHooks { before_patch: true });
    let schema = with_state.schema.unwrap();
    assert_eq!((schema.len(), schema.name(StructIndex(0))), (1, Some("S")));

    let error = code.define("wrong").await.unwrap_err();
    assert!(matches!(error, LoadError::Schema { .. }), "{error:?}");
    for word in ["probe", "wrong", "`S`", "field 0", "empty name"] {
        assert!(error.to_string().contains(word), "{error} does not say {word}");
    }
}

#[tokio::test]
async fn nothing_but_the_log_works_where_there_is_no_room() {
    let code = probe(&engine());
    match code.define("imports").await {
        Err(LoadError::Define { trap, .. }) => {
            assert_eq!(trap.kind, TrapKind::Violation);
            assert!(trap.message.contains("`room.broadcast-patch`"), "{trap}");
        }
        other => panic!("{other:?}"),
    }
    // The trap ended that instance, not the code.
    code.define("one more").await.unwrap();
}

#[tokio::test]
async fn authentication() {
    let code = probe(&engine());
    let options = Document::Json("{\"name\":\"alice\"}".into());
    let mut request = JoinRequest {
        room_type: "probe".into(),
        options: options.clone(),
        token: Some("secret".into()),
        headers: vec![("user-agent".into(), "test".into())],
        remote_address: "127.0.0.1".into(),
    };
    assert_eq!(code.authenticate(request.clone()).await.unwrap(), Some(options));
    request.token = None;
    is_refusal(code.authenticate(request).await, 525);
}

#[tokio::test]
async fn who_answered_is_asked_again_until_it_traps() {
    // Refuses with 4001, then 4002, and traps when it is asked for the third time.
    let export = "(func (export \"parlor:room/hooks@0.1.0#authenticate\")";
    let refusal = "(if (i32.eqz (local.get $has-token)) (then (return (call $refuse (i32.const 525)))))";
    let counts = "(global.set $asked (i32.add (global.get $asked) (i32.const 1)))
        (if (i32.eq (global.get $asked) (i32.const 3)) (then unreachable))
        (return (call $refuse (i32.add (i32.const 4000) (global.get $asked))))";
    let with_count = format!("(global $asked (mut i32) (i32.const 0)) {export}");
    let guest = PROBE.replace(export, &with_count).replace(refusal, counts);
    let code = engine().load::<Recorder>(&component(&guest), "counting").unwrap();
    let request = JoinRequest {
        room_type: "counting".into(),
        options: Document::Json("{}".into()),
        token: None,
        headers: Vec::new(),
        remote_address: "127.0.0.1".into(),
    };
    // The third client is answered by another instance.
    for expected in [4001, 4002, 4001, 4002] {
        is_refusal(code.authenticate(request.clone()).await, expected);
    }
}

#[test]
fn instances_move_between_threads() {
    fn is_send<T: Send>() {}
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send::<parlor_plugin::Instance<Recorder>>();
    is_send_and_sync::<parlor_plugin::RoomCode<Recorder>>();
    is_send_and_sync::<parlor_plugin::Engine>();

    fn future_is_send<F: Future + Send>(_: F) {}
    async fn hooks(code: parlor_plugin::RoomCode<Recorder>) {
        let mut room = code.instantiate(Recorder::default()).await.unwrap();
        room.on_message(message(0)).await.unwrap();
        code.define("x").await.unwrap();
    }
    let _ = |code| future_is_send(hooks(code));
}
