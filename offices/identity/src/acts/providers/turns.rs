//! Whose turn it is to ask a platform: one at a time, so that one that hangs holds up few.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use base::{Fault, Outcome};
use frame::IdentityProvider;
use tokio::sync::Semaphore;

use crate::rules::providers::busy;
use crate::wire::provider::Trouble;

/// So long somebody waits for a platform that others are asking.
const TURN_MAX: Duration = Duration::from_secs(2);

/// The turns at each platform: one request at a time. One that hangs holds up who asks it, and no thread more.
static TURNS: LazyLock<Mutex<HashMap<String, Arc<Semaphore>>>> = LazyLock::new(Mutex::default);

/// Asks a platform, off the async threads, when it is one's turn.
pub(super) async fn asked<T: Send + 'static>(
    provider: &IdentityProvider,
    ask: impl FnOnce(&IdentityProvider) -> Result<T, Trouble> + Send + 'static,
) -> Outcome<Result<T, Trouble>> {
    let turns = {
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        turns.entry(provider.issuer.clone()).or_insert_with(|| Arc::new(Semaphore::new(1))).clone()
    };
    let Ok(turn) = tokio::time::timeout(TURN_MAX, turns.acquire_owned()).await else {
        return Err(busy(provider).into());
    };
    let (turn, provider) = (turn.map_err(Fault::from)?, provider.clone());
    // Who asked may go away meanwhile: the turn is over when the platform has answered.
    let answer = tokio::task::spawn_blocking(move || {
        let answer = ask(&provider);
        drop(turn);
        answer
    });
    Ok(answer.await.map_err(Fault::from)?)
}
