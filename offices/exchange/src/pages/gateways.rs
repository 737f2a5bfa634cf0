//! Gateways: who is connected, how it stands with each, what waits.

use std::collections::HashMap;

use ::store::Reader;
use access::Permit;
use axum::extract::{Path, Query};
use base::{Moment, Outcome};
use delivery::Depth;
use exchange_contract::Mode;
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Row, Stat, SummaryRow, Table, Tone, banner,
    button_row, day, empty, link_button, moment_said, notice, post_form, proposed_by, section,
    stats, summary_list, tag,
};
use frame::{ActCx, Cx, Filled, MenuItem, Reasoned, Reply, Wrong, not_found, page, shown_again};
use maud::{Markup, html};
use serde::Deserialize;

use super::{HERE, TITLE, done, may, state_of, subscriptions, views};
use crate::acts;
use crate::store::publications::{self, Publication};
use crate::store::subscriptions::of_gateway;
use crate::store::{self, PROPOSALS, certificates, flows, messages, unanswered};
use crate::terms::{
    Alarm, DECIDE, Former, Gateway, Proposal, Refused, Rule, SEE, Stall, State, Unanswered,
    queue_of,
};

/// The line of the menu, with how many alarms there are, and how many proposals wait for another person's word.
pub(crate) const ITEM: MenuItem =
    MenuItem { title: TITLE, path: HERE, icon: "link", permission: &SEE, waiting: Some(waiting) };

fn waiting(reader: &Reader<'_>, permit: &Permit, permits: &[Permit], now: Moment) -> Outcome<i64> {
    let alarms = flows::alarms_open(reader)?;
    match permits.iter().any(|held| held.permission() == DECIDE.name) {
        true => Ok(alarms + PROPOSALS.waiting_for(reader, permit, now.day())?),
        false => Ok(alarms),
    }
}

/// Where the list is.
const PLACE: &str = "/desk/exchange/gateways";
const WORDS: &str = "数据交换的网关";

/// What was just done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

struct Found {
    gateways: Vec<Gateway>,
    depths: HashMap<String, Depth>,
    open: Vec<Proposal>,
    stalls: Vec<Stall>,
    certified: bool,
}

/// `GET /desk/exchange/gateways`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let now = cx.now();
    let found = cx
        .read(move |r| {
            let depths = delivery::depths(r)?.into_iter().map(|one| (one.queue.clone(), one));
            let keys = store::centre_keys(r)?;
            Ok(Found {
                gateways: store::gateways(r)?,
                depths: depths.collect(),
                open: PROPOSALS.open(r, now.day())?,
                stalls: store::stalls(r)?,
                certified: keys.iter().any(|row| row.signing.is_some()),
            })
        })
        .await?;
    let (decides, rule) = (may(&cx, &DECIDE).await?, acts::rule(now.day())?);
    let body = html! {
        @if let Some(words) = said_done(&wanted.done) { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(WORDS).lead("各部门的网关在自己的地方运行，主动连到中心。每条消息都有签名，内容只有收件的一方能打开。"))
        (stalled(&found.stalls, &rule, now))
        @if !found.certified {
            (notice(NoticeKind::Warning, "交换中心还没有启用自己的证书", html! {
                p { "网关要用它核对中心的答复。" a href={ (HERE) "/centre" } { "生成密钥、申请证书" } }
            }))
        }
        (views(PLACE))
        (numbers(&found, &rule, now))
        (open(&cx, &found.open))
        (table(&found, &rule, now))
        @if decides {
            (button_row(html! {
                (link_button("提出登记网关", &format!("{HERE}/register")))
                (link_button("中心的证书", &format!("{HERE}/centre")))
            }))
        }
    };
    page::desk(&cx, WORDS, &[Crumb::new(TITLE, HERE)], body).await
}

/// What was just done, in words.
pub(super) fn said_done(what: &str) -> Option<&'static str> {
    match what {
        "proposed" => Some("已经提出，等另一位管理员同意。"),
        "agreed" => Some("已经同意，并且办好了。"),
        "declined" => Some("已经回复不同意。"),
        "withdrawn" => Some("已经撤回。"),
        "stopped" => Some("已经停用，从现在起它的请求都会被拒绝。"),
        _ => None,
    }
}

/// What stands still, and until when traffic goes on. The bus has a section of its own that says so.
pub(super) fn stalled(stalls: &[Stall], rule: &Rule, now: Moment) -> Markup {
    html! {
        @for stall in stalls.iter().filter(|stall| stall.what != "bus") {
            @let ends = stall.since.plus_seconds(rule.stall_seconds);
            @let title = match ends <= now {
                true => format!("{}，已经暂停受理消息", stall.words),
                false => format!("{}，{} 秒以后暂停受理消息", stall.words, (ends.millis() - now.millis()) / 1_000),
            };
            (notice(NoticeKind::Warning, &title, html! {
                p { "从 " (moment_said(stall.since, now.day())) " 开始。恢复以后自动继续，网关会重新发送。" }
            }))
        }
    }
}

