//! What one client may see, worked out from scratch each time.

use std::collections::BTreeSet;

use parlor_schema::{Element, Field, FieldType, Plain, ViewTag};

use super::{Held, Item, Model};

/// Pairs of instance and tag that are shown to a client.
pub type Shown = BTreeSet<(u32, ViewTag)>;

impl Model {
    /// The state as a client sees it to whom this is shown.
    pub fn dump_for(&self, shown: &Shown) -> Plain {
        let eyes = Eyes::new(self, shown);
        eyes.dump(0, self.nodes[&0].definition.0)
    }

    /// Forgets what was shown of instances that are gone.
    pub fn prune(&self, shown: &mut Shown) {
        shown.retain(|(node, _)| self.nodes.contains_key(node));
    }
}

struct Eyes<'a> {
    model: &'a Model,
    shown: &'a Shown,
    /// What can be reached through fields without a tag.
    public: BTreeSet<u32>,
    /// What was shown, and what is on the way to it, as far as that is not public.
    passed: BTreeSet<u32>,
    /// Instances of which all that has no tag is seen.
    open: BTreeSet<u32>,
}

impl<'a> Eyes<'a> {
    fn new(model: &'a Model, shown: &'a Shown) -> Self {
        let mut eyes = Self {
            model,
            shown,
            public: BTreeSet::from([0]),
            passed: shown.iter().map(|(node, _)| *node).collect(),
            open: BTreeSet::from([0]),
        };
        loop {
            let before = (eyes.public.len(), eyes.passed.len(), eyes.open.len());
            for &node in model.nodes.keys() {
                for (field, held) in eyes.fields(node) {
                    for child in children(held) {
                        if field.view.is_none() && eyes.public.contains(&node) {
                            eyes.public.insert(child);
                        }
                    }
                }
            }
            if before.0 != eyes.public.len() {
                continue;
            }
            for &node in model.nodes.keys() {
                for (field, held) in eyes.fields(node) {
                    for child in children(held) {
                        if eyes.passed.contains(&child) && !eyes.public.contains(&child) {
                            eyes.passed.insert(node);
                        }
                        if eyes.whole(node, &field) || eyes.is_shown(child) {
                            eyes.open.insert(child);
                        }
                    }
                }
            }
            if before == (eyes.public.len(), eyes.passed.len(), eyes.open.len()) {
                return eyes;
            }
        }
    }

    fn fields(&self, node: u32) -> Vec<(Field, &'a Held)> {
        let owner = &self.model.nodes[&node];
        self.model
            .fields(owner.definition)
            .into_iter()
            .zip(&owner.held)
            .collect()
    }

    fn is_shown(&self, node: u32) -> bool {
        self.shown.iter().any(|(shown, _)| *shown == node)
    }

    /// Whether a field is seen with all that is in it.
    fn whole(&self, node: u32, field: &Field) -> bool {
        self.open.contains(&node) && field.view.is_none_or(|tag| self.shown.contains(&(node, tag)))
    }

    /// Whether an element is seen in a field that is not seen as a whole.
    fn apart(&self, item: &Item) -> bool {
        match item {
            Item::Plain(_) => false,
            Item::Node(node) => {
                self.is_shown(*node) || (self.passed.contains(node) && !self.public.contains(node))
            }
        }
    }

    fn dump(&self, node: u32, declared: u16) -> Plain {
        let definition = self.model.nodes[&node].definition;
        let mut members = Vec::new();
        if definition.0 != declared {
            let name = self.model.structs[usize::from(definition.0)].name.clone();
            members.push(("$struct".to_owned(), Plain::Text(name)));
        }
        for (field, held) in self.fields(node) {
            let whole = self.whole(node, &field);
            let element = match field.kind {
                FieldType::Primitive(primitive) => Element::Primitive(primitive),
                FieldType::Struct(declared) => Element::Struct(declared),
                FieldType::Map(element)
                | FieldType::Array(element)
                | FieldType::Set(element)
                | FieldType::Collection(element) => element,
            };
            let seen = |item: &&Item| whole || self.apart(item);
            let dump = |item: &Item| match (item, element) {
                (Item::Plain(plain), _) => plain.clone(),
                (Item::Node(node), Element::Struct(declared)) => self.dump(*node, declared.0),
                _ => panic!("an instance in a collection of primitives"),
            };
            let member = match held {
                Held::Single(item) => match item.as_ref().filter(seen) {
                    Some(item) => dump(item),
                    None => continue,
                },
                Held::Map(entries) => {
                    let seen = entries.iter().filter(|(_, item)| seen(&item));
                    Plain::Map(seen.map(|(key, item)| (key.clone(), dump(item))).collect())
                }
                Held::List(items) => Plain::List(items.iter().filter(seen).map(dump).collect()),
            };
            let empty = match &member {
                Plain::Map(entries) if matches!(held, Held::Map(_)) => entries.is_empty(),
                Plain::List(items) => items.is_empty(),
                _ => false,
            };
            if whole || !empty {
                members.push((field.name.clone(), member));
            }
        }
        Plain::Map(members)
    }
}

fn children(held: &Held) -> Vec<u32> {
    let nodes = held.items().into_iter().filter_map(|item| match item {
        Item::Node(node) => Some(*node),
        Item::Plain(_) => None,
    });
    nodes.collect()
}
