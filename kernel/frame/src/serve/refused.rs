//! Who is refused for want of a right leaves an act behind: that somebody tries doors can be seen afterwards,
//! and counted.

use access::{Allowed, OWES_FACTOR, OWES_PASSWORD};
use axum::http::{HeaderMap, Method};
use base::{CitizenNumber, Outcome, Phone, RefusalKind, Stop};
use ledger::{Act, ActKind};
use serde_json::json;

use crate::cx::Cx;

/// The act of a refusal.
pub const REFUSED: ActKind =
    ActKind { name: "access.refused", title: "没有权限或者应当回避，被拒绝" };

/// The act of a wrong signature under what somebody decides.
pub const SIGNATURE_FAILED: ActKind =
    ActKind { name: "access.signature_failed", title: "本人签名不对" };

/// The act of a second step that brought back what was not given to it: in another session, for another step, with
/// another content, changed, or late.
pub const SIGNING_UNFIT: ActKind =
    ActKind { name: "access.signing_unfit", title: "签名页带回来的内容不能用" };

/// So many refusals of one account are put on record in an hour; whoever goes on adds nothing to what is
/// known of them, and fills no disk.
const RECORDED_MAX: i64 = 60;
const HOUR_SECONDS: i64 = 3_600;
/// What has to be done first: a password that is to be changed, a second factor, a signature. To be told of it
/// is no attempt; and what another site made a browser send was not the person's.
const NO_ATTEMPT: [&str; 5] =
    [OWES_PASSWORD, OWES_FACTOR, "access.cannot_sign", "ledger.unsigned", super::FOREIGN_ORIGIN];
/// So much of an address is kept.
const PATH_CHARS_MAX: usize = 120;

/// By which code a request that was answered so was refused for want of a right. A page that came all the
/// same has only looked what it may offer.
pub(super) fn code_of(cx: &Cx, stop: Option<&Stop>, headers: &HeaderMap) -> Option<&'static str> {
    let from_elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    let told =
        stop.and_then(Stop::refusal).filter(|refusal| refusal.kind == RefusalKind::Forbidden);
    let code = told.map(|refusal| refusal.code).or_else(|| cx.refused())?;
    (!from_elsewhere && !NO_ATTEMPT.contains(&code)).then_some(code)
}

/// Puts on record that a person was refused. What nobody signed in asks for leaves no line here.
pub(super) async fn put_on_record(cx: &Cx, kind: &ActKind, method: &Method, code: &'static str) {
    let Some(account) = cx.person().map(|person| person.account) else { return };
    let now = cx.now();
    let content =
        json!({ "method": method.as_str(), "path": path_of(cx.target()), "refusal": code });
    let act = Act::new(now, kind.name, "account", account).content(content);
    let (who, name) = (cx.who(), format!("refused {account}"));
    let full = name.clone();
    let written: Outcome<()> = async {
        let peeked = cx
            .hall()
            .store
            .read(move |reader| access::peek(reader, &full, RECORDED_MAX, now))
            .await?;
        if matches!(peeked, Allowed::NotUntil(_)) {
            return Ok(());
        }
        cx.hall()
            .write(move |tx| match access::hit(tx, &name, RECORDED_MAX, HOUR_SECONDS, now)? {
                Allowed::Yes(_) => ledger::record(tx, &who, &act),
                Allowed::NotUntil(_) => Ok(()),
            })
            .await
    }
    .await;
    // The person is refused whether or not it can be written down.
    if let Err(stop) = written {
        tracing::error!(request = %cx.request(), fault = %stop, "a refusal is not on record");
    }
}

/// What was tried to reach, without what somebody may have typed of a person into the address.
fn path_of(target: &str) -> String {
    let path = target.split('?').next().unwrap_or_default();
    let segments = path.split('/').map(|segment| {
        let personal = CitizenNumber::parse(segment).is_ok() || Phone::parse(segment).is_ok();
        if personal { "…" } else { segment }
    });
    segments.collect::<Vec<_>>().join("/").chars().take(PATH_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_nobodys_number_and_stays_short() {
        assert_eq!(path_of("/desk/cases/42070220261?q=x"), "/desk/cases/42070220261");
        assert_eq!(path_of("/desk/holders/420702199003076634"), "/desk/holders/…");
        assert_eq!(path_of("/a/13812345678/b"), "/a/…/b");
        assert_eq!(path_of(&"/长".repeat(500)).chars().count(), PATH_CHARS_MAX);
    }
}
