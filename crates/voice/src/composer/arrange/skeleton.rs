//! Chooses the sample whose order a draft follows, and takes greeting and sign-off.

use super::Draft;
use crate::{
    composer::{
        Says,
        adapt::{Adapted, without_slots},
        frame, greeting,
        manner::Manner,
        reading::{Item, Text},
    },
    phrases::Address,
    role::Role,
};

impl Draft<'_> {
    /// Returns one of the samples of which most can be used.
    pub(super) fn choose_skeleton(&mut self, texts: &[Text], adapted: &[Vec<Vec<Option<Adapted>>>]) -> usize {
        let scores: Vec<usize> = texts
            .iter()
            .zip(adapted)
            .map(|(text, adapted)| {
                let usable = adapted.iter().flatten().flatten().filter(|adapted| !adapted.cut);
                let says = usable.clone().fold(Says::default(), |says, adapted| says.and(adapted.says));
                let said = [says.plan, says.energy, says.goal, says.exclusions]
                    .into_iter()
                    .filter(|said| *said)
                    .count();
                let framed =
                    |role| text.lines.iter().flat_map(|line| &line.items).any(|item| item.role == role);
                2 * usable.count()
                    + 2 * said
                    + usize::from(framed(Role::Greeting))
                    + usize::from(framed(Role::SignOff))
            })
            .collect();
        let best = scores.iter().copied().max().unwrap_or(0);
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(scores[*at]));
        // Three variants of one request follow three samples, where there are as many.
        let near = order.iter().filter(|at| scores[**at] + NEAR >= best).count().max(3.min(texts.len()));
        order.truncate(near);
        self.seed.pick(&order).copied().unwrap_or(0)
    }

    /// Takes greeting and sign-off from the skeleton, or from another sample where it has none.
    pub(super) fn frame(&mut self, texts: &[Text], skeleton: usize) {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.swap(0, skeleton);
        let mut greetings: Vec<(usize, &Item, bool)> = order
            .iter()
            .filter_map(|at| {
                let line = texts[*at].lines.first()?;
                let item = line.items.first().filter(|item| item.role == Role::Greeting)?;
                Some((*at, item, line.items.len() > 1))
            })
            .collect();
        let is_formal = |(_, item, _): &(usize, &Item, bool)| greeting::is_formal(item, self.request.phrases);
        let formal = greetings.iter().filter(|greeting| is_formal(greeting)).count();
        // Who says "Oi, Joana!" to most greets by the first name, though one reader was "Seu Antônio".
        let formal = formal * 2 > greetings.len();
        greetings.sort_by_key(|greeting| is_formal(greeting) != formal);
        let own = greetings
            .iter()
            .find_map(|(at, item, more)| greeting::own(item, self.request).map(|own| (*at, own, *more)));
        if let Some((at, own, more)) = own {
            self.greeting = Some((own.text, own.inline && more && at == skeleton));
            self.used.insert(at);
        } else if !greetings.is_empty() {
            let manner =
                if formal { Manner { address: Address::Polite, ..self.manner } } else { self.manner };
            let text = greeting::stock(self.request, manner, formal, &mut self.seed);
            self.greeting = Some((text, false));
        }
        self.lower_start = texts.iter().any(|text| {
            let mut items = text.lines.iter().flat_map(|line| &line.items);
            items
                .find(|item| item.role != Role::Greeting)
                .is_some_and(|item| item.text.starts_with(char::is_lowercase))
        });
        for at in order {
            let lines: Vec<(bool, Vec<&Item>)> = texts[at]
                .lines
                .iter()
                .map(|line| {
                    (
                        line.after_gap,
                        line.items.iter().filter(|item| item.role == Role::SignOff).collect::<Vec<_>>(),
                    )
                })
                .filter(|(_, items)| !items.is_empty())
                .collect();
            let lines = frame::sign_off(&lines, self.request);
            let worded = lines
                .iter()
                .any(|(_, line)| without_slots(line).chars().any(char::is_alphabetic) || line.contains("{{"));
            if worded {
                self.sign_off = lines;
                self.used.insert(at);
                break;
            }
        }
    }
}

/// Samples whose usable sentences and facts count so much less than the best's still make good skeletons.
const NEAR: usize = 6;
