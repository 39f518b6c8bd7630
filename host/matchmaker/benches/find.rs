//! What it costs to find a room among many, and to get a seat in it.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing
)]

#[path = "../tests/rooms/obedient.rs"]
mod obedient;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use parlor_matchmaker::{Asking, Field, Filter, Matching, Matchmaker, SortKey, Test};
use parlor_plugin::{Comparison, Condition, Direction, Document, Encoding, RoomQuery};
use parlor_protocol::matchmake::{ClientOptions, Method};
use parlor_room::code::BuiltInCapacity;
use parlor_room::room_type::RoomType;
use parlor_room::settings::RoomSettings;
use tokio::runtime::Runtime;

const ROOMS: u32 = 1_000;

async fn seat(matchmaker: &Matchmaker, method: Method, options: &str) -> String {
    let asking = Asking {
        options: ClientOptions::parse(options.as_bytes()).unwrap(),
        token: None,
        headers: Vec::new(),
        remote_address: String::new(),
    };
    let seat = matchmaker.seat(method, "battle", asking).await.unwrap();
    seat.room.to_string()
}

/// A thousand rooms of levels 0 to 999; the first one's id.
fn host(runtime: &Runtime, sort_by: Vec<SortKey>) -> (Matchmaker, String) {
    let matchmaker = Matchmaker::default();
    let level = Filter {
        field: Field::named("level"),
        option: "level".to_owned(),
        test: Test::Is(Comparison::AtLeast),
    };
    let matching = Matching {
        filter_by: vec![level],
        sort_by,
        ..Matching::default()
    };
    let kind = Arc::new(obedient::Obedient {
        encoding: Encoding::MessagePack,
    });
    let capacity = BuiltInCapacity::new(ROOMS);
    let settings = RoomSettings {
        // Seats that nobody takes are not to run out meanwhile.
        seat_reservation: std::time::Duration::from_secs(3600),
        ..RoomSettings::default()
    };
    let room_type = RoomType::built_in("battle".parse().unwrap(), kind, capacity, settings);
    runtime
        .block_on(matchmaker.deploy(room_type.unwrap(), matching))
        .unwrap();
    let rooms = (0..ROOMS).map(|level| {
        let options = format!(r#"{{"level":{level}}}"#);
        runtime.block_on(seat(&matchmaker, Method::Create, &options))
    });
    let first = rooms.collect::<Vec<_>>().swap_remove(0);
    (matchmaker, first)
}

fn find(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let (matchmaker, first) = host(&runtime, Vec::new());
    let handle = matchmaker.room(&first).unwrap();
    let rooms = matchmaker.world().other_rooms(&handle, Encoding::MessagePack);
    let query = RoomQuery {
        room_type: Some("battle".to_owned()),
        conditions: vec![Condition {
            field: "level".to_owned(),
            comparison: Comparison::Less,
            value: Document::Json("500".to_owned()),
        }],
        sort: vec![("level".to_owned(), Direction::Descending)],
        limit: 10,
    };
    c.bench_function("a room's query, 10 of 500 of 1000 rooms, sorted", |b| {
        b.iter(|| black_box(runtime.block_on(rooms.query(query.clone())).unwrap().len()));
    });
    c.bench_function("join, the first of 1000 rooms", |b| {
        b.iter(|| runtime.block_on(seat(&matchmaker, Method::Join, r#"{"level":0}"#)));
    });
    c.bench_function("join, the last of 1000 rooms", |b| {
        b.iter(|| runtime.block_on(seat(&matchmaker, Method::Join, r#"{"level":999}"#)));
    });
    let sort = SortKey {
        field: Field::Clients,
        direction: Direction::Descending,
    };
    let (matchmaker, _) = host(&runtime, vec![sort]);
    c.bench_function("join, the fullest of 1000 rooms", |b| {
        b.iter(|| runtime.block_on(seat(&matchmaker, Method::Join, r#"{"level":0}"#)));
    });
}

criterion_group!(benches, find);
criterion_main!(benches);
