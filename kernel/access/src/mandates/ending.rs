//! How mandates end that neither side ends: with an account, with a death, with an erasure by law.

use base::{Fault, Id, Moment, Outcome};
use seal::Keys;
use store::{Reader, Tx};

use super::terms::EndedWhy;
use super::{COLUMNS, MANDATE_NUMBER, Mandate, mandate_by_id};
use crate::accounts::{Account, NUMBER};
use crate::terms::Permit;

/// Ends what an account has given and what it has taken on: 民法典 art. 173 ends a mandate with either of the
/// two, and an account that was closed opens never again. What is on paper does not stand on an account, and what has
/// run out has ended before. Gives what has ended, as it stood.
pub(crate) fn end_mandates_of(
    tx: &Tx<'_>,
    account: Id<Account>,
    why: EndedWhy,
    now: Moment,
) -> Outcome<Vec<Mandate>> {
    let mut ended: Vec<Mandate> = Vec::new();
    for side in ["principal", "agent"] {
        let sql = format!(
            "SELECT {COLUMNS} WHERE {side} = $1 AND kind = 'online'
                 AND state IN ('offered', 'standing') AND until_day >= $2"
        );
        ended.extend(tx.all::<Mandate>(&sql, &[account.into(), now.day().into()])?);
    }
    ended.sort_by_key(|mandate| mandate.id);
    end(tx, &ended, why, now)?;
    Ok(ended)
}

/// Ends what a person who has died had given and taken on (民法典 art. 173(4)), on paper too: `mark` is by what their
/// number is found. Gives what has ended, as it stood. What was offered to them is over as well; what has run out has
/// ended before.
pub fn end_mandates_of_dead(
    tx: &Tx<'_>,
    _permit: &Permit,
    (keys, mark): (&Keys, &[u8; 32]),
    now: Moment,
) -> Outcome<Vec<Mandate>> {
    let [form, beside] = keys.covers(mark);
    let mut ended: Vec<Mandate> = Vec::new();
    for side in ["principal", "agent"] {
        let sql = format!(
            "SELECT {COLUMNS} WHERE {side}_blind IN ($1, $2) AND state IN ('offered', 'standing')
                 AND until_day >= $3"
        );
        let params = [form.as_slice().into(), beside.as_slice().into(), now.day().into()];
        ended.extend(tx.all::<Mandate>(&sql, &params)?);
    }
    ended.sort_by_key(|mandate| mandate.id);
    end(tx, &ended, EndedWhy::Died, now)?;
    Ok(ended)
}

fn end(tx: &Tx<'_>, mandates: &[Mandate], why: EndedWhy, now: Moment) -> Outcome<()> {
    for one in mandates {
        tx.run(
            "UPDATE access_mandates SET state = 'closed', ended_at = $1, ended_why = $2
             WHERE id = $3",
            &[now.into(), why.as_str().into(), one.id.into()],
        )?;
    }
    Ok(())
}

/// All mandates that name an account's holder, on either side, whatever has become of them.
pub fn mandates_of(
    reader: &Reader<'_>,
    keys: &Keys,
    account: &Account,
) -> Outcome<Vec<Id<Mandate>>> {
    let mut ids = Vec::new();
    for side in ["principal", "agent"] {
        let sql = format!("SELECT id FROM access_mandates WHERE {side} = $1");
        ids.extend(reader.all::<Id<Mandate>>(&sql, &[account.id.into()])?);
    }
    // Nobody has taken these on, and those on paper stand under no account.
    if let Some(number) = account.number(keys).filter(|_| account.real_name) {
        let [form, beside] = keys.blinds(NUMBER, number.as_bytes());
        let of = [form.into(), beside.into(), account.name.as_str().into()];
        ids.extend(reader.all::<Id<Mandate>>(
            "SELECT id FROM access_mandates
             WHERE agent_blind IN ($1, $2) AND agent IS NULL AND agent_name = $3",
            &of,
        )?);
        ids.extend(reader.all::<Id<Mandate>>(
            "SELECT id FROM access_mandates
             WHERE principal_blind IN ($1, $2) AND kind = 'paper' AND principal_name = $3",
            &of,
        )?);
    }
    Ok(ids)
}

/// Erases an account's side of each mandate that names its holder, and the firm where they gave it: the name, the
/// number, and by what the number is found. What was offered, and what stood on paper, is over. Gives what has ended,
/// as it stood.
pub(crate) fn erase_mandates_of(
    tx: &Tx<'_>,
    keys: &Keys,
    account: &Account,
    document: &str,
    now: Moment,
) -> Outcome<Vec<Mandate>> {
    let mut ended = Vec::new();
    for id in mandates_of(tx, keys, account)? {
        let Some(mandate) = mandate_by_id(tx, id)? else { continue };
        let given = mandate.is_given_by(keys, account);
        let side = if given { "principal" } else { "agent" };
        let firm = match mandate.firm.is_some() && given {
            true => ", firm_name = $1, firm_code = ''",
            false => "",
        };
        let words = base::erased_words(document);
        let mut blind = [0u8; 32];
        getrandom::fill(&mut blind).map_err(|error| Fault::said(error.to_string()))?;
        tx.run(
            &format!(
                "UPDATE access_mandates SET {side}_name = $1, {side}_sealed = $2,
                     {side}_blind = $3{firm},
                     ended_by = CASE WHEN ended_by = $4 THEN $1 ELSE ended_by END
                 WHERE id = $5"
            ),
            &[
                words.into(),
                keys.seal(MANDATE_NUMBER, b"").into(),
                keys.cover(&blind).into(),
                account.name.as_str().into(),
                id.into(),
            ],
        )?;
        if mandate.lasts(now.day()) {
            end(tx, std::slice::from_ref(&mandate), EndedWhy::Erased, now)?;
            ended.push(mandate);
        }
    }
    Ok(ended)
}
