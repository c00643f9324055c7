//! Dates, weekdays and times of day.

use std::ops::Range;

use domain::content::Language;

use crate::word::{Word, fold, words};

/// Returns where `text` names a date, a weekday, a month or a time of day.
pub(super) fn dates(text: &str, language: Language) -> Vec<Range<usize>> {
    let mut found = numeric(text);
    found.extend(named(text, language));
    merge(found)
}

/// Sorts spans and joins those that touch each other.
fn merge(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// Finds `2026-03-12`, `12/03/2026`, `12/03`, `12.03.2026`, `12.3.`, `7:30`, `7h30`.
fn numeric(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let starts = bytes[at].is_ascii_digit() && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric());
        if !starts {
            at += 1;
            continue;
        }
        let (groups, separators, end) = groups(bytes, at);
        if is_date(&groups, &separators, bytes, end) {
            found.push(at..end);
        }
        at = end.max(at + 1);
    }
    found
}

/// Reads digit groups joined by `-`, `/`, `.`, `:` or `h` from `start`.
fn groups(bytes: &[u8], start: usize) -> (Vec<(usize, u32)>, Vec<u8>, usize) {
    let mut groups = Vec::new();
    let mut separators = Vec::new();
    let mut at = start;
    loop {
        let from = at;
        let mut value: u32 = 0;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            value = value.saturating_mul(10).saturating_add(u32::from(bytes[at] - b'0'));
            at += 1;
        }
        groups.push((at - from, value));
        let joins = at + 1 < bytes.len()
            && matches!(bytes[at], b'-' | b'/' | b'.' | b':' | b'h')
            && bytes[at + 1].is_ascii_digit();
        if !joins || groups.len() == 3 {
            return (groups, separators, at);
        }
        separators.push(bytes[at]);
        at += 1;
    }
}

fn is_date(groups: &[(usize, u32)], separators: &[u8], bytes: &[u8], end: usize) -> bool {
    let day = |group: (usize, u32)| group.0 <= 2 && (1..=31).contains(&group.1);
    match (groups, separators) {
        ([first, second, third], [a, b]) if a == b && matches!(a, b'-' | b'/' | b'.') => {
            (day(*first) && day(*second) && matches!(third.0, 2 | 4))
                || (first.0 == 4 && day(*second) && day(*third))
        }
        // "1/2" is a half; a date has a day or a month of two digits.
        ([first, second], [b'/']) => day(*first) && day(*second) && (first.0 == 2 || second.0 == 2),
        ([first, second], [b'.']) => {
            day(*first)
                && day(*second)
                && second.1 <= 12
                && bytes.get(end) == Some(&b'.')
                && bytes.get(end + 1) == Some(&b' ')
                && bytes.get(end + 2).is_some_and(u8::is_ascii_lowercase)
        }
        ([first, second], [b':' | b'h']) => first.0 <= 2 && first.1 <= 24 && second.0 == 2 && second.1 < 60,
        _ => false,
    }
}

/// Finds weekdays, and months with the day and year beside them.
fn named(text: &str, language: Language) -> Vec<Range<usize>> {
    let all = words(text);
    let names = names(language);
    let mut found = Vec::new();
    for (at, word) in all.iter().enumerate() {
        let folded = fold(word.text);
        if names.weekdays.contains(&folded.as_str())
            && (language != Language::Portuguese || is_weekday_pt(&all, at, &folded))
        {
            found.push(word.span.clone());
        } else if names.months.contains(&folded.as_str()) {
            let (start, end) = day_and_year(text, &all, at);
            let beside = start != word.span.start || end != word.span.end;
            let ambiguous = AMBIGUOUS_MONTHS.contains(&folded.as_str());
            if beside || !ambiguous || word.is_capitalised() && after_preposition(&all, at) {
                found.push(start..end);
            }
        }
    }
    found
}

