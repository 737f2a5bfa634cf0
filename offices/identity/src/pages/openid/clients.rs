//! The systems that sign people in here, for the administrators: two people decide on each.

use ::store::Reader;
use access::{Organ, Permit, ProposedState};
use axum::extract::{Path, Query};
use axum::response::Response;
use base::{Day, Id, Moment, Outcome, Refusal};
use frame::parts::{
    Answer, Button, Choice, Column, Crumb, Field, Heading, NoticeKind, Row, SummaryRow, Table,
    Tone, Width, banner, button_row, day, empty, link_button, moment_said, notice, post_form,
    proposed_rows, proposed_state, section, summary_list, tag, take_back,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, MenuItem, Problem, Reasoned, Reply, not_found, page};
use maud::{Markup, html};
use serde::Deserialize;

use crate::acts;
use crate::pages::{Wrong, shown_again};
use crate::rules::openid::{Wished, may_have_secret};
use crate::store::openid as rows;
use crate::terms::openid::{CLIENTS, Client, Holders, SCOPES};

const HERE: &str = "/desk/clients";
const TITLE: &str = "接入的系统";

/// The line of the menu, with how many systems wait for another person.
pub(crate) const ITEM: MenuItem = MenuItem {
    title: TITLE,
    path: HERE,
    icon: "link",
    permission: &CLIENTS,
    waiting: Some(waiting),
};

fn waiting(reader: &Reader<'_>, permit: &Permit, _: &[Permit], now: Moment) -> Outcome<i64> {
    rows::CLIENTS.waiting_for(reader, permit, now.day())
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

/// `GET /desk/clients`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let clients = cx.read(rows::clients).await?;
    let today = cx.now().day();
    let lines = clients.iter().map(|client| {
        Row::new([
            html! { (client.name) },
            html! { (client.organ_name) },
            html! { (client.holders.title()) },
            state(client, today),
            day(client.until),
        ])
        .href(format!("{HERE}/{}", client.id))
    });
    let columns = [
        Column::new("系统"),
        Column::new("负责的机构"),
        Column::new("谁用它登录"),
        Column::new("状态").narrow(),
        Column::new("最后一天").narrow(),
    ];
    let nothing =
        empty("还没有接入的系统", html! { p { "部门的系统登记以后，可以用本站账户登录。" } });
    let body = html! {
        @if wanted.done == "proposed" {
            (banner(NoticeKind::Success, html! { "已经提出，等另一位管理员同意。" }))
        }
        (Heading::new(TITLE).lead("部门自己的系统，可以用本站的账户登录。登记一个系统要两位管理员：一位提出，另一位同意。"))
        (button_row(link_button("提出接入一个系统", "/desk/clients/new")))
        (Table::new(TITLE).caption_hidden().columns(columns).rows(lines).empty(nothing))
    };
    page::desk(&cx, TITLE, &[], body).await
}

fn state(client: &Client, today: Day) -> Markup {
    match client.proposed.state {
        ProposedState::Agreed if client.until >= today => tag(Tone::Good, "在用"),
        ProposedState::Agreed => tag(Tone::Closed, "已到期"),
        ProposedState::Done => tag(Tone::Closed, "已停用"),
        _ => proposed_state(&client.proposed, today),
    }
}

/// `GET /desk/clients/new`
pub(crate) async fn new(cx: Cx) -> Reply {
    form_page(&cx, &Wished::default(), Wrong::default()).await
}

