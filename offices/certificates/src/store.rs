//! The office's own tables: the authority, what it has issued, what is proposed.

pub mod ending;
pub mod organs;

use access::{Permit, Proposals, Proposed};
use base::{Day, Id, Moment, Outcome};
use seal::cert::Reason;
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{EXCHANGE, Issued, Kind, Proposal, Purpose, Root};

const ROOT: &str = "id, name, organization, certificate, fingerprint, secret_sealed, from_at, until_at, \
                    list_number, list_made_at, list_next_at, place, ends_at, ends_why FROM certificates_authorities";
const ISSUED: &str = "id, authority, serial, name, kind, purpose, certificate, key_mark, from_at, until_at, \
                      keeper, keeper_name, renews, renewed_by, state, revoked_at, revoked_reason, issued_at \
                      FROM certificates_issued";
/// What two people decide.
pub const PROPOSALS: Proposals = Proposals {
    table: "certificates_proposals",
    own: "id, subject, title, body, reason",
    who: "proposed",
    behalf: false,
    thing: "这项提议",
    verb: "提出",
};

/// The authority that issues now: the newest that was founded, of which no end is decided.
pub fn standing(reader: &Reader<'_>, now: Moment) -> Outcome<Option<Root>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {ROOT} WHERE state = 'standing' AND until_at > $1 AND ends_at IS NULL
             ORDER BY id DESC LIMIT 1"
        ),
        &[now.into()],
    )?)
}

/// The authorities whose time is not over, also those that were ended before it; the newest first.
pub fn roots(reader: &Reader<'_>, now: Moment) -> Outcome<Vec<Root>> {
    Ok(reader.all(
        &format!("SELECT {ROOT} WHERE state = 'standing' AND until_at > $1 ORDER BY id DESC"),
        &[now.into()],
    )?)
}

/// The authority that is published at a place.
pub fn root_at(reader: &Reader<'_>, place: &str, now: Moment) -> Outcome<Option<Root>> {
    Ok(roots(reader, now)?.into_iter().find(|root| root.place == place))
}

/// Whether the place of the first authority was ever given.
pub fn is_first(reader: &Reader<'_>) -> Outcome<bool> {
    let count: i64 = reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM certificates_authorities WHERE state = 'standing'",
        &[],
    )?;
    Ok(count == 0)
}

/// Decides that an authority ends: at once or later, and never later than was decided before.
pub fn end_root(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: Id<Root>,
    (at, why): (Moment, Reason),
) -> Outcome<bool> {
    let ended = tx.run(
        "UPDATE certificates_authorities SET ends_at = $1, ends_why = $2
         WHERE id = $3 AND state = 'standing' AND (ends_at IS NULL OR ends_at > $1)",
        &[at.into(), why.number().into(), id.into()],
    )?;
    Ok(ended > 0)
}

/// Revokes all that an authority has issued and that is neither revoked nor over. Says how many.
pub fn revoke_all(
    tx: &Tx<'_>,
    _permit: &Permit,
    root: Id<Root>,
    (at, why): (Moment, Reason),
) -> Outcome<u64> {
    Ok(tx.run(
        "UPDATE certificates_issued SET state = 'revoked', revoked_at = $1, revoked_reason = $2
         WHERE authority = $3 AND state = 'valid' AND until_at > $1",
        &[at.into(), why.number().into(), root.into()],
    )?)
}

/// How many certificates of an authority are neither revoked nor over.
pub fn valid_of(reader: &Reader<'_>, root: Id<Root>, now: Moment) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM certificates_issued
         WHERE authority = $1 AND state = 'valid' AND until_at > $2",
        &[root.into(), now.into()],
    )?)
}

/// An authority by id, founded or only proposed.
pub fn root_by_id(reader: &Reader<'_>, id: Id<Root>) -> Outcome<Option<Root>> {
    Ok(reader.maybe(&format!("SELECT {ROOT} WHERE id = $1"), &[id.into()])?)
}

/// The last revocation list of an authority, DER.
pub fn list(reader: &Reader<'_>, root: Id<Root>) -> Outcome<Option<Vec<u8>>> {
    let list: Option<Option<Vec<u8>>> =
        reader.maybe("SELECT list FROM certificates_authorities WHERE id = $1", &[root.into()])?;
    Ok(list.flatten())
}

