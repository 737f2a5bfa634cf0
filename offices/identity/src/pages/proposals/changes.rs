//! Changes of roles that are proposed: what would change, for whom.

use access::{BundleChange, Fate, Holder};
use base::{Day, Id};
use frame::parts::{
    Column, Crumb, Heading, Row, SummaryRow, Table, day, moment_said, summary_list,
};
use frame::{Cx, Hall, Reply, not_found, page};
use maud::{Markup, html};

use super::{HERE, Reasoned, TITLE, state, to_decide};
use crate::pages::Wrong;
use crate::pages::roles::about;
use crate::terms::changes::{Change, What};
use crate::{acts, store};

/// What a change is called.
fn title(what: &What) -> String {
    let What::Bundle(change) = what;
    match change.fate {
        Fate::Founded => format!("设立角色“{}”", change.title),
        Fate::Goes => format!("变更角色“{}”的权限", change.title),
        Fate::Ends => format!("停用角色“{}”", change.title),
    }
}

/// The changes that wait.
pub(super) fn table(changes: &[Change], own: &str) -> Markup {
    let rows = changes.iter().map(|change| {
        Row::new([
            html! { (title(&change.what)) },
            day(change.from),
            html! { (change.proposed_name) @if change.proposed_by == own { "（您）" } },
            day(change.last_day),
        ])
        .href(format!("{HERE}/{}", change.id))
    });
    html! {
        (Table::new("等待同意的变更").caption_hidden().columns([
            Column::new("变更"), Column::new("从哪天起").narrow(), Column::new("提出的人"),
            Column::new("失效的日期").narrow(),
        ]).rows(rows))
    }
}

/// The page of one change.
pub(super) async fn shown(cx: &Cx, id: Id<Change>, form: &Reasoned, wrong: Wrong<'_>) -> Reply {
    let today = cx.now().day();
    let (change, wardens, holders) = cx
        .read(move |r| {
            let change = store::change_by_id(r, id)?.ok_or_else(|| not_found("这项提议"))?;
            let subject = change.what.subject().to_owned();
            let public = matches!(subject.as_str(), "anyone" | "citizen");
            let holders = match public {
                true => Vec::new(),
                false => access::holders_of_role(r, &subject, today)?,
            };
            Ok((change, acts::wardens(r, today)?, holders))
        })
        .await?;
    let body = html! {
        (Heading::new(title(&change.what)).state(state(change.state, change.last_day, today)))
        (wrong.head())
        (summary(cx.hall(), &change, &holders, today))
        (to_decide(cx, (&change, &id.to_string(), "同意变更"), &wardens, form, wrong).await?)
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    let response = page::desk(cx, TITLE, &crumbs, body).await?;
    Ok(wrong.status(response))
}

fn summary(hall: &Hall, change: &Change, holders: &[Holder], today: Day) -> Markup {
    let What::Bundle(bundle) = &change.what;
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
    rows.extend([
        SummaryRow::of("从哪天起", day(change.from)),
        SummaryRow::new("涉及的人", names(bundle, holders)),
        SummaryRow::new("依据或者理由", &change.reason),
        SummaryRow::of(
            "提出",
            html! { (change.proposed_name) "，" (moment_said(change.proposed_at, today)) },
        ),
        SummaryRow::of("失效的日期", day(change.last_day)),
    ]);
    if let Some((name, why)) = &change.decided {
        let words = if why.is_empty() { name.clone() } else { format!("{name}：{why}") };
        rows.push(SummaryRow::new("办理", words));
    }
    summary_list(&rows)
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
