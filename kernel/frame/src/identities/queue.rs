//! The queue: the pairs that wait, the weightiest first, and how the last runs went.

use base::Cursor;
use linkage::{Kind, Pair, Run, RunState};
use maud::Markup;
use serde::Deserialize;

use super::{IdentityDesk, waterfall};
use crate::parts::{
    self, Button, Choice, Column, Crumb, Filter, Filters, Heading, NoticeKind, Pager, Row, Stat,
    Table, Tone, button_row, html, post_form,
};
use crate::{Cx, Reply, page};

const PAIRS_PAGE: i64 = 50;
const RUNS_SHOWN: i64 = 8;
/// The page fetches itself again after so many seconds while a run is under way.
const AGAIN_SECONDS: u32 = 5;

/// How a list is narrowed, and where it goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    kind: String,
    after: String,
    asked: String,
}

/// The pairs that wait.
pub async fn list(desk: &'static IdentityDesk, cx: &Cx, asked: &Asked) -> Reply {
    let kind = Kind::parse(&asked.kind);
    let after = Cursor::decode(&asked.after).unwrap_or_default();
    let after = match after.as_slice() {
        [weight, no] => (weight.parse().unwrap_or(i64::MAX), no.parse().unwrap_or(i64::MAX)),
        _ => (i64::MAX, i64::MAX),
    };
    let (keys, register) = (cx.hall().keys.clone(), desk.linked.register);
    let (mut pairs, counts, runs) = cx
        .read(move |r| {
            Ok((
                linkage::open_pairs(r, &keys, (register, kind), after, PAIRS_PAGE + 1)?,
                linkage::waiting_by_kind(r, register)?,
                linkage::runs(r, register, i64::MAX, RUNS_SHOWN)?,
            ))
        })
        .await?;
    let (may, brings_in) = desk.rights(cx).await?;
    let page_of = usize::try_from(PAIRS_PAGE).unwrap_or(usize::MAX);
    let more = pairs.len() > page_of;
    pairs.truncate(page_of);
    let narrowed = kind.map(|kind| format!("kind={}&", kind.as_str())).unwrap_or_default();
    let next = pairs.last().filter(|_| more).map(|last| {
        let cursor = Cursor::encode(&[&last.weight.to_string(), &last.no.to_string()]);
        format!("{}?{narrowed}after={cursor}", desk.path)
    });
    let first = (!asked.after.is_empty())
        .then(|| format!("{}?{}", desk.path, narrowed.trim_end_matches('&')));
    let running = runs.first().filter(|run| run.state == RunState::Running);
    let choices = Kind::ALL.map(|kind| Choice::new(kind.as_str(), kind.title()));
    let body = html! {
        (Heading::new(title(desk))
            .lead(format!("程序比对{}里的登记，有把握的自动归为同一主体，没有把握的由人判断。每个判断都要写理由，都可以撤回。", desk.title)))
        @if brings_in { (parts::tabs(&format!("{}的各部分", desk.title), &(desk.tabs)())) }
        @if !asked.asked.is_empty() && running.is_none() {
            (parts::notice(NoticeKind::Info, "已经安排比对全部登记", html! { p { "马上开始，进展在这一页上看。" } }))
        }
        @if let Some(run) = running { (under_way(run)) }
        (parts::stats(&stats(desk, &counts)))
        (Filters::new(desk.path, [Filter::one("kind", "为什么等人判断", &asked.kind, choices.to_vec())]))
        (table(desk, &pairs))
        (Pager::new(next).first(first))
        (parts::section("runs", "最近的比对", self::runs(&runs)))
        @if may && running.is_none() { (to_run(desk)) }
    };
    let shown = page::desk(cx, &title(desk), &[Crumb::new(desk.title, desk.home)], body).await?;
    Ok(match running {
        Some(_) => page::again_after(AGAIN_SECONDS, shown),
        None => shown,
    })
}

/// What the entries of this register are: one person, or one firm.
pub(super) fn what(desk: &IdentityDesk) -> &'static str {
    if desk.unit() == "人" { "同一人" } else { "同一单位" }
}

/// What the desk is called: 同一人核对.
pub(super) fn title(desk: &IdentityDesk) -> String {
    format!("{}核对", what(desk))
}

