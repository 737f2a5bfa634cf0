//! Posts that are proposed, and wait for another person's word.

use ::store::Reader;
use access::{Permit, role_title};
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, Query};
use base::{Day, Id, Moment, Outcome, Refusal};
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Row, SummaryRow, Table, Tone, banner,
    button_row, day, empty, moment_said, post_form, section, summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, MenuItem, Reply, not_found, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::posts::term;
use super::{Wrong, held, permits, sent, shown_again};
use crate::rules::{self, Decider};
use crate::terms::{AGREE, PROPOSALS, Proposal, ProposalState, STAND_IN};
use crate::{acts, store};

const HERE: &str = "/desk/proposals";
const TITLE: &str = "岗位提议";

/// The line of the menu, with how many proposals wait for this very person.
pub(crate) const ITEM: MenuItem = MenuItem {
    title: TITLE,
    path: HERE,
    icon: "badge-check",
    permission: &PROPOSALS,
    waiting: Some(waiting),
};

fn waiting(reader: &Reader<'_>, permit: &Permit, permits: &[Permit], now: Moment) -> Outcome<i64> {
    let (agrees, stands_in) = (held(permits, &AGREE).is_some(), held(permits, &STAND_IN).is_some());
    if !agrees && !stands_in {
        return Ok(0);
    }
    let today = now.day();
    let open = store::open_proposals(reader, today)?;
    let wardens = if agrees || open.is_empty() { vec![] } else { acts::wardens(reader, today)? };
    let decider = if agrees { Decider::Warden } else { Decider::StandIn(&wardens) };
    let mine = open
        .iter()
        .filter(|one| rules::may_decide(one, permit.account(), decider, today).is_ok())
        .count();
    Ok(i64::try_from(mine).unwrap_or(i64::MAX))
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

/// `GET /desk/proposals`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let today = cx.now().day();
    let open = cx.read(move |r| store::open_proposals(r, today)).await?;
    let words = match wanted.done.as_str() {
        "agreed" => Some("已经同意，岗位按期间生效。"),
        "declined" => Some("已经回复不同意。"),
        "withdrawn" => Some("已经撤回。"),
        _ => None,
    };
    let own = cx.person().map(|person| person.account.to_string()).unwrap_or_default();
    let rows = open.iter().map(|proposal| {
        Row::new([
            html! { (proposal.name) "（" (proposal.login) "）" },
            html! {
                (proposal.post)
                @if let Some(whose) = &proposal.delegated { "（受" (whose.name) "委托代行）" }
            },
            html! { (proposal.organ_name) },
            html! { (proposal.proposed_name) @if proposal.proposed_by == own { "（您）" } },
            day(proposal.last_day),
        ])
        .href(format!("{HERE}/{}", proposal.id))
    });
    let nothing = empty("没有等待同意的提议", html! { p { "有人提出授予岗位，会出现在这里。" } });
    let body = html! {
        @if let Some(words) = words { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(TITLE).lead("授予岗位、委托代行岗位要两个人：一个人提出，另一个人同意。提出的人、得到岗位的人和岗位的本人都不能同意。"))
        (Table::new("等待同意的提议").caption_hidden().columns([
            Column::new("给谁"), Column::new("岗位"), Column::new("机构"), Column::new("提出的人"),
            Column::new("失效的日期").narrow(),
        ]).rows(rows).empty(nothing))
    };
    page::desk(&cx, TITLE, &[], body).await
}

/// `GET /desk/proposals/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>) -> Reply {
    shown(&cx, id_of(&id)?, &Reasoned::default(), Wrong::default()).await
}

fn id_of(text: &str) -> Result<Id<Proposal>, Refusal> {
    text.parse().map_err(|_| not_found("这项提议"))
}

