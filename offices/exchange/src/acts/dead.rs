//! Dead letters: somebody decides whether one is sent again or given up, and says why.

use access::{Over, authorise};
use base::{Fault, Id, Outcome, Refusal, RefusalKind};
use delivery::{Embedded, Transport};
use frame::{ActCx, not_found};
use ledger::Act;
use message::{Message, Step, StepKind, steps_root};
use serde_json::json;

use super::rule;
use crate::rules::{check_reason, mended};
use crate::store::{self, messages};
use crate::terms::{DECIDE, DROPPED, RESENT, State};

/// Sends a dead letter again, for as long as a message may count.
pub async fn resend(cx: &ActCx, (queue, id): (&str, Id<Message>), reason: &str) -> Outcome<()> {
    mended(check_reason(reason).into_iter().collect())?;
    let (now, actor, rule) = (cx.now(), cx.actor().clone(), rule(cx.now().day())?);
    let until = now.plus_seconds(rule.life_days_max * 86_400);
    let act = Act::new(now, RESENT, "message", id)
        .content(json!({ "queue": queue, "reason": reason.trim() }));
    let queue = queue.to_owned();
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DECIDE, Over::City)?;
        let known = messages::message(tx, id)?.ok_or_else(|| not_found("这条消息"))?;
        // Its own word on how long it counts is signed: nobody sends it longer than that.
        let until = until.min(known.expires);
        if until <= now {
            return Err(message::Wrong::Expired.refusal().into());
        }
        let receiver = store::gateway(tx, &known.to_gateway)?;
        if receiver.is_none_or(|receiver| receiver.state == State::Revoked) {
            let words = "对方网关已经永久停用，不能再投递";
            let refusal = Refusal::new(RefusalKind::Conflict, "exchange.receiver_stopped", words);
            return Err(refusal.remedy("请停止投递这条消息").into());
        }
        if !Embedded.resend(tx, &queue, id, until, now)? {
            return Err(not_found("这条没有送达的消息").into());
        }
        messages::set_state(tx, &permit, &[id], (&["dead", "delivered", "stored"], "stored"), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Gives a dead letter up; what waits behind it goes on.
pub async fn drop_letter(
    cx: &ActCx,
    (queue, id): (&str, Id<Message>),
    reason: &str,
) -> Outcome<()> {
    mended(check_reason(reason).into_iter().collect())?;
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, DROPPED, "message", id);
    let (queue, reason) = (queue.to_owned(), reason.trim().to_owned());
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DECIDE, Over::City)?;
        let known = messages::message(tx, id)?.ok_or_else(|| not_found("这条消息"))?;
        if !Embedded.give_up(tx, &queue, id, &reason)? {
            return Err(not_found("这条没有送达的消息").into());
        }
        let states = (&["dead", "delivered", "stored"][..], "dropped");
        messages::set_state(tx, &permit, &[id], states, now)?;
        let (digest, step) = (known.digest, StepKind::Dropped);
        let steps = [Step { id, digest, step, at: now.millis(), code: None }];
        let root = steps_root(&steps).map_err(|wrong| Fault::said(wrong.to_string()))?;
        let content = json!({ "count": 1, "root": root, "queue": queue, "reason": reason });
        ledger::record(tx, permit.who(), &act.clone().content(content))?;
        delivery::put_steps(tx, act.id, &steps)
    })
    .await
}
