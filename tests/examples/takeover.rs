//! Replaces the code of running rooms, lets rooms trap, and prints how long their clients wait.
//!
//! `parlor build tests/conformance && cargo run --release -p parlor-tests --example takeover [SWAPS]`
//!
//! Real server, real sockets, all in one process. Machines are noisy: compare two runs on one of them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use parlor_matchmaker::{Asking, Deployment, Matching, Matchmaker, Takeover};
use parlor_plugin::{Engine, PluginSettings};
use parlor_protocol::frame::opcode;
use parlor_protocol::matchmake::{ClientOptions, Method};
use parlor_room::room_type::RoomType;
use parlor_room::settings::{Recovery, RoomSettings};
use parlor_server::{Server, ServerSettings};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// Of what the guest saves, in KiB.
const BALLAST: u32 = 64;
/// Deployments whose code is compiled while clients play.
const COMPILED: u32 = 20;
const IDLE: u32 = 1000;
const TICKERS: u32 = 100;
/// What hangs is to fail.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() {
    let rounds: u32 = std::env::args()
        .nth(1)
        .map_or(300, |rounds| rounds.parse().unwrap());
    let host = Host::start().await;
    one_room(&host, rounds).await;
    many_rooms(&host).await;
    traps(&host, rounds).await;
}

/// How long a client that always sends waits when the code of its room is replaced.
async fn one_room(host: &Host, swaps: u32) {
    let [a, b] = [component("reload/a"), component("reload/b")];
    let builds = [host.load("reload", a.clone()).await, host.load("reload", b).await];
    host.deploy(&builds[0]).await;
    let client = host.enter("reload", &format!("{{\"ballast\":{BALLAST}}}")).await;
    let player = Player::start(client);
    player.answered(1000).await;
    let mut times = Vec::new();
    for swap in 1..=swaps {
        let next = &builds[swap as usize % 2];
        times.push(player.during(replaced(host, next, 1)).await);
    }
    print("gap between answers", &mut times, "50 ms");
    let mut times = Vec::new();
    for number in 0..COMPILED {
        let fresh = unlike(&a, number);
        let deployed = async {
            let next = host.load("reload", fresh).await;
            replaced(host, &next, 1).await;
        };
        times.push(player.during(deployed).await);
    }
    print("the same, the code compiled meanwhile", &mut times, "50 ms");
    player.stop().await;
}

/// How long it takes until all of many rooms have other code.
async fn many_rooms(host: &Host) {
    let mut others = Vec::new();
    let mut sockets = Vec::new();
    for (name, rooms) in [("idle", IDLE), ("ticker", TICKERS)] {
        let bytes = component(name);
        host.deploy(&host.load(name, bytes.clone()).await).await;
        others.push((host.load(name, unlike(&bytes, 0)).await, rooms));
        for _ in 0..rooms {
            sockets.push(host.enter(name, "{}").await);
        }
    }
    // Patches are read as they come.
    let readers: Vec<_> = sockets
        .into_iter()
        .map(|socket| tokio::spawn(socket.for_each(|_| async {})))
        .collect();
    let (started, processor) = (Instant::now(), processor_time());
    for (next, rooms) in &others {
        replaced(host, next, *rooms as usize).await;
    }
    println!(
        "{IDLE} `idle` and {TICKERS} `ticker`, a client in each: replaced in {:.0} ms, {:.0} ms of the processor for all \
         that happened meanwhile (line: 2 s)",
        milliseconds(started.elapsed()),
        milliseconds(processor_time() - processor)
    );
    for reader in readers {
        reader.abort();
    }
}

/// How long a client waits for its first answer after the room has trapped.
async fn traps(host: &Host, traps: u32) {
    host.deploy(&host.load("recovery", component("recovery")).await)
        .await;
    let mut client = host.enter("recovery", "{}").await;
    let mut times = Vec::new();
    for _ in 0..traps {
        for _ in 0..100 {
            ask(&mut client, "add").await;
        }
        let started = Instant::now();
        say(&mut client, "break", &breaking()).await;
        ask(&mut client, "add").await;
        times.push(started.elapsed());
    }
    print("first answer after a trap", &mut times, "100 ms");
}

struct Host {
    engine: Engine,
    matchmaker: Arc<Matchmaker>,
    address: String,
}

impl Host {
    async fn start() -> Self {
        let matchmaker = Arc::new(Matchmaker::default());
        let settings = ServerSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            ..ServerSettings::default()
        };
        let server = Server::bind(settings, Arc::clone(&matchmaker)).await.unwrap();
        let address = server.local_addr().to_string();
        tokio::spawn(server.serve(std::future::pending()));
        Self {
            engine: Engine::new(PluginSettings::default()).unwrap(),
            matchmaker,
            address,
        }
    }

    async fn load(&self, name: &str, component: Vec<u8>) -> Arc<RoomType> {
        let settings = RoomSettings {
            recovery: Recovery {
                checkpoint_interval: Some(Duration::from_millis(100)),
                // Each trap counts as the first for a while, after which there is no pause.
                window: Duration::ZERO,
                ..Recovery::default()
            },
            ..RoomSettings::default()
        };
        RoomType::load(&self.engine, name.parse().unwrap(), component, settings)
            .await
            .unwrap()
    }

    async fn deploy(&self, room_type: &Arc<RoomType>) -> Deployment {
        self.matchmaker
            .deploy(Arc::clone(room_type), Matching::default())
            .await
            .unwrap()
    }

    /// A client in a room of its own.
    async fn enter(&self, room_type: &str, options: &str) -> Socket {
        let asking = Asking {
            options: ClientOptions::parse(options.as_bytes()).unwrap(),
            token: None,
            headers: Vec::new(),
            remote_address: "127.0.0.1".to_owned(),
        };
        let seat = self
            .matchmaker
            .seat(Method::Create, room_type, asking)
            .await
            .unwrap();
        let url = format!(
            "ws://{}/{}/{}?sessionId={}",
            self.address, seat.process, seat.room, seat.session
        );
        // Two messages in a row are to leave at once, not when the first is acknowledged.
        let (mut socket, _) = connect_async_with_config(url, None, true).await.unwrap();
        let first = next(&mut socket).await;
        assert_eq!(first.first(), Some(&opcode::JOIN_ROOM));
        let acknowledged = Message::binary(vec![opcode::JOIN_ROOM]);
        socket.send(acknowledged).await.unwrap();
        socket
    }
}

