//! Orders to erase: entered by one, agreed to by another.

use access::{Account, Actor, Over, Permit, Proposals, Proposed, ProposedState, authorise};
use ask::About;
use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use frame::{ActCx, not_found};
use ledger::Act;
use privacy_contract::{ORDERED, Ordered, SUBJECT};
use seal::Keys;
use serde_json::{Value, json};
use store::{Reader, Tx};

use super::erase::erase_deferrals;
use super::{facts, rule_on, targets_of};
use crate::rules;
use crate::store::{self as rows, ERASURES};
use crate::terms::{AGREED, DECLINED, ENTERED, ERASE, Erasure, Says, Scope, Typed, WITHDRAWN};

/// The ground on which whatever an order names is erased.
const GROUND: &str = "《中华人民共和国个人信息保护法》第四十七条";

/// Enters an order. It takes effect once somebody else has agreed.
pub async fn enter(cx: &ActCx, typed: &Typed) -> Outcome<Id<Erasure>> {
    let (now, actor, today) = (cx.now(), cx.actor().clone(), cx.now().day());
    let (scope, document) = rules::well_typed(typed)?;
    let rule = rule_on(today)?;
    let mut new = Erasure {
        id: Id::mint(now),
        scope,
        subject: String::new(),
        shown: typed.shown.trim().to_owned(),
        organ: typed.organ.trim().to_owned(),
        document,
        ground: typed.ground.trim().to_owned(),
        says: Says { running: typed.running == "true", retained: typed.retained == "true" },
        proposed: Proposed::unsigned(now, today.plus(rule.waiting_days)),
        done_at: None,
    };
    let (id, shown) = (new.id, new.shown.clone());
    let found = cx.read(move |r| facts(r, scope, &shown)).await?;
    new.subject.clone_from(&found.subject);
    let act = Act::new(now, ENTERED, SUBJECT, id).authority(GROUND).content(told(&new));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &ERASE, Over::City)?;
        let facts = targets_of(tx, scope, &new.subject)?;
        facts.allow(&permit.doers(), new.says, &rule, today)?;
        if let Some(other) = rows::standing_on(tx, &new.subject, today)?.first() {
            let words = format!("已经有人依{}录入，正在等人同意或者正在删除", other.document);
            let refusal = Refusal::new(RefusalKind::Conflict, "privacy.entered_already", &words);
            return Err(refusal.field("shown", words).into());
        }
        rows::put_erasure(tx, &permit, &new)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(id)
}

/// What an act says of an order: no login and no name of whom it concerns, since that is erased.
fn told(order: &Erasure) -> Value {
    json!({
        "scope": order.scope.as_str(), "subject": order.subject, "organ": order.organ,
        "document": order.document, "ground": order.ground, "running": order.says.running,
        "retained": order.says.retained, "last_day": order.proposed.last_day.to_string(),
    })
}

/// Agrees to an order. Everything that it names is gone within moments, and does not come back.
pub async fn agree(cx: &ActCx, id: Id<Erasure>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), reason.trim().to_owned());
    let (known, targets) = cx
        .read(move |r| {
            let order = found(r, id)?;
            let targets = match order.proposed.state {
                ProposedState::Open => targets_of(r, order.scope, &order.subject)?.targets,
                _ => Vec::new(),
            };
            Ok((order, targets))
        })
        .await?;
    let mut content = told(&known);
    if let Value::Object(content) = &mut content {
        content.insert("entered_by".into(), json!(known.proposed.by));
        content.insert("entered_name".into(), json!(known.proposed.name));
        content.insert("reason".into(), json!(reason));
        content.insert("targets".into(), json!(targets));
    }
    let agreed = Act::new(now, AGREED, SUBJECT, id).authority(GROUND).content(content);
    let mut ordered = Vec::new();
    for target in &targets {
        let said = Ordered {
            order: id.to_string(),
            document: known.document.clone(),
            target: target.clone(),
        };
        let said = serde_json::to_value(said).map_err(base::Fault::from)?;
        let authority = format!("{}，{}", known.document, known.ground);
        ordered.push(Act::new(now, ORDERED, SUBJECT, id).authority(authority).content(said));
    }
    let (rule, keys) = (rule_on(now.day())?, cx.hall().keys.clone());
    cx.write(move |tx| {
        let (permit, order) = decides(tx, &actor, id, now)?;
        let facts = targets_of(tx, order.scope, &order.subject)?;
        facts.allow(&permit.doers(), order.says, &rule, now.day())?;
        if facts.targets != targets {
            let words = "您打开页面以后，要删除的内容有变化，没有执行";
            return Err(Refusal::new(RefusalKind::Conflict, "privacy.moved", words)
                .remedy("请重新打开这一页，看过以后再决定")
                .into());
        }
        settle(tx, &permit, &order, (ProposedState::Agreed, &reason), now)?;
        forget_deferred(tx, &permit, &keys, &order)?;
        ledger::record(tx, permit.who(), &agreed)?;
        ordered.iter().try_for_each(|act| ledger::record(tx, permit.who(), act))
    })
    .await
}

/// Erases whom deferrals are about, of a person who is erased: here, because the number is gone with the account. Only
/// where the number is proven to be theirs: anybody may state another's.
fn forget_deferred(tx: &Tx<'_>, permit: &Permit, keys: &Keys, order: &Erasure) -> Outcome<()> {
    let account = match (order.scope, order.subject.parse::<Id<Account>>()) {
        (Scope::Person, Ok(id)) => access::account_by_id(tx, id)?,
        _ => None,
    };
    let proven = account.filter(|account| account.real_name);
    if let Some(number) = proven.and_then(|account| account.number(keys)) {
        erase_deferrals(tx, permit, keys, &About::Person(number), order.id)?;
    }
    Ok(())
}

/// Declines an order, and says why.
pub async fn decline(cx: &ActCx, id: Id<Erasure>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), Proposals::said_why(reason)?);
    let act = Act::new(now, DECLINED, SUBJECT, id).content(json!({ "reason": reason }));
    cx.write(move |tx| {
        let (permit, order) = decides(tx, &actor, id, now)?;
        settle(tx, &permit, &order, (ProposedState::Declined, &reason), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes back what one has entered oneself.
pub async fn withdraw(cx: &ActCx, id: Id<Erasure>) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, WITHDRAWN, SUBJECT, id).content(json!({}));
    cx.write(move |tx| {
        let order = found(tx, id)?;
        let permit = authorise(tx, &actor, &ERASE, Over::City)?;
        settle(tx, &permit, &order, (ProposedState::Withdrawn, ""), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// The permit to answer an order, and the order as it stands.
fn decides(tx: &Tx<'_>, actor: &Actor, id: Id<Erasure>, now: Moment) -> Outcome<(Permit, Erasure)> {
    let order = found(tx, id)?;
    let permit = authorise(tx, actor, &ERASE, Over::City)?;
    ERASURES.may_settle(&order.proposed, &permit.doers(), now.day())?;
    Ok((permit, order))
}

/// The order of this id, as it stands.
pub fn found(reader: &Reader<'_>, id: Id<Erasure>) -> Outcome<Erasure> {
    Ok(ERASURES.by_id(reader, id)?.ok_or_else(|| not_found("这项命令"))?)
}

fn settle(
    tx: &Tx<'_>,
    permit: &Permit,
    order: &Erasure,
    (state, reason): (ProposedState, &str),
    now: Moment,
) -> Outcome<()> {
    ERASURES.settle(tx, permit, (order.id, &order.proposed), (state, reason, &[]), now)
}
