//! One's second factors: which there are, and how to set one up.

use access::{Factor, FactorKind, FactorState, Owed};
use axum::extract::{Path, Query};
use axum::response::Response;
use base::Id;
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Row, Table, ToSign, Tone, Width, banner,
    button_row, details, link_button, moment, notice, post_form, section, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Problem, Reply, not_found, page};
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;

use super::contact::password_again;
use super::{Wrong, shown_again};
use crate::acts;

const HERE: &str = "/me/factors";
const TITLE: &str = "登录方式";

/// What the forms of these pages send, and what their addresses may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entered {
    name: String,
    code: String,
    certificate: String,
    signature: String,
    password: String,
    done: String,
}

fn crumbs() -> [Crumb; 2] {
    [Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")]
}

/// The kinds that count for who is signed in, and whether one must be set up before anything else.
async fn counting(cx: &Cx) -> Result<Vec<FactorKind>, Problem> {
    let (id, now, rule) = (cx.signed_in()?.account, cx.now(), cx.sign_in_rule().clone());
    let kinds = cx.read(move |r| {
        let account = access::account_by_id(r, id)?.ok_or_else(|| not_found("您的账户"))?;
        let known = access::known_of(r, &account, None)?;
        Ok(rule.counting(&known, now))
    });
    Ok(kinds.await?)
}

/// To who must set up a second factor before anything else: what, and on which ground.
fn must_first(cx: &Cx, kinds: &[FactorKind], factors: &[Factor]) -> Markup {
    let owed = cx.person().and_then(|person| person.standing.owed());
    if owed != Some(Owed::SecondFactor) {
        return html! {};
    }
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.title()).collect();
    let has_one = factors
        .iter()
        .any(|factor| factor.state == FactorState::Active && kinds.contains(&factor.kind));
    let rule = cx.sign_in_rule();
    html! {
        (notice(NoticeKind::Warning, "请先加上一种登录方式，再办理别的事项", html! {
            p { "工作人员登录，在密码之外还要用" (titles.join("或者")) "。" }
            @if has_one { p { "您已经加上了，请退出以后用它重新登录。" } }
            p { (rule.text) }
            p { "依据：" (rule.basis) }
        }))
    }
}

async fn own_factors(cx: &Cx) -> Result<Vec<Factor>, Problem> {
    let id = cx.signed_in()?.account;
    Ok(cx.read(move |r| access::factors_of(r, id)).await?)
}

/// `GET /me/factors`
pub(crate) async fn list(cx: Cx, Query(entered): Query<Entered>) -> Reply {
    let entered = Entered { done: entered.done, ..Entered::default() };
    list_page(&cx, &entered, Wrong::default()).await
}

async fn list_page(cx: &Cx, entered: &Entered, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let (factors, kinds) = (own_factors(cx).await?, counting(cx).await?);
    let may = |kind: FactorKind| kinds.contains(&kind);
    let done = match entered.done.as_str() {
        "added" => Some("已经加上，下次登录在密码之外还要它。"),
        "ended" => Some("已经去掉。"),
        _ => None,
    };
    let body = html! {
        @if let Some(words) = done {
            (banner(NoticeKind::Success, html! {
                (words) "以前登录的" a href="/me/devices" { "其他设备" } "还在登录。"
            }))
            @if entered.done == "added" {
                (section("others", "让其他设备退出", super::devices::end_others_form()))
            }
        }
        (Heading::new(TITLE).lead("在密码之外再验证一次：别人就是知道了密码，也登录不了您的账户。"))
        (must_first(cx, &kinds, &factors))
        (wrong.head())
        (table(&factors))
        @if may(FactorKind::Code) { (section("codes", "加上动态验证码", html! {
            p { "用手机上任何一个验证器应用，登录时输入它显示的 6 位数字。" }
            (post_form("/me/factors/codes", None, html! {
                (Field::text("name", "给它起个名字").value(name_or(&entered.name))
                    .width(Width::Medium).error(wrong.with("name")))
                (password_again(wrong.with("password")))
                (button_row(html! { (Button::new("开始设置")) }))
            }))
        })) }
        @if may(FactorKind::Passkey) {
            (section("passkey", "加上通行密钥", html! {
                p { "登录时用手机、电脑的锁屏密码、指纹、人脸，或者插上安全密钥。" }
                (link_button("设置通行密钥", "/me/factors/passkey"))
            }))
        }
        @if may(FactorKind::Certificate) { (section("certificate", "加上数字证书", html! {
            p { "用电子认证服务机构签发的 SM2 证书，登录时用它的私钥签名。工作人员通常用这一种。" }
            (link_button("登记证书", "/me/factors/certificate"))
        })) }
        (details("本市登录的规定", html! {
            p { (cx.sign_in_rule().text) }
            p { "依据：" (cx.sign_in_rule().basis) }
        }))
    };
    Ok(wrong.status(page::site(cx, TITLE, &crumbs(), body)))
}

