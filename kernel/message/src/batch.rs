//! Signatures: one over the root of a batch, and each message's path to it.

use base::Moment;
use data_encoding::HEXLOWER;
use seal::cert::{Certificate, Purpose, Trust, Untrusted};
use seal::merkle::{Hash, Tree, root_from_path};
use seal::{LogKey, PublicKey, SealError};

use crate::header::Sealed;
use crate::terms::SignedTerms;
use crate::wire::Message;

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
    let signed = batch.into_iter().zip(0u32..).map(|(sealed, index)| {
        let proof = Proof { size, index, path: tree.path(index as usize), signature };
        let (header, bytes, body) = sealed.parts();
        Message::of(header, bytes, body, proof)
    });
    Ok(signed.collect())
}

/// What has been verified already: a batch that comes whole costs one verification, and one of its certificate.
#[derive(Debug, Default)]
pub struct Verified {
    roots: Vec<(PublicKey, u32, Hash, [u8; 64], bool)>,
    trusted: Option<(Certificate, Moment, Result<(), Untrusted>)>,
    /// The terms that held last, and whose certificate signed them.
    terms: Option<(SignedTerms, Certificate)>,
}

/// A batch is remembered while its messages come one after another.
const ROOTS_MAX: usize = 16;

impl Verified {
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
        let (index, size) = (u64::from(proof.index), u64::from(proof.size));
        let Some(root) = root_from_path(leaf, index, size, &proof.path) else { return false };
        let known = self.roots.iter().find(|(by, count, seen, signature, _)| {
            (*count, seen, signature) == (proof.size, &root, &proof.signature) && by == key
        });
        if let Some((.., holds)) = known {
            return *holds;
        }
        let holds = key.verify(&statement(gateway, proof.size, &root), &proof.signature);
        if self.roots.len() >= ROOTS_MAX {
            self.roots.remove(0);
        }
        self.roots.push((key.clone(), proof.size, root, proof.signature, holds));
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
