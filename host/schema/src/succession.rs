//! How the schema of one version follows that of another.

use crate::schema::{FieldShape, Schema, Shape};

/// What a newer schema is to clients that were told the older one, and to a tree that obeys it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Succession {
    /// They read the one as the other: at most names of structs differ, which they never see.
    Same,
    /// Structs, or fields at the end of structs, were added: the older state fits into the newer schema, but clients
    /// have to be told of it. Says what the first addition is.
    Grown(String),
    /// The older state does not fit. Says where they differ first.
    Broken(String),
}

impl Schema {
    /// How `newer` follows this schema.
    pub fn succession(&self, newer: &Self) -> Succession {
        if self.root() != newer.root() {
            return Succession::Broken("the root is another struct".to_owned());
        }
        let mut grown = None;
        let mut theirs = newer.shapes();
        for (_, ours) in self.shapes() {
            let Some((_, theirs)) = theirs.next() else {
                return Succession::Broken(format!("struct `{}` is gone", ours.name));
            };
            match structs(ours, theirs) {
                Succession::Same => {}
                Succession::Grown(what) => drop(grown.get_or_insert(what)),
                broken @ Succession::Broken(_) => return broken,
            }
        }
        if let Some((_, added)) = theirs.next() {
            grown.get_or_insert(format!("struct `{}` is new", added.name));
        }
        grown.map_or(Succession::Same, Succession::Grown)
    }
}

fn structs(ours: &Shape, theirs: &Shape) -> Succession {
    if ours.extends != theirs.extends {
        return Succession::Broken(format!("struct `{}` extends another one", ours.name));
    }
    let mut newer = theirs.fields.iter();
    for older in &ours.fields {
        match newer.next() {
            Some(newer) if same(older, newer) => {}
            Some(newer) => {
                return Succession::Broken(format!(
                    "field `{}` of struct `{}` was `{}`, or of another type or view tag",
                    newer.name, theirs.name, older.name
                ));
            }
            None => {
                return Succession::Broken(format!(
                    "field `{}` of struct `{}` is gone",
                    older.name, ours.name
                ));
            }
        }
    }
    match newer.next() {
        Some(added) => Succession::Grown(format!(
            "field `{}` of struct `{}` is new",
            added.name, theirs.name
        )),
        None => Succession::Same,
    }
}

fn same(ours: &FieldShape, theirs: &FieldShape) -> bool {
    ours.name == theirs.name && ours.kind == theirs.kind && ours.view == theirs.view
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Element, Field, FieldType, Primitive, StructDefinition, StructIndex};

    const NUMBER: FieldType = FieldType::Primitive(Primitive::Number);
    const PLAYERS: FieldType = FieldType::Map(Element::Struct(StructIndex(1)));

    fn schema(structs: &[(&str, &[(&str, FieldType)])]) -> Schema {
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
    fn additions_at_the_end_are_growth_and_all_else_breaks() {
        let older = schema(&[("Root", &[("players", PLAYERS)]), ("Player", &[("x", NUMBER)])]);
        let same = Succession::Same;
        let grown = |what: &str| Succession::Grown(what.to_owned());
        let broken = |what: &str| Succession::Broken(what.to_owned());
        for (newer, expected) in [
            (
                schema(&[("Root", &[("players", PLAYERS)]), ("Hero", &[("x", NUMBER)])]),
                same,
            ),
            (
                schema(&[
                    ("Root", &[("players", PLAYERS)]),
                    ("Player", &[("x", NUMBER), ("y", NUMBER)]),
                ]),
                grown("field `y` of struct `Player` is new"),
            ),
            (
                schema(&[
                    ("Root", &[("players", PLAYERS)]),
                    ("Player", &[("x", NUMBER)]),
                    ("Item", &[]),
                ]),
                grown("struct `Item` is new"),
            ),
            (
                schema(&[
                    ("Root", &[("players", PLAYERS)]),
                    ("Player", &[("y", NUMBER), ("x", NUMBER)]),
                ]),
                broken("field `y` of struct `Player` was `x`, or of another type or view tag"),
            ),
            (
                schema(&[("Root", &[("players", PLAYERS)]), ("Player", &[])]),
                broken("field `x` of struct `Player` is gone"),
            ),
            (
                schema(&[("Root", &[("players", NUMBER)])]),
                broken("field `players` of struct `Root` was `players`, or of another type or view tag"),
            ),
        ] {
            assert_eq!(older.succession(&newer), expected);
        }
    }
}
