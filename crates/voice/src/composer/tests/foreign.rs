//! What a sentence says of another client keeps it out.

use super::*;

#[test]
fn sentences_about_another_client_are_rejected() {
    for (language, sentence) in [
        (Language::English, "With your night shifts, breakfast comes last."),
        (Language::English, "I wrote it around your coeliac diagnosis."),
        (Language::English, "Say hello to Brenda from me."),
        (Language::English, "There is salmon twice a week."),
        (Language::English, "Good luck with the wedding!"),
        (Language::English, "It keeps you going until 12 March."),
        (Language::English, "Drink two glasses of water first."),
        (Language::English, "The goal is to lose weight."),
        (Language::English, "Everything is gluten-free and safe for you."),
        (Language::Spanish, "Sé que trabajas de noche."),
        (Language::Portuguese, "Pensei na sua maratona."),
        (Language::French, "J'ai pensé à votre grossesse."),
        (Language::German, "Ihr Mann kocht sicher gern mit."),
        (Language::Italian, "Ho pensato ai tuoi allenamenti."),
        (Language::Polish, "Wiem, że pracujesz w nocy."),
    ] {
        assert_eq!(adapted(sentence, language, &brief(language)), None, "{sentence}");
    }
}

#[test]
fn the_long_tail_of_lives_is_rejected_too() {
    let english: &[&str] = &[
        "Since you moved to the new flat, cooking is easier.",
        "You now have a toddler at the table.",
        "Ramadan starts soon, so meals shift.",
        "I know the knees hurt.",
        "With your thyroid in mind, iodine matters.",
        "Being a teacher leaves little time for lunch.",
        "You mentioned the late dinners.",
        "After a long shift, keep it light.",
        "Enjoy Lisbon!",
        "Your mother will love the soup.",
        "Because of the chemo, go slowly.",
        "Chemo days are hard, so keep it simple.",
        "I know lunch at the hospital is rushed.",
        "Your triathlon is close.",
        "Now that you have retired, mornings are calm.",
        "Your knee will thank you.",
        "You told me that breakfast is a struggle.",
        "The ten kilos will come off.",
        "At 62, protein matters more.",
        "As a vegan, you need B12.",
        "Your cholesterol will follow.",
        "Take your metformin with dinner.",
        "You lost a lot of blood.",
        "Ask Dr Chen about it.",
        "Bring it to the office.",
        "Your new job starts soon.",
        "Keep your insulin close.",
        "Your son can help with the chopping.",
        "Remember the Thursday class.",
        "Your pilates class comes first.",
        "I loved hearing about your horse.",
        "Your rosacea may calm down.",
        "You are recovering from pneumonia, so rest.",
        "Your garden gives you plenty of herbs.",
        "Life in the fire brigade is hectic.",
        "You and Sam can share the dinners.",
        "Your grief takes time.",
        "Since the accident, mornings are slow.",
        "You quit smoking, well done.",
        "Your IBS likes calm meals.",
        "This respects your faith.",
        "It fits your student budget.",
        "Your ADHD makes planning hard.",
        "Depression steals appetite.",
    ];
    let others: [(Language, &[&str]); 6] = [
        (
            Language::Portuguese,
            &[
                "Sei que a enxaqueca atrapalha.",
                "Agora que você se mudou, tudo muda.",
                "Seu joelho agradece.",
                "A quimioterapia cansa.",
                "Você fuma há anos.",
                "Com a tireoide em ordem, tudo flui.",
                "Depois da bariátrica, vá devagar.",
                "Seu TDAH pede rotina.",
                "O pilates vem primeiro.",
                "Você é professora e almoça correndo.",
                "Boa sorte no vestibular!",
                "Sua horta ajuda muito.",
            ],
        ),
        (
            Language::German,
            &[
                "Ihr Knie wird es danken.",
                "Mit Jonas am Tisch wird es lustig.",
                "Seit dem Unfall ist alles anders.",
                "Als Lehrerin haben Sie wenig Zeit.",
                "Ihre Migräne bleibt im Blick.",
                "Der Umzug nach Köln kostet Kraft.",
                "Die Chemo macht müde.",
                "Sie rauchen nicht mehr, sehr gut.",
                "Ihr Garten liefert Kräuter.",
                "Viel Erfolg beim Triathlon!",
            ],
        ),
        (
            Language::Spanish,
            &[
                "Tu rodilla lo agradecerá.",
                "La migraña manda.",
                "Como profesora, comes deprisa.",
                "Ahora que te has mudado, todo cambia.",
                "La quimio cansa.",
                "Suerte en el triatlón.",
                "Tu huerto ayuda mucho.",
                "Con el tiroides en orden, todo fluye.",
            ],
        ),
        (
            Language::French,
            &[
                "Votre genou vous remerciera.",
                "La migraine pèse.",
                "Comme enseignante, vous mangez vite.",
                "Bon courage pour le triathlon.",
                "La chimio fatigue.",
                "Votre potager aide beaucoup.",
            ],
        ),
        (
            Language::Italian,
            &[
                "Il ginocchio ringrazia.",
                "L'emicrania pesa.",
                "Come insegnante, mangi in fretta.",
                "Buona fortuna per il triathlon.",
                "La chemio stanca.",
                "Il tuo orto aiuta molto.",
            ],
        ),
        (
            Language::Polish,
            &[
                "Twoje kolano podziękuje.",
                "Migrena męczy.",
                "Jako nauczycielka jesz w biegu.",
                "Powodzenia na triathlonie.",
                "Chemia męczy.",
                "Twój ogród pomaga.",
            ],
        ),
    ];
    for (language, sentences) in others.into_iter().chain([(Language::English, english)]) {
        for sentence in sentences {
            assert_eq!(adapted(sentence, language, &brief(language)), None, "{sentence}");
        }
    }
}

