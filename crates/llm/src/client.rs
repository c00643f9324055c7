//! The client of one provider: queue, breaker, tries and stream put together.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::clock::Entropy;
use futures_util::{StreamExt, future::BoxFuture, stream};
use reqwest::{Proxy, header::HeaderValue, redirect};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep};
use url::{Host, Url};

use crate::{
    ChatModel, ChatRequest, ChatStream, Error, Event, Health, Misconfiguration, Phase, Settings, Usage,
    attempt::Endpoint,
    breaker::{Breaker, Failure, Pass, State},
    fair::{Place, Places, Room},
    retry::Budget,
    settings::Limits,
    stream::{Broken, Due, Reader},
    tls, wire,
};

/// A client of one model at one provider; clones share queue, breaker, budget and connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    settings: Settings,
    endpoint: Endpoint,
    places: Places,
    breaker: Arc<Breaker>,
    budget: Budget,
    counters: Counters,
}

impl Client {
    /// Checks `settings` and builds a client; opens no connection. `entropy` jitters the retries.
    ///
    /// Must be called within a tokio runtime, whose clock the breaker follows.
    pub fn new(settings: Settings, entropy: Arc<dyn Entropy>) -> Result<Self, Error> {
        check_limits(&settings)?;
        let endpoint = endpoint(&settings)?;
        Ok(Self(Arc::new(Inner {
            endpoint,
            places: Places::new(room(&settings.limits)),
            breaker: Breaker::new(settings.breaker, Instant::now()),
            budget: Budget::new(settings.retry, entropy),
            counters: Counters::default(),
            settings,
        })))
    }

    async fn open(&self, request: ChatRequest, deadline: Instant) -> Result<ChatStream, Error> {
        let inner = &self.0;
        let now = Instant::now();
        let usual = now + inner.settings.deadlines.total;
        let mut call = Call::begin(Arc::clone(inner), deadline < usual);
        if deadline <= now {
            return Err(call.fail(Error::Timeout(Phase::Total)));
        }
        let deadline = deadline.min(usual);
        match inner.first_text(&request, deadline, &mut call).await {
            Ok((reader, first)) => Ok(events(reader, first, call)),
            Err(error) => Err(call.fail(error)),
        }
    }
}

