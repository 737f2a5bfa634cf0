//! The SQL of what feeds a register, and of what its gateways have published.

use access::Permit;
use base::{Fault, Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Closed, Feed, Gateway, Load, Publication, Waiting};

const FEED: &str = "id, resource, title, organ, organ_name, reason, opened_by, opened_at, act, closed_by, \
                    closed_at, closed_reason FROM register_feeds";

impl FromRow for Feed {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let closed_at: Option<Moment> = row.get("closed_at")?;
        let (by, reason) = (row.get("closed_by")?, row.get("closed_reason")?);
        Ok(Self {
            id: row.get("id")?,
            resource: row.get("resource")?,
            title: row.get("title")?,
            organ: row.get("organ")?,
            organ_name: row.get("organ_name")?,
            reason: row.get("reason")?,
            opened_by: row.get("opened_by")?,
            opened_at: row.get("opened_at")?,
            act: row.get("act")?,
            closed: closed_at.map(|at| Closed { by, at, reason }),
        })
    }
}

/// What feeds a register or did, the newest first.
pub fn feeds_of(reader: &Reader<'_>, register: &str, limit: i64) -> Outcome<Vec<Feed>> {
    Ok(reader.all(
        &format!("SELECT {FEED} WHERE register = $1 ORDER BY opened_at DESC, id DESC LIMIT $2"),
        &[register.into(), limit.into()],
    )?)
}

/// One of a register's feeds.
pub(crate) fn feed(reader: &Reader<'_>, register: &str, id: Id<Feed>) -> Outcome<Option<Feed>> {
    Ok(reader.maybe(
        &format!("SELECT {FEED} WHERE id = $1 AND register = $2"),
        &[id.into(), register.into()],
    )?)
}

/// The register that a resource feeds, and the feed.
pub(crate) fn fed_by(reader: &Reader<'_>, resource: &str) -> Outcome<Option<(String, Feed)>> {
    let found: Option<Open> = reader.maybe(
        &format!("SELECT register, {FEED} WHERE resource = $1 AND closed_at IS NULL"),
        &[resource.into()],
    )?;
    Ok(found.map(|Open(register, feed)| (register, feed)))
}

struct Open(String, Feed);

impl FromRow for Open {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self(row.get("register")?, Feed::from_row(row)?))
    }
}

/// Whether a register is fed by this resource of this organ.
pub(crate) fn feeds(reader: &Reader<'_>, register: &str, of: &Gateway) -> Outcome<bool> {
    let fed = fed_by(reader, &of.resource)?;
    Ok(fed.is_some_and(|(name, feed)| name == register && feed.organ == of.organ))
}

/// A resource feeds a register from now on.
pub(crate) fn put_feed(
    tx: &Tx<'_>,
    permit: &Permit,
    (register, new): (&str, &Feed),
) -> Outcome<()> {
    tx.run(
        "INSERT INTO register_feeds (id, register, resource, title, organ, organ_name, reason, opened_by,
             opened_at, act, closed_by, closed_at, closed_reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', NULL, '')",
        &[
            new.id.into(),
            register.into(),
            new.resource.as_str().into(),
            new.title.as_str().into(),
            new.organ.as_str().into(),
            new.organ_name.as_str().into(),
            new.reason.as_str().into(),
            permit.who().name.as_str().into(),
            new.opened_at.into(),
            new.act.as_str().into(),
        ],
    )?;
    Ok(())
}

/// It does not any more; false if it did not.
pub(crate) fn close_feed(
    tx: &Tx<'_>,
    permit: &Permit,
    id: Id<Feed>,
    (reason, now): (&str, Moment),
) -> Outcome<bool> {
    let rows = tx.run(
        "UPDATE register_feeds SET closed_by = $2, closed_at = $3, closed_reason = $4
         WHERE id = $1 AND closed_at IS NULL",
        &[id.into(), permit.who().name.as_str().into(), now.into(), reason.into()],
    )?;
    Ok(rows == 1)
}

const WAITING: &str =
    "l.id, l.name, p.load, p.told, p.act, p.organ_name, l.allowed FROM register_publications p
                       JOIN register_loads l ON l.no = p.load";

impl FromRow for Waiting {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let told: String = row.get("told")?;
        Ok(Self {
            load: row.get("id")?,
            no: row.get("load")?,
            name: row.get("name")?,
            told: serde_json::from_str(&told).map_err(|_| store::Error::Missing)?,
            act: row.get("act")?,
            organ_name: row.get("organ_name")?,
            allowed: row.get::<i64>("allowed")?.unsigned_abs(),
        })
    }
}

