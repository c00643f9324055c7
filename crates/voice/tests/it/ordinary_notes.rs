//! What is left of ordinary notes and goals when only known words are told: nearly all of them.

use std::collections::BTreeMap;

use domain::content::Language;
use voice::{prompt::prompt, word::words};

use crate::support::brief;

const BOUNDARY: &str = "k7f3q9x2m1p8z4";

#[test]
fn ordinary_notes_and_goals_keep_nearly_all_their_words() {
    const FLOOR_PERCENT: usize = 90;
    let mut counts: BTreeMap<&str, (usize, usize, Vec<&str>)> = BTreeMap::new();
    let rows = include_str!("ordinary_notes.tsv").lines().filter(|line| !line.starts_with('#'));
    for (language, text) in rows.filter_map(|line| line.split_once('\t')) {
        let language: Language = language.parse().expect("a language");
        let mut brief = brief(language, &[]);
        brief.dietitian_name = None;
        brief.client.slots.clear();
        brief.facts.goals = vec![text.to_owned()];
        let document = prompt(&[], None, &brief, BOUNDARY).messages[0].text.clone();
        let told = document.lines().find_map(|line| line.strip_prefix("- goal: ")).expect("a goal is told");
        let told: Vec<&str> = words(told).into_iter().map(|word| word.text).collect();
        let (all, kept, lost) = counts.entry(language.as_str()).or_default();
        for word in words(text) {
            *all += 1;
            let found = told.contains(&word.text);
            *kept += usize::from(found);
            if !found {
                lost.push(word.text);
            }
        }
    }
    assert_eq!(counts.len(), 7);
    for (language, (all, kept, lost)) in counts {
        assert!(
            kept * 100 >= all * FLOOR_PERCENT,
            "{language}: {kept} of {all} words, without {}",
            lost.join(" ")
        );
    }
}
