//! One's own account, and who looked at one's data.

use access::{Account, Kind};
use ask::Read;
use axum::extract::Query;
use axum::response::Response;
use base::mask;
use frame::parts::{
    Button, Column, Crumb, Heading, NoticeKind, Pager, Row, SummaryRow, Table, banner, empty,
    link_button, masked, moment, post_form, section, summary_list,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Problem, Reply, not_found, page};
use serde::Deserialize;

use super::sign_in::without_session;
use super::{Wrong, shown_again};
use crate::{acts, store};
use maud::{Markup, html};

const PAGE: i64 = 30;
/// The kind of a look at what a person had entered in an application.
const ENTERED: &str = "approvals.entries_shown";
/// What the post of who looks by a mandate begins with.
const AGENT: &str = "代理人";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
    before: String,
}

/// `GET /me`
pub(crate) async fn show(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    account_page(&cx, &wanted.done, Wrong::default()).await
}

pub(super) async fn own(cx: &Cx) -> Result<Account, Problem> {
    let id = cx.signed_in()?.account;
    let account = cx.read(move |r| access::account_by_id(r, id)).await?;
    Ok(account.ok_or_else(|| not_found("您的账户"))?)
}

async fn account_page(cx: &Cx, done: &str, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let account = own(cx).await?;
    let (id, now) = (account.id, cx.now());
    let waits = cx.read(move |r| store::waiting_address(r, id, now)).await?.is_some();
    let body = html! {
        @if let Some(words) = done_words(done) { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new("我的账户"))
        (wrong.head())
        (summary_list(&facts(cx, &account, waits)))
        (super::level::told(&account))
        @if account.kind == Kind::Citizen && !account.real_name && account.number_sealed.is_some() { (unproven()) }
        @if account.number_sealed.is_some() && account.real_name {
            (section("looks", "谁看过我的信息", html! {
                p { "每次有人或者部门查您的登记信息，都留下一条记录：谁、为什么、看了哪些。" }
                (link_button("查看记录", "/me/looks"))
            }))
        }
        (section("data", "我的全部信息", html! {
            p { "取一份本站保存的、关于您的全部信息。" }
            (link_button("查看和取", "/me/data"))
        }))
        @if account.password.is_some() {
            (section("change-password", "修改密码", html! {
                p { "改好以后，所有设备都要用新密码重新登录。" }
                (link_button("修改密码", "/me/password"))
            }))
        } @else {
            (section("change-password", "设置密码", html! {
                p { "账户是由身份认证平台开立的，还没有密码。写委托书、改手机号码等，要用密码再确认一次是您本人。" }
                (link_button("设置密码", "/me/password"))
            }))
        }
        (section("factors", "登录方式", html! {
            p { "在密码之外再验证一次，更安全。" }
            (link_button("查看和设置", "/me/factors"))
        }))
        (section("devices", "登录的设备", html! {
            p { "看看账户登录在哪些地方，让不认识的退出。" }
            (link_button("查看登录的设备", "/me/devices"))
        }))
        @if account.kind == Kind::Citizen {
            (section("mandates", "委托代办", html! {
                p { "请别人代您办事，或者替别人办事。" }
                (link_button("查看和填写委托书", "/me/mandates"))
            }))
            (section("connected", "授权的系统", html! {
                p { "您用本站账户登录过、同意告诉它信息的系统。" }
                (link_button("查看和收回", "/me/connected"))
            }))
        }
        @if account.kind == Kind::Staff {
            (section("signing", "签名证书", html! {
                p { "作决定、发布、授权，要由您本人用证书签名。" }
                (link_button("查看和登记", "/me/signing"))
            }))
        }
        (section("everywhere", "在所有设备上退出", html! {
            p { "用过公共电脑、忘了退出的，可以在这里一次全部退出。" }
            (post_form("/me/sign-out-everywhere", None, html! {
                (Button::secondary("在所有设备上退出登录"))
            }))
        }))
        @if account.kind == Kind::Citizen {
            (section("close", "注销账户", html! {
                p { "不再使用的，可以注销。正在办理的申请会继续办理。" }
                (link_button("注销账户", "/me/close"))
            }))
        }
    };
    Ok(wrong.status(page::site(cx, "我的账户", &[Crumb::new("首页", "/")], body)))
}