/// Whether a publication is a load already.
pub(crate) fn is_known(reader: &Reader<'_>, publication: &str) -> Outcome<bool> {
    let known: Option<i64> = reader.maybe(
        "SELECT load FROM register_publications WHERE publication = $1",
        &[publication.into()],
    )?;
    Ok(known.is_some())
}

/// Notes what was told of a publication that is this load.
pub(crate) fn put_publication(
    tx: &Tx<'_>,
    _permit: &Permit,
    (register, no): (&str, i64),
    (told, organ_name, act): (&Publication, &str, &str),
) -> Outcome<()> {
    let text = serde_json::to_string(told).map_err(Fault::from)?;
    tx.run(
        "INSERT INTO register_publications (load, register, publication, resource, organ, organ_name,
             told, act)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            no.into(),
            register.into(),
            told.publication.as_str().into(),
            told.resource.as_str().into(),
            told.organ.as_str().into(),
            organ_name.into(),
            text.into(),
            act.into(),
        ],
    )?;
    Ok(())
}

/// The first publication of a register that can be taken up: behind one that waits for a person's word those of the same
/// resource wait too.
pub fn next_published(reader: &Reader<'_>, register: &str) -> Outcome<Option<Waiting>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {WAITING}
             WHERE l.register = $1 AND l.place = 0 AND l.state IN ('waiting', 'staging')
                 AND NOT EXISTS (
                     SELECT 1 FROM register_loads h JOIN register_publications q ON q.load = h.no
                     WHERE h.register = $1 AND h.place = 0 AND h.state = 'held' AND h.no < l.no
                         AND q.resource = p.resource)
             ORDER BY p.load LIMIT 1"
        ),
        &[register.into()],
    )?)
}

/// What was told of the publication that a load is; nothing where it is none.
pub fn published_as(reader: &Reader<'_>, no: i64) -> Outcome<Option<Waiting>> {
    Ok(reader.maybe(&format!("SELECT {WAITING} WHERE p.load = $1"), &[no.into()])?)
}

/// The loads of files that count, of the organ of who brought this one, by number and place, in their order.
pub(crate) fn loads_of_its_organ(
    reader: &Reader<'_>,
    register: &str,
    no: i64,
) -> Outcome<Vec<(i64, i64)>> {
    Ok(reader.all(
        "SELECT no, place FROM register_loads
         WHERE register = $1 AND state = 'published' AND source = 'file' AND organ <> ''
             AND organ = (SELECT l.organ FROM register_loads l WHERE l.no = $2)
         ORDER BY place",
        &[register.into(), no.into()],
    )?)
}

/// The loads of a source that count, by number and place, in their order.
pub(crate) fn own_loads(
    reader: &Reader<'_>,
    register: &str,
    of: &Gateway,
) -> Outcome<Vec<(i64, i64)>> {
    Ok(reader.all(
        "SELECT l.no, l.place FROM register_publications p
         JOIN register_loads l ON l.no = p.load
         WHERE p.register = $1 AND p.resource = $2 AND p.organ = $3 AND l.state = 'published'
         ORDER BY l.place",
        &[register.into(), of.resource.as_str().into(), of.organ.as_str().into()],
    )?)
}

/// A load would let so many go that a person is asked.
pub(crate) fn hold(
    tx: &Tx<'_>,
    _permit: &Permit,
    no: i64,
    (words, going): (&str, u64),
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE register_loads SET state = 'held', words = $2, removed = $3, moved_at = $4
         WHERE no = $1 AND place = 0",
        &[no.into(), words.into(), i64::try_from(going).unwrap_or(i64::MAX).into(), now.into()],
    )?;
    Ok(())
}

/// A person lets them go: the load is taken up again. False if nobody is asked about it.
pub(crate) fn release(tx: &Tx<'_>, _permit: &Permit, id: Id<Load>, now: Moment) -> Outcome<bool> {
    let rows = tx.run(
        "UPDATE register_loads SET state = 'waiting', words = '', allowed = removed, removed = 0,
             moved_at = $2
         WHERE id = $1 AND state = 'held'",
        &[id.into(), now.into()],
    )?;
    Ok(rows == 1)
}
