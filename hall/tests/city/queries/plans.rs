//! How the databases go about the statements of the house, and what is wrong with it.
//!
//! SQLite is asked as it is: it has no statistics here, as in a new city, so that its choice follows
//! from the indexes alone. PostgreSQL would rather read a small table whole, so it is told not to,
//! and does it only where no index leads.

use std::collections::{BTreeMap, BTreeSet};

use base::Outcome;
use store::{Dialect, Reader, Store};
use testkit::statements::Ran;

/// Tables that are small by nature, and why: they may be read whole and sorted.
const SMALL: &[(&str, &str)] = &[
    ("access_grants", "some ten permissions a role"),
    ("access_organ_states", "an organ changes every few years"),
    ("access_organs", "a city has some hundred organs"),
    ("access_roles", "a city has some dozen roles"),
    ("access_sides", "some two sides a permission"),
    ("access_authorities", "a city trusts a handful of authorities"),
    ("access_revocation_lists", "each of the authorities has one"),
    ("access_trusted", "an authority is trusted a few times"),
    ("audit_rules", "a city has some dozen rules"),
    ("catalogue_loads", "one row a file that was brought in"),
    ("catalogue_publications", "what gateways published and is not brought in yet"),
    (
        "catalogue_resources",
        "a city has some thousand resources, and counts them from an index alone",
    ),
    ("catalogue_tallies", "some ten rows an organ"),
    (
        "certificates_authorities",
        "a city has two roots at a time at most, and those that were declined",
    ),
    ("certificates_organs", "an organ has a key every year or two"),
    ("delivery_queues", "one row a gateway, and one its outbox"),
    ("exchange_centre", "the centre has keys every year or two"),
    ("exchange_certificates", "a gateway changes certificates every year or two"),
    ("exchange_gateways", "a city has some hundred organs, and as many gateways at most"),
    ("exchange_stalls", "three things can stand still"),
    ("identity_clients", "a city has some dozen systems that sign people in"),
    ("identity_signing_keys", "there are two at a time"),
    ("ledger_successions", "the key of the log is exchanged every few years"),
    ("ledger_witnesses", "a log has a handful of witnesses"),
    ("register_loads", "one row a file that was brought in"),
    ("register_publications", "one row a publication that was brought in"),
    ("portal_columns", "a site has some dozen columns"),
    ("powers_facets", "some ten rows an item"),
    ("powers_items", "a city has some thousand items, and counts them from an index alone"),
    ("powers_themes", "there are some dozen themes and events"),
    ("supervision_rules", "there are some dozen rules"),
    ("watches_lists", "a city has some hundred lists"),
    ("watches_loads", "one row a file that was brought in"),
    ("watches_watches", "a city has some dozen watches"),
    ("vault_masters", "a master key is made every few years"),
    ("vault_ring", "a sealing key is made every few years"),
    ("vault_turns", "one row a sealed column"),
];

