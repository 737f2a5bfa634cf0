//! Staff accounts and their posts.

use access::{Account, Holding, Kind, Organ, ROLES, role_title};
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, Query};
use base::{Day, Id};
use frame::parts::{
    Button, Choice, Column, Crumb, Field, Heading, NoticeKind, Pager, Row, SummaryRow, Table, Tone,
    Width, banner, button_row, day, details, empty, hidden, inset, notice, post_form, section,
    summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Problem, Reply, not_found, page};
use serde::Deserialize;

use super::{Wrong, may, sent, shown_again};
use crate::acts;
use crate::terms::{ADMINISTER, GRANT};
use maud::{Markup, html};

const HERE: &str = "/desk/accounts";
const PAGE: i64 = 50;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    after: String,
    done: String,
}

/// `GET /desk/accounts`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    list_page(&cx, &wanted.after, &NewStaff::default(), Wrong::default()).await
}

async fn list_page(cx: &Cx, after: &str, form: &NewStaff, wrong: Wrong<'_>) -> Reply {
    let sought = after.to_owned();
    let accounts = cx.read(move |r| access::accounts_after(r, Kind::Staff, &sought, PAGE)).await?;
    let opens = may(cx, &ADMINISTER).await?;
    let full = i64::try_from(accounts.len()).is_ok_and(|count| count >= PAGE);
    let next = accounts.last().filter(|_| full).map(|last| format!("{HERE}?after={}", last.login));
    let rows = accounts.iter().map(|account| {
        Row::new([html! { (account.login) }, html! { (account.name) }, state(account)])
            .href(format!("{HERE}/{}", account.login))
    });
    let body = html! {
        (Heading::new("人员账户"))
        (wrong.head())
        (Table::new("人员账户，按用户名排列").columns([
            Column::new("用户名").narrow(), Column::new("姓名"), Column::new("状态").narrow(),
        ]).rows(rows).empty(empty("没有人员账户", html! { p { "系统管理员可以在下面开立。" } })))
        (Pager::new(next).first((!after.is_empty()).then(|| HERE.to_owned())))
        @if opens {
            (section("open", "开立账户", post_form(HERE, None, html! {
                (Field::text("name", "姓名").value(&form.name).width(Width::Long).error(wrong.with("name")))
                (Field::text("account", "用户名").hint("3 到 40 个字母、数字、点、减号或下划线")
                    .value(&form.account).complete("off").width(Width::Long).error(wrong.with("account")))
                (button_row(html! {
                    (Button::new("开立账户").consequence("开立以后显示一次性代码，由本人用它设置密码；岗位由安全管理员授予"))
                }))
            })))
        }
    };
    let response = page::desk(cx, "人员账户", &[], body).await?;
    Ok(wrong.status(response))
}

