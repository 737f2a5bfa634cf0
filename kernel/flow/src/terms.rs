//! The nouns: a case, the events that made it what it is, and who did them.

mod command;
mod definition;
mod number;
mod signal;

pub use clock::{OwnLimits, TimeLimit};
pub use command::{Command, Finding, Manner, Order, RefusalGround, Remedy, Verdict, field_title};
pub use definition::{
    Definition, Effect, HandlerAfter, Hole, Opening, OwnRule, PauseKind, RemedyPeriods, StateSpec,
    StepSpec, Target, TimeLimits,
};
pub use number::{CaseNumber, number_of};
pub use signal::{Level, NewSignal, Signal, SignalMove, SignalOrder, SignalState};

use access::{Permit, Reach};
use base::{Day, Id, Moment};
use clock::{ClockEvent, Limits};
use ledger::{Act, OnBehalf};
use serde::{Deserialize, Serialize};

/// The identifier of a case.
pub type CaseId = Id<CaseHead>;

/// The state codes that a permit's flow uses. Definitions are data and may name others.
pub mod state {
    /// 已提交: filed online, waits for acceptance.
    pub const SUBMITTED: &str = "10";
    /// 待补正: one notice of all corrections was given; the applicant's turn.
    pub const CORRECTION: &str = "13";
    /// 收件: filed at a counter, waits for acceptance.
    pub const RECEIVED: &str = "20";
    /// 不予受理.
    pub const REFUSED: &str = "21";
    /// 不属本机关职权范围, or no permit is needed.
    pub const REDIRECTED: &str = "22";
    /// 已受理: waits for the examiner.
    pub const ACCEPTED: &str = "30";
    /// 审核: examined, waits for the decision.
    pub const EXAMINED: &str = "31";
    /// 暂停: a hearing, an inspection … runs whose time is not counted.
    pub const PAUSED: &str = "32";
    /// 延长审批: an extension was asked of the head.
    pub const EXTENSION: &str = "33";
    /// 准予: granted, waits for the certificate.
    pub const GRANTED: &str = "41";
    /// 不予: denied, the decision waits for delivery.
    pub const DENIED: &str = "42";
    /// 待领取: the certificate is made.
    pub const ISSUED: &str = "50";
    /// 办结: delivered.
    pub const DELIVERED: &str = "60";
    /// 申请人撤回.
    pub const WITHDRAWN: &str = "70";
    /// 退件: not corrected in time.
    pub const LAPSED: &str = "71";
    /// 作废.
    pub const VOID: &str = "80";
}

/// Which of a case's clocks is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockName {
    /// No clock: it is the applicant's turn, or the case is over.
    #[default]
    None,
    /// Whether the filing is complete: 行政许可法 art. 32.
    Completeness,
    /// The decision: 行政许可法 art. 42.
    Decision,
    /// Issue and delivery: 行政许可法 art. 44.
    Delivery,
}

impl ClockName {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            ClockName::None => "none",
            ClockName::Completeness => "completeness",
            ClockName::Decision => "decision",
            ClockName::Delivery => "delivery",
        }
    }

    /// What people call the limit: 受理期限, 办理期限, 送达期限.
    pub const fn title(self) -> &'static str {
        match self {
            ClockName::None => "",
            ClockName::Completeness => "受理期限",
            ClockName::Decision => "办理期限",
            ClockName::Delivery => "送达期限",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        [ClockName::Completeness, ClockName::Decision, ClockName::Delivery]
            .into_iter()
            .find(|name| name.as_str() == text)
            .unwrap_or_default()
    }
}

/// What happened to one of the clocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClockMark {
    /// Which clock.
    pub clock: ClockName,
    /// What happened to it.
    pub event: ClockEvent,
}

/// The limits of a case beside those of its decision: the item's own, within the law's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcedureLimits {
    /// To accept, refuse or ask for corrections.
    pub acceptance: Limits,
    /// Whether an administrative permit is applied for; cases from before this was kept do not say.
    #[serde(default)]
    pub permit: Option<bool>,
    /// Silence until the legal limit is acceptance: 行政许可法 art. 32 (4), or a rule of the item's own.
    pub silence_accepts: bool,
    /// For the applicant's corrections, where the notice names no day.
    pub supplement: TimeLimit,
    /// By which the decision may be put off, once; none where no rule allows it.
    pub extension: Option<TimeLimit>,
    /// To issue and deliver.
    pub delivery: Limits,
}

impl ProcedureLimits {
    /// Whether an administrative permit is applied for. Where the case does not say it was taken for one if
    /// silence accepts: 行政许可法 art. 32 (4).
    pub fn is_permit(&self) -> bool {
        self.permit.unwrap_or(self.silence_accepts)
    }
}

/// How a case ended, or that it has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Not decided yet.
    #[default]
    Open,
    /// 准予许可.
    Granted,
    /// 不予许可.
    Denied,
    /// 不予受理, another organ's, or no permit needed.
    Refused,
    /// 申请人撤回.
    Withdrawn,
    /// 逾期未补正.
    Lapsed,
    /// 作废.
    Void,
}

