//! Which shared instance is which, while a room is saved or restored.

use rustc_hash::FxHashMap;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

thread_local! {
    static PASS: RefCell<Pass> = const { RefCell::new(Pass::None) };
}

enum Pass {
    /// Plain values: a message, a dump.
    None,
    Saving(FxHashMap<usize, u32>),
    Restoring(FxHashMap<u32, Rc<dyn Any>>),
}

/// How a shared instance is to be written.
pub(super) enum Shape {
    Plain,
    First(u32),
    Again(u32),
}

/// Runs `save`; shared instances are written once and told apart.
pub(crate) fn saving<T>(save: impl FnOnce() -> T) -> T {
    run(Pass::Saving(FxHashMap::default()), save)
}

/// Runs `restore`; what was one shared instance becomes one again.
pub(crate) fn restoring<T>(restore: impl FnOnce() -> T) -> T {
    run(Pass::Restoring(FxHashMap::default()), restore)
}

fn run<T>(pass: Pass, work: impl FnOnce() -> T) -> T {
    PASS.set(pass);
    let outcome = work();
    PASS.set(Pass::None);
    outcome
}

pub(super) fn shape_of(address: usize) -> Shape {
    PASS.with_borrow_mut(|pass| match pass {
        Pass::Saving(ids) => {
            let next = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            match *ids.entry(address).or_insert(next) {
                id if id == next => Shape::First(id),
                id => Shape::Again(id),
            }
        }
        Pass::None | Pass::Restoring(_) => Shape::Plain,
    })
}

/// Whether a room is being saved, so that what is written has to be told apart.
pub fn is_saving() -> bool {
    PASS.with_borrow(|pass| matches!(pass, Pass::Saving(_)))
}

pub(super) fn is_restoring() -> bool {
    PASS.with_borrow(|pass| matches!(pass, Pass::Restoring(_)))
}

pub(super) fn remember(id: u32, instance: Rc<dyn Any>) {
    PASS.with_borrow_mut(|pass| {
        if let Pass::Restoring(instances) = pass {
            instances.insert(id, instance);
        }
    });
}

pub(super) fn recall(id: u32) -> Option<Rc<dyn Any>> {
    PASS.with_borrow(|pass| match pass {
        Pass::Restoring(instances) => instances.get(&id).cloned(),
        Pass::None | Pass::Saving(_) => None,
    })
}
