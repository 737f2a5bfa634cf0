//! The nouns: a legal entity, its state.

use access::{Permission, Reach};
use ask::{Question, Terms};
use base::{CitizenNumber, CreditCode, Day, Fault, PersonName};
use catalogue_contract::ProviderOf;
use exchange_contract::PublicationPart;
use frame::loads::fed_terms;
use ledger::ActKind;
use linkage::Linked;
use register::{Body, Change, Entry, Fed, Follow, FoundBy, Register};

/// Looking one entity up.
pub static LOOK: Permission = Permission {
    name: "entities.look",
    about: "查询法人信息",
    roles: &[("registrar", Reach::City)],
};

/// Bringing entities in.
pub static IMPORT: Permission = Permission {
    name: "entities.import",
    about: "导入法人信息",
    roles: &[("registrar", Reach::City)],
};

/// Seeing which registrations are taken for the same one.
pub static SAME: Permission = Permission {
    name: "entities.same",
    about: "查看是否同一单位的比对",
    roles: &[("registrar", Reach::City), ("datasteward", Reach::City)],
};

/// Judging that, merging and splitting.
pub static MATCH: Permission = Permission {
    name: "entities.match",
    about: "判断是否同一单位",
    roles: &[("datasteward", Reach::City)],
};

/// How its entries are compared.
pub static LINKED: Linked = Linked {
    register: &ENTITIES,
    measure: include_str!("../data/measure.json"),
    cells,
    key: CODE,
    right: &MATCH,
    job: crate::jobs::COMPARE,
    compared: "entities.compared",
    judged: "entities.judged",
    merged: "entities.merged",
    split: "entities.split",
    restored: "entities.restored",
};

/// Saying which departments' gateways feed the register.
pub static FEED: Permission = Permission {
    name: "entities.feed",
    about: "认定哪些部门的网关提供法人登记",
    roles: &[("registrar", Reach::City)],
};

/// A resource of a department feeds the register.
pub const FEED_OPENED: &str = "entities.feed_opened";
/// It does not any more.
pub const FEED_CLOSED: &str = "entities.feed_closed";
/// What a gateway has published does not come to count.
pub const PUBLICATION_REFUSED: &str = "entities.publication_refused";
/// Somebody has said whether many may go by a load.
pub const SETTLED: &str = "entities.load_settled";

/// What this office records.
pub(crate) const ACTS: &[ActKind] = &[
    ActKind { name: "entities.loaded", title: "导入法人信息" },
    ActKind { name: "entities.compared", title: "比对登记，找出同一单位" },
    ActKind { name: "entities.judged", title: "判断两条登记是否同一单位" },
    ActKind { name: "entities.merged", title: "合并同一单位的登记" },
    ActKind { name: "entities.split", title: "拆分不是同一单位的登记" },
    ActKind { name: "entities.restored", title: "撤回关于同一单位的决定" },
    ActKind { name: "entities.load_undone", title: "撤销一次法人信息导入" },
    ActKind { name: FEED_OPENED, title: "认定法人登记的网关来源" },
    ActKind { name: FEED_CLOSED, title: "停止法人登记的网关来源" },
    ActKind { name: PUBLICATION_REFUSED, title: "没有采用网关推送的法人登记" },
    ActKind { name: SETTLED, title: "确认或者不采用一次法人登记的推送" },
    ActKind { name: entities_contract::ENDED, title: "登记吊销、注销或者撤销" },
    ActKind {
        name: entities_contract::CORRECTED, title: "更正吊销、注销或者撤销登记"
    },
];

/// The register of legal entities.
pub static ENTITIES: Register = Register {
    name: "entities.entities",
    unit: "家",
    mark: "entities.entities.code",
    key: (CODE, "统一社会信用代码"),
    finds: &[
        FoundBy { what: "name", of: |body| body.get(NAME).cloned() },
        FoundBy { what: "representative", of: |body| body.get(NUMBER).cloned() },
    ],
    loaded: "entities.loaded",
    undone: "entities.load_undone",
    authority: "《中华人民共和国市场主体登记管理条例》第三十五条",
    right: &IMPORT,
    fed: Fed {
        right: &FEED,
        opened: FEED_OPENED,
        closed: FEED_CLOSED,
        settled: SETTLED,
        refused: PUBLICATION_REFUSED,
        job: crate::jobs::TAKE_UP,
    },
    follow: Some(Follow { changes: &[ENDS], job: crate::jobs::ANNOUNCE }),
    after: Some(crate::jobs::COMPARE),
};

