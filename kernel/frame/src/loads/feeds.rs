//! The desk where one says which resources of departments feed a register by their gateways.

use std::marker::PhantomData;
use std::sync::Arc;

use access::Over;
use ask::{About, Question, Terms};
use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use ledger::Who;
use maud::Markup;
use register::{By, Feed, Opening, Part, Publication};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use super::{Keeper, LoadDesk};
use crate::filled::Reasoned;
use crate::hall::Hall;
use crate::parts::{
    self, Button, Crumb, Field, Heading, Width, button_row, day_said, html, moment_said, post_form,
    section,
};
use crate::serve::see_other;
use crate::wrong::{Wrong, shown_again};
use crate::{ActCx, Cx, Reply, not_found, page};

/// So many are shown.
const SHOWN_MAX: i64 = 50;

/// A resource as the catalogue has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provided {
    /// The organ that provides it.
    organ: String,
    /// What it is called.
    #[serde(rename = "resource_name")]
    title: String,
}

/// Asks who provides a resource, by its code.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct ProviderOf<K> {
    resource: String,
    #[serde(skip)]
    of: PhantomData<fn() -> K>,
}

impl<K: Keeper> Question for ProviderOf<K> {
    type Answer = Provided;
    const KIND: &'static str = K::PROVIDER;

    fn about(&self) -> About {
        About::Nothing
    }
}

/// Asks for a part of a publication; nothing where it is not kept any more.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct PartOf<K> {
    publication: String,
    part: i64,
    #[serde(skip)]
    of: PhantomData<fn() -> K>,
}

impl<K: Keeper> Question for PartOf<K> {
    type Answer = Part;
    const KIND: &'static str = K::PART;

    fn about(&self) -> About {
        About::Nothing
    }
}

/// Asks in the city's own name, on the terms of the office that keeps the register.
async fn asked<K: Keeper, Q: Question>(hall: &Hall, question: &Q) -> Outcome<Option<Q::Answer>> {
    let (asker, purpose) = K::DESK.fed;
    let answer = hall.desk.ask(asker, purpose, &Who::clockwork(), question, hall.now()).await?;
    Ok(answer.value)
}

/// The terms on which an office asks in order to be fed: a kind of question, and why.
pub const fn fed_terms(
    (asker, purpose): (&'static str, &'static str),
    (kind, about): (&'static str, &'static str),
) -> Terms {
    Terms {
        asker,
        kind,
        purpose,
        about,
        fields: &["*"],
        ground: "《政务数据共享条例》（国务院令第809号）第三章",
        valid_seconds: 60,
    }
}

/// Which resource is to feed the register, and why.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wished {
    resource: String,
    reason: String,
}

/// Takes up all that gateways have published, one after another.
pub(super) async fn take_up<K: Keeper>(hall: Arc<Hall>) -> Outcome<()> {
    let (thread, city) = (Handle::current(), hall.clone());
    let parts = move |told: &Publication, part| {
        let of = PhantomData::<fn() -> K>;
        let question = PartOf { publication: told.publication.clone(), part, of };
        thread.block_on(asked::<K, _>(&city, &question))
    };
    register::take_up(&hall.ground(), K::DESK.register, K::DESK.columns, parts).await?;
    hall.bell.notify_one();
    Ok(())
}

/// The page: what feeds the register, what did, and a form for the next.
pub(super) async fn feeds(desk: &'static LoadDesk, cx: &Cx) -> Reply {
    shown(desk, cx, &Wished::default(), Wrong(None)).await
}

async fn shown(desk: &'static LoadDesk, cx: &Cx, wished: &Wished, wrong: Wrong<'_>) -> Reply {
    let name = desk.register.name;
    let all = cx.read(move |r| register::feeds_of(r, name, SHOWN_MAX)).await?;
    let may = cx.permitted(desk.register.fed.right, Over::City).await?.is_some();
    let (open, closed): (Vec<Feed>, Vec<Feed>) =
        all.into_iter().partition(|feed| feed.closed.is_none());
    let lead = "部门的网关把登记推送过来，和上传的文件一样核对、比对、生效，写错的行退回。没有列在这里的，推送了也不会进登记库。";
    let body = html! {
        (wrong.head())
        (Heading::new("网关来源").lead(lead))
        (section("open", "在用的来源", html! {
            @if open.is_empty() {
                (parts::empty("还没有网关来源", html! { p { "现在登记只从上传的文件来。" } }))
            }
            @for feed in &open { (one(desk, feed, may, cx.now())) }
        }))
        @if may { (section("new", "增加来源", form(desk, wished, wrong))) }
        @if !closed.is_empty() {
            (section("closed", "已经停止的", html! {
                @for feed in &closed { (one(desk, feed, false, cx.now())) }
            }))
        }
        (parts::legal_basis(desk.register.authority))
    };
    let crumbs = [Crumb::new(desk.title, desk.home), Crumb::new("导入和报告", desk.path)];
    Ok(wrong.status(page::desk(cx, "网关来源", &crumbs, body).await?))
}

