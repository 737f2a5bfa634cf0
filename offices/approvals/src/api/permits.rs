//! What other offices are answered of the permits of firms: each from the case by which it was granted, so that those from
//! before there was this question are told like all others.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use approvals_contract::{
    FIRMS_MAX, Held, Holders, HoldersAmong, PAGE, Permit, PermitState, Permits, PermitsOf,
};
use base::{CreditCode, Day, Fault, Moment, Outcome};
use flow::{CaseHead, CaseId, Event, state};
use seal::Keys;
use serde::Deserialize;
use serde_json::Value;
use store::Reader;

use crate::acts::agency::FIRM_NAME;
use crate::acts::open_json;
use crate::rules;
use crate::store as rows;
use crate::terms::sealed;

/// So many cases are looked up at once.
const AT_ONCE: usize = 500;
/// The step by which a permit is made.
const ISSUE: &str = "issue";

/// Answers `approvals.permits_of`. Nothing is known by a code that is none.
pub(super) fn permits_of(
    reader: &Reader<'_>,
    keys: &Keys,
    question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = PermitsOf::deserialize(question).map_err(Fault::from)?;
    let Ok(firm) = CreditCode::parse(&question.firm) else { return Ok(None) };
    let on = question.on.unwrap_or(now.day());
    let mut found = rows::of_firm(reader, firm.as_str(), (&question.after, PAGE + 1))?;
    let size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|(case, _)| case.to_string());
    let ids: Vec<CaseId> = found.iter().map(|(case, _)| *case).collect();
    let issued = Issued::read(reader, &ids)?;
    let mut permits = Vec::new();
    for (case, form) in &found {
        let Some(permit) = issued.permit(*case, on) else { continue };
        let entries: Value = open_json(keys, sealed::FORM, form)?;
        let name = rules::entry(&entries, FIRM_NAME);
        let holder = if name.is_empty() { permit.holder } else { name.to_owned() };
        permits.push(Permit { holder, ..permit });
    }
    told(&Permits { permits: Some(permits), next })
}

/// Answers `approvals.holders`.
pub(super) fn holders(
    reader: &Reader<'_>,
    _keys: &Keys,
    question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let question = HoldersAmong::deserialize(question).map_err(Fault::from)?;
    let on = question.on.unwrap_or(now.day());
    let firms: Vec<String> = question.firms.into_iter().take(FIRMS_MAX).collect();
    let mut held: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for some in rows::of_firms(reader, &firms)?.chunks(AT_ONCE) {
        let ids: Vec<CaseId> = some.iter().map(|(case, _)| *case).collect();
        let issued = Issued::read(reader, &ids)?;
        for (case, firm) in some {
            let permit = issued.permit(*case, on);
            if permit.is_some_and(|permit| permit.state == PermitState::InForce) {
                held.entry(firm.clone()).or_default().push(case.to_string());
            }
        }
    }
    let held = held.into_iter().map(|(firm, cases)| Held { firm, cases }).collect();
    told(&Holders { held: Some(held) })
}

fn told(answer: &impl serde::Serialize) -> Outcome<Option<Arc<Value>>> {
    Ok(Some(Arc::new(serde_json::to_value(answer).map_err(Fault::from)?)))
}

/// Cases by which something was issued, and by which step.
struct Issued {
    cases: HashMap<CaseId, CaseHead>,
    steps: HashMap<CaseId, Event>,
    cancelled: HashMap<CaseId, Moment>,
}

impl Issued {
    fn read(reader: &Reader<'_>, ids: &[CaseId]) -> Outcome<Self> {
        let steps = flow::steps_of_cases(reader, ids, ISSUE)?;
        let issued: Vec<CaseId> = ids.iter().filter(|id| steps.contains_key(id)).copied().collect();
        let cases = flow::cases_by_ids(reader, &issued)?;
        let cases = cases.into_iter().map(|case| (case.id, case)).collect();
        let cancelled = rows::cancelled_among(reader, &issued)?.into_iter().collect();
        Ok(Self { cases, steps, cancelled })
    }

    /// The permit that was issued by a case, as it stood on a day; under the applicant's name.
    fn permit(&self, id: CaseId, on: Day) -> Option<Permit> {
        let (case, step) = (self.cases.get(&id)?, self.steps.get(&id)?);
        let said = |name: &str| step.said.get(name).and_then(Value::as_str).unwrap_or_default();
        let (issued, until) = (step.at.day(), said("valid_until").parse().ok());
        let cancelled = self.cancelled.get(&id).map(|at| at.day());
        let void_since = (case.state == state::VOID).then(|| case.state_since.day());
        Some(Permit {
            case: id.to_string(),
            no: case.no.clone(),
            item: case.item_name.clone(),
            certificate: said("certificate_name").to_owned(),
            number: said("certificate_no").to_owned(),
            holder: case.applicant_name.clone(),
            organ: case.organ.clone(),
            organ_name: case.organ_name.clone(),
            issued,
            until,
            state: rules::state_on((issued, until), (void_since, cancelled), on)?,
        })
    }
}
