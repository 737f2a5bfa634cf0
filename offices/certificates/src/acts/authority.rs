//! The built-in authority: proposed with its key, founded by a second person; what it issues and revokes.

use ::store::{Reader, Tx};
use access::{Account, Kind as AccountKind, Permit, Proposed};
use base::{Fault, FieldError, Id, Moment, Outcome, Refusal};
use data_encoding::HEXLOWER;
use frame::{ActCx, Cx, not_found};
use seal::cert::Reason;
use seal::cert::{Authority, CertError, Certificate, Issue, MACHINES, Request, Serial, Subject};
use seal::{Keys, PublicKey, SigningKey, sm3};
use serde_json::json;
use zeroize::Zeroizing;

use super::{proposals, rule};
use crate::rules::{self, check_count, check_name, check_reason, wrong};
use crate::store;
use crate::terms::{AUTHORITY_KEY, Issued, Kind, Proposal, Purpose, Root, Rule, Wish};

/// A fault of our own making: what was built here does not hold together.
pub(super) fn fault(why: CertError) -> Fault {
    Fault::said(why.to_string())
}

/// How the authority shall be called, as typed.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub organization: String,
    /// For how many years.
    pub years: String,
    /// Why.
    pub reason: String,
}

/// Proposes the authority. Its key is made now, sealed, so that the second person agrees to the very
/// certificate that will stand.
pub async fn propose_founding(cx: &ActCx, named: &Named) -> Outcome<Id<Proposal>> {
    let (now, rule) = (cx.now(), rule(cx.now().day())?);
    let mut errors: Vec<FieldError> = Vec::new();
    errors.extend(check_name("name", &named.name));
    errors.extend(check_name("organization", &named.organization));
    errors.extend(check_reason(&named.reason));
    let years = check_count("years", &named.years, rule.root_years_max);
    errors.extend(years.as_ref().err().cloned());
    rules::mended(errors)?;
    let root = made(cx, named, years.unwrap_or(1))?;
    let wish =
        Wish::Found { authority: root.id.to_string(), fingerprint: root.fingerprint.clone() };
    let title = format!("设立内置证书机构“{}”", root.name);
    let name = root.name.clone();
    let new = proposal(now, &rule, (wish, "authority".into()), (title, &named.reason));
    proposals::propose(cx, new, move |tx, permit| {
        rules::may_found(&name, &store::roots(tx, now)?, now)?;
        store::put_root(tx, permit, &root)
    })
    .await
}

fn made(cx: &Cx, named: &Named, years: i64) -> Outcome<Root> {
    let (key, span) = (SigningKey::generate(), (cx.now(), years));
    founded(&cx.hall().keys, (&named.name, &named.organization), key, span)
}

/// The authority of this name and organ over a key, from now on for so many years.
pub(crate) fn founded(
    keys: &Keys,
    (name, organization): (&str, &str),
    key: SigningKey,
    (now, years): (Moment, i64),
) -> Outcome<Root> {
    let subject = Subject {
        common_name: name.trim().to_owned(),
        organization: Some(organization.trim().to_owned()),
        unit: Some(MACHINES.to_owned()),
    };
    let until = rules::years_on(now, years);
    let unfit = |why: CertError| -> Refusal {
        rules::mended(vec![wrong("name", why.to_string())])
            .err()
            .unwrap_or_else(|| not_found("名称"))
    };
    let pem = key.to_pem().map_err(Fault::from)?;
    let founded = Authority::found(&subject, key, Serial::mint(), now, until).map_err(unfit)?;
    let certificate = founded.certificate();
    let fingerprint = access::fingerprint_of(certificate);
    Ok(Root {
        place: fingerprint.chars().take(16).collect(),
        ends: None,
        id: Id::mint(now),
        name: subject.common_name.clone(),
        organization: organization.trim().to_owned(),
        certificate: certificate.der().to_vec(),
        fingerprint,
        secret_sealed: Some(keys.seal(AUTHORITY_KEY, pem.as_bytes())),
        from: now,
        until,
        list_number: 0,
        listed: None,
    })
}

pub(super) fn proposal(
    now: Moment,
    rule: &Rule,
    (wish, subject): (Wish, String),
    (title, reason): (String, &str),
) -> Proposal {
    Proposal {
        id: Id::mint(now),
        wish,
        subject,
        title,
        reason: reason.trim().to_owned(),
        proposed: Proposed::unsigned(now, now.day().plus(rule.proposal_days)),
    }
}

