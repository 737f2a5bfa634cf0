//! What the law allows me now: one form a step, each with its consequence in words. The likeliest
//! step stands open, the others are folded.

use std::collections::HashMap;

use base::Refusal;
use clock::words::limit as said;
use flow::Command;
use frame::Cx;
use frame::parts::{
    Button, Choice, Field, Markup, NoticeKind, details, error_summary, hidden, notice, section,
};
use maud::html;
use powers_contract::Material;

use super::message_for;
use crate::acts::{Offered, Seen};
use crate::pages::mine::supplement_files;

type Again<'a> = Option<(&'a str, &'a HashMap<String, String>, &'a Refusal)>;

/// All forms of the case for this person.
pub(super) fn panel(
    cx: &Cx,
    seen: &Seen,
    (offered, materials): (&Offered, &[Material]),
    again: Again<'_>,
) -> Markup {
    let allowed = &offered.names;
    let open_first = allowed.iter().find(|name| !matches!(name.as_str(), "take" | "hand_over"));
    html! {
        (section("acts", "现在可以办理", html! {
            @if let Some((_, _, refusal)) = again {
                (error_summary(&refusal.fields))
                (notice(NoticeKind::Danger, &refusal.message, html! {
                    @if let Some(ground) = &refusal.ground { p { "依据：" (ground) } }
                    @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
                }))
            }
            @if allowed.is_empty() {
                p class="nothing" { "这一步不在您的岗位上。" }
            }
            @for name in allowed {
                @let mine = again.filter(|(verb, ..)| verb == name);
                @let form = step_form(cx, seen, (offered, materials), name, mine);
                @let open = mine.is_some() || (again.is_none() && open_first == Some(name));
                @if open || name == "take" { div class="step-open" { (form) } }
                @else { (details(Command::title_of(name), form)) }
            }
        }))
    }
}

/// One step's form.
struct Step<'a> {
    entered: Option<&'a HashMap<String, String>>,
    refusal: Option<&'a Refusal>,
}

impl Step<'_> {
    fn value(&self, name: &str, or: &str) -> String {
        self.entered.and_then(|entered| entered.get(name)).cloned().unwrap_or_else(|| or.to_owned())
    }

    fn keep(&self, field: Field, name: &str, or: &str) -> Field {
        field.value(self.value(name, or)).error(message_for(self.refusal, name))
    }

    fn area(&self, name: &str, label: &str, hint: &str) -> Field {
        let field = Field::area(name, label, 4);
        let field = if hint.is_empty() { field } else { field.hint(hint) };
        self.keep(field, name, "")
    }

    fn line(&self, name: &str, label: &str, or: &str) -> Field {
        self.keep(Field::text(name, label), name, or)
    }
}

fn step_form(
    cx: &Cx,
    seen: &Seen,
    (offered, materials): (&Offered, &[Material]),
    name: &str,
    again: Again<'_>,
) -> Markup {
    let step = Step {
        entered: again.map(|(_, entered, _)| entered),
        refusal: again.map(|(.., refusal)| refusal),
    };
    let asked = matches!(name, "supplement" | "withdraw" | "deliver") && !seen.mandates.is_empty();
    let (fields, button) = match name {
        "hand_over" => hand_over_fields(&step, offered),
        "supplement" => supplement_fields(&step, materials),
        name => fields(cx, seen, name, &step),
    };
    let action = format!("/desk/cases/{}/{name}", seen.case.no);
    html! {
        form class="form" method="post" action=(action) data-once
            enctype=[(name == "supplement").then_some("multipart/form-data")] {
            (hidden("version", &seen.case.version.to_string()))
            @if asked { (who_came(&step, seen, name)) }
            (fields)
            (button)
        }
    }
}

