//! Posts that are exercised for their holder: those one has handed to a colleague, and those one exercises.

use access::{Held, Holding, Over, Reach, authorise};
use axum::extract::Query;
use base::{Day, Id, Stop};
use frame::parts::{
    Button, Choice, Column, Crumb, Field, Heading, NoticeKind, Row, SummaryRow, Table, Tone,
    banner, button_row, day, empty, hidden, legal_basis, link_button, post_form, section,
    summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reply, not_found, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::posts::{how, term};
use super::{Wrong, shown_again};
use crate::acts::{self, Delegating, Delegation};
use crate::terms::{PROPOSE, Proposal};

const HERE: &str = "/desk/delegations";
const TITLE: &str = "委托代行";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
    holding: String,
}

/// `GET /desk/delegations`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    shown(&cx, &wanted.done, Wrong::default()).await
}

async fn shown(cx: &Cx, done: &str, wrong: Wrong<'_>) -> Reply {
    let (own, today) = (cx.signed_in()?.account, cx.now().day());
    let Delegating { held, given, waiting } = acts::delegating(cx).await?;
    let words = match done {
        "proposed" => Some("已经提出，等另一个人同意，同意以后按期间生效。"),
        "ended" => Some("委托已经结束，立即生效。"),
        "withdrawn" => Some("已经撤回。"),
        _ => None,
    };
    let mine: Vec<_> =
        held.iter().filter(|one| acts::offers_for(Reach::City, one, today)).collect();
    let exercised: Vec<_> = held.iter().filter(|one| one.delegated.is_some()).collect();
    let body = html! {
        @if let Some(words) = words { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(TITLE).lead(
            "出差、休假时，可以把岗位委托给同一个机构的同事代行一段时间。经另一个人同意后生效，到期自动结束。"))
        (wrong.head())
        (section("mine", "我的岗位", posts(&mine)))
        @if !waiting.is_empty() { (section("waiting", "等待同意的委托", waits(&waiting, own))) }
        @if !given.is_empty() {
            (section("given", "委托给别人的", html! {
                (Table::new("委托给别人代行的岗位").caption_hidden().columns(
                    ["岗位", "受委托的同事", "期间", "状态", "办理"].map(Column::new),
                ).rows(given.iter().map(|one| row(&one.held, &one.name, today))).stacked())
            }))
        }
        @if !exercised.is_empty() {
            (section("exercised", "受别人委托代行的", html! {
                (Table::new("受别人委托代行的岗位").caption_hidden().columns(
                    ["岗位", "岗位的本人", "期间", "状态", "办理"].map(Column::new),
                ).rows(exercised.iter().map(|one| {
                    let whose = one.delegated.as_ref().map_or("", |whose| whose.name.as_str());
                    row(one, whose, today)
                })).stacked())
                p { "代行时办理的每件事，都写明是受谁委托代行的。代行的岗位不能再委托给别人。" }
            }))
        }
    };
    Ok(wrong.status(page::desk(cx, TITLE, &[], body).await?))
}

fn posts(mine: &[&Held]) -> Markup {
    let rows = mine.iter().map(|held| {
        let post = &held.holding;
        Row::new([
            html! { (post.post) },
            html! { (held.role_title) },
            term(post.from, post.until),
            html! { a href={ (HERE) "/new?holding=" (post.id) } { "委托" (post.post) } },
        ])
    });
    let nothing =
        empty("没有可以委托的岗位", html! { p { "只有您自己的、没有结束的岗位可以委托。" } });
    html! {
        (Table::new("可以委托的岗位").caption_hidden().columns(["岗位", "角色", "期间", "办理"].map(Column::new))
            .rows(rows).empty(nothing).stacked())
    }
}

fn waits(waiting: &[Proposal], own: Id<access::Account>) -> Markup {
    let rows = waiting.iter().map(|one| {
        let mine = one.proposed.by == own.to_string();
        Row::new([
            html! { (one.post) },
            html! { (one.name) },
            term(one.from, one.until),
            day(one.proposed.last_day),
            html! {
                @if mine {
                    (post_form(&format!("{HERE}/withdraw"), None, html! {
                        (hidden("holding", &one.id.to_string()))
                        (Button::quiet("撤回"))
                    }))
                } @else { (one.proposed.name) "提出" }
            },
        ])
    });
    html! {
        (Table::new("等待同意的委托").caption_hidden().columns(
            ["岗位", "受委托的同事", "期间", "没有人同意就失效的日期", "办理"].map(Column::new),
        ).rows(rows).stacked())
    }
}

fn row(held: &Held, other: &str, today: Day) -> Row {
    let post = &held.holding;
    Row::new([
        html! { (post.post) },
        html! { (other) },
        term(post.from, post.until),
        how(held, today),
        html! {
            @if held.lasts(today) {
                (post_form(&format!("{HERE}/end"), None, html! {
                    (hidden("holding", &post.id.to_string()))
                    (Button::quiet("提前结束"))
                }))
            }
        },
    ])
}

/// `GET /desk/delegations/new`
pub(crate) async fn ask(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let form = DelegationForm { holding: wanted.holding, ..DelegationForm::default() };
    form_page(&cx, &form, Wrong::default()).await
}

