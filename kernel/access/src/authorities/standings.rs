//! What issuers answer about the certificates on record here (OCSP), and where that and their lists are had.

use base::{Moment, Outcome};
use seal::cert::{Certificate, Reason, Standing, Told};
use store::{FromRow, Reader, Row, Tx};

use super::{fingerprint_of, read};
use crate::terms::Permit;

/// Where to learn what an authority has taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The address of its revocation list.
    pub list: Option<String>,
    /// The address of who answers about single certificates.
    pub ask: Option<String>,
}

/// Puts down where to learn what an authority has taken back. Says whether there is such an authority.
pub fn set_sources(
    tx: &Tx<'_>,
    _permit: &Permit,
    fingerprint: &str,
    sources: &Sources,
) -> Outcome<bool> {
    let set = tx.run(
        "UPDATE access_authorities SET list_url = $1, ask_url = $2, asked_at = NULL, fault = NULL,
             ask_fault = NULL
         WHERE fingerprint = $3 AND state <> 'ended'",
        &[sources.list.clone().into(), sources.ask.clone().into(), fingerprint.into()],
    )?;
    // Asked somewhere else, or nowhere any more, what was answered before is no answer, but for what was taken back.
    tx.run(
        "UPDATE access_standings SET authority = NULL, standing = NULL, made_at = NULL, next_at = NULL,
             asked_at = 0
         WHERE authority = $1 AND standing IN ('good', 'unknown')",
        &[fingerprint.into()],
    )?;
    Ok(set > 0)
}

/// Notes that an authority was asked, and what was wrong with what came.
pub fn note_asked(
    tx: &Tx<'_>,
    _permit: &Permit,
    fingerprint: &str,
    at: Moment,
    fault: Option<&str>,
) -> Outcome<()> {
    tx.run(
        "UPDATE access_authorities SET asked_at = $1, fault = $2 WHERE fingerprint = $3",
        &[at.into(), fault.map(str::to_owned).into(), fingerprint.into()],
    )?;
    Ok(())
}

/// Notes why nothing was heard of a certificate of an authority. It moves no turn of its list.
pub fn note_unheard(tx: &Tx<'_>, _permit: &Permit, fingerprint: &str, fault: &str) -> Outcome<()> {
    tx.run(
        "UPDATE access_authorities SET ask_fault = $1 WHERE fingerprint = $2",
        &[fault.into(), fingerprint.into()],
    )?;
    Ok(())
}

/// Watches every certificate of people that is on record: what was enrolled before certificates were watched has no row
/// yet. One that has is passed over.
pub fn watch_held(tx: &Tx<'_>) -> Outcome<()> {
    let held: Vec<Vec<u8>> = tx.all(
        "SELECT f.certificate FROM access_factors f WHERE f.kind = 'certificate' AND f.state = 'active'
         UNION SELECT s.certificate FROM access_signers s WHERE s.state = 'active'",
        &[],
    )?;
    let watched: Vec<Vec<u8>> = tx.all("SELECT certificate FROM access_standings", &[])?;
    let watched: std::collections::HashSet<Vec<u8>> = watched.into_iter().collect();
    for certificate in held.iter().filter(|certificate| !watched.contains(*certificate)) {
        if let Ok(certificate) = Certificate::read(certificate) {
            watch(tx, &certificate)?;
        }
    }
    Ok(())
}

/// From now on the issuer of this certificate is asked about it for as long as it holds.
pub fn watch(tx: &Tx<'_>, certificate: &Certificate) -> Outcome<()> {
    tx.run(
        "INSERT INTO access_standings (fingerprint, certificate, until, asked_at)
         VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING",
        &[
            fingerprint_of(certificate).into(),
            certificate.der().to_vec().into(),
            certificate.until().into(),
        ],
    )?;
    Ok(())
}

/// A certificate whose issuer is to be asked again.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Its fingerprint.
    pub fingerprint: String,
    /// It.
    pub certificate: Vec<u8>,
}

impl FromRow for Watched {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { fingerprint: row.get("fingerprint")?, certificate: row.get("certificate")? })
    }
}

/// The certificates that hold and were asked about before `before`, the longest ago first; at most `limit`.
pub fn to_ask(
    reader: &Reader<'_>,
    before: Moment,
    now: Moment,
    limit: i64,
) -> Outcome<Vec<Watched>> {
    Ok(reader.all(
        "SELECT fingerprint, certificate FROM access_standings
         WHERE asked_at < $1 AND until >= $2 ORDER BY asked_at, fingerprint LIMIT $3",
        &[before.into(), now.into(), limit.into()],
    )?)
}

/// What an issuer has answered about a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// How it stands.
    pub standing: Standing,
    /// When that was so.
    pub made: Moment,
    /// Until when the answer holds, if it says.
    pub until: Option<Moment>,
}