fn done_words(done: &str) -> Option<&'static str> {
    match done {
        "registered" => Some("注册成功，您已登录。"),
        "proven" => Some("核对一致，账户已经核实。"),
        "phone" => Some("手机号码已经修改。"),
        "email" => Some("新的电子邮箱已经确认，以后用它写信给您。"),
        "no-email" => Some("电子邮箱已经删除。"),
        _ => None,
    }
}

/// What it means that an account is not a real-name one. The same words whatever the reason is.
const NOT_REAL_NAME: &str = "没有与人口登记核对一致。可以申请办事，登记信息要自己填写";

/// The ways to a real-name account.
fn unproven() -> Markup {
    section(
        "prove",
        "核实账户是您本人的",
        html! {
            p { "姓名、公民身份号码、手机号码三样都与人口登记一致，账户才算核实。没有核对一致的，可以：" }
            div class="prose" { ul {
                li { "手机号码填错了、换过的，先修改手机号码，再核对一次。" }
                li { "姓名、公民身份号码填错了的，注销这个账户，重新注册。" }
                li { "都没有填错的，带身份证到政务服务大厅的窗口，由工作人员当面核实。" }
            } }
            (post_form("/me/compare", None, html! {
                (Button::secondary("再核对一次").consequence("核对会留下记录，号码的本人可以看到"))
            }))
        },
    )
}

fn facts(cx: &Cx, account: &Account, waits: bool) -> Vec<SummaryRow> {
    let keys = &cx.hall().keys;
    let mut rows =
        vec![SummaryRow::new("姓名", &account.name), SummaryRow::new("用户名", &account.login)];
    if account.kind == Kind::Citizen {
        let real = if account.real_name { "已经核实是本人" } else { NOT_REAL_NAME };
        rows.push(SummaryRow::new("实名", format!("{}：{real}", account.level().title())));
    }
    if let Some(number) = account.number(keys) {
        rows.push(SummaryRow::of("公民身份号码", masked(&mask::citizen_number(&number))));
    }
    let hidden_row = |key: &str, value: Option<String>| match value {
        Some(value) => SummaryRow::of(key, masked(&value)),
        None => SummaryRow::new(key, ""),
    };
    let phone = account.phone(keys).map(|phone| mask::phone(&phone));
    rows.push(hidden_row("手机号码", phone).change("/me/phone"));
    let email = account.email(keys).map(|email| mask::email(&email));
    let told_here = email.is_none() && account.kind == Kind::Citizen;
    let row = hidden_row("电子邮箱", email).change("/me/email");
    let to_confirm = html! { "有一个邮箱等您确认：" a href="/me/email" { "输入确认码" } };
    rows.push(if waits {
        row.note(to_confirm)
    } else if told_here {
        row.note(told_only_here(cx))
    } else {
        row
    });
    let posts = cx.person().map(|person| person.posts.as_slice()).unwrap_or_default();
    for post in posts.iter().filter(|post| !post.organ.is_empty()) {
        rows.push(SummaryRow::new("岗位", format!("{} · {}", post.title, post.organ_name)));
    }
    rows
}

/// To who has no mail address: where the steps of a case are told.
fn told_only_here(cx: &Cx) -> Markup {
    html! {
        "没有邮箱，办件的每一步只在"
        @if cx.hall().office("approvals").is_some() { a href="/my/cases" { "我的办件" } }
        @else { "“我的办件”" }
        "里告诉您，请常登录看看；填了的，每一步都会写信"
    }
}

/// `POST /me/sign-out-everywhere`
pub(crate) async fn everywhere(cx: ActCx) -> Reply {
    acts::sign_out_everywhere(&cx).await?;
    Ok(without_session(&cx, see_other("/sign-in?done=everywhere"))?)
}

