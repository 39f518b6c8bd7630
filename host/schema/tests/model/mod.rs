//! A state tree as one would write it without a thought for speed: the reference for the real one.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod random;
pub mod visible;

use std::collections::{BTreeMap, BTreeSet};

use parlor_schema::{
    Change, Element, Field, FieldType, NodeId, Plain, Primitive, StructDefinition, StructIndex, Value,
};

#[derive(Debug, Clone)]
pub struct Model {
    pub structs: Vec<StructDefinition>,
    pub nodes: BTreeMap<u32, Node>,
    used: BTreeSet<u32>,
}

#[derive(Debug, Clone)]
pub struct Node {
    pub definition: StructIndex,
    pub held: Vec<Held>,
}

#[derive(Debug, Clone)]
pub enum Held {
    Single(Option<Item>),
    Map(Vec<(String, Item)>),
    List(Vec<Item>),
}

#[derive(Debug, Clone)]
pub enum Item {
    /// A primitive, as `dump` gives it.
    Plain(Plain),
    Node(u32),
}

/// A NaN is the same as another.
impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(Plain::Float(a)), Self::Plain(Plain::Float(b))) => a.to_bits() == b.to_bits(),
            (Self::Plain(a), Self::Plain(b)) => a == b,
            (Self::Node(a), Self::Node(b)) => a == b,
            _ => false,
        }
    }
}

impl Held {
    pub fn items(&self) -> Vec<&Item> {
        match self {
            Self::Single(item) => item.iter().collect(),
            Self::Map(entries) => entries.iter().map(|(_, item)| item).collect(),
            Self::List(items) => items.iter().collect(),
        }
    }
}

impl Model {
    pub fn new(structs: Vec<StructDefinition>, root: StructIndex) -> Self {
        let mut model = Self {
            structs,
            nodes: BTreeMap::new(),
            used: BTreeSet::new(),
        };
        model.create(0, root);
        model
    }

    /// The fields of a struct, inherited ones first.
    pub fn fields(&self, index: StructIndex) -> Vec<Field> {
        let definition = &self.structs[usize::from(index.0)];
        let mut fields = definition
            .extends
            .map_or_else(Vec::new, |parent| self.fields(parent));
        fields.extend(definition.fields.iter().cloned());
        fields
    }

    pub fn extends(&self, concrete: StructIndex, declared: StructIndex) -> bool {
        let parent = self.structs[usize::from(concrete.0)].extends;
        concrete == declared || parent.is_some_and(|parent| self.extends(parent, declared))
    }

    /// Applies a batch whole or not at all; the error is the position of the change at fault.
    pub fn apply(&mut self, batch: &[Change]) -> Result<(), usize> {
        let mut work = self.clone();
        for (at, change) in batch.iter().enumerate() {
            work.step(change).ok_or(at)?;
        }
        work.collect();
        *self = work;
        Ok(())
    }

