//! What was found, from whichever side. A case is opened for it, once: by a watch, in a place, of somebody, by a cause.

use access::{Organ, Permit};
use approvals_contract::Permit as Licence;
use base::{CitizenNumber, Day, Fault, Moment, Outcome};
use clock::{Limit, Limits};
use flow::{Command, NewCase, Order};
use frame::Hall;
use ledger::Act;
use serde_json::json;
use store::{Reader, Tx};

use crate::rules;
use crate::store::{self as rows, Known, Paid};
use crate::terms::{
    EndedFirm, FACTS, FIRM, FLOW, FOUND, Facts, Hit, Kind, OFFICE, Other, OtherPerson, PermitFacts,
    Standing, Watch,
};

/// Where another person stands than before.
const REGISTER: &str = "population";

/// What came together.
pub(super) struct Found {
    kind: Kind,
    /// The mark of whom it concerns.
    mark: [u8; 32],
    /// The list, or the case of the permit.
    place: String,
    /// What the case is called.
    title: String,
    /// Whose business it is where the watch names nobody.
    organ: String,
    /// The file of the line, or the case of the permit.
    load: String,
    line: i64,
    /// The file of the other line.
    other: String,
    /// When what it stands in came; nothing where it does not come again.
    came: Option<Moment>,
    cause: String,
    facts: Facts,
}

impl Found {
    /// Somebody stands on a line that is paid after their death; nothing where it had ended before.
    pub(super) fn died(
        paid: &Paid,
        (number, mark): (&str, [u8; 32]),
        (died, told): (Day, &str),
    ) -> Option<Self> {
        let facts = Facts { died: Some(died), told: told.to_owned(), ..of_line(paid, number) };
        let cause = rules::cause_of_death(died);
        let found = Self::on_line(Kind::DiedOnList, (paid, mark), cause, facts);
        rules::is_paid_after(paid.until, died).then_some(found)
    }

    /// The number of a line stands elsewhere under another name; nothing where the names are the same.
    pub(super) fn named_otherwise(
        paid: &Paid,
        (number, mark): (&str, [u8; 32]),
        other: &Paid,
    ) -> Option<Self> {
        if !rules::are_other_names(&paid.name, &other.name) {
            return None;
        }
        let there = Other {
            name: other.name.clone(),
            pays: other.pays.clone(),
            list: other.list.name.clone(),
            organ: other.list.organ_name.clone(),
            file: other.file.clone(),
            line: other.line,
        };
        let facts = Facts { other: Some(there), ..of_line(paid, number) };
        let cause = rules::CAUSE_OF_NAMES.to_owned();
        let found = Self::on_line(Kind::TwoNames, (paid, mark), cause, facts);
        Some(Self { other: other.load.clone(), ..found })
    }

    fn on_line(kind: Kind, (paid, mark): (&Paid, [u8; 32]), cause: String, facts: Facts) -> Self {
        Self {
            kind,
            mark,
            place: paid.list.id.to_string(),
            title: format!("“{}”名单：{}", paid.list.name, kind.title()),
            organ: paid.list.organ.clone(),
            load: paid.load.clone(),
            line: paid.line,
            other: String::new(),
            came: Some(paid.came),
            cause,
            facts,
        }
    }

    /// Another person stands under a number than before. Who they are is not asked here.
    pub(super) fn another(
        reader: &Reader<'_>,
        other: &OtherPerson,
        mark: [u8; 32],
        today: Day,
    ) -> Outcome<Self> {
        let kind = Kind::TwoPeople;
        let organ = source_organ(reader, &other.organ, today)?;
        Ok(Self {
            kind,
            mark,
            place: REGISTER.into(),
            title: format!("人口登记：{}", kind.title()),
            organ: organ.id,
            load: other.row.split('/').next().unwrap_or_default().to_owned(),
            line: 0,
            other: String::new(),
            came: None,
            cause: rules::cause_of_person(other.since),
            facts: Facts {
                organ: organ.name,
                told: other.act.clone(),
                row: other.row.clone(),
                ..Facts::default()
            },
        })
    }

