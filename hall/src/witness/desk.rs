//! What a witness remembers, on disk before it is signed: of each log the last checkpoint that it
//! cosigned, and the evidence of logs that showed two faces.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base::{Fault, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use seal::note::{
    Checkpoint, Cosignature, LOG_KEYS_BYTES_MAX, LogKeys, NOTE_BYTES_MAX, Note, NoteError,
    Relation, is_name,
};
use seal::{PublicKey, SigningKey};
use serde::{Deserialize, Serialize};

use super::rules::{Asked, Verdict, judge};
use crate::files;

/// So many splits are kept: each takes two signatures of the log.
const SPLITS_MAX: usize = 1_000;
/// So many proofs that do not hold are kept: anybody can send a published checkpoint with a wrong
/// one, and must not crowd out what counts.
const UNPROVED_MAX: usize = 100;
/// The same size with two roots.
const SPLIT: &str = "split";
/// A proof that does not hold.
const UNPROVED: &str = "unproved";
/// The same key succeeded by two.
const SUCCESSION: &str = "succession";
/// A piece of evidence is not longer.
const CONFLICT_BYTES_MAX: usize = 4 * (NOTE_BYTES_MAX + LOG_KEYS_BYTES_MAX);

/// A witness at work.
pub struct Desk {
    name: String,
    key: SigningKey,
    state: PathBuf,
    logs: BTreeMap<String, Log>,
    /// Held as long as the desk is open: two on one folder could sign two faces.
    _lock: File,
}

struct Log {
    file: PathBuf,
    keys_file: PathBuf,
    followed: Mutex<Followed>,
}

/// How far a log was followed.
struct Followed {
    /// The keys that it has had, as far as we were told.
    keys: LogKeys,
    held: Option<Held>,
}

/// The last checkpoint that was cosigned.
struct Held {
    checkpoint: Checkpoint,
    signed: String,
}

/// Two checkpoints of one log, both under its signature, that do not go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The log's name.
    pub origin: String,
    /// `split`: the same size with two roots, which proves it. `unproved`: the later one came with a
    /// proof that does not hold, which may be the sender's mistake. `succession`: one key is succeeded by
    /// two, or had signed alone what was its successor's to sign, which proves it as well.
    pub kind: String,
    /// The checkpoint that was cosigned before; of `succession` the list of keys.
    pub held: String,
    /// What came.
    pub given: String,
    /// When it came, milliseconds since 1970.
    pub at: i64,
}

/// What the asker is told who tells of a log's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysAnswer {
    /// 200: they are followed.
    Followed,
    /// 400.
    Malformed,
    /// 403: they have nothing to do with those that are followed.
    OtherKey,
    /// 404: nobody asked us to watch this log.
    UnknownLog,
    /// 409: they contradict those that are followed.
    Split,
}

/// What the asker is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200: the cosignature's line.
    Cosigned(String),
    /// 400.
    Malformed,
    /// 403: signed by another key.
    OtherKey,
    /// 404: nobody asked us to watch this log.
    UnknownLog,
    /// 409: what was signed before has this size.
    Known(u64),
    /// 422: the proof does not hold.
    Unproved,
}

impl Desk {
    /// Opens the desk on its folder, making key and folder where they are not. Refuses a folder in
    /// use, and one whose checkpoints are not under these logs' keys: beginning anew could sign a
    /// second face.
    pub fn open(
        name: &str,
        key: &Path,
        state: &Path,
        logs: Vec<(String, PublicKey)>,
    ) -> Outcome<Self> {
        let refused = |words: String| Refusal::new(RefusalKind::Invalid, "hall.witness", words);
        if !is_name(name) {
            return Err(refused(format!("见证方名称 “{name}” 不正确：不能有空格和加号")).into());
        }
        let doing = |error| Fault::while_doing("opening the witness's folder", error);
        crate::city::make_folder(&state.join("conflicts"))?;
        let lock = File::create(state.join("lock")).map_err(doing)?;
        if lock.try_lock().is_err() {
            let words = format!("{} 正被另一个见证进程使用", state.display());
            return Err(refused(words).into());
        }
        let key = SigningKey::in_file(key).map_err(crate::city::unfit_keys)?;
        let mut desk = Self {
            name: name.into(),
            key,
            state: state.into(),
            logs: BTreeMap::new(),
            _lock: lock,
        };
        for (origin, key) in logs {
            let log = Log::open(state, &origin, key)?;
            if desk.logs.insert(origin.clone(), log).is_some() {
                return Err(refused(format!("登记簿 {origin} 写了两次")).into());
            }
        }
        Ok(desk)
    }

