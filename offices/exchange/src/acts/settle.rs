//! The books of one packet, inside its transaction: each message is held against the rows as they stand and put down, or
//! not, in the order in which it came.

use std::collections::{HashMap, HashSet};

use ::store::Tx;
use access::Permit;
use ask::Standing;
use base::{Id, Outcome, Refusal};
use delivery::{Bound, Letter, Transport, Turn};
use message::{Header, Message, SignedTerms, Step, StepKind, Wrong};

use super::judge::{Acks, Court, Judged, Reply, Wants};
use super::publications::{self, Come};
use super::session::{own_permit, permit_of};
use super::signers::Signers;
use super::subscriptions;
use super::take_in::Became;
use crate::rules::{may_pass_by_itself, still_may};
use crate::store::flows::{Passed, Tally, Way};
use crate::store::{self, messages};
use crate::terms::{CENTRE, Came, Gateway, Listed, Refused, gateway_of, queue_of};

mod agreed;

/// What becomes of a packet.
#[derive(Clone, Debug, Default)]
pub(super) struct Settled {
    /// The steps, in their order: what the act tells of.
    pub(super) steps: Vec<Step>,
    /// What became of each message.
    pub(super) results: Vec<Became>,
    /// Gateways for which something waits now.
    pub(super) rung: HashSet<String>,
    /// Why some were put off, where that is to be recorded: once a minute.
    pub(super) put_off: Option<Refusal>,
}

/// What stops a message: its own fault, or that it must come again.
enum Halt {
    Refused(Refusal),
    /// The same, after its turn was taken.
    UsedUp(Refusal),
    /// Its number is not the next one: taken before, or others before it have not come. Said with the highest taken.
    Past(i64),
    Early(i64),
    Busy(i64),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Halt::Refused(refusal)
    }
}

pub(super) struct Books<'t, 'x> {
    tx: &'x Tx<'t>,
    court: &'x Court,
    transport: &'static dyn Transport,
    gateway: Gateway,
    signers: Signers,
    others: HashMap<String, Option<Gateway>>,
    /// What was agreed, by consumer, resource and purpose, and what of it was signed: looked up once a packet.
    agreed: HashMap<[String; 3], Option<Standing>>,
    signed: HashMap<[String; 4], SignedTerms>,
    /// The terms that were read last, and their bytes.
    read: Option<(Vec<u8>, SignedTerms)>,
    /// What waits in each queue, this packet's own included.
    held: HashMap<String, (i64, i64)>,
    letters: Vec<(String, Letter)>,
    kept: Vec<Letter>,
    tally: Tally,
    settled: Settled,
}

impl<'t, 'x> Books<'t, 'x> {
    pub(super) fn open(tx: &'x Tx<'t>, court: &'x Court, gateway: Gateway) -> Outcome<Self> {
        let transport = super::bus::transport(tx)?;
        let signers = Signers::of(tx, &gateway, court.now)?;
        Ok(Self {
            tx,
            court,
            transport,
            gateway,
            signers,
            others: HashMap::new(),
            agreed: HashMap::new(),
            signed: HashMap::new(),
            read: None,
            held: HashMap::new(),
            letters: Vec::new(),
            kept: Vec::new(),
            tally: Tally::default(),
            settled: Settled::default(),
        })
    }

