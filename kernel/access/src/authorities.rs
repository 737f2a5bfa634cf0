//! Whom the city trusts to issue certificates, and what they have taken back.

mod published;
mod read;
mod standings;

pub use self::published::published_trust;
pub use self::read::have_read;
pub use self::standings::{
    Answered, Issued, Sources, Standings, Watched, note_asked, note_unheard, put_standing,
    set_sources, standings, taken_back, to_ask, watch, watch_held, watched,
};

use base::{Moment, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use seal::cert::{Certificate, Lists, Purpose, RevocationList, Trust};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::Permit;

/// An authority as stored.
#[derive(Clone, Debug)]
pub struct AuthorityRow {
    /// SM3 over the certificate, in hexadecimal.
    pub fingerprint: String,
    /// Its name.
    pub name: String,
    /// Whether it is trusted by the city's own decision, not by another's signature.
    pub root: bool,
    /// The certificate's bytes.
    pub certificate: Vec<u8>,
    /// Whether two people have agreed.
    pub trusted: bool,
    /// Who proposed it, by account.
    pub proposed_by: String,
    /// Until when its certificate holds.
    pub until: Moment,
    /// When its revocation list was made and when the next is due, if there is one.
    pub list: Option<(Moment, Option<Moment>)>,
    /// Where to learn what it has taken back.
    pub sources: Sources,
    /// When its list was fetched last, and what was wrong then.
    pub asked: Option<(Moment, Option<String>)>,
    /// Why it has answered nothing about a certificate lately.
    pub unheard: Option<String>,
}

impl FromRow for AuthorityRow {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let made: Option<Moment> = row.get("made_at")?;
        let next: Option<Moment> = row.get("next_at")?;
        let asked: Option<Moment> = row.get("asked_at")?;
        let fault: Option<String> = row.get("fault")?;
        Ok(Self {
            fingerprint: row.get("fingerprint")?,
            name: row.get("name")?,
            root: row.get("root")?,
            certificate: row.get("certificate")?,
            trusted: row.get::<String>("state")? == "trusted",
            proposed_by: row.get("proposed_by")?,
            until: row.get("until")?,
            list: made.map(|made| (made, next)),
            sources: Sources { list: row.get("list_url")?, ask: row.get("ask_url")? },
            asked: asked.map(|asked| (asked, fault)),
            unheard: row.get("ask_fault")?,
        })
    }
}

/// All authorities, trusted and proposed, by name. There are a handful.
pub fn authorities(reader: &Reader<'_>) -> Outcome<Vec<AuthorityRow>> {
    let mut rows: Vec<AuthorityRow> = reader.all(
        "SELECT a.fingerprint, a.name, a.root, a.certificate, a.state, a.proposed_by, a.until,
                a.list_url, a.ask_url, a.asked_at, a.fault, a.ask_fault, l.made_at, l.next_at
         FROM access_authorities a
         LEFT JOIN access_revocation_lists l ON l.authority = a.fingerprint
         WHERE a.state <> 'ended'",
        &[],
    )?;
    rows.sort_by(|one, other| {
        (&one.name, &one.fingerprint).cmp(&(&other.name, &other.fingerprint))
    });
    Ok(rows)
}

/// The trust of the city as it stands, with what issuers have answered about these certificates: what they are held
/// against.
pub fn trust(reader: &Reader<'_>, judged: &[&Certificate]) -> Outcome<Trust> {
    let mut trust = Trust::new(Lists::IfThere);
    for row in authorities(reader)?.into_iter().filter(|row| row.trusted) {
        let certificate = read(&row.certificate)?;
        trust = match row.root {
            true => trust.root(certificate).map_err(|why| unfit(&why.to_string()))?,
            false => trust.between(certificate),
        };
    }
    for list in read::lists(reader)? {
        trust = trust.list(list);
    }
    for certificate in judged {
        if let Some((issuer, told)) = standings::told(reader, certificate)? {
            trust = trust.told(issuer, told);
        }
    }
    Ok(trust)
}

fn read(bytes: &[u8]) -> Result<Certificate, Refusal> {
    Certificate::read(bytes).map_err(|why| unfit(&why.to_string()))
}

fn unfit(why: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "access.unfit_certificate", why.to_owned())
        .field("certificate", why.to_owned())
}

