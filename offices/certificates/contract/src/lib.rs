//! What the office of certificates answers.

use ask::{About, Question};
use serde::{Deserialize, Serialize};

/// Which authorities issue to machines and gateways of this city, and what have they taken back?
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machines {}

impl Question for Machines {
    type Answer = MachineAuthorities;
    const KIND: &'static str = "certificates.machines";

    fn about(&self) -> About {
        About::Nothing
    }
}

/// The authorities whose time is not over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MachineAuthorities {
    /// Each of them.
    pub authorities: Vec<MachineAuthority>,
}

/// One of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MachineAuthority {
    /// Its certificate (DER), base 64.
    pub certificate: String,
    /// Its last list of revoked certificates (DER), base 64; none before the first.
    pub list: Option<String>,
    /// From when it is trusted, milliseconds since 1970.
    pub since: i64,
    /// Until when it is trusted, milliseconds since 1970: earlier than its certificate says where it was ended.
    pub until: i64,
}
