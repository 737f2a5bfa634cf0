//! The nouns: the built-in authority, what it issues, and what two people decide about it.

pub mod organs;

use access::{Permission, Proposed, Reach};
use base::{Id, Moment};
use ledger::ActKind;
use seal::SealedColumn;
use seal::cert::{Profile, Reason};
use serde::{Deserialize, Serialize};

/// The acts that this office records.
pub const ACTS: &[ActKind] = &[
    ActKind { name: "certificates.proposed", title: "提出办理证书事项" },
    ActKind { name: "certificates.declined", title: "不同意办理证书事项" },
    ActKind { name: "certificates.withdrawn", title: "撤回证书事项的提议" },
    ActKind { name: LAPSED, title: "证书事项的提议过期" },
    ActKind { name: FOUNDED, title: "同意设立内置证书机构" },
    ActKind { name: ISSUED, title: "同意并签发设备证书" },
    ActKind { name: REVOKED, title: "同意并吊销设备证书" },
    ActKind { name: LISTED, title: "更新吊销列表" },
    ActKind { name: "certificates.organ_key_made", title: "生成机关的密钥和证书申请" },
    ActKind { name: "certificates.organ_key_dropped", title: "销毁机关的密钥" },
    ActKind { name: TAKEN_IN, title: "同意并收下机关证书" },
    ActKind { name: EXCHANGED, title: "同意更换平台密钥" },
    ActKind { name: ROOT_ENDED, title: "同意停用内置证书机构的根" },
    ActKind { name: ALL_REVOKED, title: "根停用，它签发的证书全部吊销" },
];

/// The authority is founded.
pub const FOUNDED: &str = "certificates.founded";
/// A proposal that nobody decided in time; what it held is destroyed.
pub const LAPSED: &str = "certificates.lapsed";
/// A certificate is issued.
pub const ISSUED: &str = "certificates.issued";
/// A certificate is revoked.
pub const REVOKED: &str = "certificates.revoked";
/// A revocation list is made.
pub const LISTED: &str = "certificates.list_made";

/// What was issued for an organ is taken in.
pub const TAKEN_IN: &str = "certificates.organ_taken_in";

/// The end of a root before its time is decided.
pub const ROOT_ENDED: &str = "certificates.root_ended";
/// A root has ended, and what it issued is revoked.
pub const ALL_REVOKED: &str = "certificates.all_revoked";
/// A key of the installation is exchanged.
pub const EXCHANGED: &str = "certificates.key_exchanged";

/// See the built-in authority and what it has issued.
pub const SEE: Permission = Permission {
    name: "certificates.see",
    about: "查看设备证书、机关证书和平台密钥的情况",
    roles: &[("sysadmin", Reach::City), ("secadmin", Reach::City), ("auditor", Reach::City)],
};

/// Propose, and agree to what another has proposed.
pub const DECIDE: Permission = Permission {
    name: "certificates.decide",
    about: "办理设备证书和机关证书，更换平台密钥",
    roles: &[("sysadmin", Reach::City), ("secadmin", Reach::City)],
};

/// The context under which the authority's key is sealed.
pub const AUTHORITY_KEY: &str = "certificates.authorities.secret";

/// The columns that are sealed.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "certificates_authorities",
        key: &["id"],
        column: "secret_sealed",
        context: AUTHORITY_KEY,
    },
    organs::sealed("secret_sealed", organs::ORGAN_KEY),
    organs::sealed("inner_sealed", organs::INNER_KEY),
];

/// The authority that is built in.
#[derive(Clone, Debug)]
pub struct Root {
    /// Id.
    pub id: Id<Root>,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub organization: String,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
    /// SM3 over the certificate, in hexadecimal.
    pub fingerprint: String,
    /// Its private key, sealed; none where nobody agreed.
    pub secret_sealed: Option<Vec<u8>>,
    /// From when it holds.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
    /// The number of its last revocation list; 0 before the first.
    pub list_number: i64,
    /// When that one was made and when the next is due.
    pub listed: Option<(Moment, Moment)>,
    /// Where it is published under `/ca/`; empty for the first.
    pub place: String,
    /// When it ends before its time, and why.
    pub ends: Option<(Moment, Reason)>,
}

