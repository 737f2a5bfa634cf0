//! Letters to the applicant, one at each step, in plain words: what happened, what comes next, by
//! when, and how to look it up.

use access::Mandate;
use flow::{CaseHead, Command};
use frame::Hall;
use frame::post::{self, Letter};
use ledger::Recorded;
use store::Tx;

use base::{Moment, Outcome, Stop};

use crate::acts::agency::mandate_over;
use crate::rules::papers::{CANCELLATION, in_a_decision, title_of};
use crate::store::application;
use crate::terms::{Application, QueryCode, sealed};

fn letter(hall: &Hall, case: &CaseHead, to: &str, subject: &str, body: &str) -> Letter {
    letter_to(hall, case, (&case.applicant_name, to), subject, body)
}

fn letter_to(
    hall: &Hall,
    case: &CaseHead,
    (name, to): (&str, &str),
    subject: &str,
    body: &str,
) -> Letter {
    let text = format!(
        "{}，您好：\n\n{body}\n\n事项：{}\n办件编号：{}\n办理单位：{}\n\n\
         查看进度：{}/cases?no={}\n\n{}\n（这封信由系统发出，请不要回复）\n",
        name, case.item_name, case.no, case.organ_name, hall.city.url, case.no, hall.city.site,
    );
    Letter { to: to.to_owned(), subject: format!("{subject}：{}", case.item_name), text }
}

/// The letter on submission: the only one that carries the query code.
pub(crate) fn submitted(
    hall: &Hall,
    case: &CaseHead,
    (code, by_agent): (&QueryCode, bool),
    to: &str,
) -> Letter {
    let by = if by_agent { "（由代理人凭您的委托书提出）" } else { "" };
    let due = case.due.map(|day| day.chinese()).unwrap_or_default();
    let silence = match (case.procedure.silence_accepts, case.due_law) {
        (true, Some(last)) => {
            format!("到 {} 还没有告诉您的，从收到申请之日起就算受理。", last.chinese())
        }
        _ => String::new(),
    };
    let body = format!(
        "您的申请已经提交{by}。\n查询码：{}（请不要告诉别人）\n\n\
         我们最迟在 {due} 告诉您是否受理（依据：{}）。{silence}",
        code.as_str(),
        case.procedure.acceptance.basis,
    );
    letter(hall, case, to, "申请已提交", &body)
}

/// The letter to the agent who has filed it: without the query code, which is the applicant's.
pub(crate) fn submitted_for(hall: &Hall, case: &CaseHead, name: &str, to: &str) -> Letter {
    let due = case.due.map(|day| day.chinese()).unwrap_or_default();
    let body = format!(
        "您受{}委托代为提出的申请已经提交。\n\n我们最迟在 {due} 告诉您是否受理（依据：{}）。\n\
         委托有效期间，您登录后在 {}/my/cases/{} 查看进度。",
        case.applicant_name, case.procedure.acceptance.basis, hall.city.url, case.no,
    );
    letter_to(hall, case, (name, to), "代办的申请已提交", &body)
}

/// Tells the agent who has filed it the same step, for as long as the mandate lets them see the case.
fn tell_agent(
    hall: &Hall,
    tx: &Tx<'_>,
    (case, application): (&CaseHead, &Application),
    (subject, body): (&str, &str),
    at: Moment,
) -> Outcome<()> {
    let Some(id) = application.mandate else { return Ok(()) };
    let Some(agent) = access::mandate_by_id(tx, id)?.and_then(|one| one.agent) else {
        return Ok(());
    };
    match mandate_over(tx, agent, (case, application), access::Power::LookUp, at.day()) {
        Ok(Some(_)) => {}
        Ok(None) | Err(Stop::Refused(_)) => return Ok(()),
        Err(fault) => return Err(fault),
    }
    let Some(account) = access::account_by_id(tx, agent)? else { return Ok(()) };
    let Some(to) = account.email(&hall.keys) else { return Ok(()) };
    let body = format!("您受{}委托代办的申请有新的进展。\n\n{body}", case.applicant_name);
    post::enqueue(tx, &hall.keys, &letter_to(hall, case, (&account.name, &to), subject, &body), at)
}

