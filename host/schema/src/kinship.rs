//! Two schemas of one room type: what clients that were told the one can be told of a state that obeys the
//! other.

use crate::schema::{FieldShape, Shape};
use crate::{Element, FieldType, Primitive, Schema, StructIndex};

/// What a schema is to clients that were told another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Succession {
    /// They read the one as the other: at most names of structs differ, which they never see.
    Same,
    /// They can be told by their own schema what they know of: fields or structs came, went or stand elsewhere.
    /// Says what the first difference is.
    Readable(String),
    /// A field that they know holds something else now. Says which.
    Unreadable(String),
}

/// Which structs of two schemas are the same.
#[derive(Debug, Clone)]
pub struct Kinship {
    succession: Succession,
    /// By the indexes of the schema that clients were told.
    now: Box<[Option<StructIndex>]>,
    /// By the indexes of the schema that the state obeys.
    told: Box<[Option<StructIndex>]>,
}

impl Kinship {
    /// Structs are the same if they have the same name, or the same place where a name is unknown to the other
    /// schema; roots always are.
    pub fn between(told: &Schema, now: &Schema) -> Self {
        let mut kinship = Self {
            succession: Succession::Same,
            now: vec![None; told.len()].into(),
            told: vec![None; now.len()].into(),
        };
        kinship.pair(told.root(), now.root());
        for (index, shape) in told.shapes() {
            if let Some((same, _)) = now.shapes().find(|(_, other)| other.name == shape.name) {
                kinship.pair(index, same);
            }
        }
        for (index, _) in told.shapes().filter(|(index, _)| now.shape(*index).is_some()) {
            kinship.pair(index, index);
        }
        kinship.succession = kinship.compare(told, now);
        kinship
    }

    /// What the newer schema is to clients that were told the older.
    pub fn succession(&self) -> &Succession {
        &self.succession
    }

    fn pair(&mut self, told: StructIndex, now: StructIndex) {
        if let (Some(there @ None), Some(here @ None)) = (
            self.now.get_mut(usize::from(told.0)),
            self.told.get_mut(usize::from(now.0)),
        ) {
            *there = Some(now);
            *here = Some(told);
        }
    }

    /// The struct that clients know as this one.
    pub(crate) fn told(&self, now: StructIndex) -> Option<StructIndex> {
        self.told.get(usize::from(now.0)).copied().flatten()
    }

    fn now(&self, told: StructIndex) -> Option<StructIndex> {
        self.now.get(usize::from(told.0)).copied().flatten()
    }

    /// The field of `now` that clients know as `told`, if they can read what it holds, with its position.
    pub(crate) fn field<'a>(&self, told: &FieldShape, now: &'a Shape) -> Option<(u8, &'a FieldShape)> {
        let mut fields = (0..).zip(&now.fields);
        fields
            .find(|(_, field)| field.name == told.name)
            .filter(|(_, field)| self.reads(told.kind, field.kind))
    }

    fn reads(&self, told: FieldType, now: FieldType) -> bool {
        let element = match (told, now) {
            (
                FieldType::Primitive(_) | FieldType::Struct(_),
                FieldType::Primitive(_) | FieldType::Struct(_),
            )
            | (FieldType::Map(_), FieldType::Map(_))
            | (FieldType::Array(_), FieldType::Array(_))
            | (FieldType::Set(_), FieldType::Set(_))
            | (FieldType::Collection(_), FieldType::Collection(_)) => (told.element(), now.element()),
            _ => return false,
        };
        match element {
            (Element::Primitive(told), Element::Primitive(now)) => told == now || holds(told, now),
            (Element::Struct(told), Element::Struct(now)) => self.now(told) == Some(now),
            _ => false,
        }
    }

    fn compare(&self, told: &Schema, now: &Schema) -> Succession {
        let mut first = None;
        let mut note = |what: String| {
            first.get_or_insert(what);
        };
        for (index, ours) in told.shapes() {
            let Some((place, theirs)) = self.now(index).and_then(|at| Some((at, now.shape(at)?))) else {
                note(format!("struct `{}` is gone", ours.name));
                continue;
            };
            let extends = theirs.extends.map(|base| self.told(base));
            if place != index || extends != ours.extends.map(Some) {
                note(format!("struct `{}` stands elsewhere", theirs.name));
            }
            for (position, field) in (0..).zip(&ours.fields) {
                let name = &field.name;
                match self.field(field, theirs) {
                    Some((at, other)) => {
                        if at != position || other.view != field.view || other.kind != field.kind {
                            note(format!(
                                "field `{name}` of struct `{}` stands elsewhere, or is of another type or view tag",
                                ours.name
                            ));
                        }
                    }
                    None if theirs.fields.iter().any(|other| other.name == *name) => {
                        return Succession::Unreadable(format!(
                            "field `{name}` of struct `{}` is of another type",
                            ours.name
                        ));
                    }
                    None => note(format!("field `{name}` of struct `{}` is gone", ours.name)),
                }
            }
            let known = |name: &std::sync::Arc<str>| ours.fields.iter().any(|field| field.name == *name);
            if let Some(added) = theirs.fields.iter().find(|field| !known(&field.name)) {
                note(format!(
                    "field `{}` of struct `{}` is new",
                    added.name, theirs.name
                ));
            }
        }
        if let Some((_, added)) = now.shapes().find(|(index, _)| self.told(*index).is_none()) {
            note(format!("struct `{}` is new", added.name));
        }
        first.map_or(Succession::Same, Succession::Readable)
    }
}

