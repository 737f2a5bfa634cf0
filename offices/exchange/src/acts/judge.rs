//! What can be said of messages before the transaction that takes them in: whether they hold by themselves, and what the
//! city's own registers answer to them.

use std::sync::Arc;

use std::collections::HashMap;

use ask::{About, Answer, Party, Question};
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use catalogue_contract::{ProviderOf, Rows};
use entities_contract::{EntitiesOf, EntityByCode};
use frame::{ActCx, Hall};
use ledger::Who;
use message::{
    Draft, End, Header, Item, Kind, Message, Sealed, Sender, SignedTerms, Verified, check,
};
use population_contract::{NameMatches, PersonByNumber, PhoneMatches};
use seal::cert::{Certificate, Trust};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::centre::{Centre, standing};
use super::publications::Come;
use super::rows;
use super::session::{broken, permit_of};
use super::signers::Signers;
use super::subscriptions::{self, Entering};
use crate::rules::{may_provide, terms_of};
use crate::terms::{CENTRE, Gateway, Rule};

/// So many asks of one request are answered side by side.
const SIDE_BY_SIDE: usize = 64;

/// A gateway that fetches gets no more at once, so that it has no more to acknowledge.
const ACKS_MAX: usize = 1_000;

/// What a gateway says of messages that were handed to it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Acks {
    /// It has them.
    pub(super) taken: Vec<Id<Message>>,
    /// It will not take them.
    pub(super) rejected: Vec<Rejected>,
}

/// A message that a gateway will not take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rejected {
    pub(super) id: Id<Message>,
    pub(super) words: String,
}

/// What a message wants, once it holds.
#[derive(Clone, Debug)]
pub(super) enum Wants {
    /// To go on to another gateway.
    Pass,
    /// It says that messages have arrived.
    Acked(Acks),
    /// It was asked of the city's own registers, and is answered: by these terms.
    Answered(Box<Reply>),
    /// It is a part of a publication to the centre.
    Published(Come),
}

/// The centre's answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) answer: Message,
    pub(super) terms: Option<SignedTerms>,
    /// The subscription that is begun or ended with it.
    pub(super) entering: Option<Entering>,
}

/// An answer that wants a signature yet.
struct Answered {
    answer: Sealed,
    terms: Option<SignedTerms>,
    entering: Option<Entering>,
}

/// A message and what was said of it.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) message: Message,
    pub(super) said: Result<Wants, Refusal>,
    /// Whether the gateway has signed it at all: then its number among those of its key is used up, whatever was said.
    pub(super) signed: bool,
}

/// What judging needs.
#[derive(Clone)]
pub(super) struct Court {
    pub(super) centre: Arc<Centre>,
    pub(super) gateway: Arc<Gateway>,
    /// By which certificates it signs.
    pub(super) signers: Arc<Signers>,
    pub(super) rule: Arc<Rule>,
    /// Messages that were taken in before: they are not answered again.
    pub(super) known: Arc<Vec<Id<Message>>>,
    pub(super) now: Moment,
    /// How far the gateway's clock is ahead, milliseconds.
    pub(super) offset_ms: i64,
}

/// Judges all messages of a packet, and answers what is asked of the city itself.
pub(super) async fn judge(
    cx: &ActCx,
    court: &Court,
    trust: &Trust,
    items: Vec<Item>,
) -> Outcome<Vec<Judged>> {
    let signed = items
        .iter()
        .map(|Item { message, .. }| (message, court.signers.by(&message.header().signer)));
    let (limits, mut verified) = (court.rule.limits(), Verified::together(signed));
    let mut judged: Vec<Judged> = Vec::with_capacity(items.len());
    let mut providers = HashMap::new();
    for Item { message, .. } in items {
        let certificate = court.signers.by(&message.header().signer);
        let (gateway, organs) = (court.gateway.name.as_str(), court.gateway.organs.as_slice());
        let sender = Sender { gateway, organs, certificate, as_of: None };
        let holds = check(&message, &sender, trust, (court.now, &limits), &mut verified);
        let said = match holds {
            Ok(()) => wanted(court, &message),
            Err(wrong) => Err(wrong.refusal()),
        };
        let said = match said {
            Ok(Wants::Published(come)) => {
                let own = own_resource(cx, court, message.header(), &mut providers).await?;
                own.map(|()| Wants::Published(come))
            }
            said => said,
        };
        let signed = said.is_ok() || message.is_signed_by(certificate).is_ok();
        judged.push(Judged { message, said, signed });
    }
    answer_all(cx, court, &mut judged).await?;
    Ok(judged)
}

