//! One organ: what it is and was, its posts, and the forms by which a change of it is proposed.

use access::{ComingChange, ComingState, Organ, OrganChange, OrganState, PostIn};
use axum::extract::{Path, Query};
use base::{Day, Refusal, RefusalKind};
use frame::parts::{
    AsOf, Button, Choice, Column, Crumb, Field, Heading, Row, SummaryRow, Table, Tone, Width,
    button_row, day, details, empty, post_form, section, summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, not_found, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::{HERE, Wanted, coming, day_field, from_day, kind_title, said, together};
use crate::acts;
use crate::pages::posts::term;
use crate::pages::{Wrong, may, shown_again};
use crate::terms::ADMINISTER;

/// So many posts are shown.
const POSTS: i64 = 100;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChangeForm {
    name: String,
    short_name: String,
    parent: String,
    successor: String,
    reason: String,
    from: String,
}

/// Which of the forms it is, so that what is wrong stands beside the right one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rename,
    Move,
    End,
}

/// `GET /desk/organs/{organ}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let as_of = super::super::as_of(&cx, &wanted.on).await?;
    match shown(&cx, &id, &as_of, (None, &ChangeForm::default(), Wrong::default())).await {
        // What is founded on a day to come is as yet what was agreed to.
        Err(stop) => match coming::page_of(&cx, &id).await? {
            Some(page) => Ok(see_other(&page)),
            None => Err(stop),
        },
        reply => reply,
    }
}

