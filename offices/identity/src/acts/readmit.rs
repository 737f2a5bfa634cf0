//! Letting an administrator in again on the machine itself, where no two others are left to agree.

use base::{Outcome, Refusal, RefusalKind};
use frame::Hall;
use ledger::{Act, Who};
use serde_json::json;

use super::{CODE_SECONDS, mint_code};
use crate::rules;
use crate::store;
use crate::terms::Readmission;

/// What an administrator who lost the password is given.
#[derive(Clone, Debug)]
pub struct Readmitted {
    /// The account.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// The one-time code: shown once.
    pub code: String,
}

/// Gives the account of an administrator a one-time code. Who can run this on the machine holds the
/// keys of the city anyway; that it was done stands in the record, and every administrator is shown
/// it. Refuses accounts of others, and accounts that nobody has.
pub async fn readmit(hall: &Hall, login: &str) -> Outcome<Readmitted> {
    let (now, keys, code) = (hall.now(), hall.keys.clone(), mint_code()?);
    let sought = login.trim().to_lowercase();
    let name = sought.clone();
    let account = hall.store.read(move |r| access::account_by_login(r, &name)).await?;
    let account = account.ok_or_else(|| nobody(&sought))?;
    let act = Act::new(now, "identity.readmitted", "account", account.id)
        .content(json!({ "login": account.login, "name": account.name }));
    let noted = Readmission {
        act: act.id,
        login: account.login.clone(),
        name: account.name.clone(),
        at: now,
    };
    let (id, issued) = (account.id, code.clone());
    hall.write(move |tx| {
        let permit = access::clockwork("identity.readmit");
        let account = access::account_by_id(tx, id)?.ok_or_else(|| nobody(&sought))?;
        rules::may_readmit(&account, &access::holdings_of(tx, id)?, now.day())?;
        access::issue_code(tx, &permit, &keys, id, &issued, now.plus_seconds(CODE_SECONDS))?;
        store::note_readmission(tx, &permit, &noted)?;
        ledger::record(tx, &who(), &act)
    })
    .await?;
    Ok(Readmitted { login: account.login, name: account.name, code })
}

/// Nobody is signed in at the machine: the record says where it was done.
fn who() -> Who {
    Who {
        account: None,
        name: "服务器的管理人员".into(),
        post: "在服务器上运行命令".into(),
        organ: String::new(),
        organ_name: String::new(),
        on_behalf: None,
    }
}

fn nobody(login: &str) -> Refusal {
    let words = format!("没有 {login} 这个账户");
    Refusal::new(RefusalKind::NotFound, "identity.no_such_account", words).remedy("请核对用户名")
}
