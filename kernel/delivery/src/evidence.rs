//! Evidence: one exchange in a file that anyone checks offline: what was asked and answered, on which terms, signed by
//! whom, and what the centre's log says of it. Both sides can write it, each from what it keeps.
//!
//! The bodies stay sealed in it: the file proves who sent which bytes to whom, not what they say. Who holds the key to
//! a body can show it beside the file, since the header holds the body's digest.

use base::Moment;
use data_encoding::BASE64;
use ledger::{Check, Verdict};
use message::{Kind, Message, SignedTerms, StepKind, StepProof};
use seal::cert::{Certificate, Lists, Purpose, RevocationList, Trust};
use seal::note::Believed;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Says which format it is.
const FORMAT: &str = "cityhall-exchange-evidence-1";
/// The centre among gateways and organs, as the format has it.
const CENTRE: &str = "centre";
/// No message in it is longer, bytes.
const BODY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// `cityhall-exchange-evidence-1`.
    pub format: String,
    /// The messages in their order: what was asked, then what was answered.
    pub messages: Vec<Shown>,
    /// On which terms, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<SignedTerms>,
    /// The centre's certificate, which has signed the terms (DER), base 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre: Option<String>,
    /// The authorities' certificates (DER), base 64.
    pub authorities: Vec<String>,
    /// Their lists of revoked certificates (DER), base 64.
    pub lists: Vec<String>,
}

/// One message and what proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Its bytes, base 64.
    pub message: String,
    /// The certificate that has signed it (DER), base 64.
    pub certificate: String,
    /// What the centre's log says of it.
    pub steps: Vec<ShownStep>,
}

/// One step and the receipt of the act that tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownStep {
    /// The step, with its path.
    pub proof: StepProof,
    /// The act's receipt, as the log gives it.
    pub receipt: String,
}

impl Bundle {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            format: FORMAT.into(),
            messages: Vec::new(),
            terms: None,
            centre: None,
            authorities: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// The file.
    pub fn to_file(&self) -> base::Outcome<String> {
        let mut text = serde_json::to_string_pretty(self).map_err(base::Fault::from)?;
        text.push('\n');
        Ok(text)
    }
}

impl Default for Bundle {
    fn default() -> Self {
        Self::new()
    }
}

impl Shown {
    /// A message with its certificate, of which no step is shown yet.
    pub fn of(message: &Message, certificate: &Certificate) -> Self {
        Self {
            message: BASE64.encode(&message.to_bytes()),
            certificate: BASE64.encode(certificate.der()),
            steps: Vec::new(),
        }
    }
}

/// What whoever checks brings along.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The keys of the centre's log; without them its receipts are not judged.
    pub log: Option<&'a dyn Believed>,
    /// The authority whom the verifier trusts; without it the file's own are taken, and that is said.
    pub authority: Option<&'a Certificate>,
}

impl std::fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known(log: {}, {:?})", self.log.is_some(), self.authority)
    }
}

/// Checks a file and says in words what was proved, and what was not.
pub fn verify(file: &str, known: &Known<'_>) -> Verdict {
    let bundle: Bundle = match serde_json::from_str(file) {
        Ok(bundle) => bundle,
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let words = format!("第 {line} 行第 {column} 列不是交换凭证的写法\n技术原因：{error}");
            return Verdict::of(vec![no("file", words)]);
        }
    };
    if bundle.format != FORMAT || bundle.messages.is_empty() {
        return Verdict::of(vec![no("format", "不是本系统认识的交换凭证，或者里面没有消息")]);
    }
    let mut judged = Judging { verdict: Verdict::default(), known, trust: None };
    judged.authorities(&bundle);
    let messages: Vec<Option<(Message, Moment)>> =
        bundle.messages.iter().map(|shown| judged.message(shown)).collect();
    let mut messages = messages.into_iter().flatten();
    if let Some(ask) = messages.next() {
        let answer = messages.next().map(|(answer, _)| answer);
        if let Some(answer) = &answer {
            judged.pair(&ask.0, answer);
        }
        judged.terms(&bundle, (&ask.0, ask.1), answer.as_ref());
    }
    judged.open("内容：文件里的消息体仍是密文。能解开的一方另行出示时，可以用消息头里的摘要核对");
    judged.verdict
}

