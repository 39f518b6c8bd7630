//! Bytes that are agreed on: captured from upstream, or worked out by hand.
#![allow(clippy::expect_used)]

use std::sync::Arc;

use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, NodeId, Primitive, Schema, StateTree, StructDefinition,
    StructIndex, TreeLimits, Value, reflection,
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn field(name: &str, kind: FieldType) -> Field {
    Field {
        name: name.into(),
        kind,
        view: None,
    }
}

const PLAYER: StructIndex = StructIndex(1);

/// The state of protocol §11.5.
fn schema() -> Arc<Schema> {
    let primitive = FieldType::Primitive;
    let structs = vec![
        StructDefinition {
            name: "State".into(),
            extends: None,
            fields: vec![
                field("n", primitive(Primitive::Number)),
                field("players", FieldType::Map(Element::Struct(PLAYER))),
                field("list", FieldType::Array(Element::Primitive(Primitive::String))),
            ],
        },
        StructDefinition {
            name: "Player".into(),
            extends: None,
            fields: vec![
                field("x", primitive(Primitive::Number)),
                field("name", primitive(Primitive::String)),
            ],
        },
    ];
    Arc::new(Schema::new(structs, StructIndex(0)).expect("a valid schema"))
}

#[test]
fn handshakes_are_those_of_upstream() {
    let schema = schema();
    let r5 = "8001ff01800002800107ff0280008203ff03800004800105800206ff0480a16e81a66e756d626572ff0580a7706c617965727381a3\
              6d61708201ff0680a46c69737481a5617272617982ff83a6737472696e67ff0780018208ff0880000980010aff0980a17881a66e75\
              6d626572ff0a80a46e616d6581a6737472696e67";
    assert_eq!(hex(&reflection::r5(&schema)), r5);
    // The other dialects differ in one field: the collection of primitives.
    let list = "ff0680a46c697374";
    let in_r5 = format!("{list}81a5617272617982ff83a6737472696e67");
    let in_r3 = format!("{list}81ac61727261793a737472696e6782ff");
    let in_both = format!("{in_r3}83a6737472696e6701a56172726179");
    assert_eq!(hex(&reflection::polyglot(&schema)), r5.replace(&in_r5, &in_both));
    // That of v2 has the list of fields as member 1, and says which type is the root's even if it is the first.
    let r2 = r5.replace(&in_r5, &in_r3).replacen("8001", "80018100", 1);
    let r2 = r2
        .replace("ff0280008203", "ff0280008103")
        .replace("ff0780018208", "ff0780018108");
    assert_eq!(hex(&reflection::r2(&schema)), r2);
}

#[test]
fn a_first_snapshot_and_its_patches() {
    let mut tree = StateTree::new(schema(), TreeLimits::default());
    let node = NodeId(1);
    let root = NodeId::ROOT;
    tree.apply([
        Change::Set {
            node: root,
            field: FieldIndex(0),
            value: Value::Integer(1),
        },
        Change::Create {
            node,
            definition: PLAYER,
        },
        Change::Set {
            node,
            field: FieldIndex(0),
            value: Value::Integer(1),
        },
        Change::Set {
            node,
            field: FieldIndex(1),
            value: Value::Text("bob".into()),
        },
        Change::MapSet {
            node: root,
            field: FieldIndex(1),
            key: "QvcPLGRno".into(),
            value: Value::Node(node),
        },
    ])
    .expect("a batch that fits");
    assert_eq!(
        tree.patch().map(|body| hex(&body)),
        Some("8001ff018000a9517663504c47526e6f03ff03800181a3626f62".into())
    );
    assert_eq!(
        hex(&tree.snapshot()),
        "800181018202ff018000a9517663504c47526e6f03ff03800181a3626f62"
    );
    assert_eq!(
        hex(&tree.resync()),
        "800181018202ff01c000a9517663504c47526e6f03ff03800181a3626f62"
    );
    let set = |x| Change::Set {
        node,
        field: FieldIndex(0),
        value: Value::Float(x),
    };
    // Nothing goes out for a value that is back where it was.
    tree.apply([set(2.0)]).expect("fits");
    tree.apply([set(1.0)]).expect("fits");
    assert!(tree.has_changes());
    assert_eq!(tree.patch(), None);
    tree.apply([set(0.5)]).expect("fits");
    assert_eq!(
        tree.patch().map(|body| hex(&body)),
        Some("ff0380ca0000003f".into())
    );
    // A key that comes back in the same tick is a new entry.
    let key = || "QvcPLGRno".to_owned();
    tree.apply([
        Change::MapRemove {
            node: root,
            field: FieldIndex(1),
            key: key(),
        },
        Change::MapSet {
            node: root,
            field: FieldIndex(1),
            key: key(),
            value: Value::Node(node),
        },
    ])
    .expect("fits");
    assert_eq!(
        tree.patch().map(|body| hex(&body)),
        Some("ff0140008001a9517663504c47526e6f03".into())
    );
}

/// Right after a reference, the operation DELETE_AND_ADD on field 21 would read as the mark of a type id.
#[test]
fn no_operation_looks_like_a_type_id() {
    let fields = (0..22).map(|index| field(&format!("f{index}"), FieldType::Struct(StructIndex(1))));
    let structs = vec![
        StructDefinition {
            name: "State".into(),
            extends: None,
            fields: fields.collect(),
        },
        StructDefinition {
            name: "Empty".into(),
            extends: None,
            fields: vec![],
        },
    ];
    let schema = Schema::new(structs, StructIndex(0)).expect("a valid schema");
    let mut tree = StateTree::new(Arc::new(schema), TreeLimits::default());
    let put = |number: u32, at: u8| {
        let node = NodeId(number);
        let value = Value::Node(node);
        [
            Change::Create {
                node,
                definition: StructIndex(1),
            },
            Change::Set {
                node: NodeId::ROOT,
                field: FieldIndex(at),
                value,
            },
        ]
    };
    tree.apply(put(1, 20).into_iter().chain(put(2, 21)))
        .expect("fits");
    assert_eq!(tree.patch().map(|body| hex(&body)), Some("94019502".into()));
    tree.apply(put(3, 20).into_iter().chain(put(4, 21)))
        .expect("fits");
    assert_eq!(tree.patch().map(|body| hex(&body)), Some("d403559504".into()));
    assert_eq!(hex(&tree.resync()).matches("d403559504").count(), 1);
}
