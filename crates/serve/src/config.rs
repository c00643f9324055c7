//! Settings come from environment variables, are read once, and every bad one is named at once.

use std::{collections::BTreeMap, fmt, fs, path::PathBuf, str::FromStr, time::Duration};

/// The prefix of all our variables. One that no part knows is refused: it is a typing error.
pub const PREFIX: &str = "ANP_";

/// One setting: its name, what it is when unset, and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// The environment variable.
    pub name: &'static str,
    /// What holds when it is unset, as text for people and for the parser; `None` for "nothing".
    pub default: Option<&'static str>,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

/// The settings of a process while they are being read.
pub struct Settings {
    values: BTreeMap<String, String>,
    problems: Vec<String>,
}

/// Every setting that can't be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct Invalid(pub Vec<String>);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration can't be used:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl Settings {
    /// Returns the settings in `values`, such as [`std::env::vars`]. Empty values count as unset.
    pub fn new(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let values = values.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Self { values, problems: Vec::new() }
    }

    /// Puts `value` in place of what the environment says, for options of the command line.
    pub fn set(&mut self, variable: &Variable, value: impl Into<String>) {
        self.values.insert(variable.name.to_owned(), value.into());
    }

    /// Sets `value` if nothing else was said.
    pub fn set_default(&mut self, variable: &Variable, value: impl Into<String>) {
        self.values.entry(variable.name.to_owned()).or_insert_with(|| value.into());
    }

    /// Returns the value of `variable`, its default, or `None`. A bad value is noted and counts as absent.
    pub fn read<T: FromStr>(&mut self, variable: &Variable) -> Option<T>
    where
        T::Err: fmt::Display,
    {
        let text = self.text(variable)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.complain(variable, format_args!("{error}"));
                None
            }
        }
    }

    /// Like [`Settings::read`]; a missing value is noted too.
    pub fn required<T: FromStr>(&mut self, variable: &Variable) -> Option<T>
    where
        T::Err: fmt::Display,
    {
        if self.text(variable).is_none() {
            self.complain(variable, "is not set");
        }
        self.read(variable)
    }

    /// Returns a duration given in whole seconds, between 1 and 86 400.
    pub fn seconds(&mut self, variable: &Variable) -> Duration {
        match self.read::<u64>(variable) {
            Some(seconds @ 1..=86_400) => Duration::from_secs(seconds),
            Some(_) => {
                self.complain(variable, format_args!("must be between 1 and 86400 seconds"));
                Duration::ZERO
            }
            None => Duration::ZERO,
        }
    }

    /// Returns the contents of the file that `variable` names. Secrets come this way only.
    pub fn file(&mut self, variable: &Variable) -> Option<String> {
        let path: PathBuf = self.read(variable)?;
        match fs::read_to_string(&path) {
            Ok(contents) => Some(contents),
            Err(error) => {
                self.complain(variable, format_args!("{}: {error}", path.display()));
                None
            }
        }
    }

    /// Like [`Settings::file`]; a missing variable is noted too.
    pub fn required_file(&mut self, variable: &Variable) -> Option<String> {
        if self.text(variable).is_none() {
            self.complain(variable, "is not set");
        }
        self.file(variable)
    }

    /// Notes that the value of `variable` can't be used because of `problem`.
    pub fn complain(&mut self, variable: &Variable, problem: impl fmt::Display) {
        self.problems.push(format!("{}: {problem}", variable.name));
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Invalid`] with every problem noted, and with every variable of our prefix that is not in `known`.
    pub fn finish<'a>(mut self, known: impl IntoIterator<Item = &'a Variable>) -> Result<(), Invalid> {
        let known: Vec<_> = known.into_iter().map(|variable| variable.name).collect();
        for name in self.values.keys() {
            if name.starts_with(PREFIX) && !known.contains(&name.as_str()) {
                self.problems.push(format!("{name}: there is no such setting"));
            }
        }
        if self.problems.is_empty() { Ok(()) } else { Err(Invalid(self.problems)) }
    }

    fn text(&self, variable: &Variable) -> Option<String> {
        self.values.get(variable.name).cloned().or_else(|| variable.default.map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: Variable = Variable { name: "ANP_PORT", default: Some("1"), meaning: "" };
    const DIR: Variable = Variable { name: "ANP_DIR", default: None, meaning: "" };
    const SECRET: Variable = Variable { name: "ANP_SECRET_FILE", default: None, meaning: "" };

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        Settings::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn every_bad_variable_is_named_at_once() {
        let mut settings =
            settings(&[("ANP_PORT", "x"), ("ANP_SECRET_FILE", "/nonexistent"), ("ANP_TYPO", "1")]);
        assert_eq!(settings.read::<u16>(&PORT), None);
        assert_eq!(settings.required::<String>(&DIR), None);
        assert_eq!(settings.file(&SECRET), None);
        let Err(Invalid(problems)) = settings.finish([&PORT, &DIR, &SECRET]) else { panic!("accepted") };
        for name in ["ANP_PORT", "ANP_DIR", "ANP_SECRET_FILE", "ANP_TYPO"] {
            assert!(problems.iter().any(|problem| problem.starts_with(name)), "{name}");
        }
    }

    #[test]
    fn defaults_hold_for_what_is_unset_or_empty() {
        let mut settings = settings(&[("ANP_PORT", ""), ("PATH", "/bin")]);
        assert_eq!(settings.read::<u16>(&PORT), Some(1));
        assert_eq!(settings.finish([&PORT]), Ok(()));
    }
}
