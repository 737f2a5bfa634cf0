//! The verbs: sign in and out, register, vouch for who is at the counter, reset a password, readmit an
//! administrator, open accounts, propose and give posts, change one's own.

mod certificates;
mod changes;
mod contact;
mod deaths;
mod delegations;
mod devices;
mod erase;
mod export;
mod factors;
pub(crate) mod follow;
mod known;
mod holder;
mod letters;
mod mandates;
mod organs;
mod own;
pub(crate) mod openid;
mod passkeys;
mod posts;
mod prove;
pub(crate) mod providers;
mod readmit;
mod register;
mod reset;
pub(crate) mod revocation;
mod second;
mod session;
mod signing;
mod staff;

use access::Account;
use base::{Fault, Moment, Outcome};
use data_encoding::BASE32_NOPAD;
use tokio::sync::{Semaphore, SemaphorePermit};

pub use certificates::{
    add_certificate, agree_authority, end_authority, enrolment_text, propose_authority, put_list,
};
pub use changes::{
    agree_to_change, decline_change, found as change_found, propose_bundle, wardens,
    withdraw_change,
};
pub use contact::{ask_email, change_phone, close_account, confirm_email, remove_email};
pub use delegations::{
    Delegating, Delegation, delegating, end_delegation, longest_delegation, offers_for,
    propose_delegation,
};
pub use devices::{devices, end_device, end_other_devices, is_this, name_of, names_this};
pub use export::{EXPORT, STAFF};
pub(crate) use factors::secret_of;
pub use factors::{begin_codes, confirm_codes, end_factor};
pub use holder::{
    Found, Shown, close_for_holder, compare_again, prove_in_person, reopen_for_holder, seek,
    state_number,
};
pub use known::mark;
pub use mandates::{Move, Side, give_mandate, item_names, mandates_of, move_mandate, side_of};
pub(crate) use mandates::{SUBJECT as MANDATE, WRITTEN, told};
pub use organs::{LAST_DAY, Leaves, leaves, make_due, propose_organ, propose_to_cancel};
pub use own::{copy, copy_rule, own as own_held, own_looks};
pub use passkeys::{
    Shown as ShownPasskey, add_passkey, challenge_alone, enrolment_challenge, sign_in_alone,
    site_of,
};
pub use posts::{
    Wish, agree_to_post, decline_post, end_post, found as post_found, is_public, propose_post,
    withdraw_post,
};
pub(crate) use prove::seal_passwords;
pub use readmit::{Readmitted, readmit};
pub use register::{Registration, citizen_holding, register};
pub use reset::{
    agree_reset, ask_reset, change_password, decline_reset, set_first_password, use_code,
};
pub use revocation::set_sources;
pub use second::{SecondFactor, asked_of_step, show_second, text_to_sign};
pub use session::{SignedIn, sign_in, sign_out, sign_out_everywhere};
pub use signing::{add_signer, demand_signatures, end_signer};
pub use staff::{found, open_staff, set_state, sign_out_for, staff_account};

/// What identity hears.
pub const LISTENS: &[frame::Listener] = &[
    frame::Listener {
        name: "identity.deaths",
        kinds: &[population_contract::DIED, population_contract::CORRECTED],
        hear: deaths::hear,
    },
    frame::Listener {
        name: "identity.erasures",
        kinds: &[privacy_contract::ORDERED],
        hear: erase::hear,
    },
];

/// What a city must have at each start: a key that signs ID tokens, and a watch over every certificate of people.
pub fn install(tx: &::store::Tx<'_>, hall: &frame::Hall, now: Moment) -> Outcome<()> {
    access::watch_held(tx)?;
    openid::first_key(tx, hall, now)
}

/// A one-time code is good for a day.
const CODE_SECONDS: i64 = 24 * 3_600;

/// A one-time code: ten characters of base 32, shown once.
pub fn mint_code() -> Result<String, Fault> {
    let mut bytes = [0u8; 6];
    getrandom::fill(&mut bytes).map_err(|error| Fault::said(error.to_string()))?;
    let mut code = BASE32_NOPAD.encode(&bytes).to_lowercase();
    code.truncate(10);
    // 0, 1 and 8 are not in this alphabet, and o and l are read as letters: nothing is mistaken.
    Ok(code)
}

/// So many passwords are hashed or compared at a time: each takes 19 MiB and a core. Fewer than an
/// address may have wrong (20), so that those who sign in from one at the same moment and know their
/// passwords never make each other wait for the window to end.
const AT_ONCE: usize = 8;
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// A turn to hash or compare a password.
pub(crate) struct Turn(SemaphorePermit<'static>);

impl Turn {
    /// Waits for a turn; a request that waits too long ends by its own limit.
    pub(crate) async fn wait() -> Result<Self, Fault> {
        TURNS.acquire().await.map(Self).map_err(Fault::from)
    }

    /// Hashes or compares off the async threads: it takes tens of milliseconds by design.
    pub(crate) async fn slowly<T: Send + 'static>(
        self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let Self(held) = self;
        let work = move || {
            let _held = held;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(Fault::from)?
    }
}

/// Waits for a turn, and hashes or compares in it.
pub(crate) async fn slowly<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    Turn::wait().await?.slowly(work).await
}

fn who_of(account: &Account) -> ledger::Who {
    ledger::Who {
        account: Some(account.id.to_string()),
        name: account.name.clone(),
        post: String::new(),
        organ: String::new(),
        organ_name: String::new(),
        on_behalf: None,
    }
}
