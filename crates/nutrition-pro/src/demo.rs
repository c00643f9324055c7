//! The first tenant, three dietitians and their samples, and a text requested through the gateway.
//!
//! Everything goes the way a meal planner's own program would go: over TLS, with an API key, to the public API. Only
//! tenant, application and key are made beside it, as `nutrition-pro tenant|app|key` would make them.

use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, bail};
use control_db::Database;
use control_plane::{applications, keys, tenants};
use domain::{
    clock::{Clock as _, Entropy as _},
    ids::TenantId,
    policy::Environment,
    scope::Scopes,
};
use eventsource_stream::Eventsource as _;
use futures_util::StreamExt as _;
use reqwest::{Client, Method, StatusCode, Url};
use seal::{
    api_key::{Pepper, PlainKey},
    entropy::SystemEntropy,
};
use serde::Deserialize;
use serde_json::{Value, json};
use serve::{clock::SystemClock, tls};
use time::Duration;

use crate::{
    data_dir::{DataDir, replace},
    terminal,
};

/// The voices of the demo; fictional people.
const VOICES: [&str; 3] = [
    include_str!("../../../examples/voices/eleanor-whitcombe.json"),
    include_str!("../../../examples/voices/ruth-calloway.json"),
    include_str!("../../../examples/voices/camila-duarte.json"),
];

const TENANT: &str = "Demo meal planner";
const APPLICATION: &str = "Demo application";
/// A demo key that ends sooner than this is replaced at the next start.
const FRESH: Duration = Duration::days(1);

/// One dietitian of the demo, as `examples/voices` holds them.
#[derive(Deserialize)]
struct Voice {
    external_ref: String,
    display_name: String,
    languages: Value,
    r#type: String,
    language: String,
    /// What the dietitian agreed to, as the API takes it.
    consent: Value,
    texts: Value,
    entities: Value,
    /// A generation request without `dietitian_id`.
    request: BTreeMap<String, Value>,
}

/// What the demo made, for whoever wants to go on from here.
pub(crate) struct Demo {
    /// Ids by external reference.
    pub(crate) dietitians: BTreeMap<String, String>,
    /// A request file for each dietitian, by external reference.
    pub(crate) requests: BTreeMap<String, std::path::PathBuf>,
    /// The API's answer to the first of them.
    pub(crate) generation: Value,
}

/// Makes sure that the demo tenant has a key that works, and returns it.
pub(crate) async fn ensure_key(
    directory: &DataDir,
    database: &Database,
    pepper: &Pepper,
) -> anyhow::Result<PlainKey> {
    let now = SystemClock.now();
    let stored = fs::read_to_string(directory.demo_key_file()).ok();
    if let Some(plain) = stored.and_then(|text| text.trim().parse::<PlainKey>().ok()) {
        let known = keys::list(database, None).await?;
        let works = known.iter().any(|key| {
            key.id == plain.id()
                && key.revoked_at.is_none()
                && key.expires_at.is_none_or(|end| end > now + FRESH)
        });
        if works {
            return Ok(plain);
        }
    }
    let tenant = ensure_tenant(database).await?;
    let applications = applications::list(database, Some(tenant)).await?;
    let application = match applications.first() {
        Some(application) => application.id,
        None => applications::add(database, tenant, APPLICATION, now, &SystemEntropy).await?.id,
    };
    let new = keys::NewKey {
        application,
        environment: Environment::Live,
        scopes: Scopes::all(),
        lifetime: None,
        networks: Vec::new(),
    };
    let issued = keys::issue(database, pepper, new, now, &SystemEntropy).await?;
    replace(&directory.demo_key_file(), issued.plain.reveal())?;
    Ok(issued.plain)
}

async fn ensure_tenant(database: &Database) -> anyhow::Result<TenantId> {
    let known = tenants::list(database).await?;
    match known.iter().find(|tenant| tenant.name == TENANT) {
        Some(tenant) => Ok(tenant.id),
        None => Ok(tenants::add(database, TENANT, SystemClock.now(), &SystemEntropy).await?.id),
    }
}

