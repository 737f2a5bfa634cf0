//! The keys of the installation: how each stands, how far an exchange has come, and who proposes one.

use ::store::Reader;
use access::Permit;
use axum::extract::Query;
use base::{Moment, Outcome};
use frame::parts::{
    Button, Choice, Column, Field, Heading, NoticeKind, Row, SummaryRow, Table, Tone, banner,
    button_row, empty, inset, legal_basis, moment_said, notice, post_form, progress, section,
    summary_list, tag,
};
use frame::rotation::{self, Standing, Which};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, MenuItem, Reply, page};
use maud::{Markup, html};
use seal::Use;
use serde::Deserialize;
use vault::masters::MasterRow;
use vault::ring::{RingRow, Turn};

use super::authority::{waiting_table, waits_for};
use super::log_key;
use super::{Wrong, may, shown_again};
use crate::acts;
use crate::store;
use crate::terms::{DECIDE, SEE};

pub(super) const PLACE: &str = "/desk/keys";
pub(super) const TITLE: &str = "平台密钥";
const BASIS: &str =
    "《信息安全技术 信息系统密码应用基本要求》（GB/T 39786-2021）附录 B 密钥生存周期管理";

/// The line of the menu, with how many proposals wait for another person's word.
pub(crate) const ITEM: MenuItem = MenuItem {
    title: TITLE,
    path: PLACE,
    icon: "refresh-cw",
    permission: &SEE,
    waiting: Some(waiting),
};

fn waiting(reader: &Reader<'_>, permit: &Permit, permits: &[Permit], now: Moment) -> Outcome<i64> {
    waits_for(store::open_exchanges(reader, now.day())?, permit, permits, now)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
}

/// What the form of an exchange sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Exchange {
    key: String,
    reason: String,
}

/// `GET /desk/keys`
pub(crate) async fn show(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    shown(&cx, &wanted, &Exchange::default(), Wrong::default()).await
}

async fn shown(cx: &Cx, wanted: &Wanted, form: &Exchange, wrong: Wrong<'_>) -> Reply {
    let now = cx.now();
    let read = move |r: &Reader<'_>| {
        let (ring, masters) = (vault::ring::ring(r)?, vault::masters::masters(r)?);
        Ok((store::open_exchanges(r, now.day())?, ring, masters, log_key::found(r)?))
    };
    let (waits, ring, masters, log) = cx.read(read).await?;
    let usages = [Use::Seal, Use::Cover];
    let [sealing, covering] = rotation::standings(cx.hall(), usages).await?;
    let decides = may(cx, &DECIDE).await?;
    let done = match wanted.done.as_str() {
        "proposed" => Some("已经提出，等另一位管理员同意。"),
        "agreed" => Some("已经同意，系统开始在后台更换。"),
        "declined" => Some("已经回复不同意。"),
        "withdrawn" => Some("已经撤回。"),
        _ => None,
    };
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(TITLE).lead("平台用来加密数据的密钥、用来查找数据的密钥，加密这些密钥的主密钥，和给登记簿签名的密钥。更换要两位管理员：一位提出，另一位同意；换的时候照常办事。"))
        (wrong.head())
        (inset(html! {
            p { "每年换一次；怀疑密钥泄露的，马上换。换下的数据密钥、检索密钥在全部数据改用新密钥、满一小时以后自动销毁，换下的主密钥当时就销毁。" }
            p { "登记簿签名密钥五年换一次就可以；换下的再和新的一起签名一天，以后销毁。" }
            p { "更换以前的备份，要用备份里自己的密钥打开，请照旧保管；更换以后，请做一次新的备份。" }
            (legal_basis(BASIS))
        }))
        (waiting_table(cx, &waits))
        (key_of_ring(cx, Which::Seal, &sealing))
        (key_of_ring(cx, Which::Cover, &covering))
        (master_key(cx, &masters))
        (log_key::log_key(cx, &log))
        @if decides { (exchange_form(form, wrong)) }
        (history(&ring, &masters, now))
    };
    Ok(wrong.status(page::desk(cx, TITLE, &[], body).await?))
}

/// For what a key is used.
pub(super) fn purpose(which: Which) -> &'static str {
    match which {
        Which::Seal => "加密证件号码、电话、地址、申请内容等数据，加密材料文件的密钥",
        Which::Cover => {
            "按证件号码等查找数据时用：库里只存看不出号码的检索标记，查找时按号码算出来比对"
        }
        Which::Master => "加密数据密钥等其他密钥，它自己由保管方式保护",
        Which::Log => "给登记簿的检查点和办理凭证签名，外人用它的公钥验证",
    }
}

