//! The verdicts: who may be registered, what may pass between whom, and how long traffic goes on when the log or the
//! clock stands still.

pub mod alarms;
pub mod bus;
pub mod flows;
pub mod parts;
pub mod subscriptions;

use ask::Standing;
use base::{Day, FieldError, Moment, Refusal, RefusalKind};
use delivery::{Bound, Pace};
use message::{Header, Kind, Limits, Terms, Wrong};
use seal::cert::{Certificate, Purpose};

use crate::terms::{CENTRE, Gateway, Listed, Registration, Rule, Stall, State};

const DAY_SECONDS: i64 = 86_400;
const NAME_MAX: usize = 40;
const WORDS_MAX: usize = 500;
const LIST_MAX: usize = 200;

/// The rule of a day: of the rules with their dates the one in force.
pub fn rule_of(rules: Vec<Rule>, day: Day) -> Option<Rule> {
    let dated = rules.into_iter().filter_map(|rule| Some((rule.from.parse::<Day>().ok()?, rule)));
    let latest = dated.filter(|(from, _)| *from <= day).max_by_key(|(from, _)| *from);
    latest.map(|(_, rule)| rule)
}

impl Rule {
    /// What holds for every message.
    pub fn limits(&self) -> Limits {
        Limits {
            skew_seconds: self.skew_seconds,
            life_seconds_max: self.life_days_max * DAY_SECONDS,
            body_bytes_max: self.body_bytes_max,
        }
    }

    /// How messages are tried again.
    pub fn pace(&self) -> Pace {
        Pace {
            lease_seconds: self.lease_seconds,
            pause_seconds: self.pause_seconds,
            pause_seconds_max: self.pause_seconds_max,
            tries_max: self.tries_max,
        }
    }

    /// How much waits for a gateway at most.
    pub fn bound(&self) -> Bound {
        Bound { letters_max: self.letters_max, bytes_max: self.queue_bytes_max }
    }
}

fn refuse(code: &'static str, words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Forbidden, code, words)
}

/// One wrong field.
pub fn wrong(field: &str, message: impl Into<String>) -> FieldError {
    FieldError { field: field.to_owned(), message: message.into() }
}

/// A form in which these fields need a change; fine if none does.
pub fn mended(errors: Vec<FieldError>) -> Result<(), Refusal> {
    if errors.is_empty() {
        return Ok(());
    }
    let fresh = Refusal::new(RefusalKind::Invalid, "exchange.bad_form", "有几处需要修改");
    Err(errors.into_iter().fold(fresh, |refusal, one| refusal.field(one.field, one.message)))
}

/// What is wrong with a reason that must be said.
pub fn check_reason(reason: &str) -> Option<FieldError> {
    match reason.trim() {
        "" => Some(wrong("reason", "请写依据或者理由")),
        reason if reason.chars().count() > WORDS_MAX => {
            Some(wrong("reason", format!("最多 {WORDS_MAX} 个字")))
        }
        _ => None,
    }
}

/// What is wrong with the words of a registration.
pub fn check_registration(new: &Registration) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let plain = !new.name.is_empty() && new.name.len() <= NAME_MAX && new.name.bytes().all(letter);
    if !plain {
        let words = format!("请用小写字母、数字和连字符，最多 {NAME_MAX} 个");
        errors.push(wrong("name", words));
    } else if new.name == CENTRE {
        errors.push(wrong("name", "这是交换中心自己的名称"));
    }
    if new.title.is_empty() || new.title.chars().count() > NAME_MAX {
        errors.push(wrong("title", format!("请填写名称，最多 {NAME_MAX} 个字")));
    }
    if new.organs.is_empty() || new.organs.len() > LIST_MAX {
        errors.push(wrong("organs", "请至少写一个机关的编号，一行一个"));
    }
    let kind = |kind: &String| {
        let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"._-/".contains(&c);
        !kind.is_empty() && kind.len() <= 100 && kind.bytes().all(letter)
    };
    if new.kinds.len() > LIST_MAX || !new.kinds.iter().all(kind) {
        errors.push(wrong("kinds", "资源一行一个，只能用小写字母、数字、点、斜线、连字符和下划线"));
    }
    errors
}

/// Whether both certificates are for what they shall be used for, and in this name.
pub fn check_pair(name: &str, signing: &Certificate, sealing: &Certificate) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (field, one, purpose, words) in [
        ("sign_certificate", signing, Purpose::Signature, "这不是签名证书"),
        ("seal_certificate", sealing, Purpose::Encipherment, "这不是加密证书"),
    ] {
        let found = one.common_name().unwrap_or_default();
        if !one.is_for(purpose) {
            errors.push(wrong(field, words));
        } else if found != name {
            errors.push(wrong(field, format!("证书上的名称是“{found}”，不是“{name}”")));
        }
    }
    errors
}

