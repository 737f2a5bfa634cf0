//! One order to erase: what it says, who decides, how far it has come, what is left on record.

use access::ProposedState;
use axum::extract::{Path, Query};
use base::{Day, Id, Outcome, Refusal};
use frame::parts::{
    Answer, Button, Column, Crumb, Heading, NoticeKind, Row, SummaryRow, Table, Tone, banner, day,
    moment_said, notice, proposed_rows, section, summary_list, tag, take_back, timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reasoned, Reply, entries, not_found, page};
use ledger::Recorded;
use maud::{Markup, html};
use privacy_contract::{Ordered, SUBJECT, Target};
use serde::Deserialize;

use super::erasures::{HERE, TITLE, state, what};
use super::{Wrong, permit, shown_again};
use crate::acts::{self, Facts, Progress};
use crate::store::ERASURES;
use crate::terms::{CONTENTS_ERASED, ERASE, Erasure};

/// So many cases of one person are listed.
const CASES_SHOWN: usize = 20;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

fn id_of(text: &str) -> Result<Id<Erasure>, Refusal> {
    text.parse().map_err(|_| not_found("这项命令"))
}

/// `GET /desk/erasures/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let done = match wanted.done.as_str() {
        "entered" => Some("已经录入，等另一个人同意。还没有删除任何内容。"),
        "agreed" => Some("已经同意，正在删除。"),
        "declined" => Some("已经回复不同意，没有删除任何内容。"),
        _ => None,
    };
    shown(&cx, id_of(&id)?, done, &Reasoned::default(), Wrong::default()).await
}

