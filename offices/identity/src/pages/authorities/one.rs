//! One authority: its certificate, and where the city learns what it has taken back.

use ::store::Reader;
use access::{AuthorityRow, Issued};
use axum::extract::{Path, Query};
use base::{Moment, Outcome};
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Row, SummaryRow, Table, Tone, Width, banner,
    button_row, empty, moment, moment_said, notice, post_form, section, summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, not_found, page};
use maud::{Markup, html};
use seal::cert::{Addresses, Certificate, Standing};
use serde::Deserialize;

use super::{HERE, TITLE, Wrong, list_of};
use crate::acts;
use crate::pages::shown_again;

/// So many certificates that do not stand well are listed.
const SHOWN: i64 = 100;

/// What the form sends, and what the address of the page may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entered {
    list_url: String,
    ask_url: String,
    done: String,
}

struct Found {
    row: AuthorityRow,
    /// The addresses that certificates on record here name.
    named: Addresses,
    amiss: Vec<Issued>,
    counts: access::Standings,
}

fn found(reader: &Reader<'_>, fingerprint: &str) -> Outcome<Found> {
    let rows = access::authorities(reader)?;
    let row = rows.into_iter().find(|row| row.fingerprint == fingerprint);
    let row = row.ok_or_else(|| not_found("这个签发机构"))?;
    Ok(Found {
        named: named(reader, &row)?,
        amiss: access::taken_back(reader, fingerprint, SHOWN)?,
        counts: access::standings(reader, fingerprint)?,
        row,
    })
}

/// Where its certificates on record here say that one learns whether they were taken back.
fn named(reader: &Reader<'_>, row: &AuthorityRow) -> Outcome<Addresses> {
    let Ok(authority) = Certificate::read(&row.certificate) else {
        return Ok(Addresses::default());
    };
    let held = access::watched(reader, SHOWN)?;
    let read = held.iter().filter_map(|one| Certificate::read(&one.certificate).ok());
    let own = read.filter(|one| one.is_issued_by(&authority)).map(|one| one.addresses());
    Ok(own.into_iter().find(|one| *one != Addresses::default()).unwrap_or_default())
}

/// `GET /desk/authorities/{fingerprint}`
pub(crate) async fn look(
    cx: Cx,
    Path(fingerprint): Path<String>,
    Query(entered): Query<Entered>,
) -> Reply {
    let done = match entered.done.as_str() {
        "sources" => Some("已经写明，几分钟以后第一次查询。"),
        "none" => Some("已经去掉地址，不再自动查询；吊销列表要手工更新。"),
        _ => None,
    };
    shown(&cx, &fingerprint, done, None, Wrong::default()).await
}

async fn shown(
    cx: &Cx,
    fingerprint: &str,
    done: Option<&str>,
    entered: Option<&Entered>,
    wrong: Wrong<'_>,
) -> Reply {
    let (fingerprint, now) = (fingerprint.to_owned(), cx.now());
    let found = cx.read(move |r| found(r, &fingerprint)).await?;
    let rule = acts::revocation::rule_on(now.day())?;
    let row = &found.row;
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(&row.name).state(match row.trusted {
            true => tag(Tone::Good, "信任"),
            false => tag(Tone::Soon, "等另一位同意"),
        }))
        (wrong.head())
        @if let Some((at, Some(fault))) = &row.asked {
            (notice(NoticeKind::Warning, "最近一次没有取到", html! {
                p { (moment_said(*at, now.day())) "：" (fault) }
                p { "请核对地址，或者向机构询问。现有的吊销列表过期以后，它签发的证书不能再用来登录和签名。" }
            }))
        }
        @if let Some(fault) = &row.unheard {
            (notice(NoticeKind::Warning, "最近查询证书状态，没有得到有效的答复", html! { p { (fault) } }))
        }
        (summary(&found, now))
        @if row.trusted {
            (section("sources", "吊销信息从哪里取", html! {
                p { (rule.ground) "。取来的内容由机构签名，签名不对的不收。" }
                (form(&found, entered, wrong))
            }))
        }
        (amiss(&found.amiss))
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    Ok(wrong.status(page::desk(cx, &row.name, &crumbs, body).await?))
}

