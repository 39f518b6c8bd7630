//! A batch that is being applied: its begin and end, and what its steps need.

use std::sync::Arc;

use super::hang::Snag;
use super::undo::{Spot, Undo};
use super::{MAX_NESTING, StateTree};
use crate::error::{Place, Reason};
use crate::numbers::Number;
use crate::scalar::{Misfit, Scalar, Slot, admit, describe};
use crate::schema::{FieldShape, Shape};
use crate::store::{Audience, Cell, Members, Node, Stage};
use crate::{Element, FieldIndex, NodeId, Schema, StateError, StructIndex, Value};

/// A batch that is being applied.
pub(super) struct Batch<'a> {
    pub tree: &'a mut StateTree,
    pub schema: &'a Schema,
    pub undo: Vec<Undo>,
    /// Something changed of which `undo` says nothing, because nothing can be refused any more.
    pub changed: bool,
    /// Instances that may hang nowhere.
    loose: Vec<Slot>,
    /// Steps that may still be taken.
    steps: u64,
    checks: Checks,
    start: (u32, u64, u64),
}

/// Whether what hangs below itself is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Checks {
    Made,
    /// The outcome is known to be sound, and what is passed on the way need not be.
    Spared,
}

/// A field that a step is about.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub at: Spot,
    pub shape: &'a Shape,
    pub field: &'a FieldShape,
}

impl Target<'_> {
    pub(super) fn place(&self) -> Place {
        Place {
            name: Arc::clone(&self.shape.name),
            field: Arc::clone(&self.field.name),
        }
    }

    pub(super) fn wrong_kind(&self, wanted: &'static str) -> Reason {
        let found = match self.field.kind.container() {
            None => "a single value",
            Some(("map", _)) => "a map",
            Some(("array", _)) => "an array",
            Some(("set", _)) => "a set",
            Some(_) => "a collection",
        };
        Reason::WrongKind {
            at: self.place(),
            found,
            wanted,
        }
    }
}

impl<'a> Batch<'a> {
    pub(super) fn new(tree: &'a mut StateTree, schema: &'a Schema) -> Self {
        let (undo, loose) = (std::mem::take(&mut tree.undo), std::mem::take(&mut tree.loose));
        tree.notes.open();
        let (steps, start) = (
            tree.limits.max_batch_steps,
            (tree.next_wire, tree.values, tree.text_bytes),
        );
        Self {
            tree,
            schema,
            undo,
            changed: false,
            loose,
            steps,
            checks: Checks::Made,
            start,
        }
    }

    /// A batch whose outcome is known to be sound.
    pub(super) fn trusted(tree: &'a mut StateTree, schema: &'a Schema) -> Self {
        Self {
            checks: Checks::Spared,
            ..Self::new(tree, schema)
        }
    }

    /// Notes an instance that may hang nowhere when the batch ends.
    pub(super) fn loosen(&mut self, slot: Slot) {
        self.loose.push(slot);
    }

    /// Frees what hangs nowhere and ends the batch.
    pub(super) fn accept(mut self) {
        if self.changed || !self.undo.is_empty() {
            self.tree.snapshot.take();
            self.tree.resync = None;
        }
        self.undo.clear();
        self.tree.notes.close();
        while let Some(slot) = self.loose.pop() {
            self.free_if_loose(slot);
        }
        self.tree.undo = self.undo;
        self.tree.loose = self.loose;
    }

    /// Takes every step back and ends the batch.
    pub(super) fn refuse(mut self, at: usize, reason: Reason) -> StateError {
        while let Some(step) = self.undo.pop() {
            self.tree.take_back(step);
        }
        self.tree.take_notes_back();
        (self.tree.next_wire, self.tree.values, self.tree.text_bytes) = self.start;
        self.loose.clear();
        self.tree.undo = self.undo;
        self.tree.loose = self.loose;
        StateError {
            at: u32::try_from(at).unwrap_or(u32::MAX),
            reason,
        }
    }

    fn free_if_loose(&mut self, slot: Slot) {
        let place = self.tree.nodes.get_mut(slot as usize);
        let Some(place) = place.filter(|place| place.as_ref().is_some_and(|node| node.places.is_empty()))
        else {
            return;
        };
        let Some(node) = place.take_if(|_| slot != super::ROOT) else {
            return;
        };
        if let Some(number) = node.number {
            self.tree.numbers.retire(number);
        }
        match node.stage {
            Stage::Known => self.tree.resting.push(slot),
            Stage::Fresh => self.tree.free.push(slot),
        }
        if node.marks > 0 {
            self.tree.forget_in_views(slot);
        }
        self.tree.values = self.tree.values.saturating_sub(node.values());
        for (field, cell) in (0..).zip(&node.cells) {
            self.tree.text_bytes = self.tree.text_bytes.saturating_sub(cell.text_bytes());
            cell.each_node(|child| {
                if let Some(child_node) = self.tree.node_mut(child) {
                    child_node.places.remove(slot, field);
                    if child_node.places.is_empty() {
                        self.loose.push(child);
                    }
                    self.tree.note_moved(child);
                }
            });
        }
    }

