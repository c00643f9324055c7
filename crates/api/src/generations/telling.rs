//! Tells a caller who listens the sentences of a text, and takes back those of a text that did not pass.
//!
//! The last sentence of a text is told once the text is stored and metered: who hangs up before has no whole text.

use tokio::sync::mpsc;
use voice::sentence;

use super::Progress;

/// Tells the sentences of one variant, and remembers what it told.
pub(super) struct Teller<'a> {
    progress: Option<&'a mpsc::UnboundedSender<Progress>>,
    variant: u8,
    told: u32,
    /// The newest sentence, not told yet.
    held: Option<String>,
    text: String,
}

impl<'a> Teller<'a> {
    /// Returns one that has told nothing yet; it tells nobody without `progress`.
    pub(super) const fn new(progress: Option<&'a mpsc::UnboundedSender<Progress>>, variant: u8) -> Self {
        Self { progress, variant, told: 0, held: None, text: String::new() }
    }

    /// Tells whether nothing was told yet.
    pub(super) const fn is_silent(&self) -> bool {
        self.text.is_empty()
    }

    /// Takes the next sentence, and tells the one before it.
    pub(super) fn sentence(&mut self, text: String) {
        self.text.push_str(&text);
        let before = self.held.replace(text);
        if let Some(progress) = self.progress_of(before) {
            self.tell(progress);
        }
    }

    /// Returns the last sentence, to be told in the end.
    pub(super) fn last(&mut self) -> Option<Progress> {
        let last = self.held.take();
        self.progress_of(last)
    }

    fn progress_of(&mut self, text: Option<String>) -> Option<Progress> {
        let index = self.told;
        text.map(|text| {
            self.told += 1;
            Progress::Sentence { variant: self.variant, index, text }
        })
    }

    /// Makes sure that what was told is `text`: tells it anew if it is not.
    pub(super) fn whole(&mut self, text: &str) {
        if self.text == text {
            return;
        }
        if self.told > 0 {
            self.tell(Progress::Rewritten { variant: self.variant });
        }
        (self.told, self.held, self.text) = (0, None, String::new());
        let starts: Vec<_> = sentence::sentences(text).into_iter().map(|place| place.start).collect();
        for (index, start) in starts.iter().enumerate() {
            let start = if index == 0 { 0 } else { *start };
            let end = starts.get(index + 1).copied().unwrap_or(text.len());
            self.sentence(text[start..end].to_owned());
        }
    }

    fn tell(&self, progress: Progress) {
        if let Some(sender) = self.progress {
            // Who doesn't listen any more drops the whole work.
            let _ = sender.send(progress);
        }
    }
}
