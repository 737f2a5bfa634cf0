//! Answers what other departments ask of this one: by a file of lines, a table, or a system of the department that is called.
//! The terms that came with the ask, signed by the centre, decide which fields leave the house.

mod table;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use base::{Fault, Id, Moment, Outcome, Stop};
use delivery::{Embedded, Letter, Taken, Transport, Wanted};
use message::{Draft, Header, Item, Kind, Message, Terms, Wrong};
use serde_json::{Value, json};

use super::config::AnswerFrom;
use super::local::{letter_of, party};
use super::rules::{LIMITS, answers, cut, may_be_asked};
use super::site::{ASKS, BOUND, INWARDS, OUT, Site, broken};

pub use table::{AnswerTable, Tables};

/// So many asks at once.
const AT_ONCE: Wanted = Wanted { letters_max: 200, bytes_max: 16 * 1024 * 1024 };
/// Answers that are ready within so many milliseconds are put down together.
const TOGETHER_MILLIS: i64 = 100;
/// A look without being rung.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// A system of the department may take so long.
const CALL_MAX: Duration = Duration::from_secs(20);
/// An answer, and a file of lines, are not longer, bytes.
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// Said of an ask whose time was over.
const LATE: &str = "对方部门在有效时间内没有答复";
/// An answer counts so long, seconds.
const LIFE_SECONDS: i64 = 6 * 86_400;

type Lines = Arc<Vec<Value>>;

/// Files of lines as they were read last.
static READ: Mutex<Option<HashMap<PathBuf, (SystemTime, Lines)>>> = Mutex::new(None);

/// Answers until the process ends.
pub(super) async fn run(site: Arc<Site>) {
    loop {
        let rung = site.asked.notified();
        let work = site.clone();
        let answered = tokio::task::spawn_blocking(move || round(&work)).await;
        match answered.map_err(broken).flatten() {
            Ok(true) => continue,
            Ok(false) => {}
            Err(stop) => tracing::error!(fault = %stop, "answering"),
        }
        let _ = tokio::time::timeout(LOOK_AGAIN, rung).await;
    }
}

pub(super) fn round(site: &Arc<Site>) -> Outcome<bool> {
    let now = site.now();
    late(site, now)?;
    if !site.store.read_now(move |r| delivery::is_due(r, ASKS, now))? {
        return Ok(false);
    }
    let taken = site.store.write_now(move |tx| Embedded.take(tx, ASKS, AT_ONCE, &INWARDS, now))?;
    let any = !taken.is_empty();
    let (mut ready, mut since) = (Vec::new(), now);
    for one in taken {
        match answered(site, &one, now) {
            Ok(letter) => ready.push((one.id, letter)),
            Err(stop) => put_back(site, &[one.id], &stop, now)?,
        }
        // A system that is called takes its time: what is ready does not wait for it.
        if since.plus_millis(TOGETHER_MILLIS) <= site.now() {
            put_down(site, std::mem::take(&mut ready), now)?;
            since = site.now();
        }
    }
    put_down(site, ready, now)?;
    Ok(any)
}

/// Asks that are not answered wait, and are tried again.
fn put_back(site: &Site, ids: &[Id<Message>], stop: &Stop, now: Moment) -> Outcome<()> {
    let (ids, words) = (ids.to_vec(), format!("暂时没有答复：{stop}"));
    tracing::warn!(?ids, words, "asks were not answered");
    site.note(|standing| standing.answering = Some(words.clone()));
    site.store.write_now(move |tx| {
        for id in &ids {
            Embedded.fail(tx, ASKS, (*id, &words), &INWARDS, now)?;
        }
        Ok(())
    })
}

/// Answers are put down in the transaction that settles their asks, so that there is one of each.
fn put_down(site: &Site, ready: Vec<(Id<Message>, Letter)>, now: Moment) -> Outcome<()> {
    let ids: Vec<Id<Message>> = ready.iter().map(|(ask, _)| *ask).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let asks = ids.clone();
    let put = site.store.write_now(move |tx| {
        // The others somebody who was quicker has answered.
        let settled = Embedded.settle(tx, ASKS, &asks)?;
        let answers = ready.iter().filter(|(ask, _)| settled.contains(ask));
        let letters: Vec<Letter> = answers.map(|(_, letter)| letter.clone()).collect();
        Embedded.put(tx, OUT, &letters, &BOUND, now)?.held()
    });
    site.outwards.notify_one();
    put.or_else(|stop| put_back(site, &ids, &stop, now))
}