/// Who is found by the whole name: the first of the register's other ways.
pub const BY_NAME: usize = 0;
/// Who is found by the number of the representative: the second.
pub const BY_REPRESENTATIVE: usize = 1;

/// What others are told of.
const ENDS: Change = Change {
    differs: |before, now| before.and_then(end) != now.and_then(end),
    act: crate::acts::end,
};

/// That and when an entity ended.
fn end(body: &Body) -> Option<String> {
    let status = Status::parse(body.get(STATUS)?).filter(|status| status.is_an_end())?;
    let day = body.get(ENDED).map_or("", String::as_str);
    Some(format!("{} {day}", status.chinese()))
}

const CODE: &str = "code";
const NAME: &str = "name";
const KIND: &str = "kind";
const STATUS: &str = "status";
const REPRESENTATIVE: &str = "representative";
pub(crate) const NUMBER: &str = "representative_number";
pub(crate) const CAPITAL: &str = "capital";
const FOUNDED: &str = "founded";
pub(crate) const ENDED: &str = "ended";
const ORGAN: &str = "organ";
const ADDRESS: &str = "address";
pub(crate) const INDUSTRY: &str = "industry";
const SCOPE: &str = "scope";

/// What is compared, in the order of the measure's columns.
fn cells(body: &Body) -> Vec<String> {
    let fields = [NAME, CODE, REPRESENTATIVE, NUMBER, FOUNDED, ADDRESS];
    fields.map(|field| body.get(field).cloned().unwrap_or_default()).into()
}

/// What became of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It goes on.
    Active,
    /// Its licence was revoked.
    Revoked,
    /// It was cancelled.
    Cancelled,
    /// Its registration was annulled.
    Annulled,
    /// It is registered elsewhere now.
    Moved,
    /// It rests.
    Resting,
}

impl Status {
    const ALL: [Status; 6] = [
        Status::Active,
        Status::Revoked,
        Status::Cancelled,
        Status::Annulled,
        Status::Moved,
        Status::Resting,
    ];

    /// As people read it, and as it is stored.
    pub const fn chinese(self) -> &'static str {
        match self {
            Status::Active => "存续",
            Status::Revoked => "吊销",
            Status::Cancelled => "注销",
            Status::Annulled => "撤销",
            Status::Moved => "迁出",
            Status::Resting => "歇业",
        }
    }

    /// Reads what registrars write.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "在营" | "开业" | "在册" | "存续（在营、开业、在册）" | "正常" => {
                Some(Status::Active)
            }
            "吊销，未注销" | "吊销未注销" => Some(Status::Revoked),
            "停业" => Some(Status::Resting),
            _ => Self::ALL.into_iter().find(|status| status.chinese() == text),
        }
    }

    /// Whether it ends the entity's business.
    pub const fn is_an_end(self) -> bool {
        matches!(self, Status::Revoked | Status::Cancelled | Status::Annulled)
    }
}

/// What the register knows of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Unified social credit code.
    pub code: CreditCode,
    /// Name.
    pub name: String,
    /// 有限责任公司.
    pub kind: String,
    /// What became of it.
    pub status: Status,
    /// Legal representative, person in charge or operator.
    pub representative: PersonName,
    /// The number of that person, where it is known.
    pub number: Option<CitizenNumber>,
    /// Registered capital in 万元, as it was written.
    pub capital: Option<String>,
    /// When it was founded.
    pub founded: Day,
    /// When it was revoked, cancelled or annulled.
    pub ended: Option<Day>,
    /// Registering authority.
    pub organ: String,
    /// Where it is registered.
    pub address: String,
    /// The line of GB/T 4754.
    pub industry: Option<String>,
    /// What it may do.
    pub scope: String,
    /// When its registration was last approved.
    pub approved: Option<Day>,
}

impl Entity {
    /// Since when the registration stands so. A licence is not approved when it is revoked: of an entity that has ended
    /// nothing stands so before that day, and nothing is said where the day is not known.
    fn since(&self) -> Option<Day> {
        match self.status.is_an_end() {
            true => self.ended.map(|ended| self.approved.map_or(ended, |day| day.max(ended))),
            false => self.approved,
        }
    }

