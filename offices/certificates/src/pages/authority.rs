//! The built-in authority: what it is for, what waits for a second person, what it has issued.

use ::store::Reader;
use access::Permit;
use axum::extract::Query;
use axum::response::Response;
use base::{Cursor, Moment, Outcome};
use frame::parts::{
    Button, Choice, Column, Crumb, Field, Filter, Filters, Heading, NoticeKind, Pager, Row, Table,
    Tone, Width, banner, button_row, day, empty, inset, legal_basis, link_button, post_form,
    proposed_by, section, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, MenuItem, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::{HERE, TITLE, Wrong, may, roots, shown_again};
use crate::acts::{self, Named};
use crate::rules::{LICENSED, soon};
use crate::store::{self, PROPOSALS, Shown};
use crate::terms::{DECIDE, Issued, Proposal, Root, Rule, SEE};

const PAGE: i64 = 50;

/// The line of the menu, with how many proposals wait for another person's word.
pub(crate) const ITEM: MenuItem =
    MenuItem { title: TITLE, path: HERE, icon: "server", permission: &SEE, waiting: Some(waiting) };

fn waiting(reader: &Reader<'_>, permit: &Permit, permits: &[Permit], now: Moment) -> Outcome<i64> {
    waits_for(store::open_proposals(reader, now.day())?, permit, permits, now)
}

/// How many of these wait for the word of the holder of this permit.
pub(super) fn waits_for(
    open: Vec<Proposal>,
    permit: &Permit,
    permits: &[Permit],
    now: Moment,
) -> Outcome<i64> {
    if !permits.iter().any(|held| held.permission() == DECIDE.name) {
        return Ok(0);
    }
    let (doers, today) = (permit.doers(), now.day());
    let answers = |one: &&Proposal| PROPOSALS.may_settle(&one.proposed, &doers, today).is_ok();
    Ok(i64::try_from(open.iter().filter(answers).count()).unwrap_or(i64::MAX))
}

/// How the list is narrowed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    q: String,
    state: String,
    after: String,
    done: String,
}

/// What the form of a new authority sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Founding {
    name: String,
    organization: String,
    years: String,
    reason: String,
}

/// `GET /desk/authority`
pub(crate) async fn show(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    shown(&cx, &wanted, &fresh(&cx, ""), Wrong::default()).await
}

/// A form with what is most likely meant.
fn fresh(cx: &Cx, year: &str) -> Founding {
    Founding {
        name: format!("{}政务设备证书根{year}", cx.hall().city.name),
        organization: cx.hall().city.site.clone(),
        years: "10".into(),
        ..Founding::default()
    }
}

/// `GET /desk/authority/found`: a new root beside the one that stands.
pub(crate) async fn ask(cx: Cx) -> Reply {
    let (year, ..) = cx.now().day().ymd();
    asked(&cx, &fresh(&cx, &year.to_string()), Wrong::default()).await
}

async fn asked(cx: &Cx, form: &Founding, wrong: Wrong<'_>) -> Reply {
    const OPEN: &str = "开设新的根";
    let body = html! {
        (Heading::new(OPEN).lead("新的根开设以后，新证书都由它签发；原来的根照旧有效，到期或者由两位管理员停用为止。"))
        (wrong.head())
        (inset(html! { p { "请把新的根证书（" code { (acts::address(cx, "/ca/roots")) } "）装到每台要验证证书的设备上，再换发证书。" } }))
        (founding_form(cx, form, wrong)?)
    };
    Ok(wrong.status(page::desk(cx, OPEN, &[Crumb::new(TITLE, HERE)], body).await?))
}

/// The page's rows, by one read.
struct Found {
    root: Option<Root>,
    /// Those whose time is not over, the newest first.
    roots: Vec<Root>,
    open: Vec<Proposal>,
    issued: Vec<Issued>,
}

async fn found(cx: &Cx, wanted: &Wanted) -> Outcome<Found> {
    let (now, wanted) = (cx.now(), wanted.clone());
    cx.read(move |r| {
        Ok(Found {
            root: store::standing(r, now)?,
            roots: store::roots(r, now)?,
            open: store::open_proposals(r, now.day())?,
            issued: issued(r, &wanted, now)?,
        })
    })
    .await
}

