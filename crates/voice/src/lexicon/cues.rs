//! Words that say how a food is meant: as something to eat, to avoid, or to be free from; data files, read once.
//!
//! `lexicon/cues/<language>.tsv`: `cue`, `forms` as in the lexicon. Each [`Cue`] says what its forms do.

use std::sync::LazyLock;

use domain::content::Language;

use super::{forms::Forms, rows, words::Word};
use crate::allergen::Allergen;

/// What a word says about the foods around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Cue {
    /// `without`: the foods that follow are absent.
    Without,
    /// `avoid`, `allergic to`: the foods that follow are not to be eaten.
    AvoidBefore,
    /// `instead of`: the food right after is not eaten, the next one is.
    Instead,
    /// `are off the menu`: the foods before are not to be eaten.
    AvoidAfter,
    /// `substitute`, `allergy`: the food right before is not meant itself.
    Beside,
    /// `don't`: turns an avoidance or an eating verb around.
    Negation,
    /// `avoid nothing`, `no longer`: no food of the sentence is surely left out.
    Reversal,
    /// `enjoy`: the foods that follow are to be eaten.
    Eat,
    /// `but`, `so`, `your`: what stands before it says nothing of the foods that follow.
    Break,
    /// `but`, `because`: another thought begins, also after a food.
    Turn,
    /// `and`, `any`, `products with`: an avoidance goes on.
    Glue,
    /// `free` in `egg-free`: claims absence of the allergen right before.
    FreeAfter,
    /// `free from`: claims absence of the allergens that follow.
    FreeBefore,
    /// `glutenfrei`: claims absence of one allergen in one word.
    Claim(Allergen),
    /// `laktosefrei`: claims absence of lactose, which says nothing about milk protein.
    ClaimLactose,
    /// `allergy friendly`: claims to be safe for whatever allergy.
    Safe,
    /// `suitable for coeliacs`.
    SafeGluten,
    /// `vegan`: the food beside it holds nothing of animals.
    Vegan,
    /// `one day at a time`: holds a number and means none.
    NumberIdiom,
    /// `dear`: a name may follow.
    Greeting,
    /// `everyone`: stands after a greeting where a name may stand.
    Addressee,
    /// `as a language model`: words of a machine about itself or its task.
    Machine,
    /// `cures`: claims a cure, whatever of.
    Cure,
    /// `reverse`, `get rid of`: claims a treatment or a diagnosis if a condition follows.
    Treat,
    /// `will disappear`: claims a cure of the condition before.
    TreatAfter,
    /// `disease`: a condition without a name.
    Illness,
    /// `treat yourself`: a claim by its words only.
    Harmless,
    /// `no plan can`: right before a claim, turns it into a disclaimer.
    Disclaim,
    /// `better than`: turns a disclaimer back into a claim.
    Boast,
    /// `tablets`: a medicine without a name.
    Medicine,
    /// `stop taking`: tells to change what follows.
    Stop,
    /// `capsule`: how supplements are taken.
    Dose,
    /// `detox`: claims to rid the body of something.
    Detox,
    /// `lose`: of weight, if something says so.
    Loss,
    /// `weight`, `belly`: what is lost.
    Weight,
    /// `in a week`: says how fast.
    Fast,
    /// `guaranteed`.
    Guarantee,
    /// `no excuses`: puts the reader to shame.
    Shame,
    /// `Dr`: a name follows.
    Title,
    /// `made from`: what follows is what the food before consists of.
    MadeOf,
    /// `less`: the food that follows is eaten, but not so much of it.
    Less,
    /// `out of ten`, `twice as much`: a number that no unit follows.
    Share,
    /// `lasts`: how long something takes may follow, as in `lasts a month`.
    Lasting,
    /// `fortnight`: two weeks in one word.
    Fortnight,
    /// `allergy sufferers`: for whom something may be said to be fit.
    Sufferer,
    /// `coeliacs`: the same for gluten.
    SuffererGluten,
    /// `suitable`: claims that the sufferer beside it may eat something.
    Fit,
    /// `on Tuesday`, `now and then`: what is left out may be back then.
    Sometimes,
    /// `except for a splash`: a little of what was left out is eaten after all.
    Exception,
    /// `I promise`: what follows is a guarantee if it is an outcome.
    Promise,
    /// `it works`, `results`.
    Outcome,
    /// `melt away`: of weight, if something says so.
    Vanish,
    /// `slim`: a promise if something says when.
    Slim,
    /// `by summer`, `you will be`: says when, or that it will be so.
    Deadline,
    /// `bikini body`: a figure that nobody owes anybody.
    Ideal,
    /// `starving yourself`: a way to lose weight that does harm.
    Harm,
    /// `colleague`: somebody's name may follow.
    Relation,
    /// `Instagram`: an account may follow.
    Channel,
    /// `here is`: hands something over.
    Here,
    /// `the text`, `a draft`: what a machine hands over.
    Draft,
    /// `people with`, `because of`: a condition is named, and nothing is claimed of it.
    Frame,
    /// `jeans`: what fits or no longer does.
    Garment,
    /// `looser`: how clothes will fit a smaller body.
    Looser,
    /// `mirror`, `scales`: what shows a body.
    Witness,
    /// `thank`: what a witness does when the body pleases.
    Praise,
    /// `belly`: a part of the body that can be held in contempt.
    Body,
    /// `that`, `big`: right before a part of the body, holds it in contempt.
    Contempt,
    /// `ashamed`: puts to shame unless it is denied.
    Guilt,
    /// `will`: right after a condition, tells what becomes of it.
    Will,
    /// `better than`, `redundant`: compares with a medicine, or does away with it.
    Rival,
}