/// Whether a gateway may send and be sent to now.
pub fn stands(gateway: &Gateway) -> Result<(), Refusal> {
    match gateway.state {
        State::Active => Ok(()),
        State::Suspended => {
            let words = format!("网关已被中心暂停：{}", gateway.state_reason);
            Err(refuse("exchange.suspended", words).remedy("请联系数据交换中心"))
        }
        State::Revoked => Err(refuse("exchange.revoked", "网关已被中心停用，不能再使用")),
    }
}

/// What an ask, or data that is given, is held against: 政务数据共享条例 arts. 21–24, shared for the agreed purpose and
/// within the agreed fields, and by nobody who has agreed to nothing.
pub fn within(terms: Option<&Standing>, fields: &[String]) -> Result<(), Refusal> {
    let Some(terms) = terms else {
        let words = "没有为这个用途交换这项数据的有效共享条件";
        return Err(refuse("ask.no_terms", words).remedy("请先在政务数据目录里申请共享"));
    };
    // Those are held by who answers, and a provider's gateway does not know them.
    if terms.yes_no || !terms.filter.is_empty() {
        let words = "共享条件只准回答是否，或者限定了范围，这样的数据只能由中心的库答复，不能转给部门的网关";
        return Err(refuse("exchange.terms_not_carried", words)
            .remedy("请同提供部门商定不带这两项限制的共享条件，或者由中心的库提供"));
    }
    let all = terms.fields.iter().any(|field| field == "*");
    match fields.iter().find(|field| !all && !terms.fields.contains(field)) {
        Some(field) => Err(Wrong::FieldOutside(field.clone()).refusal()),
        None => Ok(()),
    }
}

/// Whether the receiver is one to which this may be sent: it stands, and speaks for the organ.
pub fn may_reach(header: &Header, to: Option<&Gateway>) -> Result<(), Refusal> {
    let Some(to) = to else {
        let words = format!("没有登记名为“{}”的网关", header.to.gateway);
        return Err(refuse("exchange.no_such_gateway", words));
    };
    if to.state != State::Active {
        let words = format!("对方网关“{}”已被停用，暂时不能送达", to.title);
        return Err(refuse("exchange.receiver_stopped", words));
    }
    match to.organs.contains(&header.to.organ) {
        true => Ok(()),
        false => Err(Wrong::NotItsOrgan(header.to.organ.clone()).refusal()),
    }
}

/// Whether a gateway answers or gives this kind of data.
pub fn may_provide(gateway: &Gateway, resource: &str) -> Result<(), Refusal> {
    match gateway.kinds.iter().any(|kind| kind == resource) {
        true => Ok(()),
        false => {
            let words = format!("网关“{}”没有登记提供“{resource}”", gateway.title);
            Err(refuse("exchange.kind_not_registered", words))
        }
    }
}

/// Whether what was judged by a gateway as it stood holds by the gateway as it stands: its organs, its certificates
/// (`signs`), and the kind of data where it gives any.
pub fn still_may(
    (gateway, signs): (&Gateway, bool),
    header: &Header,
    given: Option<&str>,
) -> Result<(), Refusal> {
    if !gateway.organs.contains(&header.from.organ) {
        return Err(Wrong::NotItsOrgan(header.from.organ.clone()).refusal());
    }
    if !signs {
        return Err(Wrong::OtherCertificate.refusal());
    }
    given.map_or(Ok(()), |resource| may_provide(gateway, resource))
}

/// Whether what was refused is no fault of the message: its certificate does not count, and another one may.
pub fn may_pass_by_itself(code: &str) -> bool {
    matches!(
        code,
        "exchange.other_certificate"
            | "exchange.certificate"
            | "exchange.certificate_expired"
            | "exchange.certificate_revoked"
    )
}

/// Whether this answers what was asked: the ask went to who answers, from who is answered, and nobody has answered yet.
pub fn may_reply(reply: &Header, asked: Option<&Listed>, others: &[Listed]) -> Result<(), Refusal> {
    let fits = asked.is_some_and(|ask| {
        ask.kind == Kind::Ask.name()
            && (&ask.to_gateway, &ask.to_organ) == (&reply.from.gateway, &reply.from.organ)
            && (&ask.from_gateway, &ask.from_organ) == (&reply.to.gateway, &reply.to.organ)
            && (&ask.resource, &ask.purpose) == (&reply.resource, &reply.purpose)
    });
    if !fits {
        return Err(refuse("exchange.no_such_ask", "找不到这条答复对应的查询"));
    }
    // What the centre said when its time was over gives way to the answer that came after all.
    match others.iter().all(|other| other.id == reply.id || other.from_gateway == CENTRE) {
        true => Ok(()),
        false => Err(refuse("exchange.answered_already", "这次查询已经答复过")),
    }
}

