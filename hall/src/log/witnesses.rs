//! The city's witnesses: the head of the log is shown to each of them, and what they sign is
//! published. A city that showed them one log and others another would be told.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::BASE64;
use frame::Hall;
use ledger::{Head, WitnessStanding};
use seal::PublicKey;
use seal::note::{COSIGNATURES_MAX, Checkpoint, Cosignature, LogKeys, Note, is_name, open};

use crate::config;

/// How often the head is looked at.
const TICK: Duration = Duration::from_secs(2);
/// A witness that did not sign is asked again after so many seconds.
const AGAIN_SECONDS: i64 = 30;
/// A cosignature older than this is asked for again, though the log has not grown.
const FRESH_SECONDS: i64 = 600;
/// How long a witness may take.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// An answer of a witness is not longer.
const ANSWER_BYTES_MAX: u64 = 4_096;
/// A witness's name is not longer.
const NAME_BYTES_MAX: usize = 128;

/// A witness that this city shows its log to.
#[derive(Clone)]
pub struct Witness {
    name: String,
    url: String,
    key: PublicKey,
}

/// The witnesses that the configuration names.
pub fn known(named: &[config::Witness], data: &Path) -> Outcome<Vec<Witness>> {
    let wrong = |words: String| Refusal::new(RefusalKind::Invalid, "hall.witness", words);
    if named.len() > COSIGNATURES_MAX {
        return Err(wrong(format!("见证方最多 {COSIGNATURES_MAX} 个")).into());
    }
    let mut known: Vec<Witness> = Vec::new();
    for config::Witness { name, url, key } in named {
        if !is_name(name) || name.len() > NAME_BYTES_MAX {
            return Err(wrong(format!("见证方名称 “{name}” 不正确：不能有空格和加号")).into());
        }
        if known.iter().any(|other| other.name == *name) {
            return Err(wrong(format!("见证方 {name} 写了两次")).into());
        }
        let key = match PublicKey::from_hex(key) {
            Ok(key) => key,
            Err(_) => crate::commands::read_key(&data.join(key))?,
        };
        let url = url.trim_end_matches('/').to_owned();
        known.push(Witness { name: name.clone(), url, key });
    }
    Ok(known)
}

/// What a witness did not do.
enum Trouble {
    /// Another process of this city was quicker; there is nothing to tell.
    Overtaken,
    /// It cannot be reached, or does not know us.
    Refused(String),
    /// It knows another log under our name.
    Conflict(String),
}

/// Shows the log to its witnesses until the process ends.
pub async fn follow(hall: Arc<Hall>, witnesses: Vec<Witness>) {
    let names: Vec<String> = witnesses.iter().map(|witness| witness.name.clone()).collect();
    if let Err(stop) = forget_others(&hall, names).await {
        tracing::error!(fault = %stop, "forgetting former witnesses");
    }
    if witnesses.is_empty() {
        return;
    }
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(ANSWER_MAX))
        .build();
    let (later, asked, told) = (HashMap::new(), HashSet::new(), HashMap::new());
    let mut round = Round { hall, agent: agent.into(), witnesses, later, asked, told };
    loop {
        if let Err(stop) = round.go().await {
            tracing::error!(fault = %stop, "showing the log to its witnesses");
        }
        tokio::time::sleep(TICK).await;
    }
}

async fn forget_others(hall: &Hall, names: Vec<String>) -> Outcome<()> {
    let known = hall.store.read(ledger::witnesses).await?;
    if known.iter().all(|known| names.contains(&known.name)) {
        return Ok(());
    }
    hall.store.write(move |tx| ledger::retain_witnesses(tx, &names)).await
}

struct Round {
    hall: Arc<Hall>,
    agent: ureq::Agent,
    witnesses: Vec<Witness>,
    /// Who is not asked before when.
    later: HashMap<String, Moment>,
    /// Who has been asked since the process began.
    asked: HashSet<String>,
    /// Who has been told of how many successions of the log's key.
    told: HashMap<String, usize>,
}

