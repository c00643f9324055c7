//! Tells whether a text is in the language asked for, without judging by too little text.

use std::{collections::HashSet, sync::LazyLock};

use domain::content::Language;
use whatlang::{Detector, Lang};

use crate::lexicon::{rows, words::words};

/// What a text says about its language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is in the language asked for.
    AsAsked,
    /// It is in another.
    Other,
    /// It is too short to tell.
    Unsure,
}

/// Fewer words prove nothing: "Hola Mark, bon appétit!" is a fine English greeting.
const FEWEST_WORDS: usize = 6;
/// From so many words on, a text in a language holds some of its function words.
const ENOUGH_WORDS: usize = 14;
/// From so many letters on, trigram statistics are worth a look.
const ENOUGH_LETTERS: usize = 70;

/// Returns the language of `text`, if it is one of ours and there is enough of it to tell.
pub fn detect(text: &str) -> Option<Language> {
    Language::ALL.into_iter().find(|language| judge(text, *language) == Verdict::AsAsked)
}

/// Tells whether `text` is plainly in another language than `asked`: in one of ours, in another script, or in one that
/// its letters give away. A list of foods in `asked` is not, though it holds no function words.
pub fn is_plainly_other(text: &str, asked: Language) -> bool {
    let given_away = || {
        let detected = Detector::new().detect(text).filter(whatlang::Info::is_reliable);
        detected.is_some_and(|info| info.lang() != code(asked))
    };
    judge(text, asked) == Verdict::Other && (detect(text).is_some() || given_away())
}

/// Judges whether `text` is in `asked`.
pub(crate) fn judge(text: &str, asked: Language) -> Verdict {
    let letters = text.chars().filter(|character| character.is_alphabetic()).count();
    let latin = text.chars().filter(|character| character.is_alphabetic() && is_latin(*character)).count();
    if letters > 3 && latin * 5 < letters * 4 {
        return Verdict::Other;
    }
    let words: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
    if words.len() < FEWEST_WORDS {
        return Verdict::Unsure;
    }
    let own = count(&words, asked);
    // Words that two languages share say nothing: each pair is judged by the others.
    let ours = set(asked);
    for (_, theirs) in SETS.iter().filter(|(tag, _)| *tag != asked.as_str()) {
        let foreign = count_only(&words, theirs, ours);
        let only_ours = count_only(&words, ours, theirs);
        if foreign >= 3 && foreign > only_ours * 2 || foreign == 2 && only_ours == 0 && own < 3 {
            return Verdict::Other;
        }
    }
    // Languages that we have no words of show by the lack of ours.
    if words.len() >= ENOUGH_WORDS && own * 10 < words.len() {
        return Verdict::Other;
    }
    if letters >= ENOUGH_LETTERS && own * 10 < words.len() * 3 {
        let detected = Detector::new().detect(text).filter(whatlang::Info::is_reliable);
        if detected.is_some_and(|info| info.lang() != code(asked)) {
            return Verdict::Other;
        }
    }
    if own * 10 >= words.len() { Verdict::AsAsked } else { Verdict::Unsure }
}

/// Returns the function words of `language`.
pub(crate) fn function_words(language: Language) -> &'static HashSet<&'static str> {
    set(language)
}

fn set(language: Language) -> &'static HashSet<&'static str> {
    static NONE: LazyLock<HashSet<&'static str>> = LazyLock::new(HashSet::new);
    SETS.iter().find(|(tag, _)| *tag == language.as_str()).map_or(&NONE, |(_, words)| words)
}

fn count(words: &[String], language: Language) -> usize {
    words.iter().filter(|word| set(language).contains(word.as_str())).count()
}

/// Counts words of `of` that are none of `but`.
fn count_only(words: &[String], of: &HashSet<&str>, but: &HashSet<&str>) -> usize {
    words.iter().filter(|word| of.contains(word.as_str()) && !but.contains(word.as_str())).count()
}

/// Tells whether `character` is a letter of the Latin script, as our languages write it.
pub(crate) const fn is_latin(character: char) -> bool {
    matches!(character, 'A'..='Z' | 'a'..='z' | '\u{AA}' | '\u{BA}' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
}

const fn code(language: Language) -> Lang {
    match language {
        Language::English => Lang::Eng,
        Language::Spanish => Lang::Spa,
        Language::Portuguese => Lang::Por,
        Language::French => Lang::Fra,
        Language::German => Lang::Deu,
        Language::Italian => Lang::Ita,
        Language::Polish => Lang::Pol,
    }
}

/// Function words by BCP 47 tag.
static SETS: LazyLock<Vec<(&'static str, HashSet<&'static str>)>> = LazyLock::new(|| {
    rows(include_str!("lexicon/function-words.tsv"))
        .filter_map(|columns| Some((columns[0], columns.get(1)?.split_whitespace().collect())))
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 7] = [
        "Hi Mark, here is your new plan. We keep it simple and we take it slowly, and you can write to me whenever you like.",
        "Hola Marta, aquí tienes tu nuevo plan. Vamos a ir poco a poco y puedes escribirme siempre que lo necesites.",
        "Oi Joana, aqui está o seu novo plano. Vamos com calma e você pode me escrever sempre que precisar de ajuda.",
        "Bonjour Claire, voici votre nouveau plan. Nous avançons pas à pas et vous pouvez m'écrire quand vous le voulez.",
        "Hallo Anna, hier ist dein neuer Plan. Wir gehen es ruhig an und du kannst mir jederzeit schreiben, wenn du magst.",
        "Ciao Giulia, ecco il tuo nuovo piano. Andiamo con calma e puoi scrivermi quando vuoi, anche solo per un dubbio.",
        "Cześć Kasiu, oto twój nowy plan. Idziemy spokojnie krok po kroku i możesz do mnie napisać, kiedy tylko chcesz.",
    ];

    #[test]
    fn each_language_is_told_from_every_other() {
        for (written, text) in Language::ALL.into_iter().zip(TEXTS) {
            for asked in Language::ALL {
                let expected = if asked == written { Verdict::AsAsked } else { Verdict::Other };
                assert_eq!(judge(text, asked), expected, "{written} text, {asked} asked");
            }
        }
    }

    #[test]
    fn a_language_is_told_where_there_is_enough_text() {
        for (written, text) in Language::ALL.into_iter().zip(TEXTS) {
            assert_eq!(detect(text), Some(written));
        }
        assert_eq!(detect("Hi Mark!"), None);
        assert_eq!(detect("Здравствуйте, Анна! Вот ваш новый план питания, не спешите."), None);
    }

    #[test]
    fn languages_we_do_not_write_are_told_from_ours() {
        for text in [
            "Hallo Anna, hier is je nieuwe plan. We doen het rustig aan en je kunt me altijd schrijven als je dat wilt.",
            "Hej Anna, här är din nya plan. Vi tar det lugnt och du kan alltid skriva till mig om du undrar över något.",
            "Здравствуйте, Анна! Вот ваш новый план питания.",
        ] {
            for asked in Language::ALL {
                assert_eq!(judge(text, asked), Verdict::Other, "{asked}: {text}");
            }
        }
    }

    #[test]
    fn short_texts_are_not_judged() {
        for text in ["Hola Mark!", "Ciao!", "Bon appétit, dear Joanna", "😊", ""] {
            assert_eq!(judge(text, Language::English), Verdict::Unsure, "{text}");
        }
    }
}
