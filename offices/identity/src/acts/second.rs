//! The second step of signing in. Its tries are counted as the password's are, each in a transaction
//! of its own before anything is compared.

use access::{
    Account, Allowed, Attempt, Challenge, Factor, FactorKind, FactorState, Lock, NoCode,
    SessionKind, Token,
};
use base::{Id, Moment, Outcome, Stop};
use frame::{ActCx, Cx};
use ledger::Act;
use seal::cert::{Certificate, Purpose};
use serde_json::json;

use super::certificates::{challenge_text, is_signed};
use super::passkeys::{self, Shown};
use super::session::{
    ADDRESS_FAILURES_MAX, ADDRESS_WINDOW_SECONDS, address_of, disabled, new_session, offered,
    too_often,
};
use super::{known, secret_of, who_of};
use crate::rules;

/// What is shown in the second step.
#[derive(Clone, Debug)]
pub enum SecondFactor {
    /// A code by time.
    Code(String),
    /// A signature by a certificate's key over the step's text, in base 64.
    Signature(String),
    /// What a passkey has signed.
    Passkey(Shown),
}

impl SecondFactor {
    fn field(&self) -> &'static str {
        match self {
            SecondFactor::Code(_) => "code",
            SecondFactor::Signature(_) => "signature",
            SecondFactor::Passkey(_) => "passkey",
        }
    }

    fn kind(&self) -> FactorKind {
        match self {
            SecondFactor::Code(_) => FactorKind::Code,
            SecondFactor::Signature(_) => FactorKind::Certificate,
            SecondFactor::Passkey(_) => FactorKind::Passkey,
        }
    }
}

/// What a try may do.
enum Tried {
    Compare(Box<(Challenge, Account, Vec<Factor>)>),
    /// The step is not done by this kind.
    Unfit(Box<Account>),
    Over,
    /// It has opened a session before.
    Done(Box<Account>),
    Locked(Moment),
    AddressWaits(Moment),
}

/// Finishes a sign-in by what is shown. Opens the session; a challenge opens one at most.
pub async fn show_second(
    cx: &ActCx,
    step: &str,
    shown: SecondFactor,
    kind: SessionKind,
) -> Outcome<(Account, Token)> {
    let step = Token::from_text(step).ok_or_else(rules::second_over)?;
    let (mac, lock) = (step.challenge_mac(&cx.hall().keys), cx.sign_in_rule().lock);
    let (challenge, account, factors) = match reserve(cx, mac, shown.kind()).await? {
        Tried::Compare(found) => *found,
        Tried::Unfit(account) => {
            put_on_record(cx, &account, (shown.kind(), Try::First)).await?;
            return Err(rules::wrong_second(shown.field(), lock).into());
        }
        Tried::Over => return Err(rules::second_over().into()),
        Tried::Done(account) => {
            put_on_record(cx, &account, (shown.kind(), Try::Again)).await?;
            return Err(rules::second_done().into());
        }
        Tried::Locked(until) => return Err(rules::locked(until).into()),
        Tried::AddressWaits(until) => return Err(too_often(until).into()),
    };
    // A step that was begun in a browser is not finished by a program.
    if challenge.kind != kind {
        return Err(rules::second_over().into());
    }
    if let SecondFactor::Passkey(passkey) = &shown {
        let judged = passkey.in_second(cx, &challenge.nonce, &factors)?;
        let proof = match judged {
            Ok((factor, count)) => Proof::Counted(factor, count),
            Err(why) => {
                passkeys::put_on_record(cx, &account, why).await?;
                return Err(rules::wrong_passkey(why.to_string()).into());
            }
        };
        return finish(cx, mac, (account, &challenge), proof, shown.kind()).await;
    }
    let proof = match proof_of(cx, &challenge, &account, &factors, &shown)? {
        Ok(proof) => proof,
        Err(why) => {
            put_on_record(cx, &account, (shown.kind(), Try::First)).await?;
            return Err(match why {
                NoCode::Wrong => rules::wrong_second(shown.field(), lock),
                NoCode::Used => rules::used_code(lock),
            }
            .into());
        }
    };
    finish(cx, mac, (account, &challenge), proof, shown.kind()).await
}

