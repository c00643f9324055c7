//! Serves an axum router through [`crate::listen`].

use std::{convert::Infallible, net::SocketAddr, pin::Pin};

use axum::Router;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::{body::Body, unread::RequestBody};

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