/// Sends the dietitians' samples, asks for one introduction, and shows it as it is written.
pub(crate) async fn run(
    directory: &DataDir,
    gateway: &Url,
    key: &PlainKey,
    show: bool,
) -> anyhow::Result<Demo> {
    let planner = MealPlanner::new(directory, gateway, key)?;
    let voices: Vec<Voice> = VOICES
        .into_iter()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .context("a demo voice can't be read")?;
    let mut demo = Demo { dietitians: BTreeMap::new(), requests: BTreeMap::new(), generation: Value::Null };
    for voice in &voices {
        let id = planner.ensure_dietitian(voice).await?;
        let mut request = voice.request.clone();
        request.insert("dietitian_id".to_owned(), id.as_str().into());
        let file = directory.path(&format!("demo/{}.json", voice.external_ref));
        replace(&file, &serde_json::to_string_pretty(&request)?)?;
        demo.dietitians.insert(voice.external_ref.clone(), id);
        demo.requests.insert(voice.external_ref.clone(), file);
    }
    let first = voices.first().context("there is no demo voice")?;
    let request = fs::read_to_string(&demo.requests[&first.external_ref])?;
    if show {
        let samples = first.texts.as_array().map_or(0, Vec::len);
        terminal::say(&format!("\n{}'s voice, learnt from {samples} texts:\n", first.display_name));
    }
    demo.generation = planner.generate(request, show).await?;
    if show {
        let score = demo.generation["variants"][0]["style_score"].as_f64().unwrap_or_default();
        let writer = demo.generation["writer"].as_str().unwrap_or_default();
        terminal::say(&format!(
            "\n\nwriter: {writer} · style score: {score:.2} · a draft, for the dietitian to review"
        ));
    }
    Ok(demo)
}

/// A meal planner's program, as small as it can be.
struct MealPlanner {
    client: Client,
    base: Url,
    key: PlainKey,
}

impl MealPlanner {
    fn new(directory: &DataDir, gateway: &Url, key: &PlainKey) -> anyhow::Result<Self> {
        let authority = fs::read_to_string(directory.authority_file())?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls::client(None, &authority)?)
            .no_proxy()
            // A model may take long for a whole text; only silence is given up on.
            .read_timeout(std::time::Duration::from_secs(180))
            .build()?;
        Ok(Self { client, base: gateway.join("/api/v1/")?, key: key.clone() })
    }

    async fn ensure_dietitian(&self, voice: &Voice) -> anyhow::Result<String> {
        let known = self.get("dietitians?limit=100").await?;
        let listed = known["items"].as_array().map_or(&[][..], Vec::as_slice);
        let found = listed.iter().find(|one| one["external_ref"] == voice.external_ref.as_str());
        let id = match found {
            Some(dietitian) => dietitian["id"].as_str().context("a dietitian without id")?.to_owned(),
            None => {
                let new = json!({
                    "external_ref": voice.external_ref, "display_name": voice.display_name, "languages": voice.languages,
                });
                let made = self.send(Method::POST, "dietitians", &new).await?;
                made["id"].as_str().context("a dietitian without id")?.to_owned()
            }
        };
        if self.get(&format!("dietitians/{id}/consent")).await.is_err() {
            self.send(Method::PUT, &format!("dietitians/{id}/consent"), &voice.consent).await?;
        }
        let samples = self.get(&format!("dietitians/{id}/samples")).await?;
        if samples["items"].as_array().is_none_or(Vec::is_empty) {
            let samples = json!({
                "type": voice.r#type, "language": voice.language, "texts": voice.texts, "entities": voice.entities,
            });
            self.send(Method::POST, &format!("dietitians/{id}/samples"), &samples).await?;
        }
        Ok(id)
    }

    /// Asks for a text and shows its sentences as they come.
    async fn generate(&self, request: String, show: bool) -> anyhow::Result<Value> {
        let response = self
            .request(Method::POST, "generations")?
            .header("accept", "text/event-stream")
            .header("content-type", "application/json")
            .body(request)
            .send()
            .await
            .context("no answer from the gateway")?;
        if response.status() != StatusCode::OK {
            bail!(
                "the gateway answered {}: {}",
                response.status(),
                response.text().await.unwrap_or_default()
            );
        }
        let mut events = response.bytes_stream().eventsource();
        while let Some(event) = events.next().await {
            let event = event.context("the stream broke off")?;
            let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
            match event.event.as_str() {
                "sentence" if show => terminal::say_part(data["text"].as_str().unwrap_or_default()),
                "notice" if show && data["code"] == "rewritten" => {
                    terminal::say("\n\n(what was written did not pass the rules; it is written again)\n");
                }
                "completed" => return Ok(data),
                "error" => bail!("no text: {}", event.data),
                _ => {}
            }
        }
        bail!("the stream ended without a text")
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        accepted(self.request(Method::GET, path)?.send().await?).await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.request(method, path)?.header("content-type", "application/json");
        accepted(request.body(body.to_string()).send().await?).await
    }

    fn request(&self, method: Method, path: &str) -> anyhow::Result<reqwest::RequestBuilder> {
        let request =
            self.client.request(method.clone(), self.base.join(path)?).bearer_auth(self.key.reveal());
        if method != Method::POST {
            return Ok(request);
        }
        let mut random = [0; 16];
        SystemEntropy.fill(&mut random);
        Ok(request.header("idempotency-key", data_encoding::HEXLOWER.encode(&random)))
    }
}

async fn accepted(response: reqwest::Response) -> anyhow::Result<Value> {
    let status = response.status();
    let text = response.text().await.context("the answer broke off")?;
    if !status.is_success() {
        bail!("the gateway answered {status}: {text}");
    }
    if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&text)?) }
}
