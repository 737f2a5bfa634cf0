//! Submission: the whole application at once, once.

mod filing;

pub(crate) use filing::Filing;

use access::{Mandate, Over, account_by_id, authorise};
use base::{Id, Outcome};
use frame::form::Form;
use frame::{ActCx, not_found};
use powers_contract::Item;
use seal::Keys;
use serde_json::Value;

use crate::acts::agency::{self, Whose};
use crate::acts::draft::{
    Oneself, Opened, died_of, form_of, is_locked, known_of, open_json, permission_for, prefill,
    prefills,
};
use crate::acts::firm;
use crate::acts::window::{self, ToTakeIn};
use crate::rules;
use crate::store;
use crate::terms::{
    CASE_FILES, Channel, DRAFT_FILES, Draft, QueryCode, Sources, Submitted, sealed,
};

/// Submits a draft, whose check page showed the version `seen` of the item. Submitting it again gives the
/// same case.
pub async fn submit(cx: &ActCx, opened: Opened, seen: Option<i64>) -> Outcome<Submitted> {
    if let Some(no) = opened.draft.case_no.clone() {
        return again(cx, &no).await;
    }
    rules::offered(&opened.item)?;
    let whose = agency::whose_draft(cx, &opened.draft, &opened.item).await?;
    rules::same_version(opened.draft.item_version, seen, &opened.item)?;
    // What an older version asked and this one does not is not applied with.
    let (mut values, mut sources) = match opened.draft.item_version == opened.item.version {
        true => (opened.values, opened.sources),
        false => (opened.form.accept(&opened.values), opened.sources),
    };
    if !rules::fresh(&sources, cx.now()) {
        let of = (opened.draft.channel, &whose);
        refresh(cx, of, &opened.form, &mut values, &mut sources).await?;
    }
    firm::filed(cx, &opened.form, &mut values, &mut sources).await?;
    let attached: Vec<String> = opened.files.iter().map(|file| file.label.clone()).collect();
    rules::complete(opened.form.check(&values), &opened.item, &attached)?;
    let (filed, item) = ((&opened.item, opened.draft.channel), opened.item.clone());
    let mut filing = filing_for(cx, filed, &whose, &values, &sources).await?;
    let to_take_in = opened.at_window.as_ref().map(|at| ToTakeIn::mint(at, cx.now()));
    if let Some(mandate) = &to_take_in {
        // What an agent types is not where the query code of another goes.
        filing.application.mandate = Some(mandate.id);
        filing.email = mail_of_applicant(cx, &values).await?;
    }
    let number = rules::entry(&values, "applicant_number").to_owned();
    let code = whose.agency.is_none().then(|| filing.code.as_str().to_owned());
    let act = filing.case.act.id.to_string();
    let (draft, actor) = (opened.draft, cx.actor().clone());
    let (hall, account) = (cx.hall().clone(), cx.signed_in()?.account.to_string());
    let by_mandate = whose.agency.is_some();
    let no = cx
        .write(move |tx| {
            let stands = store::draft(tx, draft.id)?.ok_or_else(|| not_found("这份草稿"))?;
            if let Some(no) = &stands.case_no {
                return Ok(Err(no.clone()));
            }
            rules::may_change(&stands, &account, Some(draft.version))?;
            let over = match draft.channel {
                Channel::Online => Over::Account(account.clone()),
                Channel::Counter => Over::Organ(filing.case.organ.clone()),
            };
            if draft.channel == Channel::Online {
                level_of(tx, draft.account, &item)?;
            }
            let permit = match by_mandate {
                true => agency::over_draft(tx, &actor, &stands, Some(filing.firm_code()))?,
                false => authorise(tx, &actor, permission_for(draft.channel), over)?,
            };
            let no = filing.file(tx, &hall, &permit)?;
            if let Some(mandate) = &to_take_in {
                let case = flow::case_by_no(tx, &no)?.ok_or_else(|| not_found("这件申请"))?;
                let of = (&case, &filing.application, filing.case.act.id);
                mandate.take_in(tx, &hall, &permit, of, &number)?;
            }
            let (from, to) = (draft.id.to_string(), filing.case.id.to_string());
            vault::rehome(tx, (DRAFT_FILES, &from), (CASE_FILES, &to))?;
            store::close_draft(tx, &permit, draft.id, &no)?;
            Ok(Ok(no))
        })
        .await?;
    match no {
        Ok(no) => Ok(Submitted { no, code, act }),
        Err(no) => again(cx, &no).await,
    }
}

