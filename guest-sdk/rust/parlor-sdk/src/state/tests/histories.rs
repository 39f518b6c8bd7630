//! Random histories: after every hook the host has the state that the room has, also across saves.

use super::mirror::{Mirror, settled};
use crate::data::Document;
use crate::prelude::*;
use crate::state::tracking::RoomState;
use crate::state::{Handover, Sync, restoring, saving};
use proptest::prelude::*;

#[derive(State, Default)]
struct World {
    tokens: Map<Token>,
    list: List<Token>,
    numbers: List<u8>,
    words: Set<String>,
    bag: Bag<Token>,
    counts: Bag<u8>,
    favorite: Option<Shared<Team>>,
    teams: Map<Shared<Team>>,
    ranking: List<Shared<Team>>,
    chosen: Set<Shared<Team>>,
}

#[derive(State, Default, Clone)]
struct Token {
    value: u8,
    below: List<Leaf>,
    leaf: Option<Leaf>,
}

#[derive(State, Default, Clone)]
struct Leaf {
    value: u8,
}

#[derive(State, Default)]
struct Team {
    score: u8,
    members: Map<Leaf>,
    rival: Option<Shared<Mascot>>,
}

#[derive(State, Default)]
struct Mascot {
    name: String,
}

/// What is saved: the state, and handles that are not in it.
#[derive(Data, Default)]
struct Room {
    state: World,
    aside: Vec<Shared<Team>>,
    mascot: Shared<Mascot>,
    put_aside: Vec<Token>,
}

/// Three small numbers decide what an operation does.
type Operation = (u8, u8, u8);

fn key(n: u8) -> String {
    format!("k{}", n % 4)
}

fn token(n: u8) -> Token {
    Token {
        value: n,
        below: (0..n % 3).map(|value| Leaf { value }).collect(),
        leaf: n.is_multiple_of(2).then(Leaf::default),
    }
}

fn perform(room: &mut Room, (what, a, b): Operation) {
    let Room {
        state,
        aside,
        mascot,
        put_aside,
    } = room;
    let at = |length: usize| usize::from(a) % length.max(1);
    match what % 40 {
        0 => {
            state.tokens.insert(key(a), token(b));
        }
        1 => put_aside.extend(state.tokens.remove(key(a))),
        2 => {
            if let Some(token) = state.tokens.get_mut(key(a)) {
                token.value = b;
                token.below.push(Leaf { value: b });
            }
        }
        3 => state.tokens.values_mut().for_each(|token| token.leaf = None),
        4 => {
            if let Some(token) = put_aside.pop() {
                state.tokens.insert(key(b), token);
            }
        }
        5 => state.tokens.clear(),
        6 => state.tokens.retain(|_, token| token.value % 2 == a % 2),
        7 => {
            if let Some(token) = put_aside.pop() {
                state.list.push(token);
            }
        }
        8 => state.list.insert(at(state.list.len() + 1), token(b)),
        9 => put_aside.extend(state.list.remove(at(state.list.len()))),
        10 => state
            .list
            .move_to(at(state.list.len()), usize::from(b) % state.list.len().max(1)),
        11 => state.list.reverse(),
        12 => state.list.sort_by_key(|token| token.value),
        13 => {
            if let Some(token) = state.list.get_mut(at(state.list.len())) {
                token.below.reverse();
                token.value = b;
            }
        }
        14 => {
            state.list.replace(at(state.list.len()), token(b));
        }
        15 => state.list.retain(|token| token.value % 3 != b % 3),
        16 => state.numbers.insert(at(state.numbers.len() + 1), b % 4),
        17 => {
            state.numbers.remove(at(state.numbers.len()));
        }
        18 => {
            if let Some(number) = state.numbers.get_mut(at(state.numbers.len())) {
                *number = b;
            }
        }
        19 => {
            state.numbers.sort_by_key(|number| *number);
            state.numbers.truncate(6);
        }
        20 => {
            state.words.insert(key(a));
        }
        21 => {
            state.words.remove(key(a).as_str());
        }
        22 => {
            if b % 4 == 0 {
                state.words.clear()
            } else {
                state.words.retain(|word| *word != key(a))
            }
        }
        23 => state.bag.insert(token(b)),
        24 => {
            if b % 4 == 0 {
                state.bag.clear()
            } else {
                state.bag.retain(|token| token.value % 2 == 0)
            }
        }
        25 => state.bag.iter_mut().for_each(|token| token.value = b),
        26 => state.counts.insert(b % 3),
        27 => {
            state.counts.remove(&(b % 3));
        }
        28 => state.counts.iter_mut().take(1).for_each(|count| *count = b % 3),
        29 => {
            state.teams.insert(
                key(a),
                Shared::new(Team {
                    score: b,
                    ..Team::default()
                }),
            );
        }
        30 => aside.extend(state.teams.remove(key(a))),
        31 => {
            if let Some(team) = state.teams.get(key(a)) {
                team.borrow_mut().score = b;
            }
        }
        32 => state.favorite = state.teams.get(key(a)).cloned(),
        33 => {
            if let Some(team) = aside.pop() {
                state.teams.insert(key(a), team);
            }
        }
        34 => {
            if let Some(team) = aside.last() {
                team.borrow_mut().members.insert(key(b), Leaf { value: b });
            }
        }
        35 => {
            if let Some(team) = &state.favorite {
                team.borrow_mut().rival = Some(mascot.clone());
            }
        }
        36 => mascot.borrow_mut().name = key(b),
        37 => {
            if let Some(team) = state.teams.get(key(a)) {
                state.ranking.push(team.clone());
                state.chosen.insert(team.clone());
            }
        }
        38 => {
            state.ranking.reverse();
            state.ranking.truncate(3);
            state.chosen.retain(|team| team.borrow().score % 2 == 0);
        }
        _ => {
            if let Some(team) = state.teams.get(key(a)) {
                team.borrow_mut().rival = None;
            }
        }
    }
}

