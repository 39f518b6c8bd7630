//! Random schemas, and random changes that mostly fit them.

use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, MAX_FIELDS, NodeId, Primitive, StructDefinition,
    StructIndex, Value, ViewTag,
};

use super::{Held, Item, Model};

/// Where choices come from: a seed, or the bytes of a fuzzer.
pub trait Choices {
    /// A number below `bound`, or 0 if that is 0.
    fn below(&mut self, bound: usize) -> usize;
}

const PRIMITIVES: [Primitive; 15] = [
    Primitive::String,
    Primitive::Boolean,
    Primitive::Number,
    Primitive::Int8,
    Primitive::Uint8,
    Primitive::Int16,
    Primitive::Uint16,
    Primitive::Int32,
    Primitive::Uint32,
    Primitive::Int64,
    Primitive::Uint64,
    Primitive::Float32,
    Primitive::Float64,
    Primitive::Bigint64,
    Primitive::Biguint64,
];

/// The tags that fields carry. Others may be shown, too.
pub const TAGS: [ViewTag; 3] = [ViewTag(-1), ViewTag(1), ViewTag(2)];

/// Structs that may extend, contain and nest one another; some have so many fields that every bit of an
/// operation is used. In half of the schemas fields carry view tags.
pub fn schema(choices: &mut impl Choices) -> (Vec<StructDefinition>, StructIndex) {
    let count = 1 + choices.below(6);
    let tagged = choices.below(2) == 1;
    let mut structs: Vec<StructDefinition> = Vec::new();
    let mut totals: Vec<usize> = Vec::new();
    for index in 0..count {
        let extends = (index > 0 && choices.below(3) == 0).then(|| StructIndex(choices.below(index) as u16));
        let many = if choices.below(8) == 0 { 24 } else { 0 };
        let inherited = extends.map_or(0, |parent| totals[usize::from(parent.0)]);
        let own = (many + choices.below(6)).min(MAX_FIELDS - inherited);
        totals.push(inherited + own);
        let fields = (0..own).map(|field| {
            let name = format!("f{index}x{field}");
            Field {
                name,
                kind: kind(choices, count),
                view: (tagged && choices.below(2) == 0).then(|| TAGS[choices.below(TAGS.len())]),
            }
        });
        let fields = fields.collect();
        structs.push(StructDefinition {
            name: format!("S{index}"),
            extends,
            fields,
        });
    }
    (structs, StructIndex(choices.below(count) as u16))
}

fn kind(choices: &mut impl Choices, structs: usize) -> FieldType {
    let target = StructIndex(choices.below(structs) as u16);
    let element = match choices.below(2) {
        0 => Element::Primitive(PRIMITIVES[choices.below(PRIMITIVES.len())]),
        _ => Element::Struct(target),
    };
    match (choices.below(6), element) {
        (0, Element::Primitive(primitive)) => FieldType::Primitive(primitive),
        (0 | 1, _) => FieldType::Struct(target),
        (2, _) => FieldType::Map(element),
        (3, _) => FieldType::Array(element),
        (4, _) => FieldType::Set(element),
        _ => FieldType::Collection(element),
    }
}

/// Adds one operation to a batch, and takes it on the model. False if it must be refused, and with it the
/// batch.
pub fn operation(choices: &mut impl Choices, model: &mut Model, batch: &mut Vec<Change>) -> bool {
    let nodes: Vec<u32> = model.nodes.keys().copied().collect();
    let node = NodeId(nodes[choices.below(nodes.len())]);
    let fields = model.fields(model.nodes[&node.0].definition);
    let outside = fields.is_empty() || choices.below(40) == 0;
    let index = choices.below(fields.len() + usize::from(outside));
    let field = FieldIndex(index as u8);
    let key = format!("k{}", choices.below(5));
    let kind = fields.get(index).map(|field| field.kind);
    let (len, held) = match model.nodes[&node.0].held.get(index) {
        Some(Held::List(items)) => (items.len(), items.get(choices.below(items.len())).cloned()),
        _ => (0, None),
    };
    let stray = u32::from(choices.below(60) == 0);
    let roll = choices.below(12);
    let change = match kind {
        None => Change::Set {
            node,
            field,
            value: Value::Null,
        },
        Some(FieldType::Primitive(primitive)) if roll > 0 => Change::Set {
            node,
            field,
            value: primitive_value(choices, primitive),
        },
        Some(FieldType::Struct(declared)) if roll > 1 => {
            let value = instance(choices, model, batch, declared);
            Change::Set { node, field, value }
        }
        Some(FieldType::Primitive(_) | FieldType::Struct(_)) => Change::Set {
            node,
            field,
            value: Value::Null,
        },
        Some(_) if roll == 0 && choices.below(3) == 0 => Change::Clear { node, field },
        Some(FieldType::Map(_)) if roll < 4 => Change::MapRemove { node, field, key },
        Some(FieldType::Map(element)) => {
            let value = element_value(choices, model, batch, element);
            Change::MapSet {
                node,
                field,
                key,
                value,
            }
        }
        Some(FieldType::Array(_)) if roll < 4 && len > 0 => {
            let index = choices.below(len) as u32 + stray;
            Change::ArrayRemove { node, field, index }
        }
        Some(FieldType::Array(element)) => {
            let value = match held {
                // The same element again: a primitive twice, or an instance at two positions.
                Some(item) if roll == 4 => item_value(item),
                _ => element_value(choices, model, batch, element),
            };
            if roll < 8 && len > 0 {
                let index = choices.below(len) as u32 + stray;
                Change::ArraySet {
                    node,
                    field,
                    index,
                    value,
                }
            } else {
                let index = choices.below(len + 1) as u32 + stray;
                Change::ArrayInsert {
                    node,
                    field,
                    index,
                    value,
                }
            }
        }
        Some(FieldType::Set(element) | FieldType::Collection(element)) => match held {
            Some(item) if roll < 4 => Change::SetRemove {
                node,
                field,
                value: item_value(item),
            },
            Some(item) if roll == 4 => Change::SetAdd {
                node,
                field,
                value: item_value(item),
            },
            _ => {
                let value = element_value(choices, model, batch, element);
                Change::SetAdd { node, field, value }
            }
        },
    };
    let fits = model.step(&change).is_some();
    batch.push(change);
    fits
}

