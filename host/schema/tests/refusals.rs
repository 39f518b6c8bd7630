//! What is refused, and in which words.
#![allow(clippy::expect_used)]

use std::sync::Arc;

use parlor_schema::{
    Change, Decoders, Element, Field, FieldIndex, FieldType, MAX_NESTING, NodeId, Plain, Primitive, Schema,
    StateTree, StructDefinition, StructIndex, TreeLimits, Value,
};

fn structure(name: &str, extends: Option<u16>, fields: &[(&str, FieldType)]) -> StructDefinition {
    let fields = fields.iter().map(|(name, kind)| Field {
        name: (*name).into(),
        kind: *kind,
        view: None,
    });
    StructDefinition {
        name: name.into(),
        extends: extends.map(StructIndex),
        fields: fields.collect(),
    }
}

const NUMBER: FieldType = FieldType::Primitive(Primitive::Number);

#[test]
fn bad_schemas_are_refused() {
    let many: Vec<_> = (0..64).map(|index| (format!("f{index}"), NUMBER)).collect();
    let many: Vec<_> = many.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    let cases: Vec<(Vec<StructDefinition>, u16, &str)> = vec![
        (
            vec![],
            0,
            "the root is struct 0, but the schema has only 0 structs",
        ),
        (
            vec![structure("A", None, &[])],
            1,
            "the root is struct 1, but the schema has only 1 structs",
        ),
        (
            vec![structure("A", None, &[]); 1025],
            0,
            "the schema has 1025 structs; at most 1024",
        ),
        (
            vec![structure("A", Some(3), &[])],
            0,
            "struct `A` extends struct 3, but",
        ),
        (vec![structure("A", Some(0), &[])], 0, "struct `A` extends itself"),
        (
            vec![
                structure("A", Some(1), &[]),
                structure("B", Some(2), &[]),
                structure("C", Some(0), &[]),
            ],
            0,
            "struct `A` extends itself",
        ),
        (vec![structure("A", None, &many)], 0, "struct `A` has 64 fields"),
        (
            vec![
                structure("A", None, &many[..40]),
                structure("B", Some(0), &many[40..]),
            ],
            0,
            "struct `B` has 64 fields with the inherited ones; at most 63",
        ),
        (
            vec![structure("A", None, &[("", NUMBER)])],
            0,
            "field 0 of struct `A` has an empty name",
        ),
        (
            vec![structure("A", None, &[("x", NUMBER), ("x", NUMBER)])],
            0,
            "struct `A` has two fields named `x`",
        ),
        (
            vec![
                structure("A", None, &[("x", NUMBER)]),
                structure("B", Some(0), &[("x", NUMBER)]),
            ],
            0,
            "struct `B` has two fields named `x`",
        ),
        (
            vec![structure("A", None, &[("constructor", NUMBER)])],
            0,
            "field `constructor` of struct `A` needs another",
        ),
        (
            vec![structure("A", None, &[("7", NUMBER)])],
            0,
            "field `7` of struct `A` needs another",
        ),
        (
            vec![structure(
                "A",
                None,
                &[("x", FieldType::Map(Element::Struct(StructIndex(9))))],
            )],
            0,
            "field `x` of struct `A` holds struct 9, but the schema has only 1",
        ),
    ];
    for (structs, root, wanted) in cases {
        let error = Schema::new(structs, StructIndex(root))
            .expect_err(wanted)
            .to_string();
        assert!(error.starts_with(wanted), "wanted: {wanted}\nhas:    {error}");
    }
}

#[test]
fn the_largest_schema_is_taken() {
    let names: Vec<_> = (0..63).map(|index| format!("f{index}")).collect();
    let structs = (0..1024).map(|index: u16| StructDefinition {
        name: format!("S{index}"),
        extends: None,
        fields: names
            .iter()
            .map(|name| Field {
                name: name.clone(),
                kind: FieldType::Map(Element::Struct(StructIndex(index / 2))),
                view: None,
            })
            .collect(),
    });
    assert!(Schema::new(structs.collect(), StructIndex(1023)).is_ok());
}

fn room() -> Arc<Schema> {
    let structs = vec![
        structure(
            "Root",
            None,
            &[
                ("count", NUMBER),
                ("small", FieldType::Primitive(Primitive::Uint8)),
                ("name", FieldType::Primitive(Primitive::String)),
                ("best", FieldType::Struct(StructIndex(1))),
                ("list", FieldType::Array(Element::Primitive(Primitive::Float32))),
                ("map", FieldType::Map(Element::Struct(StructIndex(1)))),
                ("set", FieldType::Set(Element::Primitive(Primitive::Bigint64))),
                ("tree", FieldType::Struct(StructIndex(3))),
            ],
        ),
        structure("Player", None, &[("x", NUMBER)]),
        structure("Item", None, &[]),
        structure(
            "Tree",
            None,
            &[
                ("left", FieldType::Struct(StructIndex(3))),
                ("all", FieldType::Array(Element::Struct(StructIndex(3)))),
            ],
        ),
    ];
    Arc::new(Schema::new(structs, StructIndex(0)).expect("a valid schema"))
}

