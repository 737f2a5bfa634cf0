//! Reads what is due and puts it down to be sent, part by part. A part, how far the source was read and how far the run is
//! are one transaction: killed at any moment, a run goes on where it was, and no row is sent twice or left out.

use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use delivery::{Embedded, Letter, Put, Transport};
use exchange::{Left, Part, Run, WORDS_MAX, chained};
use exchange_contract::Mode;
use message::{Draft, End, Kind, Message};
use serde_json::{Value, json};
use sources::Batch;
use sources::mapping::{Mapped, Mapping};
use sources::source::{Change, Go, Manner, Portion, Position, Unread};

use super::state::{self, State};
use super::trial::Trial;
use super::{PublishFrom, told};
use crate::gateway::book::Party;
use crate::gateway::local::{from_of, letter_of, party};
use crate::gateway::rules::LIMITS;
use crate::gateway::site::{BOUND, OUT, Site, broken};

/// A look at what is due.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// A part is put down once it has grown to this, bytes of JSON.
const PART_BYTES: usize = 1024 * 1024;
/// No part is longer: what stands around the rows fits beside it.
const PART_BYTES_MAX: usize = 8 * 1024 * 1024;
/// A key that is longer than this is not told of a row that stays here, bytes of JSON.
const KEY_BYTES_MAX: usize = 4 * 1024;
/// Parts count so long, seconds.
const LIFE_SECONDS: i64 = 7 * 86_400;

