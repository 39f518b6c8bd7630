//! What changes, patches and snapshots cost.
#![allow(missing_docs, clippy::expect_used)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, NodeId, Primitive, Schema, StateTree, StructDefinition,
    StructIndex, TreeLimits, Value,
};

const ENTITIES: u32 = 10_000;

/// `entities: map<{x: float64, y: float64, hp: number}>`, `log: array<string>`.
fn schema() -> Arc<Schema> {
    let field = |name: &str, kind| Field {
        name: name.into(),
        kind,
    };
    let structs = vec![
        StructDefinition {
            name: "State".into(),
            extends: None,
            fields: vec![
                field("entities", FieldType::Map(Element::Struct(StructIndex(1)))),
                field("log", FieldType::Array(Element::Primitive(Primitive::String))),
            ],
        },
        StructDefinition {
            name: "Entity".into(),
            extends: None,
            fields: vec![
                field("x", FieldType::Primitive(Primitive::Float64)),
                field("y", FieldType::Primitive(Primitive::Float64)),
                field("hp", FieldType::Primitive(Primitive::Number)),
            ],
        },
    ];
    Arc::new(Schema::new(structs, StructIndex(0)).expect("a valid schema"))
}

fn entity(number: u32) -> [Change; 4] {
    let node = NodeId(number);
    let set = |field, value| Change::Set {
        node,
        field: FieldIndex(field),
        value: Value::Float(value),
    };
    [
        Change::Create {
            node,
            definition: StructIndex(1),
        },
        set(0, f64::from(number)),
        set(1, 0.5),
        Change::MapSet {
            node: NodeId::ROOT,
            field: FieldIndex(0),
            key: format!("e{number}"),
            value: Value::Node(node),
        },
    ]
}

/// A tree of many entities, at a boundary.
fn world() -> StateTree {
    let mut tree = StateTree::new(schema(), TreeLimits::default());
    tree.apply((1..=ENTITIES).flat_map(entity)).expect("fits");
    let _ = tree.patch();
    tree
}

/// `count` floats that are new each time, two to an entity.
fn moves(count: u32, step: &mut f64) -> Vec<Change> {
    *step += 0.25;
    (0..count)
        .map(|index| {
            let node = NodeId(1 + (index / 2 * 97) % ENTITIES);
            let value = Value::Float(f64::from(index) + *step);
            Change::Set {
                node,
                field: FieldIndex((index % 2) as u8),
                value,
            }
        })
        .collect()
}

fn benches(criterion: &mut Criterion) {
    let mut tree = world();
    let mut step = 0.0;

    criterion.bench_function("apply 1000 changes", |bencher| {
        bencher.iter_batched(
            || moves(1000, &mut step),
            |batch| tree.apply(black_box(batch)).expect("fits"),
            BatchSize::SmallInput,
        );
    });
    let _ = tree.patch();

    criterion.bench_function("patch of 100 floats", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut spent = std::time::Duration::ZERO;
            for _ in 0..rounds {
                tree.apply(moves(100, &mut step)).expect("fits");
                let start = std::time::Instant::now();
                black_box(tree.patch());
                spent += start.elapsed();
            }
            spent
        });
    });

    criterion.bench_function("apply and patch 1000 changes", |bencher| {
        bencher.iter_batched(
            || moves(1000, &mut step),
            |batch| {
                tree.apply(black_box(batch)).expect("fits");
                tree.patch()
            },
            BatchSize::SmallInput,
        );
    });

    let mut next = ENTITIES;
    criterion.bench_function("an entity comes and another goes, patched", |bencher| {
        bencher.iter(|| {
            next += 1;
            let key = format!("e{}", next - 1);
            let remove = Change::MapRemove {
                node: NodeId::ROOT,
                field: FieldIndex(0),
                key,
            };
            tree.apply(entity(next).into_iter().chain([remove]))
                .expect("fits");
            tree.patch()
        });
    });

    let mut length = 0;
    criterion.bench_function("append to an array, patched", |bencher| {
        bencher.iter(|| {
            let (node, field) = (NodeId::ROOT, FieldIndex(1));
            let value = Value::Text("said something".into());
            let change = if length == 10_000 {
                length = 0;
                Change::Clear { node, field }
            } else {
                length += 1;
                Change::ArrayInsert {
                    node,
                    field,
                    index: length - 1,
                    value,
                }
            };
            tree.apply([change]).expect("fits");
            tree.patch()
        });
    });

    criterion.bench_function("snapshot of 10000 entities", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut spent = std::time::Duration::ZERO;
            for _ in 0..rounds {
                tree.apply(moves(1, &mut step)).expect("fits");
                let _ = tree.patch();
                let start = std::time::Instant::now();
                black_box(tree.snapshot());
                spent += start.elapsed();
            }
            spent
        });
    });

    let dump = tree.dump();
    criterion.bench_function("replace 10000 entities by the same", |bencher| {
        bencher.iter_batched(
            || dump.clone(),
            |whole| tree.replace(whole).expect("fits"),
            BatchSize::LargeInput,
        );
    });
}

criterion_group!(tree, benches);
criterion_main!(tree);
