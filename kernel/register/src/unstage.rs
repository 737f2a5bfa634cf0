//! Taking back what a load has staged that never came to count, some at a time, so that no writer waits for it.

use access::Permit;
use base::Outcome;

use crate::store::{self, Attempt};
use crate::terms::{Coming, Ground, Register, Stage};
use crate::upload::drop_file;

/// So many rows are removed in a transaction,
const ROWS: i64 = 4_000;
/// and so many of what finds rows are looked at in one, of which a load may have any.
const LOOKED_AT: i64 = 20_000;

/// Removes what a load has staged, while this is who is at it. By what its rows are found goes first: while rows are there it
/// is looked for again, should this be broken off.
pub(crate) async fn unstage(
    ground: &Ground,
    register: &'static Register,
    attempt: Attempt,
) -> Outcome<()> {
    let no = attempt.no;
    let permit = move |tx: &::store::Tx<'_>| -> Outcome<Permit> {
        store::demand(tx, attempt)?;
        Ok(access::clockwork(register.right.name))
    };
    if ground.store.read(move |reader| store::has_rows(reader, no)).await? {
        let mut next = Some(Vec::new());
        while let Some(after) = next {
            let some = move |tx: &::store::Tx<'_>| {
                store::unstage_finds(tx, &permit(tx)?, no, (&after, LOOKED_AT))
            };
            next = ground.store.write(some).await?;
        }
    }
    let some = move |tx: &::store::Tx<'_>| store::unstage_rows(tx, &permit(tx)?, no, ROWS);
    while ground.store.write(some).await? {}
    Ok(())
}

/// Ends a load that was abandoned, with these words, and removes what it has left behind. It is ended first: whoever turns out
/// to be at it still writes nothing of it any more. Of one that has moved since, nothing is touched.
pub async fn sweep(
    ground: &Ground,
    register: &'static Register,
    load: &Coming,
    words: &'static str,
) -> Outcome<()> {
    let (no, stage, seen) = (load.no, load.stage, load.moved_at);
    let right = register.right.name;
    let end = move |tx: &::store::Tx<'_>| {
        store::break_off(tx, &access::clockwork(right), (no, seen), words)
    };
    let Some(attempt) = ground.store.write(end).await? else { return Ok(()) };
    drop_file(ground, register, no).await?;
    unstage(ground, register, attempt).await?;
    let now = ground.now();
    let end = move |tx: &::store::Tx<'_>| {
        store::demand(tx, attempt)?;
        let permit = access::clockwork(right);
        // Of a file that never came in whole, nobody was told that it was taken.
        match stage {
            Stage::Receiving => store::forget(tx, &permit, no),
            _ => store::end(tx, &permit, no, Stage::Broken, words, now),
        }
    };
    ground.store.write(end).await
}
