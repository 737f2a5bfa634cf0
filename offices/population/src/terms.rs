//! The nouns: a resident, a load of residents, a line that was refused.

mod ethnicity;

pub use ethnicity::Ethnicity;

use access::{Permission, Reach};
use ask::{Question, Terms};
use base::{CitizenNumber, Day, Fault, PersonName, Phone};
use catalogue_contract::ProviderOf;
use exchange_contract::PublicationPart;
use frame::loads::fed_terms;
use ledger::ActKind;
use linkage::Linked;
use register::{Body, Change, Entry, Fed, Follow, FoundBy, Register, Version};

/// Seeing which registrations are taken for the same one.
pub static SAME: Permission = Permission {
    name: "population.same",
    about: "查看是否同一人的比对",
    roles: &[("registrar", Reach::City), ("datasteward", Reach::City)],
};

/// Judging that, merging and splitting.
pub static MATCH: Permission = Permission {
    name: "population.match",
    about: "判断是否同一人",
    roles: &[("datasteward", Reach::City)],
};

/// How its entries are compared.
pub static LINKED: Linked = Linked {
    register: &RESIDENTS,
    measure: include_str!("../data/measure.json"),
    cells,
    key: NUMBER,
    right: &MATCH,
    job: crate::jobs::COMPARE,
    compared: "population.compared",
    judged: "population.judged",
    merged: "population.merged",
    split: "population.split",
    restored: "population.restored",
};

/// Saying which departments' gateways feed the register.
pub static FEED: Permission = Permission {
    name: "population.feed",
    about: "认定哪些部门的网关提供人口登记",
    roles: &[("registrar", Reach::City)],
};

/// A resource of a department feeds the register.
pub const FEED_OPENED: &str = "population.feed_opened";
/// It does not any more.
pub const FEED_CLOSED: &str = "population.feed_closed";
/// What a gateway has published does not come to count.
pub const PUBLICATION_REFUSED: &str = "population.publication_refused";
/// Somebody has said whether many may go by a load.
pub const SETTLED: &str = "population.load_settled";

/// What this office records.
pub(crate) const ACTS: &[ActKind] = &[
    ActKind { name: "population.loaded", title: "导入人口信息" },
    ActKind { name: "population.compared", title: "比对登记，找出同一人" },
    ActKind { name: "population.judged", title: "判断两条登记是否同一人" },
    ActKind { name: "population.merged", title: "合并同一人的登记" },
    ActKind { name: "population.split", title: "拆分不是同一人的登记" },
    ActKind { name: "population.restored", title: "撤回关于同一人的决定" },
    ActKind { name: "population.load_undone", title: "撤销一次人口信息导入" },
    ActKind { name: FEED_OPENED, title: "认定人口登记的网关来源" },
    ActKind { name: FEED_CLOSED, title: "停止人口登记的网关来源" },
    ActKind { name: PUBLICATION_REFUSED, title: "没有采用网关推送的人口登记" },
    ActKind { name: SETTLED, title: "确认或者不采用一次人口登记的推送" },
    ActKind { name: population_contract::DIED, title: "登记死亡" },
    ActKind { name: population_contract::CORRECTED, title: "更正死亡登记" },
    ActKind { name: population_contract::ANOTHER, title: "一个号码登记了另一个人" },
    ActKind { name: population_contract::BACK, title: "号码的登记改回原来的人" },
];

/// The register of residents.
pub static RESIDENTS: Register = Register {
    name: "population.residents",
    unit: "人",
    mark: "population.residents.number",
    key: (NUMBER, "公民身份号码"),
    finds: &[
        FoundBy { what: "name_and_birth", of: name_and_birth },
        FoundBy { what: "phone", of: |body| body.get(PHONE).cloned() },
    ],
    loaded: "population.loaded",
    undone: "population.load_undone",
    authority: "《中华人民共和国个人信息保护法》第三十四条",
    right: &IMPORT,
    fed: Fed {
        right: &FEED,
        opened: FEED_OPENED,
        closed: FEED_CLOSED,
        settled: SETTLED,
        refused: PUBLICATION_REFUSED,
        job: crate::jobs::TAKE_UP,
    },
    follow: Some(Follow { changes: &[DEATH, PERSON], job: crate::jobs::ANNOUNCE }),
    after: Some(crate::jobs::COMPARE),
};

/// Who is found by name and day of birth: the first of the register's other ways.
pub const BY_NAME_AND_BIRTH: usize = 0;
/// Who is found by phone: the second.
pub const BY_PHONE: usize = 1;

/// A day of birth stands in the number.
fn name_and_birth(body: &Body) -> Option<String> {
    let number = CitizenNumber::parse(body.get(NUMBER)?).ok()?;
    Some(format!("{}|{}", body.get(NAME)?, number.birth()))
}

/// Who has died, or has not after all.
const DEATH: Change = Change {
    differs: |before, now| before.and_then(day_of_death) != now.and_then(day_of_death),
    act: crate::acts::death,
};

/// Who stands under a number.
const PERSON: Change = Change { differs: is_another, act: crate::acts::another };

/// Whether another person stands there than before. Most changes leave the name as it is.
fn is_another(before: Option<&Body>, now: Option<&Body>) -> bool {
    let (Some(before), Some(now)) = (before, now) else { return false };
    if before.get(NAME) == now.get(NAME) {
        return false;
    }
    let both = Resident::of(before).ok().zip(Resident::of(now).ok());
    both.is_some_and(|(before, now)| crate::rules::is_another(&before, &now))
}

fn day_of_death(body: &Body) -> Option<String> {
    body.get(DIED).cloned()
}

