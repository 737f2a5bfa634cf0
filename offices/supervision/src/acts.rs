//! The verbs: raise what the rules say, answer a signal, settle it, put spent reminders away.

use access::{Actor, Over, Permit, authorise};
use base::{Day, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use clock::Calendar;
use flow::{CaseId, Cursor, NewSignal, Page, Scope, Signal, SignalMove, SignalOrder};
use store::{Reader, Tx};

use crate::rules::{self, is_readable, is_spent, may_answer, may_judge, may_settle, signals_for};
use crate::terms::{INBOX, Raised, Rule, Standing, WATCH};

/// The office's name on its acts.
pub const OFFICE: &str = "supervision";
/// Cases read at a time.
pub const CASES_A_PAGE: i64 = 200;

/// One page of what the rules would say: the cases in question, each with what has not been said.
pub fn unsaid(
    reader: &Reader<'_>,
    watched: &Watched<'_>,
    after: Option<&Cursor>,
) -> Outcome<Page<(CaseId, Raised)>> {
    let page = flow::due_for_signals(reader, watched.horizon(), after, CASES_A_PAGE)?;
    let mut rows = Vec::new();
    for case in &page.rows {
        let said = watched.of(case);
        if said.is_empty() {
            continue;
        }
        // One indexed look a late case and round; few cases are late in a city that works.
        let known = flow::signals_of(reader, case.id)?;
        let new = said.into_iter().filter(|raised| {
            !known.iter().any(|one| one.rule == raised.rule && one.cycle == raised.cycle)
        });
        rows.extend(new.map(|raised| (case.id, raised)));
    }
    Ok(Page { rows, next: page.next })
}

/// With what the watch judges: the rules in force, the day, the calendar.
#[derive(Clone, Copy)]
pub struct Watched<'a> {
    /// The rules in force.
    pub rules: &'a [Rule],
    /// The day.
    pub today: Day,
    /// Working days.
    pub calendar: &'a Calendar,
}

impl Watched<'_> {
    fn horizon(&self) -> Day {
        rules::horizon(self.rules, self.today, self.calendar)
    }

    fn of(&self, case: &flow::CaseHead) -> Vec<Raised> {
        signals_for(case, self.rules, self.today, self.calendar)
    }
}

/// A signal to be raised, minted outside the transaction.
pub fn minted(now: Moment, case: CaseId, raised: Raised) -> NewSignal {
    NewSignal {
        rule: raised.rule,
        level: raised.level,
        message: raised.message,
        basis: raised.basis,
        cycle: raised.cycle,
        ..NewSignal::new(now, OFFICE, case)
    }
}

/// Raises these signals, as far as they still hold: a case may have been decided since it was
/// read. Says how many were raised.
pub fn raise(
    tx: &Tx<'_>,
    permit: &Permit,
    signals: &[NewSignal],
    watched: &Watched<'_>,
) -> Outcome<usize> {
    let mut raised = 0;
    for signal in signals {
        let Some(case) = flow::case_by_id(tx, signal.case)? else { continue };
        let holds = watched
            .of(&case)
            .iter()
            .any(|said| said.rule == signal.rule && said.cycle == signal.cycle);
        if holds && flow::raise_signal(tx, permit, signal)? {
            raised += 1;
        }
    }
    Ok(raised)
}

/// One page of open signals: those among them that are reminders and have outlived their purpose.
pub fn spent(reader: &Reader<'_>, after: Option<&Cursor>) -> Outcome<Page<Signal>> {
    let page = flow::open_signals(reader, &Scope::city(), after, CASES_A_PAGE)?;
    let mut rows = Vec::new();
    for signal in page.rows {
        let reminder = signal.level == flow::Level::Reminder;
        // An appeal is decided by a person, even on a reminder.
        if !reminder || signal.state == flow::SignalState::Appealed {
            continue;
        }
        let case = flow::case_by_id(reader, signal.case)?;
        if case.is_some_and(|case| is_spent(&signal, &case)) {
            rows.push(signal);
        }
    }
    Ok(Page { rows, next: page.next })
}

