//! Whether the request's words speak of a reader whom its flags don't name (feature 46).

use super::{FactFinding, Finding, Rule, cause::phrases};
use crate::{
    facts::Brief,
    lexicon::readers::{Flag, readers},
};

/// Returns the places of goals, meals, foods and the note that speak of a reader whom `client.reader` doesn't name.
pub(super) fn undeclared(brief: &Brief) -> Vec<FactFinding> {
    let note = brief.note.iter().map(|note| ("/brief".to_owned(), note.as_str()));
    let mut found = Vec::new();
    for (pointer, phrase) in phrases(brief).into_iter().chain(note) {
        let undeclared = readers(phrase).into_iter().filter(|(_, flag)| !flag.is_set(brief.client.reader));
        for (span, flag) in undeclared {
            let message = message(&phrase[span.clone()], flag);
            let finding = Finding { rule: Rule::R5, span: Some(span), message, category: "reader" };
            found.push(FactFinding { pointer: pointer.clone(), finding });
        }
    }
    found
}

fn message(said: &str, flag: Flag) -> String {
    let who = match flag {
        Flag::Minor => "is under 18",
        Flag::Pregnant => "is pregnant or nursing",
        Flag::EdHistory => "has or had an eating disorder",
    };
    let name = flag.as_str();
    format!("“{said}” speaks of a reader who {who}: set `client.reader.{name}`, or leave these words out.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{cause::tests::brief, check_facts};

    fn found(said: &str) -> Vec<&'static str> {
        readers(said).into_iter().map(|(_, flag)| flag.as_str()).collect()
    }

    #[test]
    fn vulnerable_readers_are_recognised_in_every_language() {
        for (flag, said) in [
            ("ed_history", "recovery from anorexia"),
            ("ed_history", "overcoming bulimia and binge eating"),
            ("ed_history", "recuperarse de un trastorno alimentario"),
            ("ed_history", "recuperação de um transtorno alimentar"),
            ("ed_history", "sortir de l'anorexie"),
            ("ed_history", "Weg aus der Magersucht"),
            ("ed_history", "Leben mit einer Essstörung"),
            ("ed_history", "uscire dall'anoressia"),
            ("ed_history", "wyjście z anoreksji"),
            ("ed_history", "życie po zaburzeniach odżywiania"),
            ("minor", "a healthy weight for my son"),
            ("minor", "a plan for a 12-year-old"),
            ("minor", "energy for teenagers"),
            ("minor", "un peso sano para mi hijo"),
            ("minor", "alimentación infantil"),
            ("minor", "um peso saudável para minha filha"),
            ("minor", "un poids sain pour mon fils"),
            ("minor", "l'alimentation de mon enfant"),
            ("minor", "ein gesundes Gewicht für meinen Sohn"),
            ("minor", "Ernährung eines 12-jährigen Mädchens"),
            ("minor", "Ernährung einer 12jährigen"),
            ("minor", "gesunde Ernährung für Jugendliche"),
            ("minor", "un peso sano per mio figlio"),
            ("minor", "alimentazione dell'adolescente"),
            ("minor", "zdrowa waga dla mojego syna"),
            ("minor", "dieta dla nastolatka"),
            ("pregnant", "a sufficient intake of iron during your pregnancy"),
            ("pregnant", "healthy gestational weight gain"),
            ("pregnant", "energy while breastfeeding"),
            ("pregnant", "eating for two"),
            ("pregnant", "comer por dos"),
            ("pregnant", "comer por dois"),
            ("pregnant", "manger pour deux"),
            ("pregnant", "Essen für zwei"),
            ("pregnant", "mangiare per due"),
            ("pregnant", "jeść za dwoje"),
            ("pregnant", "un embarazo sano"),
            ("pregnant", "energía durante la lactancia"),
            ("pregnant", "uma gravidez saudável"),
            ("pregnant", "une grossesse sereine"),
            ("pregnant", "de l'énergie pendant l'allaitement"),
            ("pregnant", "gesunde Schwangerschaft"),
            ("pregnant", "genug Energie in der Stillzeit"),
            ("pregnant", "una gravidanza serena"),
            ("pregnant", "energia w ciąży"),
            ("pregnant", "dieta podczas karmienia piersią"),
        ] {
            assert!(found(said).contains(&flag), "{said}: {:?}", found(said));
        }
    }

    #[test]
    fn adults_with_families_are_nobody_else() {
        for said in [
            "steady energy through the day",
            "more energy to play with my kids",
            "she has two kids and works nights",
            "baby carrots and baby spinach",
            "a plan of 12 weeks, after 15 years of night shifts",
            "kind words for a friend, please",
            "más energía y menor cansancio",
            "juega al fútbol con sus hijos",
            "mais energia para brincar com os filhos",
            "cuisiner pour toute la famille, depuis 12 ans",
            "Kochen mit der ganzen Familie",
            "den Durst stillen mit Wasser",
            "più energia, meno stress",
            "więcej energii na co dzień",
            "losing weight slowly at 45 years old",
        ] {
            assert!(found(said).is_empty(), "{said}: {:?}", found(said));
        }
    }

    #[test]
    fn a_finding_says_where_and_which_flag_to_set() {
        let mut brief = brief(&["more energy", "recovery from anorexia"], &[]);
        brief.note = Some("She is breastfeeding.".to_owned());
        let pointers = |brief: &Brief| -> Vec<String> {
            let findings = check_facts(brief).into_iter().filter(|fact| fact.finding.rule == Rule::R5);
            findings.map(|fact| format!("{} {}", fact.pointer, fact.finding.message)).collect()
        };
        let told = pointers(&brief);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].starts_with("/facts/goals/1 “anorexia”") && told[0].contains("client.reader.ed_history")
        );
        assert!(told[1].starts_with("/brief “breastfeeding”") && told[1].contains("client.reader.pregnant"));
        brief.client.reader.ed_history = true;
        brief.client.reader.pregnant = true;
        assert!(pointers(&brief).is_empty());
    }
}
