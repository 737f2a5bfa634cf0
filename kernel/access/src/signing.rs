//! Who signs decisive acts: the certificates of an account, and the dated rule that demands them.

use std::collections::BTreeSet;

use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use ledger::Signatories;
pub use ledger::is_in_name_of;
use seal::cert::{Certificate, Purpose};
use seal::sm3;
use store::{FromRow, Reader, Row, Tx};

use crate::accounts::Account;
use crate::terms::Permit;

/// On what the demand of a new city rests.
pub const SIGNING_GROUND: &str = "《中华人民共和国电子签名法》第三条、第十四条";

/// A certificate with which a person signs decisive acts and which is no second factor of signing in.
#[derive(Clone, Debug)]
pub struct Signer {
    /// Id.
    pub id: Id<Signer>,
    /// Whose.
    pub account: Id<Account>,
    /// What its holder calls it.
    pub name: String,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// Since when.
    pub created_at: Moment,
}

impl FromRow for Signer {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            account: row.get("account")?,
            name: row.get("name")?,
            certificate: row.get("certificate")?,
            created_at: row.get("created_at")?,
        })
    }
}

/// Puts a certificate on record for signing. Whether it is trusted is asked by the caller, and again at each
/// signature. Refuses a key that already speaks for an account.
pub fn add_signer(tx: &Tx<'_>, _permit: &Permit, new: &Signer, key: &[u8]) -> Outcome<()> {
    if let Ok(certificate) = Certificate::read(&new.certificate) {
        crate::watch(tx, &certificate)?;
    }
    let added = tx.run(
        "INSERT INTO access_signers (id, account, name, certificate, mark, state, created_at)
         VALUES ($1, $2, $3, $4, $5, 'active', $6)",
        &[
            new.id.into(),
            new.account.into(),
            new.name.as_str().into(),
            new.certificate.clone().into(),
            sm3(&[key]).to_vec().into(),
            new.created_at.into(),
        ],
    );
    match added {
        Ok(_) => Ok(()),
        Err(store::Error::Unique { .. }) => {
            let words = "这把密钥已经登记在一个账户上，一把密钥只能登记一次";
            Err(Refusal::new(RefusalKind::Conflict, "access.key_taken", words)
                .field("certificate", words)
                .into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The certificates of an account that serve for signing alone, in the order in which they came.
pub fn signers_of(reader: &Reader<'_>, account: Id<Account>) -> Outcome<Vec<Signer>> {
    Ok(reader.all(
        "SELECT id, account, name, certificate, created_at FROM access_signers
         WHERE account = $1 AND state = 'active' ORDER BY id",
        &[account.into()],
    )?)
}

/// Takes a certificate of an account away. No if it has none such.
pub fn end_signer(
    tx: &Tx<'_>,
    _permit: &Permit,
    account: Id<Account>,
    id: Id<Signer>,
) -> Outcome<bool> {
    let ended = tx.run(
        "UPDATE access_signers SET state = 'ended', mark = NULL
         WHERE id = $1 AND account = $2 AND state = 'active'",
        &[id.into(), account.into()],
    )?;
    Ok(ended > 0)
}

/// Takes all of them away: their holder may have lost the token, and starts anew.
pub fn end_all_signers(tx: &Tx<'_>, account: Id<Account>) -> Outcome<u64> {
    Ok(tx.run(
        "UPDATE access_signers SET state = 'ended', mark = NULL
         WHERE account = $1 AND state = 'active'",
        &[account.into()],
    )?)
}

/// Every certificate whose key speaks for an account, with the name of who holds it: those for signing alone,
/// and those that are its second factor as well.
fn certificates_of(reader: &Reader<'_>, account: &str) -> Outcome<Vec<(Vec<u8>, String)>> {
    Ok(reader.all(
        "SELECT s.certificate, a.name FROM access_signers s
         JOIN access_accounts a ON a.id = s.account
         WHERE s.account = $1 AND s.state = 'active'
         UNION ALL
         SELECT f.certificate, a.name FROM access_factors f
         JOIN access_accounts a ON a.id = f.account
         WHERE f.account = $1 AND f.state = 'active' AND f.certificate IS NOT NULL",
        &[account.into()],
    )?)
}

/// A certificate that speaks for an account, for whoever watches their ends.
#[derive(Clone, Debug)]
pub struct OfAccount {
    /// Its id among those of its kind.
    pub id: String,
    /// Whose.
    pub account: String,
    /// Their name.
    pub holder: String,
    /// What they call it.
    pub name: String,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
}

impl FromRow for OfAccount {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            account: row.get("account")?,
            holder: row.get("holder")?,
            name: row.get("name")?,
            certificate: row.get("certificate")?,
        })
    }
}

/// The certificates for signing alone of all accounts that are in use, after one, in the order of their ids.
pub fn signers_after(reader: &Reader<'_>, after: &str, limit: i64) -> Outcome<Vec<OfAccount>> {
    Ok(reader.all(
        "SELECT s.id, s.account, a.name AS holder, s.name, s.certificate FROM access_signers s
         JOIN access_accounts a ON a.id = s.account
         WHERE s.id > $1 AND s.state = 'active' AND a.state = 'active' ORDER BY s.id LIMIT $2",
        &[after.into(), limit.into()],
    )?)
}

/// The same of those that are a second factor as well.
pub fn factors_after(reader: &Reader<'_>, after: &str, limit: i64) -> Outcome<Vec<OfAccount>> {
    Ok(reader.all(
        "SELECT f.id, f.account, a.name AS holder, f.name, f.certificate FROM access_factors f
         JOIN access_accounts a ON a.id = f.account
         WHERE f.id > $1 AND f.state = 'active' AND f.certificate IS NOT NULL
             AND a.state = 'active'
         ORDER BY f.id LIMIT $2",
        &[after.into(), limit.into()],
    )?)
}

/// Demands signatures from this moment on, on this ground, or no longer.
pub fn put_signing_rule(
    tx: &Tx<'_>,
    _permit: &Permit,
    since: Moment,
    demanded: bool,
    ground: &str,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO access_signing_rules (since, demanded, ground) VALUES ($1, $2, $3)
         ON CONFLICT (since) DO UPDATE
         SET demanded = excluded.demanded, ground = excluded.ground",
        &[since.into(), demanded.into(), ground.into()],
    )?;
    Ok(())
}

