//! How far one's account has shown whose it is: what that opens, and how to raise it.

use access::{Account, Kind, Level};
use frame::parts::{
    Button, Column, Crumb, Field, Heading, Row, Table, Tone, Width, button_row, legal_basis,
    link_button, post_form, section, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::me::own;
use super::{Wrong, shown_again};
use crate::acts;

/// The levels, what each is shown by, and what it opens.
const LEVELS: [(Level, &str, &str); 3] = [
    (Level::Registered, "自己填写的姓名和号码", "申请没有实名要求的事项，登记信息自己填写"),
    (
        Level::Checked,
        "姓名、公民身份号码、手机号码三样都与人口登记一致",
        "自动填写登记信息，查看谁看过我的信息，写委托书和接受委托，申请要求“已核对”的事项",
    ),
    (
        Level::Proven,
        "带身份证到窗口当面核实，或者由能证明身份的身份认证平台证明",
        "申请要求“已实名核验”的事项",
    ),
];

/// The part of one's account that tells it.
pub(super) fn told(account: &Account) -> Markup {
    if account.kind != Kind::Citizen {
        return html! {};
    }
    let level = account.level();
    let rows = LEVELS.iter().map(|(one, by, opens)| {
        Row::new([
            html! {
                (one.title())
                @if *one == level { " " (tag(Tone::Good, "您现在")) }
            },
            html! { (by) },
            html! { (opens) },
        ])
    });
    section(
        "level",
        "实名等级",
        html! {
            (Table::new("各个等级怎样达到、可以办什么").caption_hidden().columns([
                Column::new("等级"), Column::new("怎样达到"), Column::new("可以办什么"),
            ]).rows(rows).stacked())
            (upward(account))
        },
    )
}

/// The way to the next level.
fn upward(account: &Account) -> Markup {
    match account.level() {
        Level::Registered => html! {
            @if account.number_sealed.is_none() {
                p { (link_button("填写公民身份号码，与人口登记核对", "/me/number")) }
            }
        },
        Level::Checked => html! {
            p { "要再升一级，带身份证到政务服务大厅的窗口，由工作人员当面核实，当场生效。" }
        },
        Level::Proven => html! { p { "已经是最高一级。" } },
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Stated {
    number: String,
    phone: String,
}

/// `GET /me/number`
pub(crate) async fn ask(cx: Cx) -> Reply {
    form(&cx, &Stated::default(), Wrong::default()).await
}

async fn form(cx: &Cx, stated: &Stated, wrong: Wrong<'_>) -> Reply {
    let account = own(cx).await?;
    if account.kind != Kind::Citizen || account.number_sealed.is_some() {
        return Ok(see_other("/me#level"));
    }
    let body = html! {
        (Heading::new("与人口登记核对").lead("姓名、公民身份号码、手机号码三样都与人口登记一致，账户升到“已核对”。"))
        (wrong.head())
        (post_form("/me/number", None, html! {
            p { "账户上的姓名：" (account.name) }
            (Field::text("number", "公民身份号码").value(&stated.number).width(Width::Medium)
                .error(wrong.with("number")))
            (Field::text("phone", "登记的手机号码").value(&stated.phone).mode("numeric").width(Width::Medium)
                .error(wrong.with("phone")))
            (button_row(html! {
                (Button::new("核对").consequence("只核对是否一致，不给出内容；核对会留下记录，号码的本人可以看到。一天最多 5 次"))
            }))
        }))
        (legal_basis("《国务院关于在线政务服务的若干规定》第七条"))
    };
    let crumbs = [Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")];
    Ok(wrong.status(page::site(cx, "与人口登记核对", &crumbs, body)))
}

/// `POST /me/number`
pub(crate) async fn state(cx: ActCx, Filled(stated): Filled<Stated>) -> Reply {
    match acts::state_number(&cx, &stated.number, &stated.phone).await {
        Ok(()) => Ok(see_other("/me?done=proven")),
        Err(stop) => form(&cx, &stated, Wrong(Some(&shown_again(stop)?))).await,
    }
}