/// Puts an authority down that waits for a second person.
pub fn put_root(tx: &Tx<'_>, _permit: &Permit, new: &Root) -> Outcome<()> {
    tx.run(
        "INSERT INTO certificates_authorities (id, name, organization, certificate, fingerprint,
             secret_sealed, from_at, until_at, state, list_number, place)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'proposed', 0, $9)",
        &[
            new.id.into(),
            new.name.as_str().into(),
            new.organization.as_str().into(),
            new.certificate.clone().into(),
            new.fingerprint.as_str().into(),
            new.secret_sealed.clone().into(),
            new.from.into(),
            new.until.into(),
            new.place.as_str().into(),
        ],
    )?;
    Ok(())
}

/// Founds a proposed authority; the first one is published at no place of its own.
pub fn found_root(tx: &Tx<'_>, _permit: &Permit, id: Id<Root>) -> Outcome<bool> {
    let first = is_first(tx)?;
    let founded = tx.run(
        "UPDATE certificates_authorities
         SET state = 'standing', place = CASE WHEN $2 = 1 THEN '' ELSE place END
         WHERE id = $1 AND state = 'proposed'",
        &[id.into(), i64::from(first).into()],
    )?;
    Ok(founded > 0)
}

/// Drops a proposed authority, and its key with it.
pub fn drop_root(tx: &Tx<'_>, _permit: &Permit, id: Id<Root>) -> Outcome<()> {
    tx.run(
        "UPDATE certificates_authorities SET state = 'dropped', secret_sealed = NULL
         WHERE id = $1 AND state = 'proposed'",
        &[id.into()],
    )?;
    Ok(())
}

/// Keeps a revocation list in the place of the one before, if that is still the last.
pub fn put_list(
    tx: &Tx<'_>,
    _permit: &Permit,
    root: &Root,
    list: &[u8],
    (made, next): (Moment, Moment),
) -> Outcome<bool> {
    let put = tx.run(
        "UPDATE certificates_authorities
         SET list = $1, list_number = $2, list_made_at = $3, list_next_at = $4
         WHERE id = $5 AND list_number = $6",
        &[
            list.to_vec().into(),
            (root.list_number + 1).into(),
            made.into(),
            next.into(),
            root.id.into(),
            root.list_number.into(),
        ],
    )?;
    Ok(put > 0)
}

/// The numbers that were revoked and would not have ended by themselves by this moment.
pub fn revoked(
    reader: &Reader<'_>,
    root: Id<Root>,
    at: Moment,
) -> Outcome<Vec<(String, Moment, i64)>> {
    Ok(reader.all(
        "SELECT serial, revoked_at, revoked_reason FROM certificates_issued
         WHERE state = 'revoked' AND until_at > $1 AND authority = $2 ORDER BY until_at, id",
        &[at.into(), root.into()],
    )?)
}

/// Puts a certificate down that was issued, and what it renews behind it.
pub fn put_issued(tx: &Tx<'_>, _permit: &Permit, new: &Issued) -> Outcome<()> {
    tx.run(
        "INSERT INTO certificates_issued (id, authority, serial, name, kind, purpose, certificate,
             key_mark, from_at, until_at, keeper, keeper_name, renews, state, issued_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'valid', $14)",
        &[
            new.id.into(),
            new.authority.into(),
            new.serial.as_str().into(),
            new.name.as_str().into(),
            new.kind.as_str().into(),
            new.purpose.as_str().into(),
            new.certificate.clone().into(),
            new.key_mark.as_str().into(),
            new.from.into(),
            new.until.into(),
            new.keeper.as_str().into(),
            new.keeper_name.as_str().into(),
            new.renews.as_deref().into(),
            new.issued_at.into(),
        ],
    )?;
    if let Some(before) = &new.renews {
        tx.run(
            "UPDATE certificates_issued SET renewed_by = $1 WHERE serial = $2",
            &[new.serial.as_str().into(), before.as_str().into()],
        )?;
    }
    Ok(())
}

