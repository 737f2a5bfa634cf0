//! The nouns: permissions, acts, orders to erase and to export, deferrals, what two people decide.

mod deferral;
mod exports;

pub use deferral::*;

use access::{Account, Permission, Proposed, Reach};
use ask::Asked;
use base::{Day, Id, Moment};
use ledger::ActKind;
use seal::{CoveredColumn, SealedColumn};
use serde::Deserialize;

pub use exports::{
    AGREE_EXPORT, ALL_EXPORTS, EXPORT, EXPORT_AGREED, EXPORT_DECLINED, EXPORT_DESTROYED,
    EXPORT_ENTERED, EXPORT_FETCHED, EXPORT_FILES, EXPORT_LAPSED, EXPORT_MADE, EXPORT_UNMADE,
    EXPORT_WITHDRAWN, EXPORTS, Made, Order, Proposer, Stage, Wish,
};

/// The terms on which it asks other offices.
pub const TERMS: &[ask::Terms] = &[ask::Terms {
    asker: "privacy",
    kind: "powers.item_names",
    purpose: "export",
    about: "提出导出的时候按名称选择事项",
    fields: &["*"],
    ground: "《中华人民共和国个人信息保护法》第五十一条",
    valid_seconds: 3_600,
}];

/// See which orders there are, and what became of them.
pub const SEE: Permission = Permission {
    name: "privacy.see",
    about: "查看依法删除的情况",
    roles: &[("privacy", Reach::City), ("auditor", Reach::City)],
};

/// Enter an order to erase, agree to one that another has entered. It is no business of the three administrators:
/// who runs the system, gives the rights or reads the record erases nothing.
pub const ERASE: Permission = Permission {
    name: "privacy.erase",
    about: "办理依法删除个人信息",
    roles: &[("privacy", Reach::City)],
};

/// Complain about a look at one's own data.
pub const COMPLAIN: Permission = Permission {
    name: "privacy.complain",
    about: "投诉对自己信息的查看",
    roles: &[("citizen", Reach::Own)],
};

/// See complaints and what came of them.
pub const SEE_COMPLAINTS: Permission = Permission {
    name: "privacy.complaints",
    about: "查看对查看的投诉",
    roles: &[("privacy", Reach::City), ("auditor", Reach::City), ("supervisor", Reach::City)],
};

/// Look into complaints and answer them.
pub const ANSWER: Permission = Permission {
    name: "privacy.answer",
    about: "核查和答复对查看的投诉",
    roles: &[("privacy", Reach::City)],
};

/// All of them.
pub const PERMISSIONS: &[&Permission] = &[
    &COMPLAIN,
    &SEE_COMPLAINTS,
    &ANSWER,
    &SEE,
    &ERASE,
    &EXPORTS,
    &ALL_EXPORTS,
    &AGREE_EXPORT,
    &SEE_DEFERRALS,
    &DEFER,
];

/// The office's name on its cases.
pub const OFFICE: &str = "privacy";
/// The name of the flow of complaints.
pub const COMPLAINT: &str = "complaint";
/// The context under which it is sealed what a person says of a look.
pub const WORDS: &str = "privacy.complaints.words";

/// The column by which deferrals are found by whom they are about.
pub const COVERED: &[CoveredColumn] =
    &[CoveredColumn { table: "privacy_deferrals", key: &["id"], column: "subject_blind" }];

/// The sealed columns.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "privacy_complaints",
        key: &["case_id"],
        column: "words_sealed",
        context: WORDS,
    },
    SealedColumn {
        table: "privacy_deferrals",
        key: &["id"],
        column: "subject_sealed",
        context: DEFERRED_SUBJECT,
    },
    SealedColumn {
        table: "privacy_deferrals",
        key: &["id"],
        column: "purpose_sealed",
        context: PURPOSE,
    },
];

/// A complaint beside its case.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// The case.
    pub case: flow::CaseId,
    /// Its number.
    pub no: String,
    /// The look that it is about.
    pub look: Id<Asked>,
    /// Whose it is.
    pub account: Id<Account>,
    /// What the person says of the look, sealed.
    pub words_sealed: Vec<u8>,
}

/// An order was entered.
pub const ENTERED: &str = "privacy.erasure_entered";
/// A second person has agreed: it takes effect.
pub const AGREED: &str = "privacy.erasure_agreed";
/// A second person has not.
pub const DECLINED: &str = "privacy.erasure_declined";
/// Who entered it has taken it back.
pub const WITHDRAWN: &str = "privacy.erasure_withdrawn";
/// What cases said of their steps was erased.
pub const STEPS_ERASED: &str = "privacy.steps_erased";
/// What acts said was erased.
pub const CONTENTS_ERASED: &str = "privacy.contents_erased";
/// Everything that an order names is gone.
pub const DONE: &str = "privacy.erasure_done";

