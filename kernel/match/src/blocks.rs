//! Which pairs are compared: records with the same key of a rule, each pair once, by the first rule that brings it.

use std::ops::Range;

use crate::hash::NOTHING;
use crate::table::Table;

/// Which pairs count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Every pair.
    #[default]
    All,
    /// One from before this place, the other from it on: two files, each without duplicates.
    Across(u32),
    /// At least one from this place on: a load against what stands already.
    From(u32),
}

impl Scope {
    /// How many pairs there are among so many records.
    pub(crate) fn pairs(self, records: u32) -> f64 {
        let all = |n: f64| n * (n - 1.0) / 2.0;
        let records = f64::from(records);
        match self {
            Scope::All => all(records),
            Scope::Across(at) => f64::from(at) * (records - f64::from(at)).max(0.0),
            Scope::From(at) => all(records) - all(f64::from(at).min(records)),
        }
    }

    pub(crate) fn has(self, a: u32, b: u32) -> bool {
        match self {
            Scope::All => a != b,
            Scope::Across(at) => (a < at) != (b < at),
            Scope::From(at) => a != b && a.max(b) >= at,
        }
    }
}

/// A block that was left out because it is larger than the model allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The rule, by its place in the model.
    pub rule: usize,
    /// A record of the block, by its place in the table.
    pub record: u32,
    /// How many records it has.
    pub records: u32,
}

/// The keys of all records, row by row.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) wide: usize,
    pub(crate) rows: Vec<u64>,
}

impl Keys {
    pub(crate) fn row(&self, place: u32) -> &[u64] {
        let from = place as usize * self.wide;
        self.rows.get(from..from + self.wide).unwrap_or_default()
    }

    pub(crate) fn key(&self, place: u32, rule: usize) -> u64 {
        self.row(place).get(rule).copied().unwrap_or(NOTHING)
    }

    fn records(&self) -> u32 {
        u32::try_from(self.rows.len().checked_div(self.wide).unwrap_or_default())
            .unwrap_or(u32::MAX)
    }
}

/// The records that have a key of a rule, by the key and then by their places.
#[derive(Debug, Default)]
pub(crate) struct Order {
    records: Vec<u32>,
    /// Where the same key stands twice or more.
    blocks: Vec<Range<u32>>,
    taken: u32,
}

impl Order {
    /// Takes in the records that came since.
    pub(crate) fn follow(&mut self, keys: &Keys, rule: usize) {
        let fresh = self.taken..keys.records();
        let mut keyed: Vec<(u64, u32)> = fresh.map(|n| (keys.key(n, rule), n)).collect();
        keyed.retain(|(key, _)| *key != NOTHING);
        keyed.sort_unstable();
        self.taken = keys.records();
        if self.records.is_empty() {
            let mut from = 0;
            for block in keyed.chunk_by(|a, b| a.0 == b.0) {
                let to = from + block.len() as u32;
                if block.len() > 1 {
                    self.blocks.push(from..to);
                }
                from = to;
            }
            self.records = keyed.into_iter().map(|(_, record)| record).collect();
            return;
        }
        let mut merged = Vec::with_capacity(self.records.len() + keyed.len());
        let mut rest = self.records.as_slice();
        for (key, record) in keyed {
            let before = rest.partition_point(|n| keys.key(*n, rule) <= key);
            let (head, tail) = rest.split_at(before);
            merged.extend_from_slice(head);
            merged.push(record);
            rest = tail;
        }
        merged.extend_from_slice(rest);
        self.records = merged;
        self.bound(keys, rule);
    }

    /// Takes the records from this place on out again.
    pub(crate) fn withdraw(&mut self, keys: &Keys, rule: usize, first: u32) {
        self.records.retain(|record| *record < first);
        self.taken = self.taken.min(first);
        self.bound(keys, rule);
    }