fn name_or(name: &str) -> &str {
    if name.is_empty() { "我的手机" } else { name }
}

fn table(factors: &[Factor]) -> Markup {
    let row = |factor: &Factor| {
        let state = match factor.state {
            FactorState::Waiting => tag(Tone::Soon, "还没有完成"),
            _ => tag(Tone::Good, "使用中"),
        };
        Row::new([
            html! { a href=(format!("{HERE}/{}", factor.id)) { (factor.name) } },
            html! { (factor.kind.title()) },
            state,
            match factor.used_at {
                Some(at) => moment(at),
                None => html! { "还没有用过" },
            },
        ])
    };
    let columns = ["名称", "种类", "状态", "最近使用"].map(Column::new);
    let nothing = frame::parts::empty(
        "现在只用密码登录",
        html! {
            p { "在下面加上一种，账户更安全。" }
        },
    );
    html! {
        (Table::new("我的登录方式").columns(columns).rows(factors.iter().map(row)).empty(nothing)
            .stacked())
    }
}

/// `GET /me/factors/certificate`
pub(crate) async fn certificate(cx: Cx) -> Reply {
    Ok(certificate_page(&cx, &Entered::default(), Wrong::default()))
}

fn certificate_page(cx: &Cx, entered: &Entered, wrong: Wrong<'_>) -> Response {
    let text = acts::enrolment_text(cx).unwrap_or_default();
    let body = html! {
        (Heading::new("登记数字证书"))
        (wrong.head())
        (post_form("/me/factors/certificate", None, html! {
            (Field::text("name", "给它起个名字").value(&entered.name).hint("例如“我的 UKey”")
                .width(Width::Medium).error(wrong.with("name")))
            (Field::area("certificate", "签名证书", 6).value(&entered.certificate)
                .hint("PEM 文本，从“-----BEGIN CERTIFICATE-----”开始")
                .error(wrong.with("certificate")))
            (to_sign(cx, &text).value(&entered.signature).error(wrong.with("signature")))
            (password_again(wrong.with("password")))
            (button_row(html! { (Button::new("登记")) }))
        }))
    };
    let [home, me] = crumbs();
    let crumbs = [home, me, Crumb::new(TITLE, HERE)];
    wrong.status(page::site(cx, "登记数字证书", &crumbs, body))
}

/// The text that a certificate's key signs, and how.
pub(super) fn to_sign<'a>(cx: &'a Cx, text: &'a str) -> ToSign<'a> {
    // The text says for which account it is.
    let account = text.lines().find_map(|line| line.strip_prefix("账户：")).unwrap_or_default();
    ToSign::new(text, account).agent(cx.hall().agent.as_deref())
}

/// `POST /me/factors/certificate`
pub(crate) async fn add_certificate(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    let sent = entered;
    let added =
        acts::add_certificate(&cx, &sent.name, &sent.certificate, &sent.signature, &sent.password);
    match added.await {
        Ok(()) => Ok(see_other("/me/factors?done=added")),
        Err(stop) => Ok(certificate_page(&cx, &sent, Wrong(Some(&shown_again(stop)?)))),
    }
}

