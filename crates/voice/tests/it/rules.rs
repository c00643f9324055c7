//! The rules other than R2, one by one, and what holds for all of them.

use domain::content::{
    Language::{self, *},
    UnitSystem,
};
use proptest::prelude::*;
use voice::{
    allergen::Allergen,
    facts::Meal,
    fill::Trace,
    rules::{Evidence, Rule, check, check_sentence},
};

use crate::{
    good_texts,
    support::{breaks, brief, broken, sample},
};

fn rules(text: &str, language: Language) -> Vec<Rule> {
    broken(text, &brief(language, &[]), &[]).into_iter().map(|(rule, _)| rule).collect()
}

#[test]
fn numbers_that_are_no_facts_are_blocked_in_digits_and_in_words() {
    for (language, text) in [
        (English, "It runs for 21 days."),
        (English, "It runs for three weeks."),
        (English, "Aim for 1900 kcal."),
        (English, "Aim for 1800 g."),
        (English, "Eat five meals a day."),
        (English, "Add half a litre of water."),
        (English, "Walk 30 minutes after dinner."),
        (English, "Call me on 12."),
        (Spanish, "Dura tres semanas."),
        (Spanish, "Son 1.900 kcal."),
        (Portuguese, "São cinco refeições por dia."),
        (Portuguese, "Beba 3 litros de água."),
        (French, "Il dure trois semaines."),
        (French, "Environ 1 900 kcal par jour."),
        (German, "Er dauert drei Wochen."),
        (German, "Rund 1.900 kcal am Tag."),
        (Italian, "Dura tre settimane."),
        (Italian, "Bevi 3 litri d'acqua."),
        (Polish, "Plan trwa trzy tygodnie."),
        (Polish, "Około 1900 kcal dziennie."),
    ] {
        assert!(rules(text, language).contains(&Rule::R1), "{language}: {text}");
    }
}

#[test]
fn facts_may_be_said_in_the_ways_of_each_language() {
    for (language, text) in [
        (English, "It runs for 14 days, that is two weeks, at 1,800 kcal with four meals a day."),
        (Spanish, "Dura dos semanas, con 1.800 kcal y cuatro comidas al día."),
        (Portuguese, "São duas semanas, com 1.800 kcal e quatro refeições por dia."),
        (French, "Il dure deux semaines, avec 1 800 kcal et quatre repas par jour."),
        (German, "Er dauert zwei Wochen, mit 1.800 kcal und vier Mahlzeiten am Tag."),
        (Italian, "Dura due settimane, con 1.800 kcal e quattro pasti al giorno."),
        (Polish, "Trwa dwa tygodnie, ma 1800 kcal i cztery posiłki dziennie."),
        (English, "One step at a time, one day at a time, one meal at a time."),
        (English, "Once you two have settled in, the first of many good days begins."),
        (German, "Erst einmal in Ruhe ankommen, ein Tag nach dem anderen."),
        (Polish, "Krok po kroku, jeden dzień na raz."),
    ] {
        assert_eq!(rules(text, language), [], "{language}: {text}");
    }
}

#[test]
fn another_language_is_blocked_and_short_sentences_are_not() {
    let spanish = good_texts::text(Spanish);
    for asked in Language::ALL.into_iter().filter(|asked| *asked != Spanish) {
        assert!(rules(spanish, asked).contains(&Rule::R7), "{asked}");
    }
    let mixed = "Hi Joanna, your plan is ready. Espero que te guste y que lo disfrutes mucho con los tuyos. See you soon.";
    assert!(rules(mixed, English).contains(&Rule::R7));
    for (text, language) in
        [("Bon appétit, Joanna!", English), ("Ciao, Joanna!", German), ("Okay, super!", Polish)]
    {
        assert!(!rules(text, language).contains(&Rule::R7), "{text}");
    }
}

#[test]
fn units_of_the_other_system_are_blocked() {
    assert!(breaks(Rule::R7, "Add 3 ounces.", &brief(English, &[])));
    let mut us = brief(English, &[]);
    us.units = UnitSystem::Us;
    us.facts.numbers.retain(|number| number.unit != "l");
    assert!(breaks(Rule::R7, "Drink 2 litres.", &us));
    assert!(!breaks(Rule::R7, "Eat 30 grams of protein.", &us));
}

