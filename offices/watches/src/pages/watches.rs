//! The list of watches, and one of them: its rule in words, what it would find now, what became of what it found.

use std::collections::HashMap;

use axum::extract::{Path, Query};
use base::{Day, Id, Moment, Outcome};
use frame::parts::{
    Button, Column, Crumb, Entry, Field, Heading, NoticeKind, Row, Stat, SummaryRow, Table, Tone,
    banner, button_row, empty, legal_basis, link_button, moment_said, notice, post_form, section,
    stats, summary_list, tag, timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reasoned, Reply, not_found, page};
use maud::{Markup, html};
use serde::Deserialize;
use store::Reader;

use super::{HERE, TITLE, Wrong, hits, may, parts_of, shown_again};
use crate::acts::{self, Run};
use crate::store::{self as rows, Tally};
use crate::terms::{KEEP, Kind, Rule, Version, Watch, WatchId};

/// The names of what watches name by id.
pub(super) struct Names {
    lists: HashMap<String, String>,
    organs: HashMap<String, String>,
}

impl Names {
    pub(super) fn read(reader: &Reader<'_>) -> Outcome<Self> {
        let lists = rows::lists(reader, None)?;
        let said = |list: &crate::terms::PayList| format!("{}（{}）", list.name, list.organ_name);
        Ok(Self {
            lists: lists.iter().map(|list| (list.id.to_string(), said(list))).collect(),
            organs: access::organs(reader)?.into_iter().map(|one| (one.id, one.name)).collect(),
        })
    }

    /// What a watch is held against.
    pub(super) fn list(&self, rule: &Rule) -> String {
        match rule.list {
            Some(list) => self.lists.get(&list.to_string()).cloned().unwrap_or_default(),
            None => rule.kind.against().into(),
        }
    }

    /// Who verifies.
    pub(super) fn organ(&self, rule: &Rule) -> String {
        match &rule.organ {
            Some(organ) => self.organs.get(organ).cloned().unwrap_or_default(),
            None => rule.kind.verifier().into(),
        }
    }
}

/// How many hits wait for who may verify them.
pub(crate) fn waiting(
    reader: &Reader<'_>,
    _permit: &access::Permit,
    permits: &[access::Permit],
    _now: Moment,
) -> Outcome<i64> {
    hits::waiting(reader, permits)
}

/// `GET /desk/watches`
pub(crate) async fn list(cx: Cx) -> Reply {
    let today = cx.now().day();
    let (watches, tallies, names) = cx
        .read(move |r| Ok((rows::watches(r)?, rows::open_tallies(r, today)?, Names::read(r)?)))
        .await?;
    let keeps = may(&cx, &KEEP).await?;
    let row = |watch: &Watch| {
        let id = watch.id.to_string();
        let found = tallies.iter().find(|(of, _)| *of == id);
        let tally = found.map(|(_, tally)| tally.clone()).unwrap_or_default();
        Row::new([
            html! { (watch.rule.name) },
            html! { (watch.rule.kind.title()) },
            html! { (names.list(&watch.rule)) },
            running(watch),
            html! { (tally.open) },
            late(&tally),
            html! { @match watch.held_at { Some(at) => (moment_said(at, today)), None => "还没有" } },
        ])
        .href(format!("{HERE}/{id}"))
    };
    let todo = html! {
        @if keeps { p { "从“设置一项监测”开始：说明比对什么、谁来核实、几天之内。" } }
        @else { p { "数据目录管理员设置以后，会出现在这里。" } }
    };
    let body = html! {
        (Heading::new(TITLE).lead("登记有了变化，就与部门发放的待遇、颁发的许可和以前的登记比对。对上的成为线索，由负责的部门在期限内核实。"))
        (parts_of("watches"))
        @if keeps { (button_row(link_button("设置一项监测", &format!("{HERE}/new")))) }
        (Table::new("监测").caption_hidden().columns([
            Column::new("名称"), Column::new("比对什么"), Column::new("对照什么"),
            Column::new("状态").narrow(), Column::number("待核实"), Column::number("超期"),
            Column::new("最近比对").narrow(),
        ]).rows(watches.iter().map(row)).empty(empty("还没有设置监测", todo)).stacked())
    };
    page::desk(&cx, TITLE, &[], body).await
}

fn running(watch: &Watch) -> Markup {
    if watch.running { tag(Tone::Active, "运行中") } else { tag(Tone::Closed, "已停止") }
}