fn summary(found: &Found, now: Moment) -> Markup {
    let row = &found.row;
    let access::Standings { good, amiss, unasked } = found.counts;
    summary_list(&[
        SummaryRow::of("指纹（SM3）", html! { code { (row.fingerprint) } }),
        SummaryRow::of("证书有效期到", moment(row.until)),
        SummaryRow::of("吊销列表", list_of(row, now)),
        SummaryRow::of(
            "最近一次查询",
            match &row.asked {
                Some((at, _)) => moment_said(*at, now.day()),
                None => html! { "还没有" },
            },
        ),
        SummaryRow::new(
            "机构答复过的证书",
            format!(
                "有效 {good} 张，已吊销或者机构不认 {amiss} 张；本市登记的还有 {unasked} 张没有问过"
            ),
        ),
    ])
}

fn form(found: &Found, entered: Option<&Entered>, wrong: Wrong<'_>) -> Markup {
    let sources = &found.row.sources;
    let standing = |typed: Option<&str>, kept: Option<&String>| {
        typed.map(str::to_owned).or_else(|| kept.cloned()).unwrap_or_default()
    };
    let said = |named: &[String], otherwise: &str| match named.first() {
        Some(address) => format!("本市登记的证书里写的是 {address}"),
        None => otherwise.to_owned(),
    };
    let list = standing(entered.map(|one| one.list_url.as_str()), sources.list.as_ref());
    let ask = standing(entered.map(|one| one.ask_url.as_str()), sources.ask.as_ref());
    post_form(
        &format!("{HERE}/{}/sources", found.row.fingerprint),
        None,
        html! {
            (Field::text("list_url", "吊销列表的地址（CRL）").optional().value(&list)
                .width(Width::Long).error(wrong.with("list_url"))
                .hint(said(&found.named.lists, "由机构告知，例如 http://crl.example.cn/sm2.crl")))
            (Field::text("ask_url", "证书状态查询的地址（OCSP）").optional().value(&ask)
                .width(Width::Long).error(wrong.with("ask_url"))
                .hint(said(&found.named.ask, "由机构告知；没有的可以不写")))
            (button_row(html! { (Button::new("保存")) }))
        },
    )
}

fn amiss(rows: &[Issued]) -> Markup {
    let lines = rows.iter().map(|one| {
        let words = match one.standing {
            Standing::Revoked(since, reason) => {
                html! { (tag(Tone::Late, "已吊销")) " " (moment(since)) "，" (reason.words()) }
            }
            _ => tag(Tone::Late, "机构说没有签发过"),
        };
        Row::new([html! { (one.name) }, words, html! { code { (one.fingerprint) } }])
    });
    let columns = [Column::new("证书上的名称"), Column::new("状态"), Column::new("指纹（SM3）")];
    let nothing =
        html! { p { "机构答复已吊销的证书会列在这里，持有人从那时起不能用它登录和签名。" } };
    let table = Table::new("机构答复不能再用的证书").caption_hidden().columns(columns).rows(lines);
    section("amiss", "不能再用的证书", html! { (table.empty(empty("没有", nothing)).stacked()) })
}

/// `POST /desk/authorities/{fingerprint}/sources`
pub(crate) async fn set(
    cx: ActCx,
    Path(fingerprint): Path<String>,
    Filled(entered): Filled<Entered>,
) -> Reply {
    match acts::set_sources(&cx, &fingerprint, &entered.list_url, &entered.ask_url).await {
        Ok(()) => {
            let none = entered.list_url.trim().is_empty() && entered.ask_url.trim().is_empty();
            let done = if none { "none" } else { "sources" };
            Ok(see_other(&format!("{HERE}/{fingerprint}?done={done}")))
        }
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(&cx, &fingerprint, None, Some(&entered), Wrong(Some(&refusal))).await
        }
    }
}
