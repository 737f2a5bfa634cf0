//! The SQL of the dated rules.

use access::Permit;
use base::{Day, Fault, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Entered, Rule, Source};

const RULE: &str = "id, source, version, name, measure, more_than, basis, text, from_day, until_day \
                    FROM audit_rules";
/// A city has some dozen rules.
const RULES_MAX: i64 = 500;

/// A row whose words a newer program may have written.
struct Stored(Option<Entered>);

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let measure: String = row.get("measure")?;
        let source: String = row.get("source")?;
        let more_than: i64 = row.get("more_than")?;
        let (Ok(measure), Ok(more_than), Some(source)) =
            (serde_json::from_str(&measure), usize::try_from(more_than), Source::parse(&source))
        else {
            return Ok(Self(None));
        };
        let rule = Rule {
            id: row.get("id")?,
            version: row.get("version")?,
            name: row.get("name")?,
            measure,
            more_than,
            basis: row.get("basis")?,
            text: row.get("text")?,
            from_day: row.get("from_day")?,
            until_day: row.get("until_day")?,
        };
        Ok(Self(Some(Entered { source, rule })))
    }
}

/// A version of a rule as it stands; words that a newer program wrote are nothing we can read.
pub fn standing(reader: &Reader<'_>, source: Source, rule: &Rule) -> Outcome<Option<Option<Rule>>> {
    let key = [rule.id.as_str().into(), source.as_str().into(), rule.version.into()];
    let find = format!("SELECT {RULE} WHERE id = $1 AND source = $2 AND version = $3");
    let there: Option<Stored> = reader.maybe(&find, &key)?;
    Ok(there.map(|stored| stored.0.map(|entered| entered.rule)))
}

/// Puts a version of a rule. One that stands already keeps its words; only its last day is set.
pub fn put_rule(tx: &Tx<'_>, _permit: &Permit, source: Source, rule: &Rule) -> Outcome<()> {
    let measure = serde_json::to_string(&rule.measure).map_err(Fault::from)?;
    tx.run(
        "INSERT INTO audit_rules (id, source, version, name, measure, more_than, basis, text,
             from_day, until_day)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id, source, version) DO UPDATE SET until_day = excluded.until_day",
        &[
            rule.id.as_str().into(),
            source.as_str().into(),
            rule.version.into(),
            rule.name.as_str().into(),
            measure.into(),
            i64::try_from(rule.more_than).unwrap_or(i64::MAX).into(),
            rule.basis.as_str().into(),
            rule.text.as_str().into(),
            rule.from_day.into(),
            rule.until_day.into(),
        ],
    )?;
    Ok(())
}

/// The rules whose days a day is among, the program's and the city's own.
pub fn rules_on(reader: &Reader<'_>, day: Day) -> Outcome<Vec<Entered>> {
    let stored: Vec<Stored> = reader.all(
        &format!(
            "SELECT {RULE} WHERE from_day <= $1 AND (until_day IS NULL OR until_day >= $1)
             ORDER BY id, source, version LIMIT $2"
        ),
        &[day.into(), RULES_MAX.into()],
    )?;
    Ok(stored.into_iter().filter_map(|stored| stored.0).collect())
}
