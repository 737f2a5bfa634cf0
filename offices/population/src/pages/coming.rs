//! A load on its way, and one that came to nothing.

use frame::parts::{
    self, Column, Crumb, Heading, NoticeKind, Row, Table, Tone, button_row, html, link_button,
};
use frame::serve::see_other;
use frame::{Cx, Reply, page};
use maud::Markup;

use crate::terms::{Coming, Stage};

/// Loads that do not count are listed for so long.
pub(super) const SHOWN_SECONDS: i64 = 30 * 86_400;
/// So many of them are listed.
pub(super) const SHOWN_MAX: i64 = 10;
/// The page of a load on its way fetches itself again after so many seconds.
const AGAIN_SECONDS: u32 = 5;
/// What happens to a file, in its order.
const STEPS: [&str; 4] = ["上传", "读文件", "比对", "写入并生效"];

/// The page of a load that does not count, or not yet.
pub(super) async fn show(cx: &Cx, coming: &Coming) -> Reply {
    if let Some(before) = coming.same_as {
        return Ok(see_other(&format!("/desk/population/loads/{before}?again=1")));
    }
    let body = html! {
        (Heading::new(&coming.name)
            .caption("导入")
            .state(state(coming.stage))
            .lead(format!("{} 由 {} 上传", coming.started_at.to_minute(), coming.by_name)))
        @if coming.stage.is_under_way() { (under_way(coming)) } @else { (ended(coming)) }
    };
    let crumbs = [
        Crumb::new("人口基础信息", "/desk/population"),
        Crumb::new("导入和报告", "/desk/population/loads"),
    ];
    let shown = page::desk(cx, &coming.name, &crumbs, body).await?;
    Ok(match coming.stage.is_under_way() {
        true => page::again_after(AGAIN_SECONDS, shown),
        false => shown,
    })
}

fn under_way(coming: &Coming) -> Markup {
    let step = match coming.stage {
        Stage::Receiving => 0,
        Stage::Waiting => 1,
        Stage::Comparing => 2,
        _ => 3,
    };
    let (label, unit) = match coming.stage {
        Stage::Comparing => ("与登记库比对过的行", true),
        Stage::Staging => ("写好的行（新增和更改）", true),
        _ => ("", false),
    };
    html! {
        (parts::steps(&STEPS.map(str::to_owned), step))
        @if unit { (parts::progress(label, coming.done, coming.total)) }
        @else { p { "文件已经收下，马上开始处理。" } }
        p class="hint" {
            "最近一次进展：" (parts::moment(coming.moved_at))
            "。这一页每 " (AGAIN_SECONDS) " 秒更新一次，也可以离开，处理不会停。"
            "生效以前，登记库还是原来的样子。"
        }
        (button_row(html! {
            (link_button("看最新进展", &format!("/desk/population/loads/{}", coming.id)))
        }))
    }
}

fn ended(coming: &Coming) -> Markup {
    html! {
        (parts::notice(NoticeKind::Danger, "这个文件没有生效", html! { p { (coming.words) } }))
        p { "登记库没有改动。" }
        (button_row(html! { (link_button("再导入一次", "/desk/population/loads")) }))
    }
}

fn state(stage: Stage) -> Markup {
    let tone = match stage {
        Stage::Refused | Stage::Broken => Tone::Late,
        Stage::Receiving | Stage::Waiting => Tone::Plain,
        Stage::Published => Tone::Good,
        Stage::Same => Tone::Closed,
        Stage::Comparing | Stage::Staging => Tone::Active,
    };
    parts::tag(tone, stage.title())
}

/// The loads that do not count, each with where it stands.
pub(super) fn table(coming: &[Coming]) -> Markup {
    let rows = coming.iter().map(|one| {
        Row::new([
            html! { (one.name) },
            state(one.stage),
            parts::moment(one.started_at),
            html! { (one.by_name) },
        ])
        .href(format!("/desk/population/loads/{}", one.id))
    });
    let columns = [
        Column::new("文件"),
        Column::new("状态").narrow(),
        Column::new("时间").narrow(),
        Column::new("经办").narrow(),
    ];
    html! { (Table::new("没有生效的导入").caption_hidden().columns(columns).rows(rows)) }
}