/// Publishes until the process ends, and tells the centre what is wrong when that changes.
pub(in crate::gateway) async fn run(site: Arc<Site>) {
    let mut told_last: Option<Vec<Value>> = None;
    loop {
        let work = site.clone();
        let done = tokio::task::spawn_blocking(move || round(&work)).await;
        let troubles = match done.map_err(broken).flatten() {
            Ok(troubles) => troubles,
            Err(stop) => {
                tracing::error!(fault = %stop, "publishing");
                told_last.clone().unwrap_or_default()
            }
        };
        // A gateway that publishes nothing has nothing to say.
        if !site.config.publishes.is_empty() && told_last.as_ref() != Some(&troubles) {
            let (work, body) = (site.clone(), json!({ "troubles": troubles }).to_string());
            let said = tokio::task::spawn_blocking(move || -> Result<(), String> {
                let words = |trouble: crate::gateway::centre::Trouble| trouble.words().to_owned();
                let token = work.let_in().map_err(words)?;
                work.line.post("troubles", Some(&token), body.as_bytes()).map(drop).map_err(words)
            });
            match said.await {
                Ok(Ok(())) => told_last = Some(troubles),
                Ok(Err(words)) => tracing::warn!(words, "the centre does not know of a trouble"),
                Err(error) => tracing::error!(%error, "telling the centre"),
            }
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Runs what is due, one after the other, and gives what is wrong now.
fn round(site: &Arc<Site>) -> Outcome<Vec<Value>> {
    let (mut troubles, mut said) = (Vec::new(), Vec::new());
    for one in &site.config.publishes {
        let name = one.name();
        let state = site.store.read_now(move |r| state::of(r, &name))?;
        let state = match Trial::of(&site.config, one)? {
            Some(trial) => look(site, one, &trial, state)?,
            None => {
                let words = "还没有试运行，或者试运行以后改过配置，没有推送";
                State { words: words.into(), ..state }
            }
        };
        if !state.words.is_empty() {
            said.push(format!("“{}”：{}", one.resource, state.words));
            troubles.push(json!({ "about": one.resource, "words": state.words }));
        }
        if state.passed_over > 0 {
            let words = one.passed_over(&format!(" {} ", state.passed_over));
            said.push(format!("“{}”：{words}", one.resource));
            // Without the number, which would begin another alarm with each look.
            let (about, words) = (format!("{} 空值", one.resource), one.passed_over("一些"));
            troubles.push(json!({ "about": about, "words": words }));
        }
    }
    site.note(|standing| standing.publishing = said);
    Ok(troubles)
}

/// Runs one if it is due; gives how it stands then.
fn look(site: &Arc<Site>, one: &PublishFrom, trial: &Trial, mut state: State) -> Outcome<State> {
    let now = site.now();
    let began = (state.began > 0).then(|| Moment::from_millis(state.began));
    // What was read and is on its way comes first, or nobody could say from where to read again.
    let goes_on = match state.state.as_str() {
        "reading" => true,
        "sending" => false,
        _ if state.again == state::NOW => true,
        "failed" => state.again <= now.millis(),
        _ => one.is_due(began, now),
    };
    if !goes_on || state.again > now.millis() || site.may_send().is_err() {
        return Ok(state);
    }
    if !carries_on(&state, one, trial) {
        state.given_up();
        let fresh = state.config != trial.config || one.manner == Manner::Whole || state.wanted;
        let from = if fresh { Position::Start } else { state.position.clone() };
        state.begin((&trial.config, from), now);
        let kept = state.clone();
        site.store.write_now(move |tx| state::put(tx, &kept))?;
    }
    match Reader::new(site, one, state.clone()).and_then(|reader| reader.read(trial)) {
        Ok(state) => Ok(state),
        Err(stop) => failed(site, one, stop, now),
    }
}

/// Whether a run that was broken off goes on: by the same configuration, and from a place that its source knows.
fn carries_on(state: &State, one: &PublishFrom, trial: &Trial) -> bool {
    state.state == "reading"
        && state.config == trial.config
        // By watermark, rows that changed meanwhile would be in a whole twice, and the first would count.
        && (one.manner == Manner::Whole || !state.from_the_beginning)
        && (state.part == 0 || state.position != Position::Start)
}

/// It did not come through. What was put down of it counts if the source only broke off; else the run is over.
fn failed(site: &Arc<Site>, one: &PublishFrom, stop: Stop, now: Moment) -> Outcome<State> {
    let (code, words) = match &stop {
        Stop::Refused(refusal) => (refusal.code, refusal.message.clone()),
        Stop::Failed(_) => ("gateway.fault", format!("{stop}")),
    };
    tracing::warn!(resource = one.resource, code, words, "a publication did not come through");
    let again = matches!(
        code,
        "sources.broken"
            | "sources.unreachable"
            | "sources.later"
            | "sources.too_long"
            | "gateway.busy"
    );
    let name = one.name();
    site.store.write_now(move |tx| {
        let mut state = state::of(tx, &name)?;
        match again && state.state == "reading" {
            true => {
                state.fails += 1;
                state.words.clone_from(&words);
                let seconds = (30i64 << state.fails.clamp(1, 5)).min(900);
                state.again = now.plus_seconds(seconds).millis();
            }
            false => state.fail(&words, now),
        }
        state::put(tx, &state)?;
        Ok(state)
    })
}

/// Rows of one part, as they come together.
#[derive(Default)]
struct Rows {
    rows: Vec<Vec<Option<String>>>,
    gone: Vec<usize>,
    /// Keys of rows that stay here.
    left: Vec<Vec<Option<String>>>,
    bytes: usize,
}

impl Rows {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.left.is_empty()
    }
}

struct Reader<'a> {
    site: &'a Arc<Site>,
    one: &'a PublishFrom,
    to: Party,
    from: End,
    state: State,
    /// Parts that are full, and the one that is being filled.
    full: Vec<Rows>,
    open: Rows,
    held: usize,
    /// Where the key of a row stands among its items; nowhere where that is not known.
    key: Vec<usize>,
    /// Rows that stay here and have not been told.
    untold: bool,
}

impl<'a> Reader<'a> {
    fn new(site: &'a Arc<Site>, one: &'a PublishFrom, state: State) -> Outcome<Self> {
        Ok(Self {
            to: party(site, &one.to)?,
            from: from_of(site, one.from.as_deref())?,
            site,
            one,
            state,
            full: Vec::new(),
            open: Rows::default(),
            held: 0,
            key: Vec::new(),
            untold: false,
        })
    }

    fn read(mut self, trial: &Trial) -> Outcome<State> {
        let (one, site) = (self.one, self.site);
        let mut source = one.open(&site.config, site.clock.clone())?;
        let selection = one.selection(trial.shape.clone());
        self.key = one.key_places(&trial.shape);
        let passed_over = source.passed_over(&selection).map_err(told)?;
        self.state.passed_over = i64::try_from(passed_over).unwrap_or(i64::MAX);
        // Of a row that is gone there is its key, and often nothing else; of one that stays here its key is told.
        let mappings = [one.mapping(), one.mapping_of_gone(), one.mapping_of_key(&self.key)];
        let from = self.state.position.clone();
        let mut mapped = [None, None, None];
        let read = source.read(&selection, &from, &mut |portion| {
            self.portion(portion, &mappings, &mut mapped)?;
            if self.held >= PART_BYTES {
                self.put_down(portion.after, false)?;
            }
            Ok(Go::On)
        });
        let position = match read {
            Ok(position) => position,
            Err(Unread::Taker(stop)) => return Err(stop),
            Err(unread) => return Err(told(unread).into()),
        };
        self.put_down(&position, true)?;
        Ok(self.state)
    }

    /// The rows of a portion become items, or say why not.
    fn portion<'m>(
        &mut self,
        portion: &Portion<'_>,
        [there, gone, key]: &'m [Mapping; 3],
        mapped: &mut [Option<Mapped<'m>>; 3],
    ) -> Outcome<()> {
        if mapped.iter().any(Option::is_none) {
            let onto = |mapping: &'m Mapping| mapping.onto(portion.columns).map_err(told);
            *mapped = [Some(onto(there)?), Some(onto(gone)?), Some(onto(key)?)];
        }
        let [Some(there), Some(gone), Some(key)] = mapped else { return Ok(()) };
        // What is not in a whole counts as gone: rather none than one that lacks a file.
        if portion.partial && self.is_whole(&self.state) {
            return Err(left_out(&portion.notes.join("；")).into());
        }
        if self.state.trouble.is_empty() {
            self.state.trouble = portion.notes.join("；");
        }
        for trouble in portion.troubles {
            self.refuse(trouble.line, &trouble.column, &trouble.words);
        }
        let mut items = Batch::new();
        for (row, change) in portion.rows.rows().zip(portion.changes) {
            items.clear();
            let mapped = if *change == Change::Gone { &mut *gone } else { &mut *there };
            match mapped.row(row, &mut items) {
                Ok(()) => {
                    let Some(row) = items.row(0) else { continue };
                    let cells = row.cells().map(|cell| cell.value().map(str::to_owned));
                    self.add(row.line, cells.collect(), *change)?;
                }
                Err(troubles) => {
                    if let Some(first) = troubles.first() {
                        self.refuse(first.line, &first.column, &first.words);
                    }
                    items.clear();
                    let read = !self.key.is_empty() && key.row(row, &mut items).is_ok();
                    let cells = items.row(0).filter(|_| read).map(|row| {
                        row.cells().map(|cell| cell.value().map(str::to_owned)).collect::<Vec<_>>()
                    });
                    self.leave(cells.unwrap_or_default())?;
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, line: u64, column: &str, words: &str) {
        self.state.refused += 1;
        if self.state.trouble.is_empty() {
            self.state.trouble = format!("第 {line} 行“{column}”：{words}");
        }
    }

    fn add(&mut self, line: u64, cells: Vec<Option<String>>, change: Change) -> Outcome<()> {
        let bytes = serde_json::to_vec(&cells).map_err(Fault::from)?.len() + 1;
        if bytes > PART_BYTES_MAX {
            let words = format!("这一行有 {} MB，超过一条消息的上限", bytes / 1024 / 1024);
            self.refuse(line, sources::WHOLE_ROW, &words);
            let key = self.key.iter().filter_map(|place| cells.get(*place).cloned());
            return self.leave(key.collect());
        }
        self.room(bytes);
        if change == Change::Gone {
            self.open.gone.push(self.open.rows.len());
        }
        self.open.rows.push(cells);
        Ok(())
    }

    /// A part that has no room for so many bytes more is full.
    fn room(&mut self, bytes: usize) {
        if self.open.bytes + bytes > PART_BYTES_MAX {
            self.full.push(std::mem::take(&mut self.open));
        }
        (self.open.bytes, self.held) = (self.open.bytes + bytes, self.held + bytes);
    }

    /// A row stays here: its key is told, where all of it could be read, so that nobody takes it for gone.
    fn leave(&mut self, key: Vec<Option<String>>) -> Outcome<()> {
        self.untold = true;
        if key.is_empty() || key.len() != self.key.len() || key.iter().any(Option::is_none) {
            return Ok(());
        }
        let mut row = vec![None; self.one.items.len()];
        for (place, cell) in self.key.iter().zip(key) {
            if let Some(at) = row.get_mut(*place) {
                *at = cell;
            }
        }
        let bytes = serde_json::to_vec(&row).map_err(Fault::from)?.len() + 1;
        if bytes <= KEY_BYTES_MAX {
            self.room(bytes);
            self.open.left.push(row);
        }
        Ok(())
    }

    /// Puts down all that was read, as parts, with how far it was read; the last one says that it is.
    fn put_down(&mut self, position: &Position, last: bool) -> Outcome<()> {
        let mut parts = std::mem::take(&mut self.full);
        parts.push(std::mem::take(&mut self.open));
        self.held = 0;
        let now = self.site.now();
        let none = parts.iter().all(Rows::is_empty) && !self.untold;
        // Nothing is new: nothing is said, but of a whole that is empty.
        let silent = last && none && self.state.part == 0 && !self.is_whole(&self.state);
        let mut state = State { position: position.clone(), ..self.state.clone() };
        let mut drafts = Vec::new();
        if silent {
            parts.clear();
        }
        let count = parts.len();
        for (place, rows) in parts.into_iter().enumerate() {
            state.part += 1;
            state.rows += i64::try_from(rows.rows.len()).unwrap_or(i64::MAX);
            let part = self.part(rows, &mut state, last && place + 1 == count)?;
            drafts.push((self.draft(now), serde_json::to_vec(&part).map_err(Fault::from)?));
        }
        if last {
            state.state = "sending".to_owned();
        }
        if silent {
            state.through(now);
        }
        self.keep(state, drafts, now)
    }

    fn part(&self, rows: Rows, state: &mut State, last: bool) -> Outcome<Part> {
        let run = Run {
            run: state.run.clone(),
            part: state.part,
            mode: self.one.mode(state.from_the_beginning),
            items: self.one.items.iter().map(|item| item.name.clone()).collect(),
            of: last.then_some(state.part),
            digest: None,
            left: if last { self.left(state) } else { None },
        };
        let mut part = Part { publication: run, rows: rows.rows, gone: rows.gone, left: rows.left };
        state.chain = chained(&state.chain, &part).map_err(Fault::from)?;
        part.publication.digest = last.then(|| state.chain.clone());
        Ok(part)
    }

    /// Whether what is not in the run counts as gone.
    fn is_whole(&self, state: &State) -> bool {
        self.one.mode(state.from_the_beginning) == Mode::Whole
    }

    /// What stays here of the whole run. What is never read is missing in a whole as well.
    fn left(&self, state: &State) -> Option<Left> {
        let unread = if self.is_whole(state) { state.passed_over } else { 0 };
        let rows = state.refused.saturating_add(unread);
        let unread = || self.one.passed_over(&format!(" {} ", state.passed_over));
        let words = if state.refused > 0 { state.trouble.clone() } else { unread() };
        let words = words.chars().take(WORDS_MAX).collect();
        (rows > 0).then_some(Left { rows, words })
    }

    fn draft(&self, now: Moment) -> Draft {
        // Between departments the centre holds them against the terms; itself it takes what the catalogue has.
        let items = self.one.items.iter().map(|item| item.name.clone());
        let fields = if self.one.to == exchange::CENTRE { Vec::new() } else { items.collect() };
        Draft {
            id: Id::<Message>::mint(now),
            kind: Kind::Publish,
            from: self.from.clone(),
            to: End::new(&self.to.name, &self.one.to),
            at: now,
            expires: now.plus_seconds(LIFE_SECONDS.min(LIMITS.life_seconds_max)),
            in_reply_to: None,
            resource: self.one.resource.clone(),
            purpose: self.one.purpose.clone(),
            fields,
            terms: None,
            order: None,
        }
    }

    /// The one transaction: letters in their order, and how it stands.
    fn keep(&mut self, state: State, drafts: Vec<(Draft, Vec<u8>)>, now: Moment) -> Outcome<()> {
        let (site, to, key) = (self.site.clone(), self.to.clone(), self.one.key());
        let (name, run) = (state.name.clone(), self.state.run.clone());
        self.state = self.site.store.write_now(move |tx| {
            let stands = state::of(tx, &name)?;
            // The centre refused a part meanwhile, so the rest is in vain.
            if stands.run != run || stands.state != "reading" {
                return Err(over(&stands.words).into());
            }
            // How many are on their way, the sending side has counted meanwhile.
            let added = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
            let mut kept = State { unsettled: stands.unsettled + added, ..state.clone() };
            kept.heard_since(&stands);
            let mut letters: Vec<Letter> = Vec::with_capacity(drafts.len());
            for (draft, plain) in &drafts {
                let mut draft = draft.clone();
                let guard = format!("out>{}", to.name);
                draft.order = Some(delivery::next_turn(tx, &guard, &key)?);
                letters.push(letter_of(&site, draft, &to, plain)?);
            }
            if let Put::Full(_) = Embedded.put(tx, OUT, &letters, &BOUND, now)? {
                return Err(busy().into());
            }
            state::put(tx, &kept)?;
            Ok(kept)
        })?;
        self.site.outwards.notify_one();
        Ok(())
    }
}

fn over(words: &str) -> Refusal {
    Refusal::new(RefusalKind::Conflict, "gateway.run_over", words)
}

fn left_out(notes: &str) -> Refusal {
    let words = format!("{notes}。整表推送要等所有文件都读得全，这一次没有推送");
    Refusal::new(RefusalKind::Conflict, "gateway.file_left_out", words)
}

/// Without a number of seconds: other words would be another alarm.
fn busy() -> Refusal {
    Refusal::new(RefusalKind::TooMany, "gateway.busy", "等待发送的消息太多，稍后再读")
}
