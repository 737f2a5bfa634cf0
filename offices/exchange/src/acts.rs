//! The verbs: to register and stop gateways; to let them in; to take in what they send, hand over what waits for them,
//! and answer for the city's own registers; to decide on dead letters.

pub(crate) mod alarms;
pub(crate) mod bus;
pub(crate) mod centre;
mod dead;
mod deliver;
mod evidence;
mod give;
mod judge;
mod over;
pub(crate) mod publications;
pub(crate) mod refused;
mod registry;
mod rows;
mod session;
mod settle;
mod signers;
pub(crate) mod subscriptions;
mod take_in;
mod unanswered;
mod watch;
mod word;

use std::sync::Arc;

use base::{Day, Fault, Outcome};
use certificates_contract::Machines;
use data_encoding::BASE64;
use frame::{Hall, Listener};
use ledger::Who;
use seal::cert::{Certificate, Lists, RevocationList, Span, Trust};

pub use dead::{drop_letter, resend};
pub use deliver::{Fetch, deliver};
pub use evidence::{bundle, directory, steps};
pub use give::give;
pub use registry::{
    Entered, agree, as_it_stands, centre_requests, decline, make_centre_keys, propose_certifying,
    propose_registering, propose_resuming, stop, withdraw,
};
pub use session::{Knock, let_in, of_token, opened_by, refuse_whole};
pub use take_in::{Parcel, take_in};
pub use watch::{tidy_up, watch};

use crate::rules;
use crate::terms::Rule;

/// To what this office listens.
pub const LISTENS: &[Listener] = &[subscriptions::LISTENER, refused::LISTENER];

/// The rules with their dates.
const RULES: &str = include_str!("../data/rules.json");

/// The rule of a day.
pub fn rule(day: Day) -> Outcome<Rule> {
    let rules: Vec<Rule> = serde_json::from_str(RULES).map_err(Fault::from)?;
    let none = || Fault::said("no rule of the exchange is in force");
    Ok(rules::rule_of(rules, day).ok_or_else(none)?)
}

/// The city's authorities for machines, as the office of certificates tells them.
pub struct Authorities {
    /// Whom to trust.
    pub trust: Trust,
    /// Their certificates, DER.
    pub roots: Vec<Vec<u8>>,
    /// Their lists, DER.
    pub lists: Vec<Vec<u8>>,
}

/// Asks whom to trust.
pub async fn authorities(hall: &Arc<Hall>) -> Outcome<Authorities> {
    let who = Who::clockwork();
    let told = hall.desk.ask("exchange", "gateways", &who, &Machines {}, hall.now()).await?;
    let mut trust = Trust::new(Lists::IfThere);
    let (mut roots, mut lists) = (Vec::new(), Vec::new());
    for one in told.value.unwrap_or_default().authorities {
        let der = BASE64.decode(one.certificate.as_bytes()).map_err(Fault::from)?;
        let certificate = Certificate::read(&der).map_err(Fault::from)?;
        let (since, until) = (base::Moment::from_millis(one.since), one.until);
        let span = Span { since, until: Some(base::Moment::from_millis(until)) };
        trust = trust.root_within(certificate, vec![span]).map_err(Fault::from)?;
        roots.push(der);
        if let Some(list) = one.list {
            let der = BASE64.decode(list.as_bytes()).map_err(Fault::from)?;
            trust = trust.list(RevocationList::read(&der).map_err(Fault::from)?);
            lists.push(der);
        }
    }
    Ok(Authorities { trust, roots, lists })
}