/// Whether every value of the type `now` is one of the type `told`.
fn holds(told: Primitive, now: Primitive) -> bool {
    use Primitive as P;
    matches!(told, P::Number | P::Float64)
        && matches!(
            now,
            P::Number
                | P::Float64
                | P::Float32
                | P::Int8
                | P::Uint8
                | P::Int16
                | P::Uint16
                | P::Int32
                | P::Uint32
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, StructDefinition};

    const NUMBER: FieldType = FieldType::Primitive(Primitive::Number);
    const TEXT: FieldType = FieldType::Primitive(Primitive::String);
    const PLAYERS: FieldType = FieldType::Map(Element::Struct(StructIndex(1)));

    type Fields<'a> = &'a [(&'a str, FieldType)];

    fn schema(structs: &[(&str, Fields<'_>)]) -> Schema {
        let field = |(name, kind): &(&str, FieldType)| Field {
            name: (*name).to_owned(),
            kind: *kind,
            view: None,
        };
        let structs = structs.iter().map(|(name, fields)| StructDefinition {
            name: (*name).to_owned(),
            extends: None,
            fields: fields.iter().map(field).collect(),
        });
        Schema::new(structs.collect(), StructIndex(0)).unwrap()
    }

    #[test]
    fn only_a_field_that_holds_something_else_cannot_be_read() {
        let root: Fields<'_> = &[("players", PLAYERS)];
        let told = schema(&[("Root", root), ("Player", &[("x", NUMBER)])]);
        let readable = |what: &str| Succession::Readable(what.to_owned());
        let unreadable = |what: &str| Succession::Unreadable(what.to_owned());
        let small = FieldType::Primitive(Primitive::Uint8);
        let items = FieldType::Map(Element::Struct(StructIndex(2)));
        let cases: [(&[(&str, Fields<'_>)], Succession); 9] = [
            (&[("Root", root), ("Hero", &[("x", NUMBER)])], Succession::Same),
            (
                &[("Root", root), ("Player", &[("x", NUMBER), ("y", NUMBER)])],
                readable("field `y` of struct `Player` is new"),
            ),
            (
                &[("Root", root), ("Player", &[("x", NUMBER)]), ("Item", &[])],
                readable("struct `Item` is new"),
            ),
            (
                &[("Root", root), ("Player", &[("y", NUMBER), ("x", NUMBER)])],
                readable("field `x` of struct `Player` stands elsewhere, or is of another type or view tag"),
            ),
            (
                &[("Root", root), ("Player", &[])],
                readable("field `x` of struct `Player` is gone"),
            ),
            (
                &[("Root", root), ("Player", &[("x", small)])],
                readable("field `x` of struct `Player` stands elsewhere, or is of another type or view tag"),
            ),
            (
                &[("Root", root), ("Player", &[("x", TEXT)])],
                unreadable("field `x` of struct `Player` is of another type"),
            ),
            (
                &[("Root", &[("players", NUMBER)]), ("Player", &[("x", NUMBER)])],
                unreadable("field `players` of struct `Root` is of another type"),
            ),
            (
                &[
                    ("Root", &[("players", items)]),
                    ("Player", &[("x", NUMBER)]),
                    ("Item", &[]),
                ],
                unreadable("field `players` of struct `Root` is of another type"),
            ),
        ];
        for (now, expected) in cases {
            assert_eq!(Kinship::between(&told, &schema(now)).succession, expected);
        }
    }

    #[test]
    fn structs_keep_their_name_wherever_they_stand() {
        let told = schema(&[("Root", &[("players", PLAYERS)]), ("Player", &[("x", NUMBER)])]);
        let elsewhere = FieldType::Map(Element::Struct(StructIndex(2)));
        let now = schema(&[
            ("Root", &[("players", elsewhere)]),
            ("Item", &[("x", TEXT)]),
            ("Player", &[("x", NUMBER)]),
        ]);
        let kinship = Kinship::between(&told, &now);
        assert!(
            matches!(kinship.succession, Succession::Readable(_)),
            "{kinship:?}"
        );
        assert_eq!(kinship.told(StructIndex(2)), Some(StructIndex(1)));
        assert_eq!(kinship.told(StructIndex(1)), None);
    }
}
