//! What the derive macros implement and the collections build upon. Not meant to be called by hand.

pub use super::primitive::{Numeric, assert_numeric};
pub use super::recorder::{Node, Numbers, Place, Recorder};
pub use super::schema::{Schema, as_primitive};
pub use super::visible::Visible;
pub use crate::bindings::parlor::room::schema::{
    Element as ElementType, Field as SchemaField, FieldType, Primitive,
};
pub use crate::bindings::parlor::room::state::{Change, Value};

/// Whether a place must be told anew what it holds, after its element was brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Placement {
    /// The place still holds the same value or the same instance.
    Kept,
    /// The place holds another value or another instance now.
    Changed,
}

/// A struct of the state. Derived with `#[derive(State)]`.
pub trait State: Sized + 'static {
    /// What the host knows of an instance's fields.
    type Known: 'static;
    /// The struct's name, for error messages.
    const NAME: &'static str;
    /// How many fields it has, inherited ones counted.
    const FIELDS: u8;

    /// The struct that it extends.
    fn extends(schema: &mut Schema) -> Option<u16>;
    /// Its own fields, in the order of declaration.
    fn fields(schema: &mut Schema) -> Vec<SchemaField>;
    /// Reports every field of an instance that the host does not know yet.
    fn attach_fields(&mut self, node: Node, recorder: &mut Recorder) -> Self::Known;
    /// Reports the fields that differ from what the host knows.
    fn update_fields(&mut self, known: &mut Self::Known, node: Node, recorder: &mut Recorder);
    /// Forgets that the host knows what lies below: the instance left the state.
    fn detach_fields(&mut self);
    /// The numbers of the instances below, in the order in which `attach_fields` makes them.
    fn numbers_of_fields(&self, known: &Self::Known, numbers: &mut Numbers);
}

/// What a field or a collection may hold: a primitive, a struct of the state, an enum of structs
/// that extend one base, or a [`Shared`](super::Shared) instance.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a room's state",
    note = "strings, bools, numbers, `#[derive(State)]` types and `Shared<…>` can"
)]
pub trait Element: Sized + 'static {
    /// What the host knows of the element.
    type Known: 'static;

    /// The element's type on the wire.
    fn element_type(schema: &mut Schema) -> ElementType;
    /// Makes the element known to the host, so far as it needs that; the caller places it.
    fn attach(&mut self, recorder: &mut Recorder) -> Self::Known;
    /// The value by which the host knows the element.
    fn value(known: &Self::Known) -> Value;
    /// Reports what changed inside.
    fn update(&mut self, known: &mut Self::Known, recorder: &mut Recorder) -> Placement;
    /// Forgets what the host knows of what lies below.
    fn detach(&mut self);
    /// The numbers of the instances that it consists of, in the order in which `attach` makes them.
    fn numbers(&self, known: &Self::Known, numbers: &mut Numbers);
}

/// What a field of a state struct may be: an [`Element`], an `Option` of one, or a collection.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a room's state",
    note = "an element, an `Option` of one, `Map`, `List`, `Set` and `Bag` can; `#[state(skip)]` leaves a field out"
)]
pub trait Field: Sized + 'static {
    /// What the host knows of the field.
    type Known: 'static;

    /// The field's type on the wire.
    fn field_type(schema: &mut Schema) -> FieldType;
    /// Reports the field of a new instance.
    fn attach_field(&mut self, place: Place, recorder: &mut Recorder) -> Self::Known;
    /// Reports what changed.
    fn update_field(&mut self, known: &mut Self::Known, place: Place, recorder: &mut Recorder);
    /// Forgets what the host knows of what lies below.
    fn detach_field(&mut self);
    /// The numbers of the instances below, in the order in which `attach_field` makes them.
    fn numbers_of_field(&self, known: &Self::Known, numbers: &mut Numbers);
}

/// That a struct extends another, or is it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not extend `{Base}`",
    note = "put `#[state(extends)]` on a field of the type `{Base}`"
)]
pub trait Extends<Base> {
    /// The part that is the base.
    fn base(&self) -> &Base;
    /// The part that is the base, for writing.
    fn base_mut(&mut self) -> &mut Base;
}

/// An enum without fields, which clients see as a string.
pub trait Word {
    /// The string.
    fn word(&self) -> &'static str;
}

/// What the host knows of an instance.
#[derive(Debug)]
pub struct Instance<K> {
    node: Node,
    fields: K,
}

impl<T: State> Element for T {
    type Known = Instance<T::Known>;