    fn bound(&mut self, keys: &Keys, rule: usize) {
        self.blocks.clear();
        let mut from = 0;
        for block in self.records.chunk_by(|a, b| keys.key(*a, rule) == keys.key(*b, rule)) {
            let to = from + block.len() as u32;
            if block.len() > 1 {
                self.blocks.push(from..to);
            }
            from = to;
        }
    }

    /// The blocks of a scope, as ranges of the order: all of two records or more that have a pair in it.
    fn blocks(&self, keys: &Keys, rule: usize, scope: Scope) -> Vec<Range<u32>> {
        let Scope::From(at) = scope else { return self.blocks.clone() };
        let key = |n: &u32| keys.key(*n, rule);
        let fresh = at..keys.records();
        let mut wanted: Vec<u64> = fresh.map(|n| keys.key(n, rule)).collect();
        wanted.retain(|key| *key != NOTHING);
        wanted.sort_unstable();
        wanted.dedup();
        let mut blocks = Vec::new();
        for want in wanted {
            let from = self.records.partition_point(|n| key(n) < want);
            let rest = self.records.get(from..).unwrap_or_default();
            let wide = rest.partition_point(|n| key(n) == want);
            if wide > 1 {
                blocks.push(from as u32..(from + wide) as u32);
            }
        }
        blocks
    }

    /// How many pairs have the same key.
    pub(crate) fn pairs(&self) -> u64 {
        self.blocks.iter().map(|block| block.len() as u64).map(|n| n * (n - 1) / 2).sum()
    }
}

/// A piece of work: blocks, or some rows of one that is large.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    rule: usize,
    blocks: Range<usize>,
    rows: Range<usize>,
}

/// What is to be compared by one rule or all, cut in pieces.
pub(crate) struct Work<'a> {
    table: &'a Table,
    keys: &'a Keys,
    orders: &'a [Order],
    scope: Scope,
    blocks: Vec<Vec<Range<u32>>>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) left_out: Vec<LeftOut>,
}

/// So many pairs are a piece of work.
const TASK_PAIRS: usize = 1 << 17;

/// So many blocks are fetched at once.
const TOGETHER: usize = 32;

/// Where records lie together while their block is worked through.
#[derive(Default)]
pub(crate) struct Bench {
    cells: Vec<u32>,
    keys: Vec<u64>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(
        table: &'a Table,
        keys: &'a Keys,
        orders: &'a [Order],
        rules: Range<usize>,
        scope: Scope,
        records_max: Option<u32>,
    ) -> Self {
        let blocks = vec![Vec::new(); orders.len()];
        let mut work =
            Self { table, keys, orders, scope, blocks, tasks: Vec::new(), left_out: Vec::new() };
        for rule in rules {
            let Some(order) = orders.get(rule) else { continue };
            let mut blocks = order.blocks(keys, rule, scope);
            let limit = records_max.unwrap_or(u32::MAX) as usize;
            let large = blocks.iter().filter(|block| block.len() > limit);
            work.left_out.extend(large.map(|block| LeftOut {
                rule,
                record: order.records.get(block.start as usize).copied().unwrap_or_default(),
                records: block.end - block.start,
            }));
            blocks.retain(|block| block.len() <= limit);
            work.cut(rule, &blocks);
            if let Some(place) = work.blocks.get_mut(rule) {
                *place = blocks;
            }
        }
        work
    }

    fn cut(&mut self, rule: usize, blocks: &[Range<u32>]) {
        let (mut from, mut pairs) = (0, 0);
        let whole = 0..usize::MAX;
        for (n, block) in blocks.iter().enumerate() {
            let records = block.len();
            let more = records * (records - 1) / 2;
            if more > TASK_PAIRS {
                if from < n {
                    self.tasks.push(Task { rule, blocks: from..n, rows: whole.clone() });
                }
                let step = (TASK_PAIRS / records).max(1);
                self.tasks.extend((0..records).step_by(step).map(|row| Task {
                    rule,
                    blocks: n..n + 1,
                    rows: row..row + step,
                }));
                (from, pairs) = (n + 1, 0);
                continue;
            }
            pairs += more;
            if pairs > TASK_PAIRS {
                self.tasks.push(Task { rule, blocks: from..n + 1, rows: whole.clone() });
                (from, pairs) = (n + 1, 0);
            }
        }
        if from < blocks.len() {
            self.tasks.push(Task { rule, blocks: from..blocks.len(), rows: whole });
        }
    }

