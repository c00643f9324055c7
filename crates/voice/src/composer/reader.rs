//! The reader's gender: what this request knows of it, and what a sentence says of it.
//!
//! "Soyez patiente", "nie musisz być idealna" were written to a woman. Such a sentence may be said only where the request
//! gives a title of the same gender. Words and patterns are rows of `phrases/<language>.tsv`: `reader.woman` and
//! `reader.man` tell anywhere; `reader.woman.is`, `reader.man.is` and the endings below tell only after a verb that
//! speaks of the reader (`reader.is`), because plans are ready and recipes perfect, too. In doubt a sentence is left out.

use domain::content::Language;

use crate::{
    facts::Brief,
    phrases::{Phrases, Token},
};

/// The grammatical gender in which a reader is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gender {
    Woman,
    Man,
}

/// How this request calls its reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Title<'a> {
    /// As the request writes it: "Ms", "Frau".
    pub(super) text: Option<&'a str>,
    /// The gender it shows; "Dr." shows none.
    pub(super) gender: Option<Gender>,
    /// Whether it stands in the last name already: "Frau Vogt".
    pub(super) in_last_name: bool,
}

/// How many words after its verb may speak of the reader: "restez toujours aussi patiente".
const REACH: usize = 3;

/// Returns the title of `brief`, from its own slot or from the beginning of the last name.
pub(super) fn title<'a>(brief: &'a Brief, phrases: &Phrases) -> Title<'a> {
    let slot =
        |name: &str| brief.client.slots.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let last = slot("last_name").unwrap_or_default();
    let tokens = phrases.tokens(last);
    let leading = tokens
        .first()
        .filter(|_| {
            tokens.len() > 1
                && (gender(last, &tokens, phrases).is_some() || phrases.begins("honorific", last, &tokens))
        })
        .map(|first| &last[..first.span.end]);
    let text = leading.or_else(|| slot("title"));
    let shown = text.and_then(|text| gender(text, &phrases.tokens(text), phrases));
    Title { text, gender: shown, in_last_name: leading.is_some() }
}

/// Returns the gender that the title at the beginning of `text` shows.
pub(super) fn gender(text: &str, tokens: &[Token], phrases: &Phrases) -> Option<Gender> {
    [(Gender::Woman, "title.woman"), (Gender::Man, "title.man")]
        .into_iter()
        .find_map(|(gender, key)| phrases.begins(key, text, tokens).then_some(gender))
}

/// Tells whether everything in `text` that shows the reader's gender shows `gender`.
pub(super) fn fits(text: &str, gender: Option<Gender>, phrases: &Phrases, language: Language) -> bool {
    let tokens = phrases.tokens(text);
    let anywhere = [(Gender::Woman, "reader.woman"), (Gender::Man, "reader.man")];
    // "Je serai heureuse de vous lire" shows the dietitian's own.
    let own: Vec<usize> =
        phrases.find_all("speaker.is", text, &tokens).into_iter().map(|verb| verb.end).collect();
    let of_speaker = |at: usize| own.iter().any(|end| (*end..end + REACH).contains(&at));
    let foreign = anywhere
        .into_iter()
        .filter(|(shown, _)| gender != Some(*shown))
        .flat_map(|(_, key)| phrases.find_all(key, text, &tokens))
        .any(|place| !of_speaker(place.start));
    let after_verb = phrases.find_all("reader.is", text, &tokens).into_iter().flat_map(|verb| {
        let end = tokens.len().min(verb.end + REACH);
        let reach = tokens[verb.end..end]
            .iter()
            .take_while(|token| {
                !text[tokens[verb.end - 1].span.end..token.span.start].contains(['.', ':', ';', '!', '?'])
            })
            .count();
        verb.end..verb.end + reach
    });
    let shown = after_verb.filter_map(|at| {
        let said = |key| phrases.begins(key, text, &tokens[at..]);
        match (said("reader.woman.is"), said("reader.man.is")) {
            (true, _) => Some(Gender::Woman),
            (_, true) => Some(Gender::Man),
            _ => ending(&text[tokens[at].span.clone()].to_lowercase(), language),
        }
    });
    let past = tokens.iter().filter_map(|token| past(&text[token.span.clone()].to_lowercase(), language));
    !foreign && shown.chain(past).all(|shown| gender == Some(shown))
}

/// Returns the gender of a participle.
fn ending(word: &str, language: Language) -> Option<Gender> {
    let (woman, man): (&[&str], &[&str]) = match language {
        Language::French => (&["ée", "ées", "euse"], &["é"]),
        Language::Spanish | Language::Portuguese => (&["ada", "ida"], &["ado", "ido"]),
        Language::Italian => (&["ata", "ita", "uta"], &["ato", "ito", "uto"]),
        Language::Polish => (&["ana", "ona"], &["any", "ony"]),
        Language::English | Language::German => return None,
    };
    let ends =
        |endings: &[&str]| word.chars().count() > 4 && endings.iter().any(|ending| word.ends_with(ending));
    match (ends(woman), ends(man)) {
        (true, _) => Some(Gender::Woman),
        (_, true) => Some(Gender::Man),
        _ => None,
    }
}