    /// The witness's public key.
    pub fn key(&self) -> PublicKey {
        self.key.public()
    }

    /// Answers `add-checkpoint`. Blocks: what is signed is on disk first.
    pub fn add(&self, body: &str, now: Moment) -> Outcome<Answer> {
        let Some(asked) = Asked::parse(body) else { return Ok(Answer::Malformed) };
        let Some(origin) = asked.origin() else { return Ok(Answer::Malformed) };
        let Some(log) = self.logs.get(origin) else { return Ok(Answer::UnknownLog) };
        let mut followed = log.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let Followed { keys, held } = &mut *followed;
        let note = match Note::open(&asked.signed, keys) {
            Ok(note) => note,
            Err(NoteError::OtherKey | NoteError::Signature | NoteError::Succeeded) => {
                return Ok(Answer::OtherKey);
            }
            Err(_) => return Ok(Answer::Malformed),
        };
        let given = &note.checkpoint;
        let before = held.as_ref().map(|held| &held.checkpoint);
        let size = before.map_or(0, |before| before.size);
        match judge(before, given, asked.old, &asked.proof) {
            Verdict::Malformed => Ok(Answer::Malformed),
            Verdict::Known(size) => Ok(Answer::Known(size)),
            Verdict::Split => {
                self.keep_unlike(SPLIT, held.as_ref(), &note, now)?;
                Ok(Answer::Known(size))
            }
            Verdict::Unproved => {
                self.keep_unlike(UNPROVED, held.as_ref(), &note, now)?;
                Ok(Answer::Unproved)
            }
            Verdict::Cosign => {
                if before != Some(given) {
                    files::replace(&log.file, note.signed.as_bytes())
                        .map_err(|error| Fault::while_doing("keeping a checkpoint", error))?;
                    *held = Some(Held { checkpoint: given.clone(), signed: note.signed.clone() });
                }
                let seconds = (now.millis() / 1_000).unsigned_abs();
                Ok(Answer::Cosigned(
                    Cosignature::sign(given, &self.name, &self.key, seconds).line(),
                ))
            }
        }
    }

    /// Answers `add-keys`: follows the log's keys to the newest, and remembers them before it says so. A second
    /// successor of the same key is refused and kept as evidence. Blocks.
    pub fn add_keys(&self, body: &str, now: Moment) -> Outcome<KeysAnswer> {
        let Ok(told) = LogKeys::parse(body) else { return Ok(KeysAnswer::Malformed) };
        let Some(log) = self.logs.get(told.origin()) else { return Ok(KeysAnswer::UnknownLog) };
        let mut followed = log.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let split = |held: String| {
            let (origin, kind) = (told.origin().into(), SUCCESSION.into());
            let conflict = Conflict { origin, kind, held, given: told.text(), at: now.millis() };
            self.keep_conflict(&conflict).map(|()| KeysAnswer::Split)
        };
        match told.relation(&followed.keys) {
            Relation::Strange => return Ok(KeysAnswer::OtherKey),
            Relation::Split => return split(followed.keys.text()),
            Relation::Behind => return Ok(KeysAnswer::Followed),
            Relation::GoesOn => {}
        }
        // What the old key signed alone was its own to sign.
        if let Some(held) = &followed.held
            && seal::note::open(&held.signed, &told).is_err()
        {
            return split(held.signed.clone());
        }
        if told != followed.keys {
            files::replace(&log.keys_file, told.text().as_bytes())
                .map_err(|error| Fault::while_doing("keeping the keys of a log", error))?;
            followed.keys = told;
        }
        Ok(KeysAnswer::Followed)
    }

