//! Foods, allergens and conditions are found in every language, in the forms that texts use.

use domain::content::Language::{self, *};
use voice::{
    allergen::Allergen,
    mention::{MentionKind, mentions, name_of},
};

fn ids(text: &str, language: Language) -> Vec<&'static str> {
    mentions(text, language).into_iter().map(|mention| mention.id).collect()
}

#[test]
fn names_are_found_in_the_forms_that_texts_use() {
    for (language, text, expected) in [
        (
            English,
            "Scrambled eggs, peanut butter on TOAST",
            &["scrambled_eggs", "peanut_butter", "toast"][..],
        ),
        (English, "Try aubergine or eggplant with butternut squash", &["aubergine", "aubergine", "pumpkin"]),
        (English, "coconut milk, oat-milk and cow's milk", &["coconut_milk", "oat_milk", "milk"]),
        (English, "your type 2 diabetes and metformin", &["diabetes", "metformin"]),
        (
            Spanish,
            "queso, huevos revueltos y leche de almendras",
            &["cheese", "scrambled_eggs", "almond_milk"],
        ),
        (Spanish, "tortilla de patatas con jamon", &["omelette", "ham"]),
        (Spanish, "tortitas de maíz y yogures", &["corn", "yogurt"]),
        (
            Portuguese,
            "pão de queijo, ovos mexidos e requeijão",
            &["cheese", "scrambled_eggs", "cream_cheese"],
        ),
        (Portuguese, "castanhas-do-pará e pasta de amendoim", &["pecans", "peanut_butter"]),
        (
            French,
            "des œufs brouillés, du beurre de cacahuète et l'huile d'olive",
            &["scrambled_eggs", "peanut_butter", "olive_oil"],
        ),
        (French, "oeufs durs et fromage de chèvre", &["boiled_eggs", "cheese"]),
        (German, "Rührei mit Ziegenkäse und Vollkornbrot", &["scrambled_eggs", "cheese", "bread"]),
        (German, "Kuerbissuppe, Haselnuesse, Mandelmilch", &["soup", "hazelnuts", "almond_milk"]),
        (German, "Feier mit spezifischer Beratung", &[]),
        (German, "Buttermilch, Kokosmilch, H-Milch", &["kefir", "coconut_milk", "milk"]),
        (Italian, "uova strapazzate, formaggi e latte d'avena", &["scrambled_eggs", "cheese", "oat_milk"]),
        (Italian, "pasta all'uovo con gamberetti", &["egg_noodles", "prawns"]),
        (
            Polish,
            "jajecznica z szynką, twarożkiem i orzechami włoskimi",
            &["scrambled_eggs", "ham", "cottage_cheese", "walnuts"],
        ),
        (
            Polish,
            "serdecznie zapraszam, masło orzechowe i mlekiem migdałowym",
            &["peanut_butter", "almond_milk"],
        ),
        (
            Polish,
            "przy insulinooporności i niedoczynności tarczycy",
            &["insulin_resistance", "thyroid_disease"],
        ),
    ] {
        assert_eq!(ids(text, language), expected, "{language}: {text}");
    }
}

#[test]
fn figures_of_speech_name_no_food() {
    for (language, text) in [
        (English, "It's a piece of cake, and no small potatoes in a nutshell."),
        (Spanish, "Esto es pan comido."),
        (Portuguese, "Mãos à obra: ganhar massa muscular."),
        (French, "On garde la pêche !"),
        (German, "Alles in Butter."),
        (Italian, "Si parte con le mani in pasta."),
        (Polish, "To bułka z masłem."),
    ] {
        let found: Vec<_> = ids(text, language).into_iter().filter(|id| *id != "potato").collect();
        assert!(found.is_empty(), "{language}: {text}: {found:?}");
    }
}

#[test]
fn composed_and_decomposed_letters_are_the_same() {
    assert_eq!(ids("jamo\u{301}n", Spanish), ["ham"]);
    assert_eq!(ids("JAMÓN", Spanish), ["ham"]);
    assert_eq!(ids("Ka\u{308}se", German), ["cheese"]);
}

#[test]
fn every_allergen_has_a_name_that_is_found_as_that_allergen() {
    for language in Language::ALL {
        for allergen in Allergen::ALL {
            let name = name_of(allergen, language);
            let found = mentions(name, language);
            assert_eq!(found.len(), 1, "{language}: {name}");
            assert!(found[0].allergens.contains(&allergen), "{language}: {name}");
            assert!(matches!(found[0].kind, MentionKind::Allergen(_)), "{language}: {name}");
        }
    }
}
