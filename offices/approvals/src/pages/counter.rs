//! The counter: a clerk takes an application in for a person who has no account, who stands there or lets an agent bring
//! a mandate on paper.

use access::{Mandate, Power};
use axum::Form;
use axum::extract::Query;
use base::{FieldError, Stop};
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
use crate::rules::window::GROUND;
use crate::terms::window::Brought;

/// What an address may say: a guide leads here with its item.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    item: String,
}

/// The page that asks for the item, the person, and who has come.
pub(crate) async fn counter(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let entered = AtCounter { item: wanted.item, ..AtCounter::default() };
    let shown = Shown { entered: &entered, errors: &[], words: None, known: &[] };
    page::desk(&cx, "窗口收件", &crumbs(), form(&cx, &shown)?).await
}

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("办件", "/desk/cases")]
}

/// The form as it is shown: empty, or again with all that was typed and what is wrong with it.
struct Shown<'a> {
    entered: &'a AtCounter,
    errors: &'a [FieldError],
    words: Option<&'a str>,
    /// The mandates that a window has taken in before, to choose one of.
    known: &'a [Mandate],
}

impl Shown<'_> {
    fn with(&self, name: &str) -> Option<String> {
        self.errors.iter().find(|error| error.field == name).map(|error| error.message.clone())
    }

    fn line(&self, name: &str, label: &str, value: &str) -> Field {
        Field::text(name, label).value(value).error(self.with(name))
    }
}

fn form(cx: &Cx, shown: &Shown<'_>) -> base::Outcome<Markup> {
    let entered = shown.entered;
    let longest = access::mandate_rule(cx.now().day())?.longest_days;
    let came = vec![
        Choice::new("self", "申请人本人"),
        Choice::new("agent", "代理人，带着申请人写的纸质授权委托书"),
    ];
    Ok(html! {
        (error_summary(shown.errors))
        (Heading::new("窗口收件").lead("替没有账户的申请人收件。先核对身份证件，再逐项录入。"))
        @if let Some(words) = shown.words { p class="lead" { (words) } }
        form class="form" method="post" action="/desk/counter" {
            (shown.line("item", "事项", &entered.item)
                .hint("事项编码或者网址里的名称，在办事指南页可以查到"))
            (shown.line("name", "申请人姓名", &entered.name))
            (shown.line("number", "申请人的身份证号码", &entered.number).width(Width::Medium))
            (Field::radios("came", "来办的是谁", came).value(&entered.brought.came)
                .error(shown.with("came")))
            @if entered.brought.came == "agent" {
                (section("agent", "代理人和委托书", agent_fields(shown, longest)))
            } @else {
                (details("来的是代理人的，打开填写代理人和委托书", agent_fields(shown, longest)))
            }
            (button_row(html! { (Button::new("核对并开始录入")) }))
        }
        (inset(html! {
            p { "核对时会向人口基础信息查询申请人的姓名、住址和电话，代理人的只核对姓名和号码是否一致；查询会记入本人可见的查看记录。" }
            p { a href="/services" { "查找事项" } }
        }))
        (legal_basis(GROUND))
    })
}

/// Who the agent is, and what the paper says.
fn agent_fields(shown: &Shown<'_>, longest_days: i64) -> Markup {
    let brought = &shown.entered.brought;
    let scopes = vec![
        Choice::new("this", "只办这一件"),
        Choice::new("items", "写明的事项"),
        Choice::new("all", "全部事项"),
    ];
    let powers =
        Power::ALL.iter().map(|power| Choice::new(power.as_str(), power.title())).collect();
    html! {
        (shown.line("agent_name", "代理人姓名", &brought.agent_name))
        (shown.line("agent_number", "代理人的公民身份号码", &brought.agent_number)
            .width(Width::Medium))
        (Field::confirm("compared", "我看过代理人的身份证原件，证件上的人就是面前的人")
            .value(&brought.compared).error(shown.with("compared")))
        (known_field(shown))
        (Field::radios("scope", "委托办理哪些事", scopes).value(&brought.scope)
            .hint("照委托书写的选").error(shown.with("scope")))
        (Field::area("items", "委托书写明的事项", 3).optional().value(&brought.items)
            .hint("选“写明的事项”的填写：事项编码或者网址里的名称，一行一个").error(shown.with("items")))
        (Field::checks("powers", "委托书写明的权限", powers).values(brought.powers.clone())
            .hint("能补正或者撤回的，也能查询").error(shown.with("powers")))
        (Field::date("from", "委托书的第一天").value(&brought.from).error(shown.with("from"))
            .hint("没有写的，写签署的那一天"))
        (Field::date("until", "委托书的最后一天").value(&brought.until).error(shown.with("until"))
            .hint(format!("最多 {longest_days} 天，含首尾")))
        (firm_fields(shown))
        p class="hint" { "委托书的扫描件或者照片，在录入后的“上传材料”一页上传，是必须提交的材料。" }
    }
}

