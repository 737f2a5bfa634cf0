//! What must hold before an order is carried out: the state, the person, the limits, the words.

use std::collections::BTreeSet;

use access::Reach;
use base::{Day, Refusal, RefusalKind};
use clock::words::limit as said;
use serde_json::Value;

use super::is_deemed_accepted;
use crate::terms::{
    CaseHead, Command, Definition, Doer, Event, Finding, NewCase, Opening, RefusalGround, StepSpec,
    Verdict, field_title,
};

type Checked = Result<(), Refusal>;

/// The opening by which this case may come in.
pub(super) fn opening<'d>(
    definition: &'d Definition,
    new: &NewCase,
    doer: &Doer,
) -> Result<&'d Opening, Refusal> {
    let Some(opening) = definition.openings.iter().find(|known| known.channel == new.channel)
    else {
        return Err(Refusal::new(
            RefusalKind::Invalid,
            "flow.no_opening",
            "这一事项不能通过这个渠道申请",
        )
        .remedy("请按照办事指南写明的方式申请"));
    };
    if !opening.permissions.contains(&doer.permission) {
        return Err(wrong_post("提交申请"));
    }
    let fields = [
        ("item_code", &new.item_code, "请选择事项"),
        ("title", &new.title, "请填写申请的内容"),
        ("applicant_name", &new.applicant_name, "请填写申请人姓名或者名称"),
    ];
    let empty = fields.iter().filter(|(_, value, _)| value.trim().is_empty());
    let refusal =
        empty.fold(incomplete(), |refusal, (field, _, words)| refusal.field(*field, *words));
    if refusal.fields.is_empty() { Ok(opening) } else { Err(refusal) }
}

/// The step that this command is in this state, if this person may take it.
pub(super) fn allowed<'d>(
    definition: &'d Definition,
    case: &CaseHead,
    history: &[Event],
    command: &str,
    doer: &Doer,
) -> Result<&'d StepSpec, Refusal> {
    let step =
        definition.step(command, &case.state).ok_or_else(|| wrong_state(case, history, command))?;
    right_person(case, step, doer)?;
    extendable(case, step)?;
    for earlier in &step.not_after {
        if let Some(done) = history.iter().rev().find(|event| event.command == *earlier) {
            return Err(only_once(step, done));
        }
    }
    separate(step, history, doer)?;
    Ok(step)
}

/// Who did one of the steps that this one is kept apart from. A post that is exercised for its holder
/// (受委托代行) counts for both: neither of them gets round the separation by the other.
fn separate(step: &StepSpec, history: &[Event], doer: &Doer) -> Checked {
    let did = |name: &String| {
        history.iter().any(|event| event.command == *name && doer.took_part_in(event))
    };
    match step.separate_from.iter().find(|name| did(name)) {
        Some(other) => Err(same_person(step, other)),
        None => Ok(()),
    }
}

/// Whether somebody with these rights can go on with the case where it stands: what a hand-over needs.
pub(super) fn takes_over(
    definition: &Definition,
    case: &CaseHead,
    history: &[Event],
    rights: &[Doer],
) -> Checked {
    let stage = definition
        .step("take", &case.state)
        .ok_or_else(|| wrong_state(case, history, "hand_over"))?;
    let reaches =
        |doer: &&Doer| stage.permissions.contains(&doer.permission) && within_reach(case, doer);
    let Some(doer) = rights.iter().find(reaches) else {
        return Err(Refusal::new(
            RefusalKind::Invalid,
            "flow.not_their_post",
            format!("这个人在{}没有办理这一步的岗位，不能接手", case.organ_name),
        )
        .remedy("请转交给本单位相应岗位的人员"));
    };
    if doer.stands_for(case.applicant_account.as_deref()) {
        return Err(own_case());
    }
    let steps = definition.commands_in(&case.state).into_iter();
    let mut steps = steps.filter(|step| step.permissions.contains(&doer.permission));
    steps.try_for_each(|step| separate(step, history, doer))
}

/// 行政许可法 art. 42: the decision is put off only where a rule allows it.
fn extendable(case: &CaseHead, step: &StepSpec) -> Checked {
    let asks = matches!(step.command.as_str(), "request_extension" | "grant_extension");
    if !asks || case.procedure.extension.is_some() {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::Conflict,
        "flow.no_extension",
        "没有规定允许延长这一事项的办理期限",
    )
    .ground(case.limits.basis.as_str())
    .remedy("请在办理期限内作出决定"))
}

