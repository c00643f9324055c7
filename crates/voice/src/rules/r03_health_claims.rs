//! R3: no diagnosis, treatment or cure, no medicine, no dose of a supplement (cf. Regulation (EU) 1169/2011, Art. 7(3)).
//!
//! Naming a condition is no claim: "for people with diabetes we keep the meals regular" passes. So does a disclaimer:
//! "no plan can cure diabetes". A medicine may not be named, nor be told to be changed; "take your medicine as your
//! doctor told you" passes. A supplement may be named, an amount of it in capsules, tablets or milligrams may not,
//! unless the milligrams are one of the facts.

use std::ops::Range;

use domain::content::Language;

use super::{
    Breach, Evidence, Registered, Rule,
    claim::{Sentence, sentences},
    facts,
    reading::Reading,
};
use crate::{
    lexicon::cues::Cue,
    mention::{MentionKind, mentions},
    quantity::Unit,
};

pub(super) const RULE: Registered = Registered { rule: Rule::R3, category: "medical", sentence: true, judge };

/// What a diet is planned around, not what it acts on.
const CIRCUMSTANCES: [&str; 8] = [
    "coeliac_disease",
    "lactose_intolerance",
    "pregnancy",
    "menopause",
    "obesity",
    "eating_disorder",
    "constipation",
    "bariatric_surgery",
];

/// "With diabetes", "avec un diabète": names a condition and claims nothing.
const WITH: [&str; 6] = ["with", "avec", "con", "com", "mit", "z"];
/// How many words stand between "with" and the condition at most: an article, an adjective.
const WITH_REACH: usize = 2;

/// How many words stand between a claim and its condition at most: "reverse even your long-standing diabetes".
const REACH: usize = 8;

fn judge(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let mut broken = drugs(reading);
    for sentence in sentences(reading) {
        let found = |places: Vec<Range<usize>>, message: &str| {
            let breach = |place| (Some(sentence.span(&place)), message.to_owned());
            places.into_iter().map(breach).collect::<Vec<_>>()
        };
        broken.extend(found(cures(reading, &sentence), "This claims to diagnose, treat or cure."));
        broken.extend(found(
            bare_conditions(reading, evidence, &sentence),
            "A condition is named that this request does not name, as if food did something about it.",
        ));
        broken.extend(found(changes(&sentence), "This tells to change a medicine."));
        broken.extend(found(
            doses(reading, evidence, &sentence),
            "This tells how much of a supplement to take.",
        ));
        broken.extend(found(sentence.places(Cue::Detox), "This claims to rid the body of something."));
    }
    broken
}

fn drugs(reading: &Reading) -> Vec<Breach> {
    let drugs = reading.mentions.iter().filter(|mention| mention.kind == MentionKind::Drug);
    drugs
        .map(|drug| {
            (Some(drug.span.clone()), "A medicine is named, which is a doctor's to speak of.".to_owned())
        })
        .collect()
}

fn cures(reading: &Reading, sentence: &Sentence) -> Vec<Range<usize>> {
    let mut conditions: Vec<Range<usize>> = sentence.places(Cue::Illness);
    let named = reading.mentions.iter().zip(&reading.mention_words);
    conditions.extend(
        named
            .filter(|(mention, words)| mention.kind == MentionKind::Condition && sentence.holds(words.start))
            .map(|(_, words)| words.clone()),
    );
    let follows = |place: &Range<usize>| {
        conditions.iter().any(|condition| condition.start >= place.end && condition.start - place.end < REACH)
    };
    let precedes = |place: &Range<usize>| {
        conditions.iter().any(|condition| condition.end <= place.start && place.start - condition.end < REACH)
    };
    let mut claims = sentence.places(Cue::Cure);
    claims.extend(sentence.places(Cue::Treat).into_iter().filter(follows));
    claims.extend(sentence.places(Cue::TreatAfter).into_iter().filter(precedes));
    claims.retain(|claim| !sentence.is_denied(claim));
    claims.extend(futures(reading, sentence));
    claims
}

