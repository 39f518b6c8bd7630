//! The side that is counted: a host with one room type, as `parlor serve` has it.

use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use parlor_matchmaker::{Matching, Matchmaker};
use parlor_plugin::{Engine, PluginSettings};
use parlor_room::room_type::RoomType;
use parlor_room::settings::{Recovery, RoomSettings};
use parlor_server::{Server, ServerSettings};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;

use crate::HotPath;

/// Between two ticks of `ticker`.
const BEAT: Duration = Duration::from_millis(50);
const HOUR: Duration = Duration::from_secs(3600);

/// Of one thread, and with a clock that moves only when it is told to, or when everything waits for it.
pub fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
}

/// Compiles the components that the paths need, unless the folder has them already.
pub fn prepare(cache: &Path) {
    let engine = engine(cache);
    let runtime = runtime();
    for (_, path) in HotPath::ALL {
        if let Some(name) = path.room_type() {
            runtime.block_on(load(&engine, name));
        }
    }
}

/// Serves the clients of a path until they have had enough.
pub fn walk(cache: &Path, path: HotPath, rounds: u32) {
    runtime().block_on(async {
        let room_type = load(&engine(cache), path.room_type().unwrap()).await;
        let matchmaker = Arc::new(Matchmaker::default());
        matchmaker.deploy(room_type, Matching::default()).await.unwrap();
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let settings = ServerSettings {
            listen: anywhere,
            ping_interval: HOUR,
            ..ServerSettings::default()
        };
        let server = Server::bind(settings, matchmaker).await.unwrap();
        let conductor = TcpListener::bind(anywhere).await.unwrap();
        let mut players = Command::new(std::env::current_exe().unwrap())
            .args(["play", path.name(), &rounds.to_string()])
            .arg(format!("http://{}", server.local_addr()))
            .arg(conductor.local_addr().unwrap().to_string())
            .spawn()
            .unwrap();
        // While a blocking task lives, the clock does not run ahead when everything waits for the clients.
        let played = spawn_blocking(move || players.wait().unwrap());
        tokio::select! {
            () = server.serve(pending()) => {}
            () = conduct(conductor) => {}
            ended = played => assert!(ended.unwrap().success(), "the clients failed"),
        }
    });
}

/// Lets a beat go by for each byte that the clients send.
async fn conduct(conductor: TcpListener) {
    let (mut clients, _) = conductor.accept().await.unwrap();
    while clients.read_u8().await.is_ok() {
        tokio::time::advance(BEAT).await;
    }
    pending::<()>().await;
}

/// A pool as small as the paths allow, and an epoch that does not get between them: what is counted takes many times as
/// long as usual, and a hook that yields costs more than one that does not.
fn engine(cache: &Path) -> Engine {
    let settings = PluginSettings {
        max_rooms: 8,
        room_memories: 1,
        epoch_tick: Duration::from_secs(1),
        hook_time: HOUR,
        hook_wait: HOUR,
        cache_folder: Some(cache.to_owned()),
        ..PluginSettings::default()
    };
    Engine::new(settings).unwrap()
}

async fn load(engine: &Engine, name: &str) -> Arc<RoomType> {
    let conformance = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let file = conformance.join(format!("{name}/target/parlor/{name}.wasm"));
    let component = std::fs::read(&file).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run `parlor build tests/conformance`",
            file.display()
        )
    });
    let settings = RoomSettings {
        // One round in a hundred would cost more than the others.
        recovery: Recovery {
            checkpoint_interval: None,
            ..Recovery::default()
        },
        ..RoomSettings::default()
    };
    RoomType::load(engine, name.parse().unwrap(), component, settings)
        .await
        .unwrap()
}