fn within_reach(case: &CaseHead, doer: &Doer) -> bool {
    match doer.reach {
        Reach::City => true,
        Reach::Subtree | Reach::District => {
            !doer.organ_path.is_empty() && case.organ_path.starts_with(&doer.organ_path)
        }
        Reach::Organ => doer.organ == case.organ,
        Reach::Own => is_applicant(case, doer),
    }
}

/// Who applied, or who acts for them by a mandate (行政许可法 art. 29).
fn is_applicant(case: &CaseHead, doer: &Doer) -> bool {
    let applicant = case.applicant_account.as_deref();
    doer.is(applicant) || doer.is_agent_of(applicant)
}

fn right_person(case: &CaseHead, step: &StepSpec, doer: &Doer) -> Checked {
    if !step.permissions.contains(&doer.permission) {
        return Err(wrong_post(Command::title_of(&step.command)));
    }
    if doer.account.is_none() && !step.clockwork {
        return Err(Refusal::new(
            RefusalKind::SignIn,
            "flow.person_needed",
            "办理需要由登录的人员进行，不能自动完成",
        ));
    }
    let own = is_applicant(case, doer);
    if !within_reach(case, doer) {
        return Err(Refusal::new(
            RefusalKind::Forbidden,
            "flow.out_of_reach",
            "这一件不在您的职责范围内",
        )
        .remedy(format!("请转交负责单位：{}", case.organ_name)));
    }
    if doer.stands_for(case.applicant_account.as_deref()) && doer.reach != Reach::Own {
        return Err(own_case());
    }
    let online = case.applicant_account.is_some() && !case.is_from_counter();
    if online && !own && !doer.agent_came {
        applicant_only(step)?;
    }
    let elsewhere =
        case.handler_account.is_some() && !doer.stands_for(case.handler_account.as_deref());
    if elsewhere && !step.any_desk {
        return Err(Refusal::new(
            RefusalKind::Conflict,
            "flow.on_another_desk",
            format!("这一件正由{}办理", case.handler_name),
        )
        .remedy("确需由您办理的，请先用“转交”把这一件转到您名下，并写明原因"));
    }
    Ok(())
}

fn own_case() -> Refusal {
    Refusal::new(RefusalKind::Forbidden, "flow.own_case", "这一件是本人提出的申请，应当回避")
        .ground("公务员法关于回避的规定")
        .remedy("请转交其他工作人员办理")
}

/// Who applied online withdraws and supplements online. The days of art. 32 begin anew with a
/// supplement: not by the hand of those whom they bind, unless an agent stands there whose mandate and card
/// were compared. Who applied at a counter may do either.
fn applicant_only(step: &StepSpec) -> Checked {
    let (words, remedy) = match step.command.as_str() {
        "withdraw" => (
            "撤回申请应当由申请人本人办理，工作人员不能代为撤回",
            "请申请人登录后撤回；请人代办的，由代理人带委托书和身份证到窗口",
        ),
        "supplement" => (
            "在网上提出的申请，应当由申请人本人登录后补正，工作人员不能代为补正",
            "请申请人登录后补正；请人代办的，由代理人带委托书和身份证到窗口",
        ),
        _ => return Ok(()),
    };
    Err(Refusal::new(RefusalKind::Forbidden, "flow.applicant_only", words).remedy(remedy))
}

/// What the calendar forbids today.
pub(super) fn in_time(case: &CaseHead, command: &str, today: Day) -> Checked {
    let silence = is_deemed_accepted(case, today);
    match command {
        "correct" | "refuse" if silence => Err(Refusal::new(
            RefusalKind::Conflict,
            "flow.silence",
            format!(
                "已超过 {}没有一次告知补正，自收到申请材料之日起即为受理",
                case.procedure.acceptance.legal.map(said).unwrap_or_default()
            ),
        )
        .ground(case.procedure.acceptance.basis.as_str())
        .remedy("请直接受理，受理日期为收到材料之日")),
        "deem_accepted" if !silence => Err(not_yet(case.due_completeness)),
        "lapse" if case.due_supplement.is_none_or(|last| today <= last) => {
            Err(not_yet(case.due_supplement))
        }
        "pause" | "request_extension" | "grant_extension"
            if case.due_legal.is_some_and(|due| today > due) =>
        {
            Err(Refusal::new(
                RefusalKind::Conflict,
                "flow.limit_over",
                "法定办理期限已经届满，不能再中止计时或者延长期限",
            )
            .ground(match case.procedure.is_permit() {
                true => "行政许可法第四十二条、第四十五条",
                false => case.limits.basis.as_str(),
            })
            .remedy("请尽快作出决定，并向监察人员说明超期的原因"))
        }
        _ => Ok(()),
    }
}

