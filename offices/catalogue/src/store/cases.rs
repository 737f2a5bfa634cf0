//! Requests and disputes beside their cases.

use access::{Account, Permit};
use base::{Fault, Id, Outcome};
use flow::CaseId;
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Agreed, Dispute, Request};

const REQUEST: &str = "case_id, no, key, version, resource_name, provider, consumer, consumer_name, \
                       account, wish, agreed FROM catalogue_requests";

impl FromRow for Request {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let wrong = |error: serde_json::Error| store::Error::Other(Box::new(error));
        let (wish, agreed): (String, String) = (row.get("wish")?, row.get("agreed")?);
        Ok(Self {
            case: row.get("case_id")?,
            no: row.get("no")?,
            key: row.get("key")?,
            version: row.get("version")?,
            resource_name: row.get("resource_name")?,
            provider: row.get("provider")?,
            consumer: row.get("consumer")?,
            consumer_name: row.get("consumer_name")?,
            account: row.get("account")?,
            wish: serde_json::from_str(&wish).map_err(wrong)?,
            agreed: match agreed.is_empty() {
                true => None,
                false => Some(serde_json::from_str(&agreed).map_err(wrong)?),
            },
        })
    }
}

/// Puts a request down beside its case.
pub fn put_request(tx: &Tx<'_>, _permit: &Permit, new: &Request) -> Outcome<()> {
    tx.run(
        "INSERT INTO catalogue_requests (case_id, no, key, version, resource_name, provider, consumer,
                                         consumer_name, account, wish, agreed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '')",
        &[
            new.case.into(),
            new.no.as_str().into(),
            new.key.as_str().into(),
            new.version.into(),
            new.resource_name.as_str().into(),
            new.provider.as_str().into(),
            new.consumer.as_str().into(),
            new.consumer_name.as_str().into(),
            new.account.as_str().into(),
            serde_json::to_string(&new.wish).map_err(Fault::from)?.into(),
        ],
    )?;
    Ok(())
}

/// Notes what was agreed to.
pub fn put_agreed(tx: &Tx<'_>, _permit: &Permit, no: &str, agreed: &Agreed) -> Outcome<()> {
    let agreed = serde_json::to_string(agreed).map_err(Fault::from)?;
    tx.run("UPDATE catalogue_requests SET agreed = $1 WHERE no = $2", &[agreed.into(), no.into()])?;
    Ok(())
}

/// The request of this number.
pub fn request(reader: &Reader<'_>, no: &str) -> Outcome<Option<Request>> {
    Ok(reader.maybe(&format!("SELECT {REQUEST} WHERE no = $1"), &[no.into()])?)
}

/// The requests of an organ, the newest first, before one.
pub fn requests_of(
    reader: &Reader<'_>,
    consumer: &str,
    (before, limit): (Option<CaseId>, i64),
) -> Outcome<Vec<Request>> {
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    Ok(reader.all(
        &format!(
            "SELECT {REQUEST} WHERE consumer = $1 AND case_id < $2 ORDER BY case_id DESC LIMIT $3"
        ),
        &[consumer.into(), before.into(), limit.into()],
    )?)
}

const DISPUTE: &str = "case_id, no, key, resource_name, item, item_name, account, words_sealed \
                       FROM catalogue_disputes";

impl FromRow for Dispute {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            case: row.get("case_id")?,
            no: row.get("no")?,
            key: row.get("key")?,
            resource_name: row.get("resource_name")?,
            item: row.get("item")?,
            item_name: row.get("item_name")?,
            account: row.get("account")?,
            words_sealed: row.get("words_sealed")?,
        })
    }
}

/// Puts a dispute down beside its case.
pub fn put_dispute(tx: &Tx<'_>, _permit: &Permit, new: &Dispute) -> Outcome<()> {
    tx.run(
        "INSERT INTO catalogue_disputes (case_id, no, key, resource_name, item, item_name, account,
                                         words_sealed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            new.case.into(),
            new.no.as_str().into(),
            new.key.as_str().into(),
            new.resource_name.as_str().into(),
            new.item.as_str().into(),
            new.item_name.as_str().into(),
            new.account.into(),
            new.words_sealed.as_slice().into(),
        ],
    )?;
    Ok(())
}

/// The dispute of this number.
pub fn dispute(reader: &Reader<'_>, no: &str) -> Outcome<Option<Dispute>> {
    Ok(reader.maybe(&format!("SELECT {DISPUTE} WHERE no = $1"), &[no.into()])?)
}

/// The disputes of an account, the newest first; 100 at most.
pub fn disputes_of(reader: &Reader<'_>, account: Id<Account>) -> Outcome<Vec<Dispute>> {
    Ok(reader.all(
        &format!("SELECT {DISPUTE} WHERE account = $1 ORDER BY case_id DESC LIMIT 100"),
        &[account.into()],
    )?)
}

/// Puts something else in the place of what somebody said of a value; says whether there was a dispute.
pub fn erase_dispute(tx: &Tx<'_>, _permit: &Permit, case: CaseId, blank: &[u8]) -> Outcome<bool> {
    let erased = tx.run(
        "UPDATE catalogue_disputes SET words_sealed = $1 WHERE case_id = $2",
        &[blank.into(), case.into()],
    )?;
    Ok(erased > 0)
}
