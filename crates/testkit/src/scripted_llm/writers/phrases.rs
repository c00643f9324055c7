//! The sentences of the honest writer: neutral ones, without foods, numbers or promises.

/// One language's sentences; slots, goals and foods are put behind them.
pub(super) struct Phrases {
    language: &'static str,
    pub(super) hello: &'static str,
    /// Before and after the number of days.
    pub(super) plan: (&'static str, &'static str),
    pub(super) goal: &'static str,
    pub(super) number: &'static str,
    pub(super) per_day: &'static str,
    pub(super) without: &'static str,
    /// The first ends every text; the others make it longer.
    pub(super) closings: [&'static str; 4],
}

impl Phrases {
    /// Returns the phrases of a language by its English name; English where it is not known.
    pub(super) fn of(language: &str) -> &'static Self {
        let named = ALL.iter().find(|phrases| language.to_lowercase().contains(phrases.language));
        named.unwrap_or(&ALL[0])
    }
}

static ALL: [Phrases; 7] = [
    Phrases {
        language: "english",
        hello: "Hello",
        plan: ("I have put together a plan for you that covers", "days"),
        goal: "We are working towards this together:",
        number: "The figure to aim for is",
        per_day: " a day",
        without: "I have left out what you need to avoid:",
        closings: [
            "Take it one meal at a time, and write to me whenever something is unclear.",
            "There is no need to change everything at once, small steps are enough and each of them counts.",
            "Read through the whole plan before you begin, so that you can shop and cook in peace.",
            "I look forward to hearing how it goes, and we will adjust whatever does not suit you.",
        ],
    },
    Phrases {
        language: "spanish",
        hello: "Hola",
        plan: ("He preparado para usted un plan de", "días"),
        goal: "Trabajamos juntos en este objetivo:",
        number: "La cifra a la que apuntamos es",
        per_day: " al día",
        without: "He dejado fuera lo que debe evitar:",
        closings: [
            "Vaya paso a paso, comida a comida, y escríbame cuando algo no quede claro.",
            "No hace falta cambiarlo todo de golpe, bastan los pasos pequeños y cada uno cuenta.",
            "Lea todo el plan antes de empezar, así podrá comprar y cocinar con calma.",
            "Espero sus noticias con ganas, y ajustaremos juntos lo que no le vaya bien.",
        ],
    },
    Phrases {
        language: "portuguese",
        hello: "Olá",
        plan: ("Preparei para você um plano de", "dias"),
        goal: "Vamos trabalhar juntos neste objetivo:",
        number: "O valor a atingir é",
        per_day: " por dia",
        without: "Deixei de fora o que você precisa evitar:",
        closings: [
            "Siga com calma, uma refeição de cada vez, e escreva para mim quando algo não estiver claro.",
            "Não é preciso mudar tudo de uma vez, pequenos passos bastam e cada um deles conta.",
            "Leia o plano inteiro antes de começar, assim você compra e cozinha com tranquilidade.",
            "Quero muito saber como vai ser, e ajustaremos juntos o que não combinar com você.",
        ],
    },
    Phrases {
        language: "french",
        hello: "Bonjour",
        plan: ("J'ai préparé pour vous un programme de", "jours"),
        goal: "Nous travaillons ensemble à cet objectif :",
        number: "Le repère à viser est",
        per_day: " par jour",
        without: "J'ai laissé de côté ce que vous devez éviter :",
        closings: [
            "Avancez un repas à la fois, et écrivez-moi dès que quelque chose n'est pas clair.",
            "Il n'est pas nécessaire de tout changer d'un coup, les petits pas suffisent et chacun compte.",
            "Lisez tout le programme avant de commencer, pour faire vos courses et cuisiner tranquillement.",
            "J'attends de vos nouvelles avec plaisir, et nous ajusterons ce qui ne vous convient pas.",
        ],
    },
    Phrases {
        language: "german",
        hello: "Guten Tag",
        plan: ("ich habe für Sie einen Plan zusammengestellt, er umfasst", "Tage"),
        goal: "Daran arbeiten wir gemeinsam:",
        number: "Der Richtwert ist",
        per_day: " am Tag",
        without: "Weggelassen habe ich, was Sie meiden müssen:",
        closings: [
            "Gehen Sie eine Mahlzeit nach der anderen an, und schreiben Sie mir, wenn etwas unklar ist.",
            "Sie müssen nicht alles auf einmal ändern, kleine Schritte genügen und jeder davon zählt.",
            "Lesen Sie den ganzen Plan, bevor Sie beginnen, dann können Sie in Ruhe einkaufen und kochen.",
            "Ich freue mich darauf, von Ihnen zu hören, und was nicht passt, ändern wir gemeinsam.",
        ],
    },
    Phrases {
        language: "italian",
        hello: "Buongiorno",
        plan: ("ho preparato per lei un piano di", "giorni"),
        goal: "Lavoriamo insieme a questo obiettivo:",
        number: "Il valore a cui puntare è",
        per_day: " al giorno",
        without: "Ho lasciato fuori ciò che deve evitare:",
        closings: [
            "Proceda con calma, un pasto alla volta, e mi scriva quando qualcosa non è chiaro.",
            "Non serve cambiare tutto in una volta, bastano piccoli passi e ognuno di essi conta.",
            "Legga tutto il piano prima di cominciare, così potrà fare la spesa e cucinare con calma.",
            "Aspetto con piacere le sue notizie, e cambieremo insieme quello che non fa per lei.",
        ],
    },
    Phrases {
        language: "polish",
        hello: "Dzień dobry",
        plan: ("mam dla Pani plan na", "dni"),
        goal: "Pracujemy razem nad tym celem:",
        number: "Wartość, do której dążymy, to",
        per_day: " dziennie",
        without: "Pominęłam to, czego trzeba unikać:",
        closings: [
            "Proszę iść małymi krokami, posiłek po posiłku, i pisać do mnie, gdy coś będzie niejasne.",
            "Nie trzeba zmieniać wszystkiego naraz, małe kroki wystarczą i każdy z nich się liczy.",
            "Proszę przeczytać cały plan przed rozpoczęciem, wtedy zakupy i gotowanie pójdą spokojnie.",
            "Chętnie usłyszę, jak Pani idzie, a to, co nie pasuje, zmienimy wspólnie.",
        ],
    },
];
