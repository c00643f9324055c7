//! Lets a fixed number run at once; whoever waits is served in turns, one of each caller, so that no caller's crowd
//! holds up the others.
//!
//! The order among callers is round robin: a caller's first in line waits for at most one of each other caller that
//! waits. Within a caller, first come is first served.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};

/// Who waits: requests of one tenant share a number.
pub type Caller = u128;

/// How many may run, and how many may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Running at once; with none, everyone waits in vain.
    pub places: usize,
    /// Waiting, of all callers together.
    pub waiting: usize,
    /// Waiting of one caller.
    pub waiting_each: usize,
}

/// Why there was no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// As many of this caller wait as may: it sends too much at once.
    #[error("too many of this caller are waiting")]
    CallerFull,
    /// As many wait as may, of all callers together.
    #[error("too many are waiting")]
    Full,
    /// No place got free in time.
    #[error("no place got free in time")]
    TooLate,
}

/// A number of places and the line before them. Clones share both.
#[derive(Clone)]
pub struct Places(Arc<Shared>);

struct Shared {
    room: Room,
    state: Mutex<State>,
}

struct State {
    /// No place is free while anyone waits.
    free: usize,
    line: Line<oneshot::Sender<()>>,
}

/// A place among those that run, given back on drop.
#[must_use = "dropping it gives the place back"]
pub struct Place(Arc<Shared>);

impl Places {
    /// Returns free places and an empty line.
    pub fn new(room: Room) -> Self {
        let state = State { free: room.places, line: Line::default() };
        Self(Arc::new(Shared { room, state: Mutex::new(state) }))
    }

    /// Returns a place, waiting in line until `until` where no one is free.
    ///
    /// Dropping the future leaves the line.
    ///
    /// # Errors
    /// [`Refused`] when the line is full, at once, or when it takes too long.
    pub async fn enter(&self, caller: Caller, until: Instant) -> Result<Place, Refused> {
        let mut ticket = {
            let mut state = self.0.lock();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Place(Arc::clone(&self.0)));
            }
            if state.line.len_of(caller) >= self.0.room.waiting_each {
                return Err(Refused::CallerFull);
            }
            if state.line.len() >= self.0.room.waiting {
                return Err(Refused::Full);
            }
            let (call, called) = oneshot::channel();
            let number = state.line.join(caller, call);
            Ticket { shared: Arc::clone(&self.0), caller, number, called, used: false }
        };
        match timeout_at(until, &mut ticket.called).await {
            Ok(Ok(())) => {
                ticket.used = true;
                Ok(Place(Arc::clone(&self.0)))
            }
            // The caller is only let go by a call.
            Ok(Err(_)) | Err(_) => Err(Refused::TooLate),
        }
    }

    /// Returns how many run.
    pub fn running(&self) -> usize {
        self.0.room.places.saturating_sub(self.0.lock().free)
    }

    /// Returns how many wait.
    pub fn waiting(&self) -> usize {
        self.0.lock().line.len()
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Places({:?}, {} run, {} wait)", self.0.room, self.running(), self.waiting())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change below leaves the state whole, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a place to whose turn it is.
    fn pass_on(&self) {
        let mut state = self.lock();
        while let Some(call) = state.line.next() {
            if call.send(()).is_ok() {
                return;
            }
        }
        state.free += 1;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.pass_on();
    }
}

/// A stand in the line.
struct Ticket {
    shared: Arc<Shared>,
    caller: Caller,
    number: u64,
    called: oneshot::Receiver<()>,
    used: bool,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // Who was called and went away at the same moment hands the place on.
        if !self.used && !self.shared.lock().line.leave(self.caller, self.number) {
            self.shared.pass_on();
        }
    }
}

/// Who waits, in turns of callers.
struct Line<T> {
    /// The callers that wait, each once, in the order of their turns.
    turns: VecDeque<Caller>,
    waiting: HashMap<Caller, VecDeque<(u64, T)>>,
    length: usize,
    next_number: u64,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { turns: VecDeque::new(), waiting: HashMap::new(), length: 0, next_number: 0 }
    }
}