/// Statements, by a piece of their text, that look through more than they show, and why that is
/// little, or cannot be less.
const REASONED: &[(&str, &str)] = &[
    ("FROM flow_cases WHERE open = 1 GROUP BY organ", "all open cases are counted, from an index"),
    (
        "FROM (SELECT DISTINCT concept FROM catalogue_concepts WHERE concept IN",
        "a form asks for some dozen meanings, each found from an index",
    ),
    (
        "FROM watches_firms WHERE waits > 0",
        "firms that wait to be looked at, from an index of these",
    ),
    ("FROM flow_signals WHERE case_id = $1", "a case has a handful of signals"),
    ("FROM flow_signals WHERE open = 1 GROUP BY", "all open signals are counted, from an index"),
    (
        "FROM audit_events WHERE account = $1",
        "an order to erase a person looks through the security events, of which a city has some hundred a year",
    ),
    (
        "FROM identity_resets WHERE state IN ('asked', 'half')",
        "few passwords are forgotten at once",
    ),
    ("identity_changes SET state = 'lapsed'", "few changes are proposed and not yet decided"),
    ("identity_proposals SET state = 'lapsed'", "few posts are proposed and not yet decided"),
    ("WHERE to_join = 1 ORDER BY", "its index holds only what nobody has looked at yet"),
    ("FROM ledger_acts WHERE seq IS NULL", "its index holds only what has no place in the log yet"),
    ("COUNT(*) AS BIGINT) FROM ledger_deliveries", "a meter counts what could not be delivered"),
    ("AS given_up FROM ledger_jobs", "a meter counts what waits; what is done is gone"),
    (
        "FROM exchange_flows WHERE grain = $1 AND slot >= $2",
        "counts of a day or a week are added up: a few thousand lines, by their slots; messages are not looked at",
    ),
    ("FROM exchange_paces WHERE grain = $1 AND slot >= $2 GROUP BY", "the same"),
    ("CAST(COUNT(*) AS BIGINT) FROM exchange_alarms", "few things need somebody at once"),
    (
        "FROM delivery_letters WHERE state = 'dead' GROUP BY",
        "what nobody took is counted by queue; somebody decides on each",
    ),
    ("FROM register_finds f JOIN", "a person has one row for each file that changed them"),
    (
        "FROM approvals_applications WHERE person_mark IN ($1, $2)",
        "a person has some dozen cases, and both forms of a mark are asked for",
    ),
    ("agent_blind IN ($1, $2) ORDER BY", "a person is named by some dozen mandates"),
    ("principal_blind IN ($1, $2) AND kind = 'paper'", "a person has given some dozen on paper"),
    (
        "password FROM access_accounts WHERE password IS NOT NULL",
        "its index holds only the hashes that stand bare",
    ),
    ("FROM portal_documents WHERE state = 'in_review'", "a handful waits for the reviewers"),
];

/// Words that many rows share. An index that is entered by these alone leads to a large part of
/// the table.
const SHARED: [&str; 5] = ["kind", "open", "orphaned_at", "role", "state"];

/// How the database goes about one statement.
pub struct Plan {
    sql: String,
    dialect: Dialect,
    steps: Vec<Step>,
}

/// One step of a plan; steps with the same parent are loops inside each other.
struct Step {
    parent: i64,
    words: String,
}

fn small(table: &str) -> Option<&'static str> {
    SMALL.iter().map(|(small, _)| *small).find(|small| *small == table)
}

/// The plan of each statement, by what was given to it first.
pub fn of(store: &Store, ran: Vec<Ran>) -> Vec<Plan> {
    let mut statements: BTreeMap<String, Ran> = BTreeMap::new();
    for ran in ran {
        statements.entry(ran.sql.clone()).or_insert(ran);
    }
    let look =
        move |reader: &Reader<'_>| statements.values().map(|ran| explain(reader, ran)).collect();
    store.read_now(look).expect("the plans")
}

fn explain(reader: &Reader<'_>, ran: &Ran) -> Outcome<Plan> {
    let dialect = reader.dialect();
    let steps = match dialect {
        Dialect::Sqlite => {
            let sql = format!("EXPLAIN QUERY PLAN {}", ran.sql);
            let steps: Vec<(i64, i64, i64, String)> = reader.all(&sql, &ran.params)?;
            steps.into_iter().map(|(_, parent, _, words)| Step { parent, words }).collect()
        }
        Dialect::Postgres => {
            let _: String = reader.one("SELECT set_config('enable_seqscan', 'off', true)", &[])?;
            let sql = format!("EXPLAIN (COSTS OFF) {}", ran.sql);
            let steps: Vec<String> = reader.all(&sql, &ran.params)?;
            steps.into_iter().map(|words| Step { parent: 0, words }).collect()
        }
    };
    let words: Vec<&str> = ran.sql.split_whitespace().collect();
    Ok(Plan { sql: words.join(" "), dialect, steps })
}

