//! Written mandates: those one has given, those that name one, one of them whole, and a new one.

use access::{EndedWhy, Mandate, MandateState, NamedItem, Power};
use axum::extract::{Path, Query};
use axum::response::Response;
use base::{Day, Id, mask};
use frame::parts::{
    Button, Choice, Column, Crumb, Field, Heading, NoticeKind, Row, SummaryRow, Table, Tone, Width,
    banner, button_row, details, empty, legal_basis, link_button, masked, moment_said, notice,
    post_form, section, suggestions, summary_list, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Problem, Reply, not_found, page};
use maud::{Markup, html};
use serde::Deserialize;

use super::contact::password_again;
use super::me::own;
use super::posts::term;
use super::{Wrong, shown_again};
use crate::acts::{self, Move, Side};
use crate::terms::mandates::MandateWish;

const HERE: &str = "/me/mandates";
const TITLE: &str = "委托代办";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    done: String,
    item: String,
    case: String,
}

fn crumbs(deeper: bool) -> Vec<Crumb> {
    let mut crumbs = vec![Crumb::new("首页", "/"), Crumb::new("我的账户", "/me")];
    if deeper {
        crumbs.push(Crumb::new(TITLE, HERE));
    }
    crumbs
}

/// `GET /me/mandates`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let (given, naming) = acts::mandates_of(&cx).await?;
    let today = cx.now().day();
    let words = match wanted.done.as_str() {
        "given" => Some("委托书已经写好。对方有核实过的账户的，会在这里看到，接受以后生效。"),
        _ => None,
    };
    let (waiting, named): (Vec<&Mandate>, Vec<&Mandate>) =
        naming.iter().partition(|one| one.state == MandateState::Offered && one.lasts(today));
    let body = html! {
        @if let Some(words) = words { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new(TITLE).lead(
            "自己不方便办的，可以写一份委托书，请别人代为办理。代办的每一步都写明是谁、受谁委托。"))
        p { (link_button("写一份委托书", &format!("{HERE}/new"))) }
        @if !waiting.is_empty() {
            (section("waiting", "等您答复的委托", table("等您答复的委托", "委托人", &waiting, today)))
        }
        (section("given", "我委托别人的", html! {
            @if given.is_empty() {
                (empty("您没有委托过别人", html! { p { "写好委托书、对方接受以后，对方就可以替您办理写明的事。" } }))
            } @else { (table("我委托别人的", "代理人", &given.iter().collect::<Vec<_>>(), today)) }
        }))
        (section("taken", "别人委托我的", html! {
            @if named.is_empty() {
                (empty("没有您接受过的委托", html! { p { "别人写的委托书写明您的姓名和公民身份号码的，会出现在这里。" } }))
            } @else { (table("别人委托我的", "委托人", &named, today)) }
        }))
        (legal_basis("《中华人民共和国民法典》第一百六十一条至第一百七十五条，《中华人民共和国行政许可法》第二十九条"))
    };
    Ok(page::wide(&cx, TITLE, &crumbs(false), body))
}

fn table(caption: &str, other: &str, mandates: &[&Mandate], today: Day) -> Markup {
    let rows = mandates.iter().map(|one| {
        let name = if other == "代理人" { one.agent_name.as_str() } else { one.whose() };
        Row::new([
            html! {
                a href=(format!("{HERE}/{}", one.id)) { (name) }
                @if one.is_paper() { span class="row-note" { "纸质委托书，在窗口使用" } }
            },
            html! { (one.scope.said()) },
            html! { (one.powers_said()) },
            term(one.from, Some(one.until)),
            state_tag(one, today),
        ])
    });
    html! {
        (Table::new(caption).caption_hidden().columns([
            Column::new(other), Column::new("范围"), Column::new("权限"), Column::new("期限"),
            Column::new("状态"),
        ]).rows(rows).stacked())
    }
}

fn state_tag(mandate: &Mandate, today: Day) -> Markup {
    let tone = match mandate.state {
        MandateState::Standing if mandate.stands(today) => Tone::Good,
        MandateState::Offered | MandateState::Standing if mandate.lasts(today) => Tone::Active,
        _ => Tone::Plain,
    };
    tag(tone, mandate.said(today))
}

/// `GET /me/mandates/{id}`
pub(crate) async fn one(cx: Cx, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    one_page(&cx, &id, &wanted.done, Wrong::default()).await
}

