//! Sends its state at a pace that clients set.

use parlor_sdk::prelude::*;

#[derive(State, Default)]
struct Paced {
    #[state(number)]
    n: f64,
}

#[derive(Message)]
enum Input {
    Interval(Option<u32>),
    /// Changes the state.
    Set(f64),
    /// Broadcasts what it is given, behind the next patch.
    After(Document),
    Patch,
    /// Is answered at once with the room's time: what was sent before it has been done.
    Done,
}

#[derive(Data)]
struct Pace {
    state: Paced,
}

#[room]
impl Room for Pace {
    type State = Paced;

    fn create(_ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
        Ok(Self {
            state: Paced::default(),
        })
    }

    fn on_message(&mut self, ctx: &Context<Self>, client: &Client, message: Input) {
        match message {
            Input::Interval(milliseconds) => ctx.set_patch_interval(milliseconds),
            Input::Set(n) => self.state.n = n,
            Input::After(value) => {
                ctx.broadcast("after", value).after_next_patch();
            }
            Input::Patch => ctx.broadcast_patch(),
            Input::Done => {
                ctx.send(client, "done", ctx.elapsed());
            }
        }
    }
}