/// "segunda" and "quarta" are ordinals and fractions too: only "segunda-feira" and "na segunda" are weekdays.
fn is_weekday_pt(all: &[Word<'_>], at: usize, folded: &str) -> bool {
    let next_is_day = all.get(at + 1).is_some_and(|next| fold(next.text) == "feira");
    let after = at > 0
        && ["na", "nas", "da", "de", "ate", "toda", "proxima"].contains(&fold(all[at - 1].text).as_str());
    ["sabado", "sabados", "domingo", "domingos", "feira"].contains(&folded)
        || next_is_day
        || after
            && !all
                .get(at + 1)
                .is_some_and(|next| ["semana", "vez", "refeicao"].contains(&fold(next.text).as_str()))
}

fn after_preposition(all: &[Word<'_>], at: usize) -> bool {
    at > 0
        && ["in", "by", "until", "since", "this", "next", "last", "early", "mid", "late", "of", "from", "for"]
            .contains(&fold(all[at - 1].text).as_str())
}

/// Widens the month at `at` over the day before or after it and the year after it.
fn day_and_year(text: &str, all: &[Word<'_>], at: usize) -> (usize, usize) {
    let is_day = |word: &Word<'_>| {
        let digits: String = word.text.chars().take_while(char::is_ascii_digit).collect();
        let rest = fold(&word.text[digits.len()..]);
        digits.parse::<u32>().is_ok_and(|day| (1..=31).contains(&day))
            && ["", "st", "nd", "rd", "th", "er", "o"].contains(&rest.as_str())
    };
    let is_year =
        |word: &Word<'_>| word.text.len() == 4 && word.text.bytes().all(|byte| byte.is_ascii_digit());
    let close = |a: usize, b: usize| {
        a <= b && text.get(a..b).is_some_and(|gap| gap.len() <= 3 && !gap.contains(['\n', '!', '?', '{']))
    };
    let joiner = |word: &Word<'_>| ["de", "del", "of"].contains(&fold(word.text).as_str());
    let (mut start, mut end) = (all[at].span.start, all[at].span.end);
    let mut before = at;
    if before > 0 && joiner(&all[before - 1]) && before > 1 {
        before -= 1;
    }
    if before > 0 && is_day(&all[before - 1]) && close(all[before - 1].span.end, all[before].span.start) {
        start = all[before - 1].span.start;
    }
    let mut after = at + 1;
    if start == all[at].span.start && all.get(after).is_some_and(is_day) && close(end, all[after].span.start)
    {
        end = all[after].span.end;
        after += 1;
    }
    if all.get(after).is_some_and(joiner) && all.get(after + 1).is_some_and(is_year) {
        after += 1;
    }
    if all.get(after).is_some_and(is_year) && all[after].span.start - end <= 5 {
        end = all[after].span.end;
    }
    (start, end)
}

/// Months that are other words too.
const AMBIGUOUS_MONTHS: &[&str] = &["may", "march", "august", "mars", "mai", "set", "maja"];

struct Names {
    weekdays: &'static [&'static str],
    months: &'static [&'static str],
}