/// What is wrong with these plans, one text a statement. On SQLite an allowance that nothing needs
/// is wrong as well, so that the lists can only shrink.
pub fn faults(plans: &[Plan]) -> Vec<String> {
    let (mut faults, mut needed) = (Vec::new(), BTreeSet::new());
    for plan in plans {
        let found = match plan.dialect {
            Dialect::Sqlite => plan.looked_through(&mut needed),
            Dialect::Postgres => plan.read_whole(),
        };
        let Some(fault) = found else { continue };
        match REASONED.iter().find(|(piece, _)| plan.sql.contains(piece)) {
            Some((piece, _)) => _ = needed.insert(*piece),
            None => faults.push(format!("{fault}:\n{plan}")),
        }
    }
    if plans.iter().any(|plan| plan.dialect == Dialect::Sqlite) {
        let allowed = SMALL.iter().chain(REASONED).map(|(piece, _)| *piece);
        let stale = allowed.filter(|piece| !needed.contains(piece));
        faults.extend(stale.map(|piece| format!("nothing needs to be allowed «{piece}»")));
    }
    faults
}

impl Plan {
    /// SQLite: whether a table that grows is read whole, or sorted, or entered once for each row of
    /// another that is read whole, or by words that many of its rows share.
    fn looked_through(&self, needed: &mut BTreeSet<&'static str>) -> Option<String> {
        let tables = self.tables();
        if let Some(step) = self.steps.iter().find(|step| self.is_strange(step, &tables)) {
            return Some(format!("which table is meant by «{}»", step.words));
        }
        let seen = self.steps.iter().filter_map(|step| Some((step, step.table(&tables)?)));
        let mut whole: BTreeMap<i64, &str> = BTreeMap::new();
        for (step, (how, table)) in seen.clone() {
            let fault = match whole.get(&step.parent) {
                _ if how == "SCAN" => format!("{table} is read whole"),
                Some(other) => format!("{table} is entered for each row of {other}"),
                None if step.is_vague() && !self.stops_early() => {
                    format!("{table} is entered by what many rows share")
                }
                None => continue,
            };
            let Some(small) = small(table) else { return Some(fault) };
            needed.insert(small);
            if how == "SCAN" {
                whole.insert(step.parent, small);
            }
        }
        if !self.sorts() {
            return None;
        }
        match seen.clone().find(|(_, (_, table))| small(table).is_none()) {
            Some((_, (_, table))) => Some(format!("rows of {table} are sorted")),
            None => {
                needed.extend(seen.filter_map(|(_, (_, table))| small(table)));
                None
            }
        }
    }

    /// PostgreSQL: whether no index leads to a table that grows.
    fn read_whole(&self) -> Option<String> {
        let whole = self.steps.iter().filter_map(|step| step.words.split_once("Seq Scan on "));
        let mut tables = whole.filter_map(|(_, rest)| rest.split_whitespace().next());
        let table = tables.find(|table| small(table).is_none())?;
        Some(format!("{table} is read whole"))
    }

    /// Whether the statement takes the first rows that it finds in the order of its index.
    fn stops_early(&self) -> bool {
        self.sql.contains(" LIMIT ") && !self.sorts()
    }

    fn sorts(&self) -> bool {
        self.steps.iter().any(|step| step.words.starts_with("USE TEMP B-TREE"))
    }

    /// Whether the step goes over rows that neither stand in a table of the statement nor are made by
    /// the statement itself.
    fn is_strange(&self, step: &Step, tables: &BTreeMap<&str, &str>) -> bool {
        let mut words = step.words.split_whitespace();
        let (Some("SCAN" | "SEARCH"), Some(name)) = (words.next(), words.next()) else {
            return false;
        };
        let makes = |other: &Step| {
            let (how, made) = other.words.split_once(' ').unwrap_or_default();
            ["CO-ROUTINE", "MATERIALIZE"].contains(&how) && made == name
        };
        let given = ["CONSTANT ROW", "VALUES CLAUSE"].iter().any(|rows| step.words.contains(rows));
        step.table(tables).is_none() && !given && !self.steps.iter().any(makes)
    }

