//! Plays a room whose entities move, in a time that passes by itself: for profilers.
//!
//! `parlor build tests/conformance && cargo run --release -p parlor-tests --example tick_cost [TICKS [ENTITIES [CHANGING [CLIENTS]]]]`
//!
//! What two runs of different length differ by is what their ticks cost, for instance in instructions, counted with
//! `valgrind --tool=callgrind`. Each tick is followed by a patch, which every client gets; nothing is written to sockets.

use std::future::poll_fn;
use std::path::Path;
use std::time::Duration;

use parlor_matchmaker::Matchmaker;
use parlor_plugin::{Engine, PluginSettings};
use parlor_protocol::frame::client::ClientFrame;
use parlor_protocol::ids::{RoomId, SessionId};
use parlor_protocol::join::Dialect;
use parlor_room::Room;
use parlor_room::handle::{Arrival, Command, HandshakeWanted, RoomHandle, SeatRequest};
use parlor_room::outbox::{Batch, OutboxReader, outbox};
use parlor_room::room_type::RoomType;
use parlor_room::settings::RoomSettings;
use serde_json::Map;

/// Bytes that may wait for a client.
const QUEUE: usize = 16 << 20;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let argument = |at, default| {
        std::env::args()
            .nth(at)
            .map_or(default, |given| given.parse().unwrap())
    };
    let (ticks, entities) = (argument(1, 200), argument(2, 1000));
    let (changing, clients) = (argument(3, entities), argument(4, 10));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/ticker/target/parlor/ticker.wasm");
    let engine = Engine::new(PluginSettings {
        max_rooms: 1,
        // Profilers take their time.
        hook_time: Duration::from_secs(60),
        hook_wait: Duration::from_secs(600),
        epoch_tick: Duration::from_secs(1),
        cache_folder: Some(std::env::temp_dir().join("parlor-tick-cost")),
        ..PluginSettings::default()
    })
    .unwrap();
    let settings = RoomSettings::default();
    let name = "ticker".parse().unwrap();
    let ticker = RoomType::load(&engine, name, std::fs::read(&file).unwrap(), settings)
        .await
        .unwrap();
    let world = Matchmaker::default().world();
    let (handle, room) = Room::create(
        ticker,
        RoomId::random(),
        &options(entities, changing),
        Map::new(),
        world,
    )
    .await
    .unwrap();
    let room = tokio::spawn(room.run());
    let mut readers = Vec::new();
    for number in 0..clients {
        let session = format!("client{number:03}").parse().unwrap();
        readers.push(tokio::spawn(read(join(&handle, session).await)));
    }
    tokio::time::sleep(Duration::from_millis(50) * ticks).await;
    handle.shut_down(Duration::ZERO).await;
    room.await.unwrap();
    for reader in readers {
        let (frames, bytes) = reader.await.unwrap();
        println!("{frames} frames, {bytes} bytes");
    }
}

/// A MessagePack map.
fn options(entities: u32, changing: u32) -> Vec<u8> {
    let mut map = vec![0x82];
    for (key, value) in [("entities", entities), ("changing", changing)] {
        map.push(0xa0 | key.len() as u8);
        map.extend(key.as_bytes());
        map.push(0xce);
        map.extend(value.to_be_bytes());
    }
    map
}

async fn join(room: &RoomHandle, session: SessionId) -> OutboxReader {
    let seat = SeatRequest {
        session: session.clone(),
        options: vec![0x80].into(),
        auth: None,
    };
    room.reserve(vec![seat]).await.unwrap();
    let (outbox, reader) = outbox(QUEUE);
    let connection = outbox.connection();
    let arrival = Arrival {
        session: session.clone(),
        token: None,
        dialect: Dialect::Tagged,
        handshake: HandshakeWanted::Yes,
        outbox,
    };
    let acknowledged = Command::Frame {
        session,
        connection,
        frame: ClientFrame::JoinAcknowledged,
    };
    for command in [Command::Connect(arrival), acknowledged] {
        room.mailbox().send(Box::new(command)).await.unwrap();
    }
    reader
}

/// How many frames came, and how many bytes they were.
async fn read(mut reader: OutboxReader) -> (usize, usize) {
    let (mut frames, mut bytes) = (0, 0);
    let mut batch = Batch::default();
    loop {
        poll_fn(|cx| reader.poll_next(cx, &mut batch)).await;
        frames += batch.frames.len();
        bytes += batch.frames.iter().map(|frame| frame.len()).sum::<usize>();
        reader.written(batch.frames.iter().map(|frame| frame.len()).sum());
        if batch.close.is_some() {
            return (frames, bytes);
        }
    }
}
