//! The state of the `state` conformance room, and one random operation on it after the other.
//!
//! Beside the operations that room knows there are others, down to every kind of change on every kind of
//! field: instances at several places, twice in one array, moved between collections.

use std::collections::BTreeSet;

use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, NodeId, Primitive, Schema, StructDefinition, StructIndex,
    Value,
};

const PLAYER: StructIndex = StructIndex(1);
const ITEM: StructIndex = StructIndex(2);
const ANIMAL: StructIndex = StructIndex(3);
const DOG: StructIndex = StructIndex(4);
const BIRD: StructIndex = StructIndex(5);

const COUNTER: FieldIndex = FieldIndex(0);
const LABEL: FieldIndex = FieldIndex(1);
const FLAG: FieldIndex = FieldIndex(2);
const BIG: FieldIndex = FieldIndex(3);
const RATIO: FieldIndex = FieldIndex(4);
const FAVORITE: FieldIndex = FieldIndex(5);
const PLAYERS: FieldIndex = FieldIndex(6);
const SCORES: FieldIndex = FieldIndex(7);
const ITEMS: FieldIndex = FieldIndex(8);
const NUMBERS: FieldIndex = FieldIndex(9);
const NAMES: FieldIndex = FieldIndex(10);
const TAGS: FieldIndex = FieldIndex(11);
const BAG: FieldIndex = FieldIndex(12);
const ZOO: FieldIndex = FieldIndex(13);

pub fn schema() -> Schema {
    use FieldType::{Array, Collection, Map, Set, Struct};
    let primitive = Element::Primitive;
    let single = FieldType::Primitive;
    let structure = |name: &str, extends, fields: &[(&str, FieldType)]| StructDefinition {
        name: name.to_owned(),
        extends,
        fields: fields
            .iter()
            .map(|(name, kind)| Field {
                name: (*name).to_owned(),
                kind: *kind,
                view: None,
            })
            .collect(),
    };
    let structs = vec![
        structure(
            "Root",
            None,
            &[
                ("counter", single(Primitive::Number)),
                ("label", single(Primitive::String)),
                ("flag", single(Primitive::Boolean)),
                ("big", single(Primitive::Bigint64)),
                ("ratio", single(Primitive::Float32)),
                ("favorite", Struct(PLAYER)),
                ("players", Map(Element::Struct(PLAYER))),
                ("scores", Map(primitive(Primitive::Number))),
                ("items", Array(Element::Struct(ITEM))),
                ("numbers", Array(primitive(Primitive::Number))),
                ("names", Array(primitive(Primitive::String))),
                ("tags", Set(primitive(Primitive::String))),
                ("bag", Collection(Element::Struct(ITEM))),
                ("zoo", Array(Element::Struct(ANIMAL))),
            ],
        ),
        structure(
            "Player",
            None,
            &[
                ("x", single(Primitive::Float64)),
                ("y", single(Primitive::Float64)),
                ("name", single(Primitive::String)),
                ("hp", single(Primitive::Uint16)),
            ],
        ),
        structure(
            "Item",
            None,
            &[
                ("id", single(Primitive::Uint32)),
                ("count", single(Primitive::Number)),
            ],
        ),
        structure("Animal", None, &[("legs", single(Primitive::Uint8))]),
        structure("Dog", Some(ANIMAL), &[("bark", single(Primitive::String))]),
        structure("Bird", Some(ANIMAL), &[("wings", single(Primitive::Uint8))]),
    ];
    Schema::new(structs, StructIndex(0)).expect("a valid schema")
}

/// A random number generator that is the same everywhere (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `bound`, or 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 {
            0
        } else {
            (self.next() % bound as u64) as usize
        }
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn number(&mut self) -> f64 {
        let numbers = [
            0.0,
            1.0,
            -1.0,
            127.0,
            128.0,
            255.0,
            256.0,
            65_535.0,
            65_536.0,
            4_294_967_295.0,
            4_294_967_296.0,
            9_007_199_254_740_991.0,
            -32.0,
            -33.0,
            -128.0,
            -129.0,
            -32_769.0,
            -2_147_483_649.0,
            0.1,
            0.5,
            -0.25,
            1e39,
            f64::INFINITY,
        ];
        match self.below(3) {
            0 => self.below(1000) as f64,
            1 => self.next() as i32 as f64 / 64.0,
            _ => self.pick(&numbers),
        }
    }

    fn text(&mut self) -> String {
        match self.below(12) {
            0 => String::new(),
            1 => "x".repeat(self.pick(&[31, 32, 255, 256, 300])),
            2 => "é€😀\u{0}\u{ff}".to_owned(),
            _ => format!("t{}", self.below(20)),
        }
    }
}

