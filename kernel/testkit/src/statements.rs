//! The statements that a store runs, for tests that count them and ask for their plans.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::{Observer, Value, Work};

/// A statement that ran.
#[derive(Clone, Debug)]
pub struct Ran {
    /// In what kind of transaction.
    pub work: Work,
    /// Its text.
    pub sql: String,
    /// What it was given.
    pub params: Vec<Value>,
}

/// Gathers the statements of a store. Cloning gives another handle to the same list.
#[derive(Clone, Debug, Default)]
pub struct Statements(Arc<Mutex<Vec<Ran>>>);

impl Statements {
    fn list(&self) -> MutexGuard<'_, Vec<Ran>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the store shows its statements to.
    pub fn observer(&self) -> Observer {
        let statements = self.clone();
        Observer::new(move |seen| {
            statements.list().push(Ran {
                work: seen.work,
                sql: seen.sql.to_owned(),
                params: seen.params.to_vec(),
            });
        })
    }

    /// What ran since it was last asked, in its order.
    pub fn take(&self) -> Vec<Ran> {
        std::mem::take(&mut *self.list())
    }
}
