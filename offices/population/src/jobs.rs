//! Later work: removing what an interrupted load left behind.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use base::{Moment, Outcome};
use frame::Hall;
use serde_json::Value;

use crate::store;
use crate::terms::IMPORT;

/// A load that does not count after so long was interrupted.
const ABANDONED_SECONDS: i64 = 24 * 3_600;
/// Rows removed at a time.
const SWEEP_ROWS: usize = 1_000;

/// Removes loads that never came to count, some rows at a time.
pub fn sweep(
    hall: Arc<Hall>,
    _body: Value,
    now: Moment,
) -> Pin<Box<dyn Future<Output = Outcome<()>> + Send + 'static>> {
    Box::pin(async move {
        let then = now.plus_seconds(-ABANDONED_SECONDS);
        while let Some(load) = hall.store.read(move |reader| store::abandoned(reader, then)).await?
        {
            let permit = access::clockwork(IMPORT.name);
            let sweep =
                move |tx: &::store::Tx<'_>| match store::unstage(tx, &permit, load, SWEEP_ROWS)? {
                    true => Ok(()),
                    false => store::forget(tx, &permit, load),
                };
            hall.store.write(sweep).await?;
        }
        Ok(())
    })
}
