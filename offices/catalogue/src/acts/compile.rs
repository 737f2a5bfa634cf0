//! Resources: written down by who provides them, published by another, changed by a new version, taken out with a reason.

use access::{Actor, Over, Permit, Proposals, Proposed, ProposedState, authorise};
use ask::Ending;
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind, chance};
use data_encoding::HEXLOWER;
use frame::{ActCx, not_found};
use ledger::Act;
use serde_json::{Value, json};
use store::{Reader, Tx};

use super::{guide, rule_on};
use crate::rules::{self, Guide};
use crate::store::{self as rows, Head, REVIEWS, Review, Version};
use crate::terms::{
    COMPILE, DRAFTED, ENDED, PUBLISH, PUBLISHED, RECALLED, RETURNED, Resource, SENT, SHARE_ENDED,
    SUBJECT, State,
};

/// On what the catalogue rests.
pub const GROUND: &str = "《政务数据共享条例》（国务院令第809号）第三章";
/// So many agreements are looked at together.
const AT_ONCE: i64 = 200;

/// The resource with this key, as it stands.
pub fn found(reader: &Reader<'_>, key: &str) -> Outcome<Head> {
    Ok(rows::head(reader, key)?.ok_or_else(|| not_found("这个数据资源"))?)
}

/// The newest version of a resource, in whatever state.
pub fn newest(reader: &Reader<'_>, head: &Head) -> Outcome<Version> {
    let version = rows::version(reader, &head.key, head.newest)?;
    Ok(version.ok_or_else(|| Fault::said(format!("{} has no newest version", head.key)))?)
}

/// The version of a resource that is in force.
pub fn in_force(reader: &Reader<'_>, head: &Head) -> Outcome<Version> {
    let version = match head.state {
        State::Published => rows::version(reader, &head.key, head.version)?,
        _ => None,
    };
    Ok(version.ok_or_else(|| not_found("这个数据资源"))?)
}

/// The name of the organ that provides a resource, which stands.
fn provider(reader: &Reader<'_>, resource: &Resource, now: Moment) -> Outcome<String> {
    let organ = access::organ_by_id(reader, &resource.provider)?;
    let organ = organ.filter(|organ| organ.stands(now.day()));
    Ok(organ
        .ok_or_else(|| {
            let words = "没有这个部门，或者已经撤销";
            Refusal::new(RefusalKind::Invalid, "catalogue.no_such_organ", words)
                .field("provider", words)
        })?
        .name)
}

fn checked(resource: &Resource, guide: &Guide, now: Moment) -> Outcome<()> {
    let wrong = rules::check(resource, guide, now.day());
    if wrong.is_empty() {
        return Ok(());
    }
    let refusal = Refusal::new(RefusalKind::Invalid, "catalogue.bad_resource", "目录需要修改");
    Err(wrong
        .into_iter()
        .fold(refusal, |refusal, one| refusal.field(one.field, one.message))
        .into())
}

/// Who keeps a register gives it, and nobody else: a register, and a kind of question, stand in the published resources of one
/// organ alone. What another organ would consent to would else be data that it does not have.
pub fn of_its_keeper(reader: &Reader<'_>, key: &str, resource: &Resource) -> Outcome<()> {
    let Some((what, keeper)) = rows::kept_by_another(reader, key, resource)? else {
        return Ok(());
    };
    let words = format!("“{what}”由{keeper}保管、提供，不能写在别的部门的资源里");
    Err(rules::refuse("catalogue.kept_by_another", words)
        .ground(GROUND)
        .remedy("请由提供部门改正查询的种类和所在的库，再送审")
        .into())
}

/// What an act says of a resource.
fn told((code, version): (&str, i64), resource: &Resource, provider: &str) -> Outcome<Value> {
    let body = serde_json::to_vec(resource).map_err(Fault::from)?;
    Ok(json!({
        "name": resource.name, "code": code, "version": version,
        "provider": { "id": resource.provider, "name": provider },
        "share": resource.share.word(), "open": resource.open, "items": resource.items.len(),
        "body": HEXLOWER.encode(&seal::sm3(&[&body])),
    }))
}

/// Writes a resource down: a new one without a key, else on its draft or as its next version. Gives its key.
pub fn write_in(
    tx: &Tx<'_>,
    actor: &Actor,
    (key, resource): (Option<&str>, &Resource),
    (act, guide): (&Act, &Guide),
    now: Moment,
) -> Outcome<String> {
    checked(resource, guide, now)?;
    let permit = authorise(tx, actor, &COMPILE, Over::Organ(resource.provider.clone()))?;
    let provider_name = provider(tx, resource, now)?;
    let (key, code, version) = match key {
        Some(key) => {
            let head = found(tx, key)?;
            // Whoever takes a resource over must be allowed to where it was.
            authorise(tx, actor, &COMPILE, Over::Organ(head.provider.clone()))?;
            rules::may_write(head.pending)?;
            let version = rows::write_draft(tx, &permit, &head, (resource, &provider_name), now)?;
            (head.key, head.code, version)
        }
        None => {
            let prefix = resource.place.prefix();
            let code = format!("{prefix}/{:06}", rows::next_serial(tx, &prefix)?);
            let of = (resource, provider_name.as_str());
            (rows::put_resource(tx, &permit, &code, of, now)?, code, 1)
        }
    };
    let act = act.clone().on(&key).authority(GROUND);
    let act = act.content(told((&code, version), resource, &provider_name)?);
    ledger::record(tx, permit.who(), &act)?;
    Ok(key)
}

