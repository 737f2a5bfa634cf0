//! Closing one's own account: what ends, what goes on, what is kept.

use access::Kind;
use axum::response::Response;
use base::Day;
use flow::CaseHead;
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Row, Table, button_row, day_said,
    legal_basis, notice, post_form, section,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Problem, Reply, page};
use serde::Deserialize;

use super::contact::password_again;
use super::me::own;
use super::sign_in::without_session;
use super::{Wrong, shown_again};
use crate::acts;
use maud::{Markup, html};

/// So many cases are looked through for open ones.
const CASES_MAX: i64 = 50;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sure {
    password: String,
    sure: String,
}

/// `GET /me/close`
pub(crate) async fn ask(cx: Cx) -> Reply {
    close_page(&cx, &Sure::default(), Wrong::default()).await
}

async fn close_page(cx: &Cx, given: &Sure, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let account = own(cx).await?;
    let crumbs = [Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")];
    if account.kind == Kind::Staff {
        let body = html! {
            (Heading::new("注销账户"))
            (notice(NoticeKind::Info, "工作人员的账户不能自己注销", html! {
                p { "离岗的，由系统管理员停用账户。" }
            }))
        };
        return Ok(wrong.status(page::site(cx, "注销账户", &crumbs, body)));
    }
    let id = account.id.to_string();
    let cases = cx.read(move |r| flow::mine(r, &id, None, CASES_MAX)).await?;
    let open: Vec<&CaseHead> = cases.rows.iter().filter(|case| case.open).collect();
    let body = html! {
        (Heading::new("注销账户").lead("注销以后，这个账户再也不能登录，也不能恢复。"))
        (wrong.head())
        @if !open.is_empty() { (running(&open, cx.now().day())) }
        (section("then", "注销以后", what_follows()))
        (post_form("/me/close", None, html! {
            (password_again(wrong.with("password")))
            (Field::confirm("sure", "我知道账户注销以后不能恢复").value(&given.sure)
                .error(wrong.with("sure")))
            (button_row(html! {
                (Button::danger(format!("注销账户 {}", account.login))
                    .consequence("立即在所有设备上退出；想留着账户的，直接离开这一页就可以"))
            }))
        }))
    };
    Ok(wrong.status(page::site(cx, "注销账户", &crumbs, body)))
}

/// The cases that go on without the account: their numbers are all that leads to them.
fn running(open: &[&CaseHead], today: Day) -> Markup {
    let rows = open.iter().map(|case| {
        Row::new([
            html! { (case.item_name) br; a href={ "/my/cases/" (case.no) "/slip" } { (case.no) } },
            html! {
                (case.public_title)
                @if let Some(last) = case.due_supplement { "，最迟 " (day_said(last, today)) }
            },
        ])
    });
    section(
        "running",
        "正在办理的申请",
        html! {
            p { "它们会继续办理。请先打开每一件的回执，记下办件编号和查询码：注销以后，凭这两样在“查办件”里查看。" }
            @if open.iter().any(|case| case.due_supplement.is_some()) {
                (notice(NoticeKind::Warning, "有申请正等您补正", html! {
                    p { "网上补正要登录，请先补正或者撤回，再注销账户。" }
                }))
            }
            (Table::new("正在办理的申请").caption_hidden().columns([
                Column::new("事项和办件编号"), Column::new("状态"),
            ]).rows(rows).stacked())
        },
    )
}

fn what_follows() -> Markup {
    html! {
        div class="prose" { ul {
            li { "密码、公民身份号码、手机号码和电子邮箱从账户里删除，在所有设备上退出。" }
            li { "没有提交的草稿不能再打开。网上补正和撤回要登录，注销以后不能再办。" }
            li { "已经提交的申请和每一步的记录依法保存，姓名和用户名留在记录里；用户名不再给别人使用。" }
            li { "以后想再在网上办事，可以用同一个公民身份号码重新注册，那是一个新的账户。" }
        } }
        (legal_basis("《中华人民共和国个人信息保护法》第四十七条、《网络数据安全管理条例》第二十三条、第二十四条"))
    }
}

/// `POST /me/close`
pub(crate) async fn close(cx: ActCx, Filled(given): Filled<Sure>) -> Reply {
    let outcome = match given.sure.as_str() {
        "true" => acts::close_account(&cx, &given.password).await,
        _ => Err(unsure().into()),
    };
    match outcome {
        Ok(()) => Ok(without_session(&cx, see_other("/sign-in?done=closed"))?),
        Err(stop) => close_page(&cx, &given, Wrong(Some(&shown_again(stop)?))).await,
    }
}

fn unsure() -> base::Refusal {
    let words = "请勾选，表示您知道注销以后不能恢复";
    base::Refusal::new(base::RefusalKind::Invalid, "identity.unsure", words).field("sure", words)
}
