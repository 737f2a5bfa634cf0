//! What waits for a second person's word.

use axum::Form;
use axum::extract::Path;
use axum::extract::rejection::FormRejection;
use base::{Day, Id, Outcome, Refusal};
use data_encoding::HEXLOWER;
use frame::parts::{
    Button, Crumb, Field, Heading, SummaryRow, Tone, button_row, day, moment_said, post_form,
    section, summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, not_found, page};
use maud::{Markup, html};
use seal::cert::Reason;
use serde::Deserialize;

use super::organs::{ORGANS, PLACE};
use super::{HERE, TITLE, Wrong, may, sent, shown_again};
use crate::rules::may_decide;
use crate::terms::{DECIDE, Proposal, Root, State, Wish};
use crate::{acts, store};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reasoned {
    reason: String,
}

fn id_of(text: &str) -> Result<Id<Proposal>, Refusal> {
    text.parse().map_err(|_| not_found("这项提议"))
}

/// `GET /desk/authority/proposals/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>) -> Reply {
    shown(&cx, id_of(&id)?, &Reasoned::default(), Wrong::default()).await
}

async fn shown(cx: &Cx, id: Id<Proposal>, form: &Reasoned, wrong: Wrong<'_>) -> Reply {
    let today = cx.now().day();
    let (proposal, root) = cx
        .read(move |r| {
            let found = store::proposal_by_id(r, id)?.ok_or_else(|| not_found("这项提议"))?;
            let root = match &found.wish {
                Wish::Found { authority, .. } => match authority.parse() {
                    Ok(root) => store::root_by_id(r, root)?,
                    Err(_) => None,
                },
                _ => None,
            };
            Ok((found, root))
        })
        .await?;
    let own = cx.person().map(|person| person.account.to_string()).unwrap_or_default();
    let decides = may(cx, &DECIDE).await?;
    let open = proposal.state == State::Open && proposal.last_day >= today;
    let body = html! {
        (Heading::new(&proposal.title).state(state(&proposal, today)))
        (wrong.head())
        (summary(&proposal, root.as_ref(), today))
        @if decides && may_decide(&proposal, &own, today).is_ok() {
            (section("decide", "办理", decide_form(&proposal, form, wrong)))
        }
        @if open && proposal.proposed_by == own {
            p { "已经提出，等另一位管理员同意。" }
            (post_form(&format!("{HERE}/proposals/{id}/withdraw"), None, html! {
                (button_row(html! { (Button::quiet("撤回这项提议")) }))
            }))
        }
    };
    let crumbs = match &proposal.wish {
        Wish::TakeIn { organ, organ_name, .. } => {
            vec![Crumb::new(ORGANS, PLACE), Crumb::new(organ_name, format!("{PLACE}/{organ}"))]
        }
        _ => vec![Crumb::new(TITLE, HERE)],
    };
    Ok(wrong.status(page::desk(cx, &proposal.title, &crumbs, body).await?))
}

fn state(proposal: &Proposal, today: Day) -> Markup {
    match proposal.state {
        State::Open if proposal.last_day >= today => tag(Tone::Active, "等待同意"),
        State::Agreed => tag(Tone::Good, "已同意"),
        State::Declined => tag(Tone::Closed, "不同意"),
        State::Withdrawn => tag(Tone::Closed, "已撤回"),
        State::Open | State::Lapsed => tag(Tone::Closed, "已失效"),
    }
}

fn summary(proposal: &Proposal, root: Option<&Root>, today: Day) -> Markup {
    let mut rows = Vec::new();
    if let Some(root) = root {
        rows.push(SummaryRow::new("名称", &root.name));
        rows.push(SummaryRow::new("机关", &root.organization));
        let (from, until) = (day(root.from.day()), day(root.until.day()));
        rows.push(SummaryRow::of("有效期", html! { (from) " 到 " (until) }));
    }
    rows.extend(wished(&proposal.wish));
    rows.push(SummaryRow::new("依据或者理由", &proposal.reason));
    rows.push(SummaryRow::of(
        "提出",
        html! { (proposal.proposed_name) "，" (moment_said(proposal.proposed_at, today)) },
    ));
    rows.push(SummaryRow::of("失效的日期", day(proposal.last_day)));
    if let Some((name, why)) = &proposal.decided {
        let words = if why.is_empty() { name.clone() } else { format!("{name}：{why}") };
        rows.push(SummaryRow::new("办理", words));
    }
    summary_list(&rows)
}

