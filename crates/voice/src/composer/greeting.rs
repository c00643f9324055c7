//! The greeting: the dietitian's own form as far as this request's facts carry it, else the closest form that is true.
//!
//! A form of address may show the reader's gender ("Liebe Frau", "Dear Mr.", "Cara"). It is kept only where the request
//! gives a title of its own (`client.title`, or in the last name: "Frau Vogt"), and then agrees with it: "Lieber Herr",
//! "Chère Madame". Without one, the title goes and the name stays, in full where the title stood for
//! formality: "Dear Mr. Dawson," greets Nora Weber as "Dear Nora Weber,". What cannot lose its gender ("Liebe …")
//! gives way to a greeting of ours of the same formality.
//!
//! Polish calls the reader in the vocative, and so should the request: "Pani Joanno", "Panie Piotrze". What looks like a
//! nominative goes: "Pani!" is right, "Pani Joanna!" is not.

use domain::content::Language;

use super::{
    adapt::{Request, without_slots},
    frame::choose,
    manner::{Manner, exclaimed},
    reader::{Gender, title},
    reading::Item,
    seed::Seed,
};
use crate::{
    facts::Brief,
    phrases::{Phrases, phrases},
    slot::{SlotName, slots_in},
};

/// A greeting for this request, and whether the rest of its line may follow on the same line.
pub(super) struct Greeting {
    pub(super) text: String,
    pub(super) inline: bool,
}

/// A sample's greeting in parts: "Dear ", "Mr. ", "{{client.last_name}}", ",".
struct Form<'a> {
    /// What stands before title and name.
    words: &'a str,
    /// The title, without spaces: "Mr.".
    title: &'a str,
    /// The slot after the title; "Cher Monsieur," has none.
    name: Option<SlotName>,
    /// What follows the name in its place: "," or "!" and an emoji.
    close: &'a str,
    /// Whether more follows that is no greeting.
    more: bool,
}

/// Returns the greeting of `item` for this request, or nothing where no form of it is true.
pub(super) fn own(item: &Item, request: &Request<'_>) -> Option<Greeting> {
    let Some(form) =
        form(&item.text, request.phrases).or_else(|| form_without_name(&item.text, request.phrases))
    else {
        // "Hello there!" greets anyone.
        return (!names_client(&item.text))
            .then(|| request.adapt(&item.text, &item.values))
            .flatten()
            .map(|adapted| Greeting { text: adapted.text, inline: true });
    };
    if form.more
        && form.title.is_empty()
        && !is_gendered(form.words, request)
        && let Some(adapted) = request.adapt(&item.text, &item.values)
    {
        return Some(Greeting { text: adapted.text, inline: true });
    }
    let close = close(&form);
    let text = match (titled(&form, request), is_gendered(form.words, request)) {
        (Some((words, name)), _) => format!("{words}{name}{close}"),
        // "Liebe Frau …" fits whoever is called so; "Liebe" alone fits no one we know.
        (None, true) => {
            let words = agreeing(form.words, request)?;
            format!("{words}{}{close}", name(&form, request).filter(|_| form.title.is_empty())?)
        }
        (None, false) => match name(&form, request) {
            Some(name) => format!("{}{name}{close}", form.words),
            None => nameless(form.words, &close)?,
        },
    };
    request.allows(&text).then_some(Greeting { text, inline: !form.more })
}

/// Returns a greeting of ours.
pub(super) fn stock(request: &Request<'_>, manner: Manner, formal: bool, seed: &mut Seed) -> String {
    let last = request.has_client("last_name") && !request.title.in_last_name;
    let key = match (request.has_client("first_name"), formal && last) {
        (true, true) => "greeting.full",
        (true, false) => "greeting",
        _ => "greeting.nameless",
    };
    let text = choose(request.phrases, key, manner, seed);
    if manner.exclaims { exclaimed(&text, request.brief.language) } else { text }
}