async fn one_page(cx: &Cx, id: &str, done: &str, wrong: Wrong<'_>) -> Result<Response, Problem> {
    let id: Id<Mandate> = id.parse().map_err(|_| not_found("这份委托"))?;
    let account = own(cx).await?;
    let mandate = cx.read(move |r| access::mandate_by_id(r, id)).await?;
    let missing = || not_found("这份委托");
    let mandate = mandate.ok_or_else(missing)?;
    let side = acts::side_of(&account, &cx.hall().keys, &mandate).ok_or_else(missing)?;
    let today = cx.now().day();
    // Standing is not all: both accounts must be what the rule demands.
    let (asked, standing) = (mandate.clone(), mandate.stands(today));
    let idle = match cx.read(move |r| access::mandate_in_force(r, &asked, today)).await {
        Err(base::Stop::Refused(refusal)) if standing => Some(refusal),
        Err(base::Stop::Refused(_)) | Ok(()) => None,
        Err(fault) => return Err(fault.into()),
    };
    let words = match done {
        "accept" => Some("已经接受，可以开始代办了。"),
        "refuse" => Some("已经答复，您没有接受。"),
        "revoke" => Some("已经收回，立即生效。"),
        "give-up" => Some("已经辞去，立即生效。"),
        _ => None,
    };
    let body = html! {
        @if let Some(words) = words { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new("授权委托书").state(state_tag(&mandate, today)))
        (wrong.head())
        @if let Some(idle) = idle {
            (notice(NoticeKind::Warning, "现在不能使用", html! { p { (idle.message) } }))
        }
        (summary_list(&facts(cx, &mandate, side)))
        @if mandate.why == EndedWhy::Died && mandate.state == MandateState::Closed {
            (notice(NoticeKind::Info, "委托因一方死亡终止", html! {
                p { "代理人或者委托人死亡的，委托终止（《中华人民共和国民法典》第一百七十三条第四项）。" }
                // The agent reads this of who has given it; what the principal reads is that the agent is gone.
                @if side == Side::Agent {
                    p { "代理人不知道且不应当知道死亡的时候所办的，仍然有效（第一百七十四条）。" }
                }
            }))
        }
        @if side == Side::Agent && mandate.stands(today) && !mandate.is_paper() { (to_act(cx, &mandate)) }
        @if side == Side::Agent && mandate.stands(today) && mandate.is_paper() {
            p { "这是纸质委托书，请带本人身份证到窗口代办；网上不能凭它办理。" }
        }
        (moves(&mandate, side, today))
        (legal_basis("《中华人民共和国民法典》第一百六十五条：委托书写明代理人的姓名、代理事项、权限和期限。代理人不能再转托别人"))
    };
    Ok(wrong.status(page::site(cx, "授权委托书", &crumbs(true), body)))
}

fn facts(cx: &Cx, one: &Mandate, side: Side) -> Vec<SummaryRow> {
    let keys = &cx.hall().keys;
    let number = |number: Option<String>| match number {
        Some(number) => masked(&mask::citizen_number(&number)),
        None => html! {},
    };
    let today = cx.now().day();
    let mut rows = vec![SummaryRow::new("委托人", &one.principal_name)];
    if let Some(firm) = &one.firm {
        rows.push(
            SummaryRow::new("代表的单位", format!("{}（{}）", firm.name, firm.code))
                .note(html! { "单位的名称和代码是委托人自己填写的，本站还没有核对" }),
        );
    }
    rows.push(SummaryRow::new("代理人", &one.agent_name));
    if one.is_paper() {
        let words = format!("纸质委托书，{}窗口核对代理人身份证后登记", one.organ_name);
        rows.push(SummaryRow::new("形式", words));
    }
    // Each side has typed or knows the one number; the other's is theirs.
    if side == Side::Principal || one.agent.is_some() {
        rows.push(SummaryRow::of("代理人的公民身份号码", number(one.agent_number(keys))));
    }
    rows.extend([
        SummaryRow::new("委托办理", one.scope.said()),
        SummaryRow::new("权限", one.powers_said()),
        SummaryRow::of("期限", term(one.from, Some(one.until))),
        SummaryRow::of(
            if one.is_paper() { "登记于" } else { "写于" },
            moment_said(one.given_at, today),
        ),
    ]);
    if let Some(at) = one.settled_at.filter(|_| !one.is_paper()) {
        rows.push(SummaryRow::of("答复", moment_said(at, today)));
    }
    if let Some(at) = one.ended_at {
        let by = match one.state {
            MandateState::Closed => one.why.title(),
            _ => one.ended_by.as_str(),
        };
        let by = html! { (moment_said(at, today)) "，" (by) };
        rows.push(SummaryRow::of("终止", by));
    }
    let receipt = html! { a href=(format!("/receipts/{}", one.act)) { "查看存证回执" } };
    rows.push(SummaryRow::of("存证", receipt));
    rows
}

