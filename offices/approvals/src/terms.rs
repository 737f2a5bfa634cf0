//! The nouns: permissions, drafts, applications, the query code.

pub mod cancelled;
pub mod window;

use access::{Account, Mandate, Permission, Reach};
use ask::Terms;
use base::{Day, Id, Moment};
use serde::{Deserialize, Serialize};

/// File online, supplement and withdraw one's own.
pub const APPLY: Permission = Permission {
    name: "approvals.apply",
    about: "申请办理事项",
    roles: &[("citizen", Reach::Own)],
};

/// Take in at the counter, accept, correct, refuse.
pub const RECEIVE: Permission = Permission {
    name: "approvals.receive",
    about: "收件和受理申请",
    roles: &[("clerk", Reach::Organ)],
};

/// Examine, pause, resume, ask for the extension.
pub const EXAMINE: Permission = Permission {
    name: "approvals.examine",
    about: "审查申请",
    roles: &[("examiner", Reach::Organ)],
};

/// Decide.
pub const DECIDE: Permission = Permission {
    name: "approvals.decide",
    about: "作出许可决定",
    roles: &[("approver", Reach::Organ)],
};

/// Issue and deliver.
pub const ISSUE: Permission =
    Permission {
        name: "approvals.issue", about: "制证和送达", roles: &[("clerk", Reach::Organ)]
    };

/// What decides over somebody: done only with the official's own signature.
pub const DECISIVE: &[&str] = &[
    "approvals.refused",
    "approvals.redirected",
    "approvals.extended",
    "approvals.extension_denied",
    "approvals.granted",
    "approvals.denied",
    "approvals.voided",
    approvals_contract::CANCELLED,
];

/// Declare a case void.
pub const VOID: Permission =
    Permission {
        name: "approvals.void", about: "作废办件", roles: &[("supervisor", Reach::City)]
    };

/// See the workbench's cases: everyone who handles them, and those who watch.
pub const SEE: Permission = Permission {
    name: "approvals.see",
    about: "查看办件",
    roles: &[
        ("clerk", Reach::Organ),
        ("examiner", Reach::Organ),
        ("approver", Reach::Organ),
        ("supervisor", Reach::City),
    ],
};

/// What the city's own clockwork does: silence is acceptance, a correction that never came lapses.
pub const CLOCKWORK: &str = "approvals.clockwork";

/// A draft of an application.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Id: the form's token.
    pub id: Id<Draft>,
    /// Whose: the applicant's account, or the clerk's at the counter.
    pub account: Id<Account>,
    /// Who fills it in for that account, by a mandate.
    pub agent: Option<Id<Account>>,
    /// By which mandate.
    pub mandate: Option<Id<Mandate>>,
    /// The item's local code.
    pub item_code: String,
    /// The item's name in URLs.
    pub item_slug: String,
    /// The item's name.
    pub item_name: String,
    /// The version of the item it was begun with.
    pub item_version: i64,
    /// `online` or `counter`.
    pub channel: Channel,
    /// The entries, sealed.
    pub form_sealed: Vec<u8>,
    /// Where fetched values came from, sealed.
    pub sources_sealed: Vec<u8>,
    /// By what an agent at the window files it, sealed; none where the applicant came.
    pub window_sealed: Option<Vec<u8>>,
    /// The case it became.
    pub case_no: Option<String>,
    /// When it last changed.
    pub updated_at: Moment,
    /// Goes up with every change.
    pub version: i64,
}

/// How an application comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// By the applicant, on the site.
    Online,
    /// By a clerk, at the window.
    Counter,
}

impl Channel {
    /// As stored, and as flow's definition names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Channel::Online => "online",
            Channel::Counter => "counter",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        if text == "counter" { Channel::Counter } else { Channel::Online }
    }
}

/// Where a value of a form came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// 人口基础信息.
    pub from: String,
    /// When the register stood so.
    pub as_of: Moment,
    /// Rules refuse the value after this moment.
    pub valid_until: Moment,
    /// The access record.
    pub ask: String,
    /// The article the sharing rests on.
    pub ground: String,
}

