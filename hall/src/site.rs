//! What belongs to no office: receipts, health, metrics, the description of the interface, reports
//! of the browser's content policy.

use std::sync::{Mutex, OnceLock, PoisonError};

use access::{Kind, Standing};
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::{Id, Refusal, RefusalKind};
use frame::page;
use frame::parts::{
    Heading, Markup, SummaryRow, button_row, link_button, moment_said, section, summary_list,
};
use frame::{Cx, JobKind, Need, Office, Reply, not_found, rotation, routes};
use ledger::{Act, ActKind, ErasedReceipt, Receipt, Recorded, Who};
use maud::html;
use utoipa::OpenApi;

use crate::door::tls;
use crate::log;

/// The pages of the house itself.
pub static OFFICE: Office = Office {
    migrations: store::MigrationSet {
        office: "hall",
        files: &[store::Migration {
            name: "0001_marks",
            sql: include_str!("../migrations/0001_marks.sql"),
            sqlite: None,
            postgres: None,
        }],
    },
    routes: routes! {
        get "/receipts/{act}" Need::Anyone => receipt_page;
        get "/receipts/{act}/file" Need::Anyone => receipt_file;
        get "/api/v1/receipts/{act}" Need::Anyone => receipt_file;
        get "/log/key" Need::Anyone => log_key;
        get "/log/keys" Need::Anyone => log::keys;
        get "/log/authorities" Need::Anyone => authorities;
        get "/log/checkpoint" Need::Anyone => log::checkpoint;
        get "/log/tile/{level}/{*path}" Need::Anyone => log::tile;
        get "/api/openapi.json" Need::Anyone => describe;
        get "/healthz" Need::Anyone => healthz;
        get "/metrics" Need::Anyone => metrics;
        post "/csp-report" Need::Anyone => csp_report;
    },
    jobs: &[
        JobKind {
            name: "hall.sweep",
            work: |hall, _, now| Box::pin(async move { hall.vault.sweep(now).await.map(|_| ()) }),
            every_seconds: Some(24 * 3_600),
        },
        JobKind {
            name: "hall.forget",
            work: |hall, _, now| {
                Box::pin(async move {
                    while hall.store.write(move |tx| access::sweep(tx, now)).await? > 0 {}
                    Ok(())
                })
            },
            every_seconds: Some(3_600),
        },
    ],
    acts: &[
        ActKind { name: "hall.founded", title: "建立城市" },
        ActKind { name: "ask.answered", title: "查询数据" },
        ActKind { name: ask::IN_CASE, title: "办理中查询数据" },
        ActKind { name: "ask.refused", title: "拒绝超出共享条件的查询" },
        frame::serve::REFUSED,
        frame::serve::SIGNATURE_FAILED,
        frame::serve::SIGNING_UNFIT,
        log::kept::LOSS_ACCEPTED,
        rotation::ROTATED,
        rotation::RESEALED,
        rotation::RETIRED,
        rotation::MASTER_EXCHANGED,
        rotation::LOG_SUCCEEDED,
        rotation::LOG_RETIRED,
    ],
    ..Office::named("hall", "市民之家", "回执、接口说明和运行状况")
};

/// The receipt of an act, or of what was erased of it.
enum Proof {
    Whole(Box<Receipt>),
    Erased(Box<ErasedReceipt>, Box<Recorded>),
}

async fn proof_of(cx: &Cx, act: &str) -> Result<Proof, frame::Problem> {
    let id: Id<Act> = act.parse().map_err(|_| not_found("这份回执"))?;
    if !is_staff(cx) {
        // A look that the person concerned is told of later answers as if it were not there.
        let (now, deferred) = (cx.now(), cx.read(move |r| ask::deferred_acts(r, &[id])).await?);
        if deferred.get(&id).is_some_and(|deferral| deferral.stands(now)) {
            return Err(not_found("这份回执").into());
        }
    }
    if let Some(receipt) = cx.hall().ledger.receipt(id).await? {
        return Ok(Proof::Whole(Box::new(receipt)));
    }
    let erased = cx.hall().ledger.erased_receipt(id).await?;
    let recorded = cx.read(move |r| ledger::act_by_id(r, id)).await?;
    let both = erased.zip(recorded).ok_or_else(|| not_found("这份回执"))?;
    Ok(Proof::Erased(Box::new(both.0), Box::new(both.1)))
}

