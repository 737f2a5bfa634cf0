//! The counter: a clerk begins an application for who stands there, or for whom an agent has brought a mandate on paper.

use access::{Mandate, Matter, Power};
use base::{CitizenNumber, Id, Outcome, PersonName, Refusal, RefusalKind, Stop};
use frame::form::Form;
use frame::{ActCx, Cx};
use population_contract::NameMatches;
use powers_contract::Item;
use serde_json::Value;

use crate::acts::agency::{FIRM_CODE, FIRM_NAME, Whose};
use crate::acts::draft::{form_of, item_in_force, prefill, prefills, put};
use crate::rules::window::{self as rules, OfFirms, Typed};
use crate::terms::window::{AtWindow, Brought, Paper, PaperReach};
use crate::terms::{Channel, Draft};

/// What a clerk enters to begin.
#[derive(Clone, Debug, Default)]
pub struct AtCounter {
    /// The item's code, or its name in addresses.
    pub item: String,
    /// The applicant's name.
    pub name: String,
    /// The applicant's citizen number.
    pub number: String,
    /// Who came, and with what.
    pub brought: Brought,
}

/// Begins a draft at the counter. Whatever is wrong with what was entered is told at once, each beside its field.
pub async fn begin_at_counter(cx: &ActCx, entered: &AtCounter) -> Outcome<Id<Draft>> {
    let mut refusal =
        Refusal::new(RefusalKind::Invalid, "approvals.person", "请核对证件和填写的内容");
    let number = entered.number.parse::<CitizenNumber>();
    if let Err(error) = &number {
        refusal = refusal.field("number", error.to_string());
    }
    let person = entered.name.parse::<PersonName>();
    if let Err(error) = &person {
        refusal = refusal.field("name", error.to_string());
    }
    let principal = number.as_ref().ok().map(CitizenNumber::as_str);
    let (typed, wrong) = who_stands_there(cx, &entered.brought, principal)?;
    refusal.fields.extend(wrong);
    let item = match item_in_force(cx, &entered.item).await {
        Err(Stop::Refused(missing)) if missing.kind == RefusalKind::NotFound => {
            return Err(refusal.field("item", missing.message).into());
        }
        item => item?,
    };
    let form = form_of(&item)?;
    let firm = typed.as_ref().and_then(|typed| typed.firm.as_ref());
    let comes = entered.brought.came == "agent";
    if comes && let Err(wrong) = rules::fits(&item, of_firms(&form), firm) {
        refusal.fields.push(wrong);
    }
    let reach = match &typed {
        Some(typed) => Some(reach_of(cx, &entered.brought, typed, &item).await),
        None => None,
    };
    let reach = match reach.transpose() {
        Err(Stop::Refused(wrong)) if !wrong.fields.is_empty() => {
            refusal.fields.extend(wrong.fields);
            None
        }
        reach => reach?,
    };
    let (Ok(number), Ok(name)) = (number, person) else { return Err(refusal.into()) };
    if !refusal.fields.is_empty() {
        return Err(refusal.into());
    }
    let mut known = prefill(cx, &form, number.as_str(), None).await?;
    if let Some(died) = known.died {
        let words = format!(
            "人口登记显示这个人已在{}死亡，不能以他的名义申请；登记有错的，请本人先到户籍地派出所更正",
            died.chinese()
        );
        return Err(refusal.field("number", words).into());
    }
    let registered = known.name.clone();
    if registered.is_some_and(|registered| registered != name.as_str()) {
        let words = "姓名与身份证号码对不上，请核对证件";
        return Err(refusal.field("name", words).into());
    }
    let at_window = match (typed, reach) {
        (Some(typed), Some(reach)) => {
            card_agrees(cx, &typed, &refusal).await?;
            Some(by_what(cx, (&entered.brought, typed), reach, (&item, &number), &refusal).await?)
        }
        _ => None,
    };
    // A person the register does not know is taken in by what the card says.
    for (field, fact) in prefills(&form) {
        let value = match fact {
            "person.name" => name.as_str().to_owned(),
            "person.number" => number.as_str().to_owned(),
            _ => continue,
        };
        known.values.entry(field.to_owned()).or_insert(Value::String(value));
    }
    if let Some(AtWindow::New(Paper { firm: Some((name, code)), .. })) = &at_window {
        for (field, value) in [(FIRM_NAME, name), (FIRM_CODE, code)] {
            if form.field(field).is_some() {
                known.values.insert(field.to_owned(), Value::String(value.clone()));
            }
        }
    }
    let clerk = Whose { account: cx.signed_in()?.account, agency: None };
    put(cx, &item, (Channel::Counter, at_window.as_ref()), &clerk, known).await
}

/// The mandate as far as it was typed, where an agent stands there; and what is wrong with it.
fn who_stands_there(
    cx: &Cx,
    brought: &Brought,
    principal: Option<&str>,
) -> Outcome<(Option<Typed>, Vec<base::FieldError>)> {
    let wrong = |field: &str, message: &str| {
        vec![base::FieldError { field: field.into(), message: message.into() }]
    };
    let today = cx.now().day();
    Ok(match brought.came.as_str() {
        "self" => (None, Vec::new()),
        "agent" => match rules::typed(brought, principal, today, &access::mandate_rule(today)?) {
            Ok(typed) => (Some(typed), Vec::new()),
            Err(wrong) => (None, wrong),
        },
        _ => (None, wrong("came", "请选择来办的是申请人本人还是代理人")),
    })
}

