//! Organs' certificates from a licensed service: which organ has one, its key, what was taken in.

use std::collections::BTreeMap;

use access::Organ;
use axum::extract::{Path, Query};
use base::{Id, Moment};
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Row, SummaryRow, Table, Tone, banner,
    button_row, day, empty, hidden, legal_basis, link_button, moment_said, notice, post_form,
    section, summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, MenuItem, Reply, not_found, page};
use maud::{Markup, html};
use seal::cert::{Certificate, Request};
use serde::Deserialize;

use super::{PEM, Wrong, file, may, shown_again};
use crate::acts::{self, HandedIn};
use crate::rules::{LICENSED, soon};
use crate::store::organs as rows;
use crate::terms::organs::{KeyState, OrganKey};
use crate::terms::{DECIDE, Proposal, Rule, SEE};

/// Where organs' certificates begin.
pub(super) const PLACE: &str = "/desk/organ-certificates";
pub(super) const ORGANS: &str = "机关证书";

/// The line of the menu.
pub(crate) const ITEM: MenuItem =
    MenuItem { title: ORGANS, path: PLACE, icon: "stamp", permission: &SEE, waiting: None };

/// `GET /desk/organ-certificates`
pub(crate) async fn list(cx: Cx) -> Reply {
    let (now, rule) = (cx.now(), acts::rule(cx.now().day())?);
    let (organs, keys) = cx.read(|r| Ok((access::organs(r)?, rows::keys_in_use(r)?))).await?;
    let mut by_organ: BTreeMap<&str, Vec<&OrganKey>> = BTreeMap::new();
    for key in &keys {
        by_organ.entry(&key.organ).or_default().push(key);
    }
    let none = organs.iter().filter(|organ| {
        let keys = by_organ.get(organ.id.as_str());
        !keys.is_some_and(|keys| keys.iter().any(|key| stands(key, now)))
    });
    let none = none.count();
    let lines = organs.iter().map(|organ| {
        let keys = by_organ.get(organ.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let standing = keys.iter().find(|key| key.state == KeyState::Standing);
        Row::new([
            html! { (organ.name) },
            state_of(keys, &rule, now),
            match standing.and_then(|key| key.until) {
                Some(until) => day(until.day()),
                None => html! { "" },
            },
        ])
        .href(format!("{PLACE}/{}", organ.id))
    });
    let columns =
        [Column::new("机关"), Column::new("证书").narrow(), Column::new("有效期到").narrow()];
    let body = html! {
        (Heading::new(ORGANS).lead("机关的签名证书和加密证书，由依法取得资质的电子认证服务机构签发，在这里收下、保管。"))
        (legal_basis(LICENSED))
        @if none > 0 {
            p { (none) " 个机关没有有效的证书。点机关的名称，生成密钥和证书申请，送签发机构办理。" }
        }
        (Table::new(ORGANS).caption_hidden().columns(columns).rows(lines)
            .empty(empty("还没有机关", html! { p { "系统管理员在“机构”里设立。" } })))
    };
    page::desk(&cx, ORGANS, &[], body).await
}

fn stands(key: &OrganKey, now: Moment) -> bool {
    key.state == KeyState::Standing && key.until.is_some_and(|until| until > now)
}

fn state_of(keys: &[&OrganKey], rule: &Rule, now: Moment) -> Markup {
    let standing = keys.iter().find(|key| key.state == KeyState::Standing);
    let waits = keys.iter().any(|key| key.state != KeyState::Standing);
    html! {
        @match standing {
            Some(key) => (state(key, rule, now)),
            None if waits => (tag(Tone::Active, "正在申请")),
            None => (tag(Tone::Closed, "没有")),
        }
        @if standing.is_some() && waits { " " (tag(Tone::Active, "正在换发")) }
    }
}

fn state(key: &OrganKey, rule: &Rule, now: Moment) -> Markup {
    let until = key.until.unwrap_or(now);
    match key.state {
        KeyState::Made => tag(Tone::Active, "等签发"),
        KeyState::HandedIn => tag(Tone::Active, "等另一位同意"),
        KeyState::Standing if until <= now => tag(Tone::Late, "已过期"),
        KeyState::Standing if until < soon(rule, now) => tag(Tone::Soon, "快到期"),
        KeyState::Standing => tag(Tone::Good, "有效"),
        KeyState::Replaced => tag(Tone::Closed, "已换发"),
        KeyState::Dropped => tag(Tone::Closed, "已销毁"),
    }
}

/// What the address of an organ's page may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

/// What the forms of an organ's page send.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entered {
    key: String,
    for_signing: String,
    for_encryption: String,
    enveloped: String,
    reason: String,
}

/// `GET /desk/organ-certificates/{organ}`
pub(crate) async fn look(cx: Cx, Path(organ): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let organ = acts::organ(&cx, &organ).await?;
    let done = match wanted.done.as_str() {
        "made" => Some("密钥已经生成。请下载证书申请，交给电子认证服务机构。"),
        "dropped" => Some("密钥已经销毁。"),
        "proposed" => Some("已经提出，等另一位管理员同意。"),
        _ => None,
    };
    shown(&cx, &organ, done, &Entered::default(), Wrong::default()).await
}

