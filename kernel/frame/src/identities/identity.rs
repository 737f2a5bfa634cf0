//! An identity: its entries, what was decided about it, and what can be done.

use base::FieldError;
use linkage::{Decision, MEMBERS_MAX, Member};
use maud::Markup;

use super::{IdentityDesk, Lines, queue};
use crate::parts::{
    self, Button, Choice, Crumb, Entry, Field, Heading, NoticeKind, SummaryRow, Tone, button_row,
    error_summary, html, post_form, summary_list,
};
use crate::{Cx, Reply, not_found, page};

/// So many decisions are shown.
const DECISIONS_SHOWN: i64 = 100;

/// An identity with what its entries say; each look is on record.
pub async fn show(desk: &'static IdentityDesk, cx: &Cx, no: &str, errors: &[FieldError]) -> Reply {
    let no: i64 = no.parse().ok().filter(|no| *no > 0).ok_or_else(|| not_found("这个主体"))?;
    let (keys, register, today) = (cx.hall().keys.clone(), desk.linked.register, cx.now().day());
    let key = desk.linked.key;
    let (members, keyed, decisions) = cx
        .read(move |r| {
            let members = linkage::members(r, &keys, register, no)?;
            let now = members.iter().filter(|one| one.until.is_none()).take(MEMBERS_MAX);
            let marks: Vec<[u8; 32]> = now.map(|one| one.mark).collect();
            let bodies = register::standing_of(r, &keys, &marks, today)?;
            let keyed =
                bodies.into_iter().filter_map(|(mark, body)| Some((mark, body.get(key)?.clone())));
            let keyed: Vec<([u8; 32], String)> = keyed.collect();
            Ok((members, keyed, linkage::decisions_of(r, register, Some(no), DECISIONS_SHOWN)?))
        })
        .await?;
    if members.is_empty() {
        return Err(not_found("这个主体").into());
    }
    let mut shown = Vec::new();
    for member in members.iter().filter(|one| one.until.is_none()) {
        if let Some((_, key)) = keyed.iter().find(|(mark, _)| *mark == member.mark) {
            shown.push((member.no, (desk.look)(cx, key.clone()).await?));
        }
    }
    let (may, _) = desk.rights(cx).await?;
    let title = format!("第 {no} 号主体");
    let newest = members.iter().map(|one| one.no).max().unwrap_or_default();
    let body = html! {
        (error_summary(errors))
        (Heading::new(&title).caption(queue::what(desk)).lead(lead(&members)))
        @if shown.is_empty() { (ended(desk, no, &decisions)) }
        @for (row, lines) in &shown { (card(*row, lines)) }
        @if may && !shown.is_empty() { (to_do(desk, no, (&shown, newest), errors)) }
        (parts::section("history", "来历", history(desk, (&members, &decisions), cx.now().day(), may)))
        p class="meta" { "看这一页已经留下查询记录，用途是核对是否同一主体。" }
    };
    let crumbs = [Crumb::new(desk.title, desk.home), Crumb::new(queue::title(desk), desk.path)];
    page::desk(cx, &title, &crumbs, body).await
}

fn lead(members: &[Member]) -> String {
    let now = members.iter().filter(|one| one.until.is_none()).count();
    let since = members.iter().map(|one| one.since).min();
    let since = since.map(|since| since.to_minute()).unwrap_or_default();
    match now {
        0 => format!("{since} 建立，现在没有登记属于它。"),
        now => format!("{since} 建立，现在有 {now} 条登记属于它。"),
    }
}

fn ended(desk: &IdentityDesk, no: i64, decisions: &[Decision]) -> Markup {
    let into = decisions.iter().find(|made| made.other == no && made.undone.is_none());
    parts::notice(
        NoticeKind::Info,
        "现在没有登记属于这个主体",
        html! {
            @if let Some(made) = into {
                p { "它并入了 " a href={ (desk.path) "/" (made.identity) } { "第 " (made.identity) " 号主体" } "。" }
            } @else { p { "它的登记并入了别的主体，或者随撤销的导入离开了登记库。编号保留，登记回来就恢复。" } }
        },
    )
}

fn card(row: i64, lines: &Lines) -> Markup {
    let rows: Vec<SummaryRow> =
        lines.iter().map(|(name, value)| SummaryRow::new(*name, said(value))).collect();
    html! {
        section class="card" aria-labelledby={ "entry-" (row) } {
            h2 id={ "entry-" (row) } { "登记 " (row) }
            (summary_list(&rows))
        }
    }
}

