//! How it stands with each publication, in the gateway's own store: how far its source was read, and how far the run is.

use base::{Fault, Id, Moment, Outcome};
use message::Header;
use serde_json::{Value, json};
use sources::source::Position;
use store::{FromRow, Migration, MigrationSet, Reader, Row, Tx};

/// What the key of a run's messages begins with.
pub(super) const KEY: &str = "publication ";

/// The gateway's own tables.
pub(in crate::gateway) const MIGRATIONS: MigrationSet = MigrationSet {
    office: "gateway",
    files: &[
        Migration {
            name: "0001_publishes",
            sql: include_str!("../../../migrations/gateway/0001_publishes.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0002_subscribes",
            sql: include_str!("../../../migrations/gateway/0002_subscribes.sql"),
            sqlite: None,
            postgres: None,
        },
        Migration {
            name: "0003_left",
            sql: include_str!("../../../migrations/gateway/0003_left.sql"),
            sqlite: None,
            postgres: None,
        },
    ],
};

/// In the place of a moment before which it is not tried again: at once.
pub(super) const NOW: i64 = -1;

/// Names a run.
pub(super) struct Run;

/// How it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    /// Whose.
    pub(super) name: String,
    /// The digest of the configuration by which the source was read.
    pub(super) config: String,
    /// How far it was read,
    pub(super) position: Position,
    /// and before this run.
    pub(super) base: Position,
    /// The run; empty where none is under way.
    pub(super) run: String,
    /// So many parts of it were put down to be sent,
    pub(super) part: i64,
    /// with this digest over all of them,
    pub(super) chain: String,
    /// and so many rows; these were refused.
    pub(super) rows: i64,
    /// Rows that did not become items.
    pub(super) refused: i64,
    /// Parts that the centre does not have yet.
    pub(super) unsettled: i64,
    /// `idle`, `reading`, `sending`, `failed`, or `refused` by the centre, where it had all of it.
    pub(super) state: String,
    /// Rows that are never read: see [`sources::source::Source::passed_over`].
    pub(super) passed_over: i64,
    /// The centre has not taken in what it had: the next run begins at the beginning.
    pub(super) wanted: bool,
    /// This run is such a one.
    pub(super) from_the_beginning: bool,
    /// When the run began; 0 where none ever did.
    pub(super) began: i64,
    /// When the last one that came through ended.
    pub(super) ended: i64,
    /// How often it failed since.
    pub(super) fails: i64,
    /// Not before then is it tried again.
    pub(super) again: i64,
    /// What went wrong.
    pub(super) words: String,
    /// Why the first of the refused rows was.
    pub(super) trouble: String,
}

fn position(text: &str) -> Result<Position, store::Error> {
    serde_json::from_str(text).map_err(|_| store::Error::Missing)
}

impl FromRow for State {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            name: row.get("name")?,
            config: row.get("config")?,
            position: position(&row.get::<String>("position")?)?,
            base: position(&row.get::<String>("base")?)?,
            run: row.get("run")?,
            part: row.get("part")?,
            chain: row.get("chain")?,
            rows: row.get("rows")?,
            refused: row.get("refused")?,
            unsettled: row.get("unsettled")?,
            state: row.get("state")?,
            began: row.get("began_at")?,
            ended: row.get("ended_at")?,
            fails: row.get("fails")?,
            again: row.get("again_at")?,
            words: row.get("words")?,
            trouble: row.get("trouble")?,
            passed_over: row.get("passed_over")?,
            wanted: row.get::<i64>("wanted")? != 0,
            from_the_beginning: row.get::<i64>("from_the_beginning")? != 0,
        })
    }
}

const COLUMNS: &str = "name, config, position, base, run, part, chain, rows, refused, unsettled, state, \
                       began_at, ended_at, fails, again_at, words, trouble, passed_over, wanted, \
                       from_the_beginning";

/// How it stands with one.
pub(super) fn of(reader: &Reader<'_>, name: &str) -> Outcome<State> {
    let sql = format!("SELECT {COLUMNS} FROM gateway_publishes WHERE name = $1");
    let found: Option<State> = reader.maybe(&sql, &[name.into()])?;
    let fresh = || State { name: name.to_owned(), state: "idle".into(), ..State::default() };
    Ok(found.unwrap_or_else(fresh))
}

