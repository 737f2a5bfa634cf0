//! A resource of the catalogue, as the national guide of 2017 has it (发改高技〔2017〕1272号). What the guide codes by number
//! is kept in words: sources number it each in their own way.

use base::Day;
use serde::{Deserialize, Serialize};

/// Words of a list, kept as they are written in the catalogue.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$one:meta])* $variant:ident $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$one])* #[serde(rename = $word)] $variant),*
        }

        impl $name {
            /// All of them, in the order of the guide.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As people read it and as it is kept.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// From the word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

words! {
    /// 共享类型: Decree 809 knows three.
    Share {
        /// Given to every organ that asks for it.
        Unconditional "无条件共享",
        /// Given on a condition.
        #[default]
        Conditional "有条件共享",
        /// Not given: on a ground of law alone.
        Refused "不予共享",
    }
}

words! {
    /// 更新周期.
    Cycle {
        /// At once.
        Live "实时",
        /// Each day.
        Daily "每日",
        /// Each week.
        Weekly "每周",
        /// Each month.
        Monthly "每月",
        /// Each quarter.
        Quarterly "每季度",
        /// Twice a year.
        HalfYearly "每半年",
        /// Each year.
        #[default]
        Yearly "每年",
        /// At no fixed time.
        Irregular "不定期",
        /// In words of its own.
        Own "其他",
    }
}

words! {
    /// 信息资源格式分类.
    Format {
        /// 电子文件.
        File "电子文件",
        /// 电子表格.
        Sheet "电子表格",
        /// 数据库.
        #[default]
        Database "数据库",
        /// 图形图像.
        Image "图形图像",
        /// 流媒体.
        Stream "流媒体",
        /// 自描述格式.
        SelfDescribing "自描述格式",
        /// 服务接口.
        Service "服务接口",
    }
}

words! {
    /// 数据类型 of an item.
    DataType {
        /// C.
        #[default]
        Text "字符型",
        /// N.
        Number "数值型",
        /// Y.
        Money "货币型",
        /// D.
        Day "日期型",
        /// T.
        Moment "日期时间型",
        /// L.
        Logic "逻辑型",
        /// M.
        Memo "备注型",
        /// G.
        Any "通用型",
        /// I.
        Integer "整型",
        /// B.
        Double "双精度型",
    }
}

words! {
    /// 共享方式.
    Manner {
        /// By asking, one at a time.
        #[default]
        Ask "接口查询",
        /// Whole tables through the exchange.
        Dataset "数据推送",
        /// As a file.
        File "文件下载",
        /// A yes or a no.
        Verify "数据核验",
    }
}

/// Where a resource stands: 类, 项, 目 and, if there is one, 细目, each by code and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Place {
    /// 类: one digit.
    pub class: String,
    /// 项: two digits.
    pub subject: String,
    /// 目: three digits.
    pub heading: String,
    /// What the 目 is called.
    pub heading_name: String,
    /// 细目: digits, or nothing.
    pub detail: String,
    /// What the 细目 is called.
    pub detail_name: String,
}

impl Place {
    /// What stands before the order number of a code.
    pub fn prefix(&self) -> String {
        format!("{}{}{}{}", self.class, self.subject, self.heading, self.detail)
    }
}

/// An item of a resource (信息项).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Item {
    /// Its code within the resource.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: DataType,
    /// Its length, where it has one.
    pub length: u32,
    /// Whether every row has it.
    pub required: bool,
    /// Whether it is part of what names a row.
    pub key: bool,
    /// Whether it is sensitive: 个人信息保护法 art. 28 or by the organ's own judgement.
    pub sensitive: bool,
    /// Its table of codes: GB/T 2261.1.
    pub codes: String,
    /// The field of the answer that gives it, where an office answers; the code where nothing is said.
    pub field: String,
    /// What it means, by the name that forms use too: `person.name`.
    pub concept: String,
}

impl Item {
    /// The field of the answer that gives it.
    pub fn field(&self) -> &str {
        if self.field.is_empty() { &self.code } else { &self.field }
    }
}

