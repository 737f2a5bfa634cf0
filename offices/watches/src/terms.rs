//! The nouns: a watch and what it looks for, the lists that departments bring, what was found.

mod hit;
mod list;
mod people;

pub use hit::{Deed, Facts, Hit, Other, PermitFacts, Standing};
pub use list::{Extent, Line, Load, PayList, Refused, Stage};
pub use people::OtherPerson;

use access::{Permission, Reach};
use ask::Terms;
use base::{Day, Id, Moment};
use flow::ActKind;
use seal::{CoveredColumn, SealedColumn};
use serde::{Deserialize, Serialize};

/// The office's name on its cases.
pub const OFFICE: &str = "watches";
/// The way of a hit.
pub const FLOW: &str = "watch-hit";
/// By what right the city itself opens a hit, and closes one whose cause is gone.
pub const HOLD: &str = "watches.hold";

/// Set watches up, change and stop them.
pub const KEEP: Permission = Permission {
    name: "watches.keep",
    about: "设置比对监测",
    roles: &[("datamanager", Reach::City)],
};

/// See the watches, and what they found in the data of one's organ.
pub const SEE: Permission = Permission {
    name: "watches.see",
    about: "查看比对监测",
    roles: &[
        ("datasteward", Reach::Organ),
        ("datamanager", Reach::City),
        ("supervisor", Reach::City),
        ("auditor", Reach::City),
    ],
};

/// Verify what was found, and say what was done.
pub const HANDLE: Permission = Permission {
    name: "watches.handle",
    about: "核实比对监测的线索",
    roles: &[("datasteward", Reach::Organ)],
};

/// Bring the lists of one's organ in, and take the newest file back.
pub const UPLOAD: Permission = Permission {
    name: "watches.upload",
    about: "上传监测名单",
    roles: &[("datasteward", Reach::Organ)],
};

/// All of them.
pub const PERMISSIONS: &[&Permission] = &[&KEEP, &SEE, &HANDLE, &UPLOAD];

/// For what registers are asked about what was found.
pub const VERIFY: &str = "watch";
/// For what approvals are asked which permits a firm holds that has ended.
pub const FIND: &str = "ended";

const SHARED: &str = "政务数据共享条例（国务院令第809号）第三章";

/// On which terms others are asked.
pub const OWN: &[Terms] = &[
    Terms {
        asker: OFFICE,
        kind: "population.person",
        purpose: VERIFY,
        about: "核实比对监测发现的线索",
        fields: &["name", "died"],
        ground: "《中华人民共和国个人信息保护法》第三十四条，政务数据共享条例（国务院令第809号）第三章",
        valid_seconds: 600,
    },
    Terms {
        asker: OFFICE,
        kind: "population.under_one_number",
        purpose: VERIFY,
        about: "核实一个公民身份号码下的两个人",
        fields: &["number", "before", "after", "now"],
        ground: "《中华人民共和国居民身份证法》第三条，《中华人民共和国个人信息保护法》第三十四条、第四十六条",
        valid_seconds: 600,
    },
    Terms {
        asker: OFFICE,
        kind: "entities.entity",
        purpose: VERIFY,
        about: "核实比对监测发现的线索",
        fields: &["name", "status", "ended"],
        ground: SHARED,
        valid_seconds: 600,
    },
    Terms {
        asker: OFFICE,
        kind: "approvals.permits_of",
        purpose: VERIFY,
        about: "核实比对监测发现的线索",
        fields: &["permits", "next"],
        ground: SHARED,
        valid_seconds: 600,
    },
    Terms {
        asker: OFFICE,
        kind: "approvals.permits_of",
        purpose: FIND,
        about: "查找已经终止的单位还持有的许可",
        fields: &["permits", "next"],
        ground: SHARED,
        valid_seconds: 600,
    },
    Terms {
        asker: OFFICE,
        kind: "approvals.holders",
        purpose: FIND,
        about: "查找已经终止的单位里，哪些还持有许可",
        fields: &["*"],
        ground: "《中华人民共和国行政许可法》第四十条",
        valid_seconds: 600,
    },
];

