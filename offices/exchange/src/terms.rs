//! The nouns: gateways, the centre's own keys, messages as they are listed, the rules with their dates.

mod alarms;
mod subscriptions;

pub use alarms::{Alarm, Unanswered};
pub use subscriptions::{NOTHING, Subscription};

use access::{Permission, Proposed, Reach};
use ask::Terms;
use base::{Id, Moment};
use catalogue_contract::{ProviderOf, RowChanges, SetStanding};
use ledger::ActKind;
use message::Message;
use seal::SealedColumn;
use serde::{Deserialize, Serialize};

/// The centre's name among the gateways, and among the organs: nobody else may have it.
pub const CENTRE: &str = "centre";

/// A gateway is registered, or its registration changed.
pub const REGISTERED: &str = "exchange.registered";
/// A gateway is let in again.
pub const RESUMED: &str = "exchange.resumed";
/// A gateway is stopped at once.
pub const STOPPED: &str = "exchange.stopped";
/// The centre's keys are certified.
pub const CERTIFIED: &str = "exchange.centre_certified";
/// A dead letter is sent again, or dropped.
pub const RESENT: &str = "exchange.resent";
/// A dead letter is given up.
pub const DROPPED: &str = "exchange.dropped";
/// Messages were judged and taken in.
pub const TAKEN_IN: &str = "exchange.taken_in";
/// Messages were handed to a gateway.
pub const DELIVERED: &str = "exchange.delivered";
/// Something needs somebody.
pub const ALARMED: &str = "exchange.alarm_began";
/// It does not any more.
pub const CALMED: &str = "exchange.alarm_ended";
/// What a gateway sent, or wanted, was refused as a whole.
pub const REFUSED: &str = "exchange.refused";

/// A gateway subscribes to a resource, or wants all its rows again.
pub const SUBSCRIBED: &str = "exchange.subscribed";
/// A gateway subscribes to a resource no longer.
pub const UNSUBSCRIBED: &str = "exchange.unsubscribed";
/// A subscription is stopped: its terms do not run any more, or an administrator says so.
pub const SUBSCRIPTION_STOPPED: &str = "exchange.subscription_stopped";
/// A subscription that an administrator had stopped may be begun again.
pub const SUBSCRIPTION_ALLOWED: &str = "exchange.subscription_allowed";

/// The acts that this office records.
pub const ACTS: &[ActKind] = &[
    ActKind { name: "exchange.proposed", title: "提出办理网关事项" },
    ActKind { name: "exchange.declined", title: "不同意办理网关事项" },
    ActKind { name: "exchange.withdrawn", title: "撤回网关事项的提议" },
    ActKind { name: REGISTERED, title: "同意并登记网关" },
    ActKind { name: RESUMED, title: "同意并恢复网关" },
    ActKind { name: STOPPED, title: "停用网关" },
    ActKind { name: "exchange.centre_keys_made", title: "生成交换中心的密钥" },
    ActKind { name: CERTIFIED, title: "同意并启用交换中心的证书" },
    ActKind { name: TAKEN_IN, title: "受理交换消息" },
    ActKind { name: DELIVERED, title: "送达交换消息" },
    ActKind { name: REFUSED, title: "拒绝网关的请求" },
    ActKind { name: RESENT, title: "重新投递消息" },
    ActKind { name: DROPPED, title: "停止投递消息" },
    ActKind { name: exchange_contract::COMPLETE, title: "收齐部门推送的数据" },
    ActKind { name: SUBSCRIBED, title: "网关订阅数据" },
    ActKind { name: UNSUBSCRIBED, title: "网关取消订阅" },
    ActKind { name: SUBSCRIPTION_STOPPED, title: "停止订阅" },
    ActKind { name: SUBSCRIPTION_ALLOWED, title: "允许重新订阅" },
    ActKind { name: ALARMED, title: "数据交换出现告警" },
    ActKind { name: CALMED, title: "数据交换的告警结束" },
];

/// What this office asks of others.
pub const ASKS: &[Terms] = &[
    Terms {
        asker: "exchange",
        kind: "certificates.machines",
        purpose: "gateways",
        about: "核对网关的证书",
        fields: &["authorities"],
        ground: "电子签名法第十三条",
        valid_seconds: 60,
    },
    Terms {
        asker: "exchange",
        kind: <ProviderOf as ask::Question>::KIND,
        purpose: "publications",
        about: "核对推送数据的部门就是目录里的提供部门",
        fields: &["organ", "resource_name"],
        ground: "政务数据共享条例（国务院令第 809 号）第十三条",
        valid_seconds: 60,
    },
    Terms {
        asker: "exchange",
        kind: <SetStanding as ask::Question>::KIND,
        purpose: SUBSCRIPTIONS,
        about: "向订阅的部门推送数据",
        fields: &["*"],
        ground: SUBSCRIPTIONS_GROUND,
        valid_seconds: 60,
    },
    Terms {
        asker: "exchange",
        kind: <RowChanges as ask::Question>::KIND,
        purpose: SUBSCRIPTIONS,
        about: "向订阅的部门推送数据",
        fields: &["*"],
        ground: SUBSCRIPTIONS_GROUND,
        valid_seconds: 60,
    },
];

