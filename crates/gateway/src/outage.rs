//! What is said while no policy comes: each new reason at once, and how old the one in force has become.

use std::time::Duration;

use tokio::time::Instant;

/// How often a reason that goes on is said again.
const REPEAT: Duration = Duration::from_secs(60);
/// How often the age of the policy in force is said.
const AGE: Duration = Duration::from_secs(300);

/// The time since the last policy, or since the control plane last said that there is none newer.
#[derive(Debug)]
pub(crate) struct Outage {
    said: Vec<(&'static str, Instant)>,
    age_said: Instant,
}

impl Outage {
    pub(crate) fn begin() -> Self {
        Self { said: Vec::new(), age_said: Instant::now() }
    }

    /// Tells whether a failure of this kind is to be said now.
    pub(crate) fn is_news(&mut self, kind: &'static str) -> bool {
        let now = Instant::now();
        match self.said.iter_mut().find(|(known, _)| *known == kind) {
            None => self.said.push((kind, now)),
            Some((_, at)) if now - *at >= REPEAT => *at = now,
            Some(_) => return false,
        }
        true
    }

    /// Tells whether the age of the policy in force is to be said now.
    pub(crate) fn is_time_for_age(&mut self) -> bool {
        let is_time = self.age_said.elapsed() >= AGE;
        if is_time {
            self.age_said = Instant::now();
        }
        is_time
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_kind_is_said_at_once_and_then_once_a_minute() {
        let mut outage = Outage::begin();
        assert!(outage.is_news("unreachable"));
        for _ in 0..59 {
            advance(Duration::from_secs(1)).await;
            assert!(!outage.is_news("unreachable"));
        }
        assert!(outage.is_news("not-newer"));
        advance(Duration::from_secs(1)).await;
        assert!(outage.is_news("unreachable") && !outage.is_news("not-newer"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_age_is_said_every_five_minutes_and_not_for_a_short_outage() {
        let mut outage = Outage::begin();
        let mut times = 0;
        for _ in 0..1_000 {
            advance(Duration::from_secs(1)).await;
            times += usize::from(outage.is_time_for_age());
        }
        assert_eq!(times, 3);
    }
}
