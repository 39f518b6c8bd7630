//! The dialect of schema v3 and v4: `{0 name, 1 type, 2 referencedType}` (protocol §11.2).

use super::{Described, Inheritance, Layout, describe, member_referenced, member_text};
use crate::schema::FieldShape;
use crate::wire::Wire;

pub(super) const LAYOUT: Layout = Layout {
    inheritance: Inheritance::Told,
    field,
};

pub(super) fn field(wire: &mut Wire, field: &FieldShape) {
    members(wire, field, describe(field));
}

pub(super) fn members(wire: &mut Wire, field: &FieldShape, described: Described) {
    member_text(wire, 0, &field.name);
    match described {
        Described::Primitive(name) => member_text(wire, 1, name),
        Described::Struct(kind, index) => {
            member_text(wire, 1, kind);
            member_referenced(wire, Some(index));
        }
        Described::Primitives(kind, child) => {
            member_text(wire, 1, &format!("{kind}:{child}"));
            member_referenced(wire, None);
        }
    }
}