/// What is given unasked says which fields it has, or nobody could hold it against the terms; where everything was agreed,
/// there is nothing to say.
pub fn says_what(header: &Header, terms: Option<&Standing>) -> Result<(), Refusal> {
    let all = terms.is_some_and(|terms| terms.fields.iter().any(|field| field == "*"));
    match header.kind == Kind::Publish && header.fields.is_empty() && !all {
        true => Err(refuse(
            "exchange.fields_unsaid",
            "推送的消息没有写明有哪些字段，不能和共享条件核对",
        )),
        false => Ok(()),
    }
}

/// The terms as the centre signs them: its word for a day, from the beginning of today (and as much earlier as clocks may
/// be apart) until the end of tomorrow, so that an ask of midnight is answered; never beyond the last day agreed on.
pub fn terms_of(
    (consumer, provider): (&str, &str),
    (resource, purpose): (&str, &str),
    standing: &Standing,
    signer: String,
    (today, skew_seconds): (Day, i64),
) -> Terms {
    let last = standing.until.map_or(today.plus(1), |until| until.min(today.plus(1)));
    Terms {
        v: 1,
        consumer: consumer.to_owned(),
        provider: provider.to_owned(),
        resource: resource.to_owned(),
        purpose: purpose.to_owned(),
        about: standing.about.clone(),
        fields: standing.fields.clone(),
        ground: standing.ground.clone(),
        valid_seconds: standing.valid_seconds,
        from: today.start().plus_seconds(-skew_seconds).millis(),
        until: last.plus(1).start().millis(),
        signer,
    }
}

/// Whether traffic goes on while something stands still: for a while it does, then it is refused until it goes on.
pub fn goes_on(stalls: &[Stall], stall_seconds: i64, now: Moment) -> Result<(), Refusal> {
    let over = stalls.iter().find(|stall| stall.since.plus_seconds(stall_seconds) <= now);
    let Some(stall) = over else { return Ok(()) };
    let words = format!("{}，中心暂停受理消息。消息请留在本地，恢复以后再发送", stall.words);
    Err(Refusal::new(RefusalKind::Unavailable, "exchange.stalled", words))
}

/// Since when the log stands still, if it does: an act has waited for its place longer than it ever should.
pub fn log_stall(waiting: Option<Moment>, now: Moment) -> Option<Stall> {
    let since = waiting.filter(|since| since.plus_seconds(5) <= now)?;
    Some(Stall { what: "log".into(), since, words: "登记簿停止了更新".into() })
}

/// A clock that has leapt is believed again once it has gone as time has for so many looks, one after another.
const CALM_LOOKS: u32 = 6;

/// What is known of the clock from one look to the next.
#[derive(Clone, Debug, Default)]
pub struct ClockWatch {
    /// The last look: by the wall, and as time has passed since some moment; milliseconds.
    last: Option<(i64, i64)>,
    leapt: Option<Stall>,
    calm: u32,
}

impl ClockWatch {
    /// One look. Says whether the clock counts as standing still, and since when.
    pub fn look(&mut self, now: Moment, steady_ms: i64, skew_seconds: i64) -> Option<Stall> {
        let this = (now.millis(), steady_ms);
        let last = self.last.replace(this).unwrap_or(this);
        let (wall_ms, steady_ms) = (this.0.saturating_sub(last.0), this.1.saturating_sub(last.1));
        match clock_stall(wall_ms, steady_ms, skew_seconds, now) {
            Some(leap) => {
                (self.leapt, self.calm) = (Some(leap), 0);
            }
            None => {
                self.calm = self.calm.saturating_add(1);
                if self.calm >= CALM_LOOKS {
                    self.leapt = None;
                }
            }
        }
        self.leapt.clone()
    }
}

