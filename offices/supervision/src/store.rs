//! The SQL of supervision: its dated rules. Signals stand in flow's table.

use access::Permit;
use base::{Day, Fault, Outcome};
use flow::{ClockName, Level};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Rule, Trigger};

const RULE: &str = "id, version, name, level, trigger_kind, trigger_days, clocks, basis, text, \
                    from_day, until_day FROM supervision_rules";

/// A row whose words a newer program may have written.
struct Stored(Option<Rule>);

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let level: String = row.get("level")?;
        let kind: String = row.get("trigger_kind")?;
        let days: i64 = row.get("trigger_days")?;
        let clocks: String = row.get("clocks")?;
        let level = Level::ALL.into_iter().find(|one| one.as_str() == level);
        let trigger = Trigger::parse(&kind, u32::try_from(days).unwrap_or(0));
        let (Some(level), Some(trigger)) = (level, trigger) else { return Ok(Self(None)) };
        Ok(Self(Some(Rule {
            id: row.get("id")?,
            version: row.get("version")?,
            name: row.get("name")?,
            level,
            trigger,
            clocks: clocks.split(' ').filter_map(clock_named).collect(),
            basis: row.get("basis")?,
            text: row.get("text")?,
            from_day: row.get("from_day")?,
            until_day: row.get("until_day")?,
        })))
    }
}

fn clock_named(name: &str) -> Option<ClockName> {
    [ClockName::Completeness, ClockName::Decision, ClockName::Delivery]
        .into_iter()
        .find(|clock| clock.as_str() == name)
}

/// Enters a version of a rule. A version that stands already keeps its words; only its last day
/// may be set. Other words under the same version are a fault: the rule's history would be false.
pub fn put_rule(tx: &Tx<'_>, _permit: &Permit, rule: &Rule) -> Outcome<()> {
    let clocks: Vec<&str> = rule.clocks.iter().map(|clock| clock.as_str()).collect();
    tx.run(
        "INSERT INTO supervision_rules (id, version, name, level, trigger_kind, trigger_days,
             clocks, basis, text, from_day, until_day)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (id, version) DO UPDATE SET until_day = excluded.until_day",
        &[
            rule.id.as_str().into(),
            rule.version.into(),
            rule.name.as_str().into(),
            rule.level.as_str().into(),
            rule.trigger.as_str().into(),
            rule.trigger.working_days_ahead().into(),
            clocks.join(" ").into(),
            rule.basis.as_str().into(),
            rule.text.as_str().into(),
            rule.from_day.into(),
            rule.until_day.into(),
        ],
    )?;
    let stored: Stored = tx.one(
        &format!("SELECT {RULE} WHERE id = $1 AND version = $2"),
        &[rule.id.as_str().into(), rule.version.into()],
    )?;
    if stored.0.as_ref() != Some(rule) {
        let words = format!("rule {} version {} stands with other words", rule.id, rule.version);
        return Err(Fault::said(words).into());
    }
    Ok(())
}

/// The rules that hold on this day, by their numbers. There are some dozen.
pub fn rules_on(reader: &Reader<'_>, day: Day) -> Outcome<Vec<Rule>> {
    let stored: Vec<Stored> = reader.all(
        &format!(
            "SELECT {RULE} WHERE from_day <= $1 AND (until_day IS NULL OR until_day >= $1)
             ORDER BY id, version LIMIT 200"
        ),
        &[day.into()],
    )?;
    Ok(stored.into_iter().filter_map(|stored| stored.0).collect())
}