impl Ending {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Ending::Open => "open",
            Ending::Granted => "granted",
            Ending::Denied => "denied",
            Ending::Refused => "refused",
            Ending::Withdrawn => "withdrawn",
            Ending::Lapsed => "lapsed",
            Ending::Void => "void",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        use Ending::{Denied, Granted, Lapsed, Refused, Void, Withdrawn};
        [Granted, Denied, Refused, Withdrawn, Lapsed, Void]
            .into_iter()
            .find(|ending| ending.as_str() == text)
            .unwrap_or_default()
    }
}

/// A case as it stands: one row of `flow_cases`.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseHead {
    /// The case's id.
    pub id: CaseId,
    /// Its number, as written on every paper: 23 digits.
    pub no: String,
    /// The office that runs it: `approvals`.
    pub office: String,
    /// The definition it follows, and in which version: fixed when it was filed.
    pub definition: String,
    /// Version of the definition.
    pub definition_version: i64,
    /// The service item's code.
    pub item_code: String,
    /// The item's name when it was filed.
    pub item_name: String,
    /// What it is about, in a line: no numbers, phones or addresses of people.
    pub title: String,
    /// The responsible organ.
    pub organ: String,
    /// Its name when it was filed.
    pub organ_name: String,
    /// Its path in the organ tree when it was filed.
    pub organ_path: String,
    /// Who applied.
    pub applicant_name: String,
    /// The applicant's account, if they have one.
    pub applicant_account: Option<String>,
    /// `online`, `counter`.
    pub channel: String,
    /// State code of the definition: [`state`].
    pub state: String,
    /// The state's title for officials.
    pub state_title: String,
    /// The state's title for the applicant.
    pub public_title: String,
    /// Since when it is in this state.
    pub state_since: Moment,
    /// Who has it on the desk.
    pub handler_account: Option<String>,
    /// Their name; empty when nobody has.
    pub handler_name: String,
    /// When it was filed.
    pub received_at: Moment,
    /// The day of the filing that is judged now: moves when corrections come in.
    pub received_on: Day,
    /// The day of acceptance: the decision clock starts here.
    pub accepted_on: Option<Day>,
    /// The day of the decision.
    pub decided_on: Option<Day>,
    /// How it ended.
    pub ending: Ending,
    /// The clock that belongs to this state.
    pub clock: ClockName,
    /// Whether that clock stands still (art. 45).
    pub frozen: bool,
    /// The day the running clock is due, promised or legal, whichever is first; none while no
    /// clock runs. The order of queues.
    pub due: Option<Day>,
    /// The day the law sets for the running clock.
    pub due_law: Option<Day>,
    /// Acceptance, by law.
    pub due_completeness: Option<Day>,
    /// Decision, by law.
    pub due_legal: Option<Day>,
    /// Decision, as promised.
    pub due_promised: Option<Day>,
    /// Delivery, by law.
    pub due_delivery: Option<Day>,
    /// The last day for the applicant's corrections, while they are awaited.
    pub due_supplement: Option<Day>,
    /// Since when the clock stands still.
    pub paused_since: Option<Day>,
    /// Until when it was said to stand still.
    pub pause_until: Option<Day>,
    /// The next day on which the city's clockwork must look at it.
    pub look_on: Option<Day>,
    /// Whether a date above rests on a year whose holidays are not announced yet.
    pub uncertain: bool,
    /// The item's limits for the decision, as they stood when it was filed.
    pub limits: Limits,
    /// The other limits of its procedure, as they stood when it was filed.
    pub procedure: ProcedureLimits,
    /// Whether it is still open.
    pub open: bool,
    /// Counts its events; a page sends it back so that nobody overwrites another's act.
    pub version: i64,
    /// When it was closed.
    pub closed_at: Option<Moment>,
    /// When the row was made.
    pub created_at: Moment,
    /// Under which document its content was erased, if it was (个人信息保护法 art. 47).
    pub erased: Option<String>,
}

/// The channel of what officials take in for somebody who has come.
const COUNTER: &str = "counter";

impl CaseHead {
    /// Whether an official has taken it in at a counter.
    pub fn is_from_counter(&self) -> bool {
        self.channel == COUNTER
    }

    /// The occasion that signals on the running clock refer to: the clock and the day it was
    /// started on, so that a rule speaks once a clock.
    pub fn cycle(&self) -> String {
        let start = match self.clock {
            ClockName::None => self.state_since.day(),
            ClockName::Completeness => self.received_on,
            ClockName::Decision => self.accepted_on.unwrap_or(self.received_on),
            ClockName::Delivery => self.decided_on.unwrap_or(self.received_on),
        };
        format!("{}/{start}", self.clock.as_str())
    }
}

