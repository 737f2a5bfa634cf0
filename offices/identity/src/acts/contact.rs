//! Another phone, another mail address; and the end of an account. Each asks for the password again:
//! administrators call the phone before they reset a password, so a borrowed session must not change it.

use access::{Account, Allowed, EndedWhy, Permit};
use base::{Id, Moment, Outcome, Phone, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use frame::{ActCx, Hall, post};
use ledger::Act;
use seal::Keys;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::mandates::{record_ended, side_gone};
use super::prove::prove;
use super::{CODE_SECONDS, letters, mint_code};
use crate::terms::{OWN, WAITING_EMAIL, WaitingAddress};
use crate::{rules, store};

/// Codes sent to new addresses for one account within a day: nobody's mailbox is filled by us.
const CODES_MAX: i64 = 5;
const CODES_SECONDS: i64 = 24 * 3_600;
/// Codes sent to one mailbox within a day, for whichever accounts: it may be a family's.
const TO_MAILBOX_MAX: i64 = 10;
/// The context under which mailboxes are counted without being readable.
const MAILBOX: &str = "identity.mailbox";

/// Puts another phone in the place of the one before; the mail address is told, where there is one.
pub async fn change_phone(cx: &ActCx, phone: &str, password: &str) -> Outcome<()> {
    let phone: Phone = phone.parse().map_err(|error: base::BadPhone| {
        Refusal::new(RefusalKind::Invalid, "identity.bad_phone", error.to_string())
            .field("phone", error.to_string())
    })?;
    let proven = prove(cx, password, "password").await?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let act = Act::new(now, "identity.phone_changed", "account", cx.signed_in()?.account);
    cx.write(move |tx| {
        let (account, permit) = proven.holds(tx, &actor)?;
        access::set_phone(tx, &permit, &hall.keys, account.id, phone.as_str())?;
        if let Some(to) = account.email(&hall.keys) {
            let letter = letters::phone_changed(&hall, &account.name, &to, &phone);
            post::enqueue(tx, &hall.keys, &letter, now)?;
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Sends a code to a new mail address. Until it comes back the old address stands.
pub async fn ask_email(cx: &ActCx, email: &str, password: &str) -> Outcome<()> {
    let email = rules::mail_address(email)?;
    let proven = prove(cx, password, "password").await?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let code = mint_code()?;
    let waiting = WaitingAddress {
        email_sealed: hall.keys.seal(WAITING_EMAIL, email.as_bytes()),
        ends: now.plus_seconds(CODE_SECONDS),
    };
    let allowed = cx
        .write(move |tx| {
            let (account, permit) = proven.holds(tx, &actor)?;
            if account.email(&hall.keys).as_deref() == Some(email.as_str()) {
                return Err(same_address().into());
            }
            let throttle = format!("email-code {}", account.id);
            let allowed = access::hit(tx, &throttle, CODES_MAX, CODES_SECONDS, now)?;
            let allowed = match allowed {
                Allowed::Yes(_) => to_mailbox(tx, &hall.keys, &email, now)?,
                waits @ Allowed::NotUntil(_) => waits,
            };
            if let Allowed::Yes(_) = allowed {
                let mac = code_mac(&hall.keys, account.id, &code);
                store::let_wait(tx, &permit, account.id, &waiting, mac, now)?;
                let letter = letters::email_code(&hall, &account.name, &email, &code);
                post::enqueue(tx, &hall.keys, &letter, now)?;
            }
            Ok(allowed)
        })
        .await?;
    let Allowed::NotUntil(until) = allowed else { return Ok(()) };
    let words = "今天发出的确认邮件太多，没有再发";
    Err(Refusal::new(RefusalKind::TooMany, "identity.email_waits", words)
        .remedy(format!("{} 之后可以再试", until.to_minute()))
        .into())
}

/// The mail address that somebody registers with: it waits for its code as any other new one does.
pub(super) struct FirstAddress {
    email: String,
    code: String,
    waiting: WaitingAddress,
}

impl FirstAddress {
    /// Mints the code and seals the address, before the transaction.
    pub(super) fn mint(cx: &ActCx, email: &str) -> Outcome<Self> {
        let email = rules::mail_address(email)?;
        let waiting = WaitingAddress {
            email_sealed: cx.hall().keys.seal(WAITING_EMAIL, email.as_bytes()),
            ends: cx.now().plus_seconds(CODE_SECONDS),
        };
        Ok(Self { email, code: mint_code()?, waiting })
    }

    /// Lets the address of a new account wait, and sends the code to it.
    pub(super) fn ask(
        &self,
        tx: &::store::Tx<'_>,
        permit: &Permit,
        hall: &Hall,
        (id, name): (Id<Account>, &str),
        now: Moment,
    ) -> Outcome<()> {
        access::hit(tx, &format!("email-code {id}"), CODES_MAX, CODES_SECONDS, now)?;
        if let Allowed::NotUntil(until) = to_mailbox(tx, &hall.keys, &self.email, now)? {
            let words = "今天发到这个邮箱的确认邮件太多，没有再发";
            let other = format!("请换一个邮箱，或者先不填；{} 之后可以再用它", until.to_minute());
            return Err(Refusal::new(RefusalKind::Invalid, "identity.mailbox_full", words)
                .field("email", format!("{words}。{other}"))
                .remedy(other)
                .into());
        }
        let mac = code_mac(&hall.keys, id, &self.code);
        store::let_wait(tx, permit, id, &self.waiting, mac, now)?;
        let letter = letters::email_code(hall, name, &self.email, &self.code);
        post::enqueue(tx, &hall.keys, &letter, now)
    }
}

/// Counts a code that goes to a mailbox, whoever asks for it: many accounts together do not fill it either.
fn to_mailbox(tx: &::store::Tx<'_>, keys: &Keys, email: &str, now: Moment) -> Outcome<Allowed> {
    let blind = HEXLOWER.encode(&keys.mark(MAILBOX, email.to_lowercase().as_bytes()));
    access::hit(tx, &format!("mailbox {blind}"), TO_MAILBOX_MAX, CODES_SECONDS, now)
}

fn same_address() -> Refusal {
    let words = "这就是现在的邮箱";
    Refusal::new(RefusalKind::Invalid, "identity.same_email", words).field("email", words)
}

fn code_mac(keys: &Keys, account: Id<Account>, code: &str) -> [u8; 32] {
    let code = code.trim().to_lowercase();
    keys.mac("identity.email_code", format!("{account} {code}").as_bytes())
}

/// Puts the address that waits in the place of the old one, by the code that was sent to it; the old
/// address is told. A wrong code is counted, so the transaction answers and the refusal comes after.
pub async fn confirm_email(cx: &ActCx, code: &str) -> Outcome<()> {
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let (id, code) = (cx.signed_in()?.account, code.to_owned());
    let act = Act::new(now, "identity.email_changed", "account", id);
    let failed = Act::new(now, "identity.code_failed", "account", id);
    let confirmed = cx
        .write(move |tx| {
            let over = access::Over::Account(id.to_string());
            let permit = access::authorise(tx, &actor, &OWN, over)?;
            let waiting = store::try_address(tx, id, now)?
                .filter(|(_, kept)| code_mac(&hall.keys, id, &code).ct_eq(kept.as_slice()).into());
            let Some(email) = waiting.and_then(|(waiting, _)| waiting.email(&hall.keys)) else {
                ledger::record(tx, permit.who(), &failed)?;
                return Ok(false);
            };
            let old = access::account_by_id(tx, id)?.and_then(|held| held.email(&hall.keys));
            store::forget_address(tx, &permit, id)?;
            access::set_email(tx, &permit, &hall.keys, id, Some(&email))?;
            if let Some(old) = old {
                let letter = letters::email_changed(&hall, &permit.who().name, &old, Some(&email));
                post::enqueue(tx, &hall.keys, &letter, now)?;
            }
            ledger::record(tx, permit.who(), &act)?;
            Ok(true)
        })
        .await?;
    if confirmed {
        return Ok(());
    }
    let words = "确认码不对，或者已经过期";
    Err(Refusal::new(RefusalKind::Invalid, "identity.wrong_email_code", words)
        .field("code", words)
        .remedy("确认码 24 小时内有效，输错 5 次作废；可以重新发送")
        .into())
}

/// Takes the mail address out of the account; it is told.
pub async fn remove_email(cx: &ActCx, password: &str) -> Outcome<()> {
    let proven = prove(cx, password, "password").await?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let act = Act::new(now, "identity.email_changed", "account", cx.signed_in()?.account)
        .content(json!({ "removed": true }));
    cx.write(move |tx| {
        let (account, permit) = proven.holds(tx, &actor)?;
        let Some(old) = account.email(&hall.keys) else { return Ok(()) };
        store::forget_address(tx, &permit, account.id)?;
        access::set_email(tx, &permit, &hall.keys, account.id, None)?;
        let letter = letters::email_changed(&hall, &account.name, &old, None);
        post::enqueue(tx, &hall.keys, &letter, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Closes one's own account for ever (个人信息保护法 art. 47). Cases that run go on running; what was
/// done stays on record. The mail address is told, for the last time.
pub async fn close_account(cx: &ActCx, password: &str) -> Outcome<()> {
    let proven = prove(cx, password, "password").await?;
    let (now, actor, hall) = (cx.now(), cx.actor().clone(), cx.hall().clone());
    let act = Act::new(now, "identity.account_closed", "account", cx.signed_in()?.account);
    cx.write(move |tx| {
        let (account, permit) = proven.holds(tx, &actor)?;
        rules::may_close(&account)?;
        store::forget_address(tx, &permit, account.id)?;
        let ended = access::close_account(tx, &permit, account.id, now)?;
        let gone = side_gone(&hall.keys, &account);
        record_ended(tx, &hall, &permit, (&ended, EndedWhy::Closed), gone)?;
        if let Some(to) = account.email(&hall.keys) {
            let letter = letters::account_closed(&hall, &account.name, &to);
            post::enqueue(tx, &hall.keys, &letter, now)?;
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
