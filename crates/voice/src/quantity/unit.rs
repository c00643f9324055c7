//! The words and signs for units in each language.

use std::{collections::HashMap, sync::LazyLock};

use domain::content::Language;

use super::Unit;
use crate::word::fold;

/// Returns the unit that `word` stands for after a number.
pub(super) fn unit(word: &str, language: Language) -> Option<Unit> {
    let folded = fold(word);
    BY_WORD[language as usize].get(folded.as_str()).copied().or_else(|| {
        // "14-dniowy", "zweiwöchiger", "7-Tage-Plan": the unit is the beginning of a longer word.
        STEMS.iter().find(|(_, stem)| folded.starts_with(stem)).map(|(unit, _)| *unit)
    })
}

/// The units by sign and word; a sign means the same in every language.
static BY_WORD: LazyLock<[HashMap<&'static str, Unit>; 7]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let rows = words_of(language).iter().rev().chain(SIGNS.iter().rev());
        rows.flat_map(|(unit, words)| words.split(' ').map(move |word| (word, *unit))).collect()
    })
});

/// Returns the unit that a compound such as `sieben|tägig` ends in.
pub(super) fn compound_unit(rest: &str) -> Option<Unit> {
    STEMS.iter().find(|(_, stem)| rest.starts_with(stem)).map(|(unit, _)| *unit)
}

/// Returns the rate that the words after a count state: `times a week`, `am Tag`.
pub(super) fn rate(words: &[String], language: Language) -> Option<Unit> {
    let text = words.join(" ");
    rates(language)
        .iter()
        .find(|(_, phrases)| {
            phrases.iter().any(|phrase| text == *phrase || text.starts_with(&format!("{phrase} ")))
        })
        .map(|(unit, _)| *unit)
}

const SIGNS: [(Unit, &str); 20] = [
    (Unit::Kilocalorie, "kcal kcals cal cals"),
    (Unit::Kilojoule, "kj"),
    (Unit::Gram, "g gr"),
    (Unit::Milligram, "mg"),
    (Unit::Microgram, "µg μg mcg"),
    (Unit::Kilogram, "kg kgs kilo kilos"),
    (Unit::Pound, "lb lbs"),
    (Unit::Ounce, "oz"),
    (Unit::Litre, "l lt"),
    (Unit::Decilitre, "dl"),
    (Unit::Millilitre, "ml"),
    (Unit::Minute, "min mins"),
    (Unit::Hour, "h hr hrs std"),
    (Unit::Celsius, "c"),
    (Unit::Fahrenheit, "f"),
    (Unit::Distance, "km m cm mi"),
    (Unit::Spoon, "tbsp tsp el tl"),
    (Unit::Times, "x"),
    (Unit::Cup, "cup cups"),
    (Unit::Clock, "am pm uhr o'clock"),
];

const STEMS: [(Unit, &str); 12] = [
    (Unit::Day, "tagig"),
    (Unit::Day, "taegig"),
    (Unit::Day, "tage"),
    (Unit::Day, "dniow"),
    (Unit::Week, "wochig"),
    (Unit::Week, "woechig"),
    (Unit::Week, "wochen"),
    (Unit::Week, "tygodniow"),
    (Unit::Month, "monatig"),
    (Unit::Month, "miesieczn"),
    (Unit::Kilocalorie, "kalori"),
    (Unit::Year, "jahrig"),
];

type Words = &'static [(Unit, &'static str)];

