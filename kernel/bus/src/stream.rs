//! The bus in use: letters are published, brought, confirmed; processes ring one another.

use std::time::Duration;

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{AckKind, Context, Message};
use async_nats::{Client, Subscriber};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};

use crate::reach::{ANSWER_MAX, nodes, reach};
use crate::settings::Settings;
use crate::trouble::{NO_LEADER, Trouble, chain};

/// Letters of one gateway lie under so many subjects.
const LANES: u32 = 16;
/// What comes within this of the first goes into one round with it.
const ROUND: Duration = Duration::from_millis(3);

/// A letter that is to be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// To which gateway.
    pub gateway: String,
    /// Its name: the bus keeps one of a name.
    pub id: String,
    /// By what it is ordered; empty if it is not.
    pub key: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// What became of a letter that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// Most of the nodes have it.
    Held,
    /// The stream is full.
    Full,
    /// It is longer than the servers take.
    TooLarge,
    /// Nobody has confirmed it: it may be there or not.
    Unconfirmed(String),
}

/// How it stands with the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// Its name.
    pub stream: String,
    /// Which node leads it.
    pub leader: String,
    /// The nodes that keep it, the leader first.
    pub nodes: Vec<Node>,
    /// How many there are to be.
    pub replicas: usize,
    /// Letters on their way.
    pub letters: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many of them were not brought yet.
    pub lag: u64,
}

impl Standing {
    /// How many nodes have all of the stream.
    pub fn whole(&self) -> usize {
        self.nodes.iter().filter(|node| node.whole).count()
    }
}

/// A node that keeps the stream, as its leader sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Whether it is there and has all of the stream.
    pub whole: bool,
    /// So many operations it has yet to catch up with.
    pub behind: u64,
    /// For so long nothing was heard of it.
    pub silent_seconds: u64,
}

/// A bus that was reached. The connection mends itself: what is asked of it while it is away fails after some seconds.
pub struct Bus {
    name: String,
    client: Client,
    context: Context,
    stream: Stream,
    consumer: PullConsumer,
}

impl Bus {
    /// Reaches the bus, and makes stream and consumer where they are not there.
    pub async fn reach(settings: &Settings) -> Result<Self, Trouble> {
        let reached = reach(settings).await?;
        Ok(Self {
            name: settings.stream.clone(),
            client: reached.client,
            context: reached.context,
            stream: reached.stream,
            consumer: reached.consumer,
        })
    }

    /// Publishes letters in their order, and says of each what became of it.
    pub async fn publish(&self, letters: Vec<Letter>) -> Vec<Published> {
        let mut sent = Vec::with_capacity(letters.len());
        for letter in letters {
            let lane = lane(if letter.key.is_empty() { &letter.id } else { &letter.key });
            let subject = format!("{}.to.{}.{lane}", self.name, letter.gateway);
            let message = PublishMessage::build()
                .payload(letter.content.into())
                .message_id(letter.id)
                .expected_stream(&self.name);
            sent.push(self.context.send_publish(subject, message).await);
        }
        let until = tokio::time::Instant::now() + ANSWER_MAX;
        let mut became = Vec::with_capacity(sent.len());
        for one in sent {
            became.push(match one {
                Ok(confirming) => match tokio::time::timeout_at(until, confirming).await {
                    Ok(Ok(_)) => Published::Held,
                    Ok(Err(error)) => not_held(&error),
                    Err(_) => Published::Unconfirmed("没有等到答复".into()),
                },
                Err(error) => not_held(&error),
            });
        }
        became
    }

    /// What is brought to this process from now on.
    pub async fn inwards(&self) -> Result<Inwards, Trouble> {
        let opened = self
            .consumer
            .stream()
            .max_messages_per_batch(500)
            .expires(Duration::from_secs(10))
            .heartbeat(Duration::from_secs(2))
            .messages();
        let opened = opened.await;
        opened.map(Inwards).map_err(|error| Trouble::away(chain(&error)))
    }

