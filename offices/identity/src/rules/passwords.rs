//! The verdicts on one's own password: another one, and the first of an account that a platform opened.

use access::PasswordWeakness;
use base::{Moment, Refusal, RefusalKind};

/// A password that is changed becomes another: else one that is too old would never be given up.
pub fn is_another(old: &str, new: &str) -> Result<(), Refusal> {
    if old != new {
        return Ok(());
    }
    let words = "新密码和现在的密码一样，请换一个";
    Err(Refusal::new(RefusalKind::Invalid, "identity.same_password", words)
        .ground("GB/T 22239-2019 8.1.4.1 身份鉴别")
        .field("password", words))
}

/// So long after coming in by a platform somebody may set the first password of their account: a session that
/// was left open is no proof of who sits before it.
const FIRST_PASSWORD_SECONDS: i64 = 600;

/// Whether a first password may be set in a session that was opened then.
pub fn may_set_first(has_one: bool, opened: Option<Moment>, now: Moment) -> Result<(), Refusal> {
    if has_one {
        let words = "这个账户已经有密码，修改时要写现在的密码";
        return Err(Refusal::new(RefusalKind::Conflict, "identity.has_password", words));
    }
    if is_just_now(opened, now) {
        return Ok(());
    }
    let words = "登录已经超过十分钟，请重新登录一次，再设置密码";
    Err(Refusal::new(RefusalKind::Conflict, "identity.not_fresh", words))
}

/// Whether a session was opened so lately that a first password may be set in it.
pub fn is_just_now(opened: Option<Moment>, now: Moment) -> bool {
    opened.is_some_and(|at| now <= at.plus_seconds(FIRST_PASSWORD_SECONDS))
}

/// A weak password as words beside the field.
pub fn weak(weakness: PasswordWeakness) -> Refusal {
    let words = weakness.to_string();
    Refusal::new(RefusalKind::Invalid, "identity.weak_password", words.clone())
        .ground("GB/T 22239-2019 8.1.4.1 身份鉴别")
        .field("password", words)
}
