//! What a gateway subscribes to: begun and ended by signed messages to the centre; what comes is held against what came
//! before, and goes, in its order, into the inbox or into a folder of the department. Of what lacks a part, all is asked for
//! again.

mod come;
mod state;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use delivery::{Embedded, Put, Transport, Wanted};
use message::{Draft, End, Header, Item, Kind, Message};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Tx;

use super::book::Party;
use super::config::Config;
use super::local::{from_of, letter_of};
use super::site::{BOUND, INWARDS, OUT, SUBSCRIBED, Site, broken};
use state::State;

pub(super) use state::{said, standing, want_again};

/// So much is taken up at once.
const AT_ONCE: Wanted = Wanted { letters_max: 100, bytes_max: 16 * 1024 * 1024 };
/// A look without being rung.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// A wish counts so long, seconds.
const LIFE_SECONDS: i64 = 6 * 86_400;

/// `[[subscribes]]`: a resource whose rows the department gets, and what changes in them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscribeTo {
    /// The resource's code in the catalogue.
    pub resource: String,
    /// Under which agreed purpose: the number of the request.
    pub purpose: String,
    /// Which fields; all agreed ones where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// In the name of which organ of this gateway; the first one where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where it goes.
    #[serde(default)]
    pub to: To,
}

/// Where what comes goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum To {
    /// Into the inbox.
    #[default]
    Inbox,
    /// Into a folder, a file a part.
    Folder(PathBuf),
}

fn wrong(words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "gateway.subscribes", words)
}

/// Under which name a subscription stands.
fn name_of((resource, purpose): (&str, &str), organ: &str) -> String {
    format!("{resource}>{organ}>{purpose}")
}

impl SubscribeTo {
    /// In the name of which organ.
    fn organ<'c>(&'c self, config: &'c Config) -> &'c str {
        let first = config.organs.first().map_or("", String::as_str);
        self.from.as_deref().unwrap_or(first)
    }

    fn name(&self, config: &Config) -> String {
        name_of((&self.resource, &self.purpose), self.organ(config))
    }
}

/// Whether all that is subscribed to can be.
pub(super) fn fit(config: &Config) -> Result<(), Refusal> {
    let (mut names, mut folders) = (HashSet::new(), HashSet::new());
    for one in &config.subscribes {
        let named = |words: &str| wrong(format!("subscribes 里的“{}”{words}", one.resource));
        if !one.resource.contains('/') {
            return Err(named("不是目录里资源的代码，例如 209002/000001"));
        }
        if one.purpose.trim().is_empty() {
            return Err(named("要写 purpose：同意共享的那份申请的编号"));
        }
        if one.from.as_ref().is_some_and(|organ| !config.organs.contains(organ)) {
            return Err(named("的 from 不是本网关代表的机关"));
        }
        if !names.insert(one.name(config)) {
            return Err(named("写了两次"));
        }
        if let To::Folder(folder) = &one.to
            && !folders.insert(config.path(folder))
        {
            return Err(named("和另一项订阅用了同一个文件夹"));
        }
    }
    Ok(())
}

/// Whether a message of the centre belongs to a subscription: it is about a resource of the catalogue.
pub(super) fn is_one(header: &Header) -> bool {
    let kinds = [Kind::Answer, Kind::Refusal, Kind::Publish];
    header.from.gateway == exchange::CENTRE
        && header.resource.contains('/')
        && kinds.contains(&header.kind)
        // A refusal without a place among the parts is of an ask of another department.
        && (header.kind != Kind::Refusal || header.order.is_some())
}

/// Begins, takes up what comes, and ends, until the process does.
pub(super) async fn run(site: Arc<Site>) {
    // What was stopped is asked for anew with each start: terms may run again.
    if let Err(stop) = site.store.write(state::begin_stopped).await {
        tracing::error!(fault = %stop, "subscribing");
    }
    loop {
        let rung = site.came.notified();
        let work = site.clone();
        let done = tokio::task::spawn_blocking(move || round(&work)).await;
        match done.map_err(broken).flatten() {
            Ok(true) => continue,
            Ok(false) => {}
            Err(stop) => tracing::error!(fault = %stop, "subscribing"),
        }
        let _ = tokio::time::timeout(LOOK_AGAIN, rung).await;
    }
}

/// Says whether there may be more at once.
fn round(site: &Arc<Site>) -> Outcome<bool> {
    let now = site.now();
    let states = site.store.read_now(state::all)?;
    if states.is_empty() && site.config.subscribes.is_empty() {
        return Ok(false);
    }
    wish(site, &states, now)?;
    let more = take_up(site, now)?;
    let said = site.store.read_now(state::said)?;
    site.note(|standing| standing.subscribing = said);
    Ok(more)
}