const fn act(name: &'static str, title: &'static str) -> ActKind {
    ActKind { name, title }
}

/// A watch was set up.
pub const MADE: &str = "watches.made";
/// It was changed.
pub const CHANGED: &str = "watches.changed";
/// It was stopped.
pub const STOPPED: &str = "watches.stopped";
/// It was started again.
pub const STARTED: &str = "watches.started";
/// A file of a list came to count.
pub const BROUGHT: &str = "watches.list_brought";
/// The newest file was taken back.
pub const TAKEN_BACK: &str = "watches.list_taken_back";
/// The lines of a file that counted no longer were removed when their time was over.
pub const FORGOTTEN: &str = "watches.list_forgotten";

/// A case was opened because of what a register told. The content names the kind of question by which that register is asked.
pub const FOUND: &str = "watches.found";

/// The acts of the office: those on watches and lists, and the steps of a hit.
pub const ACTS: &[ActKind] = &[
    act(MADE, "设置比对监测"),
    act(CHANGED, "修改比对监测"),
    act(STOPPED, "停止比对监测"),
    act(STARTED, "恢复比对监测"),
    act(BROUGHT, "上传监测名单"),
    act(TAKEN_BACK, "撤销上传的名单"),
    act(FORGOTTEN, "到期删除不再使用的名单"),
    act("watches.submitted", "发现线索"),
    act(FOUND, "由登记的变动发现"),
    act("watches.taken", "开始核实"),
    act("watches.granted", "核实属实并处理"),
    act("watches.denied", "核实不属实"),
    act("watches.withdrawn", "原因消失，撤销线索"),
    act("watches.rehomed", "转由承接的机关核实"),
    act("watches.erased", "依法删除线索内容"),
];

/// Numbers on lists.
pub const NUMBERS: &str = "watches.lines.number";
/// What was found.
pub const FACTS: &str = "watches.hits.facts";

/// The sealed columns.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "watches_lines",
        key: &["load", "line"],
        column: "number_sealed",
        context: NUMBERS,
    },
    SealedColumn {
        table: "watches_hits",
        key: &["case_id"],
        column: "facts_sealed",
        context: FACTS,
    },
];

/// The columns by which people are found.
pub const COVERED: &[CoveredColumn] = &[
    CoveredColumn { table: "watches_lines", key: &["load", "line"], column: "number_blind" },
    CoveredColumn { table: "watches_deaths", key: &["act"], column: "person_blind" },
    CoveredColumn { table: "watches_people", key: &["act"], column: "person_blind" },
    CoveredColumn { table: "watches_hits", key: &["case_id"], column: "subject_blind" },
];

/// What a watch looks for: a closed vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody who has died is paid by a list.
    DiedOnList,
    /// One number stands under two names: one of them is wrong, or somebody draws what is another's.
    TwoNames,
    /// A firm that has ended holds a permit that is in force.
    EndedFirm,
    /// The register of residents names another person under a number than before.
    TwoPeople,
}

