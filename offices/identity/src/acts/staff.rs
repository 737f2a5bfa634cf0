//! Staff accounts; and the founding of a city.

use access::{Account, Holding, Kind, NewAccount, NewOrgan, Over, authorise};
use base::{Id, Moment, Outcome, PersonName, Refusal, RefusalKind};
use frame::ActCx;
use ledger::Act;
use seal::Keys;
use serde_json::json;

use super::{CODE_SECONDS, changes, mint_code};
use crate::rules;
use crate::terms::{ADMINISTER, AGREE};

/// Opens a staff account. Gives the one-time code to hand over, once.
pub async fn open_staff(cx: &ActCx, login: &str, name: &str) -> Outcome<String> {
    rules::check_login(login.trim())?;
    let name: PersonName = name.parse().map_err(|error: base::BadPersonName| {
        Refusal::new(RefusalKind::Invalid, "identity.bad_name", error.to_string())
            .field("name", error.to_string())
    })?;
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let code = mint_code()?;
    let new = staff_account(Id::mint(now), login.trim(), &name.to_string());
    let act = Act::new(now, "identity.account_opened", "account", new.id)
        .content(json!({ "login": new.login, "name": new.name }));
    let issued = code.clone();
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &ADMINISTER, Over::City)?;
        access::create_account(tx, &permit, &keys, &new, now)?;
        access::issue_code(tx, &permit, &keys, new.id, &issued, now.plus_seconds(CODE_SECONDS))?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(code)
}

/// A staff account without a password.
pub fn staff_account(id: Id<Account>, login: &str, name: &str) -> NewAccount {
    NewAccount {
        id,
        login: login.to_lowercase(),
        kind: Kind::Staff,
        name: name.to_owned(),
        password: None,
        number: None,
        phone: None,
        email: None,
        real_name: true,
    }
}

/// Disables a staff account, or enables it again.
pub async fn set_state(cx: &ActCx, account: Id<Account>, state: &'static str) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, "identity.account_state", "account", account);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &ADMINISTER, Over::City)?;
        if permit.account() == account.to_string() {
            let words = "不能停用自己的账户";
            return Err(Refusal::new(RefusalKind::Conflict, "identity.own_state", words).into());
        }
        access::set_state(tx, &permit, account, state)?;
        if state != "active" {
            left_to_go_on(tx, account, now)?;
        }
        let ended = match state {
            "active" => 0,
            _ => access::end_delegations_of(tx, &permit, account, now)?,
        };
        let act = act.clone().content(json!({ "state": state, "delegations_ended": ended }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Signs an account out on all devices: for who has lost one, or may have.
pub async fn sign_out_for(cx: &ActCx, account: Id<Account>) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, "identity.signed_out_by_other", "account", account);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &ADMINISTER, Over::City)?;
        access::end_all_sessions(tx, account)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Without an administrator somebody else must still be there to propose, and another to agree: whoever could
/// disable the last of them would stand in for them.
fn left_to_go_on(tx: &::store::Tx<'_>, account: Id<Account>, now: Moment) -> Outcome<()> {
    let today = now.day();
    let administers = |held: &access::Held| {
        let post = &held.holding;
        let stands = held.ended.is_none() && post.until.is_none_or(|until| until >= today);
        stands && access::is_administrator(&post.role)
    };
    if access::holdings_of(tx, account)?.iter().any(administers) {
        changes::go_on(tx, |permission| (permission.name, ""), today)?;
        // Who stands in for the last security administrator is not asked to be the one who remains.
        if access::able(tx, &[(AGREE.name, "")], today)?.is_empty() {
            return Err(rules::nobody_left().into());
        }
    }
    Ok(())
}

/// Founds the identity of a new city inside the founding transaction: the root organ and the three
/// administrators, each with a one-time code.
pub fn found(
    tx: &::store::Tx<'_>,
    keys: &Keys,
    root: &NewOrgan,
    admins: &[(Id<Account>, &str, &str, String)],
    now: Moment,
) -> Outcome<()> {
    let permit = access::clockwork("identity.found");
    access::put_organ(tx, &permit, root)?;
    access::put_signing_rule(tx, &permit, now, true, access::SIGNING_GROUND)?;
    for (id, role, name, code) in admins {
        access::create_account(tx, &permit, keys, &staff_account(*id, role, name), now)?;
        access::issue_code(tx, &permit, keys, *id, code, now.plus_seconds(7 * CODE_SECONDS))?;
        access::give_holding(
            tx,
            &permit,
            &Holding {
                id: Id::mint(now),
                account: *id,
                role: (*role).to_owned(),
                organ: root.id.clone(),
                post: access::role_title(role).to_owned(),
                from: now.day(),
                until: None,
            },
        )?;
    }
    Ok(())
}
