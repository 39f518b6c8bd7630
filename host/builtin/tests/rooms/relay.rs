use std::sync::Arc;

use bytes::Bytes;
use parlor_builtin::Relay;
use parlor_plugin::HookError;
use parlor_protocol::frame::client::ClientFrame;
use parlor_protocol::frame::server::ServerFrame;
use parlor_protocol::message::MessageType;
use parlor_protocol::msgpack;
use parlor_room::settings::RoomSettings;
use serde_json::{Value, json};

use crate::stage::{Client, Stage};

async fn relay(options: Value) -> Result<Stage, HookError> {
    let settings = RoomSettings {
        max_clients: Some(3),
        ..RoomSettings::default()
    };
    Stage::create(Relay::new().unwrap(), settings, options, Arc::default()).await
}

async fn state(client: &mut Client) -> Bytes {
    loop {
        if let Some(ServerFrame::State(body) | ServerFrame::Patch(body)) = client.frame().await {
            return body;
        }
    }
}

fn mentions(body: &Bytes, text: &str) -> bool {
    body.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn messages_reach_the_others_with_their_sender() {
    let stage = relay(json!({})).await.unwrap();
    let mut a = stage.join(json!({"name": "Ada"})).await;
    let mut b = stage.join(json!({})).await;
    assert!(mentions(&state(&mut b).await, "Ada"));
    let from_a = a.session.to_string();

    for payload in [json!({"x": 1}), json!("text"), Value::Null] {
        a.send("move", payload.clone()).await;
        assert_eq!(b.message().await, ("move".to_owned(), json!([from_a, payload])));
    }
    // As deep as a message may be; in its list it is deeper.
    let mut deep = json!("deep");
    for _ in 0..msgpack::MAX_DEPTH {
        deep = json!([deep]);
    }
    a.send("move", deep).await;
    assert!(matches!(b.frame().await, Some(ServerFrame::Message { .. })));
    a.frame_to(ClientFrame::Bytes {
        kind: MessageType::text("raw").unwrap(),
        bytes: b"\x01\x02".to_vec(),
    })
    .await;
    assert_eq!(b.message().await, ("raw".to_owned(), json!([from_a, "AQI="])));
    a.frame_to(ClientFrame::Message {
        kind: MessageType::Number(7),
        payload: None,
    })
    .await;
    assert_eq!(b.message().await, ("7".to_owned(), json!([from_a, null])));
    b.send("done", json!(1)).await;
    assert_eq!(
        a.message().await.0,
        "done",
        "nothing came back to the sender before"
    );
}

#[tokio::test]
async fn seats_are_held_as_long_as_the_creator_says() {
    for (seconds, occupancy) in [(json!(0), 1), (json!(100), 2), (Value::Null, 1)] {
        let stage = relay(json!({"allowReconnectionTime": seconds})).await.unwrap();
        let mut stays = stage.join(json!({})).await;
        let drops = stage.join(json!({"name": "gone"})).await;
        while !mentions(&state(&mut stays).await, "gone") {}
        drops.drop_connection().await;
        // A patch: somebody is not connected any more, or not there.
        state(&mut stays).await;
        assert_eq!(stage.room.listing().clients, occupancy, "{seconds}");
    }
}

#[tokio::test]
async fn options_of_clients_are_checked() {
    for (options, fault) in [
        (json!({"maxClients": 0}), "maxClients"),
        (json!({"maxClients": 1.5}), "maxClients"),
        (json!({"maxClients": "3"}), "maxClients"),
        (json!({"allowReconnectionTime": -1}), "allowReconnectionTime"),
        (json!({"metadata": [1]}), "metadata"),
        (json!({"metadata": {"text": "x".repeat(5000)}}), "metadata"),
    ] {
        match relay(options).await {
            Err(HookError::Refusal(refusal)) => assert!(refusal.message.contains(fault), "{refusal}"),
            _ => panic!("{fault} was taken"),
        }
    }
    let stage = relay(json!({"maxClients": 100, "metadata": {"map": "ice"}}))
        .await
        .unwrap();
    let listing = stage.room.listing().clone();
    assert_eq!(listing.max_clients, Some(3), "the operator's limit holds");
    assert_eq!(listing.metadata_field("map"), Some(&json!("ice")));
    let mut refused = stage.connect(json!({"name": "x".repeat(200)})).await;
    assert_eq!(refused.message().await.0, "error 4217");
}