async fn shown(cx: &Cx, id: Id<Proposal>, form: &Reasoned, wrong: Wrong<'_>) -> Reply {
    let today = cx.now().day();
    let (found, wardens) =
        cx.read(move |r| Ok((store::proposal_by_id(r, id)?, acts::wardens(r, today)?))).await?;
    let proposal = found.ok_or_else(|| not_found("这项提议"))?;
    let own = cx.person().map(|person| person.account.to_string()).unwrap_or_default();
    let permits = permits(cx).await?;
    let (agrees, stands_in) =
        (held(&permits, &AGREE).is_some(), held(&permits, &STAND_IN).is_some());
    let decider = if agrees { Decider::Warden } else { Decider::StandIn(&wardens) };
    let verdict = rules::may_decide(&proposal, &own, decider, today);
    let open = proposal.state == ProposalState::Open && proposal.last_day >= today;
    let body = html! {
        (Heading::new(title(&proposal))
            .state(state(&proposal, today)))
        (wrong.head())
        (summary(&proposal, today))
        @if (agrees || stands_in) && verdict.is_ok() {
            (decide_forms(&proposal, form, wrong))
        } @else if open && (agrees || stands_in) && wrong.0.is_none() && proposal.proposed_by != own {
            @if let Err(refusal) = &verdict { p { (refusal.message) } }
        }
        @if open && proposal.proposed_by == own {
            p { "已经提出，等另一个人同意。" }
            (post_form(&format!("{HERE}/{id}/withdraw"), None, html! {
                (button_row(html! { (Button::quiet("撤回这项提议")) }))
            }))
        }
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    let response = page::desk(cx, TITLE, &crumbs, body).await?;
    Ok(wrong.status(response))
}

fn title(proposal: &Proposal) -> String {
    let (name, post) = (&proposal.name, &proposal.post);
    match &proposal.delegated {
        Some(whose) => format!("{name}受{}委托代行{post}岗位", whose.name),
        None => format!("授予{name}{post}岗位"),
    }
}

fn state(proposal: &Proposal, today: Day) -> Markup {
    match proposal.state {
        ProposalState::Open if proposal.last_day >= today => tag(Tone::Active, "等待同意"),
        ProposalState::Agreed => tag(Tone::Good, "已同意"),
        ProposalState::Declined => tag(Tone::Closed, "不同意"),
        ProposalState::Withdrawn => tag(Tone::Closed, "已撤回"),
        ProposalState::Open | ProposalState::Lapsed => tag(Tone::Closed, "已失效"),
    }
}

fn summary(proposal: &Proposal, today: Day) -> Markup {
    let account = html! { a href={ "/desk/accounts/" (proposal.login) } { (proposal.name) "（" (proposal.login) "）" } };
    let mut rows = vec![
        SummaryRow::of("给谁", account),
        SummaryRow::new("角色", role_title(&proposal.role)),
        SummaryRow::new("机构", &proposal.organ_name),
        SummaryRow::of("期间", term(proposal.from, proposal.until)),
        SummaryRow::new("依据或者理由", &proposal.reason),
        SummaryRow::of(
            "提出",
            html! { (proposal.proposed_name) "，" (moment_said(proposal.proposed_at, today)) },
        ),
        SummaryRow::of("失效的日期", day(proposal.last_day)),
    ];
    if let Some(whose) = &proposal.delegated {
        rows.insert(1, SummaryRow::new("岗位的本人", &whose.name));
    }
    if let Some((name, why)) = &proposal.decided {
        let words = if why.is_empty() { name.clone() } else { format!("{name}：{why}") };
        rows.push(SummaryRow::new("办理", words));
    }
    summary_list(&rows)
}

fn decide_forms(proposal: &Proposal, form: &Reasoned, wrong: Wrong<'_>) -> Markup {
    section(
        "decide",
        "办理",
        post_form(
            &format!("{HERE}/{}/agree", proposal.id),
            None,
            html! {
                (Field::area("reason", "理由", 2).hint("同意的可以不写，不同意的请写").optional()
                    .value(&form.reason).error(wrong.with("reason")))
                (button_row(html! {
                    (Button::new("同意并授予"))
                    (Button::secondary("不同意").to(format!("{HERE}/{}/decline", proposal.id)))
                }))
            },
        ),
    )
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reasoned {
    reason: String,
}

/// `POST /desk/proposals/{id}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(id): Path<String>,
    form: Result<Form<Reasoned>, FormRejection>,
) -> Reply {
    let (id, form) = (id_of(&id)?, sent(form)?);
    match acts::agree_to_post(&cx, id, &form.reason).await {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=agreed"))),
        Err(stop) => shown(&cx, id, &form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/proposals/{id}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(id): Path<String>,
    form: Result<Form<Reasoned>, FormRejection>,
) -> Reply {
    let (id, form) = (id_of(&id)?, sent(form)?);
    match acts::decline_post(&cx, id, &form.reason).await {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=declined"))),
        Err(stop) => shown(&cx, id, &form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/proposals/{id}/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    match acts::withdraw_post(&cx, id).await {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=withdrawn"))),
        Err(stop) => shown(&cx, id, &Reasoned::default(), Wrong(Some(&shown_again(stop)?))).await,
    }
}