fn of_firms(form: &Form) -> OfFirms {
    match form.field(FIRM_CODE) {
        None => OfFirms::Never,
        Some(field) if field.required => OfFirms::Always,
        Some(_) => OfFirms::Perhaps,
    }
}

/// How far the paper reaches, once the city has said what the items are. It must name the one that is applied for.
async fn reach_of(cx: &Cx, brought: &Brought, typed: &Typed, of: &Item) -> Outcome<PaperReach> {
    let wrong = |words: String| {
        Refusal::new(RefusalKind::Invalid, "approvals.mandate_items", words.clone())
            .field("items", words)
    };
    if brought.scope != "items" {
        return Ok(if brought.scope == "all" { PaperReach::All } else { PaperReach::This });
    }
    let mut items: Vec<access::NamedItem> = Vec::new();
    for code in &typed.items {
        let item = match item_in_force(cx, code).await {
            Err(Stop::Refused(missing)) if missing.kind == RefusalKind::NotFound => {
                let words = format!("没有找到事项「{code}」，请在办事指南页核对编码");
                return Err(wrong(words).into());
            }
            item => item?,
        };
        if !items.iter().any(|one| one.code == item.code) {
            items.push(access::NamedItem { code: item.code, name: item.name });
        }
    }
    if !items.iter().any(|one| one.code == of.code) {
        return Err(wrong(format!("委托书写明的事项不包括「{}」", of.name)).into());
    }
    Ok(PaperReach::Items(items))
}

/// Asks the register whether the name on the agent's card is that of its number. That it was asked, the agent reads.
async fn card_agrees(cx: &ActCx, typed: &Typed, refusal: &Refusal) -> Outcome<()> {
    let question =
        NameMatches { number: typed.agent_number.clone(), name: typed.agent_name.clone() };
    if cx.ask("approvals", "agent", &question).await?.value != Some(false) {
        return Ok(());
    }
    let words = "代理人的姓名与身份证号码对不上，请核对证件";
    Err(refusal.clone().field("agent_name", words).into())
}

/// By a new mandate, or by one that a window has taken in before: the same is not taken in twice.
async fn by_what(
    cx: &ActCx,
    (brought, typed): (&Brought, Typed),
    reach: PaperReach,
    (item, principal): (&Item, &CitizenNumber),
    refusal: &Refusal,
) -> Outcome<AtWindow> {
    let numbers = (principal.as_str(), typed.agent_number.as_str());
    let firm = typed.firm.as_ref().map_or("", |(_, code)| code.as_str());
    let standing = standing_for(cx, item, numbers, Some(firm)).await?;
    if brought.known.is_empty() {
        let same = standing.iter().find(|one| rules::says_all(one, &typed.powers));
        let Some(one) = same else { return Ok(AtWindow::New(paper(typed, reach))) };
        let words = format!(
            "这位代理人的委托书已经登记过（{}，到{}有效），请选用已经登记的这一份，不用再登记",
            one.scope.said(),
            one.until.chinese()
        );
        let refused = refusal.clone().field("known", words);
        return Err(Refusal { code: KNOWN_ALREADY, ..refused }.into());
    }
    match standing.iter().find(|one| one.id.to_string() == brought.known) {
        Some(one) => {
            Ok(AtWindow::Known { mandate: one.id.to_string(), agent_number: typed.agent_number })
        }
        None => {
            let words = "这一份委托书现在不能用，请核对，或者登记新的委托书";
            Err(refusal.clone().field("known", words).into())
        }
    }
}

/// The refusal of a mandate that a window has taken in before.
pub const KNOWN_ALREADY: &str = "approvals.mandate_known";

/// The mandates on paper that stand between two people and let the one apply for this in the name of the other, for
/// the firm of this credit code: empty if for none, none while it is not said.
async fn standing_for(
    cx: &Cx,
    item: &Item,
    (principal, agent): (&str, &str),
    firm: Option<&str>,
) -> Outcome<Vec<Mandate>> {
    let (keys, today) = (cx.hall().keys.clone(), cx.now().day());
    let (principal, agent) = (principal.to_owned(), agent.to_owned());
    let mut standing =
        cx.read(move |r| access::mandates_between(r, &keys, (&principal, &agent), today)).await?;
    let matter = Matter { item: &item.code, item_name: &item.name, case: None, firm };
    standing.retain(|one| one.stands(today) && one.covers(Power::Apply, matter).is_ok());
    Ok(standing)
}

/// Those that can be chosen, for the page that is shown again.
pub async fn known_mandates(cx: &Cx, entered: &AtCounter) -> Outcome<Vec<Mandate>> {
    let numbers = (
        entered.number.parse::<CitizenNumber>(),
        entered.brought.agent_number.trim().parse::<CitizenNumber>(),
    );
    let (Ok(principal), Ok(agent)) = numbers else { return Ok(Vec::new()) };
    let item = item_in_force(cx, &entered.item).await?;
    let (name, code) = (&entered.brought.firm_name, &entered.brought.firm_code);
    let firm = access::stated_firm(name, code).ok();
    let firm = firm.map(|firm| firm.map_or_else(String::new, |firm| firm.code));
    standing_for(cx, &item, (principal.as_str(), agent.as_str()), firm.as_deref()).await
}

fn paper(typed: Typed, reach: PaperReach) -> Paper {
    Paper {
        agent_name: typed.agent_name,
        agent_number: typed.agent_number,
        reach,
        powers: typed.powers,
        from: typed.term.0,
        until: typed.term.1,
        firm: typed.firm,
    }
}
