//! What a watch has found.

use base::{Day, Id, Moment};
use flow::CaseId;
use serde::{Deserialize, Serialize};

use super::{Kind, WatchId};

/// How a hit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has decided.
    Open,
    /// It is so, and something was done.
    Confirmed,
    /// It is not so.
    NotSo,
    /// Its cause went away before anybody had decided.
    Withdrawn,
}

impl Standing {
    /// All of them.
    pub const ALL: [Standing; 4] =
        [Standing::Open, Standing::Confirmed, Standing::NotSo, Standing::Withdrawn];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Confirmed => "confirmed",
            Standing::NotSo => "not_so",
            Standing::Withdrawn => "withdrawn",
        }
    }

    /// As read.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// What was found, beside its case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its case.
    pub case: CaseId,
    /// The case's number.
    pub no: String,
    /// By which watch.
    pub watch: Id<WatchId>,
    /// In which of its versions.
    pub version: i64,
    /// What that looks for.
    pub kind: Kind,
    /// On which list; the case of the permit, where one was found; the register, where it names another person.
    pub list: String,
    /// In which file of it; the case of the permit; the load of the register.
    pub load: String,
    /// On which line.
    pub line: i64,
    /// The file of the other line, where two lines were held against each other.
    pub other: String,
    /// What was found, sealed.
    pub facts_sealed: Vec<u8>,
    /// By what: the same is found once.
    pub cause: String,
    /// How it stands.
    pub standing: Standing,
    /// The day by which it is to be verified.
    pub due: Option<Day>,
    /// When it was found.
    pub at: Moment,
    /// When the cause went away after it was decided.
    pub taken_back: Option<Moment>,
}

/// What was found, as it stood then: both sides, with where each comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Citizen number; the credit code of a firm.
    pub number: String,
    /// As the list, or the permit, calls them.
    pub name: String,
    /// What is paid.
    pub pays: String,
    /// Since when.
    pub since: Option<Day>,
    /// Until when.
    pub until: Option<Day>,
    /// The list's name.
    pub list: String,
    /// Whose list it is.
    pub organ: String,
    /// The file.
    pub file: String,
    /// The day of their death.
    pub died: Option<Day>,
    /// The act that told of it.
    pub told: String,
    /// The other line, where two were held against each other.
    pub other: Option<Other>,
    /// The number of the hit in which the same was confirmed before this came.
    pub earlier: Option<String>,
    /// How the firm has ended: 注销.
    pub status: String,
    /// The day of that.
    pub ended: Option<Day>,
    /// The permit that it held.
    pub permit: Option<PermitFacts>,
    /// The row of the register of residents that names another person; who they are stands there alone.
    pub row: String,
}

/// The permit of a firm, as it stood when it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermitFacts {
    /// The number of the case by which it was granted.
    pub no: String,
    /// The service item.
    pub item: String,
    /// What was made.
    pub certificate: String,
    /// Its number.
    pub number: String,
    /// When it was issued.
    pub issued: Day,
    /// Until when it is valid.
    pub until: Option<Day>,
}

/// The other of two lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// The name there.
    pub name: String,
    /// What is paid.
    pub pays: String,
    /// The list's name.
    pub list: String,
    /// Whose list it is.
    pub organ: String,
    /// The file.
    pub file: String,
    /// The line of it.
    pub line: i64,
}

/// What was done about what is so: a closed vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// 停发.
    Stopped,
    /// 停发，多发的追回.
    Recovered,
    /// 已经停发过.
    Already,
    /// 名单写错，已经更正.
    Corrected,
    /// 许可已经注销.
    Cancelled,
    /// 许可以前就注销了.
    CancelledBefore,
    /// 许可已经变更给承接的单位.
    PassedOn,
    /// 号码是后来登记的人的.
    LaterRight,
    /// 号码是原来登记的人的.
    EarlierRight,
    /// 两个人重号，其中一人换发号码.
    Renumbered,
}

impl Deed {
    /// All of them.
    const ALL: [Deed; 10] = [
        Deed::Stopped,
        Deed::Recovered,
        Deed::Already,
        Deed::Corrected,
        Deed::Cancelled,
        Deed::CancelledBefore,
        Deed::PassedOn,
        Deed::LaterRight,
        Deed::EarlierRight,
        Deed::Renumbered,
    ];

    /// Those that can be done about what a watch looks for.
    pub const fn of(kind: Kind) -> &'static [Deed] {
        match kind {
            Kind::DiedOnList => &[Deed::Stopped, Deed::Recovered, Deed::Already],
            Kind::TwoNames => &[Deed::Corrected, Deed::Stopped, Deed::Recovered],
            Kind::EndedFirm => &[Deed::Cancelled, Deed::CancelledBefore, Deed::PassedOn],
            Kind::TwoPeople => &[Deed::LaterRight, Deed::EarlierRight, Deed::Renumbered],
        }
    }

    /// As a form sends it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Deed::Stopped => "stopped",
            Deed::Recovered => "recovered",
            Deed::Already => "already",
            Deed::Corrected => "corrected",
            Deed::Cancelled => "cancelled",
            Deed::CancelledBefore => "cancelled_before",
            Deed::PassedOn => "passed_on",
            Deed::LaterRight => "later_right",
            Deed::EarlierRight => "earlier_right",
            Deed::Renumbered => "renumbered",
        }
    }

    /// As read.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Deed::Stopped => "已经停发",
            Deed::Recovered => "已经停发，多发的正在追回",
            Deed::Already => "以前就停发了，名单没有更新",
            Deed::Corrected => "名单写错，已经更正",
            Deed::Cancelled => "已经办理许可注销手续",
            Deed::CancelledBefore => "以前就注销或者收回了，记录没有更新",
            Deed::PassedOn => "已经依法变更到承接的单位名下",
            Deed::LaterRight => "号码是后来登记的人的，原来的登记有误",
            Deed::EarlierRight => "号码是原来登记的人的，已经报请更正登记",
            Deed::Renumbered => "两个人重号，已经依法更正其中一人的号码",
        }
    }
}
