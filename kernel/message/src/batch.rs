//! Signatures: one over the root of a batch, and each message's path to it.

use std::collections::HashMap;

use base::Moment;
use data_encoding::HEXLOWER;
use seal::cert::{Certificate, Purpose, Trust, Untrusted};
use seal::merkle::{Hash, Tree, root_from_path};
use seal::{LogKey, PublicKey, SealError, Signed, verify_together};

use crate::header::Sealed;
use crate::terms::SignedTerms;
use crate::wire::{ITEMS_MAX, Message};

/// A path is never longer: 2²⁰ messages a batch.
pub const PATH_MAX: usize = 20;

/// A message's place in its batch and the signature over the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How many messages the batch holds.
    pub size: u32,
    /// Which of them this is, from 0.
    pub index: u32,
    /// The hashes from the leaf up.
    pub path: Vec<Hash>,
    /// SM2 (r‖s) over the statement of the batch.
    pub signature: [u8; 64],
}

/// What is signed: says for whom and for what, so that no signature given for something else serves here.
fn statement(gateway: &str, size: u32, root: &Hash) -> Vec<u8> {
    format!("cityhall-messages-1\n{gateway}\n{size}\n{}\n", HEXLOWER.encode(root)).into_bytes()
}

/// Signs messages of one gateway together, in their order. One alone is a batch of one.
pub fn sign_batch(
    key: &LogKey,
    gateway: &str,
    batch: Vec<Sealed>,
) -> Result<Vec<Message>, SealError> {
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let size = u32::try_from(batch.len()).unwrap_or(u32::MAX);
    if batch.len() > 1 << PATH_MAX {
        return Err(SealError::Shape("more messages than one batch holds"));
    }
    let leaves: Vec<Hash> = batch.iter().map(Sealed::leaf).collect();
    let tree = Tree::new(&leaves);
    let signature = key.sign(&statement(gateway, size, &tree.root()))?;
    let signed = batch.into_iter().zip(leaves).zip(0u32..).map(|((sealed, leaf), index)| {
        let proof = Proof { size, index, path: tree.path(index as usize), signature };
        Message::of(sealed, leaf, proof)
    });
    Ok(signed.collect())
}

/// A root, of how many, signed by which gateway's key and how.
type Root = (String, [u8; 65], u32, Hash, [u8; 64]);

/// What has been verified already: a batch that comes whole costs one verification, and one of its certificate.
#[derive(Debug, Default)]
pub struct Verified {
    roots: HashMap<Root, bool>,
    /// Of those that were verified together, by their leaves: by which gateway's key, and the proof.
    leaves: HashMap<Hash, (String, [u8; 65], Proof)>,
    trusted: Option<(Certificate, Moment, Result<(), Untrusted>)>,
    /// The terms that held last, and whose certificate signed them.
    terms: Option<(SignedTerms, Certificate)>,
}

/// So many roots are remembered at a time: as many as a packet has messages.
const ROOTS_MAX: usize = ITEMS_MAX;
/// Fewer signatures than these are not cheaper together.
const TOGETHER_MIN: usize = 4;

fn root_of(leaf: Hash, proof: &Proof) -> Option<Hash> {
    root_from_path(leaf, u64::from(proof.index), u64::from(proof.size), &proof.path)
}

impl Verified {
    /// Messages that came together, each with the certificate by which it says to be signed: their signatures are verified
    /// together. Where they do not hold together, nothing is known of them, and each is verified by itself when it is
    /// judged.
    pub fn together<'m>(all: impl Iterator<Item = (&'m Message, &'m Certificate)>) -> Self {
        let mut stated: HashMap<Root, (&PublicKey, Vec<u8>)> = HashMap::new();
        let mut leaves = HashMap::new();
        for (message, certificate) in all.take(ROOTS_MAX) {
            let proof = message.proof();
            let Some(root) = root_of(message.leaf(), proof) else { continue };
            let (gateway, key) = (&message.header().from.gateway, certificate.key());
            let by = (gateway.clone(), key.to_bytes());
            leaves.insert(message.leaf(), (by.0.clone(), by.1, proof.clone()));
            let name = (by.0, by.1, proof.size, root, proof.signature);
            stated.entry(name).or_insert_with(|| (key, statement(gateway, proof.size, &root)));
        }
        let signed =
            stated.iter().map(|((.., signature), (by, message))| Signed { by, message, signature });
        let signed: Vec<Signed<'_>> = signed.collect();
        let hold = match signed.len() < TOGETHER_MIN {
            true => signed.iter().all(|one| one.by.verify(one.message, one.signature)),
            false => verify_together(&signed),
        };
        if !hold {
            return Self::default();
        }
        let roots = stated.into_keys().map(|root| (root, true)).collect();
        Self { roots, leaves, ..Self::default() }
    }

    pub(crate) fn knows_terms(&self, terms: &SignedTerms, by: &Certificate) -> bool {
        self.terms.as_ref().is_some_and(|(known, signer)| (known, signer) == (terms, by))
    }

    pub(crate) fn see_terms(&mut self, terms: &SignedTerms, by: &Certificate) {
        self.terms = Some((terms.clone(), by.clone()));
    }

    /// Whether the proof is that of this gateway's key over this leaf.
    pub(crate) fn signature(
        &mut self,
        (gateway, key): (&str, &PublicKey),
        leaf: Hash,
        proof: &Proof,
    ) -> bool {
        let bytes = key.to_bytes();
        let held = self.leaves.get(&leaf);
        if held.is_some_and(|(by, of, held)| (&**by, of, held) == (gateway, &bytes, proof)) {
            return true;
        }
        let Some(root) = root_of(leaf, proof) else { return false };
        let name = (gateway.to_owned(), bytes, proof.size, root, proof.signature);
        if let Some(holds) = self.roots.get(&name) {
            return *holds;
        }
        let holds = key.verify(&statement(gateway, proof.size, &root), &proof.signature);
        if self.roots.len() >= ROOTS_MAX {
            self.roots.clear();
        }
        self.roots.insert(name, holds);
        holds
    }

    /// Whether a certificate counts for signing at this moment.
    pub(crate) fn certificate(
        &mut self,
        certificate: &Certificate,
        trust: &Trust,
        now: Moment,
    ) -> Result<(), Untrusted> {
        if let Some((known, at, judged)) = &self.trusted
            && (known, at) == (certificate, &now)
        {
            return judged.clone();
        }
        let judged = trust.check(certificate, Purpose::Signature, now);
        self.trusted = Some((certificate.clone(), now, judged.clone()));
        judged
    }
}