fn stats(desk: &IdentityDesk, counts: &[(Kind, i64)]) -> Vec<Stat> {
    let of = |kind: Kind| counts.iter().find(|(one, _)| *one == kind).map_or(0, |(_, n)| *n);
    let link = |kind: Kind| format!("{}?kind={}", desk.path, kind.as_str());
    let all = counts.iter().map(|(_, count)| count).sum::<i64>();
    let mut stats = vec![Stat::new("等人判断", all).unit("对").href(desk.path)];
    stats.extend(Kind::ALL.map(|kind| {
        Stat::new(kind.title(), of(kind)).unit("对").note(kind.words()).href(link(kind))
    }));
    stats
}

fn under_way(run: &Run) -> Markup {
    let count = |number: i64| number.unsigned_abs();
    html! {
        (parts::notice(NoticeKind::Info, "正在比对", html! {
            (parts::progress("读过的登记", count(run.done), count(run.total.max(run.done))))
            p class="hint" { "读完以后还要计算一会儿。结果出来的那一刻全部生效，之前什么都不变；这一页每 " (AGAIN_SECONDS) " 秒更新一次。" }
        }))
    }
}

fn table(desk: &IdentityDesk, pairs: &[Pair]) -> Markup {
    let rows = pairs.iter().map(|pair| {
        let (alike, unlike) = waterfall::sides(&pair.why);
        Row::new([
            html! { "第 " (pair.no) " 对" },
            parts::tag(tone(pair.kind), pair.kind.title()),
            html! { (waterfall::likely(pair.why.bits)) },
            html! { (alike) },
            html! { (unlike) },
        ])
        .href(format!("{}/pairs/{}", desk.path, pair.no))
    });
    let columns = [
        Column::new("哪一对").narrow(),
        Column::new("为什么").narrow(),
        Column::new("是同一主体的把握").narrow(),
        Column::new("支持的"),
        Column::new("反对的"),
    ];
    let todo = html! { p { "新的导入生效以后会自动比对，有要判断的就列在这里。" } };
    html! {
        (Table::new("等人判断的登记").stacked().caption_hidden().columns(columns).rows(rows)
            .empty(parts::empty("没有要判断的", todo)))
    }
}

/// How a kind looks.
pub(super) fn tone(kind: Kind) -> Tone {
    match kind {
        Kind::Conflict => Tone::Late,
        Kind::Chain => Tone::Soon,
        Kind::Unsure => Tone::Plain,
    }
}

fn runs(runs: &[Run]) -> Markup {
    let rows = runs.iter().map(|run| {
        let state = match run.state {
            RunState::Running => parts::tag(Tone::Active, "正在比对"),
            RunState::Done => parts::tag(Tone::Good, "已经生效"),
            RunState::Broken => parts::tag(Tone::Closed, "没有生效"),
        };
        Row::new([
            parts::moment(run.started_at),
            html! { (state) @if !run.act.is_empty() { " " a href={ "/receipts/" (run.act) } { "回执" } } },
            html! { @if run.whole { "全部登记" } @else { "新增和更改的" } },
            html! { (run.source) },
            html! { (run.fresh) },
            html! { (run.pairs) },
            html! { (run.joined) },
            html! { (run.parted) },
            html! {
                (run.waiting)
                @if run.beyond > 0 { p class="meta" { "另有 " (run.beyond) " 对，等前面的判断完再列出" } }
            },
        ])
    });
    let columns = [
        Column::new("时间").narrow(),
        Column::new("状态").narrow(),
        Column::new("范围").narrow(),
        Column::new("最近的导入"),
        Column::number("比对的登记"),
        Column::number("对数"),
        Column::number("归入"),
        Column::number("移出"),
        Column::number("等人判断"),
    ];
    let todo = html! { p { "第一个文件导入以后就会比对。" } };
    html! {
        (Table::new("最近的比对").stacked().caption_hidden().columns(columns).rows(rows)
            .empty(parts::empty("还没有比对过", todo)))
    }
}

fn to_run(desk: &IdentityDesk) -> Markup {
    let form = post_form(
        &format!("{}/run", desk.path),
        None,
        html! {
            (button_row(html! {
                (Button::secondary("比对全部登记").consequence("在后台进行，不影响别人办事；人作过的判断都保留"))
            }))
        },
    );
    parts::details("把全部登记再比对一遍", form)
}
