//! The SQL of proposals to give a post.

use access::{Account, Delegated, Holding, Permit};
use base::{Day, Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use super::changes::settled;
use crate::terms::{Proposal, ProposalState};

const COLUMNS: &str = "id, account, login, name, role, organ, organ_name, post, from_day, \
                       until_day, reason, proposed_by, proposed_name, proposed_at, last_day, \
                       state, decided_name, decided_reason, for_holding, for_account, \
                       for_name FROM identity_proposals";

/// Puts a proposal down; those that nobody decided in time are over from now on.
pub fn put_proposal(tx: &Tx<'_>, permit: &Permit, new: &Proposal) -> Outcome<()> {
    tx.run(
        "UPDATE identity_proposals SET state = 'lapsed' WHERE state = 'open' AND last_day < $1",
        &[new.proposed_at.day().into()],
    )?;
    tx.run(
        "INSERT INTO identity_proposals (id, account, login, name, role, organ, organ_name, post,
             from_day, until_day, reason, proposed_by, proposed_name, proposed_at, last_day, state,
             for_holding, for_account, for_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'open', $16,
             $17, $18)",
        &[
            new.id.into(),
            new.account.into(),
            new.login.as_str().into(),
            new.name.as_str().into(),
            new.role.as_str().into(),
            new.organ.as_str().into(),
            new.organ_name.as_str().into(),
            new.post.as_str().into(),
            new.from.into(),
            new.until.into(),
            new.reason.as_str().into(),
            permit.account().into(),
            permit.who().name.as_str().into(),
            new.proposed_at.into(),
            new.last_day.into(),
            new.delegated.as_ref().map(|whose| whose.holding).into(),
            new.delegated.as_ref().map(|whose| whose.account).into(),
            new.delegated.as_ref().map(|whose| whose.name.as_str()).into(),
        ],
    )?;
    Ok(())
}

/// A proposal by id.
pub fn proposal_by_id(reader: &Reader<'_>, id: Id<Proposal>) -> Outcome<Option<Proposal>> {
    Ok(reader.maybe(&format!("SELECT {COLUMNS} WHERE id = $1"), &[id.into()])?)
}

/// What waits to be decided, oldest first; at most 200.
pub fn open_proposals(reader: &Reader<'_>, today: Day) -> Outcome<Vec<Proposal>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE state = 'open' AND last_day >= $1 ORDER BY id LIMIT 200"),
        &[today.into()],
    )?)
}

/// What waits to be decided about one account.
pub fn open_proposals_for(
    reader: &Reader<'_>,
    account: Id<Account>,
    today: Day,
) -> Outcome<Vec<Proposal>> {
    Ok(reader.all(
        &format!(
            "SELECT {COLUMNS} WHERE account = $1 AND state = 'open' AND last_day >= $2
             ORDER BY id LIMIT 200"
        ),
        &[account.into(), today.into()],
    )?)
}

/// What waits to be decided about the posts of one account that others shall exercise.
pub fn open_delegations_of(
    reader: &Reader<'_>,
    holder: Id<Account>,
    today: Day,
) -> Outcome<Vec<Proposal>> {
    Ok(reader.all(
        &format!(
            "SELECT {COLUMNS} WHERE for_account = $1 AND state = 'open' AND last_day >= $2
             ORDER BY id LIMIT 200"
        ),
        &[holder.into(), today.into()],
    )?)
}

/// Notes how a proposal ended, and who says so, why.
pub fn settle_proposal(
    tx: &Tx<'_>,
    permit: &Permit,
    id: Id<Proposal>,
    state: ProposalState,
    reason: &str,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE identity_proposals SET state = $1, decided_by = $2, decided_name = $3,
             decided_at = $4, decided_reason = $5
         WHERE id = $6",
        &settled(permit, state, reason, now, id),
    )?;
    Ok(())
}

impl FromRow for Proposal {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let decided: Option<String> = row.get("decided_name")?;
        let why: Option<String> = row.get("decided_reason")?;
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
            proposed_by: row.get("proposed_by")?,
            proposed_name: row.get("proposed_name")?,
            proposed_at: row.get("proposed_at")?,
            last_day: row.get("last_day")?,
            state: ProposalState::parse(&row.get::<String>("state")?),
            decided: decided.zip(why),
            delegated: of.zip(holder).map(|(holding, account)| Delegated {
                holding,
                account,
                name: called,
            }),
        })
    }
}
