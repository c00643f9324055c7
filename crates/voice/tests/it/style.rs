//! The style score tells writers apart, and the evaluation says so honestly.

use domain::content::Language::English;
use voice::{
    eval::{Author, Options, Report, evaluate},
    score::style_score,
};

use crate::support::sample;

const OPTIONS: Options = Options { language: English, profile_samples: 5, words: 40 };

/// Five writers of the same kind of text, eight texts each.
fn corpus() -> Vec<Author> {
    [
        ("bubbly", include_str!("authors/bubbly.txt")),
        ("formal", include_str!("authors/formal.txt")),
        ("terse", include_str!("authors/terse.txt")),
        ("science", include_str!("authors/science.txt")),
        ("grandmother", include_str!("authors/grandmother.txt")),
    ]
    .into_iter()
    .map(|(name, texts)| Author {
        name: name.to_owned(),
        texts: texts.split("\n===\n").map(|text| text.trim().to_owned()).collect(),
    })
    .collect()
}

/// The same texts dealt out anew, so that authors are mixtures of all.
fn shuffled(seed: usize) -> Vec<Author> {
    let corpus = corpus();
    let texts: Vec<String> = corpus.iter().flat_map(|author| author.texts.clone()).collect();
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|at| (at + 1).wrapping_mul(2_654_435_761).wrapping_mul(seed * 2 + 1) % 1_000_003);
    corpus
        .iter()
        .enumerate()
        .map(|(at, author)| Author {
            name: author.name.clone(),
            texts: order[at * 8..at * 8 + 8].iter().map(|text| texts[*text].clone()).collect(),
        })
        .collect()
}

#[test]
fn clearly_different_writers_are_told_apart() {
    let report = evaluate(&corpus(), OPTIONS);
    assert_eq!(report.authors, 5);
    assert!(report.auc > 0.9, "{report:?}");
    assert!(report.top1 > 0.8, "{report:?}");
    let longer = evaluate(&corpus(), Options { words: 80, ..OPTIONS });
    assert!(longer.auc > 0.9, "{longer:?}");
}

#[test]
fn shuffled_labels_are_no_better_than_guessing() {
    let reports: Vec<Report> = (0..12).map(|seed| evaluate(&shuffled(seed), OPTIONS)).collect();
    let mean = reports.iter().map(|report| report.auc).sum::<f64>() / reports.len() as f64;
    assert!((0.42..0.58).contains(&mean), "{mean}: {reports:?}");
}

#[test]
fn evaluation_is_deterministic_and_empty_without_enough_texts() {
    assert_eq!(evaluate(&corpus(), OPTIONS), evaluate(&corpus(), OPTIONS));
    let none = evaluate(&corpus(), Options { profile_samples: 8, ..OPTIONS });
    assert_eq!((none.authors, none.pieces, none.trials), (0, 0, 0));
}

#[test]
fn own_texts_score_clearly_above_those_of_others() {
    let corpus = corpus();
    let mut lowest_own = 1.0f64;
    let mut foreign = Vec::new();
    for author in &corpus {
        let samples: Vec<_> = author.texts[..5].iter().map(|text| sample(English, text, &[])).collect();
        for other in &corpus {
            for text in &other.texts[5..] {
                let score = style_score(text, &samples, English);
                assert!((0.0..=1.0).contains(&score));
                if other.name == author.name {
                    lowest_own = lowest_own.min(score);
                } else {
                    foreign.push(score);
                }
            }
        }
    }
    foreign.sort_by(f64::total_cmp);
    assert!(lowest_own > 0.6, "{lowest_own}");
    assert!(foreign[foreign.len() * 9 / 10] < 0.4, "{foreign:?}");
}

#[test]
fn the_score_rises_with_every_sentence_of_the_writer() {
    let corpus = corpus();
    let samples: Vec<_> = corpus[0].texts[..5].iter().map(|text| sample(English, text, &[])).collect();
    let own: Vec<&str> = corpus[0].texts[6].split_inclusive(['!', '?']).collect();
    let foreign: Vec<&str> = corpus[1].texts[6].split_inclusive('.').collect();
    let mixed = |share: usize| -> String {
        let of_own = own.iter().take(own.len() * share / 4);
        of_own.chain(foreign.iter().skip(foreign.len() * share / 4)).copied().collect()
    };
    let scores: Vec<f64> = (0..=4).map(|share| style_score(&mixed(share), &samples, English)).collect();
    assert!(scores.windows(2).all(|pair| pair[0] < pair[1]), "{scores:?}");
}

#[test]
fn nothing_to_compare_scores_nothing() {
    assert_eq!(style_score("Hello there.", &[], English), 0.0);
    assert_eq!(style_score("", &[sample(English, "Hello there.", &[])], English), 0.0);
}