/// Told to the account that has shown the number of who is said to have given a mandate on paper: brought with an
/// application, or for a case that `runs`.
pub(crate) fn paper_taken_in(
    hall: &Hall,
    (name, to): (&str, &str),
    mandate: &Mandate,
    (no, runs): (&str, bool),
) -> Letter {
    let done = match runs {
        true => format!("窗口登记，要代您办理办件 {no}"),
        false => format!("窗口提出了申请，办件编号 {no}"),
    };
    let text = format!(
        "{name}，您好：\n\n{}拿着以{}名义写的纸质授权委托书，在{}的{done}。\n\
         委托办理：{}\n权限：{}\n期限：从{}到{}。\n\n\
         登录后在 {}/me/mandates 可以查看，随时可以收回。不是您委托的，请立即收回，并拨打 12345。\n\n{}\n\
         （这封信由系统发出，请不要回复）\n",
        mandate.agent_name,
        mandate.whose(),
        mandate.organ_name,
        mandate.scope.said(),
        mandate.powers_said(),
        mandate.from.chinese(),
        mandate.until.chinese(),
        hall.city.url,
        hall.city.site,
    );
    Letter { to: to.to_owned(), subject: "窗口登记了您的授权委托书".into(), text }
}

/// Told to both sides: the mandate was taken back at a window.
pub(crate) fn taken_back(hall: &Hall, (name, to): (&str, &str), mandate: &Mandate) -> Letter {
    let text = format!(
        "{name}，您好：\n\n{}委托{}代办的委托书，已经由委托人带身份证到窗口收回，立即失效。\n\
         委托办理：{}\n\n登录后在 {}/me/mandates 查看。不是您本人操作的，请立即拨打 12345。\n\n{}\n\
         （这封信由系统发出，请不要回复）\n",
        mandate.whose(),
        mandate.agent_name,
        mandate.scope.said(),
        hall.city.url,
        hall.city.site,
    );
    Letter { to: to.to_owned(), subject: "委托书已经收回".into(), text }
}

/// Told to who has shown who they are: what windows have taken in for them stands among their cases now.
pub(crate) fn joined(hall: &Hall, (name, to): (&str, &str), count: usize) -> Letter {
    let text = format!(
        "{name}，您好：\n\n您以前在窗口办理的 {count} 件申请已经归入您的账户，登录后在 {}/my/cases 可以查看、补正、撤回，\
         以后的进展也写信告诉您。\n\n不是您办理的，请拨打 12345。\n\n{}\n（这封信由系统发出，请不要回复）\n",
        hall.city.url, hall.city.site,
    );
    Letter {
        to: to.to_owned(), subject: "窗口办理的申请已经归入您的账户".into(), text
    }
}

/// What the correction notice says.
fn correction(case: &CaseHead, content: &serde_json::Value) -> String {
    let items = content.pointer("/said/items").and_then(serde_json::Value::as_array);
    let items = items.into_iter().flatten().filter_map(serde_json::Value::as_str);
    let items: Vec<String> =
        items.enumerate().map(|(n, item)| format!("{}. {item}", n + 1)).collect();
    format!(
        "您的申请需要一次补正以下内容，请在 {} 前办理（依据：{}）：\n{}",
        case.due_supplement.map(|day| day.chinese()).unwrap_or_default(),
        case.procedure.supplement.basis,
        items.join("\n")
    )
}

/// What the holder is told of a permit that was cancelled.
fn cancelled(content: &serde_json::Value) -> String {
    let said = |pointer: &str| {
        content.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default()
    };
    format!(
        "您的“{}”（{}）已经注销，从今天起不再有效。\n理由：{}\n依据：{}\n\n\
         《{CANCELLATION}》已经出具：登录后在「我的办件」里，或者凭办件编号和查询码查询进度时，可以查看和打印。",
        said("/certificate"),
        said("/certificate_no"),
        said("/said/reason"),
        said("/said/ground"),
    )
}

