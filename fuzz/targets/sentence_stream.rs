//! Any text in any chunks, as a language model streams it: nothing is lost, nothing is cut inside a character.
#![no_main]

use libfuzzer_sys::fuzz_target;
use voice::sentence::{SentenceBuffer, sentences};

fuzz_target!(|bytes: &[u8]| {
    let Some((size, bytes)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };

    let mut end = 0;
    for range in sentences(text) {
        assert!(end <= range.start && range.start < range.end, "sentences stand apart and are not empty");
        assert!(text.get(range.clone()).is_some(), "a sentence begins and ends between characters");
        end = range.end;
    }

    let mut buffer = SentenceBuffer::default();
    let mut streamed = String::new();
    let characters: Vec<char> = text.chars().collect();
    for chunk in characters.chunks(usize::from(*size).max(1)) {
        streamed.extend(buffer.push(&chunk.iter().collect::<String>()));
    }
    streamed.extend(buffer.finish());
    assert_eq!(streamed, text, "what comes out is what went in");
});
