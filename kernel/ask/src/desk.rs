//! The desk that carries questions and answers.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind, chance};
use data_encoding::HEXLOWER;
use ledger::{Act, Ledger, Who};
use seal::Keys;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Store;

use crate::deferrals::saying;
use crate::reads::{Look, put_look};
use crate::rules::admitted;
use crate::subjects::{mark, subject};
use crate::terms::{About, Answer, Answerer, Asked, Question, Standing, terms_of};

/// The context under which subjects of access records are made findable without being readable.
pub const SUBJECT: &str = "ask.reads.subject";
/// An ask was made in the course of a case. The subject is the case; the content names the kind of question, and nobody.
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
        Self { store, ledger, keys, answerers: Arc::new(answerers) }
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
        // Committed by itself: what is asked again is another ask, even if the act after it is the same.
        let ask_id: Id<Asked> = chance::afresh(|| Id::mint(now));
        if question.about() != About::Nothing {
            let mark = mark(&self.keys, &question.about());
            let found = answer.is_some();
            let case = case.map(str::to_owned);
            let record = Record { ask_id, asker, kind: Q::KIND, mark, found, case, now };
            self.put_on_record(record, &terms, who.clone()).await?;
        }
        let value = answer
            .map(|answer| Q::Answer::deserialize(&*cut(&answer, &terms.fields)))
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
        let Record { ask_id, asker, kind, mark: of, found, case, now } = record;
        let (about, fields) = (terms.about.clone(), terms.fields.clone());
        let ground = terms.ground.clone();
        let said = json!({
            "ask": ask_id.to_string(), "asker": asker, "kind": kind, "purpose": about,
            "fields": terms.fields, "found": found,
        });
        let keys = self.keys.clone();
        self.ledger
            .write(move |tx| {
                let subject = subject(tx, &keys, &of)?;
                let named = HEXLOWER.encode(&subject);
                let act = chance::afresh(|| Act::new(now, "ask.answered", "subject", named));
                let in_case = case.as_ref().map(|id| mark(&keys, &About::Case(id.clone())));
                let look = Look {
                    id: ask_id,
                    at: now,
                    asker,
                    kind,
                    purpose: &about,
                    who: &who,
                    fields: &fields,
                    found,
                    act: act.id,
                    case: case.as_deref(),
                };
                let marks: Vec<[u8; 32]> = std::iter::once(of).chain(in_case).collect();
                let deferral = put_look(tx, &keys, (subject, &marks), &look)?;
                let act = act.authority(ground.clone()).content(saying(&said, deferral));
                ledger::record(tx, &who, &act)?;
                let Some(case) = &case else { return Ok(()) };
                let told = json!({
                    "ask": ask_id.to_string(), "asker": asker, "kind": kind, "purpose": about,
                });
                let act = chance::afresh(|| Act::new(now, IN_CASE, CASE, case));
                ledger::record(tx, &who, &act.authority(ground.clone()).content(told))
            })
            .await
    }
}

struct Record {
    ask_id: Id<Asked>,
    asker: &'static str,
    kind: &'static str,
    mark: [u8; 32],
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
