//! Holding lists against what is known, some lines at a time, and opening a case for each that is found. Done twice, or in
//! another order, it finds the same once.

use std::collections::HashMap;
use std::sync::Arc;

use access::Permit;
use base::{CitizenNumber, Day, Fault, Id, Moment, Outcome};
use clock::{Limit, Limits};
use flow::{Command, NewCase, Order};
use frame::Hall;
use ledger::jobs::{self, Lane};
use serde_json::{Value, json};
use store::{Reader, Tx};

use crate::rules;
use crate::store::{self as rows, Known, Paid};
use crate::terms::{
    FACTS, FLOW, Facts, HOLD, Hit, Kind, Load, OFFICE, Other, PayList, Standing, Watch,
};

/// The job that holds the running watches against a file.
pub const HOLD_JOB: &str = "watches.hold";
/// The job that withdraws what a file had brought that does not count any more.
pub const WITHDRAW_JOB: &str = "watches.withdraw";
/// So many lines are held at once: few enough that the transaction holds nobody up.
const AT_ONCE: i64 = 100;
/// So many hits are withdrawn at once: an act each.
const WITHDRAWN_AT_ONCE: i64 = 50;
/// A file that nobody went on writing for so long was interrupted.
const ABANDONED_SECONDS: i64 = 24 * 3_600;
/// Lines of such a file that are removed at once.
const DROPPED_AT_ONCE: i64 = 1_000;

/// What came together.
pub(super) struct Found<'d> {
    /// The mark of whom it concerns.
    pub(super) mark: [u8; 32],
    /// Their citizen number.
    pub(super) number: &'d str,
    /// The line.
    pub(super) paid: &'d Paid,
    /// What it was held against.
    pub(super) against: Against<'d>,
}

/// What a line was held against.
pub(super) enum Against<'d> {
    /// A death: its day, and the act that told of it.
    Death(Day, &'d str),
    /// Another line of the same number.
    Line(&'d Paid),
}

impl Against<'_> {
    fn kind(&self) -> Kind {
        match self {
            Against::Death(..) => Kind::DiedOnList,
            Against::Line(_) => Kind::TwoNames,
        }
    }

    /// By what the same is found once; nothing where it is no hit.
    fn cause(&self, paid: &Paid) -> Option<String> {
        match self {
            Against::Death(died, _) => {
                rules::is_paid_after(paid.until, *died).then(|| rules::cause_of_death(*died))
            }
            Against::Line(other) => rules::are_other_names(&paid.name, &other.name)
                .then(|| rules::CAUSE_OF_NAMES.to_owned()),
        }
    }
}

/// Lets the files that count be held, of a list or of all.
pub(super) fn enqueue_all(tx: &Tx<'_>, list: Option<Id<PayList>>, now: Moment) -> Outcome<()> {
    rows::counting(tx, list)?.iter().try_for_each(|load| enqueue(tx, HOLD_JOB, load.id, now))
}

/// Lets one file be held, or what it brought be withdrawn.
pub(super) fn enqueue(tx: &Tx<'_>, job: &str, load: Id<Load>, now: Moment) -> Outcome<()> {
    jobs::enqueue(tx, Lane::Long, job, &json!({ "load": load.to_string() }), now)
}

fn load_of(body: &Value) -> Result<Id<Load>, Fault> {
    let load = body.get("load").and_then(Value::as_str).unwrap_or_default();
    load.parse().map_err(|_| Fault::said("the file of a job is none"))
}

/// Holds the running watches against a file.
pub async fn hold(hall: Arc<Hall>, body: Value, _now: Moment) -> Outcome<()> {
    let (load, mut after) = (load_of(&body)?, 0);
    loop {
        let (city, now) = (hall.clone(), hall.now());
        let held = hall
            .write(move |tx| {
                let lines = rows::paid_of(tx, load, (after, AT_ONCE))?;
                let permit = access::clockwork(HOLD);
                let Some(last) = lines.last() else {
                    if let Some(known) = rows::load(tx, load)? {
                        rows::note_load_held(tx, &permit, load)?;
                        rows::note_held(tx, &permit, &known.list.to_string(), now)?;
                    }
                    return Ok(None);
                };
                hold_lines(tx, &city, &permit, &lines, now)?;
                Ok(Some(last.line))
            })
            .await?;
        match held {
            Some(line) => after = line,
            None => return Ok(()),
        }
    }
}