/// Revokes a certificate. No if it is revoked already.
pub fn revoke(
    tx: &Tx<'_>,
    _permit: &Permit,
    serial: &str,
    reason: Reason,
    now: Moment,
) -> Outcome<bool> {
    let revoked = tx.run(
        "UPDATE certificates_issued SET state = 'revoked', revoked_at = $1, revoked_reason = $2
         WHERE serial = $3 AND state = 'valid'",
        &[now.into(), reason.number().into(), serial.into()],
    )?;
    Ok(revoked > 0)
}

/// A certificate by its number.
pub fn issued_by_serial(reader: &Reader<'_>, serial: &str) -> Outcome<Option<Issued>> {
    Ok(reader.maybe(&format!("SELECT {ISSUED} WHERE serial = $1"), &[serial.into()])?)
}

/// Certificates of one authority by their numbers, eight at most.
pub fn issued_by_serials(
    reader: &Reader<'_>,
    root: Id<Root>,
    serials: &[String],
) -> Outcome<Vec<Issued>> {
    let mut params = vec![root.into()];
    let padded = serials.iter().map(String::as_str).chain(std::iter::repeat(""));
    params.extend(padded.take(8).map(Into::into));
    Ok(reader.all(
        &format!(
            "SELECT {ISSUED} WHERE authority = $1 AND serial IN ($2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &params,
    )?)
}

/// The certificates over one key.
pub fn issued_by_key(reader: &Reader<'_>, mark: &str) -> Outcome<Vec<Issued>> {
    Ok(reader.all(&format!("SELECT {ISSUED} WHERE key_mark = $1"), &[mark.into()])?)
}

/// How a list is narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Everything.
    All,
    /// What is neither revoked nor over.
    Valid,
    /// What was revoked.
    Revoked,
    /// What is over by itself.
    Expired,
}

/// The newest certificates before an id.
pub fn issued_before(
    reader: &Reader<'_>,
    shown: Shown,
    before: &str,
    now: Moment,
    limit: i64,
) -> Outcome<Vec<Issued>> {
    let of = match shown {
        Shown::All => "issued_at <= $2",
        Shown::Valid => "state = 'valid' AND until_at > $2",
        Shown::Expired => "state = 'valid' AND until_at <= $2",
        Shown::Revoked => "state = 'revoked' AND issued_at <= $2",
    };
    Ok(reader.all(
        &format!("SELECT {ISSUED} WHERE id < $1 AND {of} ORDER BY id DESC LIMIT $3"),
        &[before.into(), now.into(), limit.into()],
    )?)
}

/// The certificates whose names begin so, by name, after one.
pub fn issued_named(
    reader: &Reader<'_>,
    begin: &str,
    (name, id): (&str, &str),
    limit: i64,
) -> Outcome<Vec<Issued>> {
    let end = format!("{begin}\u{10FFFF}");
    Ok(reader.all(
        &format!(
            "SELECT {ISSUED} WHERE name >= $1 AND name < $2 AND (name, id) > ($3, $4)
             ORDER BY name, id LIMIT $5"
        ),
        &[begin.into(), end.into(), name.into(), id.into(), limit.into()],
    )?)
}

/// The certificates whose numbers begin so, after one.
pub fn issued_numbered(
    reader: &Reader<'_>,
    begin: &str,
    after: &str,
    limit: i64,
) -> Outcome<Vec<Issued>> {
    let end = format!("{begin}~");
    Ok(reader.all(
        &format!(
            "SELECT {ISSUED} WHERE serial >= $1 AND serial < $2 AND serial > $3
             ORDER BY serial LIMIT $4"
        ),
        &[begin.into(), end.into(), after.into(), limit.into()],
    )?)
}

/// Puts a proposal down.
pub fn put_proposal(tx: &Tx<'_>, permit: &Permit, new: &Proposal) -> Outcome<()> {
    let body = serde_json::to_string(&new.wish).map_err(base::Fault::from)?;
    let own = [
        ("kind", new.wish.kind().into()),
        ("subject", new.subject.as_str().into()),
        ("title", new.title.as_str().into()),
        ("body", body.into()),
        ("reason", new.reason.as_str().into()),
    ];
    PROPOSALS.put(tx, permit, (new.id, &new.proposed), &own)
}

/// What waits to be decided of certificates, oldest first; at most 200.
pub fn open_proposals(reader: &Reader<'_>, today: Day) -> Outcome<Vec<Proposal>> {
    let rest = "WHERE state = 'open' AND kind <> $1 AND last_day >= $2 ORDER BY id LIMIT 200";
    PROPOSALS.all(reader, rest, &[EXCHANGE.into(), today.into()])
}

