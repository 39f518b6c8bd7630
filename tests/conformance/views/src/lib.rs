//! A state of which each client sees what was shown to it, changed by operations that clients send.

mod operations;
mod world;

use operations::Operation;
use parlor_sdk::prelude::*;
use std::collections::BTreeMap;
use world::{Card, World};

#[derive(Data)]
struct Options {
    /// Performed when the client joins, with its session as the last argument.
    #[serde(default)]
    sees: Vec<Operation>,
}

#[derive(Message)]
enum Input {
    Apply(Vec<Operation>),
}

/// What operations work on.
#[derive(Data, Default)]
pub(crate) struct Game {
    state: World,
    /// All cards that ever were, also those that are nowhere now.
    cards: BTreeMap<u32, Shared<Card>>,
}

#[room]
impl Room for Game {
    type State = World;

    fn create(_ctx: &Context<Self>, _options: Options) -> Result<Self, Refusal> {
        Ok(Self::default())
    }

    fn on_join(&mut self, ctx: &Context<Self>, client: &Client, options: Options) -> Result<(), Refusal> {
        for operation in options.sees {
            operation.look(self, ctx, client.session())?;
        }
        Ok(())
    }

    fn on_message(&mut self, ctx: &Context<Self>, _client: &Client, message: Input) -> Result<(), Refusal> {
        let Input::Apply(operations) = message;
        operations
            .iter()
            .try_for_each(|operation| operation.perform(self, ctx))
    }

    fn on_drop(&mut self, _ctx: &Context<Self>, _client: &Client, _close_code: u16) -> Seat {
        Seat::HoldFor(30_000)
    }
}
