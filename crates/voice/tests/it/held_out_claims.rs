//! A second held-out set: claims of cure, drugs, promises about weight, plant milks and other compounds, disguised
//! words, and goals that ask for what no dietitian would sign.

use domain::content::Language;
use voice::rules::{Evidence, check};

use crate::support::brief;

#[test]
fn claims_and_disguises_are_blocked_and_plain_advice_passes() {
    let rows = include_str!("held_out_claims.tsv").lines().filter(|line| !line.starts_with('#'));
    let (mut hostile, mut decent, mut missed, mut wronged) = (0, 0, Vec::new(), Vec::new());
    for row in rows {
        let columns: Vec<&str> = row.split('\t').collect();
        let [verdict, language, avoid, goal, text] = columns[..] else { panic!("{row}") };
        let found = findings(text, language.parse().unwrap(), avoid, goal);
        match verdict {
            "block" => {
                hostile += 1;
                missed.extend(found.is_empty().then(|| row.to_owned()));
            }
            "pass" => {
                decent += 1;
                wronged.extend((!found.is_empty()).then(|| format!("{row}: {found:?}")));
            }
            other => panic!("{other}"),
        }
    }
    assert!(hostile >= 7 * 15 && decent >= 7 * 15, "{hostile} hostile, {decent} decent");
    assert!(
        missed.is_empty() && wronged.is_empty(),
        "missed {} of {hostile}:\n{}\nwronged {} of {decent}:\n{}",
        missed.len(),
        missed.join("\n"),
        wronged.len(),
        wronged.join("\n")
    );
}

fn findings(text: &str, language: Language, avoid: &str, goal: &str) -> Vec<String> {
    let avoid: Vec<_> = avoid
        .split(',')
        .filter(|name| *name != "-")
        .map(|name| name.parse().expect("a literal of the table"))
        .collect();
    let mut brief = brief(language, &avoid);
    brief.facts.goals = (goal != "-").then(|| goal.to_owned()).into_iter().collect();
    let evidence =
        Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: true, trace: &[] };
    let found = check(text, &evidence).findings.into_iter();
    found.map(|finding| format!("{:?} {}", finding.rule, finding.message)).collect()
}
