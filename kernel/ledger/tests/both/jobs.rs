//! A job that was taken up again is with who took it up last.

use kernel_ledger::jobs::{self, Lane};
use testkit::database::each_database;

use crate::{Log, now, wait};

#[test]
fn who_took_a_job_first_and_is_late_strikes_nothing_off_that_another_is_at() {
    each_database(|store| {
        let store = Log::new(store).store;
        wait(async {
            let body = serde_json::json!({});
            let put =
                move |tx: &store::Tx<'_>| jobs::enqueue(tx, Lane::Long, "test.job", &body, now());
            store.write(put).await.expect("a job");
            let take = async |at| jobs::take(&store, Lane::Long, at, 1).await.expect("jobs").pop();
            let waiting =
                async || store.read(|r| jobs::count_of(r, "test.job")).await.expect("a count");
            let first = take(now()).await.expect("the job");
            let later = now().plus_seconds(6 * 60);
            let second = take(later).await.expect("it comes back after five minutes");
            jobs::done(&store, &first).await.expect("nothing");
            assert_eq!(waiting().await, 1);
            // Nor does it put it off, or hold it for itself.
            jobs::hold(&store, &first, later.plus_seconds(86_400)).await.expect("nothing");
            jobs::failed(&store, &first, "late", later.plus_seconds(86_400))
                .await
                .expect("nothing");
            let third = take(later.plus_seconds(6 * 60)).await.expect("it comes back as before");
            jobs::done(&store, &second).await.expect("nothing");
            assert_eq!(waiting().await, 1);
            jobs::done(&store, &third).await.expect("done");
            assert_eq!(waiting().await, 0);
        });
    });
}
