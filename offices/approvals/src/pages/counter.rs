//! The counter: a clerk takes an application in for a person who has no account.

use axum::Form;
use axum::extract::Query;
use base::{FieldError, Stop};
use frame::page;
use frame::parts::{
    Button, Crumb, Field, Heading, Markup, Width, button_row, error_summary, inset,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply};
use maud::html;
use serde::Deserialize;

use crate::acts;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entered {
    item: String,
    name: String,
    number: String,
}

/// The page that asks for the item and the person.
pub(crate) async fn counter(cx: Cx, Query(entered): Query<Entered>) -> Reply {
    page::desk(&cx, "窗口收件", &crumbs(), form(&entered, &[], None)).await
}

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("办件", "/desk/cases")]
}

fn form(entered: &Entered, errors: &[FieldError], words: Option<&str>) -> Markup {
    let error = |name: &str| {
        errors.iter().find(|error| error.field == name).map(|error| error.message.clone())
    };
    html! {
        (error_summary(errors))
        (Heading::new("窗口收件").lead("替没有账户的申请人收件。先核对身份证件，再逐项录入。"))
        @if let Some(words) = words { p class="lead" { (words) } }
        form class="form" method="post" action="/desk/counter" {
            (Field::text("item", "事项").hint("事项编码或者网址里的名称，在办事指南页可以查到")
                .value(&entered.item).error(error("item")))
            (Field::text("name", "申请人姓名").value(&entered.name).error(error("name")))
            (Field::text("number", "身份证号码").value(&entered.number).width(Width::Medium)
                .error(error("number")))
            (button_row(html! { (Button::new("核对并开始录入")) }))
        }
        (inset(html! {
            p { "核对时会向人口基础信息查询申请人的姓名、住址和电话，查询会记入本人可见的查看记录。" }
            p { a href="/services" { "查找事项" } }
        }))
    }
}

/// Begins the draft, or says what is wrong beside the field.
pub(crate) async fn counter_begin(cx: ActCx, Form(entered): Form<Entered>) -> Reply {
    let begun = acts::begin_at_counter(
        &cx,
        entered.item.trim(),
        entered.name.trim(),
        entered.number.trim(),
    );
    match begun.await {
        Ok(id) => Ok(see_other(&format!("/apply/draft/{id}"))),
        Err(Stop::Refused(refusal)) => {
            let body = form(&entered, &refusal.fields, Some(&refusal.message));
            Ok(page::invalid(page::desk(&cx, "窗口收件", &crumbs(), body).await?))
        }
        Err(fault) => Err(fault.into()),
    }
}