    /// Enters one message.
    pub(super) fn enter(&mut self, one: &Judged, born: [Id<Came>; 2]) -> Outcome<()> {
        let (header, digest) = (one.message.header(), one.message.digest());
        // What is here already is recognised before it is judged: whoever lost the answer asks again later, when its time
        // may be over, and must hear that it was taken.
        let known = messages::message(self.tx, header.id)?;
        let same = |known: &Listed| {
            known.from_gateway == self.gateway.name
                && (known.digest == digest
                    || self.signers.signed_again(&one.message, &known.digest))
        };
        if known.as_ref().is_some_and(same) {
            let again = Wrong::Replayed.refusal();
            self.note(header, &again, &digest)?;
            self.settled.results.push(Became::new(header.id, "known").because(&again));
            return Ok(());
        }
        // It was judged by the gateway as it stood then; it may have been registered anew since.
        let said = one.said.as_ref().map_err(Clone::clone).and_then(|wants| {
            let given = matches!(wants, Wants::Published(_)).then_some(&*header.resource);
            let signs = self.signers.has(&header.signer);
            still_may((&self.gateway, signs), header, given).map(|()| wants)
        });
        let wants = match said {
            Ok(wants) => wants,
            Err(refusal) if may_pass_by_itself(refusal.code) => {
                return self.put_off(one, &refusal, &digest);
            }
            Err(refusal) => return self.refuse(one, &refusal, &digest),
        };
        if let Wants::Acked(acks) = wants {
            return self.acknowledge(header.id, acks);
        }
        if known.is_some() {
            return self.refuse(one, &Wrong::Replayed.refusal(), &digest);
        }
        let entered = match wants {
            Wants::Answered(reply) => self.answer(&one.message, &digest, reply, born)?,
            Wants::Published(come) => self.publish(&one.message, &digest, come, born)?,
            // An ask of the centre that was known when it was judged, and is not any more, comes again.
            _ if header.to.gateway == CENTRE => Err(Halt::Busy(1)),
            _ => self.pass(&one.message, &digest, born)?,
        };
        match entered {
            Ok(()) => {
                let step = Step::of(&one.message, StepKind::Stored, self.court.now);
                self.settled.steps.push(step);
                self.count(header, Passed::Stored, "");
                // By the sender's own clock, as far as it is off; what it says is in its future took no time.
                let took = self.court.now.millis() - header.at - self.court.offset_ms;
                self.tally.took(&self.gateway.name, Passed::Stored, took);
                self.settled.results.push(Became::new(header.id, "stored"));
                Ok(())
            }
            Err(Halt::Refused(refusal)) => self.refuse(one, &refusal, &digest),
            Err(Halt::UsedUp(refusal)) => self.put_refusal(one, &refusal, &digest),
            Err(Halt::Past(highest)) => self.past(one, highest, &digest),
            Err(Halt::Early(highest)) => {
                self.early(header.id, highest);
                Ok(())
            }
            Err(Halt::Busy(seconds)) => {
                let busy = Became { again: Some(seconds), ..Became::new(header.id, "busy") };
                self.settled.results.push(busy);
                Ok(())
            }
        }
    }

    fn count(&mut self, header: &Header, passed: Passed, code: &str) {
        let bytes = i64::try_from(header.body.bytes).unwrap_or(i64::MAX);
        self.tally.count(Way::of(header), passed, code, bytes);
    }

    fn permit(&self, organ: &str) -> Permit {
        permit_of(&self.gateway, organ)
    }

    fn note(&self, header: &Header, refusal: &Refusal, digest: &str) -> Outcome<()> {
        let row = Refused {
            id: Id::<Refused>::from_bits(
                u128::from(self.court.now.millis().unsigned_abs()) << 80 | header.id.bits() >> 48,
            )
            .to_string(),
            gateway: self.gateway.name.clone(),
            message: header.id.to_string(),
            code: refusal.code.to_owned(),
            words: refusal.message.clone(),
            at: self.court.now,
        };
        messages::put_refusal(self.tx, &self.permit(&header.from.organ), &row, digest)
    }

    fn refuse(&mut self, one: &Judged, refusal: &Refusal, digest: &str) -> Outcome<()> {
        let header = one.message.header();
        // A number that was refused is used up, or those behind it would wait for ever; it waits for those before it.
        if one.signed
            && !self.knows(header.id)?
            && let Err(Halt::Early(highest)) = self.turn(header)?
        {
            self.early(header.id, highest);
            return Ok(());
        }
        self.put_refusal(one, refusal, digest)
    }

    /// A certificate that does not count says nothing against what it has signed: the gateway sends it again, signed by one
    /// that does. On record once a minute, since it comes again and again until then.
    fn put_off(&mut self, one: &Judged, refusal: &Refusal, digest: &str) -> Outcome<()> {
        let (header, now) = (one.message.header(), self.court.now);
        let minute = format!("{}:{}:{}", self.gateway.name, refusal.code, now.millis() / 60_000);
        if delivery::see(self.tx, "exchange.refused", &minute, now.plus_seconds(60))? {
            self.note(header, refusal, digest)?;
            let way = Way { from: self.gateway.name.clone(), ..Way::default() };
            self.tally.count(way, Passed::Refused, refusal.code, 0);
            self.settled.put_off = Some(refusal.clone());
        }
        let later = Became { again: Some(60), ..Became::new(header.id, "later") };
        self.settled.results.push(later.because(refusal));
        Ok(())
    }

    /// Others before it have not come: where its key stands is said, for a sender that counts otherwise.
    fn early(&mut self, id: Id<Message>, highest: i64) {
        let early = Became { highest: Some(highest), ..Became::new(id, "early") };
        self.settled.results.push(early);
    }

    /// Another message has its number: the same is said.
    fn past(&mut self, one: &Judged, highest: i64, digest: &str) -> Outcome<()> {
        self.put_refusal(one, &Wrong::Replayed.refusal(), digest)?;
        if let Some(last) = self.settled.results.last_mut() {
            last.highest = Some(highest);
        }
        Ok(())
    }

