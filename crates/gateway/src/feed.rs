//! Follows the control plane's policy by long polling, and takes only what is signed, newer and whole (feature 12).
//! Of a new policy those pages are fetched that were not on the one before.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use domain::clock::{Clock, Entropy};
use http::{HeaderValue, Request, StatusCode, Uri, header, uri::PathAndQuery};
use http_body_util::{BodyExt as _, Full, Limited};
use seal::{
    pki,
    policy::{Digest, Index},
    token::VerifyingKey,
};

use time::OffsetDateTime;

use crate::{
    forward::chain,
    last_good::LastGood,
    metrics::Control,
    outage::Outage,
    policy::{Draft, Policy, Table, Unusable},
    upstream::{self, Upstream},
};

/// No signed index is larger: one of two thousand pages has 125 kB.
pub(crate) const MAX_INDEX_BYTES: usize = 1_024 * 1_024;
/// No page is larger: about 10 000 keys, of ten millions in all.
pub(crate) const MAX_PAGE_BYTES: usize = 4 * 1_024 * 1_024;

/// The way to the control plane.
pub(crate) struct Feed {
    pub(crate) control_plane: Arc<Upstream>,
    pub(crate) key: VerifyingKey,
    pub(crate) policy: Arc<Policy>,
    pub(crate) last_good: LastGood,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) metrics: Arc<Control>,
}

/// A policy did not come or was not taken.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("can't reach the control plane: {0}")]
    Unreachable(String),
    #[error("the control plane was silent for too long")]
    Silent,
    #[error("the control plane answered {0}")]
    Status(StatusCode),
    #[error(
        "the policy is not genuine: the control plane does not sign it with the other half of our public key"
    )]
    NotGenuine(#[from] seal::Error),
    #[error(
        "the control plane's policy has version {0} and ours {1}, and is not taken: if its database was restored from \
         a backup, run `nutrition-pro policy advance --above {1}` there"
    )]
    NotNewer(u64, u64),
    #[error("the policy contradicts itself: {0}")]
    Unusable(#[from] Unusable),
    #[error("a page of it can't be read: {0}")]
    Disk(#[from] io::Error),
}

impl Error {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Silent => "silent",
            Self::Status(_) => "status",
            Self::NotGenuine(_) => "not-genuine",
            Self::NotNewer(..) => "not-newer",
            Self::Unusable(_) => "unusable",
            Self::Disk(_) => "disk",
        }
    }
}

