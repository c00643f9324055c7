//! Chooses the sample whose order a draft follows, and takes greeting and sign-off.

use super::Draft;
use crate::{
    composer::{
        Says,
        adapt::{Adapted, without_slots},
        frame,
        reading::{Item, Text},
    },
    role::Role,
};

impl Draft<'_> {
    /// Returns one of the samples of which most can be used.
    pub(super) fn choose_skeleton(&mut self, texts: &[Text], adapted: &[Vec<Vec<Option<Adapted>>>]) -> usize {
        let scores: Vec<usize> = texts
            .iter()
            .zip(adapted)
            .map(|(text, adapted)| {
                let usable = adapted.iter().flatten().flatten();
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
        let near: Vec<usize> = (0..texts.len()).filter(|at| scores[*at] + 6 >= best).collect();
        self.seed.pick(&near).copied().unwrap_or(0)
    }

    /// Takes greeting and sign-off from the skeleton, or from another sample where it has none.
    pub(super) fn frame(&mut self, texts: &[Text], skeleton: usize) {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.swap(0, skeleton);
        let greeting = order.iter().find_map(|at| {
            let line = texts[*at].lines.first()?;
            let item = line.items.first().filter(|item| item.role == Role::Greeting)?;
            Some((*at, item, line.items.len() > 1))
        });
        if let Some((at, item, more)) = greeting {
            let (text, inline) = frame::greeting(item, self.request, self.manner, &mut self.seed);
            self.greeting = Some((text, inline && more && at == skeleton));
            self.used.insert(at);
        }
        let first_body = texts[skeleton]
            .lines
            .iter()
            .flat_map(|line| &line.items)
            .find(|item| item.role != Role::Greeting);
        self.lower_start = first_body.is_some_and(|item| item.text.starts_with(char::is_lowercase));
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
