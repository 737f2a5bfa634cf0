//! The nouns of deferrals (暂不告知): looks that the person concerned is told of afterwards, by law.

use access::{Permission, Proposed, Reach};
use ask::Deferral;
use base::{Day, Id};
use serde::Deserialize;

/// See which deferrals there are, and how many looks each covers.
pub const SEE_DEFERRALS: Permission = Permission {
    name: "privacy.deferrals",
    about: "查看暂不告知的情况",
    roles: &[("privacy", Reach::City), ("auditor", Reach::City)],
};

/// Enter a deferral, agree to one that another has entered, end one early. It is no business of the three
/// administrators, nor of who looks under it.
pub const DEFER: Permission =
    Permission {
        name: "privacy.defer", about: "办理暂不告知", roles: &[("privacy", Reach::City)]
    };

/// The noun of deferrals, as the subject of acts.
pub const DEFERRAL: &str = "deferral";
/// The context under which it is sealed whom a deferral is about.
pub const DEFERRED_SUBJECT: &str = "privacy.deferrals.subject";
/// The context under which it is sealed what a deferral is for.
pub const PURPOSE: &str = "privacy.deferrals.purpose";

/// A deferral was entered.
pub const DEFERRAL_ENTERED: &str = "privacy.deferral_entered";
/// A second person has agreed: looks from now on are told afterwards.
pub const DEFERRAL_AGREED: &str = "privacy.deferral_agreed";
/// A second person has not.
pub const DEFERRAL_DECLINED: &str = "privacy.deferral_declined";
/// Who entered it has taken it back.
pub const DEFERRAL_WITHDRAWN: &str = "privacy.deferral_withdrawn";
/// Somebody has ended it before its time.
pub const DEFERRAL_STOPPED: &str = "privacy.deferral_stopped";
/// It has ended, and its looks are told.
pub const DEFERRAL_ENDED: &str = "privacy.deferral_ended";
/// Somebody has read which deferrals there are, or one of them.
pub const DEFERRALS_READ: &str = "privacy.deferrals_read";

/// Whom a deferral is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// A person, by citizen number.
    Person,
    /// Whoever a case is about, by its number: looks in that case alone.
    Case,
}

impl Whom {
    /// All of them, with what people call them.
    pub const ALL: [(Self, &'static str); 2] =
        [(Self::Person, "一个人的信息"), (Self::Case, "一个办件的信息")];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Whom::Person => "person",
            Whom::Case => "case",
        }
    }

    /// As stored or sent.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().map(|(whom, _)| whom).find(|whom| whom.as_str() == text)
    }
}

/// A deferral as two people order it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeferralOrder {
    /// Id: the deferral's, unless it prolongs another.
    pub id: Id<Deferral>,
    /// The deferral that it lets end later, if it is no new one.
    pub prolongs: Option<Id<Deferral>>,
    /// Whom it is about.
    pub whom: Whom,
    /// The number, sealed; empty inside once it was erased.
    pub subject_sealed: Vec<u8>,
    /// By what it is found, covered.
    pub subject_blind: Vec<u8>,
    /// The organ whose looks are told afterwards.
    pub organ: String,
    /// Its name at that time.
    pub organ_name: String,
    /// Whether those of the organs below it are too.
    pub below: bool,
    /// The law it rests on.
    pub ground: String,
    /// The organ that approved it.
    pub approver: String,
    /// The number of its document.
    pub document: String,
    /// Who approved it there.
    pub approved_by: String,
    /// What it is for, sealed; empty inside once it was erased.
    pub purpose_sealed: Vec<u8>,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// The two people.
    pub proposed: Proposed,
    /// Who ended it before its time, and why.
    pub stopped: Option<(String, String)>,
}

impl DeferralOrder {
    /// Which organ approved it, by which document: as the person concerned will read it.
    pub fn approved(&self) -> String {
        format!("{}（{}）", self.approver, self.document)
    }

    /// Whether this account is of those who ordered it.
    pub fn is_of(&self, account: &str) -> bool {
        let (first, second) = (&self.proposed, &self.proposed.settled);
        first.by == account
            || first.behalf.as_deref() == Some(account)
            || second.as_ref().is_some_and(|second| second.by == account)
    }

    /// The deferral: itself, or the one that it prolongs.
    pub fn deferral(&self) -> Id<Deferral> {
        self.prolongs.unwrap_or(self.id)
    }
}

/// A deferral as somebody typed it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TypedDeferral {
    /// The deferral that is prolonged, if one is: then only until when, who approved it and what for are asked.
    pub prolongs: String,
    /// `person`, `case`.
    pub whom: String,
    /// The citizen number, or the number of the case.
    pub shown: String,
    /// Id of the organ.
    pub organ: String,
    /// `true` where those below it are covered too.
    pub below: String,
    /// Which of the grounds.
    pub ground: String,
    /// The law and its article.
    pub law: String,
    /// The organ that approved it.
    pub approver: String,
    /// Its document's number.
    pub document: String,
    /// Who approved it there.
    pub approved_by: String,
    /// What it is for.
    pub purpose: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
}

/// A deferral whose words are in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worded {
    /// The law it rests on.
    pub ground: String,
    /// The number of the document as it will be shown.
    pub document: String,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
}

impl Worded {
    /// Words that are not in order yet, for the rest to be judged beside them.
    pub fn blank(today: Day) -> Self {
        Self { ground: String::new(), document: String::new(), from: today, until: today }
    }
}

/// On what a deferral may rest, and for how long.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeferralGround {
    /// As sent.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// The article.
    pub article: String,
    /// Months that it lasts at most; so many more by each prolongation.
    pub months: u8,
}