impl Root {
    /// Where something of it is published, under the city's address.
    pub fn path(&self, what: &str) -> String {
        match self.place.as_str() {
            "" => format!("/ca/{what}"),
            place => format!("/ca/{place}/{what}"),
        }
    }

    /// Whether it was ended before its time, and that is over.
    pub fn is_ended(&self, now: Moment) -> bool {
        self.ends.is_some_and(|(at, _)| at <= now)
    }

    /// Until when it is trusted.
    pub fn trusted_until(&self) -> Moment {
        self.ends.map_or(self.until, |(at, _)| at.min(self.until))
    }
}

/// A certificate as it was issued.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Id.
    pub id: Id<Issued>,
    /// Who issued it.
    pub authority: Id<Root>,
    /// Its number, in hexadecimal.
    pub serial: String,
    /// Whose it is: the machine's name.
    pub name: String,
    /// What kind of thing.
    pub kind: Kind,
    /// For what.
    pub purpose: Purpose,
    /// Its bytes, DER.
    pub certificate: Vec<u8>,
    /// SM3 over its key's point, in hexadecimal.
    pub key_mark: String,
    /// From when it holds.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
    /// Who answers for the machine, by account.
    pub keeper: String,
    /// Their name.
    pub keeper_name: String,
    /// The number of the one in whose place it came.
    pub renews: Option<String>,
    /// The number of the one that came in its place.
    pub renewed_by: Option<String>,
    /// Since when and why it was revoked, if it was.
    pub revoked: Option<(Moment, Reason)>,
    /// When it was issued.
    pub issued_at: Moment,
}

/// What the built-in authority issues to. Never people, never organs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A server or another device.
    Machine,
    /// A gateway to another system.
    Gateway,
    /// Something that is only tried out.
    Test,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Machine, Kind::Gateway, Kind::Test];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Machine => "machine",
            Kind::Gateway => "gateway",
            Kind::Test => "test",
        }
    }

    /// In words.
    pub const fn title(self) -> &'static str {
        match self {
            Kind::Machine => "服务器或者其他设备",
            Kind::Gateway => "网关",
            Kind::Test => "测试",
        }
    }

    /// From [`Kind::as_str`]'s form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// For what a certificate serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Signing, and showing who one is.
    Signature,
    /// Being written to under seal.
    Encipherment,
}

impl Purpose {
    /// Both.
    pub const ALL: [Purpose; 2] = [Purpose::Signature, Purpose::Encipherment];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Purpose::Signature => "signature",
            Purpose::Encipherment => "encipherment",
        }
    }

    /// In words.
    pub const fn title(self) -> &'static str {
        match self {
            Purpose::Signature => "签名",
            Purpose::Encipherment => "加密",
        }
    }

    /// As it stands in the certificate.
    pub const fn profile(self) -> Profile {
        match self {
            Purpose::Signature => Profile::Signature,
            Purpose::Encipherment => Profile::Encipherment,
        }
    }

    /// From [`Purpose::as_str`]'s form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// The kind of a wish to exchange a key.
