//! The nouns of OpenID Connect: clients, what they ask for, codes, grants, tokens, signing keys.

use access::{Account, Permission, Proposed, ProposedState, Reach};
use base::{Day, Id, Moment};
use serde::{Deserialize, Serialize};

/// Propose, agree to and end the systems that sign people in here: one person proposes, another agrees.
pub const CLIENTS: Permission = Permission {
    name: "identity.clients",
    about: "管理接入的系统",
    roles: &[("sysadmin", Reach::City), ("secadmin", Reach::City)],
};

/// Sign in to another system by the account of this one. Programs bring a code or a token, and nobody is
/// signed in.
pub const ELSEWHERE: Permission = Permission {
    name: "identity.elsewhere",
    about: "用本站账户登录其他系统",
    roles: &[("anyone", Reach::Own)],
};

/// A scope: the word of the protocol, and what a person reads.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The word.
    pub name: &'static str,
    /// What is told by it.
    pub told: &'static str,
}

/// What a system can be told, the least first.
pub const SCOPES: &[Scope] = &[
    Scope {
        name: "openid", told: "您在那个系统里的编号（每个系统不同，不含个人信息）"
    },
    Scope { name: "profile", told: "姓名，是个人还是工作人员" },
    Scope { name: "posts", told: "工作人员的机构和岗位" },
    Scope { name: "real_name", told: "账户是否已经核实是本人" },
    Scope { name: "citizen_number", told: "公民身份号码（只提供核实过的）" },
];

/// Whose accounts a system signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holders {
    /// Staff.
    Staff,
    /// Citizens.
    Citizens,
    /// Both.
    Everyone,
}

impl Holders {
    /// As stored, and as people read it.
    pub const ALL: [(Holders, &'static str, &'static str); 3] = [
        (Holders::Staff, "staff", "工作人员"),
        (Holders::Citizens, "citizens", "个人用户"),
        (Holders::Everyone, "everyone", "工作人员和个人用户"),
    ];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|known| known.0 == self).map_or("staff", |known| known.1)
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        Self::ALL.iter().find(|known| known.0 == self).map_or("", |known| known.2)
    }

    /// From what is stored or was typed.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|known| known.1 == text).map(|known| known.0)
    }

    /// Whether accounts of this kind are among them.
    pub fn includes(self, kind: access::Kind) -> bool {
        match self {
            Holders::Staff => kind == access::Kind::Staff,
            Holders::Citizens => kind == access::Kind::Citizen,
            Holders::Everyone => true,
        }
    }
}

/// A system that signs people in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its `client_id`.
    pub id: Id<Client>,
    /// What people call it.
    pub name: String,
    /// The organ that answers for it.
    pub organ: String,
    /// The organ's name, as it was then.
    pub organ_name: String,
    /// Whose accounts it signs in.
    pub holders: Holders,
    /// Whether it can keep no secret: a program on people's own machines.
    pub public: bool,
    /// Where codes may be sent: whole addresses, and no others.
    pub redirects: Vec<String>,
    /// Where people may be sent after signing out.
    pub leaves: Vec<String>,
    /// What it may ask for.
    pub scopes: Vec<String>,
    /// The last day on which it signs anybody in.
    pub until: Day,
    /// Why, and on which ground.
    pub reason: String,
    /// The two people.
    pub proposed: Proposed,
    /// The MAC of its secret.
    pub secret_mac: Option<Vec<u8>>,
    /// When the secret was made.
    pub secret_at: Option<Moment>,
}

impl Client {
    /// Whether it signs people in today.
    pub fn stands(&self, today: Day) -> bool {
        self.proposed.state == ProposedState::Agreed && today <= self.until
    }
}

/// What a system asks of whoever comes from it: a checked authorisation request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where the answer goes.
    pub redirect: String,
    /// What it wants to be told, in the order of [`SCOPES`].
    pub scopes: Vec<String>,
    /// Its own mark, given back as it came.
    pub state: Option<String>,
    /// Goes into the ID token.
    pub nonce: Option<String>,
    /// SHA-256 of the verifier, in base 64 (RFC 7636, S256).
    pub challenge: String,
    /// `prompt`.
    pub prompt: Prompt,
    /// A sign-in older than so many seconds does not do.
    pub max_age_seconds: Option<i64>,
}

/// What the person must be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Nothing: answer at once, or with an error.
    pub none: bool,
    /// To sign in again.
    pub login: bool,
    /// To consent again.
    pub consent: bool,
}

/// A code, as it travels: sealed, so that nobody but this city can make or read one. It is good once,
/// because the grant that it gives has its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The grant's id.
    pub grant: Id<Grant>,
    /// For whom it was made.
    pub client: Id<Client>,
    /// Where it was sent.
    pub redirect: String,
    /// The challenge of the request.
    pub challenge: String,
    /// What will be told.
    pub scopes: Vec<String>,
    /// Goes into the ID token.
    pub nonce: Option<String>,
    /// Who signed in.
    pub account: Id<Account>,
    /// The MAC of their session's token.
    pub session: [u8; 32],
    /// When it was made.
    pub at: Moment,
}

/// A sign-in that a system was told of. Its tokens end with it, and it with the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Id.
    pub id: Id<Grant>,
    /// The system.
    pub client: Id<Client>,
    /// Who signed in.
    pub account: Id<Account>,
    /// The MAC of their session's token.
    pub session: [u8; 32],
    /// What is told.
    pub scopes: Vec<String>,
    /// When the person signed in.
    pub signed_in_at: Moment,
    /// By what, in the words of RFC 8176.
    pub methods: String,
    /// When the code was redeemed.
    pub given_at: Moment,
    /// Until when it lasts at most.
    pub ends: Moment,
    /// When it was ended.
    pub ended: Option<Moment>,
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Asks who somebody is.
    Access,
    /// Gets the next pair, once.
    Refresh,
}

impl TokenKind {
    /// As stored; also the word of the protocol, before `_token`.
    pub const fn as_str(self) -> &'static str {
        match self {
            TokenKind::Access => "access",
            TokenKind::Refresh => "refresh",
        }
    }
}

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptToken {
    /// The grant that it belongs to.
    pub grant: Id<Grant>,
    /// What for.
    pub kind: TokenKind,
    /// What is told by it: what the grant tells, or less.
    pub scopes: Vec<String>,
    /// Until when.
    pub ends: Moment,
    /// When it was used, for one that is good once.
    pub used: Option<Moment>,
}

/// What a citizen lets a system know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The system.
    pub client: Id<Client>,
    /// Its name.
    pub name: String,
    /// The organ that answers for it.
    pub organ_name: String,
    /// What it is told.
    pub scopes: Vec<String>,
    /// Since when.
    pub given_at: Moment,
}

/// A key that signs ID tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKeyRow {
    /// Its `kid`.
    pub id: String,
    /// The key, sealed.
    pub secret_sealed: Vec<u8>,
    /// Its public point, uncompressed: 65 bytes.
    pub public: Vec<u8>,
    /// It signs from then on.
    pub from: Moment,
    /// It signs no more from then on.
    pub until: Moment,
}

/// The context under which a signing key is sealed.
pub const SIGNING_KEY: &str = "identity.signing_keys.secret";

/// An error of the protocol (RFC 6749 5.2, 4.1.2.1; OpenID Connect Core 3.1.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The word of the protocol.
    pub error: &'static str,
    /// For the developer of the system.
    pub description: &'static str,
}

impl Wrong {
    pub(crate) const fn new(error: &'static str, description: &'static str) -> Self {
        Self { error, description }
    }
}
