//! The SQL of proposals to give a post.

use access::{Account, Delegated, Holding, Permit, Proposals, Proposed};
use base::{Day, Id, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::rules::Matter;
use crate::terms::Proposal;

/// Posts that somebody proposes to give.
pub const POSTS: Proposals = Proposals {
    table: "identity_proposals",
    own: "id, account, login, name, role, organ, organ_name, post, from_day, until_day, reason, for_holding, \
          for_account, for_name",
    who: "proposed",
    behalf: false,
    thing: "这项提议",
    verb: "提出",
};

impl Proposal {
    /// What is decided: neither who shall have the post nor whose post it is decides.
    pub fn matter(&self) -> Matter<'_> {
        let receiver = (self.account.to_string(), "不能同意给自己授予岗位，要由另一个人同意");
        let holder = self
            .delegated
            .as_ref()
            .map(|whose| (whose.account.to_string(), "不能同意委托自己的岗位，要由另一个人同意"));
        let barred = [receiver].into_iter().chain(holder).collect();
        Matter { of: POSTS, one: &self.proposed, barred }
    }
}

/// Puts a proposal down; those that nobody decided in time are over from now on.
pub fn put_proposal(tx: &Tx<'_>, permit: &Permit, new: &Proposal) -> Outcome<()> {
    POSTS.lapse::<Proposal>(tx, permit, None, new.proposed.at.day())?;
    let whose = new.delegated.as_ref();
    let own = [
        ("account", new.account.into()),
        ("login", new.login.as_str().into()),
        ("name", new.name.as_str().into()),
        ("role", new.role.as_str().into()),
        ("organ", new.organ.as_str().into()),
        ("organ_name", new.organ_name.as_str().into()),
        ("post", new.post.as_str().into()),
        ("from_day", new.from.into()),
        ("until_day", new.until.into()),
        ("reason", new.reason.as_str().into()),
        ("for_holding", whose.map(|whose| whose.holding).into()),
        ("for_account", whose.map(|whose| whose.account).into()),
        ("for_name", whose.map(|whose| whose.name.as_str()).into()),
    ];
    POSTS.put(tx, permit, (new.id, &new.proposed), &own)
}

/// What waits to be decided about one account.
pub fn open_proposals_for(
    reader: &Reader<'_>,
    account: Id<Account>,
    today: Day,
) -> Outcome<Vec<Proposal>> {
    let rest = "WHERE account = $1 AND state = 'open' AND last_day >= $2 ORDER BY id LIMIT 200";
    POSTS.all(reader, rest, &[account.into(), today.into()])
}

/// What waits to be decided about the posts of one account that others shall exercise.
pub fn open_delegations_of(
    reader: &Reader<'_>,
    holder: Id<Account>,
    today: Day,
) -> Outcome<Vec<Proposal>> {
    let rest = "WHERE for_account = $1 AND state = 'open' AND last_day >= $2 ORDER BY id LIMIT 200";
    POSTS.all(reader, rest, &[holder.into(), today.into()])
}

impl FromRow for Proposal {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let of: Option<Id<Holding>> = row.get("for_holding")?;
        let holder: Option<Id<Account>> = row.get("for_account")?;
        let called = row.get::<Option<String>>("for_name")?.unwrap_or_default();
        Ok(Self {
            id: row.get("id")?,
            account: row.get("account")?,
            login: row.get("login")?,
            name: row.get("name")?,
            role: row.get("role")?,
            organ: row.get("organ")?,
            organ_name: row.get("organ_name")?,
            post: row.get("post")?,
            from: row.get("from_day")?,
            until: row.get("until_day")?,
            reason: row.get("reason")?,
            proposed: Proposed::from_row(row)?,
            delegated: of.zip(holder).map(|(holding, account)| Delegated {
                holding,
                account,
                name: called,
            }),
        })
    }
}
