//! The office's own tables: gateways, the centre's keys, what is proposed.

pub mod bus;
pub mod certificates;
pub mod flows;
pub mod messages;
pub mod publications;
pub mod subscriptions;
pub mod swept;
pub mod unanswered;

use access::{Permit, Proposals, Proposed};
use base::{Day, Fault, Id, Moment, Outcome};
use serde::de::DeserializeOwned;
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{CentreKeys, CentreRow, Gateway, Proposal, Registration, Stall, State};

const GATEWAY: &str = "name, title, organs, organ_names, kinds, signing, sealing, until_at, state, \
                       state_reason, registered_at, seen_at, offset_ms FROM exchange_gateways";
const CENTRE: &str = "id, signing_sealed, sealing_sealed, signing, sealing, made_at, certified_at FROM exchange_centre";
/// What two people decide.
pub const PROPOSALS: Proposals = Proposals {
    table: "exchange_proposals",
    own: "id, subject, title, body, reason",
    who: "proposed",
    behalf: false,
    thing: "这项提议",
    verb: "提出",
};
/// So many gateways are read at most.
const GATEWAYS_MAX: i64 = 2_000;

fn list<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> Result<T, store::Error> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|_| store::Error::Missing)
}

impl FromRow for Gateway {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            name: row.get("name")?,
            title: row.get("title")?,
            organs: list(row, "organs")?,
            organ_names: list(row, "organ_names")?,
            kinds: list(row, "kinds")?,
            signing: row.get("signing")?,
            sealing: row.get("sealing")?,
            until: row.get("until_at")?,
            state: State::parse(&row.get::<String>("state")?),
            state_reason: row.get("state_reason")?,
            registered_at: row.get("registered_at")?,
            seen: row.get("seen_at")?,
            offset_ms: row.get("offset_ms")?,
        })
    }
}

/// All gateways, by name.
pub fn gateways(reader: &Reader<'_>) -> Outcome<Vec<Gateway>> {
    Ok(reader.all(&format!("SELECT {GATEWAY} ORDER BY name LIMIT $1"), &[GATEWAYS_MAX.into()])?)
}

/// One gateway.
pub fn gateway(reader: &Reader<'_>, name: &str) -> Outcome<Option<Gateway>> {
    Ok(reader.maybe(&format!("SELECT {GATEWAY} WHERE name = $1"), &[name.into()])?)
}

/// By which gateway an organ speaks.
pub fn gateway_of(reader: &Reader<'_>, organ: &str) -> Outcome<Option<String>> {
    Ok(reader.maybe("SELECT gateway FROM exchange_organs WHERE organ = $1", &[organ.into()])?)
}

fn json(value: &impl serde::Serialize) -> Outcome<String> {
    Ok(serde_json::to_string(value).map_err(Fault::from)?)
}

/// Registers a gateway, or registers it anew; its organs speak by it from now on.
pub fn register(
    tx: &Tx<'_>,
    _permit: &Permit,
    new: &Registration,
    (signing, sealing): (&[u8], &[u8]),
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO exchange_gateways
             (name, title, organs, organ_names, kinds, signing, sealing, until_at, state,
              state_reason, registered_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', '', $9, $9)
         ON CONFLICT (name) DO UPDATE SET title = $2, organs = $3, organ_names = $4, kinds = $5,
             signing = $6, sealing = $7, until_at = $8, changed_at = $9",
        &[
            new.name.as_str().into(),
            new.title.as_str().into(),
            json(&new.organs)?.into(),
            json(&new.organ_names)?.into(),
            json(&new.kinds)?.into(),
            signing.into(),
            sealing.into(),
            new.until.into(),
            now.into(),
        ],
    )?;
    release(tx, _permit, &new.name)?;
    for organ in &new.organs {
        tx.run(
            "INSERT INTO exchange_organs (organ, gateway) VALUES ($1, $2)",
            &[organ.as_str().into(), new.name.as_str().into()],
        )?;
    }
    Ok(())
}

/// Its organs speak by it no longer.
pub fn release(tx: &Tx<'_>, _permit: &Permit, gateway: &str) -> Outcome<()> {
    tx.run("DELETE FROM exchange_organs WHERE gateway = $1", &[gateway.into()])?;
    Ok(())
}

/// Says how it stands with a gateway from now on.
pub fn set_state(
    tx: &Tx<'_>,
    _permit: &Permit,
    name: &str,
    (state, reason): (State, &str),
    now: Moment,
) -> Outcome<bool> {
    let set = tx.run(
        "UPDATE exchange_gateways SET state = $1, state_reason = $2, changed_at = $3
         WHERE name = $4 AND state <> 'revoked'",
        &[state.as_str().into(), reason.into(), now.into(), name.into()],
    )?;
    Ok(set > 0)
}