/// Sources by field.
pub type Sources = std::collections::BTreeMap<String, Source>;

/// An application beside its case.
#[derive(Clone, Debug)]
pub struct Application {
    /// The case's id.
    pub case_id: flow::CaseId,
    /// The case's number.
    pub no: String,
    /// The item's local code.
    pub item_code: String,
    /// The version of the item.
    pub item_version: i64,
    /// The entries, sealed.
    pub form_sealed: Vec<u8>,
    /// Sources, sealed.
    pub sources_sealed: Vec<u8>,
    /// Mail address, sealed.
    pub email_sealed: Option<Vec<u8>>,
    /// The MAC of the query code.
    pub code_mac: Vec<u8>,
    /// The query code, sealed, to be shown to the applicant again.
    pub code_sealed: Vec<u8>,
    /// What is issued when it is granted.
    pub result: String,
    /// Where one may turn against a decision.
    pub remedies: String,
    /// The act of the submission: names the receipt.
    pub submitted_act: String,
    /// Up to which event the applicant has said that they know it.
    pub seen_event: i64,
    /// What happened until then is no news: cases from before applicants could say so.
    pub known_until: Moment,
    /// By which mandate it was filed, if somebody filed it for the applicant.
    pub mandate: Option<Id<Mandate>>,
    /// The credit code of the firm that it is for; empty if for none.
    pub firm_code: String,
    /// By what the register of residents names the applicant in what it announces; none where no number is known.
    pub person_mark: Option<Vec<u8>>,
    /// When the register says that the applicant died.
    pub died_on: Option<Day>,
}

/// Contexts under which columns are sealed.
pub mod sealed {
    use seal::{CoveredColumn, SealedColumn};

    /// The entries of a draft.
    pub const DRAFT: &str = "approvals.drafts.form";
    /// Who stands at the window with a mandate, and what it says.
    pub const WINDOW: &str = "approvals.drafts.window";
    /// The sources of a draft.
    pub const DRAFT_SOURCES: &str = "approvals.drafts.sources";
    /// The entries of an application.
    pub const FORM: &str = "approvals.applications.form";
    /// The sources of an application.
    pub const SOURCES: &str = "approvals.applications.sources";
    /// The applicant's number, findable.
    pub const NUMBER: &str = "approvals.applications.number";
    /// The applicant's mail address.
    pub const EMAIL: &str = "approvals.applications.email";
    /// The query code.
    pub const CODE: &str = "approvals.applications.code";

    /// The columns.
    pub const COLUMNS: &[SealedColumn] = &[
        of_draft("form_sealed", DRAFT),
        of_draft("sources_sealed", DRAFT_SOURCES),
        of_draft("window_sealed", WINDOW),
        of_application("form_sealed", FORM),
        of_application("sources_sealed", SOURCES),
        of_application("email_sealed", EMAIL),
        of_application("code_sealed", CODE),
    ];

    /// The columns by which applications are found by a number.
    pub const COVERED: &[CoveredColumn] = &[found_by("number_blind"), found_by("person_mark")];

    const fn found_by(column: &'static str) -> CoveredColumn {
        CoveredColumn { table: "approvals_applications", key: &["case_id"], column }
    }

    const fn of_draft(column: &'static str, context: &'static str) -> SealedColumn {
        SealedColumn { table: "approvals_drafts", key: &["id"], column, context }
    }

    const fn of_application(column: &'static str, context: &'static str) -> SealedColumn {
        SealedColumn { table: "approvals_applications", key: &["case_id"], column, context }
    }
}

/// The scope of files of a draft in the vault.
pub const DRAFT_FILES: &str = "approvals.draft";
/// The scope of files of a case in the vault.
pub const CASE_FILES: &str = "approvals.case";

/// A query code: ten characters of base 32 without letters that are mistaken for digits.
#[derive(Clone, PartialEq, Eq)]
pub struct QueryCode(String);

impl QueryCode {
    /// Ten characters out of fifty random bits.
    pub fn from_random(bytes: [u8; 7]) -> Self {
        const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ0";
        let bits = bytes.iter().fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let code = (0..10).filter_map(|place| {
            ALPHABET.get(((bits >> (5 * place)) & 31) as usize).map(|byte| *byte as char)
        });
        Self(code.collect())
    }

