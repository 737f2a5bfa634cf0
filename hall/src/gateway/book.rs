//! What a gateway keeps of others: the centre, the other gateways, the authority's lists. It comes from the centre, and is
//! believed as far as the authority's signatures go: each certificate must be in the name of whom it is for.

use base::{Fault, Moment, Outcome};
use data_encoding::{BASE64, HEXLOWER};
use seal::cert::{Certificate, Lists, Purpose, RevocationList, Trust};
use serde::{Deserialize, Serialize};

use super::rules::LIMITS;

/// As the centre tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    #[serde(default)]
    now: i64,
    centre: Pair,
    gateways: Vec<Pair>,
    #[serde(default)]
    pub(super) authorities: Vec<String>,
    #[serde(default)]
    pub(super) lists: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Pair {
    name: String,
    #[serde(default)]
    organs: Vec<String>,
    signing: String,
    sealing: String,
    /// Those by which it signed before.
    #[serde(default)]
    former: Vec<ToldFormer>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct ToldFormer {
    signing: String,
    /// Until when the centre took in what it signed, milliseconds since 1970.
    until: i64,
}

/// A certificate by which somebody signed before.
#[derive(Clone, Debug)]
struct Former {
    signing: Certificate,
    until: Moment,
}

/// Somebody of the book.
#[derive(Clone, Debug)]
pub(super) struct Party {
    pub(super) name: String,
    pub(super) organs: Vec<String>,
    pub(super) signing: Certificate,
    pub(super) sealing: Certificate,
    former: Vec<Former>,
}

fn is(certificate: &Certificate, fingerprint: &str) -> bool {
    HEXLOWER.encode(&certificate.fingerprint()) == fingerprint
}

impl Party {
    /// The certificate of this fingerprint, hex, by which it signs or signed.
    pub(super) fn signer(&self, fingerprint: &str) -> Option<&Certificate> {
        let former = self.former.iter().map(|one| &one.signing);
        std::iter::once(&self.signing).chain(former).find(|one| is(one, fingerprint))
    }

    /// Until when the centre takes in what one of this fingerprint signs, where another has taken its place.
    pub(super) fn replaced(&self, fingerprint: &[u8; 32]) -> Option<Moment> {
        let found = self.former.iter().find(|one| one.signing.fingerprint() == *fingerprint);
        found.map(|one| one.until)
    }

    /// By which it signed what names this one, as far as that may still be on its way: for as long as a message may count after
    /// the centre took in the last one. Else the one that it signs by now.
    pub(super) fn signing_by(&self, fingerprint: &str, now: Moment) -> &Certificate {
        let on_its_way = |one: &&Former| now < one.until.plus_seconds(LIMITS.life_seconds_max);
        let mut former = self.former.iter().filter(on_its_way).map(|one| &one.signing);
        former.find(|one| is(one, fingerprint)).unwrap_or(&self.signing)
    }
}

/// The book, read.
#[derive(Debug)]
pub(super) struct Book {
    /// The centre.
    pub(super) centre: Party,
    gateways: Vec<Party>,
    /// Whom to believe.
    pub(super) trust: Trust,
    /// As it was told.
    pub(super) told: Told,
}

fn certificate(text: &str) -> Option<Certificate> {
    Certificate::read(&BASE64.decode(text.as_bytes()).ok()?).ok()
}

impl Book {
    /// Reads what the centre told, believing this authority; refuses it where the centre itself is not believed.
    pub(super) fn read(told: Told, authority: &Certificate, now: Moment) -> Outcome<Self> {
        let unfit = |why: &str| Fault::said(format!("the centre's directory: {why}"));
        let mut trust = Trust::new(Lists::IfThere).root(authority.clone()).map_err(Fault::from)?;
        for list in &told.lists {
            let der = BASE64.decode(list.as_bytes()).map_err(Fault::from)?;
            let list = RevocationList::read(&der).map_err(Fault::from)?;
            // A list of another authority says nothing here.
            if list.is_of(authority) {
                trust = trust.list(list);
            }
        }
        let party = |pair: &Pair| -> Option<Party> {
            let (signing, sealing) = (certificate(&pair.signing)?, certificate(&pair.sealing)?);
            let named = |one: &Certificate| one.common_name().as_deref() == Some(&pair.name);
            let good = trust.check(&signing, Purpose::Signature, now).is_ok()
                && trust.check(&sealing, Purpose::Encipherment, now).is_ok();
            let former = pair.former.iter().filter_map(|one| {
                let until = Moment::from_millis(one.until);
                let signing = certificate(&one.signing).filter(named)?;
                Some(Former { signing, until })
            });
            let former = former.collect();
            (good && named(&signing) && named(&sealing)).then(|| Party {
                name: pair.name.clone(),
                organs: pair.organs.clone(),
                signing,
                sealing,
                former,
            })
        };
        let mut centre = party(&told.centre)
            .ok_or_else(|| unfit("its certificates are not those of the authority"))?;
        centre.organs = vec![exchange::CENTRE.to_owned()];
        let gateways = told.gateways.iter().filter_map(party).collect();
        Ok(Self { centre, gateways, trust, told })
    }

    /// The gateway of an organ.
    pub(super) fn of_organ(&self, organ: &str) -> Option<&Party> {
        if organ == exchange::CENTRE {
            return Some(&self.centre);
        }
        self.gateways.iter().find(|one| one.organs.iter().any(|own| own == organ))
    }

    /// Who has this name.
    pub(super) fn named(&self, name: &str) -> Option<&Party> {
        std::iter::once(&self.centre).chain(&self.gateways).find(|one| one.name == name)
    }

    /// Whose certificate for signing this is, by its fingerprint in hex.
    pub(super) fn signs_with(&self, fingerprint: &str) -> bool {
        let mut all = std::iter::once(&self.centre).chain(&self.gateways);
        all.any(|one| one.signer(fingerprint).is_some())
    }
}
