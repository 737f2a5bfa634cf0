//! Passkeys on pages: the form that a script asks the browser's passkeys by, and what to do where there is none.

use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use frame::parts::{
    Button, Crumb, Field, Heading, NoticeKind, Width, button_row, field_id, hidden, notice, section,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Problem, Reply, page};
use maud::{Markup, html};
use seal::passkey::Site;
use serde::Deserialize;

use super::contact::password_again;
use super::sign_in::{SignIn, entered, form as sign_in_form};
use super::{Wrong, shown_again};
use crate::acts::{self, ShownPasskey};

const TITLE: &str = "加上通行密钥";

/// What the script puts into the forms, and what stands beside it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Told {
    name: String,
    password: String,
    challenge: String,
    next: String,
    held: String,
    id: String,
    client_data: String,
    device_data: String,
    signature: String,
    attestation: String,
}

impl Told {
    fn shown(&self) -> ShownPasskey {
        ShownPasskey {
            id: self.id.clone(),
            client_data: self.client_data.clone(),
            device_data: self.device_data.clone(),
            signature: self.signature.clone(),
        }
    }
}

/// What a browser is asked.
pub(super) struct Asked<'a> {
    /// `create` or `get`.
    pub(super) kind: &'static str,
    /// Where the form goes.
    pub(super) action: &'static str,
    /// The challenge, in base 64 for addresses.
    pub(super) challenge: String,
    /// The names of those that may answer, or that stand already.
    pub(super) ids: &'a [Vec<u8>],
    /// Whether the device must find out who holds it.
    pub(super) verify: &'static str,
    /// The account's id and login, for a new one.
    pub(super) user: Option<(String, &'a str)>,
}

/// The form by which a script asks the browser. Without scripts it is not there, and words stand in its place.
pub(super) fn asker(cx: &Cx, site: &Site, asked: &Asked<'_>, body: Markup) -> Markup {
    let ids: Vec<String> = asked.ids.iter().map(|id| BASE64URL_NOPAD.encode(id)).collect();
    let (user, login) = match &asked.user {
        Some((id, login)) => (Some(BASE64URL_NOPAD.encode(id.as_bytes())), Some(*login)),
        None => (None, None),
    };
    let here = format!("{}{}", site.origin, cx.target());
    html! {
        p data-passkey-else {
            "使用通行密钥，浏览器要允许本站运行脚本，并且从 " a href=(here) { (site.origin) } " 打开本站。"
            "不行的，请用别的登录方式。"
        }
        form class="form" method="post" action=(asked.action) hidden data-passkey=(asked.kind)
            data-origin=(site.origin) data-host=(site.host) data-site=(cx.hall().city.site)
            data-challenge=(asked.challenge) data-ids=(ids.join(" ")) data-verify=(asked.verify)
            data-user=[user] data-login=[login] {
            @for name in ["id", "client_data", "device_data", "signature", "attestation"] {
                (hidden(name, ""))
            }
            (body)
            p class="field-error" role="alert" hidden data-passkey-error {}
        }
    }
}

/// Why the passkey before was not taken.
fn refused(wrong: Wrong<'_>) -> Markup {
    html! {
        @if let Some(words) = wrong.with("passkey") {
            p class="field-error" id=(field_id("passkey")) { (words) }
        }
    }
}

/// What stands in the form's place where the city is reached in a way that has no passkeys.
fn cannot(why: &str) -> Markup {
    notice(NoticeKind::Info, "现在不能使用通行密钥", html! { p { (why) "。" } })
}

/// `GET /me/factors/passkey`
pub(crate) async fn ask(cx: Cx) -> Reply {
    new_page(&cx, &Told::default(), Wrong::default()).await
}