impl Round {
    /// Asks each witness that has not signed the head, and publishes what they sign.
    async fn go(&mut self) -> Outcome<()> {
        let Some(head) = self.hall.ledger.head().await?.filter(|head| head.size > 0) else {
            return Ok(());
        };
        let keys = Arc::new(self.hall.ledger.log_keys().await?);
        let successions = keys.successions().len();
        let now = self.hall.now();
        let standing = self.hall.store.read(ledger::witnesses).await?;
        let mut asking = Vec::new();
        for witness in &self.witnesses {
            let found = standing.iter().find(|found| found.name == witness.name);
            let before = found.cloned().unwrap_or_else(|| unknown(&witness.name));
            let stale = now.millis() / 1_000 - before.cosigned > FRESH_SECONDS;
            let waits = self.later.get(&witness.name).is_some_and(|later| now < *later);
            // Once a start each is asked in any case: a database that was put back remembers the
            // witness as it was.
            let first = !self.asked.contains(&witness.name);
            let signed = before.size == head.size && before.trouble.is_empty();
            let told = self.told.get(&witness.name).is_some_and(|told| *told == successions);
            let unheard = successions > 0 && !told;
            if waits || (signed && !stale && !first && !unheard) {
                continue;
            }
            let (hall, agent, witness) = (self.hall.clone(), self.agent.clone(), witness.clone());
            let (head, old) = (head.clone(), before.size.unsigned_abs());
            let keys = keys.clone();
            let work = move || {
                if unheard && let Err(trouble) = witness.tell(&agent, &keys) {
                    return Ok(Err(trouble));
                }
                witness.ask(&hall, &agent, (&head, &keys), old)
            };
            asking.push((before, tokio::task::spawn_blocking(work)));
        }
        let mut signed = Vec::new();
        for (before, work) in asking {
            let answer = work.await.map_err(Fault::from)??;
            let name = before.name.clone();
            if !matches!(answer, Ok(_) | Err(Trouble::Overtaken)) {
                self.later.insert(name.clone(), now.plus_seconds(AGAIN_SECONDS));
            }
            if answer.is_ok() {
                self.told.insert(name.clone(), successions);
            }
            self.asked.insert(name);
            signed.extend(self.note(&head, before, answer).await?);
        }
        self.publish(head, &keys, signed).await
    }

    /// Writes down what came of an asking, and tells a trouble that is new.
    async fn note(
        &self,
        head: &Head,
        before: WitnessStanding,
        answer: Result<Cosignature, Trouble>,
    ) -> Outcome<Option<Cosignature>> {
        let (mut after, mut signed) = (before.clone(), None);
        (after.conflict, after.trouble) = match answer {
            Ok(cosignature) => {
                after.size = head.size;
                after.cosigned = cosignature.seconds().cast_signed();
                signed = Some(cosignature);
                (false, String::new())
            }
            Err(Trouble::Overtaken) => return Ok(None),
            Err(Trouble::Refused(words)) => (false, words),
            Err(Trouble::Conflict(words)) => (true, words),
        };
        if after.trouble != before.trouble && !after.trouble.is_empty() {
            tracing::error!(
                witness = after.name,
                conflict = after.conflict,
                trouble = after.trouble
            );
        }
        if after != before {
            self.hall.store.write(move |tx| ledger::note_witness(tx, &after)).await?;
        }
        Ok(signed)
    }

    /// Publishes the head with these cosignatures; without any, what is shown stays.
    async fn publish(
        &self,
        head: Head,
        keys: &Arc<LogKeys>,
        signed: Vec<Cosignature>,
    ) -> Outcome<()> {
        if signed.is_empty() {
            return Ok(());
        }
        let keys = keys.clone();
        let mut note = Note::open(&head.checkpoint, &*keys)
            .map_err(|error| Fault::while_doing("reading the log's own checkpoint", error))?;
        signed.into_iter().for_each(|cosignature| note.add(cosignature));
        self.hall.store.write(move |tx| ledger::publish(tx, &note, &*keys)).await
    }
}

fn unknown(name: &str) -> WitnessStanding {
    let trouble = String::new();
    WitnessStanding { name: name.into(), size: 0, cosigned: 0, conflict: false, trouble }
}

