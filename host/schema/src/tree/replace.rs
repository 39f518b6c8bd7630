//! Making the state equal to plain values, by comparison.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::dump::STRUCT;
use super::edit::{Batch, Target};
use super::undo::Spot;
use super::{ROOT, StateTree};
use crate::error::Reason;
use crate::scalar::{Scalar, Slot};
use crate::store::Cell;
use crate::{Element, FieldType, Plain, StateError, StructIndex, Value};

type Members = Vec<(String, Plain)>;

pub(super) fn replace(tree: &mut StateTree, whole: Plain) -> Result<(), StateError> {
    let schema = Arc::clone(&tree.schema);
    let mut batch = Batch::new(tree, &schema);
    match batch.root(whole) {
        Ok(()) => {
            batch.accept();
            Ok(())
        }
        Err(reason) => Err(batch.refuse(0, reason)),
    }
}

// Recursion follows instances that hang in the tree already, so it is bounded as their nesting is.
impl Batch<'_> {
    fn root(&mut self, whole: Plain) -> Result<(), Reason> {
        match whole {
            Plain::Map(mut members) => {
                members.retain(|(name, _)| name != STRUCT);
                self.instance(ROOT, members)
            }
            other => Err(Reason::NotAMap {
                at: "the state".into(),
                given: other.kind(),
            }),
        }
    }

    fn instance(&mut self, slot: Slot, members: Members) -> Result<(), Reason> {
        let shape = self
            .tree
            .node(slot)
            .and_then(|node| self.schema.shape(node.definition));
        let Some(shape) = shape else { return Ok(()) };
        let mut given: Vec<Plain> = shape.fields.iter().map(|_| Plain::Null).collect();
        for (name, plain) in members {
            let position = shape.fields.iter().position(|field| *field.name == *name);
            match position.and_then(|position| given.get_mut(position)) {
                Some(place) => *place = plain,
                None => {
                    return Err(Reason::UnknownMember {
                        name: Arc::clone(&shape.name),
                        member: name,
                    });
                }
            }
        }
        for (field, plain) in (0..).zip(given) {
            let target = self.target_at(Spot { slot, field })?;
            self.field(target, plain)?;
        }
        Ok(())
    }

    fn field(&mut self, target: Target<'_>, plain: Plain) -> Result<(), Reason> {
        match (target.field.kind, plain) {
            (FieldType::Primitive(_) | FieldType::Struct(_), Plain::Null) => {
                self.put_single(target, Scalar::Unset)
            }
            (FieldType::Primitive(primitive), plain) => {
                let value = self.scalar(target, Element::Primitive(primitive), plain)?;
                self.put_single(target, value)
            }
            (FieldType::Struct(declared), plain) => {
                let (concrete, members) = self.concrete(target, declared, plain)?;
                let current = match self.cell(target.at) {
                    Some(Cell::Single(scalar)) => self.reusable(scalar, concrete),
                    _ => None,
                };
                let slot = match current {
                    Some(slot) => slot,
                    None => {
                        let slot = self.create(None, concrete)?;
                        self.put_single(target, Scalar::Node(slot))?;
                        slot
                    }
                };
                self.instance(slot, members)
            }
            (_, Plain::Null) => self.clear(target),
            (FieldType::Map(element), Plain::Map(entries)) => self.map(target, element, entries),
            (FieldType::Array(element), Plain::List(items)) => self.array(target, element, items),
            (FieldType::Set(element), Plain::List(items)) => self.sequence(target, element, items, true),
            (FieldType::Collection(element), Plain::List(items)) => {
                self.sequence(target, element, items, false)
            }
            (kind, plain) => Err(Reason::WrongType {
                at: target.place(),
                wanted: if matches!(kind, FieldType::Map(_)) {
                    "a map"
                } else {
                    "a list"
                }
                .into(),
                given: plain.kind().into(),
            }),
        }
    }

    fn map(&mut self, target: Target<'_>, element: Element, entries: Members) -> Result<(), Reason> {
        if let Some(Cell::Map(map)) = self.cell(target.at) {
            let kept: HashSet<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
            let gone = map
                .iter()
                .map(|(key, _)| key)
                .filter(|key| !kept.contains(key.as_ref()));
            for key in gone.cloned().collect::<Vec<_>>() {
                self.remove_entry(target, &key)?;
            }
        }
        for (key, plain) in entries {
            let current = match self.cell(target.at) {
                Some(Cell::Map(map)) => map.get(&key).map(|entry| entry.value.clone()),
                _ => None,
            };
            self.element(target, element, current.as_ref(), plain, |batch, value| {
                batch.put_entry(target, key, value)
            })?;
        }
        Ok(())
    }

    fn array(&mut self, target: Target<'_>, element: Element, items: Vec<Plain>) -> Result<(), Reason> {
        let wanted = items.len() as u32;
        while self.len(target) > wanted {
            self.remove_element(target, self.len(target) - 1)?;
        }
        for (index, plain) in (0..).zip(items) {
            let current = match self.cell(target.at) {
                Some(Cell::Array(array)) => array.items().get(index as usize).cloned(),
                _ => None,
            };
            self.element(
                target,
                element,
                current.as_ref(),
                plain,
                |batch, value| match current {
                    Some(_) => batch.set_element(target, index, value),
                    None => batch.insert(target, index, value),
                },
            )?;
        }
        Ok(())
    }

    fn len(&self, target: Target<'_>) -> u32 {
        self.cell(target.at)
            .map_or(0, |cell| u32::try_from(cell.entries()).unwrap_or(u32::MAX))
    }

    /// A set or a collection: what stands where it stood stays, from the first difference on all is new.
    fn sequence(
        &mut self,
        target: Target<'_>,
        element: Element,
        items: Vec<Plain>,
        unique: bool,
    ) -> Result<(), Reason> {
        let current: Vec<(u64, Scalar)> = self
            .members(target)?
            .ranked()
            .map(|(rank, value)| (rank, value.clone()))
            .collect();
        let mut seen = BTreeSet::new();
        let mut standing = current.iter();
        let mut rest = Vec::new();
        let mut items = items.into_iter();
        for plain in items.by_ref() {
            match element {
                Element::Primitive(_) => {
                    let value = self.scalar(target, element, plain)?;
                    if unique && !seen.insert(value.clone()) {
                        continue;
                    }
                    match standing.as_slice().first() {
                        Some((_, stands)) if *stands == value => {
                            standing.next();
                        }
                        _ => {
                            rest.push(value);
                            break;
                        }
                    }
                }
                Element::Struct(declared) => {
                    let (concrete, members) = self.concrete(target, declared, plain)?;
                    let stands = standing.as_slice().first();
                    match stands.and_then(|(_, stands)| self.reusable(stands, concrete)) {
                        Some(slot) => {
                            standing.next();
                            self.instance(slot, members)?;
                        }
                        None => {
                            self.cut(target, standing.as_slice());
                            standing = [].iter();
                            self.add_instance(target, concrete, members)?;
                            break;
                        }
                    }
                }
            }
        }
        self.cut(target, standing.as_slice());
        for value in rest {
            self.add_member(target, value)?;
        }
        for plain in items {
            match element {
                Element::Primitive(_) => {
                    let value = self.scalar(target, element, plain)?;
                    if !unique || seen.insert(value.clone()) {
                        self.add_member(target, value)?;
                    }
                }
                Element::Struct(declared) => {
                    let (concrete, members) = self.concrete(target, declared, plain)?;
                    self.add_instance(target, concrete, members)?;
                }
            }
        }
        Ok(())
    }

    fn cut(&mut self, target: Target<'_>, members: &[(u64, Scalar)]) {
        for (rank, _) in members {
            self.remove_member(target, *rank);
        }
    }

    fn add_instance(
        &mut self,
        target: Target<'_>,
        concrete: StructIndex,
        members: Members,
    ) -> Result<(), Reason> {
        let slot = self.create(None, concrete)?;
        self.add_member(target, Scalar::Node(slot))?;
        self.instance(slot, members)
    }

    /// One element of a map or an array: kept, filled in place, or put by `put`.
    fn element(
        &mut self,
        target: Target<'_>,
        element: Element,
        current: Option<&Scalar>,
        plain: Plain,
        put: impl FnOnce(&mut Self, Scalar) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        match element {
            Element::Primitive(_) => {
                let value = self.scalar(target, element, plain)?;
                put(self, value)
            }
            Element::Struct(declared) => {
                let (concrete, members) = self.concrete(target, declared, plain)?;
                let slot = match current.and_then(|current| self.reusable(current, concrete)) {
                    Some(slot) => slot,
                    None => {
                        let slot = self.create(None, concrete)?;
                        put(self, Scalar::Node(slot))?;
                        slot
                    }
                };
                self.instance(slot, members)
            }
        }
    }

    /// The instance that stands in a place, if filling it in changes that place only and its struct fits.
    fn reusable(&self, current: &Scalar, concrete: StructIndex) -> Option<Slot> {
        let slot = current.node()?;
        let node = self.tree.node(slot)?;
        (node.definition == concrete && !node.places.is_shared()).then_some(slot)
    }

    fn scalar(&self, target: Target<'_>, element: Element, plain: Plain) -> Result<Scalar, Reason> {
        let value = match plain {
            Plain::Null => Value::Null,
            Plain::Boolean(boolean) => Value::Boolean(boolean),
            Plain::Integer(integer) => Value::Integer(integer),
            Plain::Unsigned(integer) => Value::Unsigned(integer),
            Plain::Float(float) => Value::Float(float),
            Plain::Text(text) => Value::Text(text),
            other => {
                let wanted = match element {
                    Element::Primitive(primitive) => primitive.name(),
                    Element::Struct(_) => "an instance",
                };
                let given = other.kind().into();
                return Err(Reason::WrongType {
                    at: target.place(),
                    wanted: wanted.into(),
                    given,
                });
            }
        };
        self.admit(target, element, value)
    }

    /// The struct that plain members describe, and the members without its name.
    fn concrete(
        &self,
        target: Target<'_>,
        declared: StructIndex,
        plain: Plain,
    ) -> Result<(StructIndex, Members), Reason> {
        let mut members = match plain {
            Plain::Map(members) => members,
            Plain::Null => return Err(Reason::NullElement { at: target.place() }),
            other => {
                let at = format!("`{}`", target.place()).into();
                return Err(Reason::NotAMap {
                    at,
                    given: other.kind(),
                });
            }
        };
        let Some(position) = members.iter().position(|(name, _)| name == STRUCT) else {
            return Ok((declared, members));
        };
        let given = match members.swap_remove(position).1 {
            Plain::Text(name) => name,
            other => other.kind().to_owned(),
        };
        let mut shapes = self.schema.shapes();
        match shapes.find(|(index, shape)| *shape.name == *given && self.schema.extends(*index, declared)) {
            Some((concrete, _)) => Ok((concrete, members)),
            None => Err(Reason::UnknownStructName {
                at: target.place(),
                given,
                declared: self.schema.name(declared).unwrap_or("?").into(),
            }),
        }
    }
}
