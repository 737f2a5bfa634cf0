//! Complaints about a look at a person's data: a case each, filed by the person, looked into and answered by who
//! protects personal information (个人信息保护法 arts. 50, 65).

use access::{Account, Over, Permission, authorise};
use ask::{About, Asked, Looked};
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use clock::{Limit, Limits};
use flow::{CaseHead, CaseNumber, Command, Event, NewCase, Order};
use frame::{ActCx, Cx, not_found};
use store::Reader;

use super::rule_on;
use crate::rules;
use crate::store as rows;
use crate::terms::{ANSWER, COMPLAIN, COMPLAINT, Complaint, OFFICE, WORDS};

/// What the case of a complaint is called where items are.
const ITEM: &str = "对查看个人信息的投诉";

/// The look that somebody complains about, if it was at their own data.
pub async fn own_look(cx: &Cx, id: Id<Asked>) -> Outcome<Looked> {
    let (account, keys) = (cx.signed_in()?.account, cx.hall().keys.clone());
    let now = cx.now();
    cx.read(move |r| {
        let look = told_look(r, &keys, account, id, now)?;
        Ok(look.ok_or_else(|| not_found("这次查看"))?)
    })
    .await
}

/// The look with this id, if it was at this person's own data and they are told of it by now.
fn told_look(
    reader: &Reader<'_>,
    keys: &seal::Keys,
    account: Id<Account>,
    id: Id<Asked>,
    now: Moment,
) -> Outcome<Option<Looked>> {
    let account = access::account_by_id(reader, account)?.ok_or_else(|| not_found("您的账户"))?;
    for about in own_data(&account, keys) {
        if let Some(look) = ask::own_look(reader, keys, &about, id, now)? {
            return Ok(Some(look));
        }
    }
    Ok(None)
}

/// Under what a person's looks stand: the account, and the citizen number of who is proven to be its holder.
fn own_data(account: &Account, keys: &seal::Keys) -> Vec<About> {
    let number = account.number(keys).filter(|_| account.real_name);
    let own = About::Account(account.id.to_string());
    number.map(About::Person).into_iter().chain([own]).collect()
}

/// What a complaint has come to.
pub enum Filed {
    /// It is a case of this number now.
    New(String),
    /// There is one about this look already, of this number; nothing was added to it.
    Known(String),
}

/// Files a complaint; one about a look that has one already gives that one.
pub async fn complain(cx: &ActCx, id: Id<Asked>, words: &str) -> Outcome<Filed> {
    let (now, actor, words) = (cx.now(), cx.actor().clone(), words.trim().to_owned());
    let person = cx.signed_in()?;
    let (account, name) = (person.account, person.name.clone());
    let look = own_look(cx, id).await?;
    rules::may_complain(&account.to_string(), look.read.account.as_deref(), &words)?;
    let rule = rule_on(now.day())?;
    let organ = cx.read(topmost).await?;
    let sealed = cx.hall().keys.seal(WORDS, words.as_bytes());
    let limits = Limits {
        legal: Some(Limit::working(rule.answer_days)),
        promised: None,
        basis: rule.answer_ground.clone(),
    };
    let new = NewCase {
        item_code: "privacy".into(),
        item_name: ITEM.into(),
        title: ITEM.into(),
        organ,
        applicant_name: name,
        applicant_account: Some(account.to_string()),
        limits,
        ..NewCase::new(now, OFFICE, COMPLAINT, "online")
    };
    let calendar = cx.hall().calendar.clone();
    cx.write(move |tx| {
        if let Some(known) = rows::complaint_on(tx, id, account)? {
            return Ok(Filed::Known(known.no));
        }
        let permit = authorise(tx, &actor, &COMPLAIN, Over::Account(account.to_string()))?;
        let filed = flow::open_case(tx, &permit, &new, &calendar)?;
        let complaint = Complaint {
            case: filed.case.id,
            no: filed.case.no.clone(),
            look: id,
            account,
            words_sealed: sealed.clone(),
        };
        rows::put_complaint(tx, &permit, &complaint)?;
        Ok(Filed::New(filed.case.no))
    })
    .await
}