async fn shown(
    cx: &Cx,
    organ: &Organ,
    done: Option<&str>,
    entered: &Entered,
    wrong: Wrong<'_>,
) -> Reply {
    let (now, rule) = (cx.now(), acts::rule(cx.now().day())?);
    let (id, today) = (organ.id.clone(), now.day());
    let (keys, open) = cx
        .read(move |r| {
            let keys = rows::keys_of(r, &id)?;
            let waits = keys.iter().find(|key| key.state == KeyState::HandedIn);
            let open = match waits {
                Some(key) => crate::store::open_about(r, &key.id.to_string(), today)?,
                None => None,
            };
            Ok((keys, open))
        })
        .await?;
    let decides = may(cx, &DECIDE).await?;
    let standing = keys.iter().find(|key| key.state == KeyState::Standing);
    let next = keys.iter().find(|key| matches!(key.state, KeyState::Made | KeyState::HandedIn));
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(&organ.name))
        (wrong.head())
        @match standing {
            Some(key) => (section("standing", "现在的证书", certificates(key, &rule, now))),
            None => (notice(NoticeKind::Info, "这个机关没有证书", html! {
                p { "生成密钥、把证书申请交给电子认证服务机构、收下签发的证书以后，就有了。" }
            })),
        }
        @match next {
            Some(key) => (waits(organ, key, open.as_ref(), decides, entered, wrong)),
            None if decides => (section("key", "申请证书", post_form(&format!("{PLACE}/{}/key", organ.id), None, html! {
                p { "在这里生成签名密钥和证书申请；私钥加密保存在本平台，不离开这里。" }
                (button_row(html! { (Button::new("生成密钥和证书申请")) }))
            }))),
            None => {},
        }
        (history(&keys, &rule, now))
    };
    let crumbs = [Crumb::new(ORGANS, PLACE)];
    Ok(wrong.status(page::desk(cx, &organ.name, &crumbs, body).await?))
}

/// What stands for an organ, line by line.
fn certificates(key: &OrganKey, rule: &Rule, now: Moment) -> Markup {
    let read = |der: &Option<Vec<u8>>| der.as_deref().and_then(|der| Certificate::read(der).ok());
    let mut lines = vec![SummaryRow::of("状态", state(key, rule, now))];
    for (what, one) in [("签名证书", read(&key.signing)), ("加密证书", read(&key.encipherment))]
    {
        let Some(one) = one else { continue };
        lines.push(SummaryRow::of(
            what,
            html! {
                (one.subject()) br;
                "签发机构 " (one.issuer()) br;
                (day(one.from().day())) " 到 " (day(one.until().day())) br;
                "序列号 " code { (one.serial().to_hex()) } br;
                "指纹（SM3）" code { (access::fingerprint_of(&one)) }
            },
        ));
    }
    lines.push(SummaryRow::new("私钥", "由本平台的数据密钥加密保存"));
    if let Some(at) = key.taken_at {
        lines.push(SummaryRow::of("收下", moment_said(at, now.day())));
    }
    lines.push(SummaryRow::new("负责的人", &key.keeper_name));
    summary_list(&lines)
}

/// A key that waits for what the service issues, or for a second person.
fn waits(
    organ: &Organ,
    key: &OrganKey,
    open: Option<&Proposal>,
    decides: bool,
    entered: &Entered,
    wrong: Wrong<'_>,
) -> Markup {
    let place = |verb: &str| format!("{PLACE}/{}/{verb}", organ.id);
    if key.state == KeyState::HandedIn {
        return section(
            "waits",
            "等待同意",
            html! {
                @if let Some(open) = open {
                    p { (open.proposed.name) "已经提出，等另一位管理员同意：" a href={ "/desk/authority/proposals/" (open.id) } { (open.title) } }
                } @else {
                    p { "提议已经失效，稍后可以重新提出。" }
                }
            },
        );
    }
    let fields = html! {
        (hidden("key", &key.id.to_string()))
        (Field::area("for_signing", "签名证书", 5).value(&entered.for_signing)
            .hint("机构发来的签名证书文件，用记事本打开，把全部文字粘贴到这里（以“-----BEGIN CERTIFICATE-----”开头）").error(wrong.with("for_signing")))
        (Field::area("for_encryption", "加密证书", 5).value(&entered.for_encryption)
            .hint("机构发来的加密证书文件，同样粘贴全部文字").error(wrong.with("for_encryption")))
        (Field::area("enveloped", "加密私钥", 4).value(&entered.enveloped)
            .hint("机构随加密证书发来的一段密文，只有在这里生成的密钥能打开。技术名称：SM2EnvelopedKey（GB/T 35276），Base64 文本")
            .error(wrong.with("enveloped")))
        (Field::area("reason", "依据或者理由", 2).value(&entered.reason).error(wrong.with("reason")))
    };
    html! {
        (section("request", "证书申请", html! {
            p { (key.keeper_name) "已经生成密钥。请把证书申请交给电子认证服务机构，申请签名证书和加密证书。" }
            p { "机构收到以后会核对这串公钥指纹（SM3）：" code { (key.key_mark) } }
            (button_row(link_button("下载证书申请文件", &place("request"))))
            p { "文件是通用的证书申请格式（PKCS#10），机构可以直接使用。" }
        }))
        @if decides {
            (section("take-in", "提出收下证书", post_form(&place("take-in"), None, html! {
                (fields)
                (button_row(html! {
                    (Button::new("提出收下").consequence("核对签发机构、吊销列表和密钥；另一位管理员同意以后生效"))
                }))
            })))
            (section("drop", "不申请了", post_form(&place("drop"), None, html! {
                (hidden("key", &key.id.to_string()))
                (button_row(html! { (Button::danger(format!("销毁{}的这把密钥", organ.name)).consequence("以后签发给它的证书不能再收下")) }))
            })))
        }
    }
}

