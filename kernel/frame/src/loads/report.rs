//! The report on a load, and undoing it.

use base::{Cursor, Id};
use maud::Markup;
use register::{By, Kept, Load, Mode, REFUSED_MAX, Waiting};

use super::{Asked, LoadDesk, coming};
use crate::filled::Reasoned;
use crate::parts::{
    self, Button, Column, Crumb, Field, Heading, NoticeKind, Pager, Row, Stat, SummaryRow, Table,
    Tone, button_row, html, post_form,
};
use crate::serve::see_other;
use crate::{ActCx, Cx, Reply, not_found, page};

const LINES_PAGE: i64 = 100;

/// The report on one load; of one on its way, how far it has come.
pub(super) async fn show(desk: &'static LoadDesk, cx: &Cx, id: &str, asked: &Asked) -> Reply {
    let id: Id<Load> = id.parse().map_err(|_| not_found("这次导入"))?;
    let after = Cursor::decode(&asked.after).unwrap_or_default();
    let (line, field) = match after.as_slice() {
        [line, field] => (line.parse().unwrap_or(0), field.clone()),
        _ => (0, String::new()),
    };
    let found = cx
        .read(move |r| {
            let name = desk.register.name;
            let Some(load) = register::load(r, name, id)? else {
                return Ok(Err(register::coming(r, name, id)?));
            };
            let refused = register::refused(r, load.no, (line, &field), LINES_PAGE + 1)?;
            let newest = register::newest(r, name)?.is_some_and(|newest| newest.id == id);
            let published = match load.source.as_str() {
                "gateway" => register::published_as(r, load.no)?,
                _ => None,
            };
            Ok(Ok((load, refused, newest, published)))
        })
        .await?;
    let (load, mut kept, newest, published) = match found {
        Ok(found) => found,
        Err(Some(coming)) => return coming::show(desk, cx, &coming).await,
        Err(None) => return Err(not_found("这次导入").into()),
    };
    let page_of = usize::try_from(LINES_PAGE).unwrap_or(usize::MAX);
    let more = kept.len() > page_of;
    kept.truncate(page_of);
    let next = kept.last().filter(|_| more).map(|last| {
        let cursor = Cursor::encode(&[&last.line.to_string(), &last.field]);
        format!("{}/{id}?after={cursor}", desk.path)
    });
    let first = (!asked.after.is_empty()).then(|| format!("{}/{id}", desk.path));
    let body = html! {
        (Heading::new(&load.name)
            .caption("导入报告")
            .state(state(&load))
            .lead(format!("{} 由 {} 导入", load.published_at.to_minute(), load.by_name)))
        @if !asked.again.is_empty() {
            (parts::notice(NoticeKind::Info, "这个文件以前导入过", html! {
                p { "内容没有变化，这次什么都没有改。下面是那一次的报告。" }
            }))
        }
        @if let Some(at) = load.undone_at { (undone(&load, at)) }
        (numbers(desk, &load))
        @if let Some(published) = &published { (came(desk, published)) }
        (parts::section("refused", "退回的行", html! {
            (refused(&load, &kept))
            (Pager::new(next).first(first))
        }))
        p class="meta" { "存证：" a href={ "/receipts/" (load.act) } { "看这次导入的回执" } }
        @if newest { (to_undo(desk, &load)) }
    };
    let crumbs = [Crumb::new(desk.title, desk.home), Crumb::new("导入和报告", desk.path)];
    page::desk(cx, &load.name, &crumbs, body).await
}

fn state(load: &Load) -> Markup {
    if load.undone_at.is_some() {
        parts::tag(Tone::Closed, "已经撤销")
    } else if load.tally.refused == 0 {
        parts::tag(Tone::Good, "全部入库")
    } else {
        parts::tag(Tone::Soon, "有退回的行")
    }
}

