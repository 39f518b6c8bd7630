//! A host in small: applies changes strictly, as `wit/state.wit` has them.

use crate::bindings::parlor::room::schema::{Element, FieldType, StateSchema};
use crate::bindings::parlor::room::state::{Change, Value};
use serde_json::{Map, Number, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

pub struct Mirror {
    schema: StateSchema,
    nodes: BTreeMap<u32, Node>,
    spent: BTreeSet<u32>,
}

struct Node {
    kind: u16,
    fields: Vec<Content>,
}

#[derive(Clone)]
enum Content {
    One(Option<Value>),
    Map(Vec<(String, Value)>),
    Array(Vec<Value>),
    Set(Vec<Value>),
    Bag(Vec<Value>),
}

impl Mirror {
    pub fn new(schema: StateSchema) -> Self {
        let mut mirror = Self {
            schema,
            nodes: BTreeMap::new(),
            spent: BTreeSet::new(),
        };
        mirror.create(0, mirror.schema.root);
        mirror
    }

    fn fields_of(&self, kind: u16) -> Vec<(String, FieldType)> {
        let described = &self.schema.structs[usize::from(kind)];
        let mut fields = described
            .extends
            .map(|base| self.fields_of(base))
            .unwrap_or_default();
        fields.extend(
            described
                .fields
                .iter()
                .map(|field| (field.name.clone(), field.type_)),
        );
        fields
    }

    fn create(&mut self, node: u32, kind: u16) {
        assert!(self.spent.insert(node), "number {node} is used twice");
        let empty = |(_, field): &(String, FieldType)| match field {
            FieldType::Primitive(_) | FieldType::Struct(_) => Content::One(None),
            FieldType::Map(_) => Content::Map(Vec::new()),
            FieldType::Array(_) => Content::Array(Vec::new()),
            FieldType::Set(_) => Content::Set(Vec::new()),
            FieldType::Collection(_) => Content::Bag(Vec::new()),
        };
        let fields = self.fields_of(kind).iter().map(empty).collect();
        self.nodes.insert(node, Node { kind, fields });
    }

    fn content(&mut self, node: u32, field: u8) -> &mut Content {
        let node = self
            .nodes
            .get_mut(&node)
            .unwrap_or_else(|| panic!("there is no instance {node}"));
        &mut node.fields[usize::from(field)]
    }

    fn check(&self, value: &Value) {
        if let Value::Node(node) = value {
            assert!(
                self.nodes.contains_key(node),
                "a value is the unknown instance {node}"
            );
        }
    }

    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            self.apply_one(change);
        }
        let mut reached = BTreeSet::new();
        self.reach(0, &mut reached);
        self.nodes.retain(|node, _| reached.contains(node));
    }

    fn apply_one(&mut self, change: &Change) {
        match change.clone() {
            Change::Create(new) => self.create(new.node, new.struct_),
            Change::Set(set) => {
                self.check(&set.value);
                let Content::One(value) = self.content(set.node, set.field) else {
                    panic!("not one value")
                };
                *value = Some(set.value).filter(|value| *value != Value::Null);
            }
            Change::MapSet(entry) => {
                self.check(&entry.value);
                let Content::Map(entries) = self.content(entry.node, entry.field) else {
                    panic!("no map")
                };
                match entries.iter_mut().find(|(key, _)| *key == entry.key) {
                    Some((_, value)) => *value = entry.value,
                    None => entries.push((entry.key, entry.value)),
                }
            }
            Change::MapRemove(gone) => {
                let Content::Map(entries) = self.content(gone.node, gone.field) else {
                    panic!("no map")
                };
                entries.retain(|(key, _)| *key != gone.key);
            }
            Change::ArrayInsert(slot) => {
                self.check(&slot.value);
                self.array(slot.node, slot.field)
                    .insert(slot.index as usize, slot.value);
            }
            Change::ArraySet(slot) => {
                self.check(&slot.value);
                self.array(slot.node, slot.field)[slot.index as usize] = slot.value;
            }
            Change::ArrayRemove(at) => {
                self.array(at.node, at.field).remove(at.index as usize);
            }
            Change::SetAdd(member) => {
                self.check(&member.value);
                match self.content(member.node, member.field) {
                    Content::Set(values) if values.contains(&member.value) => {}
                    Content::Set(values) | Content::Bag(values) => values.push(member.value),
                    _ => panic!("neither set nor collection"),
                }
            }
            Change::SetRemove(member) => match self.content(member.node, member.field) {
                Content::Set(values) | Content::Bag(values) => {
                    if let Some(at) = values.iter().position(|value| *value == member.value) {
                        values.remove(at);
                    }
                }
                _ => panic!("neither set nor collection"),
            },
            Change::Clear(at) => match self.content(at.node, at.field) {
                Content::One(_) => panic!("not a container"),
                Content::Map(entries) => entries.clear(),
                Content::Array(values) | Content::Set(values) | Content::Bag(values) => values.clear(),
            },
        }
    }

    fn array(&mut self, node: u32, field: u8) -> &mut Vec<Value> {
        let Content::Array(values) = self.content(node, field) else {
            panic!("no array")
        };
        values
    }

    fn reach(&self, node: u32, reached: &mut BTreeSet<u32>) {
        if !reached.insert(node) {
            return;
        }
        let node = self
            .nodes
            .get(&node)
            .unwrap_or_else(|| panic!("the tree holds the missing instance {node}"));
        for value in node.fields.iter().flat_map(values_in) {
            if let Value::Node(below) = value {
                self.reach(*below, reached);
            }
        }
    }

    /// How many instances there are, the root among them.
    pub fn count(&self) -> usize {
        self.nodes.len()
    }

    /// How many fields are not of a declared number type, by the schema alone.
    pub fn primitives(&self, kind: usize) -> Vec<String> {
        let fields = &self.schema.structs[kind].fields;
        fields
            .iter()
            .map(|field| format!("{}: {}", field.name, type_name(field.type_)))
            .collect()
    }

    pub fn to_json(&self) -> Json {
        self.node_to_json(0)
    }

    fn node_to_json(&self, number: u32) -> Json {
        let node = &self.nodes[&number];
        let mut members = Map::new();
        for ((name, _), content) in self.fields_of(node.kind).into_iter().zip(&node.fields) {
            let json = match content {
                Content::One(None) => continue,
                Content::One(Some(value)) => self.value_to_json(value),
                Content::Map(entries) => entries
                    .iter()
                    .map(|(key, value)| (key.clone(), self.value_to_json(value)))
                    .collect(),
                Content::Array(values) | Content::Set(values) | Content::Bag(values) => {
                    values.iter().map(|value| self.value_to_json(value)).collect()
                }
            };
            members.insert(name, json);
        }
        Json::Object(members)
    }

    fn value_to_json(&self, value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Boolean(value) => Json::Bool(*value),
            Value::Integer(value) => number(*value as f64),
            Value::Unsigned(value) => number(*value as f64),
            Value::Float(value) => number(*value),
            Value::Text(text) => Json::String(text.clone()),
            Value::Node(node) => self.node_to_json(*node),
        }
    }
}

