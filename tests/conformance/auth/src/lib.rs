//! Lets in who has a good token.

use parlor_sdk::prelude::*;
use std::thread::sleep;
use std::time::Duration;

#[derive(Data)]
struct Options {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    slow_ms: u64,
}

#[derive(Data)]
struct User {
    user: String,
}

#[derive(Data)]
struct Auth;

#[room]
impl Room for Auth {
    fn create(_ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn authenticate(request: JoinRequest) -> Result<User, Refusal> {
        let options: Options = request.options()?;
        sleep(Duration::from_millis(options.slow_ms));
        match request.token.or(options.token).as_deref() {
            Some("good") => Ok(User {
                user: "good".to_owned(),
            }),
            Some("bad") => Err(Refusal::new(401, "bad token")),
            _ => Err(Refusal::not_allowed("a good token is needed")),
        }
    }

    fn on_join(&mut self, ctx: &Context<Self>, client: &Client, _options: ()) {
        ctx.send(client, "auth", client.auth::<User>());
    }
}
