//! Counts what a language model uses for one generation, as it is used: a count that is there also when the writing is
//! broken off.

use std::sync::{Arc, Mutex, PoisonError};

/// The tokens of one generation so far. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter(Arc<Mutex<Counts>>);

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    ended: Tokens,
    running: Tokens,
}

/// Tokens read and written by a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) input: u64,
    pub(super) output: u64,
}

impl Meter {
    /// Counts the call under way as `usage`, in place of what it counted as before.
    pub(super) fn running(&self, usage: llm::Usage) {
        self.change(|counts| counts.running = usage.into());
    }

    /// Ends the call under way with `usage`; none when the model did not take it up.
    pub(super) fn end(&self, usage: Option<llm::Usage>) {
        self.change(|counts| {
            let used = usage.map(Tokens::from).unwrap_or_default();
            *counts = Counts { ended: counts.ended.plus(used), running: Tokens::default() };
        });
    }

    /// Returns everything counted, the call under way included.
    pub(super) fn total(&self) -> Tokens {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.ended.plus(counts.running)
    }

    fn change(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Tokens {
    /// Tells whether a model did any work.
    pub(super) const fn is_some(self) -> bool {
        self.input > 0 || self.output > 0
    }

    const fn plus(self, other: Self) -> Self {
        Self { input: self.input + other.input, output: self.output + other.output }
    }
}

impl From<llm::Usage> for Tokens {
    fn from(usage: llm::Usage) -> Self {
        Self { input: usage.input_tokens.into(), output: usage.output_tokens.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(input_tokens: u32, output_tokens: u32) -> llm::Usage {
        llm::Usage { input_tokens, output_tokens, estimated: true }
    }

    #[test]
    fn a_call_under_way_counts_and_gives_way_to_its_end() {
        let meter = Meter::default();
        assert!(!meter.total().is_some());
        meter.running(usage(100, 0));
        meter.running(usage(100, 7));
        assert_eq!(meter.total(), Tokens { input: 100, output: 7 });
        meter.end(Some(usage(90, 9)));
        meter.running(usage(50, 0));
        assert_eq!(meter.clone().total(), Tokens { input: 140, output: 9 });
        meter.end(None);
        assert_eq!(meter.total(), Tokens { input: 90, output: 9 });
    }
}
