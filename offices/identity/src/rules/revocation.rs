//! Where to learn what an authority has taken back, and when its answer about a certificate counts.

use access::{Answered, Sources};
use base::{IpRange, Moment, Refusal, RefusalKind, is_near};
use seal::cert::{Answer, Certificate, Inquiry};

/// No address is longer.
const ADDRESS_MAX: usize = 300;
/// How far an authority's clock may be ahead of ours.
const SKEW_SECONDS: i64 = 300;

/// Addresses as typed; an empty one is none. Everything wrong is told at once. An address that is plainly near (this
/// machine, a private range) is refused unless it is allowed; where a name leads is looked at when it is gone to.
pub fn sources(list: &str, ask: &str, allowed: &[IpRange]) -> Result<Sources, Refusal> {
    let mut wrong = Vec::new();
    let mut address = |field: &'static str, typed: &str| {
        let typed = typed.trim();
        if !typed.is_empty() && !is_address(typed) {
            wrong.push((field, "请写完整的地址，以 http:// 或者 https:// 开头，不带用户名"));
        } else if leads_near(typed, allowed) {
            wrong.push((
                field,
                "这个地址在本机或者内网，不能用；确实要用的，请系统运维先在配置里写明",
            ));
        }
        (!typed.is_empty()).then(|| typed.to_owned())
    };
    let sources = Sources { list: address("list_url", list), ask: address("ask_url", ask) };
    if wrong.is_empty() {
        return Ok(sources);
    }
    let refusal = Refusal::new(RefusalKind::Invalid, "identity.bad_sources", "有地址写得不对");
    Err(wrong.into_iter().fold(refusal, |refusal, (field, words)| refusal.field(field, words)))
}

/// Whether an address names this machine or a private range outright.
fn leads_near(typed: &str, allowed: &[IpRange]) -> bool {
    let rest = typed.split_once("://").map_or(typed, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let address = match name.to_ascii_lowercase().as_str() {
        "localhost" => "127.0.0.1".parse(),
        name => name.parse(),
    };
    address.is_ok_and(|address| {
        is_near(address) && !allowed.iter().any(|range| range.contains(address))
    })
}

fn is_address(typed: &str) -> bool {
    let rest = ["http://", "https://"].iter().find_map(|begin| typed.strip_prefix(begin));
    rest.is_some_and(|rest| {
        typed.len() <= ADDRESS_MAX
            && rest.chars().all(|sign| sign.is_ascii_graphic() && !"@\\\"<>".contains(sign))
            && !rest.starts_with(['/', ':', '?', '#'])
            && !rest.is_empty()
    })
}

/// What an answer says about the one certificate that was asked about, or in words why it counts for nothing: signed by
/// another, about another, too old or from the future.
pub fn heard(
    answer: &Answer,
    inquiry: &Inquiry,
    issuer: &Certificate,
    now: Moment,
) -> Result<Answered, String> {
    if !answer.is_for(issuer, now) {
        return Err("答复不是这个机构签的，也不是它委托答复的".to_owned());
    }
    let standing = answer.standing_of(inquiry);
    let standing = standing.ok_or_else(|| "答复说的不是所问的证书".to_owned())?;
    let (made, until) = answer.span();
    if made > now.plus_seconds(SKEW_SECONDS) {
        return Err("答复的时间在将来，两边的时钟不一致".to_owned());
    }
    if until.is_some_and(|until| until < now) {
        return Err("答复已经过期".to_owned());
    }
    Ok(Answered { standing, made, until })
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::SigningKey;
    use seal::cert::{Authority, Serial, Standing, Subject};

    const NOW: Moment = Moment::from_millis(1_772_380_800_000);

    #[test]
    fn an_address_is_whole_and_of_the_web() {
        let fits = |list: &str| sources(list, "", &[]).is_ok();
        for good in ["", " http://ca.example.cn/list.crl ", "https://ca.example.cn:8443/x?y=1"] {
            assert!(fits(good), "{good}");
        }
        let long = format!("http://{}", "x".repeat(300));
        for bad in [
            "ca.example.cn",
            "ftp://ca",
            "http://",
            "http:///x",
            "file:///etc/passwd",
            "http://a b",
            "http://admin:secret@ca/",
            "http://鄂州/",
            "HTTP://ca",
            long.as_str(),
        ] {
            assert!(!fits(bad), "{bad}");
        }
        let both = sources("x", "y", &[]).expect_err("two are wrong");
        assert_eq!(both.fields.len(), 2);
    }

    fn authority(name: &str) -> Authority {
        let (from, until) = (NOW.plus_seconds(-86_400), NOW.plus_seconds(86_400));
        let subject = Subject::named(name);
        Authority::found(&subject, SigningKey::generate(), Serial::mint(), from, until).unwrap()
    }

    #[test]
    fn an_answer_counts_in_its_time_from_who_may_give_it_about_what_was_asked() {
        let (root, other) = (authority("根"), authority("别人"));
        let ask = |nonce: &[u8], serial: &Serial| {
            let der = Inquiry::about(root.certificate(), std::slice::from_ref(serial), Some(nonce))
                .unwrap();
            Inquiry::read(&der).unwrap()
        };
        let serial = Serial::mint();
        let (inquiry, span) = (ask(b"a", &serial), (NOW, NOW.plus_seconds(3_600)));
        let answer = root.answer(&inquiry, &[Standing::Good], span).unwrap();
        let heard_at = |inquiry: &Inquiry, seconds: i64| {
            heard(&answer, inquiry, root.certificate(), NOW.plus_seconds(seconds))
        };
        assert_eq!(heard_at(&inquiry, 0).unwrap().standing, Standing::Good);
        assert!(heard_at(&inquiry, 3_601).unwrap_err().contains("过期"));
        assert!(heard_at(&inquiry, -301).unwrap_err().contains("将来"));
        assert!(heard_at(&inquiry, -299).is_ok(), "clocks differ a little");
        let about_another = heard_at(&ask(b"a", &Serial::mint()), 0);
        assert!(about_another.unwrap_err().contains("所问的"));
        let to_another = heard_at(&ask(b"b", &serial), 0);
        assert!(to_another.unwrap_err().contains("所问的"), "an answer of before, played again");
        let forged = other.answer(&inquiry, &[Standing::Good], span).unwrap();
        let forged = heard(&forged, &inquiry, root.certificate(), NOW);
        assert!(forged.unwrap_err().contains("不是这个机构签的"));
    }
}