/// Sentences on a past, a meeting or a plan before this one.
const HISTORY: [(Language, &[&str]); 7] = [
    (
        Language::English,
        &[
            "You made it through the first month and I couldn't be prouder!",
            "It was lovely to meet you in person.",
            "Thank you for your visit.",
            "I am pleased to provide the plan that we discussed.",
            "You really worked on your breakfasts.",
            "Welcome to the next phase.",
            "I've noticed how calm the mornings became.",
            "You've come a long way.",
            "As agreed, we take it slowly.",
            "I know these weeks are not easy.",
            "Keep up the good work!",
            "I look forward to seeing you.",
        ],
    ),
    (
        Language::German,
        &[
            "Mit dem letzten Plan haben Sie abgenommen.",
            "Vielen Dank für das offene Gespräch.",
            "Schön, dass Sie den ersten Schritt gemacht haben!",
            "Nach unserem Termin habe ich Ihren Plan noch einmal überarbeitet.",
            "Sie waren sehr fleißig.",
            "Du hast schon viel erreicht.",
            "Ich weiß, dass die Abende lang sind.",
            "Dann besprechen wir, was Sie verändert haben.",
            "Wir haben viel gelacht.",
            "Weiter so!",
        ],
    ),
    (
        Language::French,
        &[
            "Avec le dernier programme, vous avez minci.",
            "Vous avez très bien travaillé.",
            "Merci pour notre échange.",
            "Je sais que ces semaines sont longues.",
            "Vous étiez très motivée.",
            "Comme convenu, nous avançons doucement.",
            "Bravo pour vos progrès !",
            "Vous entrez dans une nouvelle étape.",
            "J'ai remarqué vos efforts.",
        ],
    ),
    (
        Language::Spanish,
        &[
            "Sé que estas semanas no han sido fáciles.",
            "Con el último plan bajaste de talla.",
            "Has trabajado mucho.",
            "Empezaste con muchas ganas.",
            "Me alegró conocerte.",
            "Enhorabuena por el cambio.",
            "Como acordamos, vamos despacio.",
            "Entramos en una nueva etapa.",
            "He visto tu esfuerzo.",
        ],
    ),
    (
        Language::Italian,
        &[
            "Con l'ultimo piano hai perso peso.",
            "Hai lavorato molto bene.",
            "È stato un piacere conoscerti.",
            "So che queste settimane sono lunghe.",
            "Eri molto motivata.",
            "Complimenti per i progressi!",
            "Come concordato, andiamo piano.",
            "Ho notato il tuo impegno.",
            "Iniziasti con entusiasmo, e lo portasti avanti.",
        ],
    ),
    (
        Language::Portuguese,
        &[
            "Com o último plano você emagreceu.",
            "Você se dedicou muito.",
            "Foi um prazer te conhecer.",
            "Sei que essas semanas são difíceis.",
            "Parabéns pelo esforço!",
            "Como combinamos, vamos devagar.",
            "Vamos para a próxima fase.",
            "Gostei do seu empenho.",
            "Conversamos sobre os lanches.",
        ],
    ),
    (
        Language::Polish,
        &[
            "Za nami pierwszy miesiąc i naprawdę jest się z czego cieszyć.",
            "Na poprzednim planie schudła Pani pięknie.",
            "Wiem, że ostatnie tygodnie były trudne.",
            "Pani bardzo się starała.",
            "Dziękuję za rozmowę.",
            "Zrobiłaś ogromny krok.",
            "Ustaliliśmy, że idziemy powoli.",
            "Miło było Panią poznać.",
            "Gratuluję wytrwałości!",
            "Widzimy się w gabinecie.",
        ],
    ),
];