/// Returns the unit words of `language`, folded: lower case without accents.
fn words_of(language: Language) -> Words {
    use Unit::*;
    match language {
        Language::English => &[
            (Kilocalorie, "calorie calories kilocalories kilocalorie"),
            (Kilojoule, "kilojoule kilojoules"),
            (Gram, "gram grams gramme grammes"),
            (Milligram, "milligram milligrams"),
            (Kilogram, "kilogram kilograms"),
            (Pound, "pound pounds stone"),
            (Ounce, "ounce ounces"),
            (Litre, "litre litres liter liters"),
            (Millilitre, "millilitre millilitres milliliter milliliters"),
            (Cup, "glass glasses bottle bottles mug mugs pint pints"),
            (Spoon, "tablespoon tablespoons teaspoon teaspoons spoon spoons"),
            (Percent, "percent"),
            (Minute, "minute minutes"),
            (Hour, "hour hours"),
            (Day, "day days"),
            (Week, "week weeks"),
            (Month, "month months"),
            (Year, "year years yo"),
            (Times, "time times"),
            (
                Meal,
                "meal meals snack snacks portion portions serving servings slice slices piece pieces handful handfuls recipe recipes dinner dinners lunch lunches breakfast breakfasts",
            ),
            (Distance, "step steps mile miles kilometre kilometres metre metres"),
        ],
        Language::Spanish => &[
            (Kilocalorie, "caloria calorias kilocaloria kilocalorias"),
            (Kilojoule, "kilojulio kilojulios"),
            (Gram, "gramo gramos"),
            (Milligram, "miligramo miligramos"),
            (Kilogram, "kilogramo kilogramos"),
            (Pound, "libra libras"),
            (Ounce, "onza onzas"),
            (Litre, "litro litros"),
            (Millilitre, "mililitro mililitros"),
            (Cup, "taza tazas vaso vasos botella botellas"),
            (Spoon, "cucharada cucharadas cucharadita cucharaditas"),
            (Minute, "minuto minutos"),
            (Hour, "hora horas"),
            (Day, "dia dias"),
            (Week, "semana semanas"),
            (Month, "mes meses"),
            (Year, "ano anos"),
            (Times, "vez veces"),
            (
                Meal,
                "comida comidas racion raciones porcion porciones pieza piezas rebanada rebanadas cena cenas desayuno desayunos",
            ),
            (Distance, "pasos kilometro kilometros metros"),
        ],
        Language::Portuguese => &[
            (Kilocalorie, "caloria calorias quilocaloria quilocalorias"),
            (Kilojoule, "quilojoule quilojoules"),
            (Gram, "grama gramas"),
            (Milligram, "miligrama miligramas"),
            (Kilogram, "quilo quilos quilograma quilogramas"),
            (Pound, "libra libras"),
            (Ounce, "onca oncas"),
            (Litre, "litro litros"),
            (Millilitre, "mililitro mililitros"),
            (Cup, "copo copos xicara xicaras garrafa garrafas"),
            (Spoon, "colher colheres"),
            (Minute, "minuto minutos"),
            (Hour, "hora horas"),
            (Day, "dia dias"),
            (Week, "semana semanas"),
            (Month, "mes meses"),
            (Year, "ano anos"),
            (Times, "vez vezes"),
            (
                Meal,
                "refeicao refeicoes porcao porcoes lanche lanches fatia fatias unidade unidades jantar jantares",
            ),
            (Distance, "passos quilometro quilometros metros"),
        ],
        Language::French => &[
            (Kilocalorie, "calorie calories kilocalorie kilocalories"),
            (Kilojoule, "kilojoule kilojoules"),
            (Gram, "gramme grammes"),
            (Milligram, "milligramme milligrammes"),
            (Kilogram, "kilogramme kilogrammes"),
            (Pound, "livre livres"),
            (Ounce, "once onces"),
            (Litre, "litre litres"),
            (Millilitre, "millilitre millilitres"),
            (Cup, "tasse tasses verre verres bouteille bouteilles"),
            (Spoon, "cuillere cuilleres"),
            (Minute, "minute minutes"),
            (Hour, "heure heures"),
            (Day, "jour jours"),
            (Week, "semaine semaines"),
            (Month, "mois"),
            (Year, "an ans annee annees"),
            (Times, "fois"),
            (Meal, "repas portion portions tranche tranches collation collations diner diners"),
            (Distance, "pas kilometre kilometres metres"),
        ],
        Language::German => &[
            (Kilocalorie, "kalorie kalorien kilokalorie kilokalorien"),
            (Kilojoule, "kilojoule"),
            (Gram, "gramm"),
            (Milligram, "milligramm"),
            (Kilogram, "kilogramm"),
            (Pound, "pfund"),
            (Ounce, "unze unzen"),
            (Litre, "liter litern"),
            (Millilitre, "milliliter"),
            (Cup, "tasse tassen glas glaser glasern flasche flaschen becher"),
            (Spoon, "essloffel teeloffel loffel"),
            (Percent, "prozent"),
            (Minute, "minute minuten"),
            (Hour, "stunde stunden"),
            (Day, "tag tage tagen tags"),
            (Week, "woche wochen"),
            (Month, "monat monate monaten monats"),
            (Year, "jahr jahre jahren"),
            (Times, "mal male"),
            (
                Meal,
                "mahlzeit mahlzeiten portion portionen scheibe scheiben stuck snack snacks zwischenmahlzeiten handvoll",
            ),
            (Distance, "schritte schritten kilometer meter"),
        ],
        Language::Italian => &[
            (Kilocalorie, "caloria calorie chilocaloria chilocalorie"),
            (Kilojoule, "kilojoule"),
            (Gram, "grammo grammi"),
            (Milligram, "milligrammo milligrammi"),
            (Kilogram, "chilo chili chilogrammo chilogrammi"),
            (Pound, "libbra libbre"),
            (Ounce, "oncia once"),
            (Litre, "litro litri"),
            (Millilitre, "millilitro millilitri"),
            (Cup, "tazza tazze bicchiere bicchieri bottiglia bottiglie"),
            (Spoon, "cucchiaio cucchiai cucchiaino cucchiaini"),
            (Minute, "minuto minuti"),
            (Hour, "ora ore"),
            (Day, "giorno giorni"),
            (Week, "settimana settimane"),
            (Month, "mese mesi"),
            (Year, "anno anni"),
            (Times, "volta volte"),
            (Meal, "pasto pasti porzione porzioni spuntino spuntini fetta fette cena cene"),
            (Distance, "passi chilometro chilometri metri"),
        ],
        Language::Polish => &[
            (Kilocalorie, "kaloria kalorie kalorii kilokalorii kilokalorie"),
            (Kilojoule, "kilodzuli kilodzule"),
            (Gram, "gram gramy gramow grama"),
            (Milligram, "miligram miligramy miligramow"),
            (Kilogram, "kilogram kilogramy kilogramow kilograma"),
            (Pound, "funt funty funtow"),
            (Ounce, "uncja uncje uncji"),
            (Litre, "litr litry litrow litra"),
            (Millilitre, "mililitr mililitry mililitrow"),
            (Cup, "szklanka szklanki szklanek filizanka filizanki butelki butelek"),
            (Spoon, "lyzka lyzki lyzek lyzeczka lyzeczki lyzeczek"),
            (Percent, "procent"),
            (Minute, "minuta minuty minut"),
            (Hour, "godzina godziny godzin godz"),
            (Day, "dzien dni dnia dniach dniami"),
            (Week, "tydzien tygodnie tygodni tygodnia tygodniach tygodniami"),
            (Month, "miesiac miesiace miesiecy miesiaca miesiacach"),
            (Year, "rok lata lat roku"),
            (Times, "raz razy"),
            (
                Meal,
                "posilek posilki posilkow porcja porcje porcji kromka kromki kromek przekaska przekaski przekasek",
            ),
            (Distance, "krokow kroki kilometrow kilometry metrow"),
        ],
    }
}

