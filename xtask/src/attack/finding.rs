//! What an attack found.

/// All that one tool says.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The tool's name on the command line.
    pub(crate) tool: &'static str,
    /// Its version.
    pub(crate) version: String,
    /// What it did, in one sentence with figures.
    pub(crate) summary: String,
    /// How long it took.
    pub(crate) seconds: u64,
    /// Everything above information.
    pub(crate) findings: Vec<Finding>,
}

/// One thing that a tool holds against the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The tool's name for it.
    pub(crate) id: String,
    /// Where it was seen: an operation, a protocol, or nothing.
    pub(crate) place: String,
    /// What was seen.
    pub(crate) text: String,
}

impl Finding {
    pub(crate) fn new(id: impl Into<String>, place: impl Into<String>, text: impl Into<String>) -> Self {
        let line = |text: String| text.replace(['\t', '\n', '\r'], " ");
        Self { id: line(id.into()), place: line(place.into()), text: line(text.into()) }
    }
}
