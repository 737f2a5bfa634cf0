//! The counter: a clerk with the person and the identity card says whose account it is.

use access::{Account, Kind, Level};
use axum::extract::Query;
use base::mask;
use frame::parts::{
    Button, Crumb, Field, Heading, NoticeKind, SummaryRow, Tone, Width, banner, button_row, empty,
    hidden, legal_basis, masked, notice, post_form, section, summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, page};
use serde::Deserialize;

use super::{Wrong, shown_again};
use crate::acts::{self, Found, Shown};
use maud::{Markup, html};

const HERE: &str = "/desk/holders";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

/// `GET /desk/holders`
pub(crate) async fn ask(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    form(&cx, &Shown::default(), Wrong::default(), &wanted.done).await
}

async fn form(cx: &Cx, shown: &Shown, wrong: Wrong<'_>, done: &str) -> Reply {
    let words = match done {
        "proven" => Some("账户已经核实。"),
        "closed" => Some("账户已经注销。本人现在可以用自己的公民身份号码注册。"),
        "reopened" => Some("账户已经恢复，本人可以登录了。"),
        _ => None,
    };
    let body = html! {
        @if let Some(words) = words { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new("当面核实身份")
            .lead("本人带身份证到窗口：账户没有核对一致的，在这里核实；有人用他的号码注册了账户的，在这里注销。"))
        (wrong.head())
        (post_form(HERE, None, html! {
            (Field::text("name", "证件上的姓名").value(&shown.name).complete("off")
                .width(Width::Long).error(wrong.with("name")))
            (Field::text("number", "证件上的公民身份号码").value(&shown.number).complete("off")
                .hint("18 位，末位是 X 的写 X").width(Width::Long).error(wrong.with("number")))
            (Field::confirm("seen", "我看过身份证原件，证件上的人就是面前的人").value(&shown.seen)
                .error(wrong.with("seen")))
            (button_row(html! {
                (Button::new("查找账户").consequence("会留下记录，号码的本人可以看到"))
            }))
        }))
        (legal_basis("《中华人民共和国居民身份证法》第十三条"))
    };
    let response = page::desk(cx, "当面核实身份", &[], body).await?;
    Ok(wrong.status(response))
}

/// `POST /desk/holders`: the answer is the page itself, since an address would keep the number.
pub(crate) async fn seek(cx: ActCx, Filled(shown): Filled<Shown>) -> Reply {
    let found = match acts::seek(&cx, &shown).await {
        Ok(found) => found,
        Err(stop) => return form(&cx, &shown, Wrong(Some(&shown_again(stop)?)), "").await,
    };
    let body = html! {
        (Heading::new("这个号码上的账户").caption(mask::citizen_number(&shown.number)))
        (register_says(&found))
        @for account in &found.accounts { (one(&cx, &shown, account)) }
        @if found.accounts.is_empty() {
            (empty("这个号码上没有账户", html! { p { "本人可以在网上注册，再来核实。" } }))
        }
    };
    page::desk(&cx, "这个号码上的账户", &[Crumb::new("当面核实身份", HERE)], body).await
}

fn register_says(found: &Found) -> Markup {
    match found.agrees {
        Some(true) => notice(
            NoticeKind::Info,
            "姓名与人口登记一致",
            html! { p { "请再看一眼证件的有效期。" } },
        ),
        Some(false) => notice(
            NoticeKind::Warning,
            "姓名与人口登记不一致",
            html! { p { "请核对是不是输错了；没有输错的，请先不要核实，让本人到户籍地派出所核对登记。" } },
        ),
        None => notice(
            NoticeKind::Info,
            "人口登记里没有这个号码",
            html! { p { "外地户籍、新迁入的人会这样。以证件原件为准。" } },
        ),
    }
}

