//! Roles: what each may do today or on another day, who holds it, and what was changed.

pub(crate) mod change;

use ::store::Reader;
use access::{Holder, Right, RoleRow, Side};
use axum::extract::{Path, Query};
use base::{Day, Outcome};
use frame::parts::{
    Column, Crumb, Heading, NoticeKind, Row, Table, Tone, banner, button_row, day, details, empty,
    link_button, proposed_state, section, tag,
};
use frame::{Cx, Hall, Reply, not_found, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::{held, permits};
use crate::store;
use crate::terms::changes::{BUNDLE, Change};
use crate::terms::{PROPOSALS, PROPOSE};

pub(super) const HERE: &str = "/desk/roles";
pub(super) const TITLE: &str = "角色和权限";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    on: String,
    done: String,
}

/// The words for a permission: what it lets one do.
pub(super) fn about<'a>(hall: &'a Hall, name: &'a str) -> &'a str {
    let mut all = hall.offices.iter().flat_map(|office| office.permissions);
    all.find(|permission| permission.name == name).map_or(name, |permission| permission.about)
}

/// `GET /desk/roles`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let as_of = super::as_of(&cx, &wanted.on).await?;
    let on = as_of.day();
    let (roles, rights, sides) = cx
        .read(move |r| Ok((access::roles(r)?, access::rights_on(r, on)?, access::sides(r)?)))
        .await?;
    let may = permits(&cx).await?;
    let proposes = held(&may, &PROPOSE).is_some_and(|one| one.reach() == access::Reach::City);
    let standing = roles.iter().filter(|role| role.stands(on));
    let rows = standing.map(|role| {
        let own = rights.iter().filter(|right| right.role == role.name).count();
        Row::new([
            html! { (role.title) },
            html! { (role.side.title()) },
            html! { (own) },
            html! { @if let Some(until) = role.until { "到" (day(until)) } @else { "没有期限" } },
        ])
        .href(format!("{HERE}/{}{}", role.name, as_of.query()))
    });
    let body = html! {
        @if wanted.done == "proposed" {
            (banner(NoticeKind::Success, html! { "已经提出，等另一个人同意，同意以后按日期生效。" }))
        }
        (Heading::new(TITLE).lead("一个岗位有一个角色，一个角色有一组权限，每项权限有范围。变更权限要两个人：一个人提出，另一个人同意。"))
        (as_of.form(HERE))
        (Table::new("角色").caption_hidden().columns([
            Column::new("角色"), Column::new("给谁").narrow(), Column::number("权限").narrow(),
            Column::new("期限").narrow(),
        ]).rows(rows).stacked())
        @if proposes && as_of.is_today() {
            (button_row(link_button("提出设立角色", &format!("{HERE}/new"))))
        }
        (section("nobody", "没有角色的权限", unassigned(&cx, &rights, &sides)))
    };
    let response = page::desk(&cx, TITLE, &[], body).await?;
    Ok(as_of.status(response))
}

/// The permissions of this program that no role has: in a city that is older than they are, two people give them
/// to a role.
fn unassigned(cx: &Cx, rights: &[Right], sides: &[(String, Side)]) -> Markup {
    let all = cx.hall().offices.iter().flat_map(|office| office.permissions);
    let rows =
        all.filter(|one| rights.iter().all(|right| right.permission != one.name)).map(|one| {
            let made = sides.iter().filter(|(name, _)| name == one.name);
            let made: Vec<&str> = made.map(|(_, side)| side.title()).collect();
            Row::new([html! { (one.about) }, html! { (one.name) }, html! { (made.join("、")) }])
        });
    let nothing = empty(
        "没有",
        html! { p { "每项权限都有角色。程序升级带来的新权限，会先出现在这里，由两个人授予角色以后才有人能用。" } },
    );
    html! {
        (Table::new("没有角色的权限").caption_hidden().columns([
            Column::new("权限"), Column::new("标识").narrow(), Column::new("可以给谁"),
        ]).rows(rows).empty(nothing))
    }
}

struct Seen {
    role: RoleRow,
    rights: Vec<Right>,
    holders: Vec<Holder>,
    changes: Vec<Change>,
}

fn seen(reader: &Reader<'_>, name: &str, on: Day) -> Outcome<Seen> {
    let role = access::role_by_name(reader, name)?.ok_or_else(|| not_found("这个角色"))?;
    let public = matches!(role.side, Side::Anyone | Side::Citizen);
    let holders = match public {
        true => Vec::new(),
        false => access::holders_of_role(reader, name, on)?,
    };
    Ok(Seen {
        rights: access::rights_of(reader, name)?,
        changes: store::changes_of(reader, BUNDLE, name)?,
        role,
        holders,
    })
}

