//! Measures the style score on texts whose authors are known: verification and attribution.

use domain::content::Language;
use serde::Serialize;

use crate::score::Voice;

/// Someone and what they wrote.
#[derive(Clone, Debug)]
pub struct Author {
    /// What to call them.
    pub name: String,
    /// Their texts.
    pub texts: Vec<String>,
}

/// How to evaluate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The language of the corpus.
    pub language: Language,
    /// How many of an author's texts make the profile; the others are tested.
    pub profile_samples: usize,
    /// How many words a tested piece has.
    pub words: usize,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// How many authors had enough texts.
    pub authors: usize,
    /// How many pieces were tested.
    pub pieces: usize,
    /// How many pairs of piece and author were scored.
    pub trials: usize,
    /// The chance that a piece scores higher for its author than another piece does for someone else's; 0.5 is guessing.
    pub auc: f64,
    /// The share of pieces that score highest for their author.
    pub top1: f64,
}

/// Scores every piece of `corpus` against every author in it. Deterministic.
///
/// An author's first `profile_samples` texts make the profile; the others are joined and cut into pieces of `words`
/// words. Authors without enough texts for one piece are left out. `auc` and `top1` are 0 if there is nothing to test.
pub fn evaluate(corpus: &[Author], options: Options) -> Report {
    let authors: Vec<(Voice, Vec<String>)> = corpus
        .iter()
        .filter_map(|author| {
            let (profile, rest) = author.texts.split_at_checked(options.profile_samples.max(1))?;
            let profile: Vec<&str> = profile.iter().map(String::as_str).collect();
            let pieces = pieces(rest, options.words.max(1));
            (!pieces.is_empty()).then(|| (Voice::new(&profile, options.language), pieces))
        })
        .collect();
    let mut trials: Vec<(f64, bool)> = Vec::new();
    let (mut tested, mut right) = (0, 0);
    for (own, (_, pieces)) in authors.iter().enumerate() {
        for piece in pieces {
            let scores: Vec<f64> = authors.iter().map(|(voice, _)| voice.score(piece)).collect();
            let best_other = scores.iter().enumerate().filter(|(at, _)| *at != own).map(|(_, score)| *score);
            tested += 1;
            right += usize::from(best_other.fold(f64::MIN, f64::max) < scores[own]);
            trials.extend(scores.into_iter().enumerate().map(|(at, score)| (score, at == own)));
        }
    }
    Report {
        authors: authors.len(),
        pieces: tested,
        trials: trials.len(),
        auc: area_under_curve(&mut trials),
        top1: if tested == 0 { 0.0 } else { right as f64 / tested as f64 },
    }
}

/// Joins `texts` and cuts them into pieces of `length` words; a rest of less than that is dropped.
fn pieces(texts: &[String], length: usize) -> Vec<String> {
    let words: Vec<&str> = texts.iter().flat_map(|text| text.split_whitespace()).collect();
    words.chunks_exact(length).map(|piece| piece.join(" ")).collect()
}

/// Returns the area under the receiver operating characteristic, by ranks; ties count half (Mann and Whitney 1947).
fn area_under_curve(trials: &mut [(f64, bool)]) -> f64 {
    trials.sort_by(|one, other| one.0.total_cmp(&other.0));
    let genuine = trials.iter().filter(|trial| trial.1).count() as f64;
    let foreign = trials.len() as f64 - genuine;
    if genuine == 0.0 || foreign == 0.0 {
        return 0.0;
    }
    let (mut wins, mut below, mut at) = (0.0, 0.0, 0);
    while at < trials.len() {
        let ties = trials[at..].iter().take_while(|trial| trial.0 == trials[at].0).count();
        let tied = &trials[at..at + ties];
        let tied_genuine = tied.iter().filter(|trial| trial.1).count() as f64;
        let tied_foreign = ties as f64 - tied_genuine;
        wins += tied_genuine * (below + tied_foreign / 2.0);
        below += tied_foreign;
        at += ties;
    }
    wins / (genuine * foreign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn area_is_one_for_perfect_half_for_equal_and_zero_for_inverted_scores() {
        assert_eq!(area_under_curve(&mut [(0.1, false), (0.2, false), (0.8, true), (0.9, true)]), 1.0);
        assert_eq!(area_under_curve(&mut [(0.5, false), (0.5, true), (0.5, false), (0.5, true)]), 0.5);
        assert_eq!(area_under_curve(&mut [(0.9, false), (0.1, true)]), 0.0);
    }

    #[test]
    fn pieces_have_the_words_asked_for() {
        let texts = ["one two three".to_owned(), "four five".to_owned()];
        assert_eq!(pieces(&texts, 2), ["one two", "three four"]);
    }
}
