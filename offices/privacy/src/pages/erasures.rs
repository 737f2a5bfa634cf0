//! The orders to erase, and the form that enters one.

use ::store::Reader;
use access::{Permit, ProposedState};
use axum::extract::Query;
use base::{Day, Id, Moment, Outcome};
use frame::parts::{
    Button, Choice, Column, Crumb, Field, Heading, NoticeKind, Pager, Row, Table, Tone, Width,
    banner, button_row, empty, inset, link_button, moment_said, post_form, proposed_by,
    proposed_state, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Wrong, may, shown_again};
use crate::acts;
use crate::store::ERASURES;
use crate::terms::{ERASE, Erasure, Scope, Typed};

pub(super) const HERE: &str = "/desk/erasures";
pub(crate) const TITLE: &str = "依法删除";
const PAGE: i64 = 30;

/// How many orders wait for this very person.
pub(crate) fn waiting(
    reader: &Reader<'_>,
    _permit: &Permit,
    permits: &[Permit],
    now: Moment,
) -> Outcome<i64> {
    let Some(permit) = permits.iter().find(|permit| permit.permission() == ERASE.name) else {
        return Ok(0);
    };
    ERASURES.waiting_for(reader, permit, now.day())
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
    before: String,
}

/// `GET /desk/erasures`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let today = cx.now().day();
    let before: Option<Id<Erasure>> = wanted.before.parse().ok();
    let orders: Vec<Erasure> = cx.read(move |r| ERASURES.before(r, before, PAGE)).await?;
    let enters = may(&cx, &ERASE).await?;
    let full = i64::try_from(orders.len()).is_ok_and(|count| count >= PAGE);
    let next = orders.last().filter(|_| full).map(|last| format!("{HERE}?before={}", last.id));
    let own = cx.account();
    let rows = orders.iter().map(|order| {
        Row::new([
            html! { (order.document) },
            html! { (what(order)) },
            html! { (order.organ) },
            html! {
                (proposed_by(&order.proposed, &own)) "，" (moment_said(order.proposed.at, today))
            },
            state(order, today),
        ])
        .href(format!("{HERE}/{}", order.id))
    });
    let nothing = empty(
        "还没有删除命令",
        html! { p { "收到机关的书面命令以后，由一个人录入，另一个人同意。" } },
    );
    let body = html! {
        @if wanted.done == "withdrawn" {
            (banner(NoticeKind::Success, html! { "已经撤回，没有删除任何内容。" }))
        }
        (Heading::new(TITLE).lead("依机关的书面命令删除个人信息。一个人录入，另一个人同意以后执行，不能恢复；删了什么、谁的命令、哪两个人，永久留下记录。"))
        @if enters { (button_row(link_button("录入删除命令", &format!("{HERE}/new")))) }
        (Table::new("删除命令，最近的在前").columns([
            Column::new("文号"), Column::new("删除什么"), Column::new("命令机关"),
            Column::new("录入"), Column::new("状态").narrow(),
        ]).rows(rows).empty(nothing).stacked())
        (Pager::new(next).first(before.map(|_| HERE.to_owned())))
    };
    page::desk(&cx, TITLE, &[], body).await
}

/// What an order is about, in a line.
pub(super) fn what(order: &Erasure) -> String {
    match (order.scope, order.shown.as_str()) {
        (scope, "") => scope.title().to_owned(),
        (Scope::Case, no) => format!("办件 {no}"),
        (Scope::Person, login) => format!("账户 {login} 和它的办件"),
        (Scope::Act, id) => format!("办理记录 {id}"),
    }
}

pub(super) fn state(order: &Erasure, today: Day) -> Markup {
    match order.proposed.state {
        ProposedState::Agreed => tag(Tone::Active, "正在删除"),
        ProposedState::Done => tag(Tone::Good, "已删除"),
        _ => proposed_state(&order.proposed, today),
    }
}

/// `GET /desk/erasures/new`
pub(crate) async fn new(cx: Cx) -> Reply {
    form(&cx, &Typed::default(), Wrong::default()).await
}

async fn form(cx: &Cx, typed: &Typed, wrong: Wrong<'_>) -> Reply {
    let scopes = Scope::ALL.into_iter().map(|(scope, title)| {
        let hint = match scope {
            Scope::Case => "申请内容、来源、材料、等待寄出的信、办理经过中的文字和记录的内容",
            Scope::Person => {
                "账户、草稿、本人的办件；谁看过的记录和姓名留下。工作人员的账户不能删除"
            }
            Scope::Act => "这一条记录的内容和来源地址，和办理经过中同一步的文字",
        };
        Choice::new(scope.as_str(), title).hint(hint)
    });
    let says = |name: &str, label: &str, hint: &str, value: &str| {
        Field::confirm(name, label).hint(hint).value(value).optional().error(wrong.with(name))
    };
    let rule = acts::rule_on(cx.now().day())?;
    let body = html! {
        (Heading::new("录入删除命令").lead("照着机关的书面命令填写。"))
        (wrong.head())
        (post_form(HERE, None, html! {
            (Field::radios("scope", "删除什么", scopes.collect()).value(&typed.scope)
                .error(wrong.with("scope")))
            (Field::text("shown", "哪一个").hint("办件编号、账户的用户名，或者回执上的存证编号")
                .value(&typed.shown).width(Width::Long).error(wrong.with("shown")))
            (Field::text("organ", "命令机关").hint("作出命令的机关全称").value(&typed.organ)
                .error(wrong.with("organ")))
            (Field::text("document", "文号").hint("例如 鄂州网信罚〔2026〕3号；删除的地方都会显示")
                .value(&typed.document).width(Width::Long).error(wrong.with("document")))
            (Field::text("ground", "依据").hint("例如《中华人民共和国个人信息保护法》第四十七条第一款第四项")
                .value(&typed.ground).error(wrong.with("ground")))
            (says("running", "命令载明：正在办理的办件也删除", "没有载明的，正在办理的办件不删除", &typed.running))
            (says("retained", "命令载明：保存期限没有满的也删除",
                &format!("办结的办件保存 {} 年（{}）", rule.kept_years, rule.kept_ground), &typed.retained))
            (button_row(html! {
                (Button::new("录入，请另一个人同意")
                    .consequence(format!("还没有删除。{}", rule.waiting_ground)))
            }))
        }))
        (inset(html! { p { "以前的备份里还有删除以前的内容，要按备份的保存期销毁。" } }))
    };
    let response = page::desk(cx, "录入删除命令", &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

/// `POST /desk/erasures`
pub(crate) async fn enter(cx: ActCx, Filled(typed): Filled<Typed>) -> Reply {
    match acts::enter(&cx, &typed).await {
        Ok(id) => Ok(see_other(&format!("{HERE}/{id}?done=entered"))),
        Err(stop) => form(&cx, &typed, Wrong(Some(&shown_again(stop)?))).await,
    }
}
