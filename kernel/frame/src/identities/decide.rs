//! What people decide at this desk: judging, merging, splitting, taking back, and asking for a run.

use base::{FieldError, Outcome, RefusalKind, Stop};
use linkage::{Judged, Leaving, Verdict};
use serde::Deserialize;

use super::{IdentityDesk, identity, pair, queue};
use crate::filled::Reasoned;
use crate::parts::{
    self, Button, Crumb, Field, Heading, SummaryRow, button_row, html, post_form, summary_list,
};
use crate::serve::see_other;
use crate::{ActCx, Cx, Reply, not_found, page};

/// Who decides, and why.
fn judging(desk: &'static IdentityDesk, cx: &ActCx, reason: &str) -> Judged {
    Judged {
        linked: desk.linked,
        keys: cx.hall().keys.clone(),
        actor: cx.actor().clone(),
        reason: reason.to_owned(),
        now: cx.now(),
    }
}

/// The words beside fields of a refusal that the form can show again.
fn beside(stop: Stop) -> Outcome<Vec<FieldError>> {
    match stop {
        Stop::Refused(refusal) if refusal.kind == RefusalKind::Invalid => Ok(refusal.fields),
        stop => Err(stop),
    }
}

/// What the form of a pair says.
#[derive(Debug, Deserialize)]
pub struct Said {
    #[serde(default)]
    verdict: String,
    #[serde(default)]
    reason: String,
}

/// Judges a pair, and leads to the next.
pub async fn judge(desk: &'static IdentityDesk, cx: &ActCx, no: &str, said: Said) -> Reply {
    let number: i64 = no.parse().map_err(|_| not_found("这一对"))?;
    let verdict = match said.verdict.as_str() {
        "same" => Verdict::Same,
        "different" => Verdict::Different,
        _ => return Err(crate::unread().into()),
    };
    let by = judging(desk, cx, &said.reason);
    let judged = cx
        .write(move |tx| {
            let pair = linkage::pair(tx, &by.keys, by.linked.register, number)?;
            linkage::judge(tx, &by, number, verdict)?;
            let at = pair.map_or((i64::MAX, i64::MAX), |pair| (pair.weight, pair.no));
            linkage::next_open(tx, by.linked.register, at)
        })
        .await;
    match judged {
        Ok(Some(next)) => Ok(see_other(&format!("{}/pairs/{next}", desk.path))),
        Ok(None) => Ok(see_other(desk.path)),
        Err(stop) => {
            let errors = beside(stop)?;
            Ok(page::invalid(pair::show(desk, cx, no, (&said.reason, &errors)).await?))
        }
    }
}

/// What the form of merging says.
#[derive(Debug, Deserialize)]
pub struct Merging {
    #[serde(default)]
    other: String,
    #[serde(default)]
    reason: String,
}

/// Longer numbers are the keys of entries.
const IDENTITY_DIGITS: usize = 12;

/// Merges an identity with another, or with an entry.
pub async fn merge(desk: &'static IdentityDesk, cx: &ActCx, no: &str, said: Merging) -> Reply {
    let number: i64 = no.parse().map_err(|_| not_found("这个主体"))?;
    let typed = said.other.trim().to_owned();
    let by = judging(desk, cx, &said.reason);
    let wrong = |message: String| vec![FieldError { field: "other".into(), message }];
    let mark = match typed.parse::<i64>() {
        Ok(other) if typed.len() <= IDENTITY_DIGITS => first_of(desk, cx, other).await?,
        _ => match (desk.key)(&typed) {
            Ok(key) => known(desk, cx, key).await?,
            Err(words) => {
                let shown = identity::show(desk, cx, no, &wrong(words)).await?;
                return Ok(page::invalid(shown));
            }
        },
    };
    let Some(mark) = mark else {
        let shown = identity::show(desk, cx, no, &wrong("登记库里没有它".into())).await?;
        return Ok(page::invalid(shown));
    };
    match cx.write(move |tx| linkage::merge(tx, &by, number, mark)).await {
        Ok(stays) => Ok(see_other(&format!("{}/{stays}", desk.path))),
        Err(stop) => {
            let errors = beside(stop)?;
            Ok(page::invalid(identity::show(desk, cx, no, &errors).await?))
        }
    }
}

/// An entry that an identity has now.
async fn first_of(
    desk: &'static IdentityDesk,
    cx: &Cx,
    identity: i64,
) -> Outcome<Option<[u8; 32]>> {
    let (keys, register) = (cx.hall().keys.clone(), desk.linked.register);
    cx.read(move |r| {
        let members = linkage::members(r, &keys, register, identity)?;
        Ok(members.into_iter().find(|one| one.until.is_none()).map(|one| one.mark))
    })
    .await
}