/// What the order itself must say.
pub(super) fn well_said(
    definition: &Definition,
    case: &CaseHead,
    history: &[Event],
    step: &StepSpec,
    command: &Command,
    doer: &Doer,
    today: Day,
) -> Checked {
    let said = untimely(command, today)
        .into_iter()
        .fold(needed(step, command), |refusal, (field, words)| refusal.field(field, words));
    if !said.fields.is_empty() {
        return Err(said.ground(step.rule(case, command)));
    }
    let by_applicant = doer.is(case.applicant_account.as_deref());
    match command {
        // For those who applied at the counter an official writes it down, and says on which request.
        Command::Withdraw { reason } if reason.trim().is_empty() && !by_applicant => {
            Err(incomplete().field("reason", "请写明申请人提出撤回的书面材料和原因"))
        }
        Command::Refuse { because, other_organ, .. } => {
            refusal_ground(history, *because, other_organ.as_deref())
        }
        Command::Examine { inspectors, .. }
            if !inspectors.is_empty() && different(inspectors) < 2 =>
        {
            Err(Refusal::new(
                RefusalKind::Invalid,
                "flow.two_inspectors",
                "现场核查应当由两名以上工作人员进行",
            )
            .ground("行政许可法第三十四条第三款")
            .field("inspectors", "请填写参加核查的全部人员，至少两名，每人只写一次"))
        }
        Command::Pause { kind, expected_end, .. } => pause(definition, kind, *expected_end, today)
            .map_err(|refusal| refusal.ground(step.rule(case, command))),
        Command::Decide { verdict, .. } => agrees(history, *verdict, command),
        Command::HandOver { account, .. } if case.applicant_account.as_ref() == Some(account) => {
            Err(incomplete().field("account", "申请人本人不能办理这一件，请转交其他人员"))
        }
        _ => Ok(()),
    }
}

/// How many people these names name: none twice, and a blank is nobody.
fn different(names: &[String]) -> usize {
    let names = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
    names.collect::<BTreeSet<_>>().len()
}

/// A day that an order names and that cannot be.
fn untimely(command: &Command, today: Day) -> Option<(&'static str, &'static str)> {
    match command {
        Command::Correct { reply_by: Some(last), .. } if *last <= today => {
            Some(("reply_by", "补正期限应当在今天以后"))
        }
        Command::Issue { valid_until: Some(last), .. } if *last < today => {
            Some(("valid_until", "有效期不能早于今天"))
        }
        _ => None,
    }
}

/// What is missing of what the step needs, all of it.
fn needed(step: &StepSpec, command: &Command) -> Refusal {
    let said = serde_json::to_value(command).unwrap_or_default();
    let mut refusal = incomplete();
    for field in step.needs.iter().filter(|field| is_empty(said.get(field.as_str()))) {
        refusal = refusal.field(field.as_str(), format!("请填写{}", field_title(field)));
    }
    for (field, value) in said.as_object().into_iter().flatten() {
        if let Some(words) = unfit(value) {
            refusal = refusal.field(field.as_str(), words);
        }
    }
    refusal
}

/// No text of an order is longer: it goes into a paper, a letter and the case's history.
const TEXT_MAX: usize = 10_000;

/// What is wrong with the text of a field, wherever it stands in it.
fn unfit(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.chars().count() > TEXT_MAX => {
            Some(format!("最多 {TEXT_MAX} 字，写不下的请做成附件"))
        }
        Value::String(text) if text.chars().any(is_unseen) => {
            Some("含有看不见的控制字符，请重新输入".into())
        }
        Value::Array(items) => items.iter().find_map(unfit),
        Value::Object(fields) => fields.values().find_map(unfit),
        _ => None,
    }
}

/// Signs that nobody sees and that change what is read: controls but for line ends and tabs, and
/// those that turn the direction of writing.
fn is_unseen(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a field says nothing: blank words, no items, or an object or list with a blank in it.
fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(Value::Array(items)) => {
            items.is_empty() || items.iter().any(|item| is_empty(Some(item)))
        }
        Some(Value::Object(fields)) => fields.values().any(|field| is_empty(Some(field))),
        Some(_) => false,
    }
}

fn refusal_ground(history: &[Event], because: RefusalGround, other_organ: Option<&str>) -> Checked {
    let corrected = history.iter().any(|event| event.command == "correct");
    match because {
        // art. 32 (4): what is missing must be told first; only then may it be held against them.
        RefusalGround::Incomplete if !corrected => Err(Refusal::new(
            RefusalKind::Conflict,
            "flow.correct_first",
            "申请材料不齐全或者不符合法定形式的，应当先一次性告知补正，不能直接不予受理",
        )
        .ground("行政许可法第三十二条第一款第四项")),
        RefusalGround::NotOurs if other_organ.is_none_or(|organ| organ.trim().is_empty()) => {
            Err(incomplete()
                .ground("行政许可法第三十二条第一款第二项")
                .field("other_organ", "请写明应当向哪个机关申请"))
        }
        _ => Ok(()),
    }
}

