//! Rows that tests begin with.

use control_db::{
    Database, Tx, applications,
    applications::Application,
    events,
    events::{Event, Kind},
    keys,
    keys::ApiKey,
    limits,
    limits::Change,
    tenants,
    tenants::{KeyRules, Tenant},
    webhooks,
    webhooks::Webhook,
};
use domain::{
    Timestamp,
    clock::from_unix,
    ids::{ApplicationId, Id, TenantId, WebhookId},
    policy::{Environment, LimitSubject, Measure, RequestLimit, TenantState},
    scope::{Scope, Scopes},
};
use testkit::fixed::SeededEntropy;

pub(crate) static ENTROPY: SeededEntropy = SeededEntropy::new(42);

pub(crate) fn now() -> Timestamp {
    from_unix(1_800_000_000)
}

pub(crate) fn tenant(name: &str) -> Tenant {
    Tenant {
        id: TenantId::new(now(), &ENTROPY),
        name: name.to_owned(),
        state: TenantState::Active,
        key_limit: RequestLimit { requests: 600, window_seconds: 60 },
        tenant_limit: RequestLimit { requests: 6_000, window_seconds: 60 },
        key_rules: KeyRules { max_age_days: 90, revoke_exposed: false },
        created_at: now(),
    }
}

pub(crate) fn application(tenant: TenantId, name: &str) -> Application {
    Application { id: ApplicationId::new(now(), &ENTROPY), tenant, name: name.to_owned(), created_at: now() }
}

pub(crate) fn key(application: &Application, id: &str) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        tenant: application.tenant,
        application: application.id,
        hash: format!("hash-of-{id}"),
        environment: Environment::Live,
        scopes: [Scope::StyleRead, Scope::GenerationsWrite].into_iter().collect::<Scopes>(),
        last4: "wxyz".to_owned(),
        created_at: now(),
        granted_at: now(),
        expires_at: Some(now() + time::Duration::days(90)),
        revoked_at: None,
        replaced_by: None,
        last_used_at: None,
        exposed_at: None,
        networks: vec!["203.0.113.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
    }
}

/// An event of `key`.
pub(crate) fn event(key: &ApiKey, kind: Kind, subject: &str) -> Event {
    let (key, tenant, subject) = (Some(key.id.clone()), key.tenant, subject.to_owned());
    Event { key, tenant, kind, subject, at: now(), details: serde_json::json!({ "days": 30 }) }
}

/// A new webhook of `tenant`.
pub(crate) fn webhook(tenant: TenantId) -> Webhook {
    let url = "https://hooks.example.com/".to_owned();
    Webhook { id: WebhookId::new(now(), &ENTROPY), tenant, url, created_at: now() }
}

/// A limit of `key` that was over before it began, so that no policy holds it.
fn bytes_of(key: &ApiKey) -> Change {
    let id = Id::<Change>::new(now(), &ENTROPY).uuid();
    let (of, reason) = (LimitSubject::Key(key.id.clone()), "a test".to_owned());
    Change { id, of, tenant: key.tenant, measure: Measure::Bytes, set: Some((1, now())), reason, at: now() }
}

/// Stores a tenant with an application, a key, a webhook, and an event and a limit of the key, all called after `name`.
pub(crate) async fn store_tenant(database: &Database, name: &str) -> (Tenant, Application, ApiKey) {
    let tenant = tenant(name);
    let application = application(tenant.id, name);
    let key = key(&application, &format!("key-{name}"));
    let tx = Tx::operator(database).await.unwrap();
    tenants::create(&tx, &tenant).await.unwrap();
    applications::create(&tx, &application).await.unwrap();
    keys::insert(&tx, &key).await.unwrap();
    let webhook = webhook(tenant.id);
    webhooks::create(&tx, &webhook).await.unwrap();
    assert!(events::append(&tx, &event(&key, Kind::Expiring, "30")).await.unwrap());
    limits::apply(&tx, &bytes_of(&key)).await.unwrap();
    tx.commit().await.unwrap();
    (tenant, application, key)
}
