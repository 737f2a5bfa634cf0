//! Whose account it is: compared with the register once more by the holder, or vouched for by a clerk
//! who has the person and the identity card at the counter.

use access::{Account, Kind, Over, authorise};
use base::{CitizenNumber, Outcome, PersonName, Refusal, RefusalKind};
use frame::{ActCx, not_found, post};
use ledger::Act;
use population_contract::NameMatches;
use serde_json::json;

use super::letters;
use super::register::{compare, not_too_often};
use crate::terms::{OWN, VOUCH};
use crate::{rules, store};

/// Compares what the account states with the register once more: the register was corrected since, or
/// the phone was.
pub async fn compare_again(cx: &ActCx) -> Outcome<()> {
    let (id, keys) = (cx.signed_in()?.account, cx.hall().keys.clone());
    let account = cx.read(move |r| access::account_by_id(r, id)).await?;
    let account = account.filter(|account| !account.real_name);
    let account = account.ok_or_else(|| not_found("要核对的账户"))?;
    let (Some(number), Some(phone)) = (account.number(&keys), account.phone(&keys)) else {
        return Err(differs().into());
    };
    not_too_often(cx).await?;
    let compared = compare(cx, &number, &account.name, &phone).await?;
    if !compared.agree {
        return Err(differs().into());
    }
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, "identity.number_proven", "account", id)
        .content(json!({ "by": "register", "ask": compared.ask }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &OWN, Over::Account(id.to_string()))?;
        access::prove_number(tx, &permit, id)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// The same whatever differs, and also when the register knows nobody by the number.
fn differs() -> Refusal {
    Refusal::new(RefusalKind::Conflict, "identity.not_proven", "还是没有核对一致").remedy(
        "请带身份证到政务服务大厅的窗口，由工作人员当面核实；登记有错的，请先到户籍地派出所更正",
    )
}

/// What a clerk reads off an identity card.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Shown {
    /// Name.
    pub name: String,
    /// Citizen number.
    pub number: String,
    /// That card and person were seen: `true`.
    pub seen: String,
}

impl Shown {
    /// Name and number, when both can be and the card was seen; all that is wrong is told at once.
    fn card(&self) -> Result<(PersonName, CitizenNumber), Refusal> {
        let mut refusal = Refusal::new(RefusalKind::Invalid, "identity.bad_card", "有几处需要修改");
        let mut note = |field: &str, message: String| {
            refusal.fields.push(base::FieldError { field: field.into(), message });
        };
        let name = self.name.parse::<PersonName>();
        let number = self.number.parse::<CitizenNumber>();
        if let Err(error) = &name {
            note("name", error.to_string());
        }
        if let Err(error) = &number {
            note("number", error.to_string());
        }
        if self.seen != "true" {
            note("seen", "请先看证件原件，核对是本人，再勾选".into());
        }
        match (name, number) {
            (Ok(name), Ok(number)) if refusal.fields.is_empty() => Ok((name, number)),
            _ => Err(refusal),
        }
    }
}

/// What is found for a card.
#[derive(Clone, Debug)]
pub struct Found {
    /// Every account on the number.
    pub accounts: Vec<Account>,
    /// Whether the register has the number under this name; nothing when it does not have it.
    pub agrees: Option<bool>,
}

/// Looks for the accounts on the number of a card. The comparison with the register is on record,
/// where the holder reads it.
pub async fn seek(cx: &ActCx, shown: &Shown) -> Outcome<Found> {
    let (name, number) = shown.card()?;
    let question = NameMatches { number: number.as_str().to_owned(), name: name.to_string() };
    let agrees = cx.ask("identity", "counter", &question).await?.value;
    let keys = cx.hall().keys.clone();
    let accounts = cx.read(move |r| access::accounts_on_number(r, &keys, number.as_str())).await?;
    Ok(Found { accounts, agrees })
}

/// Vouches that an account is of the person with this card: from now on the number is proven.
pub async fn prove_in_person(cx: &ActCx, shown: &Shown, login: &str) -> Outcome<()> {
    let (name, number) = shown.card()?;
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let (login, name) = (login.to_owned(), name.to_string());
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &VOUCH, Over::City)?;
        let account = on_card(access::accounts_on_number(tx, &keys, number.as_str())?, &login)?;
        rules::may_vouch(&account, &name)?;
        access::prove_number(tx, &permit, account.id)?;
        let act = Act::new(now, "identity.number_proven", "account", account.id)
            .content(json!({ "by": "counter" }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Closes an account that somebody else opened on the number of the person with this card, who can
/// register then. The mail address of the account is told.
pub async fn close_for_holder(cx: &ActCx, shown: &Shown, login: &str) -> Outcome<()> {
    let (_, number) = shown.card()?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let login = login.to_owned();
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &VOUCH, Over::City)?;
        let found = access::accounts_on_number(tx, &hall.keys, number.as_str())?;
        let account = on_card(found, &login)?;
        store::forget_address(tx, &permit, account.id)?;
        access::close_account(tx, &permit, account.id)?;
        if let Some(to) = account.email(&hall.keys) {
            let letter = letters::closed_at_counter(&hall, &account.name, &to);
            post::enqueue(tx, &hall.keys, &letter, now)?;
        }
        let act = Act::new(now, "identity.closed_for_holder", "account", account.id)
            .content(json!({ "real_name": account.real_name }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// The account with this login among those on the number of the card: a clerk reaches no other.
fn on_card(found: Vec<Account>, login: &str) -> Result<Account, Refusal> {
    let mut citizens = found.into_iter().filter(|account| account.kind == Kind::Citizen);
    citizens.find(|account| account.login == login).ok_or_else(|| not_found("这个账户"))
}