/// What the operations need to know of the state.
#[derive(Default)]
pub struct Room {
    next: u32,
    favorite: Option<u32>,
    players: Vec<(String, u32)>,
    items: Vec<u32>,
    numbers: usize,
    names: usize,
    bag: Vec<u32>,
    zoo: Vec<u32>,
}

const ROOT: NodeId = NodeId::ROOT;

impl Room {
    /// One operation, as changes.
    pub fn operate(&mut self, dice: &mut Dice, batch: &mut Vec<Change>) {
        let node = ROOT;
        match dice.below(48) {
            0 => batch.push(Change::Set {
                node,
                field: COUNTER,
                value: Value::Float(dice.number()),
            }),
            1 => batch.push(Change::Set {
                node,
                field: LABEL,
                value: Value::Text(dice.text()),
            }),
            2 => {
                let value = dice
                    .pick(&[Some(true), Some(false), None])
                    .map_or(Value::Null, Value::Boolean);
                batch.push(Change::Set {
                    node,
                    field: FLAG,
                    value,
                });
            }
            3 => batch.push(Change::Set {
                node,
                field: BIG,
                value: Value::Integer(dice.next() as i64),
            }),
            4 => batch.push(Change::Set {
                node,
                field: RATIO,
                value: Value::Float(f64::from(dice.next() as u32)),
            }),
            5 => {
                let field = dice.pick(&[COUNTER, LABEL, BIG, RATIO]);
                batch.push(Change::Set {
                    node,
                    field,
                    value: Value::Null,
                });
            }
            6..=9 => {
                let player = self.player(dice, batch);
                let key = key(dice);
                self.put_player(key, player, batch);
            }
            10..=11 => {
                if let Some(player) = self.any_player(dice) {
                    let (field, value) = match dice.below(3) {
                        0 => (1, Value::Float(dice.number())),
                        1 => (2, Value::Text(dice.text())),
                        _ => (3, Value::Integer(dice.below(65_536) as i64)),
                    };
                    batch.push(Change::Set {
                        node: NodeId(player),
                        field: FieldIndex(field),
                        value,
                    });
                }
            }
            12..=13 => {
                let key = key(dice);
                self.players.retain(|(known, _)| *known != key);
                batch.push(Change::MapRemove {
                    node,
                    field: PLAYERS,
                    key,
                });
            }
            14 if dice.below(3) == 0 => {
                self.players.clear();
                batch.push(Change::Clear { node, field: PLAYERS });
            }
            15..=16 => {
                self.favorite = if dice.below(4) == 0 {
                    None
                } else {
                    self.any_player(dice)
                };
                let value = self
                    .favorite
                    .map_or(Value::Null, |player| Value::Node(NodeId(player)));
                batch.push(Change::Set {
                    node,
                    field: FAVORITE,
                    value,
                });
            }
            17 => {
                // The same instance under another key.
                if let Some(player) = self.any_player(dice) {
                    let key = key(dice);
                    self.put_player(key, player, batch);
                }
            }
            18..=19 => {
                let (key, value) = (key(dice), Value::Float(dice.number()));
                batch.push(Change::MapSet {
                    node,
                    field: SCORES,
                    key,
                    value,
                });
            }
            20 => batch.push(Change::MapRemove {
                node,
                field: SCORES,
                key: key(dice),
            }),
            21 if dice.below(3) == 0 => batch.push(Change::Clear { node, field: SCORES }),
            22..=24 => {
                let item = self.item(dice, batch);
                self.insert_item(dice.below(self.items.len() + 1), item, batch);
            }
            25 => {
                if let Some(&item) = self.items.get(dice.below(self.items.len())) {
                    let value = Value::Float(dice.number());
                    batch.push(Change::Set {
                        node: NodeId(item),
                        field: FieldIndex(1),
                        value,
                    });
                }
            }
            26..=27 => self.remove_item(dice.below(self.items.len()), batch),
            28 => {
                let (from, to) = (dice.below(self.items.len()), dice.below(self.items.len()));
                if let Some(&item) = self.items.get(from) {
                    self.remove_item(from, batch);
                    self.insert_item(to.min(self.items.len()), item, batch);
                }
            }
            29 => {
                let (a, b) = (dice.below(self.items.len()), dice.below(self.items.len()));
                if !self.items.is_empty() {
                    self.items.swap(a, b);
                    self.set_items(&[a, b], batch);
                }
            }
            30 => {
                self.items.reverse();
                self.set_items(&(0..self.items.len()).collect::<Vec<_>>(), batch);
            }
            31 => {
                self.items.sort_by_key(|item| item.wrapping_mul(2_654_435_761));
                self.set_items(&(0..self.items.len()).collect::<Vec<_>>(), batch);
            }
            32 if dice.below(3) == 0 => {
                self.items.clear();
                batch.push(Change::Clear { node, field: ITEMS });
            }
            33 => {
                // Replaces an element by a new instance, or by one that is in the array or the bag already.
                let index = dice.below(self.items.len());
                if index < self.items.len() {
                    let item = match dice.below(4) {
                        0 => self.items[dice.below(self.items.len())],
                        1 if !self.bag.is_empty() => self.bag[dice.below(self.bag.len())],
                        _ => self.item(dice, batch),
                    };
                    self.items[index] = item;
                    self.set_items(&[index], batch);
                }
            }
            34 if dice.below(4) == 0 => {
                if let Some(&item) = self.items.get(dice.below(self.items.len())) {
                    self.insert_item(dice.below(self.items.len() + 1), item, batch);
                }
            }
            35..=36 => {
                let (index, value) = (dice.below(self.numbers + 1) as u32, Value::Float(dice.number()));
                self.numbers += 1;
                batch.push(Change::ArrayInsert {
                    node,
                    field: NUMBERS,
                    index,
                    value,
                });
            }
            37 if self.numbers > 0 => {
                let (index, value) = (dice.below(self.numbers) as u32, Value::Float(dice.number()));
                batch.push(Change::ArraySet {
                    node,
                    field: NUMBERS,
                    index,
                    value,
                });
            }
            38 if self.numbers > 0 => {
                let index = dice.below(self.numbers) as u32;
                self.numbers -= 1;
                batch.push(Change::ArrayRemove {
                    node,
                    field: NUMBERS,
                    index,
                });
            }
            39 if dice.below(4) == 0 => {
                self.numbers = 0;
                batch.push(Change::Clear { node, field: NUMBERS });
            }
            40 => {
                let (index, value) = (dice.below(self.names + 1) as u32, Value::Text(dice.text()));
                self.names += 1;
                batch.push(Change::ArrayInsert {
                    node,
                    field: NAMES,
                    index,
                    value,
                });
            }
            41 if self.names > 0 => {
                let index = dice.below(self.names) as u32;
                self.names -= 1;
                batch.push(Change::ArrayRemove {
                    node,
                    field: NAMES,
                    index,
                });
            }
            42 => batch.push(Change::SetAdd {
                node,
                field: TAGS,
                value: Value::Text(dice.text()),
            }),
            43 => batch.push(Change::SetRemove {
                node,
                field: TAGS,
                value: Value::Text(dice.text()),
            }),
            44 => {
                let item = match dice.below(3) {
                    0 if !self.items.is_empty() => self.items[dice.below(self.items.len())],
                    1 if !self.bag.is_empty() => self.bag[dice.below(self.bag.len())],
                    _ => self.item(dice, batch),
                };
                self.bag.push(item);
                batch.push(Change::SetAdd {
                    node,
                    field: BAG,
                    value: Value::Node(NodeId(item)),
                });
            }
            45 => {
                if let Some(&item) = self.bag.get(dice.below(self.bag.len())) {
                    let first = self
                        .bag
                        .iter()
                        .position(|known| *known == item)
                        .expect("it is there");
                    self.bag.remove(first);
                    batch.push(Change::SetRemove {
                        node,
                        field: BAG,
                        value: Value::Node(NodeId(item)),
                    });
                    if dice.below(6) == 0 {
                        self.bag.clear();
                        batch.push(Change::Clear { node, field: BAG });
                    }
                }
            }
            46 => {
                let definition = dice.pick(&[DOG, BIRD, ANIMAL]);
                let animal = self.create(definition, batch);
                let legs = Value::Integer(dice.below(9) as i64);
                batch.push(Change::Set {
                    node: NodeId(animal),
                    field: FieldIndex(0),
                    value: legs,
                });
                let extra = match definition {
                    DOG => Some(Value::Text(dice.text())),
                    BIRD => Some(Value::Unsigned(dice.below(3) as u64)),
                    _ => None,
                };
                if let Some(value) = extra {
                    batch.push(Change::Set {
                        node: NodeId(animal),
                        field: FieldIndex(1),
                        value,
                    });
                }
                let value = Value::Node(NodeId(animal));
                let index = dice.below(self.zoo.len() + 1);
                if index < self.zoo.len() && dice.below(2) == 0 {
                    self.zoo[index] = animal;
                    batch.push(Change::ArraySet {
                        node,
                        field: ZOO,
                        index: index as u32,
                        value,
                    });
                } else {
                    self.zoo.insert(index, animal);
                    batch.push(Change::ArrayInsert {
                        node,
                        field: ZOO,
                        index: index as u32,
                        value,
                    });
                }
            }
            47 if !self.zoo.is_empty() => {
                let index = dice.below(self.zoo.len());
                self.zoo.remove(index);
                batch.push(Change::ArrayRemove {
                    node,
                    field: ZOO,
                    index: index as u32,
                });
            }
            _ => {}
        }
    }

