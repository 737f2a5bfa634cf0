//! The centre's own keys: made here, certified by the city's authority, used once two people have agreed.

use frame::parts::{
    Button, Crumb, Field, Heading, SummaryRow, button_row, day, details, moment_said, post_form,
    section, summary_list,
};
use frame::{ActCx, Cx, Filled, Reply, Wrong, page, shown_again};
use maud::{Markup, html};
use seal::cert::Certificate;

use super::{HERE, TITLE, done, may};
use crate::acts::{self, Entered};
use crate::store;
use crate::terms::{CentreRow, DECIDE};

const WORDS: &str = "中心的证书";

/// `GET /desk/exchange/centre`
pub(crate) async fn look(cx: Cx) -> Reply {
    shown(&cx, &Entered::default(), Wrong::default()).await
}

async fn shown(cx: &Cx, form: &Entered, wrong: Wrong<'_>) -> Reply {
    let rows = cx.read(store::centre_keys).await?;
    let decides = may(cx, &DECIDE).await?;
    let requests = match decides {
        true => acts::centre_requests(cx).await?,
        false => None,
    };
    let here = format!("{HERE}/centre");
    let body = html! {
        (Heading::new(WORDS).lead("中心用签名密钥签发共享条件和答复，用加密密钥接收查询。私钥加密保存在本系统里。"))
        (wrong.head())
        @for row in rows.iter().filter(|row| row.signing.is_some()) { (certified(cx, row)) }
        @if let Some((_, requests)) = &requests {
            @let form = asking(&here, requests, (form, wrong));
            // Beside certificates that serve, others for the same keys are the exception.
            @match rows.first().is_some_and(|row| row.signing.is_some()) && wrong.0.is_none() {
                true => (details("用现在的密钥换发证书", form)),
                false => (form),
            }
        }
        @if decides {
            (post_form(&format!("{here}/keys"), None, html! {
                (button_row(html! {
                    (Button::secondary(if rows.is_empty() { "生成密钥" } else { "生成新的密钥" })
                        .consequence("原来的照旧使用，直到新的证书启用"))
                }))
            }))
        }
    };
    Ok(wrong.status(page::desk(cx, WORDS, &[Crumb::new(TITLE, HERE)], body).await?))
}

/// The requests for certificates, and the form by which what was issued is proposed.
fn asking(
    here: &str,
    [signing, sealing]: &[String; 2],
    (form, wrong): (&Entered, Wrong<'_>),
) -> Markup {
    html! {
        (section("requests", "证书申请", html! {
            p { "请到“设备证书”里用这两份申请签发，名称都写 centre，用途分别选签名和加密。" }
            (details("签名证书的申请", html! { pre { code { (signing) } } }))
            (details("加密证书的申请", html! { pre { code { (sealing) } } }))
        }))
        (section("certify", "提出启用", post_form(here, None, html! {
            (Field::area("sign_certificate", "签名证书", 5).hint("PEM 文本").value(&form.sign_certificate)
                .error(wrong.with("sign_certificate")))
            (Field::area("seal_certificate", "加密证书", 5).hint("PEM 文本").value(&form.seal_certificate)
                .error(wrong.with("seal_certificate")))
            (Field::area("reason", "依据或者理由", 2).value(&form.reason).error(wrong.with("reason")))
            (button_row(html! { (Button::new("提出启用").consequence("另一位管理员同意以后启用")) }))
        })))
    }
}

fn certified(cx: &Cx, row: &CentreRow) -> Markup {
    let read = |der: &Option<Vec<u8>>| der.as_ref().and_then(|der| Certificate::read(der).ok());
    let mut rows = vec![SummaryRow::of("生成密钥", moment_said(row.made_at, cx.now().day()))];
    for (words, one) in [("签名证书", read(&row.signing)), ("加密证书", read(&row.sealing))]
    {
        let Some(one) = one else { continue };
        let serial = one.serial().to_hex();
        rows.push(SummaryRow::of(
            words,
            html! { code { (serial) } "，到 " (day(one.until().day())) },
        ));
    }
    summary_list(&rows)
}

/// `POST /desk/exchange/centre/keys`
pub(crate) async fn make(cx: ActCx) -> Reply {
    acts::make_centre_keys(&cx).await?;
    Ok(frame::serve::see_other(&format!("{HERE}/centre")))
}

/// `POST /desk/exchange/centre`
pub(crate) async fn certify(cx: ActCx, Filled(form): Filled<Entered>) -> Reply {
    match acts::propose_certifying(&cx, &form).await {
        Ok(_) => Ok(done("proposed")),
        Err(stop) => shown(&cx, &form, Wrong(Some(&shown_again(stop)?))).await,
    }
}
