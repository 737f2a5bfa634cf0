//! The nouns of organs' certificates: from a licensed service, over keys that are made here.

use base::{Id, Moment};
use seal::SealedColumn;

/// The context under which the private key of an organ for signing is sealed.
pub const ORGAN_KEY: &str = "certificates.organs.secret";
/// The same of the private key to which others encrypt.
pub const INNER_KEY: &str = "certificates.organs.inner";

/// The columns that are sealed.
pub const fn sealed(column: &'static str, context: &'static str) -> SealedColumn {
    SealedColumn { table: "certificates_organs", key: &["id"], column, context }
}

/// A key pair of an organ, and the certificates that a licensed service has issued over it.
#[derive(Clone, Debug)]
pub struct OrganKey {
    /// Id.
    pub id: Id<OrganKey>,
    /// The organ's id.
    pub organ: String,
    /// Its name, as it stands in the request.
    pub organ_name: String,
    /// The private key for signing, sealed; none where it was dropped.
    pub secret_sealed: Option<Vec<u8>>,
    /// The request for the service, DER.
    pub request: Vec<u8>,
    /// SM3 over the key's point, in hexadecimal.
    pub key_mark: String,
    /// Who made it and is told when it ends, by account.
    pub keeper: String,
    /// Their name.
    pub keeper_name: String,
    /// When.
    pub made_at: Moment,
    /// How far it is.
    pub state: KeyState,
    /// The certificate for signing, DER.
    pub signing: Option<Vec<u8>>,
    /// The certificate to which others encrypt, DER.
    pub encipherment: Option<Vec<u8>>,
    /// When the first of both ends.
    pub until: Option<Moment>,
    /// When they were taken in.
    pub taken_at: Option<Moment>,
}

/// How far a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Its request can be fetched; nothing was issued yet.
    Made,
    /// What was issued waits for a second person.
    HandedIn,
    /// It stands for the organ.
    Standing,
    /// Another took its place.
    Replaced,
    /// It was dropped.
    Dropped,
}

impl KeyState {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "made" => KeyState::Made,
            "handed_in" => KeyState::HandedIn,
            "standing" => KeyState::Standing,
            "replaced" => KeyState::Replaced,
            _ => KeyState::Dropped,
        }
    }
}
