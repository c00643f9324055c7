//! Any bytes as a language model's streamed answer, in any pieces: an error, or one text, the same for all cuts.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use llm::settings::Limits;
use llm::{Answer, Error};
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static RUNTIME: Runtime =
        Builder::new_current_thread().enable_time().build().expect("a runtime starts");
}

fuzz_target!(|bytes: &[u8]| {
    let Some((size, body)) = bytes.split_first() else { return };
    let whole = read(&[body]);
    let pieces: Vec<&[u8]> = body.chunks(usize::from(*size).max(1)).collect();
    assert_eq!(whole.is_ok(), read(&pieces).is_ok(), "pieces decide whether the answer is good");
    if let Ok(answer) = whole {
        assert_eq!(Ok(&answer), read(&pieces).as_ref(), "pieces change the answer");
        assert!(answer.text.len() <= body.len(), "the text holds more than was sent");
        assert!(!answer.text.trim().is_empty(), "an answer without words is an error");
    }
});

fn read(pieces: &[&[u8]]) -> Result<Answer, Error> {
    let pieces = pieces.iter().map(|piece| Bytes::copy_from_slice(piece)).collect();
    RUNTIME.with(|runtime| runtime.block_on(Answer::from_body(pieces, &Limits::default())))
}