async fn replaced(host: &Host, next: &Arc<RoomType>, rooms: usize) {
    match host.deploy(next).await {
        Deployment::TookOver(Takeover { replaced, kept, .. }) => {
            assert_eq!((replaced, kept.len()), (rooms, 0))
        }
        other => panic!("{other:?}"),
    }
}

/// A client that asks, and asks again as soon as it is answered.
struct Player {
    playing: JoinHandle<()>,
    answers: watch::Receiver<Vec<Instant>>,
    stop: watch::Sender<bool>,
}

impl Player {
    fn start(mut client: Socket) -> Self {
        let (noted, answers) = watch::channel(Vec::new());
        let (stop, stopped) = watch::channel(false);
        let playing = tokio::spawn(async move {
            let mut count = 0;
            while !*stopped.borrow() {
                say(&mut client, "add", &[]).await;
                count += 1;
                let answer = ask(&mut client, "both").await;
                assert_eq!(answer, pair(count), "nothing is lost or doubled");
                noted.send_modify(|answers| answers.push(Instant::now()));
            }
        });
        Self {
            playing,
            answers,
            stop,
        }
    }

    /// Waits for so many more answers.
    async fn answered(&self, more: usize) {
        let mut answers = self.answers.clone();
        let wanted = answers.borrow().len() + more;
        let enough = answers.wait_for(|answers| answers.len() >= wanted);
        tokio::time::timeout(PATIENCE, enough)
            .await
            .expect("takes too long")
            .unwrap();
    }

    /// The longest time between two answers while something is done.
    async fn during(&self, done: impl Future<Output = ()>) -> Duration {
        self.answered(20).await;
        let first = self.answers.borrow().len() - 1;
        done.await;
        self.answered(2).await;
        let answers = self.answers.borrow();
        let gaps = answers[first..].windows(2).map(|pair| pair[1] - pair[0]);
        gaps.max().unwrap()
    }

    async fn stop(self) {
        self.stop.send(true).unwrap();
        self.playing.await.unwrap();
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn next(socket: &mut Socket) -> Vec<u8> {
    let message = tokio::time::timeout(PATIENCE, socket.next()).await;
    match message.expect("takes too long").unwrap().unwrap() {
        Message::Binary(bytes) => bytes.to_vec(),
        other => panic!("{other:?}"),
    }
}

/// A message of a short type, with a MessagePack payload or none.
async fn say(socket: &mut Socket, kind: &str, payload: &[u8]) {
    let frame = [&header(kind), payload].concat();
    socket.send(Message::binary(frame)).await.unwrap();
}

/// Sends a message, and waits for one of the same type; gives its payload.
async fn ask(socket: &mut Socket, kind: &str) -> Vec<u8> {
    say(socket, kind, &[]).await;
    let begins = header(kind);
    loop {
        let frame = next(socket).await;
        if let Some(payload) = frame.strip_prefix(begins.as_slice()) {
            return payload.to_vec();
        }
    }
}

fn header(kind: &str) -> Vec<u8> {
    let mut header = vec![opcode::ROOM_DATA, 0xa0 | u8::try_from(kind.len()).unwrap()];
    header.extend_from_slice(kind.as_bytes());
    header
}

/// `[count, count]` in MessagePack.
fn pair(count: u32) -> Vec<u8> {
    use parlor_schema::Plain;
    let one = || Plain::Unsigned(count.into());
    parlor_protocol::msgpack::from_plain(&Plain::List(vec![one(), one()]))
}

/// `{hook: "on-message", fault: "panic"}` in MessagePack.
fn breaking() -> Vec<u8> {
    use parlor_schema::Plain;
    let text = |key: &str, text: &str| (key.to_owned(), Plain::Text(text.to_owned()));
    parlor_protocol::msgpack::from_plain(&Plain::Map(vec![
        text("hook", "on-message"),
        text("fault", "panic"),
    ]))
}

fn component(folder: &str) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("conformance")
        .join(folder)
        .join("target/parlor")
        .join(format!("{}.wasm", folder.replace('/', "_")));
    std::fs::read(&file).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run `parlor build tests/conformance`",
            file.display()
        )
    })
}

/// The same component as another build: with a section of nobody's behind it.
fn unlike(component: &[u8], number: u32) -> Vec<u8> {
    let name = b"build";
    let mut section = vec![0, 1 + 5 + 4, 5];
    section.extend_from_slice(name);
    section.extend_from_slice(&number.to_le_bytes());
    [component, &section].concat()
}

/// User and system time of this process so far.
fn processor_time() -> Duration {
    // In hundredths of a second, as Linux tells it on all machines that this runs on.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn print(what: &str, times: &mut [Duration], line: &str) {
    times.sort();
    let percentile = |percent: usize| milliseconds(times[(times.len() * percent / 100).min(times.len() - 1)]);
    println!(
        "{what}, {} times: median {:.2} ms, p99 {:.2} ms, longest {:.2} ms (line for p99: {line})",
        times.len(),
        percentile(50),
        percentile(99),
        percentile(100)
    );
}
