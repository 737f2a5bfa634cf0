//! The record held against itself, once a day: every act against its commitment, the tree, the checkpoint.

use std::sync::Arc;

use access::Person;
use base::{Moment, Outcome};
use frame::{Hall, Told};
use ledger::{Act, Sought};
use serde_json::json;
use store::Reader;

use crate::terms::{AUDITOR, BROKEN, CHECKED};

/// So much of what does not hold stands in the act; `cityhall check` says all of it.
const WORDS_MAX: usize = 10;
/// Without a check for so long, who watches over the record is told.
const LATE_SECONDS: i64 = 3 * 86_400;
/// Who watches over the record.
const WATCHERS: [&str; 2] = [AUDITOR, "secadmin"];

/// Checks the whole record, and puts down what came of it.
pub async fn check(hall: &Arc<Hall>, now: Moment) -> Outcome<()> {
    let found = ledger::audit_of_own(&hall.ledger).await?;
    let kind = if found.wrong.is_empty() { CHECKED } else { BROKEN };
    for wrong in &found.wrong {
        tracing::error!(%wrong, "the record of acts does not hold");
    }
    let wrong: Vec<&String> = found.wrong.iter().take(WORDS_MAX).collect();
    let act = Act::new(now, kind, "record", "log").authority(crate::terms::GROUND).content(json!({
        "acts": found.acts, "erased": found.erased, "signed": found.signed, "wrong": wrong,
    }));
    hall.write(move |tx| {
        let permit = access::clockwork("audit.check");
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Tells who watches over the record that it does not hold, or that nobody has looked for days.
pub fn tell(reader: &Reader<'_>, person: &Person, now: Moment) -> Outcome<Vec<Told>> {
    if !person.posts.iter().any(|post| WATCHERS.contains(&post.role.as_str())) {
        return Ok(Vec::new());
    }
    Ok(amiss(reader, now)?.map(|words| Told { words, path: None }).into_iter().collect())
}

/// What is amiss with the record, as far as the checks say.
pub fn amiss(reader: &Reader<'_>, now: Moment) -> Outcome<Option<String>> {
    let last = |kind: &str| -> Outcome<Option<Moment>> {
        let sought = Sought {
            kind: Some(kind.to_owned()),
            ..Sought::between(Moment::from_millis(0), now.plus_seconds(1))
        };
        Ok(ledger::briefs(reader, &sought, None, 1)?.first().map(|act| act.at))
    };
    let (held, broken) = (last(CHECKED)?, last(BROKEN)?);
    Ok(match (held, broken) {
        (held, Some(broken)) if held.is_none_or(|held| held < broken) => Some(format!(
            "{}自查时，办理记录和登记簿的承诺不符。请保留现场，在服务器上运行 cityhall check",
            broken.to_minute()
        )),
        (Some(held), _) if held < now.plus_seconds(-LATE_SECONDS) => {
            Some(format!("办理记录从{}起没有自查过，请检查服务器", held.to_minute()))
        }
        (None, None) => {
            let late = now.plus_seconds(-LATE_SECONDS).day();
            let never = ledger::first_day(reader)?.is_some_and(|first| first < late);
            never.then(|| "办理记录从来没有自查过，请检查服务器".to_owned())
        }
        _ => None,
    })
}