type Rates = &'static [(Unit, &'static [&'static str])];

/// Returns the ways in which `language` says "a day" and "a week", folded.
fn rates(language: Language) -> Rates {
    use Unit::{PerDay, PerWeek};
    match language {
        Language::English => &[
            (PerDay, &["a day", "per day", "daily", "each day", "every day"]),
            (PerWeek, &["a week", "per week", "weekly", "each week", "every week"]),
        ],
        Language::Spanish => &[
            (PerDay, &["al dia", "por dia", "diarios", "diarias", "cada dia"]),
            (PerWeek, &["a la semana", "por semana", "semanales", "cada semana"]),
        ],
        Language::Portuguese => &[
            (PerDay, &["por dia", "ao dia", "diarias", "diarios", "cada dia"]),
            (PerWeek, &["por semana", "na semana", "semanais", "cada semana"]),
        ],
        Language::French => &[
            (PerDay, &["par jour", "chaque jour", "quotidiens"]),
            (PerWeek, &["par semaine", "chaque semaine"]),
        ],
        Language::German => &[
            (PerDay, &["am tag", "pro tag", "taglich", "jeden tag"]),
            (PerWeek, &["pro woche", "in der woche", "die woche", "wochentlich"]),
        ],
        Language::Italian => &[
            (PerDay, &["al giorno", "ogni giorno", "giornalieri", "giornaliere"]),
            (PerWeek, &["a settimana", "alla settimana", "ogni settimana", "per settimana"]),
        ],
        Language::Polish => &[
            (PerDay, &["dziennie", "na dzien", "w ciagu dnia", "kazdego dnia"]),
            (PerWeek, &["w tygodniu", "tygodniowo", "na tydzien"]),
        ],
    }
}
