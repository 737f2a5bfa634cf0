//! The city as one process holds it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use base::{Clock, Moment, Outcome};
use clock::Calendar;
use ledger::Ledger;
use seal::Keys;
use store::Store;
use tokio::sync::Notify;
use vault::Vault;

use crate::export::Export;
use crate::halt::Halt;
use crate::office::{JobKind, Office};
use crate::post::PostOffice;

/// What the city is called, and where it is reached.
#[derive(Clone, Debug)]
pub struct City {
    /// 鄂州市.
    pub name: String,
    /// The site's name: 鄂州市人民政府门户网站.
    pub site: String,
    /// Six-digit division code.
    pub division: String,
    /// The address citizens use, without a slash at the end: `https://www.ezhou.example`.
    pub url: String,
    /// Whether this is a demonstration: said on every page.
    pub demo: bool,
}

impl City {
    /// Whether citizens reach it encrypted.
    pub fn is_secure(&self) -> bool {
        self.url.starts_with("https://")
    }
}

/// Another identity platform that signs people in here, as the configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    /// What its addresses here are called: `province`.
    pub id: String,
    /// What stands on the button: 湖北省统一身份认证平台.
    pub name: String,
    /// Its `iss`, letter by letter.
    pub issuer: String,
    /// What this city is called there.
    pub client_id: String,
    /// The secret that it gave this city; none where it asks for none.
    pub secret: Option<String>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// The claim that carries the name.
    pub name_claim: String,
    /// The claim that carries the citizen number, if one does.
    pub number_claim: Option<String>,
    /// Whether a number that it states is proven to be the person's.
    pub proves: bool,
    /// Whether staff sign in by it too.
    pub staff: bool,
}

/// Everything an office may reach. One a process; cheap to share.
pub struct Hall {
    /// The city's name and address.
    pub city: City,
    /// The database.
    pub store: Store,
    /// Acts, receipts, jobs.
    pub ledger: Ledger,
    /// The installation's keys.
    pub keys: Arc<Keys>,
    /// Where `now` comes from.
    pub clock: Arc<dyn Clock>,
    /// Working days.
    pub calendar: Arc<Calendar>,
    /// Files.
    pub vault: Vault,
    /// Full text.
    pub search: Arc<search::Index>,
    /// Asks.
    pub desk: ask::Desk,
    /// Delivers letters.
    pub post: Arc<dyn PostOffice>,
    /// The offices of this city, in the order of the menu.
    pub offices: &'static [&'static Office],
    /// What signing in demands, by the day.
    pub sign_in: access::SignInRules,
    /// The data folder.
    pub data: PathBuf,
    /// Where the agent that signs listens on the machines of the staff: `http://127.0.0.1:7390`.
    pub agent: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Private ranges and addresses of this machine from which lists of certificates may be fetched all the same.
    pub intranet: Vec<base::IpRange>,
    /// Other identity platforms that sign people in here.
    pub providers: Vec<IdentityProvider>,
    /// Rung after a write, so that the clockwork does not wait for its next tick.
    pub bell: Notify,
    /// That this process stops serving by itself.
    pub halt: Halt,
}

impl Hall {
    /// The present moment.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// One write transaction whose acts get receipts; wakes the clockwork afterwards.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&store::Tx<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<T> {
        let value = self.ledger.write(change).await?;
        self.bell.notify_one();
        Ok(value)
    }

    /// What a load of a register stands on.
    pub fn ground(&self) -> register::Ground {
        register::Ground {
            store: self.store.clone(),
            ledger: self.ledger.clone(),
            keys: self.keys.clone(),
            clock: self.clock.clone(),
        }
    }

    /// The title of an act's kind, from the offices' catalogue; the kind itself if none has it.
    pub fn act_title<'k>(&self, kind: &'k str) -> &'k str {
        self.offices
            .iter()
            .flat_map(|office| office.acts)
            .find(|act| act.name == kind)
            .map_or(kind, |act| act.title)
    }

    /// The kind of later work with this name.
    pub fn job(&self, name: &str) -> Option<&'static JobKind> {
        let mut jobs =
            self.offices.iter().flat_map(|office| office.jobs.iter().chain(office.long_jobs));
        jobs.find(|job| job.name == name)
    }

    /// Where the staff find a case of this office, if it has a page for them.
    pub fn case_page(&self, office: &str, no: &str) -> Option<String> {
        Some(format!("{}/{no}", self.office(office)?.cases?))
    }

    /// What can be taken out under this name, if anything.
    pub fn export(&self, name: &str) -> Option<&'static Export> {
        self.offices.iter().flat_map(|office| office.exports).find(|export| export.name == name)
    }

    /// The office with this name.
    pub fn office(&self, name: &str) -> Option<&'static Office> {
        self.offices.iter().find(|office| office.name == name).copied()
    }

    /// Brings the database up to this program: migrations, permissions, terms, the offices' data.
    /// Does nothing the second time.
    pub fn install(self: &Arc<Self>, now: Moment) -> Outcome<()> {
        let mut sets = kernel_migrations();
        sets.extend(self.offices.iter().map(|office| office.migrations));
        self.store.migrate(&sets)?;
        // What another process announced while this one was not there: the offices may seal something.
        crate::rotation::follow_now(self)?;
        let hall = self.clone();
        self.ledger.write_now(move |tx| {
            let offices = hall.offices.iter();
            let permissions: Vec<_> = offices.flat_map(|o| o.permissions).map(|p| **p).collect();
            access::grant_defaults(tx, &permissions)?;
            for office in hall.offices {
                ask::install_terms(tx, office.terms, now.day())?;
            }
            for office in hall.offices {
                if let Some(install) = office.install {
                    install(tx, &hall, now)?;
                }
            }
            Ok(())
        })
    }
}

/// Who signs which acts in a city of these offices: what its ledger demands.
pub fn signatories(offices: &[&'static Office]) -> Arc<dyn ledger::Signatories> {
    let decisive = offices.iter().flat_map(|office| office.decisive).copied();
    Arc::new(access::Officials::signing(decisive))
}

/// The kernel's own tables, in the order in which they are made.
pub fn kernel_migrations() -> Vec<store::MigrationSet> {
    vec![
        ledger::MIGRATIONS,
        delivery::MIGRATIONS,
        access::MIGRATIONS,
        ask::MIGRATIONS,
        flow::MIGRATIONS,
        register::MIGRATIONS,
        linkage::MIGRATIONS,
        vault::MIGRATIONS,
    ]
}