    fn element_type(schema: &mut Schema) -> ElementType {
        ElementType::Struct(schema.index_of::<T>())
    }
    fn attach(&mut self, recorder: &mut Recorder) -> Self::Known {
        let node = recorder.create::<T>();
        Instance {
            node,
            fields: self.attach_fields(node, recorder),
        }
    }
    fn value(known: &Self::Known) -> Value {
        Value::Node(known.node)
    }
    fn update(&mut self, known: &mut Self::Known, recorder: &mut Recorder) -> Placement {
        self.update_fields(&mut known.fields, known.node, recorder);
        Placement::Kept
    }
    fn detach(&mut self) {
        self.detach_fields();
    }
    fn numbers(&self, known: &Self::Known, numbers: &mut Numbers) {
        numbers.push(known.node);
        self.numbers_of_fields(&known.fields, numbers);
    }
}

impl<T: Element> Field for T {
    type Known = T::Known;

    fn field_type(schema: &mut Schema) -> FieldType {
        match T::element_type(schema) {
            ElementType::Primitive(primitive) => FieldType::Primitive(primitive),
            ElementType::Struct(index) => FieldType::Struct(index),
        }
    }
    fn attach_field(&mut self, place: Place, recorder: &mut Recorder) -> Self::Known {
        let known = self.attach(recorder);
        recorder.set(place, T::value(&known));
        known
    }
    fn update_field(&mut self, known: &mut Self::Known, place: Place, recorder: &mut Recorder) {
        if self.update(known, recorder) == Placement::Changed {
            recorder.set(place, T::value(known));
        }
    }
    fn detach_field(&mut self) {
        self.detach();
    }
    fn numbers_of_field(&self, known: &Self::Known, numbers: &mut Numbers) {
        self.numbers(known, numbers);
    }
}

impl<T: Element> Field for Option<T> {
    type Known = Option<T::Known>;

    fn field_type(schema: &mut Schema) -> FieldType {
        T::field_type(schema)
    }
    fn attach_field(&mut self, place: Place, recorder: &mut Recorder) -> Self::Known {
        self.as_mut().map(|element| element.attach_field(place, recorder))
    }
    fn update_field(&mut self, known: &mut Self::Known, place: Place, recorder: &mut Recorder) {
        match (self.as_mut(), known.as_mut()) {
            (Some(element), Some(known)) => element.update_field(known, place, recorder),
            (Some(element), None) => *known = Some(element.attach_field(place, recorder)),
            (None, Some(_)) => {
                recorder.set(place, Value::Null);
                *known = None;
            }
            (None, None) => {}
        }
    }
    fn detach_field(&mut self) {
        if let Some(element) = self {
            element.detach();
        }
    }
    fn numbers_of_field(&self, known: &Self::Known, numbers: &mut Numbers) {
        if let (Some(element), Some(known)) = (self, known) {
            element.numbers(known, numbers);
        }
    }
}

/// The state of a room: a struct of the state, or `()` for rooms without one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the state of a room",
    note = "derive `State` for it; a room without synchronised state has none or `()`"
)]
pub trait RoomState: 'static {
    /// What the host knows of the root.
    type Known: 'static;

    /// The schema, if there is a state at all.
    fn schema() -> Option<Schema>;
    /// Reports the whole state of a new room.
    fn attach_root(&mut self, recorder: &mut Recorder) -> Self::Known;
    /// Reports what changed.
    fn update_root(&mut self, known: &mut Self::Known, recorder: &mut Recorder);
    /// The numbers of all instances but the root.
    fn numbers_of_root(&self, known: &Self::Known, numbers: &mut Numbers);
}

const ROOT: Node = 0;

impl<T: State> RoomState for T {
    type Known = T::Known;

    fn schema() -> Option<Schema> {
        Some(Schema::of_root::<T>())
    }
    fn attach_root(&mut self, recorder: &mut Recorder) -> Self::Known {
        self.attach_fields(ROOT, recorder)
    }
    fn update_root(&mut self, known: &mut Self::Known, recorder: &mut Recorder) {
        self.update_fields(known, ROOT, recorder);
    }
    fn numbers_of_root(&self, known: &Self::Known, numbers: &mut Numbers) {
        self.numbers_of_fields(known, numbers);
    }
}

impl RoomState for () {
    type Known = ();

    fn schema() -> Option<Schema> {
        None
    }
    fn attach_root(&mut self, _recorder: &mut Recorder) {}
    fn update_root(&mut self, _known: &mut (), _recorder: &mut Recorder) {}
    fn numbers_of_root(&self, _known: &(), _numbers: &mut Numbers) {}
}