/// Whether the clock of the wall has moved as time has: `wall` and `steady` milliseconds passed since the last look.
pub fn clock_stall(wall_ms: i64, steady_ms: i64, skew_seconds: i64, now: Moment) -> Option<Stall> {
    let apart = wall_ms.saturating_sub(steady_ms);
    (apart.unsigned_abs() > skew_seconds.unsigned_abs().saturating_mul(1_000)).then(|| {
        let words = format!(
            "中心的时钟跳动了{}（走稳约一分钟以后自动恢复，请核对时间）",
            message::offset_words(apart)
        );
        Stall { what: "clock".into(), since: now, words }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(fields: &[&str]) -> Standing {
        Standing {
            about: "核对".into(),
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            ground: "第二十三条".into(),
            valid_seconds: 60,
            filter: Vec::new(),
            yes_no: false,
            rate: ask::Rate::default(),
            from: base::Day::from_number(0),
            until: None,
            ended: None,
            resource: String::new(),
        }
    }

    #[test]
    fn nothing_passes_without_terms_nor_outside_of_their_fields() {
        let fields = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let code = |terms: Option<&Standing>, names: &[&str]| {
            within(terms, &fields(names)).err().map(|refusal| refusal.code)
        };
        let agreed = standing(&["name", "address"]);
        assert_eq!(code(None, &[]), Some("ask.no_terms"));
        assert_eq!(code(Some(&agreed), &[]), None);
        assert_eq!(code(Some(&agreed), &["name"]), None);
        assert_eq!(code(Some(&agreed), &["name", "phone"]), Some("ask.field_outside"));
        assert_eq!(code(Some(&standing(&["*"])), &["phone"]), None);
        let narrow = Standing { yes_no: true, ..agreed };
        assert_eq!(code(Some(&narrow), &["name"]), Some("exchange.terms_not_carried"));
    }

    #[test]
    fn what_was_judged_is_held_against_the_gateway_as_it_stands_once_more() {
        let gateway = |organ: &str, kinds: &[&str]| Gateway {
            name: "housing".into(),
            title: "住建局网关".into(),
            organs: vec![organ.into()],
            organ_names: vec!["住建局".into()],
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            signing: Vec::new(),
            sealing: Vec::new(),
            until: Moment::from_millis(0),
            state: State::Active,
            state_reason: String::new(),
            registered_at: Moment::from_millis(0),
            seen: None,
            offset_ms: None,
        };
        let header: Header = serde_json::from_value(serde_json::json!({
            "v": 1, "id": base::Id::<()>::from_bits(7).to_string(), "kind": "publish",
            "from": { "gateway": "housing", "organ": "ezhou-zjj" },
            "to": { "gateway": CENTRE, "organ": CENTRE }, "at": 0, "expires": 1,
            "resource": "201001/000001", "purpose": "publication",
            "body": { "bytes": 0, "digest": "", "to": "", "envelope": "" }, "signer": "",
        }))
        .unwrap();
        let code = |gateway: &Gateway, signs, given| {
            still_may((gateway, signs), &header, given).err().map(|refusal| refusal.code)
        };
        let own = gateway("ezhou-zjj", &["201001/000001"]);
        assert_eq!(code(&own, true, Some("201001/000001")), None);
        // Between judging and entering it was registered for another organ, another certificate, other kinds.
        let other = gateway("ezhou-wjw", &["201001/000001"]);
        assert_eq!(code(&other, true, None), Some("exchange.not_its_organ"));
        assert_eq!(code(&own, false, None), Some("exchange.other_certificate"));
        let bare = gateway("ezhou-zjj", &[]);
        assert_eq!(code(&bare, true, Some("201001/000001")), Some("exchange.kind_not_registered"));
        assert_eq!(code(&bare, true, None), None, "what asks gives nothing");
        assert!(may_pass_by_itself("exchange.other_certificate"));
        assert!(!may_pass_by_itself("exchange.not_its_organ"));
    }

    #[test]
    fn traffic_goes_on_for_a_minute_when_the_log_stands_still_and_no_longer() {
        let at = |seconds| Moment::from_millis(1_772_380_800_000).plus_seconds(seconds);
        assert!(log_stall(None, at(0)).is_none());
        assert!(log_stall(Some(at(0)), at(4)).is_none(), "it is about to");
        let stall = log_stall(Some(at(0)), at(30)).unwrap();
        assert!(goes_on(std::slice::from_ref(&stall), 60, at(59)).is_ok());
        let refused = goes_on(&[stall], 60, at(60)).unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Unavailable);
        assert!(refused.message.contains("登记簿停止了更新"));
    }

    #[test]
    fn a_clock_that_leapt_is_believed_again_after_it_has_gone_right_for_a_minute() {
        let (mut watch, at) = (ClockWatch::default(), |ms: i64| Moment::from_millis(ms));
        assert!(watch.look(at(0), 0, 300).is_none());
        assert!(watch.look(at(10_800_000 + 10_000), 10_000, 300).is_some());
        for look in 2..7 {
            let stall = watch.look(at(10_800_000 + look * 10_000), look * 10_000, 300);
            assert!(stall.is_some_and(|stall| stall.words.contains("自动恢复")), "{look}");
        }
        assert!(watch.look(at(10_870_000), 70_000, 300).is_none());
        assert!(watch.look(at(80_000), 80_000, 300).is_some(), "it leaps back");
    }

    #[test]
    fn a_clock_that_does_not_move_as_time_does_is_noticed() {
        let now = Moment::from_millis(0);
        assert!(clock_stall(10_000, 10_050, 300, now).is_none());
        assert!(clock_stall(0, 299_000, 300, now).is_none());
        assert!(clock_stall(0, 301_000, 300, now).is_some(), "it stood");
        let leapt = clock_stall(3 * 3_600_000 + 10_000, 10_000, 300, now).unwrap();
        assert!(leapt.words.contains("3 小时"), "{}", leapt.words);
    }
}