    fn put_refusal(&mut self, one: &Judged, refusal: &Refusal, digest: &str) -> Outcome<()> {
        let header = one.message.header();
        self.note(header, refusal, digest)?;
        // What nobody has signed says nothing of whom it was for.
        let unsigned = || Way { from: self.gateway.name.clone(), ..Way::default() };
        let way = if one.signed { Way::of(header) } else { unsigned() };
        let way = Way { from: self.gateway.name.clone(), ..way };
        self.tally.count(way, Passed::Refused, refusal.code, 0);
        let step = Step::of(&one.message, StepKind::Refused, self.court.now);
        self.settled.steps.push(step.because(refusal.code));
        self.settled.results.push(Became::new(header.id, "refused").because(refusal));
        Ok(())
    }

    fn knows(&self, id: Id<Message>) -> Outcome<bool> {
        Ok(messages::message(self.tx, id)?.is_some())
    }

    /// Messages have arrived, or will not be taken.
    fn acknowledge(&mut self, ack: Id<Message>, acks: &Acks) -> Outcome<()> {
        let (queue, now) = (self.gateway.queue(), self.court.now);
        let settled = self.transport.settle(self.tx, &queue, &acks.taken)?;
        let permit = own_permit(&self.gateway);
        // One that was given up for want of this word has arrived after all.
        let states = (&["stored", "delivered", "dead"][..], "acknowledged");
        for moved in messages::set_state(self.tx, &permit, &settled, states, now)? {
            let step = StepKind::Acknowledged;
            let took = now.millis() - moved.delivered.unwrap_or(moved.came).millis();
            self.tally.took(&self.gateway.name, Passed::Acknowledged, took);
            self.tally.count(moved.way, Passed::Acknowledged, "", moved.bytes);
            let (id, digest) = (moved.id, moved.digest);
            self.settled.steps.push(Step { id, digest, step, at: now.millis(), code: None });
        }
        for one in &acks.rejected {
            let words: String = one.words.chars().take(200).collect();
            let words = format!("对方网关不收：{words}");
            if self.transport.kill(self.tx, &queue, (one.id, &words))? {
                let states = (&["stored", "delivered"][..], "dead");
                for moved in messages::set_state(self.tx, &permit, &[one.id], states, now)? {
                    self.tally.count(moved.way, Passed::Dead, "", moved.bytes);
                }
            }
        }
        self.settled.results.push(Became::new(ack, "taken"));
        Ok(())
    }

    fn other(&mut self, name: &str) -> Outcome<Option<Gateway>> {
        if let Some(known) = self.others.get(name) {
            return Ok(known.clone());
        }
        let found = store::gateway(self.tx, name)?;
        self.others.insert(name.to_owned(), found.clone());
        Ok(found)
    }

    /// An ask of the city's own registers and its answer.
    fn answer(
        &mut self,
        ask: &Message,
        digest: &str,
        reply: &Reply,
        [born, answered]: [Id<Came>; 2],
    ) -> Outcome<Result<(), Halt>> {
        let queue = self.gateway.queue();
        let letter = letter_of(&reply.answer, reply.terms.as_ref());
        if let Err(halt) = self.room(&queue, &letter)? {
            return Ok(Err(halt));
        }
        if let Err(halt) = self.turn(ask.header())? {
            return Ok(Err(halt));
        }
        let (permit, now) = (self.permit(&ask.header().from.organ), self.court.now);
        if let Some(entering) = &reply.entering
            && let Err(refusal) =
                subscriptions::enter(self.tx, &permit, ask.header(), entering, now)?
        {
            return Ok(Err(Halt::UsedUp(refusal)));
        }
        let head = (ask.header(), digest);
        messages::put(self.tx, &permit, head, (born, "acknowledged"), now)?;
        let head = (reply.answer.header(), &*reply.answer.digest());
        messages::put(self.tx, &permit, head, (answered, "stored"), now)?;
        self.settled.steps.push(Step::of(&reply.answer, StepKind::Stored, now));
        self.count(reply.answer.header(), Passed::Stored, "");
        self.kept.push(letter_of(ask, None));
        self.send(queue, letter);
        Ok(Ok(()))
    }

