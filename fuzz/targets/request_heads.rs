//! Any bytes as the requests of a connection: what is found ambiguous does not depend on the pieces in which they come.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serve::heads::Heads;

// The first byte says how long the pieces are, the rest is what comes.
fuzz_target!(|bytes: &[u8]| {
    let Some((size, bytes)) = bytes.split_first() else { return };
    let whole = Heads::default().see(bytes);
    let mut heads = Heads::default();
    let pieces = bytes.chunks(usize::from(*size).max(1)).map(|piece| heads.see(piece));
    assert_eq!(pieces.max() == Some(true), whole, "pieces of {size} bytes are seen otherwise");
    // What has lines of every kind but bare ones, and names no framing, is never refused.
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    if whole {
        assert!(
            text.contains("content-length") || text.replace("\r\n", "").contains('\n'),
            "nothing in it can be read in two ways"
        );
    }
});
