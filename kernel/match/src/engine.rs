//! A table made ready for a model: forms, keys and their order.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::blocks::{Keys, Order, Scope, Work};
use crate::compare::{Compared, Memo};
use crate::forms::Forms;
use crate::keys::Keyed;
use crate::model::{BadModel, Model};
use crate::table::{Cell, EMPTY, Table, TableFull};
use crate::weights::Weights;

/// A table and what a model needs of it. Of a model only the columns and the rules are held: its weights may be
/// estimated and changed over the same engine.
#[derive(Debug)]
pub struct Engine {
    pub(crate) table: Table,
    pub(crate) forms: Vec<Forms>,
    pub(crate) keys: Keys,
    pub(crate) orders: Vec<Order>,
    pub(crate) compared: Vec<Compared>,
    pub(crate) keyed: Vec<Keyed>,
    pub(crate) threads: usize,
}

impl Engine {
    /// Makes a table ready.
    pub fn new(model: &Model, table: Table) -> Result<Self, BadModel> {
        model.check()?;
        if let Some(spec) = model.columns.iter().find(|spec| !table.columns().contains(spec)) {
            return Err(BadModel::Column(spec.name.clone()));
        }
        let compared = model.comparisons.iter().map(|c| Compared::new(model, c));
        let rules = model.rules.iter().chain(&model.certain);
        let keyed: Vec<Keyed> = rules.map(|r| Keyed::new(model, r)).collect::<Result<_, _>>()?;
        let mut engine = Self {
            forms: table.columns().iter().map(|spec| Forms::new(spec.kind)).collect(),
            keys: Keys { wide: keyed.len(), rows: Vec::new() },
            orders: keyed.iter().map(|_| Order::default()).collect(),
            compared: compared.collect::<Result<_, _>>()?,
            threads: thread::available_parallelism().map_or(1, usize::from),
            table,
            keyed,
        };
        engine.follow();
        Ok(engine)
    }

    /// Puts records at the end, all or none, and brings them in order among those that stand; tells the place of the first. To
    /// link them, score with [`Scope::From`] that place.
    pub fn take_in<'c>(
        &mut self,
        records: impl IntoIterator<Item = (u64, Vec<Cell<'c>>)>,
    ) -> Result<u32, TableFull> {
        let first = self.table.len();
        let mut outcome = Ok(());
        for (id, cells) in records {
            outcome = self.table.push(id, &cells).map(drop);
            if outcome.is_err() {
                break;
            }
        }
        self.follow();
        if outcome.is_err() {
            self.withdraw(first);
        }
        outcome.map(|()| first)
    }

    /// Takes the records from this place on out again: a load that was only tried, or is not to be.
    pub fn withdraw(&mut self, first: u32) {
        self.table.withdraw(first);
        self.keys.rows.truncate(first as usize * self.keys.wide);
        for (rule, order) in self.orders.iter_mut().enumerate() {
            order.withdraw(&self.keys, rule, first);
        }
    }

    /// The records.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Works out forms, keys and orders of what came since.
    fn follow(&mut self) {
        let Self { table, forms, keys, orders, keyed, threads, .. } = self;
        let table: &Table = table;
        thread::scope(|scope| {
            for (n, forms) in forms.iter_mut().enumerate() {
                let _ = scope.spawn(move || forms.follow(table.pool(n)));
            }
        });
        let (from, wide) = (keys.rows.len().checked_div(keys.wide).unwrap_or(0), keys.wide);
        keys.rows.resize(table.len() as usize * wide, 0);
        let fresh = keys.rows.get_mut(from * wide..).unwrap_or_default();
        let share = (fresh.len() / wide.max(1)).div_ceil((*threads).max(1)).max(1) * wide.max(1);
        let (forms, keyed) = (&*forms, &*keyed);
        thread::scope(|scope| {
            for (part, rows) in fresh.chunks_mut(share).enumerate() {
                let first = from + part * (share / wide.max(1));
                scope.spawn(move || {
                    for (n, row) in rows.chunks_mut(wide.max(1)).enumerate() {
                        let place = u32::try_from(first + n).unwrap_or(EMPTY);
                        for (key, rule) in row.iter_mut().zip(keyed) {
                            *key = rule.key(table, forms, place);
                        }
                    }
                });
            }
        });
        let keys: &Keys = keys;
        thread::scope(|scope| {
            let mut orders = orders.iter_mut().enumerate();
            let share = orders.len().div_ceil((*threads).max(1)).max(1);
            loop {
                let some: Vec<_> = orders.by_ref().take(share).collect();
                if some.is_empty() {
                    break;
                }
                scope.spawn(move || some.into_iter().for_each(|(rule, o)| o.follow(keys, rule)));
            }
        });
    }

    pub(crate) fn weights(&self, model: &Model) -> Result<Weights, BadModel> {
        Weights::new(model, |column| self.table.pool(column))
    }

    pub(crate) fn work(&self, rules: Range<usize>, scope: Scope, max: Option<u32>) -> Work<'_> {
        Work::new(&self.table, &self.keys, &self.orders, rules, scope, max)
    }

    pub(crate) fn memos(&self) -> Vec<Memo> {
        self.compared.iter().map(Memo::new).collect()
    }

    /// Runs `run` over `0..count` on all cores, each core with a state of its own.
    pub(crate) fn crew<S: Send>(
        &self,
        count: usize,
        start: impl Fn() -> S + Sync,
        run: impl Fn(&mut S, usize) + Sync,
    ) -> Vec<S> {
        let next = AtomicUsize::new(0);
        let worker = || {
            let mut state = start();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    break state;
                }
                run(&mut state, n);
            }
        };
        thread::scope(|scope| {
            let crew: Vec<_> = (0..self.threads.min(count)).map(|_| scope.spawn(worker)).collect();
            crew.into_iter()
                .map(|one| one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }
}
