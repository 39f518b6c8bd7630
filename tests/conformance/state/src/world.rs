//! The state.

use parlor_sdk::prelude::*;

#[derive(State, Default)]
pub struct World {
    #[state(number)]
    pub counter: f64,
    pub label: String,
    pub flag: bool,
    #[state(bigint64)]
    pub big: i64,
    pub ratio: f32,
    /// One of the players, or one who was.
    pub favorite: Option<Shared<Player>>,
    pub players: Map<Shared<Player>>,
    #[state(number)]
    pub scores: Map<f64>,
    pub items: List<Item>,
    #[state(number)]
    pub numbers: List<f64>,
    pub names: List<String>,
    pub tags: Set<String>,
    pub bag: Bag<Item>,
    pub zoo: List<Resident>,
}

#[derive(State)]
pub struct Player {
    pub x: f64,
    pub y: f64,
    pub name: String,
    pub hp: u16,
}

#[derive(State)]
pub struct Item {
    pub id: u32,
    #[state(number)]
    pub count: f64,
}

#[derive(State)]
pub struct Animal {
    pub legs: u8,
}

#[derive(State)]
pub struct Dog {
    #[state(extends)]
    pub animal: Animal,
    pub bark: String,
}

#[derive(State)]
pub struct Bird {
    #[state(extends)]
    pub animal: Animal,
    pub wings: u8,
}

#[derive(State)]
#[state(base = Animal)]
pub enum Resident {
    Dog(Dog),
    Bird(Bird),
}
