//! Random histories. A seed always gives the same one.

use std::sync::Arc;

use parlor_schema::{Change, FieldIndex, NodeId, Plain, StateTree, StructIndex, TreeLimits, Value};
use serde_json::json;

use crate::record::Record;
use crate::room::{Dice, Room, schema};

const BATCHES: usize = 15;
const OPERATIONS: usize = 5;

/// Two of three histories report changes, the third gives the whole state each time.
pub fn emit(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x1000_0001));
    let schema = Arc::new(schema());
    let mut record = Record::new(&format!("random {seed}"), &schema);
    let mut room = Room::default();
    let mut model = StateTree::new(Arc::clone(&schema), TreeLimits::default());
    let mut tree = StateTree::new(Arc::clone(&schema), TreeLimits::default());
    let whole = seed % 3 == 2;
    let (leave, rejoin, late) = (
        dice.below(BATCHES),
        1 + dice.below(BATCHES),
        dice.below(BATCHES + 1),
    );
    let (leave, rejoin) = (leave.min(rejoin - 1), rejoin.max(leave + 1).min(BATCHES));
    record.note("seed", json!(seed));
    record.note("late", json!(late));
    record.note("leave", json!(leave));
    record.note("rejoin", json!(rejoin));
    record.step(&mut tree, rejoin == 0);
    for step in 1..=BATCHES {
        // Some boundaries come after several batches.
        for _ in 0..1 + dice.below(2) {
            let mut batch = Vec::new();
            for _ in 0..1 + dice.below(OPERATIONS) {
                room.operate(&mut dice, &mut batch);
            }
            if whole {
                model
                    .apply(batch)
                    .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                tree.replace(model.dump())
                    .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                assert_eq!(
                    sorted(tree.dump()),
                    sorted(model.dump()),
                    "seed {seed}: replace and dump differ"
                );
            } else {
                refused(&mut tree, &mut dice, &batch);
                tree.apply(batch)
                    .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            }
        }
        assert_eq!(
            room.alive().len() as u64 + 1,
            if whole { &model } else { &tree }.instances(),
            "seed {seed}"
        );
        if step == rejoin {
            tree.renew_v2();
        }
        record.step(&mut tree, step == rejoin);
    }
    record.print();
}

/// Now and then the same batch comes first with a fault at its end, and must leave no trace.
fn refused(tree: &mut StateTree, dice: &mut Dice, batch: &[Change]) {
    if dice.below(4) > 0 {
        return;
    }
    let faults = [
        Change::Create {
            node: NodeId(0),
            definition: StructIndex(1),
        },
        Change::Set {
            node: NodeId(0),
            field: FieldIndex(77),
            value: Value::Null,
        },
        Change::ArraySet {
            node: NodeId(0),
            field: FieldIndex(9),
            index: 1_000_000,
            value: Value::Integer(1),
        },
        Change::MapSet {
            node: NodeId(0),
            field: FieldIndex(6),
            key: "k".into(),
            value: Value::Null,
        },
    ];
    let fault = faults[dice.below(faults.len())].clone();
    let before = tree.dump();
    let error = tree
        .apply(batch.iter().cloned().chain([fault]))
        .expect_err("the batch has a fault");
    assert_eq!(error.at as usize, batch.len());
    assert_eq!(tree.dump(), before, "a refused batch left a trace");
}

/// Keys of maps in the order of the alphabet: `replace` leaves those that stay where they are.
fn sorted(plain: Plain) -> Plain {
    match plain {
        Plain::List(items) => Plain::List(items.into_iter().map(sorted).collect()),
        Plain::Map(members) => {
            let mut members: Vec<_> = members
                .into_iter()
                .map(|(name, member)| (name, sorted(member)))
                .collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Plain::Map(members)
        }
        other => other,
    }
}