impl ChatModel for Client {
    fn stream(&self, request: ChatRequest, deadline: Instant) -> BoxFuture<'_, Result<ChatStream, Error>> {
        Box::pin(self.open(request, deadline))
    }

    fn health(&self) -> Health {
        let Inner { places, breaker, counters, .. } = &*self.0;
        let (state, open_for) = breaker.state(Instant::now());
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Health {
            breaker: state,
            open_for,
            in_flight: places.running(),
            waiting: places.waiting(),
            requests: count(&counters.requests),
            attempts: count(&counters.attempts),
            retries: count(&counters.retries),
            answered: count(&counters.answered),
            failed: count(&counters.failed),
            cancelled: count(&counters.cancelled),
            last_failure: *counters.last_failure.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn model(&self) -> &str {
        &self.0.settings.model
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

impl Inner {
    /// Waits for a place, then asks until a first text comes or no further try is allowed.
    async fn first_text(
        &self,
        request: &ChatRequest,
        deadline: Instant,
        call: &mut Call,
    ) -> Result<(Reader, Event), Error> {
        let now = Instant::now();
        // Whoever would be turned away at the breaker need not wait for it.
        if let (State::Open, Some(retry_after)) = self.breaker.state(now) {
            return Err(Error::BreakerOpen { retry_after });
        }
        let until = deadline.min(now + self.settings.deadlines.queue);
        call.place = Some(self.places.enter(request.caller, until).await.map_err(|_| Error::Busy)?);
        self.budget.deposit(Instant::now());
        let body = wire::body(&self.settings, request);
        let estimate = Usage::estimate(request, 0);
        let mut tries = 0;
        let mut failure = None;
        loop {
            let entered = self.breaker.enter(Instant::now());
            let pass =
                entered.map_err(|retry_after| failure.unwrap_or(Error::BreakerOpen { retry_after }))?;
            call.pass = Some(pass);
            tries += 1;
            self.counters.attempts.fetch_add(1, Ordering::Relaxed);
            let error = match self.attempt(body.clone(), estimate, deadline).await {
                Ok(begun) => return Ok(begun),
                Err(error) => error,
            };
            call.judge(Some(error));
            if !error.is_retryable() {
                return Err(error);
            }
            let wait = self.budget.withdraw(Instant::now(), tries, error.retry_after(), deadline);
            sleep(wait.ok_or(error)?).await;
            self.counters.retries.fetch_add(1, Ordering::Relaxed);
            failure = Some(error);
        }
    }

    async fn attempt(
        &self,
        body: Vec<u8>,
        estimate: Usage,
        deadline: Instant,
    ) -> Result<(Reader, Event), Error> {
        let Settings { deadlines, limits, .. } = &self.settings;
        let due = Due { first_token: Instant::now() + deadlines.first_token, deadline };
        let response = self.endpoint.post(body, due.first_token, deadline).await?;
        let body = response.bytes_stream().map(|piece| piece.map_err(|_| Broken)).boxed();
        let mut reader = Reader::new(body, deadlines, limits, due, estimate);
        let first = reader.next().await?;
        Ok((reader, first))
    }
}

/// Returns `first` and what follows it; the stream owns the connection, the place and the breaker's pass.
fn events(reader: Reader, first: Event, call: Call) -> ChatStream {
    ChatStream::new(stream::unfold(Some((reader, Some(first), call)), |state| async {
        let (mut reader, first, mut call) = state?;
        let event = match first {
            Some(first) => Ok(first),
            None => reader.next().await,
        };
        match event {
            Ok(event @ Event::Text(_)) => Some((Ok(event), Some((reader, None, call)))),
            Ok(event @ Event::Finished { .. }) => {
                call.finish();
                Some((Ok(event), None))
            }
            Err(error) => {
                call.judge(Some(error));
                Some((Err(call.fail(error)), None))
            }
        }
    }))
}

/// One call of a caller: what it holds, and how it is counted when it ends.
struct Call {
    inner: Arc<Inner>,
    place: Option<Place>,
    pass: Option<Pass>,
    /// The caller gave less time than the settings do.
    hurried: bool,
    ended: bool,
}

impl Call {
    fn begin(inner: Arc<Inner>, hurried: bool) -> Self {
        inner.counters.requests.fetch_add(1, Ordering::Relaxed);
        Self { inner, place: None, pass: None, hurried, ended: false }
    }

    /// Tells the breaker how the attempt under way ended.
    fn judge(&mut self, error: Option<Error>) {
        let Some(pass) = self.pass.take() else { return };
        match error {
            // A hurried caller must not spoil the provider's record for the others.
            Some(Error::Timeout(Phase::Total)) if self.hurried => drop(pass),
            Some(Error::Timeout(_)) => pass.fail(Failure::Silence, Instant::now()),
            Some(error) if error.is_providers_fault() => pass.fail(Failure::Answer, Instant::now()),
            None | Some(Error::Refused) => pass.succeed(Instant::now()),
            // The fault of one request tells nothing about the provider.
            Some(_) => drop(pass),
        }
    }

    fn finish(&mut self) {
        self.judge(None);
        self.ended = true;
        self.place = None;
        self.inner.counters.answered.fetch_add(1, Ordering::Relaxed);
    }

    fn fail(mut self, error: Error) -> Error {
        self.ended = true;
        self.inner.counters.failed.fetch_add(1, Ordering::Relaxed);
        // What a caller met at an open breaker must not hide why it opened.
        if !matches!(error, Error::BreakerOpen { .. }) {
            let mut last = self.inner.counters.last_failure.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(error);
        }
        error
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.ended {
            self.inner.counters.cancelled.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[derive(Default)]
struct Counters {
    requests: AtomicU64,
    attempts: AtomicU64,
    retries: AtomicU64,
    answered: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
    last_failure: Mutex<Option<Error>>,
}

fn room(limits: &Limits) -> Room {
    Room { places: limits.concurrent, waiting: limits.waiting, waiting_each: limits.waiting_each }
}

fn check_limits(settings: &Settings) -> Result<(), Error> {
    let Settings { deadlines, limits, breaker, retry, .. } = settings;
    let durations = [
        deadlines.connect,
        deadlines.first_token,
        deadlines.between_chunks,
        deadlines.total,
        breaker.window,
        breaker.open_for,
        breaker.open_for_silence,
        retry.window,
    ];
    let too_long = Duration::from_secs(24 * 3600);
    let sound = durations.iter().all(|duration| !duration.is_zero() && *duration <= too_long)
        && limits.concurrent > 0
        && limits.answer_bytes > 0
        && limits.output_tokens > 0
        && breaker.consecutive > 0
        && breaker.silent > 0
        && breaker.calls > 0;
    if sound { Ok(()) } else { Err(Error::Misconfigured(Misconfiguration::Limits)) }
}

fn endpoint(settings: &Settings) -> Result<Endpoint, Error> {
    let url = chat_url(&settings.base_url).ok_or(Error::Misconfigured(Misconfiguration::BaseUrl))?;
    let proxy_fault = Error::Misconfigured(Misconfiguration::Proxy);
    let roots = (url.scheme() == "https").then_some(&settings.roots);
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(roots)?)
        .https_only(url.scheme() == "https")
        .connect_timeout(settings.deadlines.connect)
        // A redirect could carry the prompt to another host, and a proxy from the environment see it all.
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        // Tries are counted by our own budget.
        .retry(reqwest::retry::never())
        // The name is never looked up, so no resolver can send a plain-http request elsewhere.
        .resolve_to_addrs(
            "localhost",
            &[
                SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
                SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
            ],
        );
    if let Some(proxy) = &settings.proxy {
        builder = builder.proxy(Proxy::all(proxy.clone()).map_err(|_| proxy_fault)?);
    }
    let http = builder.build().map_err(|_| Error::Misconfigured(Misconfiguration::Roots))?;
    let authorization = match &settings.api_key {
        None => None,
        Some(key) => {
            let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()))
                .map_err(|_| Error::Misconfigured(Misconfiguration::Key))?;
            value.set_sensitive(true);
            Some(value)
        }
    };
    Ok(Endpoint { http, url, authorization })
}

/// Returns the address of chat completions below `base`, where `base` is one we may send prompts to.
fn chat_url(base: &Url) -> Option<Url> {
    let loopback = match base.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let scheme = base.scheme() == "https" || (base.scheme() == "http" && loopback);
    let plain = base.username().is_empty() && base.password().is_none();
    if !scheme || !plain || base.query().is_some() || base.fragment().is_some() {
        return None;
    }
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(["chat", "completions"]);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url_of(base: &str) -> Option<String> {
        chat_url(&base.parse().unwrap()).map(String::from)
    }

    #[test]
    fn the_chat_address_is_below_the_base_with_or_without_slash() {
        let expected = Some("https://llm.example/v1/chat/completions".to_owned());
        assert_eq!(url_of("https://llm.example/v1"), expected);
        assert_eq!(url_of("https://llm.example/v1/"), expected);
    }

    #[test]
    fn prompts_go_in_plain_text_to_loopback_only() {
        for loopback in ["http://localhost:1/v1", "http://127.0.0.1:1/v1", "http://[::1]:1/v1"] {
            assert!(url_of(loopback).is_some(), "{loopback}");
        }
        for elsewhere in [
            "http://llm.example/v1",
            "http://10.0.0.1/v1",
            "http://localhost.example/v1",
            "ftp://localhost/v1",
            "https://user:secret@llm.example/v1",
            "https://llm.example/v1?key=secret",
            "https://llm.example/v1#x",
        ] {
            assert_eq!(url_of(elsewhere), None, "{elsewhere}");
        }
    }
}
