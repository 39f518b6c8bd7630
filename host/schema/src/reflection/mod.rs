//! Handshakes: how a client learns the schema (protocol §11).
//!
//! A handshake is a snapshot of a small fixed schema, in one of two dialects that clients of different
//! versions speak, or in a form that both read.

mod polyglot;
mod r3;
mod r5;

use bytes::Bytes;

use crate::schema::{FieldShape, Shape};
use crate::wire::Wire;
use crate::{Element, FieldType, Schema, StructIndex};

const ADD: u8 = 0x80;
const SWITCH: u8 = 0xff;

/// For clients of schema v3 and v4: `colyseus.js` 0.16 and `@colyseus/sdk` 0.17.
pub fn r3(schema: &Schema) -> Bytes {
    encode(schema, r3::field)
}

/// For clients of schema v5: `@colyseus/sdk` 0.18.
pub fn r5(schema: &Schema) -> Bytes {
    encode(schema, r5::field)
}

/// For clients of schema v3, v4 and v5 alike. Those of v3 and v4 print a warning for each collection of
/// primitives (§11.4). The frame around it must be polyglot too (§4.3).
pub fn polyglot(schema: &Schema) -> Bytes {
    encode(schema, polyglot::field)
}

/// Writes the snapshot that all dialects share; `field` writes one field's members.
fn encode(schema: &Schema, field: fn(&mut Wire, &FieldShape)) -> Bytes {
    let mut wire = Wire::with_capacity(64 * schema.len());
    let types = parents_first(schema);
    member_ref(&mut wire, 0, 1);
    if schema.root().0 > 0 {
        member_count(&mut wire, 1, u64::from(schema.root().0));
    }
    // References: the list of types is 1; then each type, its list of fields, its fields.
    let mut next = 2;
    switch(&mut wire, 1);
    for (position, (_, shape)) in (0..).zip(&types) {
        wire.u8(ADD);
        wire.count(position);
        wire.count(next);
        next += 2 + shape.own_fields().count() as u64;
    }
    let mut next = 2;
    for (index, shape) in types {
        switch(&mut wire, next);
        member_count(&mut wire, 0, u64::from(index.0));
        if let Some(extends) = shape.extends {
            member_count(&mut wire, 1, u64::from(extends.0));
        }
        member_ref(&mut wire, 2, next + 1);
        let fields = next + 2;
        let count = shape.own_fields().count() as u64;
        if count > 0 {
            switch(&mut wire, next + 1);
        }
        for position in 0..count {
            wire.u8(ADD);
            wire.count(position);
            wire.count(fields + position);
        }
        for (position, own) in (0..).zip(shape.own_fields()) {
            switch(&mut wire, fields + position);
            field(&mut wire, own);
        }
        next = fields + count;
    }
    wire.into_bytes()
}

/// The structs, each after the one that it extends.
fn parents_first(schema: &Schema) -> Vec<(StructIndex, &Shape)> {
    let mut types: Vec<_> = schema.shapes().collect();
    types.sort_by_cached_key(|(_, shape)| {
        std::iter::successors(shape.extends, |parent| {
            schema.shape(*parent).and_then(|shape| shape.extends)
        })
        .count()
    });
    types
}

fn switch(wire: &mut Wire, reference: u64) {
    wire.u8(SWITCH);
    wire.count(reference);
}

fn member_ref(wire: &mut Wire, field: u8, reference: u64) {
    member_count(wire, field, reference);
}

fn member_count(wire: &mut Wire, field: u8, count: u64) {
    wire.u8(ADD | field);
    wire.count(count);
}

fn member_text(wire: &mut Wire, field: u8, text: &str) {
    wire.u8(ADD | field);
    wire.text(text);
}

/// Member 2 of a field: the type id of its struct, or −1 for a collection of primitives.
fn member_referenced(wire: &mut Wire, referenced: Option<StructIndex>) {
    wire.u8(ADD | 2);
    wire.number(referenced.map_or(-1.0, |index| f64::from(index.0)));
}

/// What a field is, in the words of a handshake.
enum Described {
    Primitive(&'static str),
    Struct(&'static str, StructIndex),
    /// A collection of primitives: its kind and what it holds.
    Primitives(&'static str, &'static str),
}

fn describe(field: &FieldShape) -> Described {
    match (field.kind, field.kind.container()) {
        (_, Some((kind, Element::Primitive(primitive)))) => Described::Primitives(kind, primitive.name()),
        (_, Some((kind, Element::Struct(index)))) => Described::Struct(kind, index),
        (FieldType::Primitive(primitive), _) => Described::Primitive(primitive.name()),
        (FieldType::Struct(index), _) => Described::Struct("ref", index),
        // A collection has been described above.
        (_, None) => Described::Primitive("string"),
    }
}