fn fields(cx: &Cx, seen: &Seen, name: &str, step: &Step<'_>) -> (Markup, Button) {
    let who = &seen.case.applicant_name;
    match name {
        "take" => (
            html! {},
            Button::secondary("领办").consequence("这一件由您经办，同岗位的其他人看得到。"),
        ),
        "accept" => (
            html! {},
            Button::new("受理")
                .consequence(format!("向{who}出具受理通知书，办理期限从今天的下一个工作日起算。")),
        ),
        "correct" => (
            html! {
                (step.area("items", "需要补正的内容", "一行一条，一次写全。依照行政许可法第三十二条，只能告知一次。"))
                (Field::date("reply_by", "请在哪天前补正").optional()
                    .hint(format!("不填的，给 {}", said(seen.case.procedure.supplement.limit()))).value(step.value("reply_by", ""))
                    .error(message_for(step.refusal, "reply_by")))
            },
            Button::new("发出补正告知书")
                .consequence(format!("{who}会马上收到全部内容，受理期限停止计算。")),
        ),
        "refuse" | "redirect" => refuse_fields(cx, seen, step, name),
        "examine" => examine_fields(step),
        "return" => (
            html! { (step.area("reason", "退回的理由", "")) },
            Button::secondary("退回审查").consequence("这一件回到原审查人员手里，期限照常计算。"),
        ),
        "pause" => pause_fields(seen, step),
        "resume" => (
            html! { (step.area("result", "特别程序的结果", "例如：检验合格，报告编号…")) },
            Button::new("恢复计时").consequence("办理期限从今天起继续计算。"),
        ),
        "request_extension" | "grant_extension" | "deny_extension" => {
            extension_fields(seen, step, name)
        }
        "grant" => grant_fields(seen, step),
        "deny" => deny_fields(cx, seen, step),
        "issue" => (
            html! {
                (step.line("certificate_name", "证件名称", &seen.application.result))
                (step.line("certificate_no", "证件编号", ""))
                (Field::date("valid_until", "有效期到").optional()
                    .hint("长期有效的不填").value(step.value("valid_until", ""))
                    .error(message_for(step.refusal, "valid_until")))
            },
            Button::new("制证").consequence(format!("{who}会收到领取通知。")),
        ),
        "deliver" => deliver_fields(step),
        "void" => (
            html! { (step.area("reason", "作废的理由", "作废只作标记，记录永远保留")) },
            Button::danger(format!("作废{who}的这一件"))
                .consequence("办件结束，不能恢复；申请人会收到通知。"),
        ),
        "withdraw" => (
            html! { (step.area("reason", "撤回的原因", "申请人在窗口提出，请写明并请本人签字")) },
            Button::danger(format!("登记{who}撤回申请"))
                .consequence("办件结束，需要办理的要重新申请。"),
        ),
        _ => (html! {}, Button::secondary(Command::title_of(name))),
    }
}

/// Who stands at the window, where somebody may act for the applicant.
fn who_came(step: &Step<'_>, seen: &Seen, name: &str) -> Markup {
    let agents: Vec<&str> = seen.mandates.iter().map(|one| one.agent_name.as_str()).collect();
    let mut came = vec![Choice::new("agent", format!("代理人（{}）", agents.join("、")))];
    // Who applied online supplements and withdraws there: the window puts down what an agent brings.
    if name == "deliver" || seen.case.is_from_counter() {
        let own = format!("申请人本人（{}）", seen.case.applicant_name);
        came.insert(0, Choice::new("self", own));
    }
    let label = if name == "deliver" { "窗口领取的是谁" } else { "来办的是谁" };
    html! {
        (step.keep(Field::radios("came", label, came), "came", if name == "deliver" { "self" } else { "" }))
        (step.keep(Field::text("agent_number", "代理人的公民身份号码").optional(), "agent_number", "")
            .hint("来的是代理人的，照身份证填写，与委托书核对"))
        (step.keep(Field::confirm("agent_compared", "我看过代理人的身份证原件，是本人"), "agent_compared", ""))
    }
}

fn supplement_fields(step: &Step<'_>, materials: &[Material]) -> (Markup, Button) {
    let fields = html! {
        (step.area("note", "补正说明", "申请人在窗口补了什么"))
        (supplement_files(materials, message_for(step.refusal, "files")))
    };
    (fields, Button::new("登记补正").consequence("受理期限从今天重新计算。"))
}

