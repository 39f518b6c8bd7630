//! Payloads: to plain MessagePack, to JSON and back, to loose values and back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use parlor_protocol::msgpack::{self, Limits};

fuzz_target!(|data: &[u8]| {
    let limits = Limits { depth: 32, output: 64 * 1024 };

    if let Ok(plain) = msgpack::transcode(data, &limits) {
        assert!(plain.len() <= limits.output);
        check_plain(&plain);
        // What is plain stays as it is.
        assert_eq!(msgpack::transcode(&plain, &limits).as_deref(), Ok(&*plain));
    }
    if msgpack::validate(data).is_ok() {
        check_plain(data);
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(packed) = msgpack::from_json(text)
    {
        check_plain(&packed);
    }
    let _ = msgpack::to_json(data);
    let _ = msgpack::to_plain(data);
    let _ = msgpack::map_overlay(data, data);
});

fn check_plain(plain: &[u8]) {
    assert_eq!(msgpack::validate(plain), Ok(()));

    let json = msgpack::to_json(plain);
    let json = json.as_deref().unwrap_or_else(|error| panic!("no JSON of {plain:02x?}: {error}"));
    let again = msgpack::from_json(json).unwrap_or_else(|error| panic!("not JSON: {json}: {error}"));
    assert_eq!(msgpack::to_json(&again).as_deref(), Ok(json));

    let value = msgpack::to_plain(plain).unwrap_or_else(|error| panic!("no value of {plain:02x?}: {error}"));
    assert_eq!(msgpack::validate(&msgpack::from_plain(&value)), Ok(()));

    if msgpack::is_map(plain) {
        let laid = msgpack::map_overlay(plain, plain).unwrap_or_else(|error| panic!("{plain:02x?}: {error}"));
        assert_eq!(msgpack::validate(&laid), Ok(()));
    }
}
