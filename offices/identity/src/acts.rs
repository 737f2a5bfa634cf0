//! The verbs: sign in and out, register, reset a password, open accounts, give posts.

mod register;
mod reset;
mod session;
mod staff;

use access::Account;
use base::Fault;
use data_encoding::BASE32_NOPAD;

pub use register::{Registration, citizen_holding, register};
pub use reset::{agree_reset, ask_reset, change_password, decline_reset, use_code};
pub use session::{sign_in, sign_out, sign_out_everywhere};
pub use staff::{add_organ, end_post, found, give_post, open_staff, set_state, staff_account};

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

/// Hashes or compares off the async threads: it takes tens of milliseconds by design.
pub(crate) async fn slowly<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(Fault::from)?
}

fn who_of(account: &Account) -> ledger::Who {
    ledger::Who {
        account: Some(account.id.to_string()),
        name: account.name.clone(),
        post: String::new(),
        organ: String::new(),
        organ_name: String::new(),
    }
}