/// What a message that holds wants.
fn wanted(court: &Court, message: &Message) -> Result<Wants, Refusal> {
    let header = message.header();
    if header.to.gateway != CENTRE {
        return Ok(Wants::Pass);
    }
    if header.to.organ != CENTRE {
        return Err(message::Wrong::NotItsOrgan(header.to.organ.clone()).refusal());
    }
    match header.kind {
        Kind::Ask => Ok(Wants::Pass),
        Kind::Ack => {
            let plain = court.centre.opener.open(header, message.body());
            let plain = plain.map_err(|wrong| wrong.refusal())?;
            let acks: Acks =
                serde_json::from_slice(&plain).map_err(|_| unread("确认的内容读不懂"))?;
            match acks.taken.len().saturating_add(acks.rejected.len()) <= ACKS_MAX {
                true => Ok(Wants::Acked(acks)),
                false => Err(unread("一条消息确认得太多，最多 1,000 条")),
            }
        }
        Kind::Publish => {
            may_provide(&court.gateway, &header.resource)?;
            let plain = court.centre.opener.open(header, message.body());
            let plain = plain.map_err(|wrong| wrong.refusal())?;
            Come::read(&court.gateway.name, &plain, court.now).map(Wants::Published)
        }
        Kind::Answer | Kind::Refusal => {
            Err(Refusal::new(RefusalKind::Invalid, "exchange.not_for_centre", "中心不接收这种消息"))
        }
    }
}

/// Whether a resource of the catalogue is the sender's own: data of a resource comes from its provider, and from nobody
/// else. Whom the catalogue names is asked once a packet.
async fn own_resource(
    cx: &ActCx,
    court: &Court,
    header: &Header,
    known: &mut HashMap<String, Option<String>>,
) -> Outcome<Result<(), Refusal>> {
    if !known.contains_key(&header.resource) {
        let question = ProviderOf { resource: header.resource.clone() };
        let who = Who::clockwork();
        let desk = &cx.hall().desk;
        let told = desk.ask("exchange", "publications", &who, &question, court.now).await?;
        known.insert(header.resource.clone(), told.value.map(|provider| provider.organ));
    }
    let refuse = |code, words: String| Refusal::new(RefusalKind::Forbidden, code, words);
    Ok(match known.get(&header.resource).and_then(Option::as_deref) {
        Some(organ) if organ == header.from.organ => Ok(()),
        Some(_) => {
            let words = format!("“{}”在政务数据目录里由别的机关提供，不能推送", header.resource);
            Err(refuse("exchange.not_provider", words))
        }
        None => {
            let words = format!("政务数据目录里没有已发布的资源“{}”", header.resource);
            let remedy = "请先在政务数据目录里编目、发布这项资源";
            Err(refuse("exchange.no_such_resource", words).remedy(remedy))
        }
    })
}

pub(super) fn unread(words: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "exchange.body", words)
}

/// Whom a question is about: by its own type, never by what its sender says.
fn about(kind: &str, question: &Value) -> Result<About, Refusal> {
    fn of<Q: Question>(question: &Value) -> Result<About, Refusal> {
        let read = Q::deserialize(question).map_err(|_| unread("查询的内容不完整或者写法不对"))?;
        Ok(read.about())
    }
    match kind {
        PersonByNumber::KIND => of::<PersonByNumber>(question),
        NameMatches::KIND => of::<NameMatches>(question),
        PhoneMatches::KIND => of::<PhoneMatches>(question),
        EntityByCode::KIND => of::<EntityByCode>(question),
        EntitiesOf::KIND => of::<EntitiesOf>(question),
        _ => {
            let words = format!("中心不提供“{kind}”的查询");
            Err(Refusal::new(RefusalKind::Forbidden, "exchange.kind_not_offered", words))
        }
    }
}