/// Those that a window has taken in before.
fn known_field(shown: &Shown<'_>) -> Markup {
    if shown.known.is_empty() {
        return html! {};
    }
    let said = |one: &Mandate| {
        format!("{}；{}；到{}", one.scope.said(), one.powers_said(), one.until.chinese())
    };
    let choices = shown.known.iter().map(|one| {
        Choice::new(one.id.to_string(), format!("用{}窗口登记的这一份", one.organ_name))
            .hint(said(one))
    });
    html! {
        (Field::radios("known", "已经登记的委托书", choices.collect())
            .value(&shown.entered.brought.known).error(shown.with("known")))
    }
}

fn firm_fields(shown: &Shown<'_>) -> Markup {
    let brought = &shown.entered.brought;
    let fields = html! {
        p class="hint" { "委托书是以单位名义写、盖了单位公章的填写；只能用来办理这个单位的事。" }
        (shown.line("firm_name", "单位名称", &brought.firm_name).optional())
        (shown.line("firm_code", "统一社会信用代码", &brought.firm_code).width(Width::Medium).optional())
    };
    let typed = !brought.firm_name.is_empty()
        || !brought.firm_code.is_empty()
        || shown.with("firm_name").is_some();
    html! { @if typed { (fields) } @else { (details("委托书是以单位名义写的", fields)) } }
}

/// Begins the draft, or says what is wrong beside the field.
pub(crate) async fn counter_begin(cx: ActCx, Form(pairs): Form<Vec<(String, String)>>) -> Reply {
    let entered = read(&pairs);
    match acts::begin_at_counter(&cx, &entered).await {
        Ok(id) => Ok(see_other(&format!("/apply/draft/{id}"))),
        Err(Stop::Refused(refusal)) => {
            let chooses = refusal.code == acts::KNOWN_ALREADY || !entered.brought.known.is_empty();
            let known = match chooses {
                true => acts::known_mandates(&cx, &entered).await?,
                false => Vec::new(),
            };
            let shown = Shown {
                entered: &entered,
                errors: &refusal.fields,
                words: Some(&refusal.message),
                known: &known,
            };
            Ok(page::invalid(page::desk(&cx, "窗口收件", &crumbs(), form(&cx, &shown)?).await?))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// What the form sends.
fn read(pairs: &[(String, String)]) -> AtCounter {
    let said = |name: &str| {
        let found = pairs.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    // A day comes as its three parts, or whole.
    let day = |name: &str| {
        let parts = ["year", "month", "day"].map(|part| said(&format!("{name}.{part}")));
        let [year, month, day] = &parts;
        match parts.iter().all(String::is_empty) {
            true => said(name),
            false => format!("{year:0>4}-{month:0>2}-{day:0>2}"),
        }
    };
    let powers = pairs.iter().filter(|(field, _)| field == "powers");
    AtCounter {
        item: said("item"),
        name: said("name"),
        number: said("number"),
        brought: Brought {
            came: said("came"),
            known: said("known"),
            agent_name: said("agent_name"),
            agent_number: said("agent_number"),
            scope: said("scope"),
            items: said("items"),
            powers: powers.map(|(_, value)| value.clone()).collect(),
            from: day("from"),
            until: day("until"),
            firm_name: said("firm_name"),
            firm_code: said("firm_code"),
            compared: said("compared"),
        },
    }
}