/// The authority as it signs.
pub(super) fn opened(keys: &Keys, root: &Root) -> Result<Authority, Fault> {
    let none = || Fault::said("the authority has no key");
    let sealed = root.secret_sealed.as_ref().ok_or_else(none)?;
    let pem = Zeroizing::new(keys.unseal(AUTHORITY_KEY, sealed).map_err(Fault::from)?);
    let text = std::str::from_utf8(&pem).map_err(Fault::from)?;
    let key = SigningKey::from_pem(text).map_err(Fault::from)?;
    let certificate = Certificate::read(&root.certificate).map_err(fault)?;
    Authority::of(key, certificate).map_err(fault)
}

/// What is asked of the authority, as typed.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The request, PEM or DER.
    pub request: Vec<u8>,
    /// The machine's name.
    pub name: String,
    /// What kind of thing.
    pub kind: String,
    /// For what.
    pub purpose: String,
    /// For how many days.
    pub days: String,
    /// Who answers for it, by login; whoever proposes where nothing is said.
    pub keeper: String,
    /// Why.
    pub reason: String,
}

/// Who answers for a machine.
struct Keeper {
    account: String,
    name: String,
}

/// What was read of what somebody asks.
pub struct Checked {
    /// The name in the request.
    pub asked_name: String,
    /// SM3 over the key's point, in hexadecimal.
    pub key_mark: String,
    key: PublicKey,
    of: Kind,
    purpose: Purpose,
    days: i64,
    keeper: Keeper,
}

impl Checked {
    /// Who will answer for the machine.
    pub fn keeper_name(&self) -> &str {
        &self.keeper.name
    }
}

/// Reads what somebody asks; everything wrong is told at once.
pub async fn check_request(cx: &Cx, asked: &Asked) -> Outcome<Checked> {
    let request = match asked.request.is_empty() {
        true => Err(wrong("request", "请粘贴证书申请，或者选择文件")),
        false => Request::read(&asked.request).map_err(|why| wrong("request", why.to_string())),
    };
    let mut errors: Vec<FieldError> = request.as_ref().err().cloned().into_iter().collect();
    let rest = rest_of(cx, asked, &mut errors).await?;
    rules::mended(errors)?;
    let (Ok(request), Some((of, purpose, days, keeper))) = (request, rest) else {
        return Err(not_found("这份申请").into());
    };
    Ok(Checked {
        asked_name: request.subject().chars().take(200).collect(),
        key_mark: mark_of(request.key()),
        key: request.key().clone(),
        of,
        purpose,
        days,
        keeper,
    })
}

type Rest = (Kind, Purpose, i64, Keeper);

/// All of a form but the request.
async fn rest_of(cx: &Cx, asked: &Asked, errors: &mut Vec<FieldError>) -> Outcome<Option<Rest>> {
    let rule = rule(cx.now().day())?;
    errors.extend(check_name("name", &asked.name));
    errors.extend(check_reason(&asked.reason));
    let of = Kind::parse(&asked.kind);
    if of.is_none() {
        errors.push(wrong("kind", "请选择给什么用"));
    }
    let purpose = Purpose::parse(&asked.purpose);
    if purpose.is_none() {
        errors.push(wrong("purpose", "请选择用途"));
    }
    let days = check_count("days", &asked.days, rule.device_days_max);
    errors.extend(days.as_ref().err().cloned());
    let (keeper, organs) = people(cx, &asked.keeper).await?;
    match &keeper {
        None => errors.push(wrong("keeper", "没有这个在用的人员账户，请填写用户名")),
        Some(keeper) => {
            let people = [keeper.name.as_str()];
            errors.extend(rules::check_not_of_people(&asked.name, &organs, &people));
        }
    }
    let whole = of.zip(purpose).zip(days.ok()).zip(keeper);
    Ok(whole.map(|(((of, purpose), days), keeper)| (of, purpose, days, keeper)))
}

/// Who answers for the machine, and the names of all organs.
async fn people(cx: &Cx, login: &str) -> Outcome<(Option<Keeper>, Vec<String>)> {
    let own = cx.signed_in()?.login.clone();
    let login = match login.trim() {
        "" => own,
        typed => typed.to_lowercase(),
    };
    cx.read(move |r| {
        let account = access::account_by_login(r, &login)?;
        let account =
            account.filter(|found| found.kind == AccountKind::Staff && found.state == "active");
        let organs = organ_names(r)?;
        let keeper =
            account.map(|found| Keeper { account: found.id.to_string(), name: found.name });
        Ok((keeper, organs))
    })
    .await
}

