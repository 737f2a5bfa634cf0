//! The nouns: permissions, acts, what an auditor asks for.

mod event;

use access::{Permission, Reach};
use ledger::ActKind;
use serde::{Deserialize, Serialize};

pub use event::{Entered, Event, Measure, Rule, Source, Spotted};

/// Read the record of acts.
pub const SEE: Permission =
    Permission {
        name: "audit.see", about: "查阅审计记录", roles: &[("auditor", Reach::City)]
    };

/// Read what those did who read the record: nobody is watched by themselves alone.
pub const SEE_AUDITORS: Permission = Permission {
    name: "audit.see_auditors",
    about: "查阅审计管理员的操作",
    roles: &[("secadmin", Reach::City)],
};

/// Look into security events and explain them. Two roles may, so that one of them is not concerned.
pub const SETTLE: Permission = Permission {
    name: "audit.settle",
    about: "核查安全事件",
    roles: &[("auditor", Reach::City), ("secadmin", Reach::City)],
};

/// So long it is kept from where an act was asked for: more than the twelve months that the city wants, and no
/// longer than that needs (个人信息保护法 art. 19).
pub const ADDRESSES_KEPT_DAYS: i64 = 400;

/// The act of having read the record.
pub const SEARCHED: &str = "audit.searched";

/// The act of having taken a part of the record out of the house, as one auditor could before orders of two people.
pub const EXPORTED: &str = "audit.exported";

/// The act of having seen something out of the ordinary.
pub const RAISED: &str = "audit.event_raised";

/// The act of having explained it.
pub const EXPLAINED: &str = "audit.event_explained";

/// The act of having erased addresses whose time is over.
pub const FORGOTTEN: &str = "audit.addresses_forgotten";

/// The act of having erased by a lawful order whom security events name.
pub const ERASED: &str = "audit.erased";

/// The act of having found the record whole.
pub const CHECKED: &str = "audit.record_checked";

/// The act of having found that the record does not hold.
pub const BROKEN: &str = "audit.record_broken";

/// The act of having entered a rule of the city's own.
pub const RULE_ENTERED: &str = "audit.rule_entered";

/// The acts that the office records.
pub const ACTS: &[ActKind] = &[
    ActKind { name: SEARCHED, title: "查阅审计记录" },
    ActKind { name: EXPORTED, title: "导出审计记录（以前一个人办的）" },
    ActKind { name: RAISED, title: "发现安全事件" },
    ActKind { name: EXPLAINED, title: "说明安全事件" },
    ActKind { name: ERASED, title: "依法删除安全事件中的姓名" },
    ActKind { name: RULE_ENTERED, title: "写入本市的审计规则" },
    ActKind { name: FORGOTTEN, title: "删除到期的来源地址" },
    ActKind { name: CHECKED, title: "自查办理记录，全部相符" },
    ActKind { name: BROKEN, title: "自查办理记录，发现不符" },
];

/// The ground on which acts are kept and read.
pub const GROUND: &str = "《中华人民共和国网络安全法》第二十一条";

/// The role whose holders read the record.
pub const AUDITOR: &str = "auditor";

/// What an auditor wrote into the form, as it stands in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Wanted {
    /// Login or name of the person.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// Id of the organ.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub organ: String,
    /// Kind of act.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub act: String,
    /// Number of the case.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub no: String,
    /// Kind of the subject.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Id of the subject.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Source address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// First day.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// Last day.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub until: String,
    /// Where the page before ended.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
}

/// What acts are done to, as the record names it and as people do.
pub const SUBJECTS: &[(&str, &str)] = &[
    ("case", "办件"),
    ("account", "账户"),
    ("login", "用户名"),
    ("organ", "机构"),
    ("item", "事项"),
    ("document", "信息"),
    ("load", "人口数据导入"),
    ("subject", "被查询人"),
    ("reset", "重置申请"),
    ("authority", "证书签发机构"),
    ("definition", "流程定义"),
    ("city", "城市"),
    ("log", "登记簿"),
    ("record", "审计记录"),
    ("security_event", "安全事件"),
    ("audit_rule", "审计规则"),
    ("erasure", "删除命令"),
    ("deferral", "暂不告知"),
    ("deferrals", "暂不告知"),
    ("export", "导出"),
];

/// A kind of subject in people's words; itself where it has none.
pub fn subject_title(kind: &str) -> &str {
    SUBJECTS.iter().find(|(name, _)| *name == kind).map_or(kind, |(_, title)| title)
}
