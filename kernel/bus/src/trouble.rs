//! What can be wrong with a bus, in words for who runs the city.

use async_nats::jetstream::context::{
    CreateStreamError, CreateStreamErrorKind, GetStreamError, GetStreamErrorKind,
};
use async_nats::jetstream::stream::{ConsumerError, ConsumerErrorKind};
use async_nats::jetstream::{self, ErrorCode};

/// Nodes are there, and too few of them to agree.
pub(crate) const NO_LEADER: &str = "交换总线的集群还没有选出主节点，在线的节点不够半数";

/// Why the bus does not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// No server can be reached, or too few of them are there to agree.
    Away,
    /// The servers do not let us in, or not do what we need.
    NotAllowed,
    /// What is there is not what we need.
    Unfit,
}

/// A bus that does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Why.
    pub why: Why,
    /// In words.
    pub words: String,
}

impl Trouble {
    pub(crate) fn away(words: impl Into<String>) -> Self {
        Self { why: Why::Away, words: words.into() }
    }

    pub(crate) fn not_allowed(words: impl Into<String>) -> Self {
        Self { why: Why::NotAllowed, words: words.into() }
    }

    pub(crate) fn unfit(words: impl Into<String>) -> Self {
        Self { why: Why::Unfit, words: words.into() }
    }
}

/// An error with what led to it, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(inner) = next {
        let more = inner.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        next = inner.source();
    }
    words
}

/// An error that may hold what JetStream answered: it stands in the error's kind, not beneath it.
pub(crate) trait Answered: std::error::Error {
    /// What JetStream answered, if it did.
    fn answer(&self) -> Option<jetstream::Error>;
}

impl Answered for GetStreamError {
    fn answer(&self) -> Option<jetstream::Error> {
        match self.kind() {
            GetStreamErrorKind::JetStream(said) => Some(said),
            _ => None,
        }
    }
}

impl Answered for CreateStreamError {
    fn answer(&self) -> Option<jetstream::Error> {
        match self.kind() {
            CreateStreamErrorKind::JetStream(said) => Some(said),
            _ => None,
        }
    }
}

impl Answered for ConsumerError {
    fn answer(&self) -> Option<jetstream::Error> {
        match self.kind() {
            ConsumerErrorKind::JetStream(said) => Some(said),
            _ => None,
        }
    }
}

/// What JetStream says of a stream or consumer that it does not make.
pub(crate) fn of_making(error: &jetstream::Error, replicas: usize) -> Trouble {
    match error.error_code() {
        ErrorCode::JETSTREAM_NOT_ENABLED | ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT => {
            Trouble::unfit("交换总线没有给所配的账户启用 JetStream")
        }
        ErrorCode::CLUSTER_NO_PEERS | ErrorCode::INSUFFICIENT_RESOURCES => Trouble::unfit(format!(
            "交换总线的集群里放不下 {replicas} 份副本：可用的节点不够，或者给 JetStream 的空间（max_file_store）比 bytes_max 小"
        )),
        ErrorCode::CLUSTER_NOT_AVAILABLE
        | ErrorCode::CLUSTER_NOT_LEADER
        | ErrorCode::CLUSTER_NOT_ASSIGNED => Trouble::away(NO_LEADER),
        ErrorCode::ACCOUNT_RESOURCES_EXCEEDED
        | ErrorCode::STORAGE_RESOURCES_EXCEEDED
        | ErrorCode::MAXIMUM_STREAMS_LIMIT => {
            Trouble::not_allowed("所配的账户在交换总线上的限额不够，建不了流")
        }
        _ => Trouble::unfit(format!("交换总线建不了流：{error}")),
    }
}