    /// A firm that has ended holds a permit.
    pub(super) fn permitted(hall: &Hall, firm: &EndedFirm, licence: &Licence) -> Self {
        let kind = Kind::EndedFirm;
        let permit = PermitFacts {
            no: licence.no.clone(),
            item: licence.item.clone(),
            certificate: licence.certificate.clone(),
            number: licence.number.clone(),
            issued: licence.issued,
            until: licence.until,
        };
        Self {
            kind,
            mark: mark_of_firm(hall, &firm.code),
            place: licence.case.clone(),
            title: format!("“{}”：{}", licence.certificate, kind.title()),
            organ: licence.organ.clone(),
            load: licence.case.clone(),
            line: 0,
            other: String::new(),
            came: None,
            cause: rules::cause_of_end(&firm.status),
            facts: Facts {
                number: firm.code.clone(),
                name: licence.holder.clone(),
                organ: licence.organ_name.clone(),
                told: firm.act.clone(),
                status: firm.status.clone(),
                ended: firm.ended,
                permit: Some(permit),
                ..Facts::default()
            },
        }
    }
}

fn of_line(paid: &Paid, number: &str) -> Facts {
    Facts {
        number: number.to_owned(),
        name: paid.name.clone(),
        pays: paid.pays.clone(),
        since: paid.since,
        until: paid.until,
        list: paid.list.name.clone(),
        organ: paid.list.organ_name.clone(),
        file: paid.file.clone(),
        ..Facts::default()
    }
}

/// Opens a hit of each watch that looks there, unless it was found before. What was confirmed before this came is found
/// again, and the new hit names the earlier one.
pub(super) fn open_hits(
    tx: &Tx<'_>,
    hall: &Hall,
    permit: &Permit,
    (watches, known): (&[Watch], &mut Vec<Known>),
    found: &Found,
    now: Moment,
) -> Outcome<()> {
    let forms = hall.keys.covers(&found.mark);
    for watch in watches.iter().filter(|one| rules::looks_at(&one.rule, found.kind, &found.place)) {
        let id = watch.id.to_string();
        let is_same = |one: &&Known| {
            forms.contains(&one.blind)
                && (&one.watch, &one.list, &one.cause) == (&id, &found.place, &found.cause)
        };
        let same: Vec<&Known> = known.iter().filter(is_same).collect();
        if same.iter().any(|one| !rules::is_found_again(one.confirmed, found.came)) {
            continue;
        }
        let earlier = same.iter().max_by_key(|one| one.confirmed).map(|one| one.no.clone());
        let no = open_hit(tx, hall, permit, (watch, found, earlier), now)?;
        known.push(Known {
            blind: hall.keys.cover(&found.mark),
            watch: id,
            list: found.place.clone(),
            cause: found.cause.clone(),
            no,
            confirmed: None,
        });
    }
    Ok(())
}

