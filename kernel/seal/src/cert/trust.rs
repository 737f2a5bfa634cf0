//! Whom the city trusts to issue, and the verdict over one certificate at one moment.

use std::sync::Arc;

use base::Moment;

use super::{Certificate, Purpose, RevocationList, Serial, Standing, Untrusted};

/// The most authorities between a holder and a root. Real chains have one or two.
const DEEPEST: usize = 4;

/// Whether a certificate counts whose authority has no list at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// No: nobody can say whether it was taken back.
    Needed,
    /// Yes; where there is a list, it is heeded.
    IfThere,
}

/// What an issuer has answered about one of its certificates.
#[derive(Clone, Debug)]
pub struct Told {
    /// The number of the certificate.
    pub serial: Serial,
    /// How it stands.
    pub standing: Standing,
    /// Until when the answer holds; without it, only at its moment.
    pub until: Option<Moment>,
}

/// From when until when somebody is trusted; without an end, still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From when on.
    pub since: Moment,
    /// Until when: no longer at that moment.
    pub until: Option<Moment>,
}

/// How a line begins that says a span.
const SPAN: &str = "cityhall-trusted: ";

impl Span {
    fn holds(&self, at: Moment) -> bool {
        self.since <= at && self.until.is_none_or(|until| at < until)
    }

    /// As it stands before a certificate in a file of PEM: milliseconds since 1970, a hyphen where it has no end.
    pub fn to_line(self) -> String {
        let until = self.until.map_or("-".to_owned(), |until| until.millis().to_string());
        format!("{SPAN}{} {until}", self.since.millis())
    }

    /// The spans that a text before a certificate says: none are all times. `None` if a line of them is broken.
    pub fn in_text(text: &str) -> Option<Vec<Self>> {
        let moment = |text: &str| text.parse().ok().map(Moment::from_millis);
        let lines = text.lines().filter_map(|line| line.trim_end().strip_prefix(SPAN.trim_end()));
        lines
            .map(|line| {
                let (since, until) = line.trim().split_once(' ')?;
                let until = match until {
                    "-" => None,
                    until => Some(moment(until)?),
                };
                Some(Self { since: moment(since)?, until })
            })
            .collect()
    }
}

/// An authority, and when it is trusted: always where no span is said.
#[derive(Clone, Debug)]
struct Known {
    certificate: Certificate,
    spans: Vec<Span>,
}

impl Known {
    fn counts(&self, at: Moment) -> bool {
        self.spans.is_empty() || self.spans.iter().any(|span| span.holds(at))
    }
}

/// Authorities that are trusted, their lists and their answers.
#[derive(Clone, Debug)]
pub struct Trust {
    roots: Vec<Known>,
    between: Vec<Known>,
    revocations: Vec<Arc<RevocationList>>,
    told: Vec<(Certificate, Told)>,
    lists: Lists,
}

impl Trust {
    /// Trusts nobody yet.
    pub fn new(lists: Lists) -> Self {
        Self {
            roots: Vec::new(),
            between: Vec::new(),
            revocations: Vec::new(),
            told: Vec::new(),
            lists,
        }
    }

    /// Trusts a root by the city's own decision. Refuses what is no authority.
    pub fn root(self, root: Certificate) -> Result<Self, Untrusted> {
        self.root_within(root, Vec::new())
    }

    /// The same, within these spans alone; none are all times.
    pub fn root_within(mut self, root: Certificate, spans: Vec<Span>) -> Result<Self, Untrusted> {
        if !root.is_for(Purpose::Authority) {
            return Err(Untrusted::NotAnAuthority(root.subject()));
        }
        self.roots.push(Known { certificate: root, spans });
        Ok(self)
    }

    /// Knows an authority between the roots and the holders. It is trusted by its signature only.
    pub fn between(self, authority: Certificate) -> Self {
        self.between_within(authority, Vec::new())
    }

    /// The same, within these spans alone; none are all times.
    pub fn between_within(mut self, authority: Certificate, spans: Vec<Span>) -> Self {
        self.between.push(Known { certificate: authority, spans });
        self
    }

    /// Knows a revocation list. It counts where its issuer has signed it.
    pub fn list(mut self, list: impl Into<Arc<RevocationList>>) -> Self {
        self.revocations.push(list.into());
        self
    }

    /// Knows what an issuer has answered about one certificate; whether it is the issuer's was looked at before.
    pub fn told(mut self, issuer: Certificate, told: Told) -> Self {
        self.told.push((issuer, told));
        self
    }

