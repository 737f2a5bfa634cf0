//! The verdicts: what may be published, by whom, over which text.

pub mod citation;
pub mod draft;
pub mod manuscript;
pub mod periods;
pub mod scan;

use base::{Refusal, RefusalKind};
use ledger::Who;
use serde_json::json;

use scan::Scanned;

use crate::terms::{Conclusion, Document, Finding, Import, Kin, State};

/// The hash over all that a reader will see.
pub fn text_hash(document: &Document) -> [u8; 32] {
    let dates = json!([document.written_on, document.effective_on, document.note]).to_string();
    seal::sm3(&[
        document.title.as_bytes(),
        b"\n",
        document.number.as_deref().unwrap_or_default().as_bytes(),
        b"\n",
        document.maker.as_deref().unwrap_or_default().as_bytes(),
        b"\n",
        dates.as_bytes(),
        b"\n",
        document.plain().as_bytes(),
    ])
}

/// Whether a document can be changed by its editor.
pub fn may_edit(document: &Document, version: i64) -> Result<(), Refusal> {
    if document.state != State::Draft {
        let words = format!("这份信息{}，不能修改", document.state.title());
        return Err(Refusal::new(RefusalKind::Conflict, "portal.not_draft", words)
            .remedy("审核人退回以后可以修改；已撤下和不公开的，可以重新起草"));
    }
    same_version(document, version)
}

fn same_version(document: &Document, version: i64) -> Result<(), Refusal> {
    if document.version == version {
        return Ok(());
    }
    let words = "您打开之后，这份信息已经被改过";
    Err(Refusal::new(RefusalKind::Conflict, "portal.changed", words)
        .remedy("请重新打开，看过新的内容再办理"))
}

/// Whether a document can go to review.
pub fn may_send(document: &Document) -> Result<(), Refusal> {
    if document.state != State::Draft {
        let words = format!("这份信息{}，不用再送审", document.state.title());
        return Err(Refusal::new(RefusalKind::Conflict, "portal.not_draft", words));
    }
    Ok(())
}

/// Whether `reviewer` can conclude this review so.
///
/// 保密法实施条例 art. 42: what is to be published is reviewed first, piece by piece. The reviewer is
/// another person than the editor, and a text with a mark of secrecy or a personal number is not
/// published at all.
pub fn review(
    document: &Document,
    (drafted, reviewer): (&[Hand], &Hand),
    reviewed_hash: [u8; 32],
    scanned: &Scanned,
    conclusion: Conclusion,
    remark: &str,
) -> Result<State, Refusal> {
    if document.state != State::InReview {
        let words = format!("这份信息{}，没有在等审核", document.state.title());
        return Err(Refusal::new(RefusalKind::Conflict, "portal.not_in_review", words));
    }
    drafted.iter().try_for_each(|hand| two_persons(hand, reviewer))?;
    same_text(document, reviewed_hash)?;
    same_text(document, scanned.text_hash)?;
    match conclusion {
        Conclusion::Open => may_be_open(&scanned.findings).map(|()| State::Published),
        Conclusion::Return | Conclusion::Keep if remark.trim().is_empty() => {
            let words = "请写明退回或者不公开的理由";
            Err(Refusal::new(RefusalKind::Invalid, "portal.no_reason", words)
                .field("remark", words))
        }
        Conclusion::Return => Ok(State::Draft),
        Conclusion::Keep => Ok(State::Kept),
    }
}

/// Who does something: the account, and the one whose post it exercises (受委托代行). Both count: neither of them
/// gets round the separation by the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    /// The account that does it.
    pub account: String,
    /// The holder for whom it is done.
    pub holder: Option<String>,
}

impl Hand {
    /// The hand of an act.
    pub fn of(who: &Who) -> Option<Self> {
        let holder = who.on_behalf.as_ref().map(|whose| whose.account.clone());
        Some(Self { account: who.account.clone()?, holder })
    }

    fn is_also(&self, account: &str) -> bool {
        self.account == account || self.holder.as_deref() == Some(account)
    }

    /// Whether one person stands in both.
    fn meets(&self, other: &Self) -> bool {
        self.is_also(&other.account) || other.holder.as_deref().is_some_and(|one| self.is_also(one))
    }
}

/// Who drafted is not who answers for what is published.
pub fn two_persons(editor: &Hand, reviewer: &Hand) -> Result<(), Refusal> {
    if !editor.meets(reviewer) {
        return Ok(());
    }
    let words = "自己起草的信息要由别人审核";
    Err(Refusal::new(RefusalKind::Forbidden, "portal.own_draft", words)
        .ground("《中华人民共和国保守国家秘密法实施条例》第四十二条"))
}

/// What is published is what was looked at, by the reviewer and by the pre-scan.
pub fn same_text(document: &Document, seen_hash: [u8; 32]) -> Result<(), Refusal> {
    if document.text_hash == seen_hash {
        return Ok(());
    }
    let words = "您看过的内容和现在的内容不一样，没有发布";
    Err(Refusal::new(RefusalKind::Conflict, "portal.text_changed", words)
        .ground("先审查后公开：发布的必须是审查过的文本")
        .remedy("请重新打开，看过新的内容再审核"))
}

