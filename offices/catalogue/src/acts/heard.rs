//! What others tell: data of a register came, a case used what a register gave, something is to be erased. And what is
//! told to others: what the city shares already.

use std::sync::Arc;

use base::{Fault, Moment, Outcome};
use catalogue_contract::{ITEMS_MAX, ProviderOf, Shared, SharedItems};
use frame::{Hall, Listener};
use ledger::{Act, Recorded};
use privacy_contract::{Ordered, SUBJECT, Target};
use seal::Keys;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Reader, Tx};

use crate::store::{self as rows, Arrival, How, NewUse};
use crate::terms::WORDS;

/// Which acts tell that data of which register came, and where they say how much.
const ARRIVALS: &str = include_str!("../../data/arrivals.json");
/// What the act of having erased is called.
pub const ERASED: &str = "catalogue.erased";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    act: String,
    register: String,
    rows: Vec<String>,
}

/// To what this office listens.
pub const LISTENS: &[Listener] = &[
    Listener {
        name: "catalogue.arrivals",
        kinds: &["population.loaded", "entities.loaded"],
        hear: hear_arrival,
    },
    Listener {
        name: "catalogue.uses",
        kinds: &["approvals.prefilled", ask::IN_CASE, "watches.found"],
        hear: hear_use,
    },
    Listener {
        name: "catalogue.erasures",
        kinds: &[privacy_contract::ORDERED],
        hear: hear_erasure,
    },
    // In one, so that each publication is heard after what was said of its resource before it came.
    Listener {
        name: "catalogue.publications",
        kinds: &[
            exchange_contract::COMPLETE,
            "population.feed_opened",
            "population.feed_closed",
            "entities.feed_opened",
            "entities.feed_closed",
        ],
        hear: super::sets::hear_publication,
    },
];

/// Hears that data came: the page of each resource of that register says so.
fn hear_arrival(_hall: &Hall, tx: &Tx<'_>, act: &Recorded) -> Outcome<()> {
    let told: Vec<Told> = serde_json::from_str(ARRIVALS).map_err(Fault::from)?;
    let content = act.content();
    for one in told.iter().filter(|one| one.act == act.kind) {
        let rows = one.rows.iter().find_map(|place| content.pointer(place)?.as_i64());
        let arrival =
            Arrival { at: act.at, rows: rows.unwrap_or_default(), act: act.id.to_string() };
        rows::put_arrival(tx, &one.register, &arrival)?;
    }
    Ok(())
}

/// Hears that a case used what registers gave, and notes it with the resources of those registers: an application that was
/// filled in names the source of each entry by the register's title, an ask in its course the kind of question.
fn hear_use(hall: &Hall, tx: &Tx<'_>, act: &Recorded) -> Outcome<()> {
    let case = act.subject_id.parse::<flow::CaseId>().ok();
    let Some(case) = case.map(|id| flow::case_by_id(tx, id)).transpose()?.flatten() else {
        return Ok(());
    };
    let content = act.content();
    let (how, kinds) = match act.kind.as_str() {
        "approvals.prefilled" => (How::Prefilled, kinds_from(hall, &content)),
        "watches.found" => (How::Found, kind_of(&content)),
        _ => (How::Asked, kind_of(&content)),
    };
    let kept = super::guide(hall)?.kinds;
    let mut keys: Vec<String> = Vec::new();
    for kind in kinds {
        let register = kept.register_of(&kind).unwrap_or_default();
        keys.extend(rows::keys_behind(tx, (register, &kind))?);
    }
    keys.sort_unstable();
    keys.dedup();
    let (no, organ, told) = (&case.no, &case.organ_name, act.id.to_string());
    let one = NewUse { case_no: no, organ_name: organ, how, act: (&told, act.at) };
    keys.iter().try_for_each(|key| rows::put_use(tx, key, &one))
}

/// The kind of question that an act names.
fn kind_of(content: &Value) -> Vec<String> {
    content.get("kind").and_then(Value::as_str).map(str::to_owned).into_iter().collect()
}

/// The kinds of question that are answered by the sources which filled an application in.
fn kinds_from(hall: &Hall, content: &Value) -> Vec<String> {
    let fields = content.get("fields").and_then(Value::as_array).into_iter().flatten();
    let sources: Vec<&str> = fields.filter_map(|field| field.get("from")?.as_str()).collect();
    let answerers = hall.offices.iter().flat_map(|office| office.answers);
    let from = answerers.filter(|answerer| sources.contains(&answerer.source));
    from.map(|answerer| answerer.kind.to_owned()).collect()
}

/// Hears an order to erase: what somebody said of a value goes.
fn hear_erasure(hall: &Hall, tx: &Tx<'_>, order: &Recorded) -> Outcome<()> {
    let Some(ordered) = Ordered::read(order.content()) else { return Ok(()) };
    let Target::Case { id, .. } = &ordered.target else { return Ok(()) };
    let Ok(id) = id.parse::<flow::CaseId>() else { return Ok(()) };
    let permit = access::clockwork(ERASED);
    if !rows::erase_dispute(tx, &permit, id, &hall.keys.seal(WORDS, b""))? {
        return Ok(());
    }
    let act = Act::new(hall.now(), ERASED, SUBJECT, &ordered.order)
        .authority(order.authority())
        .content(json!({
            "document": ordered.document, "target": ordered.target, "removed": { "disputes": 1 },
        }));
    ledger::record(tx, permit.who(), &act)
}

/// What the city shares of these things.
pub fn answer_shared(
    reader: &Reader<'_>,
    _keys: &Keys,
    asked: &Value,
    _now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let asked: SharedItems = serde_json::from_value(asked.clone()).map_err(Fault::from)?;
    let concepts: Vec<String> = asked.concepts.into_iter().take(ITEMS_MAX).collect();
    let shared = Shared { items: rows::shared_items(reader, &concepts)? };
    Ok(Some(Arc::new(serde_json::to_value(shared).map_err(Fault::from)?)))
}

/// Who provides a published resource.
pub fn answer_provider(
    reader: &Reader<'_>,
    _keys: &Keys,
    asked: &Value,
    _now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let asked: ProviderOf = serde_json::from_value(asked.clone()).map_err(Fault::from)?;
    let Some(provider) = rows::provider_of(reader, &asked.resource)? else { return Ok(None) };
    Ok(Some(Arc::new(serde_json::to_value(provider).map_err(Fault::from)?)))
}
