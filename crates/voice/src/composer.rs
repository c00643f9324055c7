//! Writer 2: composes a text from sentences the dietitian wrote before, without a model.
//!
//! 1. Read every sample as sentences with roles ([`crate::role`]) and turn each for this request, or reject it: what is
//!    another client's, and what the rules would block ([`crate::rules`]).
//! 2. Take the sample of which most can be used as skeleton; keep its order and its paragraphs.
//! 3. Put sentences of the same role from other samples in the place of rejected ones.
//! 4. Say what must be said (length of the plan, energy, goal, what is left out; and foods and other
//!    numbers of a day, if they speak of such) in the dietitian's own pattern, or in a stock phrase of the language ([`crate::phrases`]).
//! 5. Fit the length.
//!
//! The brief's note is not used: it may ask for something, tell something in confidence or deny something, and telling
//! these apart takes a writer that understands it. What is composed scores about 1 for style, because it consists of the
//! dietitian's own sentences.

mod adapt;
mod allowed;
mod arrange;
mod frame;
mod greeting;
mod list;
mod manner;
mod number;
mod reader;
mod reading;
mod seed;
mod shortfall;
mod unsaid;

use domain::ids::SamplesId;

pub use self::shortfall::{missing_in_greeting, repeats};
pub use self::unsaid::unsaid;

pub use self::greeting::leaves_first_name_out;
use crate::{facts::Brief, phrases::phrases, sample::Sample};

/// A text made from a dietitian's own sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composition {
    /// The text, with slots.
    pub text: String,
    /// The samples whose sentences it holds: set and place in the set.
    pub used: Vec<(SamplesId, u16)>,
    /// Whether it holds phrases of ours too.
    pub stock: bool,
}

/// Why nothing could be composed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// There is no sample of this content type in this language.
    #[error("no sample of this type and language")]
    NoSample,
}

/// Which of the facts that must be said a sentence says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Says {
    plan: bool,
    energy: bool,
    goal: bool,
    exclusions: bool,
    meals: bool,
    /// Other numbers of a day, as bits by their places in [`adapt::KINDS`].
    numbers: u8,
}

impl Says {
    const fn any(self) -> bool {
        self.must() || self.meals || self.numbers != 0
    }

    /// Tells whether it says a fact that no text may leave out.
    const fn must(self) -> bool {
        self.plan || self.energy || self.goal || self.exclusions
    }

    /// Tells whether both say one and the same fact.
    const fn overlaps(self, other: Self) -> bool {
        self.plan && other.plan
            || self.energy && other.energy
            || self.goal && other.goal
            || self.exclusions && other.exclusions
            || self.meals && other.meals
            || self.numbers & other.numbers != 0
    }

    /// Returns where in an introduction the last of its facts comes.
    const fn rank(self) -> u8 {
        match self {
            Self { meals: true, .. } => 6,
            Self { exclusions: true, .. } => 5,
            Self { goal: true, .. } => 4,
            Self { numbers, .. } if numbers & adapt::ADVICE != 0 => 3,
            Self { numbers: 1.., .. } | Self { energy: true, .. } => 2,
            Self { plan: true, .. } => 1,
            Self { .. } => 0,
        }
    }

    const fn and(self, other: Self) -> Self {
        Self {
            plan: self.plan || other.plan,
            energy: self.energy || other.energy,
            goal: self.goal || other.goal,
            exclusions: self.exclusions || other.exclusions,
            meals: self.meals || other.meals,
            numbers: self.numbers | other.numbers,
        }
    }
}

/// Composes a text for `brief` from `samples`; `seed` decides among equals.
///
/// Consecutive seeds give texts as different as the samples allow: use them for the variants of one request.
///
/// Samples of another type or language are passed over. The text may fall short of `brief.length.min` when neither the
/// samples nor our phrases have more to say, and exceed `max` when the facts alone need more room.
pub fn compose(samples: &[Sample], brief: &Brief, seed: u64) -> Result<Composition, ComposeError> {
    let phrases = phrases(brief.language);
    let fitting: Vec<&Sample> = samples
        .iter()
        .filter(|sample| sample.content_type == brief.content_type && sample.language == brief.language)
        .collect();
    if fitting.is_empty() {
        return Err(ComposeError::NoSample);
    }
    let texts: Vec<&str> = fitting.iter().map(|sample| sample.text.text.as_str()).collect();
    let manner = manner::manner(&texts, phrases, brief.language);
    let request = adapt::Request::new(brief, phrases, &fitting);
    let read: Vec<_> = fitting.iter().map(|sample| reading::read(sample, phrases)).collect();
    let arranged = arrange::arrange(&read, &request, manner, seed);
    let used = arranged.used.iter().map(|at| (fitting[*at].id, fitting[*at].index)).collect();
    Ok(Composition { text: arranged.text, used, stock: arranged.stock })
}

#[cfg(test)]
mod tests;