async fn shown(
    cx: &Cx,
    id: &str,
    as_of: &AsOf,
    (kind, form, wrong): (Option<Kind>, &ChangeForm, Wrong<'_>),
) -> Reply {
    let (id, today, on) = (id.to_owned(), cx.now().day(), as_of.day());
    let (organ, states, posts, organs, coming) = cx
        .read(move |r| {
            let organ = access::organ_by_id(r, &id)?.ok_or_else(|| not_found("这个机构"))?;
            let posts = access::posts_in(r, &id, on, POSTS)?;
            let coming = access::coming_of(r, &id)?;
            Ok((
                organ,
                access::states_of(r, &id)?,
                posts,
                coming::organs_and_those_to_come(r)?,
                coming,
            ))
        })
        .await?;
    let here = format!("{HERE}/{}", organ.id);
    let stood =
        |state: &&OrganState| state.from <= on && state.until.is_none_or(|until| on <= until);
    let then = states.iter().find(stood).cloned();
    let then = then.and_then(|state| as_it_will_be(state, &coming, on));
    let then = then.as_ref();
    let name = then.map_or(organ.name.as_str(), |state| state.name.as_str());
    let changes = as_of.is_today() && organ.stands(today) && may(cx, &ADMINISTER).await?;
    let body = html! {
        (Heading::new(name).caption(&organ.id).state(state(then, &organ, on)))
        (wrong.head())
        (as_of.form(&here))
        (summary(&organ, then, &organs))
        @if !coming.is_empty() {
            (section("coming", "同意了从以后某一天起的变更", coming::table(&coming, &organs, today)))
        }
        (section("posts", "岗位", post_table(&posts, on)))
        (section("history", "以前和现在的名称、上级", history(&states, &organs)))
        @if changes { (forms(&organ, &organs, today, (kind, form, wrong))) }
    };
    let crumbs = [Crumb::new("机构", HERE)];
    let response = page::desk(cx, name, &crumbs, body).await?;
    Ok(wrong.status(as_of.status(response)))
}

/// What it will be on a day to come, by what was agreed to: nothing once it has ended.
fn as_it_will_be(mut state: OrganState, coming: &[ComingChange], on: Day) -> Option<OrganState> {
    let mut due: Vec<&ComingChange> =
        coming.iter().filter(|one| one.state == ComingState::Waits && one.from <= on).collect();
    due.sort_by_key(|one| one.from);
    for one in due {
        match &one.change {
            OrganChange::Renamed { name, .. } => state.name.clone_from(name),
            OrganChange::Moved { parent, .. } => state.parent = Some(parent.clone()),
            OrganChange::Ended { .. } => return None,
            OrganChange::Founded { .. } | OrganChange::Cancelled { .. } => {}
        }
    }
    Some(state)
}

fn state(then: Option<&OrganState>, organ: &Organ, on: Day) -> Markup {
    match (then, organ.until) {
        (Some(_), _) => tag(Tone::Good, "在设"),
        (None, Some(_)) => tag(Tone::Closed, "已撤销"),
        (None, None) if organ.from < on => tag(Tone::Closed, "那一天已经撤销"),
        (None, None) => tag(Tone::Soon, "那一天还没有设立"),
    }
}

pub(super) fn name_of<'a>(organs: &'a [Organ], id: &'a str) -> &'a str {
    organs.iter().find(|organ| organ.id == id).map_or(id, |organ| organ.name.as_str())
}

fn summary(organ: &Organ, then: Option<&OrganState>, organs: &[Organ]) -> Markup {
    let parent = then.map_or(organ.parent.as_deref(), |state| state.parent.as_deref());
    let mut rows = vec![
        SummaryRow::new("类别", kind_title(&organ.kind)),
        SummaryRow::new("代码", &organ.code),
        SummaryRow::new("上级机构", parent.map_or("没有", |id| name_of(organs, id))),
    ];
    if organ.from.number() != 0 {
        rows.push(SummaryRow::of("设立", day(organ.from)));
    }
    if let Some(until) = organ.until {
        rows.push(SummaryRow::of("最后一天", day(until)));
    }
    if let Some(successor) = &organ.successor {
        let link = html! { a href={ (HERE) "/" (successor) } { (name_of(organs, successor)) } };
        rows.push(SummaryRow::of("承接的机构", link));
    }
    summary_list(&rows)
}

fn post_table(posts: &[PostIn], on: Day) -> Markup {
    let rows = posts.iter().filter(|post| post.held.was_held(on)).map(|post| {
        let held = &post.held;
        Row::new([
            html! { (post.name) },
            html! { (held.holding.post) @if held.delegated.is_some() { "（受委托代行）" } },
            html! { (held.role_title) },
            term(held.holding.from, held.holding.until),
        ])
    });
    let nothing =
        empty("没有岗位", html! { p { "这一天没有人在这个机构任职，或者岗位后来收回了。" } });
    html! {
        (Table::new("岗位").caption_hidden().columns([
            Column::new("姓名"), Column::new("岗位"), Column::new("角色"), Column::new("期间"),
        ]).rows(rows).empty(nothing).stacked())
        @if i64::try_from(posts.len()).is_ok_and(|count| count >= POSTS) {
            p { "只列出 " (POSTS) " 个，更多的请在“人员账户”里按机构查找。" }
        }
    }
}

fn history(states: &[OrganState], organs: &[Organ]) -> Markup {
    let rows = states.iter().map(|state| {
        Row::new([
            html! { (state.name) },
            html! { @if let Some(parent) = &state.parent { (name_of(organs, parent)) } @else { "没有" } },
            html! {
                @if state.from.number() == 0 { "起初" } @else { (day(state.from)) "起" }
                @if let Some(until) = state.until { "，到" (day(until)) }
            },
        ])
    });
    html! {
        (Table::new("名称和上级").caption_hidden().columns([
            Column::new("名称"), Column::new("上级机构"), Column::new("期间"),
        ]).rows(rows).stacked())
    }
}

/// The three forms, folded; the one that was refused stands open above the others.
fn forms(
    organ: &Organ,
    organs: &[Organ],
    today: Day,
    (kind, form, wrong): (Option<Kind>, &ChangeForm, Wrong<'_>),
) -> Markup {
    let named = |other: &Organ| match today < other.from {
        true => {
            Choice::new(&other.id, format!("{}（从{}起设立）", other.name, other.from.chinese()))
        }
        false => Choice::new(&other.id, &other.name),
    };
    let others = organs.iter().filter(|other| other.id != organ.id);
    let others = others.filter(|other| other.stands(today) || today < other.from);
    let others: Vec<Choice> = others.map(named).collect();
    let (empty_form, fine) = (ChangeForm::default(), Wrong::default());
    let of = |one| if kind == Some(one) { (form, wrong) } else { (&empty_form, fine) };
    let one = |this: Kind, title: String| {
        let (form, wrong) = of(this);
        let body = fields(organ, this, others.clone(), form, wrong);
        if kind == Some(this) { section("refused", &title, body) } else { details(&title, body) }
    };
    html! {
        (one(Kind::Rename, format!("提出给{}更名", organ.name)))
        @if organ.parent.is_some() {
            (one(Kind::Move, format!("提出把{}移到别的上级机构", organ.name)))
            (one(Kind::End, format!("提出撤销{}", organ.name)))
        }
    }
}

fn fields(
    organ: &Organ,
    kind: Kind,
    others: Vec<Choice>,
    form: &ChangeForm,
    wrong: Wrong<'_>,
) -> Markup {
    let (verb, button, what) = match kind {
        Kind::Rename => ("rename", Button::new("提出更名"), "name"),
        Kind::Move => ("move", Button::new("提出移动"), "parent"),
        Kind::End => ("end", Button::danger(format!("提出撤销{}", organ.name)), "successor"),
    };
    let after = match kind {
        Kind::End => {
            "到那天撤销：岗位转到承接的机构，没有承接机构的岗位结束；正在办理的办件转到承接的机构。同意之前会列出这些岗位和办件"
        }
        _ => "另一个人同意以后，从写明的日子起生效",
    };
    post_form(
        &format!("{HERE}/{}/{verb}", organ.id),
        None,
        html! {
            @match kind {
                Kind::Rename => {
                    (Field::text("name", "新的全称").value(&form.name).error(wrong.with(what)))
                    (Field::text("short_name", "新的简称").value(&form.short_name).width(Width::Long)
                        .error(wrong.with("short_name")))
                },
                Kind::Move => {
                    (Field::select("parent", "新的上级机构", others).value(&form.parent).error(wrong.with(what)))
                },
                Kind::End => {
                    (Field::select("successor", "承接的机构", others).hint("没有承接机构的，不选").optional()
                        .value(&form.successor).error(wrong.with(what)))
                },
            }
            (Field::area("reason", "理由和文件的文号", 2).value(&form.reason).error(wrong.with("reason")))
            (day_field(&form.from, wrong))
            (button_row(html! { (button.consequence(after)) }))
        },
    )
}

type Sent = Filled<ChangeForm>;

/// `POST /desk/organs/{organ}/rename`
pub(crate) async fn rename(cx: ActCx, Path(organ): Path<String>, form: Sent) -> Reply {
    proposed(&cx, organ, Kind::Rename, form.0).await
}

/// `POST /desk/organs/{organ}/move`
pub(crate) async fn shift(cx: ActCx, Path(organ): Path<String>, form: Sent) -> Reply {
    proposed(&cx, organ, Kind::Move, form.0).await
}

/// `POST /desk/organs/{organ}/end`
pub(crate) async fn end(cx: ActCx, Path(organ): Path<String>, form: Sent) -> Reply {
    proposed(&cx, organ, Kind::End, form.0).await
}

async fn proposed(cx: &ActCx, organ: String, kind: Kind, form: ChangeForm) -> Reply {
    let done = match (wished(&organ, kind, &form), from_day(&form.from, cx.now().day())) {
        (Ok((change, reason)), Ok(from)) => acts::propose_organ(cx, change, from, &reason).await,
        (wished, from) => Err(together([wished.err(), from.err()]).into()),
    };
    match done {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=proposed"))),
        Err(stop) => {
            let wrong = shown_again(stop)?;
            let as_of = AsOf::today(cx.now().day());
            shown(cx, &organ, &as_of, (Some(kind), &form, Wrong(Some(&wrong)))).await
        }
    }
}

/// What a form wishes for, or all that is wrong with it.
fn wished(organ: &str, kind: Kind, form: &ChangeForm) -> Result<(OrganChange, String), Refusal> {
    let reason = said(&form.reason);
    let empty = || Refusal::new(RefusalKind::Invalid, "identity.no_change", "请填写完整");
    let mut refusal = reason.clone().err().unwrap_or_else(empty);
    let text = |text: &str| text.trim().to_owned();
    let organ = organ.to_owned();
    let change = match kind {
        Kind::Rename => {
            for (field, value, words) in [
                ("name", &form.name, "请写新的全称"),
                ("short_name", &form.short_name, "请写新的简称"),
            ] {
                if value.trim().is_empty() {
                    refusal = refusal.field(field, words);
                }
            }
            let (name, short_name) = (text(&form.name), text(&form.short_name));
            OrganChange::Renamed { organ, name, short_name }
        }
        Kind::Move => {
            if form.parent.is_empty() {
                refusal = refusal.field("parent", "请选择新的上级机构");
            }
            OrganChange::Moved { organ, parent: text(&form.parent) }
        }
        Kind::End => {
            let successor = Some(text(&form.successor)).filter(|chosen| !chosen.is_empty());
            OrganChange::Ended { organ, successor }
        }
    };
    match reason {
        Ok(reason) if refusal.fields.is_empty() => Ok((change, reason)),
        _ => Err(refusal),
    }
}
