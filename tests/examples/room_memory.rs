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
#[allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people who measure"
)]
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
    matchmaker.serve(idle.await.unwrap(), Matching::default());
    // What the first room brings along for all others is not counted.
    open(&matchmaker).await;
    let before = resident_kib();
    for _ in 0..rooms {
        open(&matchmaker).await;
    }
    let grown = resident_kib() - before;
    println!(
        "{rooms} rooms of {} with a reserved seat: {:.1} KiB resident per room",
        file.display(),
        grown as f64 / f64::from(rooms)
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

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
