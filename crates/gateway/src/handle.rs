//! The gateway: six verbs, one after the other, each with the proof that the one before it made.

use std::{fmt, net::SocketAddr, panic::AssertUnwindSafe, sync::Arc};

use domain::{
    Timestamp,
    clock::{Clock, Entropy},
    ids::Id,
    problem::Code,
};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body::Body as _;
use prometheus_client::registry::Registry;
use rustls::ServerConfig;
use seal::{api_key::KeyHash, pki};
use serve::{
    contract::{Access, Contract},
    expiry,
    files::Files,
    listen, metrics,
    metrics::{Certificates, Connections},
    operations::Operations,
    tls::{self, Clients},
    traces::{Exporter, Tracer},
    transport,
    unread::RequestBody,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    access::{Record, Source},
    config::{self, Config, Requests},
    exposure,
    feed::Feed,
    filter::filter,
    forward::Forward,
    framing,
    identify::Identify,
    last_good::LastGood,
    leaked,
    limit::{Limits, Store},
    metrics::{Metrics, Standing},
    notices,
    permit::permit,
    policy::{Policy, Readiness},
    refusal::Refusal,
    reporter::Reporter,
    reports::Reports,
    route::{Action, route},
    upstream::{Outgoing, Upstream},
};

/// The role in front: nobody reaches the API application but through it.
pub struct Gateway {
    tls: Arc<ServerConfig>,
    connections: listen::Limits,
    handler: Arc<Handler>,
    feed: Feed,
    reporter: Reporter,
    /// The exchange with other gateways, if there are any.
    store: Option<Store>,
    clock: Arc<dyn Clock>,
    certificates: [expiry::Shows; 2],
    files: Files,
    registry: Registry,
    /// What sends traces, if anything does.
    exporter: Option<Exporter>,
}

/// Where the gateway is reached.
#[derive(Debug)]
pub struct Listeners {
    /// By callers, over TLS.
    pub edge: TcpListener,
    /// By those who run it: liveness, readiness and metrics in plain HTTP. Its address must be a loopback one.
    pub operations: TcpListener,
}

/// The gateway can't start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A certificate, key or authority can't be used.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// A constant of ours can't be used.
    #[error(transparent)]
    Seal(#[from] seal::Error),
}

impl Gateway {
    /// Starts the gateway. If the last good policy is on disk it is in force from now on.
    ///
    /// # Errors
    /// [`Error`] when `config` holds what can't be used.
    pub fn start(
        config: Config,
        contract: Arc<Contract>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        let internal = || Outgoing::new(&config.internal, &config.authorities);
        let policy = Arc::new(Policy::none_yet());
        let upstream = Upstream::new(internal()?, pki::API_NAME, config.upstream);
        let standing = Standing { policy: Arc::clone(&policy), clock: Arc::clone(&clock) };
        let mut registry = Registry::with_prefix("anp_gateway");
        let metrics = Arc::new(Metrics::new(&mut registry, &contract, upstream.connects(), standing));
        let certificates = [
            (config::CERT_FILE.name, Arc::clone(&config.edge)),
            (config::CLIENT_CERT_FILE.name, Arc::clone(&config.internal)),
        ];
        registry.register_collector(Box::new(Certificates {
            certificates: certificates.to_vec(),
            clock: Arc::clone(&clock),
        }));
        let (tracer, exporter) = Tracer::new(config.traces, "gateway", &mut registry, &clock, &entropy);
        let feed = Feed {
            control_plane: Upstream::new(internal()?, pki::CONTROL_PLANE_NAME, config.policy_feed),
            key: config.policy_key,
            policy: Arc::clone(&policy),
            last_good: LastGood::new(config.snapshot_file),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            metrics: Arc::clone(metrics.control()),
        };
        feed.restore();
        let reports = Arc::new(Reports::default());
        let reporter = Reporter {
            control_plane: Arc::clone(&feed.control_plane),
            reports: Arc::clone(&reports),
            every: config.report_every,
        };
        let forward = Forward {
            upstream,
            host: HeaderValue::from_static(pki::API_NAME),
            signer: config.context_key,
            answer: config.requests.answer,
            idle: config.requests.idle,
            metrics: Arc::clone(&metrics),
        };
        let limits = Limits::new(config.requests, &config.sharing, Arc::clone(metrics.limits()));
        let store = config.sharing.store.map(|store| {
            let metrics = Arc::clone(metrics.limits());
            Store::new(store, Arc::clone(&limits), Arc::clone(&clock), &*entropy, metrics)
        });
        let handler = Handler {
            clock: Arc::clone(&clock),
            entropy,
            contract,
            policy,
            identify: Identify::new(config.pepper, KeyHash::from_text(NOBODY)?),
            limits: Arc::clone(&limits),
            requests: config.requests,
            forward,
            reports,
            metrics,
            tracer,
        };
        Ok(Self {
            tls: Arc::new(tls::server_from(
                config.oldest,
                &config.edge,
                Clients::Anybody,
                &["h2", "http/1.1"],
            )?),
            connections: config.connections,
            handler: Arc::new(handler),
            feed,
            reporter,
            store,
            clock,
            certificates,
            files: config.files,
            registry,
            exporter,
        })
    }