    fn keep_unlike(
        &self,
        kind: &str,
        held: Option<&Held>,
        note: &Note,
        now: Moment,
    ) -> Outcome<()> {
        // A proof that does not hold from nothing contradicts nothing.
        let Some(held) = held else { return Ok(()) };
        self.keep_conflict(&Conflict {
            origin: note.checkpoint.origin.clone(),
            kind: kind.into(),
            held: held.signed.clone(),
            given: note.signed.clone(),
            at: now.millis(),
        })
    }

    fn keep_conflict(&self, conflict: &Conflict) -> Outcome<()> {
        let kind = conflict.kind.as_str();
        let told = [conflict.held.as_bytes(), conflict.given.as_bytes()];
        let name = format!("{kind}-{}.json", HEXLOWER.encode(&seal::sm3(&told)));
        let file = self.state.join("conflicts").join(name);
        let limit = if kind == UNPROVED { UNPROVED_MAX } else { SPLITS_MAX };
        if file.exists() || self.conflict_files(kind)?.len() >= limit {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(conflict).map_err(Fault::from)?;
        files::replace(&file, text.as_bytes())
            .map_err(|error| Fault::while_doing("keeping the evidence of a conflict", error))?;
        tracing::error!(
            origin = conflict.origin,
            kind,
            evidence = %file.display(),
            "a log contradicts what it has shown before"
        );
        Ok(())
    }

    /// The evidence, in the order in which it came.
    pub fn conflicts(&self) -> Outcome<Vec<Conflict>> {
        let mut conflicts = Vec::new();
        for file in self.conflict_files("")? {
            let bytes = files::read(&file, CONFLICT_BYTES_MAX).map_err(Fault::said)?;
            conflicts.push(serde_json::from_slice::<Conflict>(&bytes).map_err(Fault::from)?);
        }
        conflicts.sort_by_key(|conflict| conflict.at);
        Ok(conflicts)
    }

    fn conflict_files(&self, kind: &str) -> Outcome<Vec<PathBuf>> {
        let doing = |error| Fault::while_doing("reading the evidence of conflicts", error);
        let entries = std::fs::read_dir(self.state.join("conflicts")).map_err(doing)?;
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let named = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(kind) && name.ends_with(".json")
        };
        Ok(paths.filter(named).collect())
    }
}

impl Log {
    fn open(state: &Path, origin: &str, key: PublicKey) -> Outcome<Self> {
        let [a, b, c, d, e, f, g, h, ..] = seal::sm3(&[origin.as_bytes()]);
        let name = HEXLOWER.encode(&[a, b, c, d, e, f, g, h]);
        let file = state.join(format!("{name}.checkpoint"));
        let keys_file = state.join(format!("{name}.keys"));
        let refused = |file: &Path, why: String| {
            let words = format!("{} 不是 {origin} 的记录：{why}", file.display());
            Refusal::new(RefusalKind::Conflict, "hall.witness_state", words)
                .remedy("它记着以前联署到哪里；请核对 --log 的名称和公钥，不要删掉它")
        };
        let read = |file: &Path, bytes_max: usize| {
            let bytes = files::read(file, bytes_max).map_err(|why| refused(file, why))?;
            String::from_utf8(bytes).map_err(|_| refused(file, "不是文本".into()))
        };
        let keys = match keys_file.exists() {
            true => LogKeys::parse_trusting(&read(&keys_file, LOG_KEYS_BYTES_MAX + 1)?, &key)
                .map_err(|error| refused(&keys_file, error.to_string()))?,
            false => LogKeys::only(origin, key),
        };
        if keys.origin() != origin {
            return Err(refused(&keys_file, "属于另一本登记簿".into()).into());
        }
        if !file.exists() {
            return Ok(Self {
                file,
                keys_file,
                followed: Mutex::new(Followed { keys, held: None }),
            });
        }
        let signed = read(&file, NOTE_BYTES_MAX + 1)?;
        let checkpoint =
            seal::note::open(&signed, &keys).map_err(|error| refused(&file, error.to_string()))?;
        if checkpoint.origin != origin {
            return Err(refused(&file, "属于另一本登记簿".into()).into());
        }
        let held = Some(Held { checkpoint, signed });
        Ok(Self { file, keys_file, followed: Mutex::new(Followed { keys, held }) })
    }
}