async fn shown(
    cx: &Cx,
    id: Id<Erasure>,
    done: Option<&str>,
    form: &Reasoned,
    wrong: Wrong<'_>,
) -> Reply {
    let (today, hall) = (cx.now().day(), cx.hall().clone());
    let decider = permit(cx, &ERASE).await?;
    let names = decider.is_some();
    let (order, facts, acts, progress) = cx
        .read(move |r| {
            let order = acts::found(r, id)?;
            let facts = match order.proposed.state {
                ProposedState::Open if names => {
                    acts::targets_of(r, order.scope, &order.subject).ok()
                }
                _ => None,
            };
            let acts = ledger::acts_of(r, SUBJECT, &id.to_string())?;
            let targets = acts::ordered(&acts);
            let progress = match order.proposed.state {
                ProposedState::Agreed => acts::progress(r, &hall, &targets)?,
                _ => Vec::new(),
            };
            Ok((order, facts, acts, progress))
        })
        .await?;
    let decides = decider
        .is_some_and(|permit| ERASURES.may_settle(&order.proposed, &permit.doers(), today).is_ok());
    let (waits, place) = (order.proposed.waits(today), format!("{HERE}/{id}"));
    let agree = Button::danger("同意并删除").consequence("立即执行，不能恢复");
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(format!("依{}删除", order.document)).state(state(&order, today)))
        (wrong.head())
        (summary(&order, today))
        @if let Some(facts) = facts.filter(|_| waits) { (concerned(cx, &facts)) }
        @if decides {
            (Answer::new(&place, agree).title("核对书面命令以后决定")
                .said(&form.reason, wrong.with("reason")))
        }
        @if waits && order.proposed.by == cx.account() { (take_back(ERASURES, &place)) }
        @if order.proposed.state == ProposedState::Agreed { (coming(cx, &progress)) }
        @if order.done_at.is_some() { (backups()) }
        (section("record", "留下的记录", timeline(&entries(cx.hall(), &acts, said), today)))
    };
    let response = page::desk(cx, TITLE, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

fn summary(order: &Erasure, today: Day) -> Markup {
    let said = |yes: bool| if yes { "命令载明也删除" } else { "不删除" };
    let mut rows = vec![
        SummaryRow::new("删除什么", what(order)),
        SummaryRow::new("命令机关", &order.organ),
        SummaryRow::new("文号", &order.document),
        SummaryRow::new("依据", &order.ground),
        SummaryRow::new("正在办理的", said(order.says.running)),
        SummaryRow::new("保存期限没有满的", said(order.says.retained)),
    ];
    rows.extend(proposed_rows(ERASURES, &order.proposed, today));
    if let Some(at) = order.done_at {
        rows.push(SummaryRow::of("删除完毕", moment_said(at, today)));
    }
    summary_list(&rows)
}

/// Whom and how much it concerns, for the two who compare it with the paper: no act says it.
fn concerned(cx: &Cx, facts: &Facts) -> Markup {
    let mut rows = Vec::new();
    match &facts.act {
        Some(kind) => {
            rows.push(SummaryRow::new("这条记录", cx.hall().act_title(kind)));
            rows.push(SummaryRow::new("办理的人", &facts.name));
        }
        None => {
            rows.push(SummaryRow::new("涉及的人", &facts.name));
            rows.push(SummaryRow::new("办件", format!("{} 件", facts.cases.len())));
        }
    }
    for case in facts.cases.iter().take(CASES_SHOWN) {
        let closed = match case.closed_on {
            Some(closed_on) => html! { "办结于 " (day(closed_on)) },
            None => html! { "正在办理" },
        };
        rows.push(SummaryRow::of(case.no.clone(), closed));
    }
    let more = facts.cases.len().saturating_sub(CASES_SHOWN);
    section(
        "concerned",
        "现在要删除的",
        html! {
            (summary_list(&rows))
            @if more > 0 { p { "还有 " (more) " 件没有列出。" } }
        },
    )
}

/// How far the erasing has come.
fn coming(cx: &Cx, progress: &[Progress]) -> Markup {
    let title =
        |name: &str| cx.hall().office(name).map_or_else(|| name.to_owned(), |o| o.title.to_owned());
    let rows = progress.iter().map(|one| {
        let how = match &one.waits {
            None => tag(Tone::Good, "已删除自己保存的内容"),
            Some(None) => tag(Tone::Active, "等待删除"),
            Some(Some(_)) => tag(Tone::Late, "没有成功，正在再试"),
        };
        Row::new([html! { (title(one.office)) }, how])
    });
    let table = Table::new("各部分的进度")
        .caption_hidden()
        .columns([Column::new("保存内容的部分"), Column::new("进度")])
        .rows(rows);
    section(
        "progress",
        "进度",
        html! {
            (table)
            p { "各部分删完以后，再删除办理记录的内容和数据库里的残留。请稍后刷新这一页。" }
        },
    )
}

fn backups() -> Markup {
    notice(
        NoticeKind::Info,
        "以前的备份还要处理",
        html! { p { "删除以前做的备份里还有这些内容，要按备份的保存期销毁；用它恢复的，请照这份记录重新录入删除。" } },
    )
}

/// What an act of an order says, in a line: how much of what, never what it was.
fn said(act: &Recorded) -> Option<String> {
    let content = act.content();
    if let Some(ordered) =
        Ordered::read(content.clone()).filter(|_| act.kind == privacy_contract::ORDERED)
    {
        return Some(match ordered.target {
            Target::Case { no, .. } => format!("办件 {no}"),
            Target::Person { .. } => "账户和草稿".to_owned(),
            Target::Act { id } => format!("办理记录 {id}"),
        });
    }
    if act.kind == CONTENTS_ERASED {
        return Some(format!("办理记录的内容 {} 条", content.get("acts")?.as_u64()?));
    }
    let removed = content.get("removed")?.as_object()?;
    let parts = removed.iter().filter_map(|(kind, count)| {
        let count = count.as_u64().filter(|count| *count > 0)?;
        Some(format!("{} {count}", counted(kind)))
    });
    let parts: Vec<String> = parts.collect();
    Some(if parts.is_empty() { "没有要删除的".to_owned() } else { parts.join("，") })
}

/// What is counted, as people call it.
fn counted(kind: &str) -> &str {
    match kind {
        "applications" => "申请内容和来源",
        "files" => "材料",
        "letters" => "等待寄出的信",
        "drafts" => "草稿",
        "accounts" => "账户",
        "steps" => "办理经过中的文字",
        "events" => "安全事件中的姓名",
        "complaints" => "投诉",
        "deferrals" => "暂不告知关于谁",
        "signals" => "监察信号中的文字",
        other => other,
    }
}

/// Leads to the page that says it is done, or shows it again with what was refused.
async fn settled(
    cx: &Cx,
    id: Id<Erasure>,
    done: &str,
    form: &Reasoned,
    outcome: Outcome<()>,
) -> Reply {
    match outcome {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done={done}"))),
        Err(stop) => shown(cx, id, None, form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/erasures/{id}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, "agreed", &form, acts::agree(&cx, id, &form.reason).await).await
}

/// `POST /desk/erasures/{id}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, "declined", &form, acts::decline(&cx, id, &form.reason).await).await
}

/// `POST /desk/erasures/{id}/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    match acts::withdraw(&cx, id).await {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=withdrawn"))),
        refused => settled(&cx, id, "", &Reasoned::default(), refused).await,
    }
}