impl Kind {
    /// By which kind of question the register is known that told of it; nothing where only lists were held against each
    /// other.
    pub fn asked_by(self) -> Option<&'static str> {
        match self {
            Kind::DiedOnList | Kind::TwoPeople => Some("population.person"),
            Kind::TwoNames => None,
            Kind::EndedFirm => Some("entities.entity"),
        }
    }

    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::DiedOnList, Kind::TwoNames, Kind::EndedFirm, Kind::TwoPeople];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::DiedOnList => "died_on_list",
            Kind::TwoNames => "two_names",
            Kind::EndedFirm => "ended_firm",
            Kind::TwoPeople => "two_people",
        }
    }

    /// As read.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Kind::DiedOnList => "去世的人还在领取待遇",
            Kind::TwoNames => "一个号码，两个姓名",
            Kind::EndedFirm => "吊销、注销的单位还持有许可",
            Kind::TwoPeople => "一个号码，登记了两个人",
        }
    }

    /// Whether it is held against lists that departments bring.
    pub const fn is_of_lists(self) -> bool {
        matches!(self, Kind::DiedOnList | Kind::TwoNames)
    }

    /// What it is held against where no list is named.
    pub const fn against(self) -> &'static str {
        match self {
            Kind::DiedOnList | Kind::TwoNames => "全部名单",
            Kind::EndedFirm => "审批发出的许可证件",
            Kind::TwoPeople => "人口基础信息以前的登记",
        }
    }

    /// Who verifies where no organ is named.
    pub const fn verifier(self) -> &'static str {
        match self {
            Kind::DiedOnList | Kind::TwoNames => "名单所属的部门",
            Kind::EndedFirm => "颁发许可的部门",
            Kind::TwoPeople => "提供登记的部门",
        }
    }

    /// How what it is held against is counted.
    pub const fn unit(self) -> &'static str {
        match self {
            Kind::DiedOnList | Kind::TwoNames => "行",
            Kind::EndedFirm => "项许可",
            Kind::TwoPeople => "个号码",
        }
    }

    /// What sets it going, and what it is held against.
    pub const fn words(self) -> &'static str {
        match self {
            Kind::DiedOnList => {
                "人口基础信息登记死亡的，与部门上传的发放名单比对；新上传的名单与已经登记的死亡比对。\
                 发放在死亡以前已经停止的，不算。"
            }
            Kind::TwoNames => {
                "部门上传名单时，与全部在用的名单比对：同一个公民身份号码下姓名不同的，两份名单所属的部门各自核实。"
            }
            Kind::EndedFirm => {
                "法人基础信息登记吊销、注销、撤销的单位，与审批发出的许可证件比对；终止以后才发出的也比对。\
                 许可已经过期、作废的，不算。由颁发许可的部门核实。"
            }
            Kind::TwoPeople => {
                "人口基础信息导入以后，一个公民身份号码从一个人变成了另一个人的，由提供这次登记的部门核实。\
                 只是改名、迁移、换电话的，不算；登记改回原来的人，线索就撤销。"
            }
        }
    }
}

/// The context in which firms are found among what was found.
pub const FIRM: &str = "watches.hits.firm";

/// A firm that has ended, as its register has announced it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedFirm {
    /// Unified social credit code.
    pub code: String,
    /// How: 吊销, 注销, 撤销.
    pub status: String,
    /// The day of that, where it is known.
    pub ended: Option<Day>,
    /// The act that told of it.
    pub act: String,
    /// No nought while what it holds is to be asked for: told again, it is another number.
    pub waits: i64,
}

/// Names a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchId;

/// What a watch says: everything that somebody may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What it looks for.
    pub kind: Kind,
    /// The list it is held against; all of them where none is named.
    pub list: Option<Id<PayList>>,
    /// The organ that verifies; the one whose list it is where none is named.
    pub organ: Option<String>,
    /// On which article.
    pub ground: String,
    /// Working days to verify.
    pub days: u32,
}

/// A watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Its id.
    pub id: Id<WatchId>,
    /// Which version stands.
    pub version: i64,
    /// What it says.
    pub rule: Rule,
    /// Whether it runs.
    pub running: bool,
    /// When it was last changed.
    pub changed_at: Moment,
    /// When a list was last held against it to the end.
    pub held_at: Option<Moment>,
}

/// One version of a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Which.
    pub version: i64,
    /// What it said.
    pub rule: Rule,
    /// Whether it ran.
    pub running: bool,
    /// Why it was made so.
    pub reason: String,
    /// Who did it.
    pub by_name: String,
    /// When.
    pub at: Moment,
    /// The act.
    pub act: String,
}

/// The office's limits, by date.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dated {
    /// From this day on.
    pub from: Day,
    /// Working days to verify a hit, where a watch says nothing else.
    pub days: u32,
    /// No watch gives more.
    pub days_max: u32,
    /// The ground.
    pub ground: String,
    /// For so many days the lines of a file are kept that counts no longer.
    pub keep_days: u32,
    /// The ground of that.
    pub keep_ground: String,
}
