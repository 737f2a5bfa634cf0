//! Makes of a source, and of what stands, the blocks that will stand: each row is checked, held against what stood under its
//! key, and hashed into the tree over the load. It runs on a thread of its own and hands blocks to who writes them.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use base::{Fault, Outcome, Refusal, RefusalKind};
use seal::Keys;
use seal::merkle::{Frontier, Hash, leaf_hash};
use store::Store;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::source::{Reading, Source};
use crate::rules::drawings::{Draughtsman, Drawings};
use crate::rules::{block, cells};
use crate::store::{self as rows, NewBlock};
use crate::terms::{BLOCKS, BadCell, Extent, SetLoad, Tally, key_places};

/// Lines that are read together.
const LINES: usize = 1_000;
/// Blocks that are handed over together: few enough that writing them holds nobody up.
const BLOCKS_AT_ONCE: usize = 8;
/// A file of changes has no more rows: they are held in memory while what stands goes by.
pub(super) const CHANGES_MAX: usize = 200_000;
/// The column under which marks know what names a row.
pub(super) const KEY_COLUMN: usize = 1 << 20;
/// What stands between the parts of a key.
const BETWEEN: &str = "\u{1f}";

/// What is handed to who writes.
pub(super) struct Chunk {
    pub(super) blocks: Vec<NewBlock>,
    pub(super) bad: Vec<BadCell>,
    /// Lines read so far.
    pub(super) read: i64,
}

/// What came of a source.
#[derive(Clone, Debug)]
pub(super) struct Came {
    pub(super) tally: Tally,
    pub(super) size: i64,
    pub(super) root: Hash,
    pub(super) words: String,
    /// What is drawn of its rows; nothing of what lies sealed.
    pub(super) drawings: Drawings,
}

/// The work.
pub(super) struct Folding {
    pub(super) store: Store,
    pub(super) keys: Arc<Keys>,
    pub(super) load: SetLoad,
    pub(super) source: Source,
    pub(super) stood: Option<SetLoad>,
    pub(super) send: mpsc::Sender<Chunk>,
}

/// A row that is right, with its name.
type Named = (u128, Vec<String>);

/// Names a row for as long as a load is read: 128 bits under two keys of this run.
#[derive(Default)]
struct Namer(RandomState, RandomState);

impl Namer {
    fn of(&self, text: &str) -> u128 {
        u128::from(self.0.hash_one(text)) << 64 | u128::from(self.1.hash_one(text))
    }
}

/// What names a row, as text.
pub(super) fn key_of<'c>(places: &[usize], cell: impl Fn(usize) -> &'c str) -> String {
    places.iter().map(|place| cell(*place)).collect::<Vec<_>>().join(BETWEEN)
}

/// The number by which marks know what names a row. Where rows lie sealed, it is one under a key of the city.
pub(super) fn key_number(keys: &Keys, sealed: bool, key: &str) -> u64 {
    match sealed {
        true => {
            block::number_of(KEY_COLUMN, &keys.mac("catalogue.sealed_blocks.marks", key.as_bytes()))
        }
        false => block::number_of(KEY_COLUMN, key.as_bytes()),
    }
}

impl Folding {
    pub(super) fn run(self, thread: &Handle) -> Outcome<Came> {
        let mut reading = self.source.open(&self.load.shape)?;
        let mut fold = Fold::new(&self);
        fold.note_left();
        match self.load.extent {
            Extent::Whole => fold.whole(&mut *reading, thread)?,
            Extent::Changes => fold.changes(&mut *reading, thread)?,
        }
        fold.end_block();
        // What is wrong with its lines is said of a load that is refused, too.
        fold.hand_over(true)?;
        let mut words = reading.seen()?;
        words.push_str(&fold.words);
        few_refused(self.load.extent, &fold.tally)?;
        let drawn = fold.drawn.as_ref().map(Draughtsman::end).transpose().map_err(Fault::from)?;
        let drawings = drawn.unwrap_or_default();
        Ok(Came { tally: fold.tally, size: fold.size, root: fold.tree.root(), words, drawings })
    }
}

/// Changes are held in memory while what stands goes by.
pub(super) fn too_many_changes() -> Refusal {
    let words = format!("新增和更改一次最多 {CHANGES_MAX} 行");
    Refusal::new(RefusalKind::TooLarge, "catalogue.too_many_changes", words)
        .remedy("请分成几次，或者导入全部数据")
}