fn numbers(found: &Found, rule: &Rule, now: Moment) -> Markup {
    let active = found.gateways.iter().filter(|one| one.state == State::Active);
    let seen = active.clone().filter(|one| is_here(one, rule, now)).count();
    let held: i64 = found.depths.values().map(|depth| depth.held).sum();
    let (seen, all) = (seen.to_string(), active.count());
    stats(&[
        Stat::new("连接着的网关", seen).note(format!("在用的共 {all} 个")),
        Stat::new("等待取走的消息", held).unit("条"),
    ])
}

/// Whether a gateway was there lately: within two of its sessions.
fn is_here(gateway: &Gateway, rule: &Rule, now: Moment) -> bool {
    gateway.seen.is_some_and(|at| at.plus_seconds(rule.session_seconds * 2) > now)
}

/// What waits for another person's word.
pub(super) fn open(cx: &Cx, open: &[Proposal]) -> Markup {
    let own = cx.account();
    let rows = open.iter().map(|one| {
        Row::new([
            html! { (one.title) },
            proposed_by(&one.proposed, &own),
            day(one.proposed.last_day),
        ])
        .href(format!("{HERE}/proposals/{}", one.id))
    });
    let columns =
        [Column::new("事项"), Column::new("提出的人").narrow(), Column::new("失效的日期").narrow()];
    html! {
        @if !open.is_empty() {
            (section("waiting", "等待同意", html! {
                (Table::new("等待同意的事项").caption_hidden().columns(columns).rows(rows).stacked())
            }))
        }
    }
}

fn table(found: &Found, rule: &Rule, now: Moment) -> Markup {
    let columns = [
        Column::new("网关"),
        Column::new("代表的机关").minor(),
        Column::new("状态").narrow(),
        Column::new("最近连接").narrow(),
        Column::new("证书到期").narrow(),
        Column::number("等待取走"),
    ];
    let rows = found.gateways.iter().map(|one| {
        let held = found.depths.get(&one.queue()).map_or(0, |depth| depth.held);
        Row::new([
            html! { (one.title) br; small { code { (one.name) } } },
            html! { (one.organ_names.join("、")) },
            state_of(one, rule, now),
            html! { @match one.seen { Some(at) => (moment_said(at, now.day())), None => "还没有" } },
            day(one.until.day()),
            html! { (held) },
        ])
        .href(format!("{HERE}/gateways/{}", one.name))
    });
    html! {
        (section("gateways", "网关", html! {
            (Table::new("网关").caption_hidden().columns(columns).rows(rows).stacked()
                .empty(empty("还没有登记网关", html! { p { "一位管理员提出登记、另一位同意以后，网关会出现在这里。" } })))
        }))
    }
}

/// `GET /desk/exchange/gateways/{name}`
pub(crate) async fn look(cx: Cx, Path(name): Path<String>) -> Reply {
    shown(&cx, &name, &Reasoned::default(), Wrong::default()).await
}