/// Opens the session by what has been proven. What does not count any more in that moment (a step or a code
/// that somebody else has used up meanwhile, a certificate that has ended) is on record as what is wrong.
async fn finish(
    cx: &ActCx,
    mac: [u8; 32],
    (account, challenge): (Account, &Challenge),
    proof: Proof,
    by: FactorKind,
) -> Outcome<(Account, Token)> {
    match open(cx, mac, (&account, challenge), proof, by).await {
        Ok(token) => Ok((account, token)),
        Err(Stop::Refused(refusal)) => {
            let again = refusal.code == rules::SECOND_DONE;
            let tried = if again { Try::Again } else { Try::First };
            put_on_record(cx, &account, (by, tried)).await?;
            Err(Stop::Refused(refusal))
        }
        Err(fault) => Err(fault),
    }
}

async fn reserve(cx: &ActCx, mac: [u8; 32], by: FactorKind) -> Outcome<Tried> {
    let (now, address, hall) = (cx.now(), address_of(cx), cx.hall().clone());
    let browser = (**cx).clone();
    cx.write(move |tx| {
        let rule = hall.sign_in.on(now.day());
        let hit = access::hit(tx, &address, ADDRESS_FAILURES_MAX, ADDRESS_WINDOW_SECONDS, now)?;
        if let Allowed::NotUntil(until) = hit {
            return Ok(Tried::AddressWaits(until));
        }
        let Some(challenge) = access::try_challenge(tx, mac, now)? else {
            let done = match access::done_challenge(tx, mac)? {
                Some(id) => access::account_by_id(tx, id)?,
                None => None,
            };
            return Ok(done.map_or(Tried::Over, |account| Tried::Done(Box::new(account))));
        };
        let known = known::known(&browser, challenge.account);
        if let Attempt::LockedUntil(until) =
            known::reserve(tx, known.as_deref(), rule.lock, challenge.account, now)?
        {
            return Ok(Tried::Locked(until));
        }
        let Some(account) = access::account_by_id(tx, challenge.account)? else {
            return Ok(Tried::Over);
        };
        let factors = access::factors_of(tx, account.id)?;
        if !offered(tx, rule, &account, &factors, now)?.contains(&by) {
            return Ok(Tried::Unfit(Box::new(account)));
        }
        Ok(Tried::Compare(Box::new((challenge, account, factors))))
    })
    .await
}

/// What a factor is used up by.
#[derive(Clone)]
enum Proof {
    /// A code, by its step.
    Step(Id<Factor>, i64),
    /// A signature by the key of this certificate, which is held against the trust of the moment.
    Signed(Id<Factor>, Box<Certificate>),
    /// A passkey, by its new count.
    Counted(Id<Factor>, u32),
}

impl Proof {
    /// Uses the factor inside the transaction that opens the session.
    fn spend(&self, tx: &::store::Tx<'_>, lock: Lock, now: Moment) -> Outcome<()> {
        let spent = match self {
            Proof::Step(id, step) => access::take_step(tx, *id, *step, now)?,
            Proof::Counted(id, count) => access::take_count(tx, *id, *count, now)?,
            Proof::Signed(id, certificate) => {
                let judged =
                    access::trust(tx, &[certificate])?.check(certificate, Purpose::Signature, now);
                judged.map_err(|why| rules::unfit_at_sign_in(why.to_string()))?;
                access::touch_factor(tx, *id, now)?
            }
        };
        let field = match self {
            Proof::Step(..) => "code",
            Proof::Signed(..) => "signature",
            Proof::Counted(..) => "passkey",
        };
        if spent { Ok(()) } else { Err(rules::wrong_second(field, lock).into()) }
    }
}

fn proof_of(
    cx: &ActCx,
    challenge: &Challenge,
    account: &Account,
    factors: &[Factor],
    shown: &SecondFactor,
) -> Outcome<Result<Proof, NoCode>> {
    let mut why = NoCode::Wrong;
    match shown {
        SecondFactor::Code(typed) => {
            for factor in in_use(factors, FactorKind::Code) {
                let secret = secret_of(cx.hall(), factor)?;
                match secret.step_of(typed, cx.now(), factor.last_step) {
                    Ok(step) => return Ok(Ok(Proof::Step(factor.id, step))),
                    Err(NoCode::Used) => why = NoCode::Used,
                    Err(NoCode::Wrong) => {}
                }
            }
        }
        SecondFactor::Signature(signature) => {
            let text = sign_in_text(cx, &account.login, challenge);
            for factor in in_use(factors, FactorKind::Certificate) {
                let bytes = factor.certificate.as_deref().unwrap_or_default();
                let Ok(certificate) = Certificate::read(bytes) else { continue };
                if is_signed(certificate.key(), &text, signature) {
                    return Ok(Ok(Proof::Signed(factor.id, Box::new(certificate))));
                }
            }
        }
        // Judged before, since it says why not.
        SecondFactor::Passkey(_) => {}
    }
    Ok(Err(why))
}

