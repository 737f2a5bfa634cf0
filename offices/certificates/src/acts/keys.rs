//! The keys of the installation: who proposes that one is exchanged. That it is done stands in
//! [`frame::rotation`].

use base::{FieldError, Id, Outcome};
use frame::{ActCx, rotation};
use seal::Use;

use super::authority::proposal;
use super::{proposals, rule};
use crate::rules::{self, check_reason, wrong};
use crate::terms::{Proposal, Wish};

/// The keys that can be exchanged on the page.
pub const EXCHANGED_KEYS: [Use; 1] = [Use::Seal];

/// Proposes that a key is exchanged.
pub async fn propose_exchange(cx: &ActCx, key: &str, reason: &str) -> Outcome<Id<Proposal>> {
    let (now, rule) = (cx.now(), rule(cx.now().day())?);
    let usage = Use::parse(key.trim()).filter(|usage| EXCHANGED_KEYS.contains(usage));
    let mut errors: Vec<FieldError> = check_reason(reason).into_iter().collect();
    if usage.is_none() {
        errors.insert(0, wrong("key", "请选择更换哪一把密钥"));
    }
    rules::mended(errors)?;
    let usage = usage.unwrap_or(Use::Seal);
    let wish = Wish::ExchangeKey { key: usage.name().to_owned() };
    let title = format!("更换{}", rotation::title(usage));
    let new = proposal(now, &rule, (wish, format!("key {}", usage.name())), (title, reason));
    proposals::propose(cx, new, move |tx, _| rotation::may_begin(tx, usage)).await
}
