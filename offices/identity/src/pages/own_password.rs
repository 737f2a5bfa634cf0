//! One's own password: another one, or the first of an account that a platform opened.

use access::Owed;
use axum::response::Response;
use base::Outcome;
use frame::parts::{
    Button, Crumb, Field, Heading, NoticeKind, SummaryRow, Width, button_row, hidden, notice,
    post_form, summary_list,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Problem, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::me::own;
use super::passwords::same;
use super::sign_in::without_session;
use super::{Wrong, shown_again};
use crate::terms::providers::Link;
use crate::{acts, rules, store};

const HERE: &str = "/me/password";

/// `GET /me/password`
pub(crate) async fn ask(cx: Cx) -> Reply {
    shown(&cx, Wrong::default()).await
}

async fn shown(cx: &Cx, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let account = own(cx).await?;
    let (title, body) = match account.password {
        Some(_) => ("修改密码", another(cx, wrong)),
        None => ("设置密码", first(cx, &account.login, wrong).await?),
    };
    let crumbs = [Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")];
    Ok(wrong.status(page::site(cx, title, &crumbs, body)))
}

fn another(cx: &Cx, wrong: Wrong<'_>) -> Markup {
    let must = cx.person().and_then(|person| person.standing.owed()) == Some(Owed::Password);
    html! {
        (Heading::new("修改密码").lead("改好以后，所有设备都要用新密码重新登录。"))
        @if must {
            (notice(NoticeKind::Warning, "密码已经到了更换的期限，请先修改", html! {
                p { "改好并重新登录以后，才能办理别的事项。" }
                p { "依据：" (cx.sign_in_rule().basis) }
            }))
        }
        (wrong.head())
        (post_form(HERE, None, html! {
            (Field::password("old", "现在的密码").complete("current-password").width(Width::Long)
                .error(wrong.with("old")))
            (new_twice(cx, wrong))
            (button_row(html! { (Button::new("修改密码")) }))
        }))
    }
}

/// The first one: while it is sure who sits there, that is shortly after they came in by the platform.
async fn first(cx: &Cx, login: &str, wrong: Wrong<'_>) -> Outcome<Markup> {
    let person = cx.signed_in()?;
    let (id, session, now) = (person.account, person.session, cx.now());
    let (sign_in, links) = cx
        .read(move |r| Ok((access::sign_in_of(r, session, now)?, store::providers::links(r, id)?)))
        .await?;
    let just_now = rules::is_just_now(sign_in.map(|sign_in| sign_in.at), now);
    Ok(html! {
        (Heading::new("设置密码")
            .lead("设置以后，也可以用用户名和密码登录；要再确认一次是您本人的事，用的也是这个密码。"))
        (wrong.head())
        @if just_now {
            (summary_list(&[SummaryRow::new("用户名", login)]))
            (post_form(HERE, None, html! {
                (new_twice(cx, wrong))
                (button_row(html! {
                    (Button::new("设置密码").consequence("设置以后，所有设备都要重新登录"))
                }))
            }))
        } @else { (come_in_again(&links)) }
    })
}

fn come_in_again(links: &[Link]) -> Markup {
    html! {
        p { "登录已经超过十分钟。为了确认是您本人，请再登录一次，然后在十分钟内设置。" }
        @for link in links {
            (post_form(&format!("/sign-in/with/{}", link.provider), None, html! {
                (hidden("next", HERE))
                (button_row(html! { (Button::new(format!("用“{}”再登录一次", link.name))) }))
            }))
        }
    }
}

fn new_twice(cx: &Cx, wrong: Wrong<'_>) -> Markup {
    html! {
        (Field::password("password", "新密码")
            .hint(cx.sign_in_rule().password.hint())
            .complete("new-password").width(Width::Long).error(wrong.with("password")))
        (Field::password("again", "再输一次新密码").complete("new-password").width(Width::Long)
            .error(wrong.with("again")))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewPassword {
    old: String,
    password: String,
    again: String,
}

/// `POST /me/password`
pub(crate) async fn set(cx: ActCx, Filled(new): Filled<NewPassword>) -> Reply {
    let has_one = own(&cx).await?.password.is_some();
    let outcome = match same(&new.password, &new.again) {
        Ok(()) if has_one => acts::change_password(&cx, &new.old, &new.password).await,
        Ok(()) => acts::set_first_password(&cx, &new.password).await,
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(()) => Ok(without_session(&cx, see_other("/sign-in?done=password"))?),
        Err(stop) => shown(&cx, Wrong(Some(&shown_again(stop)?))).await,
    }
}
