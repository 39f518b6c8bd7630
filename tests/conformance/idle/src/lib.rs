//! Does nothing and has no state: what a room costs by itself.

use parlor_sdk::prelude::*;

#[derive(Data)]
struct Idle;

#[room]
impl Room for Idle {
    fn create(_ctx: &Context<Self>, _options: ()) -> Result<Self, Refusal> {
        Ok(Self)
    }
}
