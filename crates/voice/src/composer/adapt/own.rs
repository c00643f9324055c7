//! What is the dietitian's own and no client's: sentences and words that come back from letter to letter.
//!
//! "Voice notes welcome, day or night" in letters to two clients is how this dietitian closes; a night that stands in one
//! letter only may be that client's night shift. Letters to one and the same client count once.

use std::collections::{BTreeMap, BTreeSet};

use super::{Request, without_slots};
use crate::{
    phrases::Token,
    sample::Sample,
    sentence::sentences,
    word::{fold, words},
};

/// Sentences and words that stand in letters to more than one client.
#[derive(Debug, Default)]
pub(super) struct Own {
    sentences: BTreeSet<String>,
    words: BTreeSet<String>,
    /// Sentences and words that stand in letters to half of the clients.
    usual_sentences: BTreeSet<String>,
    usual_words: BTreeSet<String>,
}

impl Own {
    /// Reads what `samples` have in common.
    pub(super) fn of(samples: &[&Sample]) -> Self {
        let (mut said, mut used) = (Seen::new(), Seen::new());
        let mut clients = BTreeSet::new();
        for (at, sample) in samples.iter().enumerate() {
            let client = client(sample).unwrap_or_else(|| at.to_string());
            let text = &sample.text.text;
            for span in sentences(text) {
                note(&mut said, key(&text[span]), &client);
            }
            for word in words(&without_slots(text)) {
                note(&mut used, fold(word.text), &client);
            }
            clients.insert(client);
        }
        let half = clients.len().div_ceil(2).max(2);
        Self {
            sentences: shared(&said, 2),
            words: shared(&used, 2),
            usual_sentences: shared(&said, half),
            usual_words: shared(&used, half),
        }
    }

    /// Tells whether the sentence `text` comes back as it is.
    pub(super) fn repeats(&self, text: &str) -> bool {
        self.sentences.contains(&key(text))
    }

    /// Tells whether the word `folded` comes back.
    pub(super) fn uses(&self, folded: &str) -> bool {
        self.words.contains(folded)
    }
}

impl Request<'_> {
    /// Tells whether every thing that `text` speaks of as known to the reader, "the saucepan", is one of any kitchen, any
    /// meal or any plan, or comes back in other letters.
    ///
    /// German writes its nouns with a capital, by which `names_someone` finds them; Polish has no article.
    pub(super) fn is_about_known_things(&self, text: &str) -> bool {
        let tokens = self.phrases.tokens(text);
        let foods = crate::mention::mentions(text, self.brief.language);
        let known = |at: usize| {
            let token = &tokens[at];
            ["thing", "possession", "claim.about"]
                .iter()
                .any(|key| self.phrases.begins(key, text, &tokens[at..]))
                || token.folded.chars().count() >= SHORTEST_NOUN
                    && (self.own.uses(&token.folded) || self.topics.contains(&token.folded))
                || foods
                    .iter()
                    .any(|food| food.span.start <= token.span.start && token.span.end <= food.span.end)
        };
        // Portuguese "dá" is no "da".
        let is_article = |at: usize| {
            let word = text[tokens[at].span.clone()].to_lowercase();
            word == tokens[at].folded || matches!(word.as_str(), "à" | "às")
        };
        let articles = self.phrases.find_all("definite", text, &tokens).into_iter();
        articles.filter(|article| is_article(article.start)).all(|article| {
            let end = tokens.len().min(article.end + REACH);
            article.end == tokens.len() || (article.end..end).any(known)
        })
    }
}

/// So many words after its article a noun stands: "the big red pot".
const REACH: usize = 3;

const SHORTEST_NOUN: usize = 4;

/// Returns how a sample calls its client.
fn client(sample: &Sample) -> Option<String> {
    let names = sample.text.values.iter().filter(|value| {
        matches!(value.slot.as_str(), "client.first_name" | "client.last_name") && !value.value.is_empty()
    });
    let called: BTreeSet<String> = names.map(|value| fold(&value.value)).collect();
    (!called.is_empty()).then(|| called.into_iter().collect::<Vec<_>>().join(" "))
}

fn key(sentence: &str) -> String {
    words(&without_slots(sentence)).iter().map(|word| fold(word.text)).collect::<Vec<_>>().join(" ")
}

/// Who was told what.
type Seen = BTreeMap<String, BTreeSet<String>>;

fn note(seen: &mut Seen, what: String, client: &str) {
    seen.entry(what).or_default().insert(client.to_owned());
}

/// Returns what at least `least` clients were told.
fn shared(seen: &Seen, least: usize) -> BTreeSet<String> {
    let told = seen.iter().filter(|(what, clients)| clients.len() >= least && !what.is_empty());
    told.map(|(what, _)| what.clone()).collect()
}

impl Request<'_> {
    /// Tells whether a sentence comes back in letters to several clients, so that it is about none of them.
    pub(in crate::composer) fn is_habit(&self, text: &str) -> bool {
        self.own.repeats(text)
    }

    /// Tells whether `text`, in `rest` without what this request put in, belongs to an occasion of one client: thanks for
    /// what they did, a season, a feast, a month. What stands in letters to half of the clients is of no single one.
    pub(super) fn is_of_one_occasion(&self, text: &str, rest: &str, tokens: &[Token]) -> bool {
        let has = |key: &str| self.phrases.find(key, rest, tokens).is_some();
        let thanks = has("thanks") && !has("thanks.free") && !self.own.usual_sentences.contains(&key(text));
        let seasons = self.phrases.find_all("season", rest, tokens);
        let usual = |at: usize| self.own.usual_words.contains(&tokens[at].folded);
        thanks || seasons.iter().any(|place| !usual(place.start))
    }

    /// Tells whether `text` invites to write.
    pub(super) fn invites(&self, text: &str) -> bool {
        self.phrases.find("role.contact", text, &self.phrases.tokens(text)).is_some()
    }
}
