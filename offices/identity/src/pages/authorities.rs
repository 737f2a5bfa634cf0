//! Whom the city trusts to issue certificates.

pub(crate) mod one;

use access::AuthorityRow;
use axum::extract::{Path, Query};
use axum::response::Response;
use base::Moment;
use frame::parts::{
    Button, Column, Field, Heading, NoticeKind, Row, Table, Tone, banner, button_row, empty,
    moment, post_form, section, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Problem, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::{Wrong, shown_again};
use crate::acts;

pub(super) const HERE: &str = "/desk/authorities";
pub(super) const TITLE: &str = "证书签发机构";
/// So long before its end a certificate is pointed out.
const SOON_SECONDS: i64 = 60 * 86_400;

/// What the forms of this page send, and what its address may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entered {
    certificate: String,
    list: String,
    done: String,
}

/// `GET /desk/authorities`
pub(crate) async fn list(cx: Cx, Query(entered): Query<Entered>) -> Reply {
    let entered = Entered { done: entered.done, ..Entered::default() };
    list_page(&cx, &entered, Wrong::default()).await
}

async fn list_page(cx: &Cx, entered: &Entered, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let now = cx.now();
    let (rows, rule) =
        cx.read(move |r| Ok((access::authorities(r)?, access::signing_rule(r, now)?))).await?;
    let done = match entered.done.as_str() {
        "proposed" => Some("已经提出，等另一位管理员同意。"),
        "agreed" => Some("已经同意，从现在起认可它签发的证书。"),
        "ended" => Some("已经不再信任，它签发的证书不能再登录。"),
        "signing" => Some("从现在起要求本人签名。"),
        "list" => Some("吊销列表已经收下。"),
        _ => None,
    };
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(TITLE).lead("工作人员用数字证书登录、签名。只有名单里的机构签发的证书算数；加进名单要两位管理员。"))
        (wrong.head())
        (table(cx, &rows))
        (section("signing", "本人签名", html! {
            @match rule {
                Some((since, true)) => p { "从 " (moment(since)) " 起，作决定、发布、授权都要本人签名，没有签名系统不办。" },
                _ => {
                    p { "现在作决定、发布、授权不要求本人签名。请先让工作人员登记签名证书，再开始要求。" }
                    (post_form("/desk/authorities/signing", None, html! {
                        (Button::secondary("从现在起要求本人签名").consequence("开始以后，不能在这里改回不要求"))
                    }))
                }
            }
        }))
        (section("propose", "提出签发机构", html! {
            (post_form(HERE, None, html! {
                (Field::area("certificate", "机构的证书", 6).value(&entered.certificate)
                    .hint("PEM 文本，从“-----BEGIN CERTIFICATE-----”开始。先用别的途径核对它的指纹")
                    .error(wrong.with("certificate")))
                (button_row(html! { (Button::new("提出")) }))
            }))
        }))
        (section("list", "手工更新吊销列表", html! {
            p { "写明了地址的机构，列表会自动取来；取不到的时候，可以在这里更新。" }
            (post_form("/desk/authorities/list", None, html! {
                (Field::area("list", "吊销列表（CRL）", 6).value(&entered.list)
                    .hint("PEM 文本，由名单里的机构签发；比现有的旧，就不收")
                    .error(wrong.with("list")))
                (button_row(html! { (Button::secondary("更新")) }))
            }))
        }))
    };
    Ok(wrong.status(page::desk(cx, TITLE, &[], body).await?))
}

fn table(cx: &Cx, rows: &[AuthorityRow]) -> Markup {
    let columns = ["机构", "状态", "证书有效期到", "吊销列表", "办理"].map(Column::new);
    let nothing = empty("还没有信任任何签发机构", html! { p { "在下面提出第一个。" } });
    html! {
        (Table::new("签发机构名单").columns(columns).rows(rows.iter().map(|row| line(cx, row)))
            .empty(nothing).stacked())
    }
}

fn line(cx: &Cx, row: &AuthorityRow) -> Row {
    let own = cx.person().is_some_and(|person| person.account.to_string() == row.proposed_by);
    let kind = if row.root { "根" } else { "中间机构" };
    let place = |verb: &str| format!("{HERE}/{}/{verb}", row.fingerprint);
    let agree = post_form(&place("agree"), None, html! { (Button::secondary("同意")) });
    let end = post_form(
        &place("end"),
        None,
        html! {
            (Button::quiet(if row.trusted { "不再信任" } else { "撤下" }))
        },
    );
    let soon = row.until <= cx.now().plus_seconds(SOON_SECONDS);
    Row::new([
        html! {
            a href=(place("").trim_end_matches('/')) { (row.name) } "（" (kind) "）"
            br; small { "指纹 SM3 " code { (row.fingerprint) } }
        },
        match row.trusted {
            true => tag(Tone::Good, "信任"),
            false => tag(Tone::Soon, "等另一位同意"),
        },
        html! { (moment(row.until)) @if soon { " " (tag(Tone::Soon, "快到期")) } },
        html! {
            (list_of(row, cx.now()))
            @if row.unheard.is_some() || row.asked.as_ref().is_some_and(|(_, fault)| fault.is_some()) {
                " " (tag(Tone::Late, "取不到"))
            }
        },
        html! { @if !row.trusted && !own { (agree) } (end) },
    ])
}

/// When the list was made that stands, and whether it is out of date.
fn list_of(row: &AuthorityRow, now: Moment) -> Markup {
    html! {
        @match row.list {
            None => "没有",
            Some((made, next)) => {
                (moment(made))
                @if next.is_some_and(|next| next <= now) { " " (tag(Tone::Late, "已过期")) }
            },
        }
    }
}

/// `POST /desk/authorities`
pub(crate) async fn propose(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    match acts::propose_authority(&cx, &entered.certificate).await {
        Ok(()) => Ok(see_other("/desk/authorities?done=proposed")),
        Err(stop) => list_page(&cx, &entered, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/authorities/signing`
pub(crate) async fn demand(cx: ActCx) -> Reply {
    match acts::demand_signatures(&cx).await {
        Ok(()) => Ok(see_other("/desk/authorities?done=signing")),
        Err(stop) => list_page(&cx, &Entered::default(), Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/authorities/list`
pub(crate) async fn put_list(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    match acts::put_list(&cx, &entered.list).await {
        Ok(()) => Ok(see_other("/desk/authorities?done=list")),
        Err(stop) => list_page(&cx, &entered, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/authorities/{fingerprint}/agree`
pub(crate) async fn agree(cx: ActCx, Path(fingerprint): Path<String>) -> Reply {
    match acts::agree_authority(&cx, &fingerprint).await {
        Ok(()) => Ok(see_other("/desk/authorities?done=agreed")),
        Err(stop) => list_page(&cx, &Entered::default(), Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/authorities/{fingerprint}/end`
pub(crate) async fn end(cx: ActCx, Path(fingerprint): Path<String>) -> Reply {
    acts::end_authority(&cx, &fingerprint).await?;
    Ok(see_other("/desk/authorities?done=ended"))
}
