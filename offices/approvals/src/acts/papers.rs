//! The written papers of a case, made out anew each time from the ledger and the case.

use base::{Day, Id, Outcome, Refusal, RefusalKind};
use frame::{Cx, not_found};
use ledger::Act;

use crate::acts::Seen;
use crate::rules::papers::{self, Ground, Paper};

/// How the paper by which a permit was cancelled is named among those of a case: no step of the case stands behind it.
pub const CANCELLED: &str = "cancelled";

/// A paper, with the day on which it was made out and the act that proves it.
pub struct Written {
    /// What it says.
    pub paper: Paper,
    /// The day of the step.
    pub day: Day,
    /// The act of the step.
    pub act: Id<Act>,
}

/// The paper of the `n`-th step of a case, or the one of [`CANCELLED`], that the asker was let in to see.
pub async fn written(cx: &Cx, seen: &Seen, n: &str) -> Outcome<Written> {
    let missing = || not_found("这份文书");
    if n == CANCELLED {
        let one = seen.cancelled.as_ref().ok_or_else(missing)?;
        if let Some(document) = &seen.case.erased {
            return Err(erased(base::erased_words(document)).into());
        }
        let paper = papers::cancellation(one, &seen.application.remedies);
        return Ok(Written { paper, day: one.at.day(), act: one.act });
    }
    let n: i64 = n.parse().map_err(|_| missing())?;
    let step = seen.events.iter().find(|event| event.n == n).ok_or_else(missing)?;
    papers::title_of(&seen.case, &step.command).ok_or_else(missing)?;
    let (act, name, version) =
        (step.act, seen.case.definition.clone(), seen.case.definition_version);
    let (recorded, definition) = cx
        .read(move |r| Ok((ledger::act_by_id(r, act)?, flow::definition(r, &name, version)?)))
        .await?;
    let recorded = recorded.ok_or_else(missing)?;
    if recorded.is_erased() {
        return Err(erased(recorded.erased_words()).into());
    }
    let ground = Ground {
        case: &seen.case,
        history: &seen.events,
        step,
        content: &recorded.content(),
        authority: &recorded.authority(),
        definition: &definition,
        remedies: &seen.application.remedies,
        result: &seen.application.result,
    };
    let paper = papers::paper(&ground).ok_or_else(missing)?;
    Ok(Written { paper, day: step.at.day(), act: step.act })
}

fn erased(words: String) -> Refusal {
    Refusal::new(RefusalKind::NotFound, "approvals.paper_erased", words)
}
