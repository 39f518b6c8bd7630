//! What changes, patches and snapshots cost.
#![allow(missing_docs, clippy::expect_used)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, Has, NodeId, Primitive, Schema, StateTree,
    StructDefinition, StructIndex, TreeLimits, Value, ViewId, ViewTag,
};

const ENTITIES: u32 = 10_000;

/// `entities: map<{x: float64, y: float64, hp: number}>`, perhaps tagged, and `log: array<string>`.
fn schema(entities: Option<ViewTag>) -> Arc<Schema> {
    let tagged = |name: &str, kind, view| Field {
        name: name.into(),
        kind,
        view,
    };
    let field = |name: &str, kind| tagged(name, kind, None);
    let structs = vec![
        StructDefinition {
            name: "State".into(),
            extends: None,
            fields: vec![
                tagged(
                    "entities",
                    FieldType::Map(Element::Struct(StructIndex(1))),
                    entities,
                ),
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
    let mut tree = StateTree::new(schema(None), TreeLimits::default());
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

/// A tree whose entities are hidden, and `count` views in each of which 200 of them are shown.
fn viewed_world(count: u32) -> (StateTree, Vec<ViewId>) {
    let mut tree = StateTree::new(schema(Some(ViewTag::default())), TreeLimits::default());
    tree.apply((1..=ENTITIES).flat_map(entity)).expect("fits");
    let _ = tree.patch();
    let views: Vec<_> = (0..count).map(|_| tree.open_view(Has::Nothing)).collect();
    for (number, view) in (0..).zip(&views) {
        for near in 0..200 {
            let node = NodeId(1 + (number * 97 + near) % ENTITIES);
            tree.show(*view, node, ViewTag::default()).expect("fits");
        }
        let _ = tree.snapshot_for(*view);
    }
    (tree, views)
}

fn view_benches(criterion: &mut Criterion) {
    let mut step = 0.0;
    let (mut tree, views) = viewed_world(100);
    criterion.bench_function("patch of 1000 floats for 100 views of 200 entities", |bencher| {
        bencher.iter_batched(
            || moves(1000, &mut step),
            |batch| {
                tree.apply(batch).expect("fits");
                let shared = tree.patch();
                let parts = views.iter().filter_map(|view| tree.take_part(*view)).count();
                (shared, parts)
            },
            BatchSize::SmallInput,
        );
    });

    let (mut tree, views) = viewed_world(1);
    let mut at = 0;
    criterion.bench_function("10 of 10000 entities shown and 10 hidden, patched", |bencher| {
        bencher.iter(|| {
            for _ in 0..10 {
                let (near, far) = (NodeId(1 + (at + 200) % ENTITIES), NodeId(1 + at % ENTITIES));
                at += 1;
                for view in &views {
                    tree.show(*view, near, ViewTag::default()).expect("fits");
                    tree.hide(*view, far, ViewTag::default()).expect("fits");
                }
            }
            let _ = tree.patch();
            views.iter().filter_map(|view| tree.take_part(*view)).count()
        });
    });
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

criterion_group!(tree, benches, view_benches);
criterion_main!(tree);
