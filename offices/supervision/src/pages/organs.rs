//! The desk of supervision: how the departments stand, the cases of one, the rules in force.

use axum::extract::{Path, Query};
use flow::{CaseHead, OrganCounts, Organs, Scope};
use frame::page;
use frame::parts::{
    Bar, BarChart, Column, Crumb, Heading, Pager, Row, Tab, Table, Tone, day, empty, inset,
    link_button, tabs,
};
use frame::{Cx, Reply, not_found};
use maud::{Markup, html};
use serde::Deserialize;

use super::{ROWS, city_stats, desk_of, face, level_tag};
use crate::api::place;
use crate::rules::{SOON_WORKING_DAYS, total, worst_first};
use crate::store;
use crate::terms::{Rule, Shown};

const BASE: &str = "/desk/supervision";
const TITLE: &str = "各部门时限";
/// So many departments are drawn; the table names all.
const BARS: usize = 8;

/// How the departments stand.
pub(crate) async fn board(cx: Cx) -> Reply {
    let scope = Scope::of(cx.permit()?);
    let today = cx.now().day();
    let soon = cx.hall().calendar.add_working_days(today, SOON_WORKING_DAYS);
    let (mut counts, signals) = cx
        .read(move |reader| {
            let counts = flow::counts_by_organ(reader, &scope, today, soon)?;
            Ok((counts, flow::signal_counts(reader, &scope)?))
        })
        .await?;
    worst_first(&mut counts);
    let all = total(&counts);
    let body = html! {
        (Heading::new(TITLE)
            .lead("全市在办件离期限还有多远。超过法定期限的排在最前。")
            .side(html! { (link_button("大屏", "/board/supervision")) (link_button("监察规则", "/desk/supervision/rules")) }))
        (city_stats(&all, counts.len(), signals))
        (chart(&counts))
        (organ_table(&counts, &all))
    };
    page::desk(&cx, TITLE, &[], body).await
}

/// The cases of a department whose time is over or nearly so.
fn at_risk(one: &OrganCounts) -> i64 {
    one.over_law + one.over_promised + one.soon
}

/// The departments that want attention, longest bar first; of bars that are as long, in the table's order.
fn most_at_risk(counts: &[OrganCounts]) -> Vec<&OrganCounts> {
    let mut drawn: Vec<&OrganCounts> = counts.iter().filter(|one| at_risk(one) > 0).collect();
    drawn.sort_by_key(|one| std::cmp::Reverse(at_risk(one)));
    drawn.truncate(BARS);
    drawn
}

fn chart(counts: &[OrganCounts]) -> Markup {
    let bars: Vec<Bar> = most_at_risk(counts)
        .into_iter()
        .map(|one| {
            let worst = if one.over_law + one.over_promised > 0 { Tone::Late } else { Tone::Soon };
            let many = u32::try_from(at_risk(one)).unwrap_or(u32::MAX);
            Bar::new(&one.organ_name, f64::from(many)).tone(worst)
        })
        .collect();
    html! {
        @if !bars.is_empty() {
            (BarChart::new("超期和三个工作日内到期的办件，件数最多的八个部门", "部门", "件", bars))
        }
    }
}

fn organ_table(counts: &[OrganCounts], all: &OrganCounts) -> Table {
    let figures = |one: &OrganCounts| {
        [one.open, one.over_law, one.over_promised, one.soon, one.paused, one.awaiting]
            .map(|number| html! { (number) })
    };
    Table::new("各部门在办件")
        .stacked()
        .columns([
            Column::new("部门"),
            Column::number("在办"),
            Column::number("超法定"),
            Column::number("超承诺"),
            Column::number("三日内到期"),
            Column::number("暂停计时").minor(),
            Column::number("等待申请人").minor(),
        ])
        .rows(counts.iter().map(|one| {
            let name = html! { (one.organ_name) };
            let row = Row::new(std::iter::once(name).chain(figures(one)))
                .href(format!("{BASE}/{}", one.organ));
            if one.over_law > 0 { row.marked() } else { row }
        }))
        .foot(Row::new(std::iter::once(html! { "合计" }).chain(figures(all))))
        .empty(empty(
            "现在没有在办的件",
            html! { p { "有办件受理以后，这里按部门显示期限情况。" } },
        ))
}

/// Which cases of an organ, from where on.
#[derive(Deserialize)]
pub(crate) struct Narrowed {
    show: Option<String>,
    after: Option<String>,
}

