//! Whether gateways count together, and whether they hear of each other.

use std::{
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::window::Mode;

/// What a gateway knows of the exchange with the others.
#[derive(Debug)]
pub(super) struct Sharing {
    /// How many gateways count together; `None`: this one counts alone.
    gateways: Option<u64>,
    /// How long a request waits to hear of the others at most.
    wait: Duration,
    /// Whether the last exchange succeeded.
    answering: AtomicBool,
    /// Tells those who wait that an exchange ended.
    exchanged: Notify,
    /// Tells the exchange that somebody waits.
    urgent: Notify,
}

impl Sharing {
    pub(super) fn new(gateways: Option<u64>, wait: Duration) -> Self {
        let answering = AtomicBool::new(false);
        Self { gateways, wait, answering, exchanged: Notify::new(), urgent: Notify::new() }
    }

    pub(super) fn mode(&self) -> Mode {
        match self.gateways {
            None => Mode::Alone,
            Some(gateways) if self.answering.load(Ordering::Relaxed) => Mode::Together(gateways),
            Some(gateways) => Mode::Apart(gateways),
        }
    }

    /// Has the others heard until `attempt` knows. When they are not heard in time, it has to know without them.
    pub(super) async fn once_heard<T>(&self, mut attempt: impl FnMut(Mode) -> Option<T>) -> T {
        let deadline = Instant::now() + self.wait;
        loop {
            let mut exchanged = pin!(self.exchanged.notified());
            exchanged.as_mut().enable();
            if let Some(known) = attempt(self.mode()) {
                return known;
            }
            self.urgent.notify_one();
            if timeout_at(deadline, exchanged).await.is_err() {
                let mode = self.mode().without_waiting();
                return attempt(mode).expect("who is apart or alone is always sure");
            }
        }
    }

    /// Waits until somebody waits.
    pub(super) async fn urgent(&self) {
        self.urgent.notified().await;
    }

    /// Takes note of how an exchange ended, and tells whether that is news.
    pub(super) fn exchanged(&self, answered: bool) -> bool {
        let before = self.answering.swap(answered, Ordering::Relaxed);
        self.exchanged.notify_waiters();
        before != answered
    }
}

impl Mode {
    /// Returns the mode in which nobody is unsure.
    pub(super) const fn without_waiting(self) -> Self {
        match self {
            Self::Together(gateways) | Self::Apart(gateways) => Self::Apart(gateways),
            Self::Alone => Self::Alone,
        }
    }
}
