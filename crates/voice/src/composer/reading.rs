//! Reads a sample as lines of sentences, each with its role and its ties to its neighbours.

use domain::content::Language;

use crate::{
    phrases::{Phrases, Token},
    role::{Position, Role, role},
    sample::Sample,
    sentence::sentences,
    slot::{SlotValue, name, slots_in},
    word::words,
};

/// A sample, read.
pub(super) struct Text {
    pub(super) lines: Vec<Line>,
}

/// One line of a sample.
pub(super) struct Line {
    /// Whether an empty line stands before it.
    pub(super) after_gap: bool,
    pub(super) items: Vec<Item>,
}

/// One sentence of a sample.
pub(super) struct Item {
    pub(super) text: String,
    /// The author's values of its slots.
    pub(super) values: Vec<SlotValue>,
    pub(super) role: Role,
    /// Makes sense only after the sentence before it: "This also …".
    pub(super) linked: bool,
    /// Makes sense only before the sentence after it: "Why?", "First, …", "Two things:".
    pub(super) leads: bool,
}

/// Reads `sample`.
pub(super) fn read(sample: &Sample, phrases: &Phrases) -> Text {
    let slotted = &sample.text;
    let mut values = slotted.values.iter();
    let mut lines: Vec<Line> = Vec::new();
    let mut gap = false;
    for line in slotted.text.split('\n') {
        if line.trim().is_empty() {
            gap = !lines.is_empty();
            continue;
        }
        let items = sentences(line)
            .into_iter()
            .map(|span| {
                let text = line[span].to_owned();
                let values = values.by_ref().take(slots_in(&text).len()).cloned().collect();
                Item { text, values, role: Role::Practical, linked: false, leads: false }
            })
            .collect();
        lines.push(Line { after_gap: std::mem::take(&mut gap), items });
    }
    assign(&mut lines, sample.language, phrases);
    Text { lines }
}

fn assign(lines: &mut [Line], language: Language, phrases: &Phrases) {
    let sign_off = sign_off_start(lines);
    let last_body =
        lines.len().saturating_sub(1).min(sign_off.0.saturating_sub(usize::from(sign_off.1 == 0)));
    let mut body_seen = false;
    for (line_at, line) in lines.iter_mut().enumerate() {
        let mut follows = false;
        for (at, item) in line.items.iter_mut().enumerate() {
            let all = words(&item.text);
            if (line_at, at) >= sign_off {
                item.role = Role::SignOff;
            } else if line_at == 0 && at == 0 && is_greeting(&item.text, &all) {
                item.role = Role::Greeting;
            } else {
                let position = match (body_seen, line_at) {
                    (_, line_at) if line_at <= 1 && !body_seen => Position::First,
                    (_, line_at) if line_at == last_body => Position::Last,
                    _ => Position::Middle,
                };
                item.role = role(&item.text, language, position);
                // What comes first leads in, whatever its words.
                if !body_seen
                    && at <= usize::from(line_at == 0)
                    && matches!(item.role, Role::Practical | Role::Encouragement | Role::Preference)
                {
                    item.role = Role::Opening;
                }
                let tokens = phrases.tokens(&item.text);
                item.linked = phrases.begins("linked", &item.text, &tokens)
                    || leans_inside(&item.text, &tokens, phrases)
                    || is_elliptic(&item.text, &tokens, phrases)
                    || starts_again(&item.text, &tokens, phrases)
                    || follows && explains(item, &tokens, phrases);
                let trimmed = item.text.trim_end();
                item.leads = trimmed.ends_with([':', '?']) || phrases.begins("forward", &item.text, &tokens);
            }
            follows = item.role != Role::Greeting;
        }
        body_seen |= line.items.iter().any(|item| !matches!(item.role, Role::Greeting | Role::SignOff));
    }
}

/// Tells whether a word inside `text` refers to the sentence before: "therefore", "anche", but not "anche solo".
fn leans_inside(text: &str, tokens: &[Token], phrases: &Phrases) -> bool {
    let free = phrases.find_all("linked.free", text, tokens);
    let leaning = phrases.find_all("linked.inside", text, tokens);
    leaning.iter().any(|word| !free.iter().any(|free| free.contains(&word.start)))
}

