//! The posts on an account's page: held, waiting, proposed, ended.

use access::{Held, Holding, Organ, Permit, Reach};
use axum::extract::Path;
use base::{Day, Id};
use frame::parts::{
    AsOf, Button, Choice, Column, Field, Row, Table, Tone, Width, button_row, day, details, empty,
    hidden, post_form, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Filled, Reply, not_found};
use maud::{Markup, html};
use serde::Deserialize;

use super::accounts::{HERE, Seen, one, seen};
use super::{Wrong, delegations, shown_again};
use crate::acts::{self, Wish};
use crate::rules;
use crate::terms::Proposal;

/// A post as the form wishes for it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PostForm {
    role: String,
    organ: String,
    post: String,
    from: String,
    until: String,
    reason: String,
}

impl PostForm {
    fn wish(&self) -> Wish {
        Wish {
            role: self.role.clone(),
            organ: self.organ.clone(),
            post: self.post.clone(),
            from: self.from.clone(),
            until: self.until.clone(),
            reason: self.reason.clone(),
        }
    }
}

/// From when until when: `2026年3月2日起`, `2026年3月2日到2026年12月31日`.
pub(super) fn term(from: Day, until: Option<Day>) -> Markup {
    html! {
        (day(from))
        @match until { Some(until) => { "到" (day(until)) }, None => "起" }
    }
}

pub(super) fn how(held: &Held, today: Day) -> Markup {
    match held {
        held if held.stands(today) => tag(Tone::Good, "在任"),
        held if held.lasts(today) => tag(Tone::Soon, "还没有开始"),
        held if held.holding.until.is_some_and(|until| until < held.holding.from) => {
            tag(Tone::Closed, "没有开始就收回")
        }
        _ => tag(Tone::Closed, "已结束"),
    }
}

/// The posts: today with the past and coming ones, on another day those that were held on it.
pub(super) fn table(seen: &Seen, as_of: &AsOf) -> Markup {
    let organ_name = |id: &str| {
        seen.organs.iter().find(|organ| organ.id == id).map_or(id.to_owned(), |o| o.name.clone())
    };
    let shown = |held: &&Held| as_of.is_today() || held.was_held(as_of.day());
    let rows = seen.posts.iter().filter(shown).map(|held| {
        let post = &held.holding;
        Row::new([
            html! { (post.post) (delegations::whose(held)) },
            html! { (held.role_title) },
            html! { (organ_name(&post.organ)) },
            term(post.from, post.until),
            how(held, as_of.day()),
        ])
    });
    let nothing = empty("没有岗位", html! { p { "没有岗位的账户能登录，但不能办理任何事。" } });
    html! {
        (Table::new("以前、现在和以后的岗位").caption_hidden().columns([
            Column::new("岗位"), Column::new("角色"), Column::new("机构"), Column::new("期间"),
            Column::new("状态").narrow(),
        ]).rows(rows).empty(nothing).stacked())
    }
}

/// What waits for somebody's agreement.
pub(super) fn waiting(proposals: &[Proposal]) -> Markup {
    let rows = proposals.iter().map(|proposal| {
        Row::new([
            html! {
                (proposal.post)
                @if let Some(whose) = &proposal.delegated { "（受" (whose.name) "委托代行）" }
            },
            html! { (proposal.organ_name) },
            html! { (proposal.proposed.name) },
            html! { (day(proposal.proposed.last_day)) },
        ])
        .href(format!("/desk/proposals/{}", proposal.id))
    });
    let columns = [
        Column::new("岗位"),
        Column::new("机构"),
        Column::new("提出的人"),
        Column::new("到这一天没有人同意就失效"),
    ];
    html! { (Table::new("等待同意的岗位").caption_hidden().columns(columns).rows(rows)) }
}

/// Whether what is shown may be offered with this permit: in these organs, for this role.
fn offered(seen: &Seen, permit: &Permit, organ: &str, role: &str) -> bool {
    let below = |organ: &Organ| organ.path.starts_with(permit.organ_path());
    permit.reach() == Reach::City
        || seen.organs.iter().any(|known| known.id == organ && below(known))
            && rules::may_take_back(permit.reach(), role).is_ok()
}

