//! A flow as data: states, steps, limits. Never changed once in force; a change is a new version.

use std::collections::{BTreeMap, BTreeSet};

use base::Day;
use clock::TimeLimit;
use serde::{Deserialize, Serialize};

use super::{CaseHead, ClockName, Command, RefusalGround};

/// How cases of one kind run, in one version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Stable name: `permit`.
    pub name: String,
    /// 1, 2, 3 … A version in force is never changed.
    pub version: i64,
    /// 行政许可（普通程序）.
    pub title: String,
    /// The law it carries out, with its date.
    pub basis: String,
    /// Cases filed from this day on follow it.
    pub from: Day,
    /// How cases come in.
    pub openings: Vec<Opening>,
    /// The states, in the order in which a case usually passes them.
    pub states: Vec<StateSpec>,
    /// What may be ordered, in which state, by whom.
    pub steps: Vec<StepSpec>,
    /// The limits beside that of the decision, where the item has none of its own.
    pub limits: TimeLimits,
    /// What the clock stands still for.
    pub pauses: Vec<PauseKind>,
    /// Until when a person may turn against a refusal.
    pub remedies: RemedyPeriods,
}

/// A way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// `online`, `counter`.
    pub channel: String,
    /// The state that a case of this channel begins in.
    pub to: String,
    /// One of these is needed to file.
    pub permissions: Vec<String>,
    /// The rule.
    pub basis: String,
    /// Where the rule of what is no permit is found; the same rule where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<OwnRule>,
}

/// Where the rule of a case that is no permit is found: 行政许可法 says nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnRule {
    /// With the item's limit to accept.
    Acceptance,
    /// With the item's limit to decide.
    Decision,
    /// With the rule by which the item's decision may be put off.
    Extension,
    /// With the item's limit to hand the result over.
    Delivery,
    /// In the order itself: the official names it.
    Said,
}

impl OwnRule {
    /// The rule of this case, for this order. The filing is no order.
    pub(crate) fn of(self, case: &CaseHead, command: Option<&Command>) -> Option<String> {
        let procedure = &case.procedure;
        let rule = match self {
            OwnRule::Acceptance => procedure.acceptance.basis.as_str(),
            OwnRule::Decision => case.limits.basis.as_str(),
            OwnRule::Extension => procedure.extension.as_ref()?.basis.as_str(),
            OwnRule::Delivery => procedure.delivery.basis.as_str(),
            OwnRule::Said => match command? {
                Command::Refuse { ground, .. }
                | Command::Pause { ground, .. }
                | Command::Decide { ground, .. } => ground.as_str(),
                _ => return None,
            },
        };
        Some(rule.to_owned()).filter(|rule| !rule.trim().is_empty())
    }
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateSpec {
    /// Stable code: `30`.
    pub code: String,
    /// English name: `accepted`.
    pub name: String,
    /// For officials: 已受理.
    pub title: String,
    /// For the applicant: what is going on, and whose turn it is.
    pub public_title: String,
    /// Which clock belongs to the state. Clocks start, stop and freeze by moving between states.
    #[serde(default)]
    pub clock: ClockName,
    /// Whether that clock stands still here.
    #[serde(default)]
    pub frozen: bool,
    /// Whether it is the applicant's turn: `limits.supplement` runs for them.
    #[serde(default)]
    pub awaits_applicant: bool,
    /// Whether the case is over.
    #[serde(default)]
    pub terminal: bool,
}

/// Where a step leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Target {
    /// To this state. Written as its code.
    State(String),
    /// Nowhere: the case stays in its state. Written `same`.
    Same,
    /// Back to the state from which this one was entered. Written `before`.
    Before,
}

impl From<String> for Target {
    fn from(text: String) -> Self {
        match text.as_str() {
            "same" => Target::Same,
            "before" => Target::Before,
            _ => Target::State(text),
        }
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        match target {
            Target::State(code) => code,
            Target::Same => "same".into(),
            Target::Before => "before".into(),
        }
    }
}

/// What a step does to the clocks besides what the states say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing.
    #[default]
    None,
    /// Lengthens the decision clock by `limits.extension`.
    Extend,
    /// Starts the next clock on the day of receipt, not today: acceptance by silence.
    FromReceipt,
}

/// On whose desk the case lies after a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlerAfter {
    /// On nobody's: the next stage takes it from the queue.
    #[default]
    Clear,
    /// Where it lay.
    Keep,
    /// With who did the step.
    Doer,
    /// With who examined it last.
    Examiner,
}

