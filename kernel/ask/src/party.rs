//! An ask of an organ: another house's system, through the exchange, on terms that were agreed on a request. Every check
//! is made inside the desk's own path, and made again in the transaction that puts the ask on record, so that terms which
//! end stop it at once. What is refused is on record too: who wanted what outside of the terms.

use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind, Stop, chance};
use ledger::{Act, Who};
use serde_json::{Map, Value, json};
use store::{Reader, Tx};

use crate::desk::{Desk, cut, no_terms};
use crate::entered::{Entry, enter, marks};
use crate::rules::{self, Rate};
use crate::shares::organ_key;
use crate::terms::{About, Answer, Answerer, Asked, Standing, terms_ever};

/// Refusals of one organ that are put on record in a minute; more are counted alone, so that nobody fills the log.
const REFUSED_ACTS_MAX: i64 = 60;
/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;
/// The name under which a question claims values, where nothing but yes or no is told.
const CLAIMS: &str = "claims";

/// Who asks from outside of the program: an organ, by its gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The organ's id, or its unified social credit code.
    pub organ: String,
    /// Its name, as the gateway says it.
    pub name: String,
}

/// One ask on its way.
#[derive(Clone)]
struct Asking {
    id: Id<Asked>,
    /// The organ's id, once it is known.
    organ: String,
    /// Its name as it stands in the city.
    name: String,
    kind: String,
    purpose: String,
    who: Who,
    now: Moment,
}

/// What the register says, as far as it may be told.
struct Told {
    terms: Standing,
    fields: Vec<String>,
    value: Option<Value>,
}

impl Desk {
    /// Asks `question` of the given `kind` for an organ, on the terms that were agreed under `purpose` (the number of the
    /// request). Without `fields` all agreed ones are given. Where a yes or a no is agreed, the answer is one: whether
    /// the register knows the subject and has every value that the question puts under `claims`.
    ///
    /// Refused, and on record as `ask.refused`: without terms (`ask.no_terms`), when they are over (`ask.terms_over`),
    /// for a field outside of them (`ask.field_outside`), too often (`ask.too_often`). The access record of what is
    /// answered is durable before this returns.
    #[expect(clippy::too_many_arguments, reason = "an ask over the wire says all of it")]
    pub async fn ask_for(
        &self,
        party: &Party,
        kind: &str,
        purpose: &str,
        fields: &[String],
        question: Value,
        about: About,
        who: &Who,
        now: Moment,
    ) -> Outcome<Answer<Value>> {
        let mut asking = Asking {
            id: chance::afresh(|| Id::mint(now)),
            organ: party.organ.clone(),
            name: party.name.clone(),
            kind: kind.to_owned(),
            purpose: purpose.to_owned(),
            who: who.clone(),
            now,
        };
        let answered = self.answered(&mut asking, fields, question, about).await;
        if let Err(Stop::Refused(refusal)) = &answered {
            self.put_refusal(&asking, fields, refusal).await?;
        }
        answered
    }

    async fn answered(
        &self,
        asking: &mut Asking,
        fields: &[String],
        question: Value,
        about: About,
    ) -> Outcome<Answer<Value>> {
        let organ = self.organ(&asking.organ).await?;
        (asking.organ, asking.name) = (organ.id, organ.name);
        if asking.who.organ.is_empty() {
            asking.who.organ.clone_from(&asking.organ);
            asking.who.organ_name.clone_from(&asking.name);
        }
        let answerer = *self.answerers.get(asking.kind.as_str()).ok_or_else(|| {
            let words = format!("没有“{}”这种查询", asking.kind);
            Refusal::new(RefusalKind::NotFound, "ask.no_such_kind", words)
        })?;
        let told = self.told(asking, answerer, fields, question).await?;
        let found = told.value.is_some();
        self.enter(asking, &told, &about, found).await?;
        let Told { terms, value, .. } = told;
        Ok(Answer {
            value,
            as_of: asking.now,
            valid_until: asking.now.plus_seconds(terms.valid_seconds),
            ask_id: asking.id,
            source: answerer.source.into(),
            ground: terms.ground,
        })
    }