#[test]
fn foreign_names_contacts_and_open_slots_are_blocked() {
    let mark = sample(
        English,
        "Hi {{client.first_name}}, call {{contact.phone}} or ask {{person.name}}.",
        &[
            ("client.first_name", "Mark"),
            ("contact.phone", "+44 20 7946 0000"),
            ("person.name", "Dr Priya Shah"),
        ],
    );
    let brief = brief(English, &[]);
    let r8 = |text: &str| broken(text, &brief, &[&mark]).iter().any(|(rule, _)| *rule == Rule::R8);
    for text in [
        "Hi Mark, here is your plan.",
        "As I told MARK, keep going.",
        "Ask Priya about it.",
        "Hi Sarah, here is your plan.",
        "Write to anna@bell.example today.",
        "Ring 020 7946 0000.",
        "Hi {{client.first_name}}, here you go.",
        "Hi {{client.first_name, here you go.",
        "Hi [name], here you go.",
        "Hi {name}, here you go.",
        "Your plan lasts {{plan.days}} days.",
    ] {
        assert!(r8(text), "{text}");
    }
    for text in ["Hi Joanna, here is your plan.", "Hi there, mark the date.", "Dear Joanna, yours, Anna Bell"]
    {
        assert!(!r8(text), "{text}");
    }
}

#[test]
fn slots_of_this_request_may_stand_before_they_are_filled() {
    let brief = brief(English, &[]);
    let evidence =
        Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: false, trace: &[] };
    let verdict = |text: &str| check(text, &evidence).findings;
    assert_eq!(
        verdict("Hi {{client.first_name}}, {{number.energy}} for {{plan.days}} days. {{dietitian.name}}"),
        []
    );
    for text in ["{{number.salt}} a day.", "{{contact.phone}}", "{{person.name}}", "{{anything}}", "{{"] {
        assert!(verdict(text).iter().any(|finding| finding.rule == Rule::R8), "{text}");
    }
}

#[test]
fn only_plain_text_leaves() {
    for text in [
        "Hi <b>Joanna</b>.",
        "Hi&nbsp;Joanna.",
        "See https://example.com now.",
        "See www.example.com now.",
        "See example.com now.",
        "**Hi** Joanna.",
        "# Hi Joanna",
        "* one",
        "[here](there)",
        "Hi `Joanna`.",
        "Hi\u{200B} Joanna.",
        "Hi \u{202E}annaoJ.",
        "Hi\u{E0041} Joanna.",
        "Hi\u{7} Joanna.",
        "Hi\r\nJoanna.",
        "Hi Jo\u{AD}anna.",
        "Hi Z\u{300}\u{301}\u{302}\u{303}algo.",
    ] {
        assert!(rules(text, English).contains(&Rule::R9), "{text:?}");
    }
    for text in
        ["Well done 💪🏽 👩‍🍳 ❤️\nGo on… e.g. like this; 3 < 4 is not said — okay?", "Fish & chips? R&R, please."]
    {
        assert!(!rules(text, English).contains(&Rule::R9), "{text:?}");
    }
}

#[test]
fn lists_are_plain_text_where_the_dietitian_writes_them() {
    let brief = brief(English, &[]);
    let listing = sample(English, "Think of:\n- rest\n- water", &[]);
    let text = "Think of:\n- sleep\n- calm";
    assert!(broken(text, &brief, &[]).iter().any(|(rule, _)| *rule == Rule::R9));
    assert!(!broken(text, &brief, &[&listing]).iter().any(|(rule, _)| *rule == Rule::R9));
}

#[test]
fn instructions_and_canaries_do_not_leave() {
    let brief = brief(English, &[]);
    let instructions =
        "Write as that dietitian would, in English, and use the facts only. Mark k7f3q9x2m1p8z4.";
    let evidence = Evidence {
        brief: &brief,
        samples: &[],
        instructions: Some(instructions),
        slots_filled: true,
        trace: &[],
    };
    let r9 = |text: &str| check(text, &evidence).findings.iter().any(|finding| finding.rule == Rule::R9);
    assert!(r9("I was told to write as that dietitian would, in English, and use this."));
    assert!(r9("The mark is K7F3Q9X2M1P8Z4."));
    assert!(!r9("I write as I would in English and use what I know."));
}

