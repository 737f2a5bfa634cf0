//! One's certificates for signing decisive acts.

use access::{FactorKind, FactorState, Signer};
use axum::extract::{Path, Query};
use axum::response::Response;
use base::Id;
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Row, Table, Width, banner, button_row,
    empty, moment, post_form, section,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Problem, Reply, not_found, page};
use maud::{Markup, html};
use seal::cert::Certificate;
use serde::Deserialize;

use super::contact::password_again;
use super::factors::to_sign;
use super::{Wrong, shown_again};
use crate::acts;

const HERE: &str = "/me/signing";
const TITLE: &str = "签名证书";

/// What the form of this page sends, and what its address may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entered {
    name: String,
    certificate: String,
    signature: String,
    password: String,
    done: String,
}

/// `GET /me/signing`
pub(crate) async fn list(cx: Cx, Query(entered): Query<Entered>) -> Reply {
    let entered = Entered { done: entered.done, ..Entered::default() };
    list_page(&cx, &entered, Wrong::default()).await
}

async fn list_page(cx: &Cx, entered: &Entered, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let (id, now) = (cx.signed_in()?.account, cx.now());
    let (signers, factors, rule) = cx
        .read(move |r| {
            let factors = access::factors_of(r, id)?;
            Ok((access::signers_of(r, id)?, factors, access::signing_rule(r, now)?))
        })
        .await?;
    let done = match entered.done.as_str() {
        "added" => Some("已经登记，以后用它签名。"),
        "ended" => Some("已经去掉。它以前的签名仍然有效。"),
        _ => None,
    };
    let also = factors.iter().filter(|factor| {
        factor.kind == FactorKind::Certificate && factor.state == FactorState::Active
    });
    let rows = signers.iter().map(line).chain(also.map(|factor| {
        let certificate = factor.certificate.as_deref().unwrap_or_default();
        described(&factor.name, certificate, html! { "登录也用它，在“登录方式”里管理" })
    }));
    let columns = ["名称", "证书", "有效期到", "办理"].map(Column::new);
    let nothing = empty("还没有登记签名证书", html! { p { "在下面登记。" } });
    let text = acts::enrolment_text(cx).unwrap_or_default();
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(TITLE).lead("作决定、发布、授权的时候，由您本人用证书签名。签名和办理的内容一起存证，谁都能核验。"))
        (wrong.head())
        @if rule.is_some_and(|(_, demanded)| demanded) {
            p { "本市现在要求：这些事没有本人签名，系统不办。" }
        } @else {
            p { "本市现在还没有要求签名，可以先登记好证书。" }
        }
        (Table::new("我的签名证书").columns(columns).rows(rows).empty(nothing).stacked())
        (section("add", "登记证书", post_form(HERE, None, html! {
            (Field::text("name", "给它起个名字").value(&entered.name).hint("例如“我的 UKey”")
                .width(Width::Medium).error(wrong.with("name")))
            (Field::area("certificate", "签名证书", 6).value(&entered.certificate)
                .hint("电子认证服务机构签发给您的 SM2 签名证书，PEM 文本，从“-----BEGIN CERTIFICATE-----”开始")
                .error(wrong.with("certificate")))
            (to_sign(cx, &text).value(&entered.signature).error(wrong.with("signature")))
            (password_again(wrong.with("password")))
            (button_row(html! { (Button::new("登记")) }))
        })))
    };
    let crumbs = [Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")];
    Ok(wrong.status(page::site(cx, TITLE, &crumbs, body)))
}

fn line(signer: &Signer) -> Row {
    let end =
        post_form(&format!("{HERE}/{}/end", signer.id), None, html! { (Button::quiet("去掉")) });
    described(&signer.name, &signer.certificate, end)
}

fn described(name: &str, der: &[u8], doing: Markup) -> Row {
    let (subject, until) = match Certificate::read(der) {
        Ok(certificate) => (certificate.subject(), moment(certificate.until())),
        Err(why) => (why.to_string(), html! {}),
    };
    Row::new([html! { (name) }, html! { (subject) }, until, doing])
}

/// `POST /me/signing`
pub(crate) async fn add(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    let sent = entered;
    let added =
        acts::add_signer(&cx, &sent.name, &sent.certificate, &sent.signature, &sent.password);
    match added.await {
        Ok(()) => Ok(see_other("/me/signing?done=added")),
        Err(stop) => list_page(&cx, &sent, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /me/signing/{id}/end`
pub(crate) async fn end(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id: Id<Signer> = id.parse().map_err(|_| not_found("这张签名证书"))?;
    acts::end_signer(&cx, id).await?;
    Ok(see_other("/me/signing?done=ended"))
}
