//! The doer's own signature: decisive acts of people are not recorded without it.
//!
//! What is signed are the act's canonical bytes. They are known only inside the transaction, so a decisive
//! act is done twice: the first time it is refused, and the bytes are left with the task ([`Signing`]); the
//! second time the signature over these very bytes comes along.

use std::sync::{Arc, Mutex, PoisonError};

use base::{Fault, Moment, Outcome, Refusal, RefusalKind};
use seal::cert::{Certificate, Purpose, Trust, Untrusted};
use seal::{SigningKey, sm3};
use store::{Reader, Tx};

use crate::act::{Act, Who, leaf_data};

/// Which acts are decisive, and whose signature counts: the ledger's question to whoever keeps accounts.
pub trait Signatories: Send + Sync {
    /// Whether an act of this kind, done then, carries its doer's signature.
    fn demand(&self, reader: &Reader<'_>, kind: &str, at: Moment) -> Outcome<bool>;

    /// Whether this account has a certificate that counts now; a refusal that says what to do if not.
    fn can_sign(&self, reader: &Reader<'_>, account: &str, now: Moment) -> Outcome<()>;

    /// The certificate of this account, good now, whose key gave this signature over `text`; none if the
    /// signature is of no such key.
    fn certificate(
        &self,
        reader: &Reader<'_>,
        account: &str,
        text: &[u8],
        signature: &[u8; 64],
        now: Moment,
    ) -> Outcome<Option<Vec<u8>>>;
}

/// Of whom nothing is demanded.
pub(crate) struct Nobody;

impl Signatories for Nobody {
    fn demand(&self, _: &Reader<'_>, _: &str, _: Moment) -> Outcome<bool> {
        Ok(false)
    }

    fn can_sign(&self, _: &Reader<'_>, _: &str, _: Moment) -> Outcome<()> {
        Ok(())
    }

    fn certificate(
        &self,
        _: &Reader<'_>,
        _: &str,
        _: &[u8],
        _: &[u8; 64],
        _: Moment,
    ) -> Outcome<Option<Vec<u8>>> {
        Ok(None)
    }
}

/// A signature with the certificate of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// SM2 over the act's canonical bytes, r‖s.
    pub signature: [u8; 64],
}

impl Signed {
    /// Whether it is over these bytes, by a certificate that was good then; says whose it is.
    pub(crate) fn holds(&self, canonical: &[u8], at: Moment) -> Result<String, String> {
        let certificate = Certificate::read(&self.certificate).map_err(|why| why.to_string())?;
        if !certificate.is_for(Purpose::Signature) {
            return Err("证书不是用来签名的".into());
        }
        if at < certificate.from() || at >= certificate.until() {
            return Err("办理的时候证书不在有效期内".into());
        }
        if !certificate.key().verify(canonical, &self.signature) {
            return Err("签名与内容不符".into());
        }
        Ok(said(&certificate))
    }

    /// The same, and whether its certificate is in the name of who is said to have done the act, and was vouched for
    /// then by an authority that is trusted.
    pub(crate) fn judged(
        &self,
        canonical: &[u8],
        (at, name): (Moment, &str),
        trust: Option<&Trust>,
    ) -> Result<Judged, String> {
        let whose = self.holds(canonical, at)?;
        let certificate = Certificate::read(&self.certificate).map_err(|why| why.to_string())?;
        let common_name = certificate.common_name().unwrap_or_default();
        if !is_in_name_of(&common_name, name) {
            return Err(format!(
                "证书上的名字是“{common_name}”，记录里的经办人是“{name}”，不是同一个人"
            ));
        }
        let Some(trust) = trust else {
            let words = "没有给出信任的签发机构（--trust），没有判断证书是不是它们签发的";
            return Ok(Judged { whose, open: Some(words.into()) });
        };
        let open = match trust.check(&certificate, Purpose::Signature, at) {
            Ok(()) => None,
            // The lists at hand do not reach to that day: that is nobody's fault.
            Err(why @ (Untrusted::NoList(_) | Untrusted::StaleList { .. })) => {
                Some(why.to_string())
            }
            Err(Untrusted::UnknownIssuer(issuer)) => {
                return Err(format!("证书的签发机构“{issuer}”不在给出的名单里"));
            }
            Err(why) => return Err(why.to_string()),
        };
        Ok(Judged { whose, open })
    }

    /// Whose it is: subject, issuer and number of the certificate.
    pub fn whose(&self) -> String {
        Certificate::read(&self.certificate).map_or_else(|why| why.to_string(), |held| said(&held))
    }
}

/// What was found of a doer's signature that holds.
pub(crate) struct Judged {
    /// Whose it is.
    pub(crate) whose: String,
    /// What could not be judged, if anything.
    pub(crate) open: Option<String>,
}

/// Whether a certificate in this name is that of a person of this name: authorities often add a number to it.
pub fn is_in_name_of(common_name: &str, name: &str) -> bool {
    !name.is_empty() && common_name.contains(name)
}

fn said(certificate: &Certificate) -> String {
    let serial = certificate.serial().to_hex();
    format!("证书 {}，由 {} 签发，序列号 {serial}", certificate.subject(), certificate.issuer())
}

/// The leaf hash of an act: version 1 commits to salt and bytes alone, version 2 to the doer's signature and
/// certificate too, so that nobody can take the signature away or put another in its place.
pub(crate) fn leaf(salt: &[u8], canonical: &[u8], signed: Option<&Signed>) -> [u8; 32] {
    let plain = leaf_data(salt, canonical);
    let Some(signed) = signed else { return seal::merkle::leaf_hash(&plain) };
    let mut whole = [2u8; 65];
    let hand = sm3(&[salt, &signed.signature, &signed.certificate]);
    let parts = plain.iter().skip(1).chain(&hand);
    whole.iter_mut().skip(1).zip(parts).for_each(|(to, from)| *to = *from);
    seal::merkle::leaf_hash(&whole)
}

/// With what a task signs the decisive act that it does.
pub struct Signing {
    hand: Hand,
    now: Moment,
    unsigned: Mutex<Option<Unsigned>>,
}

enum Hand {
    Empty,
    Given { digest: [u8; 32], signature: [u8; 64] },
    Key(SigningKey),
}

/// A decisive act that was not recorded because its doer had not signed it.
#[derive(Clone, Debug)]
pub struct Unsigned {
    /// The kind of the act.
    pub kind: String,
    /// The canonical bytes: what is to be signed.
    pub text: Vec<u8>,
    /// Why.
    pub why: Why,
}

/// Why an act counts as unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing has been signed yet.
    NotYet,
    /// Something else was signed: what the act says has changed meanwhile.
    Changed,
    /// It is no signature by a certificate of this person.
    Wrong,
}

