//! Finds the names of a request in a text that the caller brings: no code filled them in, so nobody knows where they stand.

use std::ops::Range;

use voice::{
    facts::Brief,
    fill::Trace,
    word::{Word, fold, words},
};

/// The slot of an honorific, such as `Ms`: some of them are everyday words, so that it is one before a name only.
const TITLE: &str = "client.title";

/// Returns `trace` with the places where `text` says a name of the client, or the dietitian's own, from left to right.
pub(crate) fn traced(text: &str, brief: &Brief, mut trace: Vec<Trace>) -> Vec<Trace> {
    let said = words(text);
    let client = brief.client.slots.iter().map(|(slot, name)| (format!("client.{slot}"), name));
    let dietitian = brief.dietitian_name.iter().map(|name| ("dietitian.name".to_owned(), name));
    let mut names: Vec<_> = client.chain(dietitian).collect();
    names.sort_by_key(|(fact_id, _)| fact_id == TITLE);
    for (fact_id, name) in names {
        for span in places(&said, name) {
            let is_free =
                trace.iter().all(|known| known.span.end <= span.start || span.end <= known.span.start);
            if is_free && (fact_id != TITLE || is_before_a_name(text, &span, &trace)) {
                trace.push(Trace { span, fact_id: fact_id.clone() });
            }
        }
    }
    trace.sort_by_key(|trace| (trace.span.start, trace.span.end));
    trace
}

fn is_before_a_name(text: &str, title: &Range<usize>, trace: &[Trace]) -> bool {
    let rest = text[title.end..].trim_start_matches(['.', ' ', '\u{a0}']);
    let next = text.len() - rest.len();
    trace.iter().any(|known| known.span.start == next && known.fact_id.starts_with("client."))
}

/// Returns where a name stands, word for word, also in a genitive such as "Joanna's".
fn places(said: &[Word<'_>], name: &str) -> Vec<Range<usize>> {
    let name = words(name);
    if name.is_empty() {
        return Vec::new();
    }
    let same = |word: &Word<'_>, part: &Word<'_>| {
        let (said, part_folded) = (fold(word.text), fold(part.text));
        // "Will" is a name, "will" is not.
        let as_written = word.is_capitalised() || !part.is_capitalised();
        as_written && (said == part_folded || said.strip_suffix("'s") == Some(&part_folded))
    };
    said.windows(name.len())
        .filter(|window| window.iter().zip(&name).all(|(word, part)| same(word, part)))
        .filter_map(|window| Some(window.first()?.span.start..window.last()?.span.end))
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::content::{ContentType, Language, UnitSystem};
    use voice::facts::{Client, Facts, Length};

    use super::*;

    fn found<'t>(text: &'t str, slots: &[(&str, &str)]) -> Vec<(&'t str, String)> {
        let slots = slots.iter().map(|(slot, name)| ((*slot).to_owned(), (*name).to_owned())).collect();
        let brief = Brief {
            content_type: ContentType::Introduction,
            language: Language::German,
            units: UnitSystem::Metric,
            client: Client { slots, ..Client::default() },
            facts: Facts::default(),
            note: None,
            length: Length { min: 1, max: 500 },
            dietitian_name: Some("Dr. Lena Roth".to_owned()),
        };
        let trace = traced(text, &brief, Vec::new());
        trace.into_iter().map(|one| (&text[one.span], one.fact_id)).collect()
    }

    fn pairs<'t>(pairs: &[(&'t str, &str)]) -> Vec<(&'t str, String)> {
        pairs.iter().map(|(said, fact)| (*said, (*fact).to_owned())).collect()
    }

    #[test]
    fn every_name_of_the_request_is_traced() {
        let slots = [("first_name", "Anna"), ("last_name", "Vogt"), ("title", "Frau")];
        assert_eq!(
            found("Liebe Frau Vogt, das ist Annas Plan. Bis bald, Anna! Dr. Lena Roth", &slots),
            pairs(&[
                ("Frau", "client.title"),
                ("Vogt", "client.last_name"),
                ("Anna", "client.first_name"),
                ("Dr. Lena Roth", "dietitian.name"),
            ])
        );
        assert_eq!(found("Liebe Frau Vogt!", &slots[1..2]), pairs(&[("Vogt", "client.last_name")]));
    }

    #[test]
    fn a_word_that_looks_like_a_name_is_none() {
        assert_eq!(
            found(
                "Jede Frau will das. Vogtland.",
                &[("first_name", "Will"), ("title", "Frau"), ("last_name", "Vogt")]
            ),
            []
        );
        assert_eq!(
            found("It is Will's plan.", &[("first_name", "Will")]),
            pairs(&[("Will's", "client.first_name")])
        );
    }
}
