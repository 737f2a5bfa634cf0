//! One SM2 signature over each commit group: the store calls it after the commit, with the leaves
//! of every write in the group, and hands each caller its part of the evidence.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use seal::Keys;
use seal::merkle::Tree;

use crate::receipt::{GroupProof, group_statement};

/// Signs commit groups with the log's key. A piece of evidence is the leaf, then its group proof
/// as JSON.
pub(crate) struct GroupSigner {
    pub(crate) keys: Arc<Keys>,
    pub(crate) origin: String,
}

impl store::Witness for GroupSigner {
    fn witness(&self, marks: &[[u8; 32]]) -> Vec<Vec<u8>> {
        let size = marks.len() as u64;
        let tree = Tree::new(marks);
        let root = tree.root();
        let signed = self.keys.log_key().sign(&group_statement(&self.origin, size, &root));
        let signature = match signed {
            Ok(signature) => signature,
            // What was committed stays without evidence until the device is back: nobody else signs.
            Err(error) => {
                tracing::error!(%error, "a commit group could not be signed");
                return vec![Vec::new(); marks.len()];
            }
        };
        let signature = HEXLOWER.encode(&signature);
        marks
            .iter()
            .enumerate()
            .map(|(index, leaf)| {
                let proof = GroupProof {
                    size,
                    index: index as u64,
                    path: tree.path(index).iter().map(|h| HEXLOWER.encode(h)).collect(),
                    signature: signature.clone(),
                };
                let mut evidence = leaf.to_vec();
                evidence.extend(serde_json::to_vec(&proof).unwrap_or_default());
                evidence
            })
            .collect()
    }
}
