use std::time::{Duration, Instant};

use parlor_builtin::Lobby;
use parlor_room::settings::RoomSettings;
use serde_json::{Map, Value, json};

use crate::stage::{Client, Stage, listed};

const INTERVAL: Duration = Duration::from_millis(20);

async fn lobby() -> Stage {
    let settings = RoomSettings {
        patch_interval: Some(INTERVAL),
        ..RoomSettings::default()
    };
    Stage::open(Lobby::new(), settings).await
}

/// The ids in the `rooms` that comes next.
async fn list(client: &mut Client) -> Vec<String> {
    let (kind, rooms) = client.message().await;
    assert_eq!(kind, "rooms", "{rooms}");
    let rooms = rooms.as_array().unwrap().iter();
    rooms
        .map(|room| room["roomId"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_client_sees_rooms_come_change_and_go() {
    let stage = lobby().await;
    stage.around.show(listed("a", |_| {}));
    let mut client = stage.join(json!({})).await;
    assert_eq!(list(&mut client).await, ["a"]);

    stage
        .around
        .show(listed("b", |listing| listing.max_clients = None));
    let (kind, change) = client.message().await;
    assert_eq!((kind.as_str(), &change[0]), ("+", &json!("b")));
    let shown = change[1].as_object().unwrap();
    assert_eq!(shown["name"], "duel");
    assert_eq!(shown["createdAt"], "1970-01-01T00:00:00.000Z");
    let mut members: Vec<&str> = shown.keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "clients",
            "createdAt",
            "locked",
            "maxClients",
            "name",
            "private",
            "processId",
            "roomId",
            "unlisted"
        ]
    );

    stage.around.show(listed("b", |listing| listing.clients = 3));
    let (kind, change) = client.message().await;
    assert_eq!((kind.as_str(), &change[1]["clients"]), ("+", &json!(3)));

    stage.around.show(listed("b", |listing| listing.private = true));
    assert_eq!(client.message().await, ("-".to_owned(), json!("b")));
    stage.around.show(listed("b", |listing| listing.unlisted = true));
    stage.around.remove("a");
    assert_eq!(client.message().await, ("-".to_owned(), json!("a")));
}

#[tokio::test]
async fn a_filter_holds_for_the_list_and_for_changes() {
    let on = |map: &str| {
        let map = Map::from_iter([("map".to_owned(), Value::from(map))]);
        move |listing: &mut parlor_room::listing::Listing| listing.metadata = Some(map)
    };
    let stage = lobby().await;
    stage.around.show(listed("ice", on("ice")));
    stage.around.show(listed("dust", on("dust")));
    let mut client = stage
        .join(json!({"filter": {"name": "duel", "metadata": {"map": "ice"}}}))
        .await;
    assert_eq!(list(&mut client).await, ["ice"]);

    stage.around.show(listed("dust", on("lava")));
    stage.around.show(listed("ice2", on("ice")));
    assert_eq!(client.message().await.1[0], "ice2");
    stage.around.show(listed("ice", on("dust")));
    assert_eq!(client.message().await, ("-".to_owned(), json!("ice")));

    client.send("filter", json!({"metadata": {"map": "dust"}})).await;
    assert_eq!(list(&mut client).await, ["ice"]);
    client.send("filter", Value::Null).await;
    assert_eq!(list(&mut client).await, ["ice", "dust", "ice2"]);
    stage.around.remove("dust");
    assert_eq!(client.message().await, ("-".to_owned(), json!("dust")));
}

#[tokio::test]
async fn what_a_lobby_does_not_understand_is_refused() {
    let stage = lobby().await;
    let mut client = stage.join(json!({})).await;
    assert!(list(&mut client).await.is_empty());
    for (kind, payload) in [
        ("filter", json!(1)),
        ("filter", json!({"name": 1})),
        ("chat", json!("hi")),
    ] {
        client.send(kind, payload).await;
        assert_eq!(client.message().await.0, "error 4217");
    }
    let mut refused = stage.connect(json!({"filter": []})).await;
    assert_eq!(refused.message().await.0, "error 4217");
    assert_eq!(refused.message().await, ("closed".to_owned(), json!(4002)));
}

#[tokio::test]
async fn a_burst_becomes_few_messages_in_order() {
    let stage = lobby().await;
    let mut client = stage.join(json!({})).await;
    list(&mut client).await;
    let start = Instant::now();
    for clients in 1..=300 {
        for id in ["a", "b", "c"] {
            stage.around.show(listed(id, |listing| listing.clients = clients));
        }
        if clients % 100 == 0 {
            tokio::time::sleep(INTERVAL / 4).await;
        }
    }
    let mut counts = [0; 3];
    let mut messages = 0;
    while counts != [300; 3] {
        let (kind, change) = client.message().await;
        messages += 1;
        let told = change[1]["clients"].as_u64().unwrap();
        let at = ["a", "b", "c"].iter().position(|id| change[0] == *id).unwrap();
        assert!(kind == "+" && told > counts[at], "{change}");
        counts[at] = told;
    }
    let rounds = start.elapsed().as_millis() / INTERVAL.as_millis() + 2;
    assert!(
        messages as u128 <= 3 * rounds,
        "{messages} messages in {rounds} rounds"
    );
}

#[tokio::test]
async fn who_misses_changes_or_too_many_gets_the_list_anew() {
    let stage = lobby().await;
    let mut client = stage.join(json!({})).await;
    let mut filtered = stage.join(json!({"filter": {"name": "duel"}})).await;
    list(&mut client).await;
    list(&mut filtered).await;
    // The lobby does not run meanwhile: this test has one thread.
    for (rooms, expected) in [(100, 100), (2000, 2000)] {
        for number in 0..rooms {
            stage
                .around
                .show(listed(&format!("r{number}"), |listing| listing.clients = rooms));
        }
        assert_eq!(list(&mut client).await.len(), expected.min(2000));
        assert_eq!(list(&mut filtered).await.len(), expected.min(2000));
    }
    stage.around.remove("r7");
    assert_eq!(client.message().await, ("-".to_owned(), json!("r7")));
    assert_eq!(filtered.message().await, ("-".to_owned(), json!("r7")));
}