fn one(cx: &Cx, shown: &Shown, account: &Account) -> Markup {
    let keys = &cx.hall().keys;
    let text = |value: Option<String>| value.unwrap_or_else(|| "没有填".into());
    let level = account.level();
    let state = match level {
        Level::Proven => tag(Tone::Good, "已经核实"),
        Level::Checked => tag(Tone::Good, "与人口登记一致"),
        Level::Registered => tag(Tone::Soon, "没有核实"),
    };
    let card = html! {
        (hidden("name", &shown.name))
        (hidden("number", &shown.number))
        (hidden("seen", &shown.seen))
        (hidden("login", &account.login))
    };
    section(
        &format!("account-{}", account.login),
        &account.login,
        html! {
            (summary_list(&[
                SummaryRow::of("状态", state),
                SummaryRow::new("实名等级", level.title()),
                SummaryRow::new("账户上的姓名", &account.name),
                SummaryRow::of("手机号码", masked(&text(account.phone(keys).map(|p| mask::phone(&p))))),
                SummaryRow::of("电子邮箱", masked(&text(account.email(keys).map(|e| mask::email(&e))))),
            ]))
            @if account.state == "disabled" { (reopen_form(account, &card)) }
            @if account.kind == Kind::Citizen && level < Level::Proven {
                (post_form("/desk/holders/prove", None, html! {
                    (card)
                    (button_row(html! {
                        (Button::new(format!("核实 {} 是本人的", account.login))
                            .consequence("以后这个账户能调取本人的登记信息"))
                    }))
                }))
            }
            @if account.kind == Kind::Citizen && account.real_name {
                p {
                    "核实过的账户，窗口不能注销。确是别人冒用的，请本人用上面的用户名在“忘记密码”申请重置，\
                     由两位管理员核准以后，账户归本人使用或者注销。"
                }
            }
            @if account.kind == Kind::Citizen && !account.real_name {
                (post_form("/desk/holders/close", None, html! {
                    (card)
                    (button_row(html! {
                        (Button::danger(format!("注销 {}，不是本人注册的", account.login))
                            .consequence("立即退出，不能恢复；正在办理的申请继续办理"))
                    }))
                }))
            }
        },
    )
}

/// An account that an entry in the register of residents has disabled: opened again once that is corrected.
fn reopen_form(account: &Account, card: &Markup) -> Markup {
    match account.died_on {
        Some(day) => notice(
            NoticeKind::Warning,
            "账户已经停用：人口登记显示本人死亡",
            html! { p { "登记的死亡日期是" (day.chinese()) "。登记有错的，请本人先到户籍地派出所更正；更正的登记导入以后，这里可以恢复。" } },
        ),
        None => post_form(
            "/desk/holders/reopen",
            None,
            html! {
                p { "人口登记已经更正。核对是本人以后可以恢复。" }
                (card)
                (button_row(html! {
                    (Button::new(format!("恢复 {}", account.login)).consequence("以后可以登录；已经终止的委托不会恢复"))
                }))
            },
        ),
    }
}

/// What is done with one of the accounts on the number of a card.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chosen {
    login: String,
    name: String,
    number: String,
    seen: String,
}

impl Chosen {
    fn parts(self) -> (Shown, String) {
        let Chosen { login, name, number, seen } = self;
        (Shown { name, number, seen }, login)
    }
}

/// `POST /desk/holders/prove`
pub(crate) async fn prove(cx: ActCx, Filled(chosen): Filled<Chosen>) -> Reply {
    let (shown, login) = chosen.parts();
    match acts::prove_in_person(&cx, &shown, &login).await {
        Ok(()) => Ok(see_other("/desk/holders?done=proven")),
        Err(stop) => form(&cx, &shown, Wrong(Some(&shown_again(stop)?)), "").await,
    }
}

/// `POST /desk/holders/reopen`
pub(crate) async fn reopen(cx: ActCx, Filled(chosen): Filled<Chosen>) -> Reply {
    let (shown, login) = chosen.parts();
    match acts::reopen_for_holder(&cx, &shown, &login).await {
        Ok(()) => Ok(see_other("/desk/holders?done=reopened")),
        Err(stop) => form(&cx, &shown, Wrong(Some(&shown_again(stop)?)), "").await,
    }
}

/// `POST /desk/holders/close`
pub(crate) async fn close(cx: ActCx, Filled(chosen): Filled<Chosen>) -> Reply {
    let (shown, login) = chosen.parts();
    match acts::close_for_holder(&cx, &shown, &login).await {
        Ok(()) => Ok(see_other("/desk/holders?done=closed")),
        Err(stop) => form(&cx, &shown, Wrong(Some(&shown_again(stop)?)), "").await,
    }
}
