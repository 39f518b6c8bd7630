//! What is written of a history: the frames that clients may get after each step, and the state then.

use parlor_schema::{Decoders, PatchV2, Plain, Schema, StateTree, reflection};
use serde_json::{Map, Value, json};

use crate::json::{from_plain, hex};

pub struct Record {
    head: Map<String, Value>,
    steps: Vec<Value>,
}

impl Record {
    pub fn new(name: &str, schema: &Schema) -> Self {
        let handshake = json!({
            "r2": hex(&reflection::r2(schema)),
            "r3": hex(&reflection::r3(schema)),
            "r5": hex(&reflection::r5(schema)),
            "polyglot": hex(&reflection::polyglot(schema)),
        });
        let head = Map::from_iter([
            ("name".to_owned(), json!(name)),
            ("handshake".to_owned(), handshake),
        ]);
        Self {
            head,
            steps: Vec::new(),
        }
    }

    pub fn note(&mut self, key: &str, value: Value) {
        self.head.insert(key.to_owned(), value);
    }

    /// Ends a step of a state without view tags.
    pub fn step(&mut self, tree: &mut StateTree, rejoin: bool) {
        let state = tree.dump();
        self.step_seen(tree, rejoin, &state);
    }

    /// Ends a step: the patch, what a client that joins now gets and, if asked for, one that
    /// rejoins, and rejoins again; and the state as clients without a view see it. Gives the patch.
    pub fn step_seen(&mut self, tree: &mut StateTree, rejoin: bool, seen: &Plain) -> String {
        let patch = tree.patch_for(Decoders::V2);
        assert!(
            tree.patch_for(Decoders::V2).is_none(),
            "a second patch at one boundary"
        );
        let (current, v2) = match patch {
            None => (None, json!({})),
            Some(patch) => (
                patch.current.map(|body| hex(&body)),
                match patch.v2 {
                    PatchV2::Same => json!({}),
                    PatchV2::Own(body) => json!({ "own": hex(&body) }),
                    PatchV2::Renewal(body) => json!({ "renewal": hex(&body) }),
                },
            ),
        };
        let shared = current.clone().unwrap_or_default();
        self.steps.push(json!({
            "patch": current,
            "v2": v2,
            "snapshot": hex(&tree.snapshot()),
            "snapshotV2": hex(&tree.snapshot_v2()),
            "resync": rejoin.then(|| [hex(&tree.resync()), hex(&tree.resync())]),
            "state": from_plain(seen),
        }));
        shared
    }

    pub fn print(mut self) {
        self.head.insert("steps".to_owned(), Value::Array(self.steps));
        println!("{}", Value::Object(self.head));
    }
}