/// The open cases of one department, in the order of their clocks.
pub(crate) async fn cases(
    cx: Cx,
    Path(organ): Path<String>,
    Query(query): Query<Narrowed>,
) -> Reply {
    let after = place(query.after.as_deref())?;
    let inside = after.is_some();
    let shown = Shown::parse(query.show.as_deref().unwrap_or_default());
    let (today, calendar) = (cx.now().day(), cx.hall().calendar.clone());
    let soon = calendar.add_working_days(today, SOON_WORKING_DAYS);
    let actor = cx.actor().clone();
    let (organ, counts, page, marks) = cx
        .read(move |reader| {
            let found = access::organ_by_id(reader, &organ)?;
            let found = found.ok_or_else(|| not_found("这个部门"))?;
            let over = access::Over::Organ(found.id.clone());
            access::authorise(reader, &actor, &crate::WATCH, over)?;
            let scope = Scope { organs: Organs::These(vec![found.id.clone()]), ..Scope::default() };
            let counts = flow::counts_by_organ(reader, &scope, today, soon)?;
            let due_through = match shown {
                Shown::All => None,
                Shown::Soon => Some(soon),
                Shown::Late => Some(today.plus(-1)),
            };
            let scope = Scope { due_through, ..scope };
            let page = flow::queue(reader, &scope, after.as_ref(), ROWS)?;
            let marks = flow::marks_of_cases(reader, &page.rows)?;
            Ok((found, total(&counts), page, marks))
        })
        .await?;
    let base = format!("{BASE}/{}", organ.id);
    let late = counts.over_law + counts.over_promised;
    let held = |one: Shown| match one {
        Shown::All => counts.open,
        Shown::Soon => late + counts.soon,
        Shown::Late => late,
    };
    let views = Shown::ALL.map(|one| {
        let href = format!("{base}?show={}", one.as_str());
        Tab::new(one.title(), href, one == shown).count(held(one))
    });
    let first = format!("{base}?show={}", shown.as_str());
    let next = page.next.as_ref().map(|next| format!("{first}&after={next}"));
    let body = html! {
        (Heading::new(&organ.name).lead("在办件按期限先后排列：最早到期的在前，暂停计时和等待申请人的在后。"))
        (tabs("办件范围", &views))
        (case_table(&cx, &page.rows, |case| {
            let marks = marks.get(&case.id).map(Vec::as_slice).unwrap_or_default();
            face::brief(case, marks, today, &calendar)
        }))
        (Pager::new(next).first(inside.then_some(first)))
    };
    page::desk(&cx, &organ.name, &[Crumb::new(TITLE, BASE)], body).await
}

fn case_table(cx: &Cx, cases: &[CaseHead], clock: impl Fn(&CaseHead) -> Markup) -> Table {
    Table::new("在办件")
        .stacked()
        .columns([
            Column::new("办件编号").narrow(),
            Column::new("事项"),
            Column::new("期限"),
            Column::new("状态"),
            Column::new("承办人").narrow(),
        ])
        .rows(cases.iter().map(|case| {
            let row = Row::new([
                html! { (case.no) },
                html! { (case.item_name) },
                clock(case),
                html! { (case.state_title) },
                desk_of(&case.handler_name),
            ]);
            match cx.hall().case_page(&case.office, &case.no) {
                Some(page) => row.href(page),
                None => row,
            }
        }))
        .empty(empty("这个范围里没有办件", html! { p { "可以换一个范围看。" } }))
}

/// The rules in force.
pub(crate) async fn rules(cx: Cx) -> Reply {
    let today = cx.now().day();
    let rules = cx.read(move |reader| store::rules_on(reader, today)).await?;
    let row = |rule: &Rule| {
        Row::new([
            html! { (rule.id) },
            html! { strong { (rule.name) } br; (rule.text) },
            level_tag(rule.level),
            html! { (rule.basis) },
            html! { (day(rule.from_day)) "起" },
        ])
    };
    let body = html! {
        (Heading::new("监察规则").lead("系统每分钟按这些规则检查一次在办件。"))
        (Table::new("现行规则").columns([
            Column::new("编号").narrow(),
            Column::new("规则"),
            Column::new("信号").narrow(),
            Column::new("依据"),
            Column::new("施行").narrow(),
        ]).rows(rules.iter().map(row)))
        (inset(html! { p { "依法暂停计时的办件、等待申请人补正的办件不发信号。同一规则对同一次计时只发一次。" } }))
    };
    page::desk(&cx, "监察规则", &[Crumb::new(TITLE, BASE)], body).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_departments_are_drawn_longest_bar_first() {
        let of = |over_law, soon| OrganCounts { over_law, soon, ..OrganCounts::default() };
        let mut counts = [of(1, 6), of(0, 0), of(0, 9), of(2, 3)];
        worst_first(&mut counts);
        let drawn: Vec<i64> = most_at_risk(&counts).into_iter().map(at_risk).collect();
        assert_eq!(drawn, [9, 7, 5]);
    }
}