#[test]
fn facts_of_other_clients_do_not_bleed() {
    for (language, shown, values, text) in [
        (English, "Since your coeliac diagnosis we skip rye.", &[][..], "As you are coeliac, we go slowly."),
        (English, "Salmon on Fridays.", &[], "There is salmon for you."),
        (English, "The goal is {{number.kcal}}.", &[("number.kcal", "2,100 kcal")], "It has 2,100 kcal."),
        (English, "See you on {{date}}.", &[("date", "Thursday")], "See you on Thursday."),
        (Spanish, "Por tu hipotiroidismo evitamos la prisa.", &[], "Con tu hipotiroidismo vamos despacio."),
        (Portuguese, "Por causa da gastrite, vamos com calma.", &[], "Sua gastrite vai melhorar."),
        (French, "Avec votre diabète, on avance doucement.", &[], "Votre diabète demande du calme."),
        (German, "Wegen der Zöliakie bleiben wir bei Reis.", &[], "Mit Zöliakie ist das gut machbar."),
        (Italian, "Con il diabete andiamo piano.", &[], "Il diabete non ti ferma."),
        (Polish, "Przy cukrzycy ważny jest spokój.", &[], "Z cukrzycą da się żyć."),
    ] {
        let sample = sample(language, shown, values);
        let brief = brief(language, &[]);
        let found = broken(text, &brief, &[&sample]);
        assert!(found.iter().any(|(rule, _)| *rule == Rule::R11), "{language}: {text}: {found:?}");
        assert!(!broken(text, &brief, &[]).iter().any(|(rule, _)| *rule == Rule::R11), "{language}: {text}");
    }
}

#[test]
fn what_this_request_says_is_no_bleed() {
    let shown = sample(English, "Salmon, oats and eggs for your diabetes.", &[]);
    let mut brief = brief(English, &[Allergen::Eggs]);
    brief.facts.meals[0] =
        Meal { name: "breakfast".into(), foods: vec!["oatmeal".into(), "smoked salmon".into()] };
    brief.facts.goals = vec!["living well with diabetes".into()];
    let found = broken("Salmon and oats, no eggs, and living well with diabetes.", &brief, &[&shown]);
    assert_eq!(found, []);
}

#[test]
fn length_is_kept() {
    let mut brief = brief(English, &[]);
    brief.length.min = 20;
    brief.length.max = 30;
    assert!(breaks(Rule::R12, "Hi Joanna.", &brief));
    assert!(breaks(Rule::R12, "Hi Joanna, your plan is ready for you.", &brief));
    assert!(!breaks(Rule::R12, "Hi Joanna, here is a plan.", &brief));
    assert!(breaks(Rule::R12, &"a".repeat(70_000), &brief));
    brief.length.min = 0;
    assert!(breaks(Rule::R12, "", &brief));
}

#[test]
fn the_verdict_traces_what_is_said_to_facts() {
    let mut brief = brief(English, &[Allergen::Eggs]);
    brief.facts.goals = vec!["steady energy".into()];
    brief.facts.meals[1].foods = vec!["lentil soup".into()];
    let text = "Hi Joanna, 14 days, 1,800 kcal, steady energy, lentil soup, no eggs.";
    let trace = [Trace { span: 3..9, fact_id: "client.first_name".into() }];
    let evidence =
        Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: true, trace: &trace };
    let verdict = check(text, &evidence);
    assert!(verdict.passed(), "{:?}", verdict.findings);
    let traced: Vec<(&str, &str)> =
        verdict.trace.iter().map(|trace| (&text[trace.span.clone()], trace.fact_id.as_str())).collect();
    assert_eq!(
        traced,
        [
            ("Joanna", "client.first_name"),
            ("14 days", "plan_days"),
            ("1,800 kcal", "numbers/energy"),
            ("steady energy", "goals/0"),
            ("lentil soup", "meals/1"),
            ("eggs", "avoid_allergens/eggs"),
        ]
    );
}

