//! Posts: proposed by one, agreed to by another, ended by one.

use access::{Actor, Holding, Kind, Over, Permit, Proposals, Proposed, ProposedState, authorise};
use base::{Day, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use frame::{ActCx, Cx, not_found};
use ledger::Act;
use serde_json::json;
use store::{Reader, Tx};

use super::{changes, delegations};
use crate::rules;
use crate::store::{self as rows, POSTS};
use crate::terms::{DELEGATE, PROPOSALS, PROPOSE, Proposal, TAKE_BACK, Waiting};

/// The rules by which a proposal waits.
const WAITING: &str = include_str!("../../data/proposals.json");

/// A post as it is wished for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The role.
    pub role: String,
    /// The organ.
    pub organ: String,
    /// The post's name; the role's title where nothing is said.
    pub post: String,
    /// First day as typed; today where nothing is said.
    pub from: String,
    /// Last day as typed; none where nothing is said.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// Proposes to give a post. It counts once somebody else has agreed.
pub async fn propose_post(cx: &ActCx, login: &str, wish: &Wish) -> Outcome<()> {
    let (now, actor, today) = (cx.now(), cx.actor().clone(), cx.now().day());
    chosen(wish)?;
    let (from, until) = rules::term_of(&wish.from, &wish.until, today)?;
    let waiting = dated(WAITING)?;
    let rule = rules::rule_of(&waiting, today);
    let last_day = today.plus(rule.map_or(0, |rule| rule.days));
    let new = unsigned(cx, login, wish, (from, until), last_day).await?;
    let act = Act::new(now, "identity.post_proposed", "account", new.account).content(json!({
        "proposal": new.id.to_string(), "role": new.role, "organ": new.organ, "post": new.post,
        "from": from.to_string(), "until": until.map(|day| day.to_string()),
        "reason": new.reason, "last_day": new.proposed.last_day.to_string(),
        "ground": rule.map(|rule| &rule.ground),
    }));
    let wished = holding_of(&new, Id::mint(now));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &PROPOSE, Over::Organ(new.organ.clone()))?;
        let receiver = new.account.to_string();
        rules::may_propose(permit.reach(), permit.account(), &receiver, &new.role)?;
        access::may_hold(tx, &wished)?;
        let waiting = rows::open_proposals_for(tx, new.account, today)?;
        if waiting.iter().any(|other| other.role == new.role && other.organ == new.organ) {
            let words = "这个岗位已经有人提出，正在等人同意";
            let refusal = Refusal::new(RefusalKind::Conflict, "identity.proposed_already", words);
            return Err(refusal.field("role", words).into());
        }
        rows::put_proposal(tx, &permit, &new)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Dated numbers of days.
pub(super) fn dated(data: &str) -> Outcome<Vec<Waiting>> {
    Ok(serde_json::from_str(data).map_err(base::Fault::from)?)
}

/// The last day on which what is proposed today can be agreed to.
pub(super) fn last_day_of_proposal(today: Day) -> Outcome<Day> {
    let waiting = dated(WAITING)?;
    Ok(today.plus(rules::rule_of(&waiting, today).map_or(0, |rule| rule.days)))
}

/// The proposal, before anybody's name stands under it.
async fn unsigned(
    cx: &Cx,
    login: &str,
    wish: &Wish,
    (from, until): (Day, Option<Day>),
    last_day: Day,
) -> Outcome<Proposal> {
    let now = cx.now();
    let (login, place, wished) = (login.to_owned(), wish.organ.clone(), wish.role.clone());
    let (account, organ, role) = cx
        .read(move |r| {
            let account = access::account_by_login(r, &login)?;
            let role = access::role_by_name(r, &wished)?.filter(|role| !is_public(role));
            Ok((account, access::organ_by_id(r, &place)?, role))
        })
        .await?;
    let role = role.ok_or_else(|| unchosen(true, false, false))?;
    let account = account.filter(|found| found.kind == Kind::Staff && found.state != "closed");
    let account = account.ok_or_else(|| not_found("这个人员账户"))?;
    let organ = organ.ok_or_else(|| unchosen(false, true, false))?;
    let named = wish.post.trim();
    Ok(Proposal {
        id: Id::mint(now),
        account: account.id,
        login: account.login,
        name: account.name,
        role: role.name,
        organ: organ.id,
        organ_name: organ.name,
        post: if named.is_empty() { role.title } else { named.to_owned() },
        from,
        until,
        reason: wish.reason.trim().to_owned(),
        proposed: Proposed::unsigned(now, last_day),
        delegated: None,
    })
}

pub(super) fn holding_of(proposal: &Proposal, id: Id<Holding>) -> Holding {
    Holding {
        id,
        account: proposal.account,
        role: proposal.role.clone(),
        organ: proposal.organ.clone(),
        post: proposal.post.clone(),
        from: proposal.from,
        until: proposal.until,
    }
}

/// Whether a role, an organ and a reason were given.
fn chosen(wish: &Wish) -> Result<(), Refusal> {
    let (role, organ) = (!wish.role.is_empty(), !wish.organ.is_empty());
    let reason = !wish.reason.trim().is_empty();
    if role && organ && reason { Ok(()) } else { Err(unchosen(!role, !organ, !reason)) }
}

/// Whether a role is the public's: nobody is given it as a post.
pub fn is_public(role: &access::RoleRow) -> bool {
    matches!(role.side, access::Side::Anyone | access::Side::Citizen)
}

fn unchosen(role: bool, organ: bool, reason: bool) -> Refusal {
    let mut refusal = Refusal::new(RefusalKind::Invalid, "identity.no_post", "请选择要授予的岗位");
    if role {
        refusal = refusal.field("role", "请选择角色");
    }
    if organ {
        refusal = refusal.field("organ", "请选择机构");
    }
    if reason {
        refusal = refusal.field("reason", "请写依据或者理由");
    }
    refusal
}

/// Agrees to a proposal, and gives the post: from its first day on, or from today if that has passed.
pub async fn agree_to_post(cx: &ActCx, id: Id<Proposal>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), reason.trim().to_owned());
    let known = proposed(cx, id).await?;
    let given = Id::mint(now);
    let from = known.from.max(now.day());
    let role = known.role.clone();
    let title = cx.read(move |r| access::role_by_name(r, &role)).await?.map(|role| role.title);
    let act = Act::new(now, "identity.post_given", "account", known.account).content(json!({
        "proposal": id.to_string(), "proposed_by": known.proposed.by, "holding": given.to_string(),
        "proposed_name": known.proposed.name, "receiver": known.name, "account": known.login,
        "role": known.role, "role_title": title, "organ": known.organ,
        "organ_name": known.organ_name, "post": known.post,
        "from": from.to_string(), "until": known.until.map(|day| day.to_string()),
        "reason": reason, "delegated_by": delegator(&known),
    }));
    let hall = cx.hall().clone();
    cx.write(move |tx| {
        let (permit, proposal) = decides(tx, &actor, id, now)?;
        if proposal.until.is_some_and(|until| until < from) {
            let words = "这个岗位的最后一天已经过了";
            return Err(Refusal::new(RefusalKind::Conflict, "identity.term_over", words)
                .remedy("仍然需要的，请重新提出")
                .into());
        }
        settle(tx, &permit, &proposal, (ProposedState::Agreed, &reason), now)?;
        let holding = Holding { from, ..holding_of(&proposal, given) };
        match &proposal.delegated {
            Some(whose) => {
                delegations::begin(tx, &permit, &hall, (&proposal, whose), &holding, now)?
            }
            None => access::give_holding(tx, &permit, &holding)?,
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Whose post shall be exercised, as acts say it.
pub(super) fn delegator(proposal: &Proposal) -> serde_json::Value {
    match &proposal.delegated {
        Some(whose) => json!({
            "account": whose.account.to_string(), "name": whose.name,
            "holding": whose.holding.to_string(),
        }),
        None => serde_json::Value::Null,
    }
}

/// Declines a proposal, and says why.
pub async fn decline_post(cx: &ActCx, id: Id<Proposal>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), Proposals::said_why(reason)?);
    let known = proposed(cx, id).await?;
    let act = Act::new(now, "identity.post_declined", "account", known.account)
        .content(json!({ "proposal": id.to_string(), "reason": reason }));
    cx.write(move |tx| {
        let (permit, proposal) = decides(tx, &actor, id, now)?;
        settle(tx, &permit, &proposal, (ProposedState::Declined, &reason), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes back what one has proposed oneself.
pub async fn withdraw_post(cx: &ActCx, id: Id<Proposal>) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let known = proposed(cx, id).await?;
    let act = Act::new(now, "identity.post_withdrawn", "account", known.account)
        .content(json!({ "proposal": id.to_string() }));
    cx.write(move |tx| {
        let proposal = found(tx, id)?;
        let permit = match authorise(tx, &actor, &PROPOSALS, Over::Any) {
            Err(Stop::Refused(_)) => {
                // Whoever does not settle proposals knows of their own alone.
                let permit = authorise(tx, &actor, &DELEGATE, Over::Any)?;
                if proposal.proposed.by != permit.account() {
                    return Err(not_found("这项提议").into());
                }
                permit
            }
            permit => permit?,
        };
        settle(tx, &permit, &proposal, (ProposedState::Withdrawn, ""), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

async fn proposed(cx: &Cx, id: Id<Proposal>) -> Outcome<Proposal> {
    cx.read(move |r| found(r, id)).await
}

/// The proposal of this id, as it stands.
pub fn found(reader: &Reader<'_>, id: Id<Proposal>) -> Outcome<Proposal> {
    Ok(POSTS.by_id(reader, id)?.ok_or_else(|| not_found("这项提议"))?)
}

fn settle(
    tx: &Tx<'_>,
    permit: &Permit,
    proposal: &Proposal,
    (state, reason): (ProposedState, &str),
    now: Moment,
) -> Outcome<()> {
    POSTS.settle(tx, permit, (proposal.id, &proposal.proposed), (state, reason, &[]), now)
}

/// The permit to decide on a proposal, and the proposal as it stands.
fn decides(
    tx: &Tx<'_>,
    actor: &Actor,
    id: Id<Proposal>,
    now: Moment,
) -> Outcome<(Permit, Proposal)> {
    let proposal = found(tx, id)?;
    let permit = changes::decider(tx, actor, &proposal.matter(), now.day())?;
    Ok((permit, proposal))
}

/// Ends a post: with its last day, today or later, or at once where none is said; then it is gone with
/// the next click.
pub async fn end_post(cx: &ActCx, holding: &Holding, last: &str) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let last = last_day(last, now.day())?;
    let held = holding.clone();
    let act = Act::new(now, "identity.post_ended", "account", held.account).content(json!({
        "holding": held.id.to_string(), "role": held.role, "organ": held.organ, "post": held.post,
        "last": last.map(|day| day.to_string()),
    }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &TAKE_BACK, Over::Organ(held.organ.clone()))?;
        rules::may_take_back(permit.reach(), &held.role)?;
        let ended = match last {
            Some(last) => access::end_holding(tx, &permit, held.id, last)?,
            None => access::take_back_holding(tx, &permit, held.id, now)?,
        };
        if !ended {
            return Err(not_found("这个岗位").into());
        }
        let after = last.map_or(now.day(), |last| last.plus(1));
        changes::goes_on_without(tx, &held.role, after)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

fn last_day(typed: &str, today: Day) -> Result<Option<Day>, Refusal> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let wrong = |words: String| {
        let refusal = Refusal::new(RefusalKind::Invalid, "identity.bad_last_day", words.clone());
        refusal.field("last", words)
    };
    match Day::typed(typed.trim()) {
        Ok(day) if day >= today => Ok(Some(day)),
        Ok(_) => Err(wrong("最后一天是今天或者以后".into())),
        Err(why) => Err(wrong(why.words(typed.trim()))),
    }
}
