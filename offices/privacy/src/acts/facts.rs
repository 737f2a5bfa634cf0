//! What an order is about, as it stands now.

use access::{Account, Kind};
use base::{Day, Id, Moment, Outcome, Refusal, RefusalKind};
use flow::{CaseHead, CaseNumber};
use ledger::{Act, Place, Recorded, Sought};
use privacy_contract::Target;
use store::Reader;

use crate::rules;
use crate::store as rows;
use crate::terms::{CaseFacts, Rule, Says, Scope};

/// Cases of one person that one order erases at most.
const CASES_MAX: usize = 200;
/// So many are read at a time.
const PAGE: i64 = 200;
/// Acts of these are never erased by themselves.
const KEPT: [&str; 5] = ["privacy.", "keys.", "hall.", "audit.", "access."];

/// What an order is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The id of the case, the account or the act.
    pub subject: String,
    /// The name of whom it concerns: for who compares the order with the paper.
    pub name: String,
    /// The kind of the act, where it is one act.
    pub act: Option<String>,
    /// The cases that are erased.
    pub cases: Vec<CaseFacts>,
    /// Who did what is erased, beside those who handled the cases.
    pub done_by: Vec<String>,
    /// Each thing that is to be erased.
    pub targets: Vec<Target>,
}

impl Facts {
    /// Whether all of it may be erased, and by this person, for whoever they exercise the post.
    pub fn allow(
        &self,
        doers: &[&str],
        says: Says,
        rule: &Rule,
        today: Day,
    ) -> Result<(), Refusal> {
        rules::not_concerned(doers, &self.done_by)?;
        for case in &self.cases {
            rules::not_concerned(doers, &case.handled_by)?;
            rules::may_erase(case, says, rule, today)?;
        }
        Ok(())
    }
}

/// Finds what somebody typed: the number of a case, the login of a citizen's account, the id of an act.
pub fn facts(reader: &Reader<'_>, scope: Scope, shown: &str) -> Outcome<Facts> {
    let shown = shown.trim();
    match scope {
        Scope::Case => {
            let no = CaseNumber::parse(shown).map(|no| no.to_string()).unwrap_or_default();
            let case = flow::case_by_no(reader, &no)?;
            of_case(reader, &case.ok_or_else(|| unknown("没有找到这个办件，请核对办件编号"))?)
        }
        Scope::Person => {
            let account = access::account_by_login(reader, shown)?;
            of_person(reader, &account.ok_or_else(|| unknown("没有找到这个用户名"))?)
        }
        Scope::Act => match shown.parse::<Id<Act>>() {
            Ok(id) => of_act(reader, id),
            Err(_) => Err(unknown("没有找到这条办理记录，请核对回执上的存证编号").into()),
        },
    }
}

/// The same of an order that was put down, as it stands now.
pub fn targets_of(reader: &Reader<'_>, scope: Scope, subject: &str) -> Outcome<Facts> {
    let gone = || unknown("要删除的内容已经不在了");
    match scope {
        Scope::Case => {
            let id = subject.parse().map_err(|_| gone())?;
            of_case(reader, &flow::case_by_id(reader, id)?.ok_or_else(gone)?)
        }
        Scope::Person => {
            let id: Id<Account> = subject.parse().map_err(|_| gone())?;
            of_person(reader, &access::account_by_id(reader, id)?.ok_or_else(gone)?)
        }
        Scope::Act => of_act(reader, subject.parse().map_err(|_| gone())?),
    }
}

fn unknown(words: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "privacy.unknown", words).field("shown", words)
}

fn of_case(reader: &Reader<'_>, case: &CaseHead) -> Outcome<Facts> {
    if let Some(document) = &case.erased {
        return Err(unknown(&base::erased_words(document)).into());
    }
    let events = flow::events_of(reader, case.id)?;
    let applicant = case.applicant_account.as_deref();
    let mut handled_by: Vec<String> = Vec::new();
    for event in events {
        handled_by.extend(event.account);
        handled_by.extend(event.on_behalf.map(|one| one.account));
    }
    // Who looked handled it too.
    handled_by.extend(doers_on(reader, case)?);
    if let Some(look) = rows::look_of(reader, case.id)? {
        handled_by.extend(ask::looker_of(reader, look)?);
    }
    handled_by.retain(|account| Some(account.as_str()) != applicant);
    handled_by.sort();
    handled_by.dedup();
    let closed_on = case.closed_at.map(|at| at.day());
    let facts = CaseFacts { no: case.no.clone(), open: case.open, closed_on, handled_by };
    Ok(Facts {
        subject: case.id.to_string(),
        name: case.applicant_name.clone(),
        act: None,
        cases: vec![facts],
        done_by: Vec::new(),
        targets: vec![Target::Case { id: case.id.to_string(), no: case.no.clone() }],
    })
}