fn history(keys: &[OrganKey], rule: &Rule, now: Moment) -> Markup {
    let over: Vec<&OrganKey> = keys
        .iter()
        .filter(|key| matches!(key.state, KeyState::Replaced | KeyState::Dropped))
        .collect();
    let columns = [
        Column::new("公钥指纹（SM3）"),
        Column::new("状态").narrow(),
        Column::new("生成").narrow(),
        Column::new("收下").narrow(),
        Column::new("有效期到").narrow(),
    ];
    let lines = over.iter().map(|key| {
        Row::new([
            html! { code { (key.key_mark) } },
            state(key, rule, now),
            day(key.made_at.day()),
            html! { @if let Some(at) = key.taken_at { (day(at.day())) } },
            html! { @if let Some(until) = key.until { (day(until.day())) } },
        ])
    });
    html! {
        @if !over.is_empty() {
            (section("history", "以前的", html! { (Table::new("以前的密钥和证书").caption_hidden()
                .columns(columns).rows(lines)) }))
        }
    }
}

/// `POST /desk/organ-certificates/{organ}/key`
pub(crate) async fn make(cx: ActCx, Path(organ): Path<String>) -> Reply {
    let organ = acts::organ(&cx, &organ).await?;
    match acts::make_key(&cx, &organ).await {
        Ok(()) => Ok(see_other(&format!("{PLACE}/{}?done=made", organ.id))),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(&cx, &organ, None, &Entered::default(), Wrong(Some(&refusal))).await
        }
    }
}

/// The key that waits for what the service issues, or for a second person.
async fn waiting(cx: &Cx, organ: &str) -> Result<OrganKey, frame::Problem> {
    let id = organ.to_owned();
    let keys = cx.read(move |r| rows::keys_of(r, &id)).await?;
    let waits = |key: &OrganKey| matches!(key.state, KeyState::Made | KeyState::HandedIn);
    Ok(keys.into_iter().find(waits).ok_or_else(|| not_found("这份证书申请"))?)
}

/// `GET /desk/organ-certificates/{organ}/request`
pub(crate) async fn request(cx: Cx, Path(organ): Path<String>) -> Reply {
    let key = waiting(&cx, &organ).await?;
    let read = Request::read(&key.request).and_then(|read| read.to_pem());
    let pem = read.map_err(|why| base::Fault::said(why.to_string()))?;
    Ok(file(PEM, &format!("{}.csr", key.organ), pem.into_bytes())?)
}

/// `POST /desk/organ-certificates/{organ}/take-in`
pub(crate) async fn take_in(
    cx: ActCx,
    Path(organ): Path<String>,
    Filled(form): Filled<Entered>,
) -> Reply {
    let organ = acts::organ(&cx, &organ).await?;
    let key = waiting(&cx, &organ.id).await?;
    let bytes = |text: &str| text.trim().as_bytes().to_vec();
    let handed = HandedIn {
        signing: bytes(&form.for_signing),
        encipherment: bytes(&form.for_encryption),
        enveloped: bytes(&form.enveloped),
        reason: form.reason.clone(),
    };
    match acts::propose_taking_in(&cx, &key, &handed).await {
        Ok(_) => Ok(see_other(&format!("{PLACE}/{}?done=proposed", organ.id))),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(&cx, &organ, None, &form, Wrong(Some(&refusal))).await
        }
    }
}

/// `POST /desk/organ-certificates/{organ}/drop`
pub(crate) async fn drop(
    cx: ActCx,
    Path(organ): Path<String>,
    Filled(form): Filled<Entered>,
) -> Reply {
    let organ = acts::organ(&cx, &organ).await?;
    let id: Id<OrganKey> = form.key.parse().map_err(|_| not_found("这把密钥"))?;
    match acts::drop_key(&cx, &organ.id, id).await {
        Ok(()) => Ok(see_other(&format!("{PLACE}/{}?done=dropped", organ.id))),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(&cx, &organ, None, &Entered::default(), Wrong(Some(&refusal))).await
        }
    }
}