const ROOT: NodeId = NodeId::ROOT;

fn set(node: u32, field: u8, value: Value) -> Change {
    Change::Set {
        node: NodeId(node),
        field: FieldIndex(field),
        value,
    }
}

fn create(node: u32, definition: u16) -> Change {
    Change::Create {
        node: NodeId(node),
        definition: StructIndex(definition),
    }
}

fn insert(node: u32, field: u8, index: u32, value: Value) -> Change {
    Change::ArrayInsert {
        node: NodeId(node),
        field: FieldIndex(field),
        index,
        value,
    }
}

fn node(node: u32) -> Value {
    Value::Node(NodeId(node))
}

#[test]
fn bad_changes_are_refused() {
    let map = |key: &str, value| Change::MapSet {
        node: ROOT,
        field: FieldIndex(5),
        key: key.into(),
        value,
    };
    let cases: Vec<(Vec<Change>, &str)> = vec![
        (vec![set(5, 0, Value::Null)], "change 0: node 5 was never created"),
        (
            vec![set(0, 0, Value::Null), set(99, 0, Value::Null)],
            "change 1: node 99 is gone",
        ),
        (vec![create(99, 1)], "change 0: node number 99 was used before"),
        (vec![create(0, 1)], "change 0: node number 0 was used before"),
        (
            vec![create(1, 4)],
            "change 0: there is no struct 4; the schema has 4",
        ),
        (
            vec![set(0, 8, Value::Null)],
            "change 0: struct `Root` has no field 8; it has 8",
        ),
        (
            vec![set(0, 4, Value::Null)],
            "change 0: `Root.list` is an array, but the change is for a single value",
        ),
        (
            vec![Change::Clear {
                node: ROOT,
                field: FieldIndex(0),
            }],
            "change 0: `Root.count` is a single value, but the change is for a map, an array, a set or a collection",
        ),
        (
            vec![Change::SetAdd {
                node: ROOT,
                field: FieldIndex(5),
                value: Value::Null,
            }],
            "change 0: `Root.map` is a map, but the change is for a set or a collection",
        ),
        (
            vec![Change::MapRemove {
                node: ROOT,
                field: FieldIndex(6),
                key: "k".into(),
            }],
            "change 0: `Root.set` is a set, but the change is for a map",
        ),
        (
            vec![set(0, 0, Value::Text("x".into()))],
            "change 0: `Root.count` holds number, but was given text",
        ),
        (
            vec![set(0, 2, Value::Integer(7))],
            "change 0: `Root.name` holds string, but was given the number 7",
        ),
        (
            vec![set(0, 1, Value::Integer(256))],
            "change 0: `Root.small` is of type uint8, which cannot hold 256",
        ),
        (
            vec![set(0, 1, Value::Float(0.5))],
            "change 0: `Root.small` is of type uint8, which cannot hold 0.5",
        ),
        (
            vec![set(0, 0, Value::Integer((1 << 53) + 1))],
            "change 0: `Root.count` is of type number, which cannot hold 9007199254740993",
        ),
        (
            vec![insert(0, 4, 0, Value::Float(1e39))],
            "change 0: `Root.list` is of type float32, which cannot hold 1000000000000000000000000000000000000000",
        ),
        (
            vec![create(1, 2), set(0, 3, node(1))],
            "change 1: `Root.best` holds an instance of `Player`, but was given an instance of `Item`",
        ),
        (
            vec![set(0, 3, Value::Boolean(true))],
            "change 0: `Root.best` holds an instance of `Player`, but was given a boolean",
        ),
        (
            vec![map("k", Value::Null)],
            "change 0: an element of `Root.map` cannot be null",
        ),
        (
            vec![insert(0, 4, 1, Value::Float(1.0))],
            "change 0: position 1 is outside of `Root.list`, which has 0 elements",
        ),
        (
            vec![Change::ArrayRemove {
                node: ROOT,
                field: FieldIndex(4),
                index: 0,
            }],
            "change 0: position 0 is outside of `Root.list`",
        ),
        (
            vec![create(1, 3), set(1, 0, node(1))],
            "change 1: the instance given to `Tree.left` would hang below itself",
        ),
        (
            vec![
                create(1, 3),
                create(2, 3),
                create(3, 3),
                set(1, 0, node(2)),
                set(2, 0, node(3)),
                insert(3, 1, 0, node(1)),
            ],
            "change 5: the instance given to `Tree.all` would hang below itself",
        ),
    ];
    for (batch, wanted) in cases {
        let mut tree = StateTree::new(room(), TreeLimits::default());
        tree.apply([create(99, 1)])
            .expect("an instance that is gone at once");
        let before = (tree.dump(), tree.snapshot(), tree.size());
        let error = tree.apply(batch).expect_err(wanted).to_string();
        assert!(error.starts_with(wanted), "wanted: {wanted}\nhas:    {error}");
        assert_eq!((tree.dump(), tree.snapshot(), tree.size()), before, "{wanted}");
        assert_eq!(tree.patch(), None, "{wanted}");
    }
}

