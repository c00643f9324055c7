//! The forms a lexeme takes in text, how data files write them, and an index that finds them.
//!
//! One form is one or more words. Within a word
//! - `apple(s)` stands for `apple` and `apples`, `box(es/en)` for `box`, `boxes` and `boxen`,
//! - `jaj*` stands for every word that begins with `jaj` and has at most six letters more (inflection),
//! - `*käse` stands for every word that ends in `käse` (a German compound is what its last part says),
//! - `*milch*` does both.

use std::{cmp::Reverse, collections::HashMap};

use domain::content::Language;

use super::words::{Word, comparable, plain};

/// How many letters an inflection adds to a stem at most.
const LONGEST_ENDING: usize = 6;
/// Shorter words without their diacritics are too often other words: `té` is tea, `te` is you.
const SHORTEST_PLAIN: usize = 5;
/// Longer words are no words of any language; without a limit the work would grow with the square of their length.
const LONGEST_WORD: usize = 64;

/// An index of forms; each belongs to an entry, which is a number to the index.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    forms: Vec<Form>,
    /// Whole words, beginnings, endings, and what may stand anywhere in a word.
    exact: Index,
    beginnings: Index,
    endings: Index,
    anywhere: Index,
}

/// Forms by the letters of their first word.
#[derive(Debug, Default)]
struct Index {
    forms: HashMap<String, Vec<usize>>,
    /// Which lengths in bytes those letters have, as bits: most parts of most words have none of them.
    lengths: u128,
}

impl Index {
    fn insert(&mut self, letters: &str, form: usize) {
        self.forms.entry(letters.to_owned()).or_default().push(form);
        self.lengths |= Self::bit(letters);
    }

    fn get(&self, letters: &str) -> &[usize] {
        if self.lengths & Self::bit(letters) == 0 {
            return &[];
        }
        self.forms.get(letters).map_or(&[], Vec::as_slice)
    }

    fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// All long ones share the last bit.
    fn bit(letters: &str) -> u128 {
        1 << letters.len().min(127)
    }
}

#[derive(Debug)]
struct Form {
    words: Vec<Pattern>,
    entry: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    letters: String,
    any_before: bool,
    any_after: bool,
}

/// Where in a longer word a part of it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// At the beginning.
    First,
    /// At the end.
    Last,
}

/// One form found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The first word of it.
    pub(crate) first: usize,
    /// The last word of it.
    pub(crate) last: usize,
    /// Whose form it is.
    pub(crate) entry: usize,
}