/// Where an agent goes on from here.
fn to_act(cx: &Cx, one: &Mandate) -> Markup {
    let applies = one.powers.contains(&Power::Apply);
    html! {
        @if cx.hall().office("approvals").is_some() {
            (section("act", "代办", html! {
                @if let access::Scope::Items(items) = &one.scope {
                    @if applies { ul class="links" {
                        @for item in items {
                            li { a href=(format!("/apply/{}?mandate={}", item.code, one.id)) { "代" (one.whose()) "申请：" (item.name) } }
                        }
                    } }
                } @else if applies { p { "在办事指南里选好事项，开始填写时选择“代" (one.whose()) "办理”。" a href="/services" { "去找要办的事" } } }
                p { (link_button("查看能代办的办件", &format!("/my/cases?mandate={}", one.id))) }
            }))
        }
    }
}

/// What this side may do with it.
fn moves(one: &Mandate, side: Side, today: Day) -> Markup {
    let form = |verb: &str, button: Button| {
        post_form(&format!("{HERE}/{}/{verb}", one.id), None, html! { (button) })
    };
    let lasts = one.lasts(today);
    let to_take = one.state == MandateState::Offered;
    html! {
        @if side == Side::Agent && to_take && lasts {
            (notice(NoticeKind::Info, "请先看清范围和期限，再决定", html! {
                p { "接受以后，您替委托人办理的每一步都写明是您办的、受谁委托。不认识委托人的，不要接受。" }
            }))
            (form("accept", Button::new("接受委托")))
            (form("refuse", Button::secondary("不接受")))
        }
        @if side == Side::Agent && one.state == MandateState::Standing && lasts {
            (form("give-up", Button::danger("辞去委托").consequence(give_up_says(one))))
        }
        @if side == Side::Principal && lasts {
            (form("revoke", Button::danger("收回委托").consequence("立即生效，对方马上不能再代办；已经办的仍然有效")))
        }
    }
}

fn give_up_says(one: &Mandate) -> &'static str {
    match one.is_paper() {
        true => "立即生效，以后不能再凭这份纸质委托书在窗口办理；委托人有账户的会收到通知",
        false => "立即生效，委托人会收到通知；已经办的仍然有效",
    }
}

