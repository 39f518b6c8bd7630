//! Builds the schema from the types.

use super::tracking::{ElementType, FieldType, Primitive, State};
use crate::bindings::parlor::room::schema::{StateSchema, StructType};
use rustc_hash::FxHashMap;
use std::any::TypeId;

/// The struct types that can be reached from the root.
#[derive(Debug, Default)]
pub struct Schema {
    structs: Vec<StructType>,
    indexes: FxHashMap<TypeId, u16>,
}

impl Schema {
    pub(super) fn of_root<T: State>() -> Self {
        let mut schema = Self::default();
        // The root comes first: its index is 0.
        schema.index_of::<T>();
        schema
    }

    /// The struct's index; describes the struct, and what it holds, the first time.
    pub fn index_of<T: State>(&mut self) -> u16 {
        if let Some(index) = self.indexes.get(&TypeId::of::<T>()) {
            return *index;
        }
        // Numbered before its fields are described, since they may hold the same struct again.
        // The host refuses more than 1 024 structs, so the number cannot be wrong unnoticed.
        let index = u16::try_from(self.structs.len()).unwrap_or(u16::MAX);
        self.indexes.insert(TypeId::of::<T>(), index);
        self.structs.push(StructType {
            name: T::NAME.to_owned(),
            extends: None,
            fields: Vec::new(),
        });
        let extends = T::extends(self);
        let fields = T::fields(self);
        if let Some(described) = self.structs.get_mut(usize::from(index)) {
            described.extends = extends;
            described.fields = fields;
        }
        index
    }

    /// What the root's fields hold, inherited ones first.
    pub(super) fn fields_of_root(&self) -> Vec<FieldType> {
        let chain = std::iter::successors(self.structs.first(), |shape| {
            self.structs.get(usize::from(shape.extends?))
        });
        let mut shapes: Vec<&StructType> = chain.collect();
        shapes.reverse();
        let fields = shapes.into_iter().flat_map(|shape| &shape.fields);
        fields.map(|field| field.type_).collect()
    }

    pub(crate) fn into_wit(self) -> StateSchema {
        StateSchema {
            structs: self.structs,
            root: 0,
        }
    }
}

/// The same field with its numbers in another form on the wire. Strings, booleans and structs
/// stay as they are: the macro refuses the attribute on them.
pub fn as_primitive(field: FieldType, primitive: Primitive) -> FieldType {
    let swap = |element| match element {
        ElementType::Primitive(_) => ElementType::Primitive(primitive),
        other => other,
    };
    match field {
        FieldType::Primitive(_) => FieldType::Primitive(primitive),
        FieldType::Struct(index) => FieldType::Struct(index),
        FieldType::Map(element) => FieldType::Map(swap(element)),
        FieldType::Array(element) => FieldType::Array(swap(element)),
        FieldType::Set(element) => FieldType::Set(swap(element)),
        FieldType::Collection(element) => FieldType::Collection(swap(element)),
    }
}
