//! A room whose later versions have another state.

use parlor_sdk::prelude::*;

#[derive(State, Default)]
struct World {
    version: String,
    #[state(number)]
    round: u32,
    players: Map<Player>,
    #[serde(default)]
    lines: List<String>,
}

#[derive(State, Default)]
struct Player {
    #[state(id)]
    id: InstanceId,
    name: String,
    #[state(view)]
    secret: String,
}

#[derive(Message)]
enum Input {
    /// One round more.
    Next,
    /// The sender's secret.
    Secret(String),
    Say(String),
    /// What was done so far is not to be lost.
    Keep,
    /// A failure of the code.
    Panic,
}

#[derive(Data, Default)]
struct Reshape {
    state: World,
}

#[room]
impl Room for Reshape {
    type State = World;

    fn create(_: &Context<Self>, (): ()) -> Result<Self, Refusal> {
        let mut room = Self::default();
        room.state.version = "first".to_owned();
        Ok(room)
    }

    fn on_restore(&mut self, _: &Context<Self>) {
        self.state.version = "first".to_owned();
    }

    fn on_join(&mut self, ctx: &Context<Self>, client: &Client, (): ()) {
        let name = format!("player {}", self.state.players.len() + 1);
        let player = Player {
            name,
            ..Player::default()
        };
        self.state.players.insert(client, player);
        if let Some(player) = self.state.players.get(client) {
            ctx.show(client, player);
        }
    }

    fn on_message(&mut self, ctx: &Context<Self>, client: &Client, message: Input) -> Result<(), Refusal> {
        match message {
            Input::Next => self.state.round += 1,
            Input::Secret(secret) => {
                self.state
                    .players
                    .get_mut(client)
                    .ok_or("you are not there")?
                    .secret = secret;
            }
            Input::Say(line) => self.state.lines.push(line),
            Input::Keep => ctx.checkpoint(),
            Input::Panic => explode(),
        }
        Ok(())
    }

    fn on_drop(&mut self, _: &Context<Self>, _: &Client, _close_code: u16) -> Seat {
        Seat::HoldFor(30_000)
    }

    fn on_leave(&mut self, _: &Context<Self>, client: &Client, _close_code: u16) {
        self.state.players.remove(client);
    }
}

#[allow(clippy::panic)]
fn explode() {
    panic!("as asked");
}