    /// Tells whether a policy is in force.
    pub fn readiness(&self) -> Readiness {
        self.handler.policy.readiness()
    }

    /// Serves on `listeners` and follows the policy until `shutdown`, then lets running requests end. Those who run it
    /// are answered to the end.
    pub async fn serve(self, listeners: Listeners, shutdown: CancellationToken) {
        let Self {
            tls,
            connections,
            handler,
            feed,
            reporter,
            store,
            clock,
            certificates,
            files,
            mut registry,
            exporter,
        } = self;
        let [counted] = Connections::register(&mut registry, ["edge"]);
        let draining = metrics::draining(&mut registry, shutdown.clone());
        let feeding = async {
            tokio::select! {
                () = feed.follow() => {}
                () = expiry::watch(&certificates, &*clock) => {}
                () = files.watch(Arc::clone(&clock)) => {}
                () = shutdown.cancelled() => {}
            }
        };
        let policy = Arc::clone(&handler.policy);
        let operations = Operations {
            registry: Arc::new(registry),
            ready: Arc::new(move || {
                let has_policy = policy.version().is_some();
                Box::pin(async move { if has_policy { Ok(()) } else { Err("no policy is in force") } })
            }),
            certificates: certificates.to_vec(),
            clock: Arc::clone(&clock),
            draining: shutdown.clone(),
        };
        let ended = CancellationToken::new();
        let until = ended.clone();
        let operating = until.run_until_cancelled(async {
            tokio::join!(operations.serve(listeners.operations), draining);
        });
        let tracing = {
            let until = ended.clone();
            async move {
                if let Some(exporter) = exporter {
                    exporter.run(until).await;
                }
            }
        };
        let reporting = reporter.run(ended.clone());
        let until = ended.clone();
        let sharing = until.run_until_cancelled(async {
            match store {
                Some(store) => store.run().await,
                None => std::future::pending().await,
            }
        });
        let serving = async {
            let _ended = ended.drop_guard();
            let served = listen::serve(
                listeners.edge,
                tls,
                connections,
                counted,
                shutdown.clone(),
                move |request, peer| {
                    let handler = Arc::clone(&handler);
                    async move { handler.answer(request, peer).await }
                },
            );
            served.await;
        };
        tokio::join!(feeding, reporting, sharing, serving, operating, tracing);
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gateway")
    }
}

struct Handler {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    contract: Arc<Contract>,
    policy: Arc<Policy>,
    identify: Identify,
    limits: Arc<Limits>,
    requests: Requests,
    forward: Forward,
    reports: Arc<Reports>,
    metrics: Arc<Metrics>,
    tracer: Tracer,
}

impl Handler {
    /// Answers one request, whatever becomes of it.
    async fn answer(&self, request: Request<RequestBody>, peer: SocketAddr) -> Response<serve::body::Body> {
        let now = self.clock.now();
        // A request id of the client's is not trusted: it stands in our logs and is signed.
        let request_id = Id::<RequestId>::new(now, &*self.entropy).to_string();
        let mut record = Record::new(Arc::clone(&self.metrics), request.method().clone(), request_id);
        record.span = self.tracer.begin(request.headers(), "request");
        let strict = !transport::is_this_machine(&request);
        let handled = AssertUnwindSafe(self.handle(request, peer, now, &mut record)).catch_unwind().await;
        let handled = handled.unwrap_or_else(|_| {
            tracing::error!(request.id = record.request_id, "a handler panicked");
            Err(Code::Internal.into())
        });
        let mut response = match handled {
            Ok(response) => response,
            Err(refusal) => self.refuse(refusal, &mut record, peer, now).map(Source::Gateway),
        };
        if let Some(standing) = record.standing.take() {
            record.near = standing.near();
            standing.write(response.headers_mut());
        }
        if let Some(caller) = &record.caller {
            notices::write(caller.key(), now, response.headers_mut());
        }
        secure(response.headers_mut(), &record.request_id, strict);
        record.follow(response)
    }

