//! Handing a case over: to whom it may go, by the rows as they stand in the transaction.

use std::borrow::Cow;

use ::store::Reader;
use access::{Account, Kind, Over, account_by_id, account_by_login, permits_over};
use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use flow::{CaseHead, Command, Definition, Doer, Order};

/// The order with the colleague's account and name as the city has them, whatever was sent. Refused
/// for an account that cannot go on with this case. Other orders stay as they are.
pub(super) fn settled<'o>(
    reader: &Reader<'_>,
    case: &CaseHead,
    definition: &Definition,
    order: &'o Order,
) -> Outcome<Cow<'o, Order>> {
    let Command::HandOver { account, reason, .. } = &order.command else {
        return Ok(Cow::Borrowed(order));
    };
    let colleague = colleague(reader, account.trim())?;
    let id = colleague.id.to_string();
    if case.handler_account.as_ref() == Some(&id) {
        return Err(wrong(format!("这一件已经在{}名下", colleague.name)).into());
    }
    let rights = rights_of(reader, &colleague, case, order.act.at())?;
    let history = flow::events_of(reader, case.id)?;
    flow::takes_over(definition, case, &history, &rights).map_err(|refusal| {
        let words = format!("不能转交给{}：{}", colleague.name, refusal.message);
        refusal.field("account", words)
    })?;
    let command = Command::HandOver { account: id, name: colleague.name, reason: reason.clone() };
    Ok(Cow::Owned(Order { command, ..order.clone() }))
}

fn wrong(words: String) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "approvals.colleague", "不能转交给这个人")
        .field("account", words)
}

/// The member of staff with this login or id.
fn colleague(reader: &Reader<'_>, named: &str) -> Outcome<Account> {
    if named.is_empty() {
        return Err(wrong("请选择接手人".into()).into());
    }
    let found = match named.parse::<Id<Account>>() {
        Ok(id) => account_by_id(reader, id)?,
        Err(_) => account_by_login(reader, named)?,
    };
    let works_here = |account: &Account| account.kind == Kind::Staff && account.state == "active";
    let missing = || wrong(format!("没有登录名为「{named}」的在岗工作人员，请核对"));
    Ok(found.filter(works_here).ok_or_else(missing)?)
}

/// What this person may do over the case's organ.
fn rights_of(
    reader: &Reader<'_>,
    account: &Account,
    case: &CaseHead,
    now: Moment,
) -> Outcome<Vec<Doer>> {
    let person = frame::acting_as(account, now);
    let permits = permits_over(reader, &person, &Over::Organ(case.organ.clone()))?;
    Ok(permits.iter().map(Doer::of).collect())
}
