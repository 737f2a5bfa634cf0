//! `cityhall verify log`: reads a whole published log and says whether it is what its key signed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base::{Fault, Moment, Outcome};
use ledger::{Check, Verdict};
use seal::PublicKey;
use seal::merkle::rebuild;
use seal::note::{
    Believed, Checkpoint, LOG_KEYS_BYTES_MAX, LogKeys, NOTE_BYTES_MAX, Note, Relation,
};

use super::source::{KEYS, Source, Tiles};
use crate::files;
use crate::line::{VerifyLog, say};

/// No log is longer; what claims to be is not read.
const SIZE_MAX: u64 = 1 << 40;
/// A longer log tells how far the reading is.
const QUIET_MAX: u64 = 100_000;

/// A witness whose cosignature is demanded: its name and its public key.
pub type Known = (String, PublicKey);

/// Verifies the log at a place with its public key, tells what was found, and says yes or no.
pub fn verify(asked: &VerifyLog, key: &PublicKey, witnesses: &[Known]) -> Outcome<ExitCode> {
    let verdict = look(asked, key, witnesses)?;
    for check in &verdict.checks {
        say(format!("{} {}：{}", if check.holds { "✓" } else { "✗" }, check.part, check.words));
    }
    if verdict.holds() {
        say("是：这本登记簿完整，和签名的检查点相符");
        Ok(ExitCode::SUCCESS)
    } else {
        say("否：这本登记簿没有通过验证");
        Ok(ExitCode::FAILURE)
    }
}

/// What was found so far. A check that fails ends the reading.
struct Findings(Vec<Check>);

impl Findings {
    fn good(&mut self, part: &'static str, words: String) {
        self.0.push(Check { part, words, holds: true });
    }

    fn bad(mut self, part: &'static str, words: String) -> Verdict {
        self.0.push(Check { part, words, holds: false });
        Verdict::of(self.0)
    }
}

fn look(asked: &VerifyLog, key: &PublicKey, witnesses: &[Known]) -> Outcome<Verdict> {
    let mut found = Findings(Vec::new());
    let source = Source::at(&asked.place);
    let signed = match source.checkpoint() {
        Ok(signed) => signed,
        Err(why) => return Ok(found.bad("checkpoint", format!("检查点读不到：{why}"))),
    };
    let listed = match listed(&source, key) {
        Ok(listed) => listed,
        Err(why) => return Ok(found.bad("keys", why)),
    };
    let keys: &dyn Believed = listed.as_ref().map_or(key, |keys| keys);
    let note = match Note::open(&signed, keys) {
        Ok(note) => note,
        Err(why) => return Ok(found.bad("checkpoint", format!("签名无效：{why}"))),
    };
    let Checkpoint { origin, size, root } = &note.checkpoint;
    if let Some(keys) = &listed
        && let Err(why) = led_on(&mut found, keys, origin)
    {
        return Ok(found.bad("keys", why));
    }
    found.good("checkpoint", format!("{origin}，{size} 条，签名有效"));
    for (name, key) in witnesses {
        let Some(cosignature) = note.cosigned_by(name, key) else {
            return Ok(found.bad("witness", format!("没有见证方 {name} 的有效联署")));
        };
        let at = Moment::from_millis(cosignature.seconds().cast_signed().saturating_mul(1_000));
        found.good("witness", format!("见证方 {name} 在 {} 联署", at.to_minute()));
    }
    if *size > SIZE_MAX {
        return Ok(found.bad("checkpoint", "登记簿大得不合情理，没有读下去".into()));
    }
    let since = match asked.since.as_deref().map(|file| older(file, origin, keys)).transpose() {
        Ok(since) => since,
        Err(why) => return Ok(found.bad("since", why)),
    };
    let shelf = asked.save.as_deref().map(Shelf::new).transpose()?;
    if let (Some(shelf), Some(keys)) = (&shelf, &listed)
        && let Err(why) = shelf.keep_keys(keys)
    {
        return Ok(found.bad("keys", why));
    }
    let mut tiles = Tiles::new(&source, *size);
    let rebuilt = rebuild(*size, since.as_ref().map(|since| since.size), |level, index, width| {
        let tile = tiles.read(level, index, width)?;
        if level == 0 {
            progress(index, *size);
        }
        if let Some(shelf) = shelf.as_ref().filter(|_| tile.len() == width * 32) {
            shelf.keep(&seal::merkle::tile_path(level, index, width), &tile)?;
        }
        Ok::<_, String>(tile)
    });
    let rebuilt = match rebuilt {
        Ok(rebuilt) => rebuilt,
        Err(unfit) => return Ok(found.bad("tiles", unfit.to_string())),
    };
    if rebuilt.root != *root {
        let last = "最后一个分块之上只有根，不能指得更细；请与另一份副本比较";
        return Ok(found.bad("tiles", format!("分块算出的根与检查点的根不符。{last}")));
    }
    found.good("tiles", "每个分块都与下一层相符，算出的根就是检查点的根".into());
    if let Some(since) = since {
        let words = format!("{} 条的旧检查点", since.size);
        if rebuilt.older != Some(since.root) {
            return Ok(found.bad("since", format!("{words}与现在的登记簿不符：以前的内容被改动过")));
        }
        found.good("since", format!("{words}是现在这本登记簿的开头，以前的内容没有改动"));
    }
    if let Some(shelf) = &shelf {
        shelf.finish(&signed)?;
        found.good("save", format!("已保存到 {}", shelf.0.display()));
    }
    Ok(Verdict::of(found.0))
}