#[test]
fn a_sentence_is_judged_by_all_rules_but_length() {
    let mut brief = brief(English, &[Allergen::Eggs]);
    brief.length.min = 400;
    let evidence =
        Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: true, trace: &[] };
    assert_eq!(check_sentence("Hi Joanna!", &evidence), []);
    assert_eq!(check_sentence("Have an omelette.", &evidence)[0].rule, Rule::R2);
}

/// Numbers with units that are no facts of the brief, in each language's words.
fn invented(language: Language) -> [&'static str; 4] {
    match language {
        English => ["kcal", "grams", "days", "meals a day"],
        Spanish => ["kcal", "gramos", "días", "comidas al día"],
        Portuguese => ["kcal", "gramas", "dias", "refeições por dia"],
        French => ["kcal", "grammes", "jours", "repas par jour"],
        German => ["kcal", "Gramm", "Tage", "Mahlzeiten am Tag"],
        Italian => ["kcal", "grammi", "giorni", "pasti al giorno"],
        Polish => ["kcal", "gramów", "dni", "posiłków dziennie"],
    }
}

#[test]
fn a_title_in_a_clients_name_is_no_name_and_unlisted_names_count_inside_sentences() {
    let shown = sample(
        Portuguese,
        "Oi, {{client.first_name}}! Caminhe em {{other.unlisted}}.",
        &[("client.first_name", "Seu Antônio"), ("other.unlisted", "Curitiba")],
    );
    let brief = brief(Portuguese, &[]);
    let found = |text| broken(text, &brief, &[&shown]);
    assert_eq!(found("Seu plano está pronto."), []);
    assert!(!found("Foi assim com o Antônio.").is_empty());
    assert!(!found("Caminhe muito em Curitiba.").is_empty());
}

#[test]
fn a_long_list_of_foods_is_of_no_language() {
    let text = "Wykluczyłam gluten, skorupiaki, jaja, ryby, orzeszki ziemne, soję, mleko, orzechy, seler, gorczycę, sezam, siarczyny, łubin i mięczaki.";
    assert_eq!(broken(text, &brief(Polish, &voice::allergen::Allergen::ALL), &[]), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_invented_number_anywhere_is_caught(which in 0usize..7, number in 2u32..5000, unit in 0usize..4, at in 0usize..4) {
        let language = Language::ALL[which];
        prop_assume!(![2, 4, 14, 1800].contains(&number));
        let unit = invented(language)[unit];
        let mut sentences: Vec<String> = good_texts::text(language).split_inclusive(". ").map(str::to_owned).collect();
        let at = at.min(sentences.len());
        sentences.insert(at, format!("{number} {unit}. "));
        prop_assert!(breaks(Rule::R1, &sentences.concat(), &brief(language, &[])), "{}", sentences.concat());
    }

    #[test]
    fn no_text_makes_a_rule_panic_and_every_place_is_a_place(text in "\\PC{0,120}", which in 0usize..7) {
        let language = Language::ALL[which];
        let brief = brief(language, &[Allergen::Eggs, Allergen::Gluten]);
        let shown = sample(language, "Hi {{client.first_name}}, 30 g of cheese.", &[("client.first_name", "Mark")]);
        let samples = [&shown];
        let evidence =
            Evidence { brief: &brief, samples: &samples, instructions: Some("Be kind."), slots_filled: true, trace: &[] };
        let verdict = check(&text, &evidence);
        for span in verdict.findings.iter().filter_map(|finding| finding.span.clone()) {
            prop_assert!(text.get(span).is_some());
        }
        for trace in verdict.trace {
            prop_assert!(text.get(trace.span).is_some());
        }
    }

    #[test]
    fn no_heap_of_cues_foods_and_marks_makes_a_rule_panic(
        text in "(eggs|no|not|without|egg-free|avoid|, |\\. |\n|\\{\\{|\\}\\}|client\\.first_name|5 kcal|@|\\[|<b>|&|free|from| |é|😊|\u{200B}|Hi ){0,30}",
    ) {
        let brief = brief(English, &[Allergen::Eggs]);
        let evidence = Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: false, trace: &[] };
        for span in check(&text, &evidence).findings.into_iter().filter_map(|finding| finding.span) {
            prop_assert!(text.get(span).is_some());
        }
    }
}
