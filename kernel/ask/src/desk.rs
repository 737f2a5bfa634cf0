//! The desk that carries questions and answers.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind, chance};
use ledger::{Act, Ledger, Who};
use seal::Keys;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Store;

use crate::entered::{Entry, enter, marks};
use crate::rules::admitted;
use crate::terms::{Answer, Answerer, Asked, Naming, Question, Standing, terms_of};

/// The context under which subjects of access records are made findable without being readable.
pub const SUBJECT: &str = "ask.reads.subject";
/// An ask was made in the course of a case. The subject is the case; the content names the kind of question, and neither
/// anybody nor the look, which may be told of later only.
pub const IN_CASE: &str = "ask.in_case";
/// How acts name a case, as their subject.
const CASE: &str = "case";

/// Carries questions to the offices that answer them. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub(crate) store: Store,
    pub(crate) ledger: Ledger,
    pub(crate) keys: Arc<Keys>,
    pub(crate) answerers: Arc<HashMap<&'static str, Answerer>>,
    pub(crate) namings: Arc<HashMap<&'static str, Naming>>,
}

impl Desk {
    /// A desk with the offices that answer.
    pub fn new(
        store: Store,
        ledger: Ledger,
        keys: Arc<Keys>,
        answerers: impl IntoIterator<Item = Answerer>,
    ) -> Self {
        let answerers = answerers.into_iter().map(|answerer| (answerer.kind, answerer)).collect();
        let namings = Arc::default();
        Self { store, ledger, keys, answerers: Arc::new(answerers), namings }
    }

    /// The same, knowing which answers name others than whom they are about.
    pub fn naming(self, namings: impl IntoIterator<Item = Naming>) -> Self {
        let namings = namings.into_iter().map(|naming| (naming.kind, naming)).collect();
        Self { namings: Arc::new(namings), ..self }
    }

    /// Asks `question` for the office `asker` and a `purpose` that the terms know.
    ///
    /// Refused when there are no terms in force. The access record is durable before this returns.
    pub async fn ask<Q: Question>(
        &self,
        asker: &'static str,
        purpose: &'static str,
        who: &Who,
        question: &Q,
        now: Moment,
    ) -> Outcome<Answer<Q::Answer>> {
        self.asked((asker, purpose), who, question, None, now).await
    }

    /// The same in the course of a case, by its id: the case's own record says that it was asked ([`IN_CASE`]), and a
    /// deferral of the case holds for the look.
    pub async fn ask_in<Q: Question>(
        &self,
        case: &str,
        (asker, purpose): (&'static str, &'static str),
        who: &Who,
        question: &Q,
        now: Moment,
    ) -> Outcome<Answer<Q::Answer>> {
        self.asked((asker, purpose), who, question, Some(case), now).await
    }

    async fn asked<Q: Question>(
        &self,
        (asker, purpose): (&'static str, &'static str),
        who: &Who,
        question: &Q,
        case: Option<&str>,
        now: Moment,
    ) -> Outcome<Answer<Q::Answer>> {
        let answerer = *self
            .answerers
            .get(Q::KIND)
            .ok_or_else(|| Fault::said(format!("no office answers {}", Q::KIND)))?;
        let asked = serde_json::to_value(question).map_err(Fault::from)?;
        let keys = self.keys.clone();
        let (terms, answer) = self
            .store
            .read(move |reader| {
                let terms = terms_of(reader, asker, Q::KIND, purpose, now.day())?
                    .ok_or_else(|| no_terms(answerer.source))?;
                let answer = (answerer.answer)(reader, &keys, &asked, now)?;
                let answer = match terms.filter.is_empty() {
                    true => answer,
                    false => answer.and_then(|one| admitted(&one, &terms.filter)).map(Arc::new),
                };
                Ok((terms, answer))
            })
            .await?;
        let given = answer.as_deref().map(|answer| cut(answer, &terms.fields));
        // Committed by itself: what is asked again is another ask, even if the act after it is the same.
        let ask_id: Id<Asked> = chance::afresh(|| Id::mint(now));
        let named = self.namings.get(Q::KIND);
        let marks = marks(&self.keys, &question.about(), named, given.as_deref());
        if !marks.is_empty() {
            let found = given.is_some();
            let case = case.map(str::to_owned);
            let record = Record { ask_id, asker, kind: Q::KIND, marks, found, case, now };
            self.put_on_record(record, &terms, who.clone()).await?;
        }
        let value = given
            .map(|given| Q::Answer::deserialize(&*given))
            .transpose()
            .map_err(|error| Fault::while_doing("reading an answer", error))?;
        Ok(Answer {
            value,
            as_of: now,
            valid_until: now.plus_seconds(terms.valid_seconds),
            ask_id,
            source: answerer.source.into(),
            ground: terms.ground,
        })
    }

    async fn put_on_record(&self, record: Record, terms: &Standing, who: Who) -> Outcome<()> {
        let (keys, terms) = (self.keys.clone(), terms.clone());
        self.ledger
            .write(move |tx| {
                let entry = Entry {
                    id: record.ask_id,
                    at: record.now,
                    asker: record.asker,
                    kind: record.kind,
                    purpose: &terms.about,
                    who: &who,
                    fields: &terms.fields,
                    found: record.found,
                    ground: &terms.ground,
                    case: record.case.as_deref(),
                    said: json!({
                        "asker": record.asker, "kind": record.kind, "purpose": terms.about,
                        "fields": terms.fields, "found": record.found,
                    }),
                };
                enter(tx, &keys, &record.marks, &entry)?;
                let Some(case) = &record.case else { return Ok(()) };
                let told = json!({
                    "asker": record.asker, "kind": record.kind, "purpose": terms.about,
                });
                let act = chance::afresh(|| Act::new(record.now, IN_CASE, CASE, case));
                ledger::record(tx, &who, &act.authority(terms.ground.clone()).content(told))
            })
            .await
    }
}

struct Record {
    ask_id: Id<Asked>,
    asker: &'static str,
    kind: &'static str,
    marks: Vec<[u8; 32]>,
    found: bool,
    /// The id of the case in whose course it was asked.
    case: Option<String>,
    now: Moment,
}

pub(crate) fn no_terms(source: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Forbidden,
        "ask.no_terms",
        format!("没有为这个用途查询“{source}”的有效共享条件"),
    )
    .remedy("请数据提供部门先在目录中批准共享")
}

/// Keeps the agreed fields of an answer and nothing else; `*` agrees to all of them.
pub(crate) fn cut<'a>(answer: &'a Value, fields: &[String]) -> Cow<'a, Value> {
    let agreed = |name: &String| fields.iter().any(|field| field == name);
    match answer {
        whole if fields.iter().any(|field| field == "*") => Cow::Borrowed(whole),
        Value::Object(map) => {
            let kept = map.iter().filter(|(name, _)| agreed(name));
            Cow::Owned(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        // An answer that is no object has no fields to agree on: a yes or a no is given whole.
        Value::Bool(yes) => Cow::Owned(Value::Bool(*yes)),
        _ => Cow::Owned(Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_cut_to_the_agreed_fields() {
        let whole = json!({"name": "张三", "address": "滨湖南路 1 号", "phone": "13800000000"});
        let given = cut(&whole, &["name".into(), "address".into()]);
        assert_eq!(*given, json!({"name": "张三", "address": "滨湖南路 1 号"}));
        assert_eq!(*cut(&json!([1, 2]), &["name".into()]), Value::Null);
    }
}
