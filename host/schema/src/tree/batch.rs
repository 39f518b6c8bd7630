//! Batches of changes as rooms report them.

use std::sync::Arc;

use super::StateTree;
use super::edit::{Batch, Target};
use crate::error::Reason;
use crate::scalar::Scalar;
use crate::{Change, Element, FieldType, PackedNumbers, StateError, Value};

pub(super) fn apply(
    tree: &mut StateTree,
    changes: impl IntoIterator<Item = Change>,
) -> Result<(), StateError> {
    apply_with_numbers(tree, changes, &PackedNumbers::default())
}

pub(super) fn apply_with_numbers(
    tree: &mut StateTree,
    changes: impl IntoIterator<Item = Change>,
    numbers: &PackedNumbers,
) -> Result<(), StateError> {
    let schema = Arc::clone(&tree.schema);
    let mut batch = Batch::new(tree, &schema);
    let mut at = 0;
    for change in changes {
        if let Err(reason) = batch.change(change) {
            return Err(batch.refuse(at, reason));
        }
        at += 1;
    }
    if let Err((offset, reason)) = batch.check_numbers(numbers) {
        return Err(batch.refuse(at + offset, reason));
    }
    batch.set_numbers(numbers);
    batch.accept();
    Ok(())
}

impl Batch<'_> {
    fn change(&mut self, change: Change) -> Result<(), Reason> {
        match change {
            Change::Create { node, definition } => self.create(Some(node), definition).map(|_| ()),
            Change::Set { node, field, value } => {
                let target = self.target(node, field)?;
                let element = match target.field.kind {
                    FieldType::Primitive(primitive) => Element::Primitive(primitive),
                    FieldType::Struct(declared) => Element::Struct(declared),
                    _ => return Err(target.wrong_kind("a single value")),
                };
                let value = match value {
                    Value::Null => Scalar::Unset,
                    value => self.admit(target, element, value)?,
                };
                self.put_single(target, value)
            }
            Change::MapSet {
                node,
                field,
                key,
                value,
            } => {
                let target = self.target(node, field)?;
                let FieldType::Map(element) = target.field.kind else {
                    return Err(target.wrong_kind("a map"));
                };
                let value = self.admit(target, element, value)?;
                self.put_entry(target, key, value)
            }
            Change::MapRemove { node, field, key } => {
                let target = self.target(node, field)?;
                self.remove_entry(target, &key)
            }
            Change::ArrayInsert {
                node,
                field,
                index,
                value,
            } => {
                let target = self.target(node, field)?;
                let value = self.array_element(target, value)?;
                self.insert(target, index, value)
            }
            Change::ArraySet {
                node,
                field,
                index,
                value,
            } => {
                let target = self.target(node, field)?;
                let value = self.array_element(target, value)?;
                self.set_element(target, index, value)
            }
            Change::ArrayRemove { node, field, index } => {
                let target = self.target(node, field)?;
                self.remove_element(target, index)
            }
            Change::SetAdd { node, field, value } => {
                let target = self.target(node, field)?;
                let value = self.member(target, value)?;
                let is_set = matches!(target.field.kind, FieldType::Set(_));
                if is_set && self.members(target)?.find(&value).is_some() {
                    return Ok(());
                }
                self.add_member(target, value)
            }
            Change::SetRemove { node, field, value } => {
                let target = self.target(node, field)?;
                let value = self.member(target, value)?;
                if let Some(rank) = self.members(target)?.find(&value) {
                    self.remove_member(target, rank);
                }
                Ok(())
            }
            Change::Clear { node, field } => {
                let target = self.target(node, field)?;
                self.clear(target)
            }
        }
    }

    fn array_element(&self, target: Target<'_>, value: Value) -> Result<Scalar, Reason> {
        match target.field.kind {
            FieldType::Array(element) => self.admit(target, element, value),
            _ => Err(target.wrong_kind("an array")),
        }
    }

    fn member(&self, target: Target<'_>, value: Value) -> Result<Scalar, Reason> {
        match target.field.kind {
            FieldType::Set(element) | FieldType::Collection(element) => self.admit(target, element, value),
            _ => Err(target.wrong_kind("a set or a collection")),
        }
    }
}
