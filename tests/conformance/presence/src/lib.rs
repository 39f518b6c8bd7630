//! Does on demand what rooms can do with what they share.

use parlor_sdk::prelude::*;

#[derive(Message)]
enum Input {
    Do(Operation),
    /// Many operations in one hook; the answers in a list.
    All(Vec<Operation>),
}

/// `{ "increment": { "key": "games", "by": 1 } }`
#[derive(Data)]
#[serde(rename_all = "kebab-case")]
enum Operation {
    Publish {
        channel: String,
        message: Document,
    },
    Subscribe {
        channel: String,
    },
    Unsubscribe {
        channel: String,
    },
    Set {
        key: String,
        value: String,
        ms: Option<u32>,
    },
    Get {
        key: String,
    },
    Remove {
        key: String,
    },
    Exists {
        key: String,
    },
    Expire {
        key: String,
        ms: Option<u32>,
    },
    Increment {
        key: String,
        by: i64,
    },
    SetAdd {
        key: String,
        member: String,
    },
    SetRemove {
        key: String,
        member: String,
    },
    SetContains {
        key: String,
        member: String,
    },
    SetMembers {
        key: String,
    },
    SetSize {
        key: String,
    },
    SetIntersection {
        keys: Vec<String>,
    },
    HashSet {
        key: String,
        field: String,
        value: String,
    },
    HashGet {
        key: String,
        field: String,
    },
    HashRemove {
        key: String,
        field: String,
    },
    HashEntries {
        key: String,
    },
    HashSize {
        key: String,
    },
    HashIncrement {
        key: String,
        field: String,
        by: i64,
    },
    PushFront {
        key: String,
        value: String,
    },
    PushBack {
        key: String,
        value: String,
    },
    PopFront {
        key: String,
    },
    PopBack {
        key: String,
    },
    ListLength {
        key: String,
    },
}

/// What came out of it, as itself; or `{ "error": "…" }`.
#[derive(Data)]
#[serde(untagged)]
enum Answer {
    Nothing(()),
    Truth(bool),
    Number(i64),
    Text(Option<String>),
    Texts(Vec<String>),
    Entries(Vec<(String, String)>),
    Failed { error: String },
}

#[derive(Data, Default)]
struct Shared {}

#[room]
impl Room for Shared {
    fn on_message(
        &mut self,
        ctx: &Context<Self>,
        client: &Client,
        message: Input,
    ) -> Result<Payload, Refusal> {
        let (kind, payload) = match message {
            Input::Do(operation) => ("do", Payload::of(carry_out(ctx, operation))),
            Input::All(operations) => {
                let answers = operations.into_iter().map(|operation| carry_out(ctx, operation));
                ("all", Payload::of(answers.collect::<Vec<_>>()))
            }
        };
        if ctx.is_request() {
            return Ok(payload);
        }
        ctx.send(client, kind, payload);
        Ok(Payload::Empty)
    }

    fn on_published(&mut self, ctx: &Context<Self>, channel: &str, message: Document) {
        ctx.broadcast("published", (channel, message));
    }
}

fn carry_out(ctx: &Context<Shared>, operation: Operation) -> Answer {
    try_to(ctx, operation).unwrap_or_else(|error| Answer::Failed {
        error: match error {
            PresenceError::WrongKind => "wrong-kind".to_owned(),
            other => other.to_string(),
        },
    })
}

fn try_to(ctx: &Context<Shared>, operation: Operation) -> Result<Answer, PresenceError> {
    let shared = ctx.presence();
    Ok(match operation {
        Operation::Publish { channel, message } => Answer::Nothing(shared.publish(&channel, message)?),
        Operation::Subscribe { channel } => Answer::Nothing(shared.subscribe(&channel)?),
        Operation::Unsubscribe { channel } => Answer::Nothing(shared.unsubscribe(&channel)?),
        Operation::Set { key, value, ms: None } => Answer::Nothing(shared.set(&key, value)?),
        Operation::Set {
            key,
            value,
            ms: Some(ms),
        } => Answer::Nothing(shared.set_for(ms, &key, value)?),
        Operation::Get { key } => Answer::Text(shared.get(&key)?),
        Operation::Remove { key } => Answer::Truth(shared.remove(&key)?),
        Operation::Exists { key } => Answer::Truth(shared.exists(&key)?),
        Operation::Expire { key, ms } => Answer::Truth(shared.expire(&key, ms)?),
        Operation::Increment { key, by } => Answer::Number(shared.increment(&key, by)?),
        Operation::SetAdd { key, member } => Answer::Truth(shared.set_of(&key).insert(member)?),
        Operation::SetRemove { key, member } => Answer::Truth(shared.set_of(&key).remove(member)?),
        Operation::SetContains { key, member } => Answer::Truth(shared.set_of(&key).contains(member)?),
        Operation::SetMembers { key } => Answer::Texts(shared.set_of(&key).members()?),
        Operation::SetSize { key } => Answer::Number(shared.set_of(&key).len()?.into()),
        Operation::SetIntersection { keys } => {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            Answer::Texts(shared.intersection(&keys)?)
        }
        Operation::HashSet { key, field, value } => Answer::Nothing(shared.hash(&key).set(field, value)?),
        Operation::HashGet { key, field } => Answer::Text(shared.hash(&key).get(field)?),
        Operation::HashRemove { key, field } => Answer::Truth(shared.hash(&key).remove(field)?),
        Operation::HashEntries { key } => Answer::Entries(shared.hash(&key).entries()?),
        Operation::HashSize { key } => Answer::Number(shared.hash(&key).len()?.into()),
        Operation::HashIncrement { key, field, by } => {
            Answer::Number(shared.hash(&key).increment(field, by)?)
        }
        Operation::PushFront { key, value } => Answer::Number(shared.list(&key).push_front(value)?.into()),
        Operation::PushBack { key, value } => Answer::Number(shared.list(&key).push_back(value)?.into()),
        Operation::PopFront { key } => Answer::Text(shared.list(&key).pop_front()?),
        Operation::PopBack { key } => Answer::Text(shared.list(&key).pop_back()?),
        Operation::ListLength { key } => Answer::Number(shared.list(&key).len()?.into()),
    })
}
