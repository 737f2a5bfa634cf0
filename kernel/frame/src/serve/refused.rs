//! Who is refused a right leaves an act behind: that somebody tries doors can be seen afterwards, and counted.

use access::{OWES_FACTOR, OWES_PASSWORD};
use axum::http::Method;
use base::{Outcome, RefusalKind, Stop};
use ledger::{Act, ActKind};
use serde_json::json;

use crate::cx::Cx;

/// The act of a refusal.
pub const REFUSED: ActKind = ActKind { name: "access.refused", title: "越权访问被拒绝" };

/// So many refusals of one account are put on record in an hour; whoever goes on adds nothing to what is
/// known of them, and fills no disk.
const RECORDED_MAX: i64 = 60;
const HOUR_SECONDS: i64 = 3_600;

/// Puts on record that a person was refused a right. What has to be done first (a password that is to be
/// changed, a second factor) is no attempt, and neither is what nobody signed in asks for.
pub(super) async fn put_on_record(cx: &Cx, method: &Method, stop: &Stop) {
    let Some(account) = cx.person().map(|person| person.account) else { return };
    let refused = stop.refusal().filter(|refusal| refusal.kind == RefusalKind::Forbidden);
    let Some(refusal) = refused.filter(|one| ![OWES_PASSWORD, OWES_FACTOR].contains(&one.code))
    else {
        return;
    };
    let now = cx.now();
    let path = cx.target().split('?').next().unwrap_or_default();
    let content = json!({ "method": method.as_str(), "path": path, "refusal": refusal.code });
    let act = Act::new(now, REFUSED.name, "account", account).content(content);
    let (who, name) = (cx.who(), format!("refused {account}"));
    let written: Outcome<()> = cx
        .hall()
        .write(move |tx| match access::hit(tx, &name, RECORDED_MAX, HOUR_SECONDS, now)? {
            access::Allowed::Yes(_) => ledger::record(tx, &who, &act),
            access::Allowed::NotUntil(_) => Ok(()),
        })
        .await;
    // The person is refused whether or not it can be written down.
    if let Err(stop) = written {
        tracing::error!(request = %cx.request(), fault = %stop, "a refusal is not on record");
    }
}