fn issued(reader: &Reader<'_>, wanted: &Wanted, now: Moment) -> Outcome<Vec<Issued>> {
    let after = Cursor::decode(&wanted.after).unwrap_or_default();
    let at = |place: usize| after.get(place).map_or("", String::as_str);
    let sought = wanted.q.trim();
    if is_number(sought) {
        return store::issued_numbered(reader, &sought.to_lowercase(), at(0), PAGE);
    }
    if !sought.is_empty() {
        return store::issued_named(reader, sought, (at(0), at(1)), PAGE);
    }
    let before = if at(0).is_empty() { "~" } else { at(0) };
    store::issued_before(reader, shown_of(&wanted.state), before, now, PAGE)
}

/// Whether somebody looks for a number rather than a name: four hexadecimal digits at least.
fn is_number(sought: &str) -> bool {
    sought.len() >= 4 && sought.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn shown_of(state: &str) -> Shown {
    match state {
        "valid" => Shown::Valid,
        "revoked" => Shown::Revoked,
        "expired" => Shown::Expired,
        _ => Shown::All,
    }
}

async fn shown(cx: &Cx, wanted: &Wanted, form: &Founding, wrong: Wrong<'_>) -> Reply {
    let found = found(cx, wanted).await?;
    let decides = may(cx, &DECIDE).await?;
    let rule = acts::rule(cx.now().day())?;
    let done = match wanted.done.as_str() {
        "proposed" => Some("已经提出，等另一位管理员同意。"),
        "agreed" => Some("已经同意，并且办好了。"),
        "declined" => Some("已经回复不同意。"),
        "withdrawn" => Some("已经撤回。"),
        _ => None,
    };
    let founding = found.open.iter().any(|one| one.subject == "authority");
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(TITLE).lead("给服务器、网关和测试签发的证书。签发、换发、吊销都要两位管理员：一位提出，另一位同意。"))
        (wrong.head())
        (inset(html! {
            p { strong { "只用于设备和测试，不给机关和人员签发。" } "机关和工作人员的证书，请向依法取得资质的电子认证服务机构办理。" }
            (legal_basis(LICENSED))
        }))
        @if found.root.is_some() && decides {
            (button_row(link_button("提出签发证书", "/desk/authority/issue")))
        }
        (waiting_table(cx, &found.open))
        @if !found.roots.is_empty() {
            (list(wanted, &found.issued, &rule, cx.now()))
            (roots::table(cx, &found.roots))
            @if decides && !founding {
                (button_row(link_button("提出开设新的根", "/desk/authority/found")))
            }
        } @else if decides && !founding {
            (founding_form(cx, form, wrong)?)
        } @else {
            (empty("还没有内置证书机构", html! { p {
                @if founding { "已经有人提出设立，另一位管理员同意以后就能签发证书。" }
                @else { "系统管理员或者安全管理员可以提出设立。" }
            } }))
        }
    };
    Ok(wrong.status(page::desk(cx, TITLE, &[], body).await?))
}