/// Who did the act of a receipt.
fn doer(receipt: &Receipt) -> Option<Who> {
    serde_json::from_value(receipt.act.get("who")?.clone()).ok()
}

/// Whether who asks gets the file, which is every word of the act. What was done to a case is open to
/// whoever was given the act's id, which nobody guesses: an applicant without an account proves it too, and
/// who handles a case is no secret to whom it concerns, who may ask that another does.
/// What the staff did beside cases is for the staff.
fn may_fetch(cx: &Cx, receipt: &Receipt) -> bool {
    let subject = receipt.act.pointer("/subject/kind").and_then(serde_json::Value::as_str);
    subject == Some(flow::SUBJECT)
        || doer(receipt).is_none_or(|who| who.organ.is_empty())
        || is_staff(cx)
}

fn is_staff(cx: &Cx) -> bool {
    let whole = |person: &access::Person| person.standing == Standing::Whole;
    cx.signed_in().is_ok_and(|person| person.kind == Kind::Staff && whole(person))
}

/// The receipt as a person reads it.
async fn receipt_page(cx: Cx, Path(act): Path<String>) -> Reply {
    let (rows, open, signed) = match proof_of(&cx, &act).await? {
        Proof::Whole(receipt) => {
            let open = may_fetch(&cx, &receipt);
            (receipt_rows(&cx, &act, &receipt, open), open, receipt.signed.is_some())
        }
        // Nothing of what it says is anybody's secret.
        Proof::Erased(receipt, recorded) => (erased_rows(&cx, &receipt, &recorded), true, false),
    };
    let file = html! {
        @if open { (link_button("下载回执文件", &format!("/receipts/{act}/file"))) }
        @else { p { "这份回执的文件只提供给工作人员。" } }
    };
    let body = html! {
        (Heading::new("办理回执").lead("这一步办理留下的凭证。任何人都可以验证它没有被改动。"))
        (summary_list(&rows))
        (button_row(file))
        (section("verify", "怎样验证", html! {
            ol {
                li {
                    "取得回执文件，下载" a href="/log/key" { "登记簿的公钥" } "，再下载"
                    a href="/log/keys" { "历次公钥的清单" } "，密钥更换以前的回执也能验证。"
                }
                li { "在任何一台电脑上运行 " code { "cityhall verify receipt 回执文件 --key 公钥文件" } "，不需要联网。" }
                @if signed {
                    li { "还要判断经办人的证书是谁签发的，加上 " code { "--trust 名单文件" } "；本市信任的签发机构在"
                        a href="/log/authorities" { "这份名单" } "里，您也可以用从别处得到的。" }
                }
                li { "改动文件里的任何一个字节，验证都会回答“否”，并指出是哪一部分。" }
            }
        }))
    };
    Ok(page::site(&cx, "办理回执", &[], body))
}