/// Keeps it.
pub(super) fn put(tx: &Tx<'_>, state: &State) -> Outcome<()> {
    let json = |at: &Position| serde_json::to_string(at).map_err(Fault::from);
    tx.run(
        &format!(
            "INSERT INTO gateway_publishes ({COLUMNS})
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                 $19, $20)
             ON CONFLICT (name) DO UPDATE SET config = $2, position = $3, base = $4, run = $5, part = $6,
                 chain = $7, rows = $8, refused = $9, unsettled = $10, state = $11, began_at = $12,
                 ended_at = $13, fails = $14, again_at = $15, words = $16, trouble = $17,
                 passed_over = $18, wanted = $19, from_the_beginning = $20"
        ),
        &[
            state.name.as_str().into(),
            state.config.as_str().into(),
            json(&state.position)?.into(),
            json(&state.base)?.into(),
            state.run.as_str().into(),
            state.part.into(),
            state.chain.as_str().into(),
            state.rows.into(),
            state.refused.into(),
            state.unsettled.into(),
            state.state.as_str().into(),
            state.began.into(),
            state.ended.into(),
            state.fails.into(),
            state.again.into(),
            state.words.as_str().into(),
            state.trouble.as_str().into(),
            state.passed_over.into(),
            i64::from(state.wanted).into(),
            i64::from(state.from_the_beginning).into(),
        ],
    )?;
    Ok(())
}

impl State {
    /// A run begins: of the whole from the beginning, else from where the last one stopped.
    pub(super) fn begin(&mut self, (config, from): (&str, Position), now: Moment) {
        *self = Self {
            name: std::mem::take(&mut self.name),
            config: config.to_owned(),
            position: from.clone(),
            base: from,
            run: Id::<Run>::mint(now).to_string(),
            state: "reading".into(),
            began: now.millis(),
            ended: self.ended,
            fails: self.fails,
            again: 0,
            // What went wrong is said until a run has come through.
            words: std::mem::take(&mut self.words),
            passed_over: self.passed_over,
            from_the_beginning: self.wanted,
            ..Self::default()
        };
    }

    /// It has come through.
    pub(super) fn through(&mut self, now: Moment) {
        (self.state, self.run, self.ended) = ("idle".into(), String::new(), now.millis());
        (self.fails, self.again) = (0, 0);
        // What the centre said of the one before, while this one was on its way, the next is to mend.
        if self.wanted {
            self.state = "refused".into();
        } else {
            self.words.clear();
        }
    }

    /// The centre had all of a run and has not taken it in.
    fn not_taken_in(&mut self, words: &str) {
        // What comes after it is refused for want of a whole: the first word says what to mend.
        if !self.wanted {
            words.clone_into(&mut self.words);
        }
        self.wanted = true;
        if matches!(self.state.as_str(), "idle" | "failed") {
            self.state = "refused".into();
        }
    }

    /// A run from the beginning that is not gone on with begins there again.
    pub(super) fn given_up(&mut self) {
        self.wanted |= self.state == "reading" && self.from_the_beginning;
    }

    /// What the centre has said since this was read stays: it has been acknowledged, and is not said again.
    pub(super) fn heard_since(&mut self, stands: &Self) {
        if stands.wanted {
            (self.wanted, self.words) = (true, stands.words.clone());
            if self.state == "idle" {
                self.state = "refused".into();
            }
        }
    }

    /// It came to nothing: what it had read is read again.
    pub(super) fn fail(&mut self, words: &str, now: Moment) {
        (self.position, self.run) = (self.base.clone(), String::new());
        (self.state, self.words) = ("failed".into(), words.to_owned());
        (self.unsettled, self.fails) = (0, self.fails + 1);
        // A minute, then twice that, up to an hour.
        let seconds = 60i64 << self.fails.clamp(1, 7).saturating_sub(1);
        self.again = now.plus_seconds(seconds.min(3_600)).millis();
        self.wanted |= self.from_the_beginning;
    }
}

/// Whose run a message belongs to, if it does.
fn name_of(header: &Header) -> Option<String> {
    let key = &header.order.as_ref()?.key;
    let resource = key.strip_prefix(KEY)?;
    (resource == header.resource).then(|| format!("{resource}>{}", header.to.organ))
}

/// A part has arrived at the centre. With the last one the run has come through.
pub(in crate::gateway) fn arrived(tx: &Tx<'_>, header: &Header, now: Moment) -> Outcome<()> {
    let Some(name) = name_of(header) else { return Ok(()) };
    let mut state = of(tx, &name)?;
    if state.unsettled == 0 {
        return Ok(());
    }
    state.unsettled -= 1;
    if state.unsettled == 0 && state.state == "sending" {
        state.through(now);
    }
    put(tx, &state)
}

