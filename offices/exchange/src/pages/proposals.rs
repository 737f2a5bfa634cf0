//! What waits for a second person's word.

use access::Over;
use axum::extract::Path;
use base::{Id, Moment, Outcome, Refusal};
use data_encoding::BASE64;
use frame::parts::{
    Answer, Button, Crumb, Heading, SummaryRow, day, proposed_rows, proposed_state, summary_list,
    take_back,
};
use frame::{ActCx, Cx, Filled, Reasoned, Reply, Wrong, not_found, page, shown_again};
use maud::html;
use seal::cert::Certificate;

use super::{HERE, TITLE, done};
use crate::acts;
use crate::store::PROPOSALS;
use crate::terms::{DECIDE, Proposal, Wish};

fn id_of(text: &str) -> Result<Id<Proposal>, Refusal> {
    text.parse().map_err(|_| not_found("这项提议"))
}

/// `GET /desk/exchange/proposals/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>) -> Reply {
    shown(&cx, id_of(&id)?, &Reasoned::default(), Wrong::default()).await
}

async fn shown(cx: &Cx, id: Id<Proposal>, form: &Reasoned, wrong: Wrong<'_>) -> Reply {
    let today = cx.now().day();
    let proposal = cx.read(move |r| acts::as_it_stands(r, id)).await?;
    let (one, place) = (&proposal.proposed, format!("{HERE}/proposals/{id}"));
    let decider = cx.permitted(&DECIDE, Over::Any).await?;
    let decides =
        decider.is_some_and(|permit| PROPOSALS.may_settle(one, &permit.doers(), today).is_ok());
    let agree = match &proposal.wish {
        Wish::Register(_) => "同意并登记",
        Wish::Resume { .. } => "同意并恢复",
        Wish::Certify { .. } => "同意并启用",
    };
    let mut rows = wished(&proposal.wish);
    rows.push(SummaryRow::new("依据或者理由", &proposal.reason));
    rows.extend(proposed_rows(PROPOSALS, one, today));
    let body = html! {
        (Heading::new(&proposal.title).state(proposed_state(one, today)))
        (wrong.head())
        (summary_list(&rows))
        @if decides {
            (Answer::new(&place, Button::new(agree)).said(&form.reason, wrong.with("reason")))
        }
        @if one.waits(today) && one.by == cx.account() { (take_back(PROPOSALS, &place)) }
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    Ok(wrong.status(page::desk(cx, &proposal.title, &crumbs, body).await?))
}

/// What is proposed, line by line.
fn wished(wish: &Wish) -> Vec<SummaryRow> {
    let mark = |text: &str| {
        let read = BASE64.decode(text.as_bytes()).ok();
        let read = read.and_then(|der| Certificate::read(&der).ok());
        read.map(|one| access::fingerprint_of(&one)).unwrap_or_default()
    };
    let pair = |signing: &str, sealing: &str| {
        [
            SummaryRow::of("签名证书指纹（SM3）", html! { code { (mark(signing)) } }),
            SummaryRow::of("加密证书指纹（SM3）", html! { code { (mark(sealing)) } }),
        ]
    };
    match wish {
        Wish::Register(new) => {
            let place = format!("{HERE}/gateways/{}", new.name);
            let organs = new.organs.iter().zip(&new.organ_names);
            let organs: Vec<String> = organs.map(|(id, name)| format!("{name}（{id}）")).collect();
            let mut rows = vec![
                SummaryRow::of("网关", html! { a href=(place) { code { (new.name) } } }),
                SummaryRow::new("叫什么", &new.title),
                SummaryRow::new("代表的机关", organs.join("、")),
                SummaryRow::new("提供的资源", new.kinds.join("、")),
                SummaryRow::of("证书到期", day(Moment::from_millis(new.until).day())),
            ];
            rows.extend(pair(&new.signing, &new.sealing));
            rows
        }
        Wish::Resume { gateway } => {
            let place = format!("{HERE}/gateways/{gateway}");
            vec![SummaryRow::of("网关", html! { a href=(place) { code { (gateway) } } })]
        }
        Wish::Certify { signing, sealing, .. } => pair(signing, sealing).into(),
    }
}

async fn settled(
    cx: &Cx,
    id: Id<Proposal>,
    (what, form): (&str, &Reasoned),
    outcome: Outcome<()>,
) -> Reply {
    match outcome {
        Ok(()) => Ok(done(what)),
        Err(stop) => shown(cx, id, form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/exchange/proposals/{id}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, ("agreed", &form), acts::agree(&cx, id, &form.reason).await).await
}

/// `POST /desk/exchange/proposals/{id}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, ("declined", &form), acts::decline(&cx, id, &form.reason).await).await
}

/// `POST /desk/exchange/proposals/{id}/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    let none = Reasoned::default();
    settled(&cx, id, ("withdrawn", &none), acts::withdraw(&cx, id).await).await
}
