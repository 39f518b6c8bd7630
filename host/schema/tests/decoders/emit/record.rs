//! What is written of a history: the frames that clients may get after each step, and the state then.

use parlor_schema::{Schema, StateTree, reflection};
use serde_json::{Map, Value, json};

use crate::json::{from_plain, hex};

pub struct Record {
    head: Map<String, Value>,
    steps: Vec<Value>,
}

impl Record {
    pub fn new(name: &str, schema: &Schema) -> Self {
        let handshake = json!({
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

    /// Ends a step: the patch, what a client that joins now gets and, if asked for, one that
    /// rejoins, and rejoins again.
    pub fn step(&mut self, tree: &mut StateTree, rejoin: bool) {
        let patch = tree.patch().map(|body| hex(&body));
        assert!(tree.patch().is_none(), "a second patch at one boundary");
        let snapshot = hex(&tree.snapshot());
        let resync = rejoin.then(|| [hex(&tree.resync()), hex(&tree.resync())]);
        let state = from_plain(&tree.dump());
        self.steps
            .push(json!({ "patch": patch, "snapshot": snapshot, "resync": resync, "state": state }));
    }

    pub fn print(mut self) {
        self.head.insert("steps".to_owned(), Value::Array(self.steps));
        println!("{}", Value::Object(self.head));
    }
}
