//! Posts that a colleague exercises for their holder for a time (受委托代行).
//!
//! Such a post is a row of the holdings beside the holder's own, with the same role in the same organ; it
//! says whose it is. It gives the rights of the role and the name under every act of whom it is exercised for.
//! The holder keeps the post meanwhile.

use base::{Day, Id, Moment, Outcome, Refusal, RefusalKind};
use store::{FromRow, Reader, Row, Tx};

use crate::accounts::Account;
use crate::authorise::Holder;
use crate::holdings::{COLUMNS, Held, Holding, may_hold};
use crate::terms::{Permit, is_administrator, role_title};

/// Whether this post, which somebody holds, can be exercised by another as `wished`: for a time within
/// its own, by a colleague of the same organ, and by one at a time.
pub fn may_delegate(reader: &Reader<'_>, held: &Held, wished: &Holding, today: Day) -> Outcome<()> {
    delegable(held, wished, today)?;
    let post = &held.holding;
    let colleagues = colleagues(reader, &post.organ, today)?;
    if !colleagues.iter().any(|colleague| colleague.account == wished.account) {
        let words = "只能委托给同一个机构里现在有岗位、账户正常的同事";
        return Err(refused("access.not_a_colleague", "colleague", words).into());
    }
    let others = delegations_of(reader, post.id)?;
    if let Some(other) = others.iter().find(|other| other.held.meets(wished)) {
        let words = format!("这个岗位在这段时间已经委托给{}代行", other.name);
        return Err(refused("access.delegated_already", "from", &words).into());
    }
    may_hold(reader, wished)
}

/// What of it does not depend on others.
fn delegable(held: &Held, wished: &Holding, today: Day) -> Result<(), Refusal> {
    let post = &held.holding;
    if is_administrator(&post.role) {
        let words = format!("{}不能委托别人代行", role_title(&post.role));
        return Err(refused("access.not_delegable", "holding", &words)
            .ground("GB/T 22239-2019 8.1.5 安全管理中心，8.1.7.2 人员配备")
            .remedy("本人不在岗的，由同类的另一位管理员办理"));
    }
    if let Some(whose) = &held.delegated {
        let words = format!("这是受{}委托代行的岗位，不能再委托给别人", whose.name);
        return Err(refused("access.never_onward", "holding", &words)
            .remedy(format!("请由{}另行委托", whose.name)));
    }
    if !held.lasts(today) {
        return Err(refused("access.post_over", "holding", "这个岗位已经结束，不能再委托"));
    }
    if wished.account == post.account {
        let words = "不能委托给岗位的本人";
        return Err(refused("access.own_delegation", "colleague", words));
    }
    if wished.from < post.from {
        let words = format!("这个岗位从{}起才有", post.from.chinese());
        return Err(refused("access.before_post", "from", &words));
    }
    match (post.until, wished.until) {
        (_, None) => Err(refused("access.no_end", "until", "请写委托的最后一天")),
        (Some(last), Some(until)) if last < until => {
            let words = format!("这个岗位到{}为止，委托不能比它长", last.chinese());
            Err(refused("access.beyond_post", "until", &words))
        }
        _ => Ok(()),
    }
}

fn refused(code: &'static str, field: &'static str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Conflict, code, words).field(field, words)
}

/// Lets `wished` be exercised for the holder of this post, if it can be (`may_delegate`).
pub fn delegate_holding(
    tx: &Tx<'_>,
    _permit: &Permit,
    held: &Held,
    wished: &Holding,
    today: Day,
) -> Outcome<()> {
    may_delegate(tx, held, wished, today)?;
    tx.run(
        "INSERT INTO access_holdings (id, account, role, organ, post, from_day, until_day,
             for_holding, for_account)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            wished.id.into(),
            wished.account.into(),
            held.holding.role.as_str().into(),
            held.holding.organ.as_str().into(),
            held.holding.post.as_str().into(),
            wished.from.into(),
            wished.until.into(),
            held.holding.id.into(),
            held.holding.account.into(),
        ],
    )?;
    Ok(())
}

/// A post of one that another exercises, and who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exercised {
    /// The other's row.
    pub held: Held,
    /// The other's name.
    pub name: String,
}

impl FromRow for Exercised {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { held: Held::from_row(row)?, name: row.get("by_name")? })
    }
}

const EXERCISED: &str =
    "SELECT (SELECT a.name FROM access_accounts a WHERE a.id = h.account) AS by_name, ";

fn delegations_of(reader: &Reader<'_>, holding: Id<Holding>) -> Outcome<Vec<Exercised>> {
    Ok(reader.all(
        &format!("{EXERCISED} {COLUMNS} WHERE h.for_holding = $1 LIMIT 200"),
        &[holding.into()],
    )?)
}

/// The posts of a person that others exercise or have exercised, the last given first; at most 100.
pub fn delegated_by(reader: &Reader<'_>, account: Id<Account>) -> Outcome<Vec<Exercised>> {
    Ok(reader.all(
        &format!("{EXERCISED} {COLUMNS} WHERE h.for_account = $1 ORDER BY h.id DESC LIMIT 100"),
        &[account.into()],
    )?)
}

/// Who holds a post of their own in this very organ today, by name; at most 500.
pub fn colleagues(reader: &Reader<'_>, organ: &str, today: Day) -> Outcome<Vec<Holder>> {
    let mut colleagues: Vec<Holder> = reader.all(
        "SELECT a.id AS account, a.login, a.name
         FROM access_holdings h JOIN access_accounts a ON a.id = h.account
         WHERE h.organ = $1 AND a.kind = 'staff' AND a.state = 'active' AND h.from_day <= $2
           AND (h.until_day IS NULL OR h.until_day >= $2) AND h.ended_at IS NULL
           AND h.for_holding IS NULL
         LIMIT 500",
        &[organ.into(), today.into()],
    )?;
    // Sorted here, and each once however many posts they hold.
    colleagues.sort_by(|one, other| (&one.name, &one.login).cmp(&(&other.name, &other.login)));
    colleagues.dedup_by_key(|colleague| colleague.account);
    Ok(colleagues)
}

/// Ends what an account exercises for others, and what others exercise for it: with the account, both are
/// over. Says how many there were.
pub fn end_delegations_of(
    tx: &Tx<'_>,
    _permit: &Permit,
    account: Id<Account>,
    now: Moment,
) -> Outcome<u64> {
    let mut ended = 0;
    for whose in ["account = $3 AND for_holding IS NOT NULL", "for_account = $3"] {
        let rows = tx.run(
            &format!(
                "UPDATE access_holdings SET until_day = $1, ended_at = $2
                 WHERE {whose} AND ended_at IS NULL AND until_day >= $1"
            ),
            &[now.day().into(), now.into(), account.into()],
        )?;
        ended += rows;
    }
    Ok(ended)
}
