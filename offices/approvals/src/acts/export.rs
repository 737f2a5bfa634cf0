//! What can be taken out by an order of two people: cases, with who applied and what they entered.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use access::{Permission, Reach};
use ask::About;
use base::{FieldError, Outcome};
use flow::{CaseHead, CaseId, Organs, Scope};
use frame::form::Form;
use frame::{
    Export, ExportAsked, ExportColumn, ExportFilter, ExportFilterKind, ExportPage, ExportRow,
    ExportRows, Hall,
};
use powers_contract::ItemVersion;
use seal::Keys;
use serde_json::Value;
use store::Reader;

use crate::acts::draft::open_json;
use crate::acts::look_up::{forms_of, version_of};
use crate::rules;
use crate::store as rows;
use crate::terms::{Application, sealed};

/// Propose that cases are taken out of the house.
pub const EXPORT: Permission = Permission {
    name: "approvals.export",
    about: "提出导出办件",
    roles: &[("approver", Reach::Organ)],
};

const NUMBER: &str = "number";
const ENTRIES: &str = "entries";

const fn column(name: &'static str, title: &'static str) -> ExportColumn {
    ExportColumn { name, title, personal: false }
}

const fn personal(name: &'static str, title: &'static str) -> ExportColumn {
    ExportColumn { name, title, personal: true }
}

const fn filter(name: &'static str, title: &'static str, kind: ExportFilterKind) -> ExportFilter {
    ExportFilter { name, title, kind }
}

/// Cases of an organ or of the city, by the day of filing and by item.
pub const CASES: Export = Export {
    name: "approvals.cases",
    title: "办件",
    about: "一件一行：编号、事项、状态、日期，申请人和填写的内容。没有选证件号码的，填写的内容里也没有号码；已经依法删除的，内容是空的。",
    propose: &EXPORT,
    agree: None,
    of_organs: true,
    columns: &[
        column("no", "办件编号"),
        column("item", "事项"),
        column("organ", "办理机关"),
        column("channel", "怎么收到的"),
        column("received", "收到日期"),
        column("state", "状态"),
        column("decided", "决定日期"),
        personal("applicant", "申请人"),
        personal(NUMBER, "申请人的证件号码"),
        personal(ENTRIES, "填写的内容"),
    ],
    filters: &[
        filter("organ", "哪个机关的办件", ExportFilterKind::Organ),
        filter("item", "事项", ExportFilterKind::Item),
        filter("from", "从哪天起收到的", ExportFilterKind::Day),
        filter("until", "到哪天为止收到的", ExportFilterKind::Day),
    ],
    check,
    rows: ExportRows::Table(|hall, asked, after, limit| Box::pin(page(hall, asked, after, limit))),
};

fn check(_reader: &Reader<'_>, asked: &ExportAsked) -> Outcome<Vec<FieldError>> {
    let mut wrong = asked.days().err().unwrap_or_default();
    let item = asked.said("item");
    if !item.is_empty() && !item.chars().all(|letter| letter.is_ascii_digit()) {
        let message = "没有叫这个名称的事项，请从列出的名称里选，或者填写事项编码".into();
        wrong.push(FieldError { field: "item".into(), message });
    }
    Ok(wrong)
}

/// A page of cases: the closed ones first, then those that are still open.
async fn page(
    hall: Arc<Hall>,
    asked: ExportAsked,
    after: Option<String>,
    limit: i64,
) -> Outcome<ExportPage> {
    let wanted = asked.clone();
    let (cases, next) =
        hall.store.read(move |r| found(r, &wanted, after.as_deref(), limit)).await?;
    let listed = asked.columns.iter().any(|column| column == ENTRIES);
    let of_cases = cases.clone();
    let applications = hall.store.read(move |r| rows::applications(r, &of_cases)).await?;
    let filed = applications.values().filter(|_| listed);
    let filed = filed.map(|one| version_of(&one.item_code, one.item_version));
    let forms = forms_of(&hall, filed).await?;
    let keys = hall.keys.clone();
    let known = Known { applications, forms };
    let rows = hall.store.read(move |r| table(r, &keys, (&asked, &known), &cases)).await?;
    Ok(ExportPage { rows, next })
}

