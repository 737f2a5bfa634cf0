//! What needs somebody: which limits are passed, as the rule of the day has them. An alarm that stands goes on until the
//! figure is well below its limit, so that none comes and goes with every message.

use std::collections::HashSet;

use base::Moment;
use delivery::{Depth, Waiting};
use message::offset_words;

use super::DAY_SECONDS;
use crate::terms::{Gateway, Rule, Stall, State};

/// What is known of an alarm before it has an id: what it is, about what, in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// `queue`, `waiting`, `unseen`, `certificate`, `offset`, `unanswered`, `stall` or `dead`.
    pub kind: &'static str,
    /// Which gateway, or what stands still.
    pub about: String,
    /// In words.
    pub words: String,
}

/// What is looked at.
pub struct Seen<'a> {
    /// All gateways.
    pub gateways: &'a [Gateway],
    /// What waits for them.
    pub waiting: &'a [Waiting],
    /// What stands still.
    pub stalls: &'a [Stall],
    /// Gateways that have left asks unanswered lately, and how many.
    pub unanswered: &'a [(String, i64)],
    /// Alarms that stand: kind and what they are about.
    pub standing: &'a HashSet<(String, String)>,
}

/// A figure against its limit; where the alarm stands already, against three quarters of it.
fn over(value: i64, limit: i64, stands: bool) -> bool {
    let limit = if stands { limit.saturating_mul(3) / 4 } else { limit };
    value >= limit.max(1)
}

/// So many seconds in words: 35 分钟, 3 小时, 2 天.
pub fn lasting(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..120 => format!("{seconds} 秒"),
        seconds @ 120..7_200 => format!("{} 分钟", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} 小时", seconds / 3_600),
        seconds => format!("{} 天", seconds / DAY_SECONDS),
    }
}

/// How full a queue is, per cent: by messages or by bytes, whichever is more.
pub fn filled(depth: &Depth, rule: &Rule) -> i64 {
    let share = |held: i64, most: i64| held.saturating_mul(100) / most.max(1);
    share(depth.held, rule.letters_max).max(share(depth.bytes, rule.queue_bytes_max))
}

/// All that needs somebody now.
pub fn causes(seen: &Seen<'_>, rule: &Rule, now: Moment) -> Vec<Cause> {
    let mut causes: Vec<Cause> = seen.stalls.iter().map(stalled).collect();
    for gateway in seen.gateways {
        let queue = gateway.queue();
        if let Some(waits) = seen.waiting.iter().find(|one| one.depth.queue == queue) {
            causes.extend(of_queue(gateway, waits, seen, rule, now));
        }
        if gateway.state == State::Active {
            causes.extend(of_gateway(gateway, seen, rule, now));
        }
    }
    causes
}

fn stalled(stall: &Stall) -> Cause {
    Cause { kind: "stall", about: stall.what.clone(), words: stall.words.clone() }
}

fn of_queue(
    gateway: &Gateway,
    waits: &Waiting,
    seen: &Seen<'_>,
    rule: &Rule,
    now: Moment,
) -> Vec<Cause> {
    let cause = |kind, words| Cause { kind, about: gateway.name.clone(), words };
    let stands = |kind: &str| seen.standing.contains(&(kind.to_owned(), gateway.name.clone()));
    let (title, mut causes) = (&gateway.title, Vec::new());
    if waits.dead > 0 {
        causes.push(cause("dead", format!("发给“{title}”的消息有没有送达的，等人处理")));
    }
    if gateway.state == State::Revoked {
        return causes;
    }
    let full = filled(&waits.depth, rule);
    if over(full, rule.queue_percent, stands("queue")) {
        let words =
            format!("等“{title}”取走的消息占了上限的 {full}%，满了以后发给它的会被退回稍后再发");
        causes.push(cause("queue", words));
    }
    if let Some(oldest) = waits.oldest {
        let seconds = (now.millis() - oldest.millis()) / 1_000;
        if over(seconds, rule.waiting_seconds, stands("waiting")) {
            let words = format!("发给“{title}”的消息最早的从 {} 等到现在", oldest.to_minute());
            causes.push(cause("waiting", words));
        }
    }
    causes
}

fn of_gateway(gateway: &Gateway, seen: &Seen<'_>, rule: &Rule, now: Moment) -> Vec<Cause> {
    let cause = |kind, words| Cause { kind, about: gateway.name.clone(), words };
    let stands = |kind: &str| seen.standing.contains(&(kind.to_owned(), gateway.name.clone()));
    let (title, mut causes) = (&gateway.title, Vec::new());
    let last = gateway.seen.unwrap_or(gateway.registered_at);
    // Somebody is there or is not: there is nothing between.
    if (now.millis() - last.millis()) / 1_000 >= rule.unseen_seconds {
        let words = match gateway.seen {
            Some(at) => format!("“{title}”从 {} 起没有连接", at.to_minute()),
            None => format!("“{title}”登记以后还没有连接过"),
        };
        causes.push(cause("unseen", words));
    }
    if gateway.until <= now.plus_seconds(rule.warn_days * DAY_SECONDS) {
        let words = match gateway.until <= now {
            true => {
                format!("“{title}”的证书在 {} 到期，它不能再收发消息", gateway.until.to_minute())
            }
            false => format!("“{title}”的证书在 {} 到期，请换发并登记", gateway.until.to_minute()),
        };
        causes.push(cause("certificate", words));
    }
    if let Some((_, many)) = seen.unanswered.iter().find(|(name, _)| *name == gateway.name) {
        let within = lasting(rule.unanswered_seconds);
        let words = format!("“{title}”取走的查询到期没有答复，最近{within}里有 {many} 条");
        causes.push(cause("unanswered", words));
    }
    if let Some(offset) = gateway.offset_ms {
        let seconds = i64::try_from(offset.unsigned_abs() / 1_000).unwrap_or(i64::MAX);
        if over(seconds, rule.offset_seconds, stands("offset")) {
            let which = if offset > 0 { "快" } else { "慢" };
            let words = format!("“{title}”的时钟比中心{which}{}", offset_words(offset));
            causes.push(cause("offset", words));
        }
    }
    causes
}