/// The acts that the office records.
pub const ACTS: &[ActKind] = &[
    ActKind { name: ENTERED, title: "录入删除命令" },
    ActKind { name: AGREED, title: "同意删除命令" },
    ActKind { name: DECLINED, title: "不同意删除命令" },
    ActKind { name: WITHDRAWN, title: "撤回删除命令" },
    ActKind { name: privacy_contract::ORDERED, title: "命令删除" },
    ActKind { name: STEPS_ERASED, title: "依法删除办理经过中的文字" },
    ActKind { name: CONTENTS_ERASED, title: "依法删除办理记录的内容" },
    ActKind { name: DONE, title: "删除完毕" },
    ActKind { name: DEFERRAL_ENTERED, title: "录入暂不告知" },
    ActKind { name: DEFERRAL_AGREED, title: "同意暂不告知" },
    ActKind { name: DEFERRAL_DECLINED, title: "不同意暂不告知" },
    ActKind { name: DEFERRAL_WITHDRAWN, title: "撤回暂不告知" },
    ActKind { name: DEFERRAL_STOPPED, title: "提前结束暂不告知" },
    ActKind { name: DEFERRAL_ENDED, title: "暂不告知结束，开始告知" },
    ActKind { name: DEFERRALS_READ, title: "查阅暂不告知" },
    ActKind { name: EXPORT_ENTERED, title: "提出导出" },
    ActKind { name: EXPORT_AGREED, title: "同意导出" },
    ActKind { name: EXPORT_DECLINED, title: "不同意导出" },
    ActKind { name: EXPORT_WITHDRAWN, title: "撤回导出" },
    ActKind { name: EXPORT_LAPSED, title: "导出没有人同意，失效" },
    ActKind { name: EXPORT_MADE, title: "做好导出的文件" },
    ActKind { name: EXPORT_UNMADE, title: "没有做导出的文件，导出结束" },
    ActKind { name: EXPORT_FETCHED, title: "取走导出的文件" },
    ActKind { name: EXPORT_DESTROYED, title: "销毁导出的文件" },
    ActKind { name: "privacy.submitted", title: "投诉查看" },
    ActKind { name: "privacy.examined", title: "核查投诉" },
    ActKind { name: "privacy.delivered", title: "答复投诉" },
    ActKind { name: "privacy.rehomed", title: "投诉转由接续的机关办理" },
];

/// What an order is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A case: what was handed in, said and written about it.
    Case,
    /// A person: the account, its drafts and its cases.
    Person,
    /// What one act said.
    Act,
}

impl Scope {
    /// All of them, with what people call them.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Case, "一个办件"),
        (Self::Person, "一个人的账户和办件"),
        (Self::Act, "一条办理记录"),
    ];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::Case => "case",
            Scope::Person => "person",
            Scope::Act => "act",
        }
    }

    /// As stored or sent.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().map(|(scope, _)| scope).find(|scope| scope.as_str() == text)
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        Self::ALL.into_iter().find(|(scope, _)| *scope == self).map_or("", |(_, title)| title)
    }
}

/// Whether the order says so of what is otherwise refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Says {
    /// A case that is still running is erased too.
    pub running: bool,
    /// A case is erased before the time is over for which it must be kept.
    pub retained: bool,
}

/// An order to erase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Id.
    pub id: Id<Erasure>,
    /// What it is about.
    pub scope: Scope,
    /// Which one: the id of a case, an account or an act.
    pub subject: String,
    /// As people know it; empty once it was erased.
    pub shown: String,
    /// Whose order it is.
    pub organ: String,
    /// The number of its document.
    pub document: String,
    /// The article that it rests on.
    pub ground: String,
    /// What it says beyond.
    pub says: Says,
    /// The two people.
    pub proposed: Proposed,
    /// When everything was gone.
    pub done_at: Option<Moment>,
}

/// An order as somebody typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// `case`, `person`, `act`.
    pub scope: String,
    /// The number of the case, the login of the account, the id of the act.
    pub shown: String,
    /// Whose order.
    pub organ: String,
    /// The document's number.
    pub document: String,
    /// The article.
    pub ground: String,
    /// `true` where the order names running cases.
    pub running: String,
    /// `true` where the order names cases that must be kept.
    pub retained: String,
}

/// What the rules of a day say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The first day on which it holds.
    pub from: Day,
    /// So many days an order waits for the second person.
    pub waiting_days: i64,
    /// On what ground.
    pub waiting_ground: String,
    /// In so many working days a complaint is answered.
    pub answer_days: u32,
    /// On what ground.
    pub answer_ground: String,
    /// So many years a closed case must be kept.
    pub kept_years: i16,
    /// On what ground.
    pub kept_ground: String,
    /// On what a deferral may rest, and how long each lasts at most.
    pub deferral_grounds: Vec<DeferralGround>,
    /// On what ground it lasts so long at most.
    pub deferral_limit_ground: String,
    /// So many days an order to export waits for the second person.
    pub export_waiting_days: i64,
    /// So many rows stand in one file at most.
    pub export_rows_max: usize,
    /// So many days the file is kept.
    pub export_kept_days: i64,
    /// On what ground.
    pub export_ground: String,
}

/// What the rules need to know of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFacts {
    /// Its number.
    pub no: String,
    /// Whether it still runs.
    pub open: bool,
    /// The day on which it was closed.
    pub closed_on: Option<Day>,
    /// The accounts of those who handled it.
    pub handled_by: Vec<String>,
}
