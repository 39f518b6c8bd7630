//! Everybody has a secret, which only those see to whom it is shown.

use parlor_sdk::prelude::*;

/// The tag of secrets.
const SECRETS: i32 = 1;

#[derive(State, Default)]
struct World {
    players: Map<Player>,
}

#[derive(State, Default)]
struct Player {
    #[state(id)]
    id: InstanceId,
    name: String,
    #[state(view = 1)]
    secret: String,
}

#[derive(Data)]
struct Options {
    #[serde(default)]
    name: String,
    #[serde(default)]
    secret: String,
}

#[derive(Message)]
enum Input {
    Reveal(SessionId),
    Hide(SessionId),
    /// Another secret for the sender.
    Secret(String),
}

#[derive(Data)]
struct View {
    state: World,
}

#[room]
impl Room for View {
    type State = World;

    fn create(_ctx: &Context<Self>, _options: Options) -> Result<Self, Refusal> {
        Ok(Self {
            state: World::default(),
        })
    }

    fn on_join(&mut self, ctx: &Context<Self>, client: &Client, options: Options) {
        let player = Player {
            name: options.name,
            secret: options.secret,
            ..Player::default()
        };
        self.state.players.insert(client, player);
        if let Some(player) = self.state.players.get(client) {
            ctx.show_tagged(client, player, SECRETS);
        }
    }

    fn on_message(&mut self, ctx: &Context<Self>, client: &Client, message: Input) -> Result<(), Refusal> {
        let players = &mut self.state.players;
        match message {
            Input::Reveal(session) => {
                let player = players.get(session).ok_or("there is no such player")?;
                ctx.show_tagged(client, player, SECRETS);
            }
            Input::Hide(session) => {
                let player = players.get(session).ok_or("there is no such player")?;
                ctx.hide_tagged(client, player, SECRETS);
            }
            Input::Secret(secret) => {
                players.get_mut(client).ok_or("you are not there")?.secret = secret;
            }
        }
        Ok(())
    }

    fn on_drop(&mut self, _ctx: &Context<Self>, _client: &Client, _close_code: u16) -> Seat {
        Seat::HoldFor(5_000)
    }

    fn on_leave(&mut self, _ctx: &Context<Self>, client: &Client, _close_code: u16) {
        self.state.players.remove(client);
    }
}