/// What a certificate's key signs to finish this sign-in, and no other.
fn sign_in_text(cx: &Cx, login: &str, challenge: &Challenge) -> String {
    challenge_text(cx, "登录", login, &challenge.nonce)
}

/// The text of a step that stands, for showing it; nothing is counted.
pub async fn text_to_sign(cx: &Cx, step: &str) -> Outcome<Option<String>> {
    let Some(step) = Token::from_text(step) else { return Ok(None) };
    let (mac, now) = (step.challenge_mac(&cx.hall().keys), cx.now());
    let found = cx.read(move |r| {
        let Some(challenge) = access::challenge(r, mac, now)? else { return Ok(None) };
        Ok(access::account_by_id(r, challenge.account)?.map(|account| (challenge, account)))
    });
    let found = found.await?;
    Ok(found.map(|(challenge, account)| sign_in_text(cx, &account.login, &challenge)))
}

/// What a browser asks a passkey for in this step: the challenge, and the names of those that may answer; nothing is
/// counted.
pub async fn asked_of_step(cx: &Cx, step: &str) -> Outcome<Option<([u8; 16], Vec<Vec<u8>>)>> {
    let Some(step) = Token::from_text(step) else { return Ok(None) };
    let (mac, now) = (step.challenge_mac(&cx.hall().keys), cx.now());
    cx.read(move |r| {
        let Some(challenge) = access::challenge(r, mac, now)? else { return Ok(None) };
        let factors = access::factors_of(r, challenge.account)?;
        let passkeys = in_use(&factors, FactorKind::Passkey);
        let ids = passkeys.filter_map(|one| one.passkey.as_ref().map(|passkey| passkey.id.clone()));
        Ok(Some((challenge.nonce, ids.collect())))
    })
    .await
}

fn in_use(factors: &[Factor], kind: FactorKind) -> impl Iterator<Item = &Factor> {
    factors.iter().filter(move |one| one.kind == kind && one.state == FactorState::Active)
}

async fn open(
    cx: &ActCx,
    mac: [u8; 32],
    (account, challenge): (&Account, &Challenge),
    proof: Proof,
    by: FactorKind,
) -> Outcome<Token> {
    let (now, token, address, id) = (cx.now(), Token::mint()?, address_of(cx), account.id);
    let act = Act::new(now, "identity.signed_in", "account", id)
        .content(json!({ "second": by.as_str() }));
    let (keys, opened, lock) = (cx.hall().keys.clone(), token.clone(), cx.sign_in_rule().lock);
    let (first, known) = (challenge.first.clone(), known::known(cx, id));
    let new = new_session(cx, account, challenge.kind, Some(by));
    cx.write(move |tx| {
        let account = access::account_by_id(tx, id)?.ok_or_else(rules::second_over)?;
        if account.state != "active" {
            return Err(disabled(&account).into());
        }
        // Another request may have used up the step or the code meanwhile.
        if !access::take_challenge(tx, mac, now)? {
            let done = access::done_challenge(tx, mac)?.is_some();
            let refusal = if done { rules::second_done() } else { rules::second_over() };
            return Err(refusal.into());
        }
        proof.spend(tx, lock, now)?;
        known::succeeded(tx, known.as_deref(), id)?;
        access::give_back(tx, &address, now)?;
        access::open_session(tx, &keys, &opened, &new, now)?;
        access::note_first(tx, opened.mac(&keys), &first)?;
        ledger::record(tx, &who_of(&account), &act)
    })
    .await?;
    Ok(token)
}

/// Whether a step is tried that stands, or one that was done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Try {
    First,
    Again,
}

async fn put_on_record(
    cx: &ActCx,
    account: &Account,
    (kind, tried): (FactorKind, Try),
) -> Outcome<()> {
    let mut content = json!({ "kind": kind.as_str() });
    if let (Try::Again, Some(content)) = (tried, content.as_object_mut()) {
        content.insert("again".into(), true.into());
    }
    let act = Act::new(cx.now(), "identity.second_failed", "account", account.id).content(content);
    let who = cx.who();
    cx.write(move |tx| ledger::record(tx, &who, &act)).await
}
