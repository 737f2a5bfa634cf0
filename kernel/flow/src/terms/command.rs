//! What may be ordered of a case.

use base::{Day, Id, Moment};
use ledger::Act;
use serde::{Deserialize, Serialize};

use super::{CaseId, SUBJECT};

/// What the examiner found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// 建议准予.
    Approve,
    /// 建议不予.
    Decline,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 准予许可.
    Grant,
    /// 不予许可.
    Deny,
}

/// Why a filing is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalGround {
    /// 依法不需要取得行政许可: art. 32 (1).
    NotNeeded,
    /// 不属于本行政机关职权范围: art. 32 (2).
    NotOurs,
    /// Corrections were asked for, and what came is still not complete: art. 32 (5) read the other
    /// way.
    Incomplete,
    /// 隐瞒有关情况或者提供虚假材料: art. 78.
    Untrue,
}

/// How a decision reached the applicant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// 窗口领取.
    Counter,
    /// 邮寄.
    Post,
    /// 电子送达.
    Electronic,
}

/// Where the person may turn against a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// The organ of administrative reconsideration.
    pub reconsideration: String,
    /// The court.
    pub court: String,
}

/// An order to a case. The filing itself is no order: see `open_case`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// 领办: puts the case on one's own desk.
    Take,
    /// 转交: puts it on another's desk in the same stage.
    HandOver {
        /// Whose.
        account: String,
        /// Their name.
        name: String,
        /// Why.
        reason: String,
    },
    /// 受理: art. 32 (5).
    Accept,
    /// 补正告知: everything that is missing, at once; art. 32 (4).
    Correct {
        /// What is missing, one sentence each.
        items: Vec<String>,
        /// The last day for it; the definition's limit when none is named.
        reply_by: Option<Day>,
    },
    /// 补正: the applicant sends what was missing.
    Supplement {
        /// What was sent, in words.
        note: String,
    },
    /// 不予受理.
    Refuse {
        /// Which of the law's reasons.
        because: RefusalGround,
        /// The reason in words.
        reason: String,
        /// The rule.
        ground: String,
        /// Where the applicant may turn.
        remedy: Option<Remedy>,
        /// Whose business it is instead.
        other_organ: Option<String>,
    },
    /// 审查意见: art. 34, 37.
    Examine {
        /// What was found.
        finding: Finding,
        /// The opinion in words.
        opinion: String,
        /// Who went to see, if facts were verified on site: two at least (art. 34).
        inspectors: Vec<String>,
    },
    /// 退回审查: back to the examiner.
    Return {
        /// Why.
        reason: String,
    },
    /// 特别程序: the clock stands still (art. 45).
    Pause {
        /// One of the definition's kinds: `hearing`, `inspection` …
        kind: String,
        /// Why, and on which rule.
        ground: String,
        /// The day by which it will be over: told to the applicant in writing.
        expected_end: Day,
    },
    /// 特别程序结束.
    Resume {
        /// What came of it.
        result: String,
    },
    /// 申请延长期限.
    RequestExtension {
        /// Why.
        reason: String,
    },
    /// 批准延长期限: the head of the organ, once (art. 42).
    GrantExtension {
        /// Told to the applicant.
        reason: String,
    },
    /// 不同意延长期限.
    DenyExtension {
        /// Why.
        reason: String,
    },
    /// 决定: art. 38.
    Decide {
        /// Grant or deny.
        verdict: Verdict,
        /// Why.
        reason: String,
        /// The rule.
        ground: String,
        /// Where the applicant may turn: needed when denied.
        remedy: Option<Remedy>,
    },
    /// 制证: art. 39.
    Issue {
        /// What was made: 食品经营许可证.
        certificate_name: String,
        /// Its number.
        certificate_no: String,
        /// The last day it is valid; none for ever.
        valid_until: Option<Day>,
    },
    /// 送达: art. 44.
    Deliver {
        /// How.
        manner: Manner,
        /// What proves it: a signature, a parcel's number, the reading of an e-mail.
        receipt: String,
    },
    /// 撤回申请.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// 作废: by supervision, never deleted.
    Void {
        /// Why.
        reason: String,
    },
    /// 逾期未补正.
    Lapse,
    /// 逾期未告知，视为受理: art. 32 (4).
    DeemAccepted,
}

