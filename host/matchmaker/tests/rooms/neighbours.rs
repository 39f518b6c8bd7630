//! What a room may do with the others.

use parlor_matchmaker::{CreatedBy, Matching, Reach};
use parlor_plugin::{
    Comparison, Condition, Direction, Document, Encoding, MessageType, Payload, Refusal, RoomError,
    RoomQuery, SeatWish,
};
use parlor_protocol::msgpack;
use parlor_room::feed::{FeedError, ListingChange};
use serde_json::{Value, json};

use crate::Host;
use crate::obedient::read;

fn pack(value: &Value) -> Document {
    Document::MessagePack(msgpack::from_json_value(value).unwrap())
}

fn text(kind: &str) -> MessageType {
    MessageType::Text(kind.to_owned())
}

fn query(conditions: Vec<(&str, Comparison, Value)>, limit: u32) -> RoomQuery {
    let conditions = conditions
        .into_iter()
        .map(|(field, comparison, value)| Condition {
            field: field.to_owned(),
            comparison,
            value: pack(&value),
        });
    RoomQuery {
        room_type: None,
        conditions: conditions.collect(),
        sort: Vec::new(),
        limit,
    }
}

fn wish(session: Option<&str>) -> SeatWish {
    SeatWish {
        session: session.map(str::to_owned),
        options: pack(&json!({"a": 1})),
        auth: None,
    }
}

/// `inn` reaches `battle` only; `json` reaches all and wants JSON; `battle` is made by rooms only.
async fn host() -> Host {
    let host = Host::new();
    let battle = Matching {
        created_by: CreatedBy::Rooms,
        max_rooms: Some(3),
        ..Matching::default()
    };
    host.serve("battle", Encoding::MessagePack, battle).await;
    let inn = Matching {
        may_reach: Reach::Only(vec!["battle".parse().unwrap()]),
        ..Matching::default()
    };
    host.serve("inn", Encoding::MessagePack, inn).await;
    let all = Matching {
        may_reach: Reach::All,
        ..Matching::default()
    };
    host.serve("json", Encoding::Json, all).await;
    host
}

#[tokio::test]
async fn payloads_come_in_the_form_of_the_room_that_gets_them() {
    let host = host().await;
    let (inn, json_room) = (
        host.room("inn", json!({})).await,
        host.room("json", json!({})).await,
    );
    let from_json = host.others(&json_room, Encoding::Json);
    let from_inn = host.others(&inn, Encoding::MessagePack);
    let value = |value: &Value| Payload::Value(pack(value));

    let there = from_json.request(inn.clone(), text("describe"), value(&json!({"b": 2})));
    let expected = json!([json_room, "json", true, "message-pack"]);
    assert_eq!(
        there.await.unwrap(),
        Payload::Value(Document::Json(expected.to_string()))
    );
    let own = from_inn.request(
        host.room("inn", json!({})).await,
        text("describe"),
        value(&json!(1)),
    );
    let Payload::Value(seen) = own.await.unwrap() else {
        panic!("a value")
    };
    assert!(matches!(seen, Document::MessagePack(_)));
    assert_eq!(read(&seen), json!([inn, "inn", true, "message-pack"]));

    let echoed = from_json.request(
        inn.clone(),
        text("echo"),
        value(&json!({"deep": [1, "two", null]})),
    );
    let Payload::Value(Document::Json(echoed)) = echoed.await.unwrap() else {
        panic!("JSON")
    };
    assert_eq!(
        serde_json::from_str::<Value>(&echoed).unwrap(),
        json!({"deep": [1, "two", null]})
    );
    for payload in [Payload::Empty, Payload::Raw(vec![1, 2])] {
        let echoed = from_json.request(inn.clone(), MessageType::Number(7), payload.clone());
        assert_eq!(echoed.await.unwrap(), payload);
    }
}