/// Of a whole table, who is not in it is gone: one of which a tenth cannot be read is not taken.
fn few_refused(extent: Extent, tally: &Tally) -> Result<(), Refusal> {
    if extent == Extent::Changes || tally.refused * 10 <= tally.read {
        return Ok(());
    }
    let words =
        format!("{} 行中有 {} 行要退回，超过十分之一，整个文件没有导入", tally.read, tally.refused);
    Err(Refusal::new(RefusalKind::Invalid, "catalogue.too_many_refused", words)
        .remedy("原因见下面逐行的说明；请改好以后再导入，现有的数据没有改动"))
}

struct Fold<'f> {
    of: &'f Folding,
    key: Vec<usize>,
    namer: Namer,
    /// On which line a key stood first.
    seen: HashMap<u128, i64>,
    tally: Tally,
    tree: Frontier,
    size: i64,
    block: Vec<u8>,
    numbers: HashSet<u64>,
    /// The names of rows that are said to be gone,
    gone: HashSet<u128>,
    /// and of those that are there and did not come.
    left: HashSet<u128>,
    /// What else is said of the load.
    words: String,
    in_block: usize,
    next: i64,
    ready: Vec<NewBlock>,
    bad: Vec<BadCell>,
    drawn: Option<Draughtsman>,
}

impl<'f> Fold<'f> {
    fn new(of: &'f Folding) -> Self {
        Self {
            of,
            key: key_places(&of.load.shape),
            namer: Namer::default(),
            seen: HashMap::new(),
            tally: Tally::default(),
            tree: Frontier::default(),
            size: 0,
            block: Vec::new(),
            numbers: HashSet::new(),
            gone: HashSet::new(),
            left: HashSet::new(),
            words: String::new(),
            in_block: 0,
            next: 0,
            ready: Vec::new(),
            bad: Vec::new(),
            drawn: (!of.load.sealed).then(|| Draughtsman::new(&of.load.shape)),
        }
    }

    /// Rows that stayed with the department count as refused, and are told once.
    fn note_left(&mut self) {
        let left = &self.of.source.left;
        if left.rows <= 0 {
            return;
        }
        self.tally.read += left.rows;
        self.tally.refused += left.rows;
        let words = format!(
            "有 {} 行没有通过网关的检查，留在部门，没有推送（第一处：{}）",
            left.rows, left.words
        );
        let (field, rule) = ("整行".into(), "网关".into());
        self.bad.push(BadCell { line: 0, field, rule, words });
    }

    /// All of the table: what stood and is not in it is gone, unless it stayed with the department.
    fn whole(&mut self, reading: &mut dyn Reading, thread: &Handle) -> Outcome<()> {
        let mut known: HashMap<u128, u128> = HashMap::new();
        let alike = |stood: &&SetLoad| stood.shape == self.of.load.shape;
        if let Some(stood) = self.of.stood.as_ref() {
            match Some(stood).filter(alike) {
                Some(stood) => {
                    let (namer, key) = (&self.namer, &self.key);
                    each_row(self.of, stood, thread, |cells| {
                        known.insert(
                            namer.of(&key_text(key, cells)),
                            namer.of(&cells.join(BETWEEN)),
                        );
                        Ok(())
                    })?;
                }
                // Rows of other items are other rows.
                None => {
                    self.can_tell(false)?;
                    self.tally.gone = stood.size;
                }
            }
        }
        while let Some(rows) = self.checked(reading)? {
            for (name, row) in rows {
                let cells: Vec<&str> = row.iter().map(String::as_str).collect();
                match known.remove(&name) {
                    None => self.tally.added += 1,
                    Some(stood) if stood == self.namer.of(&cells.join(BETWEEN)) => {
                        self.tally.unchanged += 1;
                    }
                    Some(_) => self.tally.changed += 1,
                }
                self.put(&cells);
            }
            self.hand_over(false)?;
        }
        let kept = self.keep(&known, thread)?;
        self.tally.gone += i64::try_from(known.len()).unwrap_or(i64::MAX) - kept;
        Ok(())
    }