fn numbers(desk: &LoadDesk, load: &Load) -> Markup {
    let (tally, unit) = (load.tally, desk.register.unit);
    let tone = if tally.refused > 0 { Tone::Soon } else { Tone::Plain };
    let mut stats = vec![
        Stat::new("读到", tally.read).unit("行"),
        Stat::new("新增", tally.added).unit(unit),
        Stat::new("更改", tally.changed).unit(unit),
        Stat::new("没有变化", tally.unchanged).unit(unit),
        Stat::new("退回", tally.refused).unit("行").tone(tone),
    ];
    if tally.earlier > 0 {
        stats.insert(4, Stat::new("只补记从前，现在不变", tally.earlier).unit(unit));
    }
    if tally.removed > 0 {
        stats.insert(3, Stat::new("不再登记", tally.removed).unit(unit));
    }
    parts::stats(&stats)
}

/// By which gateway it came, and what that had sent.
fn came(desk: &LoadDesk, one: &Waiting) -> Markup {
    let told = &one.told;
    let mode = match told.mode {
        Mode::Whole => "全部登记：这个来源从前推送过、这次没有的，不再登记",
        Mode::Watermark => "有更新的登记",
        Mode::Changes => "新增、更改、取消的登记",
    };
    parts::section(
        "came",
        "从哪里来",
        parts::summary_list(&[
            SummaryRow::of("网关", html! { code { (told.gateway) } "，" (one.organ_name) }),
            SummaryRow::of(
                "资源",
                html! { code { (told.resource) } "，" a href=(desk.feeds) { "网关来源" } },
            ),
            SummaryRow::new("推送的是", mode),
            SummaryRow::new("推送", format!("{} 行，分 {} 部分", told.rows, told.parts)),
            SummaryRow::of("收齐的存证", html! { a href={ "/receipts/" (one.act) } { "看回执" } }),
        ]),
    )
}

fn refused(load: &Load, kept: &[Kept]) -> Markup {
    let rows = kept.iter().map(|one| {
        Row::new([
            html! { @if one.line > 0 { "第 " (one.line) " 行" } @else { "没有推送" } },
            html! { (one.field) },
            html! { (one.rule) },
            html! { (one.words) },
        ])
    });
    let columns = [
        Column::new("行").narrow(),
        Column::new("字段").narrow(),
        Column::new("规则").narrow(),
        Column::new("问题"),
    ];
    html! {
        @if usize::try_from(load.tally.refused).unwrap_or(usize::MAX) > REFUSED_MAX {
            p class="hint" { "退回的行太多，只列出前 " (REFUSED_MAX) " 条原因。" }
        }
        (Table::new("退回的行").caption_hidden().columns(columns).rows(rows)
            .empty(parts::empty("没有退回的行", html! { p { "每一行都入库了。" } })))
    }
}

fn undone(load: &Load, at: base::Moment) -> Markup {
    parts::notice(
        NoticeKind::Info,
        "这次导入已经撤销",
        html! { p {
            (at.to_minute()) " 起不再生效，登记库恢复到这次导入以前的样子。"
            a href={ "/receipts/" (load.undone_act) } { "看撤销的回执" }
        } },
    )
}

fn to_undo(desk: &LoadDesk, load: &Load) -> Markup {
    let form = post_form(
        &format!("{}/{}/undo", desk.path, load.id),
        None,
        html! {
            (Field::text("reason", "为什么撤销"))
            (button_row(html! {
                (Button::danger("撤销这次导入").consequence("登记库恢复到这次导入以前的样子；这期间据此作的决定，仍查得到当时是怎样登记的"))
            }))
        },
    );
    html! { details { summary { "撤销这次导入" } (form) } }
}

/// Undoes a load, for the reason that the form says.
pub(super) async fn undo(desk: &'static LoadDesk, cx: &ActCx, id: &str, form: Reasoned) -> Reply {
    let load: Id<Load> = id.parse().map_err(|_| not_found("这次导入"))?;
    let reason = form.reason.trim().to_owned();
    if reason.is_empty() {
        let words = "请写明为什么撤销";
        let refusal = base::Refusal::new(base::RefusalKind::Invalid, "register.reason", words);
        return Err(refusal.field("reason", words).into());
    }
    let (by, ground) = (By::Person(cx.actor().clone()), cx.hall().ground());
    register::undo(&ground, desk.register, by, load, reason).await?;
    cx.hall().bell.notify_one();
    Ok(see_other(&format!("{}/{id}", desk.path)))
}