    /// Instances that hang somewhere. Others are gone when a batch ends.
    pub fn alive(&self) -> BTreeSet<u32> {
        let players = self
            .players
            .iter()
            .map(|(_, player)| *player)
            .chain(self.favorite);
        players
            .chain(self.items.iter().chain(&self.bag).chain(&self.zoo).copied())
            .collect()
    }

    fn create(&mut self, definition: StructIndex, batch: &mut Vec<Change>) -> u32 {
        self.next += 1;
        batch.push(Change::Create {
            node: NodeId(self.next),
            definition,
        });
        self.next
    }

    fn player(&mut self, dice: &mut Dice, batch: &mut Vec<Change>) -> u32 {
        let player = self.create(PLAYER, batch);
        let node = NodeId(player);
        batch.push(Change::Set {
            node,
            field: FieldIndex(0),
            value: Value::Float(dice.number()),
        });
        batch.push(Change::Set {
            node,
            field: FieldIndex(2),
            value: Value::Text(dice.text()),
        });
        if dice.below(2) == 0 {
            let value = Value::Integer(dice.below(65_536) as i64);
            batch.push(Change::Set {
                node,
                field: FieldIndex(3),
                value,
            });
        }
        player
    }

    fn any_player(&self, dice: &mut Dice) -> Option<u32> {
        self.players
            .get(dice.below(self.players.len()))
            .map(|(_, player)| *player)
    }

