//! One order to erase: what it says, who decides, how far it has come, what is left on record.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, Query};
use base::{Day, Id, Refusal};
use frame::parts::{
    Button, Column, Crumb, Entry, Field, Heading, NoticeKind, Row, SummaryRow, Table, Tone, banner,
    button_row, day, moment_said, notice, post_form, section, summary_list, tag, timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, not_found, page};
use ledger::Recorded;
use maud::{Markup, html};
use privacy_contract::{Ordered, SUBJECT, Target};
use serde::Deserialize;
use serde_json::Value;

use super::erasures::{HERE, TITLE, state, what};
use super::{Wrong, own, permit, sent, shown_again};
use crate::acts::{self, Facts, Progress};
use crate::terms::{CONTENTS_ERASED, ERASE, Erasure, State};
use crate::{rules, store};

/// So many cases of one person are listed.
const CASES_SHOWN: usize = 20;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reasoned {
    reason: String,
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
    let (own, decider) = (own(cx), permit(cx, &ERASE).await?);
    let names = decider.is_some();
    let (order, facts, acts, progress) = cx
        .read(move |r| {
            let order = store::erasure(r, id)?.ok_or_else(|| not_found("这项命令"))?;
            let facts = match order.decision.state {
                State::Open if names => acts::targets_of(r, order.scope, &order.subject).ok(),
                _ => None,
            };
            let acts = ledger::acts_of(r, SUBJECT, &id.to_string())?;
            let targets = acts::ordered(&acts);
            let progress = match order.decision.state {
                State::Agreed => acts::progress(r, &hall, &targets)?,
                _ => Vec::new(),
            };
            Ok((order, facts, acts, progress))
        })
        .await?;
    let decides = decider.is_some_and(|permit| {
        rules::may_decide(&order.decision, &acts::doers(&permit), today).is_ok()
    });
    let waits = order.decision.state == State::Open && order.decision.last_day >= today;
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(format!("依{}删除", order.document)).state(state(&order, today)))
        (wrong.head())
        (summary(&order, today))
        @if let Some(facts) = facts.filter(|_| waits) { (concerned(cx, &facts)) }
        @if decides { (decide_form(&order, form, wrong)) }
        @if waits && order.decision.asked_by == own {
            p { "您录入的命令要由另一个人同意。" }
            (post_form(&format!("{HERE}/{id}/withdraw"), None, html! {
                (button_row(html! { (Button::quiet("撤回这项命令")) }))
            }))
        }
        @if order.decision.state == State::Agreed { (coming(cx, &progress)) }
        @if order.decision.state == State::Done { (backups()) }
        (section("record", "留下的记录", timeline(&entries(cx, &acts), today)))
    };
    let response = page::desk(cx, TITLE, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

fn summary(order: &Erasure, today: Day) -> Markup {
    let decision = &order.decision;
    let said = |yes: bool| if yes { "命令载明也删除" } else { "不删除" };
    let mut rows = vec![
        SummaryRow::new("删除什么", what(order)),
        SummaryRow::new("命令机关", &order.organ),
        SummaryRow::new("文号", &order.document),
        SummaryRow::new("依据", &order.ground),
        SummaryRow::new("正在办理的", said(order.says.running)),
        SummaryRow::new("保存期限没有满的", said(order.says.retained)),
        SummaryRow::of(
            "录入",
            html! { (decision.asked_name) "，" (moment_said(decision.asked_at, today)) },
        ),
    ];
    match &decision.decided {
        Some((name, why)) if why.is_empty() => rows.push(SummaryRow::new("另一个人", name)),
        Some((name, why)) => rows.push(SummaryRow::new("另一个人", format!("{name}：{why}"))),
        None => rows.push(SummaryRow::of("失效的日期", day(decision.last_day))),
    }
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

fn decide_form(order: &Erasure, form: &Reasoned, wrong: Wrong<'_>) -> Markup {
    let body = html! {
        (Field::area("reason", "理由", 2).hint("同意的可以不写，不同意的请写").optional()
            .value(&form.reason).error(wrong.with("reason")))
        (button_row(html! {
            (Button::danger("同意并删除").consequence("立即执行，不能恢复"))
            (Button::secondary("不同意").to(format!("{HERE}/{}/decline", order.id)))
        }))
    };
    let form = post_form(&format!("{HERE}/{}/agree", order.id), None, body);
    section("decide", "核对书面命令以后决定", form)
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

fn entries(cx: &Cx, acts: &[Recorded]) -> Vec<Entry> {
    let entry = |act: &Recorded| {
        let content = act.content();
        let entry = Entry::new(act.at, cx.hall().act_title(&act.kind))
            .receipt(format!("/receipts/{}", act.id))
            .who(
                act.who()
                    .map(|who| format!("{} · {}", who.name, who.post_said()))
                    .unwrap_or_default(),
            );
        let entry = match said(act, &content) {
            Some(words) => entry.body(html! { p { (words) } }),
            None => entry,
        };
        match act.authority() {
            basis if basis.is_empty() => entry,
            basis => entry.basis(basis),
        }
    };
    acts.iter().rev().map(entry).collect()
}

/// What an act of an order says, in a line: how much of what, never what it was.
fn said(act: &Recorded, content: &Value) -> Option<String> {
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

/// `POST /desk/erasures/{id}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(id): Path<String>,
    form: Result<Form<Reasoned>, FormRejection>,
) -> Reply {
    let (id, form) = (id_of(&id)?, sent(form)?);
    match acts::agree(&cx, id, &form.reason).await {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done=agreed"))),
        Err(stop) => shown(&cx, id, None, &form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/erasures/{id}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(id): Path<String>,
    form: Result<Form<Reasoned>, FormRejection>,
) -> Reply {
    let (id, form) = (id_of(&id)?, sent(form)?);
    match acts::decline(&cx, id, &form.reason).await {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done=declined"))),
        Err(stop) => shown(&cx, id, None, &form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/erasures/{id}/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    match acts::withdraw(&cx, id).await {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=withdrawn"))),
        Err(stop) => {
            shown(&cx, id, None, &Reasoned::default(), Wrong(Some(&shown_again(stop)?))).await
        }
    }
}
