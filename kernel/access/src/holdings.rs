//! The posts people hold: given, ended, and readable as of any day.

use base::{Day, Id, Moment, Outcome, Refusal, RefusalKind};
use store::{FromRow, Reader, Row, Tx};

use crate::accounts::{Account, account_by_id};
use crate::authorise::Holder;
use crate::bundles::{RoleRow, role_by_name};
use crate::terms::{Permit, is_administrator};

/// A post held: role, organ, title, from and until.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Id.
    pub id: Id<Holding>,
    /// Whose.
    pub account: Id<Account>,
    /// Role.
    pub role: String,
    /// Organ id; empty for citizens.
    pub organ: String,
    /// The post's name.
    pub post: String,
    /// First day.
    pub from: Day,
    /// Last day, if it ends.
    pub until: Option<Day>,
}

/// A holding as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The post.
    pub holding: Holding,
    /// The role's title.
    pub role_title: String,
    /// When it was taken back at once; from then on it gives no right.
    pub ended: Option<Moment>,
    /// Whose post it is, if it is exercised for somebody else (受委托代行).
    pub delegated: Option<Delegated>,
}

/// Whose post is exercised for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegated {
    /// The post itself.
    pub holding: Id<Holding>,
    /// Its holder.
    pub account: Id<Account>,
    /// The holder's name.
    pub name: String,
}

impl Held {
    /// Whether it gives a right today.
    pub fn stands(&self, today: Day) -> bool {
        self.ended.is_none() && self.was_held(today)
    }

    /// Whether it was held on that day, or a part of it.
    pub fn was_held(&self, on: Day) -> bool {
        self.holding.from <= on && self.holding.until.is_none_or(|until| on <= until)
    }

    /// Whether it stands today or will.
    pub fn lasts(&self, today: Day) -> bool {
        self.ended.is_none() && self.holding.until.is_none_or(|until| today <= until)
    }

    /// Whether both are held on some day.
    pub(crate) fn meets(&self, other: &Holding) -> bool {
        self.ended.is_none()
            && self.holding.until.is_none_or(|until| other.from <= until)
            && other.until.is_none_or(|until| self.holding.from <= until)
    }
}

impl FromRow for Held {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let holding = Holding {
            id: row.get("id")?,
            account: row.get("account")?,
            role: row.get("role")?,
            organ: row.get("organ")?,
            post: row.get("post")?,
            from: row.get("from_day")?,
            until: row.get("until_day")?,
        };
        let (of, account): (Option<Id<Holding>>, Option<Id<Account>>) =
            (row.get("for_holding")?, row.get("for_account")?);
        let name = row.get::<Option<String>>("for_name")?.unwrap_or_default();
        let delegated =
            of.zip(account).map(|(holding, account)| Delegated { holding, account, name });
        let role_title =
            row.get::<Option<String>>("role_title")?.unwrap_or_else(|| holding.role.clone());
        Ok(Self { holding, role_title, ended: row.get("ended_at")?, delegated })
    }
}

pub(crate) const COLUMNS: &str =
    "h.id, h.account, h.role, h.organ, h.post, h.from_day, h.until_day, h.ended_at, h.for_holding, \
     h.for_account, f.name AS for_name, r.title AS role_title
     FROM access_holdings h LEFT JOIN access_accounts f ON f.id = h.for_account
     LEFT JOIN access_roles r ON r.name = h.role";

/// The posts of an account, past and coming ones included, and those exercised for somebody else.
pub fn holdings_of(reader: &Reader<'_>, account: Id<Account>) -> Outcome<Vec<Held>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE h.account = $1 ORDER BY h.id LIMIT 200"),
        &[account.into()],
    )?)
}

/// A post by its id.
pub fn held_by_id(reader: &Reader<'_>, id: Id<Holding>) -> Outcome<Option<Held>> {
    Ok(reader.maybe(&format!("SELECT {COLUMNS} WHERE h.id = $1"), &[id.into()])?)
}

/// Somebody who holds this role in this organ on a day, if anyone does.
pub fn holder_of(
    reader: &Reader<'_>,
    role: &str,
    organ: &str,
    day: Day,
) -> Outcome<Option<Account>> {
    let holder: Option<Id<Account>> = reader.maybe(
        "SELECT account FROM access_holdings
         WHERE role = $1 AND organ = $2 AND from_day <= $3
           AND (until_day IS NULL OR until_day >= $3) AND ended_at IS NULL ORDER BY id LIMIT 1",
        &[role.into(), organ.into(), day.into()],
    )?;
    holder.map_or(Ok(None), |holder| account_by_id(reader, holder))
}