/// What the page says of the act: what is not known has no line.
fn receipt_rows(cx: &Cx, act: &str, receipt: &Receipt, open: bool) -> Vec<SummaryRow> {
    let text = |pointer: &str| {
        let text = receipt.act.pointer(pointer).and_then(serde_json::Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let at = receipt.act.get("at").and_then(serde_json::Value::as_i64).unwrap_or_default();
    let at = moment_said(base::Moment::from_millis(at), cx.now().day());
    // What an applicant or the city's own clockwork did to a case stands with the organ that handles it.
    let organ = text("/who/organ_name").or_else(|| text("/content/organ/name"));
    let name = text("/who/name").filter(|_| open && text("/who/organ").is_some());
    let line = |key: &str, value: Option<String>| value.map(|value| SummaryRow::new(key, value));
    let mut rows = vec![
        SummaryRow::new("做了什么", cx.hall().act_title(&text("/kind").unwrap_or_default())),
        SummaryRow::of("时间", at),
    ];
    rows.extend(line("单位", organ));
    rows.extend(line("岗位", text("/who/post")));
    rows.extend(line("经办人", name));
    rows.extend(line("依据", text("/authority")));
    if let Some(whose) = receipt.whose_signature() {
        // The certificate names its holder: to whom the doer is not named, neither is it.
        rows.push(SummaryRow::new("本人签名", if open { whose } else { "有".to_owned() }));
    }
    rows.push(SummaryRow::of("存证编号", html! { span class="number" { (act) } }));
    if let Some(leaf) = receipt.fingerprint() {
        rows.push(SummaryRow::of("存证指纹", html! { span class="number" { (leaf) } }));
    }
    rows.push(SummaryRow::of("登记", standing(receipt)));
    rows
}

/// What is left of an act whose content was erased by law.
fn erased_rows(cx: &Cx, receipt: &ErasedReceipt, act: &Recorded) -> Vec<SummaryRow> {
    let order = act.erased.as_ref().map(|erased| erased.by.to_string()).unwrap_or_default();
    let number = |text: &str| html! { span class="number" { (text) } };
    vec![
        SummaryRow::new("做了什么", cx.hall().act_title(&act.kind)),
        SummaryRow::of("时间", moment_said(act.at, cx.now().day())),
        SummaryRow::new("内容", act.erased_words()),
        SummaryRow::of("删除的记录", html! { a href={ "/receipts/" (order) } { "看删除的回执" } }),
        SummaryRow::of("存证编号", number(&act.id.to_string())),
        SummaryRow::of("存证指纹", number(&receipt.leaf)),
        SummaryRow::of("登记", html! { "已编入登记簿第 " (receipt.inclusion.index) " 号" }),
    ]
}

fn standing(receipt: &Receipt) -> Markup {
    match (&receipt.inclusion, &receipt.group) {
        (Some(inclusion), _) => html! { "已编入登记簿第 " (inclusion.index) " 号" },
        (None, Some(_)) => html! { "已签名，正在编入登记簿" },
        (None, None) => html! { "正在登记" },
    }
}

/// The receipt file, with its place in the log once it has one. Of what was done to a case, whoever knows the
/// act's id fetches it; of what the staff did beside cases, the staff.
#[utoipa::path(get, path = "/api/v1/receipts/{act}", params(("act" = String, Path)),
    responses((status = 200, body = serde_json::Value), (status = 401), (status = 403), (status = 404)))]
async fn receipt_file(cx: Cx, Path(act): Path<String>) -> Reply {
    let file = match proof_of(&cx, &act).await? {
        Proof::Whole(receipt) if may_fetch(&cx, &receipt) => receipt.to_file()?,
        Proof::Erased(receipt, _) => receipt.to_file()?,
        Proof::Whole(_) => {
            cx.signed_in()?;
            let words = "这份回执的文件只提供给工作人员";
            return Err(Refusal::new(RefusalKind::Forbidden, "receipts.not_open", words)
                .remedy(format!("单位、时间和登记情况公开，请看 /receipts/{act}"))
                .into());
        }
    };
    let disposition = format!("attachment; filename=\"receipt-{act}.json\"");
    let disposition = HeaderValue::from_str(&disposition).map_err(base::Fault::from)?;
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, file).into_response())
}

/// The log's public key: of those that it has had the newest.
async fn log_key(cx: Cx) -> Reply {
    let keys = cx.hall().ledger.log_keys().await?;
    let newest = keys.newest().ok_or_else(|| base::Fault::said("the log has no key"))?;
    let pem = newest.to_pem().map_err(base::Fault::from)?;
    let kind = HeaderValue::from_static("application/x-pem-file");
    let name = HeaderValue::from_static("attachment; filename=\"log.pub.pem\"");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], pem).into_response())
}

/// The authorities whose certificates count in this city, and their last revocation lists: for whoever judges the
/// signatures under its acts away from here.
async fn authorities(cx: Cx) -> Reply {
    let known = cx.read(access::published_trust).await?;
    let kind = HeaderValue::from_static("application/x-pem-file");
    let name = HeaderValue::from_static("attachment; filename=\"authorities.pem\"");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], known).into_response())
}

