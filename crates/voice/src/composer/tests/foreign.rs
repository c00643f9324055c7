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
