//! Patches for decoders of v2: when they are those of all others, when not, and what they are then.
//! Whether the real decoder reads them is tried in `tests/decoders`.
#![allow(clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use parlor_schema::{
    Change, Decoders, Element, Field, FieldIndex, FieldType, NodeId, PatchV2, Primitive, Schema, StateTree,
    StructDefinition, StructIndex, TreeLimits, Value,
};

const ITEM: StructIndex = StructIndex(1);
const TEAM: StructIndex = StructIndex(2);

const LEADER: FieldIndex = FieldIndex(0);
const ITEMS: FieldIndex = FieldIndex(1);
const NUMBERS: FieldIndex = FieldIndex(2);
const TEAMS: FieldIndex = FieldIndex(3);

/// A root with one instance, two arrays and teams that have a map of instances.
fn tree() -> StateTree {
    let field = |name: &str, kind| Field {
        name: name.into(),
        kind,
        view: None,
    };
    let structure = |name: &str, fields| StructDefinition {
        name: name.into(),
        extends: None,
        fields,
    };
    let structs = vec![
        structure(
            "State",
            vec![
                field("leader", FieldType::Struct(ITEM)),
                field("items", FieldType::Array(Element::Struct(ITEM))),
                field("numbers", FieldType::Array(Element::Primitive(Primitive::Uint8))),
                field("teams", FieldType::Array(Element::Struct(TEAM))),
            ],
        ),
        structure("Item", vec![field("id", FieldType::Primitive(Primitive::Uint8))]),
        structure(
            "Team",
            vec![field("members", FieldType::Map(Element::Struct(ITEM)))],
        ),
    ];
    let schema = Schema::new(structs, StructIndex(0)).expect("a valid schema");
    StateTree::new(Arc::new(schema), TreeLimits::default())
}

fn create(number: u32, definition: StructIndex) -> Change {
    Change::Create {
        node: NodeId(number),
        definition,
    }
}

fn insert(field: FieldIndex, index: u32, value: Value) -> Change {
    Change::ArrayInsert {
        node: NodeId::ROOT,
        field,
        index,
        value,
    }
}

fn remove(field: FieldIndex, index: u32) -> Change {
    Change::ArrayRemove {
        node: NodeId::ROOT,
        field,
        index,
    }
}

fn node(number: u32) -> Value {
    Value::Node(NodeId(number))
}

fn lead(number: u32) -> Change {
    Change::Set {
        node: NodeId::ROOT,
        field: LEADER,
        value: node(number),
    }
}

/// What a decoder of v2 gets for the changes; none if it gets what the others get.
fn own(tree: &mut StateTree, changes: impl IntoIterator<Item = Change>) -> Option<String> {
    tree.apply(changes).expect("a batch that fits");
    match tree.patch_for(Decoders::V2).expect("a patch").v2 {
        PatchV2::Same => None,
        PatchV2::Own(body) => Some(hex(&body)),
        PatchV2::Renewal(body) => Some(format!("renewal {}", hex(&body))),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A tree whose clients have three items, which are references 4, 5 and 6, and four numbers.
fn filled() -> StateTree {
    let mut tree = tree();
    let items = (1..=3).flat_map(|n| [create(n, ITEM), insert(ITEMS, n - 1, node(n))]);
    let numbers = (0..4).map(|n| insert(NUMBERS, n, Value::Integer(n.into())));
    assert_eq!(own(&mut tree, items.chain(numbers)), None);
    tree
}

#[test]
fn bodies_differ_only_where_decoders_do() {
    let cases: [(&str, Vec<Change>, Option<&str>); 8] = [
        (
            "an element appended",
            vec![insert(NUMBERS, 4, Value::Integer(9))],
            None,
        ),
        ("the last of the primitives gone", vec![remove(NUMBERS, 3)], None),
        (
            "the first of the primitives gone",
            vec![remove(NUMBERS, 0)],
            Some("ff02 0000 01 0001 02 0002 03 4003"),
        ),
        (
            "the last instance gone",
            vec![remove(ITEMS, 2)],
            Some("ff01 4002"),
        ),
        (
            "another instance gone",
            vec![remove(ITEMS, 0)],
            Some("ff01 0a 8000 05 8001 06"),
        ),
        (
            "a newcomer before the others",
            vec![create(9, ITEM), insert(ITEMS, 0, node(9))],
            Some("ff01 8003 07 0000 07 0001 04 0002 05 0003 06"),
        ),
        (
            "a newcomer in the place of another",
            vec![
                create(9, ITEM),
                Change::ArraySet {
                    node: NodeId::ROOT,
                    field: ITEMS,
                    index: 1,
                    value: node(9),
                },
            ],
            Some("ff01 8001 07"),
        ),
        ("a first leader", vec![lead(1)], None),
    ];
    for (what, changes, expected) in cases {
        let expected = expected.map(|bytes| bytes.replace(' ', ""));
        assert_eq!(own(&mut filled(), changes), expected, "{what}");
    }
}

#[test]
fn a_field_lets_go_of_its_instance_once() {
    let mut tree = filled();
    assert_eq!(own(&mut tree, [lead(1)]), None);
    // An instance that clients have takes its place as for all others.
    assert_eq!(own(&mut tree, [lead(2)]), None);
    assert_eq!(own(&mut tree, [create(9, ITEM), lead(9)]), Some("8007".into()));
}

#[test]
fn who_reads_what_others_read_pays_nothing() {
    let mut tree = filled();
    tree.apply([remove(ITEMS, 0)]).expect("fits");
    let patch = tree.patch_for(Decoders::Current).expect("a patch");
    assert_eq!(patch.v2, PatchV2::Same);
    assert_eq!(tree.snapshot_v2(), tree.snapshot());
}

#[test]
fn what_is_fragile_is_renewed_and_not_moved() {
    let mut tree = tree();
    let member = Change::MapSet {
        node: NodeId(1),
        field: FieldIndex(0),
        key: "m".into(),
        value: node(2),
    };
    let team = [
        create(1, TEAM),
        create(2, ITEM),
        member,
        insert(TEAMS, 0, node(1)),
    ];
    assert_eq!(own(&mut tree, team), None);
    // References 0 to 8 are taken, so all but the root's are 9 more from now on.
    let second = own(&mut tree, [create(3, TEAM), insert(TEAMS, 0, node(3))]).expect("a body of its own");
    assert!(second.starts_with("renewal 80"), "{second}");
    assert!(
        second.contains("ff0c 8000 10 8001 0d".replace(' ', "").as_str()),
        "{second}"
    );
    // From now on bodies are never those of the others, and newcomers get the snapshot in the same references.
    assert_eq!(
        own(&mut tree, [insert(NUMBERS, 0, Value::Integer(1))]),
        Some("ff0b800001".into())
    );
    assert_ne!(tree.snapshot_v2(), tree.snapshot());
}

#[test]
fn a_renewal_comes_when_it_is_asked_for() {
    let mut tree = filled();
    tree.renew_v2();
    assert_eq!(tree.patch_for(Decoders::Current), None);
    let patch = tree.patch_for(Decoders::V2).expect("a renewal");
    assert_eq!(patch.current, None);
    assert!(matches!(patch.v2, PatchV2::Renewal(_)));
    assert_eq!(tree.patch_for(Decoders::V2), None);
}
