//! Reaching the bus: the connection, the stream and its consumer, made where they are not there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, Info, RetentionPolicy, StorageType, Stream,
};
use async_nats::jetstream::{Context, ErrorCode};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerError};

use crate::settings::Settings;
use crate::stream::Node;
use crate::trouble::{Answered, Trouble, chain, of_making};

/// A server that does not answer within this is away.
pub(crate) const ANSWER_MAX: Duration = Duration::from_secs(5);
/// So many letters are published and not yet confirmed at most.
const UNCONFIRMED_MAX: usize = 2_000;
/// Within this a letter that was published twice is kept once: as long as JetStream keeps names by default.
const NAMES_KEPT: Duration = Duration::from_secs(120);
/// What was brought and not confirmed is brought again.
const CONFIRM_WITHIN: Duration = Duration::from_secs(10);
/// The consumer that all processes of a centre share.
const CONSUMER: &str = "delivery";

/// The last thing that the server would not let us do: it answers such a request with silence, and says why beside it.
#[derive(Clone, Default)]
struct Forbidden(Arc<Mutex<Option<String>>>);

impl Forbidden {
    fn note(&self, words: &str) {
        if words.to_lowercase().contains("permissions violation") {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(words.to_owned());
        }
    }

    fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The connection, the stream, the consumer.
pub(crate) struct Reached {
    pub(crate) client: Client,
    pub(crate) context: Context,
    pub(crate) stream: Stream,
    pub(crate) consumer: PullConsumer,
}

pub(crate) async fn reach(settings: &Settings) -> Result<Reached, Trouble> {
    let forbidden = Forbidden::default();
    let client = connect(settings, &forbidden).await?;
    let context = ContextBuilder::new()
        .timeout(ANSWER_MAX)
        .ack_timeout(ANSWER_MAX)
        .max_ack_inflight(UNCONFIRMED_MAX)
        .build(client.clone());
    let stream = stream(&context, settings, &forbidden).await?;
    let consumer = consumer(&stream, settings, &forbidden).await?;
    Ok(Reached { client, context, stream, consumer })
}

async fn connect(settings: &Settings, forbidden: &Forbidden) -> Result<Client, Trouble> {
    let noted = forbidden.clone();
    let mut options = ConnectOptions::new()
        .name("cityhall exchange")
        .connection_timeout(ANSWER_MAX)
        .request_timeout(Some(ANSWER_MAX))
        .ping_interval(Duration::from_secs(2))
        .reconnect_delay_callback(|tries| {
            Duration::from_millis(100 * u64::try_from(tries.min(20)).unwrap_or(20))
        })
        .event_callback(move |event| {
            if let Event::ServerError(ServerError::Other(words)) = &event {
                noted.note(words);
            }
            tracing::debug!(%event, "the bus");
            std::future::ready(())
        });
    if let Some((user, password)) = &settings.login {
        options = options.user_and_password(user.clone(), password.clone());
    }
    if let Some(root) = &settings.root {
        options = options.add_root_certificates(root.clone());
    }
    if let Some((certificate, key)) = &settings.certificate {
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    let open = settings.servers.iter().all(|server| server.starts_with("nats://"));
    let connected = options.require_tls(!open).connect(settings.servers.as_slice()).await;
    connected.map_err(|error| {
        let (servers, words) = (settings.servers.join("、"), chain(&error));
        // What TLS says comes as an error of reading, and what is wrong with a certificate does not pass by waiting.
        let of_tls = ["invalid peer certificate", "received fatal alert"];
        let of_tls = of_tls.iter().any(|said| words.contains(said));
        match error.kind() {
            ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                Trouble::not_allowed(format!("交换总线（{servers}）不接受所配的账户和密码"))
            }
            kind if of_tls || kind == ConnectErrorKind::Tls => {
                Trouble::unfit(format!("交换总线（{servers}）的 TLS 不通：{words}"))
            }
            _ => Trouble::away(format!("连接不上交换总线（{servers}）：{words}")),
        }
    })
}

/// What the stream is to be: each letter on the disks of several nodes until it was confirmed; what does not fit is not
/// taken.
fn wanted(settings: &Settings) -> Config {
    Config {
        name: settings.stream.clone(),
        subjects: vec![settings.subjects()],
        retention: RetentionPolicy::WorkQueue,
        storage: StorageType::File,
        num_replicas: settings.replicas,
        discard: DiscardPolicy::New,
        max_messages: settings.letters_max,
        max_bytes: settings.bytes_max,
        duplicate_window: NAMES_KEPT,
        ..Config::default()
    }
}

/// Why a request has failed: what JetStream answered, what the server forbade, or that nobody answered.
fn failed(error: &dyn Answered, what: &str, replicas: usize, forbidden: &Forbidden) -> Trouble {
    if let Some(said) = error.answer() {
        return of_making(&said, replicas);
    }
    match forbidden.take() {
        Some(said) => Trouble::not_allowed(format!("所配的账户在交换总线上不能{what}：{said}")),
        None => Trouble::away(format!("交换总线没有答复，不能{what}：{}", chain(error))),
    }
}

async fn stream(
    context: &Context,
    settings: &Settings,
    forbidden: &Forbidden,
) -> Result<Stream, Trouble> {
    let wanted = wanted(settings);
    let failed =
        |error: &dyn Answered| failed(error, "建立或者查看流", settings.replicas, forbidden);
    let stream = match context.get_stream(&settings.stream).await {
        Ok(stream) => stream,
        Err(error) => {
            let said = error.answer();
            if said.is_none_or(|said| said.error_code() != ErrorCode::STREAM_NOT_FOUND) {
                return Err(failed(&error));
            }
            context.create_stream(wanted.clone()).await.map_err(|error| failed(&error))?
        }
    };
    let found = &stream.cached_info().config;
    let same_kind = found.retention == wanted.retention
        && found.storage == wanted.storage
        && found.subjects == wanted.subjects;
    if !same_kind {
        let words = format!(
            "交换总线上的流“{}”是别的用途（主题、保留方式或者存储不同），请改配 stream",
            settings.stream
        );
        return Err(Trouble::unfit(words));
    }
    let same_size = found.num_replicas == wanted.num_replicas
        && found.discard == wanted.discard
        && (found.max_messages, found.max_bytes) == (wanted.max_messages, wanted.max_bytes);
    if !same_size {
        context.update_stream(wanted).await.map_err(|error| failed(&error))?;
    }
    Ok(stream)
}

async fn consumer(
    stream: &Stream,
    settings: &Settings,
    forbidden: &Forbidden,
) -> Result<PullConsumer, Trouble> {
    let wanted = pull::Config {
        durable_name: Some(CONSUMER.into()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: CONFIRM_WITHIN,
        max_ack_pending: 20_000,
        ..pull::Config::default()
    };
    let made = stream.get_or_create_consumer(CONSUMER, wanted).await;
    made.map_err(|error| failed(&error, "建立消费者", settings.replicas, forbidden))
}

/// The nodes that keep the stream, the leader first; `alone` is the server where it is one.
pub(crate) fn nodes(info: &Info, alone: String) -> Vec<Node> {
    let leads = |name: String| Node { name, whole: true, ..Node::default() };
    let Some(cluster) = &info.cluster else { return vec![leads(alone)] };
    let leader = cluster.leader.clone().filter(|name| !name.is_empty()).map(leads);
    let others = cluster.replicas.iter().map(|one| Node {
        name: one.name.clone(),
        whole: one.current && !one.offline,
        behind: one.lag.unwrap_or_default(),
        silent_seconds: one.active.as_secs(),
    });
    leader.into_iter().chain(others).collect()
}
