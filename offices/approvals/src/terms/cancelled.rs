//! The nouns of cancelling a permit (注销): on which of the law's grounds, and what was cancelled.

use base::{Day, Id, Moment};
use flow::CaseId;
use ledger::Act;
use serde::{Deserialize, Serialize};

/// A ground of 行政许可法 art. 70.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Its term is over and was not prolonged.
    Expired,
    /// It gave a person a qualification, and they died or are not capable any more.
    Unable,
    /// The firm has ended.
    Ended,
    /// It was annulled or withdrawn, or the certificate revoked.
    Revoked,
    /// Force majeure: what was permitted cannot be done.
    Impossible,
    /// Another ground, of another law.
    Other,
}

impl Cause {
    const ALL: [Cause; 6] = [
        Cause::Expired,
        Cause::Unable,
        Cause::Ended,
        Cause::Revoked,
        Cause::Impossible,
        Cause::Other,
    ];

    /// As stored, and as a form sends it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Cause::Expired => "expired",
            Cause::Unable => "unable",
            Cause::Ended => "ended",
            Cause::Revoked => "revoked",
            Cause::Impossible => "impossible",
            Cause::Other => "other",
        }
    }

    /// As read.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text)
    }
}

/// The grounds of the law, from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grounds {
    /// The first day.
    pub from: Day,
    /// The article.
    pub law: String,
    /// Each of them.
    pub causes: Vec<Ground>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// Which.
    pub cause: Cause,
    /// Its place in the article: 第三项.
    pub item: String,
    /// In the law's words.
    pub words: String,
}

/// What somebody enters who cancels a permit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Cancelling {
    /// On which ground.
    pub cause: String,
    /// By which other law, where it is [`Cause::Other`].
    pub rule: String,
    /// Why, for the holder.
    pub reason: String,
}

/// A permit that was cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// The case by which it had been granted.
    pub case: CaseId,
    /// When.
    pub at: Moment,
    /// On which ground: its words,
    pub cause: String,
    /// and its article.
    pub ground: String,
    /// Why; for the holder and the staff.
    pub reason: String,
    /// What had been made.
    pub certificate: String,
    /// Its number.
    pub certificate_no: String,
    /// The firm that held it; empty where a person did, whose name is not published.
    pub firm: String,
    /// The organ.
    pub organ_name: String,
    /// The act.
    pub act: Id<Act>,
}
