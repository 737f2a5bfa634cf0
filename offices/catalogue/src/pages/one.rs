//! One resource at the desk: its metadata and versions, who reviews it, by whom it is used, and what can be done.

use access::{Organ, Over, Permit, Reach};
use axum::extract::{Path, Query};
use base::{Day, Moment, Outcome};
use frame::parts::{
    Answer, Button, Column, Crumb, Field, Heading, NoticeKind, Row, Table, banner, button_row, day,
    details, empty, link_button, moment_said, notice, post_form, proposed_rows, section,
    summary_list, take_back, timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reasoned, Reply, Wrong, entries, page, shown_again};
use ledger::Recorded;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::desk::{HERE, TITLE};
use super::{facts, permit, state};
use crate::acts::{self, compile, sets};
use crate::store::{self as rows, Arrival, Head, REVIEWS, Review, Use, Version};
use crate::terms::{COMPILE, Dataset, PUBLISH, PUBLISHED, Resource, SUBJECT, State};

/// So many cases are listed that used it.
const USES: i64 = 20;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
    version: Option<i64>,
    on: String,
}

/// What the page shows.
struct Shown {
    head: Head,
    provider: Option<Organ>,
    /// The version that is shown.
    version: Version,
    versions: Vec<Version>,
    review: Option<Review>,
    arrival: Option<Arrival>,
    set: Option<Dataset>,
    /// It is open, but what stands is not what is open.
    closed: bool,
    uses: (i64, Vec<Use>),
    shares: Vec<ask::ShareState>,
    record: Vec<Recorded>,
}

/// `GET /desk/catalogue/{key}`
pub(crate) async fn look(cx: Cx, Path(key): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    shown(&cx, &key, &wanted, &Reasoned::default(), Wrong::default()).await
}

/// Whether the permit of the route, to see the catalogue at the desk, reaches what belongs to an organ.
fn reaches(permit: &Permit, organ: &str) -> bool {
    permit.reach() == Reach::City || permit.organ() == organ
}

async fn load(cx: &Cx, key: &str, wanted: &Wanted) -> Outcome<Shown> {
    let (key, sees, number) = (key.to_owned(), cx.permit()?.clone(), wanted.version);
    // The last moment of a day: what was published on it counts.
    let on: Option<Moment> = Day::typed(&wanted.on).ok().map(Day::end);
    let shown = cx
        .read(move |r| {
            let head = compile::found(r, &key)?;
            if head.state != State::Published && !reaches(&sees, &head.provider) {
                return Err(frame::not_found("这个数据资源").into());
            }
            // Of another organ's resource that is seen which is, or was, in force: no draft, and not who reviews it.
            let inside = reaches(&sees, &head.provider);
            let may_see = |version: &Version| inside || version.from.is_some();
            let version = match (number, on) {
                (Some(number), _) => rows::version(r, &key, number)?,
                (None, Some(at)) => rows::version_as_of(r, &key, at)?,
                (None, None) if inside => Some(compile::newest(r, &head)?),
                (None, None) => Some(compile::in_force(r, &head)?),
            };
            let version = version.filter(may_see);
            let version = version.ok_or_else(|| frame::not_found("这个资源的这一版"))?;
            let mut versions = rows::versions(r, &key)?;
            versions.retain(may_see);
            let mut record = ledger::acts_of(r, SUBJECT, &key)?;
            record.retain(|act| inside || act.kind == PUBLISHED);
            let closed = match head.state {
                State::Published => {
                    let standing = compile::in_force(r, &head)?.resource;
                    sets::is_public(&standing) && sets::open_load(r, &key, &standing)?.is_none()
                }
                _ => false,
            };
            Ok(Box::new(Shown {
                provider: access::organ_by_id(r, &head.provider)?,
                versions,
                review: rows::last_review(r, &key)?.filter(|_| inside),
                arrival: rows::last_arrival(r, &key, &version.resource.register)?,
                closed,
                uses: rows::uses(r, &key, USES)?,
                set: rows::dataset(r, &key)?,
                shares: ask::shares_of_resource(r, &head.code)?,
                record,
                version,
                head,
            }))
        })
        .await?;
    Ok(*shown)
}