/// Proposes an authority; it counts once somebody else has agreed. Refuses what is no authority, one for
/// machines alone, and one that stands already.
pub fn propose_authority(tx: &Tx<'_>, permit: &Permit, certificate: &Certificate) -> Outcome<()> {
    if !certificate.is_for(Purpose::Authority) {
        return Err(unfit("这不是签发机构的证书").into());
    }
    if certificate.is_of_machines() {
        let words = "这是内置的设备证书机构，只给设备签发，不能用来认可人员和机关的证书";
        return Err(unfit(words).into());
    }
    let name = certificate.common_name().unwrap_or_else(|| certificate.subject());
    let proposed = tx.run(
        "INSERT INTO access_authorities (fingerprint, name, root, certificate, state, proposed_by,
             until)
         VALUES ($1, $2, $3, $4, 'proposed', $5, $6)
         ON CONFLICT (fingerprint) DO UPDATE
         SET state = 'proposed', proposed_by = excluded.proposed_by
         WHERE access_authorities.state = 'ended'",
        &[
            fingerprint_of(certificate).into(),
            name.into(),
            (certificate.subject() == certificate.issuer()).into(),
            certificate.der().to_vec().into(),
            permit.account().into(),
            certificate.until().into(),
        ],
    )?;
    if proposed == 0 {
        return Err(unfit("这个签发机构已经在名单里").into());
    }
    Ok(())
}

/// The name of a certificate in acts and addresses.
pub fn fingerprint_of(certificate: &Certificate) -> String {
    HEXLOWER.encode(&certificate.fingerprint())
}

/// Agrees to a proposed authority: it counts from now on. Not by who proposed it.
pub fn agree_authority(
    tx: &Tx<'_>,
    permit: &Permit,
    fingerprint: &str,
    now: Moment,
) -> Outcome<()> {
    let agreed = tx.run(
        "UPDATE access_authorities SET state = 'trusted'
         WHERE fingerprint = $1 AND state = 'proposed' AND proposed_by <> $2",
        &[fingerprint.into(), permit.account().into()],
    )?;
    if agreed == 0 {
        let words = "提出的人不能自己同意，要由另一位管理员同意";
        return Err(Refusal::new(RefusalKind::Conflict, "access.same_person", words).into());
    }
    published::begins(tx, fingerprint, now)
}

/// Trusts a proposed authority where nobody can agree yet: in a city that is being founded. It counts from the
/// beginning.
pub fn trust_at_founding(tx: &Tx<'_>, _permit: &Permit, fingerprint: &str) -> Outcome<()> {
    let trusted = tx.run(
        "UPDATE access_authorities SET state = 'trusted'
         WHERE fingerprint = $1 AND state = 'proposed' AND proposed_by = ''",
        &[fingerprint.into()],
    )?;
    match trusted {
        0 => Ok(()),
        _ => published::begins(tx, fingerprint, Moment::from_millis(0)),
    }
}

/// Ends the trust in an authority, or a proposal. One person may: it only takes away.
pub fn end_authority(
    tx: &Tx<'_>,
    _permit: &Permit,
    fingerprint: &str,
    now: Moment,
) -> Outcome<bool> {
    let ended = tx.run(
        "UPDATE access_authorities SET state = 'ended' WHERE fingerprint = $1 AND state <> 'ended'",
        &[fingerprint.into()],
    )?;
    published::ends(tx, fingerprint, now)?;
    Ok(ended > 0)
}

/// Takes in a revocation list. Its issuer's signature is its ground; an older one than the one that
/// stands is refused, so that nobody brings a revoked certificate back.
pub fn put_list(tx: &Tx<'_>, _permit: &Permit, list: &RevocationList) -> Outcome<String> {
    for row in authorities(tx)?.into_iter().filter(|row| row.trusted) {
        if !list.is_of(&read(&row.certificate)?) {
            continue;
        }
        if row.list.is_some_and(|(made, _)| made > list.made()) {
            return Err(unfit_list("已经有更新的吊销列表，旧的没有收下").into());
        }
        tx.run(
            "INSERT INTO access_revocation_lists (authority, list, made_at, next_at, digest)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (authority) DO UPDATE
             SET list = excluded.list, made_at = excluded.made_at, next_at = excluded.next_at,
                 digest = excluded.digest",
            &[
                row.fingerprint.as_str().into(),
                list.der().to_vec().into(),
                list.made().into(),
                list.next().into(),
                read::digest_of(list).into(),
            ],
        )?;
        return Ok(row.fingerprint);
    }
    Err(unfit_list("这份吊销列表不是名单里的签发机构签发的").into())
}

/// Whether an authority, by its fingerprint, has a list that is as new as this moment, or newer.
pub fn newer_list(reader: &Reader<'_>, fingerprint: &str, made: Moment) -> Outcome<bool> {
    let stands: Option<Moment> = reader.maybe(
        "SELECT made_at FROM access_revocation_lists WHERE authority = $1",
        &[fingerprint.into()],
    )?;
    Ok(stands.is_some_and(|stands| stands >= made))
}

fn unfit_list(why: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "access.unfit_list", why.to_owned())
        .field("list", why.to_owned())
}