pub(super) fn waiting_table(cx: &Cx, open: &[Proposal]) -> Markup {
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

fn list(wanted: &Wanted, issued: &[Issued], rule: &Rule, now: Moment) -> Markup {
    let states = vec![
        Choice::new("valid", "有效"),
        Choice::new("revoked", "已吊销"),
        Choice::new("expired", "已过期"),
    ];
    let filters = Filters::new(
        HERE,
        [
            Filter::words("q", "名称或者序列号的开头", wanted.q.as_str()),
            Filter::one("state", "状态", wanted.state.as_str(), states),
        ],
    );
    let columns = [
        Column::new("名称"),
        Column::new("用途").narrow(),
        Column::new("状态").narrow(),
        Column::new("有效期到").narrow(),
        Column::new("负责的人").narrow(),
    ];
    // By name or number all states are shown, and the filter narrows what was found.
    let shown = shown_of(&wanted.state);
    let rows = issued.iter().filter(|one| shown == Shown::All || shown == shown_as(one, now));
    let rows = rows.map(|one| {
        Row::new([
            html! { (one.name) "（" (one.kind.title()) "）" br; small { code { (one.serial) } } },
            html! { (one.purpose.title()) },
            state(one, rule, now),
            day(one.until.day()),
            html! { (one.keeper_name) },
        ])
        .href(format!("{HERE}/certificates/{}", one.serial))
    });
    let todo = match wanted.q.is_empty() && wanted.state.is_empty() {
        true => "提出签发、另一位管理员同意以后，证书会出现在这里。",
        false => "请换一个名称、序列号或者状态再找。",
    };
    html! {
        (section("issued", "签发的证书", html! {
            (filters)
            (Table::new("签发的证书").caption_hidden().columns(columns).rows(rows)
                .empty(empty("没有这样的证书", html! { p { (todo) } })))
            (Pager::new(next(wanted, issued)).first((!wanted.after.is_empty()).then(|| HERE.to_owned())))
        }))
    }
}

fn next(wanted: &Wanted, issued: &[Issued]) -> Option<String> {
    let full = i64::try_from(issued.len()).is_ok_and(|count| count >= PAGE);
    let last = issued.last().filter(|_| full)?;
    let id = last.id.to_string();
    let sought = wanted.q.trim();
    let cursor = match sought {
        "" => Cursor::encode(&[&id]),
        number if is_number(number) => Cursor::encode(&[&last.serial]),
        _ => Cursor::encode(&[&last.name, &id]),
    };
    let said = [("q", sought), ("state", wanted.state.as_str()), ("after", cursor.as_str())];
    let said = said.into_iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> =
        said.map(|(name, value)| format!("{name}={}", frame::held::query_escape(value))).collect();
    Some(format!("{HERE}?{}", query.join("&")))
}

fn shown_as(one: &Issued, now: Moment) -> Shown {
    match one.revoked {
        Some(_) => Shown::Revoked,
        None if one.until <= now => Shown::Expired,
        None => Shown::Valid,
    }
}

/// How it stands with a certificate, in one word.
pub(super) fn state(one: &Issued, rule: &Rule, now: Moment) -> Markup {
    match shown_as(one, now) {
        Shown::Revoked => tag(Tone::Late, "已吊销"),
        Shown::Expired => tag(Tone::Closed, "已过期"),
        _ if one.renewed_by.is_some() => tag(Tone::Good, "有效，已换发"),
        _ if one.until < soon(rule, now) => tag(Tone::Soon, "快到期"),
        _ => tag(Tone::Good, "有效"),
    }
}

fn founding_form(cx: &Cx, form: &Founding, wrong: Wrong<'_>) -> Outcome<Markup> {
    let rule = acts::rule(cx.now().day())?;
    let years = format!("最多 {} 年", rule.root_years_max);
    Ok(section(
        "found",
        "提出设立内置证书机构",
        post_form(
            "/desk/authority/found",
            None,
            html! {
                (Field::text("name", "名称").value(&form.name).width(Width::Long)
                    .error(wrong.with("name")))
                (Field::text("organization", "单位").value(&form.organization)
                    .hint("写在它签发的每张证书里").error(wrong.with("organization")))
                (Field::number("years", "有效期").unit("年").hint(years).value(&form.years)
                    .width(Width::Short).error(wrong.with("years")))
                (Field::area("reason", "依据或者理由", 2).value(&form.reason)
                    .error(wrong.with("reason")))
                (button_row(html! {
                    (Button::new("提出设立").consequence("现在生成密钥；另一位管理员同意以后，才能签发"))
                }))
            },
        ),
    ))
}

/// `POST /desk/authority/found`
pub(crate) async fn found_one(cx: ActCx, Filled(form): Filled<Founding>) -> Reply {
    let named = Named {
        name: form.name.clone(),
        organization: form.organization.clone(),
        years: form.years.clone(),
        reason: form.reason.clone(),
    };
    match acts::propose_founding(&cx, &named).await {
        Ok(_) => Ok(proposed()),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            let now = cx.now();
            match cx.read(move |r| store::roots(r, now)).await?.is_empty() {
                true => shown(&cx, &Wanted::default(), &form, Wrong(Some(&refusal))).await,
                false => asked(&cx, &form, Wrong(Some(&refusal))).await,
            }
        }
    }
}

/// What follows a proposal.
pub(super) fn proposed() -> Response {
    see_other("/desk/authority?done=proposed")
}
