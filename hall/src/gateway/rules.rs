//! The verdicts of a gateway: whether it may send, what it warns of, what the department's systems may ask. Pure.

use base::{Moment, Refusal, RefusalKind};
use message::{Limits, Wrong, offset_words};
use seal::cert::Untrusted;
use serde::Deserialize;
use serde_json::Value;

const DAY_SECONDS: i64 = 86_400;
/// A certificate that ends within so many days is said, each day.
pub(super) const WARN_DAYS: i64 = 30;
/// How far the clock may be off, and what else holds of messages: the centre's own limits, as this program knows them.
pub(super) const LIMITS: Limits =
    Limits { skew_seconds: 300, life_seconds_max: 7 * DAY_SECONDS, body_bytes_max: 10_485_760 };

/// What a gateway knows of its own standing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// How far its clock is from the centre's, milliseconds; once it has heard from it.
    pub(super) offset_ms: Option<i64>,
    /// What the centre said of the clock, if it let nobody in by it.
    pub(super) clock: Option<String>,
    /// When the first of its certificates ends.
    pub(super) ends: Option<Moment>,
    /// When the centre was last heard.
    pub(super) heard: Option<Moment>,
    /// What the centre said when it refused everything, if it does.
    pub(super) refused: Option<String>,
    /// What is wrong with what it publishes, each in words.
    pub(super) publishing: Vec<String>,
    /// What is wrong with what it subscribes to, each in words.
    pub(super) subscribing: Vec<String>,
    /// The answer that the centre refused last, or why one could not be given, if none has passed since.
    pub(super) answering: Option<String>,
    /// Why the centre puts off what this gateway signs, if it does: its certificate does not count.
    pub(super) uncertified: Option<String>,
    /// What is registered at the centre otherwise than it is configured here: another certificate.
    pub(super) registered: Option<String>,
    /// What came and was sealed for a certificate whose key is not here, if anything did.
    pub(super) unopened: Option<String>,
    /// Whether the centre's certificates have been seen at all.
    pub(super) knows_centre: bool,
}

fn refuse(code: &'static str, words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Unavailable, code, words)
}

/// Whether a gateway may take anything to be sent: not by a clock that is hours off, not with a certificate that is over,
/// not to a centre of which it knows nothing. A centre that is away for a while is no reason: what is taken in waits.
pub(super) fn may_send(standing: &Standing, now: Moment) -> Result<(), Refusal> {
    if let Some(offset) = standing.offset_ms.filter(|offset| is_off(*offset)) {
        let which = if offset > 0 { "快" } else { "慢" };
        let words = format!("本网关的时钟比中心{which}{}，不能收发消息", offset_words(offset));
        return Err(refuse("gateway.clock", words).remedy("请校准这台机器的时钟，不用重新启动"));
    }
    if let Some(words) = &standing.clock {
        return Err(refuse("gateway.clock", words).remedy("请校准这台机器的时钟，不用重新启动"));
    }
    if standing.ends.is_some_and(|ends| ends.millis() + 1_000 <= now.millis()) {
        let day = standing.ends.map_or_else(String::new, |ends| ends.to_minute());
        let words = format!("本网关的证书已经在 {day} 过期，不能收发消息");
        return Err(refuse("gateway.certificate_expired", words)
            .remedy("请向本市的设备证书机构换发，并到数据交换中心登记新证书"));
    }
    if !standing.knows_centre {
        let words = "本网关还没有连上过数据交换中心，不认识它的证书";
        return Err(refuse("gateway.no_centre", words).remedy("请检查配置里的 centre 和网络"));
    }
    Ok(())
}

fn is_off(offset_ms: i64) -> bool {
    offset_ms.unsigned_abs() > LIMITS.skew_seconds.unsigned_abs() * 1_000
}