/// Who holds this role today, wherever; at most 100. For the few who hold a rare one.
pub fn holders_of_role(reader: &Reader<'_>, role: &str, today: Day) -> Outcome<Vec<Holder>> {
    Ok(reader.all(
        "SELECT a.id AS account, a.login, a.name
         FROM access_holdings h JOIN access_accounts a ON a.id = h.account
         WHERE h.role = $1 AND a.state = 'active' AND h.from_day <= $2
           AND (h.until_day IS NULL OR h.until_day >= $2) AND h.ended_at IS NULL LIMIT 100",
        &[role.into(), today.into()],
    )?)
}

/// Whether a post can be given. Its role lasts as long; nobody holds the same role in the same organ twice at a time, and who
/// is one of the three administrators holds no other role at the time.
pub fn may_hold(reader: &Reader<'_>, holding: &Holding) -> Outcome<()> {
    let role = role_by_name(reader, &holding.role)?;
    if let Some(refusal) = role.as_ref().and_then(|role| out_of_role(role, holding)) {
        return Err(refusal.into());
    }
    if let Some(organ) = crate::organs::organ_by_id(reader, &holding.organ)?
        && let Some(last) = organ.until
        && holding.until.is_none_or(|until| last < until)
    {
        let words = format!("{}到{}为止，已经撤销", organ.name, last.chinese());
        let refusal = Refusal::new(RefusalKind::Conflict, "access.organ_over", words.clone());
        return Err(refusal.field("organ", words).into());
    }
    let title = role.map_or_else(|| holding.role.clone(), |role| role.title);
    let mut beside = holdings_of(reader, holding.account)?;
    beside.retain(|held| held.meets(holding));
    let same = |held: &Held| held.holding.role == holding.role;
    if let Some(held) = beside.iter().find(|held| same(held) && held.holding.organ == holding.organ)
    {
        return Err(held_already(held).into());
    }
    let apart =
        |held: &Held| is_administrator(&held.holding.role) || is_administrator(&holding.role);
    if let Some(held) = beside.iter().find(|held| !same(held) && apart(held)) {
        return Err(kept_apart(held, (&holding.role, &title)).into());
    }
    Ok(())
}

/// Gives a post, if it can be (`may_hold`).
pub fn give_holding(tx: &Tx<'_>, _permit: &Permit, holding: &Holding) -> Outcome<()> {
    may_hold(tx, holding)?;
    tx.run(
        "INSERT INTO access_holdings (id, account, role, organ, post, from_day, until_day)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            holding.id.into(),
            holding.account.into(),
            holding.role.as_str().into(),
            holding.organ.as_str().into(),
            holding.post.as_str().into(),
            holding.from.into(),
            holding.until.into(),
        ],
    )?;
    Ok(())
}

/// What is wrong with a post that its role does not last through.
fn out_of_role(role: &RoleRow, holding: &Holding) -> Option<Refusal> {
    let refused = |field, words: String| {
        let refusal = Refusal::new(RefusalKind::Conflict, "access.role_over", words.clone());
        Some(refusal.field(field, words))
    };
    if holding.from < role.from {
        return refused("from", format!("{}从{}起才有", role.title, role.from.chinese()));
    }
    let last = role.until?;
    if last < holding.from {
        return refused("role", format!("{}到{}为止，已经停用", role.title, last.chinese()));
    }
    if holding.until.is_none_or(|until| last < until) {
        return refused("until", format!("{}到{}为止，岗位不能比它长", role.title, last.chinese()));
    }
    None
}

fn held_already(held: &Held) -> Refusal {
    let words = format!("已经是这个机构的{}，岗位是“{}”", held.role_title, held.holding.post);
    Refusal::new(RefusalKind::Conflict, "access.held_already", words.clone())
        .field("role", words)
        .remedy("要换岗位名称的，先收回原来的岗位，再授予")
}

/// The standard separates the three, and wants the security administrator to be nothing else. The
/// other two are held to the same: who can open accounts, or reads what all have done, decides no case.
fn kept_apart(held: &Held, (wanted, second): (&str, &str)) -> Refusal {
    let first = &held.role_title;
    let both = is_administrator(&held.holding.role) && is_administrator(wanted);
    let (words, ground) = if both {
        (format!("{first}与{second}不能由同一个人担任"), "GB/T 22239-2019 8.1.5 安全管理中心")
    } else {
        let words = format!("{first}与{second}不能由同一个人担任：三类管理员是专职，不兼别的岗位");
        (words, "GB/T 22239-2019 8.1.5 安全管理中心，8.1.7.2 人员配备")
    };
    Refusal::new(RefusalKind::Conflict, "access.roles_exclude", words)
        .ground(ground)
        .remedy("请另找一个人担任，或者先收回原来的岗位")
}

