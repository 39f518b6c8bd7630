//! A state tree under arbitrary schemas, batches and documents.
//!
//! The first bytes choose a schema, then batches that mostly fit it, which must go as they go in a plain model,
//! then changes and documents that fit nothing. Bounds are small, so that they are met.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, Has, NodeId, Plain, Schema, StateTree, StructDefinition,
    StructIndex, TreeLimits, Value, ViewId, reflection,
};

#[path = "../../../host/schema/tests/model/mod.rs"]
mod model;

use model::Model;
use model::random::{Choices, TAGS, operation, schema};

/// Choices made by the fuzzer's bytes; all zero when they are spent.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    fn is_spent(&self) -> bool {
        self.0.is_empty()
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    fn text(&mut self) -> String {
        let len = usize::from(self.byte() % 9);
        (0..len).map(|_| char::from(self.byte())).collect()
    }
}

impl Choices for Bytes<'_> {
    fn below(&mut self, bound: usize) -> usize {
        if bound <= 1 {
            return 0;
        }
        let choice = usize::from(self.byte());
        if bound <= 256 {
            choice % bound
        } else {
            (choice << 8 | usize::from(self.byte())) % bound
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let _ = Schema::new(wild_schema(&mut bytes), StructIndex(u16::from(bytes.byte() % 4)));
    let (structs, root) = schema(&mut bytes);
    let compiled = Arc::new(Schema::new(structs.clone(), root).expect("a valid schema"));
    for handshake in [reflection::r3, reflection::r5, reflection::polyglot] {
        assert!(handshake(&compiled).len() > 4);
    }
    let mut model = Model::new(structs, root);
    let mut tree = StateTree::new(Arc::clone(&compiled), TreeLimits::default());
    let view = tree.open_view(Has::Nothing);
    for _ in 0..1 + bytes.below(20) {
        fitting(&mut bytes, &mut model, &mut tree);
        frames(&mut bytes, &mut tree);
        look(&mut bytes, &model, &mut tree, view);
    }
    let limits = TreeLimits {
        max_values: 200,
        max_text_bytes: 300,
        max_batch_steps: 100,
        ..TreeLimits::default()
    };
    let mut bounded = StateTree::new(compiled, limits);
    while !bytes.is_spent() {
        let batch: Vec<Change> = (0..1 + bytes.below(12))
            .map(|_| wild_change(&mut bytes))
            .collect();
        let _ = tree.apply(batch.clone());
        whole_or_not(&mut bounded, |tree| tree.apply(batch).is_ok());
        let whole = wild_plain(&mut bytes, 4);
        whole_or_not(&mut bounded, |tree| tree.replace(whole).is_ok());
        let dump = tree.dump();
        whole_or_not(&mut bounded, |tree| tree.replace(dump).is_ok());
        assert!(bounded.size() <= 200 && bounded.text_bytes() <= 300);
        frames(&mut bytes, &mut tree);
        frames(&mut bytes, &mut bounded);
    }
    let dump = tree.dump();
    tree.replace(dump.clone()).expect("a dump fits its own schema");
    assert_eq!(format!("{:?}", tree.dump()), format!("{dump:?}"));
});

/// A batch that fits the schema but for the odd fault: the tree does as the model does.
fn fitting(bytes: &mut Bytes<'_>, model: &mut Model, tree: &mut StateTree) {
    let mut work = model.clone();
    let mut batch = Vec::new();
    for _ in 0..1 + bytes.below(10) {
        if !operation(bytes, &mut work, &mut batch) {
            break;
        }
    }
    let expected = model.apply(&batch);
    let result = tree.apply(batch.clone()).map_err(|error| error.at as usize);
    assert_eq!(result, expected, "{batch:?}");
    assert_eq!(
        format!("{:?}", tree.dump()),
        format!("{:?}", model.dump()),
        "{batch:?}"
    );
}

/// What is refused leaves no trace.
fn whole_or_not(tree: &mut StateTree, change: impl FnOnce(&mut StateTree) -> bool) {
    let before = (
        format!("{:?}", tree.dump()),
        tree.snapshot(),
        tree.size(),
        tree.text_bytes(),
        tree.instances(),
    );
    if !change(tree) {
        let after = (
            format!("{:?}", tree.dump()),
            tree.snapshot(),
            tree.size(),
            tree.text_bytes(),
            tree.instances(),
        );
        assert_eq!(after, before);
    }
}

fn frames(bytes: &mut Bytes<'_>, tree: &mut StateTree) {
    let choice = bytes.byte();
    if choice & 1 == 1 {
        let _ = tree.patch();
        assert!(!tree.has_changes());
        assert_eq!(tree.patch(), None);
        assert_eq!(tree.snapshot(), tree.snapshot());
    }
    if choice & 2 == 2 {
        assert!(tree.resync().len() >= tree.snapshot().len());
    }
}

