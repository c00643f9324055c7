//! What one sentence of an introduction does.

/// The discourse role of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Says hello.
    Greeting,
    /// Leads in.
    Opening,
    /// Says what the plan is: its length, its energy, how it is built.
    Plan,
    /// Says what the plan is for.
    Goal,
    /// Says what is left out.
    Restriction,
    /// Takes up what the client likes.
    Preference,
    /// Gives heart.
    Encouragement,
    /// Says how to go about it.
    Practical,
    /// Says how to reach the dietitian.
    Contact,
    /// Says goodbye.
    SignOff,
}