    /// Keeps of what stood and did not come what may have stayed with the department: those whose key it told, or all of it
    /// where of some row none could be read. Says how many those are.
    fn keep(&mut self, known: &HashMap<u128, u128>, thread: &Handle) -> Outcome<i64> {
        let (of, told) = (self.of, i64::try_from(self.left.len()).unwrap_or(i64::MAX));
        let unknown = of.source.left.rows > told;
        let Some(stood) = of.stood.as_ref().filter(|_| !known.is_empty()) else { return Ok(0) };
        if of.source.left.rows <= 0 {
            return Ok(0);
        }
        self.can_tell(of.load.shape.iter().any(|item| item.key))?;
        let mut kept = 0;
        each_row(of, stood, thread, |cells| {
            let name = self.namer.of(&key_text(&self.key, cells));
            if known.contains_key(&name) && (unknown || self.left.contains(&name)) {
                kept += 1;
                self.tally.unchanged += 1;
                self.put(cells);
            }
            self.hand_over(false)
        })?;
        if unknown && kept > 0 {
            self.words =
                format!("有的行留在部门没有推送，看不出是哪几行，原有的 {kept} 行没有去掉");
        }
        Ok(kept)
    }

    /// Refuses what cannot be held against what stood, where rows stayed with the department: one of them may be gone by it.
    fn can_tell(&self, can: bool) -> Result<(), Refusal> {
        let left = self.of.source.left.rows;
        if can || left <= 0 {
            return Ok(());
        }
        let words = format!(
            "有 {left} 行没有通过网关的检查，留在部门；资源没有主键，或者信息项变了，看不出原有的哪些行就是它们，没有导入"
        );
        Err(Refusal::new(RefusalKind::Invalid, "catalogue.left_behind", words)
            .remedy("请部门改好这些行，或者在网关配置里用条件排除，再推送一次"))
    }

    /// What was added, changed or taken out: the rest stays where it is.
    fn changes(&mut self, reading: &mut dyn Reading, thread: &Handle) -> Outcome<()> {
        if !self.of.load.shape.iter().any(|item| item.key) {
            let words = "这个资源没有主键，不能只导入新增和更改，请导入全部数据";
            return Err(Refusal::new(RefusalKind::Invalid, "catalogue.no_key", words).into());
        }
        if self.of.stood.as_ref().is_some_and(|stood| stood.shape != self.of.load.shape) {
            let words = "这个资源的信息项变了，请先导入全部数据";
            return Err(Refusal::new(RefusalKind::Invalid, "catalogue.items_changed", words).into());
        }
        let (mut came, mut places) = (Vec::new(), HashMap::new());
        while let Some(rows) = self.checked(reading)? {
            for (name, row) in rows {
                places.insert(name, came.len());
                came.push(Some(row));
            }
            if came.len() > CHANGES_MAX {
                return Err(too_many_changes().into());
            }
            self.hand_over(false)?;
        }
        let of = self.of;
        if let Some(stood) = &of.stood {
            each_row(of, stood, thread, |cells| {
                let name = self.namer.of(&key_text(&self.key, cells));
                if self.gone.contains(&name) {
                    self.tally.gone += 1;
                    return Ok(());
                }
                let new = places.get(&name).and_then(|place| came.get_mut(*place)?.take());
                match new {
                    None => self.put(cells),
                    Some(row) => {
                        let row: Vec<&str> = row.iter().map(String::as_str).collect();
                        let same = row == cells;
                        self.tally.unchanged += i64::from(same);
                        self.tally.changed += i64::from(!same);
                        self.put(&row);
                    }
                }
                self.hand_over(false)
            })?;
        }
        for row in came.into_iter().flatten() {
            self.tally.added += 1;
            self.put(&row.iter().map(String::as_str).collect::<Vec<_>>());
            self.hand_over(false)?;
        }
        Ok(())
    }

