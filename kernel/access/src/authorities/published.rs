//! Whom the city has trusted and from when until when, for whoever judges the signatures under its acts away from here.

use base::{Moment, Outcome};
use seal::cert::{Certificate, RevocationList, Span};
use store::{Reader, Tx};

use super::unfit;

/// Notes that an authority is trusted from now on.
pub(super) fn begins(tx: &Tx<'_>, fingerprint: &str, now: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO access_trusted (fingerprint, since) VALUES ($1, $2)
         ON CONFLICT (fingerprint, since) DO UPDATE SET until = NULL",
        &[fingerprint.into(), now.into()],
    )?;
    Ok(())
}

/// Notes that it is so no more.
pub(super) fn ends(tx: &Tx<'_>, fingerprint: &str, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE access_trusted SET until = $1 WHERE fingerprint = $2 AND until IS NULL",
        &[now.into(), fingerprint.into()],
    )?;
    Ok(())
}

/// The authorities that the city trusts or has trusted, each with its spans and its last list, in PEM, one after
/// another (docs/ledger-format.md).
pub fn published_trust(reader: &Reader<'_>) -> Outcome<String> {
    let mut rows: Vec<(String, String, Vec<u8>)> = reader.all(
        "SELECT a.name, a.fingerprint, a.certificate FROM access_authorities a
         WHERE EXISTS (SELECT 1 FROM access_trusted t WHERE t.fingerprint = a.fingerprint)",
        &[],
    )?;
    rows.sort();
    let spans: Vec<(String, Moment, Option<Moment>)> = reader.all(
        "SELECT fingerprint, since, until FROM access_trusted ORDER BY fingerprint, since",
        &[],
    )?;
    let lists: Vec<(String, Vec<u8>)> =
        reader.all("SELECT authority, list FROM access_revocation_lists", &[])?;
    let unwritten = |why: seal::cert::CertError| unfit(&why.to_string());
    let mut text = String::new();
    for (_, fingerprint, der) in &rows {
        for (_, since, until) in spans.iter().filter(|(of, ..)| of == fingerprint) {
            text.push_str(&Span { since: *since, until: *until }.to_line());
            text.push('\n');
        }
        let certificate = Certificate::read(der).map_err(unwritten)?;
        text.push_str(&certificate.to_pem().map_err(unwritten)?);
        for (_, list) in lists.iter().filter(|(of, _)| of == fingerprint) {
            let list = RevocationList::read(list).map_err(unwritten)?;
            text.push_str(&list.to_pem().map_err(unwritten)?);
        }
    }
    Ok(text)
}