#[tokio::test]
async fn what_cannot_be_is_told_apart() {
    let host = host().await;
    let (inn, other, json_room) = (
        host.room("inn", json!({})).await,
        host.room("inn", json!({})).await,
        host.room("json", json!({})).await,
    );
    let rooms = host.others(&inn, Encoding::MessagePack);
    let empty = Payload::Empty;
    let not_valid = |error: RoomError, part: &str| match error {
        RoomError::NotValid(why) => assert!(why.contains(part), "{why}"),
        other => panic!("{part}: {other:?}"),
    };
    for (to, kind, expected) in [
        (
            &other,
            "refuse",
            RoomError::Refused(Refusal {
                code: 4321,
                message: "not now".to_owned(),
            }),
        ),
        (
            &other,
            "fault",
            RoomError::Failed("the room could not handle the message".to_owned()),
        ),
        (
            &other,
            "bad",
            RoomError::Failed("the room's reply cannot be sent".to_owned()),
        ),
        (&"nowhere".to_owned(), "echo", RoomError::NoSuchRoom),
        (&json_room, "echo", RoomError::NotAllowed),
    ] {
        let error = rooms.request(to.clone(), text(kind), empty.clone()).await;
        assert_eq!(error, Err(expected), "{kind}");
    }
    let error = rooms.request(inn.clone(), text("echo"), empty.clone()).await;
    not_valid(error.unwrap_err(), "cannot ask itself");
    for (kind, payload, part) in [
        (text(""), Payload::Empty, "type"),
        (
            text("echo"),
            Payload::Raw(vec![0; (1 << 20) + 1]),
            "1048576 at most",
        ),
        (
            text("echo"),
            Payload::Value(Document::Json("{".to_owned())),
            "one valid value",
        ),
    ] {
        let asked = rooms.request(other.clone(), kind.clone(), payload.clone()).await;
        not_valid(asked.unwrap_err(), part);
        let told = rooms.notify(other.clone(), kind, payload).await;
        not_valid(told.unwrap_err(), part);
    }

    let create = |name: &str, options: Value| rooms.create(name.to_owned(), pack(&options));
    assert_eq!(create("json", json!({})).await, Err(RoomError::NotAllowed));
    assert_eq!(create("nobody", json!({})).await, Err(RoomError::NotAllowed));
    let all = host.others(&json_room, Encoding::Json);
    assert_eq!(
        all.create("nobody".to_owned(), pack(&json!({}))).await,
        Err(RoomError::NoSuchRoomType)
    );
    not_valid(create("battle", json!([1])).await.unwrap_err(), "must be a map");
    let refused = create("battle", json!({"refuse": 418})).await;
    assert!(matches!(
        refused,
        Err(RoomError::Refused(Refusal { code: 418, .. }))
    ));
    for _ in 0..3 {
        create("battle", json!({})).await.unwrap();
    }
    let Err(RoomError::Failed(why)) = create("battle", json!({})).await else {
        panic!("one too many")
    };
    assert!(why.contains("as this server allows (3)"), "{why}");
}

#[tokio::test]
async fn seats_are_reserved_all_or_none() {
    let host = host().await;
    let inn = host.room("inn", json!({})).await;
    let rooms = host.others(&inn, Encoding::MessagePack);
    let battle = rooms
        .create("battle".to_owned(), pack(&json!({"maxClients": 3})))
        .await
        .unwrap();
    let reserve = |seats| rooms.reserve(battle.clone(), seats);
    let occupancy = || host.matchmaker.room(&battle).unwrap().listing().clients;

    assert_eq!(reserve(vec![]).await.unwrap(), []);
    let seats = reserve(vec![wish(Some("ada")), wish(None)]).await.unwrap();
    assert_eq!(seats[0].session, "ada");
    let reservation = read(&seats[0].reservation);
    assert_eq!(reservation["roomId"], json!(battle));
    assert_eq!(reservation["sessionId"], json!("ada"));
    assert_eq!(reservation["room"]["roomId"], json!(battle));
    assert_ne!(reservation["room"]["processId"], reservation["processId"]);
    for (seats, expected) in [
        (vec![wish(None), wish(None)], RoomError::Full),
        (vec![wish(Some("ada"))], RoomError::NotValid(String::new())),
        (vec![wish(Some("no name"))], RoomError::NotValid(String::new())),
    ] {
        let error = reserve(seats).await.unwrap_err();
        assert_eq!(
            std::mem::discriminant(&error),
            std::mem::discriminant(&expected),
            "{error:?}"
        );
        assert_eq!(occupancy(), 2);
    }
    let twins = host.others(&battle, Encoding::MessagePack);
    let open = host.room("inn", json!({})).await;
    let twice = host.others(&inn, Encoding::MessagePack);
    let error = twice
        .reserve(open.clone(), vec![wish(Some("b")), wish(Some("b"))])
        .await
        .unwrap_err();
    assert!(matches!(error, RoomError::NotValid(_)), "{error:?}");
    assert_eq!(
        twins.reserve(open, vec![wish(None)]).await,
        Err(RoomError::NotAllowed)
    );
    let locked = host.room("inn", json!({"metadata": {}})).await;
    let handle = host.matchmaker.room(&locked).unwrap();
    assert_eq!(
        rooms.reserve(locked, vec![wish(None); 1001]).await.unwrap_err(),
        RoomError::NotValid("1001 seats asked for; 1000 at most".to_owned())
    );
    assert_eq!(handle.listing().clients, 1);
}