/// The cases of a page, and where the next one begins.
fn found(
    reader: &Reader<'_>,
    asked: &ExportAsked,
    after: Option<&str>,
    limit: i64,
) -> Outcome<(Vec<CaseHead>, Option<String>)> {
    let Ok(days) = asked.days() else { return Ok((Vec::new(), None)) };
    let (open, after) = match after.and_then(|place| place.split_once('-')) {
        Some((open, id)) => (open == "open", id.parse::<CaseId>().ok()),
        None => (false, None),
    };
    let said = |name: &str| Some(asked.said(name).to_owned()).filter(|text| !text.is_empty());
    let scope = Scope {
        organs: said("organ").map_or(Organs::City, |organ| Organs::These(vec![organ])),
        office: Some("approvals".into()),
        item: said("item"),
        ..Scope::city()
    };
    let cases = flow::filed_between(reader, &scope, days, open, (after, limit))?;
    let full = i64::try_from(cases.len()).is_ok_and(|count| count >= limit);
    let next = match cases.last() {
        Some(last) if full => Some(format!("{}-{}", if open { "open" } else { "closed" }, last.id)),
        _ if !open => Some(format!("open-{}", CaseId::from_bits(0))),
        _ => None,
    };
    Ok((cases, next))
}

/// What was filed with the cases of a page, and the forms that it was filed in.
struct Known {
    applications: HashMap<CaseId, Application>,
    forms: BTreeMap<ItemVersion, Form>,
}

fn table(
    reader: &Reader<'_>,
    keys: &Keys,
    (asked, known): (&ExportAsked, &Known),
    cases: &[CaseHead],
) -> Outcome<Vec<ExportRow>> {
    let accounts: Vec<String> =
        cases.iter().filter_map(|case| case.applicant_account.clone()).collect();
    let accounts = access::accounts_in(reader, &accounts)?;
    let numbers = accounts.iter().map(|one| (one.id.to_string(), one.number(keys)));
    let numbers: HashMap<String, Option<String>> = numbers.collect();
    cases
        .iter()
        .map(|case| {
            let application = known.applications.get(&case.id);
            let filed = application.map(|one| version_of(&one.item_code, one.item_version));
            let form = filed.and_then(|filed| known.forms.get(&filed));
            let own = case.applicant_account.as_ref().and_then(|id| numbers.get(id)?.clone());
            row(keys, (asked, form), case, application, own)
        })
        .collect()
}

fn row(
    keys: &Keys,
    (asked, form): (&ExportAsked, Option<&Form>),
    case: &CaseHead,
    application: Option<&Application>,
    own: Option<String>,
) -> Outcome<ExportRow> {
    // What was erased by law stays erased, in files too.
    let entries = match application.filter(|_| case.erased.is_none()) {
        Some(application) => open_json(keys, sealed::FORM, &application.form_sealed)?,
        None => Value::Null,
    };
    let numbers = asked.columns.iter().any(|column| column == NUMBER);
    let number = rules::entry(&entries, "applicant_number").to_owned();
    let day = |day: Option<base::Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let cells = asked.columns.iter().map(|column| match column.as_str() {
        "no" => case.no.clone(),
        "item" => case.item_name.clone(),
        "organ" => case.organ_name.clone(),
        "channel" => if case.channel == "counter" { "窗口" } else { "网上" }.to_owned(),
        "received" => case.received_on.to_string(),
        "state" => case.state_title.clone(),
        "decided" => day(case.decided_on),
        "applicant" => case.applicant_name.clone(),
        NUMBER => number.clone(),
        ENTRIES => listed(form, &entries, numbers),
        _ => String::new(),
    });
    let firm = application.map(|one| one.firm_code.clone()).filter(|code| !code.is_empty());
    let typed = Some(number.clone()).filter(|number| !number.is_empty());
    let people = [own.map(About::Person), typed.map(About::Person), firm.map(About::Entity)];
    Ok(ExportRow { cells: cells.collect(), people: people.into_iter().flatten().collect() })
}

/// Entries in one cell: label and value, one after another; no citizen number unless its column was chosen.
fn listed(form: Option<&Form>, entries: &Value, numbers: bool) -> String {
    let all = rules::worded(form, entries).into_iter().filter(|one| numbers || !one.is_number);
    let said = all.map(|one| format!("{}：{}", one.question, one.answer));
    said.collect::<Vec<_>>().join("；")
}