/// What waits to be decided of the installation's keys, oldest first; at most 200.
pub fn open_exchanges(reader: &Reader<'_>, today: Day) -> Outcome<Vec<Proposal>> {
    let rest = "WHERE state = 'open' AND kind = $1 AND last_day >= $2 ORDER BY id LIMIT 200";
    PROPOSALS.all(reader, rest, &[EXCHANGE.into(), today.into()])
}

/// The exchange of a key that was agreed to last.
pub fn last_agreed(reader: &Reader<'_>, subject: &str) -> Outcome<Option<Proposal>> {
    let rest = "WHERE subject = $1 AND state = 'agreed' ORDER BY id DESC LIMIT 1";
    Ok(PROPOSALS.all(reader, rest, &[subject.into()])?.pop())
}

/// What waits to be decided about one thing.
pub fn open_about(reader: &Reader<'_>, subject: &str, today: Day) -> Outcome<Option<Proposal>> {
    let rest = "WHERE subject = $1 AND state = 'open' AND last_day >= $2 ORDER BY id LIMIT 1";
    Ok(PROPOSALS.all(reader, rest, &[subject.into(), today.into()])?.pop())
}

/// What nobody decided in time: oldest first, at most 100.
pub fn overdue_proposals(reader: &Reader<'_>, today: Day) -> Outcome<Vec<Proposal>> {
    let rest = "WHERE state = 'open' AND last_day < $1 ORDER BY id LIMIT 100";
    PROPOSALS.all(reader, rest, &[today.into()])
}

impl FromRow for Root {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let made: Option<Moment> = row.get("list_made_at")?;
        let next: Option<Moment> = row.get("list_next_at")?;
        let ends: Option<Moment> = row.get("ends_at")?;
        let why: Option<i64> = row.get("ends_why")?;
        let why = why.and_then(Reason::from_number).unwrap_or(Reason::Unspecified);
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            organization: row.get("organization")?,
            certificate: row.get("certificate")?,
            fingerprint: row.get("fingerprint")?,
            secret_sealed: row.get("secret_sealed")?,
            place: row.get("place")?,
            ends: ends.map(|at| (at, why)),
            from: row.get("from_at")?,
            until: row.get("until_at")?,
            list_number: row.get("list_number")?,
            listed: made.zip(next),
        })
    }
}

impl FromRow for Issued {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let at: Option<Moment> = row.get("revoked_at")?;
        let reason: Option<i64> = row.get("revoked_reason")?;
        // What a newer program wrote is revoked all the same.
        let reason =
            reason.map(|number| Reason::from_number(number).unwrap_or(Reason::Unspecified));
        // The state decides; what else the row should say and does not makes nothing good again.
        let is_revoked = row.get::<String>("state")? == "revoked";
        let from: Moment = row.get("from_at")?;
        let revoked =
            is_revoked.then(|| (at.unwrap_or(from), reason.unwrap_or(Reason::Unspecified)));
        Ok(Self {
            id: row.get("id")?,
            authority: row.get("authority")?,
            serial: row.get("serial")?,
            name: row.get("name")?,
            kind: Kind::parse(&row.get::<String>("kind")?).unwrap_or(Kind::Machine),
            purpose: Purpose::parse(&row.get::<String>("purpose")?).unwrap_or(Purpose::Signature),
            certificate: row.get("certificate")?,
            key_mark: row.get("key_mark")?,
            from,
            until: row.get("until_at")?,
            keeper: row.get("keeper")?,
            keeper_name: row.get("keeper_name")?,
            renews: row.get("renews")?,
            renewed_by: row.get("renewed_by")?,
            revoked,
            issued_at: row.get("issued_at")?,
        })
    }
}

impl FromRow for Proposal {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let body: String = row.get("body")?;
        Ok(Self {
            id: row.get("id")?,
            wish: serde_json::from_str(&body)
                .map_err(|_| store::Error::Type { column: "body".into(), wanted: "a wish" })?,
            subject: row.get("subject")?,
            title: row.get("title")?,
            reason: row.get("reason")?,
            proposed: Proposed::from_row(row)?,
        })
    }
}
