//! The counter: a clerk takes an application in for a person who has come, or who lets an agent bring a mandate on paper.

use access::Mandate;
use axum::Form;
use axum::extract::Query;
use base::{FieldError, Outcome, Stop};
use frame::page;
use frame::parts::{
    Button, Choice, Crumb, Field, Heading, Markup, Width, button_row, details, error_summary,
    inset, legal_basis, section,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply};
use maud::html;
use serde::Deserialize;

use crate::acts::{self, AtCounter};
use crate::pages::brought::{ITEMS, Shown, agent_fields, offered, read, said};
use crate::rules::window::GROUND;

/// What an address may say: a guide leads here with its item.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    item: String,
}

/// The page that asks for the item, the person, and who has come.
pub(crate) async fn counter(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    // A guide leads here with the name in its address; people read the name of the item.
    let item = acts::named_in_address(&cx, &wanted.item).await?;
    let entered = AtCounter { item, ..AtCounter::default() };
    page::desk(&cx, "窗口收件", &crumbs(), form(&cx, &entered, (&[], None), &[]).await?).await
}

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("办件", "/desk/cases")]
}

/// The form as it is shown: empty, or again with all that was typed and what is wrong with it.
async fn form(
    cx: &Cx,
    entered: &AtCounter,
    (errors, words): (&[FieldError], Option<&str>),
    known: &[Mandate],
) -> Outcome<Markup> {
    let items = acts::own_items(cx).await?;
    let shown = Shown {
        brought: &entered.brought,
        errors,
        known,
        of_firm: acts::asks_for_firm(cx, &entered.item).await?,
        longest_days: access::mandate_rule(cx.now().day())?.longest_days,
    };
    let came = vec![
        Choice::new("self", "申请人本人"),
        Choice::new("agent", "代理人，带着申请人写的纸质授权委托书"),
    ];
    let paper = html! {
        (agent_fields(&shown))
        p class="hint" { "委托书的扫描件或者照片，在录入后的“上传材料”一页上传，是必须提交的材料。" }
    };
    Ok(html! {
        (error_summary(errors))
        (Heading::new("窗口收件").lead("替到窗口来的申请人收件。先核对身份证件，再逐项录入。"))
        @if let Some(words) = words { p class="lead" { (words) } }
        form class="form" method="post" action="/desk/counter" {
            (offered(&items))
            (shown.line("item", "事项", &entered.item).suggest(ITEMS)
                .hint("从本单位的事项里选，也可以填写事项名称的一部分、编码或者网址里的名称"))
            (shown.line("name", "申请人姓名", &entered.name).width(Width::Long))
            (shown.line("number", "申请人的身份证号码", &entered.number).width(Width::Long))
            (Field::radios("came", "来办的是谁", came).value(&entered.brought.came)
                .error(shown.with("came")))
            @if entered.brought.came == "agent" {
                (section("agent", "代理人和委托书", paper))
            } @else {
                (details("来的是代理人的，打开填写代理人和委托书", paper))
            }
            (button_row(html! { (Button::new("核对并开始录入")) }))
        }
        (inset(html! {
            p { "核对时会向人口基础信息查询申请人的姓名、住址和电话，代理人的只核对姓名和号码是否一致；查询会记入本人可见的查看记录。" }
            p { "申请人有核实过的账户的，办件会同时出现在本人的“我的办件”里；以后才核实的，那时归入。" }
            p { a href="/services" { "查找事项" } }
        }))
        (legal_basis(GROUND))
    })
}

/// The first fields of the form: what is wrong is listed in their order, the rest after them as it comes.
const ORDER: [&str; 4] = ["item", "name", "number", "came"];

/// Begins the draft, or says what is wrong beside the field.
pub(crate) async fn counter_begin(cx: ActCx, Form(pairs): Form<Vec<(String, String)>>) -> Reply {
    let brought = read(&pairs);
    let said = |name: &str| said(&pairs, name);
    let entered =
        AtCounter { item: said("item"), name: said("name"), number: said("number"), brought };
    match acts::begin_at_counter(&cx, &entered).await {
        Ok(id) => Ok(see_other(&format!("/apply/draft/{id}"))),
        Err(Stop::Refused(refusal)) => {
            let chooses = refusal.code == acts::KNOWN_ALREADY || !entered.brought.known.is_empty();
            let known = match chooses {
                true => acts::known_mandates(&cx, &entered).await?,
                false => Vec::new(),
            };
            let mut fields = refusal.fields.clone();
            let place = |field: &str| ORDER.iter().position(|name| *name == field);
            fields.sort_by_key(|error| place(&error.field).unwrap_or(ORDER.len()));
            let wrong = (fields.as_slice(), Some(refusal.message.as_str()));
            let body = form(&cx, &entered, wrong, &known).await?;
            Ok(page::invalid(page::desk(&cx, "窗口收件", &crumbs(), body).await?))
        }
        Err(fault) => Err(fault.into()),
    }
}