/// Asks whose time is over before they could be answered: whoever asked is told so.
fn late(site: &Arc<Site>, now: Moment) -> Outcome<()> {
    let late = site.store.read_now(move |r| delivery::over(r, now, 100))?;
    for one in late.into_iter().filter(|one| one.queue == ASKS) {
        let id = one.id;
        let content = site.store.read_now(move |r| delivery::open_letter(r, ASKS, id))?;
        let ask = content.and_then(|bytes| Item::read(&bytes, u64::from(u32::MAX)).ok());
        let word = match &ask {
            Some(ask) => word(site, ask, now)?,
            None => None,
        };
        site.store.write_now(move |tx| {
            if delivery::end(tx, ASKS, id, now)? {
                if let Some(word) = &word {
                    Embedded.put(tx, OUT, std::slice::from_ref(word), &BOUND, now)?.held()?;
                }
                Embedded.give_up(tx, ASKS, id, LATE)?;
            }
            Ok(())
        })?;
        site.outwards.notify_one();
    }
    Ok(())
}

/// The word to whoever asked that nothing was answered in time; nothing where it is not known any more.
fn word(site: &Site, ask: &Item, now: Moment) -> Outcome<Option<Letter>> {
    let header = ask.message.header();
    let Ok(to) = party(site, &header.from.organ) else { return Ok(None) };
    let terms = ask.terms.as_ref().map(|signed| signed.terms.digest()).transpose();
    let draft = reply(header, Kind::Refusal, terms.map_err(Fault::from)?, now);
    let body = refused("gateway.not_answered_in_time", LATE);
    letter_of(site, draft, &to, body.to_string().as_bytes()).map(Some)
}

/// What is answered to one ask, as a letter.
fn answered(site: &Arc<Site>, taken: &Taken, now: Moment) -> Outcome<Letter> {
    let item = Item::read(&taken.content, u64::from(u32::MAX)).map_err(Fault::from)?;
    let (header, terms) = (item.message.header().clone(), item.terms.map(|signed| signed.terms));
    let plain = site.opener.open(&header, item.message.body()).map_err(|wrong| wrong.refusal())?;
    let question: Value = serde_json::from_slice(&plain).unwrap_or(Value::Null);
    let (kind, body) = said(site, &header, terms.as_ref(), question, now)?;
    let (kind, body) = fitting(kind, body.to_string());
    let to = party(site, &header.from.organ)?;
    let digest = match &terms {
        Some(terms) => Some(terms.digest().map_err(Fault::from)?),
        None => None,
    };
    letter_of(site, reply(&header, kind, digest, now), &to, body.as_bytes())
}

/// A reply to an ask, in the name of whom it was sent to.
pub(super) fn reply(ask: &Header, kind: Kind, terms: Option<String>, now: Moment) -> Draft {
    Draft {
        id: Id::mint(now),
        kind,
        from: ask.to.clone(),
        to: ask.from.clone(),
        at: now,
        expires: now.plus_seconds(LIFE_SECONDS),
        in_reply_to: Some(ask.id),
        resource: ask.resource.clone(),
        purpose: ask.purpose.clone(),
        fields: ask.fields.clone(),
        terms,
        order: None,
    }
}

/// An answer that is longer than a message may be becomes the word that it is.
pub(super) fn fitting(kind: Kind, body: String) -> (Kind, String) {
    let too_large = Wrong::TooLarge { found: body.len() as u64, most: LIMITS.body_bytes_max };
    match kind == Kind::Answer && body.len() as u64 + 64 > LIMITS.body_bytes_max {
        true => {
            (Kind::Refusal, refused("gateway.answer_too_large", &too_large.to_string()).to_string())
        }
        false => (kind, body),
    }
}

fn refused(code: &str, words: &str) -> Value {
    json!({ "code": code, "words": words })
}

/// The word to whoever asked that the centre did not let the answer pass: as a letter, or nothing where the asker is not
/// known any more.
pub(super) fn instead(
    site: &Site,
    answer: &Header,
    words: &str,
    now: Moment,
) -> Outcome<Option<Letter>> {
    let Ok(to) = party(site, &answer.to.organ) else { return Ok(None) };
    let draft = Draft {
        from: answer.from.clone(),
        to: answer.to.clone(),
        in_reply_to: answer.in_reply_to,
        terms: answer.terms.clone(),
        ..reply(answer, Kind::Refusal, None, now)
    };
    let body = refused("gateway.answer_refused", &format!("中心没有受理对方的答复：{words}"));
    letter_of(site, draft, &to, body.to_string().as_bytes()).map(Some)
}

