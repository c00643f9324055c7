//! Serves an axum router through [`crate::listen`].

use std::{convert::Infallible, net::SocketAddr, pin::Pin, sync::Arc};

use axum::{
    Router,
    extract::{MatchedPath, Request as AxumRequest, State},
    middleware::{Next, from_fn_with_state},
};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::{
    body::Body,
    metrics::{Routes, Underway},
    unread::RequestBody,
};

/// Returns `router`, each request of which is counted under the route that it matched.
pub fn counted(router: Router, routes: &Arc<Routes>) -> Router {
    router.layer(from_fn_with_state(Arc::clone(routes), count))
}

async fn count(
    State(routes): State<Arc<Routes>>,
    matched: Option<MatchedPath>,
    request: AxumRequest,
    next: Next,
) -> axum::response::Response {
    let mut underway = Underway::begin(&routes);
    if let Some(matched) = &matched {
        underway.is_for(matched.as_str());
    }
    let response = next.run(request).await.map(|body| body.map_err(Into::into).boxed_unsync());
    underway.follow(response).map(axum::body::Body::new)
}

/// An answer in the making.
pub type Answer = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// Returns a handler for [`crate::listen::serve`] that asks `router`.
pub fn handler(router: Router) -> impl Fn(Request<RequestBody>, SocketAddr) -> Answer + Clone + Send + Sync {
    move |request, _peer| {
        let router = router.clone();
        Box::pin(async move {
            let answer: Result<_, Infallible> = router.oneshot(request.map(axum::body::Body::new)).await;
            match answer {
                Ok(response) => response.map(|body| body.map_err(Into::into).boxed_unsync()),
                Err(never) => match never {},
            }
        })
    }
}