    /// Handles one request. Each step needs the proof that the step before it made.
    async fn handle(
        &self,
        request: Request<RequestBody>,
        peer: SocketAddr,
        now: Timestamp,
        record: &mut Record,
    ) -> Result<Response<Source>, Refusal> {
        self.limits.admit(peer.ip(), now)?;
        framing::check(&request)?;
        let action =
            route(&self.contract, &request).inspect_err(|refusal| self.expose(refusal, &request, now))?;
        let operation = self.metrics.operation(&action.operation().id);
        record.operation = Some(Arc::clone(operation));
        if action.operation().access == Access::Public {
            return Ok(self.answer_anybody(request, action, peer, now).await?.map(Source::Gateway));
        }
        let caller = self.identify.identify(&self.policy, request.headers(), peer.ip(), now)?;
        self.reports.used(caller.key(), now);
        record.caller = Some(caller.clone());
        let permit = permit(caller, action)?;
        let bytes = request.body().size_hint().exact();
        let (ticket, standing) = self.limits.take(&permit, peer.ip(), bytes, now).await?;
        record.standing = Some(standing);
        let filtered = filter(request, permit, self.requests.body).await?;
        ticket.settle(&mut record.standing, filtered.dietitian(), filtered.body_bytes(), now).await?;
        operation.received(filtered.body_bytes());
        let mut asks = record.span.as_ref().map(|span| span.within().asks("forward"));
        let relayed = self.forward.forward(
            &*self.clock,
            &*self.entropy,
            filtered,
            ticket,
            &record.request_id,
            asks.as_mut(),
        );
        Ok(relayed.await?.map(Source::Upstream))
    }

    /// Answers an operation that needs no key. What is public in the contract and not known here is not there.
    async fn answer_anybody(
        &self,
        request: Request<RequestBody>,
        action: Action<'_>,
        peer: SocketAddr,
        now: Timestamp,
    ) -> Result<Response<serve::body::Body>, Refusal> {
        let operation = action.operation();
        if operation.id != leaked::OPERATION {
            return Err(Code::NotFound.into());
        }
        self.limits.count_unidentified(peer.ip(), now)?;
        let desk = leaked::Desk {
            identify: &self.identify,
            policy: &self.policy,
            reports: &self.reports,
            metrics: self.metrics.control(),
        };
        desk.take(request, operation, self.requests.body, now).await
    }

    /// Has the owners of genuine keys told, where a request was refused because keys stand in its URL.
    fn expose<B>(&self, refusal: &Refusal, request: &Request<B>, now: Timestamp) {
        if refusal.problem.code != Code::KeyInUrl {
            return;
        }
        let Some(table) = self.policy.current() else { return };
        for plain in exposure::keys_in(request.uri()) {
            if let Some(key) = self.identify.genuine(&table, &plain).filter(|key| !key.exposed) {
                self.reports.exposed(&key, now);
                self.metrics.control().exposed();
            }
        }
    }

    /// Tells the caller why, and counts what no other step has counted.
    fn refuse(
        &self,
        mut refusal: Refusal,
        record: &mut Record,
        peer: SocketAddr,
        now: Timestamp,
    ) -> Response<serve::body::Body> {
        match &record.caller {
            None if refusal.problem.code != Code::Overloaded => {
                if let Err(limited) = self.limits.count_unidentified(peer.ip(), now) {
                    refusal = limited;
                }
            }
            Some(caller) if record.standing.is_none() && refusal.standing.is_none() => {
                refusal = refusal.at(self.limits.count_denied(caller, now));
            }
            _ => {}
        }
        if let Some(standing) = refusal.standing.take() {
            record.standing = Some(*standing);
        }
        record.code = Some(refusal.problem.code);
        refusal.response(&record.request_id)
    }
}

/// Marks the type of request ids.
enum RequestId {}

/// The headers that every answer carries. `strict`: the host is to be reached over HTTPS only from now on.
fn secure(headers: &mut HeaderMap, request_id: &str, strict: bool) {
    if strict {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(serve::problem::REQUEST_ID, id);
    }
}

/// A hash that no key has, for comparisons that must cost what a real one costs.
const NOBODY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
