//! Reading a clock: from its events and limits to its due dates.

use base::Day;
use serde::Serialize;

use crate::{Calendar, ClockEvent, Limit, Limits, Unit};

/// What a clock shows on a day.
///
/// `used` and `paused` are counted in the unit of the limits (the legal one's, else the promised
/// one's), `remaining_*` in the unit of each limit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Reading {
    /// The day it started; `None` before, and then nothing else says anything.
    pub started: Option<Day>,
    /// The last day of the legal limit, always a working day; while frozen, as if time counted
    /// again from today on.
    pub due_legal: Option<Day>,
    /// The last day of the promised limit, in the same way.
    pub due_promised: Option<Day>,
    /// How much of the time has counted so far.
    pub used: i64,
    /// How much has not counted, in pauses.
    pub paused: i64,
    /// How much is left of the legal limit; negative when over.
    pub remaining_legal: Option<i64>,
    /// How much is left of the promised limit; negative when over.
    pub remaining_promised: Option<i64>,
    /// The legal limit has been exceeded. On the rest days after a due date nothing remains and
    /// this is already true.
    pub late_legal: bool,
    /// The promised limit has been exceeded.
    pub late_promised: bool,
    /// A pause is open.
    pub frozen: bool,
    /// The day it stopped.
    pub stopped: Option<Day>,
    /// The legal limit was extended.
    pub extended: bool,
    /// The dates depend on a year whose holidays are provisional or unknown.
    pub uncertain: bool,
    /// What `used` and `paused` count.
    pub unit: Unit,
}

/// An event that cannot follow those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("计时记录第 {} 条不合顺序：{why}", .position + 1)]
pub struct OutOfOrder {
    /// Its place in the list, from 0.
    pub position: usize,
    /// What is wrong with it.
    pub why: Disorder,
}

/// What is wrong with an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Disorder {
    /// It happened before the one in front of it.
    #[error("日期早于前一条")]
    Backwards,
    /// The clock has not started.
    #[error("计时尚未开始")]
    NotStarted,
    /// The clock runs already.
    #[error("计时已经开始")]
    AlreadyStarted,
    /// The clock is paused already.
    #[error("计时已经暂停")]
    AlreadyPaused,
    /// The clock is not paused.
    #[error("计时没有暂停")]
    NotPaused,
    /// The clock has stopped.
    #[error("计时已经结束")]
    AlreadyStopped,
}

/// Reads a clock as of `today`: events after it have not happened yet.
///
/// Each closed pause shifts both due dates by the time in (its start, its end], counted in the
/// limit's unit; an open one by the time until today. An extension adds to the legal limit only.
pub fn read(
    events: &[ClockEvent],
    limits: &Limits,
    calendar: &Calendar,
    today: Day,
) -> Result<Reading, OutOfOrder> {
    let mut run = Run::default();
    let mut now = None;
    for (position, event) in events.iter().enumerate() {
        if event.day() > today && now.is_none() {
            now = Some(run);
        }
        run.take(event, calendar).map_err(|why| OutOfOrder { position, why })?;
    }
    Ok(now.unwrap_or(run).reading(limits, calendar, today))
}

/// The state of a clock between two events.
#[derive(Clone, Copy, Default)]
struct Run {
    last: Option<Day>,
    started: Option<Day>,
    pause: Option<Day>,
    paused: Span,
    stood: Option<Stood>,
    extension: u32,
    extended: bool,
    stopped: Option<Day>,
}

/// The last pause that ended.
#[derive(Clone, Copy)]
struct Stood {
    since: Day,
    until: Day,
    /// What had been paused before it.
    paused_before: Span,
}

impl Stood {
    /// Whether no time has counted since its end.
    fn nothing_since(&self, unit: Unit, as_of: Day, calendar: &Calendar) -> bool {
        Span::between(self.until, as_of, calendar).in_unit(unit) == 0
    }
}

/// The same stretch of time in both units.
#[derive(Clone, Copy, Default)]
struct Span {
    working: i64,
    calendar: i64,
}