#[test]
fn nesting_is_bounded() {
    let mut tree = StateTree::new(room(), TreeLimits::default());
    tree.apply([create(1, 3), set(0, 7, node(1))]).expect("the first");
    let last = (2..).find(|&next| {
        tree.apply([create(next, 3), set(next - 1, 0, node(next))])
            .is_err()
    });
    assert_eq!(last, Some(MAX_NESTING + 2));
    // From below it is the same.
    let mut tree = StateTree::new(room(), TreeLimits::default());
    let mut batch = vec![create(1, 3)];
    for next in 2..=MAX_NESTING + 2 {
        batch.extend([create(next, 3), insert(next, 1, 0, node(next - 1))]);
    }
    let error = tree.apply(batch).expect_err("too deep").to_string();
    assert!(
        error.contains("`Tree.all` would nest structs that contain one another more than 64 deep"),
        "{error}"
    );
}

#[test]
fn growth_is_bounded() {
    let limits = TreeLimits {
        max_values: 12,
        max_text_bytes: 10,
        max_batch_steps: 5,
        ..TreeLimits::default()
    };
    let list = |index| insert(0, 4, index, Value::Float(1.0));
    let cases: Vec<(Vec<Change>, &str)> = vec![
        // The root counts nine: itself and its fields.
        (
            (0..4).map(list).collect(),
            "change 3: the state would grow beyond its bound of 12 values",
        ),
        (
            vec![set(0, 2, Value::Text("x".repeat(11)))],
            "change 0: the texts of the state would grow beyond",
        ),
    ];
    for (batch, wanted) in cases {
        let mut tree = StateTree::new(room(), limits);
        let error = tree.apply(batch).expect_err(wanted).to_string();
        assert!(error.starts_with(wanted), "wanted: {wanted}\nhas:    {error}");
    }
    let mut tree = StateTree::new(room(), limits);
    let churn = (0..9).map(|step| match step % 3 {
        2 => Change::ArrayRemove {
            node: ROOT,
            field: FieldIndex(4),
            index: 0,
        },
        _ => list(0),
    });
    let error = tree.apply(churn).expect_err("too many steps").to_string();
    assert!(error.contains("the batch moves more than 5 elements"), "{error}");
    // What replaces something as large is no growth.
    tree.apply([set(0, 2, Value::Text("x".repeat(10)))])
        .expect("as much as there may be");
    tree.apply([set(0, 2, Value::Text("y".repeat(10)))])
        .expect("the same again");
    assert_eq!(tree.text_bytes(), 10);
}