/// Returns the weekdays and months of `language`, folded.
const fn names(language: Language) -> Names {
    match language {
        Language::English => Names {
            weekdays: &[
                "monday",
                "tuesday",
                "wednesday",
                "thursday",
                "friday",
                "saturday",
                "sunday",
                "mondays",
                "tuesdays",
                "wednesdays",
                "thursdays",
                "fridays",
                "saturdays",
                "sundays",
            ],
            months: &[
                "january",
                "february",
                "march",
                "april",
                "may",
                "june",
                "july",
                "august",
                "september",
                "october",
                "november",
                "december",
            ],
        },
        Language::Spanish => Names {
            weekdays: &[
                "lunes",
                "martes",
                "miercoles",
                "jueves",
                "viernes",
                "sabado",
                "domingo",
                "sabados",
                "domingos",
            ],
            months: &[
                "enero",
                "febrero",
                "marzo",
                "abril",
                "mayo",
                "junio",
                "julio",
                "agosto",
                "septiembre",
                "octubre",
                "noviembre",
                "diciembre",
            ],
        },
        Language::Portuguese => Names {
            weekdays: &[
                "segunda", "terca", "quarta", "quinta", "sexta", "sabado", "domingo", "sabados", "domingos",
                "feira",
            ],
            months: &[
                "janeiro",
                "fevereiro",
                "marco",
                "abril",
                "maio",
                "junho",
                "julho",
                "agosto",
                "setembro",
                "outubro",
                "novembro",
                "dezembro",
            ],
        },
        Language::French => Names {
            weekdays: &[
                "lundi",
                "mardi",
                "mercredi",
                "jeudi",
                "vendredi",
                "samedi",
                "dimanche",
                "lundis",
                "dimanches",
            ],
            months: &[
                "janvier",
                "fevrier",
                "mars",
                "avril",
                "mai",
                "juin",
                "juillet",
                "aout",
                "septembre",
                "octobre",
                "novembre",
                "decembre",
            ],
        },
        Language::German => Names {
            weekdays: &[
                "montag",
                "dienstag",
                "mittwoch",
                "donnerstag",
                "freitag",
                "samstag",
                "sonnabend",
                "sonntag",
                "montags",
                "sonntags",
                "montagmorgen",
                "sonntagabend",
            ],
            months: &[
                "januar",
                "februar",
                "marz",
                "april",
                "mai",
                "juni",
                "juli",
                "august",
                "september",
                "oktober",
                "november",
                "dezember",
            ],
        },
        Language::Italian => Names {
            weekdays: &["lunedi", "martedi", "mercoledi", "giovedi", "venerdi", "sabato", "domenica"],
            months: &[
                "gennaio",
                "febbraio",
                "marzo",
                "aprile",
                "maggio",
                "giugno",
                "luglio",
                "agosto",
                "settembre",
                "ottobre",
                "novembre",
                "dicembre",
            ],
        },
        Language::Polish => Names {
            weekdays: &[
                "poniedzialek",
                "poniedzialku",
                "wtorek",
                "wtorku",
                "sroda",
                "srode",
                "srody",
                "czwartek",
                "czwartku",
                "piatek",
                "piatku",
                "sobota",
                "sobote",
                "soboty",
                "niedziela",
                "niedziele",
                "niedzieli",
            ],
            months: &[
                "styczen",
                "stycznia",
                "styczniu",
                "luty",
                "lutego",
                "lutym",
                "marca",
                "marcu",
                "marzec",
                "kwiecien",
                "kwietnia",
                "kwietniu",
                "maj",
                "maja",
                "maju",
                "czerwiec",
                "czerwca",
                "czerwcu",
                "lipiec",
                "lipca",
                "lipcu",
                "sierpien",
                "sierpnia",
                "sierpniu",
                "wrzesien",
                "wrzesnia",
                "wrzesniu",
                "pazdziernik",
                "pazdziernika",
                "pazdzierniku",
                "listopad",
                "listopada",
                "listopadzie",
                "grudzien",
                "grudnia",
                "grudniu",
            ],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, language: Language) -> Vec<&str> {
        dates(text, language).into_iter().map(|span| &text[span]).collect()
    }

    #[test]
    fn dates_weekdays_and_times_are_found() {
        assert_eq!(
            found("On Monday, March 12th 2026 at 7:30 or 12/03/2026.", Language::English),
            ["Monday", "March 12th 2026", "7:30", "12/03/2026"]
        );
        assert_eq!(found("Empezamos el 3 de marzo de 2026", Language::Spanish), ["3 de marzo de 2026"]);
        assert_eq!(found("Start am 12. März, also Montag", Language::German), ["12. März", "Montag"]);
        assert_eq!(
            found("Na segunda-feira, não na segunda semana", Language::Portuguese),
            ["segunda", "feira"]
        );
    }

    #[test]
    fn words_that_only_look_like_months_are_left() {
        assert!(found("You may march on with 1/2 cup", Language::English).is_empty());
    }
}