fn hand_over_fields(step: &Step<'_>, offered: &Offered) -> (Markup, Button) {
    // Two may have one name, and no two one login.
    let colleagues = offered
        .colleagues
        .iter()
        .map(|one| Choice::new(&one.login, format!("{}（{}）", one.name, one.login)));
    let fields = html! {
        (step.keep(Field::select("account", "接手人", colleagues.collect()), "account", "")
            .hint(format!("本单位的{}", offered.post)))
        (step.area("reason", "转交的理由", "例如：原经办人休假"))
    };
    let button = Button::secondary("转交")
        .consequence("这一件转到接手人名下，期限照常计算；由谁转给谁、为什么，都记入办理经过。");
    (fields, button)
}

fn remedy_fields(cx: &Cx, step: &Step<'_>) -> Markup {
    let government = format!("{}人民政府", cx.hall().city.name);
    html! {
        (step.line("reconsideration", "向哪个机关申请行政复议", &government))
        (step.line("court", "向哪个法院提起行政诉讼", "有管辖权的人民法院"))
    }
}

/// The rule to begin with: of a permit the law's article, of anything else the item's own.
fn rule<'a>(seen: &'a Seen, article: &'a str) -> &'a str {
    if seen.case.procedure.is_permit() { article } else { &seen.case.limits.basis }
}

fn grant_fields(seen: &Seen, step: &Step<'_>) -> (Markup, Button) {
    let who = &seen.case.applicant_name;
    let fields = html! {
        (step.line("reason", "决定的理由", "符合法定条件、标准"))
        (step.line("ground", "依据", rule(seen, "《中华人民共和国行政许可法》第三十八条第一款")))
    };
    let (what, decision) = match seen.case.procedure.is_permit() {
        true => ("许可", "准予行政许可的书面决定"),
        false => ("申请", "准予的书面决定"),
    };
    let button = Button::new(format!("准予{who}的{what}"))
        .consequence(format!("作出{decision}，制证送达的期限：{}。", deliver_in(seen)));
    (fields, button)
}

fn refuse_fields(cx: &Cx, seen: &Seen, step: &Step<'_>, name: &str) -> (Markup, Button) {
    let who = &seen.case.applicant_name;
    let choices = if name == "refuse" {
        // What is missing is held against the applicant only after it was asked for (art. 32).
        let asked = seen.events.iter().any(|event| event.command == "correct");
        let incomplete = Choice::new("incomplete", "补正后仍不齐全或者不符合法定形式");
        let untrue = Choice::new("untrue", "隐瞒有关情况或者提供虚假材料");
        asked.then_some(incomplete).into_iter().chain([untrue]).collect()
    } else {
        vec![
            Choice::new(
                "not_needed",
                match seen.case.procedure.is_permit() {
                    true => "依法不需要取得行政许可",
                    false => "依法不需要办理本事项",
                },
            ),
            Choice::new("not_ours", "依法不属于本机关职权范围"),
        ]
    };
    let fields = html! {
        (step.keep(Field::radios("because", "是哪一种情况", choices), "because", ""))
        (step.area("reason", "理由", "写给申请人看，具体、完整"))
        (step.line("ground", "依据", rule(seen, "《中华人民共和国行政许可法》第三十二条")))
        @if name == "redirect" {
            (step.line("other_organ", "应当向哪个机关申请", "").optional())
        }
        (remedy_fields(cx, step))
    };
    let label = if name == "refuse" { "不予受理" } else { "告知不受理" };
    let button = Button::danger(format!("{label}{who}的申请"))
        .consequence("出具加盖专用印章、注明日期的书面凭证，这一件结束。");
    (fields, button)
}

fn examine_fields(step: &Step<'_>) -> (Markup, Button) {
    let choices = vec![
        Choice::new("approve", "符合条件，建议准予"),
        Choice::new("decline", "不符合条件，建议不予"),
    ];
    let fields = html! {
        (step.keep(Field::radios("finding", "审查结论", choices), "finding", "approve"))
        (step.area("opinion", "审查意见", ""))
        (step.line("inspectors", "实地核查的人员", "").optional()
            .hint("有实地核查的要两人以上，用顿号隔开（行政许可法第三十四条）"))
    };
    (fields, Button::new("提交审查意见").consequence("转给审批负责人。审查的人不能作出决定。"))
}

