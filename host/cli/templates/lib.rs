//! Players appear when they join, move when they say so, and are gone when they leave.

use parlor_sdk::prelude::*;

/// What every client sees.
#[derive(State, Default)]
struct World {
    players: Map<Player>,
}

#[derive(State, Default)]
struct Player {
    x: f64,
    y: f64,
}

#[derive(Message)]
enum Input {
    /// `room.send("move", { x: 3, y: 4 })`
    Move { x: f64, y: f64 },
}

#[derive(Data)]
struct MyRoom {
    state: World,
}

#[room]
impl Room for MyRoom {
    type State = World;

    fn create(_ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
        let state = World::default();
        Ok(Self { state })
    }

    fn on_join(&mut self, _ctx: &Context<Self>, client: &Client, _options: ()) {
        self.state.players.insert(client, Player::default());
    }

    fn on_message(&mut self, _ctx: &Context<Self>, client: &Client, message: Input) {
        let Input::Move { x, y } = message;
        if let Some(player) = self.state.players.get_mut(client) {
            (player.x, player.y) = (x, y);
        }
    }

    fn on_leave(&mut self, _ctx: &Context<Self>, client: &Client, _close_code: u16) {
        self.state.players.remove(client);
    }
}
