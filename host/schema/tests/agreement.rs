//! The tree against a reference model: random schemas, random batches, good and bad.
#![allow(clippy::expect_used, clippy::indexing_slicing)]

mod model;

use std::sync::Arc;

use model::Model;
use model::random::{Choices, TAGS, operation, schema};
use model::visible::Shown;
use parlor_schema::{
    Change, Decoders, Element, FieldType, Has, Kinship, NodeId, Plain, Schema, StateTree, StructDefinition,
    StructIndex, TreeLimits,
};
use proptest::prelude::*;

/// Choices that proptest can shrink.
struct Given<'a>(std::slice::Iter<'a, u16>);

impl Choices for Given<'_> {
    fn below(&mut self, bound: usize) -> usize {
        self.0
            .next()
            .map_or(0, |choice| usize::from(*choice) % bound.max(1))
    }
}

impl Given<'_> {
    fn is_spent(&self) -> bool {
        self.0.len() == 0
    }
}

/// What dumps are compared by: NaN is itself.
fn text(plain: &Plain) -> String {
    format!("{plain:?}")
}

fn start(choices: &mut Given<'_>) -> (Model, StateTree) {
    let (structs, root) = schema(choices);
    let compiled = Schema::new(structs.clone(), root).expect("a valid schema");
    (
        Model::new(structs, root),
        StateTree::new(Arc::new(compiled), TreeLimits::default()),
    )
}

/// Changes that fit the model.
fn fitting(choices: &mut Given<'_>, model: &Model) -> Vec<Change> {
    let (mut work, mut batch) = (model.clone(), Vec::new());
    for _ in 0..1 + choices.below(8) {
        if !operation(choices, &mut work, &mut batch) {
            batch.pop();
            break;
        }
    }
    batch
}

/// Has the tree refuse a batch for its last change alone.
fn refuse(choices: &mut Given<'_>, model: &Model, tree: &mut StateTree) {
    let mut batch = fitting(choices, model);
    let at = batch.len();
    batch.push(Change::Create {
        node: NodeId::ROOT,
        definition: StructIndex(0),
    });
    let error = tree.apply(batch).expect_err("the root's number is used");
    assert_eq!(error.at as usize, at);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_model(choices in prop::collection::vec(any::<u16>(), 20..1500)) {
        let mut choices = Given(choices.iter());
        let (mut model, mut tree) = start(&mut choices);
        // The same changes without the refused batches, to compare what goes over the wire.
        let mut quiet = StateTree::new(Arc::clone(tree.schema()), TreeLimits::default());
        let (view, quiet_view) = (tree.open_view(Has::Nothing), quiet.open_view(Has::Nothing));
        prop_assert_eq!(tree.snapshot_for(view), quiet.snapshot_for(quiet_view));
        let mut shown = Shown::new();
        while !choices.is_spent() {
            let mut work = model.clone();
            let mut batch = Vec::new();
            let mut fits = true;
            for _ in 0..1 + choices.below(8) {
                fits = fits && operation(&mut choices, &mut work, &mut batch);
            }
            let expected = model.apply(&batch);
            prop_assert_eq!(expected.is_ok(), fits);
            let (before, size) = (text(&tree.dump()), tree.size());
            let result = tree.apply(batch.clone());
            match (&result, &expected) {
                (Ok(()), Ok(())) => quiet.apply(batch).expect("accepted once, accepted twice"),
                (Err(error), Err(at)) => {
                    prop_assert_eq!(error.at as usize, *at, "{}", error);
                    prop_assert_eq!(text(&tree.dump()), before);
                    prop_assert_eq!(tree.size(), size);
                }
                _ => prop_assert!(false, "tree {result:?}, model {expected:?}, batch {batch:?}"),
            }
            prop_assert_eq!(text(&tree.dump()), text(&model.dump()));
            prop_assert_eq!(tree.instances(), model.nodes.len() as u64);
            if choices.below(3) == 0 {
                refuse(&mut choices, &model, &mut tree);
                prop_assert_eq!(text(&tree.dump()), text(&model.dump()));
            }
            prop_assert_eq!(tree.has_changes(), quiet.has_changes());
            model.prune(&mut shown);
            for _ in 0..choices.below(3) {
                let nodes: Vec<u32> = model.nodes.keys().copied().collect();
                let (node, tag) = (nodes[choices.below(nodes.len())], TAGS[choices.below(TAGS.len())]);
                if choices.below(3) > 0 {
                    shown.insert((node, tag));
                    prop_assert_eq!(tree.show(view, NodeId(node), tag), Ok(()));
                    prop_assert_eq!(quiet.show(quiet_view, NodeId(node), tag), Ok(()));
                } else {
                    shown.remove(&(node, tag));
                    prop_assert_eq!(tree.hide(view, NodeId(node), tag), Ok(()));
                    prop_assert_eq!(quiet.hide(quiet_view, NodeId(node), tag), Ok(()));
                }
            }
            prop_assert_eq!(tree.shown(view).map(|(node, tag)| (node.0, tag)).collect::<Shown>(), shown.clone());
            if choices.below(3) == 0 {
                prop_assert_eq!(tree.snapshot(), quiet.snapshot());
                prop_assert_eq!(tree.patch_for(Decoders::V2), quiet.patch_for(Decoders::V2));
                prop_assert_eq!(tree.take_part(view), quiet.take_part(quiet_view));
                prop_assert!(!tree.has_changes());
                prop_assert_eq!(tree.patch(), None);
                prop_assert_eq!(tree.snapshot(), quiet.snapshot());
                prop_assert_eq!(tree.resync(), quiet.resync());
                if choices.below(4) == 0 {
                    prop_assert_eq!(tree.resync_for(view), quiet.resync_for(quiet_view));
                }
            }
        }
    }

    #[test]
    fn goes_back_to_what_it_was(choices in prop::collection::vec(any::<u16>(), 20..1500)) {
        let mut choices = Given(choices.iter());
        let (mut model, mut tree) = start(&mut choices);
        let mut kept = vec![(model.clone(), tree.checkpoint())];
        while !choices.is_spent() {
            let batch = fitting(&mut choices, &model);
            if model.apply(&batch).is_ok() {
                tree.apply(batch).expect("what fits the model fits the tree");
            }
            match choices.below(6) {
                0 => kept.push((model.clone(), tree.checkpoint())),
                1 => {
                    let (then, checkpoint) = &kept[choices.below(kept.len())];
                    tree.revert(checkpoint);
                    model = then.clone();
                    prop_assert_eq!(tree.instances(), model.nodes.len() as u64);
                }
                2 => {
                    let _ = tree.patch();
                }
                _ => {}
            }
            prop_assert_eq!(text(&tree.dump()), text(&model.dump()));
        }
        // Nothing of what was taken back is left in the books.
        let checkpoint = tree.checkpoint();
        let size = (tree.size(), tree.text_bytes());
        tree.revert(&checkpoint);
        prop_assert_eq!((tree.size(), tree.text_bytes()), size);
        let _ = tree.patch();
        tree.revert(&checkpoint);
        prop_assert_eq!(tree.patch(), None);
    }

    #[test]
    fn a_tree_that_follows_tells_what_it_has_words_for(choices in prop::collection::vec(any::<u16>(), 20..1500)) {
        let mut choices = Given(choices.iter());
        let (mut model, mut tree) = start(&mut choices);
        let known = Model::new(forgetful(&mut choices, &model.structs), tree.schema().root());
        let schema = Schema::new(known.structs.clone(), tree.schema().root()).expect("fewer fields");
        let mut told = StateTree::new(Arc::new(schema), TreeLimits::default());
        let kinship = Kinship::between(told.schema(), tree.schema());
        while !choices.is_spent() {
            let batch = fitting(&mut choices, &model);
            if model.apply(&batch).is_ok() {
                tree.apply(batch).expect("what fits the model fits the tree");
            }
            told.follow(&tree, &kinship).expect("within the limits");
            let expected = as_told(tree.dump(), tree.schema().root(), &known);
            prop_assert_eq!(text(&sorted(told.dump())), text(&sorted(expected)));
            let _ = told.patch();
            told.follow(&tree, &kinship).expect("within the limits");
            prop_assert_eq!(told.patch(), None, "nothing has changed");
        }
    }

    #[test]
    fn replace_gives_what_was_given(choices in prop::collection::vec(any::<u16>(), 20..1500)) {
        let mut choices = Given(choices.iter());
        let (mut model, mut tree) = start(&mut choices);
        while !choices.is_spent() {
            let mut batch = Vec::new();
            let mut work = model.clone();
            for _ in 0..1 + choices.below(8) {
                if !operation(&mut choices, &mut work, &mut batch) {
                    break;
                }
            }
            let _ = model.apply(&batch);
            let whole = model.dump();
            tree.replace(whole.clone()).expect("a dump fits its schema");
            prop_assert_eq!(text(&sorted(tree.dump())), text(&sorted(whole)));
            let _ = tree.patch();
            // A second time nothing differs.
            tree.replace(tree.dump()).expect("its own dump fits");
            prop_assert_eq!(tree.patch(), None);
        }
    }
}