fn check(mirror: &Mirror, state: &World) {
    let expected = settled(serde_json::to_value(state).unwrap());
    assert_eq!(mirror.to_json().to_string(), expected.to_string());
}

fn saved_and_restored(room: Room, sync: Sync<World>) -> (Room, Sync<World>) {
    let numbering = sync.numbering(&room.state);
    let saved = saving(|| Document::of(&(&room, numbering)));
    drop(room);
    let (mut room, numbering): (Room, Option<_>) = restoring(|| saved.read()).unwrap();
    let sync = Sync::resume(&mut room.state, numbering, Handover::Kept)
        .unwrap()
        .unwrap();
    (room, sync)
}

/// An instance leaves its only place, changes, and stands at another one when the hook ends.
#[test]
fn a_shared_instance_that_changes_between_two_places_is_told() {
    let mut state = World::default();
    let team = Shared::new(Team::default());
    state.teams.insert("a", team.clone());
    let mut mirror = Mirror::new(World::schema().unwrap().into_wit());
    let mut sync = Sync::begin(&mut state).unwrap();
    sync.report(&mut state, |changes| mirror.apply(&changes.to_vec()));

    state.ranking.push(team.clone());
    state.teams.remove("a");
    team.borrow_mut().score = 7;
    sync.report(&mut state, |changes| mirror.apply(&changes.to_vec()));
    check(&mirror, &state);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 600 } else { 4_000 }))]

    #[test]
    fn the_host_has_what_the_room_has(
        hooks in prop::collection::vec((prop::collection::vec(any::<Operation>(), 0..8), any::<u8>()), 1..16)
    ) {
        let mut room = Room::default();
        let mut mirror = Mirror::new(World::schema().unwrap().into_wit());
        let mut sync = Sync::begin(&mut room.state).unwrap();
        for (operations, save) in hooks {
            for operation in operations {
                perform(&mut room, operation);
            }
            sync.report(&mut room.state, |changes| mirror.apply(&changes.to_vec()));
            check(&mirror, &room.state);
            if save % 4 == 0 {
                (room, sync) = saved_and_restored(room, sync);
                sync.report(&mut room.state, |changes| panic!("after a restore: {changes:?}"));
                check(&mirror, &room.state);
            }
        }
    }
}