    /// The organ, by id or by code, as long as it stands.
    async fn organ(&self, named: &str) -> Outcome<access::Organ> {
        let named = named.to_owned();
        let found = self.store.read(move |r| access::organ_by_id_or_credit(r, &named)).await?;
        Ok(found.filter(|organ| organ.until.is_none()).ok_or_else(|| {
            let words = "查询的机关没有登记，或者已经撤销";
            Refusal::new(RefusalKind::Forbidden, "ask.no_such_party", words)
        })?)
    }

    /// What may be told by the terms as they stand: judged and answered in one reading transaction.
    async fn told(
        &self,
        asking: &Asking,
        answerer: Answerer,
        wanted: &[String],
        mut question: Value,
    ) -> Outcome<Told> {
        let claims = match question.as_object_mut().and_then(|map| map.remove(CLAIMS)) {
            Some(Value::Object(claims)) => claims,
            _ => Map::new(),
        };
        let mut named: Vec<String> = wanted.to_vec();
        named.extend(claims.keys().cloned());
        let (asking, keys, wanted) = (asking.clone(), self.keys.clone(), wanted.to_vec());
        self.store
            .read(move |reader| {
                let terms = judged(reader, &asking, answerer.source)?;
                rules::given(&named, &terms.fields)?;
                rules::of_resource(&question, &terms.resource)?;
                let fields = rules::given(&wanted, &terms.fields)?;
                let (in_minute, in_day) = used(reader, &asking)?;
                rules::within(terms.rate, in_minute + 1, in_day + 1)?;
                let answer = (answerer.answer)(reader, &keys, &question, asking.now)?;
                let answer = answer.and_then(|answer| rules::admitted(&answer, &terms.filter));
                let value = match terms.yes_no {
                    true => Some(Value::Bool(rules::yes(answer.as_ref(), &claims))),
                    false => answer.map(|answer| cut_each(&answer, &fields)),
                };
                Ok(Told { terms, fields, value })
            })
            .await
    }

    /// Counts the ask and puts it on record, once the terms have been looked at again: they may have ended meanwhile.
    async fn enter(&self, asking: &Asking, told: &Told, about: &About, found: bool) -> Outcome<()> {
        let named = self.namings.get(asking.kind.as_str());
        let marks = marks(&self.keys, about, named, told.value.as_ref());
        let (asking, keys, fields) = (asking.clone(), self.keys.clone(), told.fields.clone());
        self.ledger
            .write(move |tx| {
                let terms = judged(tx, &asking, "")?;
                let named = (&*asking.organ, &*asking.kind, &*asking.purpose);
                let (in_minute, in_day) = count(tx, named, terms.rate, asking.now)?;
                rules::within(terms.rate, in_minute, in_day)?;
                let mut said = json!({
                    "asker": organ_key(&asking.organ), "kind": asking.kind,
                    "terms": asking.purpose, "purpose": terms.about, "fields": fields,
                    "yes_no": terms.yes_no, "found": found,
                });
                if marks.is_empty() {
                    if let Value::Object(said) = &mut said {
                        said.insert("ask".into(), json!(asking.id.to_string()));
                    }
                    let act = chance::afresh(|| {
                        Act::new(asking.now, "ask.answered", "organ", &asking.organ)
                    });
                    let act = act.authority(terms.ground.clone()).content(said);
                    return ledger::record(tx, &asking.who, &act);
                }
                let entry = Entry {
                    id: asking.id,
                    at: asking.now,
                    // The person concerned reads which organ it was.
                    asker: &asking.name,
                    kind: &asking.kind,
                    purpose: &terms.about,
                    who: &asking.who,
                    fields: &fields,
                    found,
                    ground: &terms.ground,
                    case: None,
                    said,
                };
                enter(tx, &keys, &marks, &entry)
            })
            .await
    }