/// Holds some lines against what is known of deaths, and against one another.
fn hold_lines(
    tx: &Tx<'_>,
    hall: &Hall,
    permit: &Permit,
    lines: &[Paid],
    now: Moment,
) -> Outcome<()> {
    let keys = &hall.keys;
    let mut people = Vec::with_capacity(lines.len());
    for paid in lines {
        let number = paid.number(keys)?;
        let mark = keys.mark(access::NUMBER, number.as_bytes());
        people.push((number, mark, keys.covers(&mark)));
    }
    let forms: Vec<[Vec<u8>; 2]> = people.iter().map(|(_, _, forms)| forms.clone()).collect();
    let (of_dead, of_names) =
        (rows::running(tx, Kind::DiedOnList)?, rows::running(tx, Kind::TwoNames)?);
    let deaths = match of_dead.is_empty() {
        true => HashMap::new(),
        false => rows::deaths_of(tx, &forms)?,
    };
    let others = match of_names.is_empty() {
        true => Vec::new(),
        false => rows::paid_to_all(tx, &forms)?,
    };
    let mut known = rows::known_of(tx, &forms)?;
    for (paid, (number, mark, forms)) in lines.iter().zip(&people) {
        let of = |against| Found { mark: *mark, number, paid, against };
        if let Some((died, told)) = forms.iter().find_map(|form| deaths.get(form)) {
            let found = of(Against::Death(*died, told));
            open_hits(tx, hall, permit, (&of_dead, &mut known), &found, now)?;
        }
        for other in others.iter().filter(|other| other.is_of(forms)) {
            let found = of(Against::Line(other));
            open_hits(tx, hall, permit, (&of_names, &mut known), &found, now)?;
        }
    }
    Ok(())
}

/// Opens a hit of each watch that looks there, unless it was found before.
pub(super) fn open_hits(
    tx: &Tx<'_>,
    hall: &Hall,
    permit: &Permit,
    (watches, known): (&[Watch], &mut Vec<Known>),
    found: &Found<'_>,
    now: Moment,
) -> Outcome<()> {
    let (paid, kind) = (found.paid, found.against.kind());
    let Some(cause) = found.against.cause(paid) else { return Ok(()) };
    let (list, forms) = (paid.list.id.to_string(), hall.keys.covers(&found.mark));
    for watch in watches.iter().filter(|one| rules::looks_at(&one.rule, kind, &list)) {
        let one = Known {
            blind: hall.keys.cover(&found.mark),
            watch: watch.id.to_string(),
            list: list.clone(),
            cause: cause.clone(),
        };
        let is_same = |other: &Known| {
            forms.contains(&other.blind)
                && (&other.watch, &other.list, &other.cause) == (&one.watch, &one.list, &one.cause)
        };
        if known.iter().any(is_same) {
            continue;
        }
        open_hit(tx, hall, permit, (watch, found, &cause), now)?;
        known.push(one);
    }
    Ok(())
}