    fn put_player(&mut self, key: String, player: u32, batch: &mut Vec<Change>) {
        match self.players.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => entry.1 = player,
            None => self.players.push((key.clone(), player)),
        }
        batch.push(Change::MapSet {
            node: ROOT,
            field: PLAYERS,
            key,
            value: Value::Node(NodeId(player)),
        });
    }

    fn item(&mut self, dice: &mut Dice, batch: &mut Vec<Change>) -> u32 {
        let item = self.create(ITEM, batch);
        let value = Value::Unsigned(dice.next() as u32 as u64);
        batch.push(Change::Set {
            node: NodeId(item),
            field: FieldIndex(0),
            value,
        });
        item
    }

    fn insert_item(&mut self, index: usize, item: u32, batch: &mut Vec<Change>) {
        self.items.insert(index, item);
        let value = Value::Node(NodeId(item));
        batch.push(Change::ArrayInsert {
            node: ROOT,
            field: ITEMS,
            index: index as u32,
            value,
        });
    }

    fn remove_item(&mut self, index: usize, batch: &mut Vec<Change>) {
        if index < self.items.len() {
            self.items.remove(index);
            batch.push(Change::ArrayRemove {
                node: ROOT,
                field: ITEMS,
                index: index as u32,
            });
        }
    }

    fn set_items(&self, indexes: &[usize], batch: &mut Vec<Change>) {
        for &index in indexes {
            let value = Value::Node(NodeId(self.items[index]));
            batch.push(Change::ArraySet {
                node: ROOT,
                field: ITEMS,
                index: index as u32,
                value,
            });
        }
    }
}

fn key(dice: &mut Dice) -> String {
    format!("k{}", dice.below(6))
}
