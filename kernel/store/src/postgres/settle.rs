//! Whether a write was committed when the connection died before it said so.
//!
//! Every write leaves a row of its own in `store_commits`, which is there exactly when the write
//! is. Asking PostgreSQL for the transaction's status would cost nothing, but a server that crashes
//! may give an unflushed transaction's number to the next one, and so call it committed.

use std::cell::Cell;

use crate::error::Error;

use super::session::Session;

/// Makes the table, which is in no migration because only this driver knows it, and clears out what processes left that ended without doing so.
pub(super) const PREPARE: &str = "BEGIN;
    SELECT pg_advisory_xact_lock(1128878169);
    CREATE TABLE IF NOT EXISTS store_commits (
        session BIGINT NOT NULL,
        number BIGINT NOT NULL,
        kept BIGINT NOT NULL,
        at TIMESTAMPTZ NOT NULL DEFAULT now(),
        PRIMARY KEY (session, number)
    );
    DELETE FROM store_commits WHERE at < now() - INTERVAL '1 day';
    COMMIT";

/// How many rows a connection leaves before it clears them away.
const ROWS_MAX: i64 = 256;

/// The writes of one connection, numbered.
pub(super) struct Numbers {
    session: i64,
    last: Cell<i64>,
}

/// One write of one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    session: i64,
    number: i64,
}

impl Numbers {
    pub(super) fn new() -> Result<Self, Error> {
        let mut chance = [0_u8; 8];
        getrandom::fill(&mut chance).map_err(|error| Error::Unfit(error.to_string()))?;
        Ok(Self { session: i64::from_le_bytes(chance), last: Cell::new(0) })
    }

    /// The number of the next write.
    pub(super) fn next(&self) -> Number {
        self.last.set(self.last.get() + 1);
        Number { session: self.session, number: self.last.get() }
    }

    /// After an answered commit: clears the rows away once there are enough of them.
    pub(super) fn sweep(&self, session: &Session) {
        if self.last.get() % ROWS_MAX == 0 {
            self.sweep_all(session);
        }
    }

    /// Clears all of this connection's rows away; all its writes have been answered.
    pub(super) fn sweep_all(&self, session: &Session) {
        let sql = format!("DELETE FROM store_commits WHERE session = {}", self.session);
        if let Err(error) = session.command(&sql) {
            tracing::warn!(%error, "old commits could not be cleared away");
        }
    }
}

impl Number {
    /// The statement that begins this write. Sequential scans are kept out, because under
    /// SERIALIZABLE one in a small table collides with every other writer of it.
    pub(super) fn begin(self) -> String {
        format!(
            "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL enable_seqscan = off;
             INSERT INTO store_commits (session, number, kept) VALUES ({}, {}, 1)",
            self.session, self.number
        )
    }

    /// Whether this write was committed. Waits for a server process that is still at it; when it
    /// was not committed, sees to it that it never will be.
    pub(super) fn is_committed(self, session: &Session) -> Result<bool, Error> {
        let Number { session: of, number } = self;
        let fence = format!(
            "BEGIN; SET LOCAL statement_timeout = 5000;
             INSERT INTO store_commits (session, number, kept) VALUES ({of}, {number}, 0)
             ON CONFLICT DO NOTHING;
             COMMIT;
             SELECT kept FROM store_commits WHERE session = {of} AND number = {number}"
        );
        match session.command(&fence) {
            Ok(kept) => Ok(kept.as_deref() == Some("1")),
            Err(error) => {
                let _ = session.command("ROLLBACK");
                Err(error)
            }
        }
    }
}