impl Span {
    fn between(after: Day, through: Day, calendar: &Calendar) -> Self {
        Self {
            working: calendar.working_days(after, through),
            calendar: through.number() - after.number(),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self { working: self.working + other.working, calendar: self.calendar + other.calendar }
    }

    fn minus(self, other: Self) -> Self {
        Self { working: self.working - other.working, calendar: self.calendar - other.calendar }
    }

    fn in_unit(self, unit: Unit) -> i64 {
        match unit {
            Unit::WorkingDays => self.working,
            Unit::CalendarDays => self.calendar,
        }
    }
}

impl Run {
    fn take(&mut self, event: &ClockEvent, calendar: &Calendar) -> Result<(), Disorder> {
        let day = event.day();
        if self.last.is_some_and(|last| day < last) {
            return Err(Disorder::Backwards);
        }
        self.last = Some(day);
        match event {
            ClockEvent::Started(_) => {
                if self.started.is_some() && self.stopped.is_none() {
                    return Err(Disorder::AlreadyStarted);
                }
                *self = Self { last: Some(day), started: Some(day), ..Self::default() };
                return Ok(());
            }
            _ if self.started.is_none() => return Err(Disorder::NotStarted),
            _ if self.stopped.is_some() => return Err(Disorder::AlreadyStopped),
            ClockEvent::Paused(_) if self.pause.is_some() => return Err(Disorder::AlreadyPaused),
            ClockEvent::Paused(_) => self.pause = Some(day),
            ClockEvent::Resumed(_) if self.pause.is_none() => return Err(Disorder::NotPaused),
            ClockEvent::Resumed(_) => self.close_pause(day, calendar),
            ClockEvent::Extended { days, .. } => {
                self.extension = self.extension.saturating_add(*days);
                self.extended = true;
            }
            ClockEvent::Stopped(_) => {
                self.close_pause(day, calendar);
                self.stopped = Some(day);
            }
        }
        Ok(())
    }

    fn close_pause(&mut self, day: Day, calendar: &Calendar) {
        if let Some(since) = self.pause.take() {
            self.stood = Some(Stood { since, until: day, paused_before: self.paused });
            self.paused = self.paused.plus(Span::between(since, day, calendar));
        }
    }

    fn reading(self, limits: &Limits, calendar: &Calendar, today: Day) -> Reading {
        let unit = limits.legal.or(limits.promised).map(|limit| limit.unit).unwrap_or_default();
        let Some(started) = self.started else { return Reading::before_start(unit) };
        let as_of = self.stopped.unwrap_or(today);
        let open = self.pause.map(|since| Span::between(since, as_of, calendar));
        let paused = self.paused.plus(open.unwrap_or_default());
        let used = Span::between(started, as_of, calendar).minus(paused);

        let legal = limits.legal.map(|limit| Limit {
            days: limit.days.saturating_add(self.extension),
            unit: limit.unit,
        });
        let due = |limit: Limit| due(started, limit, paused, calendar);
        let (due_legal, due_promised) = (legal.map(due), limits.promised.map(due));
        let left =
            |(limit, due): (Limit, Day)| Span::between(as_of, due, calendar).in_unit(limit.unit);
        // A clock that stands still is late only if it was when it came to stand; one that goes on
        // is not late before more of its time has counted.
        let late = |(limit, due): (Limit, Day)| {
            let came_late = |since, paused| self::due(started, limit, paused, calendar) < since;
            match (self.pause, self.stood) {
                (Some(since), _) => came_late(since, self.paused),
                (None, Some(stood)) if stood.nothing_since(limit.unit, as_of, calendar) => {
                    came_late(stood.since, stood.paused_before)
                }
                (None, _) => due < as_of,
            }
        };
        let (of_law, of_promise) = (legal.zip(due_legal), limits.promised.zip(due_promised));
        let end = [due_legal, due_promised].into_iter().flatten().fold(as_of, Day::max);
        Reading {
            started: Some(started),
            due_legal,
            due_promised,
            used: used.in_unit(unit),
            paused: paused.in_unit(unit),
            remaining_legal: of_law.map(left),
            remaining_promised: of_promise.map(left),
            late_legal: of_law.is_some_and(late),
            late_promised: of_promise.is_some_and(late),
            frozen: self.pause.is_some(),
            stopped: self.stopped,
            extended: self.extended,
            uncertain: calendar.unannounced(started, end).is_some(),
            unit,
        }
    }
}

/// The last day of a limit: counted from the day after `started`, moved off a rest day, and shifted
/// by what was paused.
fn due(started: Day, limit: Limit, paused: Span, calendar: &Calendar) -> Day {
    match limit.unit {
        Unit::WorkingDays => {
            let unpaused = calendar.add_working_days(started, limit.days);
            let shift = u32::try_from(paused.working).unwrap_or_default();
            calendar.add_working_days(calendar.next_working(unpaused), shift)
        }
        Unit::CalendarDays => {
            calendar.next_working(started.plus(i64::from(limit.days) + paused.calendar))
        }
    }
}

impl Reading {
    fn before_start(unit: Unit) -> Self {
        Self {
            started: None,
            due_legal: None,
            due_promised: None,
            used: 0,
            paused: 0,
            remaining_legal: None,
            remaining_promised: None,
            late_legal: false,
            late_promised: false,
            frozen: false,
            stopped: None,
            extended: false,
            uncertain: false,
            unit,
        }
    }
}

#[cfg(test)]
mod tests;
