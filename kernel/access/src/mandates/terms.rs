//! The nouns of mandates (授权委托书): what may be done, over what, until when, how it stands.

use base::{Day, Id, Moment};
use ledger::Act;
use serde::{Deserialize, Serialize};

use crate::accounts::Account;
use crate::terms::Level;

/// What an agent may do for who writes the mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// File applications.
    Apply,
    /// Hand in what a correction notice asks for.
    Supplement,
    /// Withdraw applications.
    Withdraw,
    /// Read and receive the written papers.
    Papers,
    /// Look up how it goes, and what was handed in.
    LookUp,
}

impl Power {
    /// All of them, in the order in which a mandate lists them.
    pub const ALL: [Power; 5] =
        [Power::Apply, Power::Supplement, Power::Withdraw, Power::Papers, Power::LookUp];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Power::Apply => "apply",
            Power::Supplement => "supplement",
            Power::Withdraw => "withdraw",
            Power::Papers => "papers",
            Power::LookUp => "look_up",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Power::Apply => "提出申请",
            Power::Supplement => "补正材料",
            Power::Withdraw => "撤回申请",
            Power::Papers => "领取文书",
            Power::LookUp => "查询进度和内容",
        }
    }

    /// From what was stored or sent.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|power| power.as_str() == text)
    }
}

/// A service item by code and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedItem {
    /// The item's local code.
    pub code: String,
    /// Its name, as it was then.
    pub name: String,
}

/// Over what a mandate reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything that its giver can apply for here.
    All,
    /// These service items.
    Items(Vec<NamedItem>),
    /// One case, by its number.
    Case(String),
}

impl Scope {
    /// As stored and sent.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Scope::All => "all",
            Scope::Items(_) => "items",
            Scope::Case(_) => "case",
        }
    }

    /// In words.
    pub fn said(&self) -> String {
        match self {
            Scope::All => "在本网站办理的全部事项".to_owned(),
            Scope::Items(items) => {
                let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
                names.join("、")
            }
            Scope::Case(no) => format!("办件 {no} 这一件"),
        }
    }
}

/// How far a mandate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MandateState {
    /// Written; the agent has not answered.
    Offered,
    /// The agent has taken it on.
    Standing,
    /// The agent has said no.
    Refused,
    /// The principal has taken it back.
    Revoked,
    /// The agent has given it up.
    GivenUp,
    /// It ended with one of the two: [`EndedWhy`] says by what.
    Closed,
}

impl MandateState {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            MandateState::Offered => "offered",
            MandateState::Standing => "standing",
            MandateState::Refused => "refused",
            MandateState::Revoked => "revoked",
            MandateState::GivenUp => "given_up",
            MandateState::Closed => "closed",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        use MandateState::{Closed, GivenUp, Offered, Refused, Revoked, Standing};
        let known = [Offered, Standing, Refused, Revoked, GivenUp];
        known.into_iter().find(|state| state.as_str() == text).unwrap_or(Closed)
    }
}

/// How a mandate came to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MandateKind {
    /// By its giver, on the site. Its agent takes it on there and acts there.
    Online,
    /// On paper: a clerk has taken it in at a window, and it gives a right at windows alone.
    Paper,
}

impl MandateKind {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            MandateKind::Online => "online",
            MandateKind::Paper => "paper",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        if text == "paper" { MandateKind::Paper } else { MandateKind::Online }
    }
}

/// By what a mandate ended that neither side ended (民法典 art. 173).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedWhy {
    /// The account of one of the two was closed.
    Closed,
    /// What is known of one of the two was erased by a lawful order.
    Erased,
    /// The register of residents says that one of the two has died.
    Died,
}

impl EndedWhy {
    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            EndedWhy::Closed => "closed",
            EndedWhy::Erased => "erased",
            EndedWhy::Died => "died",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        let known = [EndedWhy::Erased, EndedWhy::Died];
        known.into_iter().find(|why| why.as_str() == text).unwrap_or(EndedWhy::Closed)
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            EndedWhy::Closed => "账户注销，委托终止",
            EndedWhy::Erased => "一方的信息依法删除，委托终止",
            EndedWhy::Died => "人口登记显示一方死亡，委托终止",
        }
    }
}