/// One thing that may be ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepSpec {
    /// Which: [`Command::name`].
    pub command: String,
    /// In these states.
    pub from: Vec<String>,
    /// Leads there.
    pub to: Target,
    /// One of these permissions is needed.
    pub permissions: Vec<String>,
    /// The city's clockwork may do it, on nobody's order.
    #[serde(default)]
    pub clockwork: bool,
    /// It does not matter on whose desk the case lies.
    #[serde(default)]
    pub any_desk: bool,
    /// Fields of the command that must say something.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Who did one of these in this case may not do this.
    #[serde(default)]
    pub separate_from: Vec<String>,
    /// Once one of these was done in this case, this cannot be done any more.
    #[serde(default)]
    pub not_after: Vec<String>,
    /// Besides what the states say.
    #[serde(default)]
    pub effect: Effect,
    /// On whose desk the case lies afterwards.
    #[serde(default)]
    pub handler: HandlerAfter,
    /// The rule: the authority of the act.
    pub basis: String,
    /// The rule of each ground on which a filing is refused, where they differ.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grounds: BTreeMap<RefusalGround, String>,
    /// Where the rule of what is no permit is found; the same rule where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<OwnRule>,
}

impl Opening {
    /// The rule that the filing of this case rests on.
    pub(crate) fn rule(&self, case: &CaseHead) -> String {
        let own = self.others.filter(|_| !case.procedure.is_permit());
        own.and_then(|own| own.of(case, None)).unwrap_or_else(|| self.basis.clone())
    }
}

impl StepSpec {
    /// The rule that this order to this case rests on.
    pub(crate) fn rule(&self, case: &CaseHead, command: &Command) -> String {
        let own = self.others.filter(|_| !case.procedure.is_permit());
        let own = own.and_then(|own| own.of(case, Some(command)));
        let ground = match command {
            Command::Refuse { because, .. } => self.grounds.get(because).cloned(),
            _ => None,
        };
        own.or(ground).unwrap_or_else(|| self.basis.clone())
    }
}

/// The limits of the procedure as the law has them: an item's own take their place where it has any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeLimits {
    /// To accept, refuse or ask for corrections: art. 32.
    pub completeness: TimeLimit,
    /// For the applicant's corrections.
    pub supplement: TimeLimit,
    /// By which the decision may be put off: art. 42.
    pub extension: TimeLimit,
    /// To issue and deliver: art. 44.
    pub delivery: TimeLimit,
}

/// Something whose time is not counted: art. 45.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseKind {
    /// `hearing`.
    pub kind: String,
    /// 听证.
    pub title: String,
    /// The rule.
    pub basis: String,
}

/// Until when a person may turn against a refusal, in the words of the law.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemedyPeriods {
    /// 六十日.
    pub reconsideration: String,
    /// 行政复议法第二十条.
    pub reconsideration_basis: String,
    /// 六个月.
    pub litigation: String,
    /// 行政诉讼法第四十六条.
    pub litigation_basis: String,
}

impl Definition {
    /// Reads a definition from JSON. Fields it does not know are an error.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The state with this code.
    pub fn state(&self, code: &str) -> Option<&StateSpec> {
        self.states.iter().find(|state| state.code == code)
    }

    /// The step that this command is in this state.
    pub fn step(&self, command: &str, state: &str) -> Option<&StepSpec> {
        self.steps
            .iter()
            .find(|step| step.command == command && step.from.iter().any(|from| from == state))
    }

    /// What may be ordered in this state, by name.
    pub fn commands_in(&self, state: &str) -> Vec<&StepSpec> {
        self.steps.iter().filter(|step| step.from.iter().any(|from| from == state)).collect()
    }

    /// Words that tell a person where to turn, with the periods of the law.
    pub fn remedy_words(&self, remedy: &super::Remedy) -> String {
        let RemedyPeriods { reconsideration, litigation, .. } = &self.remedies;
        format!(
            "如不服本决定，您可以自收到本决定之日起{reconsideration}内向{}申请行政复议，\
             或者自收到本决定之日起{litigation}内向{}提起行政诉讼",
            remedy.reconsideration, remedy.court
        )
    }

    /// What is wrong with the definition; nothing if it may come into force.
    pub fn check(&self) -> Vec<Hole> {
        let mut holes = Vec::new();
        self.check_states(&mut holes);
        self.check_steps(&mut holes);
        self.check_ways(&mut holes);
        holes
    }

