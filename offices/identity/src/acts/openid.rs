//! Signing in to other systems by the accounts of this one: which systems may, codes, tokens, consents,
//! signing keys.

mod clients;
mod codes;
mod consents;
mod keys;
mod tokens;

pub(crate) use clients::{
    agree_client, decline_client, end_client, make_secret, propose_client, withdraw_client,
};
pub(crate) use codes::{code_for, redeem};
pub(crate) use consents::{end_consent, give_consent};
pub(crate) use keys::{first_key, hinted, published, rotate};
pub(crate) use tokens::{Tokens, known_client, refresh, revoke, user_info};

use ::store::Reader;
use access::{Account, SignIn};
use base::{Id, Moment, Outcome};
use data_encoding::BASE64URL_NOPAD;
use seal::Keys;

use crate::store::openid as rows;
use crate::terms::openid::{Client, Grant, Wrong};

/// Who somebody is for one client: always the same, and nothing by which two clients could compare.
pub(crate) fn sub_of(keys: &Keys, client: Id<Client>, account: Id<Account>) -> String {
    let mac = keys.mac("identity.openid.sub", format!("{client} {account}").as_bytes());
    BASE64URL_NOPAD.encode(&mac)
}

/// A client that signs people in today.
pub(crate) fn standing(
    reader: &Reader<'_>,
    id: Id<Client>,
    now: Moment,
) -> Outcome<Option<Client>> {
    Ok(rows::client_by_id(reader, id)?.filter(|client| client.stands(now.day())))
}

/// The account and the sign-in on which a grant rests, if both still stand: who signs out, changes the
/// password or is disabled ends every token with it.
fn rests_on(
    reader: &Reader<'_>,
    grant: &Grant,
    now: Moment,
) -> Outcome<Result<(Account, SignIn), Wrong>> {
    if grant.ended.is_some() || grant.ends <= now {
        return Ok(Err(Wrong::new("invalid_grant", "the sign-in was ended")));
    }
    signed_in(reader, grant.session, grant.account, now)
}

fn signed_in(
    reader: &Reader<'_>,
    session: [u8; 32],
    account: Id<Account>,
    now: Moment,
) -> Outcome<Result<(Account, SignIn), Wrong>> {
    let sign_in = access::sign_in_of(reader, session, now)?.filter(|one| one.account == account);
    let account = access::account_by_id(reader, account)?;
    let account = account.filter(|account| account.state == "active");
    let over = Wrong::new("invalid_grant", "the person has signed out, or the account is closed");
    Ok(account.zip(sign_in).ok_or(over))
}
