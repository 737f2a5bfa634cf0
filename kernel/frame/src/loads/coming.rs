//! A load on its way, and one that came to nothing.

use base::Id;
use maud::Markup;
use register::{Coming, Load, Stage};
use serde::Deserialize;
use serde_json::json;

use super::LoadDesk;
use crate::parts::{
    self, Button, Column, Crumb, Field, Heading, NoticeKind, Row, Table, Tone, button_row, html,
    link_button, post_form,
};
use crate::serve::see_other;
use crate::{ActCx, Cx, Reply, not_found, page};

/// Loads that do not count are listed for so long.
pub(super) const SHOWN_SECONDS: i64 = 30 * 86_400;
/// So many of them are listed.
pub(super) const SHOWN_MAX: i64 = 10;
/// The page of a load on its way fetches itself again after so many seconds.
const AGAIN_SECONDS: u32 = 5;
/// What happens to a file, in its order.
const STEPS: [&str; 3] = ["上传", "核对、比对、写入", "生效"];

/// The page of a load that does not count, or not yet.
pub(super) async fn show(desk: &LoadDesk, cx: &Cx, coming: &Coming) -> Reply {
    if let Some(before) = coming.same_as {
        return Ok(see_other(&format!("{}/{before}?again=1", desk.path)));
    }
    let body = html! {
        (Heading::new(&coming.name)
            .caption("导入")
            .state(state(coming.stage))
            .lead(format!(
                "{} 由 {} {}", coming.started_at.to_minute(), coming.by_name, sent(coming)
            )))
        @if coming.stage == Stage::Held { (asked(desk, coming)) }
        @else if coming.stage.is_under_way() { (under_way(desk, coming)) }
        @else { (ended(desk, coming)) }
    };
    let crumbs = [Crumb::new(desk.title, desk.home), Crumb::new("导入和报告", desk.path)];
    let shown = page::desk(cx, &coming.name, &crumbs, body).await?;
    Ok(match coming.stage.is_under_way() {
        true => page::again_after(AGAIN_SECONDS, shown),
        false => shown,
    })
}

/// How it came.
fn sent(coming: &Coming) -> &'static str {
    if coming.is_published { "推送" } else { "上传" }
}

/// What a person is asked about a load by which many would be gone.
fn asked(desk: &LoadDesk, coming: &Coming) -> Markup {
    let (going, unit) = (coming.going, desk.register.unit);
    html! {
        (parts::notice(NoticeKind::Warning, "等您确认", html! {
            p { (coming.words) "。" }
            p { "确认以前，登记库没有改动。" @if coming.is_published { "这个来源后来推送的也在等。" } }
        }))
        (post_form(&format!("{}/{}/settle", desk.path, coming.id), None, html! {
            (Field::area("reason", "理由", 2)
                .hint("例如：和提供部门核对过，这些登记确实已经注销"))
            (button_row(html! {
                (Button::danger(format!("确认，{going} {unit}不再登记")).says("word", "yes")
                    .consequence("生效以后可以撤销；从前的登记仍查得到"))
                (Button::secondary("不采用").says("word", "no"))
            }))
        }))
    }
}

/// What a person says of such a load.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Word {
    word: String,
    reason: String,
}

/// Lets it count, or not, for the reason that the form says.
pub(super) async fn settle(desk: &'static LoadDesk, cx: &ActCx, id: &str, form: Word) -> Reply {
    let id: Id<Load> = id.parse().map_err(|_| not_found("这次导入"))?;
    let accepted = match form.word.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(crate::unread().into()),
    };
    let (actor, ground) = (cx.actor().clone(), cx.hall().ground());
    let account = cx.signed_in()?.account.to_string();
    let read = (desk.job, json!({ "load": id.to_string(), "account": account, "whole": true }));
    let word = (id, accepted, form.reason.as_str());
    register::settle(&ground, desk.register, actor, word, read).await?;
    cx.hall().bell.notify_one();
    Ok(see_other(&format!("{}/{id}", desk.path)))
}

fn under_way(desk: &LoadDesk, coming: &Coming) -> Markup {
    let step = if coming.stage == Stage::Receiving { 0 } else { 1 };
    let [_, second, third] = STEPS;
    let steps = [sent(coming), second, third];
    let writes = coming.stage == Stage::Staging && coming.total > 0;
    html! {
        (parts::steps(&steps.map(str::to_owned), step))
        @if writes { (parts::progress("核对过的行", coming.done, coming.total)) }
        @else { p { "已经收下，马上开始处理。" } }
        p class="hint" {
            "最近一次进展：" (parts::moment(coming.moved_at))
            "。这一页每 " (AGAIN_SECONDS) " 秒更新一次，也可以离开，处理不会停。"
            "生效以前，登记库还是原来的样子。"
        }
        (button_row(html! {
            (link_button("看最新进展", &format!("{}/{}", desk.path, coming.id)))
        }))
    }
}

fn ended(desk: &LoadDesk, coming: &Coming) -> Markup {
    let title =
        if coming.is_published { "这次推送没有生效" } else { "这个文件没有生效" };
    html! {
        (parts::notice(NoticeKind::Danger, title, html! { p { (coming.words) } }))
        p { "登记库没有改动。" }
        @if !coming.is_published {
            (button_row(html! { (link_button("再导入一次", desk.path)) }))
        }
    }
}

fn state(stage: Stage) -> Markup {
    let tone = match stage {
        Stage::Refused | Stage::Broken => Tone::Late,
        Stage::Held => Tone::Soon,
        Stage::Receiving | Stage::Waiting => Tone::Plain,
        Stage::Published => Tone::Good,
        Stage::Same | Stage::Undone => Tone::Closed,
        Stage::Staging => Tone::Active,
    };
    parts::tag(tone, stage.title())
}

/// The loads that do not count, each with where it stands.
pub(super) fn table(desk: &LoadDesk, coming: &[Coming]) -> Markup {
    let rows = coming.iter().map(|one| {
        Row::new([
            html! { (one.name) },
            state(one.stage),
            parts::moment(one.started_at),
            html! { (one.by_name) },
        ])
        .href(format!("{}/{}", desk.path, one.id))
    });
    let columns = [
        Column::new("文件或者推送"),
        Column::new("状态").narrow(),
        Column::new("时间").narrow(),
        Column::new("经办").narrow(),
    ];
    html! { (Table::new("没有生效的导入").caption_hidden().columns(columns).rows(rows)) }
}