    /// As somebody typed it: blanks and hyphens dropped, letters made capital, O read as 0 and
    /// I, L as what this alphabet never has.
    pub fn typed(text: &str) -> Option<Self> {
        let code: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .map(|c| if c == 'O' { '0' } else { c })
            .collect();
        let fits = code.len() == 10 && code.chars().all(|c| c.is_ascii_alphanumeric());
        fits.then_some(Self(code))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for QueryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("QueryCode(…)")
    }
}

/// What was submitted: what the slip of receipt shows.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The case's number.
    pub no: String,
    /// The query code; none for an agent, since it is the applicant's.
    pub code: Option<String>,
    /// The act; names the receipt.
    pub act: String,
}

/// The terms on which approvals asks other offices.
pub const TERMS: &[Terms] = &[
    Terms {
        asker: "approvals",
        kind: "population.person",
        purpose: "prefill",
        about: "填写办事申请，免得重复提供",
        fields: &["name", "address", "phone", "died"],
        ground: "《国务院关于在线政务服务的若干规定》第七条",
        valid_seconds: 24 * 3_600,
    },
    Terms {
        asker: "approvals",
        kind: "population.person",
        purpose: "prefill_by_mandate",
        about: "代理人凭您的委托书填写办事申请",
        fields: &["name", "address", "phone", "died"],
        ground: "《中华人民共和国行政许可法》第二十九条，《国务院关于在线政务服务的若干规定》第七条",
        valid_seconds: 24 * 3_600,
    },
    Terms {
        asker: "approvals",
        kind: "population.person",
        purpose: "living",
        about: "提交办事申请时核对申请人是否健在",
        fields: &["died"],
        ground: "《中华人民共和国民法典》第十三条，《国务院关于在线政务服务的若干规定》第七条",
        valid_seconds: 600,
    },
    Terms {
        asker: "approvals",
        kind: "entities.of_person",
        purpose: "prefill",
        about: "填写单位的办事申请，免得重复提供",
        fields: &["entities"],
        ground: "《国务院关于在线政务服务的若干规定》第七条",
        valid_seconds: 24 * 3_600,
    },
    Terms {
        asker: "approvals",
        kind: "entities.entity",
        purpose: "prefill",
        about: "填写和提交单位的办事申请时核对登记信息",
        fields: &["name", "status", "ended"],
        ground: "《国务院关于在线政务服务的若干规定》第七条",
        valid_seconds: 24 * 3_600,
    },
    Terms {
        asker: "approvals",
        kind: "catalogue.shared_items",
        purpose: "dispute",
        about: "指出填好的内容到哪里提出异议",
        fields: &["*"],
        ground: "《政务数据共享条例》",
        valid_seconds: 600,
    },
    Terms {
        asker: "approvals",
        kind: "population.name_matches",
        purpose: "agent",
        about: "您拿着委托书到窗口代办，核对您的姓名和号码",
        fields: &["*"],
        ground: "《中华人民共和国行政许可法》第二十九条，《中华人民共和国居民身份证法》第十三条",
        valid_seconds: 600,
    },
    Terms {
        asker: "approvals",
        kind: "powers.item",
        purpose: "apply",
        about: "按办事指南办理申请",
        fields: &["*"],
        ground: "《中华人民共和国行政许可法》第三十条",
        valid_seconds: 3_600,
    },
    Terms {
        asker: "approvals",
        kind: "powers.forms",
        purpose: "apply",
        about: "按提出申请时的表单，显示填写的内容",
        fields: &["*"],
        ground: "《中华人民共和国行政许可法》第三十条",
        valid_seconds: 3_600,
    },
    Terms {
        asker: "approvals",
        kind: "powers.item_names",
        purpose: "names",
        about: "窗口收件的时候按名称选择事项",
        fields: &["*"],
        ground: "《中华人民共和国行政许可法》第三十条",
        valid_seconds: 3_600,
    },
];
