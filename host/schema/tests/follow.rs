//! Trees that tell clients, by the schema that they were told, of a state that obeys a newer one.
#![allow(clippy::expect_used)]

use std::sync::Arc;

use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, Has, Kinship, NodeId, Plain, Primitive, Schema, StateTree,
    StructDefinition, StructIndex, TreeLimits, Value, ViewTag,
};

const TAG: ViewTag = ViewTag(-1);
const NUMBER: FieldType = FieldType::Primitive(Primitive::Number);
const TEXT: FieldType = FieldType::Primitive(Primitive::String);
const UNITS: FieldType = FieldType::Map(Element::Struct(StructIndex(1)));

type Fields<'a> = &'a [(&'a str, FieldType, Option<ViewTag>)];

fn tree(structs: &[(&str, Option<u16>, Fields<'_>)]) -> StateTree {
    let field = |(name, kind, view): &(&str, FieldType, Option<ViewTag>)| Field {
        name: (*name).into(),
        kind: *kind,
        view: *view,
    };
    let structs = structs.iter().map(|(name, extends, fields)| StructDefinition {
        name: (*name).into(),
        extends: extends.map(StructIndex),
        fields: fields.iter().map(field).collect(),
    });
    let schema = Schema::new(structs.collect(), StructIndex(0)).expect("a valid schema");
    StateTree::new(Arc::new(schema), TreeLimits::default())
}

/// What clients were told: units with a name, and a secret that is shown to some.
fn told() -> StateTree {
    tree(&[
        (
            "Root",
            None,
            &[
                ("round", NUMBER, None),
                ("units", UNITS, None),
                ("old", TEXT, None),
            ],
        ),
        (
            "Unit",
            None,
            &[("name", TEXT, None), ("secret", NUMBER, Some(TAG))],
        ),
    ])
}

/// The newer one: the root's fields stand elsewhere, units have a level before their name, and knights, who are units,
/// are new.
fn now() -> StateTree {
    tree(&[
        ("Root", None, &[("units", UNITS, None), ("round", NUMBER, None)]),
        (
            "Unit",
            None,
            &[
                ("level", NUMBER, None),
                ("name", TEXT, None),
                ("secret", NUMBER, Some(TAG)),
            ],
        ),
        ("Knight", Some(1), &[("horse", TEXT, None)]),
    ])
}

fn create(node: u32, definition: u16) -> Change {
    Change::Create {
        node: NodeId(node),
        definition: StructIndex(definition),
    }
}

fn set(node: u32, field: u8, value: Value) -> Change {
    Change::Set {
        node: NodeId(node),
        field: FieldIndex(field),
        value,
    }
}

fn put(field: u8, key: &str, node: u32) -> Change {
    Change::MapSet {
        node: NodeId::ROOT,
        field: FieldIndex(field),
        key: key.into(),
        value: Value::Node(NodeId(node)),
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn map(members: &[(&str, Plain)]) -> Plain {
    Plain::Map(
        members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    )
}

fn unit(name: &str, secret: i64) -> Plain {
    map(&[
        ("name", Plain::Text(name.into())),
        ("secret", Plain::Integer(secret)),
    ])
}

#[test]
fn clients_are_told_what_their_schema_has_words_for() {
    let mut told = told();
    told.apply([
        set(0, 2, text("kept until now")),
        create(7, 1),
        put(1, "a", 7),
        set(7, 0, text("Ann")),
        set(7, 1, Value::Integer(3)),
    ])
    .expect("the state of before");
    told.patch();

    let mut now = now();
    now.apply([
        create(1, 1),
        create(2, 2),
        put(0, "a", 1),
        put(0, "k", 2),
        set(0, 1, Value::Integer(5)),
        set(1, 0, Value::Integer(9)),
        set(1, 1, text("Ann")),
        set(1, 2, Value::Integer(3)),
        set(2, 1, text("Kay")),
        set(2, 2, Value::Integer(4)),
        set(2, 3, text("Bucephalus")),
    ])
    .expect("the state of now");
    let kinship = Kinship::between(told.schema(), now.schema());
    told.follow(&now, &kinship).expect("within the limits");
    let expected = map(&[
        ("round", Plain::Integer(5)),
        ("units", map(&[("a", unit("Ann", 3)), ("k", unit("Kay", 4))])),
    ]);
    assert_eq!(told.dump(), expected);

    told.patch();
    told.follow(&now, &kinship).expect("within the limits");
    assert_eq!(told.patch(), None, "nothing has changed");
    now.apply([set(1, 0, Value::Integer(10))]).expect("a level");
    told.follow(&now, &kinship).expect("within the limits");
    assert_eq!(told.patch(), None, "clients do not know of levels");
    now.apply([set(1, 1, text("Anne"))]).expect("a name");
    told.follow(&now, &kinship).expect("within the limits");
    let patch = told.patch().expect("a name has changed");
    assert!(patch.len() < 12, "the name and nothing else: {patch:?}");
}

#[test]
fn what_is_shown_is_shown_in_the_other_tree_too() {
    let (mut told, mut now) = (told(), now());
    now.apply([create(1, 2), put(0, "k", 1), set(1, 2, Value::Integer(4))])
        .expect("a knight");
    let kinship = Kinship::between(told.schema(), now.schema());
    told.follow(&now, &kinship).expect("within the limits");
    let (view, older) = (now.open_view(Has::Nothing), told.open_view(Has::Nothing));
    now.show(view, NodeId(1), TAG).expect("it is there");

    let twins = told.twins(&now, &kinship);
    told.show_like(older, &now, view, &twins);
    told.patch();
    assert!(
        told.snapshot_for(older).len() > told.snapshot().len(),
        "the secret is in it"
    );

    let other = now.open_view(Has::Nothing);
    now.show_as_told(other, &told, older, &twins);
    assert_eq!(now.shown(other).collect::<Vec<_>>(), [(NodeId(1), TAG)]);
    now.hide(view, NodeId(1), TAG).expect("it was shown");
    told.show_like(older, &now, view, &twins);
    told.patch();
    assert_eq!(told.snapshot_for(older).len(), told.snapshot().len());
}

#[test]
fn a_tree_takes_over_the_checkpoint_of_another() {
    let mut first = told();
    first
        .apply([create(7, 1), put(1, "a", 7), set(7, 0, text("Ann"))])
        .expect("a unit");
    let checkpoint = first.checkpoint();
    let mut second = StateTree::new(Arc::clone(first.schema()), TreeLimits::default());
    second
        .apply([create(3, 1), put(1, "z", 3), set(3, 0, text("Zoe"))])
        .expect("another unit in the same place");
    second.revert(&checkpoint);
    assert_eq!(second.dump(), first.dump());
    second
        .apply([set(7, 0, text("Anne"))])
        .expect("numbers come along");
    assert!(
        second.apply([set(3, 0, text("Zoe"))]).is_err(),
        "and others are gone"
    );
}
