//! R2: what a client must avoid is never food to eat, and no absence is claimed that nobody verified.

use std::sync::LazyLock;

use domain::content::Language::{self, *};
use proptest::prelude::*;
use voice::{
    allergen::Allergen,
    rules::{Rule, check_facts},
};

use crate::support::{breaks, brief, broken};

const ENGLISH: Language = English;

#[test]
fn avoided_food_is_blocked_where_it_is_eaten() {
    use Allergen::*;
    let mut missed = Vec::new();
    for (language, allergen, text) in [
        (English, Eggs, "Enjoy a fluffy omelette on Sundays."),
        (English, Eggs, "Eggs are served three times a week."),
        (English, Eggs, "We leave out nuts, but you can eat eggs."),
        (English, Eggs, "You don't have to avoid eggs."),
        (English, Eggs, "There is no need to skip the eggs."),
        (English, Eggs, "Without fuss, scramble an egg."),
        (English, Eggs, "Not without eggs!"),
        (English, Milk, "Lactose-free yogurt is fine."),
        (English, Milk, "A latte a day, without worrying."),
        (English, Gluten, "Pasta twice, instead of rice."),
        (English, Eggs, "Eat eggs, cheese is out."),
        (English, Peanuts, "Avoid sugar. Peanut butter is great."),
        (Spanish, Milk, "Desayuna pan con queso fresco."),
        (Spanish, Eggs, "Evitamos los frutos secos, pero hay huevos a diario."),
        (Spanish, Eggs, "No hace falta evitar los huevos."),
        (Portuguese, Eggs, "Ovos mexidos no café da manhã."),
        (Portuguese, Milk, "Sem correria, tome iogurte à tarde."),
        (French, Eggs, "Une omelette le soir, c'est parfait."),
        (French, Milk, "N'évitez pas le fromage."),
        (German, Eggs, "Zum Frühstück gibt es Rührei."),
        (German, Milk, "Sie müssen Käse nicht meiden."),
        (German, Nuts, "Eine Handvoll Walnüsse am Nachmittag."),
        (Italian, Eggs, "A cena una frittata con verdure."),
        (Italian, Milk, "Non serve evitare il formaggio."),
        (Polish, Eggs, "Na śniadanie jajecznica."),
        (Polish, Milk, "Nie unikaj nabiału, jedz twaróg."),
        (Polish, Sesame, "Dodaj łyżkę tahini do sałatki."),
        (German, Soybeans, "Mittags Tofu mit Reis."),
        (English, Eggs, "You won't miss out: eggs return on Friday."),
        (English, Milk, "Instead of juice, have a glass of milk."),
        (English, Nuts, "No sugar, just a handful of almonds."),
        (English, Eggs, "Feel free to eat eggs."),
        (English, Fish, "Skip the meat and enjoy salmon."),
        (English, Milk, "Cheese is not off the menu."),
        (English, Gluten, "Without you noticing, bread comes back."),
        (English, Peanuts, "Cut out sweets; peanut butter is fine."),
        (English, Eggs, "Eggs? Yes, please, every day."),
        (English, Milk, "Not only cheese, yogurt too."),
        (Spanish, Eggs, "En vez de pan, una tortilla francesa."),
        (Spanish, Nuts, "Sin azúcar, con un puñado de almendras."),
        (Spanish, Milk, "No te olvides de la leche."),
        (Portuguese, Milk, "Em vez de suco, um copo de leite."),
        (Portuguese, Eggs, "Não esqueça os ovos."),
        (French, Eggs, "Au lieu du pain, prenez des œufs."),
        (French, Milk, "N'oubliez pas le yaourt."),
        (German, Milk, "Statt Saft gibt es ein Glas Milch."),
        (German, Eggs, "Vergiss die Eier nicht."),
        (Italian, Milk, "Al posto del succo, un bicchiere di latte."),
        (Italian, Eggs, "Non dimenticare le uova."),
        (Polish, Milk, "Zamiast soku szklanka mleka."),
        (Polish, Eggs, "Nie zapomnij o jajkach."),
        (English, Eggs, "Don't forget to eat eggs."),
        (English, Milk, "Replace the juice with milk."),
        (English, Milk, "Swap the jam for cheese."),
        (Spanish, Milk, "Cambia el zumo por leche."),
        (French, Milk, "Remplacez le jus par du lait."),
        (German, Milk, "Ersetze den Saft durch Milch."),
        (Polish, Milk, "Zastąp sok mlekiem."),
    ] {
        if !breaks(Rule::R2, text, &brief(language, &[allergen])) {
            missed.push((language, text));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn avoided_food_may_be_said_to_be_left_out() {
    use Allergen::*;
    for (language, allergens, text) in [
        (English, &[Eggs][..], "Every breakfast works without eggs."),
        (English, &[Eggs, Milk], "I have left out eggs, milk and cheese."),
        (English, &[Eggs, Milk], "Eggs and dairy are off the menu for now."),
        (English, &[Nuts], "Because of your nut allergy, we keep nuts out."),
        (English, &[Eggs], "You will see tofu instead of eggs."),
        (English, &[Eggs], "Please do not eat eggs."),
        (English, &[Milk], "Avoid anything with milk."),
        (English, &[Eggs], "An egg substitute does the job."),
        (English, &[Milk], "Vegan cheese and oat milk fit in well."),
        (English, &[Peanuts, Nuts], "There are no peanuts or nuts in this plan."),
        (English, &[Eggs], "Your plan skips eggs, so breakfast is savoury."),
        (Spanish, &[Eggs], "Todo el plan está hecho sin huevo."),
        (Spanish, &[Milk, Nuts], "Evitamos los lácteos y los frutos secos."),
        (Spanish, &[Eggs], "He dejado fuera el huevo."),
        (Spanish, &[Milk], "Los lácteos quedan fuera por ahora."),
        (Portuguese, &[Eggs, Milk], "O plano foi montado sem ovos nem leite."),
        (Portuguese, &[Milk], "Deixei de fora o leite e os queijos."),
        (Portuguese, &[Nuts], "As castanhas ficaram de fora."),
        (French, &[Eggs], "Tout est pensé sans œufs."),
        (French, &[Milk], "Les produits laitiers sont exclus."),
        (French, &[Nuts], "J'ai écarté les fruits à coque, il n'y a pas de noix."),
        (German, &[Eggs], "Alles kommt ohne Eier aus."),
        (German, &[Milk], "Auf Milch und Käse verzichten wir."),
        (German, &[Nuts], "Nüsse lassen wir weg."),
        (German, &[Nuts], "Wegen der Nussallergie sind Nüsse tabu."),
        (Italian, &[Eggs], "Il piano è pensato senza uova."),
        (Italian, &[Milk], "Latte e formaggi restano fuori."),
        (Italian, &[Nuts], "Ho escluso la frutta a guscio."),
        (Polish, &[Eggs], "Cały plan jest bez jajek."),
        (Polish, &[Milk], "Unikamy nabiału i mleka."),
        (Polish, &[Nuts], "Orzechy pomijamy."),
    ] {
        let findings: Vec<_> = broken(text, &brief(language, allergens), &[])
            .into_iter()
            .filter(|(rule, _)| *rule == Rule::R2)
            .collect();
        assert!(findings.is_empty(), "{language}: {text}: {findings:?}");
    }
}

#[test]
fn claims_need_to_be_verified() {
    use Allergen::*;
    for (language, allergen, text) in [
        (English, Gluten, "Your plan is completely gluten-free."),
        (English, Gluten, "It is free from gluten."),
        (English, Gluten, "All dishes are suitable for coeliacs."),
        (English, Nuts, "This menu is nut free."),
        (English, Nuts, "It is safe for your allergy."),
        (Spanish, Gluten, "Todo es libre de gluten."),
        (Spanish, Nuts, "El menú es apto para alérgicos."),
        (Portuguese, Gluten, "O cardápio é livre de glúten."),
        (French, Gluten, "Le menu est exempt de gluten."),
        (German, Gluten, "Der Plan ist glutenfrei."),
        (German, Nuts, "Alles ist nussfrei."),
        (Italian, Gluten, "Il menù è privo di glutine."),
        (Polish, Gluten, "Jadłospis jest bezglutenowy."),
    ] {
        let mut brief = brief(language, &[allergen]);
        assert!(breaks(Rule::R2, text, &brief), "{language}: {text}");
        brief.facts.verified_free_from = vec![allergen];
        assert!(!breaks(Rule::R2, text, &brief), "verified, {language}: {text}");
    }
    // Leaving out what nobody asked to leave out is a claim too.
    assert!(breaks(Rule::R2, "Tu plan es sin gluten.", &brief(Spanish, &[])));
    assert!(breaks(Rule::R2, "A week without gluten.", &brief(ENGLISH, &[])));
    assert!(!breaks(Rule::R2, "Tu plan es sin gluten.", &brief(Spanish, &[Gluten])));
}

#[test]
fn food_that_lacks_what_is_avoided_is_judged_by_the_claim_alone() {
    let mut gluten = brief(ENGLISH, &[Allergen::Gluten]);
    assert!(breaks(Rule::R2, "Slice the gluten-free bread.", &gluten));
    gluten.facts.verified_free_from = vec![Allergen::Gluten];
    assert_eq!(broken("Slice the gluten-free bread.", &gluten, &[]), []);
    gluten.facts.verified_free_from.clear();
    gluten.facts.meals[0].foods = vec!["gluten-free bread".to_owned()];
    assert!(!breaks(Rule::R2, "Slice the gluten-free bread.", &gluten));
    assert!(breaks(Rule::R2, "Slice the bread.", &gluten));
}

/// Sentences that offer a food, with `§` in its place.
const OFFERS: [(Language, &[&str]); 7] = [
    (
        English,
        &[
            "Enjoy § in the morning.",
            "§ works well for dinner.",
            "Then add a little §.",
            "You can have §, too.",
        ],
    ),
    (Spanish, &["Disfruta de § por la mañana.", "Por la noche toma §.", "Hay § en la cena."]),
    (Portuguese, &["Aproveite § pela manhã.", "No jantar, coma §.", "Temos § no lanche."]),
    (French, &["Savourez § le matin.", "Le soir, prenez §.", "Il y a § au dîner."]),
    (German, &["Genieße § am Morgen.", "Abends gibt es §.", "Dazu passt §."]),
    (Italian, &["Gusta § al mattino.", "A cena prendi §.", "C'è § a pranzo."]),
    (Polish, &["Rano zjedz §.", "Na kolację wybierz §.", "Do tego §."]),
];

/// A form and the allergens its entry holds.
type Form = (String, Vec<Allergen>);

/// Returns every plain form of the language's file with the allergens its entry holds.
fn forms(language: Language) -> Vec<Form> {
    let file = match language {
        English => include_str!("../../src/lexicon/en.tsv"),
        Spanish => include_str!("../../src/lexicon/es.tsv"),
        Portuguese => include_str!("../../src/lexicon/pt-BR.tsv"),
        French => include_str!("../../src/lexicon/fr.tsv"),
        German => include_str!("../../src/lexicon/de.tsv"),
        Italian => include_str!("../../src/lexicon/it.tsv"),
        Polish => include_str!("../../src/lexicon/pl.tsv"),
    };
    let catalogue = include_str!("../../src/lexicon/catalogue.tsv");
    let mut forms = Vec::new();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let (id, written) = line.split_once('\t').expect("the data files are well formed");
        let row = catalogue
            .lines()
            .find(|row| row.split('\t').next() == Some(id))
            .expect("the data files are well formed");
        let allergens: Vec<Allergen> =
            row.split('\t').nth(2).unwrap_or("").split(',').filter_map(|name| name.parse().ok()).collect();
        if !allergens.is_empty() {
            let plain = |form: &str| form.split('(').next().unwrap_or(form).to_owned();
            forms.extend(
                written
                    .split('|')
                    .filter(|form| {
                        !form.contains('*') && (!form.contains('(') || form.find(')') == Some(form.len() - 1))
                    })
                    .map(|form| (plain(form), allergens.clone())),
            );
        }
    }
    let dishes = include_str!("../../src/lexicon/dishes.tsv").lines().filter(|line| !line.starts_with('#'));
    for columns in dishes.map(|line| line.split('\t').collect::<Vec<_>>()) {
        let allergens: Vec<Allergen> = columns[1].split(',').filter_map(|name| name.parse().ok()).collect();
        if columns[0] == language.as_str() && !allergens.is_empty() {
            let plain = |form: &&str| !form.is_empty() && !form.contains(['*', '(']);
            let own = columns[2].split('|').chain(columns[3].split('|')).filter(plain);
            forms.extend(own.map(|form| (form.to_owned(), allergens.clone())));
        }
    }
    forms
}

static FORMS: LazyLock<[Vec<Form>; 7]> = LazyLock::new(|| Language::ALL.map(forms));

#[test]
fn every_form_of_every_allergen_is_caught_in_every_offer() {
    let mut tried = 0;
    for (language, offers) in OFFERS {
        for (form, allergens) in &FORMS[language as usize] {
            for offer in offers {
                let text = offer.replace('§', form);
                assert!(breaks(Rule::R2, &text, &brief(language, &allergens[..1])), "{language}: {text}");
                tried += 1;
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_avoided_food_put_anywhere_into_a_good_text_is_caught(
        which in 0usize..7, form in any::<prop::sample::Index>(), offer in any::<prop::sample::Index>(), at in 0usize..3,
        upper in any::<bool>(),
    ) {
        let language = Language::ALL[which];
        let (form, allergens) = form.get(&FORMS[which]);
        let form = if upper { form.to_uppercase() } else { form.clone() };
        let offers = OFFERS.iter().find(|(known, _)| *known == language).unwrap().1;
        let offered = offer.get(offers).replace('§', &form);
        let mut sentences = crate::good_texts::text(language).split_inclusive(". ").map(str::to_owned).collect::<Vec<_>>();
        let at = (at + 1).min(sentences.len());
        sentences.insert(at, format!("{offered} "));
        let text = sentences.concat();
        prop_assert!(breaks(Rule::R2, &text, &brief(language, &allergens[..1])), "{}", text);
    }
}

#[test]
fn what_turns_an_exclusion_around_is_food_to_eat() {
    let avoid = [Allergen::Eggs, Allergen::Milk, Allergen::Gluten, Allergen::Peanuts];
    for text in [
        "Avoid nothing: eggs, milk and bread are welcome.",
        "Instead of avoiding eggs, enjoy them.",
        "You avoid eggs no longer.",
        "Eggs are no longer off the menu.",
        "Nothing without eggs.",
        "It is free of traces of peanuts.",
        "Start with granola and labneh.",
        "Have baklava or lasagne with mashed potatoes.",
    ] {
        assert!(breaks(Rule::R2, text, &brief(Language::English, &avoid)), "{text}");
    }
    let coeliac = brief(Language::English, &[Allergen::Gluten]);
    for text in
        ["Start with buckwheat porridge.", "I've left out bread and pasta.", "We avoid gluten and milk."]
    {
        assert!(!breaks(Rule::R2, text, &coeliac), "{text}");
    }
}

#[test]
fn dishes_are_known_by_their_names() {
    use Allergen::*;
    let mut missed = Vec::new();
    for (language, dish, allergens) in [
        (German, "Käsespätzle", &[Milk, Eggs, Gluten][..]),
        (German, "Kässpatzen", &[Milk, Eggs, Gluten]),
        (German, "Kürbisspätzle", &[Eggs, Gluten]),
        (German, "Waldorfsalat", &[Celery, Nuts]),
        (German, "Obazda", &[Milk]),
        (German, "Handkäs", &[Milk]),
        (German, "Wiener Schnitzel", &[Gluten, Eggs]),
        (German, "Semmelknödel", &[Gluten, Eggs]),
        (German, "Nussecken", &[Nuts]),
        (German, "Butterbrezel", &[Milk, Gluten]),
        (German, "Milchreis", &[Milk]),
        (German, "Weizengrieß", &[Gluten]),
        (German, "Eiersalat", &[Eggs]),
        (French, "gratin dauphinois", &[Milk]),
        (French, "bouillabaisse", &[Fish, Crustaceans]),
        (French, "tartiflette", &[Milk]),
        (French, "croque-monsieur", &[Milk, Gluten]),
        (French, "tapenade", &[Fish]),
        (French, "île flottante", &[Eggs, Milk]),
        (Polish, "żurek", &[Gluten]),
        (Polish, "kotlet schabowy", &[Gluten, Eggs]),
        (Polish, "pierogi ruskie", &[Milk, Gluten]),
        (Polish, "oscypek", &[Milk]),
        (Polish, "makowiec", &[Gluten]),
        (ENGLISH, "chicken korma", &[Milk, Nuts]),
        (ENGLISH, "tzatziki", &[Milk]),
        (ENGLISH, "paella", &[Crustaceans, Molluscs, Fish]),
        (ENGLISH, "Käsespätzle", &[Milk, Eggs, Gluten]),
        (ENGLISH, "cheese-cracker", &[Milk, Gluten]),
        (Spanish, "paella", &[Crustaceans, Molluscs, Fish]),
        (Spanish, "salmorejo", &[Gluten, Eggs]),
        (Spanish, "ajoblanco", &[Nuts, Gluten]),
        (Portuguese, "vatapá", &[Crustaceans, Nuts, Peanuts, Gluten]),
        (Portuguese, "acarajé", &[Crustaceans]),
        (Portuguese, "coxinha", &[Gluten]),
        (Italian, "cacio e pepe", &[Milk, Gluten]),
        (Italian, "vitello tonnato", &[Fish]),
        (Italian, "tortellini", &[Gluten, Eggs]),
    ] {
        for allergen in allergens {
            let mut asked = brief(language, &[*allergen]);
            asked.facts.meals[0].foods = vec![dish.to_owned()];
            let found = check_facts(&asked);
            if !found
                .iter()
                .any(|fact| fact.pointer == "/facts/meals/0/foods/0" && fact.finding.rule == Rule::R2)
            {
                missed.push((language, dish, allergen));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn what_only_sounds_like_an_avoided_food_is_left_alone() {
    use Allergen::*;
    for (allergen, food) in [
        (Gluten, "Buchweizengrütze"),
        (Milk, "Kokosmilch"),
        (Milk, "Kokosmilchreis"),
        (Milk, "Erdnussbutter"),
        (Eggs, "Eierfrucht"),
        (Nuts, "Muskatnuss"),
        (Milk, "Butternusskürbis"),
        (Nuts, "Hochgenuss"),
    ] {
        let mut asked = brief(German, &[allergen]);
        asked.facts.meals[0].foods = vec![food.to_owned()];
        assert_eq!(check_facts(&asked), [], "{food}");
    }
    assert!(breaks(Rule::R2, "Dazu passt Buttergemüse.", &brief(German, &[Milk])));
}

#[test]
fn a_finding_names_the_word_and_what_it_holds() {
    let told = broken("Mittags gibt es Käsespätzle.", &brief(German, &[Allergen::Milk, Allergen::Eggs]), &[]);
    assert_eq!(told, [(Rule::R2, "“Käsespätzle” holds eggs and milk, which the client avoids.".to_owned())]);
    let told = broken("Start with Nussecken.", &brief(ENGLISH, &[Allergen::Nuts]), &[]);
    assert_eq!(told, [(Rule::R2, "“Nussecken” holds nuts, which the client avoids.".to_owned())]);
}
