//! The dialect of schema v2: as that of v3, but types list inherited fields too, and whole numbers of 64 bits
//! are plain JavaScript numbers (protocol §11.2).

use super::{Described, Inheritance, Layout, describe, r3};
use crate::schema::FieldShape;
use crate::wire::Wire;

pub(super) const LAYOUT: Layout = Layout {
    inheritance: Inheritance::Flattened,
    field,
};

fn field(wire: &mut Wire, field: &FieldShape) {
    let described = match describe(field) {
        Described::Primitive(name) => Described::Primitive(known(name)),
        Described::Primitives(kind, child) => Described::Primitives(kind, known(child)),
        described @ Described::Struct(..) => described,
    };
    r3::members(wire, field, described);
}

/// The name of the type that v2 has with the same bytes.
fn known(primitive: &'static str) -> &'static str {
    match primitive {
        "bigint64" => "int64",
        "biguint64" => "uint64",
        known => known,
    }
}
