//! The history of the vectors' `stateView`, with our bytes.

use std::sync::Arc;

use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, NodeId, Primitive, Schema, StateTree, StructDefinition,
    StructIndex, TreeLimits, Value, ViewTag,
};
use serde_json::Value as Json;

use crate::model::Model;
use crate::model::visible::Shown;
use crate::record::Record;
use crate::viewers::Viewer;

const CARD: StructIndex = StructIndex(1);

/// `turn: number, cards: array<Card>, secret: string (tag 1)`; a card is `suit: string, num: uint8 (tagged)`.
fn structs() -> Vec<StructDefinition> {
    let field = |name: &str, kind, view| Field {
        name: name.to_owned(),
        kind,
        view,
    };
    let single = FieldType::Primitive;
    let structure = |name: &str, fields| StructDefinition {
        name: name.to_owned(),
        extends: None,
        fields,
    };
    let state = vec![
        field("turn", single(Primitive::Number), None),
        field("cards", FieldType::Array(Element::Struct(CARD)), None),
        field("secret", single(Primitive::String), Some(ViewTag(1))),
    ];
    let card = vec![
        field("suit", single(Primitive::String), None),
        field("num", single(Primitive::Uint8), Some(ViewTag::default())),
    ];
    vec![structure("State", state), structure("Card", card)]
}

fn set(node: u32, field: u8, value: Value) -> Change {
    Change::Set {
        node: NodeId(node),
        field: FieldIndex(field),
        value,
    }
}

fn card(node: u32, suit: &str, num: i64) -> [Change; 4] {
    let id = NodeId(node);
    [
        Change::Create {
            node: id,
            definition: CARD,
        },
        set(node, 0, Value::Text(suit.into())),
        set(node, 1, Value::Integer(num)),
        Change::ArrayInsert {
            node: NodeId::ROOT,
            field: FieldIndex(1),
            index: node - 1,
            value: Value::Node(id),
        },
    ]
}

/// One viewer is there from the start, the other comes at the end.
pub fn emit() {
    let root = StructIndex(0);
    let schema = Arc::new(Schema::new(structs(), root).expect("a valid schema"));
    let mut record = Record::new("stateView", &schema);
    let mut model = Model::new(structs(), root);
    let mut tree = StateTree::new(schema, TreeLimits::default());
    let mut stays = Viewer::new(&mut tree);
    let mut comes = Viewer::new(&mut tree);
    let mut initial = vec![set(0, 0, Value::Integer(1)), set(0, 2, Value::Text("top".into()))];
    initial.extend(card(1, "H", 1));
    initial.extend(card(2, "S", 2));
    let numbers = vec![set(1, 1, Value::Integer(11)), set(2, 1, Value::Integer(22))];
    let steps: [(Vec<Change>, Look); 6] = [
        (initial, Look::Nothing),
        (vec![], Look::Show(1, ViewTag::default())),
        (numbers, Look::Nothing),
        (vec![], Look::Show(0, ViewTag(1))),
        (vec![set(0, 0, Value::Integer(2))], Look::Nothing),
        (vec![], Look::Hide(1, ViewTag::default())),
    ];
    for (at, (changes, look)) in steps.into_iter().enumerate() {
        model.apply(&changes).expect("it fits");
        tree.apply(changes).expect("it fits");
        for viewer in [&mut stays, &mut comes] {
            match look {
                Look::Nothing => {}
                Look::Show(node, tag) => viewer.show(&mut tree, node, tag),
                Look::Hide(node, tag) => viewer.hide(&mut tree, node, tag),
            }
        }
        let shared = record.step_seen(&mut tree, true, &model.dump_for(&Shown::new()));
        if at == 0 {
            stays.get_snapshot(&mut tree, &model, at);
        } else {
            stays.get_patch(&mut tree, &model, &shared, at);
        }
    }
    comes.get_snapshot(&mut tree, &model, 5);
    record.note("viewers", Json::Array(vec![stays.into_json(), comes.into_json()]));
    record.print();
}

/// What happens to the views in a step.
enum Look {
    Nothing,
    Show(u32, ViewTag),
    Hide(u32, ViewTag),
}