fn key_of_ring(cx: &Cx, which: Which, standing: &Standing) -> Markup {
    let now = cx.now();
    let newest = standing.keys.last().filter(|_| standing.is_under_way());
    let rows = [
        SummaryRow::new("用途", purpose(which)),
        SummaryRow::of("现用", html! { "第 " (standing.serving(now)) " 版" }),
        SummaryRow::of("状态", state(newest, now)),
    ];
    let damaged: i64 = standing.of_newest().map(|turn| turn.damaged).sum();
    section(
        which.as_str(),
        which.title(),
        html! {
            (summary_list(&rows))
            @if newest.is_some() && damaged > 0 {
                (notice(NoticeKind::Warning, "旧密钥先留着", html! {
                    p { "有 " (damaged) " 个值用任何密钥都打不开。请运维人员运行 cityhall check 查看，先从备份恢复。" }
                }))
            }
            @if let Some(newest) = newest {
                @if newest.clean_at.is_none() && newest.seals_from <= now { (how_far(cx, standing)) }
            }
        },
    )
}

/// How the master key is held: whether that is good enough is not for the words to soften.
pub(super) fn held(holder: &str) -> &'static str {
    match holder {
        "file" => "明文文件，只供开发和演示，不符合密码应用要求",
        "encrypted-file" => "口令加密的文件，不是密码设备，不符合密码应用要求",
        _ => "密码设备（GM/T 0018）",
    }
}

fn master_key(cx: &Cx, masters: &[MasterRow]) -> Markup {
    let keys = &cx.hall().keys;
    let unfinished = masters.last().is_some_and(|row| row.finished_at.is_none());
    let version =
        masters.iter().rfind(|row| row.finished_at.is_some()).map_or(1, |row| row.version);
    let told = masters.iter().any(|row| row.enclosed.is_some());
    let state = html! {
        @if unfinished { (tag(Tone::Active, "正在更换")) }
        @else if told { (tag(Tone::Active, "正在更换")) " 其他进程在一小时内更新" }
        @else { (tag(Tone::Good, "没有在更换")) }
    };
    let rows = [
        SummaryRow::new("用途", purpose(Which::Master)),
        SummaryRow::new("保管", held(keys.holder())),
        SummaryRow::of(
            "现用",
            html! { "第 " (version) " 版，标识 " code { (keys.master_known_by()) } },
        ),
        SummaryRow::of("状态", state),
    ];
    section("master", Which::Master.title(), summary_list(&rows))
}

fn state(newest: Option<&RingRow>, now: Moment) -> Markup {
    let today = now.day();
    match newest {
        None => tag(Tone::Good, "没有在更换"),
        Some(newest) if newest.seals_from > now => html! {
            (tag(Tone::Active, "正在更换")) " 第 " (newest.version) " 版" (moment_said(newest.seals_from, today)) "启用"
        },
        Some(newest) => match newest.clean_at {
            None => {
                html! { (tag(Tone::Active, "正在更换")) " 数据正在改用第 " (newest.version) " 版" }
            }
            Some(clean) => html! {
                (tag(Tone::Active, "正在更换")) " 数据" (moment_said(clean, today)) "已全部改用第 " (newest.version) " 版，旧密钥等待销毁"
            },
        },
    }
}

/// How far each place has come.
fn how_far(cx: &Cx, standing: &Standing) -> Markup {
    let turns: Vec<&Turn> = standing.of_newest().collect();
    let count =
        |of: fn(&Turn) -> i64| turns.iter().map(|turn| of(turn).unsigned_abs()).sum::<u64>();
    let (total, left) = (count(|turn| turn.total), count(Turn::left));
    let rows = turns.iter().map(|turn| {
        Row::new([
            html! { (owner(cx, &turn.place)) br; small { code { (turn.place) } } },
            html! { (turn.total) },
            html! { (turn.left()) },
            html! { (turn.damaged) },
        ])
    });
    let columns = [
        Column::new("数据"),
        Column::number("总数").narrow(),
        Column::number("还剩").narrow(),
        Column::number("打不开").narrow(),
    ];
    html! {
        @if turns.is_empty() { p { "等待后台开始。" } }
        @else {
            (progress("已经改用新密钥", total.saturating_sub(left), total))
            (Table::new("各类数据的进度").columns(columns).rows(rows).stacked())
        }
    }
}

/// Whose data a place holds: what the office of its table is called.
fn owner(cx: &Cx, place: &str) -> String {
    let of = place.split('_').next().unwrap_or_default();
    match of {
        "access" => "账户和登录".into(),
        "ask" => "数据查询记录".into(),
        "ledger" => "等待发出的信件".into(),
        "vault" => "材料文件的密钥".into(),
        of => {
            let office = cx.hall().offices.iter().find(|office| office.name == of);
            office.map_or_else(|| of.to_owned(), |office| office.title.to_owned())
        }
    }
}

