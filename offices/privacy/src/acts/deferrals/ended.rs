//! What happens when a deferral has ended. Its looks are told by the clock alone; this puts the end on record and writes
//! to the person.

use std::sync::Arc;

use ask::Deferral;
use base::{Moment, Outcome};
use frame::Hall;
use frame::post::{self, Letter};
use ledger::Act;
use serde_json::json;
use store::Tx;

use super::whom::account_of;
use crate::store::deferrals::DEFERRALS;
use crate::terms::{DEFERRAL, DEFERRAL_ENDED, DeferralOrder};

/// The permit's name under which the clockwork tells.
const CLOCKWORK: &str = "privacy.clockwork";

/// Puts the end of every deferral on record that has ended since, and writes to whom it was about. Once each.
pub async fn tell_ended(hall: &Arc<Hall>, now: Moment) -> Outcome<()> {
    for deferral in hall.store.read(move |r| ask::ended(r, now)).await? {
        let (city, act) = (hall.clone(), Act::new(now, DEFERRAL_ENDED, DEFERRAL, deferral.id));
        hall.write(move |tx| told(&city, tx, &deferral, &act, now)).await?;
    }
    Ok(())
}

fn told(hall: &Hall, tx: &Tx<'_>, deferral: &Deferral, act: &Act, now: Moment) -> Outcome<()> {
    let permit = access::clockwork(CLOCKWORK);
    if !ask::note_told(tx, &permit, deferral.id, now)? {
        return Ok(());
    }
    let looks =
        ask::deferrals(tx, &[deferral.id])?.get(&deferral.id).map_or(0, |(_, looks)| *looks);
    let Some(order) = DEFERRALS.by_id::<DeferralOrder, _>(tx, deferral.id)? else { return Ok(()) };
    let act = act.clone().authority(deferral.ground.clone()).content(json!({
        "document": order.document, "looks": looks, "early": order.stopped.is_some(),
    }));
    ledger::record(tx, permit.who(), &act)?;
    if looks == 0 {
        return Ok(());
    }
    let Some((name, to)) = reader_of(hall, tx, &order)? else { return Ok(()) };
    post::enqueue(tx, &hall.keys, &letter(hall, (&name, to), deferral, looks), now)
}

/// The name and mail address of the person, if they have an account with one.
fn reader_of(hall: &Hall, tx: &Tx<'_>, order: &DeferralOrder) -> Outcome<Option<(String, String)>> {
    let account = account_of(tx, &hall.keys, order)?;
    Ok(account.and_then(|account| Some((account.name.clone(), account.email(&hall.keys)?))))
}

fn letter(hall: &Hall, (name, to): (&str, String), deferral: &Deferral, looks: i64) -> Letter {
    let text = format!(
        "{name}，您好：\n\n有 {looks} 次对您信息的查看，{}。现在期满，可以看了：谁、为什么、看了哪些。\n\n\
         登录后查看：{}/me/looks\n认为查看没有道理的，可以在那一次查看旁边投诉。\n\n{}\n\
         （这封信由系统发出，请不要回复）\n",
        deferral.words(),
        hall.city.url,
        hall.city.site,
    );
    Letter {
        to, subject: format!("有 {looks} 次查看依法暂未告知，现在可以看"), text
    }
}
