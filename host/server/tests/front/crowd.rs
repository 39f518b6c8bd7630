//! More connections than there may be.

use std::num::NonZeroU32;

use futures_util::StreamExt;
use parlor_server::ServerSettings;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::{Host, host_with, settings, soon};

/// Opens the latency probe as a client whose proxy says that it is there; gives the status of a refusal.
async fn refused(host: &Host, forwarded_for: &str) -> u16 {
    let mut request = host.url("/").into_client_request().unwrap();
    let value = forwarded_for.parse().unwrap();
    request.headers_mut().insert("x-forwarded-for", value);
    match connect_async(request).await {
        Err(Error::Http(reply)) => reply.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn one_address_has_its_connections_and_no_more() {
    let host = host_with(ServerSettings {
        max_connections_per_address: NonZeroU32::new(1),
        ..settings()
    })
    .await;
    let (mut client, _) = connect_async(host.url("/")).await.unwrap();
    // What a client says of itself does not help it.
    assert_eq!(refused(&host, "1.1.1.1").await, 429);
    let forwarded = "X-Forwarded-For: 1.1.1.1\r\n";
    let reply = host.ask("POST", "/matchmake/create/battle", forwarded, "").await;
    assert_eq!(reply.status, 429);
    assert_eq!(
        reply.body,
        r#"{"code":429,"error":"too many connections from your address"}"#
    );
    soon(client.close(None)).await.unwrap();
    while soon(client.next()).await.is_some() {}
    drop(client);
    // Its place is free as soon as the host has seen its end.
    while let Err(Error::Http(reply)) = connect_async(host.url("/")).await {
        assert_eq!(reply.status().as_u16(), 429);
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_an_address_of_its_own() {
    let host = host_with(ServerSettings {
        max_connections: NonZeroU32::new(2),
        max_connections_per_address: NonZeroU32::new(1),
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..settings()
    })
    .await;
    let mut clients = Vec::new();
    for address in ["1.1.1.1", "2.2.2.2"] {
        let mut request = host.url("/").into_client_request().unwrap();
        let value = address.parse().unwrap();
        request.headers_mut().insert("x-forwarded-for", value);
        clients.push(connect_async(request).await.unwrap());
        if address == "1.1.1.1" {
            assert_eq!(refused(&host, "1.1.1.1").await, 429);
        }
    }
    assert_eq!(refused(&host, "3.3.3.3").await, 503);
    assert_eq!(host.post("/matchmake/create/battle", "").await.status, 503);
}
