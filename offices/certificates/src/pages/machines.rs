//! One certificate: what it says, its files, renewal and revocation.

use axum::extract::{Path, Query};
use base::{Fault, Refusal};
use frame::parts::{
    Button, Choice, Crumb, Field, Heading, SummaryRow, Width, button_row, details, link_button,
    moment, moment_said, post_form, section, summary_list,
};
use frame::{ActCx, Cx, Filled, Reply, not_found, page};
use maud::{Markup, html};
use seal::cert::Certificate;
use serde::Deserialize;

use super::authority::{proposed, state};
use super::{DER, HERE, PEM, TITLE, Wrong, file, may, shown_again};
use crate::acts::{self, Asked};
use crate::rules::{self, REASONS};
use crate::store;
use crate::terms::{DECIDE, Issued};

/// What the forms of this page send.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entered {
    why: String,
    days: String,
    keeper: String,
    request: String,
    reason: String,
    reason_renew: String,
}

async fn issued(cx: &Cx, serial: &str) -> Result<Issued, frame::Problem> {
    let serial = serial.to_owned();
    let found = cx.read(move |r| store::issued_by_serial(r, &serial)).await?;
    Ok(found.ok_or_else(|| not_found("这张证书"))?)
}

/// `GET /desk/authority/certificates/{serial}`
pub(crate) async fn look(cx: Cx, Path(serial): Path<String>) -> Reply {
    let entered = Entered { days: "365".into(), ..Entered::default() };
    shown(&cx, &issued(&cx, &serial).await?, &entered, Wrong::default()).await
}

async fn shown(cx: &Cx, issued: &Issued, entered: &Entered, wrong: Wrong<'_>) -> Reply {
    let decides = may(cx, &DECIDE).await?;
    let now = cx.now();
    let rule = acts::rule(now.day())?;
    let body = html! {
        (Heading::new(&issued.name).state(state(issued, &rule, now)))
        (wrong.head())
        (summary(cx, issued))
        (files(issued))
        @if decides && rules::may_renew(issued, now).is_ok() {
            (section("renew", "提出换发", renew_form(issued, entered, rule.device_days_max, wrong)))
        }
        @if decides && rules::may_change(issued, now).is_ok() {
            (section("revoke", "提出吊销", revoke_form(issued, entered, wrong)))
        }
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    Ok(wrong.status(page::desk(cx, &issued.name, &crumbs, body).await?))
}

fn summary(cx: &Cx, issued: &Issued) -> Markup {
    let link = |serial: &str| {
        html! { a href={ (HERE) "/certificates/" (serial) } { code { (serial) } } }
    };
    let read = Certificate::read(&issued.certificate).ok();
    let mut rows = vec![
        SummaryRow::of("序列号", html! { code { (issued.serial) } }),
        SummaryRow::new("给什么用", issued.kind.title()),
        SummaryRow::new("用途", issued.purpose.title()),
        SummaryRow::of("有效期", html! { (moment(issued.from)) " 到 " (moment(issued.until)) }),
        SummaryRow::new("负责的人", &issued.keeper_name),
        SummaryRow::of("签发", moment_said(issued.issued_at, cx.now().day())),
        SummaryRow::of("公钥指纹（SM3）", html! { code { (issued.key_mark) } }),
    ];
    if let Some(read) = &read {
        rows.insert(1, SummaryRow::new("持有者", read.subject()));
        let fingerprint = access::fingerprint_of(read);
        rows.push(SummaryRow::of("证书指纹（SM3）", html! { code { (fingerprint) } }));
    }
    if let Some(before) = &issued.renews {
        rows.push(SummaryRow::of("换发自", link(before)));
    }
    if let Some(after) = &issued.renewed_by {
        rows.push(SummaryRow::of("已换发为", link(after)));
    }
    if let Some((at, reason)) = issued.revoked {
        rows.push(SummaryRow::of("吊销", html! { (moment(at)) "，" (reason.words()) }));
    }
    summary_list(&rows)
}

fn files(issued: &Issued) -> Markup {
    let place = |form: &str| format!("{HERE}/certificates/{}/file?form={form}", issued.serial);
    button_row(html! {
        (link_button("下载证书（PEM）", &place("pem")))
        (link_button("下载证书（DER）", &place("der")))
        (link_button("下载证书链（PEM）", &place("chain")))
    })
}

fn renew_form(issued: &Issued, entered: &Entered, days_max: i64, wrong: Wrong<'_>) -> Markup {
    let place = format!("{HERE}/certificates/{}/renew", issued.serial);
    post_form(
        &place,
        None,
        html! {
            p { "名称和用途不变。原来的证书到期以前仍然有效；不再用的，另外提出吊销。" }
            (Field::number("days", "有效期").unit("天").hint(format!("最多 {days_max} 天"))
                .value(&entered.days).width(Width::Short).error(wrong.with("days")))
            (details("换用新的密钥", html! {
                (Field::area("request", "新的证书申请", 5).value(&entered.request).optional()
                    .hint("PEM 文本。不填就仍用原来的密钥").error(wrong.with("request")))
            }))
            (Field::text("keeper", "负责的人").hint(format!("用户名；不填仍是{}", issued.keeper_name)).optional()
                .value(&entered.keeper).width(Width::Long).error(wrong.with("keeper")))
            (Field::area("reason_renew", "依据或者理由", 2).value(&entered.reason_renew)
                .error(wrong.with("reason_renew")))
            (button_row(html! { (Button::secondary("提出换发").consequence("另一位管理员同意以后签发")) }))
        },
    )
}

fn revoke_form(issued: &Issued, entered: &Entered, wrong: Wrong<'_>) -> Markup {
    let reasons = REASONS.map(|one| Choice::new(one.number().to_string(), one.words())).to_vec();
    let place = format!("{HERE}/certificates/{}/revoke", issued.serial);
    post_form(
        &place,
        None,
        html! {
            (Field::radios("why", "原因", reasons).value(&entered.why).error(wrong.with("why")))
            (Field::area("reason", "依据或者理由", 2).value(&entered.reason)
                .error(wrong.with("reason")))
            (button_row(html! {
                (Button::danger(format!("提出吊销{}的证书", issued.name))
                    .consequence("另一位管理员同意以后立即生效，写进吊销列表，不能恢复"))
            }))
        },
    )
}

/// `POST /desk/authority/certificates/{serial}/revoke`
pub(crate) async fn revoke(
    cx: ActCx,
    Path(serial): Path<String>,
    Filled(form): Filled<Entered>,
) -> Reply {
    match acts::propose_revocation(&cx, &serial, &form.why, &form.reason).await {
        Ok(_) => Ok(proposed()),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(&cx, &issued(&cx, &serial).await?, &form, Wrong(Some(&refusal))).await
        }
    }
}

