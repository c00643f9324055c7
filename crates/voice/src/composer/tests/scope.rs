//! Advice keeps to the days, weeks and meals that this plan has.

use super::*;
use crate::facts::Meal;

fn fits(language: Language, sentence: &str, days: u16, meals: &[&str]) -> bool {
    let mut brief = brief(language);
    brief.facts.plan_days = Some(days);
    let meal = |name: &&str| Meal { name: (*name).to_owned(), foods: Vec::new() };
    brief.facts.meals = meals.iter().map(meal).collect();
    adapted(sentence, language, &brief).is_some()
}

#[test]
fn advice_on_a_meal_is_given_only_where_the_plan_has_it() {
    for (language, sentence, meal, other) in [
        (Language::English, "Don't skip your snacks.", "afternoon snack", "dinner"),
        (Language::English, "Eat your breakfast slowly.", "Breakfast", "lunch"),
        (Language::German, "Lass bitte die Zwischenmahlzeit nicht weg.", "Zwischenmahlzeit", "Abendessen"),
        (Language::French, "Ne sautez pas le petit-déjeuner.", "petit-déjeuner", "dîner"),
        (Language::Italian, "Non saltare gli spuntini!", "spuntino", "cena"),
        (Language::Spanish, "No te saltes la merienda.", "merienda", "cena"),
        (Language::Portuguese, "Não pule o lanche.", "lanche da tarde", "jantar"),
        (Language::Polish, "Nie pomijaj śniadania.", "śniadanie", "kolacja"),
    ] {
        assert!(fits(language, sentence, 14, &[meal]), "{sentence}");
        assert!(!fits(language, sentence, 14, &[other]), "{sentence} with {other}");
    }
    assert!(fits(Language::English, "Eat your breakfast slowly.", 14, &[]), "breakfast is everyone's");
    assert!(!fits(Language::English, "Don't skip your snacks.", 14, &[]), "snacks are not");
}

#[test]
fn no_advice_reaches_beyond_the_days_of_the_plan() {
    for (language, sentence, least) in [
        (Language::English, "Don't improvise in week one.", 8),
        (Language::English, "Plan ahead for the whole week.", 7),
        (Language::German, "Iss jede Woche etwas Neues.", 8),
        (Language::French, "Essayez une recette par semaine.", 8),
        (Language::Italian, "Prova una ricetta a settimana.", 8),
        (Language::Spanish, "Prueba una receta a la semana.", 8),
        (Language::Portuguese, "Experimente uma receita por semana.", 8),
        (Language::Polish, "Próbuj czegoś nowego co tydzień.", 8),
    ] {
        assert!(fits(language, sentence, least, &[]), "{sentence}");
        assert!(!fits(language, sentence, least - 1, &[]), "{sentence}");
    }
}