fn of_person(reader: &Reader<'_>, account: &Account) -> Outcome<Facts> {
    if account.kind == Kind::Staff {
        let words = "工作人员的账户关系到他们办理的事项，不能删除；可以停用";
        return Err(unknown(words).into());
    }
    let id = account.id.to_string();
    let (cases, many) = cases_of(reader, &id)?;
    if many {
        let words = format!("这个人的办件超过 {CASES_MAX} 件，请先按办件编号分别录入");
        return Err(unknown(&words).into());
    }
    let mut whole = Facts {
        subject: id.clone(),
        name: account.name.clone(),
        act: None,
        cases: Vec::new(),
        done_by: Vec::new(),
        targets: vec![Target::Person { account: id }],
    };
    for case in &cases {
        let one = of_case(reader, case)?;
        whole.cases.extend(one.cases);
        whole.targets.extend(one.targets);
    }
    Ok(whole)
}

/// The cases of a person that are not erased yet, and whether there are more than one order erases.
fn cases_of(reader: &Reader<'_>, account: &str) -> Outcome<(Vec<CaseHead>, bool)> {
    let (mut cases, mut after) = (Vec::new(), None);
    loop {
        let page = flow::mine(reader, account, after.as_ref(), PAGE)?;
        cases.extend(page.rows.into_iter().filter(|case| case.erased.is_none()));
        if cases.len() > CASES_MAX {
            return Ok((cases, true));
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok((cases, false)),
        }
    }
}

/// Everybody who did something to a case, looked at it, or for whom it was done.
fn doers_on(reader: &Reader<'_>, case: &CaseHead) -> Outcome<Vec<String>> {
    let sought = Sought {
        subject: Some((flow::SUBJECT.into(), case.id.to_string())),
        ..Sought::between(Moment::from_millis(0), Moment::from_millis(i64::MAX))
    };
    let (mut doers, mut after) = (Vec::new(), None);
    loop {
        let page = ledger::briefs(reader, &sought, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(doers) };
        after = Some(Place { at: last.at, born: last.born });
        for brief in &page {
            doers.extend(ledger::act_by_id(reader, brief.id)?.iter().flat_map(doers_of));
        }
    }
}

/// Who did an act, and for whom they exercised the post or acted by a mandate.
fn doers_of(act: &Recorded) -> impl Iterator<Item = String> + use<> {
    let behalf = act.who().and_then(|who| who.on_behalf).map(|one| one.account);
    act.account().map(str::to_owned).into_iter().chain(behalf)
}

fn of_act(reader: &Reader<'_>, id: Id<Act>) -> Outcome<Facts> {
    let act = ledger::act_by_id(reader, id)?;
    let act = act.ok_or_else(|| unknown("没有找到这条办理记录，请核对回执上的存证编号"))?;
    if act.is_erased() {
        return Err(unknown(&act.erased_words()).into());
    }
    // What tells of an erasure, of the keys, of rights, of who read the record and of the city's founding must stay
    // readable.
    let kept = KEPT.iter().any(|office| act.kind.starts_with(office));
    if kept || act.kind.ends_with(".erased") {
        return Err(unknown("这类记录是删除和登记本身的凭据，不能删除").into());
    }
    let id = id.to_string();
    let mut done_by: Vec<String> = doers_of(&act).collect();
    let name = act.who().map(|who| who.name).unwrap_or_default();
    if act.subject_kind == "account" {
        done_by.push(act.subject_id);
    }
    Ok(Facts {
        subject: id.clone(),
        name,
        act: Some(act.kind),
        cases: Vec::new(),
        done_by,
        targets: vec![Target::Act { id }],
    })
}
