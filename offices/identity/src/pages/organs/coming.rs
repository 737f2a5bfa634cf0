//! What was agreed to of organs for a day to come: how it stands, and the form by which its cancelling is proposed.

use access::{ComingChange, ComingState, Organ, OrganChange};
use axum::extract::Path;
use base::Day;
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Row, SummaryRow, Table, Tone, button_row,
    day, details, notice, post_form, section, summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reasoned, Reply, not_found, page};
use maud::{Markup, html};

use super::one::name_of;
use super::{HERE, said};
use crate::acts;
use crate::pages::{Wrong, may, shown_again};
use crate::terms::ADMINISTER;

/// The pages of such changes.
const CHANGES: &str = "/desk/organ-changes";
/// So long the list tells what could not be made.
const STUCK_DAYS: i64 = 90;

/// What waits, and what could not be made lately.
pub(super) fn listed(
    reader: &store::Reader<'_>,
    (today, through): (Day, Day),
) -> base::Outcome<Vec<ComingChange>> {
    let mut listed = access::stuck_changes(reader, today.plus(-STUCK_DAYS))?;
    listed.extend(access::coming_changes(reader, through)?);
    Ok(listed)
}

/// The organs, and after them those that will be founded, without a path.
pub(crate) fn with_those_to_come(mut organs: Vec<Organ>, coming: &[ComingChange]) -> Vec<Organ> {
    for one in coming.iter().filter(|one| one.state == ComingState::Waits) {
        let OrganChange::Founded { organ: new } = &one.change else { continue };
        let new = (**new).clone();
        organs.push(Organ {
            id: new.id,
            parent: new.parent,
            name: new.name,
            short_name: new.short_name,
            kind: new.kind,
            code: new.code,
            credit_code: new.credit_code,
            division: new.division,
            path: String::new(),
            duties: new.duties,
            phone: new.phone,
            from: one.from,
            until: None,
            successor: None,
        });
    }
    organs
}

/// The same as they are known today.
pub(crate) fn organs_and_those_to_come(reader: &store::Reader<'_>) -> base::Outcome<Vec<Organ>> {
    let coming = access::coming_changes(reader, Day::from_number(acts::LAST_DAY))?;
    Ok(with_those_to_come(access::organs(reader)?, &coming))
}

/// The page of the change by which an organ will be founded.
pub(super) async fn page_of(cx: &Cx, organ: &str) -> base::Outcome<Option<String>> {
    let id = organ.to_owned();
    let known = cx.read(move |r| access::coming_of(r, &id)).await?;
    let founding = known.iter().find(|one| {
        one.state == ComingState::Waits && matches!(one.change, OrganChange::Founded { .. })
    });
    Ok(founding.map(|one| format!("{CHANGES}/{}", one.id)))
}

fn what(change: &OrganChange, organs: &[Organ]) -> String {
    match change {
        OrganChange::Founded { organ } => format!("设立“{}”", organ.name),
        OrganChange::Renamed { organ, name, .. } => {
            format!("{}更名为“{name}”", name_of(organs, organ))
        }
        OrganChange::Moved { organ, parent } => {
            format!("{}移到{}下面", name_of(organs, organ), name_of(organs, parent))
        }
        OrganChange::Ended { organ, successor: Some(to) } => {
            format!("撤销{}，由{}承接", name_of(organs, organ), name_of(organs, to))
        }
        OrganChange::Ended { organ, successor: None } => {
            format!("撤销{}", name_of(organs, organ))
        }
        OrganChange::Cancelled { planned, .. } => format!("取消：{}", what(planned, organs)),
    }
}

fn state(one: &ComingChange, today: Day) -> Markup {
    match one.state {
        ComingState::Waits if one.from <= today => tag(Tone::Late, "到了日子，还没有生效"),
        ComingState::Waits => tag(Tone::Soon, "等那一天"),
        ComingState::Made => tag(Tone::Good, "已经生效"),
        ComingState::Stuck(_) => tag(Tone::Late, "没有能够生效"),
        ComingState::Cancelled => tag(Tone::Closed, "已经取消"),
    }
}