    /// The next rows that are right, each with its name; what is wrong with the others is noted.
    fn checked(&mut self, reading: &mut dyn Reading) -> Outcome<Option<Vec<Named>>> {
        let Some(lines) = reading.next(LINES)? else { return Ok(None) };
        self.tally.refused += lines.bad_lines;
        self.tally.read += lines.bad_lines;
        self.bad.extend(lines.bad);
        for row in &lines.gone {
            self.tally.read += 1;
            self.gone.extend(self.name_of_gone(row));
        }
        for row in &lines.left {
            self.left.extend(self.name_of_gone(row));
        }
        let mut right = Vec::with_capacity(lines.rows.len());
        for (line, row) in lines.rows {
            self.tally.read += 1;
            let before = self.bad.len();
            let row: Vec<String> = row
                .iter()
                .zip(&self.of.load.shape)
                .filter_map(|(text, item)| {
                    cells::cell(item, text)
                        .map_err(|(rule, words)| {
                            self.bad.push(BadCell {
                                line,
                                field: item.name.clone(),
                                rule: rule.into(),
                                words,
                            });
                        })
                        .ok()
                })
                .collect();
            if self.bad.len() == before {
                let cells: Vec<&str> = row.iter().map(String::as_str).collect();
                let name = self.namer.of(&key_text(&self.key, &cells));
                match self.seen.insert(name, line) {
                    None => right.push((name, row)),
                    Some(first) => self.bad.push(BadCell {
                        line,
                        field: "整行".into(),
                        rule: "重复".into(),
                        words: format!("和第 {first} 行的主键一样，只取第一次出现的"),
                    }),
                }
            }
            self.tally.refused += i64::from(self.bad.len() > before);
        }
        Ok(Some(right))
    }

    /// How a row was named that is gone; none if nothing that stands can have this name.
    fn name_of_gone(&self, row: &[String]) -> Option<u128> {
        let mut cells = vec![String::new(); row.len()];
        for place in &self.key {
            let (item, text) = (self.of.load.shape.get(*place)?, row.get(*place)?);
            *cells.get_mut(*place)? = cells::cell(item, text).ok()?;
        }
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        Some(self.namer.of(&key_text(&self.key, &cells)))
    }

    /// Puts a row behind those that will stand.
    fn put(&mut self, cells: &[&str]) {
        let (keys, sealed) = (&self.of.keys, self.of.load.sealed);
        block::put(&mut self.block, cells.iter().copied());
        // A key of one column is marked as that column's value already.
        self.numbers.insert(key_number(keys, sealed, &key_text(&self.key, cells)));
        if !sealed {
            self.numbers.extend(block::numbers_of(cells));
        }
        let text = serde_json::to_vec(cells).unwrap_or_default();
        let leaf = match sealed {
            // Under a key: a leaf betrays nothing to who does not know the row already.
            true => leaf_hash(&keys.mac("catalogue.sealed_blocks.leaf", &text)),
            false => leaf_hash(&text),
        };
        self.tree.append(leaf);
        if let Some(drawn) = &mut self.drawn {
            drawn.put(cells);
        }
        self.size += 1;
        self.in_block += 1;
        if self.in_block == block::ROWS {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        if self.in_block == 0 {
            return;
        }
        let body = std::mem::take(&mut self.block);
        let body = if self.of.load.sealed { self.of.keys.seal(BLOCKS, &body) } else { body };
        self.ready.push(NewBlock { number: self.next, marks: block::marks(&self.numbers), body });
        self.next += 1;
        self.in_block = 0;
        self.numbers.clear();
    }

    /// Hands over what is ready, if it is enough.
    fn hand_over(&mut self, last: bool) -> Outcome<()> {
        if self.ready.len() < BLOCKS_AT_ONCE && self.bad.len() < LINES && !last {
            return Ok(());
        }
        let chunk = Chunk {
            blocks: std::mem::take(&mut self.ready),
            bad: std::mem::take(&mut self.bad),
            read: self.tally.read,
        };
        let sent = self.of.send.blocking_send(chunk);
        Ok(sent.map_err(|_| Fault::said("nobody writes the blocks of a load any more"))?)
    }
}

fn key_text(places: &[usize], cells: &[&str]) -> String {
    key_of(places, |place| cells.get(place).copied().unwrap_or_default())
}

/// Shows each row of a load.
fn each_row(
    of: &Folding,
    load: &SetLoad,
    thread: &Handle,
    mut show: impl FnMut(&[&str]) -> Outcome<()>,
) -> Outcome<()> {
    let (named, width) = ((load.no, load.sealed), load.shape.len());
    let mut from = 0;
    loop {
        let keys = of.keys.clone();
        let blocks = thread.block_on(
            of.store.read(move |r| rows::blocks(r, &keys, named, (from, BLOCKS_AT_ONCE as i64))),
        )?;
        let Some((last, _)) = blocks.last() else { return Ok(()) };
        from = last + 1;
        for (_, bytes) in &blocks {
            let (mut lies, mut cells) = (block::Rows::new(bytes, width), Vec::new());
            while lies.next(&mut cells).map_err(Fault::from)? {
                show(&cells)?;
            }
        }
    }
}
