//! Frames both ways, and what matchmaking reads.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use parlor_protocol::matchmake::ClientOptions;
use parlor_protocol::msgpack::{self, Limits};
use parlor_protocol::{ClientFrame, Dialect, ProcessId, ServerFrame};

fuzz_target!(|data: &[u8]| {
    let frame = Bytes::copy_from_slice(data);
    let limits = Limits { depth: 32, output: 64 * 1024 };

    if let Ok(decoded) = ClientFrame::decode(&frame, &limits) {
        assert_eq!(ClientFrame::decode(&decoded.encode(), &limits), Ok(decoded));
    }
    if let Ok(ServerFrame::Join(join)) = ServerFrame::decode(&frame) {
        for dialect in [Dialect::Legacy, Dialect::Tagged, Dialect::Polyglot] {
            if let Ok(Some(handshake)) = join.handshake(dialect) {
                assert!(handshake.len() <= data.len());
            }
        }
    }
    if let Ok(options) = ClientOptions::parse(data) {
        assert!(msgpack::is_map(options.packed()));
        assert_eq!(msgpack::validate(options.packed()), Ok(()));
        let _ = options.reconnection_token();
    }
    if let Ok(segment) = std::str::from_utf8(data)
        && let Ok((process, _)) = ProcessId::parse_segment(segment)
    {
        assert!(process.nested().starts_with(process.as_str()));
    }
});