/// Returns the gender of the person who did something: Polish "zrobiłaś", "chciałbyś".
fn past(word: &str, language: Language) -> Option<Gender> {
    let ends = |endings: [&str; 2]| endings.iter().any(|ending| word.ends_with(ending));
    match language {
        Language::Polish if ends(["łaś", "łabyś"]) => Some(Gender::Woman),
        Language::Polish if ends(["łeś", "łbyś"]) => Some(Gender::Man),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrases::phrases;

    const WOMEN: [(Language, &str); 15] = [
        (Language::Polish, "Nie musisz być idealna, wystarczy, że będziesz konsekwentna."),
        (Language::Polish, "Super, że zrobiłaś tak dużo."),
        (Language::Polish, "Jeśli jesteś zmęczona, odpocznij."),
        (Language::French, "Soyez patiente avec vous-même."),
        (Language::French, "Vous êtes prête."),
        (Language::French, "Vous serez vite récompensée."),
        (Language::French, "Mangez assise, sans écran."),
        (Language::Spanish, "No tienes que ser perfecta."),
        (Language::Spanish, "Estás preparada para empezar."),
        (Language::Portuguese, "Você não está sozinha."),
        (Language::Portuguese, "Não precisa ser perfeita."),
        (Language::Italian, "Sii paziente e vedrai che sei brava."),
        (Language::Italian, "Resti seduta mentre mangia."),
        (Language::German, "Als Patientin dürfen Sie immer fragen."),
        (Language::Polish, "Proszę być dla siebie wyrozumiała."),
    ];

    const MEN: [(Language, &str); 8] = [
        (Language::Polish, "Nie musisz być idealny."),
        (Language::Polish, "Dobrze, że napisałeś."),
        (Language::French, "Vous êtes prêt."),
        (Language::French, "Soyez indulgent envers vous-même."),
        (Language::Spanish, "Estás listo."),
        (Language::Portuguese, "Não precisa ser perfeito."),
        (Language::Italian, "Sei pronto."),
        (Language::German, "Als Klient dürfen Sie immer fragen."),
    ];

    const ANYONE: [(Language, &str); 9] = [
        (Language::Polish, "Przygotowałam plan i jestem dostępna."),
        (Language::Polish, "Plan jest gotowy, a każdy krok dobry."),
        (Language::French, "Votre programme est prêt et je l'ai préparé avec soin."),
        (Language::French, "Je serai heureux de vous lire."),
        (Language::Spanish, "El plan está listo y cada paso es bueno."),
        (Language::Portuguese, "Seu plano está pronto."),
        (Language::Italian, "Il piano è pronto."),
        (Language::German, "Lesen Sie den Plan in Ruhe durch."),
        (Language::English, "Be patient with yourself."),
    ];

    #[test]
    fn what_shows_the_readers_gender_is_said_to_readers_of_that_gender_only() {
        let fits = |language, text, gender| super::fits(text, gender, phrases(language), language);
        for (language, text) in WOMEN {
            assert!(fits(language, text, Some(Gender::Woman)), "{text}");
            assert!(!fits(language, text, Some(Gender::Man)) && !fits(language, text, None), "{text}");
        }
        for (language, text) in MEN {
            assert!(fits(language, text, Some(Gender::Man)), "{text}");
            assert!(!fits(language, text, Some(Gender::Woman)) && !fits(language, text, None), "{text}");
        }
        for (language, text) in ANYONE {
            assert!(fits(language, text, None), "{text}");
        }
    }

    #[test]
    fn a_title_is_read_from_its_slot_or_from_the_last_name() {
        let of = |language, slots: &[(&str, &str)]| {
            let mut brief = crate::composer::tests::brief(language);
            brief.client.slots =
                slots.iter().map(|(slot, value)| ((*slot).to_owned(), (*value).to_owned())).collect();
            let title = title(&brief, phrases(language));
            (title.text.map(str::to_owned), title.gender, title.in_last_name)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            of(Language::German, &[("title", "Frau"), ("last_name", "Vogt")]),
            (text("Frau"), Some(Gender::Woman), false)
        );
        assert_eq!(
            of(Language::English, &[("last_name", "Ms Hughes")]),
            (text("Ms"), Some(Gender::Woman), true)
        );
        assert_eq!(of(Language::French, &[("title", "Dr")]), (text("Dr"), None, false));
        assert_eq!(of(Language::German, &[("last_name", "Frau")]), (None, None, false));
    }
}