fn organ_names(reader: &Reader<'_>) -> Outcome<Vec<String>> {
    let organs = access::organs(reader)?.into_iter();
    Ok(organs.flat_map(|organ| [organ.name, organ.short_name]).collect())
}

fn mark_of(key: &PublicKey) -> String {
    HEXLOWER.encode(&sm3(&[&key.to_bytes()]))
}

/// Proposes to issue a certificate to a machine.
pub async fn propose_issue(cx: &ActCx, asked: &Asked) -> Outcome<Id<Proposal>> {
    let checked = check_request(cx, asked).await?;
    put_issue(cx, asked, checked, None).await
}

/// Proposes to issue a certificate in the place of another: over the same key where no request is handed in.
pub async fn propose_renewal(cx: &ActCx, before: &Issued, asked: &Asked) -> Outcome<Id<Proposal>> {
    let keeper = keeper_of(cx, before, &asked.keeper).await?;
    let asked = Asked {
        keeper,
        name: before.name.clone(),
        kind: before.kind.as_str().into(),
        purpose: before.purpose.as_str().into(),
        ..asked.clone()
    };
    if !asked.request.is_empty() {
        let checked = check_request(cx, &asked).await?;
        return put_issue(cx, &asked, checked, Some(before)).await;
    }
    let mut errors = Vec::new();
    let rest = rest_of(cx, &asked, &mut errors).await?;
    rules::mended(errors)?;
    let Some((of, purpose, days, keeper)) = rest else {
        return Err(not_found("这张证书").into());
    };
    let certificate = Certificate::read(&before.certificate).map_err(fault)?;
    let key = certificate.key().clone();
    let key_mark = mark_of(&key);
    let asked_name = certificate.subject();
    let checked = Checked { asked_name, key_mark, key, of, purpose, days, keeper };
    put_issue(cx, &asked, checked, Some(before)).await
}

/// Who answers for a machine from now on, by login: who did before where nothing is said.
async fn keeper_of(cx: &Cx, before: &Issued, typed: &str) -> Outcome<String> {
    let Ok(id) = before.keeper.parse::<Id<Account>>() else { return Ok(typed.to_owned()) };
    if !typed.trim().is_empty() {
        return Ok(typed.to_owned());
    }
    let account = cx.read(move |r| access::account_by_id(r, id)).await?;
    let account = account.filter(|account| account.state == "active");
    Ok(account.map(|account| account.login).unwrap_or_default())
}

async fn put_issue(
    cx: &ActCx,
    asked: &Asked,
    checked: Checked,
    before: Option<&Issued>,
) -> Outcome<Id<Proposal>> {
    let (now, rule) = (cx.now(), rule(cx.now().day())?);
    let Checked { asked_name, key_mark, key, of, purpose, days, keeper } = checked;
    let (name, renews) = (asked.name.trim().to_owned(), before.map(|one| one.serial.clone()));
    let title = rules::issue_title(&name, of, purpose, before.is_some());
    let wish = Wish::Issue {
        name: name.clone(),
        of,
        purpose,
        days,
        key: key.to_hex(),
        asked_name,
        keeper: keeper.account,
        keeper_name: keeper.name,
        renews: renews.clone(),
    };
    let new = proposal(now, &rule, (wish, key_mark.clone()), (title, &asked.reason));
    proposals::propose(cx, new, move |tx, _| {
        let root = standing(tx, now)?;
        rules::span(&root, days, now)?;
        may_issue(tx, &key_mark, &name, renews.as_deref(), now)
    })
    .await
}

/// The authority that issues; refused where there is none.
pub(super) fn standing(reader: &Reader<'_>, now: Moment) -> Outcome<Root> {
    let none = || {
        Refusal::new(
            base::RefusalKind::Conflict,
            "certificates.no_authority",
            "没有可以签发的内置证书机构",
        )
        .remedy("请先提出设立，由另一位管理员同意")
    };
    Ok(store::standing(reader, now)?.ok_or_else(none)?)
}

fn may_issue(
    tx: &Tx<'_>,
    mark: &str,
    name: &str,
    renews: Option<&str>,
    now: Moment,
) -> Outcome<()> {
    rules::may_carry(&store::issued_by_key(tx, mark)?, name, renews)?;
    if let Some(serial) = renews {
        let before = store::issued_by_serial(tx, serial)?;
        rules::may_renew(&before.ok_or_else(|| not_found("这张证书"))?, now)?;
    }
    Ok(())
}

