//! The only module that writes to the terminal: answers to standard output, complaints to standard error.

use std::io;

/// Writes one line of an answer.
pub(crate) fn say(line: &str) {
    write(&mut io::stdout().lock(), line, "\n");
}

/// Writes a part of an answer as it comes.
pub(crate) fn say_part(part: &str) {
    write(&mut io::stdout().lock(), part, "");
}

/// Writes one line that is no answer.
pub(crate) fn complain(line: &str) {
    write(&mut io::stderr().lock(), line, "\n");
}

/// A reader that has gone away is no reason to stop serving.
fn write(out: &mut impl io::Write, text: &str, end: &str) {
    let _ = out.write_all(text.as_bytes());
    let _ = out.write_all(end.as_bytes());
    let _ = out.flush();
}
