//! Taking a part of the record out of the house, with its proof.

use axum::Form;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use base::{Outcome, Refusal, RefusalKind, Stop};
use frame::parts::{Button, button_row, hidden, post_form, section};
use frame::{ActCx, Reply};
use ledger::{Recorded, Sought};
use maud::{Markup, html};

use super::search::{Outlook, outlook, pairs};
use crate::acts;
use crate::terms::Wanted;

/// So many acts stand in one file at most.
const ACTS_MAX: usize = 5_000;
/// Read so many at a time, and so often at most.
const AT_ONCE: usize = 500;
const ROUNDS_MAX: usize = 40;

/// The button under what was found.
pub(super) fn offer(wanted: &Wanted) -> Markup {
    let all = Wanted { after: String::new(), ..wanted.clone() };
    section(
        "export",
        "导出",
        post_form(
            "/desk/audit/export",
            None,
            html! {
                @for (name, value) in pairs(&all) { (hidden(name, value)) }
                p { "导出符合这些条件的全部记录，一个文件至多 " (ACTS_MAX) " 条。文件带着登记簿的证明，可以用 cityhall verify export 离线核验。" }
                (button_row(html! {
                    (Button::secondary("导出并附证明").icon("download").consequence("这次导出会记下来"))
                }))
            },
        ),
    )
}

/// `POST /desk/audit/export`
pub(crate) async fn export(cx: ActCx, Form(wanted): Form<Wanted>) -> Reply {
    let wanted = Wanted { after: String::new(), ..wanted };
    let asked = wanted.clone();
    let sought = match cx.read(move |r| outlook(r, &asked)).await? {
        Outlook::Clear(sought) => sought,
        Outlook::Wrong(_) | Outlook::Several(_) => {
            let words = "导出的条件不清楚，没有导出";
            return Err(Stop::from(
                Refusal::new(RefusalKind::Invalid, "audit.unclear", words)
                    .remedy("请回到“办理记录”，先查出要导出的记录"),
            )
            .into());
        }
    };
    // What is done meanwhile belongs into the next file.
    let now = cx.now();
    let sought = Sought { until: sought.until.min(now.plus_millis(1)), ..sought };
    cx.hall().ledger.sequence(now).await?;
    let found = all(&cx, sought).await?;
    let file = acts::export(&cx, &wanted, found).await?;
    let name = format!("attachment; filename=\"audit-{}.jsonl\"", now.day());
    let disposition =
        HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("application/x-ndjson");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], file)
        .into_response())
}

/// All that is found, or a refusal: half an export would be taken for a whole one.
async fn all(cx: &ActCx, sought: Sought) -> Outcome<Vec<Recorded>> {
    let (mut rows, mut after) = (Vec::new(), None);
    for _ in 0..ROUNDS_MAX {
        let (some, from) = (sought.clone(), after);
        let found = cx.read(move |r| ledger::search(r, &some, from, AT_ONCE)).await?;
        rows.extend(found.rows);
        if rows.len() > ACTS_MAX {
            break;
        }
        match found.next {
            Some(next) => after = Some(next),
            None => return Ok(rows),
        }
    }
    let words = format!("符合条件的记录太多，一个文件至多 {ACTS_MAX} 条，没有导出");
    Err(Refusal::new(RefusalKind::TooLarge, "audit.too_many", words)
        .remedy("请缩短时间，分几次导出")
        .into())
}
