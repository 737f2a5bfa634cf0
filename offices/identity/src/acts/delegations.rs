//! A post exercised for its holder for a time (受委托代行): proposed by the holder or for them, agreed to by
//! another as a grant is, ended early by either side.

use access::{
    Account, Delegated, Exercised, Held, Holding, Over, Permit, Proposed, Reach, authorise,
};
use base::{Day, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use frame::{ActCx, Cx, Hall, not_found, post};
use ledger::Act;
use serde_json::json;
use store::{Reader, Tx};

use super::letters;
use super::posts::{dated, holding_of, last_day_of_proposal};
use crate::rules;
use crate::store as rows;
use crate::terms::{DELEGATE, PROPOSE, Proposal};

/// How long a post may be delegated at a time.
const LONGEST: &str = include_str!("../../data/delegations.json");

/// The longest that a post may be delegated today, in days.
pub fn longest_delegation(today: Day) -> Outcome<i64> {
    let rules = dated(LONGEST)?;
    Ok(rules::rule_of(&rules, today).map_or(0, |rule| rule.days))
}

/// What a person's posts are with others, and others' posts with them.
pub struct Delegating {
    /// The posts they hold, their own and those they exercise for others.
    pub held: Vec<Held>,
    /// Those that others exercise or have exercised for them.
    pub given: Vec<Exercised>,
    /// What still needs somebody else to agree.
    pub waiting: Vec<Proposal>,
}

/// All delegations of whoever is signed in.
pub async fn delegating(cx: &Cx) -> Outcome<Delegating> {
    let (own, today) = (cx.signed_in()?.account, cx.now().day());
    cx.read(move |r| {
        Ok(Delegating {
            held: access::holdings_of(r, own)?,
            given: access::delegated_by(r, own)?,
            waiting: rows::open_delegations_of(r, own, today)?,
        })
    })
    .await
}

/// A delegation as it is wished for.
#[derive(Clone, Debug)]
pub struct Delegation {
    /// The post.
    pub holding: Id<Holding>,
    /// By whom it shall be exercised: what they sign in with.
    pub colleague: String,
    /// First day as typed; today where nothing is said.
    pub from: String,
    /// Last day as typed.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// Proposes that a colleague exercises a post for its holder. The holder does, or whoever proposes posts in
/// the organ does for them; it counts once somebody else has agreed.
pub async fn propose_delegation(cx: &ActCx, wish: &Delegation) -> Outcome<Id<Proposal>> {
    let (now, actor, today) = (cx.now(), cx.actor().clone(), cx.now().day());
    let rules = dated(LONGEST)?;
    let rule = rules::rule_of(&rules, today).ok_or_else(|| not_found("委托代行的规定"))?;
    let (from, until) = complete(wish, today, rule)?;
    let seen = wish.clone();
    let new = cx.read(move |r| unsigned(r, &seen, (from, until), now)).await?;
    let act =
        Act::new(now, "identity.delegation_proposed", "account", new.account).content(json!({
            "proposal": new.id.to_string(), "delegated_by": super::posts::delegator(&new),
            "name": new.name, "role": new.role, "organ": new.organ, "post": new.post,
            "from": from.to_string(), "until": until.to_string(), "reason": new.reason,
            "last_day": new.proposed.last_day.to_string(), "ground": rule.ground,
        }));
    let own = cx.signed_in()?.account;
    let (of, id, wished) = (wish.holding, new.id, holding_of(&new, Id::mint(now)));
    cx.write(move |tx| {
        let held = access::held_by_id(tx, of)?.ok_or_else(|| not_found("这个岗位"))?;
        let (holder, organ) = (held.holding.account, held.holding.organ.clone());
        let permit = if holder == own {
            authorise(tx, &actor, &DELEGATE, Over::Account(own.to_string()))?
        } else {
            // To whoever has nothing to do with it, somebody else's post is none.
            let permit = match authorise(tx, &actor, &PROPOSE, Over::Organ(organ)) {
                Err(Stop::Refused(_)) => return Err(not_found("这个岗位").into()),
                permit => permit?,
            };
            let receiver = new.account.to_string();
            rules::may_propose(permit.reach(), permit.account(), &receiver, &new.role)?;
            permit
        };
        access::may_delegate(tx, &held, &wished, today)?;
        let waiting = rows::open_delegations_of(tx, holder, today)?;
        let same =
            |one: &&Proposal| one.delegated.as_ref().is_some_and(|whose| whose.holding == of);
        if let Some(other) = waiting.iter().find(same) {
            let words = format!("这个岗位已经提出委托给{}，正在等人同意", other.name);
            let refusal =
                Refusal::new(RefusalKind::Conflict, "identity.proposed_already", words.clone());
            return Err(refusal.field("holding", words).into());
        }
        rows::put_proposal(tx, &permit, &new)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(id)
}

/// The days, once everything was said that has to be.
fn complete(
    wish: &Delegation,
    today: Day,
    rule: &crate::terms::Waiting,
) -> Result<(Day, Day), Refusal> {
    let term = rules::delegation_of(&wish.from, &wish.until, today, rule);
    let (colleague, reason) = (wish.colleague.trim(), wish.reason.trim());
    if !colleague.is_empty() && !reason.is_empty() {
        return term;
    }
    let empty = || Refusal::new(RefusalKind::Invalid, "identity.no_delegation", "请填写完整");
    let mut refusal = term.err().unwrap_or_else(empty);
    if colleague.is_empty() {
        refusal = refusal.field("colleague", "请选择受委托的同事");
    }
    if reason.is_empty() {
        refusal = refusal.field("reason", "请写委托的理由，例如出差、休假");
    }
    Err(refusal)
}

/// The proposal, before anybody's name stands under it.
fn unsigned(
    reader: &Reader<'_>,
    wish: &Delegation,
    (from, until): (Day, Day),
    now: Moment,
) -> Outcome<Proposal> {
    let held = access::held_by_id(reader, wish.holding)?.ok_or_else(|| not_found("这个岗位"))?;
    let holder = access::account_by_id(reader, held.holding.account)?;
    let holder = holder.ok_or_else(|| not_found("岗位的本人"))?;
    let colleague = access::account_by_login(reader, wish.colleague.trim())?.ok_or_else(|| {
        let words = "请从名单里选择受委托的同事";
        Refusal::new(RefusalKind::Invalid, "identity.no_colleague", words).field("colleague", words)
    })?;
    let post = held.holding;
    let organ_name = access::organ_by_id(reader, &post.organ)?.map(|organ| organ.name);
    Ok(Proposal {
        id: Id::mint(now),
        account: colleague.id,
        login: colleague.login,
        name: colleague.name,
        role: post.role,
        organ: post.organ,
        organ_name: organ_name.unwrap_or_default(),
        post: post.post,
        from,
        until: Some(until),
        reason: wish.reason.trim().to_owned(),
        proposed: Proposed::unsigned(now, last_day_of_proposal(now.day())?),
        delegated: Some(Delegated { holding: post.id, account: holder.id, name: holder.name }),
    })
}

/// Lets it begin, once it was agreed to: both sides are told.
pub(super) fn begin(
    tx: &Tx<'_>,
    permit: &Permit,
    hall: &Hall,
    (proposal, whose): (&Proposal, &Delegated),
    wished: &Holding,
    now: Moment,
) -> Outcome<()> {
    let held = access::held_by_id(tx, whose.holding)?.ok_or_else(|| not_found("这个岗位"))?;
    if access::account_by_id(tx, whose.account)?.is_none_or(|holder| holder.state != "active") {
        let words = format!("{}的账户已经停用，不能委托", whose.name);
        return Err(Refusal::new(RefusalKind::Conflict, "identity.holder_gone", words).into());
    }
    access::delegate_holding(tx, permit, &held, wished, now.day())?;
    let until = wished.until.map(Day::chinese).unwrap_or_default();
    let term = format!("从{}到{until}", wished.from.chinese());
    let said = (whose.name.as_str(), proposal.name.as_str(), proposal.post.as_str());
    for side in [whose.account, proposal.account] {
        if let Some((name, to)) = address(tx, hall, side)? {
            let letter = letters::delegated(hall, &name, &to, said, &term);
            post::enqueue(tx, &hall.keys, &letter, now)?;
        }
    }
    Ok(())
}

/// The name and the mail address of an account that has one.
fn address(tx: &Tx<'_>, hall: &Hall, id: Id<Account>) -> Outcome<Option<(String, String)>> {
    let account = access::account_by_id(tx, id)?;
    Ok(account.and_then(|account| {
        let email = account.email(&hall.keys)?;
        Some((account.name, email))
    }))
}

/// Ends it before its day, at once: either side may, alone.
pub async fn end_delegation(cx: &ActCx, id: Id<Holding>) -> Outcome<()> {
    let (now, actor, own) = (cx.now(), cx.actor().clone(), cx.signed_in()?.account);
    let hall = cx.hall().clone();
    let (held, whose) = match cx.read(move |r| access::held_by_id(r, id)).await? {
        Some(Held { holding, delegated: Some(whose), .. }) => (holding, whose),
        _ => return Err(not_found("这项委托").into()),
    };
    let act = Act::new(now, "identity.delegation_ended", "account", held.account).content(json!({
        "holding": held.id.to_string(), "role": held.role, "organ": held.organ, "post": held.post,
        "delegated_by": { "account": whose.account.to_string(), "name": whose.name },
    }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DELEGATE, Over::Account(own.to_string()))?;
        if ![held.account, whose.account].contains(&own) {
            return Err(not_found("这项委托").into());
        }
        if !access::take_back_holding(tx, &permit, held.id, now)? {
            return Err(not_found("这项委托").into());
        }
        let other = if own == held.account { whose.account } else { held.account };
        let by = access::account_by_id(tx, held.account)?.map(|by| by.name).unwrap_or_default();
        if let Some((name, to)) = address(tx, &hall, other)? {
            let said = (whose.name.as_str(), by.as_str(), held.post.as_str());
            let letter = letters::delegation_ended(&hall, &name, &to, said);
            post::enqueue(tx, &hall.keys, &letter, now)?;
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Whether somebody who reaches so far may propose it for others: what the page of an account offers.
pub fn offers_for(reach: Reach, held: &Held, today: Day) -> bool {
    let role = &held.holding.role;
    held.delegated.is_none()
        && held.lasts(today)
        && !access::is_administrator(role)
        && rules::may_take_back(reach, role).is_ok()
}
