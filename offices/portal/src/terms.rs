//! The nouns: columns, documents, reviews, findings.

use access::{Permission, Reach};
use base::{Day, Id, Moment};
use serde::{Deserialize, Serialize};

use crate::rules::manuscript::Block;

/// Draft documents and send them to review.
pub const DRAFT: Permission =
    Permission { name: "portal.draft", about: "起草信息", roles: &[("editor", Reach::Organ)] };

/// Review documents for secrecy and publish them.
pub const REVIEW: Permission = Permission {
    name: "portal.review",
    about: "审核和发布信息",
    roles: &[("reviewer", Reach::City)],
};

/// A column of the portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Stable name in the URL.
    pub slug: String,
    /// 政策文件库.
    pub title: String,
    /// What belongs there.
    pub about: String,
    /// The article that demands it.
    pub ground: String,
    /// Something new is promised at least so often.
    pub freshness_days: Option<i64>,
    /// 动态, 政策 or 公开.
    pub class: String,
}

/// A column with what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// The column.
    pub column: Column,
    /// How many documents are open there.
    pub shown: i64,
    /// The day of the newest.
    pub latest_on: Option<Day>,
}

impl Shelf {
    /// Whether the promise of something new has passed by today.
    pub fn is_stale(&self, today: Day) -> bool {
        let newest = self.latest_on;
        let promised = self.column.freshness_days;
        newest.zip(promised).is_some_and(|(newest, days)| newest.plus(days) < today)
    }
}

/// Where a document is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being written.
    Draft,
    /// Waits for the reviewer.
    InReview,
    /// Open to everyone.
    Published,
    /// It was open and was taken back.
    Withdrawn,
    /// It was reviewed and is not to be open.
    Kept,
}

impl State {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::InReview => "in_review",
            State::Published => "published",
            State::Withdrawn => "withdrawn",
            State::Kept => "kept",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            State::Draft => "草稿",
            State::InReview => "待审核",
            State::Published => "已发布",
            State::Withdrawn => "已撤下",
            State::Kept => "不公开",
        }
    }

    /// Whether its way is over: what comes after it is a new draft.
    pub const fn is_ended(self) -> bool {
        matches!(self, State::Withdrawn | State::Kept)
    }

    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "in_review" => State::InReview,
            "published" => State::Published,
            "withdrawn" => State::Withdrawn,
            "kept" => State::Kept,
            _ => State::Draft,
        }
    }
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Id; part of its URL.
    pub id: Id<Document>,
    /// Its column.
    pub column: String,
    /// Where it is in its life.
    pub state: State,
    /// Title.
    pub title: String,
    /// 发文字号.
    pub number: Option<String>,
    /// The organ that made it, as the text names it.
    pub maker: Option<String>,
    /// The day under it.
    pub written_on: Option<Day>,
    /// The day from which it holds.
    pub effective_on: Option<Day>,
    /// Lines on its history.
    pub history: Vec<String>,
    /// The text.
    pub blocks: Vec<Block>,
    /// What the reader should know of how it was taken in.
    pub note: Option<String>,
    /// SM3 of all that is published.
    pub text_hash: [u8; 32],
    /// The organ whose editor wrote it.
    pub organ: String,
    /// The editor's account.
    pub editor: String,
    /// The editor's name.
    pub editor_name: String,
    /// Why the reviewer gave it back.
    pub returned: Option<String>,
    /// When it was published.
    pub published_at: Option<Moment>,
    /// Goes up with every change.
    pub version: i64,
}

impl Document {
    /// Where it is read.
    pub fn url(&self) -> String {
        format!("/info/{}/{}", self.column, self.id)
    }

    /// The whole text, one block a line.
    pub fn plain(&self) -> String {
        self.history
            .iter()
            .map(String::as_str)
            .chain(self.blocks.iter().map(Block::text))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// All words that a reader sees: what the pre-scan looks through.
    pub fn all_words(&self) -> String {
        let fields = [&self.number, &self.maker, &self.note];
        std::iter::once(self.title.as_str())
            .chain(fields.into_iter().flatten().map(String::as_str))
            .chain(self.history.iter().map(String::as_str))
            .chain(self.blocks.iter().map(Block::text))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// A line of a list: all but the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Id.
    pub id: Id<Document>,
    /// Its column.
    pub column: String,
    /// Where it is in its life.
    pub state: State,
    /// Title.
    pub title: String,
    /// Number.
    pub number: Option<String>,
    /// The organ that made it.
    pub maker: Option<String>,
    /// The day under it.
    pub written_on: Option<Day>,
    /// The day of publication.
    pub published_on: Option<Day>,
    /// The editor's name.
    pub editor_name: String,
    /// When it last changed.
    pub updated_at: Moment,
}

/// A reviewer's conclusion that was put down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// How the text came to be open, or not.
    pub manner: Manner,
    /// In the reviewer's words.
    pub remark: String,
    /// Who reviewed, or answers for it.
    pub reviewer_name: String,
    /// When.
    pub at: Moment,
}

/// A document from which another one goes on, or that goes on from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kin {
    /// Id.
    pub id: Id<Document>,
    /// Its column.
    pub column: String,
    /// Title.
    pub title: String,
    /// Where it is in its life.
    pub state: State,
    /// Why it was given back, taken back, or kept from the public.
    pub returned: Option<String>,
}