    /// Whether `certificate` may be used for `purpose` at this moment.
    pub fn check(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        at: Moment,
    ) -> Result<(), Untrusted> {
        if !certificate.is_for(purpose) {
            return Err(Untrusted::WrongPurpose(purpose.words()));
        }
        self.climb(certificate, at, 0)
    }

    /// From a certificate to its root, one authority at a time; `below` authorities stand beneath.
    fn climb(&self, certificate: &Certificate, at: Moment, below: usize) -> Result<(), Untrusted> {
        in_time(certificate, at)?;
        // A root is trusted because the city says so, by its very bytes.
        let itself = |root: &&Known| root.certificate == *certificate;
        if self.roots.iter().filter(itself).any(|root| root.counts(at)) {
            return Ok(());
        }
        if below > DEEPEST {
            return Err(Untrusted::PathTooLong);
        }
        let mut refused = Untrusted::UnknownIssuer(certificate.issuer());
        for known in self.roots.iter().chain(&self.between) {
            let issuer = &known.certificate;
            if !certificate.names_issuer(issuer) {
                continue;
            }
            if !known.counts(at) {
                refused = Untrusted::NotThen(issuer.subject(), at);
                continue;
            }
            match self.by(certificate, issuer, at, below) {
                Ok(()) => return Ok(()),
                Err(why) => refused = why,
            }
        }
        Err(refused)
    }

    fn by(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: Moment,
        below: usize,
    ) -> Result<(), Untrusted> {
        if !issuer.is_for(Purpose::Authority) {
            return Err(Untrusted::NotAnAuthority(issuer.subject()));
        }
        if !certificate.is_signed_by(issuer.key()) {
            return Err(Untrusted::BadSignature);
        }
        if issuer.path_length().is_some_and(|most| below > usize::from(most)) {
            return Err(Untrusted::PathTooLong);
        }
        self.not_taken_back(certificate, issuer, at)?;
        self.climb(issuer, at, below + 1)
    }

    /// The latest list of the issuer decides, and what it answered about this very certificate; a list that is out of date decides nothing, except that
    /// what it names stays taken back.
    fn not_taken_back(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: Moment,
    ) -> Result<(), Untrusted> {
        let serial = certificate.serial();
        let told = self.told.iter().find(|(by, told)| {
            // An authority that has renewed its certificate is the same one.
            by.subject() == issuer.subject() && by.key() == issuer.key() && told.serial == serial
        });
        let until = told.and_then(|(_, told)| told.until);
        match told.map(|(_, told)| told.standing) {
            Some(Standing::Revoked(since, reason)) if since <= at || reason.is_compromise() => {
                return Err(Untrusted::Revoked(since, reason));
            }
            // It may know by now what it did not know then.
            Some(Standing::Unknown) if until.is_none_or(|until| at <= until) => {
                return Err(Untrusted::NotIssued);
            }
            _ => {}
        }
        let mut latest: Option<&RevocationList> = None;
        for list in self.revocations.iter().map(Arc::as_ref).filter(|list| list.is_of(issuer)) {
            match list.find(&serial) {
                // What was signed before stays signed, unless somebody else may have signed it.
                Some((since, reason)) if since <= at || reason.is_compromise() => {
                    return Err(Untrusted::Revoked(since, reason));
                }
                _ => {}
            }
            if latest.is_none_or(|other| other.made() < list.made()) {
                latest = Some(list);
            }
        }
        // Who has said lately that it stands need not say so by a list.
        let good = told.filter(|(_, told)| told.standing == Standing::Good);
        if good.and_then(|(_, told)| told.until).is_some_and(|until| at <= until) {
            return Ok(());
        }
        match latest.map(RevocationList::next) {
            None if self.lists == Lists::IfThere => Ok(()),
            None => Err(Untrusted::NoList(issuer.subject())),
            Some(Some(next)) if next < at => {
                Err(Untrusted::StaleList { issuer: issuer.subject(), next })
            }
            Some(_) => Ok(()),
        }
    }
}

fn in_time(certificate: &Certificate, at: Moment) -> Result<(), Untrusted> {
    if at < certificate.from() {
        return Err(Untrusted::NotYetValid(certificate.from()));
    }
    // The last second counts whole.
    if at.millis() >= certificate.until().millis() + 1_000 {
        return Err(Untrusted::Expired(certificate.until()));
    }
    Ok(())
}
