//! The verdicts: who may agree to a reset, which login names are allowed.

pub mod mandates;
pub mod openid;
pub mod providers;
mod passwords;
mod posts;
mod revocation;

pub use passwords::{is_another, is_just_now, may_set_first, weak};
pub use posts::{
    Decider, Matter, delegation_of, goes_on, may_decide, may_propose, may_take_back, nobody_left,
    rule_of, term_of,
};
pub use revocation::{heard, sources};

use access::{
    Account, Factor, FactorKind, Held, Kind, Level, Lock, NewOrgan, Organ, is_administrator,
};
use base::{CreditCode, Day, DivisionCode, Moment, Refusal, RefusalKind};

use crate::terms::{Reset, ResetState};

/// What the next agreement to a reset makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreed {
    /// It is the first of two.
    First,
    /// It is the second: the code may be issued.
    Second,
}

/// Whether `admin` may agree to this reset: two different administrators, neither of them the
/// person concerned.
pub fn agree(reset: &Reset, admin: &str) -> Result<Agreed, Refusal> {
    if reset.account.to_string() == admin {
        return Err(refuse("identity.own_reset", "自己的密码重置不能由自己核准"));
    }
    match (&reset.state, &reset.first) {
        (ResetState::Asked, _) => Ok(Agreed::First),
        (ResetState::HalfAgreed, Some((first, _))) if first == admin => {
            Err(refuse("identity.same_admin", "您已经核准过一次，还需要另一位管理员核准"))
        }
        (ResetState::HalfAgreed, _) => Ok(Agreed::Second),
        _ => Err(refuse("identity.reset_over", "这项申请已经办结")),
    }
}

/// Whether an account may be let in again on the machine itself: only that of an administrator, for
/// whom there may be no other two left to agree. All others go the way of two administrators.
pub fn may_readmit(account: &Account, posts: &[Held], today: Day) -> Result<(), Refusal> {
    if !posts.iter().any(|post| post.stands(today) && is_administrator(&post.holding.role)) {
        let words = format!("账户 {} 现在不是管理员", account.login);
        return Err(refuse("identity.not_an_administrator", &words)
            .remedy("其他人员忘记密码，请在 /forgot 申请，由两位管理员核准"));
    }
    if account.state != "active" {
        let words = format!("账户 {} 已经停用", account.login);
        return Err(refuse("identity.disabled", &words).remedy("请先由系统管理员恢复这个账户"));
    }
    Ok(())
}

fn refuse(code: &'static str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Conflict, code, words)
}

/// Whether a text can be a login name: 3–40 letters, digits, dots, hyphens or underscores.
pub fn check_login(login: &str) -> Result<(), Refusal> {
    let length = login.chars().count();
    let fine = login.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if (3..=40).contains(&length) && fine {
        return Ok(());
    }
    let words = "用户名要有 3 到 40 个字符，只用字母、数字、点、减号、下划线";
    Err(Refusal::new(RefusalKind::Invalid, "identity.bad_login", words).field("account", words))
}

/// So many second factors an account may have.
const FACTORS_MAX: usize = 10;

/// What a holder calls a second factor: it tells this phone from that token.
pub fn factor_name(typed: &str) -> Result<String, Refusal> {
    let name = typed.trim();
    if (1..=30).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    let words = "请写一个 30 个字以内的名称，例如“我的手机”";
    Err(Refusal::new(RefusalKind::Invalid, "identity.bad_factor_name", words).field("name", words))
}

/// Whether another second factor of this kind may be added to these: it is one that counts for this person.
pub fn may_add_factor(
    standing: &[Factor],
    kind: FactorKind,
    counting: &[FactorKind],
) -> Result<(), Refusal> {
    if !counting.contains(&kind) {
        let words = format!("本市规定，工作人员登录不能用{}", kind.title());
        return Err(
            refuse("identity.factor_not_allowed", &words).remedy("请用“登录方式”页面上列出的种类")
        );
    }
    if standing.len() < FACTORS_MAX {
        return Ok(());
    }
    let words = format!("一个账户最多 {FACTORS_MAX} 种登录方式");
    Err(refuse("identity.factors_max", &words).remedy("请先去掉不用的"))
}