/// Tells whether `text` gives a length without saying of what: "35 days, roughly 2,450 kcal a day".
fn is_elliptic(text: &str, tokens: &[Token], phrases: &Phrases) -> bool {
    let has = |key: &str| phrases.find(key, text, tokens).is_some();
    text.starts_with("{{plan.") && !has("plan.it") && !has("plan.noun")
}

/// Tells whether `text` says what to do after a mishap, "start again in the morning", that it does not name itself.
fn starts_again(text: &str, tokens: &[Token], phrases: &Phrases) -> bool {
    let has = |key: &str| phrases.find(key, text, tokens).is_some();
    has("linked.again") && !has("subordinate")
}

/// Tells whether a sentence of advice gives the reason for the one before: "La satiété arrive avec un peu de retard."
///
/// It states something of a thing and speaks neither to the reader nor of the dietitian, so that alone it comes from nowhere.
fn explains(item: &Item, tokens: &[Token], phrases: &Phrases) -> bool {
    let personal = [
        "address.t",
        "address.v",
        "address.capital",
        "speaker.i",
        "speaker.we",
        "possessive",
        "plan.it",
        "goal.frame",
    ]
    .iter()
    .any(|key| phrases.find(key, &item.text, tokens).is_some());
    matches!(item.role, Role::Opening | Role::Practical | Role::Encouragement | Role::Preference)
        && phrases.begins("linked.article", &item.text, tokens)
        && slots_in(&item.text).is_empty()
        && !personal
}

/// Returns the line and the sentence at which the sign-off begins; past the end when there is none.
fn sign_off_start(lines: &[Line]) -> (usize, usize) {
    const LONGEST: usize = 6;
    let tail = lines.len().saturating_sub(4).max(1);
    let texts: Vec<String> = lines
        .iter()
        .map(|line| line.items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>().join(" "))
        .collect();
    for (line_at, text) in texts.iter().enumerate().skip(tail) {
        let all = words(text);
        let (short, comma) = (all.len() <= LONGEST, text.ends_with(','));
        let closes = short && name::closing_words(&all) > 0;
        let signs = is_signature(text);
        let rest = &texts[line_at + 1..];
        // "Until soon," on the line before the name says goodbye in words we do not know.
        let before_name = rest.first().is_some_and(|next| is_signature(next))
            && all.len() <= LONGEST + 2
            && (comma || name::closing_words(&all) > 0 || short && text.ends_with(char::is_alphanumeric))
            && !text.starts_with(['-', '•', '*', '–']);
        // "Big hugs," over a name that was not recognised.
        let awaits = short && comma && !rest.is_empty() && rest.iter().all(|line| is_last_line(line));
        if closes || signs || before_name || awaits {
            return (line_at, 0);
        }
    }
    if let Some((line_at, line)) = lines.iter().enumerate().next_back().filter(|(line_at, _)| *line_at > 0)
        && let Some(item) = line.items.last()
    {
        let all = words(&item.text);
        if name::closing_words(&all) > 0 && all.len() <= LONGEST
            || item.text.contains("{{dietitian.name}}") && all.len() <= 4
        {
            return (line_at, line.items.len() - 1);
        }
    }
    (lines.len(), 0)
}

/// Tells whether a line is the dietitian's name with what little may stand beside one: "Ihre …", "…, PhD, RD".
fn is_signature(line: &str) -> bool {
    line.split_once("{{dietitian.name}}").is_some_and(|(before, after)| {
        let (before_words, after_words) = (words(before), words(after));
        let listed = after.trim_start().starts_with([',', '|', '(', '·', '–', '-', '&']);
        let said =
            after.ends_with(['.', '!', '?']) && after_words.iter().any(|word| word.text.chars().count() > 3);
        before_words.len() + after_words.len() <= 3
            || before_words.len() <= 4 && listed && after_words.len() <= 10 && !said
    })
}

fn is_last_line(line: &str) -> bool {
    const LONGEST: usize = 4;
    words(line).len() <= LONGEST && !line.ends_with(['.', ':', ';', '?'])
}

fn is_greeting(text: &str, all: &[crate::word::Word<'_>]) -> bool {
    let addressed = text.contains("{{client.first_name}}") || text.contains("{{client.last_name}}");
    name::greeting_words(all) > 0 && (addressed || all.len() <= 4) || addressed && all.len() <= 1
}