/// Answers what is asked of the city itself: side by side, so that their access records share commits; then signs all
/// answers together.
async fn answer_all(cx: &ActCx, court: &Court, judged: &mut [Judged]) -> Outcome<()> {
    let asks = judged.iter().enumerate().filter(|(_, one)| is_ours(court, one));
    let mut waiting: Vec<(usize, Message)> =
        asks.map(|(place, one)| (place, one.message.clone())).collect();
    waiting.reverse();
    let (mut working, mut sealed) = (JoinSet::new(), Vec::new());
    loop {
        while working.len() < SIDE_BY_SIDE
            && let Some((place, message)) = waiting.pop()
        {
            let (hall, court, from) = (cx.hall().clone(), court.clone(), cx.address());
            let work = async move {
                let answered = ledger::asked_from(from, answered(&hall, &court, &message)).await;
                (place, answered)
            };
            working.spawn(work);
        }
        let Some(done) = working.join_next().await else { break };
        let (place, answered) = done.map_err(Fault::from)?;
        match answered {
            Ok(answered) => sealed.push((place, answered)),
            Err(Stop::Refused(refusal)) => {
                if let Some(one) = judged.get_mut(place) {
                    one.said = Err(*refusal);
                }
            }
            Err(stop) => return Err(stop),
        }
    }
    sealed.sort_by_key(|(place, _)| *place);
    let batch: Vec<Sealed> = sealed.iter().map(|(_, one)| one.answer.clone()).collect();
    let signed = message::sign_batch(&court.centre.key, CENTRE, batch).map_err(Fault::from)?;
    for ((place, answered), answer) in sealed.into_iter().zip(signed) {
        if let Some(one) = judged.get_mut(place) {
            let Answered { terms, entering, .. } = answered;
            one.said = Ok(Wants::Answered(Box::new(Reply { answer, terms, entering })));
        }
    }
    Ok(())
}

fn is_ours(court: &Court, one: &Judged) -> bool {
    let header = one.message.header();
    matches!(one.said, Ok(Wants::Pass))
        && header.to.gateway == CENTRE
        && !court.known.contains(&header.id)
}

/// Answers one ask by the desk of asks, which holds it against the terms and puts it on record first.
async fn answered(hall: &Arc<Hall>, court: &Court, asked: &Message) -> Outcome<Answered> {
    let header = asked.header();
    let opened = court.centre.opener.open(header, asked.body());
    let plain = opened.map_err(|wrong| wrong.refusal())?;
    let question: Value =
        serde_json::from_slice(&plain).map_err(|_| unread("查询的内容不是 JSON"))?;
    if let Some(wish) = subscriptions::wish(header, &question) {
        let heard = subscriptions::judged(hall, court, (header, wish)).await?;
        let answer = sealed(court, asked, &heard.answer, heard.terms.as_ref())?;
        return Ok(Answered { answer, terms: heard.terms, entering: Some(heard.entering) });
    }
    let about = match header.resource.as_str() {
        Rows::KIND => rows::about(hall, &question, court.now).await?,
        kind => about(kind, &question)?,
    };
    let organ = header.from.organ.clone();
    let party = Party { name: court.gateway.organ_name(&organ).to_owned(), organ: organ.clone() };
    let who: Who = permit_of(&court.gateway, &organ).who().clone();
    let (kind, purpose) = (header.resource.as_str(), header.purpose.as_str());
    let fields = &header.fields;
    let told =
        hall.desk.ask_for(&party, kind, purpose, fields, question, about, &who, court.now).await?;
    let named = (header.resource.clone(), header.purpose.clone());
    let today = court.now.day();
    let found = hall
        .store
        .read(move |r| standing(r, &organ, (&named.0, &named.1), today))
        .await?
        .ok_or_else(|| {
        Refusal::new(RefusalKind::Forbidden, "ask.no_terms", "共享条件已经失效")
    })?;
    let signer = court.centre.signer_hex();
    let day = (today, court.rule.skew_seconds);
    let terms = terms_of((&header.from.organ, CENTRE), (kind, purpose), &found, signer, day);
    let terms = court.centre.sign_terms(terms)?;
    let answer = sealed(court, asked, &told, Some(&terms))?;
    Ok(Answered { answer, terms: Some(terms), entering: None })
}

fn sealed(
    court: &Court,
    asked: &Message,
    told: &Answer<Value>,
    terms: Option<&SignedTerms>,
) -> Outcome<Sealed> {
    let header = asked.header();
    let body = json!({
        "value": told.value, "as_of": told.as_of.millis(),
        "valid_until": told.valid_until.millis(), "source": told.source, "ground": told.ground,
        "ask": told.ask_id.to_string(),
    });
    let plain = serde_json::to_vec(&body).map_err(Fault::from)?;
    let to = Certificate::read(&court.gateway.sealing).map_err(|_| broken("certificate"))?;
    let draft = Draft {
        id: Id::mint(court.now),
        kind: Kind::Answer,
        from: End::new(CENTRE, CENTRE),
        to: header.from.clone(),
        at: court.now,
        expires: court.now.plus_seconds(court.rule.life_days_max * 86_400),
        in_reply_to: Some(header.id),
        resource: header.resource.clone(),
        purpose: header.purpose.clone(),
        fields: header.fields.clone(),
        terms: terms.map(|signed| signed.terms.digest()).transpose().map_err(Fault::from)?,
        order: None,
    };
    let centre = &court.centre;
    Ok(draft.seal(&centre.sealer, &to, &centre.signer(), &plain).map_err(Fault::from)?)
}