/// What whoever runs the gateway should know.
pub(super) fn warnings(standing: &Standing, now: Moment) -> Vec<String> {
    let mut said = Vec::new();
    said.extend(may_send(standing, now).err().map(|refusal| refusal.message));
    if let Some(ends) = standing.ends {
        let days = (ends.millis() - now.millis()).div_euclid(DAY_SECONDS * 1_000);
        if (0..=WARN_DAYS).contains(&days) {
            said.push(format!("本网关的证书还有 {days} 天到期（{}），请换发", ends.to_minute()));
        }
    }
    said.extend(standing.refused.clone().map(|words| format!("中心拒绝了本网关：{words}")));
    said.extend(standing.publishing.iter().chain(&standing.subscribing).cloned());
    said.extend(standing.answering.clone());
    said.extend(
        standing.uncertified.clone().map(|words| format!("中心暂不受理本网关的消息：{words}")),
    );
    said.extend(standing.registered.iter().chain(&standing.unopened).cloned());
    let silent = standing.heard.filter(|heard| heard.plus_seconds(120) < now);
    if let Some(heard) = silent {
        said.push(format!("从 {} 起没有听到中心的回应，消息在本地等候", heard.to_minute()));
    }
    said
}

/// What a system of the department wants to ask.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    /// The ask's own name, 26 characters: the same one twice is one ask. Minted here where none is given.
    #[serde(default)]
    pub(super) id: Option<String>,
    /// Which organ is asked; the centre's registers where none is given.
    #[serde(default)]
    pub(super) to: Option<String>,
    /// In the name of which organ of this gateway.
    #[serde(default)]
    pub(super) from: Option<String>,
    /// The kind of data.
    pub(super) resource: String,
    /// For which agreed purpose.
    pub(super) purpose: String,
    /// Which fields; none are all that were agreed.
    #[serde(default)]
    pub(super) fields: Vec<String>,
    /// The question.
    pub(super) question: Value,
    /// For how long it counts, seconds; an hour where nothing is said.
    #[serde(default)]
    pub(super) life_seconds: Option<i64>,
}

/// What a system of the department sends unasked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Publish {
    /// Its own name, as of an ask.
    #[serde(default)]
    pub(super) id: Option<String>,
    /// To which organ.
    pub(super) to: String,
    /// In the name of which organ of this gateway.
    #[serde(default)]
    pub(super) from: Option<String>,
    /// The kind of data.
    pub(super) resource: String,
    /// For which agreed purpose.
    pub(super) purpose: String,
    /// Those of one key arrive one after another.
    #[serde(default)]
    pub(super) key: Option<String>,
    /// The data.
    pub(super) body: Value,
    /// For how long it counts, seconds; a day where nothing is said.
    #[serde(default)]
    pub(super) life_seconds: Option<i64>,
}

/// How long something counts, within what is allowed.
pub(super) fn life(wanted: Option<i64>, otherwise: i64) -> i64 {
    wanted.unwrap_or(otherwise).clamp(60, LIMITS.life_seconds_max)
}

/// Keeps the agreed fields of an answer, and of those the ones that were asked for; nothing else leaves the department.
pub(super) fn cut(value: Value, agreed: &[String], asked: &[String]) -> Value {
    let all = agreed.iter().any(|field| field == "*");
    let given = |name: &String| {
        (all || agreed.contains(name)) && (asked.is_empty() || asked.contains(name))
    };
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().filter(|(name, _)| given(name)).collect())
        }
        Value::Array(rows) => {
            Value::Array(rows.into_iter().map(|row| cut(row, agreed, asked)).collect())
        }
        Value::Bool(yes) => Value::Bool(yes),
        // What has no fields was not agreed on.
        other if all => other,
        _ => Value::Null,
    }
}

/// The fields that something has which is given unasked: of an object, or of all objects of a list.
pub(super) fn fields_of(body: &Value) -> Vec<String> {
    let objects: Vec<&Value> = match body {
        Value::Array(all) => all.iter().collect(),
        other => vec![other],
    };
    let names = objects.into_iter().filter_map(Value::as_object).flat_map(|one| one.keys());
    let names: std::collections::BTreeSet<&String> = names.collect();
    names.into_iter().cloned().collect()
}

