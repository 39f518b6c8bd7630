//! `parlor loadtest`, against a host that serves.

use crate::tools::{Place, component};

const HOST: &[u8] = b"listen = \"127.0.0.1:0\"\n\
    [rooms.still]\ncomponent = \"still.wasm\"\n\
    [rooms.still.settings]\nmax-clients = 3\n\
    [rooms.talk]\nbuilt-in = \"relay\"\n";

fn place() -> Place {
    Place::new(&[("parlor.toml", HOST), ("still.wasm", &component("1"))])
}

/// A number in the JSON of a summary.
fn figure(summary: &serde_json::Value, path: &str) -> f64 {
    let value = summary.pointer(path);
    value
        .and_then(serde_json::Value::as_f64)
        .unwrap_or_else(|| panic!("no {path} in {summary}"))
}

#[test]
fn clients_ask_hear_and_leave() {
    let place = place();
    let running = place.start(&["serve"]);
    let endpoint = format!("http://{}", running.ready());
    place.write(
        "ask.toml",
        b"room = \"still\"\nclients = 5\narrive-within = \"100ms\"\ntime = \"500ms\"\n\
          [[send]]\ntype = \"shop\"\npayload = { item = 1 }\nevery = \"20ms\"\nrequest = true\n",
    );
    let printed = place
        .run(&["loadtest", "ask.toml", "--endpoint", &endpoint, "--json"])
        .fine();
    let summary = serde_json::from_str(&printed).unwrap();
    assert_eq!(figure(&summary, "/joined"), 5.0);
    assert!(figure(&summary, "/requests/count") > 0.0, "{summary}");
    assert!(figure(&summary, "/round_trips/count") > 0.0, "{summary}");
    assert!(figure(&summary, "/round_trips/p50_ms") > 0.0, "{summary}");
    assert_eq!(figure(&summary, "/closes/4000"), 5.0);

    place.write(
        "talk.toml",
        b"room = \"talk\"\n[[send]]\ntype = \"say\"\npayload = \"hello\"\nevery = \"10ms\"\n",
    );
    let printed = place
        .run(&[
            "loadtest",
            "talk.toml",
            "--endpoint",
            &endpoint,
            "--clients",
            "3",
            "--time",
            "500ms",
        ])
        .fine();
    for part in [
        "talk at http://127.0.0.1:",
        "3 of 3 joined",
        "closed       3 with 4000",
        "faults       0",
    ] {
        assert!(printed.contains(part), "no {part:?} in\n{printed}");
    }
}

#[test]
fn what_goes_wrong_is_counted_and_ends_with_1() {
    let place = place();
    let running = place.start(&["serve"]);
    let endpoint = format!("http://{}", running.ready());
    place.write(
        "none.toml",
        b"room = \"none\"\nclients = 2\narrive-within = \"0s\"\n",
    );
    let ran = place.run(&["loadtest", "none.toml", "--endpoint", &endpoint]);
    let printed = ran.out();
    assert!(printed.contains("0 of 2 joined"), "{printed}");
    assert!(
        printed.contains("2 × could not join: refused with 520"),
        "{printed}"
    );
    ran.refused(&["2 things went wrong"]);
}

#[test]
fn a_script_that_cannot_be_played_is_refused() {
    let place = Place::new(&[(
        "bad.toml",
        b"room = \"a\"\n[[send]]\ntype = \"b\"\nevery = \"fast\"\n",
    )]);
    place
        .run(&["loadtest", "bad.toml"])
        .refused(&["bad.toml:4:9", "`fast` is not a time"]);
    place
        .run(&["loadtest", "gone.toml"])
        .refused(&["cannot read gone.toml"]);
}
