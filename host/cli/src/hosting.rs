//! A running host: engine, matchmaker, front, and the room types that are loaded into them.

use std::collections::BTreeMap;
use std::fs;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use parlor_matchmaker::{BadVersion, Deployment, Matchmaker, Takeover};
use parlor_plugin::Engine;
use parlor_protocol::close::CloseCode;
use parlor_protocol::ids::{ProcessId, RoomTypeName};
use parlor_room::Succession;
use parlor_room::code::BuiltInCapacity;
use parlor_room::room_type::{RoomType, RoomTypeError};
use parlor_server::Server;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::host_file::HostConfig;
use crate::config::room_types::{Origin, RoomTypeConfig};
use crate::terminal::say;

/// Where room types are loaded into.
#[derive(Debug, Clone)]
pub struct Host {
    engine: Engine,
    /// As many rooms again as components may have.
    built_in_capacity: BuiltInCapacity,
    matchmaker: Arc<Matchmaker>,
}

/// Why a room type is not served.
#[derive(Debug, thiserror::Error)]
pub enum TypeError {
    /// Nothing is where the component should be.
    #[error("room type `{name}`: there is no {}; {advice}", path.display())]
    NoComponent {
        /// The room type.
        name: String,
        /// Where it was looked for.
        path: PathBuf,
        /// What to do.
        advice: String,
    },
    /// The file is there and cannot be read.
    #[error("room type `{name}`: cannot read {}: {source}", path.display())]
    Unreadable {
        /// The room type.
        name: String,
        /// The component.
        path: PathBuf,
        /// From the operating system.
        source: io::Error,
    },
    /// It failed before.
    #[error("room type `{name}`: {source}")]
    Bad {
        /// The room type.
        name: String,
        /// From the matchmaker.
        source: BadVersion,
    },
    /// The component is no room type, or not this one.
    #[error("room type `{name}`: {source}")]
    Load {
        /// The room type.
        name: String,
        /// From the engine.
        source: Box<RoomTypeError>,
    },
}

impl Host {
    /// Starts the engine and takes the address. Clients that connect from now on wait for
    /// [`Server::serve`].
    pub async fn start(config: &HostConfig) -> Result<(Self, Server)> {
        let matchmaker = Arc::new(Matchmaker::new(ProcessId::random(), config.matchmaker.clone()));
        // First what fails fastest.
        let server = Server::bind(config.server.clone(), Arc::clone(&matchmaker)).await?;
        let engine = Engine::new(config.engine.clone()).context("cannot run rooms")?;
        let host = Self {
            engine,
            built_in_capacity: BuiltInCapacity::new(config.engine.max_rooms),
            matchmaker,
        };
        Ok((host, server))
    }

    /// Loads a room type and serves it, in place of what had its name before.
    pub async fn load(&self, config: &RoomTypeConfig) -> Result<Deployment, TypeError> {
        let (name, settings) = (config.name.clone(), config.settings.clone());
        let loaded = match &config.origin {
            Origin::Package(package) => {
                let advice = format!("build it first: parlor build {}", package.folder.display());
                let bytes = read_component(&name, &package.component(), advice)?;
                RoomType::load(&self.engine, name, bytes, settings).await
            }
            Origin::Component(path) => {
                let advice = "`component` names a file that is made elsewhere".to_owned();
                let bytes = read_component(&name, path, advice)?;
                RoomType::load(&self.engine, name, bytes, settings).await
            }
            Origin::BuiltIn(built_in) => {
                let capacity = self.built_in_capacity.clone();
                RoomType::built_in(name, built_in.room_type(), capacity, settings).map_err(Into::into)
            }
        };
        let room_type = loaded.map_err(|source| TypeError::Load {
            name: config.name.to_string(),
            source: Box::new(source),
        })?;
        let deployed = self.matchmaker.deploy(room_type, config.matching.clone()).await;
        deployed.map_err(|source| TypeError::Bad {
            name: config.name.to_string(),
            source,
        })
    }
}

/// `advice` is for who finds no file there.
fn read_component(name: &RoomTypeName, path: &Path, advice: String) -> Result<Vec<u8>, TypeError> {
    let (name, path) = (name.to_string(), path.to_owned());
    fs::read(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => TypeError::NoComponent { name, path, advice },
        _ => TypeError::Unreadable { name, path, source },
    })
}

/// Tells what a new version is to connected clients, which rooms go on with it, and which do not.
pub fn say_takeover(name: &RoomTypeName, takeover: &Takeover) {
    match &takeover.state {
        Succession::Same => {}
        Succession::Readable(what) => say(format_args!(
            "{name}: the state has changed ({what}): clients that joined before are told what they know of it"
        )),
        Succession::Unreadable(what) => say(format_args!(
            "{name}: the state has changed ({what}): clients that joined before have to come back (close code {}), their seats are kept",
            CloseCode::STATE_CHANGED
        )),
    }
    let plural = if takeover.replaced == 1 {
        "room goes"
    } else {
        "rooms go"
    };
    say(format_args!(
        "{name}: new rooms get the new code; {} {plural} on with it",
        takeover.replaced
    ));
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (_, why) in &takeover.kept {
        *reasons.entry(why.to_string()).or_default() += 1;
    }
    for (why, rooms) in reasons {
        let plural = if rooms == 1 { "room keeps" } else { "rooms keep" };
        say(format_args!("{name}: {rooms} {plural} the old code: {why}"));
    }
}

/// The runtime on which everything asynchronous runs.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// Resolves when the user or the system wants the host to end. Should they say so again, the process
/// ends at once, with the status that a shell gives for the signal.
pub fn stop_signal() -> Result<impl Future<Output = ()>> {
    let mut signals = StopSignals::listen()?;
    Ok(async move {
        signals.next().await;
        tokio::spawn(async move {
            let signal = signals.next().await;
            say("parlor: told twice to end, and ended at once");
            std::process::exit(SIGNALLED + signal.as_raw_value());
        });
    })
}

/// A shell's status of a process that a signal has ended is this and the signal's number.
const SIGNALLED: i32 = 128;

/// SIGINT and SIGTERM.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?,
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
        })
    }

    async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.terminate.recv() => SignalKind::terminate(),
        }
    }
}

/// `http://127.0.0.1:2567 (3 room types)`.
pub fn place(address: SocketAddr, types: usize) -> String {
    let plural = if types == 1 { "" } else { "s" };
    format!("http://{address} ({types} room type{plural})")
}
