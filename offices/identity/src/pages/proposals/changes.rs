//! Changes of roles and organs that are proposed: what would change, for whom.

mod organs;

use ::store::Reader;
use access::{BundleChange, Fate, Holder, Organ, OrganChange, ProposedState};
use base::{Day, Id, Outcome};
use frame::parts::{
    Column, Crumb, Heading, Row, SummaryRow, Table, day, proposed_by, proposed_rows,
    proposed_state, summary_list,
};
use frame::{Cx, Hall, Reasoned, Reply, page};
use maud::{Markup, html};

use super::{HERE, TITLE, to_decide};
use crate::acts;
use crate::acts::Leaves;
use crate::pages::Wrong;
use crate::pages::organs::coming::organs_and_those_to_come;
use crate::pages::roles::about;
use crate::store::CHANGES;
use crate::terms::changes::{Change, ORGAN, What};

/// What a change is called.
fn title(what: &What, organs: &[Organ]) -> String {
    match what {
        What::Bundle(change) => match change.fate {
            Fate::Founded => format!("设立角色“{}”", change.title),
            Fate::Goes => format!("变更角色“{}”的权限", change.title),
            Fate::Ends => format!("停用角色“{}”", change.title),
        },
        What::Organ(change) => organs::title(change, organs),
    }
}

/// The changes that wait.
pub(super) fn table(changes: &[Change], organs: &[Organ], own: &str) -> Markup {
    let rows = changes.iter().map(|change| {
        Row::new([
            html! { (title(&change.what, organs)) },
            html! {
                @if change.what.kind() == ORGAN && change.from <= change.proposed.at.day() {
                    "同意的当天"
                } @else { (day(change.from)) }
            },
            proposed_by(&change.proposed, own),
            day(change.proposed.last_day),
        ])
        .href(format!("{HERE}/{}", change.id))
    });
    html! {
        (Table::new("等待同意的变更").caption_hidden().columns([
            Column::new("变更"), Column::new("从哪天起").narrow(), Column::new("提出的人"),
            Column::new("失效的日期").narrow(),
        ]).rows(rows).stacked())
    }
}

/// What the city knows about the thing that shall change.
enum Known {
    /// Who holds the role today.
    Role(Vec<Holder>),
    /// The organs, and what the one leaves that shall end.
    Organ(Vec<Organ>, Leaves),
}

impl Known {
    /// The organs, where it is about one.
    fn organs(&self) -> &[Organ] {
        match self {
            Known::Role(_) => &[],
            Known::Organ(organs, _) => organs,
        }
    }

    fn of(reader: &Reader<'_>, change: &Change, today: Day) -> Outcome<Self> {
        match &change.what {
            What::Bundle(bundle) if matches!(bundle.role.as_str(), "anyone" | "citizen") => {
                Ok(Known::Role(Vec::new()))
            }
            What::Bundle(bundle) => {
                Ok(Known::Role(access::holders_of_role(reader, &bundle.role, today)?))
            }
            What::Organ(organ) => {
                let ends = matches!(organ, OrganChange::Ended { .. });
                let waits = change.proposed.state == ProposedState::Open;
                let leaves = match ends && waits {
                    true => acts::leaves(reader, organ.organ(), today)?,
                    false => Leaves::default(),
                };
                Ok(Known::Organ(organs_and_those_to_come(reader)?, leaves))
            }
        }
    }
}

/// The page of one change.
pub(super) async fn shown(cx: &Cx, id: Id<Change>, form: &Reasoned, wrong: Wrong<'_>) -> Reply {
    let today = cx.now().day();
    let (change, wardens, known) = cx
        .read(move |r| {
            let change = acts::change_found(r, id)?;
            let known = Known::of(r, &change, today)?;
            Ok((change, acts::wardens(r, today)?, known))
        })
        .await?;
    let body = html! {
        (Heading::new(title(&change.what, known.organs())).state(proposed_state(&change.proposed, today)))
        (wrong.head())
        (summary(cx.hall(), &change, &known, today))
        @if let Known::Organ(organs, leaves) = &known {
            (organs::preview(&change, organs, leaves))
        }
        (to_decide(cx, (&change.matter(), &id.to_string(), "同意变更"), &wardens, form, wrong).await?)
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    let response = page::desk(cx, TITLE, &crumbs, body).await?;
    Ok(wrong.status(response))
}

fn summary(hall: &Hall, change: &Change, known: &Known, today: Day) -> Markup {
    let mut rows = match (&change.what, known) {
        (What::Bundle(bundle), Known::Role(holders)) => {
            bundle_rows(hall, bundle, holders, change.from)
        }
        (What::Organ(organ), Known::Organ(organs, _)) => organs::rows(organ, organs, change.from),
        _ => Vec::new(),
    };
    rows.push(SummaryRow::new("依据或者理由", &change.reason));
    rows.extend(proposed_rows(CHANGES, &change.proposed, today));
    summary_list(&rows)
}

fn bundle_rows(
    hall: &Hall,
    bundle: &BundleChange,
    holders: &[Holder],
    from: Day,
) -> Vec<SummaryRow> {
    let role = html! {
        @if bundle.fate == Fate::Founded { (bundle.title) } @else {
            a href={ "/desk/roles/" (bundle.role) } { (bundle.title) }
        }
    };
    let mut rows = vec![SummaryRow::of("角色", role)];
    if !bundle.add.is_empty() {
        rows.push(SummaryRow::of("给", given(hall, bundle)));
    }
    if !bundle.remove.is_empty() {
        rows.push(SummaryRow::of("去掉", taken(hall, bundle)));
    }
    rows.push(SummaryRow::of("从哪天起", day(from)));
    rows.push(SummaryRow::new("涉及的人", names(bundle, holders)));
    rows
}

fn given(hall: &Hall, bundle: &BundleChange) -> Markup {
    html! {
        ul {
            @for (permission, reach) in &bundle.add {
                li { (about(hall, permission)) "（" (permission) "），范围：" (reach.title()) }
            }
        }
    }
}

fn taken(hall: &Hall, bundle: &BundleChange) -> Markup {
    html! {
        ul { @for permission in &bundle.remove { li { (about(hall, permission)) "（" (permission) "）" } } }
    }
}

/// Who holds the role today, by name.
fn names(bundle: &BundleChange, holders: &[Holder]) -> String {
    if matches!(bundle.role.as_str(), "anyone" | "citizen") {
        return format!("每一位{}", bundle.title);
    }
    let mut names: Vec<(&str, &str)> =
        holders.iter().map(|holder| (holder.name.as_str(), holder.login.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    let shown: Vec<&str> = names.iter().take(20).map(|(name, _)| *name).collect();
    match (names.len(), bundle.fate) {
        (0, _) => "现在没有人担任".to_owned(),
        (1..=20, Fate::Ends) => format!("{}，他们的这个岗位一起结束", shown.join("、")),
        (1..=20, _) => shown.join("、"),
        (count, _) => format!("{}等 {count} 人以上", shown.join("、")),
    }
}