/// `POST /desk/authority/certificates/{serial}/renew`
pub(crate) async fn renew(
    cx: ActCx,
    Path(serial): Path<String>,
    Filled(form): Filled<Entered>,
) -> Reply {
    let before = issued(&cx, &serial).await?;
    let asked = Asked {
        request: form.request.trim().as_bytes().to_vec(),
        days: form.days.clone(),
        keeper: form.keeper.clone(),
        reason: form.reason_renew.clone(),
        ..Asked::default()
    };
    match acts::propose_renewal(&cx, &before, &asked).await {
        Ok(_) => Ok(proposed()),
        Err(stop) => {
            let refusal = beside_renewal(shown_again(stop)?);
            shown(&cx, &before, &form, Wrong(Some(&refusal))).await
        }
    }
}

/// Two forms of the page ask for a reason: what is wrong with this one's stands beside it.
fn beside_renewal(mut refusal: Refusal) -> Refusal {
    for field in refusal.fields.iter_mut().filter(|field| field.field == "reason") {
        field.field = "reason_renew".into();
    }
    refusal
}

/// In which form a certificate is fetched.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    form: String,
}

/// `GET /desk/authority/certificates/{serial}/file`
pub(crate) async fn fetch(
    cx: Cx,
    Path(serial): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Reply {
    let issued = issued(&cx, &serial).await?;
    if wanted.form == "der" {
        return Ok(file(DER, &format!("{serial}.cer"), issued.certificate)?);
    }
    let pem = |der: &[u8]| {
        let pem = Certificate::read(der).and_then(|read| read.to_pem());
        pem.map_err(|why| Fault::said(why.to_string()))
    };
    let mut text = pem(&issued.certificate)?;
    if wanted.form != "chain" {
        return Ok(file(PEM, &format!("{serial}.pem"), text.into_bytes())?);
    }
    let authority = issued.authority;
    let root = cx.read(move |r| store::root_by_id(r, authority)).await?;
    text.push_str(&pem(&root.ok_or_else(|| not_found("这张证书"))?.certificate)?);
    Ok(file(PEM, &format!("{serial}-chain.pem"), text.into_bytes())?)
}
