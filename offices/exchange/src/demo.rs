//! The exchange of a demo: the centre's keys certified, gateways registered, terms agreed on, without anybody who agrees
//! to it. Who issues the certificates is handed in: it is another office.

use std::sync::Arc;

use ask::{Ending, Share, Terms};
use base::{Fault, Id, Outcome};
use catalogue_contract::SetStanding;
use data_encoding::BASE64;
use frame::Hall;
use ledger::{Act, Who};
use seal::SigningKey;
use seal::cert::Certificate;
use serde_json::json;

use crate::store;
use crate::store::flows::{self, Passed, Tally, Way};
use crate::store::subscriptions;
use crate::terms::{
    CENTRE, CERTIFIED, CentreRow, DECIDE, REGISTERED, Registration, SEALING_KEY, SIGNING_KEY,
    SUBSCRIBED, SUBSCRIPTIONS, Subscription,
};

/// A gateway of the demo.
#[derive(Clone, Debug)]
pub struct DemoGateway {
    /// Its name.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// The organ for which it speaks: id and name.
    pub organ: (&'static str, &'static str),
    /// The kinds of data that it gives.
    pub kinds: &'static [&'static str],
}

/// The keys that were made for the centre, to be certified: for signing, and for being sealed to.
pub struct NewCentre {
    row: CentreRow,
    /// The public halves.
    pub keys: [seal::PublicKey; 2],
}

/// Makes keys for the centre; none if it has certified ones already.
pub async fn new_centre(hall: &Arc<Hall>) -> Outcome<Option<NewCentre>> {
    let known = hall.store.read(store::centre_keys).await?;
    if known.iter().any(|row| row.signing.is_some()) {
        return Ok(None);
    }
    let (now, keys) = (hall.now(), [SigningKey::generate(), SigningKey::generate()]);
    let sealed = |context: &str, key: &SigningKey| -> Outcome<Vec<u8>> {
        Ok(hall.keys.seal(context, key.to_pem().map_err(Fault::from)?.as_bytes()))
    };
    let [signing, sealing] = &keys;
    let row = CentreRow {
        id: Id::mint(now),
        signing_sealed: sealed(SIGNING_KEY, signing)?,
        sealing_sealed: sealed(SEALING_KEY, sealing)?,
        signing: None,
        sealing: None,
        made_at: now,
        certified_at: None,
    };
    Ok(Some(NewCentre { row, keys: keys.map(|key| key.public()) }))
}