/// The same from a page.
pub async fn write(cx: &ActCx, key: Option<String>, resource: Resource) -> Outcome<String> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let (act, guide) = (Act::new(now, DRAFTED, SUBJECT, ""), guide(cx.hall())?);
    cx.write(move |tx| write_in(tx, &actor, (key.as_deref(), &resource), (&act, &guide), now)).await
}

/// Sends the newest version for review: another person publishes it.
pub fn send_in(
    tx: &Tx<'_>,
    actor: &Actor,
    (key, review): (&str, &Review),
    (act, guide): (&Act, &Guide),
    now: Moment,
) -> Outcome<()> {
    let head = found(tx, key)?;
    let permit = authorise(tx, actor, &COMPILE, Over::Organ(head.provider.clone()))?;
    rules::may_send(head.pending)?;
    let version = newest(tx, &head)?;
    checked(&version.resource, guide, now)?;
    let review = Review { version: version.version, ..review.clone() };
    rows::put_review(tx, &permit, &review)?;
    rows::move_pending(tx, &permit, &head, State::Review, now)?;
    let content = told((&head.code, version.version), &version.resource, &head.provider_name)?;
    ledger::record(tx, permit.who(), &act.clone().authority(GROUND).content(content))
}

/// A review that begins now.
pub fn review(key: &str, now: Moment) -> Outcome<Review> {
    let last_day = now.day().plus(rule_on(now.day())?.review_days);
    let proposed = Proposed::unsigned(now, last_day);
    Ok(Review { id: Id::mint(now), key: key.to_owned(), version: 0, proposed })
}

/// The same from a page.
pub async fn send(cx: &ActCx, key: &str) -> Outcome<()> {
    let (now, actor, key) = (cx.now(), cx.actor().clone(), key.to_owned());
    let (review, act) = (review(&key, now)?, Act::new(now, SENT, SUBJECT, &key));
    let guide = guide(cx.hall())?;
    cx.write(move |tx| send_in(tx, &actor, (&key, &review), (&act, &guide), now)).await
}

/// What waits for another person, with its review.
fn waiting(reader: &Reader<'_>, key: &str, now: Moment) -> Outcome<(Head, Version, Review)> {
    let head = found(reader, key)?;
    let version = newest(reader, &head)?;
    let review = rows::last_review(reader, key)?.filter(|one| one.version == head.newest);
    let waits = head.pending == Some(State::Review);
    let review = review.filter(|review| waits && review.proposed.waits(now.day()));
    let review = review.ok_or_else(|| {
        Refusal::new(
            RefusalKind::Conflict,
            "catalogue.not_in_review",
            "这个资源没有在审核，或者送审已经失效",
        )
    })?;
    Ok((head, version, review))
}

fn settle(
    tx: &Tx<'_>,
    permit: &Permit,
    review: &Review,
    (state, reason): (ProposedState, &str),
    now: Moment,
) -> Outcome<()> {
    REVIEWS.settle(tx, permit, (review.id, &review.proposed), (state, reason, &[]), now)
}

/// Publishes the version that another has sent. What was agreed on the version before and does not fit any more ends with it.
pub fn publish_in(
    tx: &Tx<'_>,
    actor: &Actor,
    (key, reason): (&str, &str),
    (act, guide): (&Act, &Guide),
    now: Moment,
) -> Outcome<()> {
    let permit = authorise(tx, actor, &PUBLISH, Over::City)?;
    let (head, version, review) = waiting(tx, key, now)?;
    settle(tx, &permit, &review, (ProposedState::Agreed, reason), now)?;
    let resource = &version.resource;
    checked(resource, guide, now)?;
    of_its_keeper(tx, key, resource)?;
    let provider_name = provider(tx, resource, now)?;
    let before = rows::version(tx, key, head.version)?.map(|version| version.resource);
    rows::publish(tx, &permit, &head, (resource, &provider_name), now)?;
    let ended = match &before {
        Some(before) => end_unfit(tx, &permit, (&head, before, resource), now)?,
        None => Vec::new(),
    };
    let mut content = told((&head.code, version.version), resource, &provider_name)?;
    if let Value::Object(content) = &mut content {
        content.insert("sent_by".into(), json!(review.proposed.name));
        content.insert("reason".into(), json!(reason));
        if !ended.is_empty() {
            content.insert("shares_ended".into(), json!(ended));
        }
    }
    ledger::record(tx, permit.who(), &act.clone().authority(GROUND).content(content))
}