impl<T> Line<T> {
    /// Adds one of `caller`, and returns the number by which it can leave.
    fn join(&mut self, caller: Caller, one: T) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.length += 1;
        let own = self.waiting.entry(caller).or_default();
        if own.is_empty() {
            self.turns.push_back(caller);
        }
        own.push_back((number, one));
        number
    }

    /// Takes out whose turn it is; its caller goes to the end of the turns.
    fn next(&mut self) -> Option<T> {
        let caller = self.turns.pop_front()?;
        let own = self.waiting.get_mut(&caller)?;
        let (_, one) = own.pop_front()?;
        self.length -= 1;
        if own.is_empty() {
            self.waiting.remove(&caller);
        } else {
            self.turns.push_back(caller);
        }
        Some(one)
    }

    /// Takes one out of the line, if it still stands there.
    fn leave(&mut self, caller: Caller, number: u64) -> bool {
        let Some(own) = self.waiting.get_mut(&caller) else { return false };
        let Some(at) = own.iter().position(|(other, _)| *other == number) else { return false };
        own.remove(at);
        self.length -= 1;
        if own.is_empty() {
            self.waiting.remove(&caller);
            self.turns.retain(|other| *other != caller);
        }
        true
    }

    fn len(&self) -> usize {
        self.length
    }

    fn len_of(&self, caller: Caller) -> usize {
        self.waiting.get(&caller).map_or(0, VecDeque::len)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use tokio::{sync::mpsc, task::yield_now};

    use super::*;

    fn places(places: usize, waiting: usize, waiting_each: usize) -> Places {
        Places::new(Room { places, waiting, waiting_each })
    }

    /// Joins the line; says `name` when it is served, and holds the place until told to go.
    fn wait(places: &Places, caller: Caller, name: u32, served: &mpsc::UnboundedSender<(u32, Place)>) {
        let (places, served) = (places.clone(), served.clone());
        tokio::spawn(async move {
            let until = Instant::now() + Duration::from_secs(3600);
            served.send((name, places.enter(caller, until).await.unwrap())).unwrap();
        });
    }

    #[tokio::test(start_paused = true)]
    async fn one_of_another_caller_is_served_next_but_one_after_fifty() {
        let (a, b): (Caller, Caller) = (1, 2);
        let places = places(1, 100, 60);
        let (served, mut order) = mpsc::unbounded_channel();
        for name in 0..51 {
            wait(&places, a, name, &served);
            yield_now().await;
        }
        assert_eq!((places.running(), places.waiting()), (1, 50));
        wait(&places, b, 1000, &served);
        yield_now().await;
        let mut names = Vec::new();
        for _ in 0..4 {
            let (name, place) = order.recv().await.unwrap();
            names.push(name);
            drop(place);
        }
        assert_eq!(names, [0, 1, 1000, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_line_refuses_at_once_and_tells_whose_it_is() {
        let places = places(1, 3, 2);
        let start = Instant::now();
        let until = start + Duration::from_secs(5);
        let (served, _order) = mpsc::unbounded_channel();
        for name in 0..3 {
            wait(&places, 1, name, &served);
            yield_now().await;
        }
        assert_eq!(places.enter(1, until).await.unwrap_err(), Refused::CallerFull);
        wait(&places, 2, 3, &served);
        yield_now().await;
        assert_eq!(places.enter(3, until).await.unwrap_err(), Refused::Full);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_at_its_deadline_and_who_leaves_makes_room() {
        let places = places(1, 1, 1);
        let start = Instant::now();
        let until = start + Duration::from_secs(5);
        let place = places.enter(1, start).await.unwrap();
        assert_eq!(places.enter(1, until).await.unwrap_err(), Refused::TooLate);
        assert_eq!((start.elapsed(), places.waiting()), (Duration::from_secs(5), 0));
        let other = tokio::spawn({
            let places = places.clone();
            async move { places.enter(2, until + Duration::from_secs(60)).await.map(drop) }
        });
        yield_now().await;
        assert_eq!(places.waiting(), 1);
        other.abort();
        let _ = other.await;
        assert_eq!(places.waiting(), 0);
        drop(place);
        assert_eq!(places.running(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_given_to_one_who_just_left_goes_to_the_next() {
        let places = places(1, 9, 9);
        let until = Instant::now() + Duration::from_secs(60);
        let place = places.enter(1, until).await.unwrap();
        let mut first = Box::pin(places.enter(1, until));
        assert!(futures_util::poll!(&mut first).is_pending());
        let mut second = Box::pin(places.enter(1, until));
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(place);
        drop(first);
        assert!(second.await.is_ok());
        assert_eq!((places.running(), places.waiting()), (0, 0));
    }

    proptest! {
        /// Whatever comes and goes: everyone is served once, own order is kept, and between two turns of a caller
        /// that goes on waiting, every other that waited all along has had one.
        #[test]
        fn turns_are_round_robin(steps in prop::collection::vec((0u8..3, 0u128..4), 0..120)) {
            let mut line = Line::default();
            let mut waiting: Vec<(Caller, u64)> = Vec::new();
            // For each caller that waits: whom it has seen served since its own last turn, or since it came.
            let mut seen: HashMap<Caller, Vec<Caller>> = HashMap::new();
            for (step, caller) in steps {
                match step {
                    0 => {
                        let number = line.next_number;
                        prop_assert_eq!(line.join(caller, (caller, number)), number);
                        waiting.push((caller, number));
                        seen.entry(caller).or_default();
                    }
                    1 => {
                        let next = line.next();
                        prop_assert_eq!(next.is_none(), waiting.is_empty());
                        let Some(served) = next else { continue };
                        let oldest = waiting.iter().find(|(other, _)| *other == served.0);
                        prop_assert_eq!(oldest, Some(&served));
                        waiting.retain(|other| *other != served);
                        seen.remove(&served.0);
                        for (other, theirs) in &mut seen {
                            prop_assert!(!theirs.contains(&served.0), "{other} was overtaken twice by {}", served.0);
                            theirs.push(served.0);
                        }
                        if waiting.iter().any(|(other, _)| *other == served.0) {
                            seen.insert(served.0, Vec::new());
                        }
                    }
                    _ => {
                        let Some(at) = waiting.iter().rposition(|(other, _)| *other == caller) else { continue };
                        let (_, number) = waiting.remove(at);
                        prop_assert!(line.leave(caller, number));
                        prop_assert!(!line.leave(caller, number));
                        if !waiting.iter().any(|(other, _)| *other == caller) {
                            seen.remove(&caller);
                        }
                    }
                }
                prop_assert_eq!(line.len(), waiting.len());
                prop_assert_eq!(line.len_of(caller), waiting.iter().filter(|(other, _)| *other == caller).count());
            }
        }
    }
}