fn late(tally: &Tally) -> Markup {
    if tally.late > 0 {
        tag(Tone::Late, &tally.late.to_string())
    } else {
        html! { "0" }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    preview: String,
    done: String,
}

pub(super) fn id_of(id: &str) -> Result<Id<WatchId>, base::Refusal> {
    id.parse().map_err(|_| not_found("这项监测"))
}

/// `GET /desk/watches/{id}`
pub(crate) async fn one(cx: Cx, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    shown(&cx, id_of(&id)?, &wanted, Wrong::default()).await
}

async fn shown(cx: &Cx, id: Id<WatchId>, wanted: &Wanted, wrong: Wrong<'_>) -> Reply {
    let found = cx
        .read(move |r| {
            let Some(watch) = rows::watch(r, id)? else { return Ok(None) };
            let told = (rows::versions(r, id)?, rows::standings(r, id)?, Names::read(r)?);
            Ok(Some((watch, told)))
        })
        .await?;
    let (watch, (versions, standings, names)) = found.ok_or_else(|| not_found("这项监测"))?;
    let today = cx.now().day();
    let keeps = may(cx, &KEEP).await?;
    let preview = match wanted.preview.is_empty() {
        true => None,
        false => Some(acts::preview(cx, &watch.rule).await?),
    };
    let body = html! {
        @if wanted.done == "done" { (banner(NoticeKind::Success, html! { "已经记下。" })) }
        (Heading::new(&watch.rule.name).caption(format!("监测 · 第 {} 版", watch.version)).state(running(&watch)))
        (wrong.head())
        (rule_in_words(&watch, &names, today))
        (legal_basis(&watch.rule.ground))
        (section("found", "发现的线索", found_stats(id, &standings)))
        (section("preview", "现在比对会有多少", previewed(&watch, preview)))
        @if keeps { (section("keep", "修改和停止", keeping(&watch, wrong))) }
        (section("versions", "每一版", timeline(&entries(&versions, &names), today)))
    };
    let response = page::desk(cx, &watch.rule.name, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

fn rule_in_words(watch: &Watch, names: &Names, today: Day) -> Markup {
    let rule = &watch.rule;
    summary_list(&[
        SummaryRow::new("比对什么", rule.kind.title()),
        SummaryRow::new("怎样比对", rule.kind.words()),
        SummaryRow::new("对照什么", names.list(rule)),
        SummaryRow::new("谁来核实", names.organ(rule)),
        SummaryRow::new("期限", format!("发现以后 {} 个工作日内核实", rule.days)),
        SummaryRow::of(
            "最近比对",
            html! { @match watch.held_at { Some(at) => (moment_said(at, today)), None => "还没有" } },
        ),
    ])
}

fn found_stats(id: Id<WatchId>, standings: &[(String, i64)]) -> Markup {
    let of = |name: &str| {
        standings.iter().find(|(standing, _)| standing == name).map_or(0, |(_, many)| *many)
    };
    stats(&[
        Stat::new("待核实", of("open")).unit("条").href(format!("{}?watch={id}", hits::HERE)),
        Stat::new("属实", of("confirmed")).unit("条"),
        Stat::new("不属实", of("not_so")).unit("条"),
        Stat::new("原因消失", of("withdrawn")).unit("条"),
    ])
}

fn previewed(watch: &Watch, preview: Option<(i64, bool)>) -> Markup {
    let kind = watch.rule.kind;
    let title = |many: i64, more: bool| {
        let least = if more { "至少" } else { "" };
        format!("现在{least}对得上 {many} {}", kind.unit())
    };
    html! {
        @match preview {
            Some((0, false)) => (notice(NoticeKind::Info, "现在没有对得上的", html! {
                p {
                    @match kind {
                        Kind::DiedOnList | Kind::TwoNames => "在用的名单里，没有要核实的。",
                        Kind::EndedFirm => "吊销、注销的单位都没有持有有效的许可。",
                        Kind::TwoPeople => "每个号码登记的都还是原来的人，或者已经改回原来的人。",
                    }
                }
            })),
            Some((many, more)) => (notice(NoticeKind::Info, &title(many, more), html! {
                p {
                    @if kind.is_of_lists() { "一个人在一份名单里有几行的，合成一条线索；" }
                    "已经是线索的不再重复。这里只是计算，没有写下任何东西。"
                }
            })),
            None => p { "只计算，不产生线索，也不留下个人信息。" },
        }
        (button_row(link_button("算一算", &format!("{HERE}/{}?preview=1", watch.id))))
    }
}

fn keeping(watch: &Watch, wrong: Wrong<'_>) -> Markup {
    let id = watch.id;
    let why = if watch.running { "为什么停止" } else { "为什么恢复" };
    let reason = || Field::text("reason", why).error(wrong.with("reason"));
    html! {
        (button_row(link_button("修改", &format!("{HERE}/{id}/edit"))))
        @if watch.running {
            (post_form(&format!("{HERE}/{id}/stop"), None, html! {
                (reason())
                (button_row(html! { (Button::danger("停止这项监测").consequence("不再产生新的线索；已有的线索照常核实")) }))
            }))
        } @else {
            (post_form(&format!("{HERE}/{id}/start"), None, html! {
                (reason())
                (button_row(html! { (Button::new("恢复这项监测").consequence("马上比对一遍")) }))
            }))
        }
    }
}

fn entries(versions: &[Version], names: &Names) -> Vec<Entry> {
    let entry = |version: &Version| {
        let rule = &version.rule;
        let runs = if version.running { "运行" } else { "停止" };
        Entry::new(version.at, format!("第 {} 版：{runs}", version.version))
            .who(version.by_name.clone())
            .receipt(format!("/receipts/{}", version.act))
            .basis(rule.ground.clone())
            .body(html! {
                p { (version.reason) }
                p class="hint" {
                    (rule.name) "；" (names.list(rule)) "；" (names.organ(rule)) "核实；" (rule.days) " 个工作日"
                }
            })
    };
    versions.iter().map(entry).collect()
}

/// `POST /desk/watches/{id}/{verb}`
pub(crate) async fn run(
    cx: ActCx,
    Path((id, verb)): Path<(String, String)>,
    Filled(why): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    let wanted = match verb.as_str() {
        "start" => Run::Start,
        "stop" => Run::Stop,
        _ => return Err(acts::no_such_step().into()),
    };
    match acts::run(&cx, id, wanted, &why.reason).await {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done=done"))),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(&cx, id, &Wanted::default(), Wrong(Some(&refusal))).await
        }
    }
}
