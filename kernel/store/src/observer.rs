//! An observer: sees every statement that a store runs, so that a test can count the queries of a
//! page and ask for their plans. Without one, jobs go to their threads as they are.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::Error;
use crate::handle::{Handle, Rows};
use crate::job::{Job, Kind};
use crate::row::Row;
use crate::settings::Dialect;
use crate::value::Value;

/// What kind of transaction a statement ran in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// One that can change nothing.
    Read,
    /// One that may change something.
    Write,
}

/// A statement that is about to run. Scripts of migrations are not shown.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// In what kind of transaction.
    pub work: Work,
    /// Its text, as the office wrote it.
    pub sql: &'a str,
    /// What it is given.
    pub params: &'a [Value],
}

/// Whom a store shows its statements. It is called on the store's threads, once a run: a
/// transaction that runs again shows its statements again.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Statement<'_>) + Send + Sync>);

impl Observer {
    /// An observer that does this with each statement. It must not ask the store for anything.
    pub fn new(see: impl Fn(&Statement<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(see))
    }

    /// The same job, whose statements are shown.
    pub(crate) fn over(&self, job: Box<dyn Job>) -> Box<dyn Job> {
        Box::new(Observed { job, observer: self.clone() })
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer(…)")
    }
}

struct Observed {
    job: Box<dyn Job>,
    observer: Observer,
}

impl Job for Observed {
    fn kind(&self) -> Kind {
        self.job.kind()
    }

    fn is_wanted(&self) -> bool {
        self.job.is_wanted()
    }

    fn run(&mut self, handle: &dyn Handle) -> bool {
        let work = match self.kind() {
            Kind::Read | Kind::LongRead => Work::Read,
            Kind::Write | Kind::Schema => Work::Write,
        };
        self.job.run(&Shown { handle, observer: &self.observer, work })
    }

    fn take_marks(&mut self) -> Vec<[u8; 32]> {
        self.job.take_marks()
    }

    fn wants_evidence(&self) -> bool {
        self.job.wants_evidence()
    }

    fn answer(self: Box<Self>, evidence: Vec<Vec<u8>>) {
        self.job.answer(evidence);
    }

    fn refuse(self: Box<Self>, error: Error) {
        self.job.refuse(error);
    }
}

struct Shown<'h> {
    handle: &'h dyn Handle,
    observer: &'h Observer,
    work: Work,
}

impl Shown<'_> {
    fn show(&self, sql: &str, params: &[Value]) {
        (self.observer.0)(&Statement { work: self.work, sql, params });
    }
}

impl Handle for Shown<'_> {
    fn dialect(&self) -> Dialect {
        self.handle.dialect()
    }

    fn query(
        &self,
        sql: &str,
        params: &[Value],
        each: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.show(sql, params);
        self.handle.query(sql, params, each)
    }

    fn run(&self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        self.show(sql, params);
        self.handle.run(sql, params)
    }

    fn put(&self, rows: &Rows<'_>) -> Result<(), Error> {
        self.show(&rows.one(), rows.values.get(..rows.columns.len()).unwrap_or_default());
        self.handle.put(rows)
    }

    fn batch(&self, sql: &str) -> Result<(), Error> {
        self.handle.batch(sql)
    }
}