/// Where the letters go of an application that an agent has brought: to the account that has shown the number.
async fn mail_of_applicant(cx: &ActCx, values: &Value) -> Outcome<Option<String>> {
    let entry = |name: &str| rules::entry(values, name);
    window::mail_by_number(cx, entry("applicant_number"), entry("applicant_name")).await
}

/// Whether the account that applies has shown whose it is as far as the item demands, as it stands now.
fn level_of(
    reader: &::store::Reader<'_>,
    account: Id<access::Account>,
    item: &Item,
) -> Outcome<()> {
    if item.level.is_empty() || item.level == access::Level::Registered.as_str() {
        return Ok(());
    }
    let account = account_by_id(reader, account)?.ok_or_else(|| not_found("这个账户"))?;
    Ok(rules::level_reached(item, account.level())?)
}

/// The slip of a draft that was submitted before: the same number, code and act.
async fn again(cx: &ActCx, no: &str) -> Outcome<Submitted> {
    let number = no.to_owned();
    let found = cx
        .read(move |r| {
            let Some(case) = flow::case_by_no(r, &number)? else { return Ok(None) };
            Ok(store::application(r, case.id)?.map(|application| (case, application)))
        })
        .await?;
    let (case, application) = found.ok_or_else(|| not_found("这件申请"))?;
    let code: String = open_json(&cx.hall().keys, sealed::CODE, &application.code_sealed)?;
    let own = cx.signed_in()?.account.to_string();
    // The code of who applied by themselves, or by an agent, is for nobody else.
    let at_counter = case.is_from_counter() && application.mandate.is_none();
    let shown = at_counter || case.applicant_account.is_none_or(|applicant| applicant == own);
    let code = shown.then_some(code);
    Ok(Submitted { no: no.to_owned(), code, act: application.submitted_act })
}

/// Fetches again what has grown stale since the draft was begun.
async fn refresh(
    cx: &ActCx,
    (channel, whose): (Channel, &Whose),
    form: &Form,
    values: &mut Value,
    sources: &mut Sources,
) -> Outcome<()> {
    let known = match channel {
        Channel::Online => {
            let oneself = oneself(cx, whose.account).await?;
            known_of(cx, form, &oneself, whose.agency.as_ref()).await?
        }
        Channel::Counter => {
            let number = prefills(form).find(|(_, fact)| *fact == "person.number");
            let Some((field, _)) = number else { return Ok(()) };
            let number = rules::entry(values, field).to_owned();
            prefill(cx, form, &number, None).await?
        }
    };
    for (field, value) in known.values {
        if sources.contains_key(&field)
            && let Some(values) = values.as_object_mut()
        {
            values.insert(field, value);
        }
    }
    for (field, source) in known.sources {
        if sources.contains_key(&field) {
            sources.insert(field, source);
        }
    }
    Ok(())
}

/// An application as a program sends it, whole.
#[derive(Debug, Clone, Default)]
pub struct NewApplication {
    /// The item's local code or slug.
    pub item: String,
    /// The entries of its form.
    pub form: Value,
    /// The version of the item that they were made for; the one in force when it is not named.
    pub version: Option<i64>,
    /// Files by material key: name and bytes.
    pub materials: Vec<(String, String, Vec<u8>)>,
    /// Sent again with the same token, it is the same application: 26 characters of an id.
    pub token: Option<Id<Draft>>,
    /// By which mandate it is filed for who has given it.
    pub mandate: Option<Id<Mandate>>,
}