/// What a step says to the applicant; `None` for steps inside the office.
fn words(case: &CaseHead, act: &Recorded) -> Option<(&'static str, String)> {
    let content = act.content();
    let said = |name: &str| {
        let said = content.get("said").and_then(|said| said.get(name));
        said.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let day = |day: Option<base::Day>| day.map(|day| day.chinese()).unwrap_or_default();
    let step = act.kind.strip_prefix("approvals.")?;
    Some(match step {
        "accepted" | "deemed_accepted" => (
            "申请已受理",
            format!(
                "您的申请已经受理。承诺在 {} 前办结，法定期限到 {}（依据：{}）。",
                day(case.due_promised),
                day(case.due_legal),
                case.limits.basis
            ),
        ),
        "correction_required" => ("需要补正材料", correction(case, &content)),
        "refused" => (
            "不予受理",
            format!("您的申请没有受理。\n理由：{}\n依据：{}", said("reason"), said("ground")),
        ),
        "redirected" => {
            let elsewhere = match said("other_organ") {
                organ if organ.is_empty() => String::new(),
                organ => format!("\n请向 {organ} 申请。"),
            };
            let (reason, ground) = (said("reason"), said("ground"));
            ("不予受理", format!("您的申请没有受理。\n理由：{reason}\n依据：{ground}{elsewhere}"))
        }
        "paused" => {
            let end = said("expected_end").parse::<base::Day>().ok();
            let end = end.map(|day| format!("预计到 {} 结束，", day.chinese())).unwrap_or_default();
            let words = format!(
                "因「{}」，从今天起的时间不计入办理期限；{end}结束后会告诉您。",
                said("ground")
            );
            ("办理期限中止计算", words)
        }
        "resumed" => (
            "办理期限恢复计算",
            format!("特别程序已经结束，承诺办结日期为 {}。", day(case.due_promised)),
        ),
        "extended" => (
            "办理期限延长",
            format!(
                "经本机关负责人批准，法定期限延长到 {}。理由：{}\n依据：{}",
                day(case.due_legal),
                said("reason"),
                case.procedure.extension.as_ref().map(|one| one.basis.as_str()).unwrap_or_default()
            ),
        ),
        "granted" => {
            let (last, basis) = (day(case.due_delivery), &case.procedure.delivery.basis);
            let words = format!(
                "您的申请已经准予许可，正在制作证件，最迟在 {last} 送达（依据：{basis}）。"
            );
            ("准予许可", words)
        }
        "denied" => (
            "不予许可",
            format!("您的申请没有获得许可。\n理由：{}\n依据：{}", said("reason"), said("ground")),
        ),
        "issued" => ("证件已制作", "您的证件已经制作好，可以领取。".to_owned()),
        "delivered" => ("办结", "您的申请已经办结。".to_owned()),
        "withdrawn" => ("已撤回", "您已撤回申请。".to_owned()),
        "lapsed" => ("申请已退回", "补正期限已过，申请退回；需要办理的，可以重新申请。".to_owned()),
        "rehomed" => (
            "改由承接的机关办理",
            format!("原来的机关已经撤销，您的申请由{}继续办理，期限不变。", case.organ_name),
        ),
        "cancelled" => ("许可已经注销", cancelled(&content)),
        "voided" => ("办件作废", format!("这个办件已经作废。理由：{}", said("reason"))),
        _ => return None,
    })
}

/// Hears the steps of cases and writes to the applicant.
pub fn hear(hall: &Hall, tx: &Tx<'_>, act: &Recorded) -> Outcome<()> {
    if act.subject_kind != flow::SUBJECT {
        return Ok(());
    }
    let Ok(id) = act.subject_id.parse::<flow::CaseId>() else { return Ok(()) };
    let Some(case) = flow::case_by_id(tx, id)? else { return Ok(()) };
    let Some((subject, mut body)) = words(&case, act) else { return Ok(()) };
    let Some(application) = application(tx, id)? else { return Ok(()) };
    tell_agent(hall, tx, (&case, &application), (subject, &body), act.at)?;
    let Some(sealed_mail) = &application.email_sealed else { return Ok(()) };
    let mail = hall.keys.unseal(sealed::EMAIL, sealed_mail).map_err(base::Fault::from)?;
    let mail = String::from_utf8(mail).map_err(base::Fault::from)?;
    let step = act.kind.strip_prefix("approvals.").unwrap_or_default();
    let step = Command::ALL.iter().find(|(_, past, _)| *past == step).map(|(name, ..)| *name);
    if let Some(paper) = step.and_then(|step| title_of(&case, step)) {
        body.push_str(&format!(
            "\n\n《{paper}》已经出具：登录后在「我的办件」里，或者凭办件编号和查询码查询进度时，可以查看和打印。"
        ));
    }
    if matches!(subject, "不予受理" | "不予许可") {
        // As it was decided, then in general.
        let told = act.content().pointer("/said/remedy").cloned();
        if let Some(remedy) = told.and_then(|told| serde_json::from_value(told).ok()) {
            let by = flow::definition(tx, &case.definition, case.definition_version)?;
            body.push_str(&format!("\n\n{}。", by.remedy_words(&remedy)));
        }
        body.push_str("\n\n");
        body.push_str(&application.remedies);
    }
    if act.kind == approvals_contract::CANCELLED {
        body.push_str("\n\n");
        body.push_str(&in_a_decision(&application.remedies));
    }
    post::enqueue(tx, &hall.keys, &letter(hall, &case, &mail, subject, &body), act.at)
}
