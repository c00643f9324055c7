//! Certificates: of files, and those that are shown at a port, which is what counts.

use serde_json::json;
use serve::{
    certificate::Certificate,
    probe,
    shown::Shown,
    trust::{Authorities, Used},
};
use time::Duration;

use super::{Report, State};

/// What somebody at a port must show.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    /// The authorities and the name; where the public trusts somebody else, nothing is expected.
    pub(super) internal: Option<(&'a Authorities, &'a str)>,
}

/// Tells of the certificate in a file, where there is one.
pub(super) fn of_file(setting: &str, shown: &Shown, report: &mut Report) {
    if let Some(certificate) = shown.certificate() {
        tell(setting, &certificate, None, report);
    }
}

/// Tells of the authorities that a role trusts.
pub(super) fn of_authority(setting: &str, file: Option<String>, report: &mut Report) {
    let text = file.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    match Certificate::from_pem(&text) {
        Some(certificate) => tell(setting, &certificate, None, report),
        None => report.add(State::Failed, "certificate", setting, "can't be read"),
    }
}

/// Tells of the certificate that is shown at `address`, and whether anybody is there.
pub(super) async fn at_port(
    setting: &str,
    address: &str,
    name: &str,
    expected: Expected<'_>,
    report: &mut Report,
) {
    let what = format!("{setting} {address}");
    let chain = match probe::certificates_at(address, name).await {
        Ok(chain) => chain,
        Err(error) => {
            return report.add(State::Failed, "port", what, format!("nobody answers in TLS: {error}"));
        }
    };
    report.add(State::Good, "port", what.clone(), "answers in TLS");
    let wrong = expected.internal.and_then(|(authorities, name)| {
        authorities.accept(&chain, Used::ToServe, name, report.now).err().map(|error| error.to_string())
    });
    match chain.first().and_then(Certificate::from_der) {
        Some(certificate) => tell(&what, &certificate, wrong, report),
        None => report.add(State::Failed, "certificate", what, "no certificate is shown"),
    }
}

fn tell(what: &str, certificate: &Certificate, wrong: Option<String>, report: &mut Report) {
    let left = certificate.left(report.now);
    let (state, told) = match wrong {
        Some(wrong) => (State::Failed, wrong),
        None if !left.is_positive() => (State::Failed, format!("ended {} ago", span(-left))),
        None if certificate.ends_soon(report.now) => {
            (State::Warning, format!("{} left, less than a third of its life", span(left)))
        }
        None => (State::Good, format!("{} left", span(left))),
    };
    let whose = format!("{}, by {}", certificate.subject, certificate.issuer);
    report.add_with(
        state,
        "certificate",
        what,
        format!("{whose}: {told}"),
        json!({
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "names": certificate.names,
            "begins_at": certificate.begins.unix_timestamp(),
            "ends_at": certificate.ends.unix_timestamp(),
            "seconds_left": left.whole_seconds(),
        }),
    );
}

/// Returns a span in the unit that people would say it in.
pub(super) fn span(span: Duration) -> String {
    match span.whole_seconds() {
        seconds if seconds < 120 => format!("{seconds} s"),
        seconds if seconds < 2 * 3_600 => format!("{} min", seconds / 60),
        seconds if seconds < 2 * 86_400 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;

    use super::*;

    fn told_at(seconds: i64) -> (State, String) {
        let certificate = Certificate {
            subject: "CN=one".to_owned(),
            issuer: "CN=other".to_owned(),
            unit: None,
            names: Vec::new(),
            begins: from_unix(0),
            ends: from_unix(86_400),
        };
        let mut report = Report { now: from_unix(seconds), findings: Vec::new() };
        tell("X", &certificate, None, &mut report);
        let finding = report.findings.remove(0);
        (finding.state, finding.told)
    }

    #[test]
    fn the_last_third_is_a_warning_and_the_end_a_failure() {
        assert_eq!(told_at(3_600), (State::Good, "CN=one, by CN=other: 23 h left".to_owned()));
        assert_eq!(told_at(57_600).0, State::Good);
        assert_eq!(told_at(57_601).0, State::Warning);
        assert_eq!(told_at(86_400).0, State::Failed);
    }

    #[test]
    fn spans_are_said_as_people_would() {
        let said = [90, 600, 3 * 3_600, 30 * 86_400].map(|seconds| span(Duration::seconds(seconds)));
        assert_eq!(said, ["90 s", "10 min", "3 h", "30 days"]);
    }
}
