//! The verdicts on what another identity platform says: OpenID Connect Core 3.1.3.7.

use base::{CitizenNumber, Day, Moment, PersonName, Refusal, RefusalKind};
use frame::IdentityProvider;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use crate::terms::providers::{Pending, Stated};

/// Clocks may differ by so much.
const SKEW_SECONDS: i64 = 60;
/// No platform names anybody by more signs (OpenID Connect Core 2).
const SUB_MAX: usize = 255;

/// A sign-in by a platform that did not come off: each reason has a code and words of its own.
pub fn failed(provider: &IdentityProvider, code: &'static str, words: &str) -> Refusal {
    let words = format!("没有用“{}”登录成：{words}", provider.name);
    Refusal::new(RefusalKind::Conflict, code, words)
        .remedy("请重新登录一次；还是这样的，请用本站的用户名和密码登录，并告诉本站的管理人员")
}

/// A platform that says of somebody who has died that they are here (民法典 art. 13).
pub fn of_dead(provider: &IdentityProvider, died: Day) -> Refusal {
    let words =
        format!("没有用“{}”登录成：人口登记显示本人已在{}死亡", provider.name, died.chinese());
    Refusal::new(RefusalKind::Forbidden, "identity.platform_says_living", words)
        .ground("《中华人民共和国民法典》第十三条")
        .remedy("登记有错的，请本人先到户籍地派出所更正登记，再重新登录")
}

/// A platform that does not answer.
pub fn away(provider: &IdentityProvider) -> Refusal {
    let words = format!("“{}”现在没有回应", provider.name);
    Refusal::new(RefusalKind::Unavailable, "identity.provider_away", words)
        .remedy("请过几分钟再试，或者用本站的用户名和密码登录")
}

/// A platform that is being asked and does not answer at once.
pub fn busy(provider: &IdentityProvider) -> Refusal {
    let words = format!("“{}”回应很慢，前面还有人在等", provider.name);
    Refusal::new(RefusalKind::Unavailable, "identity.provider_busy", words)
        .remedy("请过一会儿再试，或者用本站的用户名和密码登录")
}

/// A sign-in that nobody has begun, or that is over.
pub fn not_begun() -> Refusal {
    let words = "这次登录已经用过，或者超过了 10 分钟";
    Refusal::new(RefusalKind::Conflict, "identity.provider_state", words)
        .remedy("请回到登录页，重新开始")
}

/// A sign-in that goes on in another browser than the one in which it was begun: its address may have been planted.
pub fn begun_elsewhere() -> Refusal {
    let words = "这次登录不是在这个浏览器里开始的，没有登录";
    Refusal::new(RefusalKind::Conflict, "identity.provider_elsewhere", words)
        .remedy("请回到登录页，重新开始")
}

/// Whether the claims of a signed ID token are of this platform, for this city, of now, and of the
/// sign-in that was begun here. Gives the subject.
pub fn check_token(
    provider: &IdentityProvider,
    claims: &Map<String, Value>,
    pending: &Pending,
    now: Moment,
) -> Result<String, Refusal> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let seconds = |name: &str| claims.get(name).and_then(Value::as_i64);
    let now = now.millis() / 1_000;
    if text("iss") != provider.issuer {
        return Err(failed(provider, "identity.provider_issuer", "凭证不是它签发的"));
    }
    let audience: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let ours = audience.contains(&provider.client_id.as_str());
    let azp = claims.get("azp").and_then(Value::as_str);
    let for_us = azp.map_or(audience.len() == 1, |azp| azp == provider.client_id);
    if !ours || !for_us {
        return Err(failed(provider, "identity.provider_audience", "凭证是签发给别的系统的"));
    }
    if seconds("exp").is_none_or(|exp| exp.saturating_add(SKEW_SECONDS) < now) {
        return Err(failed(provider, "identity.provider_expired", "凭证已经过期"));
    }
    if seconds("iat").is_none_or(|iat| iat > now + SKEW_SECONDS) {
        return Err(failed(
            provider,
            "identity.provider_future",
            "凭证的签发时间不对，两边的时钟不一致",
        ));
    }
    if seconds("nbf").is_some_and(|nbf| nbf > now + SKEW_SECONDS) {
        return Err(failed(
            provider,
            "identity.provider_early",
            "凭证还没有生效，两边的时钟不一致",
        ));
    }
    let same: bool = text("nonce").as_bytes().ct_eq(pending.nonce.as_bytes()).into();
    if !same {
        return Err(failed(provider, "identity.provider_nonce", "凭证不是为这次登录签发的"));
    }
    let sub = text("sub");
    if sub.is_empty() || sub.len() > SUB_MAX {
        return Err(failed(provider, "identity.provider_subject", "凭证没有说是谁"));
    }
    Ok(sub.to_owned())
}

/// What the claims say of the person. A number counts only from a platform that proves it, and only if
/// it is one.
pub fn stated(
    provider: &IdentityProvider,
    sub: String,
    claims: &Map<String, Value>,
    pending: &Pending,
    now: Moment,
) -> Stated {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = text(&provider.name_claim).parse::<PersonName>();
    let number = provider.number_claim.as_deref().filter(|_| provider.proves);
    let number = number.and_then(|claim| text(claim).parse::<CitizenNumber>().ok());
    Stated {
        provider: provider.id.clone(),
        sub,
        name: name.map(|name| name.to_string()).unwrap_or_default(),
        number: number.map(|number| number.as_str().to_owned()),
        at: now,
        next: pending.next.clone(),
        browser: String::new(),
    }
}

/// Whether accounts of this kind sign in by a platform: staff only by one that is marked for them.
pub fn may_sign_in(provider: &IdentityProvider, kind: access::Kind) -> Result<(), Refusal> {
    if kind == access::Kind::Citizen || provider.staff {
        return Ok(());
    }
    Err(failed(
        provider,
        "identity.provider_staff",
        "工作人员不用它登录，请用本站的用户名、密码和第二种登录方式",
    ))
}
