//! Registering as a citizen.

use access::{
    Account, Allowed, Holding, Kind, NewAccount, Over, PasswordHash, PasswordRule, authorise,
};
use base::{CitizenNumber, Fault, Id, Moment, Outcome, PersonName, Phone, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use frame::ActCx;
use ledger::Act;
use population_contract::{NameMatches, PhoneMatches};
use serde_json::json;

use super::contact::FirstAddress;
use super::slowly;
use crate::rules;
use crate::terms::REGISTER;

/// Registrations tried from one address within an hour before it must wait.
const TRIES_MAX: i64 = 20;
const TRIES_SECONDS: i64 = 3_600;
/// Comparisons of one number within a day, from wherever: who knows name and number of somebody must not
/// find the phone by trying.
const OF_NUMBER_MAX: i64 = 5;
const OF_NUMBER_SECONDS: i64 = 24 * 3_600;

/// What a citizen enters to register.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Registration {
    /// Login name.
    pub account: String,
    /// Name.
    pub name: String,
    /// Citizen number.
    pub number: String,
    /// Mobile phone.
    pub phone: String,
    /// Mail address; may be empty.
    pub email: String,
    /// Password.
    pub password: String,
    /// The password again.
    pub again: String,
}

/// Checks what was entered, field by field; all mistakes are told at once.
pub fn check_registration(rule: &PasswordRule, entered: &Registration) -> Result<(), Refusal> {
    let mut refusal = Refusal::new(RefusalKind::Invalid, "identity.registration", "有几处需要修改");
    let mut note = |field: &str, words: Option<String>| {
        if let Some(words) = words {
            refusal.fields.push(base::FieldError { field: field.into(), message: words });
        }
    };
    note("name", entered.name.parse::<PersonName>().err().map(|e| e.to_string()));
    note("number", entered.number.parse::<CitizenNumber>().err().map(|e| e.to_string()));
    note("phone", entered.phone.parse::<Phone>().err().map(|e| e.to_string()));
    let bad = (!entered.email.trim().is_empty())
        .then(|| rules::mail_address(&entered.email).err())
        .flatten();
    note("email", bad.map(|refusal| refusal.message));
    note("account", rules::check_login(entered.account.trim()).err().map(|r| r.message));
    let strength = access::check_strength(rule, entered.account.trim(), &entered.password);
    note("password", strength.err().map(|weakness| weakness.to_string()));
    let differs = entered.password != entered.again;
    note("again", differs.then(|| "两次输入的密码不一样".to_owned()));
    if refusal.fields.is_empty() { Ok(()) } else { Err(refusal) }
}

/// Registers a citizen. Name, number and phone are compared with the register of residents:
/// agreement in all three makes the account a real-name one. Whatever does not agree, the answer is
/// the same and the number stays free, so that nobody learns who stands in the register, nor takes
/// the number of another by knowing it.
pub async fn register(cx: &ActCx, entered: Registration) -> Outcome<Id<Account>> {
    check_registration(&cx.sign_in_rule().password, &entered)?;
    let now = cx.now();
    let number: CitizenNumber =
        entered.number.parse().map_err(|error| Fault::said(format!("{error}")))?;
    let name: PersonName = entered.name.parse().map_err(|error| Fault::said(format!("{error}")))?;
    let phone: Phone = entered.phone.parse().map_err(|error| Fault::said(format!("{error}")))?;
    not_too_often(cx, number.as_str()).await?;
    let compared = compare(cx, number.as_str(), &name.to_string(), phone.as_str()).await?;
    let (keys, password) = (cx.hall().keys.clone(), entered.password.clone());
    let hash = slowly(move || PasswordHash::new(&keys, &password)).await?;
    let email = entered.email.trim();
    let new = NewAccount {
        id: Id::mint(now),
        login: entered.account.trim().to_lowercase(),
        kind: Kind::Citizen,
        name: name.to_string(),
        password: Some(hash),
        number: Some(number.as_str().to_owned()),
        phone: Some(phone.as_str().to_owned()),
        // An address counts once its holder has sent a code back from it.
        email: None,
        real_name: compared.agree,
    };
    open_citizen(cx, new, email, compared.ask).await
}

/// How name, number and phone stand to the register of residents.
pub(super) struct Compared {
    /// All three agree.
    pub agree: bool,
    /// The record of the comparison.
    pub ask: String,
}

/// Compares with the register. Both questions are asked whatever the first answer is: how long it
/// takes tells nothing. For who has died no phone agrees, so that nobody takes up their name.
pub(super) async fn compare(
    cx: &ActCx,
    number: &str,
    name: &str,
    phone: &str,
) -> Outcome<Compared> {
    let question = NameMatches { number: number.to_owned(), name: name.to_owned() };
    let by_name = cx.ask("identity", "register", &question).await?;
    let question = PhoneMatches { number: number.to_owned(), phone: phone.to_owned() };
    let by_phone = cx.ask("identity", "register", &question).await?;
    let agree = by_name.value == Some(true) && by_phone.value == Some(true);
    Ok(Compared { agree, ask: by_name.ask_id.to_string() })
}

/// Who is told that three things agree has learnt that they belong together: nobody may try out many.
pub(super) async fn not_too_often(cx: &ActCx, number: &str) -> Outcome<()> {
    let (now, place) = (cx.now(), format!("register {}", cx.neighbourhood()));
    let blind = HEXLOWER.encode(&cx.hall().keys.mark(access::NUMBER, number.as_bytes()));
    let of_number = format!("register-number {blind}");
    let counted = cx.write(move |tx| {
        let here = access::hit(tx, &place, TRIES_MAX, TRIES_SECONDS, now)?;
        let number = access::hit(tx, &of_number, OF_NUMBER_MAX, OF_NUMBER_SECONDS, now)?;
        Ok([here, number])
    });
    let waits = counted.await?.into_iter().find_map(|allowed| match allowed {
        Allowed::NotUntil(until) => Some(until),
        Allowed::Yes(_) => None,
    });
    let Some(until) = waits else { return Ok(()) };
    let words = "注册、核对的次数太多，请稍后再试";
    Err(Refusal::new(RefusalKind::TooMany, "identity.register_waits", words)
        .remedy(format!("{} 之后可以再试；也可以到政务服务大厅办理", until.to_minute()))
        .into())
}

async fn open_citizen(
    cx: &ActCx,
    new: NewAccount,
    email: &str,
    ask: String,
) -> Outcome<Id<Account>> {
    let first = (!email.is_empty()).then(|| FirstAddress::mint(cx, email)).transpose()?;
    let hall = cx.hall().clone();
    let (now, actor, keys, id) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone(), new.id);
    let act = Act::new(now, "identity.registered", "account", id)
        .content(json!({ "login": new.login, "real_name": new.real_name, "ask": ask }));
    let holding = citizen_holding(id, now);
    let already = cx.person().is_some();
    if already {
        let words = "您已经登录，不用再注册";
        return Err(Refusal::new(RefusalKind::Conflict, "identity.signed_in", words).into());
    }
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &REGISTER, Over::Any)?;
        access::create_account(tx, &permit, &keys, &new, now)?;
        access::give_holding(tx, &permit, &holding)?;
        if let Some(first) = &first {
            first.ask(tx, &permit, &hall, (new.id, &new.name), now)?;
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(id)
}

/// The post every citizen holds.
pub fn citizen_holding(account: Id<Account>, now: Moment) -> Holding {
    Holding {
        id: Id::mint(now),
        account,
        role: "citizen".into(),
        organ: String::new(),
        post: "个人用户".into(),
        from: now.day(),
        until: None,
    }
}
