//! Who reads does not wait for who writes.

use api_db::{Tx, dietitians};
use domain::ids::DietitianId;
use http::Method;
use testkit::{
    on_both_engines,
    scripted_llm::{Script, ScriptedLlm},
};

use crate::{
    app::{App, Sent, caller},
    requests::{self, CHECKS, GENERATIONS, at},
};

on_both_engines! {
    async fn a_writer_delays_nobody_who_reads(engine: Engine) {
        let llm = ScriptedLlm::start(Script::honest()).await;
        let app = App::start_with_llm(engine, &llm).await;
        let caller = caller();
        let stock = requests::stock(&app, &caller).await;
        let database = app.db.open_api().await;
        let writer = Tx::tenant(&database, caller.tenant).await.unwrap();
        let id: DietitianId = stock.dietitian.parse().unwrap();
        let mut changed = dietitians::get(&writer, id).await.unwrap();
        changed.status = dietitians::Status::Paused;
        dietitians::update(&writer, &changed).await.unwrap();

        let mut reads: Vec<_> = requests::all(&caller, &stock).into_iter().map(|(_, sent)| sent).collect();
        reads.retain(|sent| sent.method == Method::GET);
        assert!(reads.len() > 10);
        reads.push(Sent::post(CHECKS, &requests::check()));
        for sent in &reads {
            // Whoever waits for the writer is refused in the end.
            assert!(app.send(&caller, sent).await.status.is_success(), "{sent:?}");
        }

        // A text is begun, and waits only when it is to be stored.
        let begun = llm.counts().started;
        let generation = Sent::post(GENERATIONS, &requests::generation(&stock.dietitian));
        let (reply, ()) = futures_util::future::join(app.send(&caller, &generation), async {
            assert!(llm.wait_for(|counts| counts.started > begun).await, "the model was not asked");
            drop(writer);
        }).await;
        assert!(reply.status.is_success(), "{reply:?}");
        assert_eq!(app.send(&caller, &Sent::get(at(&stock.dietitian))).await.ok()["status"], "active");
    }
}