/// A resource as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Resource {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The organ that provides it, by id.
    pub provider: String,
    /// What it holds, in a few sentences.
    pub summary: String,
    /// In what it is kept.
    pub format: Format,
    /// The same in words: MySQL, CSV …
    pub format_words: String,
    /// Its items.
    pub items: Vec<Item>,
    /// How it is shared.
    pub share: Share,
    /// On which condition.
    pub share_condition: String,
    /// On which ground it is not shared, or shared on a condition.
    pub share_ground: String,
    /// How it is given.
    pub manner: Manner,
    /// Whether it is open to society.
    pub open: bool,
    /// On which condition.
    pub open_condition: String,
    /// How often it is brought up to date.
    pub cycle: Cycle,
    /// The same in words of its own.
    pub cycle_words: String,
    /// The codes of resources that belong together with it.
    pub related: Vec<String>,
    /// Words by which people look for it.
    pub keywords: Vec<String>,
    /// The register that holds it, by which arrivals are told: `population.residents`.
    pub register: String,
    /// The kind of question by which it is asked: `population.person`.
    pub question: String,
}

impl Resource {
    /// The item with this code.
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.code == code)
    }

    /// What the item is called that gives a field; the field where none does.
    pub fn name_of(&self, field: &str) -> String {
        let item = self.items.iter().find(|item| item.field() == field);
        item.map_or_else(|| field.to_owned(), |item| item.name.clone())
    }

    /// The cycle as people read it.
    pub fn cycle_said(&self) -> &str {
        match self.cycle {
            Cycle::Own => &self.cycle_words,
            cycle => cycle.word(),
        }
    }
}

/// How far a version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// 草稿.
    Draft,
    /// 审核.
    Review,
    /// 发布.
    Published,
    /// 撤回; of a version, also that a later one took its place.
    Withdrawn,
}

impl State {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Review => "review",
            State::Published => "published",
            State::Withdrawn => "withdrawn",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            State::Draft => "草稿",
            State::Review => "审核中",
            State::Published => "已发布",
            State::Withdrawn => "已撤回",
        }
    }

    /// All of them.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Review, Self::Published, Self::Withdrawn];

    /// As stored.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A register that the program keeps, and by which kinds of question organs may ask it: `data/kinds.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The first day on which it holds.
    pub from: Day,
    /// On what ground only who keeps it provides it.
    pub ground: String,
    /// The register: `population.residents`.
    pub register: String,
    /// What people call it.
    pub title: String,
    /// The kinds of question.
    pub kinds: Vec<KeptKind>,
}

/// A kind of question that a register of the program answers organs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptKind {
    /// Its name: `population.person`.
    pub kind: String,
    /// What is asked, as people say it.
    pub title: String,
}

/// 类 and 项 of the catalogue, by code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classes {
    /// On what it rests.
    pub basis: String,
    /// 类.
    pub classes: Vec<Class>,
}

/// One 类 with its 项.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// One digit.
    pub code: String,
    /// 基础信息资源.
    pub name: String,
    /// Its 项: code and name.
    pub subjects: Vec<Subject>,
}

/// One 项.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Two digits.
    pub code: String,
    /// 人口信息.
    pub name: String,
}

impl Classes {
    /// 类 and 项 of a place.
    pub fn of(&self, place: &Place) -> Option<(&Class, &Subject)> {
        let class = self.classes.iter().find(|one| one.code == place.class)?;
        Some((class, class.subjects.iter().find(|one| one.code == place.subject)?))
    }

    /// Every 项 with its 类: the code of both, and the name of the 项.
    pub fn subjects(&self) -> impl Iterator<Item = (String, &str)> {
        self.classes.iter().flat_map(|class| {
            class
                .subjects
                .iter()
                .map(move |one| (format!("{}{}", class.code, one.code), one.name.as_str()))
        })
    }
}

/// The key of a code, as addresses have it.
pub fn key_of(code: &str) -> String {
    code.replace('/', "-")
}