    /// As a line of the register. Of some fields the file may say nothing at all: what is known of them stays.
    pub fn entry(self, line: u64, unsaid: Vec<&'static str>) -> Entry {
        let from = self.since();
        let number = self.number.map(|number| number.as_str().to_owned());
        let mut body = Body::from([
            (CODE.into(), self.code.to_string()),
            (NAME.into(), self.name.clone()),
            (KIND.into(), self.kind),
            (STATUS.into(), self.status.chinese().to_owned()),
            (REPRESENTATIVE.into(), self.representative.to_string()),
            (FOUNDED.into(), self.founded.to_string()),
            (ORGAN.into(), self.organ),
            (ADDRESS.into(), self.address),
            (SCOPE.into(), self.scope),
        ]);
        let more = [
            (NUMBER, number),
            (CAPITAL, self.capital),
            (ENDED, self.ended.map(|day| day.to_string())),
            (INDUSTRY, self.industry),
        ];
        body.extend(more.into_iter().filter_map(|(name, value)| Some((name.into(), value?))));
        Entry {
            line,
            key: self.code.to_string(),
            key_heading: "统一社会信用代码",
            body,
            unsaid,
            from,
            gone: false,
        }
    }

    /// As the register has it.
    pub fn of(body: &Body) -> Result<Self, Fault> {
        let text = |field: &str| body.get(field).cloned().unwrap_or_default();
        let wrong = |what: &str| Fault::said(format!("a stored {what} is none"));
        let day = |field: &str| body.get(field).map(|text| Day::typed(text));
        let number = body.get(NUMBER).map(|text| CitizenNumber::parse(text));
        Ok(Self {
            code: CreditCode::parse(&text(CODE)).map_err(|_| wrong(CODE))?,
            name: text(NAME),
            kind: text(KIND),
            status: Status::parse(&text(STATUS)).ok_or_else(|| wrong(STATUS))?,
            representative: PersonName::parse(&text(REPRESENTATIVE))
                .map_err(|_| wrong(REPRESENTATIVE))?,
            number: number.transpose().map_err(|_| wrong(NUMBER))?,
            capital: body.get(CAPITAL).cloned(),
            founded: Day::typed(&text(FOUNDED)).map_err(|_| wrong(FOUNDED))?,
            ended: day(ENDED).transpose().map_err(|_| wrong(ENDED))?,
            organ: text(ORGAN),
            address: text(ADDRESS),
            industry: body.get(INDUSTRY).cloned(),
            scope: text(SCOPE),
            approved: None,
        })
    }
}

/// Registrars look on these terms, and on no others.
const fn own(purpose: &'static str, about: &'static str) -> Terms {
    Terms {
        asker: "entities",
        kind: "entities.entity",
        purpose,
        about,
        fields: &["*"],
        ground: "《中华人民共和国市场主体登记管理条例》第三十五条",
        valid_seconds: 600,
    }
}

/// In whose name, and for what, it is asked in order to be fed by departments' gateways.
pub(crate) const FED: (&str, &str) = ("entities", "entities");

/// A proof gives out all that is known of an entity,
const PROOF: Terms = Terms {
    fields: &[
        CODE,
        NAME,
        KIND,
        STATUS,
        REPRESENTATIVE,
        NUMBER,
        CAPITAL,
        FOUNDED,
        ENDED,
        ORGAN,
        ADDRESS,
        INDUSTRY,
        SCOPE,
    ],
    ..own(frame::loads::PROOF, "下载登记证明，内容连同存证交给要验证的人")
};

/// and of who represents it, the number.
const PROOF_OF_PERSON: Terms = Terms {
    kind: "entities.of_person",
    fields: &[NUMBER],
    ..own(frame::loads::PROOF, "下载单位的登记证明，其中有法定代表人的身份号码")
};

/// The office's own terms: on these it looks, and on no others.
pub(crate) const OWN: &[Terms] = &[
    own("serve", "窗口办理时核对单位"),
    own("check", "核对一次导入是否正确"),
    own("match", "核对是否同一单位"),
    fed_terms(FED, (PublicationPart::KIND, "收下部门推送的登记")),
    fed_terms(FED, (ProviderOf::KIND, "核对资源由哪个部门提供")),
    PROOF,
    PROOF_OF_PERSON,
];