    /// Creates an instance; `number` is the room's name for it, if the room made it.
    pub(super) fn create(&mut self, number: Option<NodeId>, definition: StructIndex) -> Result<Slot, Reason> {
        let shape = self.schema.shape(definition).ok_or(Reason::UnknownStruct {
            definition: definition.0,
            count: self.schema.len(),
        })?;
        if let Some(number) = number
            && self.tree.numbers.get(number.0) != Number::Unused
        {
            return Err(Reason::NumberUsed { node: number.0 });
        }
        let wire = self.tree.next_wire;
        let next = wire.checked_add(shape.refs).ok_or(Reason::RefsExhausted)?;
        self.charge(1 + shape.fields.len() as u64, 0, 0)?;
        let slot = self.tree.free.pop().unwrap_or(self.tree.nodes.len() as Slot);
        if let Some(number) = number
            && let Err(strewn) = self.tree.numbers.insert(number.0, slot)
        {
            if (slot as usize) < self.tree.nodes.len() {
                self.tree.free.push(slot);
            }
            return Err(Reason::NumbersStrewn {
                node: number.0,
                strewn: strewn.0,
            });
        }
        self.tree.next_wire = next;
        let audience = if self.schema.has_tags() {
            Audience::Viewers
        } else {
            Audience::Everyone
        };
        let node = Node::new(number.map(|number| number.0), definition, shape, wire, audience);
        match self.tree.nodes.get_mut(slot as usize) {
            Some(place) => *place = Some(node),
            None => self.tree.nodes.push(Some(node)),
        }
        self.undo.push(Undo::Created(slot));
        self.loose.push(slot);
        Ok(slot)
    }

    /// The instance that the room means by a number.
    pub(super) fn slot(&self, node: NodeId) -> Result<Slot, Reason> {
        match self.tree.numbers.get(node.0) {
            Number::Live(slot) => Ok(slot),
            Number::Unused => Err(Reason::UnknownNode { node: node.0 }),
            Number::Gone => Err(Reason::GoneNode { node: node.0 }),
        }
    }