/// The rule of a moment: since when it stands, and whether it demands signatures. None if there never was one.
pub fn signing_rule(reader: &Reader<'_>, at: Moment) -> Outcome<Option<(Moment, bool)>> {
    Ok(reader.maybe(
        "SELECT since, demanded FROM access_signing_rules WHERE since <= $1
         ORDER BY since DESC LIMIT 1",
        &[at.into()],
    )?)
}

/// The accounts of the city as the ledger asks for their signatures.
#[derive(Debug)]
pub struct Officials {
    decisive: BTreeSet<&'static str>,
}

impl Officials {
    /// Who must sign acts of these kinds.
    pub fn signing(decisive: impl IntoIterator<Item = &'static str>) -> Self {
        Self { decisive: decisive.into_iter().collect() }
    }
}

impl Signatories for Officials {
    fn demand(&self, reader: &Reader<'_>, kind: &str, at: Moment) -> Outcome<bool> {
        if !self.decisive.contains(kind) {
            return Ok(false);
        }
        Ok(signing_rule(reader, at)?.is_some_and(|(_, demanded)| demanded))
    }

    fn can_sign(&self, reader: &Reader<'_>, account: &str, now: Moment) -> Outcome<()> {
        let held = certificates_of(reader, account)?;
        if held.is_empty() {
            let words = "这一步要由您本人用数字证书签名，您还没有登记证书";
            return Err(unable(words).into());
        }
        let mut refused = None;
        for (held, name) in held {
            match fit(reader, &held, &name, now)? {
                Ok(()) => return Ok(()),
                Err(words) => refused = Some(words),
            }
        }
        Err(unable(format!("您登记的证书现在不能用来签名：{}", refused.unwrap_or_default())).into())
    }

    fn certificate(
        &self,
        reader: &Reader<'_>,
        account: &str,
        text: &[u8],
        signature: &[u8; 64],
        now: Moment,
    ) -> Outcome<Option<Vec<u8>>> {
        for (held, name) in certificates_of(reader, account)? {
            let signed = Certificate::read(&held).is_ok_and(|c| c.key().verify(text, signature));
            if !signed {
                continue;
            }
            return match fit(reader, &held, &name, now)? {
                Ok(()) => Ok(Some(held)),
                Err(words) => Err(unable(format!("签名用的证书现在不能用来签名：{words}")).into()),
            };
        }
        Ok(None)
    }
}

/// Whether a certificate serves for signing in this name now, or in words why not.
fn fit(reader: &Reader<'_>, held: &[u8], name: &str, now: Moment) -> Outcome<Result<(), String>> {
    let certificate = match Certificate::read(held) {
        Ok(certificate) => certificate,
        Err(why) => return Ok(Err(why.to_string())),
    };
    let common_name = certificate.common_name().unwrap_or_default();
    if !is_in_name_of(&common_name, name) {
        return Ok(Err(format!("证书上的名字是“{common_name}”，与账户的姓名不同")));
    }
    let trust = crate::trust(reader, &[&certificate])?;
    Ok(trust.check(&certificate, Purpose::Signature, now).map_err(|why| why.to_string()))
}

fn unable(words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Forbidden, "access.cannot_sign", words)
        .remedy("请在“我的账户”的“签名证书”里登记一张有效的证书，再来办理")
}
