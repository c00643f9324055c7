//! Writes log lines together: a system call per line would cost a request more than its signature.
//!
//! Lines leave within [`DELAY`]; a warning takes all before it along at once. Nobody but a thread of its own ever waits
//! for whoever reads the log: when they are slower than we write, or have stopped, lines beyond [`MOST_BYTES`] are
//! dropped and counted, and the count is told as soon as there is room.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How long a line may wait for others.
const DELAY: Duration = Duration::from_millis(20);

/// How long the end of the process waits for whoever reads the log.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// How much may wait to be written, in bytes.
const MOST_BYTES: usize = 4 * 1_024 * 1_024;

/// What waits to be written. Clones share it.
#[derive(Clone)]
pub(crate) struct LogWriter {
    shared: Arc<Shared>,
}

struct Shared {
    delay: Duration,
    waiting: Mutex<Waiting>,
    came: Condvar,
    /// Held while lines are written, so that they stay in order.
    output: Mutex<Box<dyn Write + Send>>,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    dropped: u64,
    urgent: bool,
}

impl LogWriter {
    /// Returns a writer to `output`, with a thread that does the writing until the process ends.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn start(output: impl Write + Send + 'static) -> io::Result<Self> {
        Self::with_delay(DELAY, output)
    }

    fn with_delay(delay: Duration, output: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            delay,
            waiting: Mutex::default(),
            came: Condvar::new(),
            output: Mutex::new(Box::new(output)),
        });
        let writer = Self { shared };
        let background = writer.clone();
        thread::Builder::new().name("log".to_owned()).spawn(move || background.write_for_ever())?;
        Ok(writer)
    }

    /// Writes what waits before the process ends, unless nobody reads it for [`LAST_WAIT`].
    pub(crate) fn finish(&self) {
        self.finish_within(LAST_WAIT);
    }

    fn finish_within(&self, patience: Duration) {
        let (done, written) = mpsc::channel();
        let writer = self.clone();
        // Its own thread, because a write to a pipe that nobody reads never ends.
        let started = thread::Builder::new().name("log-end".to_owned()).spawn(move || {
            writer.flush();
            done.send(())
        });
        if started.is_ok() {
            let _ = written.recv_timeout(patience);
        }
    }

    fn flush(&self) {
        let mut output = self.shared.output.lock().unwrap_or_else(PoisonError::into_inner);
        let Waiting { mut lines, dropped, .. } = std::mem::take(&mut *self.waiting());
        if dropped > 0 {
            let _ = writeln!(
                lines,
                "{{\"level\":\"WARN\",\"message\":\"log lines were dropped: nobody read them in time\",\"lines\":{dropped}}}"
            );
        }
        // There is nobody left to tell that the log can't be written.
        let _ = output.write_all(&lines).and_then(|()| output.flush());
    }

    fn write_for_ever(&self) {
        loop {
            let Shared { delay, came, .. } = &*self.shared;
            let waiting = came.wait_while(self.waiting(), |waiting| waiting.lines.is_empty());
            let waiting = waiting.unwrap_or_else(PoisonError::into_inner);
            drop(came.wait_timeout_while(waiting, *delay, |waiting| !waiting.urgent));
            self.flush();
        }
    }

    fn add(&self, line: &[u8], urgent: bool) {
        let mut waiting = self.waiting();
        if waiting.lines.len() + line.len() > MOST_BYTES {
            waiting.dropped += 1;
            return;
        }
        let was_empty = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(line);
        waiting.urgent |= urgent;
        drop(waiting);
        if was_empty || urgent {
            self.shared.came.notify_one();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { writer: self, urgent: true }
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Line<'a> {
        Line { writer: self, urgent: *event.level() <= Level::WARN }
    }
}

/// One event on its way.
pub(crate) struct Line<'a> {
    writer: &'a LogWriter,
    urgent: bool,
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.writer.add(line, self.urgent);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands on what is written, and waits until each piece is taken.
    struct Reader(mpsc::SyncSender<String>);

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.0.send(text).map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn started(delay: Duration) -> (LogWriter, mpsc::Receiver<String>) {
        let (sender, receiver) = mpsc::sync_channel(0);
        (LogWriter::with_delay(delay, Reader(sender)).unwrap(), receiver)
    }

    const NEVER: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_line_leaves_by_itself() {
        let (writer, written) = started(DELAY);
        writer.add(b"one\n", false);
        assert_eq!(written.recv().unwrap(), "one\n");
        writer.add(b"two\n", false);
        assert_eq!(written.recv().unwrap(), "two\n");
    }

    #[test]
    fn a_slow_reader_stops_nobody_and_hears_how_much_it_missed() {
        let (writer, written) = started(NEVER);
        let line = [b'x'; 1_024];
        for _ in 0..2 * MOST_BYTES / line.len() {
            writer.add(&line, false);
        }
        let rest = writer.clone();
        let flushing = thread::spawn(move || rest.flush());
        let mut all = String::new();
        while !all.contains("\"lines\":4096}") {
            all.push_str(&written.recv().unwrap());
        }
        flushing.join().unwrap();
        assert!((MOST_BYTES..MOST_BYTES + 200).contains(&all.len()), "{}", all.len());
    }

    #[test]
    fn a_log_that_nobody_reads_does_not_keep_the_process() {
        let (writer, written) = started(NEVER);
        writer.add(b"last\n", false);
        writer.finish_within(Duration::from_millis(1));
        // What waited is written as soon as somebody reads.
        assert_eq!(written.recv().unwrap(), "last\n");
        writer.add(b"read\n", false);
        let reading = thread::spawn(move || written.recv());
        writer.finish_within(NEVER);
        assert_eq!(reading.join().unwrap().unwrap(), "read\n");
    }

    #[test]
    fn a_warning_takes_what_waits_along_at_once() {
        let (writer, written) = started(NEVER);
        let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("quiet");
            tracing::warn!("loud");
        });
        let mut all = String::new();
        while !all.contains("loud") {
            all.push_str(&written.recv().unwrap());
        }
        assert!(all.contains("quiet"));
    }
}