/// Ends a post: `last` is its last day, today or a later one. Who exercises it for its holder does so
/// no longer either. Says whether there was one to end.
pub fn end_holding(tx: &Tx<'_>, _permit: &Permit, id: Id<Holding>, last: Day) -> Outcome<bool> {
    let ended = tx.run(
        "UPDATE access_holdings SET until_day = $1
         WHERE id = $2 AND ended_at IS NULL AND (until_day IS NULL OR until_day > $1)",
        &[last.into(), id.into()],
    )?;
    tx.run(
        "UPDATE access_holdings SET until_day = $1
         WHERE for_holding = $2 AND ended_at IS NULL AND until_day > $1",
        &[last.into(), id.into()],
    )?;
    leave(tx, id, last, None)?;
    Ok(ended > 0)
}

/// Who holds no post of their own in an organ any more exercises nobody else's there either.
fn leave(tx: &Tx<'_>, id: Id<Holding>, last: Day, ended: Option<Moment>) -> Outcome<()> {
    tx.run(
        "UPDATE access_holdings SET until_day = $1, ended_at = $2
         WHERE account = (SELECT account FROM access_holdings WHERE id = $3)
           AND organ = (SELECT organ FROM access_holdings WHERE id = $3)
           AND for_holding IS NOT NULL AND ended_at IS NULL AND until_day > $1
           AND NOT EXISTS (SELECT 1 FROM access_holdings own
                           WHERE own.account = access_holdings.account
                             AND own.organ = access_holdings.organ
                             AND own.for_holding IS NULL AND own.ended_at IS NULL
                             AND (own.until_day IS NULL OR own.until_day > $1))",
        &[last.into(), ended.into(), id.into()],
    )?;
    Ok(())
}

/// Takes a post back at once: it is gone with the next click, also for who exercises it for its holder.
/// Says whether there was one.
pub fn take_back_holding(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: Id<Holding>,
    now: Moment,
) -> Outcome<bool> {
    let ended = tx.run(
        "UPDATE access_holdings SET until_day = $1, ended_at = $2
         WHERE id = $3 AND ended_at IS NULL AND (until_day IS NULL OR until_day >= $1)",
        &[now.day().into(), now.into(), id.into()],
    )?;
    tx.run(
        "UPDATE access_holdings SET until_day = $1, ended_at = $2
         WHERE for_holding = $3 AND ended_at IS NULL AND until_day >= $1",
        &[now.day().into(), now.into(), id.into()],
    )?;
    leave(tx, id, now.day(), Some(now))?;
    Ok(ended > 0)
}

#[cfg(test)]
mod tests {
    use store::Store;
    use testkit::database::each_database;

    use super::*;
    use crate::ROLES;

    /// A post as somebody who goes around the program would enter it.
    fn forced(store: &Store, id: &str, role: &str, from: i64, until: Option<i64>) -> bool {
        let (id, role) = (id.to_owned(), role.to_owned());
        let entered = store.write_now(move |tx| {
            Ok(tx.run(
                "INSERT INTO access_holdings (id, account, role, organ, post, from_day, until_day)
                 VALUES ($1, 'a', $2, 'city', '岗', $3, $4)",
                &[id.as_str().into(), role.as_str().into(), from.into(), until.into()],
            )?)
        });
        entered.is_ok()
    }

    fn run(store: &Store, sql: &'static str) -> bool {
        store.write_now(move |tx| Ok(tx.run(sql, &[])?)).is_ok()
    }

    fn with_account(store: &Store) {
        store.migrate(&[ledger::MIGRATIONS, crate::MIGRATIONS]).expect("migrated");
        assert!(run(
            store,
            "INSERT INTO access_accounts (id, login, kind, name, real_name, state, failures, created_at)
             VALUES ('a', 'a', 'staff', '甲', 1, 'active', 0, 0)",
        ));
    }