/// Finds what is told of a condition's future, whatever it is: "your diabetes will pack its bags", "votre diabète fera ses
/// valises".
fn futures(reading: &Reading, sentence: &Sentence) -> Vec<Range<usize>> {
    let named = reading.mentions.iter().zip(&reading.mention_words).filter(|(mention, words)| {
        mention.kind == MentionKind::Condition
            && sentence.holds(words.start)
            && !CIRCUMSTANCES.contains(&mention.id)
    });
    named
        .filter_map(|(_, words)| {
            let next =
                reading.words.get(words.end).filter(|next| next.joined && sentence.holds(words.end))?;
            let tells = reading.cues.beginning_at(Cue::Will, words.end).is_some()
                || is_future(&next.text, reading.language);
            tells.then_some(words.start..words.end + 1)
        })
        .collect()
}

/// Tells whether a verb of a Romance language stands in the future, of somebody else: "hará", "feront".
fn is_future(word: &str, language: Language) -> bool {
    const SHORTEST: usize = 4;
    let endings: &[&str] = match language {
        Language::Spanish => &["rá", "rán"],
        Language::Portuguese => &["rá", "rão"],
        Language::French => &["ra", "ront"],
        Language::Italian => &["rà", "ranno"],
        Language::English | Language::German | Language::Polish => &[],
    };
    word.chars().count() >= SHORTEST && endings.iter().any(|ending| word.ends_with(ending))
}

/// Returns the conditions that this request does not name and that nothing shows to be only mentioned: whatever verb
/// stands beside them ("green tea burns away arthritis"), it is a claim.
fn bare_conditions(reading: &Reading, evidence: &Evidence, sentence: &Sentence) -> Vec<Range<usize>> {
    let places: Vec<(&str, Range<usize>)> = reading
        .mentions
        .iter()
        .zip(&reading.mention_words)
        .filter(|(mention, words)| mention.kind == MentionKind::Condition && sentence.holds(words.start))
        .filter(|(mention, words)| !CIRCUMSTANCES.contains(&mention.id) && !is_with(reading, words.start))
        .map(|(mention, words)| (mention.id, words.clone()))
        .collect();
    let framed = || [Cue::Frame, Cue::Disclaim, Cue::Title].iter().any(|cue| sentence.says(*cue));
    if places.is_empty() || framed() {
        return Vec::new();
    }
    let own: Vec<&str> = facts::worded(evidence)
        .into_iter()
        .flat_map(|fact| mentions(fact, reading.language))
        .map(|mention| mention.id)
        .collect();
    // A goal that names it ("lower cholesterol") is judged by itself, where it is no news.
    let alone = sentence.is_phrase();
    places
        .into_iter()
        .filter(|(id, words)| !alone && !own.contains(id) && !words.is_empty())
        .map(|(_, words)| words)
        .collect()
}

/// Tells whether the clause begins with the condition at word `first`: "With diabetes, regular meals help".
fn is_with(reading: &Reading, first: usize) -> bool {
    let mut at = first;
    while at > 0 && first - at < WITH_REACH && reading.words[at].joined {
        at -= 1;
        let begins = at == 0 || !reading.words[at].joined;
        if begins && WITH.contains(&reading.words[at].text.as_str()) {
            return true;
        }
    }
    false
}

/// Returns where the sentence tells to take less, more or none of a medicine, or that something does better.
fn changes(sentence: &Sentence) -> Vec<Range<usize>> {
    let medicines = sentence.places(Cue::Medicine);
    let mut told = sentence.places(Cue::Stop);
    told.extend(sentence.places(Cue::Rival));
    told.retain(|stop| {
        medicines.iter().any(|medicine| {
            let apart = medicine.start.abs_diff(stop.end).min(stop.start.abs_diff(medicine.end));
            apart < REACH && *medicine != *stop
        }) && !sentence.is_denied(stop)
    });
    told
}

fn doses(reading: &Reading, evidence: &Evidence, sentence: &Sentence) -> Vec<Range<usize>> {
    let is_here = |span: &Range<usize>| sentence.holds(reading.words_in(span).start);
    let named = reading
        .mentions
        .iter()
        .any(|mention| mention.kind == MentionKind::Supplement && is_here(&mention.span));
    if !named {
        return Vec::new();
    }
    let known = facts::known(evidence);
    let amounts = reading.quantities.iter().filter(|amount| {
        amount.unit == Some(Unit::Milligram)
            && is_here(&amount.span)
            && !known.iter().any(|fact| fact.is(amount))
    });
    let mut doses = sentence.places(Cue::Dose);
    doses.extend(amounts.map(|amount| reading.words_in(&amount.span)).filter(|words| !words.is_empty()));
    doses
}