fn pause_fields(seen: &Seen, step: &Step<'_>) -> (Markup, Button) {
    let kinds = [
        ("hearing", "听证"),
        ("tender", "招标"),
        ("auction", "拍卖"),
        ("inspection", "检验"),
        ("testing", "检测"),
        ("quarantine", "检疫"),
        ("appraisal", "鉴定"),
        ("expert_review", "专家评审"),
    ];
    let kinds = kinds.into_iter().map(|(value, title)| Choice::new(value, title)).collect();
    let told = match seen.case.procedure.is_permit() {
        true => "会书面告诉申请人（行政许可法第四十五条）",
        false => "会书面告诉申请人；请写明按照哪一条规定，所需时间不计入办理期限",
    };
    let fields = html! {
        (step.keep(Field::select("kind", "特别程序", kinds), "kind", "inspection"))
        (step.area("ground", "理由和依据", told))
        (Field::date("expected_end", "预计哪天结束").error(message_for(step.refusal, "expected_end"))
            .value(step.value("expected_end", "")))
    };
    (fields, Button::secondary("中止计时").consequence("办理期限停止计算，到特别程序结束为止。"))
}

fn deny_fields(cx: &Cx, seen: &Seen, step: &Step<'_>) -> (Markup, Button) {
    let who = &seen.case.applicant_name;
    let permit = seen.case.procedure.is_permit();
    let fields = html! {
        (step.area("reason", if permit { "不予许可的理由" } else { "不予准许的理由" }, "写给申请人看，具体、完整"))
        (step.line("ground", "依据", rule(seen, "《中华人民共和国行政许可法》第三十八条第二款")))
        (remedy_fields(cx, step))
    };
    let (what, decision) = match permit {
        true => ("许可", "不予行政许可的书面决定"),
        false => ("准许", "不予准许的书面决定"),
    };
    let button = Button::danger(format!("不予{who}{what}"))
        .consequence(format!("作出{decision}，说明理由并告知复议和诉讼的权利。"));
    (fields, button)
}

fn deliver_fields(step: &Step<'_>) -> (Markup, Button) {
    let manners = vec![
        Choice::new("counter", "窗口领取"),
        Choice::new("post", "邮寄"),
        Choice::new("electronic", "电子送达"),
    ];
    let fields = html! {
        (step.keep(Field::radios("manner", "送达方式", manners), "manner", "counter"))
        (step.line("receipt", "送达凭证", ""))
    };
    (fields, Button::new("登记送达").consequence("这一件办结。"))
}

/// The time to issue and deliver, in words.
fn deliver_in(seen: &Seen) -> String {
    let limits = &seen.case.procedure.delivery;
    limits.promised.or(limits.legal).map(said).unwrap_or_default()
}

fn extension_fields(seen: &Seen, step: &Step<'_>, name: &str) -> (Markup, Button) {
    let who = &seen.case.applicant_name;
    let extension = seen.case.procedure.extension.as_ref();
    let days = extension.map(|one| said(one.limit())).unwrap_or_default();
    let basis = extension.map(|one| one.basis.as_str()).unwrap_or_default();
    match name {
        "request_extension" => (
            html! { (step.area("reason", "需要延长的理由", "会告诉申请人")) },
            Button::secondary(format!("申请延长 {days}"))
                .consequence(format!("由本机关负责人批准，一件只能延长一次（依据：{basis}）。")),
        ),
        "grant_extension" => (
            html! { (step.area("reason", "批准的理由", "会告诉申请人")) },
            Button::new("批准延长").consequence(format!("法定期限延长 {days}，理由会告诉{who}。")),
        ),
        _ => (
            html! { (step.area("reason", "不同意的理由", "")) },
            Button::secondary("不同意延长").consequence("这一件回到审查，期限照常计算。"),
        ),
    }
}
