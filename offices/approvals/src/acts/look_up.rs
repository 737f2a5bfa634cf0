//! Looking a case up: by its own applicant, by anyone with number and query code, by the posts
//! that handle it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ::store::Reader;
use access::{Allowed, Mandate, Over, Power, authorise};
use base::{Outcome, RefusalKind};
use flow::{CaseHead, CaseNumber, Event};
use frame::form::Form;
use frame::{Cx, Hall, not_found};
use ledger::Who;
use powers_contract::{FORMS_MAX, FormsOf, ItemVersion, Material};
use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::acts::draft::open_json;
use crate::acts::submit::code_mac;
use crate::acts::{agency, window};
use crate::rules;
use crate::store::{self, CameBy};
use crate::terms::cancelled::Cancelled;
use crate::terms::{Application, CASE_FILES, QueryCode, RECEIVE, SEE, Sources, sealed};

/// Wrong codes in an hour that lock the look-up of one case.
const CODE_FAILURES_MAX: i64 = 5;
const CODE_WINDOW_SECONDS: i64 = 3_600;
/// How much longer each wrong look-up makes the next one from the same address wait.
const SLOWER_MS: u64 = 500;
const SLOWEST_MS: u64 = 8_000;

/// A case as a page shows it.
pub struct Seen {
    /// The case.
    pub case: CaseHead,
    /// What happened to it.
    pub events: Vec<Event>,
    /// What was applied for.
    pub application: Application,
    /// The files.
    pub files: Vec<vault::FileInfo>,
    /// Where to turn against a refusal, as it was decided, with the periods of the law.
    pub remedy: Option<String>,
    /// By which mandate it is seen, if by who acts for the applicant.
    pub by: Option<Mandate>,
    /// The mandates by which anybody has acted for the applicant: the first is the one it was filed by, if it was.
    pub mandates: Vec<Mandate>,
    /// At which steps an agent came to a window, by the act of the step.
    pub came: Vec<CameBy>,
    /// How the permit was cancelled that was issued by it, if it was.
    pub cancelled: Option<Cancelled>,
}

impl Seen {
    fn load(reader: &Reader<'_>, no: &str) -> Outcome<Option<Self>> {
        let Some(no) = CaseNumber::parse(no) else { return Ok(None) };
        let Some(case) = flow::case_by_no(reader, &no.to_string())? else { return Ok(None) };
        let Some(application) = store::application(reader, case.id)? else { return Ok(None) };
        let events = flow::events_of(reader, case.id)?;
        let files = vault::files_of(reader, CASE_FILES, &case.id.to_string())?;
        let remedy = match rules::remedy_told(&events) {
            Some(remedy) => {
                let by = flow::definition(reader, &case.definition, case.definition_version)?;
                Some(by.remedy_words(&remedy))
            }
            None => None,
        };
        let came = store::agents_of(reader, case.id)?;
        let mandates = window::mandates_of_case(reader, &application, &came)?;
        let cancelled = store::cancelled(reader, case.id)?;
        let by = None;
        Ok(Some(Self { case, events, application, files, remedy, by, mandates, came, cancelled }))
    }

    /// The entries in clear, and where fetched ones came from.
    pub fn entries(&self, keys: &seal::Keys) -> Outcome<(Value, Sources)> {
        Ok((
            open_json(keys, sealed::FORM, &self.application.form_sealed)?,
            open_json(keys, sealed::SOURCES, &self.application.sources_sealed)?,
        ))
    }

    /// The agent who came to a window for this step.
    pub fn agent_at(&self, step: &Event) -> Option<&Mandate> {
        let (_, id) = self.came.iter().find(|(act, _)| *act == step.act)?;
        self.mandates.iter().find(|one| one.id == *id)
    }

    /// The mandate that it was filed by.
    pub fn filed_by(&self) -> Option<&Mandate> {
        self.mandates.iter().find(|one| Some(one.id) == self.application.mandate)
    }

