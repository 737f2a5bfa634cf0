//! Staff accounts: the list, and the page of each.

pub(crate) mod list;

use access::{Account, Held, Kind, Organ, Reach, RoleRow};
use axum::extract::{Path, Query};
use frame::parts::{
    AsOf, Button, Crumb, Heading, NoticeKind, SummaryRow, banner, details, hidden, inset, notice,
    post_form, section, summary_list,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Problem, Reply, not_found, page};
use serde::Deserialize;

use self::list::state;
use super::posts::{self, PostForm};
use super::{Wrong, delegations, held, permits, shown_again};
use crate::terms::{ADMINISTER, DELEGATE, PROPOSE, Proposal, SEE, TAKE_BACK};
use crate::{acts, store};
use maud::{Markup, html};

pub(super) const HERE: &str = "/desk/accounts";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
    on: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewStaff {
    pub(super) name: String,
    pub(super) account: String,
}

/// `POST /desk/accounts`: the one-time code is shown here and never again.
pub(crate) async fn open(cx: ActCx, Filled(form): Filled<NewStaff>) -> Reply {
    let code = match acts::open_staff(&cx, &form.account, &form.name).await {
        Ok(code) => code,
        Err(stop) => {
            let wrong = shown_again(stop)?;
            return list::page_of(&cx, &list::Sought::default(), &form, Wrong(Some(&wrong))).await;
        }
    };
    let login = form.account.trim().to_lowercase();
    let body = html! {
        (Heading::new("账户已经开立"))
        (code_once(&login, &code))
        p { a href={ (HERE) "/" (login) } { "查看这个账户" } }
    };
    page::desk(&cx, "账户已经开立", &[Crumb::new("人员账户", HERE)], body).await
}

/// A one-time code, shown once.
pub(super) fn code_once(login: &str, code: &str) -> Markup {
    html! {
        (notice(NoticeKind::Warning, "一次性代码只显示这一次", html! {
            p { "请当面交给本人，24 小时内有效，输错 5 次作废。离开这一页以后不能再看到。" }
        }))
        (inset(html! {
            p { "用户名：" strong { (login) } }
            p { "一次性代码：" strong class="code-once" { (code) } }
            p { "设置密码的地址：" code { "/code" } }
        }))
    }
}

/// An account with all that its page shows.
pub(super) struct Seen {
    pub account: Account,
    pub posts: Vec<Held>,
    pub organs: Vec<Organ>,
    pub roles: Vec<RoleRow>,
    pub waiting: Vec<Proposal>,
}

pub(super) async fn seen(cx: &Cx, login: &str) -> Result<Seen, Problem> {
    let (login, today) = (login.to_owned(), cx.now().day());
    let sees = held(&permits(cx).await?, &SEE).cloned();
    let sees = sees.ok_or_else(|| not_found("这个人员账户"))?;
    let seen = cx
        .read(move |r| {
            let account = access::account_by_login(r, &login)?
                .filter(|account| account.kind == Kind::Staff)
                .ok_or_else(|| not_found("这个人员账户"))?;
            if sees.reach() != Reach::City && !access::is_listed(r, &sees, account.id, today)? {
                return Err(not_found("这个人员账户").into());
            }
            Ok(Seen {
                posts: access::holdings_of(r, account.id)?,
                organs: access::organs(r)?,
                roles: access::roles(r)?,
                waiting: store::open_proposals_for(r, account.id, today)?,
                account,
            })
        })
        .await?;
    Ok(seen)
}

/// `GET /desk/accounts/{login}`
pub(crate) async fn look(cx: Cx, Path(login): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let as_of = super::as_of(&cx, &wanted.on).await?;
    let form = PostForm::default();
    as_of_day(&cx, &login, &form, Wrong::default(), (&wanted.done, &as_of)).await
}

/// The page of one account.
pub(super) async fn one(
    cx: &Cx,
    login: &str,
    form: &PostForm,
    wrong: Wrong<'_>,
    done: &str,
) -> Reply {
    as_of_day(cx, login, form, wrong, (done, &AsOf::today(cx.now().day()))).await
}