    /// Puts on record who wanted what outside of the terms. What was asked about whom stays out of it.
    async fn put_refusal(
        &self,
        asking: &Asking,
        wanted: &[String],
        refusal: &Refusal,
    ) -> Outcome<()> {
        let act = chance::afresh(|| Act::new(asking.now, "ask.refused", "organ", &asking.organ));
        let cut = |text: &String| text.chars().take(100).collect::<String>();
        let act = act.content(json!({
            "party": cut(&asking.name), "kind": cut(&asking.kind), "terms": cut(&asking.purpose),
            "fields": wanted.iter().take(50).map(cut).collect::<Vec<_>>(),
            "code": refusal.code, "words": refusal.message,
        }));
        let asking = asking.clone();
        self.ledger
            .write(move |tx| {
                let refusals = (&*asking.organ, "", "refused");
                let in_minute = one_more(tx, refusals, "minute", asking.now.millis() / MINUTE)?;
                match in_minute > REFUSED_ACTS_MAX {
                    true => Ok(()),
                    false => ledger::record(tx, &asking.who, &act),
                }
            })
            .await
    }
}

/// The terms of this ask, if they stand.
fn judged(reader: &Reader<'_>, asking: &Asking, source: &str) -> Outcome<Standing> {
    let asker = organ_key(&asking.organ);
    let terms = terms_ever(reader, &asker, &asking.kind, &asking.purpose)?
        .ok_or_else(|| no_terms(if source.is_empty() { &asking.kind } else { source }))?;
    rules::stands(&terms, asking.now.day())?;
    Ok(terms)
}

/// The agreed fields of an answer; of a list, those of each.
fn cut_each(answer: &Value, fields: &[String]) -> Value {
    match answer {
        Value::Array(all) => all.iter().map(|one| cut(one, fields).into_owned()).collect(),
        one => cut(one, fields).into_owned(),
    }
}

/// How often was asked in the running minute and day, as far as that is counted.
fn used(reader: &Reader<'_>, asking: &Asking) -> Outcome<(i64, i64)> {
    let rows: Vec<(String, i64, i64)> = reader.all(
        "SELECT span, began, count FROM ask_uses WHERE asker = $1 AND kind = $2 AND purpose = $3",
        &[
            organ_key(&asking.organ).into(),
            asking.kind.as_str().into(),
            asking.purpose.as_str().into(),
        ],
    )?;
    let of = |span: &str, began: i64| {
        let row = rows.iter().find(|row| row.0 == span && row.1 >= began);
        row.map_or(0, |row| row.2)
    };
    Ok((of("minute", asking.now.millis() / MINUTE), of("day", asking.now.day().number())))
}

/// Counts an ask that an organ sends past the desk, to another organ: by the same rate, in the same rows.
pub fn count_ask(
    tx: &Tx<'_>,
    (organ, kind, purpose): (&str, &str, &str),
    rate: Rate,
    now: Moment,
) -> Outcome<Result<(), Refusal>> {
    let (in_minute, in_day) = count(tx, (organ, kind, purpose), rate, now)?;
    Ok(rules::within(rate, in_minute, in_day))
}

/// Counts one ask where a rate was agreed, and says how many there are in the minute and in the day. Terms without a rate
/// are not counted: the row would be held by every ask.
fn count(tx: &Tx<'_>, named: (&str, &str, &str), rate: Rate, now: Moment) -> Outcome<(i64, i64)> {
    let in_minute = match rate.per_minute {
        Some(_) => one_more(tx, named, "minute", now.millis() / MINUTE)?,
        None => 0,
    };
    let in_day = match rate.per_day {
        Some(_) => one_more(tx, named, "day", now.day().number())?,
        None => 0,
    };
    Ok((in_minute, in_day))
}

/// Counts in a span, which begins anew when its time has come. A process whose clock is behind counts in the running one.
fn one_more(
    tx: &Tx<'_>,
    (organ, kind, purpose): (&str, &str, &str),
    span: &str,
    began: i64,
) -> Outcome<i64> {
    let count: Option<i64> = tx.maybe(
        "INSERT INTO ask_uses (asker, kind, purpose, span, began, count)
         VALUES ($1, $2, $3, $4, $5, 1)
         ON CONFLICT (asker, kind, purpose, span) DO UPDATE
         SET count = CASE WHEN excluded.began > ask_uses.began THEN 1 ELSE ask_uses.count + 1 END,
             began = CASE WHEN excluded.began > ask_uses.began THEN excluded.began
                          ELSE ask_uses.began END
         RETURNING count",
        &[organ_key(organ).into(), kind.into(), purpose.into(), span.into(), began.into()],
    )?;
    Ok(count.ok_or_else(|| Fault::said("an ask was not counted"))?)
}
