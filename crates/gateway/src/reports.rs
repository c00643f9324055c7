//! What the control plane is to hear of keys, collected until it has heard it. A request never waits for it.
//!
//! What is collected is bounded; of uses that find no place the next minute's is taken. A gateway that ends before the
//! control plane could be reached forgets what it had: a use is seen again, an exposure when it happens again, a leak
//! when it is reported again.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::{
    Timestamp,
    report::{Leaked, Report, Seen},
};
use tokio::sync::Notify;

use crate::policy::Key;

/// What was not reported yet.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    pending: Mutex<Pending>,
    urgent: Notify,
}

#[derive(Debug, Default)]
struct Pending {
    used: BTreeMap<String, i64>,
    exposed: BTreeMap<String, i64>,
    leaked: BTreeMap<String, (i64, Option<String>)>,
}

impl Reports {
    /// Notes that `key` was used, to the minute.
    pub(crate) fn used(&self, key: &Key, now: Timestamp) {
        if key.note_use(now) {
            let minute = now.unix_timestamp().div_euclid(60) * 60;
            newest(&mut self.pending().used, &key.caller.key, minute);
        }
    }

    /// Notes that `key` stood in a URL, and has it reported at once.
    pub(crate) fn exposed(&self, key: &Key, now: Timestamp) {
        let mut pending = self.pending();
        if has_room(&pending.exposed, &key.caller.key) {
            pending.exposed.entry(key.caller.key.clone()).or_insert(now.unix_timestamp());
            self.urgent.notify_one();
        }
    }

    /// Notes that `key` leaked to `source`, and has it reported at once.
    pub(crate) fn leaked(&self, key: &Key, source: Option<String>, now: Timestamp) {
        let mut pending = self.pending();
        if has_room(&pending.leaked, &key.caller.key) {
            pending.leaked.entry(key.caller.key.clone()).or_insert((now.unix_timestamp(), source));
            self.urgent.notify_one();
        }
    }

    /// Waits until there is something that can't wait.
    pub(crate) async fn urgent(&self) {
        self.urgent.notified().await;
    }

    /// Takes as much as one report holds, leaks first; `None` when there is nothing.
    pub(crate) fn take(&self) -> Option<Report> {
        let mut pending = self.pending();
        let seen = |(key, at)| Seen { key, at };
        let leaked = first(&mut pending.leaked, Report::MOST_LEAKED);
        let report = Report {
            leaked: leaked.map(|(key, (at, source))| Leaked { key, at, source }).collect(),
            exposed: first(&mut pending.exposed, Report::MOST_EXPOSED).map(seen).collect(),
            used: first(&mut pending.used, Report::MOST_USED).map(seen).collect(),
        };
        (!report.is_empty()).then_some(report)
    }

    /// Puts back what could not be reported.
    pub(crate) fn put_back(&self, report: Report) {
        let mut pending = self.pending();
        for Seen { key, at } in report.used {
            newest(&mut pending.used, &key, at);
        }
        for Seen { key, at } in report.exposed {
            pending.exposed.insert(key, at);
        }
        for Leaked { key, at, source } in report.leaked {
            pending.leaked.insert(key, (at, source));
        }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn newest(used: &mut BTreeMap<String, i64>, key: &str, at: i64) {
    if let Some(known) = used.get_mut(key) {
        *known = at.max(*known);
    } else if used.len() < MOST_PENDING {
        used.insert(key.to_owned(), at);
    }
}

fn has_room<T>(pending: &BTreeMap<String, T>, key: &str) -> bool {
    pending.len() < MOST_PENDING && !pending.contains_key(key)
}

fn first<T>(pending: &mut BTreeMap<String, T>, count: usize) -> impl Iterator<Item = (String, T)> {
    let rest = match pending.keys().nth(count).cloned() {
        Some(next) => pending.split_off(&next),
        None => BTreeMap::new(),
    };
    std::mem::replace(pending, rest).into_iter()
}

/// How many keys of each kind are remembered while the control plane can't be reached: some megabytes.
const MOST_PENDING: usize = 50_000;

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;

    use super::*;
    use crate::identify::testing::{holder, identified, key_policy};

    fn at(seconds: i64) -> Timestamp {
        from_unix(seconds)
    }

    #[test]
    fn a_use_is_reported_to_the_minute_and_the_newest_wins() {
        let reports = Reports::default();
        let caller = holder(&key_policy());
        for seconds in [61, 100, 119, 185] {
            reports.used(caller.key(), at(seconds));
        }
        let report = reports.take().unwrap();
        let newest = Seen { key: caller.key().caller.key.clone(), at: 180 };
        assert_eq!(report.used, std::slice::from_ref(&newest));
        assert_eq!(reports.take(), None);
        reports.used(caller.key(), at(250));
        reports.put_back(report);
        assert_eq!(reports.take().unwrap().used, [Seen { at: 240, ..newest }]);
    }

    #[test]
    fn what_is_too_much_for_one_report_goes_with_the_next_and_nothing_is_lost() {
        let reports = Reports::default();
        let most = Report::MOST_USED;
        for number in 0..most * 2 + 1 {
            newest(&mut reports.pending().used, &format!("{number:06}"), 60);
        }
        let first = reports.take().unwrap();
        assert_eq!((first.used.len(), first.is_bounded()), (most, true));
        reports.put_back(first);
        let counts: Vec<_> = std::iter::from_fn(|| reports.take()).map(|report| report.used.len()).collect();
        assert_eq!(counts, [most, most, 1]);
    }

    #[test]
    fn what_is_collected_is_bounded() {
        let reports = Reports::default();
        for number in 0..MOST_PENDING + 100 {
            newest(&mut reports.pending().used, &number.to_string(), 60);
        }
        assert_eq!(reports.pending().used.len(), MOST_PENDING);
        newest(&mut reports.pending().used, "7", 120);
        assert_eq!(reports.pending().used["7"], 120);
    }

    #[tokio::test]
    async fn exposures_and_leaks_do_not_wait_and_are_said_once() {
        let reports = Reports::default();
        let (one, other) = (identified(domain::scope::Scopes::all()), holder(&key_policy()));
        for seconds in [5, 6] {
            reports.exposed(one.key(), at(seconds));
            reports.leaked(other.key(), Some(format!("https://host/{seconds}")), at(seconds));
        }
        reports.urgent().await;
        let report = reports.take().unwrap();
        assert_eq!(report.exposed, [Seen { key: one.key().caller.key.clone(), at: 5 }]);
        let (key, source) = (other.key().caller.key.clone(), Some("https://host/5".to_owned()));
        assert_eq!(report.leaked, [Leaked { key, at: 5, source }]);
    }
}