#[tokio::test]
async fn queries_see_what_the_room_may_reach() {
    let host = host().await;
    let inn = host.room("inn", json!({"metadata": {"rank": 1}})).await;
    let hidden = host
        .room("inn", json!({"metadata": {"rank": 2}, "private": true}))
        .await;
    let json_room = host.room("json", json!({"metadata": {"rank": 3}})).await;
    let rooms = host.others(&inn, Encoding::MessagePack);
    let battle = rooms
        .create("battle".to_owned(), pack(&json!({"metadata": {"rank": 4}})))
        .await
        .unwrap();
    let ids =
        |found: Vec<parlor_plugin::RoomSummary>| found.into_iter().map(|room| room.id).collect::<Vec<_>>();

    assert_eq!(
        ids(rooms.query(query(vec![], 10)).await.unwrap()),
        [&inn, &hidden, &battle].map(Clone::clone)
    );
    let all = host.others(&json_room, Encoding::Json);
    let found = all
        .query(query(vec![("rank", Comparison::AtLeast, json!(2))], 10))
        .await
        .unwrap();
    assert_eq!(
        found[0].metadata,
        Some(Document::Json(r#"{"rank":2}"#.to_owned()))
    );
    assert!(found[0].private && found[0].clients == 1);
    assert_eq!(ids(found), [&hidden, &json_room, &battle].map(Clone::clone));
    let best = RoomQuery {
        sort: vec![("rank".to_owned(), Direction::Descending)],
        ..query(vec![("private", Comparison::Equal, json!(false))], 2)
    };
    assert_eq!(
        ids(all.query(best).await.unwrap()),
        [&battle, &json_room].map(Clone::clone)
    );
    let named = |name: &str| RoomQuery {
        room_type: Some(name.to_owned()),
        ..query(vec![], 1)
    };
    assert_eq!(
        ids(rooms.query(named("battle")).await.unwrap()),
        std::slice::from_ref(&battle)
    );
    assert_eq!(rooms.query(named("json")).await, Err(RoomError::NotAllowed));
    assert_eq!(all.query(named("nobody")).await, Err(RoomError::NoSuchRoomType));
    for bad in [
        query(vec![], 1001),
        query(vec![("rank", Comparison::Equal, json!([1]))], 1),
        query(vec![("rank", Comparison::OneOf, json!(1))], 1),
        query(vec![("rank", Comparison::OneOf, json!(vec![1; 65]))], 1),
        query(vec![("rank", Comparison::Equal, json!(1)); 65], 1),
    ] {
        assert!(matches!(all.query(bad).await, Err(RoomError::NotValid(_))));
    }
}

#[tokio::test]
async fn who_waits_too_long_is_told_and_not_heard_of_again() {
    let host = host().await;
    let inn = host.room("inn", json!({})).await;
    let rooms = host.others(&inn, Encoding::MessagePack);
    let busy = rooms.create("battle".to_owned(), pack(&json!({}))).await.unwrap();
    let mailbox = host.matchmaker.room(&busy).unwrap().mailbox().clone();
    let answer = rooms.request(busy.clone(), text("echo"), Payload::Empty).await;
    assert_eq!(answer, Ok(Payload::Empty));
    // All its places are taken.
    let permits = mailbox.reserve_many(mailbox.max_capacity()).await.unwrap();
    let asked = rooms.request(busy.clone(), text("echo"), Payload::Empty).await;
    assert_eq!(asked, Err(RoomError::TimedOut));
    let told = rooms.notify(busy.clone(), text("echo"), Payload::Empty).await;
    assert_eq!(told, Err(RoomError::TimedOut));
    let seated = rooms.reserve(busy.clone(), vec![wish(None)]).await;
    assert_eq!(seated, Err(RoomError::TimedOut));
    drop(permits);
    let answer = rooms.request(busy.clone(), text("echo"), Payload::Empty).await;
    assert_eq!(answer, Ok(Payload::Empty));
    assert_eq!(host.matchmaker.room(&busy).unwrap().listing().clients, 0);
}

#[tokio::test]
async fn the_feed_tells_of_rooms_in_realtime_only() {
    let host = Host::new();
    let realtime = Matching {
        realtime_listing: parlor_matchmaker::Realtime::Yes,
        ..Matching::default()
    };
    host.serve("shown", Encoding::Json, realtime).await;
    host.serve("silent", Encoding::Json, Matching::default()).await;
    let world = host.matchmaker.world();
    let mut changes = world.listing_changes();
    let silent = host.room("silent", json!({})).await;
    let shown = host.room("shown", json!({"metadata": {"a": 1}})).await;
    let ListingChange::Created(room) = changes.next().await.unwrap() else {
        panic!("created first")
    };
    assert_eq!(room.id.as_str(), shown);
    assert_eq!(room.shown().metadata, Some(json!({"a": 1})));
    let ListingChange::Changed(room) = changes.next().await.unwrap() else {
        panic!("then its first seat")
    };
    assert_eq!(room.listing.clients, 1);
    let rooms = host.others(&host.room("shown", json!({})).await, Encoding::Json);
    rooms
        .request(
            shown.clone(),
            text("metadata"),
            Payload::Value(pack(&json!({"a": 2}))),
        )
        .await
        .unwrap();
    let told = loop {
        match changes.next().await {
            Ok(ListingChange::Changed(room)) if room.id.as_str() == shown => break room,
            Ok(_) => {}
            Err(error @ (FeedError::Ended | FeedError::Missed(_))) => panic!("{error}"),
        }
    };
    assert_eq!(told.shown().metadata, Some(json!({"a": 2})));
    let listed = world.realtime_listings().await;
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|room| room.id.as_str() != silent));
    host.matchmaker.shut_down(std::time::Duration::ZERO).await;
    let mut removed = 0;
    while let Ok(Some(change)) = changes.try_next() {
        removed += u32::from(matches!(change, ListingChange::Removed { .. }));
    }
    assert_eq!(removed, 2);
}
