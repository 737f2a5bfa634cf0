//! Changes of organs that are proposed: what would change, and what goes with an organ that ends.

use access::{Organ, OrganChange, ProposedState};
use base::Day;
use flow::CaseHead;
use frame::parts::{Column, Row, SummaryRow, Table, empty, section};
use maud::{Markup, html};

use crate::acts::Leaves;
use crate::pages::posts::term;
use crate::terms::changes::{Change, What};

/// So many posts and cases are shown.
const SHOWN: usize = 200;

/// What a change is called.
pub(super) fn title(change: &OrganChange, organs: &[Organ]) -> String {
    match change {
        OrganChange::Founded { organ } => format!("设立机构“{}”", organ.name),
        OrganChange::Renamed { name, .. } => format!("机构更名为“{name}”"),
        OrganChange::Moved { organ, .. } => format!("移动机构“{}”", name_of(organs, organ)),
        OrganChange::Ended { organ, .. } => format!("撤销机构“{}”", name_of(organs, organ)),
        OrganChange::Cancelled { planned, .. } => format!("取消：{}", title(planned, organs)),
    }
}

fn name_of(organs: &[Organ], id: &str) -> String {
    organs.iter().find(|organ| organ.id == id).map_or(id, |organ| organ.name.as_str()).to_owned()
}

/// What would change.
pub(super) fn rows(change: &OrganChange, organs: &[Organ], from: Day) -> Vec<SummaryRow> {
    let named = |id: &str| html! { a href={ "/desk/organs/" (id) } { (name_of(organs, id)) } };
    let words = format!("{}；到那天还没有同意的，从同意的当天起", from.chinese());
    let after = SummaryRow::new("从哪天起", words);
    match change {
        OrganChange::Founded { organ } => vec![
            SummaryRow::new("机构", &organ.name),
            SummaryRow::new("简称", &organ.short_name),
            SummaryRow::new("标识和代码", format!("{}，{}", organ.id, organ.code)),
            SummaryRow::new(
                "上级机构",
                name_of(organs, organ.parent.as_deref().unwrap_or_default()),
            ),
            after,
        ],
        OrganChange::Renamed { organ, name, short_name } => vec![
            SummaryRow::of("机构", named(organ)),
            SummaryRow::new("新的名称", format!("{name}（{short_name}）")),
            after,
        ],
        OrganChange::Moved { organ, parent } => vec![
            SummaryRow::of("机构", named(organ)),
            SummaryRow::of("新的上级机构", named(parent)),
            after,
        ],
        OrganChange::Ended { organ, successor } => vec![
            SummaryRow::of("机构", named(organ)),
            match successor {
                Some(successor) => SummaryRow::of("承接的机构", named(successor)),
                None => SummaryRow::new("承接的机构", "没有"),
            },
            after,
        ],
        OrganChange::Cancelled { coming, from, planned } => vec![
            SummaryRow::of(
                "取消的变更",
                html! { a href={ "/desk/organ-changes/" (coming) } { (title(planned, organs)) } },
            ),
            SummaryRow::new("原定从哪天起", from.chinese()),
        ],
    }
}

/// What goes with an organ that ends: which posts, which running cases.
pub(super) fn preview(change: &Change, organs: &[Organ], leaves: &Leaves) -> Markup {
    let What::Organ(OrganChange::Ended { successor, .. }) = &change.what else { return html! {} };
    if change.proposed.state != ProposedState::Open {
        return html! {};
    }
    let to = successor.as_ref().map(|id| name_of(organs, id));
    let fate = to.as_ref().map_or("结束".to_owned(), |name| format!("转到{name}"));
    let posts = leaves.posts.iter().take(SHOWN).map(|post| {
        let held = &post.held;
        Row::new([
            html! { (post.name) },
            html! { (held.holding.post) @if held.delegated.is_some() { "（受委托代行）" } },
            term(held.holding.from, held.holding.until),
            html! { @if held.delegated.is_some() { "结束" } @else { (fate) } },
        ])
    });
    let cases = leaves.cases.iter().take(SHOWN).map(|case| case_row(case, &fate));
    let none = |what: &str| empty(what, html! { p { "撤销以后不用另外处理。" } });
    html! {
        (section("posts", &format!("一起变的岗位（{} 个）", leaves.posts.len()), html! {
            (Table::new("岗位").caption_hidden().columns([
                Column::new("姓名"), Column::new("岗位"), Column::new("期间"), Column::new("以后"),
            ]).rows(posts).empty(none("没有岗位")).stacked())
        }))
        (section("cases", &format!("正在办理的办件（{} 件）", leaves.cases.len()), html! {
            (Table::new("办件").caption_hidden().columns([
                Column::new("编号").narrow(), Column::new("事项"), Column::new("状态").narrow(),
                Column::new("以后"),
            ]).rows(cases).empty(none("没有正在办理的办件")).stacked())
            @if leaves.cases.len() > SHOWN || leaves.posts.len() > SHOWN { p { "各只列出前 " (SHOWN) " 个。" } }
        }))
    }
}

fn case_row(case: &CaseHead, fate: &str) -> Row {
    Row::new([
        html! { (case.no) },
        html! { (case.item_name) },
        html! { (case.state_title) },
        html! { (fate) "，由那里的人领办" },
    ])
}