    fn check_states(&self, holes: &mut Vec<Hole>) {
        let mut seen = BTreeSet::new();
        for state in &self.states {
            if !seen.insert(&state.code) {
                holes.push(Hole::Twice(state.code.clone()));
            }
            if state.frozen && state.clock == ClockName::None {
                holes.push(Hole::FrozenWithoutClock(state.code.clone()));
            }
            let leaves = self.commands_in(&state.code).iter().any(|step| {
                step.to != Target::Same && step.to != Target::State(state.code.clone())
            });
            if state.terminal && !self.commands_in(&state.code).is_empty() {
                holes.push(Hole::LeavesTheEnd(state.code.clone()));
            }
            if !state.terminal && !leaves {
                holes.push(Hole::DeadEnd(state.code.clone()));
            }
            let waits = state.clock == ClockName::Completeness;
            if waits && self.step("deem_accepted", &state.code).is_none() {
                holes.push(Hole::SilenceUnanswered(state.code.clone()));
            }
            if state.awaits_applicant && self.step("lapse", &state.code).is_none() {
                holes.push(Hole::NeverLapses(state.code.clone()));
            }
        }
    }

    fn check_steps(&self, holes: &mut Vec<Hole>) {
        let known = |command: &str| Command::ALL.iter().any(|(name, ..)| *name == command);
        let mut seen = BTreeSet::new();
        if self.openings.is_empty() {
            holes.push(Hole::NoWayIn);
        }
        for opening in &self.openings {
            if self.state(&opening.to).is_none() {
                holes.push(Hole::UnknownState(opening.channel.clone(), opening.to.clone()));
            }
            if opening.permissions.is_empty() {
                holes.push(Hole::NobodyMay(opening.channel.clone()));
            }
        }
        for step in &self.steps {
            let mentioned = step.separate_from.iter().chain(&step.not_after);
            for command in mentioned.chain([&step.command]).filter(|name| !known(name)) {
                holes.push(Hole::UnknownCommand(command.clone()));
            }
            let to = if let Target::State(code) = &step.to { Some(code) } else { None };
            for code in step.from.iter().chain(to).filter(|code| self.state(code).is_none()) {
                holes.push(Hole::UnknownState(step.command.clone(), code.clone()));
            }
            for from in &step.from {
                if !seen.insert((&step.command, from)) {
                    holes.push(Hole::Ambiguous(step.command.clone(), from.clone()));
                }
            }
            if step.permissions.is_empty() {
                holes.push(Hole::NobodyMay(step.command.clone()));
            }
        }
    }

    fn check_ways(&self, holes: &mut Vec<Hole>) {
        let mut reached: BTreeSet<&str> =
            self.openings.iter().map(|opening| opening.to.as_str()).collect();
        loop {
            let more: Vec<&str> = self
                .steps
                .iter()
                .filter(|step| step.from.iter().any(|from| reached.contains(from.as_str())))
                .filter_map(|step| match &step.to {
                    Target::State(code) => Some(code.as_str()),
                    Target::Same | Target::Before => None,
                })
                .filter(|code| !reached.contains(code))
                .collect();
            if more.is_empty() {
                break;
            }
            reached.extend(more);
        }
        for state in self.states.iter().filter(|state| !reached.contains(state.code.as_str())) {
            holes.push(Hole::Unreachable(state.code.clone()));
        }
    }
}

/// Something that keeps a definition from coming into force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hole {
    /// No opening.
    #[error("没有任何申请入口")]
    NoWayIn,
    /// A step or an opening names a state that there is not.
    #[error("“{0}”指向不存在的状态 {1}")]
    UnknownState(String, String),
    /// A step names a command that there is not.
    #[error("没有名为 {0} 的动作")]
    UnknownCommand(String),
    /// Two states of one code.
    #[error("状态 {0} 定义了两次")]
    Twice(String),
    /// Two steps of one command in one state.
    #[error("动作 {0} 在状态 {1} 下定义了两次")]
    Ambiguous(String, String),
    /// No step leads there.
    #[error("状态 {0} 无法到达")]
    Unreachable(String),
    /// A state that is not the end, and that no step leaves.
    #[error("状态 {0} 无法离开，又不是终结状态")]
    DeadEnd(String),
    /// A step leaves a state that is the end.
    #[error("终结状态 {0} 之后还有动作")]
    LeavesTheEnd(String),
    /// A clock that stands still where there is none.
    #[error("状态 {0} 没有时限，不能中止计时")]
    FrozenWithoutClock(String),
    /// Silence must end in acceptance (art. 32), and no step does it.
    #[error("状态 {0} 逾期未处理时没有“视为受理”")]
    SilenceUnanswered(String),
    /// The applicant's turn has no end.
    #[error("状态 {0} 等待申请人，却没有逾期退件")]
    NeverLapses(String),
    /// A step without a permission.
    #[error("“{0}”没有写明需要什么权限")]
    NobodyMay(String),
}
