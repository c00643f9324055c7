//! Texts with foods, goals and exclusions, as a model writes them from full facts: they pass.

use domain::content::Language::{self, *};
use voice::{allergen::Allergen, facts::Meal};

use crate::support::{brief, broken};

/// A language's goals, breakfast and dinner.
type Row = (Language, [&'static str; 2], [&'static str; 2], [&'static str; 3]);

/// Goals, breakfast foods, dinner foods, in each language.
const FACTS: [Row; 7] = [
    (
        English,
        ["steady energy through the day", "better sleep"],
        ["oat porridge", "berries"],
        ["baked salmon", "potatoes", "green beans"],
    ),
    (
        Spanish,
        ["energía estable durante el día", "dormir mejor"],
        ["gachas de avena", "frutos rojos"],
        ["salmón al horno", "patatas", "judías verdes"],
    ),
    (
        Portuguese,
        ["energia estável ao longo do dia", "dormir melhor"],
        ["mingau de aveia", "banana"],
        ["salmão assado", "arroz", "feijão"],
    ),
    (
        French,
        ["une énergie stable toute la journée", "mieux dormir"],
        ["porridge d'avoine", "fruits rouges"],
        ["saumon au four", "pommes de terre", "haricots verts"],
    ),
    (
        German,
        ["gleichmäßige Energie über den Tag", "besserer Schlaf"],
        ["Haferbrei", "Beeren"],
        ["Ofenlachs", "Kartoffeln", "grüne Bohnen"],
    ),
    (
        Italian,
        ["energia costante durante la giornata", "dormire meglio"],
        ["porridge d'avena", "frutti di bosco"],
        ["salmone al forno", "patate", "fagiolini"],
    ),
    (
        Polish,
        ["stała energia przez cały dzień", "lepszy sen"],
        ["owsianka", "owoce jagodowe"],
        ["pieczony łosoś", "ziemniaki", "fasolka szparagowa"],
    ),
];

#[test]
fn texts_with_foods_goals_and_exclusions_pass() {
    let mut blocked = Vec::new();
    for (language, text) in TEXTS {
        let mut brief = brief(language, &[Allergen::Eggs, Allergen::Milk, Allergen::Nuts]);
        let (_, goals, breakfast, dinner) = FACTS.into_iter().find(|(known, ..)| *known == language).unwrap();
        brief.facts.goals = goals.map(str::to_owned).to_vec();
        brief.facts.meals[0] =
            Meal { foods: breakfast.map(str::to_owned).to_vec(), ..brief.facts.meals[0].clone() };
        brief.facts.meals[3] =
            Meal { foods: dinner.map(str::to_owned).to_vec(), ..brief.facts.meals[3].clone() };
        let findings = broken(text, &brief, &[]);
        if !findings.is_empty() {
            blocked.push((language, text, findings));
        }
    }
    assert!(blocked.is_empty(), "{} of {}: {blocked:#?}", blocked.len(), TEXTS.len());
}

const TEXTS: [(Language, &str); 35] = [
    (
        English,
        "Hi Joanna,\n\nYour 14-day plan is here! It comes to about 1,800 kcal a day, spread over four meals. The aim is steady energy through the day and better sleep, so mornings begin with oat porridge and berries, and evenings end with baked salmon, potatoes and green beans.\n\nAs we discussed, there are no eggs, milk or nuts anywhere in it. Go easy on yourself in the first few days.\n\nWarmly,\nAnna",
    ),
    (
        English,
        "Dear Joanna, I have built this plan around your allergies: eggs, dairy and nuts have all been left out. You will still find plenty to enjoy, from a bowl of oat porridge with berries to baked salmon with potatoes. Drink your 2 litres of water, and let me know how it feels.",
    ),
    (
        English,
        "Joanna, two weeks, 1,800 kcal. Nothing with eggs, nothing with milk, and nuts stay out of the kitchen. Porridge first thing. Salmon at night. You know the drill.",
    ),
    (
        English,
        "Hello Joanna! Because you are allergic to eggs and nuts and can't have milk, every recipe was chosen with that in mind. I've swapped dairy for plant-based milk and skipped anything with eggs. The goal? Better sleep and steady energy through the day. Ready when you are!",
    ),
    (
        English,
        "Good morning Joanna, please check labels for traces of milk, egg or nuts, since they hide in unexpected places. Other than that, just follow the plan for 14 days and enjoy the food.",
    ),
    (
        Spanish,
        "¡Hola, Joanna!\n\nAquí tienes tu plan de 14 días, con unas 1.800 kcal diarias repartidas en cuatro comidas. Buscamos energía estable durante el día y dormir mejor: por la mañana gachas de avena con frutos rojos, y por la noche salmón al horno con patatas y judías verdes.\n\nNo lleva huevo, leche ni frutos secos. Ve con calma los primeros días.\n\nUn abrazo,\nAnna",
    ),
    (
        Spanish,
        "Querida Joanna: he preparado este plan teniendo en cuenta tus alergias. Hemos eliminado los huevos, los lácteos y los frutos secos. Aun así, vas a disfrutar de platos como el salmón al horno. Recuerda beber 2 litros de agua.",
    ),
    (
        Spanish,
        "Joanna, dos semanas y 1800 kcal. Sin huevo, sin leche y sin frutos secos. Por la mañana, gachas. Por la noche, salmón. Sencillo.",
    ),
    (
        Spanish,
        "Hola Joanna, como eres alérgica a los huevos y a los frutos secos y no tomas leche, todas las recetas están pensadas para ti. Usamos bebida vegetal en lugar de leche. Nuestro objetivo es dormir mejor.",
    ),
    (
        Spanish,
        "Buenos días, Joanna. Revisa las etiquetas por si hay trazas de leche, huevo o frutos secos. Por lo demás, sigue el plan y disfruta de la comida.",
    ),
    (
        Portuguese,
        "Oi, Joanna!\n\nSeu plano de 14 dias chegou! São umas 1.800 kcal por dia, em quatro refeições. O foco é energia estável ao longo do dia e dormir melhor: mingau de aveia com banana de manhã, salmão assado com arroz e feijão à noite.\n\nNão tem ovo, leite nem castanhas. Vai com calma!\n\nBeijo,\nAnna",
    ),
    (
        Portuguese,
        "Querida Joanna, montei este plano pensando nas suas alergias: ovos, leite e castanhas ficaram de fora. Mesmo assim, você vai aproveitar um bom salmão assado com arroz. Não esqueça os 2 litros de água.",
    ),
    (
        Portuguese,
        "Joanna, duas semanas, 1.800 kcal. Sem ovos, sem leite, sem castanhas. Mingau cedo, salmão à noite. Simples assim.",
    ),
    (
        Portuguese,
        "Olá, Joanna! Como você é alérgica a ovos e castanhas e não pode tomar leite, todas as receitas foram escolhidas com cuidado. Troquei o leite por bebida vegetal. A meta é dormir melhor.",
    ),
    (
        Portuguese,
        "Bom dia, Joanna. Confira os rótulos, porque pode haver traços de leite, ovo ou castanhas. No mais, é só seguir o plano e aproveitar.",
    ),
    (
        French,
        "Bonjour Joanna,\n\nVoici votre plan de 14 jours : environ 1 800 kcal par jour, en quatre repas. L'objectif est une énergie stable toute la journée et mieux dormir. Le matin, un porridge d'avoine aux fruits rouges ; le soir, du saumon au four avec des pommes de terre.\n\nIl ne contient ni œufs, ni lait, ni fruits à coque. Allez-y en douceur.\n\nBien à vous,\nAnna",
    ),
    (
        French,
        "Chère Joanna, j'ai tenu compte de vos allergies : les œufs, les produits laitiers et les fruits à coque sont exclus. Vous profiterez malgré tout d'un bon saumon au four. Pensez à boire vos 2 litres d'eau.",
    ),
    (
        French,
        "Joanna, deux semaines, 1800 kcal. Sans œufs, sans lait, sans fruits à coque. Porridge le matin, saumon le soir. C'est simple.",
    ),
    (
        French,
        "Bonjour Joanna ! Comme vous êtes allergique aux œufs et aux fruits à coque et que vous évitez le lait, toutes les recettes ont été choisies pour vous. J'ai remplacé le lait par une boisson végétale. Le but : mieux dormir.",
    ),
    (
        French,
        "Bonsoir Joanna, vérifiez les étiquettes, car il peut y avoir des traces de lait, d'œuf ou de fruits à coque. Pour le reste, suivez le plan et régalez-vous.",
    ),
    (
        German,
        "Hallo Joanna,\n\nhier ist dein Plan für 14 Tage: rund 1.800 kcal am Tag, verteilt auf vier Mahlzeiten. Das Ziel ist gleichmäßige Energie über den Tag und besserer Schlaf. Morgens gibt es Haferbrei mit Beeren, abends Ofenlachs mit Kartoffeln und grünen Bohnen.\n\nEier, Milch und Nüsse kommen nicht vor. Lass es ruhig angehen.\n\nHerzlich\nAnna",
    ),
    (
        German,
        "Liebe Joanna, ich habe den Plan an deine Allergien angepasst: Eier, Milchprodukte und Nüsse habe ich weggelassen. Du darfst dich trotzdem auf Ofenlachs mit Kartoffeln freuen. Denk an die 2 Liter Wasser.",
    ),
    (
        German,
        "Joanna, zwei Wochen, 1800 kcal. Ohne Eier, ohne Milch, ohne Nüsse. Morgens Haferbrei, abends Lachs. Ganz einfach.",
    ),
    (
        German,
        "Hallo Joanna! Weil du auf Eier und Nüsse allergisch reagierst und keine Milch verträgst, passt jedes Rezept dazu. Statt Milch nehmen wir einen Haferdrink. Das Ziel: besserer Schlaf.",
    ),
    (
        German,
        "Guten Morgen, Joanna. Achten Sie bitte auf Spuren von Milch, Ei oder Nüssen auf der Verpackung. Ansonsten folgen Sie einfach dem Plan.",
    ),
    (
        Italian,
        "Ciao Joanna,\n\necco il tuo piano di 14 giorni: circa 1.800 kcal al giorno, divise in quattro pasti. L'obiettivo è energia costante durante la giornata e dormire meglio. Al mattino porridge d'avena con frutti di bosco, la sera salmone al forno con patate e fagiolini.\n\nNon contiene uova, latte né frutta a guscio. Vai con calma.\n\nUn abbraccio,\nAnna",
    ),
    (
        Italian,
        "Cara Joanna, ho tenuto conto delle tue allergie: uova, latticini e frutta a guscio sono esclusi. Potrai comunque goderti un buon salmone al forno. Ricorda i 2 litri d'acqua.",
    ),
    (
        Italian,
        "Joanna, due settimane, 1800 kcal. Senza uova, senza latte, senza frutta a guscio. Porridge al mattino, salmone la sera. Semplice.",
    ),
    (
        Italian,
        "Ciao Joanna! Dato che sei allergica alle uova e alla frutta a guscio e non puoi bere latte, ogni ricetta è scelta per te. Al posto del latte usiamo una bevanda vegetale. L'obiettivo: dormire meglio.",
    ),
    (
        Italian,
        "Buongiorno Joanna. Controlla le etichette, perché possono esserci tracce di latte, uova o frutta a guscio. Per il resto, segui il piano.",
    ),
    (
        Polish,
        "Cześć Joanna,\n\noto twój plan na 14 dni: około 1800 kcal dziennie w czterech posiłkach. Cel to stała energia przez cały dzień i lepszy sen. Rano owsianka z owocami jagodowymi, wieczorem pieczony łosoś z ziemniakami i fasolką szparagową.\n\nNie ma w nim jajek, mleka ani orzechów. Spokojnie, bez pośpiechu.\n\nPozdrawiam,\nAnna",
    ),
    (
        Polish,
        "Droga Joanno, plan uwzględnia twoje alergie: jajka, nabiał i orzechy zostały wykluczone. Mimo to czeka na ciebie pyszny pieczony łosoś. Pamiętaj o 2 litrach wody.",
    ),
    (
        Polish,
        "Joanna, dwa tygodnie, 1800 kcal. Bez jajek, bez mleka, bez orzechów. Rano owsianka, wieczorem łosoś. Prosto.",
    ),
    (
        Polish,
        "Cześć Joanna! Ponieważ masz alergię na jajka i orzechy i nie pijesz mleka, każdy przepis wybrałam dla ciebie. Zamiast mleka używamy napoju roślinnego. Cel: lepszy sen.",
    ),
    (
        Polish,
        "Dzień dobry, Joanna. Sprawdzaj etykiety, bo mogą zawierać śladowe ilości mleka, jajek lub orzechów. Poza tym trzymaj się planu.",
    ),
];