async fn new_page(cx: &Cx, told: &Told, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let person = cx.signed_in()?;
    let id = person.account;
    let standing = cx.read(move |r| access::factors_of(r, id)).await?;
    let ids: Vec<Vec<u8>> =
        standing.into_iter().filter_map(|factor| Some(factor.passkey?.id)).collect();
    let asked = Asked {
        kind: "create",
        action: "/me/factors/passkey",
        challenge: BASE64URL_NOPAD.encode(&acts::enrolment_challenge(cx).unwrap_or_default()),
        ids: &ids,
        verify: "preferred",
        user: Some((id.to_string(), &person.login)),
    };
    let name = if told.name.is_empty() { "我的通行密钥" } else { &told.name };
    let body = html! {
        (Heading::new(TITLE).lead("用手机、电脑的锁屏密码、指纹、人脸，或者安全密钥登录；密钥只在您的设备里。"))
        (wrong.head())
        @match acts::site_of(cx) {
            Err(why) => (cannot(&why.to_string())),
            Ok(site) => (asker(cx, &site, &asked, html! {
                (refused(wrong))
                (Field::text("name", "给它起个名字").value(name).width(Width::Medium)
                    .error(wrong.with("name")))
                (password_again(wrong.with("password")))
                (button_row(html! { (Button::new("在这台设备上设置")) }))
            })),
        }
    };
    let crumbs = [
        Crumb::new("首页", "/"),
        Crumb::new("我的账户", "/me"),
        Crumb::new("登录方式", "/me/factors"),
    ];
    Ok(wrong.status(page::site(cx, TITLE, &crumbs, body)))
}

/// `POST /me/factors/passkey`
pub(crate) async fn add(cx: ActCx, Filled(told): Filled<Told>) -> Reply {
    let added =
        acts::add_passkey(&cx, &told.name, &told.client_data, &told.attestation, &told.password);
    match added.await {
        Ok(()) => Ok(see_other("/me/factors?done=added")),
        Err(stop) => new_page(&cx, &told, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// The second step by a passkey.
pub(super) fn second(
    cx: &Cx,
    asked: &([u8; 16], Vec<Vec<u8>>),
    kept: Markup,
    wrong: Wrong<'_>,
) -> Markup {
    let (nonce, ids) = asked;
    let asked = Asked {
        kind: "get",
        action: "/sign-in/second",
        challenge: BASE64URL_NOPAD.encode(nonce),
        ids,
        verify: "preferred",
        user: None,
    };
    html! {
        @match acts::site_of(cx) {
            Err(why) => (cannot(&why.to_string())),
            Ok(site) => (asker(cx, &site, &asked, html! {
                (kept)
                (hidden("by", "passkey"))
                (refused(wrong))
                (button_row(html! { (Button::new("用通行密钥登录")) }))
            })),
        }
    }
}

/// The way of citizens in by a passkey alone, below the form of the password; nothing where there is none.
pub(super) fn alone(cx: &Cx, next: &str, held: &str, wrong: Wrong<'_>) -> Markup {
    let (Ok(site), Ok(challenge)) = (acts::site_of(cx), acts::challenge_alone(cx)) else {
        return html! {};
    };
    let asked = Asked {
        kind: "get",
        action: "/sign-in/passkey",
        challenge: challenge.clone(),
        ids: &[],
        verify: "required",
        user: None,
    };
    html! {
        (section("by-passkey", "用通行密钥登录", html! {
            p { "个人用户在“我的账户”里加上了通行密钥的，不用输入用户名和密码。" }
            (asker(cx, &site, &asked, html! {
                (hidden("challenge", &challenge))
                @if !held.is_empty() { (hidden("held", held)) }
                @if !next.is_empty() { (hidden("next", next)) }
                (refused(wrong))
                (button_row(html! { (Button::secondary("用通行密钥登录")) }))
            }))
        }))
    }
}

/// `POST /sign-in/passkey`
pub(crate) async fn enter(cx: ActCx, Filled(told): Filled<Told>) -> Reply {
    let sign_in = SignIn::from_second(&told.next, &told.held);
    match acts::sign_in_alone(&cx, &told.challenge, &told.shown()).await {
        Ok((account, token)) => Ok(entered(&cx, &sign_in, &account, &token)?),
        Err(stop) => Ok(sign_in_form(&cx, &sign_in, Wrong(Some(&shown_again(stop)?)))),
    }
}
