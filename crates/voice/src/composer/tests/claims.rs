//! What a sentence asserts of the plan is said only where a fact proves it; advice, heart and contact stay.

use super::*;

/// Sentences that assert something of a plan which no fact of this request proves.
const DROPPED: [(Language, &[&str]); 7] = [
    (
        Language::English,
        &[
            "Most dinners make enough for the next day's lunch.",
            "Read the notes under each meal.",
            "The shopping list is at the back.",
            "You will not need a scale.",
            "You won't go hungry.",
            "You'll find a list of swaps on the last page.",
            "The recipes are quick and easy.",
            "Shop from the list and only from the list.",
            "All quantities are given in grams.",
            "Everything in it can be made in one pan.",
            "There are plenty of snacks.",
            "Your plan is full of colour.",
            "Each day is arranged so that the preparation remains manageable.",
            "Breakfasts travel well, and dinners feed the whole table.",
        ],
    ),
    (
        Language::German,
        &[
            "Die Einkaufsliste finden Sie auf der letzten Seite.",
            "Die meisten Gerichte lassen sich gut vorbereiten.",
            "Sie werden nicht hungern.",
            "Lies die Hinweise unter den Mahlzeiten.",
            "Es gibt viel Abwechslung.",
            "Der Plan ist sehr abwechslungsreich.",
            "Du brauchst keine Waage.",
            "Am Ende findest du eine Liste zum Tauschen.",
        ],
    ),
    (
        Language::French,
        &[
            "La liste de courses se trouve à la fin du document.",
            "Les recettes sont simples et rapides.",
            "Vous n'aurez pas faim entre les repas.",
            "La plupart des dîners se préparent à l'avance.",
            "Lisez les notes sous chaque repas.",
            "Vous trouverez des idées de remplacement.",
            "Pas besoin de balance.",
        ],
    ),
    (
        Language::Spanish,
        &[
            "Al final del documento encontrarás la lista de la compra.",
            "Todas las recetas son fáciles.",
            "La mayoría de las cenas dan para la comida del día siguiente.",
            "Lee las notas de cada comida.",
            "No vas a pasar hambre.",
            "No necesitas báscula.",
            "Hay muchas opciones para cambiar.",
        ],
    ),
    (
        Language::Portuguese,
        &[
            "A maioria dos jantares rende para o almoço do dia seguinte.",
            "A lista de compras está no final.",
            "Leia as observações de cada refeição.",
            "Você não vai passar fome.",
            "As receitas são rápidas.",
            "Tem muita variedade.",
            "Não precisa de balança.",
        ],
    ),
    (
        Language::Italian,
        &[
            "La lista della spesa è in fondo.",
            "Le ricette sono semplici.",
            "Le cene bastano anche per il pranzo del giorno dopo.",
            "Non serve la bilancia.",
            "Non avrai fame.",
            "Ci sono molte alternative.",
            "Leggi le note sotto ogni pasto.",
        ],
    ),
    (
        Language::Polish,
        &[
            "Lista zakupów znajduje się na ostatniej stronie.",
            "Większość kolacji można przygotować wcześniej.",
            "Potrawy są proste i szybkie.",
            "Nie będziesz głodna.",
            "Proszę przeczytać uwagi pod posiłkami.",
            "Znajdziesz w nim dużo warzyw.",
            "Bez wagi kuchennej.",
        ],
    ),
];