fn open_hit(
    tx: &Tx<'_>,
    hall: &Hall,
    permit: &Permit,
    (watch, found, earlier): (&Watch, &Found, Option<String>),
    now: Moment,
) -> Outcome<String> {
    let rule = &watch.rule;
    let organ = rule.organ.as_deref().unwrap_or(&found.organ);
    let new = NewCase {
        item_code: watch.id.to_string(),
        item_name: rule.name.clone(),
        title: found.title.clone(),
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
    let hit = Hit {
        case: filed.case.id,
        no: filed.case.no,
        watch: watch.id,
        version: watch.version,
        kind: rule.kind,
        list: found.place.clone(),
        load: found.load.clone(),
        line: found.line,
        other: found.other.clone(),
        facts_sealed: sealed(hall, &Facts { earlier, ..found.facts.clone() })?,
        cause: found.cause.clone(),
        standing: Standing::Open,
        due: filed.case.due,
        at: now,
        taken_back: None,
    };
    rows::put_hit(tx, permit, &hit, hall.keys.cover(&found.mark))?;
    if let Some(question) = rule.kind.asked_by() {
        let act = Act::new(now, FOUND, flow::SUBJECT, hit.case);
        let act = act.authority(rule.ground.clone()).content(json!({ "kind": question }));
        ledger::record(tx, permit.who(), &act)?;
    }
    Ok(hit.no)
}

/// What was found, sealed.
pub(super) fn sealed(hall: &Hall, facts: &Facts) -> Outcome<Vec<u8>> {
    let plain = serde_json::to_vec(facts).map_err(Fault::from)?;
    Ok(hall.keys.seal(FACTS, &plain))
}

/// What was found; nothing once it was erased.
pub(super) fn opened(hall: &Hall, hit: &Hit) -> Outcome<Facts> {
    let plain = hall.keys.unseal(FACTS, &hit.facts_sealed).map_err(Fault::from)?;
    match plain.is_empty() {
        true => Ok(Facts::default()),
        false => Ok(serde_json::from_slice(&plain).map_err(Fault::from)?),
    }
}

/// The organ, or the first above it that stands: what is found in the data of one that has ended is not lost.
fn standing_organ(reader: &Reader<'_>, id: &str, today: Day) -> Outcome<String> {
    let mut id = id.to_owned();
    loop {
        let organ = access::organ_by_id(reader, &id)?
            .ok_or_else(|| Fault::said("the organ of what was found is not known"))?;
        match organ.parent {
            Some(parent) if organ.until.is_some_and(|until| until <= today) => id = parent,
            _ => return Ok(organ.id),
        }
    }
}

/// The organ of who brought a load of a register, or the first of the city where nobody's did.
fn source_organ(reader: &Reader<'_>, id: &str, today: Day) -> Outcome<Organ> {
    if let Some(organ) = access::organ_by_id(reader, id)? {
        return Ok(organ);
    }
    let first = |organ: &Organ| organ.parent.is_none() && organ.stands(today);
    let found = access::organs(reader)?.into_iter().find(first);
    Ok(found.ok_or_else(|| Fault::said("a city has no organ above the others"))?)
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
    rows::settle(tx, permit, hit.case, (Standing::Withdrawn, now))
}

/// What is the cause of nothing any more.
pub(super) struct Gone<'a> {
    /// The mark of whom it concerns.
    pub(super) mark: &'a [u8; 32],
    /// What the hits look for.
    pub(super) kind: Kind,
    /// Which causes; all that there were where none are named.
    pub(super) causes: Option<&'a [String]>,
    /// Why.
    pub(super) reason: &'a str,
}

/// The cause of a kind of hits on somebody is gone: what is open is withdrawn; what was decided says so, since somebody may
/// have lost what is theirs.
pub(super) fn cause_gone(
    tx: &Tx<'_>,
    hall: &Hall,
    permit: &Permit,
    gone: &Gone<'_>,
    now: Moment,
) -> Outcome<()> {
    let Gone { mark, kind, causes, reason } = *gone;
    let hits = rows::hits_on(tx, hall.keys.covers(mark))?;
    let is_of =
        |hit: &Hit| hit.kind == kind && causes.is_none_or(|causes| causes.contains(&hit.cause));
    for hit in hits.into_iter().filter(is_of) {
        match hit.standing {
            Standing::Open => withdraw_hit(tx, hall, permit, (&hit, reason), now)?,
            Standing::Confirmed if hit.taken_back.is_none() => {
                rows::note_taken_back(tx, permit, hit.case, now)?;
            }
            Standing::Confirmed | Standing::NotSo | Standing::Withdrawn => {}
        }
    }
    Ok(())
}

/// The mark under which people are found by their number.
pub(super) fn mark_of(hall: &Hall, number: &CitizenNumber) -> [u8; 32] {
    hall.keys.mark(access::NUMBER, number.as_str().as_bytes())
}

/// The mark under which a firm is found among what was found.
pub(super) fn mark_of_firm(hall: &Hall, code: &str) -> [u8; 32] {
    hall.keys.mark(FIRM, code.as_bytes())
}
