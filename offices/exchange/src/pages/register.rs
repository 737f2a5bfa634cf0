//! The form of a gateway's registration.

use axum::extract::Query;
use frame::parts::{
    Button, Crumb, Field, Heading, Width, button_row, inset, legal_basis, post_form,
};
use frame::{ActCx, Cx, Filled, Reply, Wrong, page, shown_again};
use maud::html;
use seal::cert::Certificate;
use serde::Deserialize;

use super::{HERE, TITLE, done};
use crate::acts::{self, Entered};
use crate::store;

const WORDS: &str = "提出登记网关";

/// Which gateway is registered anew.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    gateway: String,
}

/// `GET /desk/exchange/register`
pub(crate) async fn ask(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let known = cx.read(move |r| store::gateway(r, &wanted.gateway)).await?;
    let pem = |der: &[u8]| Certificate::read(der).and_then(|one| one.to_pem()).unwrap_or_default();
    let form = known.map(|known| Entered {
        sign_certificate: pem(&known.signing),
        seal_certificate: pem(&known.sealing),
        name: known.name,
        title: known.title,
        organs: known.organs.join("\n"),
        kinds: known.kinds.join("\n"),
        reason: String::new(),
    });
    shown(&cx, &form.unwrap_or_default(), Wrong::default()).await
}

async fn shown(cx: &Cx, form: &Entered, wrong: Wrong<'_>) -> Reply {
    let rule = acts::rule(cx.now().day())?;
    let body = html! {
        (Heading::new(WORDS).lead("网关用 cityhall gateway init 生成密钥和两份证书申请，由本市的设备证书机构签发以后，到这里登记。"))
        (wrong.head())
        (inset(html! { p { "签名证书和加密证书上的名称，都必须和网关的名称一致。" } }))
        (post_form(&format!("{HERE}/register"), None, html! {
            (Field::text("name", "网关的名称").hint("小写字母、数字和连字符，例如 ezhou-zjj").value(&form.name)
                .width(Width::Long).error(wrong.with("name")))
            (Field::text("title", "叫什么").hint("例如“市住建局网关”").value(&form.title)
                .width(Width::Long).error(wrong.with("title")))
            (Field::area("organs", "代表哪些机关", 3).hint("机关的编号，一行一个").value(&form.organs)
                .error(wrong.with("organs")))
            (Field::area("kinds", "提供哪些资源", 3).hint("资源的编号，一行一个；只查询、不提供的，可以不填")
                .optional().value(&form.kinds).error(wrong.with("kinds")))
            (Field::area("sign_certificate", "签名证书", 5).hint("PEM 文本").value(&form.sign_certificate).error(wrong.with("sign_certificate")))
            (Field::area("seal_certificate", "加密证书", 5).hint("PEM 文本").value(&form.seal_certificate).error(wrong.with("seal_certificate")))
            (Field::area("reason", "依据或者理由", 2).value(&form.reason).error(wrong.with("reason")))
            (button_row(html! { (Button::new("提出登记").consequence("另一位管理员同意以后生效")) }))
        }))
        (legal_basis(&rule.basis))
    };
    Ok(wrong.status(page::desk(cx, WORDS, &[Crumb::new(TITLE, HERE)], body).await?))
}

/// `POST /desk/exchange/register`
pub(crate) async fn propose(cx: ActCx, Filled(form): Filled<Entered>) -> Reply {
    match acts::propose_registering(&cx, &form).await {
        Ok(_) => Ok(done("proposed")),
        Err(stop) => shown(&cx, &form, Wrong(Some(&shown_again(stop)?))).await,
    }
}
