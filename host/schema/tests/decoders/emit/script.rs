//! Histories written down as JSON: batches of changes with names instead of indexes.

use std::sync::Arc;

use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, NodeId, Primitive, Schema, StateTree, StructDefinition,
    StructIndex, TreeLimits, Value,
};
use serde_json::Value as Json;

use crate::record::Record;

/// Replays each history over the schema of the vector of the same name.
pub fn emit(histories: &str, vectors: &str) {
    let read = |path: &str| -> Json {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let (histories, vectors) = (read(histories), read(vectors));
    for (name, steps) in histories.as_object().expect("an object of histories") {
        let vector = vectors["vectors"].as_array().expect("vectors");
        let vector = vector
            .iter()
            .find(|vector| vector["name"] == **name)
            .expect("a vector of that name");
        let names = Names::new(vector);
        let schema = Arc::new(names.schema());
        let mut record = Record::new(name, &schema);
        let mut tree = StateTree::new(schema, TreeLimits::default());
        let mut owners = vec![(NodeId::ROOT, names.root.clone())];
        record.step(&mut tree, true);
        for step in steps.as_array().expect("a list of steps") {
            let changes: Vec<_> = step
                .as_array()
                .expect("a list of changes")
                .iter()
                .map(|change| names.change(change.as_array().expect("a change"), &mut owners))
                .collect();
            tree.apply(changes)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            record.step(&mut tree, true);
        }
        record.print();
    }
}

/// A struct's name, what it extends, and its fields.
type Named = (String, Option<String>, Vec<(String, Json)>);

/// The structs of a vector, in the order of their type ids.
struct Names {
    structs: Vec<Named>,
    root: String,
}

impl Names {
    fn new(vector: &Json) -> Self {
        let mut ids: Vec<_> = vector["results"]["v3"]["typeIds"]
            .as_object()
            .expect("type ids")
            .iter()
            .map(|(name, id)| (id.as_u64().expect("a type id"), name.clone()))
            .collect();
        ids.sort();
        let structs = ids.into_iter().map(|(_, name)| {
            let declared = &vector["schema"][&name];
            let fields = declared["fields"].as_object().expect("fields");
            let fields = fields
                .iter()
                .map(|(name, kind)| (name.clone(), kind.clone()))
                .collect();
            (name, declared["extends"].as_str().map(str::to_owned), fields)
        });
        Self {
            structs: structs.collect(),
            root: vector["root"].as_str().expect("a root").to_owned(),
        }
    }

    fn index(&self, name: &str) -> StructIndex {
        let index = self.structs.iter().position(|(known, ..)| known == name);
        StructIndex(index.unwrap_or_else(|| panic!("no struct {name}")) as u16)
    }

    fn schema(&self) -> Schema {
        let structs = self
            .structs
            .iter()
            .map(|(name, extends, fields)| StructDefinition {
                name: name.clone(),
                extends: extends.as_deref().map(|parent| self.index(parent)),
                fields: fields
                    .iter()
                    .map(|(name, kind)| Field {
                        name: name.clone(),
                        kind: self.kind(kind),
                        view: None,
                    })
                    .collect(),
            });
        Schema::new(structs.collect(), self.index(&self.root)).expect("a valid schema")
    }

    fn kind(&self, kind: &Json) -> FieldType {
        if let Some(name) = kind.as_str() {
            return FieldType::Primitive(primitive(name).expect("a primitive"));
        }
        let (kind, child) = kind
            .as_object()
            .and_then(|kind| kind.iter().next())
            .expect("a kind");
        let child = child.as_str().expect("a child type");
        let element = match primitive(child) {
            Some(primitive) => Element::Primitive(primitive),
            None => Element::Struct(self.index(child)),
        };
        match (kind.as_str(), element) {
            ("ref", Element::Struct(target)) => FieldType::Struct(target),
            ("map", _) => FieldType::Map(element),
            ("array", _) => FieldType::Array(element),
            ("set", _) => FieldType::Set(element),
            ("collection", _) => FieldType::Collection(element),
            _ => panic!("unknown kind {kind}"),
        }
    }

    fn field(&self, name: &str, field: &str) -> FieldIndex {
        let mut names = Vec::new();
        let mut current = Some(name.to_owned());
        while let Some(name) = current {
            let (_, extends, fields) = self
                .structs
                .iter()
                .find(|(known, ..)| *known == name)
                .expect("a struct");
            names.splice(0..0, fields.iter().map(|(name, _)| name.clone()));
            current = extends.clone();
        }
        let index = names.iter().position(|known| known == field);
        FieldIndex(index.unwrap_or_else(|| panic!("no field {name}.{field}")) as u8)
    }

    fn change(&self, change: &[Json], owners: &mut Vec<(NodeId, String)>) -> Change {
        let text = |at: usize| change[at].as_str().expect("text").to_owned();
        let index = |at: usize| change[at].as_u64().expect("an index") as u32;
        let node = NodeId(index(1));
        if text(0) == "create" {
            owners.push((node, text(2)));
            return Change::Create {
                node,
                definition: self.index(&text(2)),
            };
        }
        let owner = owners
            .iter()
            .find(|(known, _)| *known == node)
            .expect("a known node");
        let field = self.field(&owner.1, &text(2));
        match text(0).as_str() {
            "set" => Change::Set {
                node,
                field,
                value: value(&change[3]),
            },
            "map-set" => Change::MapSet {
                node,
                field,
                key: text(3),
                value: value(&change[4]),
            },
            "map-remove" => Change::MapRemove {
                node,
                field,
                key: text(3),
            },
            "array-insert" => Change::ArrayInsert {
                node,
                field,
                index: index(3),
                value: value(&change[4]),
            },
            "array-set" => Change::ArraySet {
                node,
                field,
                index: index(3),
                value: value(&change[4]),
            },
            "array-remove" => Change::ArrayRemove {
                node,
                field,
                index: index(3),
            },
            "set-add" => Change::SetAdd {
                node,
                field,
                value: value(&change[3]),
            },
            "set-remove" => Change::SetRemove {
                node,
                field,
                value: value(&change[3]),
            },
            "clear" => Change::Clear { node, field },
            other => panic!("unknown change {other}"),
        }
    }
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(boolean) => Value::Boolean(*boolean),
        Json::String(text) => Value::Text(text.clone()),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => Value::Float(number.as_f64().expect("a number")),
        },
        _ => match (&json["node"], &json["big"]) {
            (Json::Number(node), _) => Value::Node(NodeId(node.as_u64().expect("a node number") as u32)),
            (_, Json::String(big)) => match big.parse() {
                Ok(integer) => Value::Integer(integer),
                Err(_) => Value::Unsigned(big.parse().expect("a 64-bit integer")),
            },
            _ => panic!("unknown value {json}"),
        },
    }
}

fn primitive(name: &str) -> Option<Primitive> {
    use Primitive::*;
    let all = [
        String, Boolean, Number, Int8, Uint8, Int16, Uint16, Int32, Uint32, Int64, Uint64, Float32, Float64,
        Bigint64, Biguint64,
    ];
    all.into_iter().find(|primitive| primitive.name() == name)
}