/// Why it could not be made, or not yet, and what to do.
fn why(one: &ComingChange, today: Day) -> Option<String> {
    match &one.state {
        ComingState::Stuck(why) => {
            Some(format!("{}。需要的，请重新提出。", why.trim_end_matches('。')))
        }
        ComingState::Waits if one.from <= today => {
            Some("平台每分钟再试一次。一直没有生效的，可以提出取消，再重新提出。".to_owned())
        }
        _ => None,
    }
}

/// Changes for a day to come, each with how it stands.
pub(super) fn table(coming: &[ComingChange], organs: &[Organ], today: Day) -> Markup {
    let rows = coming.iter().map(|one| {
        Row::new([
            html! { (what(&one.change, organs)) },
            html! { (day(one.from)) },
            html! { (state(one, today)) @if let Some(why) = why(one, today) { p { (why) } } },
            html! { (one.ground) },
        ])
        .href(format!("{CHANGES}/{}", one.id))
    });
    html! {
        (Table::new("变更").caption_hidden().columns([
            Column::new("变更"), Column::new("从哪天起").narrow(), Column::new("状态"),
            Column::new("依据"),
        ]).rows(rows).stacked())
    }
}

/// `GET /desk/organ-changes/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>) -> Reply {
    shown(&cx, &id, &Reasoned::default(), Wrong::default()).await
}

async fn shown(cx: &Cx, id: &str, form: &Reasoned, wrong: Wrong<'_>) -> Reply {
    let (id, today) = (id.to_owned(), cx.now().day());
    let (one, organs) = cx
        .read(move |r| {
            let one = access::coming_by_id(r, &id)?.ok_or_else(|| not_found("这项变更"))?;
            Ok((one, organs_and_those_to_come(r)?))
        })
        .await?;
    let title = what(&one.change, &organs);
    let organ = one.change.organ();
    let link = match organs.iter().any(|known| known.id == organ && known.from <= today) {
        true => html! { a href={ (HERE) "/" (organ) } { (name_of(&organs, organ)) } },
        false => html! { (organ) "（还没有设立）" },
    };
    let cancels = one.state == ComingState::Waits && may(cx, &ADMINISTER).await?;
    let body = html! {
        (Heading::new(&title).state(state(&one, today)))
        (wrong.head())
        @if let Some(why) = why(&one, today) { (notice(NoticeKind::Warning, &why, html! {})) }
        (summary_list(&[
            SummaryRow::of("机构", link),
            SummaryRow::of("从哪天起", day(one.from)),
            SummaryRow::new("依据", &one.ground),
            SummaryRow::of("两个人的提议和同意", html! {
                a href={ "/desk/proposals/" (one.id) } { "看这项提议" }
            }),
        ]))
        @if cancels {
            @let fields = cancel_form(&one, form, wrong);
            @if wrong.0.is_some() { (section("cancel", "提出取消这项变更", fields)) }
            @else { (details("提出取消这项变更", fields)) }
        }
    };
    let response = page::desk(cx, &title, &[Crumb::new("机构", HERE)], body).await?;
    Ok(wrong.status(response))
}

fn cancel_form(one: &ComingChange, form: &Reasoned, wrong: Wrong<'_>) -> Markup {
    post_form(
        &format!("{CHANGES}/{}/cancel", one.id),
        None,
        html! {
            (Field::area("reason", "理由和文件的文号", 2).value(&form.reason).error(wrong.with("reason")))
            (button_row(html! {
                (Button::danger("提出取消").consequence(
                    "另一个人在那一天以前同意了，这项变更就不再生效；到那天还没有同意的，照常生效"
                ))
            }))
        },
    )
}

/// `POST /desk/organ-changes/{id}/cancel`
pub(crate) async fn cancel(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let done = match said(&form.reason) {
        Ok(reason) => acts::propose_to_cancel(&cx, &id, &reason).await,
        Err(refusal) => Err(refusal.into()),
    };
    match done {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=proposed"))),
        Err(stop) => {
            let wrong = shown_again(stop)?;
            shown(&cx, &id, &form, Wrong(Some(&wrong))).await
        }
    }
}
