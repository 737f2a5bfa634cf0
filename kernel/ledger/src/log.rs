//! The ledger of one city: its store, its key, and the evidence of the last commit groups.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use base::{Id, Outcome};
use seal::Keys;
use seal::merkle::Prover;
use store::{Store, Tx};

use crate::act::{Act, Recorded, act_by_id};
use crate::receipt::{GroupProof, InclusionProof, Receipt};
use crate::signing::{Desk, Nobody, Signatories};
use crate::witness::GroupSigner;

/// How many group proofs are kept at hand. A proof is needed only until the sequencer has been by
/// (200 ms); after a restart the place in the log takes its part.
const PROOFS_MAX: usize = 20_000;

/// The ledger of one city. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    pub(crate) store: Store,
    pub(crate) keys: Arc<Keys>,
    pub(crate) origin: Arc<str>,
    pub(crate) signatories: Arc<dyn Signatories>,
    recent: Arc<Mutex<Recent>>,
    prover: Arc<Prover>,
}

#[derive(Default)]
struct Recent {
    proofs: HashMap<[u8; 32], GroupProof>,
    order: VecDeque<[u8; 32]>,
}

impl Ledger {
    /// The ledger over this store, signing as the log `origin` (`ezhou.example/log`). The store's
    /// commit groups are signed from now on.
    pub fn new(store: Store, keys: Arc<Keys>, origin: &str) -> Self {
        store.set_witness(Arc::new(GroupSigner { keys: keys.clone(), origin: origin.into() }));
        let signatories = Arc::new(Nobody);
        let (recent, prover) = (Arc::default(), Arc::default());
        Self { store, keys, origin: origin.into(), signatories, recent, prover }
    }

    /// A ledger with keys that nobody keeps, for tests of what stands upon it.
    pub fn for_tests(store: Store) -> Self {
        Self::new(store, Arc::new(Keys::for_tests()), "city.test/log")
    }

    /// The same ledger, whose decisive acts are demanded of these.
    #[must_use]
    pub fn demanding(mut self, signatories: Arc<dyn Signatories>) -> Self {
        self.signatories = signatories;
        self
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// One write transaction. Its acts' receipts can be had as soon as it returns, and they keep from
    /// where the present task was asked for ([`asked_from`](crate::asked_from)).
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&Tx<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<T> {
        let from = crate::origin::current();
        let desk = Desk::here(&self.signatories);
        let change = move |tx: &Tx<'_>| {
            tx.set_asked_from(from);
            tx.bring(desk.clone());
            change(tx)
        };
        let (value, evidence) = self.store.write_marked(change).await?;
        self.remember(evidence);
        Ok(value)
    }

    /// The same, blocking: for the command line and for tests.
    pub fn write_now<T: Send + 'static>(
        &self,
        change: impl Fn(&Tx<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<T> {
        let desk = Desk::here(&self.signatories);
        let change = move |tx: &Tx<'_>| {
            tx.bring(desk.clone());
            change(tx)
        };
        let (value, evidence) = self.store.write_marked_now(change)?;
        self.remember(evidence);
        Ok(value)
    }

    fn remember(&self, evidence: Vec<Vec<u8>>) {
        if evidence.is_empty() {
            return;
        }
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in evidence {
            let Some((leaf, proof)) = piece.split_first_chunk::<32>() else { continue };
            let (leaf, Ok(proof)) = (*leaf, serde_json::from_slice(proof)) else { continue };
            recent.proofs.insert(leaf, proof);
            recent.order.push_back(leaf);
        }
        while recent.order.len() > PROOFS_MAX {
            if let Some(oldest) = recent.order.pop_front() {
                recent.proofs.remove(&oldest);
            }
        }
    }

    fn group_proof(&self, leaf: &[u8; 32]) -> Option<GroupProof> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).proofs.get(leaf).cloned()
    }

    /// The receipt of an act: with its group's signature while that is at hand, with its place in
    /// the log once it has one. `None` if there is no such act, or its content was erased, or
    /// nothing proves it yet (another process committed it less than a tick ago).
    pub async fn receipt(&self, id: Id<Act>) -> Outcome<Option<Receipt>> {
        let Some((act, inclusion)) = self.in_log(id).await? else { return Ok(None) };
        let Some(salt) = &act.salt else { return Ok(None) };
        let mut receipt = Receipt::new(&self.origin, act.json(), salt, act.signed())?;
        receipt.group = self.group_proof(&act.leaf);
        receipt.inclusion = inclusion;
        let proved = receipt.group.is_some() || receipt.inclusion.is_some();
        Ok(proved.then_some(receipt))
    }

    /// An act with its place in the log, once it has one.
    pub(crate) async fn in_log(
        &self,
        id: Id<Act>,
    ) -> Outcome<Option<(Recorded, Option<InclusionProof>)>> {
        let prover = self.prover.clone();
        self.store
            .read(move |reader| {
                let Some(act) = act_by_id(reader, id)? else { return Ok(None) };
                let inclusion = match act.seq {
                    Some(seq) => crate::sequencer::inclusion(reader, &prover, seq)?,
                    None => None,
                };
                Ok(Some((act, inclusion)))
            })
            .await
    }
}