/// Files an application without a draft having been kept before: what programs do.
pub async fn apply(cx: &ActCx, new: NewApplication) -> Outcome<Submitted> {
    let item = crate::acts::item_in_force(cx, &new.item).await?;
    rules::offered(&item)?;
    let form = form_of(&item)?;
    let own = cx.signed_in()?.account;
    let whose = agency::whose(cx, &item, new.mandate).await?;
    agency::for_this_firm(&whose, &form)?;
    let account = whose.account;
    // Told before all that is missing, and asked again in the transaction.
    let demands = item.clone();
    cx.read(move |r| level_of(r, account, &demands)).await?;
    let token = new.token.unwrap_or_else(|| Id::mint(cx.now()));
    if new.token.is_some()
        && let Some(earlier) = cx.read(move |r| store::draft(r, token)).await?
    {
        rules::may_see(&earlier, own)?;
        if earlier.account != own {
            still_acts(cx, &earlier, new.mandate).await?;
        }
        if let Some(no) = earlier.case_no {
            return again(cx, &no).await;
        }
    }
    rules::same_version(new.version.unwrap_or(item.version), None, &item)?;
    let (mut values, mut sources) = entries(cx, &form, &new.form, &whose).await?;
    firm::filed(cx, &form, &mut values, &mut sources).await?;
    let attached: Vec<String> = new.materials.iter().map(|(key, ..)| key.clone()).collect();
    rules::known_materials(&item, &attached)?;
    rules::complete(form.check(&values), &item, &attached)?;
    let filing = filing_for(cx, (&item, Channel::Online), &whose, &values, &sources).await?;
    let code = whose.agency.is_none().then(|| filing.code.as_str().to_owned());
    let act = filing.case.act.id.to_string();
    let mut staged = Vec::new();
    for (key, name, bytes) in new.materials {
        let scope = filing.case.id.to_string();
        staged.push(cx.hall().vault.stage(CASE_FILES, &scope, &key, &name, bytes).await?);
    }
    let keep_token = new.token.is_some();
    let (actor, hall, now) = (cx.actor().clone(), cx.hall().clone(), cx.now());
    let no = cx
        .write(move |tx| {
            level_of(tx, account, &item)?;
            let permit = match &whose.agency {
                None => {
                    let over = Over::Account(account.to_string());
                    authorise(tx, &actor, permission_for(Channel::Online), over)?
                }
                Some(agency) => {
                    let item = (filing.case.item_code.as_str(), filing.case.item_name.as_str());
                    let (mandate, firm) = (agency.mandate.id, Some(filing.firm_code()));
                    agency::to_apply(tx, &actor, mandate, item, firm)?.0
                }
            };
            if keep_token && let Some(meanwhile) = store::draft(tx, token)? {
                rules::may_see(&meanwhile, own)?;
                if meanwhile.account != own && meanwhile.mandate != new.mandate {
                    return Err(not_found("这份草稿").into());
                }
                if let Some(no) = meanwhile.case_no {
                    return Ok(Err(no));
                }
            }
            let no = filing.file(tx, &hall, &permit)?;
            for file in &staged {
                vault::attach(tx, file, now)?;
            }
            if keep_token {
                store::put_draft(tx, &permit, &filing.as_draft(token, &whose, &no, now))?;
            }
            Ok(Ok(no))
        })
        .await?;
    match no {
        Ok(no) => Ok(Submitted { no, code, act }),
        Err(no) => again(cx, &no).await,
    }
}