fn said(value: &str) -> &str {
    if value.is_empty() { "没有登记" } else { value }
}

fn to_do(
    desk: &IdentityDesk,
    no: i64,
    (shown, newest): (&[(i64, Lines)], i64),
    errors: &[FieldError],
) -> Markup {
    let error = |field: &str| {
        errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
    };
    let choices = shown.iter().map(|(row, lines)| {
        let first: Vec<&str> = lines.iter().take(2).map(|(_, value)| value.as_str()).collect();
        Choice::new(row.to_string(), format!("登记 {row}")).hint(first.join("，"))
    });
    let split = post_form(
        &format!("{}/{no}/split", desk.path),
        None,
        html! {
            (parts::hidden("seen", &newest.to_string()))
            (Field::checks("leave", "拆出去的登记", choices.collect()).error(error("leave")))
            (Field::text("reason", "理由").error(error("reason")))
            (button_row(html! { (Button::danger("拆出选中的登记").consequence("选中的登记得到一个新的编号，留下的保留这个编号")) }))
        },
    );
    let merge = post_form(
        &format!("{}/{no}/merge", desk.path),
        None,
        html! {
            (Field::text("other", "另一个主体").error(error("other"))
                .hint(format!("它的编号，或者其中一条登记的{}", desk.key_title)))
            (Field::text("reason", "理由").error(error("reason")))
            (button_row(html! { (Button::danger("合并").consequence("两边的登记归为一个主体，编号用登记多的那个，一样多用早的那个")) }))
        },
    );
    html! {
        @if shown.len() > 1 {
            details class="details" open[error("leave").is_some()] { summary { span class="details-title" { "拆分：其中有的不是" (queue::what(desk)) } } div class="details-body" { (split) } }
        }
        details class="details" open[error("other").is_some()] { summary { span class="details-title" { "合并：还有别的登记是" (queue::what(desk)) } } div class="details-body" { (merge) } }
    }
}

fn history(
    desk: &IdentityDesk,
    (members, decisions): (&[Member], &[Decision]),
    today: base::Day,
    may: bool,
) -> Markup {
    let mut entries: Vec<(base::Moment, i64, Entry)> = Vec::new();
    for made in decisions {
        entries.push((made.at, made.no, told(desk, made, may)));
        if let Some((at, by, reason, act)) = &made.undone {
            let entry = Entry::new(*at, format!("撤回第 {} 号决定", made.no))
                .who(by.clone())
                .body(html! { p { "理由：" (reason) } })
                .receipt(format!("/receipts/{act}"));
            entries.push((*at, made.no, entry));
        }
    }
    let by_run = members.iter().filter(|one| one.run > 0);
    for member in by_run.clone() {
        let title = format!("比对归入登记 {}", member.no);
        entries.push((member.since, member.no, Entry::new(member.since, title).who("自动比对")));
    }
    for member in members.iter() {
        if let Some(until) = member.until {
            let entry = Entry::new(until, format!("登记 {} 离开这个主体", member.no));
            entries.push((until, member.no, entry.tone(Tone::Closed)));
        }
    }
    entries.sort_by_key(|(at, no, _)| (std::cmp::Reverse(*at), std::cmp::Reverse(*no)));
    let entries: Vec<Entry> = entries.into_iter().map(|(_, _, entry)| entry).collect();
    parts::timeline(&entries, today)
}

fn told(desk: &IdentityDesk, made: &Decision, may: bool) -> Entry {
    let entry = Entry::new(made.at, format!("{}（第 {} 号决定）", made.verb.title(), made.no))
        .who(made.by_name.clone())
        .receipt(format!("/receipts/{}", made.act));
    let entry =
        if made.undone.is_some() { entry.tone(Tone::Closed) } else { entry.tone(Tone::Active) };
    entry.body(html! {
        p { "理由：" (made.reason) }
        @if made.pair > 0 { p { a href={ (desk.path) "/pairs/" (made.pair) } { "看第 " (made.pair) " 对登记" } } }
        @if may && made.undone.is_none() { p { a href={ (desk.path) "/decisions/" (made.no) } { "撤回这个决定" } } }
    })
}
