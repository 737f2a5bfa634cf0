//! The deferrals, and the form that enters or prolongs one.

use std::collections::HashMap;

use ::store::Reader;
use access::{Organ, Permit, ProposedState};
use ask::Deferral;
use axum::extract::Query;
use base::{Id, Moment, Outcome, mask};
use frame::parts::{
    Button, Choice, Column, Crumb, Field, Heading, NoticeKind, Pager, Row, SummaryRow, Table, Tone,
    Width, banner, button_row, day, empty, hidden, inset, link_button, masked, post_form,
    proposed_state, summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, not_found, page};
use maud::{Markup, html};
use seal::Keys;
use serde::Deserialize;

use super::{Wrong, may, shown_again};
use crate::acts::deferrals as acts;
use crate::rules::deferrals as verdicts;
use crate::store::deferrals::DEFERRALS;
use crate::terms::{DEFER, DeferralOrder, Rule, TypedDeferral, Whom};

pub(super) const HERE: &str = "/desk/deferrals";
pub(crate) const TITLE: &str = "暂不告知";
const PAGE: i64 = 30;

/// What stands of the orders on a page, with how many looks each covers.
pub(super) type Standing = HashMap<Id<Deferral>, (Deferral, i64)>;

/// How many deferrals wait for this very person.
pub(crate) fn waiting(
    reader: &Reader<'_>,
    _permit: &Permit,
    permits: &[Permit],
    now: Moment,
) -> Outcome<i64> {
    let Some(permit) = permits.iter().find(|permit| permit.permission() == DEFER.name) else {
        return Ok(0);
    };
    DEFERRALS.waiting_for(reader, permit, now.day())
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
    before: String,
}

/// `GET /desk/deferrals`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    acts::put_on_record(&cx, None).await?;
    let before: Option<Id<Deferral>> = wanted.before.parse().ok();
    let (orders, standing) = cx
        .read(move |r| {
            let orders: Vec<DeferralOrder> = DEFERRALS.before(r, before, PAGE)?;
            let ids: Vec<Id<Deferral>> = orders.iter().map(DeferralOrder::deferral).collect();
            let standing = ask::deferrals(r, &ids)?;
            Ok((orders, standing))
        })
        .await?;
    let enters = may(&cx, &DEFER).await?;
    let full = i64::try_from(orders.len()).is_ok_and(|count| count >= PAGE);
    let next = orders.last().filter(|_| full).map(|last| format!("{HERE}?before={}", last.id));
    let mut table = Vec::new();
    for order in &orders {
        table.push(row(&cx.hall().keys, order, &standing, cx.now())?);
    }
    let nothing = empty(
        "还没有暂不告知",
        html! { p { "法律规定可以暂不告知的，凭机关的批准文件，由一个人录入，另一个人同意。" } },
    );
    let body = html! {
        @if wanted.done == "withdrawn" {
            (banner(NoticeKind::Success, html! { "已经撤回，没有生效。" }))
        }
        (Heading::new(TITLE).lead("法律规定可以暂不告知的，对某个人信息的查看期满以后才告诉本人。一个人录入，另一个人同意以后，只对以后的查看有效；审计随时看得到。查阅这一页会留下记录。"))
        @if enters { (button_row(link_button("录入暂不告知", &format!("{HERE}/new")))) }
        (Table::new("暂不告知，最近录入的在前").columns([
            Column::new("关于谁").narrow(), Column::new("哪个机关的查看"), Column::new("批准的机关和文号"),
            Column::new("期间"), Column::number("查看次数"),
            Column::new("状态").narrow(),
        ]).rows(table).empty(nothing).stacked())
        (Pager::new(next).first(before.map(|_| HERE.to_owned())))
    };
    page::desk(&cx, TITLE, &[], body).await
}

