//! A form that v3, v4 and v5 all read (protocol §11.4).
//!
//! The dialects differ in collections of primitives alone. Those are first described as v3 and v4 want it;
//! then comes a member that these do not know, at which they skip the rest of the field, and v5 reads on
//! and corrects the type.

use super::{Described, Inheritance, Layout, describe, member_text, r3};
use crate::schema::FieldShape;
use crate::wire::Wire;

/// Operation REPLACE on member 1, the type.
const REPLACE_TYPE: u8 = 1;

pub(super) const LAYOUT: Layout = Layout {
    inheritance: Inheritance::Told,
    field,
};

fn field(wire: &mut Wire, field: &FieldShape) {
    r3::field(wire, field);
    if let Described::Primitives(kind, child) = describe(field) {
        member_text(wire, 3, child);
        wire.u8(REPLACE_TYPE);
        wire.text(kind);
    }
}
