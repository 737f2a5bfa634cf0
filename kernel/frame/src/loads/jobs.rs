//! Later work of a register: reading a file that came by the browser, and removing what a broken load left behind.

use std::sync::Arc;

use base::{Fault, Moment, Outcome};
use register::file::{self, FileIn};
use register::{By, Coming};
use serde::Deserialize;
use serde_json::Value;

use super::LoadDesk;
use crate::acting_as;
use crate::hall::Hall;

/// A load that has not moved for so long was interrupted. A job that fails is given up within hours.
const ABANDONED_SECONDS: i64 = 24 * 3_600;

/// What the job of an upload needs.
#[derive(Deserialize)]
struct Sent {
    load: String,
    account: String,
    /// It is all that the organ has.
    #[serde(default)]
    whole: bool,
}

/// Reads the file of a load and brings it in.
pub(super) async fn import(desk: &'static LoadDesk, hall: Arc<Hall>, body: Value) -> Outcome<()> {
    let sent = Sent::deserialize(&body).map_err(Fault::from)?;
    let load = sent.load.parse().map_err(|_| Fault::said("the load of a job is none"))?;
    let account = sent.account.parse().map_err(|_| Fault::said("its account is none"))?;
    let found = hall.store.read(move |r| access::account_by_id(r, account)).await?;
    let Some(account) = found else { return Ok(()) };
    let (now, ground) = (hall.now(), hall.ground());
    let by = By::Person(acting_as(&account, now));
    let source = move |bytes: Vec<u8>, coming: &Coming| {
        let sent = FileIn { name: coming.name.clone(), digest: coming.digest, bytes };
        file::source(desk.columns, sent, now.day())
    };
    register::read_in(&ground, desk.register, (load, by, sent.whole), source).await?;
    hall.bell.notify_one();
    Ok(())
}

/// Removes what loads have staged that never came to count, some rows at a time; sees to it that what gateways have
/// published is taken up.
pub(super) async fn sweep(desk: &'static LoadDesk, hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let then = now.plus_seconds(-ABANDONED_SECONDS);
    let register = desk.register;
    let next = move |reader: &store::Reader<'_>| register::abandoned(reader, register.name, then);
    while let Some(load) = hall.store.read(next).await? {
        let words = "处理中断，一天没有进展，这个文件没有生效。请再导入一次";
        register::sweep(&hall.ground(), register, &load, words).await?;
    }
    register::rouse(&hall.ground(), register).await
}