/// The keys that the log says it has had, if the one that is trusted is among them; none where it says nothing.
fn listed(source: &Source, key: &PublicKey) -> Result<Option<LogKeys>, String> {
    let Some(text) = source.keys().map_err(|why| format!("公钥的清单读不到：{why}"))?
    else {
        return Ok(None);
    };
    LogKeys::parse_trusting(&text, key).map(Some).map_err(|why| why.to_string())
}

/// Notes how often the log's key was succeeded, if the list is of this log.
fn led_on(found: &mut Findings, keys: &LogKeys, origin: &str) -> Result<(), String> {
    if keys.origin() != origin {
        return Err("公钥的清单属于另一本登记簿".into());
    }
    let count = keys.successions().len();
    if count > 0 {
        let words =
            format!("登记簿的密钥更换过 {count} 次，每次都有前后两把密钥的签名，您的公钥在其中");
        found.good("keys", words);
    }
    Ok(())
}

/// The older checkpoint in a file, signed by the same log.
fn older(file: &Path, origin: &str, keys: &dyn Believed) -> Result<Checkpoint, String> {
    let wrong = |why: String| format!("{}：{why}", file.display());
    let bytes = files::read(file, NOTE_BYTES_MAX + 1).map_err(wrong)?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("不是文本".into()))?;
    let older = Note::open(&text, keys).map_err(|why| wrong(why.to_string()))?.checkpoint;
    match older.origin == origin {
        true => Ok(older),
        false => Err(wrong("属于另一本登记簿".into())),
    }
}

/// Tells every tenth of a long log.
fn progress(index: u64, size: u64) {
    let tiles = size.div_ceil(256);
    let tenth = |index: u64| index * 10 / tiles.max(1);
    if size > QUIET_MAX && index > 0 && tenth(index) > tenth(index - 1) {
        say(format!("已读 {} / {size} 条", index * 256));
    }
}

/// The folder in which what was read is kept, in the same layout. The checkpoint comes last: where
/// it is, all of its tiles are.
struct Shelf(PathBuf);

impl Shelf {
    fn new(folder: &Path) -> Outcome<Self> {
        std::fs::create_dir_all(folder).map_err(|error| files::unwritable(folder, &error))?;
        Ok(Self(folder.to_owned()))
    }

    fn keep(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let path = self.0.join(path);
        let wrong = |error: std::io::Error| {
            format!("{} 写不了：{}", path.display(), files::trouble(&error))
        };
        if path.exists() {
            // A tile never changes: another one of the same name is another log, or a changed one.
            return match std::fs::read(&path).map_err(wrong)? == bytes {
                true => Ok(()),
                false => Err(format!("与以前保存的 {} 不同", path.display())),
            };
        }
        std::fs::create_dir_all(path.parent().unwrap_or(&self.0)).map_err(wrong)?;
        self.write(&path, bytes).map_err(wrong)
    }

    /// Keeps the list of keys. It grows, and what was kept once stays its part: another successor of the same
    /// key is told.
    fn keep_keys(&self, keys: &LogKeys) -> Result<(), String> {
        let path = self.0.join(KEYS);
        let wrong = |why: String| format!("{}：{why}", path.display());
        if path.exists() {
            let bytes = files::read(&path, LOG_KEYS_BYTES_MAX + 1).map_err(wrong)?;
            let text = String::from_utf8(bytes).map_err(|_| wrong("不是文本".into()))?;
            let kept = LogKeys::parse(&text).map_err(|why| wrong(why.to_string()))?;
            if keys.relation(&kept) != Relation::GoesOn {
                return Err(format!(
                    "与以前保存的 {} 不是一个序列：登记簿的密钥有了两种说法，请保留现场，向城市和见证方核对",
                    path.display()
                ));
            }
        }
        self.write(&path, keys.text().as_bytes())
            .map_err(|error| wrong(files::trouble(&error).to_string()))
    }

    fn finish(&self, signed: &str) -> Outcome<()> {
        self.write(&self.0.join("checkpoint"), signed.as_bytes())
            .map_err(|error| Fault::while_doing("saving the checkpoint", error).into())
    }

    /// The whole file or none of it.
    fn write(&self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let part = self.0.join("part.tmp");
        std::fs::write(&part, bytes)?;
        std::fs::rename(part, path)
    }
}
