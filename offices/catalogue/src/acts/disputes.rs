//! Disputes of a value (数据校核): whoever sees a wrong one says so, the organ that provides it checks it within the law's
//! days, and what came of it is told.

use access::{Over, Permit, authorise};
use base::{Fault, Outcome};
use flow::{CaseHead, Command, Event, NewCase, Order};
use frame::{ActCx, Cx, not_found};
use store::Reader;

use super::compile::{found, in_force};
use super::{rule_on, within};
use crate::rules;
use crate::store as rows;
use crate::terms::{
    CHECK, DISPUTE, DISPUTE_FLOW, Dispute, Disputed, Item, OFFICE, Resource, WORDS,
};

/// The resource and the item that somebody is about to dispute a value of. Nobody learns of what is not published.
pub async fn disputable(cx: &Cx, key: &str, item: &str) -> Outcome<(String, Resource, Item)> {
    let (key, item) = (key.to_owned(), item.to_owned());
    cx.read(move |r| {
        let head = found(r, &key)?;
        let version = in_force(r, &head)?;
        let found = version.resource.item(&item).cloned();
        let found = found.ok_or_else(|| not_found("这个信息项"))?;
        Ok((head.provider_name, version.resource, found))
    })
    .await
}

/// Disputes a value. Gives the number of the case.
pub async fn dispute(cx: &ActCx, key: &str, item: &str, said: &Disputed) -> Outcome<String> {
    rules::well_disputed(said)?;
    let person = cx.signed_in()?;
    let (account, name) = (person.account, person.name.clone());
    let (now, actor, key, item) = (cx.now(), cx.actor().clone(), key.to_owned(), item.to_owned());
    let rule = rule_on(now.day())?;
    let words = serde_json::to_vec(said).map_err(Fault::from)?;
    let sealed = cx.hall().keys.seal(WORDS, &words);
    let calendar = cx.hall().calendar.clone();
    let minted = NewCase::new(now, OFFICE, DISPUTE_FLOW, "online");
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DISPUTE, Over::Account(account.to_string()))?;
        let head = found(tx, &key)?;
        let version = in_force(tx, &head)?;
        let item = version.resource.item(&item).ok_or_else(|| not_found("这个信息项"))?;
        let new = NewCase {
            item_code: head.code.clone(),
            item_name: head.name.clone(),
            title: format!("对“{}”的“{}”提出异议", head.name, item.name),
            organ: head.provider.clone(),
            applicant_name: name.clone(),
            applicant_account: Some(account.to_string()),
            limits: within(rule.check_days, &rule.check_ground),
            ..minted.clone()
        };
        let filed = flow::open_case(tx, &permit, &new, &calendar)?;
        let dispute = Dispute {
            case: filed.case.id,
            no: filed.case.no.clone(),
            key: head.key.clone(),
            resource_name: head.name.clone(),
            item: item.code.clone(),
            item_name: item.name.clone(),
            account,
            words_sealed: sealed.clone(),
        };
        rows::put_dispute(tx, &permit, &dispute)?;
        Ok(filed.case.no)
    })
    .await
}

/// A dispute as a page shows it.
pub struct Seen {
    /// The case.
    pub case: CaseHead,
    /// What happened to it.
    pub events: Vec<Event>,
    /// What it is about.
    pub dispute: Dispute,
}

impl Seen {
    /// What was said of the value; nothing once it was erased.
    pub fn words(&self, keys: &seal::Keys) -> Outcome<Disputed> {
        let words = keys.unseal(WORDS, &self.dispute.words_sealed).map_err(Fault::from)?;
        match words.is_empty() {
            true => Ok(Disputed::default()),
            false => Ok(serde_json::from_slice(&words).map_err(Fault::from)?),
        }
    }

    /// What was said with the last step of this name.
    pub fn said(&self, command: &str, field: &str) -> Option<String> {
        let event = self.events.iter().rev().find(|event| event.command == command)?;
        match &event.erased {
            Some(document) => Some(base::erased_words(document)),
            None => Some(event.said.get(field)?.as_str()?.to_owned()),
        }
    }
}

fn load(reader: &Reader<'_>, no: &str) -> Outcome<Seen> {
    let unknown = || not_found("这件异议");
    let no = flow::CaseNumber::parse(no).ok_or_else(unknown)?.to_string();
    let dispute = rows::dispute(reader, &no)?.ok_or_else(unknown)?;
    let case = flow::case_by_id(reader, dispute.case)?.ok_or_else(unknown)?;
    let events = flow::events_of(reader, case.id)?;
    Ok(Seen { case, events, dispute })
}

/// A dispute of one's own.
pub async fn own_dispute(cx: &Cx, no: &str) -> Outcome<Seen> {
    let (account, no) = (cx.signed_in()?.account, no.to_owned());
    let seen = cx
        .read(move |r| {
            let seen = load(r, &no)?;
            match seen.dispute.account == account {
                true => Ok(Box::new(seen)),
                false => Err(not_found("这件异议").into()),
            }
        })
        .await?;
    Ok(*seen)
}

/// A dispute for the organ that checks it.
pub async fn seen(cx: &Cx, no: &str) -> Outcome<Seen> {
    let (no, actor) = (no.to_owned(), cx.actor().clone());
    let seen = cx
        .read(move |r| {
            let seen = load(r, &no)?;
            let over = Over::Organ(seen.case.organ.clone());
            // It is not told that there is one.
            authorise(r, &actor, &CHECK, over).map_err(|_| not_found("这件异议"))?;
            Ok(Box::new(seen))
        })
        .await?;
    Ok(*seen)
}

/// Does a step: who disputes never checks.
pub async fn handle(cx: &ActCx, no: &str, version: Option<i64>, command: Command) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let known = seen(cx, no).await?;
    let mut order = Order::new(now, OFFICE, known.case.id, command);
    order.expected_version = version;
    let (calendar, organ) = (cx.hall().calendar.clone(), known.case.organ.clone());
    cx.write(move |tx| {
        let permit: Permit = authorise(tx, &actor, &CHECK, Over::Organ(organ.clone()))?;
        flow::apply(tx, &permit, &order, &calendar).map(|_| ())
    })
    .await
}