/// Puts down what an issuer, by its fingerprint, has answered, or that it gave nothing. An answer older than the one that
/// stands changes nothing, so that nobody brings a revoked certificate back. Says whether the standing is another now.
pub fn put_standing(
    tx: &Tx<'_>,
    _permit: &Permit,
    (fingerprint, authority): (&str, &str),
    answered: Option<&Answered>,
    now: Moment,
) -> Outcome<bool> {
    tx.run(
        "UPDATE access_standings SET asked_at = $1 WHERE fingerprint = $2",
        &[now.into(), fingerprint.into()],
    )?;
    let Some(answered) = answered else { return Ok(false) };
    tx.run(
        "UPDATE access_authorities SET ask_fault = NULL WHERE fingerprint = $1",
        &[authority.into()],
    )?;
    let (standing, since) = match answered.standing {
        Standing::Good => ("good", None),
        Standing::Unknown => ("unknown", None),
        Standing::Revoked(since, reason) => ("revoked", Some((since, reason))),
    };
    let before: Option<Option<String>> = tx.maybe(
        "SELECT standing FROM access_standings
         WHERE fingerprint = $1 AND (made_at IS NULL OR made_at <= $2)",
        &[fingerprint.into(), answered.made.into()],
    )?;
    let Some(before) = before else { return Ok(false) };
    tx.run(
        "UPDATE access_standings SET authority = $1, standing = $2, since = $3, reason = $4,
             made_at = $5, next_at = $6
         WHERE fingerprint = $7",
        &[
            authority.into(),
            standing.into(),
            since.map(|(since, _)| since).into(),
            since.map(|(_, reason)| reason.number()).into(),
            answered.made.into(),
            answered.until.into(),
            fingerprint.into(),
        ],
    )?;
    Ok(before.as_deref() != Some(standing))
}

struct Found {
    authority: Vec<u8>,
    told: (String, Option<Moment>, Option<i64>, Option<Moment>),
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            authority: row.get("certificate")?,
            told: (
                row.get("standing")?,
                row.get("since")?,
                row.get("reason")?,
                row.get("next_at")?,
            ),
        })
    }
}

/// What the issuer of a certificate has answered about it last, with the issuer; nothing where it was never asked.
pub(super) fn told(
    reader: &Reader<'_>,
    certificate: &Certificate,
) -> Outcome<Option<(Certificate, Told)>> {
    let row: Option<Found> = reader.maybe(
        "SELECT a.certificate, s.standing, s.since, s.reason, s.next_at
         FROM access_standings s JOIN access_authorities a ON a.fingerprint = s.authority
         WHERE s.fingerprint = $1 AND s.standing IS NOT NULL",
        &[fingerprint_of(certificate).into()],
    )?;
    let Some(Found { authority, told: (standing, since, reason, until) }) = row else {
        return Ok(None);
    };
    let standing = match (standing.as_str(), since) {
        ("revoked", Some(since)) => {
            let reason = reason.and_then(Reason::from_number).unwrap_or(Reason::Unspecified);
            Standing::Revoked(since, reason)
        }
        ("good", _) => Standing::Good,
        _ => Standing::Unknown,
    };
    let told = Told { serial: certificate.serial(), standing, until };
    Ok(Some((read(&authority)?, told)))
}

/// Some of the certificates on record here; at most `limit`.
pub fn watched(reader: &Reader<'_>, limit: i64) -> Outcome<Vec<Watched>> {
    Ok(reader.all(
        "SELECT fingerprint, certificate FROM access_standings
         WHERE asked_at >= 0 ORDER BY asked_at, fingerprint LIMIT $1",
        &[limit.into()],
    )?)
}

/// How many certificates of an authority stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standings {
    /// Those that it says stand.
    pub good: i64,
    /// Those that it took back, or does not know.
    pub amiss: i64,
    /// Those on record here, of whomever, about which nobody has answered.
    pub unasked: i64,
}

/// How many certificates of an authority, by its fingerprint, stand how.
pub fn standings(reader: &Reader<'_>, authority: &str) -> Outcome<Standings> {
    let count = |sql: &str, params: &[store::Value]| reader.one::<i64>(sql, params);
    let of = [authority.into()];
    let all = count("SELECT COUNT(*) FROM access_standings WHERE authority = $1", &of)?;
    let good = count(
        "SELECT COUNT(*) FROM access_standings WHERE authority = $1 AND standing = 'good'",
        &of,
    )?;
    let unasked = count("SELECT COUNT(*) FROM access_standings WHERE authority IS NULL", &[])?;
    Ok(Standings { good, amiss: all - good, unasked })
}

/// A certificate that its issuer took back, or does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its fingerprint.
    pub fingerprint: String,
    /// The name on it.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
}

/// The certificates of an authority, by its fingerprint, that do not stand; at most `limit`.
pub fn taken_back(reader: &Reader<'_>, authority: &str, limit: i64) -> Outcome<Vec<Issued>> {
    type Told = (String, Vec<u8>, Option<Moment>, Option<i64>);
    let rows: Vec<Told> = reader.all(
        "SELECT fingerprint, certificate, since, reason FROM access_standings
         WHERE authority = $1 AND standing > 'good' ORDER BY standing, fingerprint LIMIT $2",
        &[authority.into(), limit.into()],
    )?;
    let issued = |(fingerprint, certificate, since, reason): Told| {
        let name = Certificate::read(&certificate).ok().and_then(|one| one.common_name());
        let reason = reason.and_then(Reason::from_number).unwrap_or(Reason::Unspecified);
        let standing = since.map_or(Standing::Unknown, |since| Standing::Revoked(since, reason));
        Issued { fingerprint, name: name.unwrap_or_default(), standing }
    };
    Ok(rows.into_iter().map(issued).collect())
}
