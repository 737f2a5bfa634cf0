//! Signals of supervision: reminders, warnings, cards.

use base::{Day, Id, Moment};
use ledger::Act;
use serde::{Deserialize, Serialize};

use super::{CaseId, SUBJECT};

/// How grave a signal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 提示.
    Reminder,
    /// 预警.
    Warning,
    /// 黄牌.
    Yellow,
    /// 红牌.
    Red,
}

impl Level {
    /// From the mildest to the gravest.
    pub const ALL: [Level; 4] = [Level::Reminder, Level::Warning, Level::Yellow, Level::Red];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Reminder => "reminder",
            Level::Warning => "warning",
            Level::Yellow => "yellow",
            Level::Red => "red",
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Level::Reminder => "提示",
            Level::Warning => "预警",
            Level::Yellow => "黄牌",
            Level::Red => "红牌",
        }
    }

    /// The level stored so; a level of a newer program counts as a warning.
    pub(crate) fn parse(text: &str) -> Self {
        Level::ALL.into_iter().find(|level| level.as_str() == text).unwrap_or(Level::Warning)
    }
}

/// Where a signal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalState {
    /// 已发出.
    Raised,
    /// 已签收.
    Seen,
    /// 申辩中.
    Appealed,
    /// 维持.
    Upheld,
    /// 撤销.
    Cancelled,
    /// 办结.
    Closed,
}

impl SignalState {
    const ALL: [SignalState; 6] = [
        SignalState::Raised,
        SignalState::Seen,
        SignalState::Appealed,
        SignalState::Upheld,
        SignalState::Cancelled,
        SignalState::Closed,
    ];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            SignalState::Raised => "raised",
            SignalState::Seen => "seen",
            SignalState::Appealed => "appealed",
            SignalState::Upheld => "upheld",
            SignalState::Cancelled => "cancelled",
            SignalState::Closed => "closed",
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            SignalState::Raised => "已发出",
            SignalState::Seen => "已签收",
            SignalState::Appealed => "申辩中",
            SignalState::Upheld => "维持",
            SignalState::Cancelled => "已撤销",
            SignalState::Closed => "已办结",
        }
    }

    /// Whether someone still has to do something about it.
    pub const fn is_open(self) -> bool {
        !matches!(self, SignalState::Cancelled | SignalState::Closed)
    }

    /// The state stored so; one of a newer program counts as raised.
    pub(crate) fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == text).unwrap_or(SignalState::Raised)
    }
}

/// What may be done to a signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "move", rename_all = "snake_case")]
pub enum SignalMove {
    /// 签收.
    Seen,
    /// 申辩.
    Appeal {
        /// What the responsible person says to it.
        words: String,
    },
    /// 维持: the appeal is not followed.
    Uphold {
        /// Why.
        words: String,
    },
    /// 撤销: the only way in which a signal loses its effect.
    Cancel {
        /// Why.
        reason: String,
    },
    /// 整改办结.
    Close {
        /// What was mended.
        words: String,
    },
}

impl SignalMove {
    /// Every verb of the acts on signals, with its title.
    pub const ALL: &'static [(&'static str, &'static str)] = &[
        ("signal_raised", "发出监察信号"),
        ("signal_seen", "签收监察信号"),
        ("signal_appealed", "对监察信号提出申辩"),
        ("signal_upheld", "维持监察信号"),
        ("signal_cancelled", "撤销监察信号"),
        ("signal_closed", "监察信号整改办结"),
    ];

    /// The state it leads to.
    pub const fn to(&self) -> SignalState {
        match self {
            SignalMove::Seen => SignalState::Seen,
            SignalMove::Appeal { .. } => SignalState::Appealed,
            SignalMove::Uphold { .. } => SignalState::Upheld,
            SignalMove::Cancel { .. } => SignalState::Cancelled,
            SignalMove::Close { .. } => SignalState::Closed,
        }
    }

    /// What is said with it.
    pub fn words(&self) -> &str {
        match self {
            SignalMove::Seen => "",
            SignalMove::Appeal { words }
            | SignalMove::Uphold { words }
            | SignalMove::Cancel { reason: words }
            | SignalMove::Close { words } => words,
        }
    }
}