    /// A part of a publication to the centre: it has arrived with being taken in.
    fn publish(
        &mut self,
        message: &Message,
        digest: &str,
        come: &Come,
        [born, _]: [Id<Came>; 2],
    ) -> Outcome<Result<(), Halt>> {
        let header = message.header();
        if let Err(halt) = self.turn(header)? {
            return Ok(Err(halt));
        }
        let (permit, now) = (self.permit(&header.from.organ), self.court.now);
        if let Err(refusal) = publications::gather(self.tx, &permit, header, come, now)? {
            return Ok(Err(Halt::UsedUp(refusal)));
        }
        messages::put(self.tx, &permit, (header, digest), (born, "acknowledged"), now)?;
        self.kept.push(letter_of(message, None));
        self.count(header, Passed::Acknowledged, "");
        Ok(Ok(()))
    }

    /// A message to another gateway.
    fn pass(
        &mut self,
        message: &Message,
        digest: &str,
        [born, _]: [Id<Came>; 2],
    ) -> Outcome<Result<(), Halt>> {
        let header = message.header();
        let to = self.other(&header.to.gateway)?;
        let (terms, rate) = match self.let_pass(header, to.as_ref())? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let queue = queue_of(&header.to.gateway);
        let letter = letter_of(message, terms.as_ref());
        if let Err(halt) = self.room(&queue, &letter)? {
            return Ok(Err(halt));
        }
        if let Err(halt) = self.turn(header)? {
            return Ok(Err(halt));
        }
        let (permit, now) = (self.permit(&header.from.organ), self.court.now);
        // Last, so that what comes again for want of room is counted once.
        let named = (&*header.from.organ, &*header.resource, &*header.purpose);
        if let Err(refusal) = ask::count_ask(self.tx, named, rate, now)? {
            return Ok(Err(Halt::UsedUp(refusal)));
        }
        messages::put(self.tx, &permit, (header, digest), (born, "stored"), now)?;
        self.send(queue, letter);
        Ok(Ok(()))
    }

    /// Whether there is room for a letter; takes the room.
    fn room(&mut self, queue: &str, letter: &Letter) -> Outcome<Result<(), Halt>> {
        let bound = self.court.rule.bound();
        let (held, bytes) = match self.held.get(queue) {
            Some(known) => *known,
            None => {
                let depth = delivery::depth(self.tx, queue)?;
                (depth.held, depth.bytes)
            }
        };
        let size = i64::try_from(letter.content.len()).unwrap_or(i64::MAX);
        let full = held >= bound.letters_max || held > 0 && bytes + size > bound.bytes_max;
        if full {
            self.held.insert(queue.to_owned(), (held, bytes));
            let again = delivery::retry_after_seconds(held, bound.letters_max);
            return Ok(Err(Halt::Busy(again)));
        }
        self.held.insert(queue.to_owned(), (held + 1, bytes + size));
        Ok(Ok(()))
    }

    /// The last thing before a message is put down: its turn among those of its key.
    fn turn(&mut self, header: &Header) -> Outcome<Result<(), Halt>> {
        let Some(order) = &header.order else { return Ok(Ok(())) };
        let guard = format!("{}>{}", header.from.gateway, header.to.gateway);
        let turn = delivery::take_turn(self.tx, &guard, order)?;
        if turn == Turn::Taken {
            return Ok(Ok(()));
        }
        let highest = delivery::highest(self.tx, &guard, &order.key)?;
        Ok(Err(if turn == Turn::Early { Halt::Early(highest) } else { Halt::Past(highest) }))
    }

    fn send(&mut self, queue: String, letter: Letter) {
        self.settled.rung.extend(gateway_of(&queue).map(str::to_owned));
        self.letters.push((queue, letter));
    }

    /// Puts all letters down, each queue once.
    pub(super) fn close(self) -> Outcome<Settled> {
        let permit = own_permit(&self.gateway);
        let Self { tx, court, transport, letters, kept, tally, settled, .. } = self;
        let mut queues: HashMap<String, Vec<Letter>> = HashMap::new();
        for (queue, letter) in letters {
            queues.entry(queue).or_default().push(letter);
        }
        let mut queues: Vec<_> = queues.into_iter().collect();
        // In one order in all processes, so that none waits for another in a ring.
        queues.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (queue, letters) in queues {
            // Whether there is room was looked at for each message before.
            transport.put(tx, &queue, &letters, &Bound::NONE, court.now)?.held()?;
        }
        delivery::keep(tx, &queue_of(CENTRE), &kept, court.now)?;
        tally.put(tx, &permit, court.now)?;
        Ok(settled)
    }
}

fn letter_of(message: &Message, terms: Option<&SignedTerms>) -> Letter {
    let (header, content) = (message.header(), message.as_item(terms));
    Letter { id: header.id, order: header.order.clone(), expires: header.expires(), content }
}
