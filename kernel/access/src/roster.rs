//! The list of staff accounts: narrowed by words, organ, role, side and state, paged by login.

use base::{Day, Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Value};

use crate::accounts::Account;
use crate::terms::{Permit, Reach};

/// By what the list is narrowed; what is empty narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// With what a login or a name begins.
    pub words: String,
    /// A post in this very organ today.
    pub organ: String,
    /// A post of this role today.
    pub role: String,
    /// A post of a role of this side today: `staff`, `system`, `security`, `audit`.
    pub side: String,
    /// `active`, `new` (no password yet) or `disabled`.
    pub state: String,
}

/// A staff account as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Id.
    pub id: Id<Account>,
    /// What the person signs in with.
    pub login: String,
    /// Name.
    pub name: String,
    /// `active`, `disabled`, `closed`.
    pub state: String,
    /// Whether a password was set.
    pub has_password: bool,
    /// How many second factors count.
    pub factors: i64,
    /// When they signed in last; none where they never did since the city keeps it.
    pub signed_in_at: Option<Moment>,
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            login: row.get("login")?,
            name: row.get("name")?,
            state: row.get("state")?,
            has_password: row.get::<i64>("has_password")? > 0,
            factors: row.get("factors")?,
            signed_in_at: row.get("signed_in_at")?,
        })
    }
}

/// A post of one of those listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPost {
    /// Whose.
    pub account: Id<Account>,
    /// The post's name.
    pub post: String,
    /// The organ's short name.
    pub organ: String,
    /// Whether it is exercised for somebody else (受委托代行).
    pub delegated: bool,
}

impl FromRow for ListedPost {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            account: row.get("account")?,
            post: row.get("post")?,
            organ: row.get::<Option<String>>("organ_name")?.unwrap_or_default(),
            delegated: row.get::<Option<String>>("for_account")?.is_some(),
        })
    }
}

/// After all texts that begin with something: no character comes after this one.
const LAST: char = '\u{10FFFF}';

/// Conditions under construction, and their values.
struct Conditions {
    words: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn put(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Somebody who holds a post today of which this is true.
    fn holds(&mut self, today: Day, what: &str, value: &str) {
        let (today, value) = (self.put(today), self.put(value));
        self.words.push(format!(
            "EXISTS (SELECT 1 FROM access_holdings h
                     LEFT JOIN access_organs o ON o.id = h.organ
                     LEFT JOIN access_roles r ON r.name = h.role
                     WHERE h.account = a.id AND h.from_day <= {today}
                       AND (h.until_day IS NULL OR h.until_day >= {today})
                       AND h.ended_at IS NULL AND {})",
            what.replace('$', &value)
        ));
    }

    /// What a permit reaches.
    fn reached(&mut self, permit: &Permit, today: Day) {
        match permit.reach() {
            Reach::City => {}
            Reach::Subtree | Reach::District => {
                self.holds(today, "substr(o.path, 1, length($)) = $", permit.organ_path());
            }
            Reach::Organ => self.holds(today, "h.organ = $", permit.organ()),
            Reach::Own => {
                let own = self.put(permit.account());
                self.words.push(format!("a.id = {own}"));
            }
        }
    }
}

/// Whether a permit reaches this account: by a post that it holds today.
pub fn is_listed(
    reader: &Reader<'_>,
    permit: &Permit,
    account: Id<Account>,
    today: Day,
) -> Outcome<bool> {
    let mut all = Conditions { words: Vec::new(), values: vec![account.into()] };
    all.reached(permit, today);
    let more: String = all.words.iter().map(|one| format!(" AND {one}")).collect();
    let sql = format!("SELECT a.login FROM access_accounts a WHERE a.id = $1{more}");
    Ok(reader.maybe::<String>(&sql, &all.values)?.is_some())
}

/// The staff accounts that a permit reaches and that are not narrowed away, after a login, in the order of logins.
/// Words and posts are looked for along the index of the staff's logins: a city has some thousand.
pub fn staff_listed(
    reader: &Reader<'_>,
    permit: &Permit,
    narrowed: &Narrowed,
    (after, limit): (&str, i64),
    today: Day,
) -> Outcome<Vec<Listed>> {
    let mut all = Conditions { words: Vec::new(), values: vec![after.into(), limit.into()] };
    all.reached(permit, today);
    let words = narrowed.words.trim();
    if !words.is_empty() {
        let login = words.to_lowercase();
        let (first, last) = (all.put(login.as_str()), all.put(format!("{login}{LAST}")));
        let (begins, ends) = (all.put(words), all.put(format!("{words}{LAST}")));
        all.words.push(format!(
            "((a.login >= {first} AND a.login < {last}) OR (a.name >= {begins} AND a.name < {ends}))"
        ));
    }
    for (value, what) in [
        (&narrowed.organ, "h.organ = $"),
        (&narrowed.role, "h.role = $"),
        (&narrowed.side, "r.side = $"),
    ] {
        if !value.is_empty() {
            all.holds(today, what, value);
        }
    }
    match narrowed.state.as_str() {
        "active" => all.words.push(
            "a.state = 'active' AND COALESCE(a.password_sealed, a.password) IS NOT NULL".into(),
        ),
        "new" => all
            .words
            .push("a.state = 'active' AND COALESCE(a.password_sealed, a.password) IS NULL".into()),
        "disabled" => all.words.push("a.state <> 'active'".into()),
        _ => {}
    }
    let more: String = all.words.iter().map(|one| format!(" AND {one}")).collect();
    let sql = format!(
        "SELECT a.id, a.login, a.name, a.state, a.signed_in_at,
                CASE WHEN COALESCE(a.password_sealed, a.password) IS NULL THEN 0 ELSE 1 END AS has_password,
                (SELECT CAST(COUNT(*) AS BIGINT) FROM access_factors f
                 WHERE f.account = a.id AND f.state = 'active') AS factors
         FROM access_accounts a
         WHERE a.kind = 'staff' AND a.login > $1{more}
         ORDER BY a.login LIMIT $2"
    );
    Ok(reader.all(&sql, &all.values)?)
}

/// The posts that these accounts hold today, in the order in which they were given.
pub fn posts_listed(
    reader: &Reader<'_>,
    accounts: &[Listed],
    today: Day,
) -> Outcome<Vec<ListedPost>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (2..accounts.len() + 2).map(|place| format!("${place}")).collect();
    let values: Vec<Value> = [today.into()]
        .into_iter()
        .chain(accounts.iter().map(|account| account.id.into()))
        .collect();
    let sql = format!(
        "SELECT h.account, h.post, o.short_name AS organ_name, h.for_account
         FROM access_holdings h LEFT JOIN access_organs o ON o.id = h.organ
         WHERE h.account IN ({}) AND h.from_day <= $1
           AND (h.until_day IS NULL OR h.until_day >= $1) AND h.ended_at IS NULL
         ORDER BY h.account, h.id",
        places.join(", ")
    );
    Ok(reader.all(&sql, &values)?)
}