/// `POST /me/mandates/{id}/{verb}`
pub(crate) async fn moved(cx: ActCx, Path((id, verb)): Path<(String, String)>) -> Reply {
    let to_do = Move::parse(&verb).ok_or_else(|| not_found("这一步"))?;
    let parsed: Id<Mandate> = id.parse().map_err(|_| not_found("这份委托"))?;
    match acts::move_mandate(&cx, parsed, to_do).await {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}?done={verb}"))),
        Err(stop) => one_page(&cx, &id, "", Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// `GET /me/mandates/new`
pub(crate) async fn ask(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let scope = match (wanted.item.is_empty(), wanted.case.is_empty()) {
        (false, _) => "items",
        (_, false) => "case",
        _ => "",
    };
    let wish = MandateWish {
        scope: scope.into(),
        items: wanted.item,
        case: wanted.case,
        ..MandateWish::default()
    };
    form_page(&cx, &wish, Wrong::default()).await
}

async fn form_page(cx: &Cx, wish: &MandateWish, wrong: Wrong<'_>) -> Reply {
    let account = own(cx).await?;
    let rule = access::mandate_rule(cx.now().day())?;
    if account.level() < rule.principal || account.number_sealed.is_none() {
        let body = html! {
            (Heading::new("写一份委托书"))
            (notice(NoticeKind::Warning, "账户还没有核实，不能写委托书", html! {
                p { "委托书要由本人写。请先" a href="/me#prove" { "核实账户是您本人的" } "。" }
                p { "依据：" (rule.ground) }
            }))
        };
        return Ok(wrong.status(page::site(cx, "写一份委托书", &crumbs(true), body)));
    }
    let items = acts::item_names(cx, "").await?;
    let body = html! {
        (Heading::new("写一份委托书").lead("写明请谁、办什么、能做哪些、到哪天为止。对方接受以后生效，您随时可以收回。"))
        (wrong.head())
        (post_form(&format!("{HERE}/new"), None, fields(wish, wrong, (rule.longest_days, &items))))
        (legal_basis(&format!("{}。依法应当由本人到场办理的事项不能委托（《中华人民共和国行政许可法》第二十九条）", rule.ground)))
    };
    Ok(wrong.status(page::site(cx, "写一份委托书", &crumbs(true), body)))
}

/// The id of the items that are offered by name.
const ITEMS: &str = "items-by-name";
/// So many lines for items there are, and one more than was typed.
const LINES: usize = 5;

/// A line an item, each offering the names; one more than was typed.
fn item_lines(wish: &MandateWish, wrong: Wrong<'_>, items: &[NamedItem]) -> Markup {
    let typed: Vec<&str> = wish.items.lines().filter(|line| !line.trim().is_empty()).collect();
    let choices: Vec<Choice> = items
        .iter()
        .map(|item| Choice::new(access::item_offered(item, items), "").hint(&item.code))
        .collect();
    let line = |n: usize| typed.get(n).copied().unwrap_or_default();
    let more = html! {
        @for n in 1..LINES.max(typed.len() + 1) {
            (Field::text(format!("items.{n}"), format!("第 {} 个事项", n + 1)).value(line(n))
                .suggest(ITEMS).optional())
        }
    };
    html! {
        (suggestions(ITEMS, &choices))
        (Field::text("items", "写明的事项").value(line(0)).suggest(ITEMS).optional()
            .hint("选“写明的事项”的填写：从列出的名称里选，也可以填写事项名称、编码或者网址里的名称")
            .error(wrong.with("items")))
        @if typed.len() > 1 { (more) } @else { (details("再写几个事项", more)) }
    }
}

fn fields(
    wish: &MandateWish,
    wrong: Wrong<'_>,
    (longest_days, items): (i64, &[NamedItem]),
) -> Markup {
    let scopes = vec![
        Choice::new("items", "写明的事项"),
        Choice::new("case", "一个已经提交的办件"),
        Choice::new("all", "在本网站办理的全部事项").hint("范围最大，请谨慎选择"),
    ];
    let powers =
        Power::ALL.iter().map(|power| Choice::new(power.as_str(), power.title())).collect();
    html! {
        (Field::text("agent_name", "代理人的姓名").value(&wish.agent_name)
            .error(wrong.with("agent_name")))
        (Field::text("agent_number", "代理人的公民身份号码").value(&wish.agent_number).width(Width::Medium)
            .hint("姓名和号码都要与对方核实过的账户一致，对方才看得到").error(wrong.with("agent_number")))
        (Field::radios("scope", "委托办理哪些事", scopes).value(&wish.scope).error(wrong.with("scope")))
        (item_lines(wish, wrong, items))
        (Field::text("case", "办件编号").optional().value(&wish.case)
            .hint("选“一个已经提交的办件”的填写，在“我的办件”里可以查到").error(wrong.with("case")))
        (Field::checks("powers", "对方能做哪些", powers).values(wish.powers.clone())
            .hint("能补正或者撤回的，也能查询").error(wrong.with("powers")))
        (Field::date("from", "从哪天起").optional().hint("不写的，从今天起").value(&wish.from)
            .error(wrong.with("from")))
        (Field::date("until", "最后一天").hint(format!("一次最多 {longest_days} 天，含首尾")).value(&wish.until)
            .error(wrong.with("until")))
        (firm_fields(wish, wrong))
        (password_again(wrong.with("password")))
        (button_row(html! {
            (Button::new("写好，交给对方接受")
                .consequence("对方接受以后，在写明的范围内以您的名义办理，后果由您承担"))
        }))
    }
}

/// For who gives it as the legal representative of a firm.
fn firm_fields(wish: &MandateWish, wrong: Wrong<'_>) -> Markup {
    let fields = html! {
        p class="hint" { "法定代表人替单位委托的填写，名称和代码都要填。名称和代码由您填写，本站还没有核对；委托只用于办理这个单位的事。" }
        (Field::text("firm_name", "单位名称").value(&wish.firm_name)
            .error(wrong.with("firm_name")))
        (Field::text("firm_code", "统一社会信用代码").value(&wish.firm_code).width(Width::Long)
            .error(wrong.with("firm_code")))
    };
    let typed = !wish.firm_name.is_empty() || !wish.firm_code.is_empty();
    html! { @if typed { (fields) } @else { (details("替单位委托", fields)) } }
}

/// `POST /me/mandates/new`
pub(crate) async fn give(cx: ActCx, Filled(form): Filled<Vec<(String, String)>>) -> Reply {
    let (wish, password) = wish_of(&form);
    match acts::give_mandate(&cx, &wish, &password).await {
        Ok(_) => Ok(see_other(&format!("{HERE}?done=given"))),
        Err(stop) => form_page(&cx, &wish, Wrong(Some(&shown_again(stop)?))).await,
    }
}

/// What a form sends of a mandate, and the password.
fn wish_of(pairs: &[(String, String)]) -> (MandateWish, String) {
    let said = |name: &str| {
        let found = pairs.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let powers = pairs.iter().filter(|(field, _)| field == "powers");
    let items = pairs.iter().filter(|(field, _)| field == "items" || field.starts_with("items."));
    let items = items.map(|(_, value)| value.trim()).filter(|line| !line.is_empty());
    let wish = MandateWish {
        agent_name: said("agent_name"),
        agent_number: said("agent_number"),
        firm_name: said("firm_name"),
        firm_code: said("firm_code"),
        scope: said("scope"),
        items: items.collect::<Vec<_>>().join("\n"),
        case: said("case"),
        powers: powers.map(|(_, value)| value.clone()).collect(),
        from: said("from"),
        until: said("until"),
    };
    (wish, said("password"))
}