impl Witness {
    /// Shows the head to this witness, which knew `old` acts when it signed last. Blocks.
    fn ask(
        &self,
        hall: &Hall,
        agent: &ureq::Agent,
        (head, keys): (&Head, &LogKeys),
        old: u64,
    ) -> Outcome<Result<Cosignature, Trouble>> {
        let checkpoint = open(&head.checkpoint, keys)
            .map_err(|error| Fault::while_doing("reading the log's own checkpoint", error))?;
        let size = checkpoint.size;
        let mut old = old.min(size);
        // It may know more or less than we remember, once: then we begin where it says.
        for try_again in [true, false] {
            let proof =
                hall.store.read_now(move |reader| ledger::consistency(reader, old, size))?;
            let proof: String =
                proof.iter().map(|hash| format!("{}\n", BASE64.encode(hash))).collect();
            let body = format!("old {old}\n{proof}\n{}", head.checkpoint);
            let (status, answer) = match self.send(agent, "add-checkpoint", &body) {
                Ok(answered) => answered,
                Err(words) => return Ok(Err(Trouble::Refused(words))),
            };
            match status {
                200 => return Ok(self.cosignature(&checkpoint, &answer)),
                409 => match self.behind(hall, size, old, &answer, try_again)? {
                    Ok(known) => old = known,
                    Err(trouble) => return Ok(Err(trouble)),
                },
                422 => {
                    let words = "见证方说，以前见过的登记簿不是现在这本的开头";
                    return Ok(Err(Trouble::Conflict(words.into())));
                }
                403 | 404 => {
                    let words = format!("见证方不认识这本登记簿或者它的公钥（{status}）");
                    return Ok(Err(Trouble::Refused(words)));
                }
                status => {
                    return Ok(Err(Trouble::Refused(format!("见证方的答复是 {status}"))));
                }
            }
        }
        Ok(Err(Trouble::Overtaken))
    }

    /// The witness knows a log of another size: where to begin, or what is wrong.
    fn behind(
        &self,
        hall: &Hall,
        size: u64,
        old: u64,
        answer: &str,
        try_again: bool,
    ) -> Outcome<Result<u64, Trouble>> {
        let Some(known) = answer.strip_suffix('\n').and_then(|known| known.parse::<u64>().ok())
        else {
            let words = "见证方的答复里没有大小";
            return Ok(Err(Trouble::Refused(words.into())));
        };
        if known == size && old == size {
            let words = format!("见证方见过另一本登记簿：也有 {size} 条，内容不同");
            return Ok(Err(Trouble::Conflict(words)));
        }
        if known > size {
            // Another process may have shown it a newer head; but not one that nobody has.
            let head = hall.store.read_now(ledger::head)?.map_or(0, |head| head.size);
            if known > head.unsigned_abs() {
                let words =
                    format!("见证方见过 {known} 条，数据库里只有 {head} 条：数据库被退回过");
                return Ok(Err(Trouble::Conflict(words)));
            }
        }
        Ok(if try_again && known <= size { Ok(known) } else { Err(Trouble::Overtaken) })
    }

    /// Tells this witness which keys the log has had, so that it follows the newest. Blocks.
    fn tell(&self, agent: &ureq::Agent, keys: &LogKeys) -> Result<(), Trouble> {
        let (status, _) = self.send(agent, "add-keys", &keys.text()).map_err(Trouble::Refused)?;
        match status {
            200 => Ok(()),
            409 => Err(Trouble::Conflict("见证方说，登记簿的同一把公钥有两个不同的接替者".into())),
            403 | 404 => Err(Trouble::Refused(format!(
                "见证方不认识这本登记簿，或者不认识它的公钥（{status}）"
            ))),
            status => {
                Err(Trouble::Refused(format!("见证方没有收下登记簿的新公钥，答复是 {status}")))
            }
        }
    }

    fn send(&self, agent: &ureq::Agent, to: &str, body: &str) -> Result<(u16, String), String> {
        let url = format!("{}/{to}", self.url);
        let mut answer = agent
            .post(&url)
            .send(body)
            .map_err(|error| format!("联系不上见证方（技术原因：{error}）"))?;
        let status = answer.status().as_u16();
        let limited = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        let body = limited
            .read_to_string()
            .map_err(|error| format!("见证方的答复读不出来（技术原因：{error}）"))?;
        Ok((status, body))
    }

    fn cosignature(&self, checkpoint: &Checkpoint, answer: &str) -> Result<Cosignature, Trouble> {
        let lines = answer.split_inclusive('\n').filter_map(|line| Cosignature::parse(line).ok());
        let good = lines.into_iter().find(|line| line.verify(checkpoint, &self.name, &self.key));
        good.ok_or_else(|| Trouble::Refused("见证方的联署不是用它的公钥签的".into()))
    }
}
