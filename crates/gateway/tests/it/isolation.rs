//! Nobody gets what is another tenant's, however many ask at once (threat X3, the gateway's part).

use domain::scope::Scopes;
use http::Response;
use http_body_util::Full;
use serve::body;

use crate::{
    client::read,
    harness::{PLENTY, World, within},
};

#[tokio::test]
async fn among_parallel_calls_of_two_tenants_each_gets_its_own_answer() {
    let world = World::new().await;
    let tenants = [world.tenant(PLENTY, PLENTY), world.tenant(PLENTY, PLENTY)];
    let keys = tenants.map(|tenant| world.key(tenant, Scopes::all()));
    let served = world.start().await;
    // A canary for each tenant: whose context arrived, that one's is answered, sooner or later.
    world.api.script(|arrived| {
        let tenant = arrived.context.as_ref().unwrap().caller.tenant.to_string();
        let millis = u64::from(tenant.as_bytes()[tenant.len() - 1] % 4);
        async move {
            tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
            let answer = Response::builder().header("content-type", "application/json");
            answer.body(body::full(format!("{{\"canary\":\"{tenant}\"}}"))).unwrap()
        }
    });
    let http2 = served.client.http2::<Full<bytes::Bytes>>().await;
    let calls = (0..500).map(|number| {
        let (tenant, key) = (tenants[number % 2].to_string(), &keys[number % 2]);
        let (mut http2, client) = (http2.clone(), &served.client);
        async move {
            let request = client.request("GET", "/api/v1/me", Some(key)).body(Full::default()).unwrap();
            let answer = if number % 3 == 0 {
                client.send(request).await
            } else {
                http2.ready().await.unwrap();
                read(within(http2.send_request(request)).await.unwrap()).await
            };
            // No more than 64 of a tenant at the same time; the others are told so.
            match answer.status.as_u16() {
                200 => assert_eq!(answer.json()["canary"], tenant),
                status => assert_eq!(status, 429),
            }
            usize::from(answer.status == 200)
        }
    });
    let answered: usize = futures_util::future::join_all(calls).await.into_iter().sum();
    assert!(answered > 100, "{answered}");
}
