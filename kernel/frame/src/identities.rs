//! The desk of a register's identities (同一主体): the pairs that wait for a person, one pair side by side with what each
//! comparison said, an identity with its entries and its history, and the runs. The office that keeps the register says how
//! an entry is looked up, which puts each look on record; everything else is the same for all.

mod decide;
mod identity;
mod pair;
mod queue;
mod waterfall;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use access::Permission;
use base::Outcome;
use linkage::Linked;
use serde_json::Value;

use crate::Cx;
use crate::hall::Hall;
use crate::parts::Tab;

pub use decide::{Merging, Said, ask_for_run, decision, judge, merge, split, take_back};
pub use identity::show as identity;
pub use pair::show as pair;
pub use queue::{Asked, list};

/// What an entry says, line by line: what it is called, and the value.
pub type Lines = Vec<(&'static str, String)>;
/// Looks an entry up by its key, on record.
pub type Look =
    for<'a> fn(&'a Cx, String) -> Pin<Box<dyn Future<Output = Outcome<Lines>> + Send + 'a>>;

/// What the desk of the identities of one register is.
pub struct IdentityDesk {
    /// How its entries are compared.
    pub linked: &'static Linked,
    /// The register's title: 人口基础信息.
    pub title: &'static str,
    /// Where its first page is.
    pub home: &'static str,
    /// Where its identities are.
    pub path: &'static str,
    /// The parts of the register's desk, this one marked.
    pub tabs: fn() -> Vec<Tab>,
    /// Looks an entry up, on record.
    pub look: Look,
    /// Reads the key of an entry as it was typed, in the form in which the register keeps it.
    pub key: fn(&str) -> Result<String, String>,
    /// How that is called: 公民身份号码.
    pub key_title: &'static str,
}

impl IdentityDesk {
    /// Whether who looks may judge, and may bring loads in: for what a page shows.
    async fn rights(&self, cx: &Cx) -> Outcome<(bool, bool)> {
        let actor = cx.actor().clone();
        let permits = cx.read(move |r| access::permits_of(r, &actor)).await?;
        let held =
            |right: &Permission| permits.iter().any(|permit| permit.permission() == right.name);
        Ok((held(self.linked.right), held(self.linked.register.right)))
    }

    fn unit(&self) -> &'static str {
        self.linked.register.unit
    }
}

/// Compares a register with itself: what loads have changed, or the whole where that is asked for.
pub async fn compare(linked: &'static Linked, hall: Arc<Hall>, body: Value) -> Outcome<()> {
    let whole = body.get("whole").and_then(Value::as_bool).unwrap_or_default();
    linkage::compare(&hall.ground(), linked, whole).await?;
    hall.bell.notify_one();
    Ok(())
}