/// `POST /me/factors/codes`
pub(crate) async fn begin_codes(cx: ActCx, Filled(entered): Filled<Entered>) -> Reply {
    match acts::begin_codes(&cx, &entered.name, &entered.password).await {
        Ok(id) => Ok(see_other(&format!("{HERE}/{id}"))),
        Err(stop) => list_page(&cx, &entered, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `GET /me/factors/{id}`
pub(crate) async fn one(cx: Cx, Path(id): Path<String>) -> Reply {
    factor_page(&cx, &id, &Entered::default(), Wrong::default()).await
}

async fn factor_page(
    cx: &Cx,
    id: &str,
    entered: &Entered,
    wrong: Wrong<'_>,
) -> Result<Response, Problem> {
    let factors = own_factors(cx).await?;
    let factor = factors.iter().find(|factor| factor.id.to_string() == id);
    let factor = factor.ok_or_else(|| not_found("这种登录方式"))?;
    let take_away = post_form(
        &format!("{HERE}/{id}/end"),
        None,
        html! {
            (password_again(wrong.with("password")))
            (button_row(html! { (Button::danger("去掉").consequence("以后登录不再要它")) }))
        },
    );
    let body = html! {
        (Heading::new(factor.name.clone()).caption(factor.kind.title()))
        (wrong.head())
        @if factor.state == FactorState::Waiting {
            (to_confirm(cx, factor, entered, wrong)?)
            (details("不设置了", take_away))
        } @else {
            p { "从 " (moment(factor.created_at)) " 起使用。" }
            (section("end", "去掉这种登录方式", html! {
                p { "换手机、换证书以前，请先加上新的，再去掉旧的。" }
                (take_away)
            }))
        }
    };
    let [home, me] = crumbs();
    let crumbs = [home, me, Crumb::new(TITLE, HERE)];
    Ok(wrong.status(page::site(cx, &factor.name, &crumbs, body)))
}

fn to_confirm(
    cx: &Cx,
    factor: &Factor,
    entered: &Entered,
    wrong: Wrong<'_>,
) -> Result<Markup, Problem> {
    let secret = acts::secret_of(cx.hall(), factor)?;
    let login = cx.person().map(|person| person.login.clone()).unwrap_or_default();
    let uri = secret.to_uri(&cx.hall().city.name, &login);
    Ok(html! {
        p { "第一步：打开手机上的验证器应用，扫描这个二维码。" }
        (qr_code(&uri))
        (details("扫不了，手工输入密钥", html! {
            p { code { (secret.to_text()) } }
            p { "类型选“基于时间”，6 位，30 秒。" }
        }))
        p { "第二步：把应用上显示的 6 位数字写在下面。" }
        (post_form(&format!("{HERE}/{}/confirm", factor.id), None, html! {
            (Field::text("code", "动态验证码").value(&entered.code).mode("numeric")
                .complete("one-time-code").width(Width::Short).error(wrong.with("code")))
            (button_row(html! { (Button::new("完成设置")) }))
        }))
    })
}

/// A QR code as a drawing, with its quiet zone.
fn qr_code(text: &str) -> Markup {
    let Ok(code) = qrcode::QrCode::new(text.as_bytes()) else { return html! {} };
    let drawing = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(220, 220).build();
    // Its own declaration has no place inside a page.
    let drawing = drawing.split_once("?>").map_or(drawing.as_str(), |(_, rest)| rest).to_owned();
    html! { div class="qr" role="img" aria-label="二维码，内容与下面的密钥相同" { (PreEscaped(drawing)) } }
}

/// `POST /me/factors/{id}/confirm`
pub(crate) async fn confirm(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(entered): Filled<Entered>,
) -> Reply {
    match acts::confirm_codes(&cx, id_of(&id)?, &entered.code).await {
        Ok(()) => Ok(see_other("/me/factors?done=added")),
        Err(stop) => factor_page(&cx, &id, &entered, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /me/factors/{id}/end`
pub(crate) async fn end(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(entered): Filled<Entered>,
) -> Reply {
    match acts::end_factor(&cx, id_of(&id)?, &entered.password).await {
        Ok(()) => Ok(see_other("/me/factors?done=ended")),
        Err(stop) => factor_page(&cx, &id, &entered, Wrong(Some(&shown_again(stop)?))).await,
    }
}

fn id_of(text: &str) -> Result<Id<Factor>, Problem> {
    text.parse().map_err(|_| not_found("这种登录方式").into())
}