async fn form_page(cx: &Cx, wished: &Wished, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let organs = cx.read(access::organs).await?;
    let body = html! {
        (Heading::new("提出接入一个系统").lead("另一位管理员同意以后，才能用它登录。"))
        (wrong.head())
        (post_form(HERE, None, fields(&organs, wished, wrong)))
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    Ok(wrong.status(page::desk(cx, "提出接入一个系统", &crumbs, body).await?))
}

fn fields(organs: &[Organ], wished: &Wished, wrong: Wrong<'_>) -> Markup {
    let organs = organs.iter().map(|organ| Choice::new(&organ.id, &organ.name)).collect();
    let holders = Holders::ALL.iter().map(|(_, name, title)| Choice::new(*name, *title)).collect();
    let kinds = vec![
        Choice::new("secret", "能：程序在部门的服务器上").hint("同意以后生成一个密钥，只显示一次"),
        Choice::new("public", "不能：程序装在个人的电脑、手机上"),
    ];
    let scopes = SCOPES.iter().skip(1);
    let scopes = scopes.map(|scope| Choice::new(scope.name, scope.told).hint(scope.name)).collect();
    html! {
        (Field::text("name", "系统的名称").hint("登录的人会看到").value(&wished.name)
            .width(Width::Long).error(wrong.with("name")))
        (Field::select("organ", "负责的机构", organs).value(&wished.organ)
            .error(wrong.with("organ")))
        (Field::radios("holders", "谁用它登录", holders).value(&wished.holders)
            .error(wrong.with("holders")))
        (Field::radios("kind", "能不能保管密钥", kinds).value(&wished.kind)
            .error(wrong.with("kind")))
        (Field::area("redirects", "回调地址", 3).value(&wished.redirects)
            .hint("登录以后回到哪里。一行一个，写全，一个字也不能差；装在个人电脑上的写 http://127.0.0.1/路径，端口随意")
            .error(wrong.with("redirects")))
        (Field::area("leaves", "退出以后的地址", 2).value(&wished.leaves).optional()
            .hint("一行一个").error(wrong.with("leaves")))
        (Field::checks("scopes", "可以告诉它什么", scopes).values(wished.scopes.clone()).optional()
            .hint("办事用不到的，不要选。个人用户还要本人同意").error(wrong.with("scopes")))
        (Field::date("until", "最后一天").value(&wished.until).hint("三年以内，到时重新登记")
            .error(wrong.with("until")))
        (Field::area("reason", "依据或者理由", 2).value(&wished.reason).error(wrong.with("reason")))
        (button_row(html! { (Button::new("提出")) }))
    }
}

/// `POST /desk/clients`
pub(crate) async fn propose(cx: ActCx, Filled(form): Filled<Vec<(String, String)>>) -> Reply {
    let wished = wished_of(form);
    match acts::openid::propose_client(&cx, &wished).await {
        Ok(_) => Ok(see_other(&format!("{HERE}?done=proposed"))),
        Err(stop) => form_page(&cx, &wished, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// A form in which one name may come several times.
fn wished_of(fields: Vec<(String, String)>) -> Wished {
    let mut wished = Wished::default();
    for (name, value) in fields {
        match name.as_str() {
            "name" => wished.name = value,
            "organ" => wished.organ = value,
            "holders" => wished.holders = value,
            "kind" => wished.kind = value,
            "redirects" => wished.redirects = value,
            "leaves" => wished.leaves = value,
            "scopes" => wished.scopes.push(value),
            "until" => wished.until = value,
            "reason" => wished.reason = value,
            _ => {}
        }
    }
    wished
}

fn id_of(text: &str) -> Result<Id<Client>, Refusal> {
    text.parse().map_err(|_| not_found("这个系统"))
}

/// `GET /desk/clients/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let words = match wanted.done.as_str() {
        "agreed" => Some("已经同意，这个系统可以用本站账户登录了。"),
        "declined" => Some("已经回复不同意。"),
        "withdrawn" => Some("已经撤回。"),
        "ended" => Some("已经停用，它的登录全部失效。"),
        _ => None,
    };
    let told = words.map(|words| banner(NoticeKind::Success, html! { (words) }));
    one(&cx, id_of(&id)?, told, &Reasoned::default(), Wrong::default()).await
}

async fn one(
    cx: &Cx,
    id: Id<Client>,
    told: Option<Markup>,
    form: &Reasoned,
    wrong: Wrong<'_>,
) -> Reply {
    let today = cx.now().day();
    let client = cx.read(move |r| rows::client_by_id(r, id)).await?;
    let client = client.ok_or_else(|| not_found("这个系统"))?;
    let (one, own, here) = (&client.proposed, cx.account(), format!("{HERE}/{id}"));
    let place = |verb: &str| format!("{here}/{verb}");
    let decides = rows::CLIENTS.may_settle(one, &[own.as_str()], today).is_ok();
    let body = html! {
        @if let Some(told) = told { (told) }
        (Heading::new(&client.name).state(state(&client, today)))
        (wrong.head())
        (summary(&client, today))
        @if decides {
            (Answer::new(&here, Button::new("同意接入")).said(&form.reason, wrong.with("reason")))
        } @else if one.waits(today) { (take_back(rows::CLIENTS, &here)) }
        @if may_have_secret(&client, today).is_ok() {
            (section("secret", "密钥", html! {
                p { @match client.secret_at {
                    Some(at) => { "现在的密钥：" (moment_said(at, today)) "生成。" },
                    None => { "还没有生成。" },
                } }
                (post_form(&place("secret"), None, html! {
                    (Button::secondary("生成新的密钥").consequence("只显示一次；原来的密钥立即失效"))
                }))
            }))
        }
        @if one.state == ProposedState::Agreed {
            (section("end", "停用", post_form(&place("end"), None, html! {
                (Button::danger("停用这个系统").consequence("不能再用本站账户登录它，已经登录的立即失效；重新启用要重新登记"))
            })))
        }
    };
    let response = page::desk(cx, &client.name, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

fn summary(client: &Client, today: Day) -> Markup {
    let lines = |lines: &[String]| html! { @for line in lines { code { (line) } br; } };
    let scopes = SCOPES.iter().filter(|scope| client.scopes.iter().any(|one| one == scope.name));
    let mut shown = vec![
        SummaryRow::of("客户端编号（client_id）", html! { code { (client.id) } }),
        SummaryRow::new("负责的机构", &client.organ_name),
        SummaryRow::new("谁用它登录", client.holders.title()),
        SummaryRow::new("保管密钥", if client.public { "不能" } else { "能" }),
        SummaryRow::of("回调地址", lines(&client.redirects)),
        SummaryRow::of("退出以后的地址", lines(&client.leaves)),
        SummaryRow::of(
            "可以告诉它什么",
            html! {
                @for scope in scopes { (scope.told) " " code { (scope.name) } br; }
            },
        ),
        SummaryRow::of("最后一天", day(client.until)),
        SummaryRow::new("依据或者理由", &client.reason),
    ];
    shown.extend(proposed_rows(rows::CLIENTS, &client.proposed, today));
    summary_list(&shown)
}

/// Shows the page again with what was refused, or leads to the one that says it is done.
async fn settled(
    cx: &Cx,
    id: Id<Client>,
    done: &str,
    form: &Reasoned,
    outcome: Outcome<()>,
) -> Reply {
    match outcome {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done={done}"))),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            one(cx, id, None, form, Wrong(Some(&refusal))).await
        }
    }
}

/// `POST /desk/clients/{id}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, "agreed", &form, acts::openid::agree_client(&cx, id, &form.reason).await).await
}

/// `POST /desk/clients/{id}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, "declined", &form, acts::openid::decline_client(&cx, id, &form.reason).await)
        .await
}

/// `POST /desk/clients/{id}/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    settled(
        &cx,
        id,
        "withdrawn",
        &Reasoned::default(),
        acts::openid::withdraw_client(&cx, id).await,
    )
    .await
}

/// `POST /desk/clients/{id}/end`
pub(crate) async fn end(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    settled(&cx, id, "ended", &Reasoned::default(), acts::openid::end_client(&cx, id).await).await
}

/// `POST /desk/clients/{id}/secret`
pub(crate) async fn secret(cx: ActCx, Path(id): Path<String>) -> Reply {
    let id = id_of(&id)?;
    match acts::openid::make_secret(&cx, id).await {
        Ok(secret) => {
            let told = notice(
                NoticeKind::Success,
                "密钥已经生成",
                html! {
                    p { "密钥（client_secret）：" strong class="code-once" { (secret) } }
                    p { "请现在交给系统的管理人员。离开这一页，就再也看不到了。" }
                },
            );
            one(&cx, id, Some(told), &Reasoned::default(), Wrong::default()).await
        }
        Err(stop) => settled(&cx, id, "", &Reasoned::default(), Err(stop)).await,
    }
}