fn open_hit(
    tx: &Tx<'_>,
    hall: &Hall,
    permit: &Permit,
    (watch, found, cause): (&Watch, &Found<'_>, &str),
    now: Moment,
) -> Outcome<()> {
    let (paid, rule) = (found.paid, &watch.rule);
    let organ = rule.organ.as_deref().unwrap_or(&paid.list.organ);
    let new = NewCase {
        item_code: watch.id.to_string(),
        item_name: rule.name.clone(),
        title: format!("“{}”名单：{}", paid.list.name, rule.kind.title()),
        organ: standing_organ(tx, organ, now.day())?,
        applicant_name: "比对监测".into(),
        limits: Limits {
            legal: Some(Limit::working(rule.days)),
            promised: None,
            basis: rule.ground.clone(),
        },
        ..NewCase::new(now, OFFICE, FLOW, "watch")
    };
    let filed = flow::open_case(tx, permit, &new, &hall.calendar)?;
    let facts = facts(found);
    let hit = Hit {
        case: filed.case.id,
        no: filed.case.no,
        watch: watch.id,
        version: watch.version,
        kind: rule.kind,
        list: paid.list.id.to_string(),
        load: paid.load.clone(),
        line: paid.line,
        other: match found.against {
            Against::Death(..) => String::new(),
            Against::Line(other) => other.load.clone(),
        },
        facts_sealed: sealed(hall, &facts)?,
        cause: cause.to_owned(),
        standing: Standing::Open,
        due: filed.case.due,
        at: now,
        taken_back: None,
    };
    rows::put_hit(tx, permit, &hit, hall.keys.cover(&found.mark))
}

fn facts(found: &Found<'_>) -> Facts {
    let paid = found.paid;
    let facts = Facts {
        number: found.number.to_owned(),
        name: paid.name.clone(),
        pays: paid.pays.clone(),
        since: paid.since,
        until: paid.until,
        list: paid.list.name.clone(),
        organ: paid.list.organ_name.clone(),
        file: paid.file.clone(),
        ..Facts::default()
    };
    match found.against {
        Against::Death(died, told) => Facts { died: Some(died), told: told.to_owned(), ..facts },
        Against::Line(other) => {
            let other = Other {
                name: other.name.clone(),
                pays: other.pays.clone(),
                list: other.list.name.clone(),
                organ: other.list.organ_name.clone(),
                file: other.file.clone(),
                line: other.line,
            };
            Facts { other: Some(other), ..facts }
        }
    }
}

/// What was found, sealed.
pub(super) fn sealed(hall: &Hall, facts: &Facts) -> Outcome<Vec<u8>> {
    let plain = serde_json::to_vec(facts).map_err(Fault::from)?;
    Ok(hall.keys.seal(FACTS, &plain))
}

/// The organ, or the first above it that stands: what is found in the data of one that has ended is not lost.
fn standing_organ(reader: &Reader<'_>, id: &str, today: Day) -> Outcome<String> {
    let mut id = id.to_owned();
    loop {
        let organ = access::organ_by_id(reader, &id)?
            .ok_or_else(|| Fault::said("the organ of a list is not known"))?;
        match organ.parent {
            Some(parent) if organ.until.is_some_and(|until| until <= today) => id = parent,
            _ => return Ok(organ.id),
        }
    }
}

/// Closes a hit whose cause is gone before anybody has decided.
pub(super) fn withdraw_hit(
    tx: &Tx<'_>,
    hall: &Hall,
    permit: &Permit,
    (hit, reason): (&Hit, &str),
    now: Moment,
) -> Outcome<()> {
    let command = Command::Withdraw { reason: reason.to_owned() };
    flow::apply(tx, permit, &Order::new(now, OFFICE, hit.case, command), &hall.calendar)?;
    rows::settle(tx, permit, hit.case, Standing::Withdrawn)
}

/// Withdraws what was found in a file that does not count any more, some at a time.
pub async fn withdraw(hall: Arc<Hall>, body: Value, _now: Moment) -> Outcome<()> {
    let load = load_of(&body)?;
    loop {
        let (city, now) = (hall.clone(), hall.now());
        let more = hall
            .write(move |tx| {
                let permit = access::clockwork(HOLD);
                let hits = rows::open_of_load(tx, &load.to_string(), WITHDRAWN_AT_ONCE)?;
                for hit in &hits {
                    let reason = "上传的名单已经撤销，线索没有了来源";
                    withdraw_hit(tx, &city, &permit, (hit, reason), now)?;
                }
                // What stands on the file before it as well is found there: only once nothing is open here any more.
                if let Some(known) = rows::load(tx, load)?.filter(|_| hits.is_empty()) {
                    enqueue_all(tx, Some(known.list), now)?;
                }
                Ok(!hits.is_empty())
            })
            .await?;
        if !more {
            return Ok(());
        }
    }
}

/// Once a day all that counts is held anew, so that nothing that was missed stays so.
pub async fn round(hall: Arc<Hall>, _body: Value, now: Moment) -> Outcome<()> {
    hall.store.write(move |tx| enqueue_all(tx, None, now)).await?;
    hall.bell.notify_one();
    Ok(())
}

/// Removes what interrupted uploads left behind.
pub async fn sweep(hall: Arc<Hall>, _body: Value, now: Moment) -> Outcome<()> {
    let before = now.plus_seconds(-ABANDONED_SECONDS);
    while let Some(load) = hall.store.read(move |r| rows::abandoned(r, before)).await? {
        let some =
            move |tx: &Tx<'_>| rows::drop_some(tx, &access::clockwork(HOLD), load, DROPPED_AT_ONCE);
        while hall.store.write(some).await? {}
    }
    Ok(())
}

/// The mark under which people are found by their number.
pub(super) fn mark_of(hall: &Hall, number: &CitizenNumber) -> [u8; 32] {
    hall.keys.mark(access::NUMBER, number.as_str().as_bytes())
}
