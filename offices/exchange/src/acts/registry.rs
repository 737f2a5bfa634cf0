//! Gateways are registered by two people, stopped by one at once, and let in again by two; so are the certificates of the
//! centre's own keys.

use ::store::{Reader, Tx};
use access::{Actor, Over, Permit, Proposals, Proposed, ProposedState, authorise};
use base::{Fault, FieldError, Id, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::{BASE64, HEXLOWER};
use frame::{ActCx, Cx, not_found};
use ledger::Act;
use seal::SigningKey;
use seal::cert::{CertError, Certificate, Purpose, Request, Subject};
use serde_json::{Value, json};

use super::centre::private;
use super::{authorities, rule};
use crate::rules::{check_pair, check_reason, check_registration, mended, wrong};
use crate::store::{self, PROPOSALS};
use crate::terms::{
    CENTRE, CERTIFIED, CentreKeys, CentreRow, DECIDE, Former, Proposal, REGISTERED, RESUMED,
    Registration, SEALING_KEY, SIGNING_KEY, STOPPED, State, Wish, queue_of,
};

/// What an act of this office is about, where it is a proposal.
const SUBJECT: &str = "exchange_proposal";

/// What a form of a gateway sends.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Entered {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Ids of organs, a line each.
    pub organs: String,
    /// Kinds of data, a line each.
    pub kinds: String,
    /// The certificate for signing, PEM.
    pub sign_certificate: String,
    /// The certificate for being sealed to, PEM.
    pub seal_certificate: String,
    /// Why.
    pub reason: String,
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.split(['\n', '\r', ' ', ',', '，', '、']).map(str::trim);
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn read(field: &str, text: &str) -> Result<Certificate, FieldError> {
    if text.trim().is_empty() {
        return Err(wrong(field, "请粘贴证书（PEM）"));
    }
    Certificate::read(text.trim().as_bytes()).map_err(|why| wrong(field, why.to_string()))
}

/// Both certificates, held against the city's authorities as they stand.
async fn pair(
    cx: &Cx,
    name: &str,
    (signing, sealing): (&str, &str),
    errors: &mut Vec<FieldError>,
) -> Outcome<Option<(Certificate, Certificate)>> {
    let (signing, sealing) =
        match (read("sign_certificate", signing), read("seal_certificate", sealing)) {
            (Ok(signing), Ok(sealing)) => (signing, sealing),
            (signing, sealing) => {
                errors.extend(signing.err().into_iter().chain(sealing.err()));
                return Ok(None);
            }
        };
    errors.extend(check_pair(name, &signing, &sealing));
    let trust = authorities(cx.hall()).await?.trust;
    for (field, one, purpose) in [
        ("sign_certificate", &signing, Purpose::Signature),
        ("seal_certificate", &sealing, Purpose::Encipherment),
    ] {
        if let Err(why) = trust.check(one, purpose, cx.now()) {
            errors.push(wrong(field, why.to_string()));
        }
    }
    Ok(Some((signing, sealing)))
}

/// Proposes to register a gateway, or to register it anew with other certificates, organs or kinds.
pub async fn propose_registering(cx: &ActCx, entered: &Entered) -> Outcome<Id<Proposal>> {
    let name = entered.name.trim().to_owned();
    let mut new = Registration {
        title: entered.title.trim().to_owned(),
        organs: lines(&entered.organs),
        organ_names: Vec::new(),
        kinds: lines(&entered.kinds),
        signing: String::new(),
        sealing: String::new(),
        until: 0,
        name,
    };
    let mut errors = check_registration(&new);
    errors.extend(check_reason(&entered.reason));
    let ids = new.organs.clone();
    let organs = cx
        .read(move |r| ids.iter().map(|id| access::organ_by_id(r, id)).collect::<Outcome<Vec<_>>>())
        .await?;
    for (id, organ) in new.organs.iter().zip(&organs) {
        match organ.as_ref().filter(|organ| organ.until.is_none()) {
            Some(organ) => new.organ_names.push(organ.name.clone()),
            None => errors.push(wrong("organs", format!("没有编号是“{id}”的在用机关"))),
        }
    }
    let certificates = (&*entered.sign_certificate, &*entered.seal_certificate);
    let pair = pair(cx, &new.name, certificates, &mut errors).await?;
    mended(errors)?;
    let Some((signing, sealing)) = pair else { return Err(not_found("这张证书").into()) };
    (new.signing, new.sealing) = (BASE64.encode(signing.der()), BASE64.encode(sealing.der()));
    new.until = signing.until().min(sealing.until()).millis();
    let title = format!("登记网关“{}”（{}）", new.title, new.name);
    let subject = format!("gateway:{}", new.name);
    let looked = new.clone();
    propose(cx, (subject, title), Wish::Register(new), &entered.reason, move |tx| {
        may_register(tx, &looked)
    })
    .await
}

/// Whether a gateway may be registered as the rows stand.
fn may_register(reader: &Reader<'_>, new: &Registration) -> Outcome<()> {
    let conflict = |code, words: String| Refusal::new(RefusalKind::Conflict, code, words);
    let known = store::gateway(reader, &new.name)?;
    if known.is_some_and(|known| known.state == State::Revoked) {
        let words = format!("“{}”已经停用，名称不再使用", new.name);
        return Err(conflict("exchange.name_gone", words).into());
    }
    for organ in &new.organs {
        let by = store::gateway_of(reader, organ)?;
        if let Some(other) = by.filter(|by| *by != new.name) {
            let words = format!("机关“{organ}”已经由网关“{other}”代表");
            return Err(conflict("exchange.organ_taken", words).into());
        }
    }
    Ok(())
}

/// Proposes to let a suspended gateway in again.
pub async fn propose_resuming(cx: &ActCx, gateway: &str, reason: &str) -> Outcome<Id<Proposal>> {
    mended(check_reason(reason).into_iter().collect())?;
    let (name, title) = (gateway.to_owned(), format!("恢复网关“{gateway}”"));
    let wish = Wish::Resume { gateway: name.clone() };
    propose(cx, (format!("gateway:{gateway}"), title), wish, reason, move |tx| {
        may_resume(tx, &name)
    })
    .await
}

fn may_resume(reader: &Reader<'_>, name: &str) -> Outcome<()> {
    let known = store::gateway(reader, name)?.ok_or_else(|| not_found("这个网关"))?;
    match known.state {
        State::Suspended => Ok(()),
        _ => {
            let words = "只有暂停的网关可以恢复";
            Err(Refusal::new(RefusalKind::Conflict, "exchange.not_suspended", words).into())
        }
    }
}

/// Makes keys for the centre, sealed, for which certificates are asked.
pub async fn make_centre_keys(cx: &ActCx) -> Outcome<()> {
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let sealed = |context: &str| -> Outcome<Vec<u8>> {
        let pem = SigningKey::generate().to_pem().map_err(Fault::from)?;
        Ok(keys.seal(context, pem.as_bytes()))
    };
    let row = CentreRow {
        id: Id::mint(now),
        signing_sealed: sealed(SIGNING_KEY)?,
        sealing_sealed: sealed(SEALING_KEY)?,
        signing: None,
        sealing: None,
        made_at: now,
        certified_at: None,
    };
    let act = Act::new(now, "exchange.centre_keys_made", "exchange_centre", row.id);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DECIDE, Over::City)?;
        store::put_centre(tx, &permit, &row)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// The requests of certificates for the newest keys of the centre: for signing and for being sealed to, PEM.
pub async fn centre_requests(cx: &Cx) -> Outcome<Option<(Id<CentreKeys>, [String; 2])>> {
    let rows = cx.read(store::centre_keys).await?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let fault = |why: CertError| Fault::said(why.to_string());
    let subject = Subject::named(CENTRE);
    let [signing, sealing] = private(&cx.hall().keys, &row)?;
    let request = |key: &SigningKey| -> Outcome<String> {
        Ok(Request::make(&subject, key).and_then(|made| made.to_pem()).map_err(fault)?)
    };
    Ok(Some((row.id, [request(&signing)?, request(&sealing)?])))
}

/// Proposes that the newest keys of the centre serve with these certificates.
pub async fn propose_certifying(cx: &ActCx, entered: &Entered) -> Outcome<Id<Proposal>> {
    let mut errors: Vec<FieldError> = check_reason(&entered.reason).into_iter().collect();
    let certificates = (&*entered.sign_certificate, &*entered.seal_certificate);
    let pair = pair(cx, CENTRE, certificates, &mut errors).await?;
    let rows = cx.read(store::centre_keys).await?;
    let row = rows.into_iter().next().ok_or_else(|| not_found("交换中心的密钥"))?;
    if let Some((signing, sealing)) = &pair {
        let own = private(&cx.hall().keys, &row)?;
        for (field, key, one) in
            [("sign_certificate", &own[..1], signing), ("seal_certificate", &own[1..], sealing)]
        {
            if !key.iter().any(|key| key.public() == *one.key()) {
                errors.push(wrong(field, "这张证书不是给交换中心当前密钥签发的"));
            }
        }
    }
    mended(errors)?;
    let Some((signing, sealing)) = pair else { return Err(not_found("这张证书").into()) };
    let wish = Wish::Certify {
        keys: row.id.to_string(),
        signing: BASE64.encode(signing.der()),
        sealing: BASE64.encode(sealing.der()),
    };
    let words = ("centre".to_owned(), "启用交换中心的证书".to_owned());
    propose(cx, words, wish, &entered.reason, |_| Ok(())).await
}

async fn propose(
    cx: &ActCx,
    (subject, title): (String, String),
    wish: Wish,
    reason: &str,
    may: impl Fn(&Tx<'_>) -> Outcome<()> + Send + Sync + 'static,
) -> Outcome<Id<Proposal>> {
    let (now, actor, rule) = (cx.now(), cx.actor().clone(), rule(cx.now().day())?);
    let new = Proposal {
        id: Id::mint(now),
        subject,
        title,
        wish,
        reason: reason.trim().to_owned(),
        proposed: Proposed::unsigned(now, now.day().plus(rule.proposal_days)),
    };
    let id = new.id;
    let act = Act::new(now, "exchange.proposed", SUBJECT, id).content(json!({
        "title": new.title, "wish": new.wish, "reason": new.reason,
        "last_day": new.proposed.last_day.to_string(),
    }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DECIDE, Over::City)?;
        if store::open_about(tx, &new.subject, now.day())?.is_some() {
            let words = "同样的事项已经有人提出，正在等人同意";
            let code = "exchange.proposed_already";
            return Err(Refusal::new(RefusalKind::Conflict, code, words).into());
        }
        may(tx)?;
        store::put_proposal(tx, &permit, &new)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(id)
}

/// The proposal of this id, as it stands.
pub fn as_it_stands(reader: &Reader<'_>, id: Id<Proposal>) -> Outcome<Proposal> {
    Ok(PROPOSALS.by_id(reader, id)?.ok_or_else(|| not_found("这项提议"))?)
}

fn settled(
    tx: &Tx<'_>,
    actor: &Actor,
    id: Id<Proposal>,
    (state, reason): (ProposedState, &str),
    now: Moment,
) -> Outcome<(Permit, Proposal)> {
    let permit = authorise(tx, actor, &DECIDE, Over::City)?;
    let proposal = as_it_stands(tx, id)?;
    PROPOSALS.settle(tx, &permit, (id, &proposal.proposed), (state, reason, &[]), now)?;
    Ok((permit, proposal))
}

/// Agrees, and does what was proposed: another person than who proposed it.
pub async fn agree(cx: &ActCx, id: Id<Proposal>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), reason.trim().to_owned());
    let known = cx.read(move |r| as_it_stands(r, id)).await?;
    let act = match &known.wish {
        Wish::Register(new) => Act::new(now, REGISTERED, "gateway", &new.name),
        Wish::Resume { gateway } => Act::new(now, RESUMED, "gateway", gateway),
        Wish::Certify { keys, .. } => Act::new(now, CERTIFIED, "exchange_centre", keys),
    };
    let trust = authorities(cx.hall()).await?.trust;
    cx.write(move |tx| {
        let (permit, proposal) = settled(tx, &actor, id, (ProposedState::Agreed, &reason), now)?;
        for (certificate, purpose) in certificates_of(&proposal.wish)? {
            trust.check(&certificate, purpose, now).map_err(|why| {
                Refusal::new(RefusalKind::Conflict, "exchange.certificate", why.to_string())
            })?;
        }
        fulfil(tx, &permit, &proposal.wish, now)?;
        let content: Value = json!({
            "title": proposal.title, "wish": proposal.wish, "proposal": id.to_string(),
            "proposed_by": proposal.proposed.by, "reason": reason,
        });
        ledger::record(tx, permit.who(), &act.clone().content(content))
    })
    .await
}

fn der(text: &str) -> Outcome<Vec<u8>> {
    Ok(BASE64.decode(text.as_bytes()).map_err(Fault::from)?)
}

/// The certificates that a wish brings along: they must count when it is agreed to, too.
fn certificates_of(wish: &Wish) -> Outcome<Vec<(Certificate, Purpose)>> {
    let (signing, sealing) = match wish {
        Wish::Register(new) => (&new.signing, &new.sealing),
        Wish::Certify { signing, sealing, .. } => (signing, sealing),
        Wish::Resume { .. } => return Ok(Vec::new()),
    };
    let read = |text: &str| -> Outcome<Certificate> {
        Ok(Certificate::read(&der(text)?).map_err(Fault::from)?)
    };
    Ok(vec![(read(signing)?, Purpose::Signature), (read(sealing)?, Purpose::Encipherment)])
}

fn fulfil(tx: &Tx<'_>, permit: &Permit, wish: &Wish, now: Moment) -> Outcome<()> {
    match wish {
        Wish::Register(new) => {
            may_register(tx, new)?;
            keep_former(tx, permit, new, now)?;
            store::register(tx, permit, new, (&der(&new.signing)?, &der(&new.sealing)?), now)
        }
        Wish::Resume { gateway } => {
            may_resume(tx, gateway)?;
            store::set_state(tx, permit, gateway, (State::Active, ""), now).map(drop)
        }
        Wish::Certify { keys, signing, sealing } => {
            let id = keys.parse().map_err(|_| not_found("交换中心的密钥"))?;
            match store::certify_centre(tx, permit, id, (&der(signing)?, &der(sealing)?), now)? {
                true => Ok(()),
                false => Err(not_found("交换中心的密钥").into()),
            }
        }
    }
}

/// Keeps the certificate that another takes the place of: what it has signed is taken in for as long as a message may count,
/// so that nothing that is under way is lost. Of a gateway that is stopped nothing is: its key may be in other hands.
fn keep_former(tx: &Tx<'_>, permit: &Permit, new: &Registration, now: Moment) -> Outcome<()> {
    let Some(known) = store::gateway(tx, &new.name)? else { return Ok(()) };
    if known.signing == der(&new.signing)? {
        return Ok(());
    }
    let lasting = rule(now.day())?.life_days_max * 86_400;
    let until = if known.state == State::Active { now.plus_seconds(lasting) } else { now };
    let former = Certificate::read(&known.signing).map_err(Fault::from)?;
    let fingerprint = HEXLOWER.encode(&former.fingerprint());
    let (gateway, der) = (known.name, known.signing);
    let former = Former { gateway, fingerprint, der, replaced: now, until };
    store::certificates::put(tx, permit, &former)
}

/// Says no, and why.
pub async fn decline(cx: &ActCx, id: Id<Proposal>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), Proposals::said_why(reason)?);
    let act = Act::new(now, "exchange.declined", SUBJECT, id).content(json!({ "reason": reason }));
    cx.write(move |tx| {
        let (permit, _) = settled(tx, &actor, id, (ProposedState::Declined, &reason), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes back what one has proposed oneself.
pub async fn withdraw(cx: &ActCx, id: Id<Proposal>) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, "exchange.withdrawn", SUBJECT, id);
    cx.write(move |tx| {
        let (permit, _) = settled(tx, &actor, id, (ProposedState::Withdrawn, ""), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Stops a gateway at once: until two people let it in again, or for good.
pub async fn stop(cx: &ActCx, gateway: &str, state: State, reason: &str) -> Outcome<()> {
    mended(check_reason(reason).into_iter().collect())?;
    let (now, actor, name) = (cx.now(), cx.actor().clone(), gateway.to_owned());
    let reason = reason.trim().to_owned();
    let title = match state {
        State::Revoked => format!("永久停用网关“{gateway}”"),
        _ => format!("暂停网关“{gateway}”"),
    };
    let act = Act::new(now, STOPPED, "gateway", gateway);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DECIDE, Over::City)?;
        if !store::set_state(tx, &permit, &name, (state, &reason), now)? {
            return Err(not_found("这个在用的网关").into());
        }
        store::certificates::end(tx, &permit, &name, now)?;
        let mut dead = 0;
        if state == State::Revoked {
            store::release(tx, &permit, &name)?;
            // Nobody will fetch it any more: it lies on the desk, and who has asked is told.
            let words = format!("网关已被中心永久停用：{reason}");
            dead = delivery::kill_all(tx, &queue_of(&name), &words, now)?;
        }
        let content = json!({
            "title": title, "state": state.as_str(), "reason": reason, "letters": dead,
        });
        ledger::record(tx, permit.who(), &act.clone().content(content))
    })
    .await
}
