//! Broadcasts every message to everyone.

use parlor_sdk::prelude::*;

#[derive(State, Default)]
struct Counted {
    #[state(number)]
    counter: f64,
}

#[derive(Message)]
enum Input {
    Others(Payload),
    After(Payload),
    JoinGroup(String),
    LeaveGroup(String),
    ToGroup {
        group: String,
        body: Document,
    },
    #[message(other)]
    Other(AnyMessage),
}

#[derive(Data)]
struct Relay {
    state: Counted,
}

#[room]
impl Room for Relay {
    type State = Counted;

    fn create(_ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
        Ok(Self {
            state: Counted::default(),
        })
    }

    fn on_message(&mut self, ctx: &Context<Self>, client: &Client, message: Input) {
        match message {
            Input::Others(payload) => {
                ctx.broadcast("others", payload).except(client);
            }
            Input::After(payload) => {
                self.state.counter += 1.0;
                ctx.broadcast("after", payload).after_next_patch();
            }
            Input::JoinGroup(group) => ctx.join_group(client, &group),
            Input::LeaveGroup(group) => ctx.leave_group(client, &group),
            Input::ToGroup { group, body } => {
                ctx.broadcast("to-group", body).to_group(group);
            }
            Input::Other(AnyMessage { kind, payload }) => {
                ctx.broadcast(kind, payload);
            }
        }
    }
}
