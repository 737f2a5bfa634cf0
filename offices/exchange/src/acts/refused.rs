//! A publication that was there as a whole was not taken in by who was to take it in: the gateway that sent it is told, by a
//! refusal that the centre signs.

use std::sync::Arc;

use ::store::Tx;
use base::{Fault, Moment, Outcome};
use frame::{Hall, Listener};
use ledger::jobs::{self, Lane};
use ledger::{Act, Recorded};
use message::{Step, StepKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::centre::centre;
use super::rule;
use super::word::{self, Said};
use crate::rules::parts::WORDS_MAX;
use crate::store::flows::{Passed, Tally, Way};
use crate::store::{self, messages, publications};
use crate::terms::{State, TAKEN_IN};

/// The job that tells a gateway.
pub(crate) const TELL: &str = "exchange.tell_refused";

/// Who says that a publication was not taken in: the catalogue, and the registers that are fed by gateways.
pub(super) const LISTENER: Listener = Listener {
    name: "exchange.refused_publications",
    kinds: &[
        catalogue_contract::PUBLICATION_REFUSED,
        "population.publication_refused",
        "entities.publication_refused",
    ],
    hear,
};

/// What such an act tells.
#[derive(Serialize, Deserialize)]
struct Told {
    publication: String,
    reason: String,
}

fn hear(hall: &Hall, tx: &Tx<'_>, act: &Recorded) -> Outcome<()> {
    let told: Told = serde_json::from_value(act.content()).map_err(Fault::from)?;
    let body = serde_json::to_value(told).map_err(Fault::from)?;
    jobs::enqueue(tx, Lane::Work, TELL, &body, hall.now())
}

/// The job [`TELL`]: the word, once for each publication. Nothing where it is not known any more, where its gateway is stopped
/// for good, or where all of the table has come since.
pub(crate) async fn tell(hall: Arc<Hall>, body: Value, now: Moment) -> Outcome<()> {
    let Told { publication, reason } = serde_json::from_value(body).map_err(Fault::from)?;
    let (keys, sought) = (hall.keys.clone(), publication.clone());
    let found = hall.store.read(move |r| {
        let Some((found, last)) = publications::complete(r, &sought)? else { return Ok(None) };
        let gateway = store::gateway(r, &found.gateway)?;
        let part = messages::message(r, last)?;
        let (Some(gateway), Some(part)) = (gateway, part) else { return Ok(None) };
        let is_over = gateway.state == State::Revoked || publications::is_mended(r, &found)?;
        Ok(Some((found.id, part, (gateway, is_over), centre(r, &keys)?)))
    });
    let Some((id, part, (gateway, is_over), centre)) = found.await? else { return Ok(()) };
    let short: String = reason.chars().take(WORDS_MAX).collect();
    let words = match is_over {
        true => Vec::new(),
        false => {
            let words = short.clone();
            let said = Said { of: &part, to: &gateway, code: "exchange.not_taken_in", words };
            word::signed(&centre, &[said], &rule(now.day())?, now)?
        }
    };
    let (act, rung) = (Act::new(now, TAKEN_IN, "gateway", &gateway.name), words.clone());
    let until = now.plus_seconds(rule(now.day())?.keep_days * 86_400);
    hall.write(move |tx| {
        // A job may be done twice.
        if !delivery::see(tx, "exchange.tell_refused", &publication, until)? {
            return Ok(());
        }
        let permit = access::clockwork("exchange.watch");
        publications::refuse(tx, &permit, id, &short)?;
        let (mut tally, mut steps) = (Tally::default(), Vec::new());
        for word in &words {
            word::tell(tx, &permit, word, now)?;
            tally.count(Way::of(word.message.header()), Passed::Stored, "", 0);
            steps.push(Step::of(&word.message, StepKind::Stored, now));
        }
        tally.put(tx, &permit, now)?;
        match steps.is_empty() {
            true => Ok(()),
            false => word::record(tx, &permit, &act, (&steps, "推送的数据没有采用")),
        }
    })
    .await?;
    word::ring(&rung);
    Ok(())
}
