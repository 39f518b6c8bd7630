//! Packed numbers against the same numbers set one by one.
#![allow(clippy::expect_used, clippy::indexing_slicing)]

use std::sync::Arc;

use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, NodeId, PackedNumbers, Plain, Primitive, Reason, Schema,
    StateTree, StructDefinition, StructIndex, TreeLimits, Value,
};
use proptest::prelude::*;

const FIELDS: [FieldType; 8] = [
    FieldType::Primitive(Primitive::Number),
    FieldType::Primitive(Primitive::Float64),
    FieldType::Primitive(Primitive::Float32),
    FieldType::Primitive(Primitive::Int8),
    FieldType::Primitive(Primitive::Biguint64),
    FieldType::Primitive(Primitive::String),
    FieldType::Struct(StructIndex(1)),
    FieldType::Array(Element::Primitive(Primitive::Number)),
];
/// So many of them hold numbers.
const NUMBERS: u8 = 5;
const ENTITIES: u32 = 6;

fn create(node: u32) -> [Change; 2] {
    [
        Change::Create {
            node: NodeId(node),
            definition: StructIndex(1),
        },
        Change::MapSet {
            node: NodeId::ROOT,
            field: FieldIndex(0),
            key: format!("e{node}"),
            value: Value::Node(NodeId(node)),
        },
    ]
}

fn remove(node: u32) -> Change {
    Change::MapRemove {
        node: NodeId::ROOT,
        field: FieldIndex(0),
        key: format!("e{node}"),
    }
}

/// A root with a map of entities that have a field of each kind, at a boundary.
fn tree() -> StateTree {
    let field = |(index, kind)| Field {
        name: format!("f{index}"),
        kind,
        view: None,
    };
    let entities = FieldType::Map(Element::Struct(StructIndex(1)));
    let root = StructDefinition {
        name: "State".into(),
        extends: None,
        fields: vec![field((0, entities))],
    };
    let entity = StructDefinition {
        name: "Entity".into(),
        extends: None,
        fields: FIELDS.into_iter().enumerate().map(field).collect(),
    };
    let schema = Schema::new(vec![root, entity], StructIndex(0)).expect("a valid schema");
    let mut tree = StateTree::new(Arc::new(schema), TreeLimits::default());
    tree.apply((1..=ENTITIES).flat_map(create)).expect("fits");
    let _ = tree.patch();
    tree
}

/// The same numbers as single changes.
fn singly(numbers: &PackedNumbers) -> Vec<Change> {
    let mut values = numbers.values.iter();
    let mut changes = Vec::new();
    for (node, fields) in numbers.nodes.iter().zip(&numbers.fields) {
        for field in (0..64).filter(|field| fields >> field & 1 == 1) {
            changes.push(Change::Set {
                node: NodeId(*node),
                field: FieldIndex(field),
                value: Value::Float(*values.next().expect("a value for each field")),
            });
        }
    }
    changes
}

fn packed(sets: &[(u32, u64)], value: impl Fn(usize) -> f64) -> PackedNumbers {
    let count: u32 = sets.iter().map(|(_, fields)| fields.count_ones()).sum();
    PackedNumbers {
        nodes: sets.iter().map(|(node, _)| *node).collect(),
        fields: sets.iter().map(|(_, fields)| *fields).collect(),
        values: (0..count as usize).map(value).collect(),
    }
}

/// NaN is itself.
fn text(plain: &Plain) -> String {
    format!("{plain:?}")
}

/// Numbers that all types hold, and now and then one that some do not, or a field that holds none.
fn sets() -> impl Strategy<Value = (Vec<(u32, u64)>, Vec<f64>)> {
    let node = prop_oneof![20 => 1..=ENTITIES, 1 => Just(ENTITIES + 1), 1 => Just(99_u32)];
    let fields = prop_oneof![
        20 => 0..1_u64 << NUMBERS,
        1 => (0..FIELDS.len() + 2).prop_map(|field| 1 << field),
        1 => Just(1 << 63),
    ];
    let value = prop_oneof![
        20 => (0..100_u8).prop_map(f64::from),
        5 => Just(-0.0),
        1 => any::<f64>(),
    ];
    (
        prop::collection::vec((node, fields), 0..5),
        prop::collection::vec(value, 5 * 64),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_packed_and_set_one_by_one_are_the_same(
        rounds in prop::collection::vec((sets(), any::<bool>(), any::<bool>()), 1..6)
    ) {
        let (mut one, mut other) = (tree(), tree());
        let mut next = ENTITIES + 1;
        for ((sets, values), changes, patch) in rounds {
            let numbers = packed(&sets, |at| values[at]);
            let mut batch = Vec::new();
            if changes {
                // Both are told of numbers for what comes and what goes in the same batch.
                batch.extend(create(next));
                batch.push(remove(next - ENTITIES));
            }
            let whole = batch.iter().cloned().chain(singly(&numbers)).collect::<Vec<_>>();
            let answer = one.apply_with_numbers(batch, &numbers);
            prop_assert_eq!(&answer, &other.apply(whole));
            if changes && answer.is_ok() {
                next += 1;
            }
            prop_assert_eq!(text(&one.dump()), text(&other.dump()));
            prop_assert_eq!(one.snapshot(), other.snapshot());
            prop_assert_eq!(one.resync(), other.resync());
            if patch {
                prop_assert_eq!(one.patch(), other.patch());
            }
        }
        prop_assert_eq!(one.patch(), other.patch());
    }
}

#[test]
fn lists_that_do_not_fit_are_refused() {
    let full = packed(&[(1, 0b11), (2, 0b1)], |_| 1.0);
    type Spoil = fn(&mut PackedNumbers);
    let cases: [Spoil; 4] = [
        |numbers| numbers.nodes.push(3),
        |numbers| numbers.fields.push(0),
        |numbers| numbers.values.push(1.0),
        |numbers| numbers.values.truncate(numbers.values.len() - 1),
    ];
    let mut tree = tree();
    let before = text(&tree.dump());
    for spoil in cases {
        let mut numbers = full.clone();
        spoil(&mut numbers);
        let error = tree
            .apply_with_numbers(create(50), &numbers)
            .expect_err("they do not fit");
        assert_eq!(error.at, 2);
        assert!(matches!(error.reason, Reason::Uneven { .. }), "{error}");
    }
    assert_eq!(text(&tree.dump()), before);
    assert!(tree.patch().is_none());
    tree.apply_with_numbers(create(50), &full)
        .expect("nothing is left of it");
}

#[test]
fn the_value_that_does_not_fit_is_named() {
    let mut tree = tree();
    // The third value is too large for an int8.
    let numbers = packed(&[(1, 0b11), (2, 0b1000), (3, 0b1)], |_| 1000.0);
    let error = tree
        .apply_with_numbers(create(50), &numbers)
        .expect_err("too large");
    assert_eq!(
        error.to_string(),
        "change 4: `Entity.f3` is of type int8, which cannot hold 1000"
    );
    assert!(tree.patch().is_none());
}

#[test]
fn a_field_set_twice_holds_the_later_value() {
    let mut tree = tree();
    let numbers = packed(&[(1, 0b1), (2, 0b1), (1, 0b1)], |at| at as f64 + 1.0);
    tree.apply_with_numbers([], &numbers).expect("fits");
    let mut expected = self::tree();
    expected.apply(singly(&numbers)).expect("fits");
    assert_eq!(tree.patch(), expected.patch());
    assert!(text(&tree.dump()).contains('3'));
}
