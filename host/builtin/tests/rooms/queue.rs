use parlor_builtin::{IncompleteGroups, Queue, QueueSettings, Rules};
use parlor_plugin::RoomError;
use parlor_protocol::ids::RoomTypeName;
use parlor_room::settings::RoomSettings;
use serde_json::{Value, json};

use crate::stage::{Client, Stage};

async fn queue(rules: Rules) -> Stage {
    let settings = QueueSettings {
        match_room: RoomTypeName::parse("duel").unwrap(),
        rules,
    };
    Stage::open(Queue::new(settings), RoomSettings::default()).await
}

/// The seat that a client gets at last; before it come sizes of groups, no two alike in a row.
async fn seat(client: &mut Client) -> Value {
    let mut last = Value::Null;
    loop {
        let (kind, payload) = client.message().await;
        match kind.as_str() {
            "clients" => assert_ne!(payload, std::mem::replace(&mut last, payload.clone())),
            "seat" => return payload,
            other => panic!("{other} {payload}"),
        }
    }
}

#[tokio::test]
async fn four_play_together_with_the_sessions_they_have() {
    let stage = queue(Rules::default()).await;
    let mut clients = Vec::new();
    for rank in [1, 4, 2, 3] {
        clients.push(stage.join(json!({"rank": rank, "hero": rank * 10})).await);
    }
    for client in &mut clients {
        let seat = seat(client).await;
        assert_eq!(
            seat,
            json!({"roomId": "match1", "sessionId": client.session.as_str()})
        );
    }
    {
        let asked = stage.around.asked.lock().unwrap();
        assert_eq!(asked.created, ["duel"]);
        let options: Vec<&Value> = asked.seats[0]
            .iter()
            .map(|(_, options)| &options["hero"])
            .collect();
        assert_eq!(options, [10, 20, 30, 40], "by rank");
    }
    for client in &mut clients {
        client.send("confirm", Value::Null).await;
        assert_eq!(client.message().await, ("closed".to_owned(), json!(1000)));
    }
}

#[tokio::test]
async fn who_waits_hears_how_many_they_are() {
    let stage = queue(Rules::default()).await;
    let mut one = stage.join(json!({"rank": 1})).await;
    assert_eq!(one.message().await, ("clients".to_owned(), json!(1)));
    let mut two = stage.join(json!({"rank": 1})).await;
    assert_eq!(two.message().await, ("clients".to_owned(), json!(1)));
    for client in [&mut one, &mut two] {
        assert_eq!(client.message().await, ("clients".to_owned(), json!(2)));
    }
    one.send("confirm", Value::Null).await;
    assert_eq!(one.message().await.0, "error 4217", "there is nothing to confirm");
    two.drop_connection().await;
    assert_eq!(one.message().await, ("clients".to_owned(), json!(1)));
}

#[tokio::test]
async fn teams_go_together() {
    let stage = queue(Rules {
        max_team_size: Some(2),
        ..Rules::default()
    })
    .await;
    let mut clients = Vec::new();
    for team in [json!("red"), json!(7), json!("red"), json!(7), json!("blue")] {
        clients.push(stage.join(json!({"rank": 1, "teamId": team})).await);
    }
    for client in clients.iter_mut().take(4) {
        assert_eq!(seat(client).await["roomId"], "match1");
    }
    assert_eq!(clients[4].message().await, ("clients".to_owned(), json!(1)));
}

#[tokio::test]
async fn an_incomplete_group_plays_after_a_while() {
    let stage = queue(Rules {
        max_waiting_cycles: 3,
        incomplete_groups: IncompleteGroups::Play,
        ..Rules::default()
    })
    .await;
    let mut one = stage.join(json!({})).await;
    let mut two = stage.join(json!({"rank": null})).await;
    let seats = [seat(&mut one).await, seat(&mut two).await];
    assert_eq!(seats[0]["roomId"], seats[1]["roomId"]);
}

#[tokio::test]
async fn without_a_match_everybody_is_sent_away() {
    let stage = queue(Rules {
        max_players: 2,
        ..Rules::default()
    })
    .await;
    stage.around.asked.lock().unwrap().refuse = Some(RoomError::NoSuchRoomType);
    let mut one = stage.join(json!({"rank": 1})).await;
    let mut two = stage.join(json!({"rank": 2})).await;
    for client in [&mut one, &mut two] {
        let last = loop {
            match client.message().await {
                (kind, _) if kind == "clients" => {}
                other => break other,
            }
        };
        assert_eq!(last, ("closed".to_owned(), json!(1011)));
    }
}

#[tokio::test]
async fn what_a_client_says_of_itself_is_checked() {
    for options in [
        json!({"rank": "high"}),
        json!({"teamId": ["a"]}),
        json!({"teamId": "x".repeat(65)}),
    ] {
        let stage = queue(Rules::default()).await;
        let mut refused = stage.connect(options).await;
        assert_eq!(refused.message().await.0, "error 4217");
    }
}
