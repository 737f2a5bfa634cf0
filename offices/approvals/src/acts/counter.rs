//! The counter: a clerk begins an application for who stands there, or for whom an agent has brought a mandate on paper.

use access::{Mandate, Matter, NamedItem, Power};
use base::{CitizenNumber, FieldError, Id, Outcome, PersonName, Refusal, RefusalKind, Stop};
use frame::form::Form;
use frame::{ActCx, Cx};
use population_contract::NameMatches;
use powers_contract::Item;
use serde_json::Value;

use crate::acts::agency::{FIRM_CODE, FIRM_NAME, Whose};
use crate::acts::draft::{Prefilled, form_of, item_in_force, prefill, prefills, put};
use crate::acts::names;
use crate::rules as rules_of_items;
use crate::rules::window::{self as rules, BroughtFor, OfFirms, Typed};
use crate::terms::window::{AtWindow, Brought, Paper, PaperReach};
use crate::terms::{Channel, Draft};

/// What a clerk enters to begin.
#[derive(Clone, Debug, Default)]
pub struct AtCounter {
    /// The item's name, its code, or its name in addresses.
    pub item: String,
    /// The applicant's name.
    pub name: String,
    /// The applicant's citizen number.
    pub number: String,
    /// Who came, and with what.
    pub brought: Brought,
}

/// What the register says of who stands there, and what the items are, before anything is begun: the errors so far.
struct Looked {
    item: Item,
    number: CitizenNumber,
    name: PersonName,
    agent: Option<(Typed, PaperReach)>,
}