/// Of what kind terms are by which an organ may subscribe: to have whole tables, and what changes in them.
pub const WHOLE_TABLES: &str = <RowChanges as ask::Question>::KIND;
/// For what the exchange asks the catalogue for rows.
pub const SUBSCRIPTIONS: &str = "subscriptions";
/// On what it rests that rows are given.
pub const SUBSCRIPTIONS_GROUND: &str = "政务数据共享条例（国务院令第 809 号）第二十三条";

/// See gateways and messages.
pub const SEE: Permission = Permission {
    name: "exchange.see",
    about: "查看数据交换的网关和消息",
    roles: &[("sysadmin", Reach::City), ("secadmin", Reach::City), ("auditor", Reach::City)],
};

/// Propose, agree to what another has proposed, stop a gateway, decide on dead letters.
pub const DECIDE: Permission = Permission {
    name: "exchange.decide",
    about: "登记、停用数据交换的网关，处理没有送达的消息",
    roles: &[("sysadmin", Reach::City), ("secadmin", Reach::City)],
};

/// The contexts under which the centre's keys are sealed.
pub const SIGNING_KEY: &str = "exchange.centre.signing";
/// The other one.
pub const SEALING_KEY: &str = "exchange.centre.sealing";

/// The columns that are sealed.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "exchange_centre",
        key: &["id"],
        column: "signing_sealed",
        context: SIGNING_KEY,
    },
    SealedColumn {
        table: "exchange_centre",
        key: &["id"],
        column: "sealing_sealed",
        context: SEALING_KEY,
    },
];

/// The limits, from a day on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// From which day on.
    pub from: String,
    /// How far clocks may be apart, seconds.
    pub skew_seconds: i64,
    /// How long a message may count, days.
    pub life_days_max: i64,
    /// How long a sealed body may be, bytes.
    pub body_bytes_max: u64,
    /// How long a request may be, bytes.
    pub packet_bytes_max: usize,
    /// How long a gateway's session lasts, seconds.
    pub session_seconds: i64,
    /// How long traffic goes on while the log or the clock stands still, seconds.
    pub stall_seconds: i64,
    /// How many messages wait for a gateway at most.
    pub letters_max: i64,
    /// How many bytes wait for a gateway at most.
    pub queue_bytes_max: i64,
    /// Within how long what was delivered is acknowledged, seconds.
    pub lease_seconds: i64,
    /// The first pause before it is tried again, seconds.
    pub pause_seconds: i64,
    /// No pause is longer, seconds.
    pub pause_seconds_max: i64,
    /// After so many tries it is a dead letter.
    pub tries_max: i64,
    /// How long the bytes of settled messages are kept, days.
    pub keep_days: i64,
    /// So many days before a certificate ends it is said.
    pub warn_days: i64,
    /// How long a proposal waits, days.
    pub proposal_days: i64,
    /// A queue that is so full needs somebody, per cent of what it holds at most.
    pub queue_percent: i64,
    /// So does a message that has waited for so long, seconds,
    pub waiting_seconds: i64,
    /// a gateway that was not there for so long, seconds,
    pub unseen_seconds: i64,
    /// a clock that is so far off, seconds,
    pub offset_seconds: i64,
    /// and a gateway that took asks and left them unanswered within so long, seconds.
    pub unanswered_seconds: i64,
    /// How long it is kept what passed in an hour, days.
    pub flow_days: i64,
    /// On what it rests.
    #[allow(dead_code, reason = "said in the data, for whoever reads it")]
    pub basis: String,
}

/// How it stands with a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It sends and is sent to.
    Active,
    /// Stopped until two people let it in again.
    Suspended,
    /// Stopped for good: its name is not given again.
    Revoked,
}

impl State {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Suspended => "suspended",
            State::Revoked => "revoked",
        }
    }

    /// As stored; what a newer program wrote lets nobody in.
    pub fn parse(text: &str) -> Self {
        match text {
            "active" => State::Active,
            "suspended" => State::Suspended,
            _ => State::Revoked,
        }
    }
}

/// A gateway as it is registered.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Its name: small letters, digits, hyphens.
    pub name: String,
    /// What people call it: 市住建局网关.
    pub title: String,
    /// The organs for which it speaks.
    pub organs: Vec<String>,
    /// Their names.
    pub organ_names: Vec<String>,
    /// The kinds of data that it answers and gives.
    pub kinds: Vec<String>,
    /// Its certificate for signing, DER.
    pub signing: Vec<u8>,
    /// Its certificate for being sealed to, DER.
    pub sealing: Vec<u8>,
    /// When the first of both ends.
    pub until: Moment,
    /// How it stands.
    pub state: State,
    /// Why it was stopped.
    pub state_reason: String,
    /// When it was registered.
    pub registered_at: Moment,
    /// When it was last there.
    pub seen: Option<Moment>,
    /// How far its clock was off then, milliseconds.
    pub offset_ms: Option<i64>,
}

