//! What departments' gateways have published: hearing of it, and asking for it.

use std::sync::Arc;

use base::{Fault, Outcome};
use catalogue_contract::ProviderOf;
use exchange_contract::{COMPLETE, PublicationPart};
use frame::loads::Provided;
use frame::{Hall, Later, Listener, loads};
use ledger::{Recorded, Who};
use register::{Part, Publication};
use store::Tx;

use crate::pages::LOADS;
use crate::terms::PUBLISHED;

/// To what this office listens.
pub(crate) const LISTENS: &[Listener] =
    &[Listener { name: "population.publications", kinds: &[COMPLETE], hear }];

fn hear(hall: &Hall, tx: &Tx<'_>, act: &Recorded) -> Outcome<()> {
    let told: Publication = serde_json::from_value(act.content()).map_err(Fault::from)?;
    loads::hear(&LOADS, tx, (&told, &act.id.to_string(), act.at), hall.now())
}

/// A part of a publication.
pub(crate) fn part(hall: Arc<Hall>, publication: String, part: i64) -> Later<Option<Part>> {
    Box::pin(async move {
        let (who, now, question) =
            (Who::clockwork(), hall.now(), PublicationPart { publication, part });
        let answer = hall.desk.ask("population", PUBLISHED, &who, &question, now).await?;
        Ok(answer.value.map(|rows| Part { rows: rows.rows, gone: rows.gone, left: rows.left }))
    })
}

/// Who provides a resource of the catalogue.
pub(crate) fn provider(hall: Arc<Hall>, resource: String) -> Later<Option<Provided>> {
    Box::pin(async move {
        let (who, now, question) = (Who::clockwork(), hall.now(), ProviderOf { resource });
        let answer = hall.desk.ask("population", PUBLISHED, &who, &question, now).await?;
        let provided = |one: catalogue_contract::Provider| Provided {
            organ: one.organ,
            title: one.resource_name,
        };
        Ok(answer.value.map(provided))
    })
}
