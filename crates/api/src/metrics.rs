//! What the role counts: requests, problems, texts and who wrote them, the language model, and work that waits.

use std::{collections::BTreeMap, fmt, sync::Arc};

use domain::problem::Code;
use llm::{Health, breaker::State};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{
        MetricType,
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::ConstGauge,
    },
    registry::Registry,
};
use serve::{contract::Contract, metrics::Routes};

use crate::app::App;

/// All that is counted where it happens.
#[derive(Debug)]
pub(crate) struct Metrics {
    routes: Arc<Routes>,
    problems: BTreeMap<Code, Counter>,
    generations: Family<[(&'static str, &'static str); 2], Counter>,
    model: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Metrics {
    /// Makes the series in `registry`, those of requests from the operations of `contract`.
    pub(crate) fn new(registry: &mut Registry, contract: &Contract) -> Self {
        let operations = contract.operations().iter().map(|operation| operation.id.as_str());
        let family = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let counters = Code::ALL.map(|code| (code, family.get_or_create_owned(&[("code", code.as_str())])));
        let metrics = Self {
            routes: Arc::new(Routes::register(registry, operations)),
            problems: counters.into(),
            generations: Family::default(),
            model: Family::default(),
        };
        for writer in ["llm", "composer", "none"] {
            for end in ["stored", "failed", "cancelled"] {
                metrics.generations.get_or_create_owned(&[("writer", writer), ("end", end)]);
            }
        }
        for outcome in ["ok", "failed", "blocked", "cancelled"] {
            metrics.model.get_or_create_owned(&[("outcome", outcome)]);
        }
        registry.register("problems", "Requests that were answered with a problem, by its code", family);
        registry.register(
            "generations",
            "Generations that ended, by who wrote the text and whether it was stored",
            metrics.generations.clone(),
        );
        registry.register(
            "model_texts",
            "What the language model did about texts that it might have written",
            metrics.model.clone(),
        );
        metrics
    }

    /// Returns the series of requests.
    pub(crate) fn routes(&self) -> &Arc<Routes> {
        &self.routes
    }

    /// Counts an answer that is a problem.
    pub(crate) fn problem(&self, code: Code) {
        if let Some(counter) = self.problems.get(&code) {
            counter.inc();
        }
    }

    /// Counts a generation that ended.
    pub(crate) fn generation(&self, writer: &'static str, end: &'static str) {
        self.generations.get_or_create(&[("writer", writer), ("end", end)]).inc();
    }

    /// Counts what the language model did about one text.
    pub(crate) fn model(&self, outcome: &'static str) {
        self.model.get_or_create(&[("outcome", outcome)]).inc();
    }
}

/// What the role stands on, read when somebody asks.
pub(crate) struct Standing(pub(crate) Arc<App>);

impl Collector for Standing {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (working, waiting) = self.0.workers.busy();
        gauge(&mut encoder, "work_running", "Pieces of work that keep a processor busy now.", working)?;
        gauge(&mut encoder, "work_waiting", "Pieces of work that wait for a processor.", waiting)?;
        match &self.0.model {
            Some(model) => of_model(&mut encoder, &model.health()),
            // Zeros would look like a model that nobody asks.
            None => Ok(()),
        }
    }
}

fn of_model(encoder: &mut DescriptorEncoder<'_>, health: &Health) -> fmt::Result {
    let closed = health.breaker == State::Closed;
    let up = "Whether the language model is asked: 0 while it is left alone because it failed.";
    gauge(encoder, "model_up", up, closed.into())?;
    gauge(encoder, "model_calls_running", "Calls to the language model under way.", health.in_flight)?;
    gauge(encoder, "model_calls_waiting", "Calls that wait for a place.", health.waiting)?;
    counter(encoder, "model_attempts", "Requests to the language model, retries included.", health.attempts)?;
    let mut calls = encoder.encode_descriptor(
        "model_calls",
        "Calls to the language model that ended, by how.",
        None,
        MetricType::Counter,
    )?;
    let ends = [("answered", health.answered), ("failed", health.failed), ("cancelled", health.cancelled)];
    for (end, count) in ends {
        ConstCounter::new(count).encode(calls.encode_family(&[("end", end)])?)?;
    }
    Ok(())
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &'static str,
    help: &'static str,
    value: usize,
) -> fmt::Result {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
}

fn counter(
    encoder: &mut DescriptorEncoder<'_>,
    name: &'static str,
    help: &'static str,
    value: u64,
) -> fmt::Result {
    ConstCounter::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Counter)?)
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standing")
    }
}
