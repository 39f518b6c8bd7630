//! State schemas and changes, from the generated types to those of `parlor_schema`.

use std::sync::Arc;

use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, NodeId, PackedNumbers, Primitive, Schema, SchemaError,
    StateError, StructDefinition, StructIndex, Value, ViewTag,
};

use crate::bindings::parlor::room::{schema as wit, state};

/// Checks what `define` declared.
pub(crate) fn schema_from(schema: wit::StateSchema) -> Result<Arc<Schema>, SchemaError> {
    let structs = schema.structs.into_iter().map(Into::into).collect();
    Schema::new(structs, StructIndex(schema.root)).map(Arc::new)
}

impl From<wit::StructType> for StructDefinition {
    fn from(definition: wit::StructType) -> Self {
        Self {
            name: definition.name,
            extends: definition.extends.map(StructIndex),
            fields: definition.fields.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<wit::Field> for Field {
    fn from(field: wit::Field) -> Self {
        Self {
            name: field.name,
            kind: field.type_.into(),
            view: field.view_tag.map(ViewTag),
        }
    }
}

impl From<wit::FieldType> for FieldType {
    fn from(kind: wit::FieldType) -> Self {
        match kind {
            wit::FieldType::Primitive(primitive) => Self::Primitive(primitive.into()),
            wit::FieldType::Struct(index) => Self::Struct(StructIndex(index)),
            wit::FieldType::Map(element) => Self::Map(element.into()),
            wit::FieldType::Array(element) => Self::Array(element.into()),
            wit::FieldType::Set(element) => Self::Set(element.into()),
            wit::FieldType::Collection(element) => Self::Collection(element.into()),
        }
    }
}

impl From<wit::Element> for Element {
    fn from(element: wit::Element) -> Self {
        match element {
            wit::Element::Primitive(primitive) => Self::Primitive(primitive.into()),
            wit::Element::Struct(index) => Self::Struct(StructIndex(index)),
        }
    }
}

impl From<wit::Primitive> for Primitive {
    fn from(primitive: wit::Primitive) -> Self {
        match primitive {
            wit::Primitive::String => Self::String,
            wit::Primitive::Boolean => Self::Boolean,
            wit::Primitive::Number => Self::Number,
            wit::Primitive::Int8 => Self::Int8,
            wit::Primitive::Uint8 => Self::Uint8,
            wit::Primitive::Int16 => Self::Int16,
            wit::Primitive::Uint16 => Self::Uint16,
            wit::Primitive::Int32 => Self::Int32,
            wit::Primitive::Uint32 => Self::Uint32,
            wit::Primitive::Int64 => Self::Int64,
            wit::Primitive::Uint64 => Self::Uint64,
            wit::Primitive::Float32 => Self::Float32,
            wit::Primitive::Float64 => Self::Float64,
            wit::Primitive::Bigint64 => Self::Bigint64,
            wit::Primitive::Biguint64 => Self::Biguint64,
        }
    }
}

impl From<state::Value> for Value {
    fn from(value: state::Value) -> Self {
        match value {
            state::Value::Null => Self::Null,
            state::Value::Boolean(on) => Self::Boolean(on),
            state::Value::Integer(number) => Self::Integer(number),
            state::Value::Unsigned(number) => Self::Unsigned(number),
            state::Value::Float(number) => Self::Float(number),
            state::Value::Text(text) => Self::Text(text),
            state::Value::Node(node) => Self::Node(NodeId(node)),
        }
    }
}

impl From<state::Change> for Change {
    fn from(change: state::Change) -> Self {
        use state::{ArrayIndex, ArraySlot, Container, FieldValue, MapEntry, MapKey, Member, NewNode};
        let (of, at) = (NodeId, FieldIndex);
        match change {
            state::Change::Create(NewNode { node, struct_ }) => Self::Create {
                node: of(node),
                definition: StructIndex(struct_),
            },
            state::Change::Set(FieldValue { node, field, value }) => Self::Set {
                node: of(node),
                field: at(field),
                value: value.into(),
            },
            state::Change::MapSet(MapEntry {
                node,
                field,
                key,
                value,
            }) => Self::MapSet {
                node: of(node),
                field: at(field),
                key,
                value: value.into(),
            },
            state::Change::MapRemove(MapKey { node, field, key }) => Self::MapRemove {
                node: of(node),
                field: at(field),
                key,
            },
            state::Change::ArrayInsert(ArraySlot {
                node,
                field,
                index,
                value,
            }) => Self::ArrayInsert {
                node: of(node),
                field: at(field),
                index,
                value: value.into(),
            },
            state::Change::ArraySet(ArraySlot {
                node,
                field,
                index,
                value,
            }) => Self::ArraySet {
                node: of(node),
                field: at(field),
                index,
                value: value.into(),
            },
            state::Change::ArrayRemove(ArrayIndex { node, field, index }) => Self::ArrayRemove {
                node: of(node),
                field: at(field),
                index,
            },
            state::Change::SetAdd(Member { node, field, value }) => Self::SetAdd {
                node: of(node),
                field: at(field),
                value: value.into(),
            },
            state::Change::SetRemove(Member { node, field, value }) => Self::SetRemove {
                node: of(node),
                field: at(field),
                value: value.into(),
            },
            state::Change::Clear(Container { node, field }) => Self::Clear {
                node: of(node),
                field: at(field),
            },
        }
    }
}

impl From<state::PackedNumbers> for PackedNumbers {
    fn from(numbers: state::PackedNumbers) -> Self {
        let state::PackedNumbers {
            nodes,
            fields,
            values,
        } = numbers;
        Self {
            nodes,
            fields,
            values,
        }
    }
}

impl From<StateError> for state::StateError {
    fn from(error: StateError) -> Self {
        Self {
            at: error.at,
            reason: error.reason.to_string(),
        }
    }
}