const NUMBER: &str = "number";
const NAME: &str = "name";
const ETHNICITY: &str = "ethnicity";
const ADDRESS: &str = "address";
const PHONE: &str = "phone";
const DIED: &str = "died";

/// What is compared, in the order of the measure's columns; sex and day of birth stand in the number.
fn cells(body: &Body) -> Vec<String> {
    let of = |field: &str| body.get(field).cloned().unwrap_or_default();
    let number = CitizenNumber::parse(&of(NUMBER)).ok();
    let sex = number.map(|number| number.sex().chinese().to_owned()).unwrap_or_default();
    let birth = number.map(|number| number.birth().to_string()).unwrap_or_default();
    vec![of(NAME), sex, birth, of(NUMBER), of(PHONE), of(ADDRESS)]
}

/// Looking one person up.
pub static LOOK: Permission = Permission {
    name: "population.look",
    about: "查询人口信息",
    roles: &[("registrar", Reach::City)],
};

/// Bringing residents in.
pub static IMPORT: Permission = Permission {
    name: "population.import",
    about: "导入人口信息",
    roles: &[("registrar", Reach::City)],
};

/// What the register knows of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Citizen number; sex and day of birth stand in it.
    pub number: CitizenNumber,
    /// Name.
    pub name: PersonName,
    /// Nationality (GB/T 3304), or that it is none of the fifty-six.
    pub ethnicity: Ethnicity,
    /// Where the person is registered to live.
    pub address: String,
    /// Phone, where one is known.
    pub phone: Option<Phone>,
    /// Whether they live.
    pub life: Life,
}

impl Resident {
    /// As a line of the register.
    pub fn entry(self, line: u64) -> Entry {
        let mut body = Body::from([
            (NUMBER.into(), self.number.as_str().to_owned()),
            (NAME.into(), self.name.to_string()),
            (ETHNICITY.into(), self.ethnicity.code().to_owned()),
            (ADDRESS.into(), self.address),
        ]);
        let phone = self.phone.map(|phone| phone.as_str().to_owned());
        body.extend(phone.map(|phone| (PHONE.into(), phone)));
        body.extend(self.life.died().map(|day| (DIED.into(), day.to_string())));
        let unsaid = if self.life == Life::Unsaid { vec![DIED] } else { Vec::new() };
        Entry {
            line,
            key: self.number.as_str().to_owned(),
            key_heading: "公民身份号码",
            body,
            unsaid,
            from: None,
            gone: false,
        }
    }

    /// As the register has it.
    pub fn of(body: &Body) -> Result<Self, Fault> {
        let text = |field: &str| body.get(field).map_or("", String::as_str);
        let wrong = |what: &str| Fault::said(format!("a stored {what} is none"));
        let phone = body.get(PHONE).map(|text| Phone::parse(text));
        let died = body.get(DIED).map(|text| Day::typed(text));
        Ok(Self {
            number: CitizenNumber::parse(text(NUMBER)).map_err(|_| wrong(NUMBER))?,
            name: PersonName::parse(text(NAME)).map_err(|_| wrong(NAME))?,
            ethnicity: Ethnicity::parse(text(ETHNICITY)).ok_or_else(|| wrong(ETHNICITY))?,
            address: text(ADDRESS).to_owned(),
            phone: phone.transpose().map_err(|_| wrong(PHONE))?,
            life: Life::known(died.transpose().map_err(|_| wrong(DIED))?),
        })
    }
}

/// What somebody is found by who is sought by name and day of birth.
pub fn by_name_and_birth(name: &PersonName, birth: Day) -> String {
    format!("{name}|{birth}")
}

/// What is known of whether somebody lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Life {
    /// The file has no column for it: what the register knows stays.
    #[default]
    Unsaid,
    /// No death is known.
    Living,
    /// They died on this day.
    Died(Day),
}

impl Life {
    /// The day of the death.
    pub const fn died(self) -> Option<Day> {
        match self {
            Life::Died(day) => Some(day),
            Life::Unsaid | Life::Living => None,
        }
    }

    /// As the register has it.
    pub fn known(died: Option<Day>) -> Self {
        died.map_or(Life::Living, Life::Died)
    }
}

/// A resident as the register gives it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub resident: Resident,
    /// Since when it is true and known, and by which load.
    pub version: Version,
}

/// Registrars and data stewards look on these terms, and on no others.
pub(crate) const OWN: &[Terms] = &[
    own("correct", "核对本人提出的更正申请"),
    own("serve", "本人到窗口办理时核对身份"),
    own("check", "核对一次导入是否正确"),
    own("match", "核对是否同一人"),
    fed_terms(FED, (PublicationPart::KIND, "收下部门推送的登记")),
    fed_terms(FED, (ProviderOf::KIND, "核对资源由哪个部门提供")),
    // A proof gives out all that is known.
    Terms {
        fields: &[NUMBER, NAME, "sex", "birth", ETHNICITY, ADDRESS, PHONE, DIED],
        ..own(frame::loads::PROOF, "下载登记证明，内容连同存证交给要验证的人")
    },
];

/// In whose name, and for what, it is asked in order to be fed by departments' gateways.
pub(crate) const FED: (&str, &str) = ("population", "residents");

const fn own(purpose: &'static str, about: &'static str) -> Terms {
    Terms {
        asker: "population",
        kind: "population.person",
        purpose,
        about,
        fields: &["name", "sex", "birth", "address", "phone", "died"],
        ground: "《中华人民共和国个人信息保护法》第三十四条",
        valid_seconds: 600,
    }
}
