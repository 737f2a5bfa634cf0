//! The SQL of the catalogue: resources and versions, lists, arrivals, requests, disputes.

mod cases;
mod incoming;
mod lists;
mod publications;
mod sets;
mod used;

pub use cases::*;
pub use incoming::*;
pub use lists::*;
pub use publications::*;
pub use sets::*;
pub use used::*;

use access::{Permit, Proposals, Proposed};
use base::{Fault, Id, Moment, Outcome};
use store::{FromRow, Migration, MigrationSet, Reader, Row, Tx};

use crate::terms::{Resource, State};

/// The tables of the office.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    office: "catalogue",
    files: &[
        Migration {
            name: "0001_catalogue",
            sql: include_str!("../migrations/0001_catalogue.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0002_datasets",
            sql: include_str!("../migrations/0002_datasets.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0003_publications",
            sql: include_str!("../migrations/0003_publications.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0004_kept",
            sql: "",
            sqlite: Some(include_str!("../migrations/0004_kept.sqlite.sql")),
            postgres: Some(include_str!("../migrations/0004_kept.postgres.sql")),
        },
        Migration {
            name: "0005_fed",
            sql: include_str!("../migrations/0005_fed.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0006_drawings",
            sql: include_str!("../migrations/0006_drawings.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0007_used",
            sql: include_str!("../migrations/0007_used.sql"),
            sqlite: None,
            postgres: None,
        },
    ],
};

/// A version on its way to another person.
#[derive(Clone, Debug)]
pub struct Review {
    /// Names it.
    pub id: Id<Review>,
    /// The resource.
    pub key: String,
    /// Which version.
    pub version: i64,
    /// The two people.
    pub proposed: Proposed,
}

/// The reviews.
pub const REVIEWS: Proposals = Proposals {
    table: "catalogue_reviews",
    own: "id, key, version",
    who: "sent",
    behalf: true,
    thing: "这次送审",
    verb: "送审",
};

impl FromRow for Review {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            key: row.get("key")?,
            version: row.get("version")?,
            proposed: Proposed::from_row(row)?,
        })
    }
}

/// Puts a version before another person.
pub fn put_review(tx: &Tx<'_>, permit: &Permit, new: &Review) -> Outcome<()> {
    let own = [("key", new.key.as_str().into()), ("version", new.version.into())];
    REVIEWS.put(tx, permit, (new.id, &new.proposed), &own)
}

/// The review of a resource that waits, else its last one.
pub fn last_review(reader: &Reader<'_>, key: &str) -> Outcome<Option<Review>> {
    let open = "WHERE key = $1 AND state = 'open' ORDER BY id DESC LIMIT 1";
    let waits: Vec<Review> = REVIEWS.all(reader, open, &[key.into()])?;
    if let Some(waits) = waits.into_iter().next() {
        return Ok(Some(waits));
    }
    let found = REVIEWS.all(reader, "WHERE key = $1 ORDER BY id DESC LIMIT 1", &[key.into()])?;
    Ok(found.into_iter().next())
}

/// A resource as it stands: what lists show.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// Its key, as addresses have it.
    pub key: String,
    /// Its code.
    pub code: String,
    /// Its name: of the version in force, or of the first draft.
    pub name: String,
    /// The organ that provides it, by id.
    pub provider: String,
    /// What it is called.
    pub provider_name: String,
    /// 类 and 项 together: three digits.
    pub subject: String,
    /// How it is shared, in words.
    pub share: String,
    /// Whether it is open to society.
    pub open: bool,
    /// How often it is brought up to date, in words.
    pub cycle: String,
    /// How far it is: what was published stays so while a new version is written.
    pub state: State,
    /// The version in force; 0 if there never was one.
    pub version: i64,
    /// The newest version, in whatever state.
    pub newest: i64,
    /// How far the newest is, where it is not the one in force.
    pub pending: Option<State>,
    /// The register that holds it, or nothing.
    pub register: String,
    /// When it was first published.
    pub published_at: Option<Moment>,
    /// When it changed last.
    pub changed_at: Moment,
}

pub(super) const HEAD: &str = "key, code, name, provider, provider_name, subject, share, open, cycle, \
                               state, version, newest, pending, register, published_at, changed_at \
                               FROM catalogue_resources";

impl FromRow for Head {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let (state, pending): (String, String) = (row.get("state")?, row.get("pending")?);
        Ok(Self {
            key: row.get("key")?,
            code: row.get("code")?,
            name: row.get("name")?,
            provider: row.get("provider")?,
            provider_name: row.get("provider_name")?,
            subject: row.get("subject")?,
            share: row.get("share")?,
            open: row.get("open")?,
            cycle: row.get("cycle")?,
            state: State::parse(&state)
                .ok_or_else(|| store::Error::Type { column: "state".into(), wanted: "state" })?,
            version: row.get("version")?,
            newest: row.get("newest")?,
            pending: State::parse(&pending),
            register: row.get("register")?,
            published_at: row.get("published_at")?,
            changed_at: row.get("changed_at")?,
        })
    }
}