/// Ends what was agreed on the version before and is not to be had by the new one; says on which requests.
fn end_unfit(
    tx: &Tx<'_>,
    permit: &Permit,
    (head, before, resource): (&Head, &Resource, &Resource),
    now: Moment,
) -> Outcome<Vec<String>> {
    let (mut after, mut ended) = (String::new(), Vec::new());
    loop {
        let some = ask::shares_running(tx, &head.code, (&after, AT_ONCE))?;
        let Some(last) = some.last() else { return Ok(ended) };
        after.clone_from(&last.request);
        for share in &some {
            let agreed = (share.kind.as_str(), share.terms.fields.as_slice());
            let Err(why) = rules::still_fits(agreed, before, resource) else { continue };
            ask::end_shares(tx, permit, Ending::Request(&share.request), (&why, now))?;
            ended.push(share.request.clone());
            let Some(request) = rows::request(tx, &share.request)? else { continue };
            let act = chance::afresh(|| Act::new(now, SHARE_ENDED, flow::SUBJECT, request.case));
            let act = act.authority(GROUND).content(json!({
                "no": request.no, "resource": head.code, "name": resource.name,
                "consumer": request.consumer_name, "reason": why,
            }));
            ledger::record(tx, permit.who(), &act)?;
        }
    }
}

/// The same from a page.
pub async fn publish(cx: &ActCx, key: &str, reason: &str) -> Outcome<()> {
    let (now, actor, key) = (cx.now(), cx.actor().clone(), key.to_owned());
    let (reason, act) = (reason.trim().to_owned(), Act::new(now, PUBLISHED, SUBJECT, &key));
    let guide = guide(cx.hall())?;
    cx.write(move |tx| publish_in(tx, &actor, (&key, &reason), (&act, &guide), now)).await
}

/// Sends a version back to who wrote it, and says why.
pub async fn decline(cx: &ActCx, key: &str, reason: &str) -> Outcome<()> {
    let (now, actor, key) = (cx.now(), cx.actor().clone(), key.to_owned());
    let reason = Proposals::said_why(reason)?;
    let act = Act::new(now, RETURNED, SUBJECT, &key).authority(GROUND);
    let act = act.content(json!({ "reason": reason }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &PUBLISH, Over::City)?;
        let (head, _, review) = waiting(tx, &key, now)?;
        settle(tx, &permit, &review, (ProposedState::Declined, &reason), now)?;
        rows::move_pending(tx, &permit, &head, State::Draft, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes back what one has sent; what has lapsed, whoever may write on it takes back.
pub async fn recall(cx: &ActCx, key: &str) -> Outcome<()> {
    let (now, actor, key) = (cx.now(), cx.actor().clone(), key.to_owned());
    let act = Act::new(now, RECALLED, SUBJECT, &key).authority(GROUND).content(json!({}));
    cx.write(move |tx| {
        let head = found(tx, &key)?;
        let permit = authorise(tx, &actor, &COMPILE, Over::Organ(head.provider.clone()))?;
        let last = rows::last_review(tx, &key)?.filter(|one| one.version == head.newest);
        let review = last.filter(|_| head.pending == Some(State::Review));
        let review = review.ok_or_else(|| not_found("这次送审"))?;
        if review.proposed.waits(now.day()) {
            settle(tx, &permit, &review, (ProposedState::Withdrawn, ""), now)?;
        }
        rows::move_pending(tx, &permit, &head, State::Draft, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes a resource out of the catalogue: nothing is given by it any more from this commit on.
pub async fn end(cx: &ActCx, key: &str, reason: &str) -> Outcome<()> {
    let (now, actor, key) = (cx.now(), cx.actor().clone(), key.to_owned());
    let (reason, act) = (reason.to_owned(), Act::new(now, ENDED, SUBJECT, &key).authority(GROUND));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &PUBLISH, Over::City)?;
        let head = found(tx, &key)?;
        let reason = rules::may_end(head.state, &reason)?;
        // What waits for a second person waits no longer: else their answer would bring the resource back.
        let waits = rows::last_review(tx, &key)?.filter(|one| one.version == head.newest);
        if let Some(review) = waits.filter(|_| head.pending == Some(State::Review)) {
            let own = review.proposed.by == permit.account();
            let over = if own { ProposedState::Withdrawn } else { ProposedState::Declined };
            if review.proposed.waits(now.day()) {
                settle(tx, &permit, &review, (over, &reason), now)?;
            }
            rows::move_pending(tx, &permit, &head, State::Draft, now)?;
        }
        rows::end(tx, &permit, &key, now)?;
        let why = format!("“{}”已撤出目录", head.name);
        let ended = ask::end_shares(tx, &permit, Ending::Resource(&head.code), (&why, now))?;
        let act = act.clone().content(json!({
            "name": head.name, "code": head.code, "version": head.version,
            "provider": { "id": head.provider, "name": head.provider_name },
            "reason": reason, "shares_ended": ended,
        }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
