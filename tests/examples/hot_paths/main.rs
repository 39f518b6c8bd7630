//! The host's hot paths, each walked as often as it is told, and nothing else: `tests/instructions/run` has the
//! instructions counted that this takes.
//!
//! ```text
//! hot_paths prepare CACHE              compiles the components into a folder
//! hot_paths host CACHE PATH ROUNDS     walks a path
//! hot_paths play PATH ROUNDS HOST CONDUCTOR
//!                                      the clients of that path: a process of its own, started by the one above
//! ```
//!
//! So that a round costs the same in each run: one thread; the clock stands still, but where a path moves it; clients
//! do the next thing when all of the last has come back; and the epoch hardly ever advances.

mod host;
mod player;
mod timers;

use std::path::Path;
use std::str::FromStr;

use mimalloc::MiMalloc;

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What is walked. A round of it is one of what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HotPath {
    /// A message comes in, the hook sends it back, the answer goes out.
    Message,
    /// The same, and eight are under way at a time.
    EightMessages,
    /// A tick changes 100 fields, and 50 clients get the patch.
    Patch,
    /// A client has a room made, comes in, and leaves with consent.
    Join,
    /// One of a thousand timers fires.
    Timer,
}

impl HotPath {
    const ALL: [(&str, Self); 5] = [
        ("message", Self::Message),
        ("eight-messages", Self::EightMessages),
        ("patch", Self::Patch),
        ("join", Self::Join),
        ("timer", Self::Timer),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, path)| *path == self).unwrap().0
    }

    /// The conformance room that is played, if it takes clients.
    fn room_type(self) -> Option<&'static str> {
        match self {
            Self::Message | Self::EightMessages => Some("echo"),
            Self::Patch => Some("ticker"),
            Self::Join => Some("idle"),
            Self::Timer => None,
        }
    }
}

impl FromStr for HotPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(name, _)| *name == text);
        found.map(|(_, path)| *path).ok_or_else(|| {
            let names = Self::ALL.map(|(name, _)| name).join(", ");
            format!("no path {text:?}; there are: {names}")
        })
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        ["prepare", cache] => host::prepare(Path::new(cache)),
        ["host", cache, path, rounds] => match path.parse().unwrap() {
            HotPath::Timer => timers::walk(rounds.parse().unwrap()),
            path => host::walk(Path::new(cache), path, rounds.parse().unwrap()),
        },
        ["play", path, rounds, host, conductor] => player::play(
            path.parse().unwrap(),
            rounds.parse().unwrap(),
            &host.parse().unwrap(),
            conductor.parse().unwrap(),
        ),
        _ => panic!("see the head of this program's source for what it takes"),
    }
}
