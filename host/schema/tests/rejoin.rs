//! What a client that has an older state is sent of collections.
#![allow(clippy::expect_used)]

use std::sync::Arc;

use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, NodeId, Primitive, Schema, StateTree, StructDefinition,
    StructIndex, TreeLimits, Value,
};

const SCORES: FieldIndex = FieldIndex(0);
const LIST: FieldIndex = FieldIndex(1);
const TAGS: FieldIndex = FieldIndex(2);

/// A root with a map, an array and a set of numbers.
fn tree() -> StateTree {
    let number = Element::Primitive(Primitive::Uint8);
    let field = |name: &str, kind| Field {
        name: name.into(),
        kind,
        view: None,
    };
    let root = StructDefinition {
        name: "State".into(),
        extends: None,
        fields: vec![
            field("scores", FieldType::Map(number)),
            field("list", FieldType::Array(number)),
            field("tags", FieldType::Set(number)),
        ],
    };
    let schema = Schema::new(vec![root], StructIndex(0)).expect("a valid schema");
    StateTree::new(Arc::new(schema), TreeLimits::default())
}

fn put(key: &str, value: i64) -> Change {
    Change::MapSet {
        node: NodeId::ROOT,
        field: SCORES,
        key: key.into(),
        value: Value::Integer(value),
    }
}

fn take(key: &str) -> Change {
    Change::MapRemove {
        node: NodeId::ROOT,
        field: SCORES,
        key: key.into(),
    }
}

fn push(index: u32, value: i64) -> Change {
    Change::ArrayInsert {
        node: NodeId::ROOT,
        field: LIST,
        index,
        value: Value::Integer(value),
    }
}

fn pop(index: u32) -> Change {
    Change::ArrayRemove {
        node: NodeId::ROOT,
        field: LIST,
        index,
    }
}

/// Each batch is a boundary of its own; then somebody rejoins.
fn resync(batches: impl IntoIterator<Item = Vec<Change>>) -> String {
    let mut tree = tree();
    for batch in batches {
        tree.apply(batch).expect("a batch that fits");
        let _ = tree.patch();
    }
    let body = tree.resync();
    let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
    // Where the three collections are.
    hex.strip_prefix("800181028203")
        .expect("the root's fields")
        .to_owned()
}

#[test]
fn maps_and_arrays_are_sent_entry_by_entry() {
    // The set is emptied always.
    let cases: [(Vec<Vec<Change>>, &str); 6] = [
        (vec![], "ff030a"),
        (
            vec![vec![put("a", 5), put("b", 6)]],
            "ff01c000a16105c001a16206ff030a",
        ),
        (
            vec![vec![put("a", 5), put("b", 6)], vec![take("a")]],
            "ff014000c001a16206ff030a",
        ),
        // It came and went between two boundaries: nobody knows of it.
        (
            vec![vec![put("a", 5)], vec![put("b", 6), take("b")]],
            "ff01c000a16105ff030a",
        ),
        // It left and came back, so it has another index.
        (
            vec![vec![put("a", 5)], vec![take("a"), put("a", 7)]],
            "ff014000c001a16107ff030a",
        ),
        (
            vec![vec![push(0, 1), push(1, 2), push(2, 3)], vec![pop(0), pop(0)]],
            "ff02c0000340014002ff030a",
        ),
    ];
    for (batches, expected) in cases {
        assert_eq!(resync(batches.clone()), expected, "{batches:?}");
    }
}

#[test]
fn what_a_map_has_forgotten_is_emptied() {
    let churn = |times: usize| (0..times).flat_map(|_| [vec![put("a", 5)], vec![take("a")]]);
    let one_by_one = resync(churn(1024));
    assert!(one_by_one.starts_with("ff014000"), "{one_by_one}");
    assert_eq!(resync(churn(1025)), "ff010aff030a");
    let last = churn(1025).chain([vec![put("b", 6)]]);
    assert!(resync(last).starts_with("ff010a80cd0104a16206"));
}

#[test]
fn an_array_that_was_much_longer_is_emptied() {
    let grow = |length: u32| (0..length).map(|index| push(index, 1)).collect::<Vec<_>>();
    let shrink = |length: u32, to: u32| (to..length).map(|_| pop(to)).collect::<Vec<_>>();
    let one_by_one = resync([grow(33), shrink(33, 1)]);
    assert!(one_by_one.starts_with("ff02c000014001"), "{one_by_one}");
    assert_eq!(resync([grow(34), shrink(34, 1)]), "ff020a800001ff030a");
}

#[test]
fn a_batch_that_was_refused_leaves_no_trace() {
    let mut tree = tree();
    tree.apply(vec![put("a", 5), push(0, 1)]).expect("fits");
    let _ = tree.patch();
    let quiet = tree.resync();
    let refused = vec![take("a"), push(1, 2), put("b", 6), push(1, 300)];
    tree.apply(refused).expect_err("300 is no uint8");
    assert!(tree.patch().is_none());
    assert_eq!(tree.resync(), quiet);
    tree.apply(vec![Change::SetAdd {
        node: NodeId::ROOT,
        field: TAGS,
        value: Value::Integer(1),
    }])
    .expect("fits");
}
