//! Clients with views: what is shown to them, what they get, and what they should see.

use parlor_schema::{Has, NodeId, Plain, StateTree, ViewId, ViewTag};
use serde_json::{Value, json};

use crate::json::{from_plain, hex};
use crate::model::Model;
use crate::model::random::TAGS;
use crate::model::visible::Shown;
use crate::room::Dice;

/// One client with a view, that comes and goes.
pub struct Viewer {
    view: ViewId,
    shown: Shown,
    /// What was shown when the room kept its state.
    kept: Shown,
    presence: Presence,
    frames: Vec<Value>,
}

#[derive(Clone, Copy, PartialEq)]
enum Presence {
    /// Never was there.
    Expected,
    There,
    /// Was there, and kept what it had.
    Away,
}

impl Viewer {
    pub fn new(tree: &mut StateTree) -> Self {
        Self {
            view: tree.open_view(Has::Nothing),
            shown: Shown::new(),
            kept: Shown::new(),
            presence: Presence::Expected,
            frames: Vec::new(),
        }
    }

    /// Shows and hides this and that.
    pub fn look_around(&mut self, dice: &mut Dice, tree: &mut StateTree, model: &Model) {
        model.prune(&mut self.shown);
        for _ in 0..dice.below(4) {
            let nodes: Vec<u32> = model.nodes.keys().copied().collect();
            let node = nodes[dice.below(nodes.len())];
            let tag = TAGS
                .into_iter()
                .chain([ViewTag(7)])
                .nth(dice.below(4))
                .expect("four tags");
            let old: Vec<_> = self.shown.iter().copied().collect();
            match dice.below(5) {
                0 if !old.is_empty() => {
                    let (node, tag) = old[dice.below(old.len())];
                    self.hide(tree, node, tag);
                }
                1 => self.hide(tree, node, tag),
                _ => self.show(tree, node, tag),
            }
        }
        if dice.below(12) == 0 {
            for (node, tag) in std::mem::take(&mut self.shown) {
                self.hide(tree, node, tag);
            }
        }
    }

    /// The room keeps its state, and with it what is shown.
    pub fn keep(&mut self, model: &Model) {
        model.prune(&mut self.shown);
        self.kept = self.shown.clone();
    }

    /// The room goes back to it.
    pub fn revert(&mut self) {
        self.shown = self.kept.clone();
    }

    pub fn show(&mut self, tree: &mut StateTree, node: u32, tag: ViewTag) {
        tree.show(self.view, NodeId(node), tag).expect("a live instance");
        self.shown.insert((node, tag));
    }

    pub fn hide(&mut self, tree: &mut StateTree, node: u32, tag: ViewTag) {
        tree.hide(self.view, NodeId(node), tag).expect("a live instance");
        self.shown.remove(&(node, tag));
    }

    /// Gets what is due after a patch, or comes, or goes.
    pub fn step(&mut self, dice: &mut Dice, tree: &mut StateTree, model: &Model, shared: &str, at: usize) {
        model.prune(&mut self.shown);
        let mut ours: Vec<_> = self.shown.iter().copied().collect();
        let mut theirs: Vec<_> = tree.shown(self.view).map(|(node, tag)| (node.0, tag)).collect();
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs, "what is shown");
        if self.presence == Presence::There {
            self.get_patch(tree, model, shared, at);
            if dice.below(6) == 0 {
                tree.unfollow(self.view);
                self.presence = Presence::Away;
            }
            return;
        }
        assert_eq!(
            tree.take_part(self.view),
            None,
            "a client that is away is told nothing"
        );
        if dice.below(3) > 0 {
            return;
        }
        if self.presence == Presence::Expected || dice.below(4) == 0 {
            self.get_snapshot(tree, model, at);
        } else {
            let seen = model.dump_for(&self.shown);
            for _ in 0..1 + dice.below(2) {
                let body = tree.resync_for(self.view);
                self.get(at, "resync", Some(hex(&body)), &seen);
            }
        }
        self.presence = Presence::There;
    }

    /// Comes, for the first time or as if it were.
    pub fn get_snapshot(&mut self, tree: &mut StateTree, model: &Model, at: usize) {
        let body = tree.snapshot_for(self.view);
        self.get(at, "snapshot", Some(hex(&body)), &model.dump_for(&self.shown));
        self.presence = Presence::There;
    }

    /// Gets the patch that the others got, and what it alone gets.
    pub fn get_patch(&mut self, tree: &mut StateTree, model: &Model, shared: &str, at: usize) {
        let part = tree
            .take_part(self.view)
            .map(|part| hex(&part))
            .unwrap_or_default();
        assert!(
            part.is_empty() || part.starts_with("ff"),
            "a view part begins with a switch"
        );
        let frame = format!("{shared}{part}");
        let frame = (!frame.is_empty()).then_some(frame);
        self.get(at, "patch", frame, &model.dump_for(&self.shown));
    }

    fn get(&mut self, at: usize, what: &str, frame: Option<String>, seen: &Plain) {
        self.frames
            .push(json!({ "at": at, "what": what, "frame": frame, "state": from_plain(seen) }));
    }

    pub fn into_json(self) -> Value {
        Value::Array(self.frames)
    }
}