/// Tells whether a sample's greeting calls the client by title and last name.
pub(super) fn is_formal(item: &Item, phrases: &Phrases) -> bool {
    form(&item.text, phrases)
        .or_else(|| form_without_name(&item.text, phrases))
        .is_some_and(|form| !form.title.is_empty())
}

fn names_client(text: &str) -> bool {
    slots_in(text).into_iter().any(|(_, name)| name.is_ok_and(|name| name.is_client()))
}

fn form<'a>(text: &'a str, phrases: &Phrases) -> Option<Form<'a>> {
    let (span, name) = slots_in(text)
        .into_iter()
        .find_map(|(span, name)| name.ok().filter(SlotName::is_client).map(|name| (span, name)))?;
    let before = &text[..span.start];
    let tokens = phrases.tokens(before);
    // The title is the last word before the name, full stop or not.
    let title_start = tokens
        .len()
        .checked_sub(1)
        .filter(|at| phrases.begins("honorific", before, &tokens[*at..]))
        .map_or(before.len(), |at| tokens[at].span.start);
    let tail_start = text[span.end..]
        .char_indices()
        .find(|(_, c)| c.is_alphanumeric() || *c == '{')
        .map_or(text.len(), |(at, _)| span.end + at);
    Some(Form {
        words: &before[..title_start],
        title: before[title_start..].trim_end(),
        name: Some(name),
        close: text[span.end..tail_start].trim_end(),
        more: tail_start < text.len(),
    })
}

/// Returns how the greeting closes. French sets "!" apart, and everyone an emoji.
fn close(form: &Form<'_>) -> String {
    let bare = form.close.trim_start();
    let apart = bare.starts_with(['!', ':']) || bare.starts_with(crate::sentence::is_pictograph);
    let close = if apart { form.close } else { bare };
    if form.more && !bare.starts_with('!') { ",".to_owned() } else { close.to_owned() }
}

/// Returns the form of a greeting that ends with its title: "Cher Monsieur,".
fn form_without_name<'a>(text: &'a str, phrases: &Phrases) -> Option<Form<'a>> {
    let tokens = phrases.tokens(text);
    let last = tokens.last()?;
    phrases.begins("honorific", text, std::slice::from_ref(last)).then(|| Form {
        words: &text[..last.span.start],
        title: &text[last.span.clone()],
        name: None,
        close: text[last.span.end..].trim_end(),
        more: false,
    })
}

fn is_gendered(words: &str, request: &Request<'_>) -> bool {
    let bare = without_slots(words);
    let tokens = request.phrases.tokens(&bare);
    ["gendered", "title"].iter().any(|key| request.phrases.find(key, &bare, &tokens).is_some())
}

/// Returns the greeting words and the name with this request's own title, where the dietitian uses titles or no first
/// name is known.
fn titled(form: &Form<'_>, request: &Request<'_>) -> Option<(String, String)> {
    let title = request.title.text?;
    if form.title.is_empty() && request.has_client("first_name") {
        return None;
    }
    let words = agreeing(form.words, request)?;
    let (first, last) = (request.has_client("first_name"), request.has_client("last_name"));
    let called = form.name.as_ref().map(SlotName::as_str);
    let polish = request.brief.language == Language::Polish;
    let man = request.title.gender == Some(Gender::Man);
    let own = match request.title.in_last_name {
        _ if polish && man => "Panie",
        true => title,
        false => "{{client.title}}",
    };
    let name = match called {
        None => own.to_owned(),
        Some("client.first_name") if polish => match first_in_vocative(request) {
            Some(first) => format!("{own} {first}"),
            None => own.to_owned(),
        },
        // A man's last name would need its vocative, which a woman's does without.
        _ if polish && man => own.to_owned(),
        _ if last && request.title.in_last_name => "{{client.last_name}}".to_owned(),
        // "Dona Maria" goes by the first name.
        Some("client.first_name") if first && !form.title.is_empty() => {
            format!("{own} {{{{client.first_name}}}}")
        }
        _ if last => "{{client.title}} {{client.last_name}}".to_owned(),
        _ => return None,
    };
    Some((words, name))
}