impl Command {
    /// Every name that [`Command::name`] can give, with the act it leaves and its title.
    pub const ALL: &'static [(&'static str, &'static str, &'static str)] = &[
        ("submit", "submitted", "提交申请"),
        ("take", "taken", "领办"),
        ("hand_over", "handed_over", "转交"),
        ("accept", "accepted", "受理"),
        ("correct", "correction_required", "一次性告知补正"),
        ("supplement", "supplemented", "补正材料"),
        ("refuse", "refused", "不予受理"),
        ("redirect", "redirected", "告知不受理"),
        ("examine", "examined", "审查"),
        ("return", "returned", "退回审查"),
        ("pause", "paused", "启动特别程序"),
        ("resume", "resumed", "特别程序结束"),
        ("request_extension", "extension_requested", "申请延长期限"),
        ("grant_extension", "extended", "批准延长期限"),
        ("deny_extension", "extension_denied", "不同意延长期限"),
        ("grant", "granted", "准予许可"),
        ("deny", "denied", "不予许可"),
        ("issue", "issued", "制发证件"),
        ("deliver", "delivered", "送达办结"),
        ("withdraw", "withdrawn", "撤回申请"),
        ("void", "voided", "作废"),
        ("lapse", "lapsed", "逾期未补正退件"),
        ("deem_accepted", "deemed_accepted", "逾期未告知视为受理"),
        ("rehome", "rehomed", "转到承接的机关"),
    ];

    /// The name that definitions use. One command has two names where it leads two ways: `refuse`
    /// and `redirect`, `grant` and `deny`.
    pub const fn name(&self) -> &'static str {
        match self {
            Command::Take => "take",
            Command::HandOver { .. } => "hand_over",
            Command::Accept => "accept",
            Command::Correct { .. } => "correct",
            Command::Supplement { .. } => "supplement",
            Command::Refuse {
                because: RefusalGround::Incomplete | RefusalGround::Untrue, ..
            } => "refuse",
            Command::Refuse { .. } => "redirect",
            Command::Examine { .. } => "examine",
            Command::Return { .. } => "return",
            Command::Pause { .. } => "pause",
            Command::Resume { .. } => "resume",
            Command::RequestExtension { .. } => "request_extension",
            Command::GrantExtension { .. } => "grant_extension",
            Command::DenyExtension { .. } => "deny_extension",
            Command::Decide { verdict: Verdict::Grant, .. } => "grant",
            Command::Decide { verdict: Verdict::Deny, .. } => "deny",
            Command::Issue { .. } => "issue",
            Command::Deliver { .. } => "deliver",
            Command::Withdraw { .. } => "withdraw",
            Command::Void { .. } => "void",
            Command::Lapse => "lapse",
            Command::DeemAccepted => "deem_accepted",
        }
    }

    /// The verb of the act that it leaves: `accepted`, so `approvals.accepted`.
    pub fn past(&self) -> &'static str {
        let name = self.name();
        Self::ALL.iter().find(|(known, ..)| *known == name).map_or(name, |(_, past, _)| past)
    }

    /// What people call the step with this name: 受理.
    pub fn title_of(name: &str) -> &str {
        Self::ALL.iter().find(|(known, ..)| *known == name).map_or(name, |(.., title)| title)
    }
}