/// Whether a file is asked by something, and by nothing but what it may be asked by. Whether a line is there tells what
/// stands in the members that are asked by: by one outside of the terms nobody may ask.
pub(super) fn may_be_asked(question: &Value, by: &[String]) -> Result<(), String> {
    let asked = question.as_object().filter(|asked| !asked.is_empty());
    let Some(asked) = asked else {
        return Err(format!("查询里要写明{}", by.join("、")));
    };
    match asked.keys().find(|name| !by.contains(name)) {
        Some(other) => Err(format!("不能按“{other}”查询，只能按{}", by.join("、"))),
        None => Ok(()),
    }
}

/// Whether a line of a file answers a question: each member of the question stands in it, with the same value.
pub(super) fn answers(line: &Value, question: &Value) -> bool {
    let (Some(line), Some(question)) = (line.as_object(), question.as_object()) else {
        return false;
    };
    !question.is_empty() && question.iter().all(|(name, value)| line.get(name) == Some(value))
}

/// How far the numbers of a key are to be moved, once the centre has said of the message `sent` where the key stands.
pub(super) fn moved_by(sent: u64, highest: i64) -> i64 {
    let next = highest.saturating_add(1);
    next.saturating_sub(i64::try_from(sent).unwrap_or(i64::MAX))
}

/// What is said of a message that was not seen to arrive in its time. Once it was tried, nobody here knows.
pub(super) fn unsent(tries: i64) -> (&'static str, &'static str) {
    match tries {
        0 => ("gateway.not_sent", "有效时间内没有送到中心，已经停止发送"),
        _ => ("gateway.not_known", "已经发送过，但有效时间内没有收到中心的回答，不知道是否送到"),
    }
}

/// Whether what is wrong with a message may pass by itself: somebody of whom nothing was read yet, a clock, a list that has
/// not come. What can never hold is said to the centre; this is not, and comes again.
pub(super) fn may_hold_later(wrong: &Wrong) -> bool {
    match wrong {
        // The key to a certificate that was exchanged may be put into the configuration yet.
        Wrong::OtherGateway(_)
        | Wrong::OtherCertificate
        | Wrong::OtherReceiver
        | Wrong::ClockAhead(_) => true,
        Wrong::Untrusted(why) => !matches!(why, Untrusted::Expired(_) | Untrusted::Revoked(..)),
        _ => false,
    }
}

/// Whether the centre puts off what it refuses by this code: the certificate does not count, the message is none the worse.
pub(super) fn is_put_off(state: &str, code: &str) -> bool {
    state == "later"
        || state == "refused"
            && (code == "exchange.other_certificate" || code.starts_with("exchange.certificate"))
}

/// What is registered at the centre otherwise than it is configured here, in words. `signs` is whether the certificate for
/// signing is the registered one, `replaced` until when the centre takes it all the same, `opens` whether that for being
/// sealed to is.
pub(super) fn registered_otherwise(
    signs: bool,
    replaced: Option<Moment>,
    opens: bool,
) -> Option<String> {
    match (signs, replaced, opens) {
        (false, Some(until), _) => Some(format!(
            "中心已经登记了新的签名证书，本网关还在用换下的那一张，用它签名的消息收到 {} 为止。请换上新证书，重新启动本网关",
            until.to_minute()
        )),
        (false, None, _) => Some(
            "中心登记的签名证书不是本网关现在用的这一张。请到中心登记新证书；登记以前发不出去的消息在本地等候".into(),
        ),
        (true, _, false) => Some(
            "中心登记的加密证书不是本网关现在用的这一张，发来的消息会打不开。请换上登记的证书，或者请中心登记新证书".into(),
        ),
        (true, _, true) => None,
    }
}
