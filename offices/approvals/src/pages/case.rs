//! Looking a case up by number and query code, without an account.

use axum::Form;
use axum::extract::Query;
use base::{FieldError, Stop};
use flow::Ending;
use frame::page;
use frame::parts::{
    Button, Crumb, Field, Heading, Markup, Width, button_row, error_summary, inset, section,
};
use frame::{ActCx, Cx, Reply};
use maud::html;
use serde::Deserialize;

use crate::acts::{self, Seen};
use crate::pages::cancelled;
use crate::pages::paper::Fetch;
use crate::pages::steps::{Reader, cancelled_tag, clock_of, head, history, state_tag};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    no: String,
    code: String,
}

/// The page that asks for number and code.
pub(crate) async fn look_up(cx: Cx, Query(asked): Query<Asked>) -> Reply {
    Ok(page::site(&cx, "查询办件进度", &[], form(&asked, &[])))
}

fn form(asked: &Asked, errors: &[FieldError]) -> Markup {
    let error = |name: &str| {
        errors.iter().find(|error| error.field == name).map(|error| error.message.clone())
    };
    html! {
        (error_summary(errors))
        (Heading::new("查询办件进度").lead("凭回执上的办件编号和查询码查询，不用登录。"))
        form class="form" method="post" action="/cases" {
            (Field::text("no", "办件编号").hint("23 位数字，在回执上").value(&asked.no)
                .mode("numeric").error(error("no")))
            (Field::text("code", "查询码").hint("10 位字母和数字，不分大小写").value(&asked.code)
                .width(Width::Medium).error(error("code")))
            (button_row(html! { (Button::new("查询")) }))
        }
        (inset(html! {
            p { "登录后提交的申请，在" a href="/my/cases" { "我的办件" } "里随时可以查看，不用查询码。" }
            p { a href=(cancelled::HERE) { "看已经注销的许可" } }
        }))
    }
}

/// The case, or the words beside the field.
pub(crate) async fn looked_up(cx: ActCx, Form(asked): Form<Asked>) -> Reply {
    match acts::by_code(&cx, &asked.no, &asked.code).await {
        Ok(seen) => {
            let body = shown(&cx, &seen, asked.code.trim());
            Ok(page::site(&cx, &seen.case.item_name, &crumbs(), body))
        }
        Err(stop) => refused(&cx, asked.no, stop),
    }
}

/// The form once more, with what was wrong beside its field.
pub(crate) fn refused(cx: &Cx, no: String, stop: Stop) -> Reply {
    match stop {
        Stop::Refused(refusal) if !refusal.fields.is_empty() => {
            let body = html! {
                (form(&Asked { no, code: String::new() }, &refusal.fields))
                @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
            };
            Ok(page::invalid(page::site(cx, "查询办件进度", &[], body)))
        }
        stop => Err(stop.into()),
    }
}

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("查询办件进度", "/cases")]
}

/// A case as the public sees it: what, how far, by when, and what happened.
fn shown(cx: &Cx, seen: &Seen, code: &str) -> Markup {
    let today = cx.now().day();
    html! {
        (Heading::new(&seen.case.item_name).state(html! { (state_tag(&seen.case, Reader::Public, today)) (cancelled_tag(seen.cancelled.is_some())) }))
        (clock_of(seen, &cx.hall().calendar, today))
        (head(seen, today))
        (section("history", "办理经过", history(seen, Reader::Public, Fetch::Code(code), today)))
        (remedies(seen))
    }
}

/// Where to turn against a refusal: as the decision said it, then in general. The periods run from
/// its delivery, so it stays when the case is closed.
pub(crate) fn remedies(seen: &Seen) -> Markup {
    html! {
        @if matches!(seen.case.ending, Ending::Denied | Ending::Refused) {
            (section("remedies", "不服怎么办", html! {
                @if let Some(remedy) = &seen.remedy { p { (remedy) "。" } }
                p { (seen.application.remedies) }
            }))
        }
    }
}