/// A version of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// 1, 2, 3 …
    pub version: i64,
    /// How far it is.
    pub state: State,
    /// What it says.
    pub resource: Resource,
    /// Who wrote it, by account.
    pub written_by: String,
    /// From when on it is in force.
    pub from: Option<Moment>,
    /// Until when it was.
    pub to: Option<Moment>,
}

impl FromRow for Version {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let (state, body): (String, String) = (row.get("state")?, row.get("body")?);
        Ok(Self {
            version: row.get("version")?,
            state: State::parse(&state)
                .ok_or_else(|| store::Error::Type { column: "state".into(), wanted: "state" })?,
            resource: serde_json::from_str(&body)
                .map_err(|error| store::Error::Other(Box::new(error)))?,
            written_by: row.get("written_by")?,
            from: row.get("from_at")?,
            to: row.get("to_at")?,
        })
    }
}

const VERSION: &str = "version, state, body, written_by, from_at, to_at FROM catalogue_versions";

/// The resource with this key.
pub fn head(reader: &Reader<'_>, key: &str) -> Outcome<Option<Head>> {
    Ok(reader.maybe(&format!("SELECT {HEAD} WHERE key = $1"), &[key.into()])?)
}

/// The resource of this organ with this name: so that an import finds what it brought before.
pub fn head_by_name(reader: &Reader<'_>, provider: &str, name: &str) -> Outcome<Option<Head>> {
    Ok(reader.maybe(
        &format!("SELECT {HEAD} WHERE provider = $1 AND name = $2 ORDER BY key LIMIT 1"),
        &[provider.into(), name.into()],
    )?)
}

/// A version by its number.
pub fn version(reader: &Reader<'_>, key: &str, version: i64) -> Outcome<Option<Version>> {
    Ok(reader.maybe(
        &format!("SELECT {VERSION} WHERE key = $1 AND version = $2"),
        &[key.into(), version.into()],
    )?)
}

/// The versions of a resource, the newest first; 100 at most.
pub fn versions(reader: &Reader<'_>, key: &str) -> Outcome<Vec<Version>> {
    Ok(reader.all(
        &format!("SELECT {VERSION} WHERE key = $1 ORDER BY version DESC LIMIT 100"),
        &[key.into()],
    )?)
}

/// The version that was in force at a moment.
pub fn version_as_of(reader: &Reader<'_>, key: &str, at: Moment) -> Outcome<Option<Version>> {
    Ok(reader.maybe(
        &format!(
            "SELECT {VERSION} WHERE key = $1 AND from_at <= $2 AND (to_at IS NULL OR to_at > $2)
             ORDER BY version DESC LIMIT 1"
        ),
        &[key.into(), at.into()],
    )?)
}

/// The next order number behind what stands before it in a code.
pub fn next_serial(tx: &Tx<'_>, prefix: &str) -> Outcome<i64> {
    Ok(tx.one(
        "INSERT INTO catalogue_serials (prefix, last) VALUES ($1, 1)
         ON CONFLICT (prefix) DO UPDATE SET last = catalogue_serials.last + 1 RETURNING last",
        &[prefix.into()],
    )?)
}

fn body(resource: &Resource) -> Outcome<String> {
    Ok(serde_json::to_string(resource).map_err(Fault::from)?)
}

/// Puts a new resource down with its first draft.
pub fn put_resource(
    tx: &Tx<'_>,
    permit: &Permit,
    code: &str,
    (resource, provider_name): (&Resource, &str),
    now: Moment,
) -> Outcome<String> {
    let key = crate::terms::key_of(code);
    tx.run(
        "INSERT INTO catalogue_resources (key, code, name, provider, provider_name, class, subject,
                                          share, open, cycle, format, state, version, newest, pending,
                                          register, question, published_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'draft', 0, 1, 'draft', $12, $13, NULL,
                 $14)",
        &[
            key.as_str().into(),
            code.into(),
            resource.name.trim().into(),
            resource.provider.as_str().into(),
            provider_name.into(),
            resource.place.class.as_str().into(),
            format!("{}{}", resource.place.class, resource.place.subject).into(),
            resource.share.word().into(),
            resource.open.into(),
            resource.cycle_said().into(),
            resource.format.word().into(),
            resource.register.as_str().into(),
            resource.question.as_str().into(),
            now.into(),
        ],
    )?;
    put_draft(tx, permit, &key, 1, resource)?;
    Ok(key)
}

fn put_draft(
    tx: &Tx<'_>,
    permit: &Permit,
    key: &str,
    version: i64,
    resource: &Resource,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO catalogue_versions (key, version, state, body, written_by, from_at, to_at)
         VALUES ($1, $2, 'draft', $3, $4, NULL, NULL)
         ON CONFLICT (key, version) DO UPDATE SET body = excluded.body,
             written_by = excluded.written_by, state = excluded.state",
        &[key.into(), version.into(), body(resource)?.into(), permit.account().into()],
    )?;
    Ok(())
}

