//! The bus: letters go out of their outboxes onto it, and come from it into their queues. Why it stands there, and what it is
//! believed for: `docs/decisions/0009-a-bus-carries-between-outbox-and-queue.md`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Id, Outcome};
use bus::{Brought, Bus, Letter, Published, Settings, Trouble};
use delivery::Taken;
use frame::{Hall, meter};
use message::Message;

use crate::acts::bus as acts;
use crate::terms::{gateway_of, queue_of};

/// So many letters are taken in at once.
const BROUGHT_MAX: usize = 500;
/// A letter that came before others of its key is brought again after this.
const EARLY: Duration = Duration::from_millis(200);
/// How often it is looked how the bus stands.
const LOOK: Duration = Duration::from_secs(2);
/// After so many looks without an answer everything is begun anew: the stream may be gone.
const LOOKS_MAX: u32 = 5;
/// A bus that could not be reached is tried again after this.
const TRY_AGAIN: Duration = Duration::from_secs(2);
/// How often letters go past a bus that is away.
const PAST: Duration = Duration::from_millis(500);
/// How often a process without a bus looks whether the city uses one.
const GIVE_UP: Duration = Duration::from_secs(10);

/// Carries letters by the bus until the process ends; `say` tells people how it stands with it, when that changes.
pub async fn carry(hall: Arc<Hall>, settings: Settings, patience_seconds: i64, say: fn(String)) {
    while let Err(stop) = acts::take_into_use(&hall, patience_seconds).await {
        tracing::error!(fault = %stop, "taking the bus into use");
        tokio::time::sleep(TRY_AGAIN).await;
    }
    tokio::join!(by_bus(&hall, &settings, say), past(&hall));
}

/// What a process does that has no bus in its configuration: it gives up the one that nobody holds any more.
pub async fn without_bus(hall: Arc<Hall>, say: fn(String)) {
    loop {
        let given_up = async {
            acts::without_bus(&hall).await?;
            acts::give_up(&hall).await
        };
        match given_up.await {
            Ok(true) => say("交换总线已停用：配置里没有 [bus]，别的进程也不再使用它".into()),
            Ok(false) => {}
            Err(stop) => tracing::error!(fault = %stop, "giving up the bus"),
        }
        tokio::time::sleep(GIVE_UP).await;
    }
}