/// Proposes to revoke a certificate.
pub async fn propose_revocation(
    cx: &ActCx,
    serial: &str,
    why: &str,
    reason: &str,
) -> Outcome<Id<Proposal>> {
    let (now, rule) = (cx.now(), rule(cx.now().day())?);
    let known = why.trim().parse().ok().and_then(Reason::from_number);
    let known = known.filter(|reason| rules::REASONS.contains(reason));
    let mut errors: Vec<FieldError> = check_reason(reason).into_iter().collect();
    if known.is_none() {
        errors.push(wrong("why", "请选择吊销的原因"));
    }
    rules::mended(errors)?;
    let number = serial.to_owned();
    let found = cx.read(move |r| store::issued_by_serial(r, &number)).await?;
    let issued = found.ok_or_else(|| not_found("这张证书"))?;
    let why = known.unwrap_or(Reason::Unspecified);
    let title = format!("吊销{}的{}证书（{}）", issued.name, issued.purpose.title(), why.words());
    let wish = Wish::Revoke { serial: issued.serial.clone(), why: why.number() };
    let number = issued.serial.clone();
    let new = proposal(now, &rule, (wish, issued.serial), (title, reason));
    proposals::propose(cx, new, move |tx, _| {
        let issued = store::issued_by_serial(tx, &number)?;
        Ok(rules::may_change(&issued.ok_or_else(|| not_found("这张证书"))?, now)?)
    })
    .await
}

/// What was minted for a decision before its transaction, which may run twice.
pub(crate) struct Minted {
    pub(crate) id: Id<Issued>,
    pub(crate) serial: Serial,
    pub(crate) url: String,
}

impl Minted {
    pub(super) fn now(cx: &Cx) -> Self {
        let (id, other) = (Id::<Issued>::mint(cx.now()), Id::<Issued>::mint(cx.now()));
        // Ids repeat with the request that comes back signed, and so does the number.
        let serial = Serial::drawn(format!("{id}{other}").as_bytes());
        Self { id, serial, url: cx.hall().city.url.clone() }
    }
}

/// Issues what a proposal asks for; gives what goes into the act.
pub(crate) fn issue(
    tx: &Tx<'_>,
    permit: &Permit,
    keys: &Keys,
    wish: &Wish,
    minted: &Minted,
    now: Moment,
) -> Outcome<serde_json::Value> {
    let Wish::Issue { name, of, purpose, days, key, keeper, keeper_name, renews, .. } = wish else {
        return Err(not_found("这项提议").into());
    };
    let root = standing(tx, now)?;
    let key = PublicKey::from_hex(key).map_err(Fault::from)?;
    let mark = mark_of(&key);
    may_issue(tx, &mark, name, renews.as_deref(), now)?;
    // An organ may have been founded, or a person renamed, since it was proposed.
    if let Some(taken) = rules::check_not_of_people(name, &organ_names(tx)?, &[keeper_name]) {
        return Err(rules::taken_meanwhile(&taken.message).into());
    }
    let (from, until) = rules::span(&root, *days, now)?;
    let subject = Subject {
        common_name: name.clone(),
        organization: Some(root.organization.clone()),
        unit: Some(MACHINES.to_owned()),
    };
    let (list, ocsp) =
        (format!("{}{}", minted.url, root.path("crl")), format!("{}/ca/ocsp", minted.url));
    let certificate = opened(keys, &root)?
        .issue(&Issue {
            serial: minted.serial.clone(),
            subject: &subject,
            key: &key,
            profile: purpose.profile(),
            from,
            until,
            list: Some(&list),
            ocsp: Some(&ocsp),
        })
        .map_err(fault)?;
    let issued = Issued {
        id: minted.id,
        authority: root.id,
        serial: minted.serial.to_hex(),
        name: name.clone(),
        kind: *of,
        purpose: *purpose,
        certificate: certificate.der().to_vec(),
        key_mark: mark,
        from,
        until: certificate.until(),
        keeper: keeper.clone(),
        keeper_name: keeper_name.clone(),
        renews: renews.clone(),
        renewed_by: None,
        revoked: None,
        issued_at: now,
    };
    store::put_issued(tx, permit, &issued)?;
    Ok(json!({
        "serial": issued.serial, "name": name, "of": of.as_str(), "purpose": purpose.as_str(),
        "fingerprint": access::fingerprint_of(&certificate), "until": issued.until.millis(),
        "keeper": keeper, "renews": renews,
    }))
}