fn no(part: &'static str, words: impl Into<String>) -> Check {
    Check { part, words: words.into(), holds: false }
}

/// The kind of act that tells of a step.
fn kind_of(step: StepKind) -> &'static str {
    match step {
        StepKind::Stored | StepKind::Refused | StepKind::Acknowledged => "exchange.taken_in",
        StepKind::Delivered => "exchange.delivered",
        StepKind::Dropped => "exchange.dropped",
    }
}

fn certificate(text: &str) -> Option<Certificate> {
    Certificate::read(&BASE64.decode(text.as_bytes()).ok()?).ok()
}

struct Judging<'a> {
    verdict: Verdict,
    known: &'a Known<'a>,
    trust: Option<Trust>,
}

impl Judging<'_> {
    fn say(&mut self, part: &'static str, words: impl Into<String>, holds: bool) {
        self.verdict.checks.push(Check { part, words: words.into(), holds });
    }

    fn open(&mut self, words: impl Into<String>) {
        self.verdict.unjudged.push(words.into());
    }

    /// Whom to trust: the verifier's authority, or those that the file brings along.
    fn authorities(&mut self, bundle: &Bundle) {
        let own = self.known.authority.cloned();
        if own.is_none() {
            self.open("签发机构：没有给出本市证书机构的证书，只按文件里带的证书机构核对");
        }
        let roots: Vec<Certificate> = match own {
            Some(own) => vec![own],
            None => bundle.authorities.iter().filter_map(|text| certificate(text)).collect(),
        };
        let lists = bundle.lists.iter().filter_map(|text| BASE64.decode(text.as_bytes()).ok());
        let mut trust = Some(Trust::new(Lists::IfThere));
        for root in roots {
            trust = trust.and_then(|trust| trust.root(root).ok());
        }
        for list in lists.filter_map(|der| RevocationList::read(&der).ok()) {
            trust = trust.map(|trust| trust.list(list));
        }
        self.trust = trust;
    }

    /// A message that can be read, and when it was there: as the centre's log has it, or else its sender.
    fn message(&mut self, shown: &Shown) -> Option<(Message, Moment)> {
        let bytes = BASE64.decode(shown.message.as_bytes()).ok();
        let read = bytes.map(|bytes| Message::read(&bytes, BODY_BYTES_MAX));
        let message = match read {
            Some(Ok(message)) => message,
            Some(Err(wrong)) => {
                self.say("message", wrong.to_string(), false);
                return None;
            }
            None => {
                self.say("message", "消息不是 base64 写法", false);
                return None;
            }
        };
        let header = message.header().clone();
        let Some(signer) = certificate(&shown.certificate) else {
            self.say("certificate", "签名证书读不懂", false);
            return None;
        };
        let stored = self.steps(&message, &shown.steps);
        let at = stored.unwrap_or_else(|| header.at());
        let who = format!(
            "{}：网关“{}”代表机构“{}”在 {} 签署，发给“{}”",
            header.kind.words(),
            header.from.gateway,
            header.from.organ,
            header.at().to_minute(),
            header.to.organ
        );
        match message.is_signed_by(&signer) {
            Ok(()) => self.say("signature", who, true),
            Err(wrong) => self.say("signature", format!("{who}。{wrong}"), false),
        }
        self.trusted(&signer, at);
        Some((message, at))
    }

    fn trusted(&mut self, signer: &Certificate, at: Moment) {
        let name = signer.common_name().unwrap_or_default();
        let Some(trust) = &self.trust else {
            self.say("authority", "证书机构的证书不能使用", false);
            return;
        };
        match trust.check(signer, Purpose::Signature, at) {
            Ok(()) => {
                let words = format!("“{name}”的证书在 {} 有效", at.to_minute());
                self.say("authority", words, true);
            }
            Err(why) => self.say("authority", format!("“{name}”：{why}"), false),
        }
    }

    /// What the log says of a message; gives when the centre stored it. Without the log's keys nobody has judged the
    /// receipt, which is said; its time is still a better one than the sender's own.
    fn steps(&mut self, message: &Message, steps: &[ShownStep]) -> Option<Moment> {
        let mut stored = None;
        for shown in steps {
            let step = &shown.proof.step;
            let at = Moment::from_millis(step.at);
            let words = format!("{}（{}）", step.step.words(), at.to_minute());
            let about = step.id == message.header().id && step.digest == message.digest();
            let receipt: Option<Value> = serde_json::from_str(&shown.receipt).ok();
            let root = receipt.as_ref().and_then(|r| r.pointer("/act/content/root")?.as_str());
            let kind = receipt.as_ref().and_then(|r| r.pointer("/act/kind")?.as_str());
            let fits = root.is_some() && shown.proof.root().as_deref() == root;
            if !about || !fits || kind != Some(kind_of(step.step)) {
                self.say("step", format!("{words}：和回执或者消息对不上"), false);
                continue;
            }
            let Some(keys) = self.known.log else {
                if step.step == StepKind::Stored {
                    stored = Some(at);
                }
                self.open(format!("登记簿：没有给出中心登记簿的公钥，没有核对“{words}”的回执"));
                continue;
            };
            let verdict = ledger::verify_against(&shown.receipt, keys, None);
            let holds = verdict.holds();
            let wrong = verdict.checks.iter().find(|check| !check.holds);
            let why = wrong.map(|check| format!("：{}", check.words)).unwrap_or_default();
            self.say("step", format!("{words}，登记簿里有回执{why}"), holds);
            verdict.unjudged.into_iter().for_each(|words| self.open(words));
            if holds && step.step == StepKind::Stored {
                stored = Some(at);
            }
        }
        if stored.is_none() {
            self.open("登记簿：没有中心受理这条消息的有效回执，时间只是发送方自己写的");
        }
        stored
    }

    fn pair(&mut self, ask: &Message, answer: &Message) {
        let (asked, answered) = (ask.header(), answer.header());
        // An ask that nobody took in its time is answered by the centre, and by its refusal alone.
        let by_centre = answered.kind == Kind::Refusal
            && (answered.from.gateway.as_str(), answered.from.organ.as_str()) == (CENTRE, CENTRE);
        let fits = asked.kind == Kind::Ask
            && matches!(answered.kind, Kind::Answer | Kind::Refusal)
            && answered.in_reply_to == Some(asked.id)
            && asked.from == answered.to
            && (asked.to == answered.from || by_centre)
            && (&asked.resource, &asked.purpose) == (&answered.resource, &answered.purpose);
        self.say("pair", "答复和查询是一对：双方、资源、用途和编号都一致", fits);
    }

    /// What was asked or given, held against the terms as they stood when the centre stored it.
    fn terms(&mut self, bundle: &Bundle, (ask, at): (&Message, Moment), answer: Option<&Message>) {
        let Some(signed) = &bundle.terms else {
            if answer.is_some_and(|answer| answer.header().kind == Kind::Answer) {
                self.open("共享条件：文件里没有");
            }
            return;
        };
        let centre = bundle.centre.as_deref().and_then(certificate);
        let words = format!(
            "共享条件：{}，用途“{}”，字段 {}，依据 {}",
            signed.terms.resource,
            signed.terms.about,
            signed.terms.fields.join("、"),
            signed.terms.ground
        );
        let judged = centre.as_ref().map(|centre| signed.is_signed_by(centre));
        self.say("terms", format!("{words}。中心签署"), judged == Some(Ok(())));
        if let Some(centre) = &centre {
            self.trusted(centre, at);
        }
        let covered = signed.terms.cover(ask.header(), at);
        let covers = match &covered {
            Ok(()) => format!("{}在共享条件之内", ask.header().kind.words()),
            Err(wrong) => wrong.to_string(),
        };
        self.say("terms", covers, covered.is_ok());
        if let Some(answer) = answer.filter(|answer| answer.header().kind == Kind::Answer) {
            let named = answer.header().terms.clone() == signed.terms.digest().ok();
            self.say("terms", "答复写明了依据的就是这份共享条件", named);
        }
    }
}
