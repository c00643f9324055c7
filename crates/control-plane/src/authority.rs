//! The private authority: gives the parts certificates that live for a day at most.
//!
//! `POST /certificates` takes a [`Request`] and answers 201 with [`Issued`]; 403 to whoever may not be the part that they
//! ask to be; 400 to what is no request. Its key is in the memory of this process only.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use domain::{
    Timestamp,
    clock::{Clock, from_unix},
};
use seal::{
    enrolment::Enrolment,
    issuing::{Issued, PartKey, ProvenKey, Request, Right, decode_signature},
    pki::{self, Part, Usage},
};
use serve::{
    certificate::Certificate,
    shown::Shown,
    tls::{self, Identity},
    trust::{Authorities, Used},
};

use crate::config::Authority;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("the request does not prove that its sender holds the key")]
    Unproven,
    #[error("the enrolment is not ours, or has ended")]
    NotEnrolled,
    #[error("the enrolment is for another part")]
    OtherPart,
    #[error("the enrolment was used before, or may have been before this process began")]
    UsedBefore,
    #[error(
        "the enrolment, or the one that the certificate goes back to, is on the list of those that are refused"
    )]
    Listed,
    #[error("the certificate goes back to no enrolment")]
    NoEnrolment,
    #[error("the certificate shown is not a current one of that part: {0}")]
    NotThatPart(#[from] tls::Error),
    #[error("the control plane asks nobody for its certificate")]
    OurOwn,
    #[error(transparent)]
    Unsigned(#[from] pki::Error),
}

/// Every route, as it is counted.
pub(crate) const ROUTES: &[&str] = &["/certificates"];

/// Where certificates are asked for.
#[derive(Clone)]
pub(crate) struct Desk(Arc<Inner>);

struct Inner {
    authority: Authority,
    trusted: Arc<Authorities>,
    clock: Arc<dyn Clock>,
    began: Timestamp,
    /// Enrolments that served, until they end.
    used: Mutex<HashMap<String, Timestamp>>,
}

/// The key of the authority is not that of the certificate that the parts trust.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It can not issue.
    #[error("the authority can't issue: {0}")]
    Issue(#[from] pki::Error),
    /// What it issued is not accepted.
    #[error("the authority's key does not belong to its certificate: {0}")]
    Foreign(#[from] tls::Error),
}

impl Desk {
    pub(crate) fn new(authority: Authority, trusted: Arc<Authorities>, clock: Arc<dyn Clock>) -> Self {
        let began = clock.now();
        Self(Arc::new(Inner { authority, trusted, clock, began, used: Mutex::default() }))
    }

    /// Returns the routes.
    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/certificates", post(certificates))
            .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
            .with_state(self.clone())
    }

    /// Gives the control plane itself a certificate, which is accepted by those who trust the authority.
    pub(crate) fn renew_own(&self, shown: &Shown) -> Result<(), Error> {
        let (now, part) = (self.0.clock.now(), Part::ControlPlane);
        let key = PartKey::generate()?;
        // Through the same door as the others: what it gives is checked with what they check by.
        let request = key.first(part, "")?;
        let proven = request.proven().map_err(|_| tls::Error::Unusable("no proof".to_owned()))?;
        let certificate = self.issue(part, part.as_str(), &proven, now)?;
        let shown_by = key.next(part, &key, &certificate)?;
        self.vouch(&shown_by, now)?;
        shown.replace(&Identity { certificate_pem: certificate, key_pem: key.to_pem().to_string() }, None)?;
        Ok(())
    }

    /// Renews the control plane's own certificate in time, for ever.
    pub(crate) async fn keep_own(&self, shown: &Shown) {
        loop {
            tokio::time::sleep(LOOK).await;
            let now = self.0.clock.now();
            let due = shown.certificate().is_none_or(|own| own.left(now) * 5 < (own.ends - own.begins) * 2);
            if due && let Err(error) = self.renew_own(shown) {
                shown.renewal_failed();
                tracing::error!(error.message = %error, "the control plane's own certificate can't be renewed");
            }
        }
    }

    /// Returns the certificate, and the id of the enrolment that it goes back to.
    fn take(&self, request: &Request) -> Result<(String, String), Refused> {
        let now = self.0.clock.now();
        if request.part == Part::ControlPlane {
            return Err(Refused::OurOwn);
        }
        let proven = request.proven().map_err(|_| Refused::Unproven)?;
        let enrolment = match &request.right {
            Right::Enrolment(text) => self.enrol(text, request.part, now)?,
            Right::Certificate { pem, .. } => {
                self.vouch(request, now)?;
                Certificate::from_pem(pem).and_then(|shown| shown.unit).ok_or(Refused::NoEnrolment)?
            }
        };
        // Also what was renewed since by whoever has it: otherwise a stolen certificate could be renewed for ever.
        if self.0.authority.refused.contains(&enrolment) {
            return Err(Refused::Listed);
        }
        Ok((self.issue(request.part, &enrolment, &proven, now)?, enrolment))
    }

    fn issue(
        &self,
        part: Part,
        enrolment: &str,
        key: &ProvenKey,
        now: Timestamp,
    ) -> Result<String, pki::Error> {
        let lifetime = time::Duration::try_from(self.0.authority.lifetime).unwrap_or(time::Duration::DAY);
        self.0.authority.issuer.issue_to(part, enrolment, key, now, lifetime)
    }

    /// Returns the enrolment's id.
    fn enrol(&self, text: &str, part: Part, now: Timestamp) -> Result<String, Refused> {
        let enrolment: Enrolment =
            self.0.authority.enrolment.verify(text, now).map_err(|_| Refused::NotEnrolled)?;
        if enrolment.part != part {
            return Err(Refused::OtherPart);
        }
        if !enrolment.once {
            return Ok(enrolment.id);
        }
        if enrolment.made_at < self.0.began.unix_timestamp() {
            return Err(Refused::UsedBefore);
        }
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, ends| *ends > now);
        match used.insert(enrolment.id.clone(), from_unix(enrolment.ends_at)) {
            None => Ok(enrolment.id),
            Some(_) => Err(Refused::UsedBefore),
        }
    }

    fn vouch(&self, request: &Request, now: Timestamp) -> Result<(), tls::Error> {
        let Right::Certificate { pem, signature } = &request.right else {
            return Err(tls::Error::Unusable("no certificate".to_owned()));
        };
        let signature = decode_signature(signature).unwrap_or_default();
        let used = match request.part.usage() {
            Usage::Server => Used::ToServe,
            Usage::Client => Used::ToCall,
        };
        self.0.trusted.vouch(pem, used, request.part.name(), (&request.statement(), &signature), now)
    }
}