/// `GET /desk/roles/{role}`
pub(crate) async fn look(cx: Cx, Path(name): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let as_of = super::as_of(&cx, &wanted.on).await?;
    let on = as_of.day();
    let seen = cx.read(move |r| seen(r, &name, on)).await?;
    let may = permits(&cx).await?;
    let proposes = held(&may, &PROPOSE).is_some_and(|one| one.reach() == access::Reach::City);
    let (role, here) = (&seen.role, format!("{HERE}/{}", seen.role.name));
    let body = html! {
        (Heading::new(&role.title).caption(format!("给{}", role.side.title())).state(state(role, on)))
        (as_of.form(&here))
        (section("rights", "权限", rights(&cx, &seen, on)))
        @if proposes && as_of.is_today() && role.stands(on) {
            (button_row(html! {
                (link_button("提出变更权限", &format!("{here}/change")))
                @if access::may_end(role) { (link_button("提出停用", &format!("{here}/end"))) }
            }))
        }
        @if !matches!(role.side, Side::Anyone | Side::Citizen) {
            (section("holders", "担任的人", holders(&seen.holders)))
        }
        (section("changes", "提出过的变更", changes(&seen.changes, held(&may, &PROPOSALS).is_some(), cx.now().day())))
        (details("以前和以后的权限", past(&cx, &seen, on)))
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    let response = page::desk(&cx, &role.title, &crumbs, body).await?;
    Ok(as_of.status(response))
}

fn state(role: &RoleRow, on: Day) -> Markup {
    match role {
        role if role.stands(on) => tag(Tone::Good, "在用"),
        role if on < role.from => tag(Tone::Soon, "还没有开始"),
        _ => tag(Tone::Closed, "已停用"),
    }
}

/// From when on: what was there from the start has no day.
fn since(right: &Right) -> Markup {
    html! { @if right.from.number() == 0 { "起初就有" } @else { (day(right.from)) "起" } }
}

fn rights(cx: &Cx, seen: &Seen, on: Day) -> Markup {
    let standing = seen.rights.iter().filter(|right| right.stands(on));
    let rows = standing.map(|right| {
        Row::new([
            html! { (about(cx.hall(), &right.permission)) },
            html! { (right.permission) },
            html! { (right.reach.title()) },
            html! { (since(right)) @if let Some(until) = right.until { "，到" (day(until)) } },
        ])
    });
    let nothing = empty("没有权限", html! { p { "这一天，担任这个角色的人什么都不能办。" } });
    html! {
        (Table::new("权限").caption_hidden().columns([
            Column::new("能做什么"), Column::new("标识").narrow().minor(), Column::new("范围").narrow(),
            Column::new("期间"),
        ]).rows(rows).empty(nothing))
    }
}

fn past(cx: &Cx, seen: &Seen, on: Day) -> Markup {
    let other = seen.rights.iter().filter(|right| !right.stands(on));
    let rows = other.map(|right| {
        let until = right.until.map(|until| {
            if until < right.from {
                html! { "没有开始就取消" }
            } else {
                html! { "到" (day(until)) }
            }
        });
        Row::new([
            html! { (about(cx.hall(), &right.permission)) },
            html! { (right.reach.title()) },
            html! { (since(right)) @if let Some(until) = until { "，" (until) } },
        ])
    });
    let nothing = empty("没有", html! { p { "这个角色的权限没有变过。" } });
    html! {
        (Table::new("以前和以后的权限").caption_hidden().columns([
            Column::new("能做什么"), Column::new("范围").narrow(), Column::new("期间"),
        ]).rows(rows).empty(nothing))
    }
}

fn holders(holders: &[Holder]) -> Markup {
    let mut people: Vec<&Holder> = holders.iter().collect();
    people.sort_by(|one, other| (&one.name, &one.login).cmp(&(&other.name, &other.login)));
    people.dedup_by_key(|holder| holder.account);
    let rows = people.iter().map(|holder| {
        Row::new([html! { (holder.name) }, html! { (holder.login) }])
            .href(format!("/desk/accounts/{}", holder.login))
    });
    let nothing = empty("没有人担任", html! { p { "在“人员账户”里提出授予岗位。" } });
    html! {
        (Table::new("担任的人").caption_hidden().columns([
            Column::new("姓名"), Column::new("用户名").narrow(),
        ]).rows(rows).empty(nothing))
        @if holders.len() >= 100 { p { "只列出 100 个，更多的请在“人员账户”里按角色查找。" } }
    }
}

fn changes(changes: &[Change], leads: bool, today: Day) -> Markup {
    let rows = changes.iter().map(|change| {
        let row = Row::new([
            day(change.from),
            html! { (change.reason) },
            html! { (change.proposed.name) },
            html! { @if let Some(by) = &change.proposed.settled { (by.name) } @else { "—" } },
            proposed_state(&change.proposed, today),
        ]);
        if leads { row.href(format!("/desk/proposals/{}", change.id)) } else { row }
    });
    let nothing = empty("没有提出过变更", html! { p { "权限和城市启用本系统时一样。" } });
    html! {
        (Table::new("提出过的变更").caption_hidden().columns([
            Column::new("从哪天起").narrow(), Column::new("依据或者理由"), Column::new("提出"),
            Column::new("办理"), Column::new("结果").narrow(),
        ]).rows(rows).empty(nothing).stacked())
    }
}