/// Returns greeting words that agree with this request's title: "Liebe " before "Frau", "Lieber " before "Herr".
fn agreeing(words: &str, request: &Request<'_>) -> Option<String> {
    let own = crate::word::fold(words.trim());
    let pairs: Vec<_> = request
        .phrases
        .agreeing
        .iter()
        .filter(|pair| pair.iter().any(|form| crate::word::fold(form) == own))
        .collect();
    if pairs.is_empty() {
        return (!is_gendered(words, request)).then(|| words.to_owned());
    }
    let at = usize::from(request.title.gender? == Gender::Man);
    // "Gentile" is said to both, though "Egregio" is not.
    if pairs.iter().any(|pair| crate::word::fold(pair[at]) == own) {
        return Some(words.to_owned());
    }
    Some(format!("{} ", pairs.first()?[at]))
}

/// Returns the name as this request and the formality of the form allow.
fn name(form: &Form<'_>, request: &Request<'_>) -> Option<String> {
    let first = request.has_client("first_name");
    let last = request.has_client("last_name") && !request.title.in_last_name;
    if form.title.is_empty() {
        return match form.name.as_ref().map(SlotName::as_str) {
            Some("client.last_name") if last && first => {
                Some("{{client.first_name}} {{client.last_name}}".to_owned())
            }
            _ => first.then(|| "{{client.first_name}}".to_owned()),
        };
    }
    if request.brief.language == Language::Polish {
        return first_in_vocative(request);
    }
    match (first, last) {
        (true, true) => Some("{{client.first_name}} {{client.last_name}}".to_owned()),
        (true, false) => Some("{{client.first_name}}".to_owned()),
        _ => None,
    }
}

fn first_in_vocative(request: &Request<'_>) -> Option<String> {
    let first = request.brief.client.slots.get("first_name").filter(|_| request.has_client("first_name"))?;
    is_vocative(first, request.title.gender).then(|| "{{client.first_name}}".to_owned())
}

/// Tells whether Polish may call somebody by `first` as it is: "Joanno", "Kasiu", "Piotrze", "Jerzy".
///
/// Names in "-a" and men's names in a consonant change in the vocative: "Joanna", "Piotr" are none. A woman's foreign name
/// in a consonant does not change: "Pani Carmen".
fn is_vocative(first: &str, gender: Option<Gender>) -> bool {
    first.split([' ', '-']).filter_map(|part| crate::word::fold(part).chars().next_back()).all(|last| {
        matches!(last, 'e' | 'i' | 'o' | 'u' | 'y') || last != 'a' && gender == Some(Gender::Woman)
    })
}

/// Tells whether a Polish text for `brief` that calls its reader by a title leaves the first name out, because it stands
/// in the nominative.
pub fn leaves_first_name_out(brief: &Brief) -> bool {
    let first =
        brief.client.slots.get("first_name").map(|first| first.trim()).filter(|first| !first.is_empty());
    brief.language == Language::Polish
        && first.is_some_and(|first| !is_vocative(first, title(brief, phrases(brief.language)).gender))
}

/// Returns the greeting words without a name: "Hi {{…}}," becomes "Hi,".
fn nameless(before: &str, close: &str) -> Option<String> {
    let words = before.trim_end().trim_end_matches(',');
    // "Dear", "Gentile" alone greet no one.
    let alone = ["dear", "dearest", "my dear", "gentile", "egregio"];
    let stands_alone = !words.is_empty() && !alone.contains(&words.trim().to_lowercase().as_str());
    let close = if close.is_empty() { "," } else { close };
    stands_alone.then(|| format!("{words}{close}"))
}
