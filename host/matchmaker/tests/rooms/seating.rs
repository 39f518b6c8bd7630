//! What clients get.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use parlor_matchmaker::{CreatedBy, Field, Filter, Matching, SortKey, Test};
use parlor_plugin::{Comparison, Direction, Encoding};
use parlor_protocol::matchmake::{MatchmakeError, Method};
use parlor_protocol::msgpack;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Host;

fn filter(name: &str, test: Test) -> Filter {
    Filter {
        field: Field::named(name),
        option: name.to_owned(),
        test,
    }
}

fn by_mode() -> Matching {
    Matching {
        filter_by: vec![
            filter("mode", Test::Is(Comparison::Equal)),
            filter("level", Test::Within(5.0)),
        ],
        ..Matching::default()
    }
}

async fn host(matching: Matching) -> Host {
    let host = Host::new();
    host.serve("battle", Encoding::MessagePack, matching).await;
    host
}

/// As many seats in each room as came of these requests, all made at once.
async fn at_once(
    host: Host,
    count: usize,
    method: Method,
    options: Value,
) -> (Vec<usize>, Vec<MatchmakeError>) {
    let host = Arc::new(host);
    let mut requests = JoinSet::new();
    for _ in 0..count {
        let (host, options) = (Arc::clone(&host), options.clone());
        requests.spawn(async move { host.ask(method, "battle", options).await });
    }
    let mut seats = HashMap::<_, usize>::new();
    let mut errors = Vec::new();
    for answer in requests.join_all().await {
        match answer {
            Ok(seat) => *seats.entry(seat.room).or_default() += 1,
            Err(error) => errors.push(error),
        }
    }
    (seats.into_values().collect(), errors)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_asks_for_the_same_at_once_shares_a_room() {
    let (seats, errors) = at_once(
        host(by_mode()).await,
        50,
        Method::JoinOrCreate,
        json!({"mode": "duel"}),
    )
    .await;
    assert_eq!((seats, errors), (vec![50], vec![]));
    let three = json!({"mode": "duel", "maxClients": 3});
    let (seats, errors) = at_once(host(by_mode()).await, 30, Method::JoinOrCreate, three).await;
    assert_eq!((seats, errors), (vec![3; 10], vec![]));
    let (seats, errors) = at_once(host(by_mode()).await, 50, Method::Create, json!({})).await;
    assert_eq!((seats, errors), (vec![1; 50], vec![]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_race_gets_more_rooms_than_there_may_be() {
    let matching = Matching {
        max_rooms: Some(4),
        ..by_mode()
    };
    let (seats, errors) = at_once(host(matching).await, 30, Method::Create, json!({})).await;
    assert_eq!(seats, [1; 4]);
    assert_eq!(errors.len(), 26);
    for error in errors {
        assert_eq!((error.code(), error.status()), (527, 527), "{error}");
    }
}

#[tokio::test]
async fn joining_finds_by_filters_and_in_order() {
    let matching = Matching {
        sort_by: vec![SortKey {
            field: Field::named("rank"),
            direction: Direction::Descending,
        }],
        ..by_mode()
    };
    let host = host(matching).await;
    let low = host
        .room("battle", json!({"mode": "duel", "level": 1, "rank": 1}))
        .await;
    let high = host
        .room("battle", json!({"mode": "duel", "level": 4, "rank": 2}))
        .await;
    let team = host
        .room("battle", json!({"mode": "team", "metadata": {"mode": "quest"}}))
        .await;
    host.room("battle", json!({"mode": "gone", "private": true}))
        .await;
    for (options, expected) in [
        (json!({"mode": "duel"}), Ok(&high)),
        (json!({"mode": "duel", "level": -1.5}), Ok(&low)),
        (json!({"mode": "duel", "level": 9}), Ok(&high)),
        (json!({"mode": "duel", "level": 9.5}), Err(521)),
        (json!({"mode": "quest"}), Ok(&team)),
        (json!({"mode": "team"}), Err(521)),
        (json!({"mode": "gone"}), Err(521)),
        (json!({"mode": "duel", "level": "9"}), Err(400)),
    ] {
        let found = host.ask(Method::Join, "battle", options.clone()).await;
        let found = found
            .map(|seat| seat.room.to_string())
            .map_err(|error| error.code());
        assert_eq!(found.as_ref(), expected.as_ref().map(|id| *id), "{options}");
    }
}

#[tokio::test]
async fn each_method_says_why_there_is_no_seat() {
    let host = host(by_mode()).await;
    let made = Matching {
        created_by: CreatedBy::Rooms,
        ..Matching::default()
    };
    host.serve("made", Encoding::MessagePack, made).await;
    let locked = host.room("battle", json!({"maxClients": 1})).await;
    for (method, target, options, code, status) in [
        (Method::Create, "nobody", json!({}), 520, 520),
        (Method::Join, "battle", json!({"mode": "none"}), 521, 521),
        (Method::JoinById, "nowhere", json!({}), 522, 522),
        (Method::JoinById, &locked, json!({}), 522, 522),
        (Method::Create, "battle", json!({"maxClients": 0}), 523, 523),
        (Method::Create, "battle", json!({"locked": true}), 522, 522),
        (
            Method::Reconnect,
            &locked,
            json!({"reconnectionToken": "x"}),
            524,
            524,
        ),
        (Method::Create, "battle", json!({"refuse": 403}), 403, 403),
        (
            Method::JoinOrCreate,
            "battle",
            json!({"mode": "x", "refuse": 4001}),
            4001,
            523,
        ),
        (Method::Create, "made", json!({}), 403, 403),
        (Method::JoinOrCreate, "made", json!({}), 403, 403),
        (Method::Join, "made", json!({}), 521, 521),
    ] {
        let error = host.ask(method, target, options.clone()).await.unwrap_err();
        assert_eq!(
            (error.code(), error.status()),
            (code, status),
            "{method} {target} {options}: {error}"
        );
    }
}

#[tokio::test]
async fn the_operators_options_go_before_the_clients() {
    let options = msgpack::from_json_value(&json!({"metadata": {"from": "operator"}})).unwrap();
    let host = host(Matching {
        options: Bytes::from(options),
        ..by_mode()
    })
    .await;
    host.room("battle", json!({"mode": "duel", "metadata": {"from": "client"}}))
        .await;
    let listed = host.matchmaker.listings(Some("battle")).await.unwrap();
    assert_eq!(
        listed[0].metadata,
        Some(json!({"from": "operator", "mode": "duel"}))
    );
    assert_eq!(host.matchmaker.listings(None).await.unwrap().len(), 1);
    assert_eq!(host.matchmaker.listings(Some("not a name")).await.unwrap(), []);
}