    /// Hands each pair of a task on, unless an earlier rule that counts brought it already.
    pub(crate) fn each(
        &self,
        task: &Task,
        owned: Owned,
        bench: &mut Bench,
        mut hand: impl FnMut((u32, &[u32]), (u32, &[u32])),
    ) {
        let earlier = match owned {
            Owned::First => 0..task.rule,
            Owned::FirstFrom(first) => first..task.rule,
            Owned::Each => 0..0,
        };
        let records = self.orders.get(task.rule).map(|o| o.records.as_slice()).unwrap_or_default();
        let blocks = self.blocks.get(task.rule).and_then(|all| all.get(task.blocks.clone()));
        let blocks = blocks.unwrap_or_default();
        for (n, block) in blocks.iter().enumerate() {
            if n % TOGETHER == 0
                && let Some(last) =
                    blocks.get(n..).and_then(|rest| rest.iter().take(TOGETHER).next_back())
            {
                self.warm(records.get(block.start as usize..last.end as usize));
            }
            let block = records.get(block.start as usize..block.end as usize).unwrap_or_default();
            self.gather(block, &earlier, bench);
            let (keys, wide) = (earlier.len().max(1), self.table.columns().len().max(1));
            let rows = |from: usize| {
                let cells = bench.cells.chunks_exact(wide).skip(from);
                let keys = bench.keys.chunks_exact(keys).skip(from);
                let places = block.get(from..).unwrap_or_default();
                places.iter().copied().zip(cells).zip(keys)
            };
            let to = task.rows.end.min(block.len());
            for (n, ((a, cells), keys)) in rows(0).enumerate().take(to).skip(task.rows.start) {
                let from = match self.scope {
                    Scope::All => n + 1,
                    Scope::Across(at) if a >= at => break,
                    Scope::Across(at) => block.partition_point(|place| *place < at),
                    Scope::From(at) => block.partition_point(|place| *place < at).max(n + 1),
                };
                for ((b, others), other) in rows(from) {
                    if !keys.iter().zip(other).any(|(k, o)| k == o && *k != NOTHING) {
                        hand((a, cells), (b, others));
                    }
                }
            }
        }
    }

    /// Fetches records that are about to be gathered into the caches: memory is slow to answer, but answers many
    /// questions at once.
    fn warm(&self, records: Option<&[u32]>) {
        let records = records.unwrap_or_default().iter().take(8 * TOGETHER);
        let ends = |row: &[u32]| row.first().zip(row.last()).map_or(0, |(a, b)| a ^ b);
        let cells = records.clone().fold(0, |all, record| all ^ ends(self.table.row(*record)));
        let keys = records.fold(0, |all, record| all ^ self.keys.key(*record, 0));
        std::hint::black_box((cells, keys));
    }

    fn gather(&self, block: &[u32], earlier: &Range<usize>, bench: &mut Bench) {
        bench.cells.clear();
        bench.keys.clear();
        for record in block {
            bench.cells.extend_from_slice(self.table.row(*record));
            let row = self.keys.row(*record).get(earlier.clone()).unwrap_or_default();
            bench.keys.extend_from_slice(row);
            if row.is_empty() {
                bench.keys.push(NOTHING);
            }
        }
    }
}

/// Which rules take a pair before this one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owned {
    /// All that stand before it.
    First,
    /// Those that stand before it, from this one on.
    FirstFrom(usize),
    /// None.
    Each,
}