/// An order with the act that will tell of it. Make it before the transaction: the act's id and
/// salt are minted here, so that a transaction that runs again writes the same act.
#[derive(Clone, Debug)]
pub struct Order {
    /// Which case.
    pub case: CaseId,
    /// The office that runs the case.
    pub office: String,
    /// What is ordered.
    pub command: Command,
    /// The act; its moment is the order's.
    pub act: Act,
    /// The version of the case that the doer saw, so that nobody overwrites another's act.
    pub expected_version: Option<i64>,
}

impl Order {
    /// An order of `office` to one of its cases. The act's kind is `office.past`:
    /// `approvals.accepted`.
    pub fn new(now: Moment, office: &str, case: CaseId, command: Command) -> Self {
        let kind = format!("{office}.{}", command.past());
        let act = Act::new(now, &kind, SUBJECT, case);
        Self { case, office: office.into(), command, act, expected_version: None }
    }

    /// Given while the case stood at this version; refused if it has moved since.
    #[must_use]
    pub fn expecting(mut self, version: i64) -> Self {
        self.expected_version = Some(version);
        self
    }

    /// The id of the act that tells of it, for the receipt.
    pub fn act_id(&self) -> Id<Act> {
        self.act.id
    }
}

/// What people call a field of a command, for words beside forms.
pub fn field_title(field: &str) -> &str {
    match field {
        "reason" => "理由",
        "ground" => "依据",
        "opinion" => "审查意见",
        "items" => "需要补正的内容",
        "note" => "补正说明",
        "result" => "特别程序的结果",
        "remedy" => "救济途径",
        "other_organ" => "应向哪个机关申请",
        "receipt" => "送达凭证",
        "certificate_no" => "证件编号",
        "certificate_name" => "证件名称",
        "account" | "name" => "接手人",
        "kind" => "特别程序种类",
        "expected_end" => "预计结束日期",
        other => other,
    }
}

/// Writes an office's acts on cases as the catalogue of acts lists them:
/// `flow::acts_of_cases!("approvals")`, with the office's own acts on them after it:
/// `flow::acts_of_cases!("approvals", archived "归档")`.
#[macro_export]
macro_rules! acts_of_cases {
    ($office:literal $(, $own:ident $own_title:literal)*) => {
        $crate::acts_of_cases!(@ $office,
            submitted "提交申请", taken "领办", handed_over "转交", accepted "受理",
            correction_required "一次性告知补正", supplemented "补正材料", refused "不予受理",
            redirected "告知不受理", examined "审查", returned "退回审查",
            paused "启动特别程序", resumed "特别程序结束", extension_requested "申请延长期限",
            extended "批准延长期限", extension_denied "不同意延长期限", granted "准予许可",
            denied "不予许可", issued "制发证件", delivered "送达办结", withdrawn "撤回申请",
            voided "作废", lapsed "逾期未补正退件", deemed_accepted "逾期未告知视为受理",
            rehomed "转到承接的机关" $(, $own $own_title)*)
    };
    (@ $office:literal, $($verb:ident $title:literal),*) => {
        &[$($crate::ActKind {
            name: concat!($office, ".", stringify!($verb)),
            title: $title,
        }),*]
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_title_and_an_act() {
        let kinds: &[ledger::ActKind] = crate::acts_of_cases!("sample");
        assert_eq!(kinds.len(), Command::ALL.len());
        for ((_, past, title), kind) in Command::ALL.iter().zip(kinds) {
            assert_eq!(kind.name, format!("sample.{past}"));
            assert_eq!(kind.title, *title);
        }
        assert_eq!(Command::Accept.past(), "accepted");
        assert_eq!(Command::title_of("deny"), "不予许可");
    }

    #[test]
    fn a_command_reads_back_from_its_record() {
        let command = Command::Pause {
            kind: "hearing".into(),
            ground: "行政许可法第四十六条".into(),
            expected_end: Day::new(2026, 3, 2).expect("a day"),
        };
        let written = serde_json::to_value(&command).expect("json");
        assert_eq!(written["command"], "pause");
        assert_eq!(serde_json::from_value::<Command>(written).expect("command"), command);
    }
}
