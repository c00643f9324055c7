//! An edition made of the one before and what changed is the one that is made of everything.

use control_db::{Database, Tx, applications, keys, tenants};
use control_plane::{applications as onboarding, edition::Edition};
use domain::{
    clock::from_unix,
    ids::TenantId,
    policy::{Environment, TenantState, pages},
    scope::Scopes,
};
use seal::{
    api_key::{Pepper, PlainKey},
    entropy::SystemEntropy,
    token::SigningKey,
};
use testkit::{
    on_both_engines,
    test_db::{Engine, TestDb},
};

use crate::running::now;

/// Changes a database, and follows it.
struct Bench {
    database: Database,
    signing_key: SigningKey,
    application: applications::Application,
    issued: Vec<String>,
    _test_db: TestDb,
}

impl Bench {
    async fn new(engine: Engine) -> Self {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let tenant =
            control_plane::tenants::add(&database, "Planner", now(), &SystemEntropy).await.unwrap().id;
        let application = onboarding::add(&database, tenant, "Web", now(), &SystemEntropy).await.unwrap();
        let signing_key = SigningKey::from_seed(&*SigningKey::new_seed(&SystemEntropy)).unwrap();
        Self { database, signing_key, application, issued: Vec::new(), _test_db: test_db }
    }

    fn tenant(&self) -> TenantId {
        self.application.tenant
    }

    /// Issues keys in one transaction.
    async fn issue(&mut self, count: usize) {
        let pepper = Pepper::new(&[1; 32]).unwrap();
        let tx = Tx::operator(&self.database).await.unwrap();
        for _ in 0..count {
            let plain = PlainKey::generate(Environment::Live, &SystemEntropy);
            let key = keys::ApiKey {
                id: plain.id().to_owned(),
                tenant: self.application.tenant,
                application: self.application.id,
                hash: pepper.hash(&plain).to_text(),
                environment: Environment::Live,
                scopes: Scopes::all(),
                last4: plain.last4().to_owned(),
                created_at: now(),
                granted_at: now(),
                expires_at: Some(now() + time::Duration::days(90)),
                revoked_at: None,
                replaced_by: None,
                last_used_at: None,
                exposed_at: None,
                networks: Vec::new(),
            };
            keys::insert(&tx, &key).await.unwrap();
            self.issued.push(key.id);
        }
        tx.commit().await.unwrap();
    }

    async fn whole(&self) -> Edition {
        let tx = Tx::snapshot(&self.database).await.unwrap();
        Edition::whole(&tx, &self.signing_key, from_unix(0)).await.unwrap()
    }

    /// Returns the edition after `before`, which is the one that everything makes.
    async fn next(&self, before: &Edition, what: &str) -> Edition {
        let tx = Tx::snapshot(&self.database).await.unwrap();
        let next = before.next(&tx, &self.signing_key, from_unix(0)).await.unwrap();
        drop(tx);
        let whole = self.whole().await;
        assert_eq!(next.index(), whole.index(), "{what}");
        assert_eq!((&next.token, next.keys()), (&whole.token, whole.keys()), "{what}");
        assert!(next.version() > before.version(), "{what}");
        for digest in next.index().tenants.iter().chain(&next.index().keys) {
            assert_eq!(next.page(*digest), whole.page(*digest), "{what}");
            assert!(next.page(*digest).is_some(), "{what}");
        }
        next
    }
}

/// How many pages of keys differ.
fn renewed(before: &Edition, after: &Edition) -> usize {
    before.index().keys.iter().zip(&after.index().keys).filter(|(before, after)| before != after).count()
}

on_both_engines! {
    async fn every_change_reaches_the_edition_and_renews_no_other_page(engine: Engine) {
        let mut bench = Bench::new(engine).await;
        bench.issue(1_100).await;
        let mut edition = bench.whole().await;
        assert_eq!((edition.index().keys.len(), edition.keys()), (2, 1_100));
        let (tenant, one, other) = (bench.tenant(), bench.issued[0].clone(), bench.issued[1].clone());
        let network = ["203.0.113.0/24".parse().unwrap()];
        for step in 0..9 {
            let tx = Tx::operator(&bench.database).await.unwrap();
            let pages = match step {
                0 => keys::revoke(&tx, &one, now()).await.map(|()| 1),
                1 => keys::set_expiry(&tx, &one, None).await.map(|()| 1),
                2 => keys::set_networks(&tx, &other, &network).await.map(|()| 1),
                3 => keys::set_exposed(&tx, &other, now()).await.map(|()| 1),
                // Gateways do not need to know which key took another's place.
                4 => keys::set_replaced_by(&tx, &one, &other).await.map(|()| 0),
                5 => tenants::set_state(&tx, tenant, TenantState::Suspended).await.map(|()| 0),
                6 => {
                    let rules = tenants::KeyRules { max_age_days: 7, revoke_exposed: true };
                    tenants::set_key_rules(&tx, tenant, rules).await.map(|()| 0)
                }
                7 => keys::shorten(&tx, tenant, time::Duration::days(7)).await.map(|_| 2),
                _ => keys::note_use(&tx, &one, now()).await.map(|()| 0),
            };
            tx.commit().await.unwrap();
            if step == 8 {
                assert_eq!(bench.whole().await.index(), edition.index(), "a use is no change");
                continue;
            }
            let next = bench.next(&edition, &format!("step {step}")).await;
            assert_eq!(renewed(&edition, &next), pages.unwrap(), "step {step}");
            edition = next;
        }
    }

    async fn an_edition_grows_new_pages_and_survives_gaps(engine: Engine) {
        let mut bench = Bench::new(engine).await;
        bench.issue(1_020).await;
        let first = bench.whole().await;
        assert_eq!(first.index().keys.len(), 1);
        bench.issue(3).await;
        let second = bench.next(&first, "three more").await;
        assert_eq!(second.index().keys.len(), 1);
        bench.issue(1).await;
        assert_eq!(bench.next(&second, "one more").await.index().keys.len(), pages::count_for(1_024));
        // Two changes at once, seen from further back.
        bench.next(&first, "all of them").await;
        let version = control_plane::policy::advance(&bench.database, second.version() + 50).await.unwrap();
        assert_eq!(bench.next(&second, "advanced").await.version(), version);
    }
}