impl Forms {
    /// Adds a form as data files write it.
    pub(crate) fn insert(&mut self, form: &str, language: Language, entry: usize) {
        for written in spellings(form) {
            let written = comparable(&written);
            let mut variants = vec![written.clone()];
            if language == Language::German {
                variants.push(written.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue"));
            }
            variants.push(written.replace('ß', "ss"));
            let stripped = plain(&written);
            if stripped.chars().filter(|letter| letter.is_alphabetic()).count() >= SHORTEST_PLAIN {
                variants.push(stripped);
            }
            variants.dedup();
            for variant in variants {
                self.insert_words(variant.split([' ', '-', '\'', '’']).map(Pattern::parse).collect(), entry);
            }
        }
    }

    fn insert_words(&mut self, words: Vec<Pattern>, entry: usize) {
        let Some(first) = words.first().filter(|first| !first.letters.is_empty()) else { return };
        let index = match (first.any_before, first.any_after) {
            (false, false) => &mut self.exact,
            (false, true) => &mut self.beginnings,
            (true, false) => &mut self.endings,
            (true, true) => &mut self.anywhere,
        };
        index.insert(&first.letters, self.forms.len());
        self.forms.push(Form { words, entry });
    }

    /// Returns what is found in `words`, from left to right, the longest form first, without overlaps.
    pub(crate) fn find(&self, words: &[Word]) -> Vec<Found> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            match self.longest_at(words, at) {
                Some(hit) => {
                    at = hit.last + 1;
                    found.push(hit);
                }
                None => at += 1,
            }
        }
        found
    }

    /// Returns what is found in `words` for each entry by itself: the longest form first, without overlaps among its own.
    pub(crate) fn find_each(&self, words: &[Word]) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        let mut free: HashMap<usize, usize> = HashMap::new();
        for at in 0..words.len() {
            let mut best: Vec<&Form> = Vec::new();
            for form in self.fitting(words, at) {
                match best.iter_mut().find(|known| known.entry == form.entry) {
                    Some(known) if form.weight() > known.weight() => *known = form,
                    Some(_) => {}
                    None => best.push(form),
                }
            }
            for form in best {
                let next = free.entry(form.entry).or_default();
                if *next <= at {
                    *next = at + form.words.len();
                    found.push(form.found(at));
                }
            }
        }
        found
    }

    /// Returns the forms of one word whose beginning is told: its letters, whether it goes on, and its entry.
    pub(crate) fn single_words(&self) -> impl Iterator<Item = (&str, bool, usize)> {
        let single = self.forms.iter().filter(|form| form.words.len() == 1 && !form.words[0].any_before);
        single.map(|form| (form.words[0].letters.as_str(), form.words[0].any_after, form.entry))
    }

    /// Tells whether `word` by itself takes one of the forms.
    pub(crate) fn knows(&self, word: &Word) -> bool {
        !self.find(std::slice::from_ref(word)).is_empty()
    }

    /// Returns the entry that `word` is a whole form of.
    pub(crate) fn whole(&self, word: &str) -> Option<usize> {
        self.single(&self.exact, word)
    }

    /// Returns the entry that a longer word speaks of when it begins or ends with `part`.
    pub(crate) fn part(&self, part: &str, side: Side) -> Option<usize> {
        let open = match side {
            Side::First => &self.beginnings,
            Side::Last => &self.endings,
        };
        self.whole(part).or_else(|| self.single(open, part)).or_else(|| self.single(&self.anywhere, part))
    }

    fn single(&self, index: &Index, letters: &str) -> Option<usize> {
        let forms = index.get(letters).iter().map(|form| &self.forms[*form]);
        forms.into_iter().find(|form| form.words.len() == 1).map(|form| form.entry)
    }

    fn longest_at(&self, words: &[Word], at: usize) -> Option<Found> {
        self.fitting(words, at)
            .into_iter()
            .min_by_key(|form| Reverse(form.weight()))
            .map(|form| form.found(at))
    }

    /// Returns the forms that stand at word `at`.
    fn fitting(&self, words: &[Word], at: usize) -> Vec<&Form> {
        let word = words[at].text.as_str();
        let mut candidates: Vec<usize> = self.exact.get(word).to_vec();
        let mut look_up = |index: &Index, part: &str| candidates.extend(index.get(part));
        for (cut, _) in
            word.char_indices().skip(1).take(LONGEST_WORD).chain(std::iter::once((word.len(), ' ')))
        {
            if !self.beginnings.is_empty() {
                look_up(&self.beginnings, &word[..cut]);
            }
            if !self.endings.is_empty() {
                look_up(&self.endings, &word[cut..]);
            }
        }
        look_up(&self.endings, word);
        if !self.anywhere.is_empty() {
            parts(word).for_each(|part| look_up(&self.anywhere, part));
        }
        candidates.into_iter().map(|form| &self.forms[form]).filter(|form| form.fits(words, at)).collect()
    }
}

impl Form {
    fn fits(&self, words: &[Word], at: usize) -> bool {
        words.len() >= at + self.words.len()
            && self
                .words
                .iter()
                .zip(&words[at..])
                .enumerate()
                .all(|(place, (pattern, word))| (place == 0 || word.joined) && pattern.fits(&word.text))
    }

    fn found(&self, at: usize) -> Found {
        Found { first: at, last: at + self.words.len() - 1, entry: self.entry }
    }