/// The first code does not fit the secret: mistyped, or the phone's clock is off.
pub fn wrong_first_code() -> Refusal {
    let words = "验证码不对，或者已经过期";
    Refusal::new(RefusalKind::Invalid, "identity.wrong_first_code", words)
        .field("code", words)
        .remedy("验证码 30 秒换一次，请输入正在显示的 6 位数字；总是不对的，请打开手机的自动校时")
}

/// By what the second step may be done: of the kinds that somebody has, those that count for them; where none
/// does, any of them, and then a session is opened in which one that counts can only be set up.
pub fn offered(held: &[FactorKind], counting: &[FactorKind]) -> Vec<FactorKind> {
    let counts = |kind: &FactorKind| counting.contains(kind);
    let fit: Vec<FactorKind> = held.iter().copied().filter(counts).collect();
    if fit.is_empty() { held.to_vec() } else { fit }
}

/// What a browser is called and where it runs, of a list of our own: what else stands in its word for itself is
/// told to nobody.
pub fn browser_said(agent: &str) -> String {
    const PLACES: &[(&str, &str)] = &[
        ("HarmonyOS", "鸿蒙设备"),
        ("OpenHarmony", "鸿蒙设备"),
        ("iPhone", "苹果手机"),
        ("iPad", "苹果平板电脑"),
        ("Android", "安卓设备"),
        ("Windows", "Windows 电脑"),
        ("Mac OS X", "苹果电脑"),
        ("Linux", "Linux 电脑"),
    ];
    const BROWSERS: &[(&str, &str)] = &[
        ("MicroMessenger/", "微信"),
        ("Edg", "Edge 浏览器"),
        ("Firefox/", "火狐浏览器"),
        ("FxiOS/", "火狐浏览器"),
        ("QQBrowser/", "QQ 浏览器"),
        ("CriOS/", "Chrome 浏览器"),
        ("Chrome/", "Chrome 内核的浏览器"),
        ("Safari/", "Safari 浏览器"),
    ];
    let said = |list: &[(&str, &'static str)], else_said| {
        list.iter().find(|(mark, _)| agent.contains(mark)).map_or(else_said, |(_, words)| *words)
    };
    match (said(PLACES, ""), said(BROWSERS, "")) {
        ("", "") => "不认识的设备".to_owned(),
        ("", browser) => browser.to_owned(),
        (place, "") => place.to_owned(),
        (place, browser) => format!("{place}上的{browser}"),
    }
}

/// The one answer to a second step that does not fit.
pub fn wrong_second(field: &str, lock: Lock) -> Refusal {
    let words = match field {
        "passkey" => "通行密钥不对，或者已经去掉",
        "code" => "验证码不对，或者已经过期；总是不对的，请打开手机的自动校时",
        _ => "签名不对，或者证书不是您账户上登记的那一张",
    };
    Refusal::new(RefusalKind::SignIn, "identity.wrong_second", words)
        .field(field, words)
        .remedy(lock.warning())
}

/// A code by time that was right and was taken before.
pub fn used_code(lock: Lock) -> Refusal {
    let words = "这个验证码已经用过，请等手机上换成下一个";
    Refusal::new(RefusalKind::SignIn, "identity.used_code", words)
        .field("code", words)
        .remedy(lock.warning())
}

/// A certificate that cannot be used here, and why.
pub fn unfit_certificate(why: String) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "identity.unfit_certificate", why.clone())
        .field("certificate", why)
}

/// The right key has signed, and its certificate does not count any more.
pub fn unfit_at_sign_in(why: String) -> Refusal {
    Refusal::new(RefusalKind::SignIn, "identity.unfit_certificate", why.clone())
        .field("signature", why)
        .remedy("请用别的登录方式，或者联系签发机构换发证书")
}

/// A passkey that is not taken here, and why.
pub fn unfit_passkey(why: String) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "identity.unfit_passkey", why.clone()).field("passkey", why)
}

