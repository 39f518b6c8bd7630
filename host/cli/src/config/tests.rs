//! Every fault that people make in the two files, and where they are told it is.

use std::fs;
use std::path::Path;
use std::time::Duration;

use parlor_matchmaker::{CreatedBy, Field, Filter, Reach, Realtime, Test};
use parlor_plugin::{Comparison, Direction};
use parlor_protocol::join::Dialect;

use super::host_file::HostConfig;
use super::room_file::{BuildKind, CommandLine, Package};
use super::room_types::Origin;

/// A folder with a package `duel`, whose files may be replaced.
fn folder(host: &str, room: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("duel")).unwrap();
    fs::write(folder.path().join("duel/room.toml"), room).unwrap();
    fs::write(folder.path().join("parlor.toml"), host).unwrap();
    folder
}

fn read(folder: &Path) -> Result<HostConfig, String> {
    HostConfig::read(&folder.join("parlor.toml")).map_err(|error| error.to_string())
}

const DUEL: &str = "name = \"duel\"\n";

#[test]
fn faults_in_parlor_toml_are_told_with_line_key_and_what_is_allowed() {
    // What is written; line and column; the key; what the message has to say.
    let cases: [(&str, &str, &str, &[&str]); 51] = [
        ("listen = ", ":1:10", "", &["string"]),
        (
            "[server]\ntrusted-proxies = [\"10.0.0.1\", \"proxy\"]",
            ":2:32",
            "server.trusted-proxies",
            &["`proxy` is no address", "10.0.0.0/8"],
        ),
        (
            "[server]\nmax-connections-per-address = 0",
            ":2:31",
            "server.max-connections-per-address",
            &["0 will not do", "at least 1"],
        ),
        (
            "[limits]\nmax-messages-per-second = 0",
            ":2:27",
            "limits.max-messages-per-second",
            &["0 will not do", "at least 1"],
        ),
        (
            "[settings]\nseat-reservation-time = 15",
            ":2:25",
            "settings.seat-reservation-time",
            &["a time with its unit", "15s"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\n[rooms.a]\n",
            ":3:8",
            "rooms.a",
            &["duplicate key"],
        ),
        (
            "lisen = \"127.0.0.1:1\"",
            ":1:1",
            "lisen",
            &["unknown field", "`listen`", "`rooms`"],
        ),
        (
            "listen = 2567",
            ":1:10",
            "listen",
            &["invalid type: integer", "string"],
        ),
        (
            "listen = \"localhost\"",
            ":1:10",
            "listen",
            &["`localhost`", "127.0.0.1:2567"],
        ),
        (
            "\nlisten = \"127.0.0.1:99999\"",
            ":2:10",
            "listen",
            &["IP and a port"],
        ),
        (
            "[server]\nflat-dialect = \"0.16\"",
            ":2:16",
            "server.flat-dialect",
            &["`0.16`", "`polyglot`", "`0.17`"],
        ),
        (
            "[server]\nmax-frame-bytes = \"64\"",
            ":2:19",
            "server.max-frame-bytes",
            &["size", "MiB"],
        ),
        (
            "[server]\nmax-frame-bytes = -1",
            ":2:19",
            "server.max-frame-bytes",
            &["negative"],
        ),
        (
            "[server]\nport = 3",
            ":2:1",
            "server.port",
            &["unknown field `port`", "`join-timeout`"],
        ),
        (
            "server.join-timeout = 15",
            ":1:23",
            "server.join-timeout",
            &["a time with its unit", "15s"],
        ),
        (
            "[server]\nmax-frame-bytes = 10",
            ":2:19",
            "server.max-frame-bytes",
            &["at least", "1KiB"],
        ),
        (
            "[server]\nping-interval = \"1ms\"",
            ":2:17",
            "server.ping-interval",
            &["at least", "100ms"],
        ),
        (
            "[server]\nmax-unanswered-pings = 0",
            ":2:24",
            "server.max-unanswered-pings",
            &["at least 1"],
        ),
        (
            "[limits]\nmailbox = 0",
            ":2:11",
            "limits.mailbox",
            &["at least 1"],
        ),
        (
            "[limits]\nhook-time = \"fast\"",
            ":2:13",
            "limits.hook-time",
            &["`fast` is not a time", "ms"],
        ),
        (
            "[limits]\nhook-time = \"0s\"",
            ":2:13",
            "limits.hook-time",
            &["outside"],
        ),
        (
            "[limits]\nmemory = \"1KiB\"",
            ":2:10",
            "limits.memory",
            &["outside", "65536"],
        ),
        (
            "limits = { memory = \"100KB\", max-rooms = 0 }",
            ":1:42",
            "limits.max-rooms",
            &["outside 1"],
        ),
        (
            "[limits]\ntime-slice = \"1us\"",
            ":2:14",
            "limits.time-slice",
            &["outside"],
        ),
        ("[cache]\nfiles = 0", ":2:9", "cache.files", &["outside 1"]),
        (
            "[log]\nformat = \"xml\"",
            ":2:10",
            "log.format",
            &["`xml`", "`text`", "`json`"],
        ),
        (
            "[log]\nfilter = \"info,=[\"",
            ":2:10",
            "log.filter",
            &["parlor_server=debug"],
        ),
        (
            "[rooms.\"a b\"]\npackage = \"duel\"",
            ":1:8",
            "rooms.a b",
            &["not a name", "letters, digits"],
        ),
        ("[rooms.a]\n", ":1:8", "rooms.a", &["package = ", "component = "]),
        (
            "[rooms.a]\npackage = \"duel\"\ncomponent = \"x\"",
            ":3:13",
            "rooms.a.component",
            &["only one"],
        ),
        (
            "[rooms.a]\npackage = \"gone\"",
            ":2:11",
            "rooms.a.package",
            &["no room.toml in", "gone"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\npresence = \"red team\"",
            ":3:12",
            "rooms.a.presence",
            &["`red team`", "letters"],
        ),
        (
            "[presence]\nmax-entry = 1",
            ":2:1",
            "presence.max-entry",
            &["unknown field", "`max-entries`"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nsort-by = [\"clientz\"]",
            ":3:12",
            "rooms.a.sort-by",
            &["`clientz`", "maxClients", "metadata.NAME"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nfilter-by = [\"m\", \"roomId\"]",
            ":3:19",
            "rooms.a.filter-by",
            &["`roomId`", "processId"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nfilter-by = [\"m\", \"m\"]",
            ":3:19",
            "rooms.a.filter-by",
            &["twice"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nfilter-by = [{ field = \"locked\" }]",
            ":3:24",
            "rooms.a.filter-by",
            &["`locked`", "createdAt"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nfilter-by = [{ field = \"clients\", is = \"less\" }]",
            ":3:24",
            "rooms.a.filter-by",
            &["`clients`", "option"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nfilter-by = [{ filed = \"m\" }]",
            ":3:16",
            "rooms.a.filter-by",
            &["unknown field `filed`", "`within`"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nfilter-by = [\"x\", { field = \"m\", is = \"near\" }]",
            ":3:39",
            "rooms.a.filter-by",
            &["`near`", "`at-least`", "`between`"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nfilter-by = [{ field = \"m\", is = \"less\", within = 1 }]",
            ":3:51",
            "rooms.a.filter-by",
            &["only one"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nfilter-by = [{ field = \"m\", within = -1 }]",
            ":3:38",
            "rooms.a.filter-by",
            &["-1 is no distance", "from 0"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nfilter-by = [3]",
            ":3:14",
            "rooms.a.filter-by",
            &["integer `3`", "within = 5"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nmax-rooms = 0",
            ":3:13",
            "rooms.a.max-rooms",
            &["at least 1"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\ncreated-by = \"me\"",
            ":3:14",
            "rooms.a.created-by",
            &["`me`", "`anyone`", "`rooms`"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\nmay-reach = [\"a\", \"b\"]",
            ":3:19",
            "rooms.a.may-reach",
            &["no room type `b`", "there are a", "*"],
        ),
        (
            "[limits]\nother-room-wait = \"0s\"",
            ":2:19",
            "limits.other-room-wait",
            &["at least", "1ms"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\noptions = { at = 2020-01-01 }",
            ":3:18",
            "rooms.a.options.at",
            &["date", "text"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\n[rooms.a.options]\nx = nan",
            ":4:5",
            "rooms.a.options.x",
            &["nan"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\n[rooms.a.settings]\nmax-clients = 0",
            ":4:15",
            "rooms.a.settings.max-clients",
            &["at least 1"],
        ),
        (
            "[rooms.a]\npackage = \"duel\"\n[rooms.a.settings]\nmemory = 1",
            ":4:1",
            "rooms.a.settings.memory",
            &["unknown field", "`patch-interval`"],
        ),
    ];
    for (text, place, key, parts) in cases {
        let folder = folder(text, DUEL);
        let message = read(folder.path()).expect_err(text);
        let wanted = format!("parlor.toml{place}: ");
        assert!(message.contains(&wanted), "{text}\nwants {wanted}\n{message}");
        assert!(
            key.is_empty() || message.contains(&format!(": `{key}`: ")),
            "{text}\nwants {key}\n{message}"
        );
        for part in parts {
            assert!(message.contains(part), "{text}\nwants {part}\n{message}");
        }
        let line = text.lines().nth(message_line(&message) - 1).unwrap_or("");
        assert!(
            message.contains(line) && message.contains('^'),
            "{text}\n{message}"
        );
    }
}

fn message_line(message: &str) -> usize {
    let (_, rest) = message.split_once("parlor.toml:").unwrap();
    rest.split(':').next().unwrap().parse().unwrap()
}

#[test]
fn faults_in_room_toml_are_told_likewise() {
    let cases: [(&str, &str, &str, &[&str]); 15] = [
        ("", ":1:1", "", &["missing field `name`"]),
        ("name = 3", ":1:8", "name", &["string"]),
        ("name = \"../x\"", ":1:8", "name", &["not a name"]),
        ("name = \"-x\"", ":1:8", "name", &["begins with `-`"]),
        (
            "name = \"x\"\nwatch = []",
            ":2:1",
            "watch",
            &["unknown field", "`build`", "`settings`"],
        ),
        (
            "name = \"x\"\n[build]\nkind = \"go\"",
            ":3:8",
            "build.kind",
            &["`go`", "`rust`", "`command`"],
        ),
        (
            "name = \"x\"\n[build]\ncommand = \"make\"",
            ":3:11",
            "build.command",
            &["kind = \"command\""],
        ),
        (
            "name = \"x\"\n[build]\noutput = \"x.wasm\"",
            ":3:10",
            "build.output",
            &["kind = \"command\""],
        ),
        (
            "name = \"x\"\n[build]\nkind = \"command\"",
            ":3:8",
            "build.kind",
            &["needs `command`"],
        ),
        (
            "name = \"x\"\n[build]\nkind = \"command\"\ncommand = \"make\"",
            ":3:8",
            "build.kind",
            &["needs `output`"],
        ),
        (
            "name = \"x\"\n[build]\nkind = \"command\"\ncommand = \" \"\noutput = \"o\"",
            ":4:11",
            "build.command",
            &["empty"],
        ),
        (
            "name = \"x\"\n[build]\nkind = \"command\"\ncommand = [\"a\"]\noutput = \"../o\"",
            ":5:10",
            "build.output",
            &["inside the package"],
        ),
        (
            "name = \"x\"\n[build]\nkind = \"command\"\ncommand = 1\noutput = \"o\"",
            ":4:11",
            "build.command",
            &["for the shell"],
        ),
        (
            "name = \"x\"\n[build]\nwatch = [\"src\", \"../*/y\"]",
            ":3:17",
            "build.watch",
            &["inside the package"],
        ),
        (
            "name = \"x\"\n[build]\nwatch = [\"a[\"]",
            ":3:10",
            "build.watch",
            &["a["],
        ),
    ];
    for (text, place, key, parts) in cases {
        let folder = folder("[rooms.a]\npackage = \"duel\"\n", text);
        let message = read(folder.path()).expect_err(text);
        let wanted = format!("duel/room.toml{place}: ");
        assert!(message.contains(&wanted), "{text}\nwants {wanted}\n{message}");
        assert!(
            key.is_empty() || message.contains(&format!(": `{key}`: ")),
            "{text}\nwants {key}\n{message}"
        );
        for part in parts {
            assert!(message.contains(part), "{text}\nwants {part}\n{message}");
        }
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let message = HostConfig::read(Path::new("gone/parlor.toml"))
        .unwrap_err()
        .to_string();
    assert!(message.contains("gone/parlor.toml"), "{message}");
}

#[test]
fn the_whole_of_both_files_is_read() {
    let host = r#"
        listen = "[::1]:80"
        [server]
        flat-dialect = "0.18"
        max-frame-bytes = "1MiB"
        join-timeout = "10s"
        max-connections = 1000
        max-connections-per-address = 20
        trusted-proxies = ["10.0.0.0/8", "::1"]
        shutdown-grace = "0s"
        [settings]
        seat-reservation-time = "20s"
        patch-interval = "100ms"
        [limits]
        max-rooms = 100
        memory = "128MiB"
        hook-time = "50ms"
        other-room-wait = "500ms"
        max-timers = 50
        max-messages-per-second = 40
        log-lines-per-second = 10
        [presence]
        max-entries = 7
        max-value = "1KiB"
        [cache]
        folder = "cwasm"
        [rooms.a]
        package = "duel"
        filter-by = [
            "mode",
            { field = "level", within = 5 },
            { field = "rating", option = "minRating", is = "at-least" },
            { field = "clients", option = "players", is = "between" },
        ]
        sort-by = ["-clients", "metadata.rank"]
        realtime-listing = true
        max-rooms = 9
        created-by = "rooms"
        may-reach = ["b"]
        presence = "shared"
        options = { mode = "duel", sizes = [1, 2.5], deep = { on = true } }
        [rooms.a.settings]
        max-clients = 2
        max-timers = 7
        max-messages-per-second = 4
        [rooms.b]
        component = "b.wasm"
        may-reach = ["*"]
    "#;
    let room = r#"
        name = "duel"
        [settings]
        max-clients = 4
        patch-interval = "never"
        seat-reservation-time = "30s"
    "#;
    let folder = folder(host, room);
    let config = read(folder.path()).unwrap();
    assert_eq!(config.server.listen.to_string(), "[::1]:80");
    assert_eq!(config.server.flat_dialect, Dialect::Tagged);
    assert_eq!(config.server.max_connections.map(u32::from), Some(1000));
    assert_eq!(config.server.max_connections_per_address.map(u32::from), Some(20));
    let proxies: Vec<String> = config
        .server
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(proxies, ["10.0.0.0/8", "::1/128"]);
    assert_eq!(config.server.shutdown_grace, Duration::ZERO);
    assert_eq!(config.engine.max_rooms, 100);
    assert_eq!(config.engine.room_memory, 128 << 20);
    assert_eq!(config.engine.hook_time, Duration::from_millis(50));
    assert_eq!(config.engine.cache_folder, Some(folder.path().join("cwasm")));

    let presence = &config.matchmaker.presence;
    assert_eq!(
        (presence.limits.max_entries, presence.limits.max_value),
        (7, 1024)
    );
    assert_eq!(presence.limits.max_subscriptions, 256);

    let [a, b] = config.rooms.as_slice() else {
        panic!("two types")
    };
    assert_eq!(a.name.as_str(), "a");
    match &a.origin {
        Origin::Package(package) => assert!(package.component().ends_with("duel/target/parlor/duel.wasm")),
        other => panic!("{other:?}"),
    }
    let shared: Vec<_> = presence.shared.iter().collect();
    assert_eq!(shared, [(&a.name, &"shared".to_owned())]);
    let filter = |field, option: &str, test| Filter {
        field: Field::named(field),
        option: option.to_owned(),
        test,
    };
    assert_eq!(
        a.matching.filter_by,
        [
            filter("mode", "mode", Test::Is(Comparison::Equal)),
            filter("level", "level", Test::Within(5.0)),
            filter("rating", "minRating", Test::Is(Comparison::AtLeast)),
            filter("clients", "players", Test::Between),
        ]
    );
    let sort: Vec<_> = a
        .matching
        .sort_by
        .iter()
        .map(|key| (key.field.clone(), key.direction))
        .collect();
    assert_eq!(
        sort,
        [
            (Field::Clients, Direction::Descending),
            (Field::named("rank"), Direction::Ascending)
        ]
    );
    assert_eq!(a.matching.realtime_listing, Realtime::Yes);
    assert_eq!(a.matching.max_rooms, Some(9));
    assert_eq!(a.matching.created_by, CreatedBy::Rooms);
    assert_eq!(a.matching.may_reach, Reach::Only(vec!["b".parse().unwrap()]));
    assert_eq!(b.matching.may_reach, Reach::All);
    assert_eq!(config.matchmaker.other_room_wait, Duration::from_millis(500));
    let options = parlor_protocol::msgpack::to_json_value(&a.matching.options).unwrap();
    assert_eq!(
        options,
        serde_json::json!({"mode": "duel", "sizes": [1, 2.5], "deep": {"on": true}})
    );
    // The operator's word for the type, the author's, the operator's for all types, the default behind all.
    assert_eq!(a.settings.max_clients, Some(2));
    assert_eq!(a.settings.patch_interval, None);
    assert_eq!(a.settings.seat_reservation, Duration::from_secs(30));
    assert_eq!(a.settings.max_timers, 7);
    assert_eq!(a.settings.log_lines_per_second, 10);
    assert_eq!(b.settings.max_timers, 50);
    assert_eq!(a.settings.max_messages_per_second.map(u32::from), Some(4));
    assert_eq!(b.settings.max_messages_per_second.map(u32::from), Some(40));
    assert_eq!(b.settings.patch_interval, Some(Duration::from_millis(100)));
    assert_eq!(b.settings.seat_reservation, Duration::from_secs(20));
    assert_eq!(b.settings.max_clients, None);
    match &b.origin {
        Origin::Component(path) => assert_eq!(*path, folder.path().join("b.wasm")),
        other => panic!("{other:?}"),
    }
    assert!(b.matching.options.is_empty());
}

#[test]
fn an_empty_host_file_is_all_defaults() {
    let folder = folder("", DUEL);
    let config = read(folder.path()).unwrap();
    assert!(config.rooms.is_empty());
    assert_eq!(config.server, parlor_server::ServerSettings::default());
    assert_eq!(
        config.engine.max_rooms,
        parlor_plugin::PluginSettings::default().max_rooms
    );
}

#[test]
fn packages_say_how_they_are_built_and_what_is_watched() {
    let room = r#"
        name = "duel"
        [build]
        kind = "command"
        command = ["python3", "-m", "build"]
        output = "out/duel.wasm"
        watch = ["./app/", "../shared", "*.wit", "lib/**/*.py"]
    "#;
    let folder = folder("", room);
    let package = Package::read(&folder.path().join("duel")).unwrap();
    let words = ["python3", "-m", "build"].map(str::to_owned).to_vec();
    let wanted = BuildKind::Command {
        command: CommandLine::Arguments(words),
        output: "out/duel.wasm".into(),
    };
    assert_eq!(package.build, wanted);
    let folders: Vec<_> = package
        .watch
        .folders
        .iter()
        .map(|folder| folder.to_str().unwrap())
        .collect();
    assert_eq!(folders, ["room.toml", "Cargo.toml", "app", "../shared"]);
    let bases: Vec<_> = package
        .watch
        .glob_bases
        .iter()
        .map(|folder| folder.to_str().unwrap())
        .collect();
    assert_eq!(bases, ["", "lib"]);
    for (path, matched) in [
        ("room.wit", true),
        ("deep/room.wit", false),
        ("lib/a/b.py", true),
        ("lib/a/b.txt", false),
    ] {
        assert_eq!(package.watch.globs.is_match(path), matched, "{path}");
    }
}
