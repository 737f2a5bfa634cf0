//! The steps of a delivery. The centre records many at once in one act of its log, which holds the root over them; a
//! receipt is the act's, with the path of the one step.

use base::{Id, Moment};
use data_encoding::HEXLOWER;
use seal::merkle::{Hash, Tree, leaf_hash, root_from_path};
use serde::{Deserialize, Serialize};

use crate::wire::Message;
use crate::{Wrong, written};

/// Which step it is; in the order in which they follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Judged, authorised and durable at the centre.
    Stored,
    /// Judged, and refused.
    Refused,
    /// Handed to the receiver's gateway.
    Delivered,
    /// The receiver's gateway said that it has it.
    Acknowledged,
    /// Given up, with a reason.
    Dropped,
}

impl StepKind {
    /// As it stands in receipts.
    pub fn name(self) -> &'static str {
        match self {
            StepKind::Stored => "stored",
            StepKind::Refused => "refused",
            StepKind::Delivered => "delivered",
            StepKind::Acknowledged => "acknowledged",
            StepKind::Dropped => "dropped",
        }
    }

    /// In the words of people.
    pub fn words(self) -> &'static str {
        match self {
            StepKind::Stored => "中心已受理并保存",
            StepKind::Refused => "中心未受理",
            StepKind::Delivered => "已送达对方网关",
            StepKind::Acknowledged => "对方网关已确认收到",
            StepKind::Dropped => "已停止投递",
        }
    }
}

/// One step of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// When, milliseconds since 1970.
    pub at: i64,
    /// Why, where it was refused or dropped: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The hash of its leaf, hex: not only its name, but every byte of its header.
    pub digest: String,
    /// Which message.
    pub id: Id<Message>,
    /// What happened.
    pub step: StepKind,
}

impl Step {
    /// This step of a message.
    pub fn of(message: &Message, step: StepKind, at: Moment) -> Self {
        let (id, digest) = (message.header().id, message.digest());
        Self { id, digest, step, at: at.millis(), code: None }
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    /// The hash of its leaf.
    pub fn leaf(&self) -> Result<Hash, Wrong> {
        Ok(leaf_hash(&written(self)?))
    }
}

/// The root over steps, in their order, hex.
pub fn steps_root(steps: &[Step]) -> Result<String, Wrong> {
    let leaves: Vec<Hash> = steps.iter().map(Step::leaf).collect::<Result<_, _>>()?;
    Ok(HEXLOWER.encode(&Tree::new(&leaves).root()))
}

/// One step, with its path to the root that an act holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepProof {
    /// The step.
    pub step: Step,
    /// How many were recorded together.
    pub size: u64,
    /// Which of them this is, from 0.
    pub index: u64,
    /// The hashes from the leaf up, hex.
    pub path: Vec<String>,
}

impl StepProof {
    /// The proofs of all steps of one act, in their order.
    pub fn of_all(steps: &[Step]) -> Result<Vec<Self>, Wrong> {
        let leaves: Vec<Hash> = steps.iter().map(Step::leaf).collect::<Result<_, _>>()?;
        let tree = Tree::new(&leaves);
        let size = steps.len() as u64;
        let proofs = steps.iter().enumerate().map(|(index, step)| Self {
            step: step.clone(),
            size,
            index: index as u64,
            path: tree.path(index).iter().map(|hash| HEXLOWER.encode(hash)).collect(),
        });
        Ok(proofs.collect())
    }

    /// The root to which it leads, hex.
    pub fn root(&self) -> Option<String> {
        let hash = |text: &String| HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok();
        let path: Vec<Hash> = self.path.iter().map(hash).collect::<Option<_>>()?;
        let root = root_from_path(self.step.leaf().ok()?, self.index, self.size, &path)?;
        Some(HEXLOWER.encode(&root))
    }
}
