//! The nouns: resources and their items, requests, disputes, permissions, acts.

mod codes;
mod dataset;
mod foreign;
mod request;
mod resource;
mod sheet;

pub use codes::CodeTable;
pub use dataset::*;
pub use foreign::{Numbers, in_words, numbers_of};
pub use request::*;
pub use resource::*;
pub use sheet::*;

use access::{Permission, Reach};
use ask::Terms;
use flow::ActKind;
use seal::SealedColumn;

/// The office's name on its cases.
pub const OFFICE: &str = "catalogue";

/// Write down the resources of one's organ, and send them for review.
pub const COMPILE: Permission = Permission {
    name: "catalogue.compile",
    about: "编制数据目录",
    roles: &[("datasteward", Reach::Organ), ("datamanager", Reach::City)],
};

/// Publish a resource that another has sent, or take one out of the catalogue.
pub const PUBLISH: Permission = Permission {
    name: "catalogue.publish",
    about: "发布和撤回数据目录",
    roles: &[("datamanager", Reach::City)],
};

/// See the catalogue at the desk with what the public does not see, and which cases used a resource.
pub const SEE: Permission = Permission {
    name: "catalogue.see",
    about: "查看数据目录",
    roles: &[
        ("datasteward", Reach::Organ),
        ("datamanager", Reach::City),
        ("supervisor", Reach::City),
        ("auditor", Reach::City),
    ],
};

/// See which data a case of one's organ used.
pub const TRACE: Permission = Permission {
    name: "catalogue.trace",
    about: "查看办件用过的数据",
    roles: &[
        ("clerk", Reach::Organ),
        ("examiner", Reach::Organ),
        ("approver", Reach::Organ),
        ("datasteward", Reach::Organ),
        ("datamanager", Reach::City),
        ("supervisor", Reach::City),
        ("auditor", Reach::City),
    ],
};

/// Ask for a resource in the name of one's organ.
pub const REQUEST: Permission = Permission {
    name: "catalogue.request",
    about: "申请共享数据",
    roles: &[("datasteward", Reach::Own)],
};

/// Answer what other organs ask of one's own, and end what was agreed.
pub const ANSWER: Permission = Permission {
    name: "catalogue.answer",
    about: "答复数据共享申请",
    roles: &[("datasteward", Reach::Organ)],
};

/// Dispute a value.
pub const DISPUTE: Permission = Permission {
    name: "catalogue.dispute",
    about: "对数据提出异议",
    roles: &[("citizen", Reach::Own), ("datasteward", Reach::Own)],
};

/// Check a value of one's organ that is disputed.
pub const CHECK: Permission = Permission {
    name: "catalogue.check",
    about: "核查有异议的数据",
    roles: &[("datasteward", Reach::Organ)],
};

/// Bring rows of a resource of one's organ in, and take the newest load back.
pub const BRING: Permission = Permission {
    name: "catalogue.bring",
    about: "导入数据资源的数据",
    roles: &[("datasteward", Reach::Organ)],
};

/// On what this office asks others: it takes in what departments' gateways have published.
pub const OWN: &[Terms] = &[Terms {
    asker: OFFICE,
    kind: "exchange.publication",
    purpose: "datasets",
    about: "收下部门推送的数据",
    fields: &["*"],
    ground: "《政务数据共享条例》（国务院令第809号）第三章",
    valid_seconds: 60,
}];

/// All of them.
pub const PERMISSIONS: &[&Permission] =
    &[&COMPILE, &PUBLISH, &SEE, &TRACE, &REQUEST, &ANSWER, &DISPUTE, &CHECK, &BRING];

/// A resource was written down, or changed before its publication.
pub const DRAFTED: &str = "catalogue.resource_drafted";
/// A version was sent for review.
pub const SENT: &str = "catalogue.resource_sent";
/// It was sent back.
pub const RETURNED: &str = "catalogue.resource_returned";
/// Who sent it has taken it back.
pub const RECALLED: &str = "catalogue.resource_recalled";
/// A version is in force.
pub const PUBLISHED: &str = "catalogue.resource_published";
/// A resource was taken out of the catalogue.
pub const ENDED: &str = catalogue_contract::RESOURCE_ENDED;
/// What was agreed on a request ended before its last day.
pub const SHARE_ENDED: &str = catalogue_contract::SHARE_ENDED;
/// An organ consents: data may flow.
pub const GRANTED: &str = "catalogue.granted";
/// An organ does not consent.
pub const DENIED: &str = "catalogue.denied";

/// Rows of a resource came to count.
pub const BROUGHT: &str = catalogue_contract::ROWS_BROUGHT;
/// The newest load of rows was taken back.
pub const TAKEN_BACK: &str = catalogue_contract::ROWS_TAKEN_BACK;

/// What a gateway published was not taken in.
pub const NOT_TAKEN_UP: &str = catalogue_contract::PUBLICATION_REFUSED;

/// What acts on resources name as their subject's kind.
pub const SUBJECT: &str = "resource";

const fn act(name: &'static str, title: &'static str) -> ActKind {
    ActKind { name, title }
}

/// The acts that the office records: those on resources, and the steps of its cases.
pub const ACTS: &[ActKind] = &[
    act(DRAFTED, "编写资源目录"),
    act(SENT, "送审资源目录"),
    act(RETURNED, "退回资源目录"),
    act(RECALLED, "撤回送审"),
    act(PUBLISHED, "发布资源目录"),
    act(ENDED, "撤回资源目录"),
    act(SHARE_ENDED, "终止共享"),
    act(BROUGHT, "导入数据"),
    act(TAKEN_BACK, "撤销导入的数据"),
    act(NOT_TAKEN_UP, "没有收下网关推送的数据"),
    act("catalogue.submitted", "提出共享申请或者数据异议"),
    act("catalogue.correction_required", "请申请部门补充"),
    act("catalogue.supplemented", "补充共享申请"),
    act(GRANTED, "同意共享"),
    act(DENIED, "不同意共享"),
    act("catalogue.examined", "核查数据异议"),
    act("catalogue.delivered", "提供数据或者答复异议"),
    act("catalogue.withdrawn", "撤回共享申请"),
    act("catalogue.lapsed", "共享申请逾期没有补充，结束"),
    act("catalogue.rehomed", "转由承接的机关办理"),
    act("catalogue.erased", "依法删除异议内容"),
];

/// What a person says of a value.
pub const WORDS: &str = "catalogue.disputes.words";

/// Rows of what is not open.
pub const BLOCKS: &str = "catalogue.sealed_blocks.body";
/// Files that wait to be read.
pub const FILES: &str = "catalogue.load_files.part";

/// The sealed columns.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "catalogue_disputes",
        key: &["case_id"],
        column: "words_sealed",
        context: WORDS,
    },
    SealedColumn {
        table: "catalogue_sealed_blocks",
        key: &["load", "block"],
        column: "body_sealed",
        context: BLOCKS,
    },
    SealedColumn {
        table: "catalogue_load_files",
        key: &["load", "part"],
        column: "part_sealed",
        context: FILES,
    },
];
