//! What authorities have taken back: their lists are fetched and their word on each certificate on record here is asked
//! for, by itself and before anything is decided by one. What they say is believed by their signature alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use access::{Answered, AuthorityRow, Over, Watched, authorise};
use base::{Day, Fault, Moment, Outcome};
use frame::{ActCx, Hall, not_found};
use ledger::Act;
use seal::cert::{Answer, CertError, Certificate, Inquiry, RevocationList, Standing};
use serde::Deserialize;
use serde_json::json;

use crate::rules;
use crate::terms::TRUST;
use crate::wire::revocation::Wire;

/// Every how long it is looked whether somebody is to be asked.
pub(crate) const EVERY_SECONDS: i64 = 600;
const RULES: &str = include_str!("../../data/revocation.json");

/// How often is asked, from a day on.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Rule {
    from: Day,
    list_minutes: i64,
    certificate_minutes: i64,
    at_once: i64,
    pub(crate) ground: String,
}

/// The rule in force on a day.
pub(crate) fn rule_on(day: Day) -> Outcome<Rule> {
    let mut rules: Vec<Rule> = serde_json::from_str(RULES).map_err(Fault::from)?;
    rules.retain(|rule| rule.from <= day);
    rules.sort_by_key(|rule| rule.from);
    Ok(rules.pop().ok_or_else(|| Fault::said("no rule of revocation is in force"))?)
}