fn one(desk: &LoadDesk, feed: &Feed, may: bool, now: Moment) -> Markup {
    use parts::SummaryRow;
    let today = now.day();
    let mut rows = vec![
        SummaryRow::of("资源", html! { (feed.title) " " code { (feed.resource) } }),
        SummaryRow::new("提供部门", &feed.organ_name),
        SummaryRow::of(
            "认定",
            html! { (feed.opened_by) "，" (moment_said(feed.opened_at, today)) "，" a href={ "/receipts/" (feed.act) } { "回执" } },
        ),
        SummaryRow::new("理由", &feed.reason),
    ];
    if let Some(closed) = &feed.closed {
        let ended = html! { (closed.by) "，" (day_said(closed.at.day(), today)) };
        rows.push(SummaryRow::of("停止", ended));
        rows.push(SummaryRow::new("停止的理由", &closed.reason));
    }
    let place = format!("{}/{}/close", desk.feeds, feed.id);
    html! {
        (parts::summary_list(&rows))
        @if may {
            details {
                summary { "停止“" (feed.title) "”" }
                (post_form(&place, None, html! {
                    (Field::text("reason", "为什么停止"))
                    (button_row(html! {
                        (Button::danger("停止这个来源").consequence("以后推送的不再进登记库；已经生效的导入不变"))
                    }))
                }))
            }
        }
    }
}

fn form(desk: &LoadDesk, wished: &Wished, wrong: Wrong<'_>) -> Markup {
    post_form(
        desk.feeds,
        None,
        html! {
            (Field::text("resource", "资源代码").value(&wished.resource).error(wrong.with("resource"))
                .hint("政务数据目录里已经发布的资源，例如 101001/000001。只收目录里写明的提供部门推送的")
                .width(Width::Medium))
            (Field::area("reason", "理由", 2).value(&wished.reason).error(wrong.with("reason")))
            (button_row(html! {
                (Button::new("由它提供登记").consequence("从现在起它推送的登记进登记库，不再同时作为目录的数据集"))
            }))
        },
    )
}

/// Lets a resource feed the register.
pub(super) async fn open<K: Keeper>(cx: &ActCx, wished: Wished) -> Reply {
    let desk = K::DESK;
    match opened::<K>(cx, &wished).await {
        Ok(()) => Ok(see_other(desk.feeds)),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(desk, cx, &wished, Wrong(Some(&refusal))).await
        }
    }
}

async fn opened<K: Keeper>(cx: &ActCx, wished: &Wished) -> Outcome<()> {
    let resource = wished.resource.trim().to_owned();
    let provided = match resource.is_empty() {
        true => None,
        false => {
            let of = PhantomData::<fn() -> K>;
            asked::<K, _>(cx.hall(), &ProviderOf { resource: resource.clone(), of }).await?
        }
    };
    let unknown = || {
        let words = "政务数据目录里没有已发布的这个资源";
        let refusal = Refusal::new(RefusalKind::Invalid, "register.no_such_resource", words);
        refusal.field("resource", words)
    };
    let Provided { organ, title } = provided.ok_or_else(unknown)?;
    let id = organ.clone();
    let found = cx.read(move |r| access::organ_by_id(r, &id)).await?;
    let organ_name = found.map_or_else(|| organ.clone(), |organ| organ.name);
    let new = Opening { resource, title, organ, organ_name, reason: wished.reason.clone() };
    let by = By::Person(cx.actor().clone());
    register::open(&cx.hall().ground(), K::DESK.register, by, new).await?;
    cx.hall().bell.notify_one();
    Ok(())
}

/// Ends a feed, for the reason that the form says.
pub(super) async fn close(desk: &'static LoadDesk, cx: &ActCx, id: &str, form: Reasoned) -> Reply {
    let id: Id<Feed> = id.parse().map_err(|_| not_found("这个来源"))?;
    let (by, ground) = (By::Person(cx.actor().clone()), cx.hall().ground());
    register::close(&ground, desk.register, by, (id, &form.reason)).await?;
    cx.hall().bell.notify_one();
    Ok(see_other(desk.feeds))
}