/// Notes that a gateway was there, and how far its clock was off.
pub fn note_seen(
    tx: &Tx<'_>,
    _permit: &Permit,
    name: &str,
    offset_ms: i64,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE exchange_gateways SET seen_at = $1, offset_ms = $2 WHERE name = $3",
        &[now.into(), offset_ms.into(), name.into()],
    )?;
    Ok(())
}

impl FromRow for CentreRow {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            signing_sealed: row.get("signing_sealed")?,
            sealing_sealed: row.get("sealing_sealed")?,
            signing: row.get("signing")?,
            sealing: row.get("sealing")?,
            made_at: row.get("made_at")?,
            certified_at: row.get("certified_at")?,
        })
    }
}

/// The centre's keys, the newest first; the four that were made last.
pub fn centre_keys(reader: &Reader<'_>) -> Outcome<Vec<CentreRow>> {
    Ok(reader.all(&format!("SELECT {CENTRE} ORDER BY id DESC LIMIT 4"), &[])?)
}

/// Keeps keys that were made for the centre.
pub fn put_centre(tx: &Tx<'_>, _permit: &Permit, new: &CentreRow) -> Outcome<()> {
    tx.run(
        "INSERT INTO exchange_centre (id, signing_sealed, sealing_sealed, signing, sealing, made_at)
         VALUES ($1, $2, $3, NULL, NULL, $4)",
        &[
            new.id.into(),
            new.signing_sealed.as_slice().into(),
            new.sealing_sealed.as_slice().into(),
            new.made_at.into(),
        ],
    )?;
    Ok(())
}

/// Keeps the certificates of the centre's keys: from now on they serve.
pub fn certify_centre(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: Id<CentreKeys>,
    (signing, sealing): (&[u8], &[u8]),
    now: Moment,
) -> Outcome<bool> {
    let set = tx.run(
        "UPDATE exchange_centre SET signing = $1, sealing = $2, certified_at = $4 WHERE id = $3",
        &[signing.into(), sealing.into(), id.into(), now.into()],
    )?;
    Ok(set > 0)
}

impl FromRow for Proposal {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            subject: row.get("subject")?,
            title: row.get("title")?,
            wish: list(row, "body")?,
            reason: row.get("reason")?,
            proposed: Proposed::from_row(row)?,
        })
    }
}

/// What waits about this subject.
pub fn open_about(reader: &Reader<'_>, subject: &str, today: Day) -> Outcome<Option<Proposal>> {
    let rest = "WHERE subject = $1 AND state = 'open' AND last_day >= $2 LIMIT 1";
    let found = PROPOSALS.all(reader, rest, &[subject.into(), today.into()])?;
    Ok(found.into_iter().next())
}

/// Puts a proposal down.
pub fn put_proposal(tx: &Tx<'_>, permit: &Permit, new: &Proposal) -> Outcome<()> {
    let own = [
        ("subject", new.subject.as_str().into()),
        ("title", new.title.as_str().into()),
        ("body", json(&new.wish)?.into()),
        ("reason", new.reason.as_str().into()),
    ];
    PROPOSALS.put(tx, permit, (new.id, &new.proposed), &own)
}

impl FromRow for Stall {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { what: row.get("what")?, since: row.get("since_at")?, words: row.get("words")? })
    }
}

/// What stands still.
pub fn stalls(reader: &Reader<'_>) -> Outcome<Vec<Stall>> {
    Ok(reader.all("SELECT what, since_at, words FROM exchange_stalls ORDER BY what", &[])?)
}

/// Notes that something stands still; since when is kept from the first time.
pub fn put_stall(tx: &Tx<'_>, _permit: &Permit, stall: &Stall) -> Outcome<()> {
    tx.run(
        "INSERT INTO exchange_stalls (what, since_at, words) VALUES ($1, $2, $3)
         ON CONFLICT (what) DO UPDATE SET words = $3",
        &[stall.what.as_str().into(), stall.since.into(), stall.words.as_str().into()],
    )?;
    Ok(())
}

/// It goes on.
pub fn end_stall(tx: &Tx<'_>, _permit: &Permit, what: &str) -> Outcome<()> {
    tx.run("DELETE FROM exchange_stalls WHERE what = $1", &[what.into()])?;
    Ok(())
}