/// A part was refused, or not sent in its time: the run came to nothing.
pub(in crate::gateway) fn refused(
    tx: &Tx<'_>,
    header: &Header,
    words: &str,
    now: Moment,
) -> Outcome<()> {
    let Some(name) = name_of(header) else { return Ok(()) };
    let mut state = of(tx, &name)?;
    // Those behind the first that was refused say the same.
    if state.unsettled == 0 {
        return Ok(());
    }
    state.fail(words, now);
    put(tx, &state)
}

/// The centre had all of the run to which this message belongs, and has not taken it in. Says which publication it was;
/// nothing where the message belongs to none.
pub(in crate::gateway) fn not_taken_in(
    tx: &Tx<'_>,
    header: &Header,
    words: impl FnOnce(&str) -> String,
) -> Outcome<Option<String>> {
    let Some(name) = name_of(header) else { return Ok(None) };
    let mut state = of(tx, &name)?;
    state.not_taken_in(&words(&name));
    put(tx, &state)?;
    Ok(Some(name))
}

/// It is to be read now, whatever its time is; a run that is under way comes through first.
pub(in crate::gateway) fn want_now(tx: &Tx<'_>, name: &str) -> Outcome<()> {
    let mut state = of(tx, name)?;
    state.again = NOW;
    put(tx, &state)
}

/// How it stands with all of them, for the status.
pub(in crate::gateway) fn standing(reader: &Reader<'_>, names: &[String]) -> Outcome<Vec<Value>> {
    let mut told = Vec::new();
    for name in names {
        let state = of(reader, name)?;
        let at = |millis: i64| (millis > 0).then_some(millis);
        told.push(json!({
            "name": state.name, "state": state.state, "rows": state.rows, "refused": state.refused,
            "parts": state.part, "unsettled": state.unsettled, "began": at(state.began),
            "ended": at(state.ended), "again": at(state.again), "words": state.words,
            "trouble": state.trouble, "passed_over": state.passed_over,
        }));
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Moment {
        Moment::from_millis(1_790_000_000_000)
    }

    fn run() -> State {
        let mut state = State { name: "r>centre".into(), ..State::default() };
        state.begin(("c", Position::Start), now());
        state
    }

    #[test]
    fn what_the_centre_has_not_taken_in_is_said_until_a_run_from_the_beginning_came_through() {
        let mut state = run();
        assert!(!state.from_the_beginning);
        state.through(now());
        state.not_taken_in("缺少一列");
        assert_eq!((state.state.as_str(), state.words.as_str()), ("refused", "缺少一列"));
        state.begin(("c", Position::Start), now());
        assert!(state.from_the_beginning && !state.wanted);
        // It breaks off, and so it is still wanted.
        state.fail("连不上", now());
        assert!(state.wanted);
        state.begin(("c", Position::Start), now());
        state.through(now());
        assert_eq!((state.state.as_str(), state.words.as_str()), ("idle", ""));
        state.begin(("c", Position::Start), now());
        assert!(!state.from_the_beginning, "once");
    }

    #[test]
    fn a_word_about_the_last_run_is_not_lost_when_this_one_comes_through() {
        let mut state = run();
        state.state = "sending".into();
        state.not_taken_in("缺少一列");
        assert_eq!(state.state, "sending", "it goes on");
        state.through(now());
        assert_eq!((state.state.as_str(), state.words.as_str()), ("refused", "缺少一列"));
        assert!(state.wanted);
    }

    #[test]
    fn a_word_that_comes_while_the_next_run_is_read_stays() {
        let mut stands = run();
        let mut read = stands.clone();
        stands.not_taken_in("缺少一列");
        stands.not_taken_in("要一次全部数据");
        assert_eq!(stands.words, "缺少一列", "the first says what to mend");
        read.heard_since(&stands);
        assert_eq!((read.state.as_str(), read.words.as_str()), ("reading", "缺少一列"));
        assert!(read.wanted);
        // Nothing was new: it has come through already.
        let mut read = run();
        read.through(now());
        read.heard_since(&stands);
        assert_eq!((read.state.as_str(), read.words.as_str()), ("refused", "缺少一列"));
    }

    #[test]
    fn a_run_from_the_beginning_that_was_struck_begins_there_again() {
        let mut state = run();
        state.not_taken_in("缺少一列");
        state.begin(("c", Position::Start), now());
        assert!(state.from_the_beginning && !state.wanted && state.state == "reading");
        state.given_up();
        assert!(state.wanted);
        state.begin(("c", Position::Start), now());
        assert!(state.from_the_beginning);
        // One that came through is not wanted again.
        state.through(now());
        state.given_up();
        assert!(!state.wanted);
    }
}