/// What the form of a delegation sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DelegationForm {
    holding: String,
    colleague: String,
    from: String,
    until: String,
    reason: String,
}

fn id_of(text: &str) -> Result<Id<Holding>, base::Refusal> {
    text.parse().map_err(|_| not_found("这个岗位"))
}

async fn form_page(cx: &Cx, form: &DelegationForm, wrong: Wrong<'_>) -> Reply {
    let (id, own, today) = (id_of(&form.holding)?, cx.signed_in()?.account, cx.now().day());
    let actor = cx.actor().clone();
    let (held, holder, colleagues, organ) = cx
        .read(move |r| {
            let held = access::held_by_id(r, id)?.ok_or_else(|| not_found("这个岗位"))?;
            let organ = held.holding.organ.clone();
            if held.holding.account != own {
                match authorise(r, &actor, &PROPOSE, Over::Organ(organ.clone())) {
                    Ok(_) => {}
                    Err(Stop::Refused(_)) => return Err(not_found("这个岗位").into()),
                    Err(stop) => return Err(stop),
                }
            }
            let holder = access::account_by_id(r, held.holding.account)?;
            let holder = holder.ok_or_else(|| not_found("这个岗位"))?;
            let name = access::organ_by_id(r, &organ)?.map(|organ| organ.name);
            Ok((held, holder, access::colleagues(r, &organ, today)?, name.unwrap_or_default()))
        })
        .await?;
    let longest = acts::longest_delegation(today)?;
    let post = &held.holding;
    let choices = colleagues
        .iter()
        .filter(|one| one.account != post.account && one.account != own)
        .map(|one| Choice::new(&one.login, format!("{}（{}）", one.name, one.login)))
        .collect();
    let body = html! {
        (Heading::new(format!("委托代行{}的{}岗位", holder.name, post.post)))
        (wrong.head())
        (summary_list(&[
            SummaryRow::new("岗位的本人", &holder.name),
            SummaryRow::new("岗位", &post.post),
            SummaryRow::new("机构", organ),
            SummaryRow::of("岗位的期间", term(post.from, post.until)),
        ]))
        (post_form(&format!("{HERE}/new"), None, html! {
            (hidden("holding", &form.holding))
            (Field::select("colleague", "受委托的同事", choices).hint("同一个机构里现在有岗位的人")
                .value(&form.colleague).error(wrong.with("colleague")))
            (Field::date("from", "从哪天起").hint("不写的，从同意的当天起").optional().value(&form.from)
                .error(wrong.with("from")))
            (Field::date("until", "最后一天").hint(format!("一次最多 {longest} 天，含首尾")).value(&form.until)
                .error(wrong.with("until")))
            (Field::text("reason", "理由").hint("例如出差、休假").value(&form.reason)
                .error(wrong.with("reason")))
            (button_row(html! {
                (Button::new("提出委托")
                    .consequence("安全管理员同意以后生效。委托期间本人的岗位仍然保留，双方都可以提前结束"))
            }))
        }))
        (legal_basis("本平台的规定：岗位委托代行是临时的，代行的人和岗位的本人在一件事上算同一个人，\
                      应当由不同的人办理的步骤不能因此合在一起"))
    };
    let crumbs = [Crumb::new(TITLE, HERE)];
    Ok(wrong.status(page::desk(cx, "提出委托", &crumbs, body).await?))
}

/// `POST /desk/delegations/new`
pub(crate) async fn propose(cx: ActCx, Filled(form): Filled<DelegationForm>) -> Reply {
    let wish = Delegation {
        holding: id_of(&form.holding)?,
        colleague: form.colleague.clone(),
        from: form.from.clone(),
        until: form.until.clone(),
        reason: form.reason.clone(),
    };
    match acts::propose_delegation(&cx, &wish).await {
        Ok(_) => Ok(see_other(&format!("{HERE}?done=proposed"))),
        Err(stop) => form_page(&cx, &form, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `POST /desk/delegations/end`
pub(crate) async fn end(cx: ActCx, Filled(form): Filled<Wanted>) -> Reply {
    acts::end_delegation(&cx, id_of(&form.holding)?).await?;
    Ok(see_other(&format!("{HERE}?done=ended")))
}

/// `POST /desk/delegations/withdraw`
pub(crate) async fn withdraw(cx: ActCx, Filled(form): Filled<Wanted>) -> Reply {
    let id = form.holding.parse().map_err(|_| not_found("这项提议"))?;
    match acts::withdraw_post(&cx, id).await {
        Ok(()) => Ok(see_other(&format!("{HERE}?done=withdrawn"))),
        Err(stop) => shown(&cx, "", Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// On an account's page: where its posts are delegated, for whoever may propose it for others.
pub(super) fn links(posts: &[Held], reach: Reach, today: Day) -> Markup {
    html! {
        @for held in posts.iter().filter(|held| acts::offers_for(reach, held, today)) {
            p { (link_button(&format!("提出委托代行{}岗位", held.holding.post), &format!("{HERE}/new?holding={}", held.holding.id))) }
        }
    }
}

/// Beside the name of a post: whose it is, where it is exercised for somebody.
pub(super) fn whose(held: &Held) -> Markup {
    html! {
        @if let Some(whose) = &held.delegated { " " (tag(Tone::Active, &format!("受{}委托代行", whose.name))) }
    }
}
