//! Clients that play at the same time.

use std::convert::Infallible;
use std::future::Future;

use anyhow::{Context, Result, anyhow};
use parlor_loadclient::{Client, ClientError, Endpoint, Entrance, Heard, matchmake};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// How many rooms, and how many clients in each.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Size {
    /// How many rooms
    #[arg(long, default_value_t = 10)]
    pub rooms: usize,
    /// How many clients in each room
    #[arg(long, default_value_t = 10)]
    pub clients: usize,
}

/// A client that has just come in.
#[derive(Debug)]
pub struct Arrival {
    pub client: Client,
    /// The number of its room.
    pub room: usize,
    /// Its number in the room.
    pub number: usize,
}

/// Makes the rooms, one after the other, and fills each; what becomes of a client is up to `enter`.
pub async fn gather(
    endpoint: &Endpoint,
    room_type: &str,
    options: &Value,
    size: Size,
    mut enter: impl FnMut(Arrival),
) -> Result<()> {
    for room in 0..size.rooms {
        let first = come(endpoint, Entrance::Create(room_type), options).await?;
        let id = first.seat().room_id.clone();
        enter(Arrival {
            client: first,
            room,
            number: 0,
        });
        for number in 1..size.clients {
            let client = come(endpoint, Entrance::JoinById(&id), &json!({})).await?;
            enter(Arrival { client, room, number });
        }
    }
    Ok(())
}

/// Asks for a seat and takes it.
pub async fn come(endpoint: &Endpoint, entrance: Entrance<'_>, options: &Value) -> Result<Client> {
    let seat = matchmake(endpoint, entrance, options, None)
        .await
        .with_context(|| format!("no seat by {entrance:?}"))?;
    let joined = Client::join(endpoint, seat).await;
    joined.with_context(|| format!("no client came in by {entrance:?}"))
}

/// Clients at play. None of them ends by itself: the first that does ends the run.
#[derive(Debug, Default)]
pub struct Players(JoinSet<Result<Infallible, ClientError>>);

impl Players {
    /// One more.
    pub fn play(&mut self, player: impl Future<Output = Result<Infallible, ClientError>> + 'static) {
        self.0.spawn_local(player);
    }

    /// Waits for `measured` while all play.
    pub async fn while_playing<T>(&mut self, measured: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            measured = measured => measured,
            Some(ended) = self.0.join_next() => match ended {
                Ok(Ok(never)) => match never {},
                Ok(Err(error)) => Err(anyhow!(error).context("a client fell out while it played")),
                Err(error) => Err(anyhow!(error).context("a client's task broke")),
            },
        }
    }
}

/// Does nothing but stay, which takes answering pings.
pub async fn stay(mut client: Client) -> Result<Infallible, ClientError> {
    loop {
        client.socket().exchange().await?;
        while let Some(event) = client.socket().event()? {
            Heard::of(event)?;
        }
    }
}
