//! What an agent does for who has given them a written mandate (授权委托书; 行政许可法 art. 29). Each right is
//! asked for in the transaction of what is done, from the mandate as it stands there.

use std::collections::HashMap;

use ::store::{Reader, Tx};
use access::{Account, Actor, Level, Mandate, Matter, Over, Permit, Power, authorise};
use ask::Look;
use base::{Day, Id, Outcome, Refusal, RefusalKind, Stop};
use flow::{CaseHead, CaseId, Command, Cursor, Doer, Page};
use frame::{Cx, not_found};
use ledger::{Act, OnBehalf, Who};
use powers_contract::Item;
use serde_json::json;

use crate::acts::Seen;
use crate::acts::clear::about;
use crate::acts::draft::permission_for;
use crate::acts::offered::{Offered, by_rules};
use crate::rules;
use crate::store::{self, Filed};
use crate::terms::window::MANDATE;
use crate::terms::{APPLY, Application, Draft};

/// For whom a draft is begun or an application filed online.
#[derive(Clone, Debug)]
pub(crate) struct Whose {
    /// The account that applies.
    pub(crate) account: Id<Account>,
    /// The mandate, and who looks and files by it, if another than its holder does.
    pub(crate) agency: Option<Agency>,
}

/// That an agent acts, and by which mandate.
#[derive(Clone, Debug)]
pub(crate) struct Agency {
    pub(crate) mandate: Mandate,
    pub(crate) agent: Id<Account>,
    /// As the person concerned reads it beside each look.
    pub(crate) who: Who,
}

/// By the one who is signed in for oneself, or by this mandate of theirs for who has given it.
pub(crate) async fn whose(cx: &Cx, item: &Item, by: Option<Id<Mandate>>) -> Outcome<Whose> {
    let own = cx.signed_in()?.account;
    let Some(id) = by else { return Ok(Whose { account: own, agency: None }) };
    rules::by_agent(item)?;
    let actor = cx.actor().clone();
    let (code, name) = (item.code.clone(), item.name.clone());
    let found = cx.read(move |r| {
        let (permit, mandate) = to_apply(r, &actor, id, (&code, &name), None)?;
        Ok((permit.who().clone(), mandate))
    });
    let (who, mandate) = found.await?;
    agency_of(own, who, mandate)
}

fn agency_of(agent: Id<Account>, mut who: Who, mandate: Mandate) -> Outcome<Whose> {
    let account = mandate.principal.ok_or_else(|| not_found("这份委托"))?;
    who.post = format!("{}，受{}委托，委托书 {}", who.post, mandate.whose(), mandate.id);
    Ok(Whose { account, agency: Some(Agency { mandate, agent, who }) })
}

/// Whose a draft is, for who goes on with it.
pub(crate) async fn whose_draft(cx: &Cx, draft: &Draft, item: &Item) -> Outcome<Whose> {
    let own = cx.signed_in()?.account;
    let by = draft.mandate.filter(|_| draft.agent == Some(own));
    match by {
        Some(_) => whose(cx, item, by).await,
        None => Ok(Whose { account: draft.account, agency: None }),
    }
}

/// The right to file an application for who has given this mandate. `firm` is the credit code that it names, once
/// it is whole.
pub(crate) fn to_apply(
    reader: &Reader<'_>,
    actor: &Actor,
    mandate: Id<Mandate>,
    (code, name): (&str, &str),
    firm: Option<&str>,
) -> Outcome<(Permit, Mandate)> {
    let matter = Matter { item: code, item_name: name, case: None, firm };
    access::authorise_by_mandate(reader, actor, &APPLY, mandate, (Power::Apply, matter))
}

