//! Every kind of state, changed by operations that clients send.

mod operations;
mod world;

use operations::Operation;
use parlor_sdk::prelude::*;
use world::World;

#[derive(Data)]
struct Options {
    #[serde(default = "five")]
    seconds: i32,
}

fn five() -> i32 {
    5
}

#[derive(Message)]
enum Input {
    Apply(Vec<Operation>),
    Dump,
}

#[derive(Data)]
struct Everything {
    state: World,
    seconds: i32,
}

#[room]
impl Room for Everything {
    type State = World;

    fn create(_ctx: &Context<Self>, options: Options) -> Result<Self, Refusal> {
        Ok(Self {
            state: World::default(),
            seconds: options.seconds,
        })
    }

    fn on_message(
        &mut self,
        ctx: &Context<Self>,
        client: &Client,
        message: Input,
    ) -> Result<Payload, Refusal> {
        match message {
            Input::Apply(operations) => {
                for operation in operations {
                    operation.perform(&mut self.state)?;
                }
            }
            Input::Dump if ctx.is_request() => return Ok(Payload::of(&self.state)),
            Input::Dump => {
                ctx.send(client, "dump", &self.state);
            }
        }
        Ok(Payload::Empty)
    }

    fn on_drop(&mut self, _ctx: &Context<Self>, _client: &Client, _close_code: u16) -> Seat {
        match u32::try_from(self.seconds) {
            Ok(0) => Seat::Release,
            Ok(seconds) => Seat::HoldFor(seconds.saturating_mul(1_000)),
            Err(_) => Seat::HoldUntilReleased,
        }
    }
}
