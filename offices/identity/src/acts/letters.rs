//! Letters about one's own account: a code for a new address, and word of what was changed.

use access::{FactorKind, Mandate};
use base::{Phone, mask};
use frame::Hall;
use frame::post::Letter;

use super::mandates::Side;

/// What to do when it was somebody else.
const NOT_YOU: &str = "不是您本人操作的，请立即登录修改密码；登录不了的，请拨打 12345。";

fn letter(hall: &Hall, name: &str, to: &str, subject: &str, body: &str) -> Letter {
    let site = &hall.city.site;
    Letter {
        to: to.to_owned(),
        subject: subject.to_owned(),
        text: format!("{name}，您好：\n\n{body}\n\n{site}\n（这封信由系统发出，请不要回复）\n"),
    }
}

/// The code that confirms a new address, sent to it.
pub(super) fn email_code(hall: &Hall, name: &str, to: &str, code: &str) -> Letter {
    let body = format!(
        "有人要把这个邮箱用作您在{}的联系邮箱。\n确认码：{code}\n\n\
         请登录后在 {}/me/email 输入，24 小时内有效。不是您本人操作的，不用理会这封信。",
        hall.city.site, hall.city.url,
    );
    letter(hall, name, to, "请确认您的邮箱", &body)
}

/// Told to the old address: it is one no more.
pub(super) fn email_changed(hall: &Hall, name: &str, to: &str, new: Option<&str>) -> Letter {
    let what = match new {
        Some(new) => format!("您账户的电子邮箱已经改为 {}。", mask::email(new)),
        None => "您账户的电子邮箱已经删除。".to_owned(),
    };
    let body = format!("{what}以后不再往这里写信。\n{NOT_YOU}");
    letter(hall, name, to, "账户的电子邮箱已经修改", &body)
}

/// Told to the mail address: the phone is another.
pub(super) fn phone_changed(hall: &Hall, name: &str, to: &str, phone: &Phone) -> Letter {
    let body = format!("您账户的手机号码已经改为 {}。\n{NOT_YOU}", phone.masked());
    letter(hall, name, to, "账户的手机号码已经修改", &body)
}

/// Told to the mail address for the last time.
pub(super) fn account_closed(hall: &Hall, name: &str, to: &str) -> Letter {
    let body = format!(
        "您的账户已经注销，不能再登录。正在办理的申请继续办理，凭办件编号和查询码在 {}/cases 查看。\n\
         不是您本人操作的，请立即拨打 12345。",
        hall.city.url,
    );
    letter(hall, name, to, "账户已经注销", &body)
}

/// Told to the mail address: signing in asks for another second factor now.
pub(super) fn factor_changed(
    hall: &Hall,
    name: &str,
    to: &str,
    (kind, which): (FactorKind, &str),
    added: bool,
) -> Letter {
    let kind = kind.title();
    let body = match added {
        true => format!(
            "您的账户已经加上{kind}“{which}”，以后登录在密码之外还要它。\n\
             以前登录的其他设备还在登录，可以在 {}/me/devices 让它们全部退出。\n{NOT_YOU}",
            hall.city.url,
        ),
        false => format!("您的账户已经去掉{kind}“{which}”，以后登录不再要它。\n{NOT_YOU}"),
    };
    letter(hall, name, to, "账户的登录方式已经修改", &body)
}

/// Told to who exercises a post for its holder, and to the holder: it begins.
pub(super) fn delegated(
    hall: &Hall,
    name: &str,
    to: &str,
    (whose, by, post): (&str, &str, &str),
    term: &str,
) -> Letter {
    let body = format!(
        "{whose}的岗位“{post}”{term}委托{by}代行，已经同意。\n\
         这期间办理的每件事都写明受委托代行。双方都可以在 {}/desk/delegations 提前结束。",
        hall.city.url,
    );
    letter(hall, name, to, "岗位委托代行", &body)
}

/// Told to the other side: it has ended before its day.
pub(super) fn delegation_ended(
    hall: &Hall,
    name: &str,
    to: &str,
    (whose, by, post): (&str, &str, &str),
) -> Letter {
    let body = format!("{by}受{whose}委托代行岗位“{post}”，已经提前结束，立即生效。");
    letter(hall, name, to, "岗位委托代行已经结束", &body)
}

