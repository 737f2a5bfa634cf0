//! The page before a draft is begun, and its beginning: for oneself, or for who has given one a mandate.

use axum::Form as Entered;
use axum::extract::{Path, Query};
use frame::page;
use frame::parts::{
    Button, Choice, Crumb, Field, Heading, Markup, NoticeKind, notice, section, start_button,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, not_found};
use maud::html;
use powers_contract::Material;
use serde::Deserialize;

use crate::acts;
use crate::rules;

/// For whom a draft is begun: by which mandate, or none.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ForWhom {
    mandate: String,
}

/// The page before a draft is begun: what will be asked and what is known already.
pub(crate) async fn start(
    cx: Cx,
    Path(slug): Path<String>,
    Query(wanted): Query<ForWhom>,
) -> Reply {
    let item = acts::item_in_force(&cx, &slug).await?;
    let mandates = acts::to_file_by(&cx, &item).await?;
    let level = acts::level_here(&cx, &item).await?;
    let over = rules::offered(&item);
    let uploads: Vec<&Material> =
        item.materials.iter().filter(|material| material.obtain == "upload").collect();
    let shared: Vec<&Material> =
        item.materials.iter().filter(|material| material.obtain == "shared").collect();
    let crumbs =
        [Crumb::new("办事情", "/services"), Crumb::new(&item.name, format!("/services/{slug}"))];
    let body = html! {
        (Heading::new(format!("申请：{}", item.name)).caption(&item.organ_name))
        @if let Err(over) = &over {
            (notice(NoticeKind::Warning, "这个事项现在不能申请", html! {
                p { (over.message) "。" @if let Some(remedy) = &over.remedy { (remedy) "。" } }
                p { a href=(format!("/services/{slug}")) { "看原来的办事指南" } }
            }))
        } @else if cx.person().is_none() {
            (notice(NoticeKind::Info, "先登录", html! {
                p { "登录后可以随时保存、换一台设备接着填。还没有账户的，" a href="/register" { "先注册" } "。" }
            }))
        }
        p { "填写大约需要十分钟，随时可以保存。政府已经掌握的信息会自动填好，并写明来自哪里。" }
        @if !uploads.is_empty() {
            (section("bring", "请先准备好", html! {
                ul { @for material in &uploads { li { (material.name) @if !material.required { "（" (material.hint) "）" } } } }
            }))
        }
        @if !shared.is_empty() {
            (section("shared", "不用您提供", html! {
                ul { @for material in &shared { li { (material.name)
                    @if let Some(from) = &material.shared_from { "，向" (from) "核验" } } } }
            }))
        }
        @if let Err(low) = rules::level_reached(&item, level) {
            (notice(NoticeKind::Warning, &low.message, html! {
                p { @if let Some(remedy) = &low.remedy { (remedy) "。" } a href="/me#level" { "查看实名等级" } }
            }))
        }
        @if over.is_err() {
        } @else if cx.person().is_none() {
            @let next = frame::held::query_escape(&format!("/apply/{slug}"));
            (start_button("登录后开始填写", &format!("/sign-in?next={next}")))
        } @else {
            form class="form" method="post" action=(format!("/apply/{slug}")) {
                @if !mandates.is_empty() { (whose(&mandates, &wanted.mandate)) }
                (Button::new("开始填写"))
            }
            @if !item.in_person && cx.person().is_some_and(|person| person.kind == access::Kind::Citizen) {
                p class="hint" {
                    "自己不方便办的，可以" a href=(format!("/me/mandates/new?item={slug}")) { "写一份委托书" } "，请别人代办。"
                }
            }
        }
    };
    Ok(page::site(&cx, &format!("申请：{}", item.name), &crumbs, body))
}

/// Asks for whom it is, of who may file it for others too.
fn whose(mandates: &[access::Mandate], wanted: &str) -> Markup {
    let mut choices = vec![Choice::new("", "自己")];
    choices.extend(mandates.iter().map(|one| {
        let until = one.until.chinese();
        Choice::new(one.id.to_string(), format!("代{}办理", one.whose()))
            .hint(format!("凭{}写的委托书，到{until}为止", one.principal_name))
    }));
    let known = mandates.iter().any(|one| one.id.to_string() == wanted);
    let value = if known { wanted } else { "" };
    html! { (Field::radios("mandate", "替谁办理", choices).value(value)) }
}

/// Begins a draft, or takes the open one up again.
pub(crate) async fn begin(
    cx: ActCx,
    Path(slug): Path<String>,
    Entered(wanted): Entered<ForWhom>,
) -> Reply {
    let mandate = match wanted.mandate.trim() {
        "" => None,
        id => Some(id.parse().map_err(|_| not_found("这份委托"))?),
    };
    let id = acts::begin(&cx, &slug, mandate).await?;
    Ok(see_other(&format!("/apply/draft/{id}")))
}
