//! The plan is announced once, by name, directly before what is said of it.

use super::*;

fn texts(letters: &[&str], brief: &Brief) -> Vec<String> {
    let known =
        ["Marta", "Joan"].map(|name| Entity { text: name.to_owned(), kind: EntityKind::ClientFirstName });
    let samples = samples(brief.language, letters, &known);
    (0..6).map(|seed| written(&samples, brief, seed)).collect()
}

#[test]
fn nothing_comes_between_an_announcement_and_the_plan() {
    let mut brief = brief(Language::English);
    brief.facts.numbers.push(Number { id: "protein".into(), value: "90".into(), unit: "g".into() });
    let letter = "Hi Marta!\n\nIt's here, it's here! Your plan for the next 30 days, about 1,700 kcal a day, no fish, no milk.\n\nEat 80 g of protein per day because of your knee.\n\nRuth";
    for text in texts(&[letter], &brief) {
        assert!(text.contains("It's here, it's here! Your plan for the next 14 days"), "{text}");
    }
}

#[test]
fn a_bare_length_follows_what_names_the_plan() {
    let letters = [
        "Hi Marta!\n\nHere it is, your plan. 21 days, around 1,650 kcal a day.\n\nRuth",
        "Hi Joan!\n\nDeep breath, it's only food! Eat slowly.\n\nAny questions, shout.\n\nRuth",
    ];
    for text in texts(&letters, &brief(Language::English)) {
        let bare = text.find("14 days, around").is_none_or(|at| text[..at].contains("your plan. "));
        assert!(bare, "{text}");
    }
}

#[test]
fn the_plan_is_handed_over_once() {
    let letters = [
        "Liebe Marta,\n\nheute bekommen Sie Ihren Ernährungsplan. Essen Sie bitte in Ruhe.\n\nIhre Ruth",
        "Liebe Joan,\n\nhier kommt nun Ihr Plan: 21 Tage, rund 1.600 kcal am Tag.\n\nIhre Ruth",
    ];
    for text in texts(&letters, &brief(Language::German)) {
        assert!(!(text.contains("bekommen Sie") && text.contains("ier kommt nun")), "{text}");
    }
}

#[test]
fn protein_is_said_without_leaning_on_the_energy() {
    let mut brief = brief(Language::English);
    brief.facts.numbers.push(Number { id: "protein".into(), value: "90".into(), unit: "g".into() });
    let letter = "Dear Marta,\n\nPlease find enclosed your plan for the next 30 days. Eat 80 g of protein per day because of your knee.\n\nRuth";
    for text in texts(&[letter], &brief) {
        assert!(text.contains("kcal with 90 g of protein") && !text.contains("That includes"), "{text}");
    }
}
