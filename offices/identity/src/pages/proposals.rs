//! What is proposed, and waits for another person's word: posts, changes of roles and of organs.

mod changes;

use ::store::Reader;
use access::Permit;
use axum::extract::{Path, Query};
use base::{Day, Id, Moment, Outcome};
use frame::parts::{
    Answer, Button, Column, Crumb, Heading, NoticeKind, Row, SummaryRow, Table, banner, day, empty,
    proposed_by, proposed_rows, proposed_state, section, summary_list, take_back,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, MenuItem, Reasoned, Reply, not_found, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::posts::term;
use super::{Wrong, held, permits, shown_again};
use crate::acts;
use crate::rules::{self, Decider, Matter};
use crate::store::{CHANGES, POSTS};
use crate::terms::changes::{Change, ORGAN};
use crate::terms::{AGREE, PROPOSALS, Proposal, STAND_IN};

const HERE: &str = "/desk/proposals";
const TITLE: &str = "提议";

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
    let (open, changes): (Vec<Proposal>, Vec<Change>) =
        (POSTS.open(reader, today)?, CHANGES.open(reader, today)?);
    let nothing = open.is_empty() && changes.is_empty();
    let wardens = if agrees || nothing { vec![] } else { acts::wardens(reader, today)? };
    let decider = if agrees { Decider::Warden } else { Decider::StandIn(&wardens) };
    let own = permit.account();
    let matters = open.iter().map(Proposal::matter).chain(changes.iter().map(Change::matter));
    let mine = matters.filter(|one| rules::may_decide(one, own, decider, today).is_ok()).count();
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
    let (open, changes, organs) = cx
        .read(move |r| {
            let changes: Vec<Change> = CHANGES.open(r, today)?;
            // Only changes of organs are called after one.
            let of_organs = changes.iter().any(|change| change.what.kind() == ORGAN);
            let organs = if of_organs { access::organs(r)? } else { Vec::new() };
            Ok((POSTS.open::<Proposal>(r, today)?, changes, organs))
        })
        .await?;
    let words = match wanted.done.as_str() {
        "agreed" => Some("已经同意，按日期生效。"),
        "declined" => Some("已经回复不同意。"),
        "withdrawn" => Some("已经撤回。"),
        _ => None,
    };
    let own = cx.account();
    let rows = open.iter().map(|proposal| {
        Row::new([
            html! { (proposal.name) "（" (proposal.login) "）" },
            html! {
                (proposal.post)
                @if let Some(whose) = &proposal.delegated { "（受" (whose.name) "委托代行）" }
            },
            html! { (proposal.organ_name) },
            proposed_by(&proposal.proposed, &own),
            day(proposal.proposed.last_day),
        ])
        .href(format!("{HERE}/{}", proposal.id))
    });
    let nothing = empty(
        "没有等待同意的提议",
        html! { p { "有人提出授予岗位、委托代行，变更权限或者机构，会出现在这里；设备证书和机关证书的提议在它们自己的页上。" } },
    );
    let body = html! {
        @if let Some(words) = words { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(TITLE).lead("授予岗位、委托代行岗位、变更角色的权限、变更机构要两个人：一个人提出，另一个人同意。提出的人、得到岗位的人和岗位的本人都不能同意。"))
        @if !open.is_empty() || changes.is_empty() {
            (Table::new("等待同意的岗位").caption_hidden().columns([
                Column::new("给谁"), Column::new("岗位"), Column::new("机构"), Column::new("提出的人"),
                Column::new("失效的日期").narrow(),
            ]).rows(rows).empty(nothing))
        }
        @if !changes.is_empty() {
            (section("changes", "等待同意的变更", changes::table(&changes, &organs, &own)))
        }
    };
    page::desk(&cx, TITLE, &[], body).await
}

/// `GET /desk/proposals/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>) -> Reply {
    one(&cx, &id, &Reasoned::default(), Wrong::default()).await
}

/// What an id names: the proposal of a post, or of another change.
enum Named {
    Post(Id<Proposal>),
    Change(Id<Change>),
}

async fn named(cx: &Cx, text: &str) -> Outcome<Named> {
    let nothing = || not_found("这项提议");
    let post: Id<Proposal> = text.parse().map_err(|_| nothing())?;
    let change: Id<Change> = text.parse().map_err(|_| nothing())?;
    let found = cx
        .read(move |r| {
            if POSTS.by_id::<Proposal, _>(r, post)?.is_some() {
                return Ok(Some(Named::Post(post)));
            }
            let found: Option<Change> = CHANGES.by_id(r, change)?;
            Ok(found.map(|_| Named::Change(change)))
        })
        .await?;
    Ok(found.ok_or_else(nothing)?)
}

