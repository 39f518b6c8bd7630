//! `parlor dev`: builds, serves, and does both again when sources change.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use parlor_matchmaker::{Deployment, Rollout};
use parlor_protocol::ids::RoomTypeName;

use crate::build::{self, LockFile};
use crate::config::host_file::{HOST_FILE, LogFormat, parse_address};
use crate::config::room_file::BuildKind;
use crate::config::room_types::{Origin, RoomTypeConfig};
use crate::config::{Package, Purpose};
use crate::discover::{Found, discover, packages};
use crate::hosting::{self, Host, say_takeover};
use crate::logging;
use crate::sources::{Depth, Fingerprint, Sources};
use crate::terminal::{Progress, print, say};
use crate::watch::Watcher;

/// Builds and serves the room packages of a folder, and rebuilds what changes.
///
/// Looks for `parlor.toml` in the folder, then in its `rooms` folder, then for a single
/// `room.toml`. When sources of a package change, it is built again and all rooms go on with the new
/// code, nobody disconnected; while it does not build, the old code goes on.
#[derive(Debug, clap::Args)]
pub struct DevArguments {
    /// Where to look
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Where to listen, instead of where `parlor.toml` says
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = parse_address)]
    listen: Option<SocketAddr>,
    /// Compile rooms as for players: building takes longer, and they run faster
    #[arg(long)]
    release: bool,
}

impl DevArguments {
    fn purpose(&self) -> Purpose {
        if self.release {
            Purpose::Play
        } else {
            Purpose::Edit
        }
    }
}

/// Runs the command.
pub fn run(arguments: &DevArguments, log_format: Option<LogFormat>) -> Result<()> {
    let purpose = arguments.purpose();
    let mut found = find(&arguments.folder, purpose)?;
    if let Some(address) = arguments.listen {
        found.config.server.listen = address;
    }
    // Who edits rooms does not want to wait for them.
    found.config.server.shutdown_grace = Duration::ZERO;
    logging::start(log_format, &found.config.log)?;
    if found.config.rooms.is_empty() {
        bail!("{} names no room types; add [rooms.NAME]", found.file.display());
    }
    let runtime = hosting::runtime()?;
    let result = runtime.block_on(dev(&arguments.folder, purpose, found));
    // A build that is under way is nothing to wait for.
    runtime.shutdown_background();
    result
}

/// Looks into the folder. What Cargo builds there is built for this purpose, and comes to rooms as suits who changes
/// it all the time.
fn find(folder: &Path, purpose: Purpose) -> Result<Found> {
    let mut found = discover(folder)?;
    for room_type in &mut found.config.rooms {
        room_type.matching.rollout = Rollout::IN_DEVELOPMENT;
        if let Origin::Package(package) = &mut room_type.origin
            && package.build == BuildKind::Rust
        {
            package.purpose = purpose;
        }
    }
    Ok(found)
}

async fn dev(folder: &Path, purpose: Purpose, found: Found) -> Result<()> {
    let mut stop = pin!(hosting::stop_signal()?);
    let (host, server) = Host::start(&found.config).await?;
    let mut workshop = Workshop::new(folder, purpose, found, host)?;
    tokio::select! {
        () = &mut stop => return Ok(()),
        result = workshop.open() => result?,
    }
    print(format_args!(
        "parlor: ready at {}",
        hosting::place(server.local_addr(), workshop.served.len())
    ));
    for name in &workshop.served {
        print(format_args!("  {name}"));
    }
    tokio::select! {
        () = server.serve(stop) => {}
        () = async { loop { workshop.next_change().await } } => {}
    }
    Ok(())
}

/// What is built, served and watched.
struct Workshop {
    folder: PathBuf,
    purpose: Purpose,
    found: Found,
    host: Host,
    watcher: Watcher,
    /// By the package's folder; the fingerprint is that of what was built last.
    packages: BTreeMap<PathBuf, (Sources, Option<Fingerprint>)>,
    served: BTreeSet<RoomTypeName>,
}

impl Workshop {
    fn new(folder: &Path, purpose: Purpose, found: Found, host: Host) -> Result<Self> {
        Ok(Self {
            folder: folder.to_owned(),
            purpose,
            found,
            host,
            watcher: Watcher::new()?,
            packages: BTreeMap::new(),
            served: BTreeSet::new(),
        })
    }

    /// Builds and loads everything.
    async fn open(&mut self) -> Result<()> {
        let packages: Vec<Package> = packages(&self.found.config).into_iter().cloned().collect();
        // Before building: a change during it is to be seen.
        self.watch(&packages);
        let failed = self.build(packages).await?;
        for room_type in self.found.config.rooms.clone() {
            if let Origin::Package(package) = &room_type.origin
                && failed.contains(&package.folder)
                && package.component().is_file()
            {
                say(format_args!("{}: serving what was built before", room_type.name));
            }
            self.load(&room_type).await;
        }
        Ok(())
    }

