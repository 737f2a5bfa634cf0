//! The verbs: write a resource down, send it, publish it, take it out; ask for one, answer, end what was agreed; dispute a
//! value and check it; hear what came and what was used; answer what is shared already.

pub mod compile;
pub mod disputes;
mod heard;
pub mod import;
mod own;
pub mod requests;
pub mod sets;

pub use heard::{LISTENS, answer_provider, answer_shared};
pub use own::own;

use std::sync::Arc;

use ::store::Tx;
use base::{Day, Fault, Moment, Outcome, Refusal, RefusalKind, Stop};
use clock::Limits;
use flow::Order;
use frame::Hall;
use serde_json::Value;

use crate::rules::{self, Guide, Kinds};
use crate::terms::{Classes, OFFICE, Rule};

/// The rules of the office with their dates.
const RULES: &str = include_str!("../data/rules.json");
/// 类 and 项 of the guide.
const CLASSES: &str = include_str!("../data/classes.json");
/// The registers of the program, and what organs may ask them.
const KINDS: &str = include_str!("../data/kinds.json");
/// Under which permit the clockwork orders.
const CLOCKWORK: &str = "catalogue.clock";

/// The rules in force on a day.
pub fn rule_on(day: Day) -> Outcome<Rule> {
    let rules: Vec<Rule> = serde_json::from_str(RULES).map_err(Fault::from)?;
    let rule = rules::rule_on(&rules, day).cloned();
    Ok(rule.ok_or_else(|| Fault::said(format!("no rule of the catalogue holds on {day}")))?)
}

/// 类 and 项 of the catalogue.
pub fn classes() -> Outcome<Classes> {
    Ok(serde_json::from_str(CLASSES).map_err(Fault::from)?)
}

/// By what resources are judged in this city.
pub fn guide(hall: &Hall) -> Outcome<Guide> {
    let kept = serde_json::from_str(KINDS).map_err(Fault::from)?;
    let offices = hall.offices.iter().map(|office| office.name).collect();
    Ok(Guide { classes: classes()?, kinds: Kinds { kept, offices } })
}

/// Puts the ways of requests and of disputes into a city that lacks them.
pub fn install(tx: &Tx<'_>, _hall: &Hall, now: Moment) -> Outcome<()> {
    for text in [
        include_str!("../data/share-request-flow.json"),
        include_str!("../data/data-dispute-flow.json"),
    ] {
        let definition = flow::Definition::from_json(text).map_err(Fault::from)?;
        flow::install(tx, &definition, now)?;
    }
    Ok(())
}

/// A limit of working days for the decision.
fn within(days: u32, basis: &str) -> Limits {
    Limits { legal: Some(clock::Limit::working(days)), promised: None, basis: basis.to_owned() }
}

fn no_such_step() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "catalogue.no_such_step", "没有这样的办理步骤")
}

/// What goes on by itself, every minute: a request that nobody completes ends, as the law has it; what was published and
/// waits is taken up.
pub async fn clock_job(hall: Arc<Hall>, _body: Value, now: Moment) -> Outcome<()> {
    sets::wake(&hall, now).await?;
    let today = now.day();
    let mut after: Option<flow::Cursor> = None;
    loop {
        let from = after.clone();
        let page =
            hall.store.read(move |r| flow::due_for_signals(r, today, from.as_ref(), 200)).await?;
        for case in page.rows.iter().filter(|case| case.office == OFFICE) {
            let Some(command) = flow::overdue_order(case, today) else { continue };
            let (order, city) = (Order::new(now, OFFICE, case.id, command), hall.clone());
            let applied = hall
                .write(move |tx| {
                    let permit = access::clockwork(CLOCKWORK);
                    flow::apply(tx, &permit, &order, &city.calendar).map(|_| ())
                })
                .await;
            match applied {
                // Somebody was quicker: what the case is now is right.
                Err(Stop::Refused(_)) | Ok(()) => {}
                Err(fault) => return Err(fault),
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}