    /// One change; none if it must be refused. What hangs nowhere stays until [`collect`](Self::collect).
    pub fn step(&mut self, change: &Change) -> Option<()> {
        match change.clone() {
            Change::Create { node, definition } => {
                let fits = usize::from(definition.0) < self.structs.len() && !self.used.contains(&node.0);
                fits.then(|| self.create(node.0, definition))
            }
            Change::Set { node, field, value } => {
                let (kind, Held::Single(_)) = self.field(node, field.0)? else {
                    return None;
                };
                let item = match (kind, value) {
                    (_, Value::Null) => None,
                    (FieldType::Primitive(primitive), value) => {
                        Some(self.admit(node, Element::Primitive(primitive), value)?)
                    }
                    (FieldType::Struct(declared), value) => {
                        Some(self.admit(node, Element::Struct(declared), value)?)
                    }
                    _ => return None,
                };
                *self.held(node, field.0)? = Held::Single(item);
                Some(())
            }
            Change::MapSet {
                node,
                field,
                key,
                value,
            } => {
                let (FieldType::Map(element), _) = self.field(node, field.0)? else {
                    return None;
                };
                let item = self.admit(node, element, value)?;
                let Held::Map(entries) = self.held(node, field.0)? else {
                    return None;
                };
                match entries.iter_mut().find(|(known, _)| *known == key) {
                    Some(entry) => entry.1 = item,
                    None => entries.push((key, item)),
                }
                Some(())
            }
            Change::MapRemove { node, field, key } => {
                let Held::Map(entries) = self.held(node, field.0)? else {
                    return None;
                };
                entries.retain(|(known, _)| *known != key);
                Some(())
            }
            Change::ArrayInsert {
                node,
                field,
                index,
                value,
            } => {
                let (FieldType::Array(element), _) = self.field(node, field.0)? else {
                    return None;
                };
                let item = self.admit(node, element, value)?;
                let Held::List(items) = self.held(node, field.0)? else {
                    return None;
                };
                (index as usize <= items.len()).then(|| items.insert(index as usize, item))
            }
            Change::ArraySet {
                node,
                field,
                index,
                value,
            } => {
                let (FieldType::Array(element), _) = self.field(node, field.0)? else {
                    return None;
                };
                let item = self.admit(node, element, value)?;
                let Held::List(items) = self.held(node, field.0)? else {
                    return None;
                };
                items.get_mut(index as usize).map(|place| *place = item)
            }
            Change::ArrayRemove { node, field, index } => {
                let (FieldType::Array(_), _) = self.field(node, field.0)? else {
                    return None;
                };
                let Held::List(items) = self.held(node, field.0)? else {
                    return None;
                };
                ((index as usize) < items.len()).then(|| drop(items.remove(index as usize)))
            }
            Change::SetAdd { node, field, value } => {
                let (element, unique) = match self.field(node, field.0)?.0 {
                    FieldType::Set(element) => (element, true),
                    FieldType::Collection(element) => (element, false),
                    _ => return None,
                };
                let item = self.admit(node, element, value)?;
                let Held::List(items) = self.held(node, field.0)? else {
                    return None;
                };
                if !(unique && items.contains(&item)) {
                    items.push(item);
                }
                Some(())
            }
            Change::SetRemove { node, field, value } => {
                let (FieldType::Set(element) | FieldType::Collection(element), _) =
                    self.field(node, field.0)?
                else {
                    return None;
                };
                // Looking for an instance does not hang it.
                let item = self.admit(NodeId(u32::MAX), element, value)?;
                let Held::List(items) = self.held(node, field.0)? else {
                    return None;
                };
                if let Some(at) = items.iter().position(|known| *known == item) {
                    items.remove(at);
                }
                Some(())
            }
            Change::Clear { node, field } => match self.held(node, field.0)? {
                Held::Single(_) => None,
                empty => {
                    *empty = if let Held::Map(_) = empty {
                        Held::Map(Vec::new())
                    } else {
                        Held::List(Vec::new())
                    };
                    Some(())
                }
            },
        }
    }

    /// Removes what cannot be reached from the root.
    pub fn collect(&mut self) {
        let mut reached = BTreeSet::new();
        let mut open = vec![0];
        while let Some(node) = open.pop() {
            if reached.insert(node) {
                open.extend(self.children(node));
            }
        }
        self.nodes.retain(|node, _| reached.contains(node));
    }

    pub fn dump(&self) -> Plain {
        self.dump_node(0, self.nodes[&0].definition)
    }

    pub fn field(&self, node: NodeId, field: u8) -> Option<(FieldType, &Held)> {
        let owner = self.nodes.get(&node.0)?;
        let kind = self.fields(owner.definition).get(usize::from(field))?.kind;
        Some((kind, &owner.held[usize::from(field)]))
    }

    fn create(&mut self, node: u32, definition: StructIndex) {
        self.used.insert(node);
        let held = self.fields(definition).into_iter().map(|field| match field.kind {
            FieldType::Primitive(_) | FieldType::Struct(_) => Held::Single(None),
            FieldType::Map(_) => Held::Map(Vec::new()),
            _ => Held::List(Vec::new()),
        });
        let held = held.collect();
        self.nodes.insert(node, Node { definition, held });
    }

    fn held(&mut self, node: NodeId, field: u8) -> Option<&mut Held> {
        self.nodes.get_mut(&node.0)?.held.get_mut(usize::from(field))
    }

    fn children(&self, node: u32) -> Vec<u32> {
        let held = self.nodes.get(&node).into_iter().flat_map(|node| &node.held);
        held.flat_map(Held::items)
            .filter_map(|item| match item {
                Item::Node(node) => Some(*node),
                Item::Plain(_) => None,
            })
            .collect()
    }

