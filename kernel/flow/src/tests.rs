//! Scenarios of a permit's flow, in the words of the law, against the pure rules.

mod random;
mod scenarios;

use access::Reach;
use base::{Day, Moment, Refusal};
use clock::{Calendar, Limit, Limits, Unit};

use crate::rules::{self, Change, Place};
use crate::terms::{
    CaseHead, Command, Definition, Doer, Event, Finding, NewCase, Order, Remedy, Verdict,
};

/// The definition that the tests run.
pub(crate) fn sample() -> Definition {
    Definition::from_json(include_str!("../tests/sample.json")).expect("the sample reads")
}

/// A working day's morning.
pub(crate) fn at(year: i16, month: i8, day: i8) -> Moment {
    Day::new(year, month, day).expect("a day").start().plus_seconds(9 * 3_600)
}

pub(crate) fn day(year: i16, month: i8, day: i8) -> Day {
    Day::new(year, month, day).expect("a day")
}

fn doer(account: &str, permission: &str, reach: Reach) -> Doer {
    let organ = if reach == Reach::Organ { "city-bureau" } else { "" };
    Doer {
        account: Some(account.into()),
        name: account.into(),
        post: permission.into(),
        organ: organ.into(),
        on_behalf: None,
        organ_path: "/city/city-bureau/".into(),
        permission: format!("sample.{permission}"),
        reach,
        agent_came: false,
    }
}

fn clockwork() -> Doer {
    Doer { account: None, ..doer("系统", "clockwork", Reach::City) }
}

/// Who usually does this.
fn usual(command: &Command) -> Doer {
    match command.name() {
        "supplement" | "withdraw" => doer("申请人", "apply", Reach::Own),
        "examine" | "pause" | "resume" | "request_extension" => {
            doer("审查员", "examine", Reach::Organ)
        }
        "return" | "grant_extension" | "deny_extension" | "grant" | "deny" => {
            doer("负责人", "decide", Reach::Organ)
        }
        "issue" | "deliver" => doer("发证员", "issue", Reach::Organ),
        "void" => doer("监察员", "void", Reach::City),
        "deem_accepted" | "lapse" => clockwork(),
        _ => doer("窗口员", "receive", Reach::Organ),
    }
}

/// A case with its history, and what may be done to it.
struct Desk {
    definition: Definition,
    calendar: Calendar,
    case: CaseHead,
    history: Vec<Event>,
}

impl Desk {
    /// A case filed online at this moment, with 20 days by law and 10 promised.
    fn filed(now: Moment) -> Self {
        let (definition, calendar) = (sample(), Calendar::china());
        let new = NewCase {
            item_code: "000125002000".into(),
            item_name: "测试事项".into(),
            title: "测试事项的申请".into(),
            organ: "city-bureau".into(),
            applicant_name: "申请人".into(),
            applicant_account: Some("申请人".into()),
            limits: limits(20, 10),
            ..NewCase::new(now, "sample", "sample", "online")
        };
        let place = Place {
            organ_name: "市某局".into(),
            organ_path: "/city/city-bureau/".into(),
            no: "42070000120260105000011".into(),
        };
        let by = doer("申请人", "apply", Reach::Own);
        let Change { head, event, .. } =
            rules::open(&definition, &new, place, &by, &calendar).expect("filed");
        Self { definition, calendar, case: head, history: vec![event] }
    }

    fn accepted(now: Moment) -> Self {
        let mut desk = Self::filed(now);
        desk.does(now, Command::Accept);
        desk
    }

    fn examined(now: Moment) -> Self {
        let mut desk = Self::accepted(now);
        desk.does(now, examine(Finding::Approve));
        desk
    }

    fn tries(&mut self, now: Moment, command: Command, by: &Doer) -> Result<(), Refusal> {
        let order = Order::new(now, "sample", self.case.id, command);
        let step =
            rules::step(&self.definition, &self.case, &self.history, &order, by, &self.calendar)?;
        self.case = step.head;
        self.history.push(step.event);
        Ok(())
    }

    fn does(&mut self, now: Moment, command: Command) {
        let by = usual(&command);
        self.tries(now, command, &by).expect("allowed");
    }

    fn refused(&mut self, now: Moment, command: Command) -> &'static str {
        let by = usual(&command);
        self.tries(now, command, &by).expect_err("refused").code
    }

    fn refused_to(&mut self, now: Moment, command: Command, by: &Doer) -> &'static str {
        self.tries(now, command, by).expect_err("refused").code
    }
}

fn limits(legal: u32, promised: u32) -> Limits {
    let working = |days| Some(Limit { days, unit: Unit::WorkingDays });
    Limits {
        legal: working(legal),
        promised: working(promised),
        basis: "行政许可法第四十二条".into(),
    }
}

fn remedy() -> Option<Remedy> {
    Some(Remedy {
        reconsideration: "市人民政府".into(), court: "市中级人民法院".into()
    })
}

fn correct() -> Command {
    Command::Correct { items: vec!["缺少营业执照复印件".into()], reply_by: None }
}

fn supplement() -> Command {
    Command::Supplement { note: "已补交".into() }
}

fn examine(finding: Finding) -> Command {
    Command::Examine { finding, opinion: "符合条件".into(), inspectors: Vec::new() }
}

fn decide(verdict: Verdict) -> Command {
    let remedy = if verdict == Verdict::Deny { remedy() } else { None };
    Command::Decide {
        verdict, reason: "材料真实".into(), ground: "条例第五条".into(), remedy
    }
}

fn pause(expected_end: Day) -> Command {
    Command::Pause { kind: "hearing".into(), ground: "涉及公共利益".into(), expected_end }
}

fn resume() -> Command {
    Command::Resume { result: "听证笔录已确认".into() }
}

fn request_extension() -> Command {
    Command::RequestExtension { reason: "情况复杂".into() }
}

fn grant_extension() -> Command {
    Command::GrantExtension { reason: "情况复杂，同意".into() }
}

fn issue() -> Command {
    Command::Issue {
        certificate_name: "测试许可证".into(),
        certificate_no: "T-1".into(),
        valid_until: None,
    }
}

fn deliver() -> Command {
    Command::Deliver { manner: crate::Manner::Counter, receipt: "本人签收".into() }
}