/// A signal as it stands: one row of `flow_signals`.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Its id.
    pub id: Id<Signal>,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub case_no: String,
    /// The office that runs the case.
    pub office: String,
    /// The item.
    pub item_code: String,
    /// Its name.
    pub item_name: String,
    /// The rule: `R04`.
    pub rule: String,
    /// The occasion: a rule speaks once on each.
    pub cycle: String,
    /// How grave.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// The rule it rests on.
    pub basis: String,
    /// The day it speaks of.
    pub day: Day,
    /// When it was raised.
    pub raised_at: Moment,
    /// The responsible organ.
    pub organ: String,
    /// Its name.
    pub organ_name: String,
    /// On whose desk the case lay.
    pub handler_account: Option<String>,
    /// Their name.
    pub handler_name: String,
    /// Where it stands.
    pub state: SignalState,
    /// Since when.
    pub state_at: Moment,
    /// Who brought it there.
    pub state_by: String,
    /// What was said last.
    pub words: String,
}

/// A signal to be raised. Make it before the transaction: the id and the act are minted here.
#[derive(Clone, Debug)]
pub struct NewSignal {
    /// The id it will have.
    pub id: Id<Signal>,
    /// The act that tells of it.
    pub act: Act,
    /// The case.
    pub case: CaseId,
    /// The rule: `R04`.
    pub rule: String,
    /// How grave.
    pub level: Level,
    /// What it says, in plain words.
    pub message: String,
    /// The rule it rests on.
    pub basis: String,
    /// The occasion: the rule is silent when it has spoken on this one. See [`super::CaseHead::cycle`].
    pub cycle: String,
    /// The day it speaks of; today unless said otherwise.
    pub day: Day,
}

impl NewSignal {
    /// A signal of `office` on a case; rule, level, words and occasion are to be filled in.
    pub fn new(now: Moment, office: &str, case: CaseId) -> Self {
        Self {
            id: Id::mint(now),
            act: Act::new(now, &format!("{office}.signal_raised"), SUBJECT, case),
            case,
            rule: String::new(),
            level: Level::Reminder,
            message: String::new(),
            basis: String::new(),
            cycle: String::new(),
            day: now.day(),
        }
    }
}

/// An order to a signal, with the act that will tell of it.
#[derive(Clone, Debug)]
pub struct SignalOrder {
    /// Which signal.
    pub signal: Id<Signal>,
    /// What to do.
    pub to_do: SignalMove,
    /// The act.
    pub act: Act,
}

impl SignalOrder {
    /// An order of `office` to a signal on this case.
    pub fn new(
        now: Moment,
        office: &str,
        case: CaseId,
        signal: Id<Signal>,
        to_do: SignalMove,
    ) -> Self {
        let kind = format!("{office}.signal_{}", to_do.to().as_str());
        Self { signal, act: Act::new(now, &kind, SUBJECT, case), to_do }
    }
}

/// Writes an office's acts on signals as the catalogue of acts lists them.
#[macro_export]
macro_rules! acts_of_signals {
    ($office:literal) => {
        $crate::acts_of_cases!(@ $office,
            signal_raised "发出监察信号", signal_seen "签收监察信号",
            signal_appealed "对监察信号提出申辩", signal_upheld "维持监察信号",
            signal_cancelled "撤销监察信号", signal_closed "监察信号整改办结")
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_move_of_a_signal_has_an_act() {
        let kinds: &[ledger::ActKind] = crate::acts_of_signals!("sample");
        for ((verb, title), kind) in SignalMove::ALL.iter().zip(kinds) {
            assert_eq!((kind.name, kind.title), (format!("sample.{verb}").as_str(), *title));
        }
        assert_eq!(kinds.len(), SignalState::ALL.len());
    }
}