/// What is configured and not begun is begun; what is configured no longer is ended.
fn wish(site: &Arc<Site>, states: &[State], now: Moment) -> Outcome<()> {
    let Some(book) = site.book().filter(|_| site.may_send().is_ok()) else { return Ok(()) };
    let known: BTreeMap<&str, &State> = states.iter().map(|one| (one.name.as_str(), one)).collect();
    let mut names = HashSet::new();
    for one in &site.config.subscribes {
        let name = one.name(&site.config);
        let fresh = || State::fresh(&name, one, one.organ(&site.config));
        let known = known.get(name.as_str()).copied();
        let mut state = known.cloned().unwrap_or_else(fresh);
        if state.fields != one.fields || state.state == "ended" {
            state = State { words: state.words, ..fresh() };
        }
        if state.state == "new" {
            state.state = "asked".into();
            send(site, &book.centre, (state.waiting_for_a_whole(), "begin"), now)?;
        }
        names.insert(name);
    }
    for state in states.iter().filter(|one| one.state != "ended" && !names.contains(&one.name)) {
        let over = State { state: "ended".into(), words: String::new(), ..state.clone() };
        send(site, &book.centre, (over, "end"), now)?;
    }
    Ok(())
}

/// Puts a wish down to be sent, with how the subscription stands then: both or neither.
fn send(
    site: &Arc<Site>,
    centre: &Party,
    (state, wish): (State, &str),
    now: Moment,
) -> Outcome<()> {
    let id: Id<Message> = Id::mint(now);
    let draft = Draft {
        id,
        kind: Kind::Ask,
        from: from_of(site, Some(&state.organ))?,
        to: End::new(exchange::CENTRE, exchange::CENTRE),
        at: now,
        expires: now.plus_seconds(LIFE_SECONDS),
        in_reply_to: None,
        resource: state.resource.clone(),
        purpose: state.purpose.clone(),
        fields: if wish == "end" { Vec::new() } else { state.fields.clone() },
        terms: None,
        order: None,
    };
    let body = json!({ "subscription": wish }).to_string();
    let letter = letter_of(site, draft, centre, body.as_bytes())?;
    let state = State { ask: id.to_string(), ..state };
    site.store.write_now(move |tx| {
        let letter = std::slice::from_ref(&letter);
        match Embedded.put(tx, OUT, letter, &BOUND, now)? {
            Put::Held => state::put(tx, &state),
            // There is room another time.
            Put::Full(_) => Ok(()),
        }
    })?;
    site.outwards.notify_one();
    Ok(())
}

/// Takes up what came. Of one key none is taken up before those ahead of it.
fn take_up(site: &Arc<Site>, now: Moment) -> Outcome<bool> {
    let due = site.store.read_now(move |r| delivery::is_due(r, SUBSCRIBED, now))?;
    if !due {
        return Ok(false);
    }
    let take = move |tx: &Tx<'_>| Embedded.take(tx, SUBSCRIBED, AT_ONCE, &INWARDS, now);
    let taken = site.store.write_now(take)?;
    let (more, mut waiting) = (!taken.is_empty(), HashSet::new());
    for one in &taken {
        let item = Item::read(&one.content, u64::from(u32::MAX)).map_err(Fault::from)?;
        let key = item.message.header().order.as_ref().map(|order| order.key.clone());
        let behind = key.as_ref().is_some_and(|key| waiting.contains(key));
        let failed = match behind {
            true => Some("前面的一部分还没有放好".to_owned()),
            false => come::take_up(site, &item, now).err().map(|stop| stop.to_string()),
        };
        if let Some(words) = failed {
            tracing::warn!(id = %one.id, words, "a part of a subscription waits");
            waiting.extend(key);
            let id = one.id;
            site.store.write_now(move |tx| {
                Embedded.fail(tx, SUBSCRIBED, (id, &words), &INWARDS, now).map(drop)
            })?;
        }
    }
    Ok(more && waiting.is_empty())
}

/// The centre refused a wish, or it was not sent in its time. Says whether it was one.
pub(super) fn refused(tx: &Tx<'_>, header: &Header, words: &str, sent: bool) -> Outcome<bool> {
    if header.kind != Kind::Ask
        || header.to.gateway != exchange::CENTRE
        || !header.resource.contains('/')
    {
        return Ok(false);
    }
    let name = name_of((&header.resource, &header.purpose), &header.from.organ);
    let Some(mut state) = state::of(tx, &name)? else { return Ok(false) };
    if state.ask != header.id.to_string() {
        return Ok(false);
    }
    if state.state == "asked" {
        // What never reached the centre is said again.
        state.state = if sent { "stopped".into() } else { "new".into() };
        words.clone_into(&mut state.words);
        state::put(tx, &state)?;
    }
    Ok(true)
}

/// The resources that a configuration subscribes to, by name.
pub(super) fn wanted(config: &Config, resource: &str) -> Result<Vec<String>, Refusal> {
    let of = config.subscribes.iter().filter(|one| one.resource == resource);
    let names: Vec<String> = of.map(|one| one.name(config)).collect();
    match names.is_empty() {
        true => {
            let words = format!("配置里没有订阅资源“{resource}”");
            Err(Refusal::new(RefusalKind::NotFound, "gateway.subscribes", words))
        }
        false => Ok(names),
    }
}

/// The words of a refusal.
fn words_of(body: &Value) -> String {
    let words = body.get("words").and_then(Value::as_str);
    words.unwrap_or("中心停止了这项订阅").to_owned()
}
