//! Threat A6: what keeps a processor busy is done by workers, in turns, and never where requests are answered.

use std::time::Duration;

use http::StatusCode;
use testkit::on_both_engines;

use crate::{
    app::{App, Sent, caller},
    requests::{self, CHECKS, GENERATIONS, at},
};

on_both_engines! {
    async fn stored_samples_are_opened_by_workers_only(engine: Engine) {
        let mut app = App::start(engine).await;
        let caller = caller();
        let id = requests::dietitian(&app, &caller).await;
        let samples = format!("{}/samples", at(&id));
        let set = app.send(&caller, &Sent::get(&samples)).await.ok()["items"][0]["id"].clone();
        let mut check = requests::check();
        check["dietitian_id"] = id.as_str().into();
        let reading = [
            Sent::get(&samples),
            Sent::get(format!("{samples}/{}", requests::text(&set))),
            Sent::get(format!("{}/style?type=introduction&language=en", at(&id))),
            Sent::post(CHECKS, &check),
            Sent::post(GENERATIONS, &requests::generation(&id)),
            Sent::post(samples.clone(), &requests::samples()),
        ];
        app.restart_with(0, Duration::from_millis(10)).await;
        for sent in &reading {
            let reply = app.send(&caller, sent).await;
            assert_eq!(reply.code(), "overloaded", "{sent:?}");
        }
        app.restart_with(1, Duration::from_secs(600)).await;
        for sent in &reading {
            let reply = app.send(&caller, sent).await;
            assert!(matches!(reply.status, StatusCode::OK | StatusCode::CREATED), "{sent:?}: {reply:?}");
        }
    }
}
