//! Routes, and who may wait how long for them.

use std::time::Duration;

use parlor_server::ServerSettings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{host, host_with, settings, soon};

#[tokio::test]
async fn every_reply_lets_browsers_in_and_has_a_length() {
    let host = host().await;
    let long = "x".repeat(2000);
    let cases = [
        ("GET", "/", "", 200),
        ("HEAD", "/", "", 200),
        ("GET", "/__healthcheck", "", 200),
        ("GET", "/matchmake", "", 200),
        ("GET", "/matchmake/", "", 200),
        ("GET", "/matchmake/battle?x=1", "", 200),
        ("GET", "/matchmake/create/battle", "", 404),
        ("PUT", "/matchmake/create/battle", "", 404),
        ("POST", "/matchmake/create/battle", "{}", 520),
        ("POST", "/matchmake/create/battle", long.as_str(), 413),
        ("POST", "/matchmake/create/battle/more", "{}", 404),
        ("POST", "/matchmake/create/%ff", "{}", 404),
        ("GET", "/compat015", "", 200),
        ("GET", "/compat015/matchmake/", "", 200),
        ("GET", "/compat015/matchmake/battle", "", 200),
        ("GET", "/compat015/unknown", "", 404),
        ("GET", "/compat015/process/room?sessionId=s", "", 404),
        ("PUT", "/compat015/matchmake/create/battle", "", 404),
        ("POST", "/compat015/matchmake/create/battle", "{}", 200),
        ("POST", "/compat015/matchmake/create/battle", long.as_str(), 413),
        ("GET", "/unknown", "", 404),
        ("GET", "/process/room?sessionId=s", "", 404),
        ("POST", "/", "", 404),
    ];
    for (method, path, body, status) in cases {
        for origin in [None, Some("https://game.example")] {
            let header = origin
                .map(|origin| format!("Origin: {origin}\r\n"))
                .unwrap_or_default();
            let reply = host.ask(method, path, &header, body).await;
            assert_eq!(reply.status, status, "{method} {path}");
            assert_eq!(
                reply.header("access-control-allow-origin"),
                Some(origin.unwrap_or("*"))
            );
            assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
            assert_eq!(reply.header("transfer-encoding"), None);
            let length = reply.header("content-length").unwrap();
            assert!(
                method == "HEAD" || length == reply.body.len().to_string(),
                "{method} {path}"
            );
            assert!(status != 404 || reply.body.is_empty(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn preflight_is_answered_for_every_path() {
    let host = host().await;
    for path in ["*", "/", "/matchmake/joinOrCreate/battle", "/nothing/of/the/kind"] {
        let reply = host
            .ask("OPTIONS", path, "Origin: https://game.example\r\n", "")
            .await;
        assert_eq!((reply.status, reply.body.as_str()), (204, ""), "{path}");
        assert_eq!(
            reply.header("access-control-allow-origin"),
            Some("https://game.example")
        );
        assert_eq!(
            reply.header("access-control-allow-methods"),
            Some("GET,HEAD,PUT,PATCH,POST,DELETE")
        );
        assert_eq!(
            reply.header("access-control-allow-headers"),
            Some("Origin, X-Requested-With, Content-Type, Accept, Authorization")
        );
        assert_eq!(reply.header("access-control-max-age"), Some("2592000"));
    }
}

#[tokio::test]
async fn refusals_have_a_code_and_a_text() {
    let host = host().await;
    let too_long = format!("{{\"a\":\"{}\"}}", "x".repeat(2000));
    let cases = [
        (
            "/matchmake/joinOrCreate/battle",
            "{}",
            520,
            "provided room name \"battle\" not defined",
        ),
        (
            "/matchmake/joinOrCreate/battle",
            "",
            520,
            "provided room name \"battle\" not defined",
        ),
        (
            "/matchmake/joinOrCreate/bat%20tle",
            "{}",
            520,
            "provided room name \"bat tle\" not defined",
        ),
        (
            "/matchmake/conquer/battle",
            "{}",
            520,
            "invalid method \"conquer\"",
        ),
        ("/matchmake/joinById/abc", "{}", 522, "room \"abc\" not found"),
        ("/matchmake/reconnect/abc", "{\"reconnectionToken\":\"t\"}", 0, ""),
        ("/matchmake/create/battle", "{", 400, "malformed request body"),
        ("/matchmake/create/battle", "[1]", 400, "malformed request body"),
        (
            "/matchmake/create/battle",
            &too_long,
            413,
            "the request body is larger than 1000 bytes",
        ),
    ];
    for (path, body, status, text) in cases {
        let reply = host.post(path, body).await;
        let json: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(reply.header("content-type"), Some("application/json"));
        if status != 0 {
            assert_eq!(
                (reply.status, json["error"].as_str().unwrap()),
                (status, text),
                "{path}"
            );
            assert!(status == 400 || json["code"] == status, "{path}");
        } else {
            assert!((520..=526).contains(&reply.status), "{path}: {}", reply.status);
        }
    }
}

#[tokio::test]
async fn the_door_for_0_15_refuses_in_the_body() {
    let host = host().await;
    let cases = [
        ("joinOrCreate/battle", "{}", 200, 4210),
        ("conquer/battle", "{}", 200, 4210),
        ("joinById/abc", "{}", 200, 4212),
        ("create/battle", "{", 400, 400),
    ];
    for (path, body, status, code) in cases {
        let reply = host.post(&format!("/compat015/matchmake/{path}"), body).await;
        let json: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!((reply.status, &json["code"]), (status, &code.into()), "{path}");
        assert!(
            json["error"].as_str().is_some_and(|text| !text.is_empty()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn small_routes_say_what_they_should() {
    let host = host().await;
    let version = concat!("Parlor ", env!("CARGO_PKG_VERSION"));
    for (path, body) in [
        ("/", version),
        ("/__healthcheck", "OK"),
        ("/matchmake/battle", "[]"),
        ("/matchmake", "[]"),
        ("/compat015", version),
        ("/compat015/__healthcheck", "OK"),
        ("/compat015/matchmake/", "[]"),
    ] {
        assert_eq!(host.ask("GET", path, "", "").await.body, body, "{path}");
    }
}

#[tokio::test]
async fn who_takes_too_long_to_ask_is_let_go() {
    let host = host_with(ServerSettings {
        request_timeout: Duration::from_millis(50),
        ..settings()
    })
    .await;
    let cases = [
        ("", ""),
        ("GET / HTTP/1.1\r\nHost", ""),
        ("GET /__healthcheck HTTP/1.1\r\nHost: h\r\n\r\n", "200"),
        (
            "POST /matchmake/join/battle HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{",
            "408",
        ),
    ];
    for (sent, status) in cases {
        let mut stream = TcpStream::connect(host.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut reply = String::new();
        soon(stream.read_to_string(&mut reply)).await.unwrap();
        assert!(reply.contains(status), "{sent:?}: {reply}");
    }
}
