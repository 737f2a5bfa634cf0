//! What this office holds on somebody, for their own copy (个人信息保护法 art. 45).

use std::sync::Arc;

use access::Account;
use base::Outcome;
use flow::{CaseHead, Command};
use frame::form::Form;
use frame::{Hall, Later};
use serde_json::{Value, json};
use store::Reader;

use crate::acts::draft::open_json;
use crate::acts::look_up::{forms_of, version_of};
use crate::rules;
use crate::store as rows;
use crate::terms::{Application, CASE_FILES, Draft, sealed};

/// Cases that are read at a time.
const PAGE: i64 = 200;

/// Applications with what was entered, their files by name, their steps; drafts, those too that the person fills in for
/// others, without what these entered.
pub fn own(reader: &Reader<'_>, hall: &Hall, account: &Account) -> Outcome<Value> {
    let id = account.id.to_string();
    let (mut cases, mut after) = (Vec::new(), None);
    loop {
        let page = flow::mine(reader, &id, after.as_ref(), PAGE)?;
        let own: Vec<CaseHead> =
            page.rows.into_iter().filter(|case| case.office == "approvals").collect();
        let applications = rows::applications(reader, &own)?;
        for case in &own {
            cases.push(told(reader, hall, case, applications.get(&case.id))?);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let drafts = rows::open_drafts(reader, account.id)?;
    let drafts = drafts.iter().map(|draft| of_draft(hall, draft)).collect::<Outcome<Vec<_>>>()?;
    let for_others = rows::drafts_for_others(reader, account.id)?;
    let for_others = for_others
        .iter()
        .map(|draft| json!({ "item": draft.item_name, "updated_at": draft.updated_at.iso() }));
    Ok(json!({
        "cases": cases, "drafts": drafts, "drafts_for_others": for_others.collect::<Vec<_>>(),
    }))
}

fn told(
    reader: &Reader<'_>,
    hall: &Hall,
    case: &CaseHead,
    application: Option<&Application>,
) -> Outcome<Value> {
    let (entries, sources): (Value, Value) = match application.filter(|_| case.erased.is_none()) {
        Some(one) => (
            open_json(&hall.keys, sealed::FORM, &one.form_sealed)?,
            open_json(&hall.keys, sealed::SOURCES, &one.sources_sealed)?,
        ),
        None => (Value::Null, Value::Null),
    };
    let email = application.and_then(|one| one.email_sealed.as_deref());
    let email = email.and_then(|sealed| hall.keys.unseal(sealed::EMAIL, sealed).ok());
    let files = vault::files_of(reader, CASE_FILES, &case.id.to_string())?;
    let files = files.iter().map(|file| json!({ "name": file.name, "size": file.size }));
    let steps = flow::events_of(reader, case.id)?;
    let steps = steps.iter().filter(|event| rules::is_public_step(&event.command)).map(|event| {
        json!({
            "at": event.at.iso(), "step": Command::title_of(&event.command), "post": event.post,
            "receipt": event.act.to_string(),
        })
    });
    let cancelled = rows::cancelled(reader, case.id)?.map(|one| {
        json!({
            "at": one.at.iso(), "certificate": one.certificate, "certificate_no": one.certificate_no,
            "ground": one.ground, "reason": one.reason, "receipt": one.act.to_string(),
        })
    });
    Ok(json!({
        "no": case.no, "item": case.item_name, "item_code": case.item_code,
        "item_version": application.map(|one| one.item_version), "organ": case.organ_name,
        "channel": if case.channel == "counter" { "窗口" } else { "网上" }, "received_at": case.received_at.iso(),
        "applicant": case.applicant_name, "state": case.public_title,
        "erased": case.erased.as_deref().map(base::erased_words),
        "entries": entries, "sources": sources,
        "email": email.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()),
        "files": files.collect::<Vec<_>>(), "steps": steps.collect::<Vec<_>>(),
        "cancelled": cancelled,
    }))
}

fn of_draft(hall: &Hall, draft: &Draft) -> Outcome<Value> {
    let entries: Value = open_json(&hall.keys, sealed::DRAFT, &draft.form_sealed)?;
    Ok(json!({
        "item": draft.item_name, "item_code": draft.item_code, "item_version": draft.item_version,
        "updated_at": draft.updated_at.iso(), "entries": entries,
    }))
}

/// The same with the entries in words: the labels of the items' forms, which another office keeps, and the values as
/// pages say them.
pub fn own_worded(hall: Arc<Hall>, mut told: Value) -> Later<Value> {
    Box::pin(async move {
        let filed = |one: &Value| {
            let version = one.get("item_version").and_then(Value::as_i64)?;
            Some(version_of(one.get("item_code").and_then(Value::as_str)?, version))
        };
        let all = ["cases", "drafts"].map(|kind| told.get(kind).and_then(Value::as_array).cloned());
        let versions: Vec<_> = all.iter().flatten().flatten().filter_map(filed).collect();
        let forms = forms_of(&hall, versions).await?;
        for kind in ["cases", "drafts"] {
            for one in told.get_mut(kind).and_then(Value::as_array_mut).into_iter().flatten() {
                let form = filed(one).and_then(|filed| forms.get(&filed));
                let answers = answers(form, one);
                if let Value::Object(one) = one {
                    one.insert("answers".into(), answers);
                }
            }
        }
        Ok(told)
    })
}

/// The entries of a case or a draft in words, each with where it was taken from.
fn answers(form: Option<&Form>, one: &Value) -> Value {
    let said = |value: &Value, name: &str| value.get(name).cloned().unwrap_or_default();
    let (entries, sources) = (said(one, "entries"), said(one, "sources"));
    let all = rules::worded(form, &entries).into_iter().map(|entry| {
        let source = sources.get(&entry.name).and_then(|source| source.get("from"));
        json!({ "question": entry.question, "answer": entry.answer, "from": source })
    });
    all.collect()
}