/// The code of a passkey that was refused for what it showed.
pub const WRONG_PASSKEY: &str = "identity.wrong_passkey";

/// A passkey that does not open, and why: its holder is told, whose own device said it.
pub fn wrong_passkey(why: String) -> Refusal {
    Refusal::new(RefusalKind::SignIn, WRONG_PASSKEY, why.clone()).field("passkey", why).remedy(
        "请再试一次，或者用别的登录方式；怀疑通行密钥被人复制的，请登录后在“登录方式”里去掉它",
    )
}

/// Nobody here has this passkey.
pub fn unknown_passkey() -> Refusal {
    let words = "本网站没有登记这个通行密钥，或者它已经去掉了";
    Refusal::new(RefusalKind::SignIn, "identity.unknown_passkey", words)
        .field("passkey", words)
        .remedy("请用用户名和密码登录")
}

/// The page from which a passkey was asked stood open too long.
pub fn passkey_over() -> Refusal {
    let words = "这一页打开太久了，请再试一次";
    Refusal::new(RefusalKind::SignIn, "identity.passkey_over", words).field("passkey", words)
}

/// What a passkey has signed has opened a session before.
pub fn passkey_used() -> Refusal {
    let words = "通行密钥的这一次签名已经用过，请再试一次";
    Refusal::new(RefusalKind::SignIn, "identity.passkey_used", words).field("passkey", words)
}

/// Whether a passkey alone opens a session: those of citizens; staff sign in in two steps.
pub fn may_enter_alone(account: &Account) -> Result<(), Refusal> {
    match account.kind {
        Kind::Citizen => Ok(()),
        Kind::Staff => {
            let words = "工作人员登录先用用户名和密码，通行密钥用在第二步";
            Err(Refusal::new(RefusalKind::SignIn, "identity.not_alone", words)
                .field("passkey", words))
        }
    }
}

/// The second step came too late, or too often.
pub fn second_over() -> Refusal {
    let words = "登录的第二步已经失效";
    Refusal::new(RefusalKind::SignIn, "identity.second_over", words)
        .field("password", "第二步要在 5 分钟内完成，请重新登录")
}

/// The second step was done before: what opened a session opens no other.
pub fn second_done() -> Refusal {
    let words = "登录的这一步已经完成过";
    Refusal::new(RefusalKind::SignIn, SECOND_DONE, words)
        .field("password", "这一步已经用过，一次只登录一回；要再登录，请重新输入密码")
}

/// The code of a second step that was done before.
pub const SECOND_DONE: &str = "identity.second_done";

/// The most signs of a mail address (RFC 5321 4.5.3.1.3, without its brackets).
const EMAIL_MAX: usize = 254;

/// A mail address as it was typed, tidied; whether somebody reads there only a letter can tell.
pub fn mail_address(typed: &str) -> Result<String, Refusal> {
    let email = typed.trim();
    let plain =
        |c: char| c.is_alphanumeric() || c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c);
    let whole = email.split_once('@').is_some_and(|(person, place)| {
        !person.is_empty()
            && person.chars().all(plain)
            && place.chars().all(plain)
            && place.split('.').count() > 1
            && place.split('.').all(|part| !part.is_empty())
    });
    if whole && email.len() <= EMAIL_MAX {
        return Ok(email.to_owned());
    }
    let words = "邮箱地址不完整，例如 name@example.com";
    Err(Refusal::new(RefusalKind::Invalid, "identity.bad_email", words).field("email", words))
}

/// Whether the holder may close this account: citizens close their own; accounts of staff belong to
/// their work and are disabled by the system administrator.
pub fn may_close(account: &Account) -> Result<(), Refusal> {
    match account.kind {
        Kind::Citizen => Ok(()),
        Kind::Staff => {
            let words = "工作人员的账户不能自己注销";
            Err(refuse("identity.staff_stay", words).remedy("离岗的，由系统管理员停用账户"))
        }
    }
}

