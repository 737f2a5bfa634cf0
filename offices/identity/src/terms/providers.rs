//! The nouns of signing in by another identity platform.

use base::Moment;
use serde::{Deserialize, Serialize};

/// A sign-in that was begun at a platform. It is kept sealed, found by the MAC of its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The platform.
    pub provider: String,
    /// Must stand in the ID token.
    pub nonce: String,
    /// Shows the platform that the code comes from who asked for it (RFC 7636).
    pub verifier: String,
    /// Where the person was going.
    pub next: String,
}

/// What a platform says of somebody, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// The platform.
    pub provider: String,
    /// Who it is there.
    pub sub: String,
    /// The name.
    pub name: String,
    /// The citizen number, where the platform proves it.
    pub number: Option<String>,
    /// When.
    pub at: Moment,
    /// Where the person was going.
    pub next: String,
    /// The mark of the browser that came back with it: no other goes on with it.
    pub browser: String,
}

/// That somebody at a platform is an account here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The platform.
    pub provider: String,
    /// Its name, as it was then.
    pub name: String,
    /// Since when.
    pub joined_at: Moment,
    /// When somebody last signed in by it.
    pub used_at: Moment,
}

/// The context under which a sign-in that was begun is sealed.
pub const PENDING: &str = "identity.pending.kept";
/// The context under which what a platform said travels through a page.
pub const STATED: &str = "identity.stated";