/// 政府信息公开条例 arts. 14, 15: what holds a state secret or a personal number is not open.
pub fn may_be_open(findings: &[Finding]) -> Result<(), Refusal> {
    let Some(finding) = findings.iter().find(|finding| finding.kind.stops()) else { return Ok(()) };
    let words = format!("文中有{}（{}），不能公开", finding.kind.title(), finding.words);
    Err(Refusal::new(RefusalKind::Invalid, "portal.must_not_publish", words)
        .ground("《中华人民共和国政府信息公开条例》第十四条、第十五条")
        .remedy("请退回编辑，删去或者遮盖以后再审"))
}

/// Whether `reviewer` can say that a document which a command brought in is right: the person who
/// answers for it, over the text that they saw.
pub fn may_check(
    document: &Document,
    import: &Import,
    reviewer: &str,
    seen_hash: [u8; 32],
    scanned: &Scanned,
) -> Result<(), Refusal> {
    if document.state != State::Published || import.checked_at.is_some() {
        let words = "这份信息已经核对过，或者已经不在发布";
        return Err(Refusal::new(RefusalKind::Conflict, "portal.nothing_to_check", words));
    }
    if import.reviewer != reviewer {
        let words = format!("这份信息由{}负责核对", import.reviewer_name);
        return Err(Refusal::new(RefusalKind::Forbidden, "portal.not_yours", words)
            .remedy("内容有问题的，您可以撤下它"));
    }
    same_text(document, seen_hash)?;
    same_text(document, scanned.text_hash)?;
    may_be_open(&scanned.findings)
}

/// Whether a document can be drafted anew: it has ended, and its text is not open any more or never was.
pub fn may_redraft(document: &Document) -> Result<(), Refusal> {
    if document.state.is_ended() {
        return Ok(());
    }
    let words = format!("这份信息{}，不能重新起草", document.state.title());
    Err(Refusal::new(RefusalKind::Conflict, "portal.not_ended", words)
        .remedy("草稿可以直接修改；已经发布的，请审核人先撤下"))
}

/// Whether a command can bring a text in that stood in its column before and has ended: what a reviewer
/// took back does not come back without a review.
pub fn may_bring_back(ended: Option<&Kin>) -> Result<(), Refusal> {
    let Some(kin) = ended else { return Ok(()) };
    let reason = kin.returned.as_deref().unwrap_or_default();
    let words = format!("同样的内容{}（{reason}），没有导入", kin.state.title());
    Err(Refusal::new(RefusalKind::Conflict, "portal.ended", words)
        .remedy("要再公开，请由编辑重新起草，送审"))
}

/// Whether a document can be taken back.
pub fn may_withdraw(document: &Document, reason: &str) -> Result<(), Refusal> {
    if document.state != State::Published {
        let words = format!("这份信息{}，不用撤下", document.state.title());
        return Err(Refusal::new(RefusalKind::Conflict, "portal.not_published", words));
    }
    if reason.trim().is_empty() {
        let words = "请写明撤下的理由";
        return Err(
            Refusal::new(RefusalKind::Invalid, "portal.no_reason", words).field("reason", words)
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::tests::document;

    fn hand(account: &str, holder: Option<&str>) -> Hand {
        Hand { account: account.into(), holder: holder.map(str::to_owned) }
    }

    #[test]
    fn who_exercises_a_post_and_its_holder_are_both_kept_apart_from_the_other_side() {
        let (plain, for_qian) = (hand("zhao", None), hand("zhao", Some("qian")));
        for (editor, reviewer) in [
            (&plain, &plain),
            (&plain, &for_qian),
            // What 赵 drafts in 钱's post, 钱 does not review; nor the other way round.
            (&for_qian, &hand("qian", None)),
            (&hand("qian", None), &for_qian),
            (&for_qian, &hand("sun", Some("qian"))),
            (&for_qian, &hand("sun", Some("zhao"))),
        ] {
            let refused = two_persons(editor, reviewer).unwrap_err();
            assert_eq!(refused.code, "portal.own_draft", "{editor:?} {reviewer:?}");
        }
        assert_eq!(two_persons(&for_qian, &hand("sun", Some("li"))), Ok(()));
    }

    #[test]
    fn a_review_over_another_text_than_the_pre_scan_saw_publishes_nothing() {
        let mut seen = document();
        seen.text_hash = text_hash(&seen);
        let scanned = Scanned::of(&seen);
        let review = |document: &Document| {
            let hash = document.text_hash;
            let hands = (&[hand("editor", None)][..], &hand("reviewer", None));
            super::review(document, hands, hash, &scanned, Conclusion::Open, "")
        };
        assert_eq!(review(&seen), Ok(State::Published));
        let mut changed = Document { title: "机密★5年".into(), ..seen };
        changed.text_hash = text_hash(&changed);
        assert_eq!(review(&changed).unwrap_err().code, "portal.text_changed");
    }
}
