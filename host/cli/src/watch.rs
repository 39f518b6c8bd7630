//! Listening for changes on the disk.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use notify_debouncer_full::notify::event::{EventKind, ModifyKind};
use notify_debouncer_full::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use tokio::sync::mpsc;

use crate::sources::Depth;

/// An editor's save is several events; what comes within this time is one change.
const QUIET: Duration = Duration::from_millis(80);
/// Batches of changes that may wait; while a build runs, further ones add nothing new.
const WAITING: usize = 64;

/// Tells of changed paths.
pub struct Watcher {
    debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
    changes: mpsc::Receiver<Vec<PathBuf>>,
    watched: BTreeSet<(PathBuf, Depth)>,
}

impl Watcher {
    /// A watcher of nothing yet.
    pub fn new() -> Result<Self> {
        let (sender, changes) = mpsc::channel(WAITING);
        let handler = move |result: DebounceEventResult| match result {
            Ok(events) => {
                let paths: Vec<PathBuf> = events
                    .into_iter()
                    .filter(|event| is_change(event.kind))
                    .flat_map(|event| event.event.paths)
                    .collect();
                if !paths.is_empty() {
                    // Full or closed: somebody has enough to do, or nothing any more.
                    let _enough = sender.try_send(paths);
                }
            }
            Err(errors) => {
                for error in errors {
                    tracing::warn!("watching for changes: {error}");
                }
            }
        };
        let debouncer = new_debouncer(QUIET, None, handler).context("cannot watch for changes")?;
        Ok(Self {
            debouncer,
            changes,
            watched: BTreeSet::new(),
        })
    }

    /// Watches these places and no others. Places that are watched already are watched anew: a
    /// folder may have been replaced by another of its name, and the watch goes with the old one.
    pub fn watch(&mut self, places: BTreeSet<(PathBuf, Depth)>) {
        for (place, _) in &self.watched {
            // Fails for what is gone, which is what is wanted.
            let _gone = self.debouncer.unwatch(place);
        }
        // Deep after shallow: the later word counts where a place has both.
        for (place, depth) in &places {
            let mode = match depth {
                Depth::Shallow => RecursiveMode::NonRecursive,
                Depth::Deep => RecursiveMode::Recursive,
            };
            if let Err(error) = self.debouncer.watch(place, mode) {
                tracing::warn!("changes in {} will not be noticed: {error}", place.display());
            }
        }
        self.watched = places;
    }

    /// Waits for the next change and takes all that have come with it.
    pub async fn changed(&mut self) -> Vec<PathBuf> {
        let mut paths = match self.changes.recv().await {
            Some(paths) => paths,
            // The watcher's thread is gone; there will be no more changes.
            None => std::future::pending().await,
        };
        while let Ok(more) = self.changes.try_recv() {
            paths.extend(more);
        }
        paths
    }
}

/// Reading is no change, and neither is a new time or owner.
fn is_change(kind: EventKind) -> bool {
    !matches!(
        kind,
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    async fn next_about(watcher: &mut Watcher, name: &str) {
        let found = async { while !watcher.changed().await.iter().any(|path| path.ends_with(name)) {} };
        tokio::time::timeout(Duration::from_secs(20), found)
            .await
            .unwrap_or_else(|_| panic!("{name} not noticed"));
    }

    #[tokio::test]
    async fn writes_renames_and_replaced_folders_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let src = root.join("src");
        fs::create_dir(&src).unwrap();
        let places = BTreeSet::from([(root.clone(), Depth::Shallow), (src.clone(), Depth::Deep)]);
        let mut watcher = Watcher::new().unwrap();
        watcher.watch(places.clone());

        fs::write(src.join("a.rs"), "1").unwrap();
        next_about(&mut watcher, "a.rs").await;

        // As editors save: beside it, then over it.
        fs::write(root.join("b.tmp"), "2").unwrap();
        fs::rename(root.join("b.tmp"), src.join("b.rs")).unwrap();
        next_about(&mut watcher, "b.rs").await;

        // As version control switches.
        fs::rename(&src, root.join("old")).unwrap();
        fs::create_dir(&src).unwrap();
        next_about(&mut watcher, "src").await;
        watcher.watch(places);
        fs::write(src.join("c.rs"), "3").unwrap();
        next_about(&mut watcher, "c.rs").await;
    }
}
