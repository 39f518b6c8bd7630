// The room of both builds; each says which it is in `VERSION`.

use parlor_sdk::prelude::*;

#[derive(State, Default)]
struct World {
    version: String,
    #[state(number)]
    count: u32,
    #[state(number)]
    beats: u32,
}

#[derive(Message)]
enum Input {
    Add,
    Both,
}

#[derive(Data)]
struct Beat;

#[derive(Data)]
struct Reload {
    state: World,
    private: u32,
}

#[room]
impl Room for Reload {
    type State = World;

    fn create(ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
        ctx.every(200, Beat);
        let state = World {
            version: VERSION.to_owned(),
            ..World::default()
        };
        Ok(Self { state, private: 0 })
    }

    fn on_restore(&mut self, _ctx: &Context<Self>) {
        self.state.version = VERSION.to_owned();
    }

    fn on_message(
        &mut self,
        ctx: &Context<Self>,
        client: &Client,
        message: Input,
    ) -> Result<(u32, u32), Refusal> {
        match message {
            Input::Add => {
                self.state.count += 1;
                self.private += 1;
            }
            Input::Both if ctx.is_request() => {}
            Input::Both => {
                ctx.send(client, "both", (self.state.count, self.private));
            }
        }
        Ok((self.state.count, self.private))
    }

    fn on_timer(&mut self, _ctx: &Context<Self>, _beat: Beat) {
        self.state.beats += 1;
    }
}