/// The right to change a draft as it stands: its owner's, the clerk's at the counter, or its agent's for as long
/// as the mandate stands.
pub(crate) fn over_draft(
    reader: &Reader<'_>,
    actor: &Actor,
    stands: &Draft,
    firm: Option<&str>,
) -> Outcome<Permit> {
    let own = actor.person().map(|person| person.account);
    match stands.mandate.filter(|_| own.is_some() && stands.agent == own) {
        Some(mandate) => {
            let item = (stands.item_code.as_str(), stands.item_name.as_str());
            to_apply(reader, actor, mandate, item, firm).map(|(permit, _)| permit)
        }
        None => authorise(reader, actor, permission_for(stands.channel), Over::Any),
    }
}

/// By which mandate this account may do something with another's case. None to strangers, for whom it is not there;
/// a refusal that names the scope to who may see the case and no more.
pub(crate) fn mandate_over(
    reader: &Reader<'_>,
    agent: Id<Account>,
    (case, of): (&CaseHead, &Application),
    power: Power,
    today: Day,
) -> Outcome<Option<Mandate>> {
    let principal = case.applicant_account.as_deref().and_then(|id| id.parse().ok());
    let Some(principal) = principal else { return Ok(None) };
    let matter = matter(case, &of.firm_code);
    let found = access::mandate_for(reader, agent, principal, (power, matter), today)?;
    if found.is_some() {
        return Ok(found);
    }
    // What an agent has filed by a mandate they see for as long as it stands.
    let filed = of.mandate.map(|id| access::mandate_by_id(reader, id)).transpose()?.flatten();
    let Some(filed) = filed.filter(|one| one.agent == Some(agent) && one.stands(today)) else {
        return Ok(None);
    };
    access::mandate_in_force(reader, &filed, today)?;
    match power {
        Power::LookUp => Ok(Some(filed)),
        power => filed.covers(power, matter).map(|()| Some(filed)).map_err(Stop::from),
    }
}

pub(super) fn matter<'c>(case: &'c CaseHead, firm: &'c str) -> Matter<'c> {
    Matter {
        item: &case.item_code,
        item_name: &case.item_name,
        case: Some(&case.no),
        firm: Some(firm),
    }
}

/// Which power of a mandate an order to a case needs.
pub(crate) fn power_for(command: &Command) -> Power {
    match command {
        Command::Supplement { .. } => Power::Supplement,
        Command::Withdraw { .. } => Power::Withdraw,
        _ => Power::LookUp,
    }
}

/// The right to give an order to another's case by a mandate.
pub(crate) fn over_case(
    reader: &Reader<'_>,
    actor: &Actor,
    (case, of): (&CaseHead, &Application),
    power: Power,
) -> Outcome<Permit> {
    let missing = || not_found("这个办件");
    let own = actor.person().map(|person| person.account).ok_or_else(missing)?;
    let mandate = mandate_over(reader, own, (case, of), power, actor.at().day())?;
    let mandate = mandate.ok_or_else(missing)?;
    // Who may only file sees what they have filed: the right to file is what they look at it by.
    let filed = of.mandate == Some(mandate.id);
    let matter = matter(case, &of.firm_code);
    let power = match power {
        Power::LookUp if filed && mandate.covers(power, matter).is_err() => Power::Apply,
        power => power,
    };
    access::authorise_by_mandate(reader, actor, &APPLY, mandate.id, (power, matter))
        .map(|(permit, _)| permit)
}

/// What an agent may do with a case now: what the rules allow, of that what a mandate covers.
pub async fn offered_to_agent(cx: &Cx, seen: &Seen) -> Outcome<Offered> {
    const ASKED: [(&str, Power); 2] =
        [("supplement", Power::Supplement), ("withdraw", Power::Withdraw)];
    let (actor, today) = (cx.actor().clone(), cx.now().day());
    let (case, events) = (seen.case.clone(), seen.events.clone());
    let (own, application) = (cx.signed_in()?.account, seen.application.clone());
    cx.read(move |r| {
        let permit = over_case(r, &actor, (&case, &application), Power::LookUp)?;
        let rights = vec![Doer::of(&permit)];
        let mut offered = by_rules(r, &actor, (&case, &events), rights, today)?;
        let applicant = case.applicant_account.as_deref().unwrap_or_default();
        let mut acting = access::mandates_acting(r, own, today)?;
        acting.retain(|one| one.principal.is_some_and(|id| id.to_string() == applicant));
        let matter = matter(&case, &application.firm_code);
        offered.names.retain(|name| {
            let asked = ASKED.iter().find(|(asked, _)| asked == name);
            asked.is_some_and(|(_, power)| {
                acting.iter().any(|one| one.covers(*power, matter).is_ok())
            })
        });
        Ok(offered)
    })
    .await
}

