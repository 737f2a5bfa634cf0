//! Taking back what a load has staged that never came to count, some at a time, so that no writer waits for it.

use base::Outcome;

use crate::store;
use crate::terms::{By, Coming, Ground, Register, Stage};
use crate::upload::drop_file;

/// So many rows are removed in a transaction,
const ROWS: i64 = 4_000;
/// and so many of what finds rows are looked at in one, of which a load may have any.
const LOOKED_AT: i64 = 20_000;

/// Removes what a load has staged. By what its rows are found goes first: while rows are there it is looked for again, should
/// this be broken off.
pub(crate) async fn unstage(
    ground: &Ground,
    register: &'static Register,
    by: &By,
    no: i64,
) -> Outcome<()> {
    if ground.store.read(move |reader| store::has_rows(reader, no)).await? {
        let mut next = Some(Vec::new());
        while let Some(after) = next {
            let by = by.clone();
            let some = move |tx: &::store::Tx<'_>| {
                store::unstage_finds(tx, &by.permit(tx, register)?, no, (&after, LOOKED_AT))
            };
            next = ground.store.write(some).await?;
        }
    }
    loop {
        let by = by.clone();
        let some = move |tx: &::store::Tx<'_>| {
            store::unstage_rows(tx, &by.permit(tx, register)?, no, ROWS)
        };
        if !ground.store.write(some).await? {
            return Ok(());
        }
    }
}

/// Removes what an abandoned load has left behind, and ends it with these words.
pub async fn sweep(
    ground: &Ground,
    register: &'static Register,
    load: &Coming,
    words: &'static str,
) -> Outcome<()> {
    drop_file(ground, register, load.no).await?;
    unstage(ground, register, &By::CommandLine, load.no).await?;
    let (no, stage, now) = (load.no, load.stage, ground.now());
    let end = move |tx: &::store::Tx<'_>| {
        let permit = By::CommandLine.permit(tx, register)?;
        // Of a file that never came in whole, nobody was told that it was taken.
        match stage {
            Stage::Receiving => store::forget(tx, &permit, no),
            _ => store::end(tx, &permit, no, Stage::Broken, words, now),
        }
    };
    ground.store.write(end).await
}