/// Puts down where to learn what an authority has taken back. It is asked within minutes.
pub async fn set_sources(cx: &ActCx, fingerprint: &str, list: &str, ask: &str) -> Outcome<()> {
    let sources = rules::sources(list, ask, &cx.hall().intranet)?;
    let (actor, fingerprint) = (cx.actor().clone(), fingerprint.to_owned());
    let act = Act::new(cx.now(), "identity.authority_sources", "authority", &fingerprint)
        .content(json!({ "list": sources.list, "ask": sources.ask }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &TRUST, Over::City)?;
        if !access::set_sources(tx, &permit, &fingerprint, &sources)? {
            return Err(not_found("这个签发机构").into());
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Fetches the lists that are due, and asks about the certificates that are due. Done again, it does what is left.
pub async fn refresh(hall: &Arc<Hall>, now: Moment) -> Outcome<()> {
    let rule = rule_on(now.day())?;
    let wire = Wire::new(&hall.intranet);
    let mut authorities = hall.store.read(access::authorities).await?;
    authorities.retain(|row| row.trusted);
    let due = now.plus_seconds(-rule.list_minutes * 60);
    for row in &authorities {
        let waits = row.asked.as_ref().is_some_and(|(at, _)| *at > due);
        if let Some(at) = row.sources.list.as_deref().filter(|_| !waits) {
            fetch(hall, &wire, (row, at), now).await?;
        }
    }
    let before = now.plus_seconds(-rule.certificate_minutes * 60);
    let limit = rule.at_once;
    let watched = hall.store.read(move |r| access::to_ask(r, before, now, limit)).await?;
    ask_about(hall, &wire, &authorities, &watched, now).await
}

async fn off_threads<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Outcome<T> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(Fault::from)?)
}

/// Fetches the list of an authority. What is wrong with it stands on the page of the authority.
async fn fetch(
    hall: &Arc<Hall>,
    wire: &Wire,
    (row, at): (&AuthorityRow, &str),
    now: Moment,
) -> Outcome<()> {
    let wire = wire.clone();
    let (url, fingerprint, known) = (at.to_owned(), row.fingerprint.clone(), row.list);
    let authority =
        Certificate::read(&row.certificate).map_err(|why| Fault::said(why.to_string()))?;
    let read = off_threads(move || {
        let bytes = wire.list(&url)?;
        let list = RevocationList::read(&bytes).map_err(|why| why.to_string())?;
        match list.is_of(&authority) {
            true => {
                // What judges by it within transactions need not read it again.
                access::have_read(list.clone());
                Ok(list)
            }
            false => Err("取来的吊销列表不是这个机构签发的".to_owned()),
        }
    })
    .await?;
    let at = at.to_owned();
    hall.write(move |tx| {
        let permit = access::clockwork("identity.clockwork");
        let fault = match &read {
            Err(words) => Some(words.clone()),
            Ok(list) if known.is_some_and(|(made, _)| made >= list.made()) => None,
            // A newer one was brought in by hand meanwhile: that one stands.
            Ok(list) if access::newer_list(tx, &fingerprint, list.made())? => None,
            Ok(list) => {
                access::put_list(tx, &permit, list)?;
                let told = json!({ "number": list.number(), "revoked": list.len(), "from": at });
                let act = Act::new(now, "identity.list_taken_in", "authority", &fingerprint);
                ledger::record(tx, permit.who(), &act.content(told))?;
                None
            }
        };
        access::note_asked(tx, &permit, &fingerprint, now, fault.as_deref())
    })
    .await
}

/// Why nothing was heard of a certificate.
enum Unheard {
    /// Nobody answers: the others need not be tried now.
    Away(String),
    /// The answer counts for nothing.
    Unfit(String),
}

/// Asks each issuer about its certificates. One that does not answer is asked no more this time.
async fn ask_about(
    hall: &Arc<Hall>,
    wire: &Wire,
    authorities: &[AuthorityRow],
    watched: &[Watched],
    now: Moment,
) -> Outcome<()> {
    let read = |row: &AuthorityRow| Some((row.clone(), Certificate::read(&row.certificate).ok()?));
    let issuers: Vec<(AuthorityRow, Certificate)> = authorities.iter().filter_map(read).collect();
    let mut silent = BTreeSet::new();
    for one in watched {
        let Ok(certificate) = Certificate::read(&one.certificate) else { continue };
        let issuer = issuers.iter().find(|(_, issuer)| certificate.is_issued_by(issuer));
        let place = issuer.and_then(|(row, issuer)| Some((row, issuer, row.sources.ask.clone()?)));
        let Some((row, issuer, at)) = place else {
            put(hall, one, None, now).await?;
            continue;
        };
        if silent.contains(&row.fingerprint) {
            // It waits for its next turn like all others, so that nobody waits behind it.
            put(hall, one, None, now).await?;
            continue;
        }
        let (issuer, wire) = (issuer.clone(), wire.clone());
        match off_threads(move || asked(&wire, &at, &certificate, &issuer, now)).await? {
            Ok(answered) => put(hall, one, Some((&row.fingerprint, &answered)), now).await?,
            Err(unheard) => {
                put(hall, one, None, now).await?;
                let (words, away) = match unheard {
                    Unheard::Away(words) => (words, true),
                    Unheard::Unfit(words) => (words, false),
                };
                if away {
                    silent.insert(row.fingerprint.clone());
                }
                let (fingerprint, words) =
                    (row.fingerprint.clone(), format!("证书状态查询：{words}"));
                hall.write(move |tx| {
                    let permit = access::clockwork("identity.clockwork");
                    access::note_unheard(tx, &permit, &fingerprint, &words)
                })
                .await?;
            }
        }
    }
    Ok(())
}

/// What an issuer answers about one certificate now, or in words why its answer counts for nothing.
fn asked(
    wire: &Wire,
    at: &str,
    certificate: &Certificate,
    issuer: &Certificate,
    now: Moment,
) -> Result<Answered, Unheard> {
    let unfit = |why: CertError| Unheard::Unfit(why.to_string());
    let mut nonce = [0u8; 16];
    getrandom::fill(&mut nonce).map_err(|error| Unheard::Unfit(error.to_string()))?;
    let inquiry = Inquiry::about(issuer, &[certificate.serial()], Some(&nonce)).map_err(unfit)?;
    let answer = wire.ask(at, &inquiry).map_err(Unheard::Away)?;
    let answer = Answer::read(&answer).map_err(unfit)?;
    let inquiry = Inquiry::read(&inquiry).map_err(unfit)?;
    rules::heard(&answer, &inquiry, issuer, now).map_err(Unheard::Unfit)
}

async fn put(
    hall: &Arc<Hall>,
    one: &Watched,
    answered: Option<(&str, &Answered)>,
    now: Moment,
) -> Outcome<()> {
    let fingerprint = one.fingerprint.clone();
    let answered = answered.map(|(by, answered)| (by.to_owned(), answered.clone()));
    hall.write(move |tx| {
        let permit = access::clockwork("identity.clockwork");
        let by = answered.as_ref().map_or("", |(by, _)| by.as_str());
        let said = answered.as_ref().map(|(_, answered)| answered);
        let changed = access::put_standing(tx, &permit, (&fingerprint, by), said, now)?;
        let Some(answered) = said.filter(|_| changed) else { return Ok(()) };
        let told = match answered.standing {
            Standing::Good => json!({ "standing": "good", "authority": by }),
            Standing::Unknown => json!({ "standing": "unknown", "authority": by }),
            Standing::Revoked(since, reason) => json!({
                "standing": "revoked", "authority": by, "since": since.iso(),
                "reason": reason.words(),
            }),
        };
        let act = Act::new(now, "identity.certificate_standing", "certificate", &fingerprint);
        ledger::record(tx, permit.who(), &act.content(told))
    })
    .await
}
