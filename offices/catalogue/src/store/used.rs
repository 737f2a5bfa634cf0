//! The SQL of lineage: which case used which resource, and how.

use base::{Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

/// How a case came to use a resource: as stored, and as people read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Its application was filled in by it.
    Prefilled,
    /// It was asked in the course of the case.
    Asked,
    /// The case was opened because of what it told.
    Found,
}

impl How {
    const ALL: [How; 3] = [How::Prefilled, How::Asked, How::Found];

    /// As stored.
    const fn as_str(self) -> &'static str {
        match self {
            How::Prefilled => "prefilled",
            How::Asked => "asked",
            How::Found => "found",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            How::Prefilled => "填写申请表",
            How::Asked => "办理中查询",
            How::Found => "由它发现线索",
        }
    }
}

/// A resource that a case used.
#[derive(Clone, Debug)]
pub struct Use {
    /// The resource's key.
    pub key: String,
    /// What the resource is called.
    pub resource_name: String,
    /// Who provides it, by id,
    pub provider: String,
    /// and by name.
    pub provider_name: String,
    /// The case's number.
    pub case_no: String,
    /// How.
    pub how: How,
    /// When first.
    pub at: Moment,
    /// When last.
    pub last_at: Moment,
    /// How often.
    pub times: i64,
    /// Whose case it is.
    pub organ_name: String,
    /// The act that tells of it: the last one.
    pub act: String,
}

impl FromRow for Use {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let how: String = row.get("how")?;
        Ok(Self {
            key: row.get("key")?,
            resource_name: row.get("name")?,
            provider: row.get("provider")?,
            provider_name: row.get("provider_name")?,
            case_no: row.get("case_no")?,
            how: How::ALL.into_iter().find(|one| one.as_str() == how).unwrap_or(How::Prefilled),
            at: row.get("at")?,
            last_at: row.get("last_at")?,
            times: row.get("times")?,
            organ_name: row.get("organ_name")?,
            act: row.get("act")?,
        })
    }
}

const USE: &str = "u.key, r.name, r.provider, r.provider_name, u.case_no, u.how, u.at, u.last_at, u.times, \
                   u.organ_name, u.act \
                   FROM catalogue_used u JOIN catalogue_resources r ON r.key = u.key";

/// What is noted of a use.
#[derive(Clone, Copy, Debug)]
pub struct NewUse<'u> {
    /// The case's number.
    pub case_no: &'u str,
    /// Whose case it is.
    pub organ_name: &'u str,
    /// How it came to use the resource.
    pub how: How,
    /// The act that tells of it, and when.
    pub act: (&'u str, Moment),
}

/// Notes that a case used a resource; once more where it did before.
pub fn put_use(tx: &Tx<'_>, key: &str, new: &NewUse<'_>) -> Outcome<()> {
    let (act, at) = new.act;
    tx.run(
        "INSERT INTO catalogue_used (case_no, key, how, at, last_at, times, organ_name, act)
         VALUES ($1, $2, $3, $4, $4, 1, $5, $6)
         ON CONFLICT (case_no, key, how) DO UPDATE SET last_at = excluded.last_at,
             times = catalogue_used.times + 1, act = excluded.act",
        &[
            new.case_no.into(),
            key.into(),
            new.how.as_str().into(),
            at.into(),
            new.organ_name.into(),
            act.into(),
        ],
    )?;
    Ok(())
}

/// How many cases used a resource, and those with the highest numbers.
pub fn uses(reader: &Reader<'_>, key: &str, limit: i64) -> Outcome<(i64, Vec<Use>)> {
    let count = reader.one(
        "SELECT CAST(COUNT(DISTINCT case_no) AS BIGINT) FROM catalogue_used WHERE key = $1",
        &[key.into()],
    )?;
    let rows = reader.all(
        &format!("SELECT {USE} WHERE u.key = $1 ORDER BY u.case_no DESC, u.how DESC LIMIT $2"),
        &[key.into(), limit.into()],
    )?;
    Ok((count, rows))
}

/// The resources that a case used, in the order in which it did.
pub fn used_by(reader: &Reader<'_>, case_no: &str, limit: i64) -> Outcome<Vec<Use>> {
    let mut uses: Vec<Use> = reader.all(
        &format!("SELECT {USE} WHERE u.case_no = $1 ORDER BY u.key, u.how LIMIT $2"),
        &[case_no.into(), limit.into()],
    )?;
    uses.sort_by_key(|one| one.at);
    Ok(uses)
}

/// The published resources behind a register, or that are asked by this kind of question; either may be empty.
pub fn keys_behind(
    reader: &Reader<'_>,
    (register, question): (&str, &str),
) -> Outcome<Vec<String>> {
    Ok(reader.all(
        "SELECT key FROM catalogue_resources
         WHERE state = 'published'
           AND ((register = $1 AND register <> '') OR (question = $2 AND question <> ''))
         ORDER BY key LIMIT 20",
        &[register.into(), question.into()],
    )?)
}
