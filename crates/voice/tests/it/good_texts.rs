//! Decent texts pass: a rule that blocks them would make the product useless.

use domain::content::Language::{self, *};
use voice::allergen::Allergen;

use crate::support::{brief, broken};

/// Returns a text that a careful dietitian would write from [`brief`].
pub(crate) fn text(language: Language) -> &'static str {
    TEXTS.iter().find(|(known, _)| *known == language).expect("every language has a text").1
}

/// Returns more of them.
fn more(language: Language) -> Vec<&'static str> {
    MORE.iter().filter(|(known, _)| *known == language).map(|(_, text)| *text).collect()
}

#[test]
fn decent_texts_pass_every_rule() {
    let mut judged = 0;
    let mut blocked = Vec::new();
    for language in Language::ALL {
        for text in more(language).into_iter().chain([text(language)]) {
            for avoid in [
                &[][..],
                &[Allergen::Eggs, Allergen::Nuts],
                &[Allergen::Milk],
                &[Allergen::Gluten, Allergen::Fish],
            ] {
                let findings = broken(text, &brief(language, avoid), &[]);
                judged += 1;
                if !findings.is_empty() {
                    blocked.push((language, text, findings));
                }
            }
        }
    }
    assert!(blocked.is_empty(), "{} of {judged}: {blocked:#?}", blocked.len());
    assert!(judged >= 7 * 4 * 4);
}

const TEXTS: [(Language, &str); 7] = [
    (
        English,
        "Hi Joanna! Your new plan is ready, and I think you will like it. It runs for 14 days at around 1800 kcal, with four meals a day and 2 litres of water. Take it one day at a time, and don't worry if something does not go to plan. If anything is unclear, just write to me. Warmly, Anna Bell",
    ),
    (
        Spanish,
        "¡Hola, Joanna! Tu nuevo plan ya está listo. Dura 14 días, con unas 1800 kcal, cuatro comidas al día y 2 litros de agua. Vamos paso a paso, y no pasa nada si un día no sale como querías. Si tienes dudas, escríbeme. Un abrazo, Anna Bell",
    ),
    (
        Portuguese,
        "Oi, Joanna! O seu novo plano está pronto. São 14 dias, com cerca de 1800 kcal, quatro refeições por dia e 2 litros de água. Vamos um dia de cada vez, e tudo bem se algo não sair como planejado. Qualquer dúvida, me escreva. Um abraço, Anna Bell",
    ),
    (
        French,
        "Bonjour Joanna, votre nouveau plan est prêt. Il dure 14 jours, avec environ 1800 kcal, quatre repas par jour et 2 litres d'eau. Nous avançons pas à pas, et ce n'est pas grave si tout ne se passe pas comme prévu. Si vous avez une question, écrivez-moi. Bien à vous, Anna Bell",
    ),
    (
        German,
        "Hallo Joanna, dein neuer Plan ist fertig. Er läuft 14 Tage mit rund 1800 kcal, vier Mahlzeiten am Tag und 2 Litern Wasser. Wir gehen Schritt für Schritt vor, und es macht nichts, wenn einmal etwas nicht klappt. Wenn du Fragen hast, schreib mir einfach. Herzliche Grüße, Anna Bell",
    ),
    (
        Italian,
        "Ciao Joanna, il tuo nuovo piano è pronto. Dura 14 giorni, con circa 1800 kcal, quattro pasti al giorno e 2 litri d'acqua. Andiamo un passo alla volta, e non importa se qualche giorno non va come previsto. Se hai dubbi, scrivimi pure. Un abbraccio, Anna Bell",
    ),
    (
        Polish,
        "Cześć Joanna, twój nowy plan jest gotowy. Trwa 14 dni, ma około 1800 kcal, cztery posiłki dziennie i 2 litry wody. Idziemy krok po kroku i nic się nie stanie, jeśli coś nie wyjdzie. Jeśli masz pytania, napisz do mnie. Serdecznie pozdrawiam, Anna Bell",
    ),
];

