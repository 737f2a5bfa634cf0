//! Whose account it is: compared with the register once more by the holder, or vouched for by a clerk
//! who has the person and the identity card at the counter.

use access::{Account, Allowed, EndedWhy, Kind, Over, Proof, authorise};
use base::{CitizenNumber, Day, Id, Outcome, PersonName, Phone, Refusal, RefusalKind};
use frame::{ActCx, not_found, post};
use ledger::Act;
use population_contract::{NameMatches, PersonByNumber};
use seal::Keys;
use serde_json::json;

use super::letters;
use super::mandates::{record_ended, side_gone};
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
    not_too_often(cx, &number).await?;
    let compared = compare(cx, &number, &account.name, &phone).await?;
    if !compared.agree {
        return Err(differs().into());
    }
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, "identity.number_proven", "account", id)
        .content(json!({ "by": "register", "ask": compared.ask }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &OWN, Over::Account(id.to_string()))?;
        // What was compared must still be what the account states.
        let stands = access::account_by_id(tx, id)?;
        let stands = stands.is_some_and(|stands| stands.phone(&keys).as_deref() == Some(&phone));
        if !stands {
            return Err(differs().into());
        }
        access::prove_number(tx, &permit, &keys, id, Proof::Register)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Numbers that one account states within a day.
const STATED_MAX: i64 = 5;
const STATED_SECONDS: i64 = 24 * 3_600;

/// Compares the number and the phone that the holder of an account without a number states, with the account's own
/// name, with the register. Only what agrees in all three is kept; of what does not, nothing is told but that.
pub async fn state_number(cx: &ActCx, number: &str, phone: &str) -> Outcome<()> {
    let mut refusal = Refusal::new(RefusalKind::Invalid, "identity.bad_number", "有几处需要修改");
    let number = number.trim().parse::<CitizenNumber>();
    if let Err(error) = &number {
        refusal = refusal.field("number", error.to_string());
    }
    let phone = phone.trim().parse::<Phone>();
    if let Err(error) = &phone {
        refusal = refusal.field("phone", error.to_string());
    }
    let (Ok(number), Ok(phone)) = (number, phone) else { return Err(refusal.into()) };
    let (id, now, keys) = (cx.signed_in()?.account, cx.now(), cx.hall().keys.clone());
    let account = cx.read(move |r| access::account_by_id(r, id)).await?;
    let account = account.filter(|one| one.kind == Kind::Citizen && one.number_sealed.is_none());
    let account = account.ok_or_else(|| not_found("要核对的账户"))?;
    let throttle = format!("state-number {id}");
    let counted =
        cx.write(move |tx| access::hit(tx, &throttle, STATED_MAX, STATED_SECONDS, now)).await?;
    if let Allowed::NotUntil(until) = counted {
        let words = "今天核对的次数太多，没有核对";
        return Err(Refusal::new(RefusalKind::TooMany, "identity.number_waits", words)
            .remedy(format!("{} 之后可以再试；也可以到政务服务大厅办理", until.to_minute()))
            .into());
    }
    not_too_often(cx, number.as_str()).await?;
    let compared = compare(cx, number.as_str(), &account.name, phone.as_str()).await?;
    if !compared.agree {
        return Err(differs().into());
    }
    let actor = cx.actor().clone();
    let act = Act::new(now, "identity.number_proven", "account", id)
        .content(json!({ "by": "register", "ask": compared.ask }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &OWN, Over::Account(id.to_string()))?;
        if !access::state_number(tx, &permit, &keys, id, number.as_str())? {
            return Err(not_found("要核对的账户").into());
        }
        access::prove_number(tx, &permit, &keys, id, Proof::Register)?;
        access::set_phone(tx, &permit, &keys, id, phone.as_str())?;
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
    let agrees = ask_register(cx, &name, &number).await?;
    let keys = cx.hall().keys.clone();
    let accounts = cx.read(move |r| access::accounts_on_number(r, &keys, number.as_str())).await?;
    Ok(Found { accounts, agrees })
}

async fn ask_register(
    cx: &ActCx,
    name: &PersonName,
    number: &CitizenNumber,
) -> Outcome<Option<bool>> {
    let question = NameMatches { number: number.as_str().to_owned(), name: name.to_string() };
    Ok(cx.ask("identity", "counter", &question).await?.value)
}

/// A card whose name and number the register knows otherwise is nobody's word: neither is an account
/// proven by it nor closed. The question is on record, where the holder of the number reads it.
async fn read_card(cx: &ActCx, shown: &Shown) -> Outcome<(PersonName, CitizenNumber)> {
    let (name, number) = shown.card()?;
    if ask_register(cx, &name, &number).await? == Some(false) {
        let words = "证件上的姓名和号码与人口登记不一致，不能办理";
        return Err(Refusal::new(RefusalKind::Conflict, "identity.card_differs", words)
            .field("name", words)
            .remedy("请再看一遍证件；登记有错的，请本人先到户籍地派出所更正")
            .into());
    }
    Ok((name, number))
}

/// Nobody comes to a counter of whom the register says that they died: the card is then shown by somebody else, or
/// the register is wrong and is corrected first.
async fn living(cx: &ActCx, number: &CitizenNumber) -> Outcome<()> {
    let Some(died) = died_on(cx, "counter", number.as_str()).await? else { return Ok(()) };
    let words = format!("人口登记显示持证人已在{}死亡，不能核实", died.chinese());
    Err(Refusal::new(RefusalKind::Conflict, "identity.register_says_dead", words.clone())
        .field("number", words)
        .remedy("请再看一遍证件；登记有错的，请本人先到户籍地派出所更正")
        .into())
}

/// Vouches that an account is of the person with this card: from now on the number is proven.
pub async fn prove_in_person(cx: &ActCx, shown: &Shown, login: &str) -> Outcome<()> {
    let (name, number) = read_card(cx, shown).await?;
    let id = account_on_card(cx, &number, login).await?;
    living(cx, &number).await?;
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let name = name.to_string();
    let act =
        Act::new(now, "identity.number_proven", "account", id).content(json!({ "by": "counter" }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &VOUCH, Over::City)?;
        let account = on_card(access::account_by_id(tx, id)?, &keys, &number)?;
        rules::may_vouch(&account, &name)?;
        match account.real_name {
            true => access::raise_proof(tx, &permit, account.id, Proof::Counter)?,
            false => access::prove_number(tx, &permit, &keys, account.id, Proof::Counter)?,
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Closes an account that somebody else opened on the number of the person with this card, who can
/// register then. The mail address of the account is told. An account whose number is proven is not one
/// clerk's to close.
pub async fn close_for_holder(cx: &ActCx, shown: &Shown, login: &str) -> Outcome<()> {
    let (_, number) = read_card(cx, shown).await?;
    let id = account_on_card(cx, &number, login).await?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let act = Act::new(now, "identity.closed_for_holder", "account", id);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &VOUCH, Over::City)?;
        let account = on_card(access::account_by_id(tx, id)?, &hall.keys, &number)?;
        rules::may_close_for_holder(&account)?;
        store::forget_address(tx, &permit, account.id)?;
        let ended = access::close_account(tx, &permit, account.id, now)?;
        let gone = side_gone(&hall.keys, &account);
        record_ended(tx, &hall, &permit, (&ended, EndedWhy::Closed), gone)?;
        if let Some(to) = account.email(&hall.keys) {
            let letter = letters::closed_at_counter(&hall, &account.name, &to);
            post::enqueue(tx, &hall.keys, &letter, now)?;
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Opens an account again that a wrong entry in the register of residents had disabled: the registrar has corrected it,
/// and a clerk has the person and the card at the counter. The mail address is told.
pub async fn reopen_for_holder(cx: &ActCx, shown: &Shown, login: &str) -> Outcome<()> {
    let (name, number) = read_card(cx, shown).await?;
    let id = account_on_card(cx, &number, login).await?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let act = Act::new(now, "identity.account_reopened", "account", id)
        .content(json!({ "by": "counter" }));
    let name = name.to_string();
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &VOUCH, Over::City)?;
        let account = on_card(access::account_by_id(tx, id)?, &hall.keys, &number)?;
        rules::may_reopen(&account, &name)?;
        access::set_state(tx, &permit, account.id, "active")?;
        if let Some(to) = account.email(&hall.keys) {
            let letter = letters::reopened(&hall, &account.name, &to);
            post::enqueue(tx, &hall.keys, &letter, now)?;
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// When the register says that the person with this number died.
pub(super) async fn died_on(
    cx: &ActCx,
    purpose: &'static str,
    number: &str,
) -> Outcome<Option<Day>> {
    let question = PersonByNumber::now(number);
    let person = cx.ask("identity", purpose, &question).await?.value;
    Ok(person.and_then(|person| person.died))
}

async fn account_on_card(cx: &ActCx, number: &CitizenNumber, login: &str) -> Outcome<Id<Account>> {
    let login = login.to_owned();
    let found = cx.read(move |r| access::account_by_login(r, &login)).await?;
    Ok(on_card(found, &cx.hall().keys, number)?.id)
}

/// The account, if it is a citizen's on the number of the card: a clerk reaches no other.
fn on_card(
    found: Option<Account>,
    keys: &Keys,
    number: &CitizenNumber,
) -> Result<Account, Refusal> {
    found
        .filter(|account| account.kind == Kind::Citizen)
        .filter(|account| account.number(keys).as_deref() == Some(number.as_str()))
        .ok_or_else(|| not_found("这个账户"))
}