fn exchange_form(form: &Exchange, wrong: Wrong<'_>) -> Markup {
    let choices = Which::ALL
        .into_iter()
        .map(|which| Choice::new(which.as_str(), which.title()).hint(purpose(which)));
    section(
        "exchange",
        "提出更换",
        post_form(
            "/desk/keys/exchange",
            None,
            html! {
                (Field::radios("key", "更换哪一把密钥", choices.collect()).value(&form.key)
                    .error(wrong.with("key")))
                (Field::area("reason", "依据或者理由", 2).value(&form.reason)
                    .error(wrong.with("reason")))
                (button_row(html! {
                    (Button::new("提出更换").consequence("另一位管理员同意以后开始更换"))
                }))
            },
        ),
    )
}

/// What is proposed, line by line.
pub(super) fn wished(key: &str) -> Vec<SummaryRow> {
    let which = Which::parse(key).unwrap_or(Which::Seal);
    let then = match which {
        Which::Seal => {
            "一分钟以后启用新密钥，系统在后台把数据改用它；全部改完、满一小时以后，旧密钥自动销毁"
        }
        Which::Cover => {
            "一分钟以后启用新密钥，系统在后台把检索标记改用它，换的时候新旧都能查到；全部改完、满一小时以后，\
             旧密钥自动销毁"
        }
        Which::Master => "系统马上用新的主密钥加密其他密钥，原来的主密钥销毁；数据不用重新加密",
        Which::Log => {
            "一分钟以后，新旧两把密钥共同签名，声明由新的接替；两把一起签名一天，以后只用新的，旧的销毁。验证的人顺着声明自动认新的公钥，以前的凭证照样有效"
        }
    };
    vec![
        SummaryRow::new("密钥", which.title()),
        SummaryRow::new("用途", purpose(which)),
        SummaryRow::new("同意以后", then),
    ]
}

/// The keys that were exchanged, the newest first.
fn history(ring: &[RingRow], masters: &[MasterRow], now: Moment) -> Markup {
    let today = now.day();
    let said = |moment: Option<Moment>| match moment {
        Some(moment) => moment_said(moment, today),
        None => html! { "—" },
    };
    // The one that the city was founded with has no day on which it came.
    let since = |key: &RingRow| match key.seals_from.millis() > 0 {
        true => moment_said(key.seals_from, today),
        false => html! { "建立城市的时候" },
    };
    let of_ring = ring.iter().filter(|key| log_key::is_over(key, now)).map(|key| {
        let name = html! { (rotation::title(key.usage)) "第 " (key.version) " 版" };
        let clean = if key.usage == Use::Log {
            html! { "不用改" }
        } else {
            said(key.clean_at)
        };
        let cells = [name, since(key), clean, said(key.retired_at)];
        ((key.announced_at, key.version), cells)
    });
    let founded_with = masters.first().map(|second| {
        let name = html! { (rotation::MASTER) "第 1 版" };
        let from = html! { "建立城市的时候" };
        ((second.announced_at, 1), [name, from, html! { "不用改" }, said(second.finished_at)])
    });
    let of_masters = masters.iter().map(|row| {
        let name = html! { (rotation::MASTER) "第 " (row.version) " 版" };
        let next = masters.iter().find(|one| one.version == row.version + 1);
        let gone = next.and_then(|next| next.finished_at);
        let cells = [name, said(row.finished_at), html! { "不用改" }, said(gone)];
        ((row.announced_at, row.version), cells)
    });
    let mut rows: Vec<_> = of_ring.chain(of_masters).chain(founded_with).collect();
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let rows = rows.into_iter().map(|(_, cells)| Row::new(cells));
    let columns = [
        Column::new("密钥"),
        Column::new("启用").narrow(),
        Column::new("数据改完").narrow(),
        Column::new("销毁").narrow(),
    ];
    let none = empty("还没有更换过", html! { p { "现用的是建立城市的时候生成的密钥。" } });
    section(
        "history",
        "历次更换",
        html! {
            (Table::new("历次更换").caption_hidden().columns(columns).rows(rows).stacked().empty(none))
        },
    )
}

/// `POST /desk/keys/exchange`
pub(crate) async fn exchange(cx: ActCx, Filled(form): Filled<Exchange>) -> Reply {
    match acts::propose_exchange(&cx, &form.key, &form.reason).await {
        Ok(_) => Ok(see_other(&format!("{PLACE}?done=proposed"))),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(&cx, &Wanted::default(), &form, Wrong(Some(&refusal))).await
        }
    }
}