/// Past forms that only tell that this plan was made, and advice that sounds like them.
const NEUTRAL: [(Language, &[&str]); 7] = [
    (
        Language::English,
        &[
            "I have prepared your plan with care.",
            "I've put together your plan.",
            "Your plan has been designed with care.",
            "You've got this!",
            "Thank you for the trust you have placed in us.",
            "Once you've read the plan, write to me.",
        ],
    ),
    (
        Language::German,
        &[
            "Ich habe Ihren Plan mit Sorgfalt zusammengestellt.",
            "Hier ist der Plan, den wir für Sie erstellt haben.",
            "Wenn Sie Fragen haben, schreiben Sie mir.",
            "Haben Sie Geduld mit sich.",
        ],
    ),
    (
        Language::French,
        &[
            "J'ai préparé votre programme avec soin.",
            "Si vous avez une question, écrivez-moi.",
            "Vous avez le temps.",
            "Nous avons conçu ce programme avec soin.",
        ],
    ),
    (
        Language::Spanish,
        &[
            "He preparado tu plan con cariño.",
            "Hemos elaborado su plan con cuidado.",
            "Disfruta del proceso.",
        ],
    ),
    (
        Language::Italian,
        &[
            "Ho preparato il tuo piano con cura.",
            "Abbiamo elaborato il piano con cura.",
            "Hai tutto il tempo.",
        ],
    ),
    (
        Language::Portuguese,
        &["Preparei seu plano com carinho.", "Seu plano chegou!", "Estou aqui, vou com você."],
    ),
    (
        Language::Polish,
        &["Przygotowałam Twój plan z dbałością.", "Każdy posiłek to nowa szansa.", "Proszę jeść powoli."],
    ),
];

#[test]
fn what_is_between_the_dietitian_and_another_client_is_dropped() {
    let mut kept = Vec::new();
    for (language, sentences) in HISTORY {
        let brief = brief(language);
        kept.extend(sentences.iter().filter_map(|sentence| adapted(sentence, language, &brief)));
    }
    assert_eq!(kept, Vec::<String>::new());
}

#[test]
fn the_making_of_this_plan_may_be_told() {
    let mut dropped: Vec<&str> = Vec::new();
    for (language, sentences) in NEUTRAL {
        let brief = brief(language);
        let is_dropped =
            |sentence: &&&str| adapted(sentence, language, &brief).as_deref() != Some(**sentence);
        dropped.extend(sentences.iter().filter(is_dropped));
    }
    assert_eq!(dropped, Vec::<&str>::new());
}

#[test]
fn a_plan_is_not_called_the_next_of_several() {
    for (language, sentence, expected) in [
        (Language::English, "Enclosed is the revised plan for you.", "Enclosed is the plan for you."),
        (Language::English, "Here is an updated nutrition plan.", "Here is a nutrition plan."),
        (Language::German, "hier ist Ihr neuer Ernährungsplan.", "hier ist Ihr Ernährungsplan."),
        (Language::German, "Neuer Plan, neue Ideen.", "Plan, neue Ideen."),
        (Language::Spanish, "Aquí tienes tu plan actualizado.", "Aquí tienes tu plan."),
        (Language::Spanish, "Aquí tienes tu nuevo plan.", "Aquí tienes tu plan."),
        (Language::French, "Voici votre nouveau programme.", "Voici votre programme."),
        (Language::Italian, "Ecco il tuo nuovo piano.", "Ecco il tuo piano."),
        (Language::Portuguese, "Seu novo plano está pronto.", "Seu plano está pronto."),
        (
            Language::Polish,
            "Kolejny jadłospis zaplanowałam na 28 dni.",
            "Jadłospis zaplanowałam na {{plan.days}} dni.",
        ),
    ] {
        assert_eq!(adapted(sentence, language, &brief(language)).as_deref(), Some(expected));
    }
}

#[test]
fn aims_of_another_plan_are_dropped_in_every_language() {
    let mut kept = Vec::new();
    for (language, sentence) in [
        (Language::English, "We want calmer mornings and a clear head."),
        (Language::English, "We're after steadier mornings."),
        (Language::English, "The plan aims at a gradual change of habits."),
        (Language::English, "The emphasis lies on adequate rest."),
        (Language::German, "Wir möchten Ihren Alltag ruhiger machen und abends leichter essen."),
        (Language::German, "Es geht vor allem um regelmäßige Mahlzeiten."),
        (Language::German, "Wir konzentrieren uns auf ruhige Abende."),
        (Language::French, "Nous voulons des soirées plus légères."),
        (Language::French, "On mise sur des repas plus réguliers."),
        (Language::Spanish, "Queremos cenas más ligeras y horarios más regulares."),
        (Language::Spanish, "Nos centramos en horarios regulares."),
        (Language::Italian, "Vogliamo cene più leggere."),
        (Language::Italian, "Ci concentriamo su orari regolari."),
        (Language::Portuguese, "Queremos jantares mais leves."),
        (Language::Portuguese, "Vamos focar em horários regulares."),
        (Language::Polish, "Skupiamy się na regularnych posiłkach i lżejszych kolacjach."),
        (Language::Polish, "Chodzi przede wszystkim o spokojne poranki."),
    ] {
        kept.extend(adapted(sentence, language, &brief(language)));
    }
    assert_eq!(kept, Vec::<String>::new());
}
