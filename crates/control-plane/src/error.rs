//! What can go wrong in onboarding, by what the person at the keyboard does next.

/// The failure of a use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no tenant, application or key of this id.
    #[error("there is no {0} of this id")]
    NotFound(&'static str),
    /// The value given can't be used; the text says why.
    #[error("{0}")]
    Refused(String),
    /// The database failed.
    #[error("the control-plane database failed")]
    Database(#[source] control_db::Error),
}

impl Error {
    /// Names `what` was looked for when the database found nothing.
    pub(crate) fn about(what: &'static str) -> impl Fn(control_db::Error) -> Self {
        move |error| match error {
            control_db::Error::NotFound => Self::NotFound(what),
            error => Self::Database(error),
        }
    }
}

impl From<control_db::Error> for Error {
    fn from(error: control_db::Error) -> Self {
        Self::Database(error)
    }
}
