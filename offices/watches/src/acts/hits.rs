//! Verifying what was found: by the organ whose business it is, within the watch's days.

use std::sync::Arc;

use access::{Actor, Over, authorise};
use approvals_contract::{Permit as Licence, PermitsOf};
use ask::Answer;
use base::{CitizenNumber, Outcome, Refusal, RefusalKind};
use entities_contract::{EntityAnswer, EntityByCode};
use flow::{CaseHead, Command, Event, Order, Verdict};
use frame::{ActCx, Cx, Hall, not_found};
use population_contract::{OneNumber, PersonAnswer, PersonByNumber, UnderOneNumber};
use store::{Reader, Tx};

use super::found::{mark_of, opened};
use crate::rules;
use crate::store::{self as rows, Paid};
use crate::terms::{Deed, Facts, HANDLE, Hit, Kind, OFFICE, SEE, Standing, VERIFY, Watch};

/// A hit as a page shows it.
pub struct Seen {
    /// Its case.
    pub case: CaseHead,
    /// What happened to it.
    pub events: Vec<Event>,
    /// What was found.
    pub hit: Hit,
    /// The same, opened; blank once it was erased.
    pub facts: Facts,
    /// The watch as it stands.
    pub watch: Option<Watch>,
    /// What counts of the same person on the same list at this moment.
    pub still: Vec<Paid>,
    /// Whether who looks may verify it.
    pub handles: bool,
    /// What the register of residents says at this moment, for who may verify what is open.
    pub register: Option<Answer<PersonAnswer>>,
    /// The same of a firm.
    pub firm: Option<FirmNow>,
    /// The same of the people under one number.
    pub people: Option<Answer<OneNumber>>,
}

/// What is said of a firm and its permit at this moment.
pub struct FirmNow {
    /// By the register of legal entities.
    pub register: Answer<EntityAnswer>,
    /// By approvals: nothing where they know the permit no more.
    pub permit: Answer<Licence>,
}

fn load(reader: &Reader<'_>, no: &str) -> Outcome<(Hit, CaseHead)> {
    let unknown = || not_found("这条线索");
    let no = flow::CaseNumber::parse(no).ok_or_else(unknown)?.to_string();
    let hit = rows::hit(reader, &no)?.ok_or_else(unknown)?;
    let case = flow::case_by_id(reader, hit.case)?.ok_or_else(unknown)?;
    Ok((hit, case))
}

/// A hit, for the organ that verifies it and those who see the whole city. To others it is not told that there is one. Who
/// verifies is shown what the register says, and that is on record.
pub async fn seen(cx: &Cx, no: &str) -> Outcome<Seen> {
    let (no, actor, hall) = (no.to_owned(), cx.actor().clone(), cx.hall().clone());
    let mut seen = cx
        .read(move |r| {
            let (hit, case) = load(r, &no)?;
            let over = || Over::Organ(case.organ.clone());
            authorise(r, &actor, &SEE, over()).map_err(|_| not_found("这条线索"))?;
            let handles = authorise(r, &actor, &HANDLE, over()).is_ok();
            let facts = opened(&hall, &hit)?;
            let still = match CitizenNumber::parse(&facts.number) {
                Ok(number) if hit.kind.is_of_lists() => {
                    rows::paid_to(r, hall.keys.covers(&mark_of(&hall, &number)))?
                }
                _ => Vec::new(),
            };
            let still = still.into_iter().filter(|one| one.list.id.to_string() == hit.list);
            Ok(Box::new(Seen {
                events: flow::events_of(r, case.id)?,
                watch: rows::watch(r, hit.watch)?,
                still: still.collect(),
                register: None,
                firm: None,
                people: None,
                case,
                hit,
                facts,
                handles,
            }))
        })
        .await?;
    // What was erased names nobody to ask about.
    if seen.handles && seen.case.open && seen.facts != Facts::default() {
        ask(cx, &mut seen).await?;
    }
    Ok(*seen)
}