/// Whether a clerk may vouch that an account is of the person with a card in this name.
pub fn may_vouch(account: &Account, name: &str) -> Result<(), Refusal> {
    if account.level() == Level::Proven {
        return Err(refuse("identity.proven_already", "这个账户已经核实过，不用再核实"));
    }
    if account.name != name {
        let words = "账户上的姓名与证件不一致，没有核实";
        return Err(refuse("identity.other_name", words)
            .remedy("请本人注销这个账户，用证件上的姓名重新注册，再来核实"));
    }
    Ok(())
}

/// Whether a clerk may open an account again that an entry in the register had disabled: once the register has been
/// corrected, for who has a card in the account's name.
pub fn may_reopen(account: &Account, name: &str) -> Result<(), Refusal> {
    if account.state != "disabled" {
        return Err(refuse("identity.not_disabled", "这个账户没有停用，不用恢复"));
    }
    if account.died_on.is_some() {
        let words = "人口登记还没有更正，不能恢复这个账户";
        return Err(refuse("identity.register_says_dead", words)
            .remedy("请本人先到户籍地派出所更正登记；更正的登记导入以后再来恢复"));
    }
    if account.name != name {
        let words = "账户上的姓名与证件不一致，没有恢复";
        return Err(refuse("identity.other_name", words));
    }
    Ok(())
}

/// Whether a clerk alone may close an account for the holder of its number: not where the number is proven.
/// Two administrators give such an account back to its holder, by a reset.
pub fn may_close_for_holder(account: &Account) -> Result<(), Refusal> {
    if !account.real_name {
        return Ok(());
    }
    let words = "这个账户已经核实过，窗口不能注销";
    Err(refuse("identity.proven_stays", words).remedy(format!(
        "确是别人冒用的，请本人用用户名 {} 在 /forgot 申请重置密码，由两位管理员核准，再由本人注销",
        account.login
    )))
}

/// The one answer to a wrong name and to a wrong password, so that nobody learns which it was.
pub fn wrong_credentials(lock: Lock) -> Refusal {
    Refusal::new(RefusalKind::SignIn, "identity.wrong", "用户名或密码不对")
        .field("password", "用户名或密码不对，请重新输入")
        .remedy(format!("{}；忘记密码的，可以申请重置", lock.warning()))
}

/// The one answer while a name is locked, whether the password is right or wrong and whether
/// anybody has that name: who guesses learns nothing from going on.
pub fn locked(until: Moment) -> Refusal {
    Refusal::new(
        RefusalKind::TooMany,
        "identity.locked",
        format!("密码连续输错，已锁定到 {}", until.to_minute()),
    )
    .ground("GB/T 22239-2019 8.1.4.1 身份鉴别")
    .remedy("锁定期间，输对密码也不能登录，到时自动解锁；急用的，请申请重置密码，由两位管理员核准")
}

/// The kinds of organs: as stored and as people read them.
pub const ORGAN_KINDS: &[(&str, &str)] = &[
    ("government", "人民政府"),
    ("department", "工作部门"),
    ("district", "区"),
    ("street", "街道、乡镇"),
];

/// So far ahead a change of an organ is agreed to at most: its people and its surroundings change.
const ORGAN_DAYS_MAX: i64 = 366;

/// From which day a change of an organ may hold: from today or a later one, never backwards.
pub fn organ_day(from: Day, today: Day) -> Result<(), Refusal> {
    let words = match from {
        from if from < today => "不能早于今天：已经过去的日子，机构是什么就是什么",
        from if today.plus(ORGAN_DAYS_MAX) < from => "最多提前一年",
        _ => return Ok(()),
    };
    Err(Refusal::new(RefusalKind::Invalid, "identity.bad_day", words).field("from", words))
}

