//! The dialect of schema v5: `{0 name, 1 type, 2 referencedType, 3 childPrimitive}` (protocol §11.2).

use super::{Described, Inheritance, Layout, describe, member_referenced, member_text};
use crate::schema::FieldShape;
use crate::wire::Wire;

pub(super) const LAYOUT: Layout = Layout {
    inheritance: Inheritance::Told,
    field,
};

fn field(wire: &mut Wire, field: &FieldShape) {
    member_text(wire, 0, &field.name);
    match describe(field) {
        Described::Primitive(name) => member_text(wire, 1, name),
        Described::Struct(kind, index) => {
            member_text(wire, 1, kind);
            member_referenced(wire, Some(index));
        }
        Described::Primitives(kind, child) => {
            member_text(wire, 1, kind);
            member_referenced(wire, None);
            member_text(wire, 3, child);
        }
    }
}