/// What is answered: a value, or why there is none.
fn said(
    site: &Site,
    header: &Header,
    terms: Option<&Terms>,
    question: Value,
    now: Moment,
) -> Outcome<(Kind, Value)> {
    let refused = |code: &str, words: &str| (Kind::Refusal, refused(code, words));
    let Some(terms) = terms else {
        return Ok(refused("ask.no_terms", "没有共享条件"));
    };
    // They may have ended while the ask waited here.
    if let Err(wrong) = terms.cover(header, now) {
        return Ok(refused(wrong.code(), &wrong.to_string()));
    }
    let from = site.config.answers.iter().find(|one| one.resource == header.resource);
    let Some(from) = from else {
        return Ok(refused("gateway.not_answered", "本部门的网关没有配置这项资源的答复"));
    };
    if from.url.is_none()
        && let Err(words) = may_be_asked(&question, &from.by)
    {
        return Ok(refused("gateway.question", &words));
    }
    let answered = match (&from.file, &from.table, &from.url) {
        (Some(file), ..) => Ok(of_file(&site.config.path(file), &question)?),
        (_, Some(table), _) => table::asked(site, from, table, &question)?,
        (.., Some(url)) => of_system(url, header, terms, &question)?,
        (None, None, None) => Ok(Value::Null),
    };
    let value = match answered {
        Ok(value) => value,
        Err((code, words)) => return Ok(refused(&code, &words)),
    };
    let value = cut(value, &terms.fields, &header.fields);
    let body = json!({
        "value": value, "as_of": now.millis(), "source": site.config.name,
        "valid_until": now.plus_seconds(terms.valid_seconds).millis(), "ground": terms.ground,
    });
    Ok((Kind::Answer, body))
}

/// The first line of a file that answers; null where none does.
fn of_file(path: &PathBuf, question: &Value) -> Outcome<Value> {
    let changed = std::fs::metadata(path).and_then(|facts| facts.modified());
    let changed = changed.map_err(|error| crate::files::unreadable(path, &error))?;
    let known = {
        let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        let known = read.as_ref().and_then(|read| read.get(path));
        known.filter(|(at, _)| *at == changed).map(|(_, lines)| lines.clone())
    };
    let lines = match known {
        Some(lines) => lines,
        None => {
            let bytes = crate::files::read(path, BYTES_MAX).map_err(Fault::said)?;
            let text = String::from_utf8(bytes).map_err(Fault::from)?;
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            let lines: Result<Vec<Value>, _> = lines.map(serde_json::from_str).collect();
            let lines = Arc::new(lines.map_err(Fault::from)?);
            let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
            read.get_or_insert_default().insert(path.clone(), (changed, lines.clone()));
            lines
        }
    };
    Ok(lines.iter().find(|line| answers(line, question)).cloned().unwrap_or(Value::Null))
}

type Answered = Result<Value, (String, String)>;

/// Asks a system of the department. 200 is an answer, 204 that there is none, 403 and 422 a refusal with `code` and
/// `words`; anything else is tried again.
fn of_system(url: &str, header: &Header, terms: &Terms, question: &Value) -> Outcome<Answered> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(CALL_MAX))
        .build()
        .into();
    let asked = json!({
        "id": header.id.to_string(), "from": header.from.organ, "resource": header.resource,
        "purpose": header.purpose, "about": terms.about, "fields": header.fields,
        "agreed": terms.fields, "question": question,
    });
    let sent = agent.post(url).content_type("application/json").send(asked.to_string());
    let mut response = sent.map_err(Fault::from)?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(BYTES_MAX as u64).read_to_vec();
    let body = body.map_err(Fault::from)?;
    match status {
        200 => Ok(Ok(serde_json::from_slice(&body).map_err(Fault::from)?)),
        204 => Ok(Ok(Value::Null)),
        403 | 422 => {
            let said: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
            let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
            let code = text("code").unwrap_or_else(|| "gateway.refused".into());
            Ok(Err((code, text("words").unwrap_or_else(|| "对方不提供".into()))))
        }
        _ => Err(Fault::said(format!("the department's system answered {status}")).into()),
    }
}

/// The sources that a configuration names, for the status.
pub(super) fn sources(answers: &[AnswerFrom]) -> Vec<String> {
    answers.iter().map(|one| one.resource.clone()).collect()
}
