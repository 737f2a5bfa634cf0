//! Later work: reading a file that came by the browser, removing what an interrupted load left behind, announcing
//! ends.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use base::{Fault, Moment, Outcome};
use frame::{Hall, loads};
use serde::Deserialize;
use serde_json::Value;

use crate::acts;
use crate::pages::LOADS;
use crate::terms::LINKED;

/// The kind of job that announces ends.
pub const ANNOUNCE: &str = "entities.announce";
/// The kind of job that reads a file.
pub const IMPORT: &str = "entities.import";

/// The kind of job that takes up what gateways have published.
pub const TAKE_UP: &str = "entities.take_up";

/// The kind of job that compares the register with itself, after a load and on request.
pub const COMPARE: &str = "entities.compare";

type Done = Pin<Box<dyn Future<Output = Outcome<()>> + Send + 'static>>;

/// Reads the file of a load and brings it in.
pub fn import(hall: Arc<Hall>, body: Value, _now: Moment) -> Done {
    Box::pin(loads::import(&LOADS, hall, body))
}

/// Takes up what gateways have published.
pub fn take_up(hall: Arc<Hall>, _body: Value, _now: Moment) -> Done {
    Box::pin(loads::take_up(&LOADS, hall))
}

/// Removes what loads have staged that never came to count.
pub fn sweep(hall: Arc<Hall>, _body: Value, now: Moment) -> Done {
    Box::pin(loads::sweep(&LOADS, hall, now))
}

/// What the job of announcing needs.
#[derive(Deserialize)]
struct Came {
    load: String,
}

/// Announces the ends that a load has brought.
pub fn announce(hall: Arc<Hall>, body: Value, _now: Moment) -> Done {
    Box::pin(async move {
        let came = Came::deserialize(&body).map_err(Fault::from)?;
        let load = came.load.parse().map_err(|_| Fault::said("the load of a job is none"))?;
        acts::announce(&hall, load).await
    })
}

/// Compares the register with itself.
pub fn compare(hall: Arc<Hall>, body: Value, _now: Moment) -> Done {
    Box::pin(frame::identities::compare(&LINKED, hall, body))
}