impl Kin {
    /// Where it is read.
    pub fn url(&self) -> String {
        format!("/info/{}/{}", self.column, self.id)
    }
}

/// How a document came in that a command brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The account of the person who answers for it.
    pub reviewer: String,
    /// Their name.
    pub reviewer_name: String,
    /// When it came in.
    pub at: Moment,
    /// When they looked at it, or somebody took it back.
    pub checked_at: Option<Moment>,
}

/// A line of the list of what was brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Id.
    pub id: Id<Document>,
    /// Title.
    pub title: String,
    /// The title of its column.
    pub column: String,
    /// Where it is in its life.
    pub state: State,
    /// When it came in.
    pub at: Moment,
    /// When it was looked at.
    pub checked_at: Option<Moment>,
}

impl Heading {
    /// Where it is read.
    pub fn url(&self) -> String {
        format!("/info/{}/{}", self.column, self.id)
    }
}

/// What a review came to (the conclusions of the secrecy review).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Open as it is: published.
    Open,
    /// Goes back to the editor to be changed first.
    Return,
    /// Is not to be published.
    Keep,
}

impl Conclusion {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Conclusion::Open => "open",
            Conclusion::Return => "return",
            Conclusion::Keep => "keep",
        }
    }

    /// From what a form sends.
    pub fn parse(text: &str) -> Option<Self> {
        [Conclusion::Open, Conclusion::Return, Conclusion::Keep]
            .into_iter()
            .find(|conclusion| conclusion.as_str() == text)
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Conclusion::Open => "公开",
            Conclusion::Return => "退回修改后再审",
            Conclusion::Keep => "不公开",
        }
    }
}

/// What is put down of how a text came to be open, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A reviewer looked at it and concluded so.
    Reviewed(Conclusion),
    /// Nobody looked: a command brought it in, and a person answers for it.
    Imported,
}

impl Manner {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Manner::Reviewed(conclusion) => conclusion.as_str(),
            Manner::Imported => "imported",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        Conclusion::parse(text).map_or(Manner::Imported, Manner::Reviewed)
    }
}

/// One thing the pre-scan found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The words found, masked where they are personal.
    pub words: String,
    /// The words around it.
    pub context: String,
}

/// What the pre-scan looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A mark of secrecy with its star or period: 机密★5年. Stops publication.
    SecrecyMark,
    /// A word that often stands on what must not be published.
    SecrecyWord,
    /// A citizen number. Stops publication.
    CitizenNumber,
    /// A mobile phone.
    Phone,
    /// A bank card number. Stops publication.
    BankCard,
}

impl FindingKind {
    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            FindingKind::SecrecyMark => "密级标志",
            FindingKind::SecrecyWord => "涉密用语",
            FindingKind::CitizenNumber => "身份证号码",
            FindingKind::Phone => "手机号码",
            FindingKind::BankCard => "银行卡号",
        }
    }

    /// Whether a reviewer cannot publish with it.
    pub const fn stops(self) -> bool {
        matches!(
            self,
            FindingKind::SecrecyMark | FindingKind::CitizenNumber | FindingKind::BankCard
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A short document in review.
    pub(crate) fn document() -> Document {
        Document {
            id: Id::mint(Moment::from_millis(0)),
            column: "notices".into(),
            state: State::InReview,
            title: "通知".into(),
            number: None,
            maker: None,
            written_on: None,
            effective_on: None,
            history: Vec::new(),
            blocks: vec![Block::Paragraph { text: "正文。".into() }],
            note: None,
            text_hash: [0; 32],
            organ: "city".into(),
            editor: "editor".into(),
            editor_name: "刘晓燕".into(),
            returned: None,
            published_at: None,
            version: 1,
        }
    }
}
