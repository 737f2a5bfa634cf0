//! What a page offers: nothing that the rules would refuse to this person now. They are asked themselves.

use ::store::Reader;
use access::{Actor, Holder, Over, Permission, Power};
use base::{Day, Outcome};
use flow::{CaseHead, Doer, Event};
use frame::Cx;

use crate::acts::handle::permission;
use crate::acts::{Seen, agency};
use crate::terms::DECIDE;

/// The steps that lead a case on, in their order. They stand before those that hold it up, send it
/// back or end it otherwise.
const ONWARD: &[&str] = &[
    "take",
    "accept",
    "correct",
    "resume",
    "examine",
    "grant_extension",
    "deny_extension",
    "grant",
    "deny",
    "issue",
    "deliver",
];

/// What may be done beside the work on a case, by others than those whose step it is.
const BESIDE: &[&str] = &["hand_over", "withdraw", "supplement", "void"];

/// What one person may do with a case now.
pub struct Offered {
    /// The commands, by name, the likeliest first.
    pub names: Vec<String>,
    /// Whose stage it is: 审查人员.
    pub post: &'static str,
    /// To whom the case can be handed over.
    pub colleagues: Vec<Holder>,
    /// Whether this person holds the post of who decides over this, whatever the case waits for.
    pub decides: bool,
}

impl Offered {
    /// Whether this command is offered.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Whether the case waits for this person's own work, not only for what may be done beside it.
    pub fn is_own_step(&self) -> bool {
        self.names.iter().any(|name| !BESIDE.contains(&name.as_str()))
    }
}

/// What the rules would allow now to the person who is signed in, by the rights they hold over this.
pub async fn offered(cx: &Cx, seen: &Seen, over: Over) -> Outcome<Offered> {
    let (actor, today) = (cx.actor().clone(), cx.now().day());
    let (case, events) = (seen.case.clone(), seen.events.clone());
    let by_agent = steps_by_agent(seen, today);
    cx.read(move |r| {
        let rights = rights(r, &actor, &over)?;
        let for_agent = rights.iter().map(|by| Doer { agent_came: true, ..by.clone() }).collect();
        let mut offered = by_rules(r, &actor, (&case, &events), rights, today)?;
        if !by_agent.is_empty() {
            let more = by_rules(r, &actor, (&case, &events), for_agent, today)?;
            let more = more.names.into_iter().filter(|name| by_agent.contains(&name.as_str()));
            let more: Vec<String> = more.filter(|name| !offered.has(name)).collect();
            offered.names.extend(more);
        }
        Ok(offered)
    })
    .await
}

/// What an agent at the window may have done with the case, by one of the mandates that belong to it.
fn steps_by_agent(seen: &Seen, today: Day) -> Vec<&'static str> {
    let matter = agency::matter(&seen.case, &seen.application.firm_code);
    let named = |power| {
        let serves = |one: &access::Mandate| one.stands(today) && one.covers(power, matter).is_ok();
        seen.mandates.iter().any(serves)
    };
    let steps = [("supplement", Power::Supplement), ("withdraw", Power::Withdraw)];
    steps.into_iter().filter(|(_, power)| named(*power)).map(|(name, _)| name).collect()
}

/// By which rights somebody acts over this. Holding a permission somewhere is not holding it here.
pub(super) fn rights(reader: &Reader<'_>, actor: &Actor, over: &Over) -> Outcome<Vec<Doer>> {
    Ok(access::permits_over(reader, actor, over)?.iter().map(Doer::of).collect())
}

/// The same, asked in a transaction.
pub(super) fn by_rules(
    reader: &Reader<'_>,
    actor: &Actor,
    (case, events): (&CaseHead, &[Event]),
    rights: Vec<Doer>,
    today: Day,
) -> Outcome<Offered> {
    let case = &flow::without_closed_account(reader, case.clone())?;
    let definition = flow::definition(reader, &case.definition, case.definition_version)?;
    let may = |name: &str| {
        let allowed = |by| flow::may(&definition, case, events, name, by, today).is_ok();
        rights.iter().any(allowed)
    };
    let desk = case.handler_account.as_ref();
    let mine = desk.is_some() && rights.iter().any(|by| by.account.as_ref() == desk);
    let mut names: Vec<String> = Vec::new();
    for step in definition.commands_in(&case.state) {
        let name = step.command.as_str();
        let lies_here = name == "take" && mine;
        if !lies_here && !names.iter().any(|known| known == name) && may(name) {
            names.push(name.to_owned());
        }
    }
    names.sort_by_key(|name| ONWARD.iter().position(|step| step == name).unwrap_or(ONWARD.len()));
    let stage = definition.step("take", &case.state);
    let needed = stage.and_then(|step| permission(step.permissions.first()?));
    let role = needed.and_then(|permission| permission.roles.first());
    let colleagues = match needed.filter(|_| names.iter().any(|name| name == "hand_over")) {
        Some(permission) => colleagues(reader, actor, case, permission, today)?,
        None => Vec::new(),
    };
    // The rules allow what there is nobody for.
    names.retain(|name| name != "hand_over" || !colleagues.is_empty());
    Ok(Offered {
        names,
        colleagues,
        decides: rights.iter().any(|by| by.permission == DECIDE.name),
        post: role.map(|(role, _)| access::role_title(role)).unwrap_or_default(),
    })
}

/// Who in the organ holds the post of this stage and is neither the asker nor the handler nor the applicant. The rules judge
/// the rest, who must be kept apart from this step, when the case is handed over.
fn colleagues(
    reader: &Reader<'_>,
    actor: &Actor,
    case: &CaseHead,
    permission: &Permission,
    today: Day,
) -> Outcome<Vec<Holder>> {
    let mut holders = access::holders(reader, permission, &case.organ, today)?;
    let oneself = actor.person().map(|person| person.account);
    holders.retain(|holder| {
        let account = holder.account.to_string();
        oneself != Some(holder.account)
            && case.handler_account.as_ref() != Some(&account)
            && case.applicant_account.as_ref() != Some(&account)
    });
    Ok(holders)
}
