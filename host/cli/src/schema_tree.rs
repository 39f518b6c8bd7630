//! A state schema as a small tree, for people.

use std::collections::BTreeSet;

use parlor_schema::{Element, FieldType, Schema, StructIndex};

/// One line per field, two spaces per level. A struct is written out where it is met first.
pub fn lines(schema: &Schema) -> Vec<String> {
    let mut tree = Tree {
        schema,
        shown: BTreeSet::new(),
        lines: Vec::new(),
    };
    let root = schema.root();
    tree.lines.push(tree.name(root));
    tree.struct_below(root, 1);
    tree.lines
}

struct Tree<'a> {
    schema: &'a Schema,
    shown: BTreeSet<StructIndex>,
    lines: Vec<String>,
}

impl Tree<'_> {
    fn name(&self, index: StructIndex) -> String {
        match self.schema.name(index) {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => format!("struct {}", index.0),
        }
    }

    fn line(&mut self, level: usize, text: &str) {
        self.lines.push(format!("{}{text}", "  ".repeat(level)));
    }

    /// The fields of a struct with what it inherits, and what extends it.
    fn struct_below(&mut self, index: StructIndex, level: usize) {
        if !self.shown.insert(index) {
            return;
        }
        let schema = self.schema;
        let mut chain = vec![index];
        chain.extend(std::iter::successors(schema.parent(index), |parent| {
            schema.parent(*parent)
        }));
        for ancestor in chain.into_iter().rev() {
            self.own_fields(ancestor, level);
        }
        self.children(index, level);
    }

    fn own_fields(&mut self, index: StructIndex, level: usize) {
        let schema = self.schema;
        for (name, kind) in schema.own_fields(index) {
            let (text, target) = self.kind(kind);
            self.line(level, &format!("{name}: {text}"));
            if let Some(target) = target {
                self.struct_below(target, level + 1);
            }
        }
    }

    fn children(&mut self, index: StructIndex, level: usize) {
        let schema = self.schema;
        let all = (0..schema.len())
            .filter_map(|at| u16::try_from(at).ok())
            .map(StructIndex);
        for child in all.filter(|child| schema.parent(*child) == Some(index)) {
            if self.shown.insert(child) {
                let heading = format!("{} extends {}", self.name(child), self.name(index));
                self.line(level, &heading);
                self.own_fields(child, level + 1);
                self.children(child, level + 1);
            }
        }
    }

    fn kind(&self, kind: FieldType) -> (String, Option<StructIndex>) {
        let (container, element) = match kind {
            FieldType::Primitive(primitive) => return (primitive.name().to_owned(), None),
            FieldType::Struct(target) => return (self.name(target), Some(target)),
            FieldType::Map(element) => ("map", element),
            FieldType::Array(element) => ("array", element),
            FieldType::Set(element) => ("set", element),
            FieldType::Collection(element) => ("collection", element),
        };
        match element {
            Element::Primitive(primitive) => (format!("{container}<{}>", primitive.name()), None),
            Element::Struct(target) => (format!("{container}<{}>", self.name(target)), Some(target)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_schema::{Field, Primitive, StructDefinition};

    fn structure(name: &str, extends: Option<u16>, fields: &[(&str, FieldType)]) -> StructDefinition {
        StructDefinition {
            name: name.to_owned(),
            extends: extends.map(StructIndex),
            fields: fields
                .iter()
                .map(|(name, kind)| Field {
                    name: (*name).to_owned(),
                    kind: *kind,
                    view: None,
                })
                .collect(),
        }
    }

    #[test]
    fn structs_are_written_out_once_with_what_extends_them() {
        let (animal, number) = (StructIndex(1), FieldType::Primitive(Primitive::Number));
        let structs = vec![
            structure(
                "Zoo",
                None,
                &[
                    ("name", FieldType::Primitive(Primitive::String)),
                    ("animals", FieldType::Array(Element::Struct(animal))),
                    ("star", FieldType::Struct(animal)),
                    ("tags", FieldType::Set(Element::Primitive(Primitive::Uint8))),
                ],
            ),
            structure(
                "Animal",
                None,
                &[
                    ("legs", number),
                    ("friends", FieldType::Map(Element::Struct(animal))),
                ],
            ),
            structure("Dog", Some(1), &[("barks", number)]),
        ];
        let schema = Schema::new(structs, StructIndex(0)).unwrap();
        let wanted = [
            "Zoo",
            "  name: string",
            "  animals: array<Animal>",
            "    legs: number",
            "    friends: map<Animal>",
            "    Dog extends Animal",
            "      barks: number",
            "  star: Animal",
            "  tags: set<uint8>",
        ];
        assert_eq!(lines(&schema), wanted);
    }
}
