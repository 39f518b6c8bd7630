//! One player in the state for each client; nothing ever happens.

use parlor_sdk::prelude::*;

#[derive(State, Default)]
struct World {
    phase: String,
    players: Map<Player>,
}

#[derive(State, Default)]
struct Player {
    #[state(number)]
    x: f64,
    #[state(number)]
    y: f64,
}

#[derive(Data)]
struct IdleState {
    state: World,
}

#[room]
impl Room for IdleState {
    type State = World;

    fn create(_ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
        Ok(Self {
            state: World::default(),
        })
    }

    fn on_join(&mut self, _ctx: &Context<Self>, client: &Client, _options: ()) {
        self.state.players.insert(client, Player::default());
    }

    fn on_leave(&mut self, _ctx: &Context<Self>, client: &Client, _close_code: u16) {
        self.state.players.remove(client);
    }
}