impl Gateway {
    /// The queue of what waits for it.
    pub fn queue(&self) -> String {
        queue_of(&self.name)
    }

    /// The name of one of its organs.
    pub fn organ_name<'a>(&'a self, organ: &'a str) -> &'a str {
        let place = self.organs.iter().position(|own| own == organ);
        place.and_then(|place| self.organ_names.get(place)).map_or(organ, String::as_str)
    }
}

/// The queue of what waits for a gateway.
pub fn queue_of(gateway: &str) -> String {
    format!("to:{gateway}")
}

/// The gateway of a queue.
pub fn gateway_of(queue: &str) -> Option<&str> {
    queue.strip_prefix("to:")
}

/// A certificate by which a gateway signed before another was registered for it.
#[derive(Clone, Debug)]
pub struct Former {
    /// Whose.
    pub gateway: String,
    /// SM3 over its DER, hex.
    pub fingerprint: String,
    /// Its DER.
    pub der: Vec<u8>,
    /// Since when another is registered.
    pub replaced: Moment,
    /// Until when what it has signed is taken in.
    pub until: Moment,
}

/// A gateway as it shall be registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The organs for which it speaks.
    pub organs: Vec<String>,
    /// Their names.
    pub organ_names: Vec<String>,
    /// The kinds of data that it answers and gives.
    pub kinds: Vec<String>,
    /// Its certificate for signing (DER), base 64.
    pub signing: String,
    /// Its certificate for being sealed to (DER), base 64.
    pub sealing: String,
    /// When the first of both ends, milliseconds since 1970.
    pub until: i64,
}

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum Wish {
    /// To register a gateway, or to register it anew.
    Register(Registration),
    /// To let a suspended one in again.
    Resume {
        /// Which.
        gateway: String,
    },
    /// To use these certificates of the centre's keys.
    Certify {
        /// Of which keys.
        keys: String,
        /// The certificate for signing (DER), base 64.
        signing: String,
        /// The certificate for being sealed to (DER), base 64.
        sealing: String,
    },
}

/// Something proposed.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Id.
    pub id: Id<Proposal>,
    /// What it is about.
    pub subject: String,
    /// In one line.
    pub title: String,
    /// What.
    pub wish: Wish,
    /// Why.
    pub reason: String,
    /// Who proposed, who answered.
    pub proposed: Proposed,
}

/// The centre's own keys.
pub struct CentreKeys;

/// The centre's keys as stored.
#[derive(Clone, Debug)]
pub struct CentreRow {
    /// Id.
    pub id: Id<CentreKeys>,
    /// The private key for signing, sealed.
    pub signing_sealed: Vec<u8>,
    /// The private key for opening, sealed.
    pub sealing_sealed: Vec<u8>,
    /// The certificate for signing, DER.
    pub signing: Option<Vec<u8>>,
    /// The certificate for being sealed to, DER.
    pub sealing: Option<Vec<u8>>,
    /// When they were made.
    pub made_at: Moment,
    /// Since when they serve, where it was noted.
    pub certified_at: Option<Moment>,
}

/// Names the order in which messages came.
pub struct Came;

/// A message as it is listed.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub id: Id<Message>,
    /// Its place among those that came.
    pub born: String,
    /// What it is for.
    pub kind: String,
    /// Who sent it.
    pub from_gateway: String,
    /// In whose name.
    pub from_organ: String,
    /// Who is to get it.
    pub to_gateway: String,
    /// For whom.
    pub to_organ: String,
    /// The kind of data.
    pub resource: String,
    /// For which purpose.
    pub purpose: String,
    /// To which message it belongs.
    pub reply_to: Option<Id<Message>>,
    /// The hash of its leaf, hex.
    pub digest: String,
    /// How long its body is, bytes.
    pub bytes: i64,
    /// When it came.
    pub came: Moment,
    /// Until when it counts.
    pub expires: Moment,
    /// How far it is.
    pub state: String,
    /// Since when.
    pub changed: Moment,
}

/// Something refused, as it is listed.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Id.
    pub id: String,
    /// To whom.
    pub gateway: String,
    /// Which message; empty where none could be read.
    pub message: String,
    /// Why, for programs.
    pub code: String,
    /// Why.
    pub words: String,
    /// When.
    pub at: Moment,
}

/// What stands still.
#[derive(Clone, Debug)]
pub struct Stall {
    /// `log`, `clock` or `bus`.
    pub what: String,
    /// Since when.
    pub since: Moment,
    /// In words.
    pub words: String,
}

/// The bus that carries letters into the queues, as all processes of the centre know it.
#[derive(Clone, Debug)]
pub struct Line {
    /// Since when it is used.
    pub since: Moment,
    /// When a process last found it whole; 1970 if none has.
    pub reached: Moment,
    /// How long traffic goes on without it, seconds.
    pub patience_seconds: i64,
    /// How it stood then.
    pub told: bus::Standing,
    /// What is wrong with it, if something is.
    pub words: String,
}
