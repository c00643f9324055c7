//! What is known of a key beside the policy.

use control_plane::{
    acl, applications,
    keys::{self, NewKey},
    tenants,
};
use domain::{clock::from_unix, policy::Environment, scope::Scopes};
use seal::{api_key::Pepper, entropy::SystemEntropy};
use testkit::{on_both_engines, test_db::TestDb};

const NOW: i64 = 1_800_000_000;

on_both_engines! {
    async fn a_key_stands_beside_the_policy_that_holds_it(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let (now, pepper) = (from_unix(NOW), Pepper::new(&[3; 32]).unwrap());
        let tenant = tenants::add(&database, "Planner", now, &SystemEntropy).await.unwrap();
        let application = applications::add(&database, tenant.id, "Web", now, &SystemEntropy).await.unwrap().id;
        let new = NewKey {
            application,
            environment: Environment::Live,
            scopes: Scopes::all(),
            lifetime: None,
            networks: Vec::new(),
        };
        let issued = keys::issue(&database, &pepper, new, now, &SystemEntropy).await.unwrap().key;

        let standing = acl::standing(&database, &issued.id, now).await.unwrap();
        let (key, owner) = standing.key.unwrap();
        assert_eq!((&key, owner.id), (&issued, tenant.id));
        assert_eq!(standing.policy.keys, [key.policy()]);

        let revoked = keys::revoke(&database, &issued.id, now).await.unwrap();
        let later = acl::standing(&database, &issued.id, now).await.unwrap();
        assert_eq!(later.key.unwrap().0, revoked);
        assert!(later.policy.keys[0].revoked && later.policy.version > standing.policy.version);
        assert!(acl::standing(&database, "abcdefghijklmnop", now).await.unwrap().key.is_none());
    }
}