/// What is proposed, line by line.
fn wished(wish: &Wish) -> Vec<SummaryRow> {
    let certificate = |serial: &str| {
        html! { a href={ (HERE) "/certificates/" (serial) } { code { (serial) } } }
    };
    match wish {
        Wish::Found { fingerprint, .. } => {
            vec![SummaryRow::of("证书指纹（SM3）", html! { code { (fingerprint) } })]
        }
        Wish::TakeIn {
            organ, organ_name, holder, issuer, signing, encipherment, until, ..
        } => {
            let until = base::Moment::from_millis(*until).day();
            let place = format!("{PLACE}/{organ}");
            vec![
                SummaryRow::of("机关", html! { a href=(place) { (organ_name) } }),
                SummaryRow::new("持有者", holder),
                SummaryRow::new("签发机构", issuer),
                SummaryRow::of("签名证书指纹（SM3）", html! { code { (signing) } }),
                SummaryRow::of("加密证书指纹（SM3）", html! { code { (encipherment) } }),
                SummaryRow::of("有效期到", day(until)),
            ]
        }
        Wish::Revoke { serial, why } => {
            let reason = Reason::from_number(*why).unwrap_or(Reason::Unspecified);
            vec![
                SummaryRow::of("序列号", certificate(serial)),
                SummaryRow::new("原因", reason.words()),
            ]
        }
        Wish::Issue { name, of, purpose, days, key, asked_name, keeper_name, renews, .. } => {
            let key = seal::PublicKey::from_hex(key).map(|key| key.to_bytes()).unwrap_or([0; 65]);
            let mark = HEXLOWER.encode(&seal::sm3(&[&key]));
            let mut rows = vec![
                SummaryRow::new("证书上的名称", name),
                SummaryRow::new("申请里写的名称", asked_name),
                SummaryRow::new("给什么用", of.title()),
                SummaryRow::new("用途", purpose.title()),
                SummaryRow::new("有效期", format!("从同意的时候起 {days} 天")),
                SummaryRow::of("公钥指纹（SM3）", html! { code { (mark) } }),
                SummaryRow::new("负责的人", keeper_name),
            ];
            if let Some(before) = renews {
                rows.push(SummaryRow::of("换发自", certificate(before)));
            }
            rows
        }
    }
}

fn decide_form(proposal: &Proposal, form: &Reasoned, wrong: Wrong<'_>) -> Markup {
    let place = |verb: &str| format!("{HERE}/proposals/{}/{verb}", proposal.id);
    let agree = match &proposal.wish {
        Wish::Found { .. } => "同意设立",
        Wish::Issue { .. } => "同意并签发",
        Wish::Revoke { .. } => "同意并吊销",
        Wish::TakeIn { .. } => "同意并收下",
    };
    post_form(
        &place("agree"),
        None,
        html! {
            (Field::area("reason", "理由", 2).hint("同意的可以不写，不同意的请写").optional()
                .value(&form.reason).error(wrong.with("reason")))
            (button_row(html! {
                (Button::new(agree))
                (Button::secondary("不同意").to(place("decline")))
            }))
        },
    )
}

/// Leads on where it is done, or shows the page again with what was refused.
async fn settled(
    cx: &Cx,
    id: Id<Proposal>,
    done: &str,
    form: &Reasoned,
    outcome: Outcome<()>,
) -> Reply {
    match outcome {
        Ok(()) => Ok(see_other(&format!("{HERE}?done={done}"))),
        Err(stop) => shown(cx, id, form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/authority/proposals/{id}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(id): Path<String>,
    form: Result<Form<Reasoned>, FormRejection>,
) -> Reply {
    let (id, form) = (id_of(&id)?, sent(form)?);
    settled(&cx, id, "agreed", &form, acts::agree(&cx, id, &form.reason).await).await
}

/// `POST /desk/authority/proposals/{id}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(id): Path<String>,
    form: Result<Form<Reasoned>, FormRejection>,
) -> Reply {
    let (id, form) = (id_of(&id)?, sent(form)?);
    settled(&cx, id, "declined", &form, acts::decline(&cx, id, &form.reason).await).await
}

/// `POST /desk/authority/proposals/{id}/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, "withdrawn", &Reasoned::default(), acts::withdraw(&cx, id).await).await
}
