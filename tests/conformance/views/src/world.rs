//! A card game's state: some of it for all, some for those to whom it is shown.

use parlor_sdk::prelude::*;

#[derive(State, Default)]
pub(crate) struct World {
    #[state(id)]
    pub id: InstanceId,
    #[state(number)]
    pub turn: u32,
    #[state(view = 2)]
    pub log: List<String>,
    #[state(view)]
    pub board: Map<Shared<Card>>,
    #[state(view)]
    pub pile: List<Shared<Card>>,
    pub table: List<Shared<Card>>,
    pub hands: Map<Hand>,
    #[state(view)]
    pub vaults: Map<Hand>,
}

#[derive(State, Default)]
pub(crate) struct Hand {
    #[state(id)]
    pub id: InstanceId,
    pub owner: String,
    #[state(view)]
    pub cards: List<Shared<Card>>,
    #[state(view = 1)]
    pub best: Option<Shared<Card>>,
}

#[derive(State, Default)]
pub(crate) struct Card {
    pub suit: String,
    #[state(number, view = 1)]
    pub value: u32,
}

impl World {
    /// The hand of this name, among the hands or, if it begins with `v`, the vaults.
    pub(crate) fn hand(&self, key: &str) -> Option<&Hand> {
        if key.starts_with('v') {
            self.vaults.get(key)
        } else {
            self.hands.get(key)
        }
    }

    /// The same for writing.
    pub(crate) fn hand_mut(&mut self, key: &str) -> Option<&mut Hand> {
        self.place_of(key).get_mut(key)
    }

    /// Where a hand of this name is.
    pub(crate) fn place_of(&mut self, key: &str) -> &mut Map<Hand> {
        if key.starts_with('v') {
            &mut self.vaults
        } else {
            &mut self.hands
        }
    }
}
