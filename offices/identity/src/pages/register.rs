//! Registering as a citizen.

use access::SessionKind;
use axum::extract::Query;
use axum::response::Response;
use frame::parts::{
    Button, Crumb, Field, Heading, Width, button_row, details, legal_basis, post_form,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, page};
use serde::Deserialize;

use super::sign_in::with_session;
use super::{Wrong, onward, shown_again};
use crate::acts::{self, Registration, SignedIn};
use maud::{Markup, html};

/// What it means to have no mail address: the law lets nobody depend on one.
pub(super) const ONLY_HERE: &str = "不填的，办件的每一步只在“我的办件”里告诉您，请常登录看看";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Next {
    next: String,
}

/// `GET /register`
pub(crate) async fn ask(cx: Cx, Query(next): Query<Next>) -> Reply {
    if cx.person().is_some() {
        return Ok(see_other("/me"));
    }
    Ok(form(&cx, &Registration::default(), &next.next, Wrong::default()))
}

/// `POST /register`
pub(crate) async fn enter(
    cx: ActCx,
    Query(next): Query<Next>,
    Filled(entered): Filled<Registration>,
) -> Reply {
    if let Err(stop) = acts::register(&cx, entered.clone()).await {
        let refusal = shown_again(stop)?;
        return Ok(form(&cx, &entered, &next.next, Wrong(Some(&refusal))));
    }
    let signed_in =
        acts::sign_in(&cx, &entered.account, &entered.password, SessionKind::Web).await?;
    let SignedIn::Opened(_, token) = signed_in else { return Ok(see_other("/sign-in")) };
    let to = onward(&next.next).unwrap_or("/me?done=registered");
    Ok(with_session(&cx, see_other(to), &token)?)
}

fn form(cx: &Cx, entered: &Registration, next: &str, wrong: Wrong<'_>) -> Response {
    let next = onward(next).unwrap_or_default();
    let action = match next {
        "" => "/register".to_owned(),
        next => format!("/register?next={}", frame::held::query_escape(next)),
    };
    let body = html! {
        (Heading::new("注册").lead("注册一次，就可以在网上申请、补正和收结果。"))
        (wrong.head())
        (notice_of_use())
        (post_form(&action, None, html! {
            (person_fields(entered, wrong))
            (account_fields(cx, entered, wrong))
            (button_row(html! { (Button::new("注册并登录")) }))
        }))
        p { "已有账户：" a href="/sign-in" { "登录" } }
    };
    wrong.status(page::site(cx, "注册", &[Crumb::new("首页", "/")], body))
}

fn person_fields(entered: &Registration, wrong: Wrong<'_>) -> Markup {
    html! {
        (Field::text("name", "姓名").hint("与身份证上的一致").value(&entered.name).complete("name")
            .width(Width::Long).error(wrong.with("name")))
        (Field::text("number", "公民身份号码").hint("18 位，末位是 X 的写 X").value(&entered.number)
            .why("与人口登记核对，姓名、号码、手机号码都一致的账户才算核实")
            .complete("off").width(Width::Long).error(wrong.with("number")))
        (Field::text("phone", "手机号码").value(&entered.phone).mode("tel").complete("tel")
            .hint("请填在人口登记里留的号码，核对一致才能调取您的登记信息")
            .why("核对是您本人；办件需要时联系您").width(Width::Medium).error(wrong.with("phone")))
        (Field::text("email", "电子邮箱").value(&entered.email).mode("email").complete("email")
            .optional().hint(ONLY_HERE).why("填了的，往那里发一个确认码；确认以后，每一步都会发邮件告诉您").error(wrong.with("email")))
    }
}

fn account_fields(cx: &Cx, entered: &Registration, wrong: Wrong<'_>) -> Markup {
    html! {
        (Field::text("account", "用户名").hint("3 到 40 个字母、数字、点、减号或下划线，登录时使用")
            .value(&entered.account).complete("username").width(Width::Long)
            .error(wrong.with("account")))
        (Field::password("password", "密码")
            .hint(cx.sign_in_rule().password.hint())
            .complete("new-password").width(Width::Long).error(wrong.with("password")))
        (Field::password("again", "再输一次密码").complete("new-password").width(Width::Long)
            .error(wrong.with("again")))
    }
}

/// What is done with what is entered (个人信息保护法 arts. 17, 35).
fn notice_of_use() -> Markup {
    details(
        "您的信息怎样使用",
        html! {
            ul {
                li { "姓名、公民身份号码和手机号码只用来与人口登记核对，账户核实以后，核对记录您可以在“谁看过我的信息”里查到。" }
                li { "公民身份号码、手机号码和电子邮箱加密保存，页面上只显示一部分。" }
                li { "手机号码和电子邮箱可以在“我的账户”里修改；不再使用的，可以在那里注销账户。" }
            }
            (legal_basis("《中华人民共和国个人信息保护法》第十七条、第三十四条、第三十五条、第四十七条"))
        },
    )
}