/// Advice, encouragement, contact, and what holds of every plan.
const KEPT: [(Language, &[&str]); 7] = [
    (
        Language::English,
        &[
            "Your plan is ready.",
            "Your plan!",
            "Cook once, eat twice.",
            "Make the shopping list today.",
            "Keep the plan where you can see it.",
            "A plan in a drawer helps nobody.",
            "Write down what you actually eat.",
            "Every meal is a fresh chance.",
            "The plan is not set in stone.",
            "There is no need to follow every detail from the outset.",
            "You don't have to like every meal.",
            "Get the breakfasts right first.",
            "One bad meal is one bad meal.",
            "We recommend that you read the plan in full before you begin.",
            "Reply to this message.",
        ],
    ),
    (
        Language::German,
        &[
            "Dein Plan ist da!",
            "Planen Sie Ihre Einkäufe im Voraus.",
            "Wer mit Liste einkauft, kocht entspannter.",
            "Jeder Tag zählt.",
            "Lassen Sie sich Zeit.",
            "Lesen Sie den Plan vor dem Start einmal ganz durch.",
            "Bei Fragen erreichen Sie mich jederzeit.",
            "Hören Sie auf Ihren Körper und essen Sie langsam.",
        ],
    ),
    (
        Language::French,
        &[
            "Votre programme est prêt.",
            "Chaque repas compte, aucun ne décide de tout.",
            "Préparez votre liste de courses à l'avance.",
            "Un écart n'est pas un échec.",
            "Avancez à votre rythme.",
            "N'hésitez pas à m'écrire.",
        ],
    ),
    (
        Language::Spanish,
        &[
            "Ya tienes aquí tu plan.",
            "Cocina con calma y disfruta del proceso.",
            "Haz la compra con la lista delante.",
            "Cada día cuenta.",
            "No hace falta hacerlo todo perfecto.",
            "Cualquier duda, escríbeme.",
        ],
    ),
    (
        Language::Portuguese,
        &[
            "Seu plano está pronto.",
            "Cozinhe uma vez, coma duas.",
            "Dá uma olhadinha no cardápio antes de ir ao mercado.",
            "Repita o que funcionou.",
            "Vai com calma, um dia de cada vez!",
            "Dúvidas, me escreva.",
        ],
    ),
    (
        Language::Italian,
        &[
            "Ecco il tuo piano.",
            "Prepara la lista della spesa con calma.",
            "Ogni passo conta.",
            "Se salti un pasto, riprendi da quello dopo.",
            "Le consiglio di leggere tutto il piano prima di iniziare.",
            "Per qualsiasi dubbio, scrivimi.",
        ],
    ),
    (
        Language::Polish,
        &[
            "Twój plan jest gotowy.",
            "Każdy dzień to nowa szansa.",
            "Zrób listę zakupów przed wyjściem do sklepu.",
            "Proszę jeść powoli i bez pośpiechu.",
            "Nowe nawyki rosną powoli.",
            "Jeśli masz pytania, napisz do mnie.",
        ],
    ),
];

#[test]
fn what_no_fact_proves_is_dropped_in_every_language() {
    let mut kept = Vec::new();
    for (language, sentences) in DROPPED {
        let brief = brief(language);
        kept.extend(sentences.iter().filter_map(|sentence| adapted(sentence, language, &brief)));
    }
    assert_eq!(kept, Vec::<String>::new());
}

#[test]
fn advice_encouragement_and_contact_are_kept_in_every_language() {
    let mut dropped: Vec<&str> = Vec::new();
    for (language, sentences) in KEPT {
        let brief = brief(language);
        let is_dropped =
            |sentence: &&&str| adapted(sentence, language, &brief).as_deref() != Some(**sentence);
        dropped.extend(sentences.iter().filter(is_dropped));
    }
    assert_eq!(dropped, Vec::<&str>::new());
}

#[test]
fn a_claim_at_the_end_of_a_sentence_goes_and_the_fact_before_it_stays() {
    for (language, sentence, expected) in [
        (
            Language::English,
            "It runs for 14 days at about 2,100 kcal a day, loads of colour and zero boredom!",
            "It runs for {{plan.days}} days at about {{number.energy}} a day!",
        ),
        (
            Language::English,
            "I've left out nuts, so there is nothing to worry about.",
            "I've left out peanuts and milk.",
        ),
        (
            Language::Portuguese,
            "São 14 dias com mais ou menos 1.600 kcal por dia, sem passar fome nem vontade!",
            "São {{plan.days}} dias com mais ou menos {{number.energy}} por dia!",
        ),
        (
            Language::Spanish,
            "Tu plan dura 21 días y tiene unas 1.700 kcal al día, sin pasar hambre.",
            "Tu plan dura {{plan.days}} días y tiene unas {{number.energy}} al día.",
        ),
        (
            Language::German,
            "14 Tage, rund 1.800 kcal am Tag, null Verzicht auf Genuss.",
            "{{plan.days}} Tage, rund {{number.energy}} am Tag.",
        ),
    ] {
        let text = adapted(sentence, language, &brief(language));
        assert_eq!(
            text.map(|text| text.replace("milk and peanuts", "peanuts and milk")).as_deref(),
            Some(expected)
        );
    }
}

#[test]
fn what_follows_a_time_is_no_description() {
    let text = "Over the next 14 days, take it slowly.";
    assert_eq!(
        adapted(text, Language::English, &brief(Language::English)).as_deref(),
        Some("Over the next {{plan.days}} days, take it slowly.")
    );
}

#[test]
fn the_demo_dietitians_claims_reach_no_text() {
    for at in 0..DEMOS.len() {
        let (voice, samples) = demo(at);
        for seed in 0..30 {
            let text = written(&samples, &brief(voice.language), seed);
            for claim in ["Most dinners", "notes under", "introductory notes", "passar fome", "Nothing here"]
            {
                assert!(!text.contains(claim), "{text}");
            }
        }
    }
}