impl Cue {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "without" => Self::Without,
            "avoid_before" => Self::AvoidBefore,
            "instead" => Self::Instead,
            "avoid_after" => Self::AvoidAfter,
            "beside" => Self::Beside,
            "negation" => Self::Negation,
            "reversal" => Self::Reversal,
            "eat" => Self::Eat,
            "break" => Self::Break,
            "turn" => Self::Turn,
            "glue" => Self::Glue,
            "free_after" => Self::FreeAfter,
            "free_before" => Self::FreeBefore,
            "claim_lactose" => Self::ClaimLactose,
            "safe" => Self::Safe,
            "safe_gluten" => Self::SafeGluten,
            "vegan" => Self::Vegan,
            "number_idiom" => Self::NumberIdiom,
            "greeting" => Self::Greeting,
            "addressee" => Self::Addressee,
            "machine" => Self::Machine,
            "cure" => Self::Cure,
            "treat" => Self::Treat,
            "treat_after" => Self::TreatAfter,
            "illness" => Self::Illness,
            "harmless" => Self::Harmless,
            "disclaim" => Self::Disclaim,
            "boast" => Self::Boast,
            "medicine" => Self::Medicine,
            "stop" => Self::Stop,
            "dose" => Self::Dose,
            "detox" => Self::Detox,
            "loss" => Self::Loss,
            "weight" => Self::Weight,
            "fast" => Self::Fast,
            "guarantee" => Self::Guarantee,
            "shame" => Self::Shame,
            "title" => Self::Title,
            "made_of" => Self::MadeOf,
            "less" => Self::Less,
            "share" => Self::Share,
            "lasting" => Self::Lasting,
            "fortnight" => Self::Fortnight,
            "sufferer" => Self::Sufferer,
            "sufferer_gluten" => Self::SuffererGluten,
            "fit" => Self::Fit,
            "sometimes" => Self::Sometimes,
            "exception" => Self::Exception,
            "promise" => Self::Promise,
            "outcome" => Self::Outcome,
            "vanish" => Self::Vanish,
            "slim" => Self::Slim,
            "deadline" => Self::Deadline,
            "ideal" => Self::Ideal,
            "harm" => Self::Harm,
            "relation" => Self::Relation,
            "channel" => Self::Channel,
            "here" => Self::Here,
            "draft" => Self::Draft,
            "frame" => Self::Frame,
            "garment" => Self::Garment,
            "looser" => Self::Looser,
            "witness" => Self::Witness,
            "praise" => Self::Praise,
            "body" => Self::Body,
            "contempt" => Self::Contempt,
            "guilt" => Self::Guilt,
            "will" => Self::Will,
            "rival" => Self::Rival,
            other => Self::Claim(other.strip_prefix("claim_")?.parse().ok()?),
        })
    }
}

/// The cues of a text by the word they begin and end at.
pub(crate) struct Cues {
    /// In the order of their first words.
    found: Vec<(Cue, usize, usize)>,
    /// How many words the longest takes, less one.
    reach: usize,
}

impl Cues {
    /// Returns the cues in `words`. A word may be several cues.
    pub(crate) fn of(words: &[Word], language: Language) -> Self {
        let (cues, forms) = &FORMS[language as usize];
        let found: Vec<_> = forms
            .find_each(words)
            .into_iter()
            .map(|found| (cues[found.entry], found.first, found.last))
            .collect();
        let reach = found.iter().map(|(_, first, last)| last - first).max().unwrap_or(0);
        Self { found, reach }
    }

