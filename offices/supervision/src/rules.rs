//! The verdicts: what the rules of supervision say about a case today, and who may answer a signal.

use base::{Day, Refusal, RefusalKind};
use clock::Calendar;
use flow::{CaseHead, ClockName, OrganCounts, Signal, SignalMove};

use crate::terms::{Raised, Rule, Standing, Trigger};

/// A case counts as near its limit so many working days before it.
pub const SOON_WORKING_DAYS: u32 = 3;

/// The most signs of a statement or a reason.
pub const WORDS_MAX: u64 = 1_000;

/// What the rules that hold today say about this case. Pure: the same case on the same day gets
/// the same words, so that raising them twice changes nothing. A clock that stands still
/// (行政许可法 art. 45) or a case that waits for its applicant gets none.
pub fn signals_for(
    case: &CaseHead,
    rules: &[Rule],
    today: Day,
    calendar: &Calendar,
) -> Vec<Raised> {
    if !case.open || case.frozen || case.clock == ClockName::None {
        return Vec::new();
    }
    rules
        .iter()
        .filter(|rule| rule.holds_on(today) && rule.clocks.contains(&case.clock))
        .filter_map(|rule| said_by(rule, case, today, calendar))
        .collect()
}

fn said_by(rule: &Rule, case: &CaseHead, today: Day, calendar: &Calendar) -> Option<Raised> {
    let limit = case.clock.title();
    let (cycle, message) = match rule.trigger {
        Trigger::NearDue { working_days } => {
            let due = case.due?;
            if due < today || due > calendar.add_working_days(today, working_days) {
                return None;
            }
            // A day that was put off by a pause or an extension is an occasion of its own.
            let cycle = format!("{}/{due}", case.clock.as_str());
            (cycle, format!("{limit}{}，请抓紧办理", until(due, today, calendar)))
        }
        Trigger::PastPromised => {
            let due = promised(case).filter(|due| *due < today)?;
            (case.cycle(), past(&format!("承诺的{limit}"), due, today, calendar))
        }
        Trigger::PastLegal => {
            let due = case.due_law.filter(|due| *due < today)?;
            (case.cycle(), past(&format!("法定的{limit}"), due, today, calendar))
        }
    };
    Some(Raised {
        rule: rule.id.clone(),
        level: rule.level,
        cycle,
        message,
        basis: rule.basis.clone(),
    })
}

/// Only the decision is promised; what is promised later than the law demands binds nobody less.
fn promised(case: &CaseHead) -> Option<Day> {
    match case.clock {
        ClockName::Decision => case.due_promised,
        ClockName::None | ClockName::Completeness | ClockName::Delivery => None,
    }
}

fn until(due: Day, today: Day, calendar: &Calendar) -> String {
    match calendar.working_days(today, due) {
        _ if due == today => "今天到期".to_owned(),
        0 => format!("{}到期", due.chinese()),
        left => format!("{}到期，还有 {left} 个工作日", due.chinese()),
    }
}

fn past(limit: &str, due: Day, today: Day, calendar: &Calendar) -> String {
    let over = calendar.working_days(due, today);
    let over = if over > 0 { format!("，已超过 {over} 个工作日") } else { String::new() };
    format!("{limit}（{}）已经届满仍未办理{over}", due.chinese())
}

/// The last day on which a case's next date may fall for a rule to say something today: how far
/// the watch has to look.
pub fn horizon(rules: &[Rule], today: Day, calendar: &Calendar) -> Day {
    let ahead = rules.iter().map(|rule| rule.trigger.working_days_ahead()).max().unwrap_or(0);
    if ahead == 0 { today } else { calendar.add_working_days(today, ahead) }
}