async fn shown(cx: &Cx, key: &str, wanted: &Wanted, form: &Reasoned, wrong: Wrong<'_>) -> Reply {
    let seen = load(cx, key, wanted).await?;
    let (head, resource, today) = (&seen.head, &seen.version.resource, cx.now().day());
    let compiles = permit(cx, &COMPILE, &head.provider).await?;
    let publishes = cx.permitted(&PUBLISH, Over::City).await?;
    // Lineage and terms are for who sees what belongs to this organ.
    let inside = reaches(cx.permit()?, &head.provider);
    let done = match wanted.done.as_str() {
        "written" => Some("草稿已经保存，还没有送审。"),
        "sent" => Some("已经送审，等另一个人审核、发布。"),
        "agree" => Some("已经发布。"),
        "decline" => Some("已经退回。"),
        "withdraw" => Some("已经撤回送审，可以继续修改。"),
        _ => None,
    };
    let latest = if inside { head.newest } else { head.version };
    let older = seen.version.version != latest;
    let body = html! {
        @if let Some(words) = done { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(&resource.name).caption(format!("第 {} 版", seen.version.version)).state(state(head)))
        (wrong.head())
        @if older { (older_notice(&seen)) }
        p { (resource.summary) }
        @if !older { (todo(&seen, compiles.as_ref(), publishes.as_ref(), form, wrong, cx)) }
        (facts::metadata(head, resource, seen.provider.as_ref())?)
        (facts::items(head, resource))
        (facts::fresh(head, resource, seen.arrival.as_ref(), today))
        @if inside { (facts::asked_by(resource, &acts::guide(cx.hall())?.kinds)) }
        @if inside && head.state == State::Published { (data(head, seen.set.as_ref(), seen.closed)) }
        @if inside { (shares(&seen.shares, resource, today)) (lineage(&seen.uses, today)) }
        (versions(&seen))
        @if publishes.is_some() && head.state == State::Published { (ending(key, form, wrong)) }
        (section("record", "留下的记录", timeline(&entries(cx.hall(), &seen.record, said), today)))
    };
    let response = page::desk(cx, TITLE, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

/// How many rows stand, and the way to bring more.
fn data(head: &Head, set: Option<&Dataset>, closed: bool) -> Markup {
    let count = set.filter(|set| set.standing > 0).map(|set| set.rows);
    section(
        "data",
        "数据",
        html! {
            p { @match count { Some(rows) => { "现有 " (rows) " 行。" } None => { "还没有导入数据。" } } }
            @if closed && count.is_some() {
                (notice(NoticeKind::Info, "现有的数据还没有公开", html! {
                    p { "信息项或者开放变了，请导入新的数据以后才公开。" }
                }))
            }
            (button_row(link_button("导入和报告", &format!("{HERE}/{}/loads", head.key))))
        },
    )
}

fn older_notice(seen: &Shown) -> Markup {
    let until = seen.version.to;
    notice(
        NoticeKind::Info,
        "这是以前的一版",
        html! {
            @if let (Some(from), Some(to)) = (seen.version.from, until) {
                p { "有效期间：" (day(from.day())) " 至 " (day(to.day())) "。" }
            }
            p { a href={ (HERE) "/" (seen.head.key) } { "看最新的一版" } }
        },
    )
}

/// What can be done with the newest version.
fn todo(
    seen: &Shown,
    compiles: Option<&Permit>,
    publishes: Option<&Permit>,
    form: &Reasoned,
    wrong: Wrong<'_>,
    cx: &Cx,
) -> Markup {
    let (head, today) = (&seen.head, cx.now().day());
    let place = format!("{HERE}/{}", head.key);
    let review = seen.review.as_ref().filter(|review| review.version == head.newest);
    let waits = review.filter(|_| head.pending == Some(State::Review));
    let decides = waits.zip(publishes).is_some_and(|(review, permit)| {
        REVIEWS.may_settle(&review.proposed, &permit.doers(), today).is_ok()
    });
    // What has lapsed, whoever may write on it takes back.
    let takes_back = waits
        .is_some_and(|review| review.proposed.by == cx.account() || !review.proposed.waits(today));
    html! {
        @if let Some(review) = review.filter(|_| head.pending.is_some()) {
            (section("review", "审核", summary_list(&proposed_rows(REVIEWS, &review.proposed, today))))
        }
        @if decides {
            (Answer::new(&place, Button::new("发布").consequence("发布以后，全市都能看到、申请"))
                .title("看过以后决定").said(&form.reason, wrong.with("reason")))
        }
        @if takes_back && compiles.is_some() { (take_back(REVIEWS, &place)) }
        @if compiles.is_some() && head.pending != Some(State::Review) {
            (button_row(html! {
                (link_button(if head.version == 0 { "修改草稿" } else { "编写新的一版" }, &format!("{place}/edit")))
            }))
        }
        @if compiles.is_some() && head.pending == Some(State::Draft) {
            (post_form(&format!("{place}/send"), None, html! {
                (button_row(html! { (Button::new("送审").consequence("由另一个人审核、发布")) }))
            }))
        }
    }
}

fn shares(shares: &[ask::ShareState], resource: &Resource, today: Day) -> Markup {
    let named = |field: &String| {
        let item = resource.items.iter().find(|item| item.field() == field);
        item.map_or_else(|| field.clone(), |item| item.name.clone())
    };
    let rows = shares.iter().map(|share| {
        let terms = &share.terms;
        let until = match (&terms.ended, terms.until) {
            (Some((at, why)), _) => html! { "已终止，" (day(at.day())) "：" (why) },
            (None, Some(until)) if until < today => html! { "已到期，" (day(until)) },
            (None, Some(until)) => html! { "到 " (day(until)) },
            (None, None) => html! { "长期" },
        };
        Row::new([
            html! { (share.organ_name) },
            html! { (terms.about) },
            html! { @if terms.yes_no { "只回答是或者否" } @else { (terms.fields.iter().map(named).collect::<Vec<_>>().join("、")) } },
            until,
        ])
        .href(format!("{}/{}", super::requests::HERE, share.request))
    });
    let table = Table::new("按它同意的共享").caption_hidden().columns([
        Column::new("部门"),
        Column::new("用途"),
        Column::new("给哪些"),
        Column::new("期限"),
    ]);
    let nothing = empty("还没有部门在用", html! {});
    section("shares", "谁在用", html! { (table.rows(rows).empty(nothing).stacked()) })
}

fn lineage((count, uses): &(i64, Vec<Use>), today: Day) -> Markup {
    let rows = uses.iter().map(|one| {
        Row::new([
            html! { span class="number" { (one.case_no) } },
            html! { (one.organ_name) },
            html! { (one.how.title()) @if one.times > 1 { "，" (one.times) " 次" } },
            moment_said(one.last_at, today),
            html! { a href={ "/receipts/" (one.act) } { "回执" } },
        ])
        .href(super::used::address_of(&one.case_no))
    });
    let table = Table::new("用过它的办件").caption_hidden().columns([
        Column::new("办件"),
        Column::new("办理单位"),
        Column::new("怎么用的").narrow(),
        Column::new("什么时候").narrow(),
        Column::new("记录").narrow(),
    ]);
    let nothing = empty("还没有办件用过", html! {});
    let body = html! {
        p { "一共 " (count) " 个办件用过它的数据。" }
        (table.rows(rows).empty(nothing).stacked())
    };
    section("lineage", "哪些办件用过", body)
}

fn versions(seen: &Shown) -> Markup {
    let key = &seen.head.key;
    let rows = seen.versions.iter().map(|version| {
        let span = match (version.from, version.to) {
            (Some(from), Some(to)) => html! { (day(from.day())) " 至 " (day(to.day())) },
            (Some(from), None) => html! { (day(from.day())) " 起" },
            _ => html! { "没有发布过" },
        };
        Row::new([
            html! { "第 " (version.version) " 版" },
            html! { (version.resource.share.word()) },
            html! { (version.resource.items.len()) },
            span,
        ])
        .href(format!("{HERE}/{key}?version={}", version.version))
    });
    let table = Table::new("发布过的各版").caption_hidden().columns([
        Column::new("版本"),
        Column::new("共享类型"),
        Column::number("信息项"),
        Column::new("有效期间"),
    ]);
    section("versions", "各版", html! { (table.rows(rows).stacked()) })
}

fn ending(key: &str, form: &Reasoned, wrong: Wrong<'_>) -> Markup {
    let body = post_form(
        &format!("{HERE}/{key}/end"),
        None,
        html! {
            (Field::area("reason", "为什么撤回", 2).hint("用它的部门会看到").value(&form.reason)
                .error(wrong.with("reason")))
            (button_row(html! { (Button::danger("撤回这个资源").consequence("按它同意的共享立即全部终止")) }))
        },
    );
    details("撤回这个资源", body)
}

/// What an act on a resource says, in a line.
fn said(act: &Recorded) -> Option<String> {
    let content = act.content();
    let reason = content.get("reason").and_then(Value::as_str).filter(|text| !text.is_empty());
    let version = content.get("version").and_then(Value::as_i64);
    match (version, reason) {
        (_, Some(reason)) => Some(reason.to_owned()),
        (Some(version), None) => Some(format!("第 {version} 版")),
        (None, None) => None,
    }
}

async fn settled(cx: &Cx, key: &str, done: &str, form: &Reasoned, outcome: Outcome<()>) -> Reply {
    match outcome {
        Ok(()) => Ok(see_other(&format!("{HERE}/{key}?done={done}"))),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(cx, key, &Wanted::default(), form, Wrong(Some(&refusal))).await
        }
    }
}

/// `POST /desk/catalogue/{key}/send`
pub(crate) async fn send(cx: ActCx, Path(key): Path<String>) -> Reply {
    let outcome = compile::send(&cx, &key).await;
    settled(&cx, &key, "sent", &Reasoned::default(), outcome).await
}

/// `POST /desk/catalogue/{key}/withdraw`
pub(crate) async fn recall(cx: ActCx, Path(key): Path<String>) -> Reply {
    let outcome = compile::recall(&cx, &key).await;
    settled(&cx, &key, "withdraw", &Reasoned::default(), outcome).await
}

/// `POST /desk/catalogue/{key}/agree`
pub(crate) async fn agree(
    cx: ActCx,
    Path(key): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let outcome = compile::publish(&cx, &key, &form.reason).await;
    settled(&cx, &key, "agree", &form, outcome).await
}

/// `POST /desk/catalogue/{key}/decline`
pub(crate) async fn decline(
    cx: ActCx,
    Path(key): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    let outcome = compile::decline(&cx, &key, &form.reason).await;
    settled(&cx, &key, "decline", &form, outcome).await
}

/// `POST /desk/catalogue/{key}/end`
pub(crate) async fn end(
    cx: ActCx,
    Path(key): Path<String>,
    Filled(form): Filled<Reasoned>,
) -> Reply {
    match compile::end(&cx, &key, &form.reason).await {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=ended"))),
        refused => settled(&cx, &key, "", &form, refused).await,
    }
}