    /// Returns the first word of the cue that ends at word `last`.
    pub(crate) fn ending_at(&self, cue: Cue, last: usize) -> Option<usize> {
        let near = self.within(last.saturating_sub(self.reach)..last + 1);
        near.iter().find(|found| found.0 == cue && found.2 == last).map(|found| found.1)
    }

    /// Returns the last word of the cue that begins at word `first`.
    pub(crate) fn beginning_at(&self, cue: Cue, first: usize) -> Option<usize> {
        self.within(first..first + 1).iter().find(|found| found.0 == cue).map(|found| found.2)
    }

    /// Tells whether `word` belongs to the cue.
    pub(crate) fn covers(&self, cue: Cue, word: usize) -> bool {
        let near = self.within(word.saturating_sub(self.reach)..word + 1);
        near.iter().any(|found| found.0 == cue && found.2 >= word)
    }

    /// Tells whether `word` belongs to any cue.
    pub(crate) fn covers_any(&self, word: usize) -> bool {
        self.within(word.saturating_sub(self.reach)..word + 1).iter().any(|found| found.2 >= word)
    }

    /// Returns the cues that begin at one of `words`.
    pub(crate) fn within(&self, words: std::ops::Range<usize>) -> &[(Cue, usize, usize)] {
        let from = self.found.partition_point(|found| found.1 < words.start);
        let to = self.found.partition_point(|found| found.1 < words.end);
        &self.found[from..to.max(from)]
    }

    /// Returns every cue with its first and its last word.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Cue, usize, usize)> {
        self.found.iter().copied()
    }
}

/// The cues of a language and one index of all their forms.
static FORMS: LazyLock<[(Vec<Cue>, Forms); 7]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let (mut cues, mut forms) = (Vec::new(), Forms::default());
        for columns in rows(file(language)) {
            let [name, written] = columns[..] else { continue };
            let Some(cue) = Cue::parse(name) else { continue };
            let entry = cues.iter().position(|known| *known == cue).unwrap_or(cues.len());
            if entry == cues.len() {
                cues.push(cue);
            }
            for form in written.split('|') {
                forms.insert(form, language, entry);
            }
        }
        (cues, forms)
    })
});

const fn file(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("cues/en.tsv"),
        Language::Spanish => include_str!("cues/es.tsv"),
        Language::Portuguese => include_str!("cues/pt-BR.tsv"),
        Language::French => include_str!("cues/fr.tsv"),
        Language::German => include_str!("cues/de.tsv"),
        Language::Italian => include_str!("cues/it.tsv"),
        Language::Polish => include_str!("cues/pl.tsv"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_understood_and_every_language_has_the_cues_that_rules_need() {
        for language in Language::ALL {
            for columns in rows(file(language)) {
                assert_eq!(columns.len(), 2, "{language}: {columns:?}");
                assert!(Cue::parse(columns[0]).is_some(), "{language}: {}", columns[0]);
            }
            for cue in [
                Cue::Without,
                Cue::AvoidBefore,
                Cue::AvoidAfter,
                Cue::Instead,
                Cue::Negation,
                Cue::Eat,
                Cue::Break,
                Cue::Turn,
                Cue::Glue,
                Cue::Safe,
                Cue::SafeGluten,
                Cue::Vegan,
                Cue::NumberIdiom,
                Cue::Greeting,
                Cue::Addressee,
                Cue::Machine,
                Cue::Reversal,
                Cue::Cure,
                Cue::Treat,
                Cue::TreatAfter,
                Cue::Illness,
                Cue::Harmless,
                Cue::Disclaim,
                Cue::Boast,
                Cue::Medicine,
                Cue::Stop,
                Cue::Dose,
                Cue::Detox,
                Cue::Loss,
                Cue::Weight,
                Cue::Fast,
                Cue::Guarantee,
                Cue::Shame,
                Cue::Title,
                Cue::MadeOf,
                Cue::Less,
                Cue::Garment,
                Cue::Looser,
                Cue::Witness,
                Cue::Praise,
                Cue::Body,
                Cue::Contempt,
                Cue::Guilt,
                Cue::Will,
                Cue::Rival,
            ] {
                assert!(FORMS[language as usize].0.contains(&cue), "{language} lacks {cue:?}");
            }
        }
    }
}
