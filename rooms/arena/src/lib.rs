//! Players steer dots through a field and collect coins.

use parlor_sdk::prelude::*;

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 600.0;
/// Distance per millisecond.
const SPEED: f64 = 0.2;
/// How near a player must come to a coin.
const REACH: f64 = 16.0;

/// What every client sees.
#[derive(State, Default)]
struct Field {
    players: Map<Player>,
    coins: List<Coin>,
}

#[derive(State)]
struct Player {
    name: String,
    x: f64,
    y: f64,
    score: u32,
    /// Where the player steers; clients do not need to know.
    #[state(skip)]
    heading: (f64, f64),
}

#[derive(State)]
struct Coin {
    x: f64,
    y: f64,
}

#[derive(Data)]
struct Options {
    #[serde(default = "ten")]
    coins: u8,
}

fn ten() -> u8 {
    10
}

#[derive(Data)]
struct JoinOptions {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Message)]
enum Input {
    /// `room.send("steer", { x: 1, y: 0 })`: a direction, or zeros to stop.
    Steer { x: f64, y: f64 },
}

#[derive(Data)]
struct Arena {
    state: Field,
}

#[room]
impl Room for Arena {
    type State = Field;

    fn create(ctx: &Context<Self>, options: Options) -> Result<Self, Refusal> {
        ctx.set_max_clients(32);
        ctx.set_tick_interval(50.0);
        let mut state = Field::default();
        state.coins.extend((0..options.coins).map(|_| Coin::anywhere()));
        Ok(Self { state })
    }

    fn on_join(&mut self, _ctx: &Context<Self>, client: &Client, options: JoinOptions) {
        let name = options.name.unwrap_or_else(|| client.session().to_string());
        let (x, y) = (WIDTH * random::fraction(), HEIGHT * random::fraction());
        self.state.players.insert(
            client,
            Player {
                name,
                x,
                y,
                score: 0,
                heading: (0.0, 0.0),
            },
        );
    }

    fn on_message(&mut self, _ctx: &Context<Self>, client: &Client, message: Input) -> Result<(), Refusal> {
        let Input::Steer { x, y } = message;
        if !x.is_finite() || !y.is_finite() {
            return Err(Refusal::invalid("steer: x and y must be finite numbers"));
        }
        let length = x.hypot(y).max(f64::MIN_POSITIVE);
        if let Some(player) = self.state.players.get_mut(client) {
            player.heading = (x / length, y / length);
        }
        Ok(())
    }

    fn on_tick(&mut self, ctx: &Context<Self>, delta: f64) {
        let Field { players, coins } = &mut self.state;
        for (session, player) in players.iter_mut() {
            player.x = (player.x + player.heading.0 * SPEED * delta).clamp(0.0, WIDTH);
            player.y = (player.y + player.heading.1 * SPEED * delta).clamp(0.0, HEIGHT);
            let Some(found) = coins.iter().position(|coin| coin.is_near(player)) else {
                continue;
            };
            coins.replace(found, Coin::anywhere());
            player.score += 1;
            ctx.send(session, "coin", player.score);
        }
    }

    fn on_leave(&mut self, _ctx: &Context<Self>, client: &Client, _close_code: u16) {
        self.state.players.remove(client);
    }
}

impl Coin {
    fn anywhere() -> Self {
        Self {
            x: WIDTH * random::fraction(),
            y: HEIGHT * random::fraction(),
        }
    }

    fn is_near(&self, player: &Player) -> bool {
        (self.x - player.x).hypot(self.y - player.y) < REACH
    }
}