/// Asks what the registers say at this moment of what was found.
async fn ask(cx: &Cx, seen: &mut Seen) -> Outcome<()> {
    let (case, by, number) = (seen.case.id, (OFFICE, VERIFY), seen.facts.number.clone());
    match seen.hit.kind {
        Kind::DiedOnList | Kind::TwoNames => {
            seen.register = Some(cx.ask_in(case, by, &PersonByNumber::now(number)).await?);
        }
        Kind::EndedFirm => seen.firm = Some(firm_now(cx, seen, &number).await?),
        Kind::TwoPeople => {
            let question = UnderOneNumber { row: seen.facts.row.clone() };
            seen.people = Some(cx.ask_in(case, by, &question).await?);
        }
    }
    Ok(())
}

/// Asks what is said of a firm, and of its permit by a case.
async fn firm_now(cx: &Cx, seen: &Seen, code: &str) -> Outcome<FirmNow> {
    let (hit, case) = (seen.case.id, &seen.hit.list);
    let register = cx.ask_in(hit, (OFFICE, VERIFY), &EntityByCode::now(code)).await?;
    let mut question = PermitsOf::now(code);
    loop {
        let Answer { value, as_of, valid_until, ask_id, source, ground } =
            cx.ask(OFFICE, VERIFY, &question).await?;
        let page = value.unwrap_or_default();
        let found = page.permits.unwrap_or_default().into_iter().find(|one| one.case == *case);
        match page.next.filter(|_| found.is_none()) {
            Some(next) => question.after = next,
            None => {
                let permit = Answer { value: found, as_of, valid_until, ask_id, source, ground };
                return Ok(FirmNow { register, permit });
            }
        }
    }
}

/// What who verifies does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Takes it up.
    Take,
    /// It is so; what was done.
    Confirm {
        /// One of the vocabulary.
        deed: Option<Deed>,
        /// In words.
        words: String,
    },
    /// It is not so; why.
    NotSo(String),
}

impl Step {
    fn command(&self, kind: Kind, ground: &str) -> Result<(Command, Option<Standing>), Refusal> {
        let decide = |verdict, reason| Command::Decide {
            verdict,
            reason,
            ground: ground.to_owned(),
            remedy: None,
        };
        Ok(match self {
            Step::Take => (Command::Take, None),
            Step::Confirm { deed, words } => (
                decide(Verdict::Grant, rules::confirmed(kind, *deed, words)?),
                Some(Standing::Confirmed),
            ),
            Step::NotSo(words) => {
                (decide(Verdict::Deny, rules::not_so(words)?), Some(Standing::NotSo))
            }
        })
    }
}

/// Does a step.
pub async fn handle(cx: &ActCx, no: &str, version: Option<i64>, step: Step) -> Outcome<()> {
    let work = stepping(cx.hall(), cx.actor(), (no, version), &step).await?;
    cx.write(work).await
}

/// The same for the demonstration, in the name of somebody.
pub async fn handle_as(hall: &Arc<Hall>, actor: &Actor, no: &str, step: &Step) -> Outcome<()> {
    let work = stepping(hall, actor, (no, None), step).await?;
    hall.write(work).await
}

/// What a step does in its transaction; its act is minted before.
async fn stepping(
    hall: &Arc<Hall>,
    actor: &Actor,
    (no, version): (&str, Option<i64>),
    step: &Step,
) -> Outcome<impl Fn(&Tx<'_>) -> Outcome<()> + Send + Sync + 'static> {
    let (number, actor) = (no.to_owned(), actor.clone());
    let (hit, case) = *hall.store.read(move |r| Ok(Box::new(load(r, &number)?))).await?;
    let calendar = hall.calendar.clone();
    let minted = step.command(hit.kind, &case.limits.basis).map(|(command, standing)| {
        let mut order = Order::new(actor.at(), OFFICE, hit.case, command);
        order.expected_version = version;
        (order, standing)
    });
    Ok(move |tx: &Tx<'_>| {
        let (_, case) = load(tx, &case.no)?;
        // It is not told that there is one.
        let permit = authorise(tx, &actor, &HANDLE, Over::Organ(case.organ))
            .map_err(|_| not_found("这条线索"))?;
        let (order, standing) = minted.clone()?;
        flow::apply(tx, &permit, &order, &calendar)?;
        let settle = |standing| rows::settle(tx, &permit, order.case, (standing, actor.at()));
        standing.map_or(Ok(()), settle)
    })
}

/// A refusal of a step that this office does not know.
pub fn no_such_step() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "watches.no_such_step", "没有这样的办理步骤")
}