/// One client to whom this and that is shown, and who comes, goes and is told.
fn look(bytes: &mut Bytes<'_>, model: &Model, tree: &mut StateTree, view: ViewId) {
    let choice = bytes.byte();
    let nodes: Vec<u32> = model.nodes.keys().copied().collect();
    let (node, tag) = (NodeId(nodes[bytes.below(nodes.len())]), TAGS[bytes.below(TAGS.len())]);
    if choice & 1 == 1 {
        assert_eq!(tree.show(view, node, tag), Ok(()));
    }
    if choice & 6 == 6 {
        assert_eq!(tree.hide(view, node, tag), Ok(()));
    }
    assert!(tree.shown(view).all(|(node, _)| model.nodes.contains_key(&node.0)));
    if choice & 8 == 8 {
        let shared = tree.patch();
        let part = tree.take_part(view);
        assert!(part.is_none_or(|part| part.starts_with(&[0xff])));
        assert_eq!((tree.patch(), tree.take_part(view)), (None, None), "after {shared:?}");
        match choice >> 4 {
            0 => assert!(tree.snapshot_for(view).starts_with(&tree.snapshot())),
            1 => assert!(tree.resync_for(view).len() >= tree.snapshot().len()),
            2 => tree.unfollow(view),
            _ => {}
        }
    }
}

/// A schema that most likely breaks a rule.
fn wild_schema(bytes: &mut Bytes<'_>) -> Vec<StructDefinition> {
    let structs = (0..bytes.below(4)).map(|_| {
        let fields = (0..bytes.below(5)).map(|_| {
            let target = StructIndex(u16::from(bytes.byte() % 5));
            let kind = match bytes.below(2) {
                0 => FieldType::Struct(target),
                _ => FieldType::Array(Element::Struct(target)),
            };
            Field {
                name: bytes.text(),
                kind,
                view: None,
            }
        });
        let fields = fields.collect();
        let extends = (bytes.below(2) == 0).then(|| StructIndex(u16::from(bytes.byte() % 5)));
        StructDefinition {
            name: bytes.text(),
            extends,
            fields,
        }
    });
    structs.collect()
}

fn wild_change(bytes: &mut Bytes<'_>) -> Change {
    let node = NodeId(if bytes.below(8) == 0 {
        bytes.u32()
    } else {
        u32::from(bytes.byte() % 40)
    });
    let field = FieldIndex(if bytes.below(8) == 0 {
        bytes.byte()
    } else {
        bytes.byte() % 8
    });
    let index = u32::from(bytes.byte() % 4);
    let kind = bytes.below(12);
    if kind == 0 {
        return Change::Create {
            node,
            definition: StructIndex(u16::from(bytes.byte() % 8)),
        };
    }
    let (key, value) = (bytes.text(), wild_value(bytes));
    match kind {
        1..=3 => Change::Set { node, field, value },
        4 => Change::MapSet {
            node,
            field,
            key,
            value,
        },
        5 => Change::MapRemove { node, field, key },
        6 => Change::ArrayInsert {
            node,
            field,
            index,
            value,
        },
        7 => Change::ArraySet {
            node,
            field,
            index,
            value,
        },
        8 => Change::ArrayRemove { node, field, index },
        9 => Change::SetAdd { node, field, value },
        10 => Change::SetRemove { node, field, value },
        _ => Change::Clear { node, field },
    }
}

fn wild_value(bytes: &mut Bytes<'_>) -> Value {
    let wide = u64::from(bytes.u32()) << 32 | u64::from(bytes.u32());
    match bytes.below(8) {
        0 => Value::Null,
        1 => Value::Boolean(wide & 1 == 0),
        2 => Value::Integer(wide as i64),
        3 => Value::Unsigned(wide),
        4 => Value::Float(f64::from_bits(wide)),
        5 => Value::Text(bytes.text()),
        _ => Value::Node(NodeId((wide % 40) as u32)),
    }
}

/// A document with names that schemas have.
fn wild_plain(bytes: &mut Bytes<'_>, depth: usize) -> Plain {
    let deeper = depth.saturating_sub(1);
    match bytes.below(if depth == 0 { 6 } else { 10 }) {
        0 => Plain::Null,
        1 => Plain::Boolean(bytes.below(2) == 0),
        2 => Plain::Integer(i64::from(bytes.u32() as i32)),
        3 => Plain::Float(f64::from(bytes.u32())),
        4 => Plain::Text(bytes.text()),
        5 => Plain::Bytes(vec![bytes.byte()]),
        6 => Plain::List((0..bytes.below(5)).map(|_| wild_plain(bytes, deeper)).collect()),
        _ => Plain::Map(
            (0..bytes.below(5))
                .map(|_| {
                    let name = match bytes.below(9) {
                        0 => "$struct".to_owned(),
                        _ => format!("f{}x{}", bytes.below(6), bytes.below(6)),
                    };
                    (name, wild_plain(bytes, deeper))
                })
                .collect(),
        ),
    }
}
