//! The state as plain values.

use super::{ROOT, StateTree};
use crate::scalar::{Scalar, Slot};
use crate::store::Cell;
use crate::{Element, Plain, Primitive, StructIndex};

/// Member that names the struct of an instance which extends the declared one.
pub(super) const STRUCT: &str = "$struct";

/// Whole numbers up to here either side of zero are given as integers.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn dump(tree: &StateTree) -> Plain {
    let mut dump = Dump {
        tree,
        left: tree.limits.max_values.saturating_mul(4),
    };
    dump.instance(ROOT, tree.schema.root())
}

/// Instances that hang at several places are written out at each, which can double with every level: so
/// there is a bound.
struct Dump<'a> {
    tree: &'a StateTree,
    left: u64,
}

// Recursion is bounded: nesting of structs that contain one another is, and so is the number of structs.
impl Dump<'_> {
    fn instance(&mut self, slot: Slot, declared: StructIndex) -> Plain {
        let tree = self.tree;
        let Some(node) = tree.node(slot) else {
            return Plain::Null;
        };
        let Some(shape) = tree.schema.shape(node.definition) else {
            return Plain::Null;
        };
        let Some(left) = self.left.checked_sub(node.values()) else {
            return Plain::Null;
        };
        self.left = left;
        let mut members = Vec::with_capacity(shape.fields.len());
        if node.definition != declared {
            members.push((STRUCT.to_owned(), Plain::Text(shape.name.as_ref().to_owned())));
        }
        for (field, cell) in shape.fields.iter().zip(&node.cells) {
            let element = field.kind.element();
            let mut plain = |scalar: &Scalar| self.value(scalar, element);
            let member = match cell {
                Cell::Single(Scalar::Unset) => continue,
                Cell::Single(scalar) => plain(scalar),
                Cell::Array(array) => Plain::List(array.items().iter().map(plain).collect()),
                Cell::Members(members) => Plain::List(members.iter().map(plain).collect()),
                Cell::Map(map) => {
                    let entries = map.in_order().into_iter();
                    Plain::Map(
                        entries
                            .map(|(key, entry)| (key.as_ref().to_owned(), plain(&entry.value)))
                            .collect(),
                    )
                }
            };
            members.push((field.name.as_ref().to_owned(), member));
        }
        Plain::Map(members)
    }

    fn value(&mut self, scalar: &Scalar, element: Element) -> Plain {
        match (scalar, element) {
            (Scalar::Node(slot), Element::Struct(declared)) => self.instance(*slot, declared),
            (scalar, Element::Primitive(primitive)) => plain(scalar, primitive),
            (_, Element::Struct(_)) => Plain::Null,
        }
    }
}

/// A value of this type.
pub(super) fn plain(scalar: &Scalar, primitive: Primitive) -> Plain {
    match scalar {
        Scalar::Unset | Scalar::Node(_) => Plain::Null,
        Scalar::Boolean(boolean) => Plain::Boolean(*boolean),
        Scalar::Integer(integer) => Plain::Integer(*integer),
        Scalar::Unsigned(integer) => Plain::Unsigned(*integer),
        Scalar::Float(float)
            if primitive == Primitive::Number && float.fract() == 0.0 && float.abs() <= EXACT =>
        {
            Plain::Integer(*float as i64)
        }
        Scalar::Float(float) => Plain::Float(*float),
        Scalar::Text(text) => Plain::Text(text.as_ref().to_owned()),
    }
}
