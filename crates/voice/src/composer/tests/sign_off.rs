//! Sign-offs: the dietitian's own form, their name in it once.

use super::*;
use crate::sample::signature;

/// Returns how texts of a dietitian end who is listed as `display_name` and ends letters with `ending`.
fn ended(language: Language, display_name: &str, ending: &str) -> String {
    let (greeting, advice) = frame(language);
    let text = format!("{greeting}\n\n{}\n\n{}\n\n{ending}", advice[0], advice[1]);
    let known = [Entity { text: display_name.to_owned(), kind: EntityKind::DietitianName }];
    let samples = samples(language, &[&text, &text, &text], &known);
    let mut brief = brief(language);
    brief.dietitian_name = Some(signature(&samples, display_name));
    brief.length.min = 1;
    written(&samples, &brief, 0).rsplit("\n\n").next().unwrap().to_owned()
}

fn frame(language: Language) -> (&'static str, [&'static str; 2]) {
    match language {
        Language::English => (
            "Hi Joanna,",
            [
                "Small steps carry you further than big plans ever will.",
                "Drink a glass of water before every meal.",
            ],
        ),
        Language::German => (
            "Hallo Joanna,",
            [
                "Kleine Schritte tragen weiter als große Vorsätze.",
                "Trinken Sie vor jeder Mahlzeit ein Glas Wasser.",
            ],
        ),
        Language::Spanish => (
            "Hola, Joanna:",
            [
                "Los cambios pequeños son los que se quedan contigo.",
                "Bebe un vaso de agua antes de cada comida.",
            ],
        ),
        Language::Portuguese => (
            "Oi, Joana!",
            [
                "As pequenas mudanças são as que ficam com você.",
                "Beba um copo de água antes de cada refeição.",
            ],
        ),
        Language::French => (
            "Bonjour Joanna,",
            [
                "Les petits changements sont ceux qui durent le plus.",
                "Buvez un grand verre d'eau avant chaque repas.",
            ],
        ),
        Language::Italian => (
            "Ciao Joanna,",
            [
                "I piccoli passi portano più lontano delle grandi promesse.",
                "Bevi un bicchiere d'acqua prima di ogni pasto.",
            ],
        ),
        Language::Polish => (
            "Dzień dobry,",
            [
                "Małe kroki prowadzą dalej niż wielkie postanowienia.",
                "Warto wypić szklankę wody przed każdym posiłkiem.",
            ],
        ),
    }
}

#[test]
fn a_dietitian_signs_as_the_samples_do() {
    for (display_name, name) in [
        ("Dr. Theodore Grant", "Theodore Grant, PhD, RD"),
        ("Theodore Walsh", "Theodore Walsh, PhD, RD"),
        ("Theodore Grant, PhD, RD", "Theodore Grant, PhD, RD"),
        ("Theodore Grant, PhD, RD", "Theodore Grant"),
        ("Theodore Grant, RD", "Theodore Grant, PhD, RD"),
        ("Dr. Anna Koch", "Anna Koch"),
        ("Dr. Anna Koch", "Dr. Koch"),
        ("Dr. Anna Koch", "Dr. med. Anna Koch"),
        ("Anna Koch", "Dr. Anna Koch"),
        ("Theodore Grant", "Theodore J. Grant"),
        ("Theodore Grant", "T. Grant, RD"),
        ("Hope Marsh, RD", "Hope Marsh"),
        ("Ann Bell", "Ann Bell (RD)"),
        ("Poppy Marsh", "Poppy x"),
        ("Olive Marsh", "Olive x"),
        ("Hope Marsh", "Hope x"),
        ("Grace Marsh", "Grace x"),
        ("Mark Marsh", "Mark x"),
        ("Will Marsh", "Will xx"),
        ("May Marsh", "May x"),
        ("Rosemary Marsh", "Rosemary xx"),
        ("Poppy Marsh", "Poppy and the team"),
        ("Poppy Marsh", "Poppy & the team"),
        ("Poppy Marsh", "Poppy 💚"),
        ("Poppy Marsh", "Poppy Marsh\nMarsh Nutrition"),
    ] {
        for closing in ["Respectfully,", "Big hugs,", "Until soon then,", "Warm wishes from the clinic"] {
            let ending = format!("{closing}\n{name}");
            assert_eq!(ended(Language::English, display_name, &ending), ending, "{display_name}");
        }
    }
}

#[test]
fn a_closing_tells_where_it_comes_from() {
    for (language, name, ending) in [
        (Language::German, "Katrin Sommer", "Herzliche Grüße aus der Praxis\nIhre Katrin Sommer"),
        (Language::German, "Katrin Sommer", "Viele Grüße aus der Praxis\nIhre Katrin Sommer"),
        (Language::German, "Katrin Sommer", "Liebe Grüße aus meiner Praxis\nIhre Katrin Sommer"),
        (Language::German, "Katrin Sommer", "Liebe Grüße aus der Praxis\nIhre Katrin Sommer"),
        (Language::German, "Dr. Anna Koch", "Herzliche Grüße vom ganzen Team\nAnna Koch"),
        (Language::German, "Katrin Sommer", "Herzliche Grüße aus Berlin\nKatrin Sommer"),
        (Language::Spanish, "Lucía Ferrer", "Un abrazo desde la consulta,\nLucía"),
        (Language::French, "Claire Martin", "Bien à vous, depuis le cabinet,\nClaire Martin"),
        (Language::French, "Claire Martin", "Bien à vous, depuis le cabinet\nClaire Martin"),
        (Language::Italian, "Giulia Ferri", "Un caro saluto dallo studio,\nGiulia"),
        (Language::Portuguese, "Camila Duarte", "Um abraço do consultório,\nCami"),
        (Language::Polish, "Magdalena Wrona", "Serdeczności z gabinetu\nMagdalena Wrona"),
        (Language::English, "Anna Bell", "Warm wishes from the clinic,\nAnna"),
    ] {
        assert_eq!(ended(language, name, ending), ending, "{language}");
    }
}