    #[test]
    fn the_database_itself_keeps_the_three_administrators_apart() {
        each_database(|store| {
            with_account(&store);
            let three = ["sysadmin", "secadmin", "auditor"];
            let known: Vec<_> = ROLES.iter().filter(|r| is_administrator(r.name)).collect();
            assert!(known.iter().map(|role| role.name).eq(three), "the triggers name these");
            assert!(forced(&store, "1", "secadmin", 100, Some(200)));
            for (n, role) in ["sysadmin", "auditor", "clerk", "orgadmin"].into_iter().enumerate() {
                assert!(!forced(&store, &format!("x{n}"), role, 150, None), "{role} beside");
                assert!(
                    !forced(&store, &format!("y{n}"), role, 1, Some(100)),
                    "{role} at its start"
                );
            }
            assert!(forced(&store, "2", "clerk", 201, Some(300)), "after it");
            assert!(!forced(&store, "3", "auditor", 250, None), "beside a clerk's post");
            assert!(forced(&store, "4", "auditor", 301, None), "one after another");
        });
    }

    #[test]
    fn the_database_itself_delegates_within_the_post_and_never_onward() {
        each_database(|store| {
            with_account(&store);
            for other in ["b", "c"] {
                let sql = format!(
                    "INSERT INTO access_accounts (id, login, kind, name, real_name, state, failures,
                         created_at) VALUES ('{other}', '{other}', 'staff', '乙', 1, 'active', 0, 0)"
                );
                assert!(store.write_now(move |tx| Ok(tx.run(&sql, &[])?)).is_ok());
            }
            assert!(forced(&store, "1", "clerk", 100, Some(200)));
            let delegate = |id: &str, to: &str, role: &str, days: &str, of: &str, whose: &str| {
                let sql = format!(
                    "INSERT INTO access_holdings (id, account, role, organ, post, from_day,
                         until_day, for_holding, for_account)
                     VALUES ('{id}', '{to}', '{role}', 'city', '岗', {days}, {of}, {whose})"
                );
                store.write_now(move |tx| Ok(tx.run(&sql, &[])?)).is_ok()
            };
            assert!(!delegate("2", "b", "clerk", "120, NULL", "'1'", "'a'"), "without an end");
            assert!(!delegate("2", "b", "clerk", "120, 201", "'1'", "'a'"), "beyond the post");
            assert!(!delegate("2", "b", "clerk", "99, 150", "'1'", "'a'"), "before the post");
            assert!(!delegate("2", "b", "approver", "120, 150", "'1'", "'a'"), "another role");
            assert!(!delegate("2", "a", "clerk", "120, 150", "'1'", "'a'"), "to its holder");
            assert!(!delegate("2", "b", "clerk", "120, 150", "'1'", "'c'"), "somebody else's");
            assert!(!delegate("2", "b", "clerk", "120, 150", "'1'", "NULL"), "nobody's");
            assert!(delegate("2", "b", "clerk", "120, 150", "'1'", "'a'"));
            assert!(!delegate("3", "c", "clerk", "120, 150", "'2'", "'b'"), "onward");
            for change in ["for_account = NULL", "for_holding = NULL", "for_account = 'c'"] {
                let sql = format!("UPDATE access_holdings SET {change} WHERE id = '2'");
                assert!(store.write_now(move |tx| Ok(tx.run(&sql, &[])?)).is_err(), "{change}");
            }
            assert!(run(&store, "UPDATE access_holdings SET until_day = 140 WHERE id = '2'"));
        });
    }

    #[test]
    fn no_administrators_post_is_delegated() {
        each_database(|store| {
            with_account(&store);
            assert!(forced(&store, "1", "secadmin", 100, Some(200)));
            assert!(!run(
                &store,
                "INSERT INTO access_holdings (id, account, role, organ, post, from_day, until_day,
                     for_holding, for_account)
                 VALUES ('2', 'b', 'secadmin', 'city', '岗', 100, 200, '1', 'a')",
            ));
        });
    }

    #[test]
    fn the_database_itself_keeps_what_was_held() {
        each_database(|store| {
            with_account(&store);
            assert!(forced(&store, "1", "clerk", 100, Some(200)));
            assert!(!run(&store, "DELETE FROM access_holdings"));
            for change in [
                "UPDATE access_holdings SET role = 'approver'",
                "UPDATE access_holdings SET organ = 'elsewhere'",
                "UPDATE access_holdings SET from_day = 1",
                "UPDATE access_holdings SET until_day = NULL",
                "UPDATE access_holdings SET until_day = 201",
            ] {
                assert!(!run(&store, change), "{change}");
            }
            assert!(run(&store, "UPDATE access_holdings SET until_day = 150, ended_at = 1"));
            assert!(!run(&store, "UPDATE access_holdings SET ended_at = NULL"));
        });
    }
}
