//! Fills texts and judges them by the rules: what leaves has passed here. It takes a while, and is done by a worker.

use std::sync::Arc;

use domain::ids::SamplesId;
use voice::{
    facts::Brief,
    fill::{self, Values},
    prompt::Prompt,
    rules::{self, Evidence, Finding, Rule, Verdict},
    sample::Sample,
    score,
};

/// What texts of one generation are judged by.
pub(super) struct Judge {
    pub(super) brief: Arc<Brief>,
    pub(super) samples: Arc<[Sample]>,
    pub(super) values: Values,
    /// Whether the client's slots are filled.
    pub(super) fill: bool,
}

/// A text that was judged, with what it was made from.
pub(super) struct Judged {
    pub(super) slotted: String,
    pub(super) text: String,
    pub(super) verdict: Verdict,
    /// 0 for a text that did not pass.
    pub(super) style_score: f64,
}

impl Judge {
    /// Fills a text and judges the whole of it. `shown` are the samples that its writer saw.
    pub(super) fn whole(
        &self,
        slotted: &str,
        shown: &[(SamplesId, u16)],
        instructions: Option<&str>,
    ) -> Judged {
        let slotted = slotted.trim().to_owned();
        let filled = match fill::fill(&slotted, &self.values) {
            Ok(filled) => filled,
            Err(error) => {
                let message = format!("A slot can't be filled: {error}.");
                let finding = Finding { rule: Rule::R8, span: None, message, category: "slot" };
                let verdict = Verdict { findings: vec![finding], trace: Vec::new() };
                return Judged { text: String::new(), slotted, verdict, style_score: 0.0 };
            }
        };
        let shown = self.shown(shown);
        let verdict = rules::check(&filled.text, &self.evidence(&shown, instructions, &filled.trace));
        let style_score = if verdict.passed() {
            score::style_score(&filled.text, &self.samples, self.brief.language)
        } else {
            0.0
        };
        Judged { slotted, text: filled.text, verdict, style_score }
    }

    /// Returns one sentence of a model's text, filled, if it passes what can be judged by a sentence.
    pub(super) fn sentence(&self, slotted: &str, prompt: &Prompt) -> Option<String> {
        let filled = fill::fill(slotted, &self.values).ok()?;
        let shown = self.shown(&prompt.shown);
        let evidence = self.evidence(&shown, Some(&prompt.system), &filled.trace);
        rules::check_sentence(&filled.text, &evidence).is_empty().then_some(filled.text)
    }

    /// Returns the samples as they were sent: rules know more of them than a model was shown.
    fn shown(&self, shown: &[(SamplesId, u16)]) -> Vec<&Sample> {
        self.samples.iter().filter(|sample| shown.contains(&(sample.id, sample.index))).collect()
    }

    fn evidence<'e>(
        &'e self,
        samples: &'e [&'e Sample],
        instructions: Option<&'e str>,
        trace: &'e [fill::Trace],
    ) -> Evidence<'e> {
        Evidence { brief: &self.brief, samples, instructions, slots_filled: self.fill, trace }
    }
}
