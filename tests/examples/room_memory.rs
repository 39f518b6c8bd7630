//! Opens rooms and prints how much memory each of them takes.
//!
//! `parlor build tests/conformance && cargo run --release -p parlor-tests --example room_memory [ROOMS [COMPONENT]]`
//!
//! Without a component it takes `idle` of the conformance rooms.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parlor_matchmaker::{Asking, Matching, Matchmaker};
use parlor_plugin::{Engine, PluginSettings};
use parlor_protocol::matchmake::{ClientOptions, Method};
use parlor_room::room_type::RoomType;
use parlor_room::settings::RoomSettings;

#[tokio::main]
async fn main() {
    let rooms: u32 = std::env::args()
        .nth(1)
        .map_or(1000, |rooms| rooms.parse().unwrap());
    let idle = || Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/idle/target/parlor/idle.wasm");
    let file = std::env::args_os().nth(2).map_or_else(idle, PathBuf::from);
    let engine = Engine::new(PluginSettings::default()).unwrap();
    let idle = RoomType::load(
        &engine,
        "idle".parse().unwrap(),
        std::fs::read(&file).unwrap(),
        RoomSettings::default(),
    );
    let matchmaker = Arc::new(Matchmaker::default());
    matchmaker
        .deploy(idle.await.unwrap(), Matching::default())
        .await
        .unwrap();
    // What the first room brings along for all others is not counted.
    open(&matchmaker).await;
    let before = Memory::now();
    for _ in 0..rooms {
        open(&matchmaker).await;
    }
    let after = Memory::now();
    let per_room = |before: u64, after: u64| (after - before) as f64 / f64::from(rooms);
    println!(
        "{rooms} rooms of {}, each with a reserved seat; per room:",
        file.display()
    );
    println!(
        "  {:5.1} KiB resident (RSS)",
        per_room(before.resident, after.resident)
    );
    println!(
        "  {:5.1} KiB proportional (PSS): what all rooms map alike, such as constants, counted once",
        per_room(before.proportional, after.proportional)
    );
}

async fn open(matchmaker: &Matchmaker) {
    let asking = Asking {
        options: ClientOptions::default(),
        token: None,
        headers: Vec::new(),
        remote_address: "127.0.0.1".to_owned(),
    };
    matchmaker.seat(Method::Create, "idle", asking).await.unwrap();
}

/// What the kernel says of this process, in KiB.
struct Memory {
    resident: u64,
    proportional: u64,
}

impl Memory {
    fn now() -> Self {
        let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
        let field = |name: &str| {
            let line = rollup.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        Self {
            resident: field("Rss:"),
            proportional: field("Pss:"),
        }
    }
}