const MORE: [(Language, &str); 28] = [
    (
        English,
        "Dear Joanna,\n\nHere it is: two weeks of simple food. We start slowly. Cook what you like, swap what you don't, and keep the rest.\n\nBest wishes,\nAnna",
    ),
    (
        English,
        "Joanna, hello again 😊 You asked for something easy, so this is it — nothing fancy, nothing forbidden. Read through the plan once, then put it on the fridge. Breakfast first, worries later!",
    ),
    (
        English,
        "Good morning Joanna. The first week is about getting used to it; the second week, about making it yours. One step at a time. You've got this 💪",
    ),
    (
        English,
        "Hello Joanna, it really is a piece of cake: read, shop, cook, repeat. On busy days, choose the quick option. I am only a message away, 24/7 in spirit. Anna",
    ),
    (
        Spanish,
        "Querida Joanna:\n\nTe dejo el plan para las próximas dos semanas. Es sencillo y se adapta a tu ritmo. Cocina con calma y disfruta.\n\nUn saludo,\nAnna",
    ),
    (
        Spanish,
        "¡Buenos días, Joanna! Esto es pan comido, ya verás 😊 Empieza por el desayuno, organiza la compra y no te agobies con lo demás. ¡Mucho ánimo!",
    ),
    (
        Spanish,
        "Estimada Joanna: le envío su plan. Léalo con calma antes de empezar y anote sus dudas. Estoy a su disposición para lo que necesite. Atentamente, Anna Bell",
    ),
    (
        Spanish,
        "Hola Joanna. Poco a poco se llega lejos. Tienes cuatro comidas al día y libertad para cambiar el orden. Cuéntame cómo te va.",
    ),
    (
        Portuguese,
        "Querida Joanna,\n\nMontei este plano pensando na sua rotina. Comece devagar e vá ajustando. Estou aqui para o que precisar.\n\nBeijos,\nAnna",
    ),
    (
        Portuguese,
        "Bom dia, Joanna! Plano novo na área 🎉 Sem pressa e sem culpa. Organize a geladeira, separe as marmitas e bora!",
    ),
    (
        Portuguese,
        "Prezada Joanna, segue o seu plano alimentar para duas semanas. Leia com atenção antes de começar e anote as suas dúvidas. Atenciosamente, Anna Bell",
    ),
    (
        Portuguese,
        "Oi Joanna, tudo bem? Um passo de cada vez já é muito. O café da manhã é o melhor lugar para começar. Me conta depois!",
    ),
    (
        French,
        "Chère Joanna,\n\nVoici votre plan pour les deux prochaines semaines. Prenez le temps de le lire et gardez ce qui vous convient.\n\nBien cordialement,\nAnna",
    ),
    (
        French,
        "Coucou Joanna ! On garde la pêche 😊 Tu commences par le petit-déjeuner, le reste suivra. Écris-moi quand tu veux !",
    ),
    (
        French,
        "Bonjour Joanna. Pas de panique : rien n'est interdit, tout est une question d'équilibre. Un repas à la fois. À bientôt, Anna",
    ),
    (
        French,
        "Bonsoir Joanna, je vous envoie le plan dont nous avons parlé. Il est simple, il vous laisse de la place et il respecte vos journées. Belle soirée.",
    ),
    (
        German,
        "Liebe Joanna,\n\nhier kommt dein Plan für die nächsten zwei Wochen. Lies ihn in Ruhe durch und nimm dir, was zu dir passt.\n\nAlles Liebe\nAnna",
    ),
    (
        German,
        "Sehr geehrte Frau Joanna, anbei erhalten Sie Ihren Ernährungsplan. Bitte lesen Sie ihn vor dem Beginn einmal ganz durch. Für Fragen bin ich gerne da. Mit freundlichen Grüßen, Anna Bell",
    ),
    (
        German,
        "Guten Morgen Joanna! Keine Sorge, das ist alles machbar 😊 Fang mit dem Frühstück an, der Rest kommt von allein. Du schaffst das!",
    ),
    (
        German,
        "Hallo Joanna. Ein Tag nach dem anderen, mehr braucht es nicht. Kochen Sie gern die doppelte Menge, dann ist der nächste Abend frei.",
    ),
    (
        Italian,
        "Cara Joanna,\n\necco il piano per le prossime due settimane. Leggilo con calma e tieni quello che ti piace.\n\nUn saluto,\nAnna",
    ),
    (
        Italian,
        "Buongiorno Joanna! Niente paura, è tutto semplice 😊 Comincia dalla colazione e il resto verrà da sé. Forza!",
    ),
    (
        Italian,
        "Gentile Joanna, le invio il suo piano alimentare. La prego di leggerlo prima di iniziare. Resto a disposizione per ogni domanda. Cordiali saluti, Anna Bell",
    ),
    (
        Italian,
        "Ciao Joanna. Un giorno alla volta, senza fretta. Organizza la spesa e lasciati un po' di libertà. Fammi sapere come va.",
    ),
    (
        Polish,
        "Droga Joanno,\n\noto plan na najbliższe dwa tygodnie. Przeczytaj go spokojnie i wybierz to, co ci pasuje.\n\nPozdrawiam,\nAnna",
    ),
    (
        Polish,
        "Dzień dobry, Joanna! Spokojnie, to naprawdę proste 😊 Zacznij od śniadania, reszta przyjdzie sama. Powodzenia!",
    ),
    (
        Polish,
        "Szanowna Pani Joanno, przesyłam Pani jadłospis. Proszę przeczytać go przed rozpoczęciem. W razie pytań jestem do dyspozycji. Z poważaniem, Anna Bell",
    ),
    (
        Polish,
        "Cześć Joanna. Jeden dzień na raz, bez pośpiechu. Zaplanuj zakupy i zostaw sobie trochę luzu. Daj znać, jak ci idzie.",
    ),
];