/// The mark of an entry that is in the register.
async fn known(desk: &'static IdentityDesk, cx: &Cx, key: String) -> Outcome<Option<[u8; 32]>> {
    let (keys, register, today) = (cx.hall().keys.clone(), desk.linked.register, cx.now().day());
    cx.read(move |r| {
        let mark = register::mark(&keys, register, &key);
        let found = register::standing_of(r, &keys, &[mark], today)?;
        Ok(found.first().map(|(mark, _)| *mark))
    })
    .await
}

/// Splits entries off. Their rows come as often as boxes were ticked.
pub async fn split(
    desk: &'static IdentityDesk,
    cx: &ActCx,
    no: &str,
    said: Vec<(String, String)>,
) -> Reply {
    let number: i64 = no.parse().map_err(|_| not_found("这个主体"))?;
    let of = |field: &'static str| {
        said.iter().filter(move |(name, _)| name == field).map(|(_, value)| value.as_str())
    };
    let rows = of("leave").filter_map(|row| row.parse().ok()).collect();
    let seen = of("seen").next().and_then(|row| row.parse().ok()).unwrap_or_default();
    let leaving = Leaving { rows, seen };
    let by = judging(desk, cx, of("reason").next().unwrap_or_default());
    match cx.write(move |tx| linkage::split(tx, &by, number, &leaving)).await {
        Ok(_) => Ok(see_other(&format!("{}/{number}", desk.path))),
        Err(stop) => {
            let errors = beside(stop)?;
            Ok(page::invalid(identity::show(desk, cx, no, &errors).await?))
        }
    }
}

/// A decision, and the form that takes it back.
pub async fn decision(
    desk: &'static IdentityDesk,
    cx: &Cx,
    no: &str,
    errors: &[FieldError],
) -> Reply {
    let no: i64 = no.parse().map_err(|_| not_found("这个决定"))?;
    let register = desk.linked.register;
    let made = cx.read(move |r| linkage::decision(r, register, no)).await?;
    let made = made.ok_or_else(|| not_found("这个决定"))?;
    let (may, _) = desk.rights(cx).await?;
    let error = errors.iter().find(|error| error.field == "reason").map(|e| e.message.clone());
    let title = format!("第 {no} 号决定");
    let identity = |no: i64| {
        SummaryRow::of("主体", html! { a href={ (desk.path) "/" (no) } { "第 " (no) " 号" } })
    };
    let mut rows = vec![
        SummaryRow::new("决定", made.verb.title()),
        SummaryRow::new("时间", made.at.to_minute()),
        SummaryRow::new("经办", &made.by_name),
        SummaryRow::new("理由", &made.reason),
    ];
    rows.extend([made.identity, made.other].into_iter().filter(|no| *no > 0).map(identity));
    if made.pair > 0 {
        let link =
            html! { a href={ (desk.path) "/pairs/" (made.pair) } { "第 " (made.pair) " 对" } };
        rows.push(SummaryRow::of("登记", link));
    }
    let body = html! {
        (parts::error_summary(errors))
        (Heading::new(&title).caption(queue::title(desk)))
        (summary_list(&rows))
        p class="meta" { "存证：" a href={ "/receipts/" (made.act) } { "看这个决定的回执" } }
        @if let Some((at, by, why, act)) = &made.undone {
            (parts::notice(parts::NoticeKind::Info, "这个决定已经撤回", html! {
                p { (at.to_minute()) "，" (by) "。理由：" (why) "。" a href={ "/receipts/" (act) } { "看撤回的回执" } }
            }))
        } @else if may {
            (post_form(&format!("{}/decisions/{no}", desk.path), None, html! {
                (Field::text("reason", "为什么撤回").error(error))
                (button_row(html! {
                    (Button::danger("撤回这个决定").consequence("登记回到决定以前的主体，编号恢复；当时的一对重新等人判断"))
                }))
            }))
        }
    };
    let crumbs = [Crumb::new(desk.title, desk.home), Crumb::new(queue::title(desk), desk.path)];
    page::desk(cx, &title, &crumbs, body).await
}

/// Takes a decision back.
pub async fn take_back(desk: &'static IdentityDesk, cx: &ActCx, no: &str, why: Reasoned) -> Reply {
    let number: i64 = no.parse().map_err(|_| not_found("这个决定"))?;
    let by = judging(desk, cx, &why.reason);
    match cx.write(move |tx| linkage::take_back(tx, &by, number)).await {
        Ok(()) => Ok(see_other(&format!("{}/decisions/{number}", desk.path))),
        Err(stop) => {
            let errors = beside(stop)?;
            Ok(page::invalid(decision(desk, cx, no, &errors).await?))
        }
    }
}

/// Asks for a run over the whole register.
pub async fn ask_for_run(desk: &'static IdentityDesk, cx: &ActCx) -> Reply {
    let (linked, actor, now) = (desk.linked, cx.actor().clone(), cx.now());
    cx.write(move |tx| linkage::request(tx, &actor, linked, now)).await?;
    cx.hall().bell.notify_one();
    Ok(see_other(&format!("{}?asked=1", desk.path)))
}
