//! What was found: the queue of each organ, what is due first in front.

use std::collections::HashMap;

use access::Permit;
use axum::extract::Query;
use base::{Day, Outcome};
use flow::{CaseHead, CaseId, Cursor, Organs, Page, Scope};
use frame::parts::{
    Choice, Column, Filter, Filters, Heading, Pager, Row, Table, Tone, day_said, empty,
    moment_said, tag,
};
use frame::{Cx, Reply, page};
use maud::{Markup, Render, html};
use serde::Deserialize;
use store::Reader;

use super::{TITLE, organ_of, parts_of};
use crate::store as rows;
use crate::terms::{HANDLE, Hit, OFFICE};

pub(crate) const HERE: &str = "/desk/watches/hits";
const PAGE: i64 = 30;
/// What is open.
const OPEN: [&str; 2] = ["10", "20"];
/// The states that a list can be narrowed to.
const STATES: [(&str, &str); 5] = [
    ("10", "待核实"),
    ("20", "核实中"),
    ("60", "属实，已处理"),
    ("61", "不属实"),
    ("70", "原因消失，已撤销"),
];

fn scope_of(permit: &Permit) -> Scope {
    let organs = organ_of(permit).map_or(Organs::City, |organ| Organs::These(vec![organ]));
    Scope { organs, office: Some(OFFICE.into()), ..Scope::city() }
}

/// How many wait for who may verify them.
pub(crate) fn waiting(reader: &Reader<'_>, permits: &[Permit]) -> Outcome<i64> {
    let Some(permit) = permits.iter().find(|permit| permit.permission() == HANDLE.name) else {
        return Ok(0);
    };
    flow::waiting(reader, &Scope { states: OPEN.map(str::to_owned).to_vec(), ..scope_of(permit) })
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    state: String,
    organ: String,
    watch: String,
    after: String,
}

impl Wanted {
    /// The address of the list with these filters.
    fn here(&self) -> String {
        let named = [("state", &self.state), ("organ", &self.organ), ("watch", &self.watch)];
        let set: Vec<String> = named
            .iter()
            .filter(|(_, value)| {
                value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            })
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if set.is_empty() { HERE.to_owned() } else { format!("{HERE}?{}", set.join("&")) }
    }
}

/// `GET /desk/watches/hits`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let (permit, today) = (cx.permit()?.clone(), cx.now().day());
    let own = organ_of(&permit);
    let mut scope = scope_of(&permit);
    if own.is_none() && !wanted.organ.is_empty() {
        scope.organs = Organs::These(vec![wanted.organ.clone()]);
    }
    if STATES.iter().any(|(code, _)| *code == wanted.state) {
        scope.states = vec![wanted.state.clone()];
    }
    scope.item = Some(wanted.watch.clone()).filter(|watch| !watch.is_empty());
    let open = wanted.state.is_empty() || OPEN.contains(&wanted.state.as_str());
    let after: Option<Cursor> = wanted.after.parse().ok();
    let inside = after.is_some();
    let city = own.is_none();
    let (found, hits, organs, watches) = cx
        .read(move |r| {
            let found = match open {
                true => flow::queue(r, &scope, after.as_ref(), PAGE)?,
                false => flow::closed(r, &scope, after.as_ref(), PAGE)?,
            };
            let ids: Vec<CaseId> = found.rows.iter().map(|case| case.id).collect();
            let hits = rows::hits_by_ids(r, &ids)?;
            let organs = if city { access::organs(r)? } else { Vec::new() };
            Ok((found, hits, organs, rows::watches(r)?))
        })
        .await?;
    let organs = organs.iter().filter(|organ| organ.stands(today));
    let organs = organs.map(|organ| Choice::new(&organ.id, &organ.name)).collect();
    let watches =
        watches.iter().map(|one| Choice::new(one.id.to_string(), &one.rule.name)).collect();
    let filters = filters(&wanted, (organs, watches), city);
    let here = wanted.here();
    let mark = if here.contains('?') { "&" } else { "?" };
    let next = found.next.as_ref().map(|next| format!("{here}{mark}after={next}"));
    let body = html! {
        (Heading::new(TITLE).lead("对上的不等于属实：核实以后再停发、追回、注销许可，并写明做了什么。"))
        (parts_of("hits"))
        (filters)
        (table(&found, &hits, (open, today)))
        (Pager::new(next).first(inside.then_some(here)))
    };
    page::desk(&cx, "线索", &[], body).await
}

fn filters(wanted: &Wanted, (organs, watches): (Vec<Choice>, Vec<Choice>), city: bool) -> Markup {
    let states = STATES.iter().map(|(code, title)| Choice::new(*code, *title)).collect();
    let mut of = vec![
        Filter::one("state", "状态", &wanted.state, states),
        Filter::one("watch", "哪项监测", &wanted.watch, watches),
    ];
    if city {
        of.push(Filter::one("organ", "哪个部门", &wanted.organ, organs));
    }
    Filters::new(HERE, of).render()
}

fn table(found: &Page<CaseHead>, hits: &[Hit], (open, today): (bool, Day)) -> Markup {
    let hits: HashMap<CaseId, &Hit> = hits.iter().map(|hit| (hit.case, hit)).collect();
    let row = |case: &CaseHead| {
        Row::new([
            html! { span class="number" { (case.no) } },
            html! { (case.title) },
            html! { (case.item_name) },
            html! { (case.organ_name) },
            moment_said(case.received_at, today),
            html! {
                (state(case))
                @if hits.get(&case.id).is_some_and(|hit| hit.taken_back.is_some()) {
                    " " (tag(Tone::Late, "登记已更正"))
                }
            },
            due(case, today),
        ])
        .href(format!("{HERE}/{}", case.no))
    };
    let nothing = match open {
        true => empty(
            "没有等待核实的线索",
            html! { p { "登记有了变化，或者部门上传了新名单，对上的会出现在这里。" } },
        ),
        false => empty("没有这样的线索", html! { p { "换一个状态再看。" } }),
    };
    let caption = if open { "等待核实的，先到期的在前" } else { "已经有结果的" };
    html! {
        (Table::new(caption).columns([
            Column::new("编号"), Column::new("线索"), Column::new("哪项监测"), Column::new("负责核实"),
            Column::new("发现时间").narrow(), Column::new("状态").narrow(), Column::new("最迟核实").narrow(),
        ]).rows(found.rows.iter().map(row)).empty(nothing).stacked())
    }
}

/// The day by which it is to be verified, and that it is over.
pub(super) fn due(case: &CaseHead, today: Day) -> Markup {
    html! {
        @match case.due {
            Some(due) => {
                (day_said(due, today))
                @if case.open && due < today { " " (tag(Tone::Late, "超期")) }
            }
            None => "—",
        }
    }
}

/// How far it is.
pub(super) fn state(case: &CaseHead) -> Markup {
    let tone = match case.state.as_str() {
        "60" => Tone::Good,
        "61" | "70" => Tone::Closed,
        "10" => Tone::Soon,
        _ => Tone::Active,
    };
    tag(tone, &case.state_title)
}