async fn as_of_day(
    cx: &Cx,
    login: &str,
    form: &PostForm,
    wrong: Wrong<'_>,
    (done, as_of): (&str, &AsOf),
) -> Reply {
    let seen = seen(cx, login).await?;
    let own = cx.person().is_some_and(|person| person.account == seen.account.id);
    let permits = if own || !as_of.is_today() { Vec::new() } else { permits(cx).await? };
    let administers = held(&permits, &ADMINISTER).is_some();
    let words = match done {
        "proposed" => Some("已经提出，等另一个人同意，同意以后生效。"),
        "ended" => Some("岗位已经收回，立即生效。"),
        "ends" => Some("已经记下岗位的最后一天，到时自动结束。"),
        "state" => Some("账户状态已经改变。"),
        "out" => Some("已经在所有设备上退出，要重新登录。"),
        _ => None,
    };
    let account = &seen.account;
    // What an account's state was on another day stands in its record of acts.
    let heading = Heading::new(&account.name).caption(&account.login);
    let heading = match as_of.is_today() {
        true => heading.state(state(&account.state, account.password.is_some())),
        false => heading,
    };
    let body = html! {
        @if let Some(words) = words { (banner(NoticeKind::Success, html! { (words) })) }
        (heading)
        (wrong.head())
        (as_of.form(&format!("{HERE}/{login}")))
        (section("posts", "岗位", posts::table(&seen, as_of)))
        @if as_of.is_today() && !seen.waiting.is_empty() {
            (section("waiting", "等待同意的岗位", posts::waiting(&seen.waiting)))
        }
        @if let Some(permit) = held(&permits, &TAKE_BACK) {
            (posts::end_forms(&seen, permit, wrong, cx.now().day()))
        }
        @if let Some(permit) = held(&permits, &PROPOSE) {
            (section("give", "提出授予岗位", posts::give_form(&seen, permit, (form, wrong), cx.now().day())))
        }
        @if let (Some(permit), Some(_)) = (held(&permits, &PROPOSE), held(&permits, &DELEGATE)) {
            (delegations::links(&seen.posts, permit.reach(), cx.now().day()))
        }
        @if administers { (section("state", "账户状态", html! { (out_form(account)) (state_form(account)) })) }
        (details("账户编号", summary_list(&[SummaryRow::new("编号", account.id.to_string())])))
    };
    let crumbs = [Crumb::new("人员账户", HERE)];
    let response = page::desk(cx, &account.name, &crumbs, body).await?;
    Ok(wrong.status(as_of.status(response)))
}

/// For who has lost a device: it is out at once, and the account goes on.
fn out_form(account: &Account) -> Markup {
    let action = format!("{HERE}/{}/sign-out", account.login);
    html! {
        @if account.state == "active" {
            (post_form(&action, None, html! {
                (Button::secondary(format!("让{}的账户在所有设备上退出", account.name))
                    .consequence("设备丢失、疑似被别人使用时用；本人可以马上重新登录"))
            }))
        }
    }
}

fn state_form(account: &Account) -> Markup {
    let action = format!("{HERE}/{}/state", account.login);
    post_form(
        &action,
        None,
        html! {
            @if account.state == "active" {
                (hidden("state", "disabled"))
                (Button::danger(format!("停用{}的账户", account.name))
                    .consequence("停用以后不能登录，正在使用的会立即退出；办理记录保留"))
            } @else {
                (hidden("state", "active"))
                (Button::secondary(format!("恢复{}的账户", account.name)))
            }
        },
    )
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StateForm {
    state: String,
}

/// `POST /desk/accounts/{login}/state`
pub(crate) async fn set_state(
    cx: ActCx,
    Path(login): Path<String>,
    Filled(form): Filled<StateForm>,
) -> Reply {
    let state = if form.state == "active" { "active" } else { "disabled" };
    let account = seen(&cx, &login).await?.account;
    acts::set_state(&cx, account.id, state).await?;
    Ok(see_other(&format!("{HERE}/{login}?done=state")))
}

/// `POST /desk/accounts/{login}/sign-out`
pub(crate) async fn sign_out(cx: ActCx, Path(login): Path<String>) -> Reply {
    let account = seen(&cx, &login).await?.account;
    acts::sign_out_for(&cx, account.id).await?;
    Ok(see_other(&format!("{HERE}/{login}?done=out")))
}