    /// The field that the room means.
    pub(super) fn target(&self, node: NodeId, field: FieldIndex) -> Result<Target<'a>, Reason> {
        self.target_at(Spot {
            slot: self.slot(node)?,
            field: field.0,
        })
    }

    pub(super) fn target_at(&self, at: Spot) -> Result<Target<'a>, Reason> {
        let node = self.tree.node(at.slot);
        let Some(shape) = node.and_then(|node| self.schema.shape(node.definition)) else {
            return Err(Reason::UnknownNode { node: at.slot });
        };
        match shape.field(at.field) {
            Some(field) => Ok(Target { at, shape, field }),
            None => Err(Reason::UnknownField {
                name: Arc::clone(&shape.name),
                field: at.field,
                count: shape.fields.len(),
            }),
        }
    }

    /// Brings a value into the form that an element's type stores. Null is an error.
    pub(super) fn admit(&self, target: Target<'_>, element: Element, value: Value) -> Result<Scalar, Reason> {
        match (element, value) {
            (_, Value::Null) => Err(Reason::NullElement { at: target.place() }),
            (Element::Primitive(primitive), value) => {
                admit(value, primitive).map_err(|misfit| match misfit {
                    Misfit::Null => Reason::NullElement { at: target.place() },
                    Misfit::Type(given) => Reason::WrongType {
                        at: target.place(),
                        wanted: primitive.name().into(),
                        given,
                    },
                    Misfit::Range(given) => Reason::OutOfRange {
                        at: target.place(),
                        wanted: primitive.name(),
                        given,
                    },
                })
            }
            (Element::Struct(declared), Value::Node(number)) => {
                let slot = self.slot(number)?;
                let concrete = self.tree.node(slot).map(|node| node.definition);
                if concrete.is_some_and(|concrete| self.schema.extends(concrete, declared)) {
                    return Ok(Scalar::Node(slot));
                }
                let given = self.instance_of(concrete.unwrap_or(declared));
                Err(Reason::WrongType {
                    at: target.place(),
                    wanted: self.instance_of(declared),
                    given,
                })
            }
            (Element::Struct(declared), value) => Err(Reason::WrongType {
                at: target.place(),
                wanted: self.instance_of(declared),
                given: describe(&value),
            }),
        }
    }

    fn instance_of(&self, definition: StructIndex) -> Arc<str> {
        format!("an instance of `{}`", self.schema.name(definition).unwrap_or("?")).into()
    }

    pub(super) fn cell(&self, at: Spot) -> Option<&Cell> {
        self.tree.node(at.slot)?.cell(at.field)
    }

    /// The members of a set or collection.
    pub(super) fn members(&self, target: Target<'_>) -> Result<&Members, Reason> {
        match self.cell(target.at) {
            Some(Cell::Members(members)) => Ok(members),
            _ => Err(target.wrong_kind("a set or a collection")),
        }
    }

    pub(super) fn cell_mut(&mut self, at: Spot) -> Option<&mut Cell> {
        self.tree.node_mut(at.slot)?.cell_mut(at.field)
    }

    pub(super) fn array_len(&self, target: Target<'_>) -> Result<usize, Reason> {
        match self.cell(target.at) {
            Some(Cell::Array(array)) => Ok(array.items().len()),
            _ => Err(target.wrong_kind("an array")),
        }
    }

    /// Marks a field as touched. Returns whether clients have it and this is the first touch, which is to be noted.
    pub(super) fn touch(&mut self, at: Spot) -> bool {
        let Some(node) = self.tree.node_mut(at.slot) else {
            return false;
        };
        if node.stage == Stage::Fresh || node.touched >> at.field & 1 == 1 {
            return false;
        }
        let first_of_node = node.touched == 0;
        node.touched |= 1 << at.field;
        if first_of_node {
            self.tree.touched.push(at.slot);
        }
        true
    }

    /// Marks a collection as touched. Returns whether it must remember how it was.
    pub(super) fn track(&mut self, at: Spot) -> bool {
        if self.touch(at) {
            self.undo.push(Undo::Touched(at));
        }
        self.tree
            .node(at.slot)
            .is_some_and(|node| node.stage == Stage::Known)
    }

    /// Marks an array as touched whose positions from `index` on are about to move.
    pub(super) fn track_moving(&mut self, at: Spot, index: usize) {
        if self.track(at)
            && let Some(Cell::Array(array)) = self.cell_mut(at)
            && let Some(before) = array.moving(index)
        {
            self.undo.push(Undo::Moved(at, before));
        }
    }

    pub(super) fn check(&mut self, target: Target<'_>, child: Option<Slot>) -> Result<(), Reason> {
        let Some(child) = child.filter(|_| self.checks == Checks::Made) else {
            return Ok(());
        };
        if !self.tree.may_hang() {
            return Err(Reason::RefsExhausted);
        }
        self.tree
            .check_hang(child, target.at.slot, target.field, &mut self.steps)
            .map_err(|snag| match snag {
                Snag::Circular => Reason::Circular { at: target.place() },
                Snag::TooDeep => Reason::TooDeep {
                    at: target.place(),
                    limit: MAX_NESTING,
                },
                Snag::TooManySteps => Reason::TooManySteps {
                    limit: self.tree.limits.max_batch_steps,
                },
            })
    }

    /// Counts the place of `new` and uncounts that of `old`.
    pub(super) fn rehang(&mut self, at: Spot, new: Option<Slot>, old: Option<Slot>) {
        if let Some(new) = new {
            self.tree.hang(new, at);
            self.undo.push(Undo::Hung(new, at));
        }
        if let Some(old) = old {
            self.tree.unhang(old, at);
            self.undo.push(Undo::Unhung(old, at));
            self.loose.push(old);
        }
    }

    pub(super) fn spend(&mut self, steps: u64) -> Result<(), Reason> {
        let limit = self.tree.limits.max_batch_steps;
        self.steps = self
            .steps
            .checked_sub(steps)
            .ok_or(Reason::TooManySteps { limit })?;
        Ok(())
    }

    /// Grows the tree within its bounds: by values, and by text that replaces other text.
    pub(super) fn charge(&mut self, values: u64, text: u64, instead: u64) -> Result<(), Reason> {
        let limits = &self.tree.limits;
        let total = self.tree.values.saturating_add(values);
        if values > 0 && total > limits.max_values {
            return Err(Reason::TooManyValues {
                limit: limits.max_values,
            });
        }
        let bytes = self.tree.text_bytes.saturating_add(text).saturating_sub(instead);
        if text > instead && bytes > limits.max_text_bytes {
            return Err(Reason::TooMuchText {
                limit: limits.max_text_bytes,
            });
        }
        (self.tree.values, self.tree.text_bytes) = (total, bytes);
        Ok(())
    }

    pub(super) fn refund(&mut self, values: u64, text: u64) {
        self.tree.values = self.tree.values.saturating_sub(values);
        self.tree.text_bytes = self.tree.text_bytes.saturating_sub(text);
    }
}