impl Signing {
    fn with(hand: Hand, now: Moment) -> Arc<Self> {
        Arc::new(Self { hand, now, unsigned: Mutex::default() })
    }

    /// Nothing is signed yet; what would have to be is kept. `now` is the present moment, whatever the act
    /// says of itself.
    pub fn nothing(now: Moment) -> Arc<Self> {
        Self::with(Hand::Empty, now)
    }

    /// A signature over the bytes with this digest.
    pub fn given(digest: [u8; 32], signature: [u8; 64], now: Moment) -> Arc<Self> {
        Self::with(Hand::Given { digest, signature }, now)
    }

    /// A key that is at hand: for commands that play a person's token, and for tests.
    pub fn with_key(key: SigningKey, now: Moment) -> Arc<Self> {
        Self::with(Hand::Key(key), now)
    }

    /// The decisive act that was refused last for want of a signature.
    pub fn unsigned(&self) -> Option<Unsigned> {
        self.unsigned.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, unsigned: Option<Unsigned>) {
        *self.unsigned.lock().unwrap_or_else(PoisonError::into_inner) = unsigned;
    }
}

tokio::task_local! {
    static SIGNING: Arc<Signing>;
}

/// Does this work, in which a decisive act is signed so.
pub async fn signing_with<F: Future>(signing: Arc<Signing>, work: F) -> F::Output {
    SIGNING.scope(signing, work).await
}

/// What a write of the ledger brings into its transaction.
pub(crate) struct Desk {
    signatories: Arc<dyn Signatories>,
    signing: Option<Arc<Signing>>,
}

impl Desk {
    pub(crate) fn here(signatories: &Arc<dyn Signatories>) -> Arc<Self> {
        let signing = SIGNING.try_with(Arc::clone).ok();
        Arc::new(Self { signatories: signatories.clone(), signing })
    }
}

/// The signature that this act is recorded with: none where none is demanded, a refusal where one is missing.
pub(crate) fn demand(
    tx: &Tx<'_>,
    who: &Who,
    act: &Act,
    canonical: &[u8],
) -> Outcome<Option<Signed>> {
    let Some(account) = &who.account else { return Ok(None) };
    // Whoever writes past the ledger writes past this demand, too: that is a defect, and never an act.
    let desk = tx.brought::<Desk>().ok_or_else(|| {
        Fault::said("an act of a person is recorded by a write of the ledger, not of the store")
    })?;
    if !desk.signatories.demand(tx, &act.kind, act.at())? {
        return Ok(None);
    }
    let Some(signing) = &desk.signing else {
        desk.signatories.can_sign(tx, account, act.at())?;
        return Err(missing().into());
    };
    signed(tx, &*desk.signatories, signing, (account, act, canonical))
}

fn signed(
    tx: &Tx<'_>,
    signatories: &dyn Signatories,
    signing: &Signing,
    (account, act, canonical): (&str, &Act, &[u8]),
) -> Outcome<Option<Signed>> {
    let stop = |why: Why| {
        let text = canonical.to_vec();
        signing.note(Some(Unsigned { kind: act.kind.clone(), text, why }));
        missing()
    };
    signing.note(None);
    let signature = match &signing.hand {
        Hand::Empty => {
            signatories.can_sign(tx, account, signing.now)?;
            return Err(stop(Why::NotYet).into());
        }
        Hand::Given { digest, .. } if *digest != sm3(&[canonical]) => {
            return Err(stop(Why::Changed).into());
        }
        Hand::Given { signature, .. } => *signature,
        Hand::Key(key) => key.sign(canonical),
    };
    let held = signatories.certificate(tx, account, canonical, &signature, signing.now)?;
    let certificate = held.ok_or_else(|| stop(Why::Wrong))?;
    let there: Option<String> =
        tx.maybe("SELECT kind FROM ledger_acts WHERE id = $1", &[act.id.into()])?;
    if there.is_some() {
        let words = "这一步已经按您的签名办成了，没有再办一次";
        return Err(Refusal::new(RefusalKind::Conflict, "ledger.signed_before", words).into());
    }
    Ok(Some(Signed { certificate, signature }))
}

fn missing() -> Refusal {
    let words = "这一步要由您本人用数字证书签名，没有签名就不办";
    Refusal::new(RefusalKind::Forbidden, "ledger.unsigned", words)
        .remedy("请在网页上办理并按提示签名；用命令办理的，请用 --key 指明您的私钥")
}
