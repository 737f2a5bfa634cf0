//! A request is handed in, shown as it was read, and proposed.

use axum::extract::Multipart;
use axum::extract::multipart::MultipartError;
use base::{Outcome, Refusal, RefusalKind};
use frame::parts::{
    Button, Choice, Crumb, Field, FileLimits, Heading, SummaryRow, Width, button_row, legal_basis,
    section, summary_list, upload_form,
};
use frame::{ActCx, Cx, Reply, page, unread};
use maud::{Markup, html};
use seal::cert::Request;

use super::authority::proposed;
use super::{HERE, TITLE, Wrong, shown_again};
use crate::acts::{self, Asked, Checked};
use crate::terms::{Kind, Purpose};

const ISSUE: &str = "提出签发证书";
/// No request is longer.
const REQUEST_BYTES_MAX: usize = 64 * 1024;
const FIELD_BYTES_MAX: usize = 4 * 1024;

/// `GET /desk/authority/issue`
pub(crate) async fn ask(cx: Cx) -> Reply {
    let asked = Asked { days: "365".into(), ..Asked::default() };
    form_page(&cx, &asked, None, Wrong::default()).await
}

async fn form_page(cx: &Cx, asked: &Asked, read: Option<&Checked>, wrong: Wrong<'_>) -> Reply {
    let rule = acts::rule(cx.now().day())?;
    let body = html! {
        (Heading::new(ISSUE).lead("设备自己生成密钥，把证书申请（PKCS#10）交到这里。私钥不离开设备。"))
        (wrong.head())
        @if let Some(read) = read { (as_read(asked, read)) }
        (upload_form("/desk/authority/issue/check", None, html! {
            (fields(asked, rule.device_days_max, wrong))
            (button_row(html! {
                @if read.is_some() {
                    (Button::new("提出签发").to("/desk/authority/issue")
                        .consequence("另一位管理员同意以后签发"))
                }
                (Button::secondary(if read.is_some() { "改好以后重新核对" } else { "核对申请" }))
            }))
        }))
        (legal_basis(&rule.basis))
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    Ok(wrong.status(page::desk(cx, ISSUE, &crumbs, body).await?))
}

/// What the request says, before it is proposed.
fn as_read(asked: &Asked, read: &Checked) -> Markup {
    let rows = [
        SummaryRow::new("申请里写的名称", &read.asked_name),
        SummaryRow::new("证书上将写的名称", asked.name.trim()),
        SummaryRow::new("公钥", "SM2（GB/T 32918.5）"),
        SummaryRow::of("公钥指纹（SM3）", html! { code { (read.key_mark) } }),
        SummaryRow::new("申请人持有私钥", "是，申请上的签名已经核对"),
        SummaryRow::new("负责的人", read.keeper_name()),
    ];
    section(
        "read",
        "读到的申请",
        html! {
            (summary_list(&rows))
            p { "请和设备管理员核对公钥指纹，再提出。" }
        },
    )
}

fn fields(asked: &Asked, days_max: i64, wrong: Wrong<'_>) -> Markup {
    let kinds = Kind::ALL.map(|kind| Choice::new(kind.as_str(), kind.title())).to_vec();
    let purposes =
        Purpose::ALL.map(|purpose| Choice::new(purpose.as_str(), purpose.title())).to_vec();
    let endings = [".csr", ".pem", ".p10", ".der", ".req"].map(str::to_owned).to_vec();
    let limits = FileLimits { endings, bytes_max: 64 * 1024, count_max: 1 };
    html! {
        (Field::text("name", "设备的名称").hint("写在证书上，例如“省级平台网关”").value(&asked.name)
            .width(Width::Long).error(wrong.with("name")))
        (Field::radios("kind", "给什么用", kinds).value(&asked.kind).error(wrong.with("kind")))
        (Field::radios("purpose", "用途", purposes).value(&asked.purpose)
            .hint("签名和加密各用一张证书、一把密钥").error(wrong.with("purpose")))
        (Field::number("days", "有效期").unit("天").hint(format!("最多 {days_max} 天"))
            .value(&asked.days).width(Width::Short).error(wrong.with("days")))
        (Field::area("request", "证书申请", 6).value(text_of(&asked.request)).optional()
            .hint("PEM 文本，从“-----BEGIN CERTIFICATE REQUEST-----”开始").error(wrong.with("request")))
        (Field::file("file", "或者选择文件", limits).optional())
        (Field::text("keeper", "负责的人").hint("用户名。到期前写信给这个人；不填就是您自己")
            .value(&asked.keeper).optional().width(Width::Long).error(wrong.with("keeper")))
        (Field::area("reason", "依据或者理由", 2).value(&asked.reason).error(wrong.with("reason")))
    }
}

/// A request as text that a form can carry: what is DER becomes PEM.
fn text_of(request: &[u8]) -> String {
    match Request::read(request).and_then(|read| read.to_pem()) {
        Ok(pem) => pem,
        Err(_) => std::str::from_utf8(request).unwrap_or_default().to_owned(),
    }
}

/// `POST /desk/authority/issue/check`
pub(crate) async fn check(cx: ActCx, form: Multipart) -> Reply {
    let asked = received(form).await?;
    match acts::check_request(&cx, &asked).await {
        Ok(read) => form_page(&cx, &asked, Some(&read), Wrong::default()).await,
        Err(stop) => form_page(&cx, &asked, None, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/authority/issue`
pub(crate) async fn propose(cx: ActCx, form: Multipart) -> Reply {
    let asked = received(form).await?;
    match acts::propose_issue(&cx, &asked).await {
        Ok(_) => Ok(proposed()),
        Err(stop) => form_page(&cx, &asked, None, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// The form as it came; a file goes before what was pasted.
async fn received(mut form: Multipart) -> Outcome<Asked> {
    let (mut asked, mut pasted) = (Asked::default(), Vec::new());
    while let Some(mut field) = form.next_field().await.map_err(cut_off)? {
        let name = field.name().unwrap_or_default().to_owned();
        let most = if matches!(name.as_str(), "request" | "file") {
            REQUEST_BYTES_MAX
        } else {
            FIELD_BYTES_MAX
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(cut_off)? {
            // One byte more than may be: what is too long is told as such beside its field.
            let room = (most + 1).saturating_sub(bytes.len());
            bytes.extend(chunk.iter().take(room));
        }
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        match name.as_str() {
            "name" => asked.name = text(),
            "kind" => asked.kind = text(),
            "purpose" => asked.purpose = text(),
            "days" => asked.days = text(),
            "keeper" => asked.keeper = text(),
            "reason" => asked.reason = text(),
            "request" => pasted = bytes,
            "file" => asked.request = bytes,
            _ => {}
        }
    }
    if asked.request.is_empty() {
        asked.request = pasted.trim_ascii().to_vec();
    }
    Ok(asked)
}

fn cut_off(error: MultipartError) -> Refusal {
    match error.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => {
            Refusal::new(RefusalKind::TooLarge, "certificates.too_large", "文件太大")
        }
        _ => unread(),
    }
}