    /// The tables of the statement by the names that it gives them: `FROM flow_cases c`.
    fn tables(&self) -> BTreeMap<&str, &str> {
        let apart = |c: char| !(c.is_alphanumeric() || c == '_');
        let mut words = self.sql.split(apart).filter(|word| !word.is_empty()).peekable();
        let mut tables = BTreeMap::new();
        while let Some(word) = words.next() {
            if ["FROM", "JOIN", "INTO", "UPDATE"].contains(&word)
                && let Some(table) = words.next()
            {
                tables.insert(table, table);
                words.next_if_eq(&"AS");
                tables.insert(words.peek().copied().unwrap_or(table), table);
            }
        }
        tables
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "    {}", self.sql.chars().take(1_000).collect::<String>())?;
        self.steps.iter().try_for_each(|step| writeln!(f, "  → {}", step.words))
    }
}

impl Step {
    /// How SQLite comes to the rows of which table; none for a step that is about no table.
    fn table<'t>(&self, tables: &BTreeMap<&str, &'t str>) -> Option<(&str, &'t str)> {
        let (how, rest) = self.words.split_once(' ')?;
        let table = tables.get(rest.split_whitespace().next()?)?;
        ["SCAN", "SEARCH"].contains(&how).then_some((how, *table))
    }

    /// Whether the index is entered by nothing but words that many rows share:
    /// `USING INDEX a (open=? AND state=?)`.
    fn is_vague(&self) -> bool {
        let Some((_, terms)) = self.words.split_once(" (") else { return false };
        let terms = terms.trim_end_matches(')').split(" AND ");
        let mut columns = terms.map(|term| term.strip_suffix("=?").unwrap_or(term));
        columns.all(|column| SHARED.contains(&column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(sql: &str, steps: &[(i64, &str)]) -> Option<String> {
        let steps =
            steps.iter().map(|(parent, words)| Step { parent: *parent, words: (*words).into() });
        let plan = Plan { sql: sql.into(), dialect: Dialect::Sqlite, steps: steps.collect() };
        plan.looked_through(&mut BTreeSet::new())
    }

    #[test]
    fn a_large_table_that_is_read_whole_or_sorted_is_told() {
        let all = "SELECT no FROM flow_cases c WHERE c.title = $1 ORDER BY c.id";
        assert_eq!(fault(all, &[(0, "SCAN c")]).as_deref(), Some("flow_cases is read whole"));
        let search = (0, "SEARCH c USING INDEX flow_cases_applicant (applicant_account=?)");
        assert_eq!(fault(all, &[search]), None);
        let sorted = fault(all, &[search, (0, "USE TEMP B-TREE FOR ORDER BY")]);
        assert_eq!(sorted.as_deref(), Some("rows of flow_cases are sorted"));
        assert_eq!(fault("SELECT id FROM access_organs", &[(0, "SCAN access_organs")]), None);
        assert!(fault("SELECT 1 FROM flow_cases AS c", &[(0, "SCAN d")]).is_some());
    }

    #[test]
    fn an_index_that_is_entered_by_a_common_word_is_told_unless_the_list_is_cut() {
        let step = [(0, "SEARCH flow_cases USING INDEX flow_cases_ended (open=?)")];
        let count = fault("SELECT COUNT(*) FROM flow_cases WHERE open = 1", &step);
        assert_eq!(count.as_deref(), Some("flow_cases is entered by what many rows share"));
        let page = "SELECT id FROM flow_cases WHERE open = 1 ORDER BY id LIMIT $1";
        assert_eq!(fault(page, &step), None);
    }

    #[test]
    fn a_large_table_that_is_entered_for_each_row_of_a_small_one_is_told() {
        let sql = "SELECT h.id FROM access_grants g JOIN access_holdings h ON h.role = g.role";
        let inner = "SEARCH h USING INDEX access_holdings_person (account=?)";
        let told = fault(sql, &[(0, "SCAN g"), (0, inner)]);
        let words = "access_holdings is entered for each row of access_grants";
        assert_eq!(told.as_deref(), Some(words));
        assert_eq!(fault(sql, &[(0, inner), (0, "SCAN g")]), None);
    }
}
