//! What clients can do to the state. A position out of range does nothing.

use crate::world::{Animal, Bird, Dog, World};
use parlor_sdk::prelude::*;
use parlor_sdk::state::Element;

/// `[name, argument, …]`
#[derive(Data)]
#[serde(transparent)]
pub struct Operation(Vec<Document>);

impl Operation {
    /// Does it.
    pub fn perform(&self, world: &mut World) -> Result<(), Refusal> {
        let name: String = self.part(0)?;
        match name.as_str() {
            "counter" => world.counter = self.part(1)?,
            "label" => world.label = self.part(1)?,
            "flag" => world.flag = self.part(1)?,
            "big" => world.big = self.part(1)?,
            "ratio" => world.ratio = self.part(1)?,
            "player" | "player-x" | "player-del" | "players-clear" | "favorite" => {
                self.players(&name, world)?
            }
            "score" => {
                world.scores.insert(self.text(1)?, self.part(2)?);
            }
            "score-del" => {
                world.scores.remove(self.text(1)?);
            }
            "tag" => {
                world.tags.insert(self.part(1)?);
            }
            "tag-del" => {
                world.tags.remove(&self.text(1)?);
            }
            "bag" => world.bag.insert(self.part(1)?),
            "bag-clear" => world.bag.clear(),
            "dog" => world.zoo.push(
                Dog {
                    animal: Animal { legs: self.part(1)? },
                    bark: self.part(2)?,
                }
                .into(),
            ),
            "bird" => world.zoo.push(
                Bird {
                    animal: Animal { legs: self.part(1)? },
                    wings: self.part(2)?,
                }
                .into(),
            ),
            "zoo-del" => {
                world.zoo.remove(self.part(1)?);
            }
            _ if name.starts_with("item") => self.items(&name, world)?,
            _ => self.primitives(&name, world)?,
        }
        Ok(())
    }

    fn players(&self, name: &str, world: &mut World) -> Result<(), Refusal> {
        match name {
            "player" => {
                world.players.insert(self.text(1)?, Shared::new(self.part(2)?));
            }
            "player-x" => {
                if let Some(player) = world.players.get(self.text(1)?) {
                    player.borrow_mut().x = self.part(2)?;
                }
            }
            "player-del" => {
                world.players.remove(self.text(1)?);
            }
            "players-clear" => world.players.clear(),
            _ => match self.part::<Option<String>>(1)? {
                None => world.favorite = None,
                Some(key) => {
                    if let Some(player) = world.players.get(key) {
                        world.favorite = Some(player.clone());
                    }
                }
            },
        }
        Ok(())
    }

    fn items(&self, name: &str, world: &mut World) -> Result<(), Refusal> {
        let items = &mut world.items;
        match name {
            "item" => insert(items, self.part(1)?, self.part(2)?),
            "item-count" => {
                if let Some(item) = items.get_mut(self.part(1)?) {
                    item.count = self.part(2)?;
                }
            }
            "item-del" => {
                items.remove(self.part(1)?);
            }
            "item-move" => items.move_to(self.part(1)?, self.part(2)?),
            "items-swap" => {
                let (i, j): (usize, usize) = (self.part(1)?, self.part(2)?);
                if i.max(j) < items.len() {
                    items.swap(i, j);
                }
            }
            "items-reverse" => items.reverse(),
            "items-sort" => items.sort_by_key(|item| item.id),
            "items-clear" => items.clear(),
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    fn primitives(&self, name: &str, world: &mut World) -> Result<(), Refusal> {
        match name {
            "num" => insert(&mut world.numbers, self.part(1)?, self.part(2)?),
            "num-set" => {
                if let Some(number) = world.numbers.get_mut(self.part(1)?) {
                    *number = self.part(2)?;
                }
            }
            "num-del" => {
                world.numbers.remove(self.part(1)?);
            }
            "nums-clear" => world.numbers.clear(),
            "nums-reverse" => world.numbers.reverse(),
            "name" => insert(&mut world.names, self.part(1)?, self.part(2)?),
            "name-del" => {
                world.names.remove(self.part(1)?);
            }
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    fn part<T: Data>(&self, position: usize) -> Result<T, Refusal> {
        let part = self
            .0
            .get(position)
            .ok_or_else(|| Refusal::invalid(format!("part {position} is missing")))?;
        part.read()
            .map_err(|error| Refusal::invalid(format!("part {position}: {error}")))
    }

    fn text(&self, position: usize) -> Result<String, Refusal> {
        self.part(position)
    }
}

fn insert<T: Element>(list: &mut List<T>, index: usize, value: T) {
    if index <= list.len() {
        list.insert(index, value);
    }
}

fn unknown(name: &str) -> Refusal {
    Refusal::invalid(format!("there is no operation {name:?}"))
}