/// One thing that happened to a case: one row of `flow_events`.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// 1 for the filing, then 2, 3 …; equals the case's version after it.
    pub n: i64,
    /// When.
    pub at: Moment,
    /// `submit`, `accept`, … ([`Command::name`]).
    pub command: String,
    /// The state before; empty for the filing.
    pub from: String,
    /// The state after.
    pub to: String,
    /// Who did it.
    pub account: Option<String>,
    /// Their name.
    pub name: String,
    /// Their post.
    pub post: String,
    /// Their organ.
    pub organ: String,
    /// For whom they did it, by a delegated post (受委托代行) or a mandate, if for somebody else.
    pub on_behalf: Option<OnBehalf>,
    /// What exactly was ordered.
    pub said: serde_json::Value,
    /// What it did to the clocks.
    pub clocks: Vec<ClockMark>,
    /// The act in the ledger that tells of it: names its receipt.
    pub act: Id<Act>,
    /// Under which document its words were erased, if they were.
    pub erased: Option<String>,
}

impl Event {
    /// The post in words, for colleagues: with the name of the one for whom it was exercised.
    pub fn post_said(&self) -> String {
        ledger::post_said(&self.post, self.on_behalf.as_ref())
    }
}

/// Who orders something, with which right and how far it reaches: what a `Permit` says, as plain
/// data for the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doer {
    /// The account; none for the city's own clockwork.
    pub account: Option<String>,
    /// The name.
    pub name: String,
    /// The post.
    pub post: String,
    /// The organ; empty for citizens.
    pub organ: String,
    /// For whom it is done, by a delegated post (受委托代行) or a mandate, if for somebody else.
    pub on_behalf: Option<OnBehalf>,
    /// The path of that organ.
    pub organ_path: String,
    /// The permission's name.
    pub permission: String,
    /// How far it reaches.
    pub reach: Reach,
    /// Whether an agent of the applicant stands at the window, whose mandate and card were compared.
    pub agent_came: bool,
}

impl Doer {
    /// The doer that this permit speaks of.
    pub fn of(permit: &Permit) -> Self {
        let who = permit.who();
        Self {
            account: who.account.clone(),
            name: who.name.clone(),
            post: who.post.clone(),
            organ: who.organ.clone(),
            on_behalf: who.on_behalf.clone(),
            organ_path: permit.organ_path().to_owned(),
            permission: permit.permission().to_owned(),
            reach: permit.reach(),
            agent_came: permit.is_for_agent(),
        }
    }

    /// Whether this is the account of the person `account`.
    pub(crate) fn is(&self, account: Option<&str>) -> bool {
        self.account.is_some() && self.account.as_deref() == account
    }

    /// Whether they act for the person `account` by a written mandate.
    pub(crate) fn is_agent_of(&self, account: Option<&str>) -> bool {
        let mandate = self.on_behalf.as_ref().filter(|one| one.mandate.is_some());
        mandate.is_some_and(|one| Some(one.account.as_str()) == account)
    }

    /// Whether this is that person, or exercises that person's post: what counts where somebody must
    /// keep out of it. It gives no right.
    pub(crate) fn stands_for(&self, account: Option<&str>) -> bool {
        let holder = self.on_behalf.as_ref().map(|one| one.account.as_str());
        self.is(account) || (holder.is_some() && holder == account)
    }

    /// Whether one of those behind this step is one of those behind that event.
    pub(crate) fn took_part_in(&self, event: &Event) -> bool {
        let holder = event.on_behalf.as_ref().map(|one| one.account.as_str());
        self.stands_for(event.account.as_deref()) || self.stands_for(holder)
    }
}

/// A case to be opened. Make it before the transaction: the id and the act are minted here.
#[derive(Clone, Debug)]
pub struct NewCase {
    /// The id it will have.
    pub id: CaseId,
    /// The act that tells of the filing.
    pub act: Act,
    /// The office that runs it.
    pub office: String,
    /// The definition to follow, in its version of today.
    pub definition: String,
    /// How it came in: a channel that the definition opens.
    pub channel: String,
    /// The service item's code.
    pub item_code: String,
    /// The item's name.
    pub item_name: String,
    /// What it is about, in a line.
    pub title: String,
    /// The responsible organ's id.
    pub organ: String,
    /// Who applies.
    pub applicant_name: String,
    /// Their account.
    pub applicant_account: Option<String>,
    /// The item's limits for the decision.
    pub limits: Limits,
    /// What the item says of the other limits; the definition's where it says nothing.
    pub own_limits: Option<OwnLimits>,
}

impl NewCase {
    /// A case of `office` that follows `definition`, filed `now` through `channel`; the other
    /// fields are to be filled in.
    pub fn new(now: Moment, office: &str, definition: &str, channel: &str) -> Self {
        let id: CaseId = Id::mint(now);
        Self {
            id,
            act: Act::new(now, &format!("{office}.submitted"), SUBJECT, id),
            office: office.into(),
            definition: definition.into(),
            channel: channel.into(),
            item_code: String::new(),
            item_name: String::new(),
            title: String::new(),
            organ: String::new(),
            applicant_name: String::new(),
            applicant_account: None,
            limits: Limits::default(),
            own_limits: None,
        }
    }
}

/// What acts on cases name as their subject's kind.
pub const SUBJECT: &str = "case";
