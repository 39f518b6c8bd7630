//! Handshakes: how a client learns the schema (protocol §11).
//!
//! A handshake is a snapshot of a small fixed schema, in one of three dialects that clients of different
//! versions speak, or in a form that two of them read.

mod polyglot;
mod r2;
mod r3;
mod r5;

use bytes::Bytes;

use crate::schema::{FieldShape, Shape};
use crate::wire::Wire;
use crate::{Element, FieldType, Schema, StructIndex};

const ADD: u8 = 0x80;
const SWITCH: u8 = 0xff;

/// For clients of schema v2: `colyseus.js` 0.15. It has no integers of 64 bits but those that lose precision
/// beyond 2⁵³, so `bigint64` and `biguint64` are called `int64` and `uint64`, which have the same bytes.
pub fn r2(schema: &Schema) -> Bytes {
    encode(schema, &r2::LAYOUT)
}

/// For clients of schema v3 and v4: `colyseus.js` 0.16 and `@colyseus/sdk` 0.17.
pub fn r3(schema: &Schema) -> Bytes {
    encode(schema, &r3::LAYOUT)
}

/// For clients of schema v5: `@colyseus/sdk` 0.18.
pub fn r5(schema: &Schema) -> Bytes {
    encode(schema, &r5::LAYOUT)
}

/// For clients of schema v3, v4 and v5 alike. Those of v3 and v4 print a warning for each collection of
/// primitives (§11.4). The frame around it must be polyglot too (§4.3).
pub fn polyglot(schema: &Schema) -> Bytes {
    encode(schema, &polyglot::LAYOUT)
}

/// Where dialects differ.
struct Layout {
    inheritance: Inheritance,
    /// Writes one field's members.
    field: fn(&mut Wire, &FieldShape),
}

/// What becomes of inherited fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inheritance {
    /// A type says which one it extends, and lists its own fields.
    Told,
    /// A type lists all its fields.
    Flattened,
}

/// Writes the snapshot that all dialects share.
fn encode(schema: &Schema, layout: &Layout) -> Bytes {
    let flattened = layout.inheritance == Inheritance::Flattened;
    let skipped = |shape: &Shape| if flattened { 0 } else { shape.inherited };
    let mut wire = Wire::with_capacity(64 * schema.len());
    let types = parents_first(schema);
    member_ref(&mut wire, 0, 1);
    if flattened || schema.root().0 > 0 {
        member_count(&mut wire, 1, u64::from(schema.root().0));
    }
    // References: the list of types is 1; then each type, its list of fields, its fields.
    let mut next = 2;
    switch(&mut wire, 1);
    for (position, (_, shape)) in (0..).zip(&types) {
        wire.u8(ADD);
        wire.count(position);
        wire.count(next);
        next += 2 + (shape.fields.len() - skipped(shape)) as u64;
    }
    let mut next = 2;
    for (index, shape) in types {
        switch(&mut wire, next);
        member_count(&mut wire, 0, u64::from(index.0));
        if flattened {
            member_ref(&mut wire, 1, next + 1);
        } else {
            if let Some(extends) = shape.extends {
                member_count(&mut wire, 1, u64::from(extends.0));
            }
            member_ref(&mut wire, 2, next + 1);
        }
        let fields = next + 2;
        let listed = shape.fields.iter().skip(skipped(shape));
        let count = listed.len() as u64;
        if count > 0 {
            switch(&mut wire, next + 1);
        }
        for position in 0..count {
            wire.u8(ADD);
            wire.count(position);
            wire.count(fields + position);
        }
        for (position, field) in (0..).zip(listed) {
            switch(&mut wire, fields + position);
            (layout.field)(&mut wire, field);
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
