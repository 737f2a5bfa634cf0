//! The verdicts on an hour: what is out of the ordinary in it, and who may explain it.

use std::collections::{BTreeMap, BTreeSet};

use base::{Moment, Refusal, RefusalKind};
use clock::Calendar;
use ledger::Brief;

use crate::terms::{Event, Measure, Rule, Spotted};

/// So many of an event's acts are named.
const NAMED_MAX: usize = 20;
/// The most signs of an explanation.
pub const WORDS_MAX: u64 = 1_000;

/// The beginning of the hour of a moment.
pub fn hour_of(moment: Moment) -> Moment {
    Moment::from_millis(moment.millis() - moment.millis().rem_euclid(3_600_000))
}

/// The kinds of act that a rule counts; none for all of them.
pub fn kinds(measure: &Measure) -> Option<&[String]> {
    match measure {
        Measure::Looks { acts }
        | Measure::FailuresOn { acts }
        | Measure::FailuresFrom { acts }
        | Measure::Refusals { acts } => Some(acts),
        Measure::OddHours { .. } => None,
    }
}

/// Whether a rule has anything to say on this hour, whatever was done in it.
pub fn speaks(rule: &Rule, hour: Moment, calendar: &Calendar) -> bool {
    let day = hour.day();
    match rule.measure {
        Measure::OddHours { from_hour, until_hour, .. } => {
            let (now, _) = hour.hour_minute();
            now < from_hour || now >= until_hour || !calendar.is_working(day)
        }
        _ => true,
    }
}

/// What was counted of one person or address.
#[derive(Default)]
struct Seen {
    account: Option<String>,
    things: BTreeSet<String>,
    acts: Vec<String>,
}

/// What a rule sees in the acts of an hour: once for each person or address.
pub fn spotted(rule: &Rule, acts: &[Brief]) -> Vec<Spotted> {
    let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
    for act in acts {
        let Some((concerned, account, counted)) = counted(&rule.measure, act) else { continue };
        let seen = seen.entry(concerned).or_default();
        seen.account = account;
        if seen.things.insert(counted) && seen.acts.len() < NAMED_MAX {
            seen.acts.push(act.id.to_string());
        }
    }
    let many = seen.into_iter().filter(|(_, seen)| seen.things.len() > rule.more_than);
    many.map(|(concerned, seen)| Spotted {
        concerned,
        account: seen.account,
        count: seen.things.len(),
        acts: seen.acts,
    })
    .collect()
}

/// Whom an act concerns under this measure, their account, and what is counted once.
fn counted(measure: &Measure, act: &Brief) -> Option<(String, Option<String>, String)> {
    let of = |kind: &str, id: &str| format!("{kind} {id}");
    match measure {
        Measure::Looks { .. } => {
            let account = act.account.clone()?;
            let thing = of(&act.subject_kind, &act.subject_id);
            Some((of("account", &account), Some(account), thing))
        }
        Measure::OddHours { except, .. } => {
            let work = !act.organ.is_empty() && !except.contains(&act.kind);
            let account = act.account.clone().filter(|_| work)?;
            Some((of("account", &account), Some(account), act.id.to_string()))
        }
        Measure::FailuresOn { .. } | Measure::Refusals { .. } => {
            let account = (act.subject_kind == "account").then(|| act.subject_id.clone());
            Some((of(&act.subject_kind, &act.subject_id), account, act.id.to_string()))
        }
        Measure::FailuresFrom { .. } => {
            Some((of("address", act.address.as_deref()?), None, act.id.to_string()))
        }
    }
}

/// What an event says, in words.
pub fn message(rule: &Rule, hour: Moment, spotted: &Spotted, name: &str) -> String {
    let many = match rule.measure {
        Measure::Looks { .. } => format!("查看了 {} 个不同对象的信息", spotted.count),
        Measure::OddHours { .. } => format!("在非工作时间办理了 {} 次", spotted.count),
        Measure::FailuresOn { .. } | Measure::FailuresFrom { .. } => {
            format!("没有通过身份验证 {} 次", spotted.count)
        }
        Measure::Refusals { .. } => format!("因没有权限或者应当回避被拒绝 {} 次", spotted.count),
    };
    format!("{name}，{} 起一个小时内{many}", hour.to_minute())
}

/// Whether somebody may close this event with these words: never the person whom it concerns
/// (公务员法 art. 76), and never without words.
pub fn may_explain(event: &Event, account: &str, words: &str) -> Result<(), Refusal> {
    if event.account.as_deref() == Some(account) {
        return Err(Refusal::new(
            RefusalKind::Forbidden,
            "audit.own_event",
            "这一安全事件涉及您本人，不能由您说明",
        )
        .ground("《中华人民共和国公务员法》第七十六条")
        .remedy("请由另一位审计管理员或者安全管理员核查、说明"));
    }
    if !event.open {
        let words = "这一安全事件已经说明，不能再改";
        return Err(Refusal::new(RefusalKind::Conflict, "audit.explained", words)
            .remedy("说明和说明人都在这一页上"));
    }
    let signs = u64::try_from(words.chars().count()).unwrap_or(u64::MAX);
    let wrong = match signs {
        0 => "请写明核查了什么，结论是什么".to_owned(),
        signs if signs > WORDS_MAX => {
            format!("最多写 {WORDS_MAX} 个字，现在是 {signs} 个字，请精简")
        }
        _ => return Ok(()),
    };
    Err(Refusal::new(RefusalKind::Invalid, "audit.words", "说明没有写好").field("words", wrong))
}
