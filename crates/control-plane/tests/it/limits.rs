//! Who may have which limit for how long.

use control_plane::{Error, applications, limits, tenants};
use domain::{
    Timestamp,
    clock::from_unix,
    policy::{LimitSubject, Measure},
};
use testkit::{
    fixed::SeededEntropy,
    test_db::{Engine, TestDb},
};
use time::Duration;

fn now() -> Timestamp {
    from_unix(1_800_000_000)
}

#[tokio::test]
async fn an_override_needs_a_reason_an_end_and_an_amount_that_makes_sense() {
    let db = TestDb::control(Engine::Sqlite).await;
    let database = db.open_control().await;
    let entropy = SeededEntropy::new(7);
    let tenant = tenants::add(&database, "a", now(), &entropy).await.unwrap().id;
    let application = applications::add(&database, tenant, "x", now(), &entropy).await.unwrap().id;
    let (of_tenant, of_application) = (LimitSubject::Tenant(tenant), LimitSubject::Application(application));
    let tomorrow = now() + Duration::DAY;
    let set = async |of: &LimitSubject, measure, value, until, reason: &str| {
        limits::set(&database, of.clone(), measure, (value, until), reason, now(), &entropy).await
    };
    let long = "x".repeat(501);
    for (of, measure, value, until, reason) in [
        (&of_tenant, Measure::Requests, 0, tomorrow, "r"),
        (&of_tenant, Measure::Requests, Measure::Requests.most() + 1, tomorrow, "r"),
        (&of_tenant, Measure::Requests, 1, now(), "r"),
        (&of_tenant, Measure::Requests, 1, now() + Duration::days(367), "r"),
        (&of_tenant, Measure::Requests, 1, tomorrow, " "),
        (&of_tenant, Measure::Requests, 1, tomorrow, &long),
        (&of_tenant, Measure::Requests, 1, tomorrow, "two\nlines"),
        (&of_application, Measure::DietitianRequests, 1, tomorrow, "r"),
    ] {
        let refused = set(of, measure, value, until, reason).await;
        assert!(
            matches!(refused, Err(Error::Refused(_))),
            "{measure:?} {value} {until} {reason}: {refused:?}"
        );
    }
    let nobody = LimitSubject::Key("nobody".to_owned());
    assert!(matches!(set(&nobody, Measure::Bytes, 1, tomorrow, "r").await, Err(Error::NotFound("key"))));
    set(&of_tenant, Measure::DietitianRequests, 1, tomorrow, "r").await.unwrap();
    let change = set(&of_application, Measure::Bytes, 1, tomorrow, " a trial ").await.unwrap();
    assert_eq!((change.tenant, change.reason.as_str()), (tenant, "a trial"));
    assert_eq!(limits::in_force(&database, now()).await.unwrap().len(), 2);
    let none = limits::clear(&database, of_tenant.clone(), Measure::Bytes, "r", now(), &entropy).await;
    assert!(matches!(none, Err(Error::NotFound(_))), "{none:?}");
    limits::clear(&database, of_application, Measure::Bytes, "it is over", now(), &entropy).await.unwrap();
    assert_eq!(limits::in_force(&database, now()).await.unwrap().len(), 1);
    assert_eq!(limits::changes(&database, Some(tenant)).await.unwrap().len(), 3);
}