/// The page of one proposal.
async fn one(cx: &Cx, id: &str, form: &Reasoned, wrong: Wrong<'_>) -> Reply {
    match named(cx, id).await? {
        Named::Post(id) => shown(cx, id, form, wrong).await,
        Named::Change(id) => changes::shown(cx, id, form, wrong).await,
    }
}

async fn shown(cx: &Cx, id: Id<Proposal>, form: &Reasoned, wrong: Wrong<'_>) -> Reply {
    let today = cx.now().day();
    let (proposal, role, wardens) = cx
        .read(move |r| {
            let proposal = acts::post_found(r, id)?;
            let role = access::role_by_name(r, &proposal.role)?.map(|role| role.title);
            let role = role.unwrap_or_else(|| proposal.role.clone());
            Ok((proposal, role, acts::wardens(r, today)?))
        })
        .await?;
    let body = html! {
        (Heading::new(title(&proposal)).state(proposed_state(&proposal.proposed, today)))
        (wrong.head())
        (summary(&proposal, &role, today))
        (to_decide(cx, (&proposal.matter(), &id.to_string(), "同意并授予"), &wardens, form, wrong).await?)
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    let response = page::desk(cx, TITLE, &crumbs, body).await?;
    Ok(wrong.status(response))
}

/// What the person who looks can do with what is proposed.
async fn to_decide(
    cx: &Cx,
    (matter, id, agree): (&Matter<'_>, &str, &str),
    wardens: &[String],
    form: &Reasoned,
    wrong: Wrong<'_>,
) -> Outcome<Markup> {
    let today = cx.now().day();
    let own = cx.account();
    let permits = permits(cx).await?;
    let (agrees, stands_in) =
        (held(&permits, &AGREE).is_some(), held(&permits, &STAND_IN).is_some());
    let decider = if agrees { Decider::Warden } else { Decider::StandIn(wardens) };
    let verdict = rules::may_decide(matter, &own, decider, today);
    let (open, mine) = (matter.one.waits(today), matter.one.by == own);
    let place = format!("{HERE}/{id}");
    Ok(html! {
        @if (agrees || stands_in) && verdict.is_ok() {
            (Answer::new(&place, Button::new(agree)).said(&form.reason, wrong.with("reason")))
        } @else if open && (agrees || stands_in) && wrong.0.is_none() && !mine {
            @if let Err(refusal) = &verdict { p { (refusal.message) } }
        }
        @if open && mine { (take_back(matter.of, &place)) }
    })
}

fn title(proposal: &Proposal) -> String {
    let (name, post) = (&proposal.name, &proposal.post);
    match &proposal.delegated {
        Some(whose) => format!("{name}受{}委托代行{post}岗位", whose.name),
        None => format!("授予{name}{post}岗位"),
    }
}

fn summary(proposal: &Proposal, role: &str, today: Day) -> Markup {
    let account = html! { a href={ "/desk/accounts/" (proposal.login) } { (proposal.name) "（" (proposal.login) "）" } };
    let mut rows = vec![
        SummaryRow::of("给谁", account),
        SummaryRow::new("角色", role),
        SummaryRow::new("机构", &proposal.organ_name),
        SummaryRow::of("期间", term(proposal.from, proposal.until)),
        SummaryRow::new("依据或者理由", &proposal.reason),
    ];
    if let Some(whose) = &proposal.delegated {
        rows.insert(1, SummaryRow::new("岗位的本人", &whose.name));
    }
    rows.extend(proposed_rows(POSTS, &proposal.proposed, today));
    summary_list(&rows)
}

/// `POST /desk/proposals/{id}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let done = match named(&cx, &id).await? {
        Named::Post(id) => acts::agree_to_post(&cx, id, &form.reason).await,
        Named::Change(id) => acts::agree_to_change(&cx, id, &form.reason).await,
    };
    settled(&cx, &id, &form, done, "agreed").await
}

/// `POST /desk/proposals/{id}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let done = match named(&cx, &id).await? {
        Named::Post(id) => acts::decline_post(&cx, id, &form.reason).await,
        Named::Change(id) => acts::decline_change(&cx, id, &form.reason).await,
    };
    settled(&cx, &id, &form, done, "declined").await
}

/// `POST /desk/proposals/{id}/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Path(id): Path<String>) -> Reply {
    let done = match named(&cx, &id).await? {
        Named::Post(id) => acts::withdraw_post(&cx, id).await,
        Named::Change(id) => acts::withdraw_change(&cx, id).await,
    };
    settled(&cx, &id, &Reasoned::default(), done, "withdrawn").await
}

/// To the list, which says that it is done; or to the page again, with what was refused.
async fn settled(cx: &Cx, id: &str, form: &Reasoned, done: Outcome<()>, word: &str) -> Reply {
    match done {
        Ok(()) => Ok(see_other(&format!("{HERE}?done={word}"))),
        Err(stop) => one(cx, id, form, Wrong(Some(&shown_again(stop)?))).await,
    }
}