async fn shown(cx: &Cx, name: &str, form: &Reasoned, wrong: Wrong<'_>) -> Reply {
    let sought = name.to_owned();
    let (gateway, (depth, former), (refused, silent, told), (published, subscribed)) = cx
        .read(move |r| {
            let gateway = store::gateway(r, &sought)?.ok_or_else(|| not_found("这个网关"))?;
            let depth = delivery::depth(r, &queue_of(&sought))?;
            let published = publications::of_gateway(r, &sought, 20)?;
            let subscribed = of_gateway(r, &sought)?;
            let given = (published, subscribed);
            let depth = (depth, certificates::of_gateway(r, &sought)?);
            let open = flows::alarms(r, "open", acts::alarms::STANDING_MAX)?;
            let told = open.into_iter().filter(|one| acts::alarms::is_told_by(one, &sought));
            let told: Vec<Alarm> = told.collect();
            let silent = unanswered::of_gateway(r, &sought, 20)?;
            let wrong = (messages::refusals(r, &sought, "", 20)?, silent, told);
            Ok((gateway, depth, wrong, given))
        })
        .await?;
    let (now, rule) = (cx.now(), acts::rule(cx.now().day())?);
    let decides = may(cx, &DECIDE).await?;
    let place = format!("{HERE}/gateways/{name}");
    let body = html! {
        (Heading::new(&gateway.title).state(state_of(&gateway, &rule, now)))
        (wrong.head())
        (summary(&gateway, &former, &depth, now))
        (says(&told, now))
        (button_row(html! {
            (link_button("它发出的消息", &format!("{HERE}/messages?from={name}")))
            (link_button("发给它的消息", &format!("{HERE}/messages?to={name}")))
        }))
        (subscriptions::of_gateway(&subscribed, now))
        (publications(&published, now))
        (left_unanswered(&silent, now))
        (refusals(&refused, now))
        @if decides && gateway.state == State::Active { (stop_form(&place, form, wrong)) }
        @if decides && gateway.state == State::Suspended { (resume_form(&place, form, wrong)) }
        @if decides && gateway.state != State::Revoked {
            (button_row(link_button("换证书、改机关或资源", &format!("{HERE}/register?gateway={name}"))))
        }
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    Ok(wrong.status(page::desk(cx, &gateway.title, &crumbs, body).await?))
}

fn summary(gateway: &Gateway, former: &[Former], depth: &Depth, now: Moment) -> Markup {
    let kinds = match gateway.kinds.is_empty() {
        true => "不提供，只查询".to_owned(),
        false => gateway.kinds.join("、"),
    };
    let clock = gateway.offset_ms.map(|offset| match offset.abs() < 2_000 {
        true => "和中心一致".to_owned(),
        false if offset > 0 => format!("快{}", message::offset_words(offset)),
        false => format!("慢{}", message::offset_words(offset)),
    });
    let organs = gateway.organs.iter().zip(&gateway.organ_names);
    let organs: Vec<String> = organs.map(|(id, name)| format!("{name}（{id}）")).collect();
    let mut rows = vec![
        SummaryRow::of("名称", html! { code { (gateway.name) } }),
        SummaryRow::new("代表的机关", organs.join("、")),
        SummaryRow::new("提供的资源", kinds),
        SummaryRow::of("证书到期", day(gateway.until.day())),
        SummaryRow::of("登记", moment_said(gateway.registered_at, now.day())),
        SummaryRow::of(
            "最近连接",
            html! { @match gateway.seen { Some(at) => (moment_said(at, now.day())), None => "还没有" } },
        ),
        SummaryRow::new("时钟", clock.unwrap_or_else(|| "还不知道".into())),
        SummaryRow::new("等待取走", format!("{} 条，{} KB", depth.held, depth.bytes / 1_024)),
    ];
    if let Some(last) = former.first() {
        let day = now.day();
        let words = html! {
            (moment_said(last.replaced, day)) " 换下，"
            @if now < last.until { "用它签名的消息收到 " (moment_said(last.until, day)) " 为止" }
            @else { "用它签名的消息不再受理" }
        };
        rows.insert(4, SummaryRow::of("原来的签名证书", words));
    }
    if !gateway.state_reason.is_empty() {
        rows.insert(0, SummaryRow::new("停用的理由", &gateway.state_reason));
    }
    summary_list(&rows)
}

/// What it says is wrong with it now.
fn says(told: &[Alarm], now: Moment) -> Markup {
    html! {
        @for one in told {
            (notice(NoticeKind::Warning, &one.words, html! {
                p { "从 " (moment_said(one.since, now.day())) " 起。网关改好以后，这一条自动消失。" }
            }))
        }
    }
}

/// Asks that it took and did not answer in their time.
fn left_unanswered(silent: &[Unanswered], now: Moment) -> Markup {
    let columns = [
        Column::new("到期").narrow(),
        Column::new("资源"),
        Column::new("查询的机关"),
        Column::new("消息").minor(),
    ];
    let rows = silent.iter().map(|one| {
        Row::new([
            moment_said(one.expired, now.day()),
            html! { code { (one.resource) } },
            html! { code { (one.from_organ) } },
            html! { a href={ (HERE) "/messages/" (one.ask) } { code { (one.ask) } } },
        ])
    });
    html! {
        @if !silent.is_empty() {
            (section("unanswered", "取走以后到期没有答复的查询", html! {
                p { "查询的一方已经由中心告知。请联系这个网关的部门，看它答复查询的系统或者数据库是否正常。" }
                (Table::new("没有答复的查询").caption_hidden().columns(columns).rows(rows).stacked())
            }))
        }
    }
}

/// What it published to the centre.
fn publications(published: &[Publication], now: Moment) -> Markup {
    let columns = [
        Column::new("资源"),
        Column::new("状态").narrow(),
        Column::number("行"),
        Column::number("部分").minor(),
        Column::new("开始").narrow(),
    ];
    let rows = published.iter().map(|one| {
        let mode = match one.mode {
            Mode::Whole => "全部",
            Mode::Watermark => "有更新的行",
            Mode::Changes => "增删改",
        };
        let state = match one.state.as_str() {
            "complete" if !one.refused.is_empty() => tag(Tone::Late, "没有采用"),
            "complete" => tag(Tone::Good, "已收齐"),
            "coming" => tag(Tone::Soon, "正在收"),
            _ => tag(Tone::Closed, "没有收齐"),
        };
        Row::new([
            html! {
                code { (one.resource) } " " (mode)
                @if !one.refused.is_empty() { br; small { (one.refused) } }
                @if one.left > 0 {
                    br; small { (one.left) " 行没有通过网关的检查，留在部门：" (one.left_words) }
                }
            },
            state,
            html! { (one.rows) },
            html! { (one.parts) },
            moment_said(one.began, now.day()),
        ])
    });
    html! {
        @if !published.is_empty() {
            (section("published", "最近推送到中心的数据", html! {
                (Table::new("推送到中心的数据").caption_hidden().columns(columns).rows(rows).stacked())
            }))
        }
    }
}

pub(super) fn refusals(refused: &[Refused], now: Moment) -> Markup {
    let columns = [Column::new("时间").narrow(), Column::new("原因"), Column::new("消息").minor()];
    let rows = refused.iter().map(|one| {
        Row::new([
            moment_said(one.at, now.day()),
            html! { (one.words) br; small { code { (one.code) } } },
            html! { @if one.message.is_empty() { "整个请求" } @else { code { (one.message) } } },
        ])
    });
    html! {
        @if !refused.is_empty() {
            (section("refused", "最近没有受理的", html! {
                (Table::new("没有受理的").caption_hidden().columns(columns).rows(rows).stacked())
            }))
        }
    }
}

fn stop_form(place: &str, form: &Reasoned, wrong: Wrong<'_>) -> Markup {
    section(
        "stop",
        "停用",
        post_form(
            &format!("{place}/suspend"),
            None,
            html! {
                (Field::area("reason", "理由", 2).value(&form.reason).error(wrong.with("reason")))
                (button_row(html! {
                    (Button::danger("马上暂停").consequence("由两位管理员恢复以前，它的请求都会被拒绝"))
                    (Button::danger("永久停用").to(format!("{place}/revoke"))
                        .consequence("不能恢复；等它取走的消息不再投递，向它查询的部门会得到答复"))
                }))
            },
        ),
    )
}

fn resume_form(place: &str, form: &Reasoned, wrong: Wrong<'_>) -> Markup {
    section(
        "resume",
        "恢复",
        post_form(
            &format!("{place}/resume"),
            None,
            html! {
                (Field::area("reason", "理由", 2).value(&form.reason).error(wrong.with("reason")))
                (button_row(html! {
                    (Button::secondary("提出恢复").consequence("另一位管理员同意以后恢复"))
                    (Button::danger("永久停用").to(format!("{place}/revoke")))
                }))
            },
        ),
    )
}

async fn settled(
    cx: &Cx,
    name: &str,
    (what, form): (&str, &Reasoned),
    outcome: Outcome<()>,
) -> Reply {
    match outcome {
        Ok(()) => Ok(done(what)),
        Err(stop) => shown(cx, name, form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/exchange/gateways/{name}/suspend`
pub(crate) async fn suspend(
    cx: ActCx,
    Path(name): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let outcome = acts::stop(&cx, &name, State::Suspended, &form.reason).await;
    settled(&cx, &name, ("stopped", &form), outcome).await
}

/// `POST /desk/exchange/gateways/{name}/revoke`
pub(crate) async fn revoke(
    cx: ActCx,
    Path(name): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let outcome = acts::stop(&cx, &name, State::Revoked, &form.reason).await;
    settled(&cx, &name, ("stopped", &form), outcome).await
}

/// `POST /desk/exchange/gateways/{name}/resume`
pub(crate) async fn resume(
    cx: ActCx,
    Path(name): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let outcome = acts::propose_resuming(&cx, &name, &form.reason).await.map(drop);
    settled(&cx, &name, ("proposed", &form), outcome).await
}

/// What needs somebody, told on the first page: to those who see the exchange.
pub(crate) fn tell(
    reader: &Reader<'_>,
    person: &access::Person,
    _: Moment,
) -> Outcome<Vec<frame::Told>> {
    let actor = access::Actor::Person(std::sync::Arc::new(person.clone()));
    let permits = access::permits_of(reader, &actor)?;
    if !permits.iter().any(|held| held.permission() == SEE.name) {
        return Ok(Vec::new());
    }
    let open = flows::alarms(reader, "open", acts::alarms::STANDING_MAX)?;
    let Some(newest) = open.first() else { return Ok(Vec::new()) };
    let words = match open.len() {
        1 => format!("数据交换有一个告警：{}", newest.words),
        many => format!("数据交换有 {many} 个告警，最近的一个：{}", newest.words),
    };
    Ok(vec![frame::Told { words, path: Some((HERE, "查看运行情况")) }])
}
