//! Channels to talk in. No state is synchronised: everything is a message.

use parlor_sdk::prelude::*;
use std::collections::BTreeMap;

/// Where everyone starts.
const LOBBY: &str = "lobby";
const LONGEST_TEXT: usize = 500;
const LONGEST_NAME: usize = 32;

#[derive(Data)]
struct JoinOptions {
    name: String,
}

#[derive(Message)]
enum Input {
    /// `room.send("say", "Hello!")`
    Say(String),
    /// `room.send("move-to", "music")`: another channel, made when the first one enters.
    MoveTo(String),
    /// `room.send("whisper", { to: sessionId, text: "psst" })`
    Whisper { to: SessionId, text: String },
    /// `room.request("who")`: who is in my channel?
    Who,
}

/// What clients get as `said` and `whispered`.
#[derive(Data)]
struct Line {
    from: String,
    text: String,
}

/// What clients get as `entered` and `left`, and as the reply to `who`.
#[derive(Data, Clone)]
struct Person {
    session: SessionId,
    name: String,
}

#[derive(Data)]
struct Talker {
    name: String,
    channel: String,
}

#[derive(Data, Default)]
struct Chat {
    talkers: BTreeMap<SessionId, Talker>,
}

#[room]
impl Room for Chat {
    fn on_join(&mut self, ctx: &Context<Self>, client: &Client, options: JoinOptions) -> Result<(), Refusal> {
        let name = check(options.name, LONGEST_NAME, "a name")?;
        self.talkers.insert(
            client.into(),
            Talker {
                name,
                channel: String::new(),
            },
        );
        self.enter(ctx, client, LOBBY);
        Ok(())
    }

    fn on_message(
        &mut self,
        ctx: &Context<Self>,
        client: &Client,
        message: Input,
    ) -> Result<Vec<Person>, Refusal> {
        let talker = self
            .talkers
            .get(client.session())
            .ok_or("you are not in this chat")?;
        match message {
            Input::Say(text) => {
                ctx.broadcast("said", talker.line(text)?)
                    .to_group(&talker.channel);
            }
            Input::Whisper { to, text } => {
                let to = ctx.client(&to).ok_or("nobody here has this session id")?;
                ctx.send(to, "whispered", talker.line(text)?);
            }
            Input::MoveTo(channel) => {
                let channel = check(channel, LONGEST_NAME, "a channel's name")?;
                self.exit(ctx, client);
                self.enter(ctx, client, &channel);
            }
            Input::Who => return Ok(self.people_in(&talker.channel)),
        }
        Ok(Vec::new())
    }

    fn on_leave(&mut self, ctx: &Context<Self>, client: &Client, _close_code: u16) {
        self.exit(ctx, client);
        self.talkers.remove(client.session());
    }
}

impl Chat {
    fn enter(&mut self, ctx: &Context<Self>, client: &Client, channel: &str) {
        let Some(talker) = self.talkers.get_mut(client.session()) else {
            return;
        };
        talker.channel = channel.to_owned();
        ctx.join_group(client, channel);
        let person = Person {
            session: client.into(),
            name: talker.name.clone(),
        };
        ctx.broadcast("entered", person).to_group(channel);
    }

    fn exit(&self, ctx: &Context<Self>, client: &Client) {
        let Some(talker) = self.talkers.get(client.session()) else {
            return;
        };
        ctx.leave_group(client, &talker.channel);
        let person = Person {
            session: client.into(),
            name: talker.name.clone(),
        };
        ctx.broadcast("left", person).to_group(&talker.channel);
    }

    fn people_in(&self, channel: &str) -> Vec<Person> {
        let inside = self
            .talkers
            .iter()
            .filter(|(_, talker)| talker.channel == channel);
        inside
            .map(|(session, talker)| Person {
                session: session.clone(),
                name: talker.name.clone(),
            })
            .collect()
    }
}

impl Talker {
    fn line(&self, text: String) -> Result<Line, Refusal> {
        Ok(Line {
            from: self.name.clone(),
            text: check(text, LONGEST_TEXT, "a line")?,
        })
    }
}

/// Clients send what they like; what everyone gets to see is checked.
fn check(text: String, longest: usize, what: &str) -> Result<String, Refusal> {
    match text.trim() {
        "" => Err(Refusal::new(4001, format!("{what} cannot be empty"))),
        trimmed if trimmed.chars().count() > longest => Err(Refusal::new(
            4002,
            format!("{what} has at most {longest} characters"),
        )),
        trimmed => Ok(trimmed.to_owned()),
    }
}
