//! Text as JavaScript has it: possibly with halves of surrogate pairs.

use std::borrow::Cow;
use std::str;

/// U+FFFD, as long as the surrogate that it replaces.
const REPLACEMENT: [u8; 3] = [0xef, 0xbf, 0xbd];

/// Checks UTF-8. A lone surrogate, which msgpackr writes as three bytes when an emoji was cut in half, becomes
/// U+FFFD, as every browser does when it encodes text. `None` for anything else that is not UTF-8.
pub(super) fn checked(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    // Nearly all is, and keys are too short for what the standard library does about it.
    if bytes.is_ascii() {
        return Some(Cow::Borrowed(bytes));
    }
    let mut fixed: Option<Vec<u8>> = None;
    let mut done = 0;
    loop {
        let rest = bytes.get(done..)?;
        let Err(error) = str::from_utf8(rest) else { break };
        let at = done + error.valid_up_to();
        let [0xed, 0xa0..=0xbf, 0x80..=0xbf] = bytes.get(at..at + 3)? else {
            return None;
        };
        fixed
            .get_or_insert_with(|| bytes.to_vec())
            .get_mut(at..at + 3)?
            .copy_from_slice(&REPLACEMENT);
        done = at + 3;
    }
    Some(fixed.map_or(Cow::Borrowed(bytes), Cow::Owned))
}