/// The schema without some of the fields.
fn forgetful(choices: &mut Given<'_>, structs: &[StructDefinition]) -> Vec<StructDefinition> {
    let mut told = structs.to_vec();
    for definition in &mut told {
        definition.fields.retain(|_| choices.below(3) > 0);
    }
    told
}

/// An instance without the fields that `told` does not have.
fn as_told(plain: Plain, declared: StructIndex, told: &Model) -> Plain {
    let Plain::Map(members) = plain else { return plain };
    let named = members.iter().find_map(|(name, member)| match member {
        Plain::Text(text) if name == "$struct" => told.structs.iter().position(|one| one.name == *text),
        _ => None,
    });
    let index = named.map_or(declared, |index| StructIndex(index as u16));
    let fields = told.fields(index);
    let members = members.into_iter().filter_map(|(name, member)| {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            return (name == "$struct").then_some((name, member));
        };
        let element = |plain| match field.kind {
            FieldType::Struct(declared)
            | FieldType::Map(Element::Struct(declared))
            | FieldType::Array(Element::Struct(declared))
            | FieldType::Set(Element::Struct(declared))
            | FieldType::Collection(Element::Struct(declared)) => as_told(plain, declared, told),
            _ => plain,
        };
        let member = match (field.kind, member) {
            (FieldType::Map(_), Plain::Map(entries)) => Plain::Map(
                entries
                    .into_iter()
                    .map(|(key, entry)| (key, element(entry)))
                    .collect(),
            ),
            (_, Plain::List(items)) => Plain::List(items.into_iter().map(element).collect()),
            (_, single) => element(single),
        };
        Some((name, member))
    });
    Plain::Map(members.collect())
}

/// With the members of maps in the order of the alphabet: `replace` leaves keys that stay where they are.
fn sorted(plain: Plain) -> Plain {
    match plain {
        Plain::List(items) => Plain::List(items.into_iter().map(sorted).collect()),
        Plain::Map(members) => {
            let mut members: Vec<_> = members
                .into_iter()
                .map(|(name, member)| (name, sorted(member)))
                .collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Plain::Map(members)
        }
        other => other,
    }
}