impl Feed {
    /// Puts the policy on disk in force, if it is genuine and whole.
    pub(crate) fn restore(&self) {
        let token = match self.last_good.read_index() {
            Ok(token) => token,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return tracing::info!("no policy on disk: closed until the control plane delivers one");
            }
            Err(error) => {
                return tracing::error!(error.kind = ?error.kind(), "can't read the policy on disk: closed until the control plane delivers one");
            }
        };
        match self.restored(&token) {
            Ok(table) => {
                let (version, issued_at) = (table.index.version, table.index.issued_at);
                self.policy.replace(table);
                // When it was last confirmed is not known; certainly when it was made.
                self.policy.confirm(issued_at);
                tracing::info!(policy.version = version, "took the policy on disk");
            }
            Err(error) => {
                tracing::error!(error.message = %error, "refused the policy on disk: closed until the control plane delivers one");
            }
        }
    }

    fn restored(&self, token: &str) -> Result<Table, Error> {
        let mut draft = Draft::new(Index::open(&self.key, token)?, None)?;
        while let Some(digest) = draft.wanted() {
            draft.add(&self.last_good.read_page(digest)?)?;
        }
        Ok(draft.finish()?)
    }

    /// Takes each new policy as it comes, for ever. While none comes the last good one stays in force.
    pub(crate) async fn follow(&self) {
        let (mut failures, mut outage) = (0_u32, Outage::begin());
        loop {
            match self.next().await {
                Ok(()) => {
                    (failures, outage) = (0, Outage::begin());
                    self.policy.confirm(self.clock.now().unix_timestamp());
                }
                Err(error) => {
                    self.metrics.failed(error.kind());
                    failures = failures.saturating_add(1);
                    if outage.is_news(error.kind()) {
                        tracing::warn!(error.kind = error.kind(), error.message = %error, failures, "no new policy");
                    }
                    if outage.is_time_for_age() {
                        self.tell_age();
                    }
                    tokio::time::sleep(self.pause(failures)).await;
                }
            }
        }
    }

    /// An old policy is used on: to be closed because the control plane is down would be the greater harm.
    fn tell_age(&self) {
        if let (Some(version), Some(confirmed_at)) = (self.policy.version(), self.policy.confirmed_at()) {
            let age_seconds = (self.clock.now() - confirmed_at).whole_seconds();
            tracing::warn!(
                policy.version = version,
                policy.age_seconds = age_seconds,
                "the policy in force was not confirmed for long: keys revoked since then still work here"
            );
        }
    }

    async fn next(&self) -> Result<(), Error> {
        let Some(token) = self.poll().await? else { return Ok(()) };
        let index = self.newer(&token)?;
        let version = index.version;
        let mut draft = Draft::new(index, self.policy.current().as_deref())?;
        let (mut pages, mut kept) = (0, Ok(()));
        while let Some(digest) = draft.wanted() {
            // What was fetched before this was broken off need not be fetched again.
            if let Ok(json) = self.on_disk(move |disk| disk.read_page(digest)).await
                && Digest::of(&json) == digest
            {
                draft.add(&json)?;
                continue;
            }
            let json = self.page(digest).await?;
            draft.add(&json)?;
            pages += 1;
            if kept.is_ok() {
                kept = self.on_disk(move |disk| disk.write_page(digest, &json)).await;
            }
        }
        let table = draft.finish()?;
        let index = table.index.clone();
        self.policy.replace(table);
        tracing::info!(policy.version = version, policy.new_pages = pages, "took a new policy");
        if kept.is_ok() {
            kept = self.on_disk(move |disk| disk.write_index(&token, &index)).await;
        }
        if let Err(error) = kept {
            tracing::error!(
                policy.version = version,
                error.kind = ?error.kind(),
                "can't write the policy to disk: a restart would begin with an older one"
            );
        }
        Ok(())
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&LastGood) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let disk = self.last_good.clone();
        tokio::task::spawn_blocking(move || work(&disk)).await.unwrap_or_else(|error| Err(error.into()))
    }

    /// Returns the index in `token`, if it is genuine and newer than what is in force.
    fn newer(&self, token: &str) -> Result<Index, Error> {
        let index = Index::open(&self.key, token)?;
        match self.policy.version() {
            Some(held) if index.version <= held => Err(Error::NotNewer(index.version, held)),
            _ => Ok(index),
        }
    }

    /// Asks for a policy newer than the one in force; `None` when there was none for a while.
    async fn poll(&self) -> Result<Option<String>, Error> {
        let Some(body) = self.ask(self.request(), MAX_INDEX_BYTES).await? else { return Ok(None) };
        let token = std::str::from_utf8(&body).map_err(|_| seal::Error::DoesNotOpen)?;
        Ok(Some(token.to_owned()))
    }

    /// Asks for a page of the policy. Once there is a newer one the control plane may not have it any more.
    async fn page(&self, digest: Digest) -> Result<Bytes, Error> {
        let page = self.ask(request(&format!("/policy/pages/{digest}")), MAX_PAGE_BYTES).await?;
        page.ok_or(Error::Status(StatusCode::NO_CONTENT))
    }

    async fn ask(&self, request: Request<Full<Bytes>>, most_bytes: usize) -> Result<Option<Bytes>, Error> {
        tokio::time::timeout(POLL_DEADLINE, async {
            let answer = self.control_plane.send(request).await.map_err(|error| unreachable(&error))?;
            let told = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
            if let Some(theirs) = told.and_then(|date| httpdate::parse_http_date(date).ok()) {
                let apart = (OffsetDateTime::from(theirs) - self.clock.now()).whole_seconds();
                self.metrics.apart(apart);
            }
            match answer.status() {
                StatusCode::NO_CONTENT => Ok(None),
                StatusCode::OK => {
                    let body = Limited::new(answer.into_body(), most_bytes).collect().await;
                    Ok(Some(body.map_err(|error| Error::Unreachable(error.to_string()))?.to_bytes()))
                }
                other => Err(Error::Status(other)),
            }
        })
        .await
        .map_err(|_| Error::Silent)?
    }

    fn request(&self) -> Request<Full<Bytes>> {
        let held = self.policy.current();
        let after = held.as_ref().map_or(0, |table| table.index.version);
        let mut request = request(&format!("/policy?after={after}"));
        if let Some(tag) =
            held.and_then(|table| HeaderValue::try_from(format!("\"{}\"", table.index.fingerprint())).ok())
        {
            request.headers_mut().insert(header::IF_NONE_MATCH, tag);
        }
        request
    }

    /// Short, because a revoked key works until the next answer; with jitter, because gateways are many.
    fn pause(&self, failures: u32) -> Duration {
        let mut random = [0; 1];
        self.entropy.fill(&mut random);
        let longest = 50_u64.saturating_mul(1 << failures.min(4)).min(LONGEST_PAUSE_MILLIS);
        Duration::from_millis(longest / 2 + longest / 2 * u64::from(random[0]) / 255)
    }
}

fn request(target: &str) -> Request<Full<Bytes>> {
    let target = PathAndQuery::try_from(target).expect("a path of ours with a number or a digest");
    let mut request = Request::new(Full::default());
    *request.uri_mut() = Uri::from(target);
    let host = HeaderValue::from_static(pki::CONTROL_PLANE_NAME);
    request.headers_mut().insert(header::HOST, host);
    request
}

fn unreachable(error: &upstream::Error) -> Error {
    Error::Unreachable(chain(error))
}

/// The control plane answers after about 25 seconds if there is nothing new.
const POLL_DEADLINE: Duration = Duration::from_secs(35);
/// A key revoked while the control plane could not be reached stops working within a second of its return.
const LONGEST_PAUSE_MILLIS: u64 = 500;