/// For which firm a mandate is given, as its giver states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firm {
    /// Its name.
    pub name: String,
    /// Its unified social credit code.
    pub code: String,
}

/// A mandate as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// Id.
    pub id: Id<Mandate>,
    /// How it came to be written.
    pub kind: MandateKind,
    /// The account of who has given it; none of one on paper, whose giver needs none.
    pub principal: Option<Id<Account>>,
    /// Their name.
    pub principal_name: String,
    /// Their number, sealed.
    pub principal_sealed: Vec<u8>,
    /// The firm in whose name it is given.
    pub firm: Option<Firm>,
    /// The account that has taken it on.
    pub agent: Option<Id<Account>>,
    /// The agent's name.
    pub agent_name: String,
    /// Their number, sealed.
    pub agent_sealed: Vec<u8>,
    /// Over what.
    pub scope: Scope,
    /// What the agent may do, in the order of [`Power::ALL`].
    pub powers: Vec<Power>,
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
    /// How far it is.
    pub state: MandateState,
    /// When it was written.
    pub given_at: Moment,
    /// When the agent answered.
    pub settled_at: Option<Moment>,
    /// When it ended before its day.
    pub ended_at: Option<Moment>,
    /// Who ended it.
    pub ended_by: String,
    /// By what it ended, where neither side ended it.
    pub why: EndedWhy,
    /// The organ whose window took it in; empty unless it is on paper.
    pub organ: String,
    /// That organ's name.
    pub organ_name: String,
    /// The act that tells of it.
    pub act: Id<Act>,
}

impl Mandate {
    /// In whose name the agent acts: the firm's, or the person's own.
    pub fn whose(&self) -> &str {
        self.firm.as_ref().map_or(self.principal_name.as_str(), |firm| firm.name.as_str())
    }

    /// The powers in words.
    pub fn powers_said(&self) -> String {
        self.powers.iter().map(|power| power.title()).collect::<Vec<_>>().join("、")
    }

    /// Whether it gives a right on this day, as far as it itself goes.
    pub fn stands(&self, today: Day) -> bool {
        self.state == MandateState::Standing && self.from <= today && today <= self.until
    }

    /// Whether it can still come to give one, or gives one.
    pub fn lasts(&self, today: Day) -> bool {
        matches!(self.state, MandateState::Offered | MandateState::Standing) && today <= self.until
    }

    /// How it stands, in words.
    pub fn said(&self, today: Day) -> &'static str {
        match self.state {
            MandateState::Offered if self.until < today => "没有人接受，已经到期",
            MandateState::Offered => "等对方接受",
            MandateState::Standing if self.until < today => "已经到期",
            MandateState::Standing if today < self.from && self.is_paper() => "还没有开始",
            MandateState::Standing if today < self.from => "已经接受，还没有开始",
            MandateState::Standing => "有效",
            MandateState::Refused => "对方没有接受",
            MandateState::Revoked => "委托人已经收回",
            MandateState::GivenUp => "代理人已经辞去",
            MandateState::Closed => self.why.title(),
        }
    }

    /// Whether it is one on paper.
    pub fn is_paper(&self) -> bool {
        self.kind == MandateKind::Paper
    }
}

/// A mandate to be put down. Mint it before the transaction.
#[derive(Clone, Debug)]
pub struct NewMandate {
    /// The mandate; its sealed numbers are made from these.
    pub mandate: Mandate,
    /// The principal's number in clear.
    pub principal_number: String,
    /// The agent's number in clear.
    pub agent_number: String,
}

/// What must hold of mandates, from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MandateRule {
    /// In force from then on.
    pub from: Day,
    /// So many days at most, first and last included.
    pub longest_days: i64,
    /// How far who gives one must have shown who they are.
    pub principal: Level,
    /// The same of who acts by it.
    pub agent: Level,
    /// On which ground.
    pub ground: String,
}