/// How far whoever is signed in has shown who they are, where the item asks: nobody is told before they sign in.
pub async fn level_here(cx: &Cx, item: &Item) -> Outcome<Level> {
    let Some(person) = cx.person() else { return Ok(Level::Proven) };
    if rules::level_reached(item, Level::Registered).is_ok() {
        return Ok(Level::Registered);
    }
    let own = person.account;
    let account = cx.read(move |r| access::account_by_id(r, own)).await?;
    Ok(account.map_or(Level::Registered, |account| account.level()))
}

/// How far the account that applied has shown whose it is; none where the application has no account.
pub async fn applicants_level(cx: &Cx, seen: &Seen) -> Outcome<Option<Level>> {
    let id = seen.case.applicant_account.as_deref().and_then(|id| id.parse().ok());
    let Some(id) = id else { return Ok(None) };
    let account = cx.read(move |r| access::account_by_id(r, id)).await?;
    Ok(account.filter(|account| account.state != "closed").map(|account| account.level()))
}

/// The mandates by which whoever is signed in may file this now.
pub async fn to_file_by(cx: &Cx, item: &Item) -> Outcome<Vec<Mandate>> {
    let Some(person) = cx.person() else { return Ok(Vec::new()) };
    let (own, today) = (person.account, cx.now().day());
    let acting = cx.read(move |r| access::mandates_acting(r, own, today)).await?;
    let matter = Matter { item: &item.code, item_name: &item.name, case: None, firm: None };
    let alone = rules::by_agent(item).is_err();
    let covers = |one: &Mandate| !alone && one.covers(Power::Apply, matter).is_ok();
    Ok(acting.into_iter().filter(covers).collect())
}

/// The cases that a mandate of the asker lets them see, the newest filings first. A page may be shorter than it
/// could be: what the mandate does not cover is left out of it.
pub async fn cases_by(
    cx: &Cx,
    id: Id<Mandate>,
    after: Option<Cursor>,
    limit: i64,
) -> Outcome<(Mandate, Page<CaseHead>)> {
    let (own, today) = (cx.signed_in()?.account, cx.now().day());
    let found = cx.read(move |r| {
        let found = access::mandate_by_id(r, id)?.filter(|one| one.agent == Some(own));
        let mandate = found.ok_or_else(|| not_found("这份委托"))?;
        access::mandate_in_force(r, &mandate, today)?;
        let principal = mandate.principal.map(|id| id.to_string()).unwrap_or_default();
        let mut page = flow::mine(r, &principal, after.as_ref(), limit)?;
        let filed: HashMap<CaseId, Filed> = store::filed(r, &page.rows)?;
        page.rows.retain(|case| {
            filed.get(&case.id).is_some_and(|one| {
                let covers = mandate.covers(Power::LookUp, matter(case, &one.firm_code)).is_ok();
                covers || one.mandate == Some(id)
            })
        });
        Ok((mandate, page))
    });
    let (mandate, page) = found.await?;
    if !page.rows.is_empty() {
        list_on_record(cx, &mandate).await?;
    }
    Ok((mandate, page))
}

/// What an agent reads of who has given them a mandate, as the latter is told.
const AGENT_READ: &str = "approvals.agent_read";
/// On which ground.
const READ_GROUND: &str = "《中华人民共和国个人信息保护法》第四十四条、第四十五条";