/// The centre serves with these certificates from now on.
pub async fn certify(hall: &Arc<Hall>, new: NewCentre, pair: [Certificate; 2]) -> Outcome<()> {
    let now = hall.now();
    let act = Act::new(now, CERTIFIED, "exchange_centre", new.row.id);
    hall.write(move |tx| {
        let permit = access::clockwork(DECIDE.name);
        let [signing, sealing] = &pair;
        store::put_centre(tx, &permit, &new.row)?;
        store::certify_centre(tx, &permit, new.row.id, (signing.der(), sealing.der()), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Registers a gateway with these certificates.
pub async fn register(
    hall: &Arc<Hall>,
    gateway: &DemoGateway,
    pair: [Certificate; 2],
) -> Outcome<()> {
    let [signing, sealing] = pair;
    let registration = Registration {
        name: gateway.name.into(),
        title: gateway.title.into(),
        organs: vec![gateway.organ.0.into()],
        organ_names: vec![gateway.organ.1.into()],
        kinds: gateway.kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        signing: BASE64.encode(signing.der()),
        sealing: BASE64.encode(sealing.der()),
        until: signing.until().min(sealing.until()).millis(),
    };
    let now = hall.now();
    let act = Act::new(now, REGISTERED, "gateway", gateway.name)
        .content(json!({ "title": gateway.title, "organ": gateway.organ.0 }));
    hall.write(move |tx| {
        let permit = access::clockwork(DECIDE.name);
        let ders = (signing.der(), sealing.der());
        store::register(tx, &permit, &registration, ders, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Terms that hold from today on.
pub async fn agree_on(hall: &Arc<Hall>, terms: &'static [Terms]) -> Outcome<()> {
    let today = hall.now().day();
    hall.write(move |tx| ask::install_terms(tx, terms, today)).await
}

/// What passed in the demonstration's last week: so many messages between two, of this resource, of which so many per
/// thousand failed, and why.
struct Passing(&'static str, &'static str, &'static str, &'static str, i64, (i64, &'static str));

const PASSING: [Passing; 9] = [
    Passing("zjj", CENTRE, "ask", "population.person", 90, (12, "ask.field_outside")),
    Passing(CENTRE, "zjj", "answer", "population.person", 89, (0, "")),
    Passing("zjj", "wjw", "ask", "health.births", 24, (0, "")),
    Passing("wjw", "zjj", "answer", "health.births", 24, (0, "")),
    Passing("zjj", "wjw", "publish", "housing.permits", 9, (0, "")),
    Passing("wjw", CENTRE, "ask", "population.person", 31, (0, "")),
    Passing(CENTRE, "wjw", "answer", "population.person", 31, (0, "")),
    Passing("mzj", CENTRE, "ask", "population.person", 14, (160, "ask.no_terms")),
    Passing(CENTRE, "mzj", "answer", "population.person", 12, (0, "")),
];

/// Counts what passed in the week before the demonstration begins, so that the map shows what one looks like. There are no
/// messages behind these figures; those of the running gateways are added to them. Done once.
pub async fn passed(hall: &Arc<Hall>) -> Outcome<()> {
    let now = hall.now();
    let known = hall.store.read(|r| flows::trend(r, ("h", 0))).await?;
    if !known.is_empty() {
        return Ok(());
    }
    hall.write(move |tx| {
        let permit = access::clockwork(DECIDE.name);
        for hours in 0..168 {
            let at = now.plus_seconds(-hours * 3_600);
            // Offices work by day.
            let (hour, _) = at.hour_minute();
            let busy = if (8..18).contains(&hour) { 100 } else { 7 };
            let mut tally = Tally::default();
            for Passing(from, to, kind, resource, usual, (failing, code)) in PASSING {
                let many = usual * (busy + (hours * 37) % 23) / 100;
                let failed = many * failing / 1_000;
                let way = Way {
                    from: from.into(),
                    to: to.into(),
                    kind: kind.into(),
                    resource: resource.into(),
                };
                for n in 0..many - failed {
                    tally.count(way.clone(), Passed::Stored, "", 1_200);
                    tally.count(way.clone(), Passed::Acknowledged, "", 1_200);
                    tally.took(from, Passed::Stored, 30 + n * 7 % 400);
                    tally.took(to, Passed::Delivered, 20 + n * 13 % 900);
                    tally.took(to, Passed::Acknowledged, 15 + n * 11 % 300);
                }
                for _ in 0..failed {
                    tally.count(way.clone(), Passed::Refused, code, 0);
                }
            }
            tally.put(tx, &permit, at)?;
        }
        Ok(())
    })
    .await
}

/// A subscription of a demo's gateway, of which all that stands was given; with a reason, one that was stopped. What was
/// agreed is put down with it. Done once.
pub async fn subscribe(
    hall: &Arc<Hall>,
    gateway: &'static str,
    share: Share,
    stopped: &'static str,
) -> Outcome<Id<Subscription>> {
    let now = hall.now();
    let question = SetStanding { resource: share.resource.clone(), since: 0 };
    let who = Who::clockwork();
    let stands = hall.desk.ask("exchange", SUBSCRIPTIONS, &who, &question, now).await?.value;
    let stands = stands.unwrap_or_default();
    let subscription = Subscription {
        id: Id::mint(now),
        gateway: gateway.to_owned(),
        organ: share.organ.clone(),
        resource: share.resource.clone(),
        purpose: share.purpose.clone(),
        fields: Vec::new(),
        ask: Id::mint(now),
        state: if stopped.is_empty() { "active".into() } else { "stopped".into() },
        words: match stopped {
            "" => String::new(),
            why => format!("共享条件已于{}终止：{why}", now.day().chinese()),
        },
        began: now.plus_seconds(-30 * 86_400),
        due: now.plus_seconds(3_600),
        load: stands.load,
        heading: 0,
        base: 0,
        place: 0,
        run: String::new(),
        part: 0,
        chain: String::new(),
        rows: 0,
        given: stands.rows,
        given_at: Some(now.plus_seconds(-86_400)),
        moves: 0,
    };
    let act = Act::new(now, SUBSCRIBED, "gateway", gateway)
        .content(json!({ "resource": share.resource, "purpose": share.purpose }));
    hall.write(move |tx| {
        let permit = access::clockwork(DECIDE.name);
        let (own, resource) = (&subscription.organ, &subscription.resource);
        let named = (resource.as_str(), subscription.purpose.as_str());
        if let Some(known) = subscriptions::named(tx, (gateway, own), named)? {
            return Ok(known.id);
        }
        ask::put_share(tx, &permit, &share)?;
        if !stopped.is_empty() {
            ask::end_shares(tx, &permit, Ending::Request(&share.request), (stopped, now))?;
        }
        subscriptions::put(tx, &permit, &subscription, now)?;
        ledger::record(tx, permit.who(), &act)?;
        Ok(subscription.id)
    })
    .await
}