/// Whether an organ can be entered beside those that stand: all mistakes are told at once.
pub fn check_organ(organ: &NewOrgan, standing: &[Organ]) -> Result<(), Refusal> {
    let mut refusal = Refusal::new(RefusalKind::Invalid, "identity.bad_organ", "有几处需要修改");
    let mut note = |wrong: bool, field: &str, words: &str| {
        if wrong {
            refusal.fields.push(base::FieldError { field: field.into(), message: words.into() });
        }
    };
    note(organ.name.is_empty(), "name", "请写机构的全称");
    note(organ.short_name.is_empty(), "short_name", "请写机构的简称");
    note(!is_slug(&organ.id), "id", "标识只用小写字母和减号，以字母开头和结尾");
    let taken = standing.iter().any(|other| other.id == organ.id);
    note(taken, "id", "这个标识已经有机构用了");
    let parent = organ.parent.as_deref().unwrap_or_default();
    let known = standing.iter().any(|other| other.id == parent);
    note(!known, "parent", "请选择上级机构");
    let kind = ORGAN_KINDS.iter().any(|(kind, _)| *kind == organ.kind);
    note(!kind, "kind", "请选择类别");
    let digits = organ.code.len() == 3 && organ.code.bytes().all(|b| b.is_ascii_digit());
    note(!digits, "code", "代码是三位数字");
    let used = standing.iter().any(|other| other.code == organ.code);
    note(used, "code", "这个代码已经有机构用了");
    let credit = organ.credit_code.as_deref().map(CreditCode::parse);
    let bad = credit.and_then(Result::err).map(|bad| bad.to_string());
    note(bad.is_some(), "credit_code", bad.as_deref().unwrap_or_default());
    let bad = DivisionCode::parse(&organ.division).err().map(|bad| bad.to_string());
    note(bad.is_some(), "division", bad.as_deref().unwrap_or_default());
    if refusal.fields.is_empty() { Ok(()) } else { Err(refusal) }
}

fn is_slug(id: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    id.len() <= 60 && id.split('-').all(part)
}

/// A certificate for signing is in the name of who signs: authorities often add a number to the name.
pub fn in_whose_name(common_name: &str, name: &str) -> Result<(), Refusal> {
    if access::is_in_name_of(common_name, name) {
        return Ok(());
    }
    Err(unfit_certificate(format!("证书上的名字是“{common_name}”，与您账户的姓名不同")))
}

#[cfg(test)]
mod tests {
    use base::{Id, Moment};

    use super::*;

    fn reset(state: ResetState, first: Option<&str>) -> Reset {
        Reset {
            id: Id::from_bits(1),
            account: Id::from_bits(2),
            login: "zhang".into(),
            name: "张三".into(),
            asked_at: Moment::from_millis(0),
            state,
            first: first.map(|first| (first.to_owned(), "王".to_owned())),
        }
    }

    #[test]
    fn a_reset_takes_two_different_administrators() {
        assert_eq!(agree(&reset(ResetState::Asked, None), "a"), Ok(Agreed::First));
        assert_eq!(agree(&reset(ResetState::HalfAgreed, Some("a")), "b"), Ok(Agreed::Second));
        let again = agree(&reset(ResetState::HalfAgreed, Some("a")), "a").unwrap_err();
        assert_eq!(again.code, "identity.same_admin");
        let over = agree(&reset(ResetState::Granted, Some("a")), "b").unwrap_err();
        assert_eq!(over.code, "identity.reset_over");
    }

    #[test]
    fn a_mail_address_has_one_at_and_a_place_with_a_dot() {
        for good in [" name@example.com ", "张三@例子.中国", "a.b+c@mail.gov.cn"] {
            assert_eq!(mail_address(good).as_deref(), Ok(good.trim()));
        }
        let long = format!("{}@example.com", "a".repeat(250));
        for bad in ["", "name", "@example.com", "a@b", "a@b.", "a@b@c.cn", "a b@c.cn", "<a@b.cn>"] {
            assert!(mail_address(bad).is_err(), "{bad}");
        }
        assert!(mail_address("a@b.cn\nBcc: c@d.cn").is_err());
        assert!(mail_address(&long).is_err());
    }

    #[test]
    fn nobody_agrees_to_their_own_reset() {
        let own = reset(ResetState::Asked, None);
        let refused = agree(&own, &own.account.to_string()).unwrap_err();
        assert_eq!(refused.code, "identity.own_reset");
    }
}
