//! What single changes are reported as.

use super::mirror::{Mirror, settled};
use crate::bindings::parlor::room::state::Change;
use crate::prelude::*;
use crate::state::Sync;
use crate::state::tracking::RoomState;

#[derive(State, Default)]
struct World {
    #[state(number)]
    round: u32,
    label: Option<String>,
    spawn: Point,
    ball: Option<Point>,
    players: Map<Player>,
    path: List<Point>,
    #[state(uint16, rename = "diceRolls")]
    dice: List<u8>,
    phase: Phase,
    zoo: List<Creature>,
    #[state(skip)]
    secret: u8,
}

#[derive(State, Default, Clone)]
struct Point {
    x: f64,
    y: f64,
}

#[derive(State, Default, Clone)]
#[state(rename_all = "camelCase")]
struct Player {
    hit_points: u16,
    items: List<String>,
}

#[derive(State, Default)]
enum Phase {
    #[default]
    NotBegun,
    Playing,
}

#[derive(State)]
struct Animal {
    legs: u8,
}

#[derive(State)]
struct Dog {
    #[state(extends)]
    animal: Animal,
    bark: String,
}

#[derive(State)]
#[state(base = Animal)]
enum Creature {
    Dog(Dog),
    Plain(Animal),
}

/// What a hook does, the hook, and how many changes it makes.
type Case = (&'static str, fn(&mut World), usize);

struct Table {
    world: World,
    sync: Sync<World>,
    mirror: Mirror,
}

impl Table {
    fn new(mut world: World) -> Self {
        let mirror = Mirror::new(World::schema().unwrap().into_wit());
        let sync = Sync::begin(&mut world).unwrap();
        let mut table = Self { world, sync, mirror };
        table.report();
        table
    }

    /// How many changes a hook that did this reports, after which the host has the same state.
    fn after(&mut self, hook: impl FnOnce(&mut World)) -> Vec<Change> {
        hook(&mut self.world);
        self.report()
    }

    fn report(&mut self) -> Vec<Change> {
        let mut reported = Vec::new();
        self.sync
            .report(&mut self.world, |changes| reported = changes.to_vec());
        self.mirror.apply(&reported);
        let mut expected = serde_json::to_value(&self.world).unwrap();
        expected.as_object_mut().unwrap().remove("secret");
        assert_eq!(
            settled(self.mirror.to_json()).to_string(),
            settled(expected).to_string()
        );
        reported
    }
}

#[test]
fn the_schema_has_names_and_types_as_declared() {
    let mirror = Mirror::new(World::schema().unwrap().into_wit());
    let expected = [
        "round: Primitive::Number",
        "label: Primitive::String",
        "spawn: struct 1",
        "ball: struct 1",
        "players: map of struct 2",
        "path: array of struct 1",
        "diceRolls: array of Primitive::Uint16",
        "phase: Primitive::String",
        "zoo: array of struct 3",
    ];
    assert_eq!(mirror.primitives(0), expected);
    assert_eq!(
        mirror.primitives(2),
        [
            "hitPoints: Primitive::Uint16",
            "items: array of Primitive::String"
        ]
    );
}

#[test]
fn only_what_changed_is_reported() {
    let mut world = World::default();
    world
        .players
        .extend((0..100).map(|i| (format!("p{i}"), Player::default())));
    let mut table = Table::new(world);
    let cases: [Case; 16] = [
        ("nothing", |_| {}, 0),
        ("a private field", |world| world.secret += 1, 0),
        ("the same value", |world| world.round = 0, 0),
        ("a field", |world| world.round += 1, 1),
        ("not-a-number", |world| world.spawn.x = f64::NAN, 1),
        ("not-a-number again", |world| world.spawn.x = f64::NAN, 0),
        ("a field below", |world| world.spawn.x = 1.0, 1),
        ("a string set", |world| world.label = Some("a".to_owned()), 1),
        ("a string unset", |world| world.label = None, 1),
        (
            "a struct set",
            |world| world.ball = Some(Point { x: 1.0, y: 2.0 }),
            4,
        ),
        (
            "a struct set anew keeps its instance",
            |world| world.ball = Some(Point { x: 1.0, y: 3.0 }),
            1,
        ),
        (
            "one of many",
            |world| world.players.get_mut("p7").unwrap().hit_points = 9,
            1,
        ),
        (
            "one touched, not changed",
            |world| world.players["p7"].hit_points = 9,
            0,
        ),
        (
            "all touched",
            |world| {
                world
                    .players
                    .values_mut()
                    .take(3)
                    .for_each(|player| player.hit_points += 1)
            },
            3,
        ),
        (
            "a list below",
            |world| world.players["p1"].items.extend(["a".to_owned(), "b".to_owned()]),
            2,
        ),
        ("a word", |world| world.phase = Phase::Playing, 1),
    ];
    for (what, hook, expected) in cases {
        let changes = table.after(hook);
        assert_eq!(changes.len(), expected, "{what}: {changes:?}");
    }
}

#[test]
fn lists_are_told_in_few_changes() {
    let mut table = Table::new(World::default());
    let cases: [Case; 11] = [
        ("filled", |world| world.dice.extend(0..6), 6),
        ("appended", |world| world.dice.push(6), 1),
        ("inserted", |world| world.dice.insert(2, 9), 1),
        ("taken out", |world| assert_eq!(world.dice.remove(2), Some(9)), 1),
        (
            "taken out of the middle and assigned",
            |world| {
                world.dice.remove(1);
                world.dice[1] = 7;
            },
            2,
        ),
        (
            "nothing there to take out",
            |world| assert_eq!(world.dice.remove(77), None),
            0,
        ),
        ("swapped", |world| world.dice.swap(0, 1), 2),
        (
            "moved to and fro",
            |world| {
                world.dice.move_to(0, 3);
                world.dice.move_to(3, 0);
            },
            0,
        ),
        ("replaced", |world| assert!(world.dice.replace(0, 1).is_some()), 2),
        ("retained", |world| world.dice.retain(|n| *n > 2), 2),
        ("cleared", |world| world.dice.clear(), 1),
    ];
    for (what, hook, expected) in cases {
        let changes = table.after(hook);
        assert_eq!(changes.len(), expected, "{what}: {changes:?}");
    }
}

#[test]
fn elements_that_move_stay_the_same_instances() {
    let mut world = World::default();
    world.path.extend((0..4).map(|i| Point {
        x: f64::from(i),
        y: 0.0,
    }));
    let mut table = Table::new(world);
    for hook in [
        |world: &mut World| world.path.reverse(),
        |world: &mut World| world.path.sort_by(|a, b| a.x.total_cmp(&b.x)),
    ] {
        let changes = table.after(hook);
        assert!(
            changes.iter().all(|change| matches!(change, Change::ArraySet(_))),
            "{changes:?}"
        );
    }
    assert_eq!(table.mirror.count(), 1 + 1 + 4);
}

#[test]
fn an_element_becomes_another_struct() {
    let mut table = Table::new(World::default());
    table.after(|world| world.zoo.push(Creature::Plain(Animal { legs: 3 })));
    table.after(|world| {
        world.zoo.push(
            Dog {
                animal: Animal { legs: 4 },
                bark: "wuff".to_owned(),
            }
            .into(),
        )
    });
    let changes = table.after(|world| world.zoo[1].legs = 3);
    assert!(matches!(changes[..], [Change::Set(_)]), "{changes:?}");
    let changes = table.after(|world| world.zoo[1] = Creature::Plain(Animal { legs: 1 }));
    assert!(
        matches!(
            changes[..],
            [Change::Create(_), Change::ArraySet(_), Change::Set(_)]
        ),
        "{changes:?}"
    );
}

#[test]
fn what_was_taken_out_may_come_back_elsewhere() {
    let mut table = Table::new(World::default());
    table.after(|world| {
        let items = ["sword".to_owned(), "bow".to_owned()].into_iter().collect();
        world.players.insert("a", Player { hit_points: 1, items });
    });
    table.after(|world| {
        let player = world.players.remove("a").unwrap();
        world.players.insert("b", player);
    });
    table.after(|world| {
        world.players.insert("c", Player::default());
        let taken = std::mem::take(&mut world.players["b"].items);
        world.players["c"].items = taken;
    });
    table.after(|world| world.players["b"].items.push("net".to_owned()));
    table.after(|world| world.players["c"].items.push("net".to_owned()));
    assert_eq!(table.world.players["c"].items.len(), 3);
}
