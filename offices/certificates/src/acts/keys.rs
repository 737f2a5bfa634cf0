//! The keys of the installation: who proposes that one is exchanged. That it is done stands in
//! [`frame::rotation`].

use base::{FieldError, Id, Outcome};
use frame::ActCx;
use frame::rotation::Which;

use super::authority::proposal;
use super::{proposals, rule};
use crate::rules::{self, check_reason, wrong};
use crate::terms::{Proposal, Wish};

/// What a proposal is about, as stored.
pub fn exchange_of(which: Which) -> String {
    format!("key {}", which.as_str())
}

/// Proposes that a key is exchanged.
pub async fn propose_exchange(cx: &ActCx, key: &str, reason: &str) -> Outcome<Id<Proposal>> {
    let (now, rule) = (cx.now(), rule(cx.now().day())?);
    let mut errors: Vec<FieldError> = Vec::new();
    let which = Which::parse(key.trim());
    if which.is_none() {
        errors.push(wrong("key", "请选择更换哪一把密钥"));
    }
    errors.extend(check_reason(reason));
    rules::mended(errors)?;
    let which = which.unwrap_or(Which::Seal);
    which.demand_possible(&cx.hall().keys)?;
    let wish = Wish::ExchangeKey { key: which.as_str().to_owned() };
    let title = format!("更换{}", which.title());
    let new = proposal(now, &rule, (wish, exchange_of(which)), (title, reason));
    proposals::propose(cx, new, move |tx, _| which.may_begin(tx)).await
}