/// One folded form for each post that can be ended.
pub(super) fn end_forms(seen: &Seen, permit: &Permit, wrong: Wrong<'_>, today: Day) -> Markup {
    let (login, name) = (&seen.account.login, &seen.account.name);
    let ended = seen.posts.iter().filter(|held| {
        held.lasts(today) && offered(seen, permit, &held.holding.organ, &held.holding.role)
    });
    html! {
        @for held in ended {
            @let post = &held.holding;
            (details(&format!("收回{name}的{}岗位", post.post), post_form(
                &format!("{HERE}/{login}/end"),
                None,
                html! {
                    (hidden("holding", &post.id.to_string()))
                    (Field::date("last", "最后一天").optional().error(wrong.with("last"))
                        .hint("不写的，立即收回，下一次点击就没有权限"))
                    (button_row(html! { (Button::secondary(format!("收回{}", post.post))) }))
                },
            )))
        }
    }
}

/// The form that proposes a post.
pub(super) fn give_form(
    seen: &Seen,
    permit: &Permit,
    (form, wrong): (&PostForm, Wrong<'_>),
    today: Day,
) -> Markup {
    let roles = seen
        .roles
        .iter()
        .filter(|role| !acts::is_public(role) && role.until.is_none_or(|until| today <= until))
        .filter(|role| rules::may_take_back(permit.reach(), &role.name).is_ok())
        .map(|role| Choice::new(&role.name, &role.title))
        .collect();
    let organs = seen
        .organs
        .iter()
        .filter(|organ| organ.stands(today) && offered(seen, permit, &organ.id, ""))
        .map(|organ| Choice::new(&organ.id, &organ.name))
        .collect();
    post_form(
        &format!("{HERE}/{}/give", seen.account.login),
        None,
        html! {
            (Field::select("role", "角色", roles).value(&form.role).error(wrong.with("role")))
            (Field::select("organ", "机构", organs).value(&form.organ).error(wrong.with("organ")))
            (Field::text("post", "岗位名称").hint("不填的，用角色的名称").optional().value(&form.post)
                .width(Width::Long))
            (Field::date("from", "从哪天起").hint("不写的，从同意的当天起").optional().value(&form.from)
                .error(wrong.with("from")))
            (Field::date("until", "最后一天").hint("不写的，没有期限").optional().value(&form.until)
                .error(wrong.with("until")))
            (Field::text("reason", "依据或者理由").hint("例如任命文件的文号").value(&form.reason)
                .error(wrong.with("reason")))
            (button_row(html! {
                (Button::new(format!("提出授予{}这个岗位", seen.account.name))
                    .consequence("另一个人同意以后生效：安全管理员，没有别的安全管理员的，系统管理员"))
            }))
        },
    )
}

/// `POST /desk/accounts/{login}/give`
pub(crate) async fn propose(
    cx: ActCx,
    Path(login): Path<String>,
    Filled(form): Filled<PostForm>,
) -> Reply {
    match acts::propose_post(&cx, &login, &form.wish()).await {
        Ok(()) => Ok(see_other(&format!("{HERE}/{login}?done=proposed"))),
        Err(stop) => one(&cx, &login, &form, Wrong(Some(&shown_again(stop)?)), "").await,
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EndForm {
    holding: String,
    last: String,
}

/// `POST /desk/accounts/{login}/end`
pub(crate) async fn end(
    cx: ActCx,
    Path(login): Path<String>,
    Filled(form): Filled<EndForm>,
) -> Reply {
    let id: Id<Holding> = form.holding.parse().map_err(|_| not_found("这个岗位"))?;
    let seen = seen(&cx, &login).await?;
    let held = seen.posts.iter().find(|held| held.holding.id == id);
    let held = held.ok_or_else(|| not_found("这个岗位"))?;
    match acts::end_post(&cx, &held.holding, &form.last).await {
        Ok(()) => {
            let done = if form.last.trim().is_empty() { "ended" } else { "ends" };
            Ok(see_other(&format!("{HERE}/{login}?done={done}")))
        }
        Err(stop) => {
            let wrong = shown_again(stop)?;
            one(&cx, &login, &PostForm::default(), Wrong(Some(&wrong)), "").await
        }
    }
}