#[test]
fn what_was_refused_leaves_no_trace() {
    let item = |index, value: f64| Change::ArraySet {
        node: ROOT,
        field: FieldIndex(4),
        index,
        value: Value::Float(value),
    };
    let remove = |index| Change::ArrayRemove {
        node: ROOT,
        field: FieldIndex(4),
        index,
    };
    let clear = |field| Change::Clear {
        node: ROOT,
        field: FieldIndex(field),
    };
    let entry = |key: &str, value| Change::MapSet {
        node: ROOT,
        field: FieldIndex(5),
        key: key.into(),
        value,
    };
    let member = |value| Change::SetAdd {
        node: ROOT,
        field: FieldIndex(6),
        value: Value::Integer(value),
    };
    // Behind each batch that is refused: what was accepted since the boundary, and what is accepted next.
    let cases: [(Vec<Change>, Vec<Change>, Vec<Change>); 9] = [
        (vec![], vec![set(0, 0, Value::Integer(9))], vec![]),
        (
            vec![set(0, 0, Value::Integer(2))],
            vec![set(0, 0, Value::Integer(1)), set(0, 0, Value::Integer(3))],
            vec![set(0, 1, Value::Integer(4))],
        ),
        // Positions moved: the whole list was remembered.
        (vec![], vec![remove(0)], vec![item(0, 7.0)]),
        (
            vec![item(1, 5.0)],
            vec![
                item(1, 2.0),
                item(0, 6.0),
                insert(0, 4, 0, Value::Float(8.0)),
                clear(4),
            ],
            vec![item(0, 7.0)],
        ),
        (
            vec![entry("b", node(2))],
            vec![
                entry("b", node(1)),
                entry("b", node(2)),
                clear(5),
                entry("c", node(1)),
            ],
            vec![entry("c", node(2))],
        ),
        (
            vec![],
            vec![
                entry("c", node(1)),
                clear(5),
                entry("c", node(2)),
                entry("a", node(2)),
            ],
            vec![entry("a", node(1)), entry("c", node(2))],
        ),
        (vec![], vec![member(3), clear(6), member(4)], vec![member(5)]),
        (
            vec![member(3)],
            vec![clear(6), member(3)],
            vec![create(3, 1), set(0, 3, node(3))],
        ),
        (
            vec![],
            vec![create(3, 1), create(4, 3), set(0, 3, node(3)), set(0, 7, node(4))],
            vec![create(3, 1), set(3, 0, Value::Integer(1)), set(0, 3, node(3))],
        ),
    ];
    for (since, refused, next) in cases {
        let start = || {
            let mut tree = StateTree::new(room(), TreeLimits::default());
            let numbers = [1.0, 2.0, 3.0].into_iter().zip(0..);
            let list = numbers.map(|(value, index)| insert(0, 4, index, Value::Float(value)));
            let map = [
                create(1, 1),
                create(2, 1),
                entry("a", node(1)),
                entry("b", node(1)),
            ];
            let rest = [
                entry("d", node(2)),
                member(1),
                member(2),
                set(0, 0, Value::Integer(1)),
            ];
            tree.apply(list.chain(map).chain(rest)).expect("it fits");
            let _ = tree.patch();
            tree.apply(since.clone()).expect("it fits");
            tree
        };
        let (mut tree, mut quiet) = (start(), start());
        let last = create(0, 0);
        let error = tree
            .apply(refused.iter().cloned().chain([last]))
            .expect_err("used");
        assert_eq!(error.at as usize, refused.len(), "{error}");
        assert_eq!(tree.has_changes(), quiet.has_changes(), "{refused:?}");
        for tree in [&mut tree, &mut quiet] {
            tree.apply(next.clone()).expect("it fits");
        }
        let patches = (tree.patch_for(Decoders::V2), quiet.patch_for(Decoders::V2));
        assert_eq!(patches.0, patches.1, "after {refused:?}");
        assert_eq!(tree.resync(), quiet.resync(), "after {refused:?}");
    }
}

#[test]
fn bad_documents_are_refused() {
    let text = |text: &str| Plain::Text(text.into());
    let of = |name: &str, plain: Plain| Plain::Map(vec![(name.into(), plain)]);
    let cases: Vec<(Plain, &str)> = vec![
        (
            Plain::Integer(1),
            "change 0: the state must be a map, but a number was given",
        ),
        (
            of("nope", Plain::Null),
            "change 0: struct `Root` has no field `nope`",
        ),
        (
            of("count", Plain::List(vec![])),
            "change 0: `Root.count` holds number, but was given a list",
        ),
        (
            of("count", Plain::Bytes(vec![1])),
            "change 0: `Root.count` holds number, but was given bytes",
        ),
        (
            of("best", text("x")),
            "change 0: `Root.best` must be a map, but text was given",
        ),
        (
            of("list", of("a", Plain::Null)),
            "change 0: `Root.list` holds a list, but was given a map",
        ),
        (
            of("map", Plain::List(vec![])),
            "change 0: `Root.map` holds a map, but was given a list",
        ),
        (
            of("list", Plain::List(vec![Plain::Null])),
            "change 0: an element of `Root.list` cannot be null",
        ),
        (
            of("map", of("k", Plain::Null)),
            "change 0: an element of `Root.map` cannot be null",
        ),
        (
            of("best", of("$struct", text("Item"))),
            "change 0: `Root.best` cannot hold a struct named `Item`; it takes `Player`",
        ),
        (
            of("best", of("y", Plain::Integer(1))),
            "change 0: struct `Player` has no field `y`",
        ),
    ];
    for (whole, wanted) in cases {
        let mut tree = StateTree::new(room(), TreeLimits::default());
        tree.apply([set(0, 0, Value::Integer(5))]).expect("a value");
        let before = tree.dump();
        let error = tree.replace(whole).expect_err(wanted).to_string();
        assert!(error.starts_with(wanted), "wanted: {wanted}\nhas:    {error}");
        assert_eq!(tree.dump(), before);
    }
}