fn values_in(content: &Content) -> Vec<&Value> {
    match content {
        Content::One(value) => value.iter().collect(),
        Content::Map(entries) => entries.iter().map(|(_, value)| value).collect(),
        Content::Array(values) | Content::Set(values) | Content::Bag(values) => values.iter().collect(),
    }
}

fn type_name(field: FieldType) -> String {
    let element = |element| match element {
        Element::Primitive(primitive) => format!("{primitive:?}"),
        Element::Struct(index) => format!("struct {index}"),
    };
    match field {
        FieldType::Primitive(primitive) => element(Element::Primitive(primitive)),
        FieldType::Struct(index) => element(Element::Struct(index)),
        FieldType::Map(of) => format!("map of {}", element(of)),
        FieldType::Array(of) => format!("array of {}", element(of)),
        FieldType::Set(of) => format!("set of {}", element(of)),
        FieldType::Collection(of) => format!("collection of {}", element(of)),
    }
}

fn number(value: f64) -> Json {
    Number::from_f64(value).map_or(Json::Null, Json::Number)
}

/// What serde says of a state, in the form in which the mirror has it: all numbers floats, nothing null.
pub fn settled(value: Json) -> Json {
    match value {
        Json::Number(value) => number(value.as_f64().unwrap()),
        Json::Array(values) => values.into_iter().map(settled).collect(),
        Json::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, settled(value)))
            .collect(),
        other => other,
    }
}
