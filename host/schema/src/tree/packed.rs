//! Numbers for many fields at once. All are checked before the first is set, so none has to be taken back.

use super::StateTree;
use super::edit::Batch;
use super::undo::Spot;
use crate::error::Reason;
use crate::numbers::Number;
use crate::scalar::{Slot, admit, float64};
use crate::schema::Shape;
use crate::store::{Cell, Node, Stage};
use crate::{Element, FieldType, NodeId, PackedNumbers, Primitive, Value};

/// The fields in a set of them, from the lowest.
fn each(mut fields: u64) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let field = fields.trailing_zeros() as u8;
        fields &= fields.wrapping_sub(1);
        (field < 64).then_some(field)
    })
}

impl Batch<'_> {
    /// The error says at which value.
    pub(super) fn check_numbers(&self, numbers: &PackedNumbers) -> Result<(), (usize, Reason)> {
        let PackedNumbers {
            nodes,
            fields,
            values,
        } = numbers;
        let bits = fields.iter().map(|fields| fields.count_ones() as usize).sum();
        if nodes.len() != fields.len() || bits != values.len() {
            let (nodes, fields, values) = (nodes.len(), fields.len(), values.len());
            return Err((
                0,
                Reason::Uneven {
                    nodes,
                    fields,
                    bits,
                    values,
                },
            ));
        }
        let mut at = 0;
        for (&node, &fields) in nodes.iter().zip(fields).filter(|(_, fields)| **fields != 0) {
            let slot = self.slot(NodeId(node)).map_err(|reason| (at, reason))?;
            let count = fields.count_ones() as usize;
            if !self.holds_any(slot, fields) {
                for (at, field) in (at..).zip(each(fields)) {
                    let value = values.get(at).copied().unwrap_or_default();
                    self.check_number(Spot { slot, field }, value)
                        .map_err(|reason| (at, reason))?;
                }
            }
            at += count;
        }
        Ok(())
    }

    /// Whether all of these fields are of types that hold any number.
    fn holds_any(&self, slot: Slot, fields: u64) -> bool {
        let node = self.tree.node(slot);
        let shape = node.and_then(|node| self.schema.shape(node.definition));
        shape.is_some_and(|shape| fields & !shape.floats == 0)
    }

    fn check_number(&self, at: Spot, value: f64) -> Result<(), Reason> {
        let target = self.target_at(at)?;
        match target.field.kind {
            FieldType::Primitive(primitive) => {
                let element = Element::Primitive(primitive);
                self.admit(target, element, Value::Float(value)).map(|_| ())
            }
            FieldType::Struct(declared) => self
                .admit(target, Element::Struct(declared), Value::Float(value))
                .map(|_| ()),
            _ => Err(target.wrong_kind("a single value")),
        }
    }

    /// Sets numbers that have been checked.
    pub(super) fn set_numbers(&mut self, numbers: &PackedNumbers) {
        let mut values = numbers.values.iter().copied();
        let StateTree {
            nodes,
            touched,
            numbers: slots,
            ..
        } = &mut *self.tree;
        for (&number, &fields) in numbers.nodes.iter().zip(&numbers.fields) {
            let slot = match slots.get(number) {
                Number::Live(slot) => slot,
                // Nothing is set in it, or else that was checked.
                Number::Unused | Number::Gone => continue,
            };
            let node = nodes.get_mut(slot as usize).and_then(Option::as_mut);
            let Some((node, shape)) = node.and_then(|node| {
                let shape = self.schema.shape(node.definition)?;
                Some((node, shape))
            }) else {
                continue;
            };
            let before = node.touched;
            for (field, value) in each(fields).zip(&mut values) {
                self.changed |= put_number(node, shape, field, value);
            }
            if before == 0 && node.touched != 0 {
                touched.push(slot);
            }
        }
    }
}

/// Whether that changed something.
fn put_number(node: &mut Node, shape: &Shape, field: u8, value: f64) -> bool {
    let known = node.stage == Stage::Known;
    let Some(Cell::Single(cell)) = node.cells.get_mut(usize::from(field)) else {
        return false;
    };
    let value = if shape.floats >> field & 1 == 1 {
        float64(value)
    } else {
        match primitive(shape, field).map(|primitive| admit(Value::Float(value), primitive)) {
            Some(Ok(value)) => value,
            _ => return false,
        }
    };
    if *cell == value {
        return false;
    }
    let old = std::mem::replace(cell, value);
    if known && node.touched >> field & 1 == 0 {
        node.touched |= 1 << field;
        node.remember(field, old);
    }
    true
}

fn primitive(shape: &Shape, field: u8) -> Option<Primitive> {
    match shape.field(field)?.kind {
        FieldType::Primitive(primitive) => Some(primitive),
        _ => None,
    }
}
