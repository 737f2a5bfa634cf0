//! What programs see: the open signals, and how the organs stand.

use axum::Json;
use axum::extract::Query;
use axum::response::IntoResponse;
use base::{Refusal, RefusalKind};
use flow::{Cursor, OrganCounts, Scope, Signal};
use frame::{Cx, Reply};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::rules::SOON_WORKING_DAYS;

/// Rows of a page.
const ROWS: i64 = 100;

/// Where a page begins.
#[derive(Deserialize, IntoParams)]
pub(crate) struct After {
    /// `next` of the page before.
    after: Option<String>,
}

/// A place in a list that somebody sent; a forged one is refused, not taken for the first page.
pub(crate) fn place(after: Option<&str>) -> Result<Option<Cursor>, Refusal> {
    let Some(text) = after.filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let words = "翻页的位置不对";
        Refusal::new(RefusalKind::Invalid, "supervision.after", words).remedy("请从第一页开始")
    })
}

/// A signal of supervision.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignalOut {
    /// Its id.
    id: String,
    /// The case's number.
    case: String,
    /// The item's name.
    item: String,
    /// The responsible organ.
    organ: String,
    /// Its name.
    organ_name: String,
    /// On whose desk the case lay; empty when on nobody's.
    handler: String,
    /// `R04`.
    rule: String,
    /// `reminder`, `warning`, `yellow`, `red`.
    level: String,
    /// 提示, 预警, 黄牌, 红牌.
    level_title: String,
    /// `raised`, `seen`, `appealed`, `upheld`.
    state: String,
    /// What it says.
    message: String,
    /// What it rests on.
    basis: String,
    /// When it was raised.
    raised_at: String,
    /// What was said last.
    words: String,
}

impl From<Signal> for SignalOut {
    fn from(signal: Signal) -> Self {
        Self {
            id: signal.id.to_string(),
            case: signal.case_no,
            item: signal.item_name,
            organ: signal.organ,
            organ_name: signal.organ_name,
            handler: signal.handler_name,
            rule: signal.rule,
            level: signal.level.as_str().into(),
            level_title: signal.level.title().into(),
            state: signal.state.as_str().into(),
            message: signal.message,
            basis: signal.basis,
            raised_at: signal.raised_at.iso(),
            words: signal.words,
        }
    }
}

/// A page of signals.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignalsOut {
    /// The signals, newest first.
    signals: Vec<SignalOut>,
    /// Where the next page begins; none on the last.
    next: Option<String>,
}

/// The open cases of an organ.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrganOut {
    /// The organ.
    organ: String,
    /// Its name.
    name: String,
    /// Open cases.
    open: i64,
    /// Due within three working days.
    soon: i64,
    /// Past the promised day, within the law's.
    over_promised: i64,
    /// Past the law's day.
    over_law: i64,
    /// Whose clock stands still.
    paused: i64,
    /// That wait for the applicant.
    awaiting: i64,
}

impl From<OrganCounts> for OrganOut {
    fn from(counts: OrganCounts) -> Self {
        Self {
            organ: counts.organ,
            name: counts.organ_name,
            open: counts.open,
            soon: counts.soon,
            over_promised: counts.over_promised,
            over_law: counts.over_law,
            paused: counts.paused,
            awaiting: counts.awaiting,
        }
    }
}

/// How the organs stand.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrgansOut {
    /// The day it is counted for: `2026-11-24`.
    day: String,
    /// The organs with open cases.
    organs: Vec<OrganOut>,
}

/// Open signals, newest first.
#[utoipa::path(
    get, path = "/api/v1/signals", tag = "监察", params(After),
    responses((status = 200, description = "未办结的监察信号，新的在前", body = SignalsOut))
)]
pub(crate) async fn signals(cx: Cx, Query(query): Query<After>) -> Reply {
    let scope = Scope::of(cx.permit()?);
    let after = place(query.after.as_deref())?;
    let page =
        cx.read(move |reader| flow::open_signals(reader, &scope, after.as_ref(), ROWS)).await?;
    Ok(Json(SignalsOut {
        signals: page.rows.into_iter().map(SignalOut::from).collect(),
        next: page.next.map(|next| next.to_string()),
    })
    .into_response())
}

/// How the organs stand today.
#[utoipa::path(
    get, path = "/api/v1/supervision/organs", tag = "监察",
    responses((status = 200, description = "各部门在办件的时限情况", body = OrgansOut))
)]
pub(crate) async fn organs(cx: Cx) -> Reply {
    let scope = Scope::of(cx.permit()?);
    let today = cx.now().day();
    let soon = cx.hall().calendar.add_working_days(today, SOON_WORKING_DAYS);
    let counts = cx.read(move |reader| flow::counts_by_organ(reader, &scope, today, soon)).await?;
    Ok(Json(OrgansOut {
        day: today.to_string(),
        organs: counts.into_iter().map(OrganOut::from).collect(),
    })
    .into_response())
}

#[derive(OpenApi)]
#[openapi(paths(signals, organs), components(schemas(SignalsOut, SignalOut, OrgansOut, OrganOut)))]
struct Described;

/// The office's part of the OpenAPI description.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Described::openapi()
}