/// What the responsible person may do to a signal: receive it and answer it. A signal on a case
/// that somebody had taken is theirs; one on a case that lay on no desk is everyone's in the organ.
pub fn may_answer(signal: &Signal, account: &str, to_do: &SignalMove) -> Result<(), Refusal> {
    if !matches!(to_do, SignalMove::Seen | SignalMove::Appeal { .. }) {
        return Err(Refusal::new(
            RefusalKind::Forbidden,
            "supervision.not_the_handlers",
            "监察信号的维持、撤销和办结由监察人员决定",
        )
        .remedy("您可以签收信号，或者提出申辩"));
    }
    match signal.handler_account.as_deref() {
        Some(handler) if handler != account => Err(Refusal::new(
            RefusalKind::Forbidden,
            "supervision.not_yours",
            format!("这一监察信号发给了{}，应当由本人签收和申辩", signal.handler_name),
        )
        .remedy("本人不在岗的，请联系监察人员处理")),
        _ => Ok(()),
    }
}

/// Whether what is said with it is short enough to be read. Nothing is cut off in silence.
pub fn is_readable(to_do: &SignalMove) -> Result<(), Refusal> {
    let signs = u64::try_from(to_do.words().chars().count()).unwrap_or(u64::MAX);
    if signs <= WORDS_MAX {
        return Ok(());
    }
    let words = format!("最多写 {WORDS_MAX} 个字，现在是 {signs} 个字，请精简");
    Err(Refusal::new(RefusalKind::Invalid, "supervision.too_long", "写的内容太长")
        .field("words", words))
}

/// Nobody settles a signal that is theirs to answer: one on a case they had taken, or one on a case
/// of their organ that lay on no desk (公务员法 art. 76: who is concerned stands aside).
///
/// A post that is exercised for its holder (受委托代行) counts for both: `judges` are who settles and whose post they
/// exercise, `holders` are those for whom the handler exercised theirs.
pub fn may_judge(
    signal: &Signal,
    judges: &[&str],
    holders: &[String],
    standing: Standing,
) -> Result<(), Refusal> {
    let own = match signal.handler_account.as_deref() {
        Some(handler) => judges
            .iter()
            .any(|judge| handler == *judge || holders.iter().any(|holder| holder == judge)),
        None => standing == Standing::Responsible,
    };
    if !own {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::Forbidden,
        "supervision.own_signal",
        "这一监察信号是发给您的，不能由您维持、撤销或者办结",
    )
    .ground("《中华人民共和国公务员法》第七十六条")
    .remedy("请由另一位监察人员处理；您可以在“监察信号”里签收和申辩"))
}

/// What supervision may do to a signal: uphold, cancel with a reason, close.
pub fn may_settle(to_do: &SignalMove) -> Result<(), Refusal> {
    match to_do {
        SignalMove::Uphold { .. } | SignalMove::Cancel { .. } | SignalMove::Close { .. } => Ok(()),
        SignalMove::Seen | SignalMove::Appeal { .. } => Err(Refusal::new(
            RefusalKind::Forbidden,
            "supervision.not_the_supervisors",
            "监察信号由承办人签收和申辩",
        )
        .remedy("您可以维持、撤销信号，或者确认整改办结")),
    }
}

/// Whether a reminder has outlived its purpose: the clock it spoke of has stopped or was put off.
/// Cards stay until somebody has dealt with them.
pub fn is_spent(signal: &Signal, case: &CaseHead) -> bool {
    let near = case.due.map(|due| format!("{}/{due}", case.clock.as_str()));
    signal.level == flow::Level::Reminder
        && (!case.open || near.as_deref() != Some(signal.cycle.as_str()))
}

/// The departments in the order of their need: past the law, past the promise, soon due, most open.
pub fn worst_first(counts: &mut [OrganCounts]) {
    counts.sort_by(|one, other| {
        let key = |c: &OrganCounts| (c.over_law, c.over_promised, c.soon, c.open);
        key(other).cmp(&key(one)).then_with(|| one.organ.cmp(&other.organ))
    });
}

/// All departments together.
pub fn total(counts: &[OrganCounts]) -> OrganCounts {
    counts.iter().fold(OrganCounts::default(), |sum, one| OrganCounts {
        open: sum.open + one.open,
        soon: sum.soon + one.soon,
        over_promised: sum.over_promised + one.over_promised,
        over_law: sum.over_law + one.over_law,
        paused: sum.paused + one.paused,
        awaiting: sum.awaiting + one.awaiting,
        ..sum
    })
}

#[cfg(test)]
pub(crate) mod tests;
