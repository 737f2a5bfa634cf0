//! Looks at what a person had entered in an application: they stand with the others under 谁看过我的信息.

use access::Account;
use ask::{About, Look};
use base::{Id, Outcome};
use frame::Hall;
use ledger::Recorded;
use store::Tx;

/// The act that tells of an application's entries shown whole.
pub const SHOWN: &str = "approvals.entries_shown";
/// The act that tells of a file that an applicant handed in, opened by the staff.
pub const FILE_SHOWN: &str = "approvals.file_shown";

/// What the post of who looks by a mandate begins with.
pub const AGENT: &str = "代理人";

/// Hears that somebody saw the entries of an application whole, or one of its files, and notes it for the person whose
/// account it came from.
pub fn hear(hall: &Hall, tx: &Tx<'_>, act: &Recorded) -> Outcome<()> {
    if ![SHOWN, FILE_SHOWN].contains(&act.kind.as_str()) || act.subject_kind != flow::SUBJECT {
        return Ok(());
    }
    let Ok(id) = act.subject_id.parse::<flow::CaseId>() else { return Ok(()) };
    let Some(case) = flow::case_by_id(tx, id)? else { return Ok(()) };
    let account = case.applicant_account.as_deref().and_then(|id| id.parse::<Id<Account>>().ok());
    let Some(account) = account else { return Ok(()) };
    let Some(account) = access::account_by_id(tx, account)? else { return Ok(()) };
    let Some(number) = account.number(&hall.keys) else { return Ok(()) };
    let Some(who) = act.who() else { return Ok(()) };
    let content = act.content();
    let said = content.get("purpose").and_then(|purpose| purpose.as_str()).unwrap_or_default();
    let fields: Vec<String> = content
        .get("fields")
        .and_then(|fields| serde_json::from_value(fields.clone()).ok())
        .unwrap_or_default();
    let look = Look {
        id: act.id.cast(),
        at: act.at,
        asker: "approvals",
        kind: SHOWN,
        purpose: &format!("{}：{said}", case.no),
        who: &who,
        fields: &fields,
        found: true,
        act: act.id,
    };
    ask::note_look(tx, &hall.keys, &About::Person(number), &look)
}