pub const EXCHANGE: &str = "exchange_key";

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Wish {
    /// To found the authority whose key and certificate stand ready.
    Found {
        /// Which.
        authority: String,
        /// SM3 over its certificate, in hexadecimal.
        fingerprint: String,
    },
    /// To issue a certificate.
    Issue {
        /// The machine's name.
        name: String,
        /// What kind of thing.
        of: Kind,
        /// For what.
        purpose: Purpose,
        /// For so many days.
        days: i64,
        /// The key, its point in hexadecimal.
        key: String,
        /// The name that the request asked for; it is not what is issued.
        asked_name: String,
        /// Who answers for the machine, by account.
        keeper: String,
        /// Their name.
        keeper_name: String,
        /// The number of the one in whose place it comes.
        renews: Option<String>,
    },
    /// To revoke a certificate.
    Revoke {
        /// Its number.
        serial: String,
        /// Why: the number of RFC 5280 5.3.1.
        why: i64,
    },
    /// To take in what a licensed service has issued for an organ.
    TakeIn {
        /// For which key.
        key: String,
        /// The organ's id.
        organ: String,
        /// Its name.
        organ_name: String,
        /// Whose the certificate for signing says it is.
        holder: String,
        /// Who has issued it.
        issuer: String,
        /// SM3 over the certificate for signing, in hexadecimal.
        signing: String,
        /// The same of the one to which others encrypt.
        encipherment: String,
        /// When the first of both ends, in milliseconds.
        until: i64,
    },
    /// To end a root before its time.
    EndRoot {
        /// Which.
        authority: String,
        /// Its name.
        name: String,
        /// SM3 over its certificate, in hexadecimal.
        fingerprint: String,
        /// From which day on; at once where none is said.
        from: Option<String>,
        /// Why: the number of RFC 5280 5.3.1.
        why: i64,
    },
    /// To exchange a key of the installation.
    ExchangeKey {
        /// Which, as [`frame::rotation::Which::as_str`] has it.
        key: String,
    },
}

impl Wish {
    /// As stored.
    pub const fn kind(&self) -> &'static str {
        match self {
            Wish::Found { .. } => "found",
            Wish::Issue { .. } => "issue",
            Wish::Revoke { .. } => "revoke",
            Wish::TakeIn { .. } => "take_in",
            Wish::EndRoot { .. } => "end_root",
            Wish::ExchangeKey { .. } => EXCHANGE,
        }
    }
}

/// What somebody proposes, and another decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Id.
    pub id: Id<Proposal>,
    /// What.
    pub wish: Wish,
    /// What it is about: the same is not proposed twice.
    pub subject: String,
    /// What it says of itself.
    pub title: String,
    /// Why.
    pub reason: String,
    /// The two people.
    pub proposed: Proposed,
}

/// The limits of a day.
#[derive(Clone, Debug, Deserialize)]
pub struct Rule {
    /// In force from then on.
    pub from: String,
    /// The built-in authority lasts so many years at most.
    pub root_years_max: i64,
    /// A certificate lasts so many days at most.
    pub device_days_max: i64,
    /// A proposal waits so many days.
    pub proposal_days: i64,
    /// A revocation list is good for so many days.
    pub list_days: i64,
    /// A new one is made after so many.
    pub list_again_days: i64,
    /// An answer about one certificate may be kept for so many hours.
    pub answer_hours: i64,
    /// So many days before its end a certificate is told of, each once.
    pub warn_days: Vec<i64>,
    /// On which ground.
    pub basis: String,
}

/// A certificate that ends soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Which kind.
    pub kind: Ends,
    /// Which one: a number, or an id.
    pub subject: String,
    /// Who is told, by account.
    pub account: String,
    /// Their name.
    pub holder: String,
    /// What it is called.
    pub name: String,
    /// When it ends.
    pub until: Moment,
}

/// Whose certificates are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// A machine's.
    Machine,
    /// An official's for signing.
    Signer,
    /// An official's for signing in.
    Factor,
    /// An organ's.
    Organ,
}

impl Ends {
    /// All of them.
    pub const ALL: [Ends; 4] = [Ends::Machine, Ends::Signer, Ends::Factor, Ends::Organ];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Ends::Machine => "machine",
            Ends::Signer => "signer",
            Ends::Factor => "factor",
            Ends::Organ => "organ",
        }
    }

    /// In words.
    pub const fn title(self) -> &'static str {
        match self {
            Ends::Machine => "设备证书",
            Ends::Signer => "签名证书",
            Ends::Factor => "登录用的数字证书",
            Ends::Organ => "机关证书",
        }
    }

    /// What it is to whoever is told: their own, or one that they answer for.
    pub const fn whose(self) -> &'static str {
        match self {
            Ends::Machine | Ends::Organ => "您负责的",
            Ends::Signer | Ends::Factor => "您的",
        }
    }

    /// From [`Ends::as_str`]'s form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}