async fn certificates(State(desk): State<Desk>, Json(request): Json<Request>) -> Response {
    let part = request.part.as_str();
    let right = match &request.right {
        Right::Enrolment(_) => "enrolment",
        Right::Certificate { .. } => "certificate",
    };
    match desk.take(&request) {
        Ok((certificate, enrolment)) => {
            tracing::info!(part, right, enrolment.id = enrolment, "issued a certificate");
            (StatusCode::CREATED, Json(Issued { certificate })).into_response()
        }
        Err(error) => {
            tracing::warn!(part, right, error.message = %error, "refused a certificate");
            StatusCode::FORBIDDEN.into_response()
        }
    }
}

/// Two certificates in PEM, and room.
const MAX_REQUEST_BYTES: usize = 16 * 1_024;
/// How often the control plane looks at its own certificate.
const LOOK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use seal::{enrolment::EnrolmentKey, entropy::SystemEntropy};
    use testkit::fixed::FixedClock;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    struct World {
        desk: Desk,
        clock: Arc<FixedClock>,
        enrolment: EnrolmentKey,
    }

    fn world() -> World {
        let clock = Arc::new(FixedClock::new(from_unix(NOW)));
        let (issuer, stored) = pki::Authority::generate(from_unix(NOW)).unwrap();
        let trusted = Authorities::new(&stored.certificate_pem).unwrap();
        let key = || EnrolmentKey::new(&[7; 32]).unwrap();
        let authority = Authority {
            addr: ([127, 0, 0, 1], 0).into(),
            issuer,
            enrolment: key(),
            lifetime: Duration::from_secs(86_400),
            refused: Vec::new(),
        };
        World { desk: Desk::new(authority, trusted, clock.clone()), clock, enrolment: key() }
    }

    impl World {
        fn enrolment(&self, part: Part, once: bool) -> String {
            let now = self.clock.now();
            self.enrolment.enrol(part, once, now, now + time::Duration::hours(1), &SystemEntropy).0
        }

        fn first(&self, part: Part) -> (PartKey, String) {
            let key = PartKey::generate().unwrap();
            let request = key.first(part, &self.enrolment(part, false)).unwrap();
            let (certificate, _) = self.desk.take(&request).unwrap();
            (key, certificate)
        }
    }

    #[test]
    fn a_certificate_lives_for_a_day_and_is_for_one_part() {
        let world = world();
        for (part, name) in [(Part::Gateway, pki::GATEWAY_NAME), (Part::Api, pki::API_NAME)] {
            let (_, certificate) = world.first(part);
            let read = serve::certificate::Certificate::from_pem(&certificate).unwrap();
            assert_eq!(read.names, [name]);
            assert_eq!(read.ends - read.begins, time::Duration::DAY);
            assert!(read.begins < from_unix(NOW) && from_unix(NOW) < read.ends);
        }
    }

    #[test]
    fn who_holds_a_current_certificate_gets_the_next_one_for_the_same_part_only() {
        let world = world();
        let (key, certificate) = world.first(Part::Gateway);
        let new = PartKey::generate().unwrap();
        assert!(world.desk.take(&new.next(Part::Gateway, &key, &certificate).unwrap()).is_ok());
        for (part, current) in [(Part::Api, &key), (Part::Gateway, &new), (Part::ControlPlane, &key)] {
            let request = new.next(part, current, &certificate).unwrap();
            assert!(world.desk.take(&request).is_err(), "{part:?}");
        }
        world.clock.advance(time::Duration::hours(25));
        assert!(world.desk.take(&new.next(Part::Gateway, &key, &certificate).unwrap()).is_err());
    }

    #[test]
    fn a_certificate_of_another_authority_is_worth_nothing() {
        let (ours, other) = (world(), world());
        let (key, certificate) = other.first(Part::Gateway);
        let request = PartKey::generate().unwrap().next(Part::Gateway, &key, &certificate).unwrap();
        assert!(other.desk.take(&request).is_ok());
        assert!(ours.desk.take(&request).is_err());
    }

    #[test]
    fn an_enrolment_for_one_use_serves_once_and_never_after_a_restart() {
        let world = world();
        let text = world.enrolment(Part::Api, true);
        let ask = |text: &str| {
            let request = PartKey::generate().unwrap().first(Part::Api, text).unwrap();
            world.desk.take(&request)
        };
        assert!(ask(&text).is_ok());
        assert!(matches!(ask(&text), Err(Refused::UsedBefore)));
        let earlier = from_unix(NOW - 1);
        let hour = time::Duration::hours(1);
        let (before, _) = world.enrolment.enrol(Part::Api, true, earlier, earlier + hour, &SystemEntropy);
        assert!(matches!(ask(&before), Err(Refused::UsedBefore)));
        let many = world.enrolment(Part::Api, false);
        assert!(ask(&many).is_ok() && ask(&many).is_ok());
    }

    #[test]
    fn enrolments_that_ended_or_are_of_others_or_for_others_are_refused() {
        let world = world();
        let ask = |part: Part, text: &str| {
            world.desk.take(&PartKey::generate().unwrap().first(part, text).unwrap())
        };
        let text = world.enrolment(Part::Api, false);
        assert!(matches!(ask(Part::Gateway, &text), Err(Refused::OtherPart)));
        assert!(matches!(ask(Part::ControlPlane, &text), Err(Refused::OurOwn)));
        assert!(matches!(ask(Part::Api, "nonsense"), Err(Refused::NotEnrolled)));
        world.clock.advance(time::Duration::hours(2));
        assert!(matches!(ask(Part::Api, &text), Err(Refused::NotEnrolled)));
    }

    #[test]
    fn a_listed_enrolment_ends_the_renewals_of_every_certificate_that_goes_back_to_it() {
        let world = world();
        let text = world.enrolment(Part::Gateway, false);
        let id = world.enrolment.verify(&text, from_unix(NOW)).unwrap().id;
        let key = PartKey::generate().unwrap();
        let (first, _) = world.desk.take(&key.first(Part::Gateway, &text).unwrap()).unwrap();
        // A thief renews what was stolen.
        let stolen = PartKey::generate().unwrap();
        let (second, of) = world.desk.take(&stolen.next(Part::Gateway, &key, &first).unwrap()).unwrap();
        assert_eq!(of, id);
        let Ok(inner) = Arc::try_unwrap(world.desk.0) else { panic!("the desk is shared") };
        let authority = Authority { refused: vec![id], ..inner.authority };
        let listing = Desk::new(authority, inner.trusted, world.clock);
        let request = PartKey::generate().unwrap().next(Part::Gateway, &stolen, &second).unwrap();
        assert!(matches!(listing.take(&request), Err(Refused::Listed)));
        let request = PartKey::generate().unwrap().first(Part::Gateway, &text).unwrap();
        assert!(matches!(listing.take(&request), Err(Refused::Listed)));
    }

    #[test]
    fn the_control_plane_gives_itself_what_the_others_accept() {
        let world = world();
        let shown = Shown::nothing_yet();
        world.desk.renew_own(&shown).unwrap();
        assert_eq!(shown.certificate().unwrap().names, [pki::CONTROL_PLANE_NAME]);
        let (_, foreign) = pki::Authority::generate(from_unix(NOW)).unwrap();
        let inner = world.desk.0;
        inner.trusted.replace(&foreign.certificate_pem).unwrap();
        assert!(matches!(Desk(inner).renew_own(&shown), Err(Error::Foreign(_))));
    }
}