fn row(keys: &Keys, order: &DeferralOrder, standing: &Standing, now: Moment) -> Outcome<Row> {
    let known = standing.get(&order.deferral());
    let looks = known.filter(|_| order.prolongs.is_none()).map(|(_, looks)| looks.to_string());
    Ok(Row::new([
        html! { (whom(keys, order)?) @if order.prolongs.is_some() { "（延长）" } },
        html! { (organ(order)) },
        html! { (order.approved()) },
        html! { (day(order.from)) " 至 " (day(order.until)) },
        html! { (looks.unwrap_or_else(|| "—".into())) },
        state(order, known.map(|(one, _)| one), now),
    ])
    .href(format!("{HERE}/{}", order.id)))
}

/// Whom it is about: of a citizen number the middle is hidden.
pub(super) fn whom(keys: &Keys, order: &DeferralOrder) -> Outcome<Markup> {
    let shown = acts::subject_of(keys, order)?;
    Ok(match (order.whom, shown.as_str()) {
        (_, "") => html! { "内容已经依法删除" },
        (Whom::Person, number) => masked(&mask::citizen_number_for_all(number)),
        (Whom::Case, no) => html! { "办件 " span class="number" { (no) } },
    })
}

/// Whose looks.
pub(super) fn organ(order: &DeferralOrder) -> String {
    match order.below {
        true => format!("{}和下属机构", order.organ_name),
        false => order.organ_name.clone(),
    }
}

pub(super) fn state(order: &DeferralOrder, standing: Option<&Deferral>, now: Moment) -> Markup {
    match (order.proposed.state, standing) {
        (ProposedState::Agreed, _) if order.prolongs.is_some() => tag(Tone::Good, "已同意延长"),
        (ProposedState::Agreed, Some(one)) if one.stands(now) && now < one.from => {
            tag(Tone::Soon, "还没有开始")
        }
        (ProposedState::Agreed, Some(one)) if one.stands(now) => tag(Tone::Active, "暂不告知中"),
        (ProposedState::Agreed, _) => tag(Tone::Good, "已结束，已告知"),
        _ => proposed_state(&order.proposed, now.day()),
    }
}

/// `GET /desk/deferrals/new`
pub(crate) async fn new(cx: Cx, Query(typed): Query<TypedDeferral>) -> Reply {
    form(&cx, &typed, Wrong::default()).await
}

async fn form(cx: &Cx, typed: &TypedDeferral, wrong: Wrong<'_>) -> Reply {
    let rule = crate::acts::rule_on(cx.now().day())?;
    let (title, fields) = match typed.prolongs.as_str() {
        "" => ("录入暂不告知", fresh(cx, typed, &rule, wrong).await?),
        prolongs => {
            let id = acts::deferral_id(prolongs)?;
            ("延长暂不告知", prolonging(cx, typed, id, wrong).await?)
        }
    };
    let body = html! {
        (Heading::new(title).lead("照着机关的批准文件填写。"))
        (wrong.head())
        (post_form(HERE, None, html! {
            (fields)
            (Field::text("approver", "批准的机关").hint("批准文件上的机关全称，期满以后会告诉本人")
                .value(&typed.approver).error(wrong.with("approver")))
            (Field::text("document", "文号").hint("例如 鄂州公〔2026〕3号，期满以后会告诉本人")
                .value(&typed.document).width(Width::Long).error(wrong.with("document")))
            (Field::text("approved_by", "批准的人").hint("批准文件上签字的负责人和职务，例如 局长李明")
                .value(&typed.approved_by).width(Width::Long).error(wrong.with("approved_by")))
            (Field::area("purpose", "为什么要暂不告知", 4)
                .hint(format!("加密保存，只给办理的人和审计看。最多 {} 个字", verdicts::PURPOSE_MAX))
                .value(&typed.purpose).error(wrong.with("purpose")))
            (button_row(html! {
                (Button::new("录入，请另一个人同意")
                    .consequence(format!("还没有生效。{}天里没有人同意的，自动失效。", rule.waiting_days)))
            }))
        }))
        (inset(html! {
            p { "同意以前的查看，照常告诉本人，不能补办。期满以后，这些查看连同依据、批准的机关和文号一起告诉本人。" }
            p { (rule.deferral_limit_ground) }
        }))
    };
    let response = page::desk(cx, title, &[Crumb::new(TITLE, HERE)], body).await?;
    Ok(wrong.status(response))
}