/// Writes on the draft of a resource, or begins the next version.
pub fn write_draft(
    tx: &Tx<'_>,
    permit: &Permit,
    head: &Head,
    (resource, provider_name): (&Resource, &str),
    now: Moment,
) -> Outcome<i64> {
    let version = if head.pending.is_some() { head.newest } else { head.newest + 1 };
    put_draft(tx, permit, &head.key, version, resource)?;
    tx.run(
        "UPDATE catalogue_resources SET newest = $1, pending = 'draft', changed_at = $2 WHERE key = $3",
        &[version.into(), now.into(), head.key.as_str().into()],
    )?;
    if head.version == 0 {
        show(tx, &head.key, resource, provider_name)?;
    }
    Ok(version)
}

/// What lists show of a resource.
fn show(tx: &Tx<'_>, key: &str, resource: &Resource, provider_name: &str) -> Outcome<()> {
    tx.run(
        "UPDATE catalogue_resources SET name = $1, provider = $2, provider_name = $3, class = $4,
             subject = $5, share = $6, open = $7, cycle = $8, format = $9, register = $10, question = $11
         WHERE key = $12",
        &[
            resource.name.trim().into(),
            resource.provider.as_str().into(),
            provider_name.into(),
            resource.place.class.as_str().into(),
            format!("{}{}", resource.place.class, resource.place.subject).into(),
            resource.share.word().into(),
            resource.open.into(),
            resource.cycle_said().into(),
            resource.format.word().into(),
            resource.register.as_str().into(),
            resource.question.as_str().into(),
            key.into(),
        ],
    )?;
    Ok(())
}

/// Moves the newest version between the one who writes and the one who reviews.
pub fn move_pending(
    tx: &Tx<'_>,
    _permit: &Permit,
    head: &Head,
    state: State,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE catalogue_versions SET state = $1 WHERE key = $2 AND version = $3",
        &[state.as_str().into(), head.key.as_str().into(), head.newest.into()],
    )?;
    tx.run(
        "UPDATE catalogue_resources SET pending = $1, changed_at = $2 WHERE key = $3",
        &[state.as_str().into(), now.into(), head.key.as_str().into()],
    )?;
    Ok(())
}

/// Puts the newest version in force in the place of the one before, which stays readable.
pub fn publish(
    tx: &Tx<'_>,
    _permit: &Permit,
    head: &Head,
    (resource, provider_name): (&Resource, &str),
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE catalogue_versions SET to_at = $1, state = 'withdrawn'
         WHERE key = $2 AND state = 'published'",
        &[now.into(), head.key.as_str().into()],
    )?;
    tx.run(
        "UPDATE catalogue_versions SET state = 'published', from_at = $1
         WHERE key = $2 AND version = $3",
        &[now.into(), head.key.as_str().into(), head.newest.into()],
    )?;
    tx.run(
        "UPDATE catalogue_resources SET state = 'published', version = $1, pending = '',
             changed_at = $2, published_at = CASE WHEN published_at IS NULL THEN $2 ELSE published_at END
         WHERE key = $3",
        &[head.newest.into(), now.into(), head.key.as_str().into()],
    )?;
    show(tx, &head.key, resource, provider_name)?;
    count_anew(tx, &head.provider)?;
    count_anew(tx, &resource.provider)?;
    put_concepts(tx, &head.key, resource)
}

fn put_concepts(tx: &Tx<'_>, key: &str, resource: &Resource) -> Outcome<()> {
    tx.run("DELETE FROM catalogue_concepts WHERE key = $1", &[key.into()])?;
    let meant = resource.items.iter().filter(|item| !item.concept.is_empty());
    for item in meant.filter(|_| resource.share != crate::terms::Share::Refused) {
        tx.run(
            "INSERT INTO catalogue_concepts (concept, key, item, item_name)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            &[
                item.concept.as_str().into(),
                key.into(),
                item.code.as_str().into(),
                item.name.as_str().into(),
            ],
        )?;
    }
    Ok(())
}

/// Takes a resource out of the catalogue; its versions stay readable.
pub fn end(tx: &Tx<'_>, _permit: &Permit, key: &str, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE catalogue_versions SET to_at = $1, state = 'withdrawn'
         WHERE key = $2 AND state = 'published'",
        &[now.into(), key.into()],
    )?;
    tx.run(
        "UPDATE catalogue_resources SET state = 'withdrawn', changed_at = $1 WHERE key = $2",
        &[now.into(), key.into()],
    )?;
    tx.run("DELETE FROM catalogue_concepts WHERE key = $1", &[key.into()])?;
    let head = head(tx, key)?;
    head.map_or(Ok(()), |head| count_anew(tx, &head.provider))
}
