//! Random histories over random schemas.

use std::sync::Arc;

use parlor_schema::{Schema, StateTree, TreeLimits};
use serde_json::json;

use crate::model::Model;
use crate::model::random::{Choices, operation, schema};
use crate::model::visible::Shown;
use crate::record::Record;
use crate::room::Dice;
use crate::viewers::Viewer;

const STEPS: usize = 10;
const OPERATIONS: usize = 12;
const VIEWERS: usize = 3;

impl Choices for Dice {
    fn below(&mut self, bound: usize) -> usize {
        Dice::below(self, bound)
    }
}

pub fn emit(seed: u64) {
    let mut dice = Dice(!seed.wrapping_mul(0x1000_0001));
    let (structs, root) = schema(&mut dice);
    let compiled = Arc::new(Schema::new(structs.clone(), root).expect("a valid schema"));
    let mut model = Model::new(structs, root);
    let mut record = Record::new(&format!("shapes {seed}"), &compiled);
    let mut tree = StateTree::new(compiled, TreeLimits::default());
    let (leave, late) = (dice.below(STEPS), dice.below(STEPS + 1));
    let rejoin = leave + 1 + dice.below(STEPS - leave);
    record.note("late", json!(late));
    record.note("leave", json!(leave));
    record.note("rejoin", json!(rejoin));
    let mut viewers: Vec<_> = (0..VIEWERS).map(|_| Viewer::new(&mut tree)).collect();
    let mut kept = (model.clone(), tree.checkpoint());
    let shared = record.step_seen(&mut tree, false, &model.dump_for(&Shown::new()));
    for viewer in &mut viewers {
        viewer.step(&mut dice, &mut tree, &model, &shared, 0);
    }
    for step in 1..=STEPS {
        for _ in 0..1 + dice.below(2) {
            let mut work = model.clone();
            let mut batch = Vec::new();
            for _ in 0..1 + dice.below(OPERATIONS) {
                if !operation(&mut dice, &mut work, &mut batch) {
                    break;
                }
            }
            let expected = model.apply(&batch);
            let result = tree.apply(batch).map_err(|error| error.at as usize);
            assert_eq!(result, expected, "seed {seed}");
            // Now and then the room goes back to what it was, perhaps between two boundaries.
            match dice.below(8) {
                0 => {
                    kept = (model.clone(), tree.checkpoint());
                    viewers.iter_mut().for_each(|viewer| viewer.keep(&model));
                }
                1 => {
                    model = kept.0.clone();
                    tree.revert(&kept.1);
                    viewers.iter_mut().for_each(Viewer::revert);
                }
                _ => {}
            }
            for viewer in &mut viewers {
                viewer.look_around(&mut dice, &mut tree, &model);
            }
        }
        assert_eq!(
            format!("{:?}", tree.dump()),
            format!("{:?}", model.dump()),
            "seed {seed}"
        );
        if step == rejoin {
            tree.renew_v2();
        }
        let seen = model.dump_for(&Shown::new());
        let shared = record.step_seen(&mut tree, step == rejoin, &seen);
        for viewer in &mut viewers {
            viewer.step(&mut dice, &mut tree, &model, &shared, step);
        }
    }
    let viewers = viewers.into_iter().map(Viewer::into_json).collect();
    record.note("viewers", viewers);
    record.print();
}