/// `POST /me/compare`
pub(crate) async fn compare(cx: ActCx) -> Reply {
    match acts::compare_again(&cx).await {
        Ok(()) => Ok(see_other("/me?done=proven")),
        Err(stop) => account_page(&cx, "", Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `GET /me/looks`: those under the citizen number only for who is proven to be its holder.
pub(crate) async fn looks(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let account = own(&cx).await?;
    let keys = cx.hall().keys.clone();
    let before = wanted.before.parse().ok();
    let (held, page, now) = (account.clone(), (before, PAGE), cx.now());
    let reads = cx.read(move |r| acts::own_looks(r, &keys, &held, page, now)).await?;
    let own = cx.person().map(|person| person.account.to_string());
    let full = i64::try_from(reads.len()).is_ok_and(|count| count >= PAGE);
    let next = reads.last().filter(|_| full).map(|read| format!("/me/looks?before={}", read.id));
    let nothing = nobody_looked(&account);
    let table = Table::new("查看记录，最近的在前")
        .columns([
            Column::new("时间").narrow(),
            Column::new("谁"),
            Column::new("为什么"),
            Column::new("看了什么"),
            Column::new("投诉").narrow(),
        ])
        .rows(reads.iter().map(|read| row(&cx, read)))
        .empty(nothing)
        .stacked();
    let body = html! {
        (Heading::new("谁看过我的信息").lead("政府部门按法定职责查看您的登记信息，每一次都有记录，任何人不能删改。法律规定暂不告知的，期满以后和依据一起显示在这里。"))
        (table)
        (Pager::new(next).first(before.map(|_: base::Id<ask::Asked>| "/me/looks".to_owned())))
        @if reads.iter().any(|read| read.account != own) {
            p { "认为查看没有道理的，可以在那一次查看旁边点“投诉”，也可以拨打 12345。" }
        }
        @if cx.hall().office("privacy").is_some() {
            p { (link_button("我的投诉和答复", "/me/complaints")) }
        }
    };
    let crumbs = [Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")];
    Ok(page::wide(&cx, "谁看过我的信息", &crumbs, body))
}

fn nobody_looked(account: &Account) -> Markup {
    if account.real_name {
        let words = html! { p { "有人或者部门查了您的登记信息，会记在这里。" } };
        return empty("还没有人看过您的登记信息", words);
    }
    let words = html! {
        p { "记录只给公民身份号码的本人看。请先" a href="/me#prove" { "核实账户是您本人的" } "。" }
    };
    empty("账户还没有核实，不能查看记录", words)
}

fn row(cx: &Cx, read: &Read) -> Row {
    let own = cx.person().map(|person| person.account.to_string());
    let office = cx.hall().office(&read.asker).map_or(read.asker.as_str(), |office| office.title);
    let who = match read.organ_name.as_str() {
        // Who decides on an application is told by post, as on the page of the case.
        organ if read.kind == ENTERED => format!("{organ}，{}", read.post),
        // An agent is named with the mandate by which they looked.
        "" if read.post.starts_with(AGENT) => format!("{}（{}）", read.name, read.post),
        "" => read.name.clone(),
        organ if read.post.is_empty() => format!("{}（{organ}）", read.name),
        organ => format!("{}（{organ}，{}）", read.name, read.post),
    };
    let what = match (read.found, read.fields.is_empty()) {
        (false, _) => "没有查到登记".to_owned(),
        (true, true) => "没有给出内容".to_owned(),
        (true, false) => {
            read.fields.iter().map(|field| field_title(field)).collect::<Vec<_>>().join("、")
        }
    };
    Row::new([
        moment(read.at),
        html! { (who) },
        html! {
            (read.purpose) "（" (office) "）"
            @if let Some(deferral) = &read.deferred { p class="meta" { (deferral.words()) } }
        },
        html! { (what) },
        html! {
            // One's own look is nobody's wrong.
            @if cx.hall().office("privacy").is_some() && read.account != own {
                a href={ "/me/complaints/new?look=" (read.id) } { "投诉" }
            } @else { "您本人" }
        },
    ])
}

/// What people call a field of an answer.
pub(super) fn field_title(field: &str) -> &str {
    match field {
        "name" => "姓名",
        "sex" => "性别",
        "birth" => "出生日期",
        "ethnic_group" | "ethnicity" => "民族",
        "number" => "公民身份号码",
        "representative_number" => "作为法定代表人的公民身份号码",
        "address" => "住址",
        "phone" => "电话",
        "died" => "是否健在",
        ask::ERASED => "内容已经删除",
        "*" => "只核对是否一致，不给出内容",
        other => other,
    }
}