/// Begins a draft at the counter. Whatever is wrong with what was entered is told at once, each beside its field.
pub async fn begin_at_counter(cx: &ActCx, entered: &AtCounter) -> Outcome<Id<Draft>> {
    let refusal = Refusal::new(RefusalKind::Invalid, "approvals.person", "请核对证件和填写的内容");
    let looked = looked_at(cx, entered, &refusal).await?;
    let form = form_of(&looked.item)?;
    let (item, number, name) = (&looked.item, &looked.number, &looked.name);
    let mut known = prefill(cx, &form, number.as_str(), None).await?;
    as_registered(cx, (name, looked.agent.as_ref().map(|(typed, _)| typed)), &known, &refusal)
        .await?;
    let at_window = match looked.agent {
        Some((typed, reach)) => {
            Some(by_what(cx, (&entered.brought, typed), reach, (item, number), &refusal).await?)
        }
        None => None,
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
    put(cx, item, (Channel::Counter, at_window.as_ref()), &clerk, known).await
}

/// All that can be judged before the register is asked about anybody: who stands there, what the paper says, which item.
async fn looked_at(cx: &ActCx, entered: &AtCounter, refusal: &Refusal) -> Outcome<Looked> {
    let mut refusal = refusal.clone();
    let number = entered.number.parse::<CitizenNumber>();
    if let Err(error) = &number {
        refusal = refusal.field("number", error.to_string());
    }
    let person = entered.name.parse::<PersonName>();
    if let Err(error) = &person {
        refusal = refusal.field("name", error.to_string());
    }
    let brought = &entered.brought;
    let known = names::understood(cx, &format!("{}\n{}", entered.item, brought.items)).await?;
    let principal = number.as_ref().ok().map(CitizenNumber::as_str);
    let (read, wrong) = who_stands_there(cx, brought, (principal, &known))?;
    refusal.fields.extend(wrong);
    let item = match item_in_force(cx, &access::item_code(&entered.item, &known)).await {
        Err(Stop::Refused(missing)) if missing.kind == RefusalKind::NotFound => {
            refusal = refusal.field("item", names::not_found(cx, &entered.item).await?);
            None
        }
        Err(Stop::Refused(refused)) => {
            refusal = refusal.field("item", refused.message.clone());
            None
        }
        item => Some(item?),
    };
    let stands = |item: &Item| rules_of_items::offered(item).map_err(Stop::from);
    let item = match item.as_ref().map(|item| stands(item).and_then(|()| form_of(item))) {
        Some(Err(Stop::Refused(refused))) => {
            refusal = refusal.field("item", refused.message.clone());
            None
        }
        Some(Err(fault)) => return Err(fault),
        Some(Ok(_)) | None => item,
    };
    let mut reach = None;
    if let Some(read) = &read {
        if let Some(item) = &item
            && let Err(wrong) = rules::fits(item, of_firms(&form_of(item)?), &read.firm)
        {
            refusal.fields.extend(wrong);
        }
        match reach_of(cx, brought, &read.items, item.as_ref()).await? {
            Ok(found) => reach = Some(found),
            Err(wrong) => refusal.fields.push(wrong),
        }
    }
    match (item, number, person) {
        (Some(item), Ok(number), Ok(name)) if refusal.fields.is_empty() => {
            let agent = read.and_then(|read| read.whole).zip(reach);
            Ok(Looked { item, number, name, agent })
        }
        _ => Err(refusal.into()),
    }
}

/// What the register has of the applicant and of the agent, held against their cards; both at once.
async fn as_registered(
    cx: &ActCx,
    (name, agent): (&PersonName, Option<&Typed>),
    known: &Prefilled,
    refusal: &Refusal,
) -> Outcome<()> {
    let mut refusal = refusal.clone();
    if let Some(died) = known.died {
        let words = format!(
            "人口登记显示这个人已在{}死亡，不能以他的名义申请；登记有错的，请本人先到户籍地派出所更正",
            died.chinese()
        );
        refusal = refusal.field("number", words);
    }
    if known.name.as_ref().is_some_and(|registered| registered != name.as_str()) {
        refusal = refusal.field("name", "姓名与身份证号码对不上，请核对证件");
    }
    if let Some(typed) = agent
        && let Some(wrong) = card_differs(cx, typed, None).await?
    {
        refusal.fields.push(wrong);
    }
    if refusal.fields.is_empty() { Ok(()) } else { Err(refusal.into()) }
}

/// What was read of the mandate, where an agent stands there; and what is wrong with it.
fn who_stands_there(
    cx: &Cx,
    brought: &Brought,
    (principal, known): (Option<&str>, &[NamedItem]),
) -> Outcome<(Option<rules::Read>, Vec<FieldError>)> {
    let today = cx.now().day();
    Ok(match brought.came.as_str() {
        "self" => (None, Vec::new()),
        "agent" => {
            let by = (today, &access::mandate_rule(today)?);
            let read = rules::typed(brought, (principal, known), by, BroughtFor::Applying);
            let wrong = read.wrong.clone();
            (Some(read), wrong)
        }
        _ => {
            let message = "请选择来办的是申请人本人还是代理人".into();
            (None, vec![FieldError { field: "came".into(), message }])
        }
    })
}

fn of_firms(form: &Form) -> OfFirms {
    match form.field(FIRM_CODE) {
        None => OfFirms::Never,
        Some(field) if field.required => OfFirms::Always,
        Some(_) => OfFirms::Perhaps,
    }
}

/// Whether firms alone apply for what was typed as the item, as far as it is one: what an agent's paper must name then.
pub async fn asks_for_firm(cx: &Cx, typed: &str) -> Outcome<bool> {
    if typed.trim().is_empty() {
        return Ok(false);
    }
    let known = names::understood(cx, typed).await?;
    match item_in_force(cx, &access::item_code(typed, &known)).await {
        Ok(item) => Ok(form_of(&item).is_ok_and(|form| of_firms(&form) == OfFirms::Always)),
        Err(Stop::Refused(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// How far the paper reaches, once the city has said what the items are. It must name the one that it was brought for.
pub(crate) async fn reach_of(
    cx: &Cx,
    brought: &Brought,
    codes: &[String],
    of: Option<&Item>,
) -> Outcome<Result<PaperReach, FieldError>> {
    let wrong = |message: String| Ok(Err(FieldError { field: "items".into(), message }));
    if brought.scope != "items" {
        return Ok(Ok(if brought.scope == "all" { PaperReach::All } else { PaperReach::This }));
    }
    let mut items: Vec<NamedItem> = Vec::new();
    for code in codes {
        let item = match item_in_force(cx, code).await {
            Err(Stop::Refused(missing)) if missing.kind == RefusalKind::NotFound => {
                return wrong(names::not_found(cx, code).await?);
            }
            item => item?,
        };
        if !items.iter().any(|one| one.code == item.code) {
            items.push(NamedItem { code: item.code, name: item.name });
        }
    }
    match of {
        Some(of) if !items.is_empty() && !items.iter().any(|one| one.code == of.code) => {
            wrong(format!("委托书写明的事项不包括「{}」", of.name))
        }
        _ => Ok(Ok(PaperReach::Items(items))),
    }
}

/// Asks the register whether the name on the agent's card is that of its number. That it was asked, the agent reads.
pub(crate) async fn card_differs(
    cx: &ActCx,
    typed: &Typed,
    case: Option<flow::CaseId>,
) -> Outcome<Option<FieldError>> {
    let question =
        NameMatches { number: typed.agent_number.clone(), name: typed.agent_name.clone() };
    let told = match case {
        Some(case) => cx.ask_in(case, ("approvals", "agent"), &question).await?,
        None => cx.ask("approvals", "agent", &question).await?,
    };
    let agrees = told.value != Some(false);
    let message = "代理人的姓名与身份证号码对不上，请核对证件".into();
    Ok((!agrees).then(|| FieldError { field: "agent_name".into(), message }))
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
    let known = names::understood(cx, &entered.item).await?;
    let item = match item_in_force(cx, &access::item_code(&entered.item, &known)).await {
        Err(Stop::Refused(_)) => return Ok(Vec::new()),
        item => item?,
    };
    let (name, code) = (&entered.brought.firm_name, &entered.brought.firm_code);
    let firm = access::stated_firm(name, code).ok();
    let firm = firm.map(|firm| firm.map_or_else(String::new, |firm| firm.code));
    standing_for(cx, &item, (principal.as_str(), agent.as_str()), firm.as_deref()).await
}

pub(crate) fn paper(typed: Typed, reach: PaperReach) -> Paper {
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