    /// Waits for a change and does what it makes necessary. Every fault is shown and ends
    /// there: the next change may mend it.
    async fn next_change(&mut self) {
        let paths = self.watcher.changed().await;
        if let Err(error) = self.take_up(&paths).await {
            say(format_args!("{error:#}\nwhat ran before goes on"));
        }
    }

    async fn take_up(&mut self, paths: &[PathBuf]) -> Result<()> {
        let host_file = self
            .found
            .file
            .canonicalize()
            .unwrap_or_else(|_| self.found.file.clone());
        if host_file.ends_with(HOST_FILE) && paths.contains(&host_file) {
            say(format_args!(
                "{} has changed; start `parlor dev` anew to apply it",
                self.found.file.display()
            ));
        }
        let changed: BTreeSet<PathBuf> = self
            .packages
            .iter()
            .filter(|(_, (sources, _))| paths.iter().any(|path| sources.cover(path)))
            .filter(|(_, (sources, built))| *built != Some(sources.fingerprint()))
            .map(|(folder, _)| folder.clone())
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        self.found = find(&self.folder, self.purpose)?;
        let all: Vec<Package> = packages(&self.found.config).into_iter().cloned().collect();
        self.watch(&all);
        let (affected, _): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| changed.contains(&one.folder));
        let failed = self.build(affected).await?;
        for room_type in self.found.config.rooms.clone() {
            let Origin::Package(package) = &room_type.origin else {
                continue;
            };
            if !changed.contains(&package.folder) {
                continue;
            }
            let name = &room_type.name;
            let loaded = match failed.contains(&package.folder) {
                true => None,
                false => self.load(&room_type).await,
            };
            match loaded {
                Some(Deployment::First) => say(format_args!("{name}: served from now on")),
                Some(Deployment::Unchanged) => say(format_args!(
                    "{name}: the same code; new rooms get its settings as they are now"
                )),
                Some(Deployment::TookOver(takeover)) => say_takeover(name, &takeover),
                None if self.served.contains(name) => say(format_args!("{name}: what ran before goes on")),
                None => {}
            }
        }
        Ok(())
    }

    /// Builds, and shows what did not. Returns the folders of the packages that failed.
    async fn build(&mut self, packages: Vec<Package>) -> Result<BTreeSet<PathBuf>> {
        for package in &packages {
            if let Some((sources, built)) = self.packages.get_mut(&package.folder) {
                *built = Some(sources.fingerprint());
            }
        }
        let folders: Vec<(RoomTypeName, PathBuf)> = packages
            .iter()
            .map(|package| (package.name.clone(), package.folder.clone()))
            .collect();
        let outcome = tokio::task::spawn_blocking(move || {
            let packages: Vec<&Package> = packages.iter().collect();
            build::build(&packages, LockFile::MayChange, Progress::detect())
        })
        .await
        .context("the build ended unexpectedly")?;
        for failure in &outcome.failed {
            say(format_args!("\n{failure}\n"));
        }
        let failed = |name: &RoomTypeName| outcome.failed.iter().any(|failure| failure.names.contains(name));
        Ok(folders
            .into_iter()
            .filter(|(name, _)| failed(name))
            .map(|(_, folder)| folder)
            .collect())
    }

    /// Loads a type, or says why not.
    async fn load(&mut self, room_type: &RoomTypeConfig) -> Option<Deployment> {
        match self.host.load(room_type).await {
            Ok(deployment) => {
                self.served.insert(room_type.name.clone());
                Some(deployment)
            }
            Err(error) => {
                say(error);
                None
            }
        }
    }

    /// Listens for changes of these packages and of the file that names them.
    fn watch(&mut self, packages: &[Package]) {
        let mut places = BTreeSet::new();
        let known = std::mem::take(&mut self.packages);
        for package in packages {
            let sources = Sources::of(package);
            places.extend(sources.places());
            let built = known.get(&package.folder).and_then(|(_, built)| *built);
            self.packages.insert(package.folder.clone(), (sources, built));
        }
        let host_folder = self
            .found
            .file
            .parent()
            .and_then(|folder| match folder.as_os_str().is_empty() {
                true => Path::new(".").canonicalize().ok(),
                false => folder.canonicalize().ok(),
            });
        places.extend(host_folder.map(|folder| (folder, Depth::Shallow)));
        self.watcher.watch(places);
    }
}