/// Told to the mail address of an account that somebody else's number stood in.
pub(super) fn closed_at_counter(hall: &Hall, name: &str, to: &str) -> Letter {
    let body = format!(
        "您的账户已经由政务服务窗口注销，不能再登录：公民身份号码的本人带证件到窗口，说账户不是本人注册的。\n\
         正在办理的申请继续办理，凭办件编号和查询码在 {}/cases 查看。\n\
         您就是本人的，请带身份证到政务服务大厅的窗口，或者拨打 12345。",
        hall.city.url,
    );
    letter(hall, name, to, "账户已经注销", &body)
}

/// Told to the mail address: the account is open again, after the register was corrected.
pub(super) fn reopened(hall: &Hall, name: &str, to: &str) -> Letter {
    let body = format!(
        "人口登记更正以后，您的账户已经由政务服务窗口当面核实恢复，可以登录了。\n\
         停用的时候终止的委托不会恢复，需要的请重新写。\n{NOT_YOU}",
    );
    letter(hall, name, to, "账户已经恢复", &body)
}

/// Told to who is named in a mandate: it waits for an answer.
pub(super) fn mandate_offered(hall: &Hall, name: &str, to: &str, mandate: &Mandate) -> Letter {
    let body = format!(
        "{}写了一份委托书，请您代为办理：{}。\n范围：{}\n期限：从{}到{}。\n\n\
         请登录后在 {}/me/mandates 决定是否接受；没有接受的，不产生任何责任。不认识这个人的，不用理会，也不要接受。",
        mandate.whose(),
        mandate.powers_said(),
        mandate.scope.said(),
        mandate.from.chinese(),
        mandate.until.chinese(),
        hall.city.url,
    );
    letter(hall, name, to, "有人委托您代办", &body)
}

/// Told to the other side of a mandate that a death has ended: often a relative. It asks nothing of them, blames nobody, and
/// names no day.
pub(super) fn mandate_ended_by_death(
    hall: &Hall,
    (name, to): (&str, &str),
    mandate: &Mandate,
    gone: Side,
) -> Letter {
    let url = &hall.city.url;
    let (subject, who, what) = match gone {
        Side::Principal => (
            "一份委托已经终止",
            mandate.principal_name.as_str(),
            format!(
                "因此，{}委托您代办的这份委托书依法终止（《中华人民共和国民法典》第一百七十三条第四项）。\n\
                 您在知道以前已经代为办理的，仍然有效（第一百七十四条），不需要您再做什么。\n\
                 正在办理的申请不会因此自动改变；需要商量怎样继续的，近亲属可以带身份证件到政务服务大厅的窗口，\
                 或者拨打 12345 询问。",
                mandate.whose()
            ),
        ),
        Side::Agent => (
            "您写的一份委托已经终止",
            mandate.agent_name.as_str(),
            format!(
                "因此，您委托{}代办的这份委托书依法终止（《中华人民共和国民法典》第一百七十三条第四项）。\n\
                 已经代您办理的，仍然有效。您可以自己继续办理，也可以另外委托别人。",
                mandate.agent_name
            ),
        ),
    };
    let body = format!(
        "人口登记告诉我们，{who}已经去世。请您节哀。\n\n{what}\n\n\
         委托办理：{}\n期限：从{}到{}\n委托书的记录：{url}/me/mandates\n\n\
         如果登记有错，我们非常抱歉：请本人先到户籍地派出所更正登记，再带身份证到政务服务大厅的窗口恢复账户；\
         终止了的委托需要重新写。",
        mandate.scope.said(),
        mandate.from.chinese(),
        mandate.until.chinese(),
    );
    letter(hall, name, to, subject, &body)
}

/// Told to one side of a mandate: what became of it.
pub(super) fn mandate_news(
    hall: &Hall,
    name: &str,
    to: &str,
    mandate: &Mandate,
    what: &str,
) -> Letter {
    let body = format!(
        "{}委托{}代办的委托书{what}。\n范围：{}\n权限：{}\n期限：从{}到{}。\n\n\
         详情请登录后在 {}/me/mandates 查看，双方随时可以在那里结束委托。\n{NOT_YOU}",
        mandate.whose(),
        mandate.agent_name,
        mandate.scope.said(),
        mandate.powers_said(),
        mandate.from.chinese(),
        mandate.until.chinese(),
        hall.city.url,
    );
    letter(hall, name, to, "委托书有新的情况", &body)
}