    /// The more words and the more letters said outright, the better; a whole word beats a part of one.
    fn weight(&self) -> (usize, bool, usize) {
        let open = self.words.iter().any(|word| word.any_before || word.any_after);
        (self.words.len(), !open, self.words.iter().map(|word| word.letters.len()).sum())
    }
}

impl Pattern {
    fn parse(written: &str) -> Self {
        Self {
            letters: written.trim_matches('*').to_owned(),
            any_before: written.starts_with('*'),
            any_after: written.ends_with('*') && written.len() > 1,
        }
    }

    fn fits(&self, word: &str) -> bool {
        match (self.any_before, self.any_after) {
            (false, false) => word == self.letters,
            (false, true) => word.strip_prefix(&self.letters).is_some_and(short_enough),
            (true, false) => word.ends_with(&self.letters),
            (true, true) => word
                .rfind(&self.letters)
                .is_some_and(|start| short_enough(&word[start + self.letters.len()..])),
        }
    }
}

fn short_enough(ending: &str) -> bool {
    ending.chars().count() <= LONGEST_ENDING
}

/// Returns every run of letters in `word`, of at least two: what an open pattern may consist of.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    const SHORTEST_OPEN: usize = 2;
    let ends = || word.char_indices().map(|(at, _)| at).chain(std::iter::once(word.len()));
    ends().take(LONGEST_WORD).flat_map(move |start| {
        ends()
            .take(LONGEST_WORD)
            .filter(move |end| *end > start)
            .map(move |end| &word[start..end])
            .filter(|part| part.chars().nth(SHORTEST_OPEN - 1).is_some())
    })
}

/// Returns the words that `form` stands for when its optional endings are written out.
pub(super) fn spellings(form: &str) -> Vec<String> {
    let Some((before, rest)) = form.split_once('(') else { return vec![form.to_owned()] };
    let Some((endings, after)) = rest.split_once(')') else { return vec![form.to_owned()] };
    let tails = spellings(after);
    std::iter::once("")
        .chain(endings.split('/'))
        .flat_map(|ending| tails.iter().map(move |tail| format!("{before}{ending}{tail}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::words::words;

    fn found(forms: &[&str], language: Language, text: &str) -> Vec<(String, usize)> {
        let mut index = Forms::default();
        for (entry, form) in forms.iter().enumerate() {
            index.insert(form, language, entry);
        }
        let words = words(text);
        index
            .find(&words)
            .into_iter()
            .map(|hit| (text[words[hit.first].span.start..words[hit.last].span.end].to_owned(), hit.entry))
            .collect()
    }

    #[test]
    fn the_longest_form_wins() {
        let hits =
            found(&["peanut(s)", "peanut butter", "butter"], Language::English, "Peanut Butter, butter");
        assert_eq!(hits, [("Peanut Butter".to_owned(), 1), ("butter".to_owned(), 2)]);
    }

    #[test]
    fn words_are_matched_whole() {
        assert!(found(&["egg(s)"], Language::English, "eggplant and eggnog").is_empty());
    }

    #[test]
    fn optional_endings_are_written_out() {
        assert_eq!(spellings("box(es/en)"), ["box", "boxes", "boxen"]);
        assert_eq!(spellings("noix"), ["noix"]);
    }

    #[test]
    fn compounds_and_inflections_are_found() {
        assert_eq!(found(&["*käse"], Language::German, "Ziegenkäse").len(), 1);
        assert_eq!(found(&["*käse"], Language::German, "Kaese").len(), 1);
        assert_eq!(found(&["jajk*", "jajecz*"], Language::Polish, "jajkami i jajecznicą").len(), 2);
        assert_eq!(found(&["orzech*"], Language::Polish, "orzechowo-czekoladowy").len(), 1);
    }

    #[test]
    fn a_form_does_not_reach_over_punctuation() {
        assert!(found(&["oat milk"], Language::English, "oat. Milk").is_empty());
    }
}