async fn by_bus(hall: &Arc<Hall>, settings: &Settings, say: fn(String)) {
    let mut said = String::new();
    let mut tell = |words: String| {
        if said != words {
            say(words.clone());
            said = words;
        }
    };
    loop {
        let trouble = match Bus::reach(settings).await {
            Ok(bus) => {
                tell(format!("交换总线已经连接：流“{}”", settings.stream));
                let bus = Arc::new(bus);
                tokio::select! {
                    trouble = standing(hall, &bus) => trouble,
                    never = outwards(hall, &bus) => match never {},
                    never = inwards(hall, &bus) => match never {},
                    never = rings(&bus) => match never {},
                }
            }
            Err(trouble) => trouble,
        };
        meter::gauge("exchange_bus_connected", 0);
        let words = trouble.words;
        if let Err(stop) = acts::troubled(hall, &words).await {
            tracing::error!(fault = %stop, "noting how the bus stands");
        }
        tell(format!("{words}；消息先由本市的库直接投送，超过 away_seconds_max 以后暂停受理"));
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

/// What never comes back.
enum Never {}

/// Looks how the bus stands and notes it, until nobody answers.
async fn standing(hall: &Arc<Hall>, bus: &Bus) -> Trouble {
    let mut silent = 0;
    loop {
        match bus.standing().await {
            Ok(standing) => {
                silent = 0;
                meter::gauge("exchange_bus_connected", 1);
                let count = |many: u64| i64::try_from(many).unwrap_or(i64::MAX);
                meter::gauge("exchange_bus_letters", count(standing.letters));
                meter::gauge("exchange_bus_lag", count(standing.lag));
                let whole = i64::try_from(standing.whole()).unwrap_or(i64::MAX);
                meter::gauge("exchange_bus_nodes", whole);
                if let Err(stop) = acts::reached(hall, &standing).await {
                    tracing::error!(fault = %stop, "noting how the bus stands");
                }
            }
            Err(trouble) => {
                silent += 1;
                meter::gauge("exchange_bus_connected", 0);
                tracing::warn!(words = trouble.words, "the bus does not say how it stands");
                if silent >= LOOKS_MAX {
                    return trouble;
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Hands to the bus what lies in outboxes.
async fn outwards(hall: &Arc<Hall>, bus: &Bus) -> Never {
    loop {
        let went = match acts::queues(hall).await {
            Ok(queues) => {
                let mut went = false;
                for queue in queues {
                    went |= out(hall, bus, &queue).await.unwrap_or_else(|stop| {
                        tracing::error!(fault = %stop, queue, "handing letters to the bus");
                        false
                    });
                }
                went
            }
            Err(stop) => {
                tracing::error!(fault = %stop, "looking into the outboxes");
                false
            }
        };
        if !went {
            acts::rung_outwards().await;
        }
    }
}

/// Hands the next letters of a queue to the bus. Says whether it took any.
async fn out(hall: &Arc<Hall>, bus: &Bus, queue: &str) -> Outcome<bool> {
    let Some(gateway) = gateway_of(queue) else { return Ok(false) };
    let taken = acts::going_out(hall, queue).await?;
    if taken.is_empty() {
        return Ok(false);
    }
    let ids: Vec<Id<Message>> = taken.iter().map(|one| one.id).collect();
    let letters = taken.into_iter().map(|one| letter(gateway, one)).collect();
    let (mut held, mut again, mut large) = (0u64, Vec::new(), Vec::new());
    for (id, became) in ids.into_iter().zip(bus.publish(letters).await) {
        match became {
            Published::Held => held += 1,
            Published::TooLarge => large.push(id),
            Published::Full => again.push(id),
            Published::Unconfirmed(words) => {
                tracing::debug!(words, %id, "the bus has not confirmed a letter");
                again.push(id);
            }
        }
    }
    if !large.is_empty() {
        let early = acts::past_the_bus(hall, queue, large).await?;
        again.extend(early);
    }
    if !again.is_empty() {
        acts::not_gone(hall, queue, again).await?;
    }
    Ok(held > 0)
}

fn letter(gateway: &str, taken: Taken) -> Letter {
    Letter {
        gateway: gateway.to_owned(),
        id: taken.id.to_string(),
        key: taken.key,
        content: taken.content,
    }
}

/// Takes in what the bus brings.
async fn inwards(hall: &Arc<Hall>, bus: &Bus) -> Never {
    loop {
        let trouble = match bus.inwards().await {
            Ok(mut inwards) => loop {
                match inwards.next(BROUGHT_MAX).await {
                    Ok(brought) => {
                        if let Err(stop) = take_in(hall, bus, &brought).await {
                            // Nothing was confirmed: the bus brings it again.
                            tracing::error!(fault = %stop, "taking in what the bus brings");
                        }
                    }
                    Err(trouble) => break trouble,
                }
            },
            Err(trouble) => trouble,
        };
        tracing::debug!(words = trouble.words, "the bus brings nothing");
        tokio::time::sleep(EARLY).await;
    }
}

async fn take_in(hall: &Arc<Hall>, bus: &Bus, brought: &[Brought]) -> Outcome<()> {
    let mut queues: BTreeMap<String, Vec<Id<Message>>> = BTreeMap::new();
    for one in brought {
        // What is none of ours is confirmed with the rest, and so forgotten.
        let id = one.id().and_then(|id| id.parse().ok());
        if let (Some(gateway), Some(id)) = (one.gateway(), id) {
            queues.entry(queue_of(gateway)).or_default().push(id);
        }
    }
    let (rung, early) = acts::arrived(hall, queues).await?;
    for gateway in &rung {
        acts::ring(gateway);
        bus.ring(gateway).await;
    }
    for one in brought {
        let is_early =
            one.id().and_then(|id| id.parse().ok()).is_some_and(|id| early.contains(&id));
        if is_early {
            one.later(EARLY).await;
        } else {
            one.confirm().await;
        }
    }
    Ok(())
}

/// Rings here what other processes ring.
async fn rings(bus: &Bus) -> Never {
    loop {
        if let Ok(mut rings) = bus.rings().await {
            while let Some(gateway) = rings.next().await {
                acts::ring(&gateway);
            }
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

/// Lets letters go past a bus that is away.
async fn past(hall: &Arc<Hall>) {
    loop {
        match acts::without_bus(hall).await {
            Ok(0) => tokio::time::sleep(PAST).await,
            Ok(_) => {}
            Err(stop) => {
                tracing::error!(fault = %stop, "letting letters go past the bus");
                tokio::time::sleep(TRY_AGAIN).await;
            }
        }
    }
}
