//! What waits for a second person's word.

use access::Over;
use axum::extract::Path;
use base::{Day, Id, Outcome, Refusal};
use data_encoding::HEXLOWER;
use frame::parts::{
    Answer, Button, Crumb, Heading, SummaryRow, day, proposed_rows, proposed_state, summary_list,
    take_back,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reasoned, Reply, not_found, page};
use maud::{Markup, html};
use seal::cert::Reason;

use super::organs::{ORGANS, PLACE};
use super::{HERE, TITLE, Wrong, keys, shown_again};
use crate::store::PROPOSALS;
use crate::terms::{DECIDE, EXCHANGE, Proposal, Root, Wish};
use crate::{acts, store};

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
            let found = acts::as_it_stands(r, id)?;
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
    let (one, place) = (&proposal.proposed, format!("{HERE}/proposals/{id}"));
    let decider = cx.permitted(&DECIDE, Over::Any).await?;
    let decides =
        decider.is_some_and(|permit| PROPOSALS.may_settle(one, &permit.doers(), today).is_ok());
    let body = html! {
        (Heading::new(&proposal.title).state(proposed_state(one, today)))
        (wrong.head())
        (summary(&proposal, root.as_ref(), today))
        @if decides {
            (Answer::new(&place, Button::new(agree_to(&proposal.wish)))
                .said(&form.reason, wrong.with("reason")))
        }
        @if one.waits(today) && one.by == cx.account() { (take_back(PROPOSALS, &place)) }
    };
    let crumbs = match &proposal.wish {
        Wish::TakeIn { organ, organ_name, .. } => {
            vec![Crumb::new(ORGANS, PLACE), Crumb::new(organ_name, format!("{PLACE}/{organ}"))]
        }
        Wish::ExchangeKey { .. } => vec![Crumb::new(keys::TITLE, keys::PLACE)],
        _ => vec![Crumb::new(TITLE, HERE)],
    };
    Ok(wrong.status(page::desk(cx, &proposal.title, &crumbs, body).await?))
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
    rows.extend(proposed_rows(PROPOSALS, &proposal.proposed, today));
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
        Wish::ExchangeKey { key } => keys::wished(key),
        Wish::EndRoot { authority, name, fingerprint, from, why } => {
            let place = format!("{HERE}/roots/{authority}");
            let reason = Reason::from_number(*why).unwrap_or(Reason::Unspecified);
            let from = from.as_deref().and_then(|from| from.parse::<Day>().ok());
            vec![
                SummaryRow::of("根", html! { a href=(place) { (name) } }),
                SummaryRow::of("证书指纹（SM3）", html! { code { (fingerprint) } }),
                SummaryRow::of("停用", from.map_or_else(|| html! { "同意以后马上停用" }, day)),
                SummaryRow::new("原因", reason.words()),
                SummaryRow::new(
                    "后果",
                    "从停用的时候起，它签发的证书全部吊销，写进吊销列表，不能恢复",
                ),
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

/// What the second person agrees to.
const fn agree_to(wish: &Wish) -> &'static str {
    match wish {
        Wish::Found { .. } => "同意设立",
        Wish::Issue { .. } => "同意并签发",
        Wish::Revoke { .. } => "同意并吊销",
        Wish::TakeIn { .. } => "同意并收下",
        Wish::EndRoot { .. } => "同意并停用",
        Wish::ExchangeKey { .. } => "同意并更换",
    }
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
        Ok(()) => {
            let known = cx.read(move |r| acts::as_it_stands(r, id)).await?;
            let place = if known.wish.kind() == EXCHANGE { keys::PLACE } else { HERE };
            Ok(see_other(&format!("{place}?done={done}")))
        }
        Err(stop) => shown(cx, id, form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/authority/proposals/{id}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, "agreed", &form, acts::agree(&cx, id, &form.reason).await).await
}

/// `POST /desk/authority/proposals/{id}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, "declined", &form, acts::decline(&cx, id, &form.reason).await).await
}

/// `POST /desk/authority/proposals/{id}/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, "withdrawn", &Reasoned::default(), acts::withdraw(&cx, id).await).await
}
