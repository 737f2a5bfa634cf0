//! Orders to take data out of the house: which, for what, for whom, and how far they have come.

use std::collections::BTreeMap;

use access::{Permission, Proposed, Reach};
use base::{Id, Moment};
use frame::ExportAsked;
use ledger::{Act, OnBehalf, Who};
use vault::File;

/// Come to the orders: enter one, see one's own and those that one may answer. What may be taken out is another
/// permission, which the office declares whose data it is.
pub const EXPORTS: Permission = Permission {
    name: "privacy.exports",
    about: "办理数据导出",
    roles: &[
        ("approver", Reach::Organ),
        ("privacy", Reach::City),
        ("sysadmin", Reach::City),
        ("secadmin", Reach::City),
        ("auditor", Reach::City),
    ],
};

/// See all orders, never what was taken out.
pub const ALL_EXPORTS: Permission = Permission {
    name: "privacy.all_exports",
    about: "查看全部数据导出的办理情况",
    roles: &[("privacy", Reach::City), ("secadmin", Reach::City), ("auditor", Reach::City)],
};

/// Agree that personal data is taken out, as another has proposed.
pub const AGREE_EXPORT: Permission = Permission {
    name: "privacy.agree_export",
    about: "同意导出个人信息",
    roles: &[("privacy", Reach::City)],
};

/// What acts on orders to export are done to.
pub const EXPORT: &str = "export";
/// The scope of files of orders in the vault.
pub const EXPORT_FILES: &str = "privacy.export";

/// An order was entered.
pub const EXPORT_ENTERED: &str = "privacy.export_entered";
/// A second person has agreed: the file is made.
pub const EXPORT_AGREED: &str = "privacy.export_agreed";
/// A second person has not.
pub const EXPORT_DECLINED: &str = "privacy.export_declined";
/// Who entered it has taken it back.
pub const EXPORT_WITHDRAWN: &str = "privacy.export_withdrawn";
/// Nobody has answered it in time.
pub const EXPORT_LAPSED: &str = "privacy.export_lapsed";
/// The file is made.
pub const EXPORT_MADE: &str = "privacy.export_made";
/// No file is made: what there is when it should be is not what was agreed to.
pub const EXPORT_UNMADE: &str = "privacy.export_unmade";
/// Who entered the order has fetched the file.
pub const EXPORT_FETCHED: &str = "privacy.export_fetched";
/// The file and its key are gone.
pub const EXPORT_DESTROYED: &str = "privacy.export_destroyed";

/// How far an order to export has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for the second person.
    Open,
    /// The second person has agreed: the file is being made.
    Agreed,
    /// The file waits to be fetched.
    Ready,
    /// The file was destroyed, or never made.
    Gone,
    /// The second person has not agreed.
    Declined,
    /// Taken back by the first.
    Withdrawn,
    /// Nobody answered in time.
    Lapsed,
}

impl Stage {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Open, "open"),
        (Self::Agreed, "agreed"),
        (Self::Ready, "ready"),
        (Self::Gone, "gone"),
        (Self::Declined, "declined"),
        (Self::Withdrawn, "withdrawn"),
        (Self::Lapsed, "lapsed"),
    ];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(stage, _)| *stage == self).map_or("lapsed", |(_, text)| text)
    }

    /// As stored; what a newer program wrote is over.
    pub fn parse(text: &str) -> Self {
        let known = Self::ALL.into_iter().find(|(_, known)| *known == text);
        known.map_or(Stage::Lapsed, |(stage, _)| stage)
    }
}

/// What somebody wants to take out, as they typed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The export's name.
    pub export: String,
    /// What was typed into its filters, those left empty left out.
    pub filters: BTreeMap<String, String>,
    /// The columns, by name.
    pub columns: Vec<String>,
    /// For what.
    pub purpose: String,
    /// On what legal ground.
    pub ground: String,
    /// Which unit receives it.
    pub receiver: String,
    /// Which person there.
    pub receiver_person: String,
}

impl Wish {
    /// The unit and the person, in a line.
    pub fn received_by(&self) -> String {
        format!("{} {}", self.receiver, self.receiver_person).trim_end().to_owned()
    }
}

/// The post from which an order was entered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposer {
    /// The post.
    pub post: String,
    /// The organ's id.
    pub organ: String,
    /// The organ's name.
    pub organ_name: String,
}

/// The file of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// In the vault.
    pub file: Id<File>,
    /// SM3 in hex: over the whole file, of an export of acts over all lines but the last.
    pub digest: String,
    /// The act of making it.
    pub act: Id<Act>,
    /// When.
    pub at: Moment,
    /// When it is destroyed.
    pub until: Moment,
}

/// An order to export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Id.
    pub id: Id<Order>,
    /// What is taken out, for what and for whom.
    pub wish: Wish,
    /// The permission that the second person needs.
    pub agrees: String,
    /// The organ whose data it is; empty where it is the whole city's.
    pub organ: String,
    /// Its name.
    pub organ_name: String,
    /// How many rows there were when it was entered.
    pub counted_rows: i64,
    /// How many people.
    pub counted_people: i64,
    /// The two people.
    pub proposed: Proposed,
    /// The post of the first one.
    pub from: Proposer,
    /// The act by which it was answered.
    pub answer: Option<Id<Act>>,
    /// How far it has come.
    pub stage: Stage,
    /// Rows that were gathered so far.
    pub rows_done: i64,
    /// People to whom it was noted so far.
    pub people_done: i64,
    /// All of them, once they are known.
    pub people: i64,
    /// The file, once it is made.
    pub made: Option<Made>,
    /// When it was destroyed.
    pub gone_at: Option<Moment>,
}

impl Order {
    /// What is asked of the office whose data it is. What is younger than the order is not in it.
    pub fn asks(&self) -> ExportAsked {
        ExportAsked {
            filters: self.wish.filters.clone(),
            columns: self.wish.columns.clone(),
            before: Some(self.proposed.at.plus_millis(1)),
        }
    }

    /// Who entered it, as the looks name who looked.
    pub fn who(&self) -> Who {
        let (first, from) = (&self.proposed, &self.from);
        let on_behalf = first.behalf.clone();
        Who {
            account: Some(first.by.clone()),
            name: first.name.clone(),
            post: from.post.clone(),
            organ: from.organ.clone(),
            organ_name: from.organ_name.clone(),
            on_behalf: on_behalf.map(|account| OnBehalf {
                account,
                name: String::new(),
                mandate: None,
            }),
        }
    }
}