/// Whether an agent may still know what has become of a draft of another's: by the mandate that it was filed by, as
/// that stands now.
async fn still_acts(cx: &ActCx, earlier: &Draft, by: Option<Id<Mandate>>) -> Outcome<()> {
    if earlier.mandate.is_none() || earlier.mandate != by {
        return Err(not_found("这份草稿").into());
    }
    let (actor, stands) = (cx.actor().clone(), earlier.clone());
    cx.read(move |r| agency::over_draft(r, &actor, &stands, None).map(|_| ())).await
}

/// The entries of a program, with what the city fetches itself laid over them.
async fn entries(
    cx: &ActCx,
    form: &Form,
    given: &Value,
    whose: &Whose,
) -> Outcome<(Value, Sources)> {
    let oneself = oneself(cx, whose.account).await?;
    let mut values = form.accept(given);
    let mut sources = Sources::new();
    if let Some(values) = values.as_object_mut() {
        let known = known_of(cx, form, &oneself, whose.agency.as_ref()).await?;
        for (field, value) in known.values {
            if is_locked(form, &field) || !values.contains_key(&field) {
                if let Some(source) = known.sources.get(&field) {
                    sources.insert(field.clone(), source.clone());
                }
                values.insert(field, value);
            }
        }
        let oneself = whose.agency.is_none().then_some(&oneself);
        firm::sent(cx, (form, oneself), values, &mut sources).await?;
    }
    Ok((values, sources))
}

async fn oneself(cx: &ActCx, account: Id<access::Account>) -> Outcome<Oneself> {
    let keys = cx.hall().keys.clone();
    cx.read(move |r| {
        let account = account_by_id(r, account)?.ok_or_else(|| not_found("这个账户"))?;
        Ok(Oneself::of(&account, &keys))
    })
    .await
}

/// The filing of the person who is signed in, or of the one for whom they act.
async fn filing_for(
    cx: &ActCx,
    (item, channel): (&Item, Channel),
    whose: &Whose,
    values: &Value,
    sources: &Sources,
) -> Outcome<Filing> {
    let applicant = (channel == Channel::Online).then_some(whose.account);
    let email = email_of(cx, channel, whose, values).await?;
    let filed = (item, channel);
    let mut filing = Filing::mint(cx.hall(), cx.now(), applicant, filed, (values, sources), email)?;
    let own = match channel {
        Channel::Online => Some(oneself(cx, whose.account).await?),
        Channel::Counter => None,
    };
    let number = rules::entry(values, "applicant_number");
    filing.application.died_on = died_of(cx, own.as_ref(), number).await?;
    if let Some(agency) = &whose.agency {
        filing.application.mandate = Some(agency.mandate.id);
        filing.agents_mail = agents_mail(cx, agency.agent).await?;
    }
    Ok(filing)
}

/// Where an agent is told what they have filed.
async fn agents_mail(cx: &ActCx, agent: Id<access::Account>) -> Outcome<Option<(String, String)>> {
    let keys = cx.hall().keys.clone();
    cx.read(move |r| {
        let account = account_by_id(r, agent)?;
        Ok(account.and_then(|found| Some((found.name.clone(), found.email(&keys)?))))
    })
    .await
}

/// The MAC by which a query code is compared.
pub(crate) fn code_mac(keys: &Keys, no: &str, code: &QueryCode) -> [u8; 32] {
    keys.mac("approvals.query_code", format!("{no} {}", code.as_str()).as_bytes())
}

/// Where letters go: the form's own address if it asks for one, else the account's. What an agent enters there is
/// not where the query code of another goes.
async fn email_of(
    cx: &ActCx,
    channel: Channel,
    whose: &Whose,
    values: &Value,
) -> Outcome<Option<String>> {
    let entered = rules::entry(values, "applicant_email");
    if !entered.is_empty() && whose.agency.is_none() {
        return Ok(Some(entered.to_owned()));
    }
    if channel == Channel::Counter {
        return Ok(None);
    }
    let (account, keys) = (whose.account, cx.hall().keys.clone());
    cx.read(move |r| Ok(account_by_id(r, account)?.and_then(|found| found.email(&keys)))).await
}
