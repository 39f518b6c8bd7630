//! What clients can do to the state and to what they see. A position out of range does nothing.

use crate::Game;
use crate::world::{Card, Hand};
use parlor_sdk::Visible;
use parlor_sdk::prelude::*;

/// `[name, argument, …]`
#[derive(Data)]
#[serde(transparent)]
pub(crate) struct Operation(Vec<Document>);

impl Operation {
    /// Does it.
    pub(crate) fn perform(&self, game: &mut Game, ctx: &Context<Game>) -> Result<(), Refusal> {
        let name: String = self.part(0)?;
        match name.as_str() {
            "turn" => game.state.turn = self.part(1)?,
            "log" => game.state.log.push(self.part(1)?),
            "board" => {
                let card = self.card(2, game)?;
                game.state.board.insert(self.text(1)?, card);
            }
            "board-del" => {
                game.state.board.remove(self.text(1)?);
            }
            "pile" => {
                let card = self.card(2, game)?;
                insert(&mut game.state.pile, self.part(1)?, card);
            }
            "pile-del" => remove(&mut game.state.pile, self.part(1)?),
            "pile-reverse" => game.state.pile.reverse(),
            "table" => {
                let card = self.card(2, game)?;
                insert(&mut game.state.table, self.part(1)?, card);
            }
            "table-del" => remove(&mut game.state.table, self.part(1)?),
            "value" => self.card(1, game)?.borrow_mut().value = self.part(2)?,
            "show" | "hide" => {
                let session: String = self.part(4)?;
                self.look(game, ctx, &session.into())?;
            }
            _ => self.hands(&name, game)?,
        }
        Ok(())
    }

    fn hands(&self, name: &str, game: &mut Game) -> Result<(), Refusal> {
        let key = self.text(1)?;
        match name {
            "hand" => {
                let hand = Hand {
                    owner: key.clone(),
                    ..Hand::default()
                };
                game.state.place_of(&key).insert(&key, hand);
            }
            "hand-del" => {
                game.state.place_of(&key).remove(&key);
            }
            "held" => {
                let card = self.card(3, game)?;
                if let Some(hand) = game.state.hand_mut(&key) {
                    insert(&mut hand.cards, self.part(2)?, card);
                }
            }
            "held-del" => {
                if let Some(hand) = game.state.hand_mut(&key) {
                    remove(&mut hand.cards, self.part(2)?);
                }
            }
            "best" => {
                let card = match self.part::<Option<u32>>(2)? {
                    Some(_) => Some(self.card(2, game)?),
                    None => None,
                };
                if let Some(hand) = game.state.hand_mut(&key) {
                    hand.best = card;
                }
            }
            _ => return Err(Refusal::invalid(format!("there is no operation {name:?}"))),
        }
        Ok(())
    }

    /// `["show" | "hide", "root" | "hand" | "card", which, tag]`, for this client.
    pub(crate) fn look(
        &self,
        game: &mut Game,
        ctx: &Context<Game>,
        session: &SessionId,
    ) -> Result<(), Refusal> {
        let what: String = self.part(1)?;
        match what.as_str() {
            "root" => self.look_at(&game.state, ctx, session),
            "hand" => match game.state.hand(&self.text(2)?) {
                Some(hand) => self.look_at(hand, ctx, session),
                None => Ok(()),
            },
            _ => {
                let card = self.card(2, game)?;
                self.look_at(&card, ctx, session)
            }
        }
    }

    fn look_at(
        &self,
        instance: &impl Visible,
        ctx: &Context<Game>,
        session: &SessionId,
    ) -> Result<(), Refusal> {
        let (name, tag): (String, Option<i32>) = (self.part(0)?, self.part(3)?);
        match (name.as_str(), tag) {
            ("show", None) => ctx.show(session, instance),
            ("show", Some(tag)) => ctx.show_tagged(session, instance, tag),
            (_, None) => ctx.hide(session, instance),
            (_, Some(tag)) => ctx.hide_tagged(session, instance, tag),
        }
        Ok(())
    }

    /// The card of that number, made if it is new.
    fn card(&self, at: usize, game: &mut Game) -> Result<Shared<Card>, Refusal> {
        let number: u32 = self.part(at)?;
        let card = game.cards.entry(number).or_insert_with(|| {
            Shared::new(Card {
                suit: format!("s{number}"),
                value: number,
            })
        });
        Ok(card.clone())
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

/// No card is in a list twice.
fn insert(list: &mut List<Shared<Card>>, index: usize, card: Shared<Card>) {
    if index <= list.len() && !list.iter().any(|held| *held == card) {
        list.insert(index, card);
    }
}

fn remove(list: &mut List<Shared<Card>>, index: usize) {
    if index < list.len() {
        list.remove(index);
    }
}
