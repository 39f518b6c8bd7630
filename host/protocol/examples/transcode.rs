//! Turns what msgpackr packed into plain MessagePack, message by message: each one on standard input and output is
//! preceded by its length, four bytes, big-endian. `tests/msgpackr` compares the two with the real library.

use std::error::Error;
use std::io::{self, Read, Write};

use parlor_protocol::msgpack::{Limits, transcode, validate};

fn main() -> Result<(), Box<dyn Error>> {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let limits = Limits::for_frames_of(16 * 1024 * 1024);
    let mut length = [0; 4];
    for index in 0.. {
        if input.read(&mut length[..1])? == 0 {
            break;
        }
        input.read_exact(&mut length[1..])?;
        let mut packed = vec![0; usize::try_from(u32::from_be_bytes(length))?];
        input.read_exact(&mut packed)?;
        let plain = transcode(&packed, &limits).map_err(|error| format!("message {index}: {error}"))?;
        validate(&plain).map_err(|error| format!("message {index} is not plain: {error}"))?;
        output.write_all(&u32::try_from(plain.len())?.to_be_bytes())?;
        output.write_all(&plain)?;
    }
    output.flush()?;
    Ok(())
}