#[derive(OpenApi)]
#[openapi(
    paths(receipt_file, log::checkpoint, log::keys, log::tile),
    info(
        title = "CityHall",
        description = "市民和部门系统的接口。除注明的以外，请求带 Authorization: Bearer 令牌。",
        license(name = "Apache-2.0")
    )
)]
struct Api;

/// The interface of all offices, as OpenAPI.
async fn describe(cx: Cx) -> Reply {
    static DESCRIPTION: OnceLock<utoipa::openapi::OpenApi> = OnceLock::new();
    let description =
        DESCRIPTION.get_or_init(|| frame::described(Api::openapi(), cx.hall().offices));
    Ok(Json(description).into_response())
}

/// Whether the city answers and its database too; and how it stands with the certificate of the door.
async fn healthz(cx: Cx) -> Reply {
    let alive: i64 = cx.read(|r| Ok(r.one("SELECT CAST(1 AS BIGINT)", &[])?)).await?;
    let mut told = serde_json::json!({ "ok": alive == 1 });
    // Whoever opens a connection sees it, too. The city itself is well: it is its name that is not believed.
    if let (Some((standing, _)), Some(told)) = (tls::standing(cx.now()), told.as_object_mut()) {
        told.insert("door_certificate".into(), standing.as_str().into());
    }
    Ok(Json(told).into_response())
}

/// Meters for the city's own monitoring; only from this machine or a trusted proxy's side.
async fn metrics(cx: Cx, headers: HeaderMap) -> Reply {
    // Behind a proxy that nobody has named as trusted everybody comes from this machine.
    let forwarded = headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded");
    if !cx.address().is_loopback() || (forwarded && cx.hall().trusted_proxies.is_empty()) {
        return Err(not_found("这一页").into());
    }
    let (waiting, given_up) = cx.read(ledger::jobs::counts).await?;
    let pending = cx.read(ledger::listen::pending).await?;
    let size = cx.hall().ledger.head().await?.map_or(0, |head| head.size);
    frame::meter::gauge("jobs_waiting", waiting);
    frame::meter::gauge("jobs_given_up", given_up);
    frame::meter::gauge("deliveries_pending", pending);
    frame::meter::gauge("log_size", size);
    let usages = [seal::Use::Seal, seal::Use::Cover];
    let [keys, covers] = rotation::standings(cx.hall(), usages).await?;
    frame::meter::gauge("sealing_key_version", keys.serving(cx.now()));
    frame::meter::gauge("sealed_values_left", keys.left());
    frame::meter::gauge("covering_key_version", covers.serving(cx.now()));
    frame::meter::gauge("covered_values_left", covers.left());
    for witness in cx.read(ledger::witnesses).await? {
        let age = cx.now().millis() / 1_000 - witness.cosigned;
        frame::meter::gauge(&format!("witness_age_seconds {}", witness.name), age);
        let troubled = i64::from(!witness.trouble.is_empty());
        frame::meter::gauge(&format!("witness_trouble {}", witness.name), troubled);
    }
    let now = cx.now();
    let ending = cx.read(move |r| certificates::ending(r, now)).await?;
    frame::meter::gauge("certificates_ending", ending);
    // Fewer than none: it has ended.
    if let Some((_, days)) = tls::standing(now) {
        frame::meter::gauge("door_certificate_days", days);
    }
    frame::meter::gauge("search_position", cx.hall().search.position());
    Ok(frame::meter::text().into_response())
}

/// So many reports a minute are logged: one tells of a defect as well as a thousand.
const REPORTS_MAX: u32 = 10;

/// What the browser held back. It is logged: on our own pages it is a defect of ours.
async fn csp_report(cx: Cx, body: Bytes) -> Response {
    static LOGGED: Mutex<(i64, u32)> = Mutex::new((0, 0));
    let minute = cx.now().millis() / 60_000;
    let count = {
        let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
        *logged =
            if logged.0 == minute { (minute, logged.1.saturating_add(1)) } else { (minute, 1) };
        logged.1
    };
    if count <= REPORTS_MAX {
        let report: String = String::from_utf8_lossy(&body).chars().take(2_000).collect();
        tracing::warn!(address = %cx.address(), report, "content policy report");
    }
    StatusCode::NO_CONTENT.into_response()
}
