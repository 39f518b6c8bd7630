//! Three clients at most; everything that a room can say about itself to the matchmaker.

use parlor_sdk::prelude::*;

#[derive(Message)]
enum Input {
    Lock,
    Unlock,
    Private(bool),
    Unlisted(bool),
    Metadata(Document),
    MaxClients(u32),
    Disconnect(u16),
}

#[derive(Data)]
struct Limited;

#[room]
impl Room for Limited {
    fn create(ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
        ctx.set_max_clients(3);
        Ok(Self)
    }

    fn on_message(&mut self, ctx: &Context<Self>, _client: &Client, message: Input) {
        match message {
            Input::Lock => ctx.lock(),
            Input::Unlock => ctx.unlock(),
            Input::Private(on) => ctx.set_private(on),
            Input::Unlisted(on) => ctx.set_unlisted(on),
            Input::Metadata(metadata) => ctx.set_metadata(metadata),
            Input::MaxClients(limit) => ctx.set_max_clients(limit),
            Input::Disconnect(close_code) => ctx.disconnect(close_code),
        }
    }
}