/// The fields of a new one.
async fn fresh(cx: &Cx, typed: &TypedDeferral, rule: &Rule, wrong: Wrong<'_>) -> Outcome<Markup> {
    let today = cx.now().day();
    let mut organs = cx.read(access::organs).await?;
    organs.retain(|organ| organ.stands(today));
    let whom = Whom::ALL.into_iter().map(|(whom, title)| {
        let hint = match whom {
            Whom::Person => "这个机关查这个人的登记信息、看这个人的申请",
            Whom::Case => "这个机关看这个办件里的申请信息和材料",
        };
        Choice::new(whom.as_str(), title).hint(hint)
    });
    let grounds = rule.deferral_grounds.iter().map(|ground| {
        Choice::new(&ground.key, &ground.title)
            .hint(format!("{}；一次最长 {} 个月", ground.article, ground.months))
    });
    Ok(html! {
        (Field::radios("whom", "关于谁", whom.collect()).value(&typed.whom).error(wrong.with("whom")))
        (Field::text("shown", "号码").hint("公民身份号码，或者办件编号。加密保存")
            .value(&typed.shown).width(Width::Long).error(wrong.with("shown")))
        (Field::select("organ", "哪个机关的查看", choices(&organs)).value(&typed.organ)
            .error(wrong.with("organ")))
        (Field::confirm("below", "它的下属机构的查看也暂不告知").value(&typed.below).optional()
            .error(wrong.with("below")))
        (Field::radios("ground", "依据", grounds.collect()).value(&typed.ground)
            .error(wrong.with("ground")))
        (Field::text("law", "法律、行政法规的条款")
            .hint("规定要保密、不需要告知，或者规定这项职责的条款，例如《中华人民共和国行政处罚法》第五十四条")
            .value(&typed.law).error(wrong.with("law")))
        (Field::date("from", "从哪天起").hint("不写的，从同意的时候起").optional().value(&typed.from)
            .error(wrong.with("from")))
        (Field::date("until", "最后一天").hint("期满以后自动告诉本人").value(&typed.until)
            .error(wrong.with("until")))
    })
}

fn choices(organs: &[Organ]) -> Vec<Choice> {
    organs.iter().map(|organ| Choice::new(&organ.id, &organ.name)).collect()
}

/// What is prolonged, and until when.
async fn prolonging(
    cx: &Cx,
    typed: &TypedDeferral,
    id: Id<Deferral>,
    wrong: Wrong<'_>,
) -> Outcome<Markup> {
    acts::put_on_record(cx, Some(id)).await?;
    let (order, standing) = cx
        .read(move |r| {
            let order = DEFERRALS.by_id(r, id)?;
            let order = order.filter(|order: &DeferralOrder| order.prolongs.is_none());
            let standing = ask::deferrals(r, &[id])?.remove(&id);
            Ok(order.zip(standing).ok_or_else(|| not_found("这项暂不告知"))?)
        })
        .await?;
    let facts = [
        SummaryRow::of("关于谁", whom(&cx.hall().keys, &order)?),
        SummaryRow::new("哪个机关的查看", organ(&order)),
        SummaryRow::new("依据", &order.ground),
        SummaryRow::of("现在的最后一天", day(standing.0.last_day())),
    ];
    Ok(html! {
        (summary_list(&facts))
        (hidden("prolongs", &typed.prolongs))
        (Field::date("until", "延长到哪天").value(&typed.until).error(wrong.with("until")))
    })
}

/// `POST /desk/deferrals`
pub(crate) async fn enter(cx: ActCx, Filled(typed): Filled<TypedDeferral>) -> Reply {
    match acts::enter_deferral(&cx, &typed).await {
        Ok(id) => Ok(see_other(&format!("{HERE}/{id}?done=entered"))),
        Err(stop) => form(&cx, &typed, Wrong(Some(&shown_again(stop)?))).await,
    }
}