/// The organ at the top: whoever protects personal information does it for the whole city.
fn topmost(reader: &Reader<'_>) -> Outcome<String> {
    let top = access::organs(reader)?.into_iter().find(|organ| organ.parent.is_none());
    Ok(top.ok_or_else(|| Fault::said("the city has no topmost organ"))?.id)
}

/// A complaint as a page shows it.
pub struct Seen {
    /// The case.
    pub case: CaseHead,
    /// What happened to it.
    pub events: Vec<Event>,
    /// What it is about.
    pub complaint: Complaint,
    /// The look, with who looked.
    pub look: Option<Looked>,
    /// Who did the act that tells of it: of an export, who agreed to it.
    told_by: Option<String>,
}

impl Seen {
    fn load(
        reader: &Reader<'_>,
        no: &str,
        look: impl FnOnce(&Complaint) -> Outcome<Option<Looked>>,
    ) -> Outcome<Option<Self>> {
        let Some(no) = CaseNumber::parse(no) else { return Ok(None) };
        let Some(complaint) = rows::complaint(reader, &no.to_string())? else { return Ok(None) };
        let Some(case) = flow::case_by_id(reader, complaint.case)? else { return Ok(None) };
        let events = flow::events_of(reader, case.id)?;
        let look = look(&complaint)?;
        let act = match &look {
            Some(look) => ledger::act_by_id(reader, look.act)?,
            None => None,
        };
        let told_by = act.and_then(|act| act.account().map(str::to_owned));
        Ok(Some(Self { case, events, complaint, look, told_by }))
    }

    /// Who answers for the look: who looked, and who agreed to it.
    pub fn lookers(&self) -> Vec<String> {
        let looked = self.look.as_ref().and_then(|look| look.read.account.clone());
        looked.into_iter().chain(self.told_by.clone()).collect()
    }

    /// What the person says of the look.
    pub fn words(&self, keys: &seal::Keys) -> Outcome<String> {
        let words = keys.unseal(WORDS, &self.complaint.words_sealed).map_err(Fault::from)?;
        Ok(String::from_utf8(words).map_err(Fault::from)?)
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

/// A complaint of one's own.
pub async fn own_complaint(cx: &Cx, no: &str) -> Outcome<Seen> {
    let (account, no, now) = (cx.signed_in()?.account, no.to_owned(), cx.now());
    let keys = cx.hall().keys.clone();
    let seen = cx
        .read(move |r| {
            let look = |one: &Complaint| told_look(r, &keys, account, one.look, now);
            Ok(Seen::load(r, &no, look)?.map(Box::new))
        })
        .await?;
    let own = seen.filter(|seen| seen.complaint.account == account);
    Ok(*own.ok_or_else(|| not_found("这件投诉"))?)
}

/// A complaint for who sees those of others, or answers them.
pub async fn complaint(cx: &Cx, no: &str, permission: &'static Permission) -> Outcome<Seen> {
    let (no, actor) = (no.to_owned(), cx.actor().clone());
    let seen = cx
        .read(move |r| {
            let permit = authorise(r, &actor, permission, Over::City)?;
            let look = |one: &Complaint| ask::look_by_id(r, &permit, one.look);
            Ok(Seen::load(r, &no, look)?.map(Box::new))
        })
        .await?;
    Ok(*seen.ok_or_else(|| not_found("这件投诉"))?)
}

/// Does a step. Who looked, or agreed to it, never judges the look.
pub async fn handle(cx: &ActCx, no: &str, version: Option<i64>, command: Command) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let seen = complaint(cx, no, &ANSWER).await?;
    let mut order = Order::new(now, OFFICE, seen.case.id, command);
    order.expected_version = version;
    let (calendar, lookers) = (cx.hall().calendar.clone(), seen.lookers());
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &ANSWER, Over::City)?;
        let behalf = permit.who().on_behalf.as_ref().map(|one| one.account.as_str());
        rules::may_judge(permit.account(), behalf, &lookers)?;
        flow::apply(tx, &permit, &order, &calendar).map(|_| ())
    })
    .await
}

/// A refusal of a step that this office does not know.
pub fn no_such_step() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "privacy.no_such_step", "没有这样的办理步骤")
}