fn item_value(item: Item) -> Value {
    use parlor_schema::Plain;
    match item {
        Item::Node(node) => Value::Node(NodeId(node)),
        Item::Plain(Plain::Boolean(boolean)) => Value::Boolean(boolean),
        Item::Plain(Plain::Integer(integer)) => Value::Integer(integer),
        Item::Plain(Plain::Unsigned(integer)) => Value::Unsigned(integer),
        Item::Plain(Plain::Float(float)) => Value::Float(float),
        Item::Plain(Plain::Text(text)) => Value::Text(text),
        Item::Plain(other) => panic!("no primitive is {other:?}"),
    }
}

fn element_value(
    choices: &mut impl Choices,
    model: &mut Model,
    batch: &mut Vec<Change>,
    element: Element,
) -> Value {
    match element {
        Element::Primitive(primitive) => primitive_value(choices, primitive),
        Element::Struct(declared) => instance(choices, model, batch, declared),
    }
}

/// An instance that there is, or a new one; rarely one that does not fit.
fn instance(
    choices: &mut impl Choices,
    model: &mut Model,
    batch: &mut Vec<Change>,
    declared: StructIndex,
) -> Value {
    let there: Vec<u32> = model
        .nodes
        .iter()
        .filter(|(_, node)| model.extends(node.definition, declared))
        .map(|(node, _)| *node)
        .filter(|node| *node != 0)
        .collect();
    if choices.below(80) == 0 {
        return Value::Node(NodeId(choices.below(30) as u32));
    }
    if !there.is_empty() && choices.below(3) == 0 {
        return Value::Node(NodeId(there[choices.below(there.len())]));
    }
    let fitting: Vec<u16> = (0..model.structs.len() as u16)
        .filter(|index| model.extends(StructIndex(*index), declared))
        .collect();
    let definition = StructIndex(fitting[choices.below(fitting.len())]);
    let next = model.used.last().map_or(1, |last| last + 1);
    let create = Change::Create {
        node: NodeId(next),
        definition,
    };
    model
        .step(&create)
        .expect("a new number and a struct that there is");
    batch.push(create);
    Value::Node(NodeId(next))
}

/// A value that fits, or rarely one that may not. Whole numbers stay where JavaScript is exact.
fn primitive_value(choices: &mut impl Choices, primitive: Primitive) -> Value {
    let stray = choices.below(100) == 0;
    match primitive {
        _ if stray => [
            Value::Boolean(true),
            Value::Text("?".into()),
            Value::Float(1e300),
            Value::Float(0.5),
        ][choices.below(4)]
        .clone(),
        Primitive::Boolean => Value::Boolean(choices.below(2) == 0),
        Primitive::String => Value::Text(match choices.below(8) {
            0 => String::new(),
            1 => "é€😀\u{0}".into(),
            2 => "x".repeat([31, 32, 255, 256][choices.below(4)]),
            other => format!("t{other}"),
        }),
        Primitive::Number | Primitive::Float32 | Primitive::Float64 => {
            let floats = [
                0.0,
                -0.0,
                1.0,
                -1.0,
                0.1,
                0.5,
                255.0,
                256.0,
                65_536.0,
                -33.0,
                -70_000.0,
                4_294_967_296.0,
                f64::NAN,
            ];
            Value::Float(floats[choices.below(floats.len())])
        }
        Primitive::Int8 => Value::Integer(choices.below(256) as i64 - 128),
        Primitive::Uint8 => Value::Float(choices.below(256) as f64),
        Primitive::Int16 => Value::Integer(choices.below(65_536) as i64 - 32_768),
        Primitive::Uint16 => Value::Unsigned(choices.below(65_536) as u64),
        Primitive::Int32 => {
            Value::Integer([0, -1, i64::from(i32::MIN), i64::from(i32::MAX)][choices.below(4)])
        }
        Primitive::Uint32 => Value::Integer([0, 1, i64::from(u32::MAX)][choices.below(3)]),
        Primitive::Int64 => Value::Integer([0, -1, 1 << 40, -(1 << 40)][choices.below(4)]),
        Primitive::Uint64 => Value::Unsigned([0, 1, 1 << 40][choices.below(3)]),
        Primitive::Bigint64 => Value::Integer([0, -1, i64::MIN, i64::MAX][choices.below(4)]),
        Primitive::Biguint64 => Value::Unsigned([0, 1, u64::MAX][choices.below(3)]),
    }
}
