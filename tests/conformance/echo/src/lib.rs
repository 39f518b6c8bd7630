//! Sends every message back to its sender, or as the reply to its request.

use parlor_sdk::prelude::*;
use std::collections::BTreeMap;

#[derive(Message)]
enum Input {
    Kick {
        code: u16,
        #[serde(default)]
        reason: Option<String>,
    },
    Fail,
    Whoami,
    #[message(other)]
    Other(AnyMessage),
}

#[derive(Data)]
struct Whoami {
    session: SessionId,
    room: String,
    name: String,
    options: Option<Document>,
    auth: Option<Document>,
}

#[derive(Data)]
struct Echo {
    options: BTreeMap<String, Document>,
}

#[room]
impl Room for Echo {
    fn create(_ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
        Ok(Self {
            options: BTreeMap::new(),
        })
    }

    fn on_join(&mut self, _ctx: &Context<Self>, client: &Client, options: Document) {
        self.options.insert(client.session().to_string(), options);
    }

    fn on_message(
        &mut self,
        ctx: &Context<Self>,
        client: &Client,
        message: Input,
    ) -> Result<Payload, Refusal> {
        let AnyMessage { kind, payload } = match message {
            Input::Kick { code, reason } => {
                ctx.kick(client, code, &reason.unwrap_or_default());
                return Ok(Payload::Empty);
            }
            Input::Fail => return Err(Refusal::new(4999, "custom")),
            Input::Whoami => AnyMessage {
                kind: "whoami".into(),
                payload: self.whoami(ctx, client),
            },
            Input::Other(message) => message,
        };
        if ctx.is_request() {
            return Ok(payload);
        }
        ctx.send(client, kind, payload);
        Ok(Payload::Empty)
    }

    fn on_leave(&mut self, _ctx: &Context<Self>, client: &Client, _close_code: u16) {
        self.options.remove(client.session().as_str());
    }
}

impl Echo {
    fn whoami(&self, ctx: &Context<Self>, client: &Client) -> Payload {
        Payload::of(Whoami {
            session: client.session().clone(),
            room: ctx.id(),
            name: ctx.name(),
            options: self.options.get(client.session().as_str()).cloned(),
            auth: client.auth(),
        })
    }
}