/// The order that puts a spent reminder away.
pub fn putting_away(now: Moment, signal: &Signal) -> SignalOrder {
    let words = "提示所指的环节已经办理或者期限已经变更，系统自动办结".to_owned();
    SignalOrder::new(now, OFFICE, signal.case, signal.id, SignalMove::Close { words })
}

/// Puts spent reminders away. One that somebody moved meanwhile is left to the next round.
pub fn put_away(tx: &Tx<'_>, permit: &Permit, orders: &[SignalOrder]) -> Outcome<()> {
    for order in orders {
        match flow::move_signal(tx, permit, order) {
            Err(stop) if stop.refusal().is_none() => return Err(stop),
            _ => {}
        }
    }
    Ok(())
}

/// The responsible person receives a signal or answers it.
pub fn answer(tx: &Tx<'_>, actor: &Actor, order: &SignalOrder) -> Outcome<Signal> {
    let signal = found(tx, order.signal)?;
    let permit = authorise(tx, actor, &INBOX, Over::Organ(signal.organ.clone()))?;
    may_answer(&signal, permit.account(), &order.to_do)?;
    is_readable(&order.to_do)?;
    flow::move_signal(tx, &permit, order)
}

/// Supervision upholds a signal, cancels it with a reason, or closes it.
pub fn settle(tx: &Tx<'_>, actor: &Actor, order: &SignalOrder) -> Outcome<Signal> {
    let signal = found(tx, order.signal)?;
    let permit = authorise(tx, actor, &WATCH, Over::Organ(signal.organ.clone()))?;
    let holders = holders_of(tx, &signal)?;
    may_judge(&signal, &judges(&permit), &holders, standing(tx, actor, &signal)?)?;
    may_settle(&order.to_do)?;
    is_readable(&order.to_do)?;
    flow::move_signal(tx, &permit, order)
}

/// Who settles a signal: the one who is signed in, and the one whose post they exercise.
pub fn judges(permit: &Permit) -> Vec<&str> {
    let holder = permit.who().on_behalf.as_ref().map(|whose| whose.account.as_str());
    std::iter::once(permit.account()).chain(holder).collect()
}

/// For whom the handler of a signal's case exercised a post on it.
pub fn holders_of(reader: &Reader<'_>, signal: &Signal) -> Outcome<Vec<String>> {
    let Some(handler) = &signal.handler_account else { return Ok(Vec::new()) };
    let events = flow::events_of(reader, signal.case)?;
    let own = events.into_iter().filter(|event| event.account.as_ref() == Some(handler));
    Ok(own.filter_map(|event| event.on_behalf.map(|whose| whose.account)).collect())
}

/// How this person stands to the organ of a signal.
pub fn standing(reader: &Reader<'_>, actor: &Actor, signal: &Signal) -> Outcome<Standing> {
    match authorise(reader, actor, &INBOX, Over::Organ(signal.organ.clone())) {
        Ok(_) => Ok(Standing::Responsible),
        Err(Stop::Refused(_)) => Ok(Standing::Apart),
        Err(stop) => Err(stop),
    }
}

/// The signal with this id, or a refusal.
pub fn found(reader: &Reader<'_>, id: Id<Signal>) -> Outcome<Signal> {
    let signal = flow::signal_by_id(reader, id)?;
    Ok(signal.ok_or_else(|| {
        Refusal::new(RefusalKind::NotFound, "supervision.no_such_signal", "没有找到这一监察信号")
            .remedy("请从监察信号列表进入")
    })?)
}

/// Puts the rules of supervision into a city that lacks them.
pub fn install_rules(tx: &Tx<'_>, permit: &Permit) -> Outcome<()> {
    let rules: Vec<Rule> =
        serde_json::from_str(include_str!("../data/rules.json")).map_err(base::Fault::from)?;
    rules.iter().try_for_each(|rule| crate::store::put_rule(tx, permit, rule))
}