    /// How it stands; trouble where nobody says so.
    pub async fn standing(&self) -> Result<Standing, Trouble> {
        let info = self.stream.get_info().await.map_err(|error| Trouble::away(chain(&error)))?;
        let consumer = self.consumer.get_info().await;
        let consumer = consumer.map_err(|error| Trouble::away(chain(&error)))?;
        // A node that knows of no leader answers too, from what it remembers: nothing can be put down then.
        let leader =
            info.cluster.as_ref().map(|cluster| cluster.leader.clone().unwrap_or_default());
        if leader.as_ref().is_some_and(String::is_empty) {
            return Err(Trouble::away(NO_LEADER));
        }
        Ok(Standing {
            stream: self.name.clone(),
            leader: leader.unwrap_or_default(),
            nodes: nodes(&info, self.client.server_info().server_name),
            replicas: info.config.num_replicas,
            letters: info.state.messages,
            bytes: info.state.bytes,
            lag: consumer.num_pending,
        })
    }

    /// Tells all processes that something waits for a gateway. Who does not hear it looks soon anyway.
    pub async fn ring(&self, gateway: &str) {
        let subject = format!("{}.rung", self.name);
        if let Err(error) = self.client.publish(subject, gateway.to_owned().into()).await {
            tracing::debug!(%error, "the bus does not ring");
        }
    }

    /// The rings of all processes.
    pub async fn rings(&self) -> Result<Rings, Trouble> {
        let subscribed = self.client.subscribe(format!("{}.rung", self.name)).await;
        subscribed.map(Rings).map_err(|error| Trouble::away(chain(&error)))
    }
}

/// One of the lanes of a gateway, the same for one key.
fn lane(key: &str) -> u32 {
    // FNV-1a: it only spreads.
    let hash = key
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % LANES
}

fn not_held(error: &PublishError) -> Published {
    if error.kind() == PublishErrorKind::MaxPayloadExceeded {
        return Published::TooLarge;
    }
    let words = chain(error);
    let full = ["maximum messages exceeded", "maximum bytes exceeded", "insufficient storage"];
    match full.iter().any(|said| words.contains(said)) {
        true => Published::Full,
        false => Published::Unconfirmed(words),
    }
}

/// What the bus brings.
pub struct Inwards(pull::Stream);

impl Inwards {
    /// The next letters, as many as come at once; waits for the first.
    pub async fn next(&mut self, most: usize) -> Result<Vec<Brought>, Trouble> {
        let mut brought = vec![came(self.0.next().await)?];
        let until = tokio::time::Instant::now() + ROUND;
        while brought.len() < most {
            match tokio::time::timeout_at(until, self.0.next()).await {
                Ok(next) => brought.push(came(next)?),
                Err(_) => break,
            }
        }
        Ok(brought)
    }
}

fn came(next: Option<Result<Message, pull::MessagesError>>) -> Result<Brought, Trouble> {
    match next {
        Some(Ok(message)) => Ok(Brought(message)),
        Some(Err(error)) => Err(Trouble::away(chain(&error))),
        None => Err(Trouble::away("交换总线不再送来消息")),
    }
}

/// A letter that the bus has brought.
pub struct Brought(Message);

impl Brought {
    /// To which gateway; none if it is none of ours.
    pub fn gateway(&self) -> Option<&str> {
        self.0.subject.split('.').nth(2)
    }

    /// Its name; none if it is none of ours.
    pub fn id(&self) -> Option<&str> {
        Some(self.0.headers.as_ref()?.get(NATS_MESSAGE_ID)?.as_str())
    }

    /// It has arrived: the bus forgets it.
    pub async fn confirm(&self) {
        self.said(AckKind::Ack).await;
    }

    /// Not yet: the bus brings it again after a while.
    pub async fn later(&self, after: Duration) {
        self.said(AckKind::Nak(Some(after))).await;
    }

    /// What cannot be said is said by silence: the bus brings it again.
    async fn said(&self, kind: AckKind) {
        if let Err(error) = self.0.ack_with(kind).await {
            tracing::debug!(%error, "the bus is not told of a letter");
        }
    }
}

/// The rings of all processes.
pub struct Rings(Subscriber);

impl Rings {
    /// For which gateway something waits; none when there are no more.
    pub async fn next(&mut self) -> Option<String> {
        let rung = self.0.next().await?;
        Some(String::from_utf8_lossy(&rung.payload).into_owned())
    }
}