    /// The query code in clear.
    pub fn code(&self, keys: &seal::Keys) -> Outcome<String> {
        open_json(keys, sealed::CODE, &self.application.code_sealed)
    }
}

/// What an agent reads on the page of a case.
const PAGE: &str = "申请填写的内容和办理经过";

/// The case for its own applicant, signed in, or for who may look it up for them by a mandate.
pub async fn own_case(cx: &Cx, no: &str) -> Outcome<Seen> {
    own_case_to(cx, no, Power::LookUp, PAGE).await
}

/// The same, for what a mandate must name. What an agent reads is on record before it is shown, and the applicant
/// reads it among the looks at their data.
pub async fn own_case_to(cx: &Cx, no: &str, power: Power, what: &str) -> Outcome<Seen> {
    let seen = own_case_unread(cx, no, power).await?;
    if let Some(by) = &seen.by {
        agency::read_on_record(cx, &seen.case, by, what).await?;
    }
    Ok(seen)
}

/// The same, to do something with it and to show nothing of it.
pub async fn own_case_unread(cx: &Cx, no: &str, power: Power) -> Outcome<Seen> {
    let (no, account) = (no.to_owned(), cx.signed_in()?.account);
    let today = cx.now().day();
    cx.read(move |r| {
        let missing = || not_found("这个办件");
        let mut seen = Seen::load(r, &no)?.ok_or_else(missing)?;
        if seen.case.applicant_account.as_deref() != Some(account.to_string().as_str()) {
            let of = (&seen.case, &seen.application);
            let mandate = agency::mandate_over(r, account, of, power, today)?;
            seen.by = Some(mandate.ok_or_else(missing)?);
        }
        Ok(Loaded(std::sync::Mutex::new(Some(seen))))
    })
    .await?
    .take()
}

/// The case for somebody who handles or watches it.
pub async fn staff_case(cx: &Cx, no: &str) -> Outcome<Seen> {
    let (no, actor) = (no.to_owned(), cx.actor().clone());
    cx.read(move |r| {
        let seen = Seen::load(r, &no)?.ok_or_else(|| not_found("这个办件"))?;
        authorise(r, &actor, &SEE, Over::Organ(seen.case.organ.clone()))?;
        Ok(Loaded(std::sync::Mutex::new(Some(seen))))
    })
    .await?
    .take()
}

/// Whether who is signed in takes applications in at the organ of this case.
pub async fn takes_in(cx: &Cx, seen: &Seen) -> Outcome<bool> {
    let (actor, over) = (cx.actor().clone(), Over::Organ(seen.case.organ.clone()));
    let permits = cx.read(move |r| access::permits_over(r, &actor, &over)).await?;
    Ok(permits.iter().any(|permit| permit.permission() == RECEIVE.name))
}

/// Carries a value out of a read.
struct Loaded(std::sync::Mutex<Option<Seen>>);

impl Loaded {
    fn take(self) -> Outcome<Seen> {
        let inner = self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(inner.ok_or_else(|| not_found("这个办件"))?)
    }
}