    fn reaches(&self, from: u32, to: u32) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(node) = open.pop() {
            if node == to {
                return true;
            }
            if seen.insert(node) {
                open.extend(self.children(node));
            }
        }
        false
    }

    fn admit(&self, parent: NodeId, element: Element, value: Value) -> Option<Item> {
        match (element, value) {
            (Element::Struct(declared), Value::Node(node)) => {
                let child = self.nodes.get(&node.0)?;
                let fits = self.extends(child.definition, declared)
                    && (parent.0 == u32::MAX || (node.0 != 0 && !self.reaches(node.0, parent.0)));
                fits.then_some(Item::Node(node.0))
            }
            (Element::Primitive(primitive), value) => admit(primitive, value).map(Item::Plain),
            _ => None,
        }
    }

    fn dump_node(&self, node: u32, declared: StructIndex) -> Plain {
        let node = &self.nodes[&node];
        let mut members = Vec::new();
        if node.definition != declared {
            let name = self.structs[usize::from(node.definition.0)].name.clone();
            members.push(("$struct".to_owned(), Plain::Text(name)));
        }
        for (field, held) in self.fields(node.definition).iter().zip(&node.held) {
            let element = match field.kind {
                FieldType::Primitive(primitive) => Element::Primitive(primitive),
                FieldType::Struct(declared) => Element::Struct(declared),
                FieldType::Map(element)
                | FieldType::Array(element)
                | FieldType::Set(element)
                | FieldType::Collection(element) => element,
            };
            let dump = |item: &Item| match (item, element) {
                (Item::Plain(plain), _) => plain.clone(),
                (Item::Node(node), Element::Struct(declared)) => self.dump_node(*node, declared),
                _ => panic!("an instance in a collection of primitives"),
            };
            let member = match held {
                Held::Single(None) => continue,
                Held::Single(Some(item)) => dump(item),
                Held::Map(entries) => Plain::Map(
                    entries
                        .iter()
                        .map(|(key, item)| (key.clone(), dump(item)))
                        .collect(),
                ),
                Held::List(items) => Plain::List(items.iter().map(dump).collect()),
            };
            members.push((field.name.clone(), member));
        }
        Plain::Map(members)
    }
}

/// A value in the form that `dump` gives it, if the type can hold it.
fn admit(primitive: Primitive, value: Value) -> Option<Plain> {
    use Primitive::*;
    let number = match value {
        Value::Text(text) if primitive == String => return Some(Plain::Text(text)),
        Value::Boolean(boolean) if primitive == Boolean => return Some(Plain::Boolean(boolean)),
        Value::Integer(integer) => Ok(i128::from(integer)),
        Value::Unsigned(integer) => Ok(i128::from(integer)),
        Value::Float(float) if float.fract() == 0.0 && float.abs() < 1e30 => Ok(float as i128),
        Value::Float(float) => Err(float),
        _ => return None,
    };
    let float = |number: Result<i128, f64>| number.map_or_else(|float| float, |integer| integer as f64);
    let within = |low: i128, high: i128| number.ok().filter(|integer| (low..=high).contains(integer));
    let small = |low: i128, high: i128| within(low, high).map(|integer| Plain::Integer(integer as i64));
    match primitive {
        String | Boolean => None,
        Number | Float64 => {
            if !matches!(value, Value::Float(_)) {
                within(-(1 << 53), 1 << 53)?;
            }
            Some(float_plain(primitive, float(number)))
        }
        Float32 => {
            let given = float(number);
            let rounded = given as f32;
            (!given.is_finite() || rounded.is_finite()).then(|| float_plain(primitive, f64::from(rounded)))
        }
        Int8 => small(-128, 127),
        Uint8 => small(0, 255),
        Int16 => small(-32_768, 32_767),
        Uint16 => small(0, 65_535),
        Int32 => small(-(1 << 31), (1 << 31) - 1),
        Uint32 => small(0, (1 << 32) - 1),
        Int64 | Bigint64 => small(i128::from(i64::MIN), i128::from(i64::MAX)),
        Uint64 | Biguint64 => within(0, i128::from(u64::MAX)).map(|integer| Plain::Unsigned(integer as u64)),
    }
}

fn float_plain(primitive: Primitive, float: f64) -> Plain {
    if primitive == Primitive::Number && float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0 {
        Plain::Integer(float as i64)
    } else {
        Plain::Float(float + 0.0)
    }
}