/// 行政许可法 art. 45: only what the law names, and for a time that the applicant is told.
fn pause(definition: &Definition, kind: &str, expected_end: Day, today: Day) -> Checked {
    if !definition.pauses.iter().any(|known| known.kind == kind) {
        let known: Vec<&str> = definition.pauses.iter().map(|p| p.title.as_str()).collect();
        return Err(Refusal::new(
            RefusalKind::Invalid,
            "flow.pause_kind",
            format!("只有{}所需的时间可以不计入办理期限", known.join("、")),
        )
        .field("kind", "请选择法律规定的特别程序"));
    }
    if expected_end <= today {
        return Err(incomplete().field("expected_end", "请填写预计结束日期，应当在今天以后"));
    }
    Ok(())
}

/// A decision against the examiner's finding must say why, also when it is in favour.
fn agrees(history: &[Event], verdict: Verdict, command: &Command) -> Checked {
    let found = history.iter().rev().find(|event| event.command == "examine");
    let finding = found.and_then(|event| {
        serde_json::from_value::<Finding>(event.said.get("finding")?.clone()).ok()
    });
    let differs = matches!(
        (finding, verdict),
        (Some(Finding::Approve), Verdict::Deny) | (Some(Finding::Decline), Verdict::Grant)
    );
    let Command::Decide { reason, .. } = command else { return Ok(()) };
    if differs && reason.trim().is_empty() {
        return Err(Refusal::new(
            RefusalKind::Invalid,
            "flow.differs_without_reason",
            "决定与审查意见不一致的，应当写明理由",
        )
        .field("reason", "请写明不采纳审查意见的理由"));
    }
    Ok(())
}

fn incomplete() -> Refusal {
    Refusal::new(RefusalKind::Invalid, "flow.incomplete", "有内容需要填写或者更正")
}

fn wrong_post(step: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Forbidden,
        "flow.wrong_post",
        format!("“{step}”不属于您这个岗位的职责"),
    )
    .remedy("请转交有相应职责的人员办理")
}

fn not_yet(last: Option<Day>) -> Refusal {
    let words = match last {
        Some(last) => format!("期限到{}结束，现在还没有届满", last.chinese()),
        None => "这一件现在没有在计算这个期限".into(),
    };
    Refusal::new(RefusalKind::Conflict, "flow.not_yet", words)
}

/// Says who came first: whom the person at the other desk must talk to.
pub(crate) fn came_first(history: &[Event]) -> String {
    history.last().map_or_else(String::new, |event| {
        format!(
            "{}已于{}办理“{}”",
            event.name,
            event.at.to_minute(),
            Command::title_of(&event.command)
        )
    })
}

fn wrong_state(case: &CaseHead, history: &[Event], command: &str) -> Refusal {
    let wanted = Command::title_of(command);
    let code = if case.open { "flow.wrong_state" } else { "flow.closed" };
    Refusal::new(
        RefusalKind::Conflict,
        code,
        format!("这一件现在是“{}”，不能{wanted}。{}", case.state_title, came_first(history)),
    )
    .remedy("请刷新页面，查看最新的办理情况")
}

fn only_once(step: &StepSpec, done: &Event) -> Refusal {
    let (code, words) = match step.command.as_str() {
        "correct" => ("flow.second_correction", "需要补正的全部内容只能一次告知，不能再次要求补正"),
        "grant_extension" | "request_extension" => {
            ("flow.extended_once", "办理期限只能延长一次，不能再次延长")
        }
        _ => ("flow.only_once", "这一步在同一件中只能办理一次"),
    };
    let before = format!("已于{}由{}办理", done.at.to_minute(), done.name);
    let refusal = Refusal::new(RefusalKind::Conflict, code, format!("{words}（{before}）"));
    let refusal = refusal.ground(step.basis.as_str());
    if step.command == "correct" {
        refusal.remedy("材料已经齐全的请受理；仍不齐全的请依法作出不予受理决定并说明理由")
    } else {
        refusal
    }
}

fn same_person(step: &StepSpec, other: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Forbidden,
        "flow.same_person",
        format!(
            "您在这一件中办理过“{}”，不能再办理“{}”",
            Command::title_of(other),
            Command::title_of(&step.command)
        ),
    )
    .ground("审查与决定由不同人员办理")
    .remedy("请转交其他有权限的人员办理")
}