fn state(account: &Account) -> Markup {
    match (account.state.as_str(), &account.password) {
        ("active", Some(_)) => tag(Tone::Good, "正常"),
        ("active", None) => tag(Tone::Soon, "还没有设置密码"),
        _ => tag(Tone::Closed, "已停用"),
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewStaff {
    name: String,
    account: String,
}

/// `POST /desk/accounts`: the one-time code is shown here and never again.
pub(crate) async fn open(cx: ActCx, form: Result<Form<NewStaff>, FormRejection>) -> Reply {
    let form = sent(form)?;
    let code = match acts::open_staff(&cx, &form.account, &form.name).await {
        Ok(code) => code,
        Err(stop) => {
            return list_page(&cx, "", &form, Wrong(Some(&shown_again(stop)?))).await;
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

struct Seen {
    account: Account,
    holdings: Vec<Holding>,
    organs: Vec<Organ>,
}

async fn seen(cx: &Cx, login: &str) -> Result<Seen, Problem> {
    let login = login.to_owned();
    let seen = cx
        .read(move |r| {
            let account = access::account_by_login(r, &login)?
                .filter(|account| account.kind == Kind::Staff)
                .ok_or_else(|| not_found("这个人员账户"))?;
            let holdings = access::holdings_of(r, account.id)?;
            Ok(Seen { account, holdings, organs: access::organs(r)? })
        })
        .await?;
    Ok(seen)
}

/// `GET /desk/accounts/{login}`
pub(crate) async fn look(cx: Cx, Path(login): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    one(&cx, &login, &PostForm::default(), Wrong::default(), &wanted.done).await
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PostForm {
    role: String,
    organ: String,
    post: String,
}

async fn one(cx: &Cx, login: &str, form: &PostForm, wrong: Wrong<'_>, done: &str) -> Reply {
    let seen = seen(cx, login).await?;
    let (grants, administers) = (may(cx, &GRANT).await?, may(cx, &ADMINISTER).await?);
    let today = cx.now().day();
    let own = cx.person().is_some_and(|person| person.account == seen.account.id);
    let words = match done {
        "given" => Some("岗位已经授予，下一次打开页面就生效。"),
        "ended" => Some("岗位已经收回，立即生效。"),
        "state" => Some("账户状态已经改变。"),
        _ => None,
    };
    let account = &seen.account;
    let body = html! {
        @if let Some(words) = words { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(&account.name).caption(&account.login).state(state(account)))
        (wrong.head())
        (section("posts", "岗位", posts(&seen, grants && !own, today)))
        @if grants && !own {
            (section("give", "授予岗位", give_form(&seen, form, wrong)))
        }
        @if administers && !own { (section("state", "账户状态", state_form(account))) }
        (details("账户编号", summary_list(&[SummaryRow::new("编号", account.id.to_string())])))
    };
    let crumbs = [Crumb::new("人员账户", HERE)];
    let response = page::desk(cx, &account.name, &crumbs, body).await?;
    Ok(wrong.status(response))
}

fn posts(seen: &Seen, ends: bool, today: Day) -> Markup {
    let organ_name = |id: &str| {
        seen.organs.iter().find(|organ| organ.id == id).map_or(id.to_owned(), |o| o.name.clone())
    };
    let rows = seen.holdings.iter().map(|holding| {
        let held = holding.until.is_none_or(|until| until >= today);
        let action = format!("{HERE}/{}/end", seen.account.login);
        Row::new([
            html! { (holding.post) },
            html! { (role_title(&holding.role)) },
            html! { (organ_name(&holding.organ)) },
            html! {
                (day(holding.from)) "起"
                @if let Some(until) = holding.until { "，到" (day(until)) }
            },
            html! {
                @if ends && held {
                    form method="post" action=(action) {
                        (hidden("holding", &holding.id.to_string()))
                        (Button::quiet(format!("收回{}的{}岗位", seen.account.name, holding.post)))
                    }
                }
            },
        ])
    });
    let nothing = empty("没有岗位", html! { p { "没有岗位的账户能登录，但不能办理任何事。" } });
    html! {
        (Table::new("现在和以前的岗位").caption_hidden().columns([
            Column::new("岗位"), Column::new("角色"), Column::new("机构"), Column::new("期间"),
            Column::new("办理"),
        ]).rows(rows).empty(nothing))
    }
}

fn give_form(seen: &Seen, form: &PostForm, wrong: Wrong<'_>) -> Markup {
    let roles = ROLES
        .iter()
        .filter(|role| !matches!(role.name, "anyone" | "citizen"))
        .map(|role| Choice::new(role.name, role.title))
        .collect();
    let organs = seen.organs.iter().map(|organ| Choice::new(&organ.id, &organ.name)).collect();
    post_form(
        &format!("{HERE}/{}/give", seen.account.login),
        None,
        html! {
            (Field::select("role", "角色", roles).value(&form.role).error(wrong.with("role")))
            (Field::select("organ", "机构", organs).value(&form.organ).error(wrong.with("organ")))
            (Field::text("post", "岗位名称").hint("不填的，用角色的名称").optional().value(&form.post)
                .width(Width::Long))
            (button_row(html! { (Button::new(format!("授予{}这个岗位", seen.account.name))) }))
        },
    )
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

/// `POST /desk/accounts/{login}/give`
pub(crate) async fn give(
    cx: ActCx,
    Path(login): Path<String>,
    form: Result<Form<PostForm>, FormRejection>,
) -> Reply {
    let form = sent(form)?;
    let account = seen(&cx, &login).await?.account;
    match acts::give_post(&cx, account.id, &form.role, &form.organ, &form.post).await {
        Ok(()) => Ok(see_other(&format!("{HERE}/{login}?done=given"))),
        Err(stop) => one(&cx, &login, &form, Wrong(Some(&shown_again(stop)?)), "").await,
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EndForm {
    holding: String,
}

/// `POST /desk/accounts/{login}/end`
pub(crate) async fn end(
    cx: ActCx,
    Path(login): Path<String>,
    form: Result<Form<EndForm>, FormRejection>,
) -> Reply {
    let holding: Id<Holding> = sent(form)?.holding.parse().map_err(|_| not_found("这个岗位"))?;
    let seen = seen(&cx, &login).await?;
    if !seen.holdings.iter().any(|held| held.id == holding) {
        return Err(not_found("这个岗位").into());
    }
    acts::end_post(&cx, seen.account.id, holding).await?;
    Ok(see_other(&format!("{HERE}/{login}?done=ended")))
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
    form: Result<Form<StateForm>, FormRejection>,
) -> Reply {
    let state = if sent(form)?.state == "active" { "active" } else { "disabled" };
    let account = seen(&cx, &login).await?.account;
    acts::set_state(&cx, account.id, state).await?;
    Ok(see_other(&format!("{HERE}/{login}?done=state")))
}