/// Puts on record that an agent reads a case of who has given them the mandate, by which they were let in just now.
pub(crate) async fn read_on_record(
    cx: &Cx,
    case: &CaseHead,
    by: &Mandate,
    what: &str,
) -> Outcome<()> {
    let act = Act::new(cx.now(), AGENT_READ, flow::SUBJECT, case.id);
    on_record(cx, act, by, (Some(case), what)).await
}

/// Puts on record that an agent reads the list of what the mandate lets them see.
async fn list_on_record(cx: &Cx, by: &Mandate) -> Outcome<()> {
    let act = Act::new(cx.now(), AGENT_READ, MANDATE, by.id);
    on_record(cx, act, by, (None, "办件列表")).await
}

/// Puts it on record, and notes it for the principal, with those at their other data (谁看过我的信息).
async fn on_record(
    cx: &Cx,
    act: Act,
    by: &Mandate,
    (case, what): (Option<&CaseHead>, &str),
) -> Outcome<()> {
    let purpose = "代理人凭您的委托书查看办件";
    let act = act.authority(READ_GROUND).content(json!({
        "no": case.map(|case| &case.no), "mandate": by.id.to_string(), "fields": [what],
        "purpose": purpose,
    }));
    let who = Who {
        account: by.agent.map(|agent| agent.to_string()),
        name: by.agent_name.clone(),
        post: "代理人".into(),
        organ: String::new(),
        organ_name: String::new(),
        on_behalf: Some(OnBehalf {
            account: by.principal.map(|id| id.to_string()).unwrap_or_default(),
            name: by.whose().to_owned(),
            mandate: Some(by.id.to_string()),
        }),
    };
    // The principal reads which mandate let the agent in.
    let named = Who {
        post: format!("代理人，受{}委托，委托书 {}", by.whose(), by.id),
        ..who.clone()
    };
    let (keys, principal, fields) = (cx.hall().keys.clone(), by.principal, [what.to_owned()]);
    let case_id = case.map(|case| case.id.to_string());
    let purpose = case.map_or_else(|| purpose.to_owned(), |case| format!("{}：{purpose}", case.no));
    let write = move |tx: &Tx<'_>| {
        if let Some(principal) = principal {
            let look = Look {
                id: act.id.cast(),
                at: act.at(),
                asker: "approvals",
                kind: AGENT_READ,
                purpose: &purpose,
                who: &named,
                fields: &fields,
                found: true,
                act: act.id,
                case: case_id.as_deref(),
            };
            ask::note_look(tx, &keys, &about(tx, &keys, principal)?, &look)?;
        }
        ledger::record(tx, &who, &act)
    };
    cx.hall().write(write).await
}

/// Who could file for a firm must name that firm, and who acts for a person files nothing that firms alone apply for.
pub(crate) fn for_this_firm(whose: &Whose, form: &frame::form::Form) -> Result<(), Refusal> {
    let Some(agency) = &whose.agency else { return Ok(()) };
    let field = form.field(FIRM_CODE);
    let Some(firm) = &agency.mandate.firm else {
        if field.is_none_or(|field| !field.required) {
            return Ok(());
        }
        let words = format!("委托是{}以个人名义写的，这个事项由单位申请", agency.mandate.whose());
        return Err(Refusal::new(RefusalKind::Forbidden, "approvals.no_firm", words)
            .remedy("请委托人以单位的名义另写一份委托"));
    };
    if field.is_some() {
        return Ok(());
    }
    let words = format!("委托是为{}写的，这个事项不由单位申请", firm.name);
    Err(Refusal::new(RefusalKind::Forbidden, "approvals.no_firm", words)
        .remedy("请委托人以个人名义另写一份委托"))
}

/// The fields of the forms that name the firm.
pub(crate) const FIRM_CODE: &str = "org_code";
/// As [`FIRM_CODE`].
pub(crate) const FIRM_NAME: &str = "org_name";