/// The case for anyone with its number and query code. A wrong pair slows the address down; five
/// wrong codes in an hour lock the look-up of that case for an hour, there and not elsewhere: case numbers
/// follow each other, and nobody shall keep an applicant from the own case. A code is one of 2^50: whoever has
/// a million neighbourhoods guesses for thousands of years. Whether the number or the
/// code was wrong is not told.
pub async fn by_code(cx: &Cx, no: &str, code: &str) -> Outcome<Seen> {
    let now = cx.now();
    let from = format!("look-up {}", cx.neighbourhood());
    let number = CaseNumber::parse(no).map(|no| no.to_string());
    let lock = format!("case-code {} {}", number.as_deref().unwrap_or("?"), cx.neighbourhood());
    let counted = {
        let (from, lock, known) = (from.clone(), lock.clone(), number.is_some());
        // The count is what a look-up may write: it must stand whoever asks. It comes before the comparison, so
        // that of many at once no more are compared than may be.
        cx.hall().write(move |tx| {
            let slow = access::hit(tx, &from, i64::MAX, 600, now)?;
            let locked = match known {
                true => access::hit(tx, &lock, CODE_FAILURES_MAX, CODE_WINDOW_SECONDS, now)?,
                false => Allowed::Yes(1),
            };
            Ok((slow, locked))
        })
    };
    let (slow, locked) = counted.await?;
    if let Allowed::Yes(tries) = slow {
        let wait = SLOWER_MS.saturating_mul(tries.unsigned_abs().saturating_sub(1));
        tokio::time::sleep(Duration::from_millis(wait.min(SLOWEST_MS))).await;
    }
    if let Allowed::NotUntil(until) = locked {
        return Err(rules::locked(until).into());
    }
    let Some(number) = number else { return Err(rules::wrong_code().into()) };
    let seen = cx.read(move |r| Seen::load(r, &number)).await?;
    let keys = &cx.hall().keys;
    let right = |seen: &Seen| {
        QueryCode::typed(code).is_some_and(|code| {
            bool::from(
                code_mac(keys, &seen.case.no, &code).as_slice().ct_eq(&seen.application.code_mac),
            )
        })
    };
    let seen = seen.filter(right).ok_or_else(rules::wrong_code)?;
    cx.hall()
        .write(move |tx| {
            access::give_back(tx, &from, now)?;
            access::give_back(tx, &lock, now)
        })
        .await?;
    Ok(seen)
}

/// What an item asks for, as it stands now: for showing entries and files under their names.
#[derive(Default)]
pub struct Asked {
    /// The form. None where the item is gone: the entries' names are their labels then.
    pub form: Option<Form>,
    /// The materials. Empty where the item is gone.
    pub materials: Vec<Material>,
}

/// What the item of a case asks for, its form as it was filed. What a newer version demands beyond the one it was filed
/// under is not missing from it.
pub async fn asked_for(cx: &Cx, of: &Application) -> Outcome<Asked> {
    let filed = version_of(&of.item_code, of.item_version);
    let form = forms_of(cx.hall(), [filed.clone()]).await?.remove(&filed);
    match crate::acts::item_in_force(cx, &of.item_code).await {
        Ok(mut item) => {
            let same = item.version == of.item_version;
            item.materials.iter_mut().for_each(|material| material.required &= same);
            let form = form.or_else(|| Form::parse(&item.form).ok());
            Ok(Asked { form, materials: item.materials })
        }
        Err(base::Stop::Refused(refusal)) if refusal.kind == RefusalKind::NotFound => {
            Ok(Asked { form, materials: Vec::new() })
        }
        Err(stop) => Err(stop),
    }
}

/// The version of an item that an application was filed under.
pub fn version_of(code: &str, version: i64) -> ItemVersion {
    ItemVersion { code: code.to_owned(), version }
}

/// What these versions of items ask for: for the labels of entries. All of them in one question for every so many; one
/// that nobody knows has none.
pub async fn forms_of(
    hall: &Hall,
    versions: impl IntoIterator<Item = ItemVersion>,
) -> Outcome<BTreeMap<ItemVersion, Form>> {
    let versions: BTreeSet<ItemVersion> = versions.into_iter().collect();
    let versions: Vec<ItemVersion> = versions.into_iter().collect();
    let mut forms = BTreeMap::new();
    for some in versions.chunks(FORMS_MAX) {
        let question = FormsOf { versions: some.to_vec() };
        let who = Who::clockwork();
        let answer = hall.desk.ask("approvals", "apply", &who, &question, hall.now()).await?;
        let found = answer.value.unwrap_or_default().forms.into_iter();
        forms.extend(found.filter_map(|one| Some((one.of, Form::parse(&one.form).ok()?))));
    }
    Ok(forms)
}
